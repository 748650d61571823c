//! The five checksums of S3, computed over a whole body.
//! Knows nothing of where they stand in a request.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The algorithms by the names their headers end with: `x-amz-checksum-crc32`.
pub const ALGORITHMS: &[&str] = &["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

/// The checksum in base64; none for an algorithm that is not in [`ALGORITHMS`].
pub fn of(algorithm: &str, content: &[u8]) -> Option<String> {
    let bytes = match algorithm {
        "crc32" => crc32(&CRC32, content).to_vec(),
        "crc32c" => crc32(&CRC32C, content).to_vec(),
        "crc64nvme" => (!run(&CRC64, u64::MAX, content)).to_be_bytes().to_vec(),
        "sha1" => Sha1::digest(content).to_vec(),
        "sha256" => Sha256::digest(content).to_vec(),
        _ => return None,
    };
    Some(STANDARD.encode(bytes))
}

type Table = [u64; 256];

// The polynomials bit-reversed, as the reflected algorithm takes them.
static CRC32: LazyLock<Table> = LazyLock::new(|| table(0xEDB8_8320));
static CRC32C: LazyLock<Table> = LazyLock::new(|| table(0x82F6_3B78));
static CRC64: LazyLock<Table> = LazyLock::new(|| table(0x9A6C_9329_AC4B_C9B5));

fn table(polynomial: u64) -> Table {
    let mut table = [0; 256];
    for (byte, entry) in (0_u64..).zip(table.iter_mut()) {
        *entry =
            (0..8).fold(byte, |rest, _| if rest & 1 == 1 { (rest >> 1) ^ polynomial } else { rest >> 1 });
    }
    table
}

fn run(table: &Table, start: u64, content: &[u8]) -> u64 {
    content.iter().fold(start, |rest, byte| {
        let [low, ..] = rest.to_le_bytes();
        (rest >> 8) ^ table.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    })
}

fn crc32(table: &Table, content: &[u8]) -> [u8; 4] {
    let [.., a, b, c, d] = (!run(table, u64::from(u32::MAX), content)).to_be_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_published_check_value() {
        for (algorithm, expected) in [
            ("crc32", "cbf43926"),
            ("crc32c", "e3069283"),
            ("crc64nvme", "ae8b14860a799888"),
            ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ] {
            let found = STANDARD.decode(of(algorithm, b"123456789").unwrap()).unwrap();
            assert_eq!(hex::encode(found), expected, "{algorithm}");
        }
        assert!(ALGORITHMS.iter().all(|algorithm| of(algorithm, b"").is_some()));
        assert_eq!(of("md4", b""), None);
    }
}
