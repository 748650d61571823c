//! Permissions as configuration writes them: three or four octal digits.
//! Knows nothing of files.

use crate::base::Value;

/// What is wrong with a permission, for a schema's constraint.
pub(super) fn violation(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    match parse(text) {
        Some(_) => None,
        None => Some(format!(
            "File permissions are three or four octal digits from \"000\" to \"0777\", as chmod takes them, and the \
             value is {text:?}."
        )),
    }
}

/// The mode bits; `None` for anything but three or four octal digits up to 0777.
pub(super) fn parse(text: &str) -> Option<u32> {
    let octal = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    octal.then(|| u32::from_str_radix(text, 8).ok()).flatten().filter(|mode| *mode <= 0o777)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_octal() {
        for (text, mode) in [
            ("0777", Some(0o777)),
            ("644", Some(0o644)),
            ("0000", Some(0)),
            ("1777", None),
            ("0778", None),
            ("77", None),
            ("07777", None),
            ("+644", None),
            ("", None),
        ] {
            assert_eq!(parse(text), mode, "{text}");
            assert_eq!(violation(&text.into()).is_none(), mode.is_some(), "{text}");
        }
    }
}
