//! The checksums that every file type exports.
//! Knows nothing of where the content comes from.

use crate::base::Value;
use crate::package::Checksums;
use crate::providers::offline::filled;
use crate::schema::Attribute;

/// The attributes, in the order of their names. The id is the SHA-1.
pub(super) const SUMS: [Attribute; 7] = [
    Attribute::string("content_base64sha256").computed(),
    Attribute::string("content_base64sha512").computed(),
    Attribute::string("content_md5").computed(),
    Attribute::string("content_sha1").computed(),
    Attribute::string("content_sha256").computed(),
    Attribute::string("content_sha512").computed(),
    Attribute::string("id").computed(),
];

/// An object with the checksums of its content.
pub(super) fn summed(object: &Value, content: &[u8]) -> Value {
    let sums = Checksums::of(content);
    filled(
        object,
        [
            ("content_base64sha256", sums.sha256.base64().into()),
            ("content_base64sha512", sums.sha512_base64().into()),
            ("content_md5", sums.md5.clone().into()),
            ("content_sha1", sums.sha1.clone().into()),
            ("content_sha256", sums.sha256.hex().into()),
            ("content_sha512", sums.sha512_hex().into()),
            ("id", sums.sha1.into()),
        ],
    )
}

/// The attributes of a type: its own, then the checksums.
pub(super) const fn with_sums<const OWN: usize, const ALL: usize>(own: [Attribute; OWN]) -> [Attribute; ALL] {
    let mut all = [SUMS[0]; ALL];
    let mut i = 0;
    while i < ALL {
        all[i] = if i < OWN { own[i] } else { SUMS[i - OWN] };
        i += 1;
    }
    all
}
