//! Whether the code of a function has to change.
//! Reads nothing itself; the local package was read by others.

use crate::base::Value;
use crate::providers::aws::fields::{filled, text};
use crate::providers::aws::lambda::package::Local;

/// Whether the code that is deployed has to change.
///
/// A local package is compared by content. `source_code_hash` works as in Terraform: its change is a code change, unless
/// it does nothing but say the hash of the very package that is deployed; and as long as it stays the same and is not a
/// hash of the local package, it alone decides, because whoever writes such a hash wants the package's bytes not to matter.
/// A package that `may_change` before it is uploaded counts as another one; the apply finds out.
pub(super) fn code_changes(
    prior: &Value,
    planned: &Value,
    local: Option<&Local>,
    may_change: bool,
    ignore_content: bool,
) -> bool {
    let differs = |name: &str| {
        let (old, new) = (prior.get(name), planned.get(name));
        new.is_some_and(Value::is_unknown)
            || text(prior, name).unwrap_or_default() != text(planned, name).unwrap_or_default() && old != new
    };
    if ["image_uri", "s3_bucket", "s3_key", "s3_object_version", "source_kms_key_arn"]
        .iter()
        .any(|n| differs(n))
    {
        return true;
    }
    let architectures = (prior.get("architectures"), planned.get("architectures"));
    if architectures.0.map(Value::kind) != architectures.1.map(Value::kind) {
        return true;
    }
    let deployed = filled(prior, "code_sha256");
    let same_content = local.is_some_and(|l| deployed.as_deref() == Some(&*l.sha256()));
    let hash = planned.get("source_code_hash");
    let says_local = local.is_some_and(|l| hash.and_then(Value::as_str) == Some(&*l.sha256()));
    if hash.is_some_and(Value::is_unknown) {
        // Terraform compares an unknown hash as "".
        if filled(prior, "source_code_hash").is_some() {
            return true;
        }
    } else if differs("source_code_hash") && !(same_content && says_local) {
        return true;
    }
    if ignore_content {
        return false;
    }
    let opaque = filled(planned, "source_code_hash").is_some() && !says_local;
    match local {
        Some(_) if opaque => false,
        Some(_) => may_change || !same_content,
        None => differs("filename") && planned.get("filename").is_some_and(|f| !f.is_null()),
    }
}

/// Whether an apply has to upload code: what the plan said, and what came to light since.
///
/// The plan says it by an unknown `last_modified`. Two things may be clear only now: that a package whose name was unknown
/// is the very one that is deployed, and that a hash which was unknown over an empty one is a change.
pub(super) fn uploads(prior: &Value, planned: &Value, local: Option<&Local>) -> bool {
    let was_planned = planned.get("last_modified").is_some_and(Value::is_unknown);
    let came_to_light =
        filled(prior, "source_code_hash").is_none() && filled(planned, "source_code_hash").is_some();
    (was_planned || came_to_light) && code_changes(prior, planned, local, false, false)
}
