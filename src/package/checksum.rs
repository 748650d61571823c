//! SHA-256 of contents, and the other checksums people ask for, all streamed.
//! Knows nothing of zips.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Digest as _;

use super::PackageError;
use crate::base::file;

/// How much is read at a time. Also the block size handed to the Deflate encoder, so it is part of the zip format.
pub(crate) const BLOCK: usize = 64 * 1024;

/// A SHA-256. Hexadecimal in text and JSON; [`Sha256::base64`] is the form of `source_code_hash` and `CodeSha256`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The hash of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The file at `path`, hashed, and how many bytes that was.
    ///
    /// # Errors
    /// [`PackageError`] for what is no regular file, cannot be read, or holds more than 5 GiB.
    pub fn of_file(path: &Path) -> Result<(Self, u64), PackageError> {
        let mut hasher = sha2::Sha256::new();
        let size = each_block_of(path, "Reading", |block| {
            hasher.update(block);
            Ok(())
        })?;
        Ok((Self(hasher.finalize().into()), size))
    }

    /// Everything `reader` has left, hashed, and how many bytes that was.
    ///
    /// # Errors
    /// Whatever the reader answers.
    pub fn of_reader(reader: &mut impl Read) -> io::Result<(Self, u64)> {
        let mut hasher = sha2::Sha256::new();
        let size = each_block(reader, |block| {
            hasher.update(block);
            Ok(())
        })?;
        Ok((Self(hasher.finalize().into()), size))
    }

    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// 44 characters of standard base64, as Lambda's `CodeSha256` has it.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// Reads [`Sha256::hex`] back; `None` if it is anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Reads [`Sha256::base64`] back; `None` if it is anything else.
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl From<sha2::Sha256> for Sha256 {
    fn from(hasher: sha2::Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| de::Error::custom("a SHA-256 is 64 hexadecimal digits"))
    }
}

/// Every checksum of one file that Terraform's `archive_file` exports. MD5 and SHA-1 are there for its users only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksums {
    /// Size in bytes.
    pub size: u64,
    /// MD5, hexadecimal.
    pub md5: String,
    /// SHA-1, hexadecimal.
    pub sha1: String,
    /// SHA-256.
    pub sha256: Sha256,
    /// SHA-512, raw: see [`Checksums::sha512_hex`] and [`Checksums::sha512_base64`].
    sha512: Vec<u8>,
}

impl Checksums {
    /// Those of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sums = Running::default();
        sums.update(bytes);
        sums.finish(bytes.len() as u64)
    }

    /// Reads the file at `path` once and computes all of them.
    ///
    /// # Errors
    /// [`PackageError::Io`] if it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, PackageError> {
        let mut sums = Running::default();
        let size = each_block_of(path, "Reading", |block| {
            sums.update(block);
            Ok(())
        })?;
        Ok(sums.finish(size))
    }

    /// SHA-512, hexadecimal.
    pub fn sha512_hex(&self) -> String {
        hex::encode(&self.sha512)
    }

    /// SHA-512, standard base64.
    pub fn sha512_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.sha512)
    }
}

/// All the checksums while bytes still come.
#[derive(Default)]
struct Running {
    md5: md5::Md5,
    sha1: sha1::Sha1,
    sha256: sha2::Sha256,
    sha512: sha2::Sha512,
}

impl Running {
    fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        self.sha512.update(bytes);
    }

    fn finish(self, size: u64) -> Checksums {
        Checksums {
            size,
            md5: hex::encode(self.md5.finalize()),
            sha1: hex::encode(self.sha1.finalize()),
            sha256: self.sha256.into(),
            sha512: self.sha512.finalize().to_vec(),
        }
    }
}

/// The largest file that is packaged, digested or uploaded, in bytes: what S3 takes in one request.
const LARGEST: u64 = 5 << 30;

/// [`each_block`] of the file at `path`.
///
/// # Errors
/// [`PackageError`] for what is no regular file, cannot be read, or holds more than 5 GiB, such as a file of the system that
/// has no end; `action` says what `visit` does.
pub(crate) fn each_block_of(
    path: &Path,
    action: &'static str,
    visit: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<u64, PackageError> {
    let file = file::open(path).map_err(PackageError::io("Opening", path))?;
    let size = file.metadata().map_err(PackageError::io("Reading", path))?.len();
    let too_large = || PackageError::TooLarge { path: path.to_path_buf(), limit: LARGEST, unit: "bytes" };
    // What says so is not worked through first.
    if size > LARGEST {
        return Err(too_large());
    }
    let size = each_block(&mut file.take(LARGEST + 1), visit).map_err(PackageError::io(action, path))?;
    if size > LARGEST { Err(too_large()) } else { Ok(size) }
}

/// Calls `visit` with blocks of exactly [`BLOCK`] bytes (the last may be shorter), however short the reader's own reads are.
/// Answers the number of bytes seen.
pub(crate) fn each_block(
    reader: &mut impl Read,
    mut visit: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<u64> {
    let mut buffer = Vec::with_capacity(BLOCK);
    let mut size = 0;
    loop {
        buffer.clear();
        let read = reader.by_ref().take(BLOCK as u64).read_to_end(&mut buffer)?;
        if read > 0 {
            visit(&buffer)?;
            size += read as u64;
        }
        if read < BLOCK {
            return Ok(size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_has_the_forms_that_lambda_and_people_use() {
        let empty = Sha256::of(b"");
        assert_eq!(empty.base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(Sha256::from_base64(&empty.base64()), Some(empty));
        assert_eq!(Sha256::from_hex(&empty.hex()), Some(empty));
        assert_eq!(serde_json::to_string(&empty).unwrap(), format!("\"{}\"", empty.hex()));
        for wrong in ["", "zz", "abcd", &"0".repeat(66)] {
            assert_eq!(Sha256::from_hex(wrong), None, "{wrong}");
            assert_eq!(Sha256::from_base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn checksums_match_published_vectors() {
        let sums = Checksums::of(b"abc");
        assert_eq!(sums.size, 3);
        assert_eq!(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(sums.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sums.sha256.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(sums.sha512_hex().starts_with("ddaf35a193617abacc417349ae204131"));
        assert!(sums.sha512_base64().ends_with("=="));
    }

    #[test]
    fn blocks_are_full_even_if_the_reader_answers_byte_by_byte() {
        struct Trickle(usize);
        impl Read for Trickle {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                let some = self.0.min(buf.len()).min(1000);
                buf[..some].fill(7);
                self.0 -= some;
                Ok(some)
            }
        }
        let mut sizes = Vec::new();
        let total = each_block(&mut Trickle(BLOCK * 2 + 5), |block| {
            sizes.push(block.len());
            Ok(())
        });
        assert_eq!((total.unwrap(), sizes), (BLOCK as u64 * 2 + 5, vec![BLOCK, BLOCK, 5]));
    }
}
