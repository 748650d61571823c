//! Which versions of the state file are accepted, and what to do about the others.
//! Knows nothing of the content of a state.

use super::v4::{Head, ReadError};

/// Lets version 4 pass.
///
/// Versions 0 to 3 are refused: their attributes are flattened and can only be typed with the schema of the provider
/// that wrote them, so the program that has those schemas has to do it.
///
/// # Errors
/// A [`ReadError`] that says what the file is and what to do.
pub fn accept(head: &Head) -> Result<(), ReadError> {
    let error = |summary, detail: String| Err(ReadError { summary, detail });
    let writer =
        head.terraform_version.as_ref().map_or(String::new(), |v| format!(" It was written by version {v}."));
    if head.encrypted {
        return error(
            "State file is encrypted",
            "OpenTofu encrypted this state, and only OpenTofu can decrypt it. Set the method of its encryption block \
             to \"unencrypted\" with the present method as a fallback, run tofu apply once, and try again."
                .into(),
        );
    }
    let Some(version) = &head.version else {
        return error(
            "File is not a state",
            "The file is JSON, but it has no \"version\" key, so it is not a state. Check the path of the state file; \
             a saved plan or the output of show -json cannot be used in its place."
                .into(),
        );
    };
    match version.as_u64() {
        Some(4) => Ok(()),
        Some(old @ 0..=3) => error(
            "State file is too old",
            format!(
                "The file has version {old} of the state format; this program reads version 4.{writer} Run terraform \
                 0.12 or 0.13 once with the configuration this state belongs to (terraform apply -refresh-only, or \
                 terraform refresh), which writes version 4, and try again. The file was left as it is."
            ),
        ),
        Some(new) => error(
            "State file is too new",
            format!(
                "The file has version {new} of the state format; this program reads version 4.{writer} Use a newer \
                 version of this program. The file was left as it is."
            ),
        ),
        None => error(
            "File is not a state",
            "The \"version\" key of a state is a whole number, and this one is not. Check the path of the state file."
                .into(),
        ),
    }
}
