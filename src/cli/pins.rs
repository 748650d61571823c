//! The packages that a saved plan pinned, compared with what is on disk before anything is applied.
//! Knows nothing of serials and revisions; the engine compares those.

use crate::base::Diagnostics;
use crate::package::digest;
use crate::plan::{Action, Plan};

/// What is to be said of packages that are not those the plan was made for; none may have moved.
pub fn moved_packages(plan: &Plan) -> Diagnostics {
    let changing = plan.changes.iter().filter(|change| change.action != Action::NoOp);
    changing
        .filter_map(|change| {
            let pin = change.package.as_ref()?;
            let now = match digest::of_file(&pin.path) {
                Ok(found) if found.sha256_base64() == pin.sha256 => return None,
                Ok(found) => format!("has {}", found.sha256_base64()),
                Err(error) => format!("cannot be read: {}", error.to_string().trim_end_matches('.')),
            };
            Some(pin.moved(&now).of(&change.addr))
        })
        .collect()
}
