//! Names made for objects whose configuration gives none, as the provider's SDK makes them.
//! Knows nothing of what is named.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How long [`suffix`] is.
const LENGTH: usize = 26;

/// Twenty-six digits that no other name ends in: the time to a tenth of a millisecond, and a counter.
pub(super) fn suffix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let fraction = now.subsec_nanosecond() / 100_000;
    let count = COUNT.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    format!("{}{fraction:04}{count:08x}", now.strftime("%Y%m%d%H%M%S"))
}

/// What stands before such a suffix, if a name ends in one.
pub(super) fn prefix(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(LENGTH)?;
    let (prefix, suffix) = name.split_at_checked(at)?;
    suffix.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_told_from_names() {
        let (one, two) = (suffix(), suffix());
        assert_ne!(one, two);
        assert_eq!(prefix(&format!("terraform-{one}")), Some("terraform-"), "{one}");
        for name in ["", "AllowS3", "invocations-of-the-greeter", "é0123456789012345678901234"] {
            assert_eq!(prefix(name), None, "{name}");
        }
    }
}
