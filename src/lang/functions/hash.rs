//! Hashes, identifiers and passwords.
//! Knows nothing of files; `filesystem` hashes those with the same functions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;
use uuid::Uuid;

use crate::base::{Type, Value};

use super::declare::{Args, Fault, Function, function};
use super::rsa;

pub(super) fn functions() -> Vec<Function> {
    use Type::String as Text;
    vec![
        function("base64sha256", "The SHA-256 hash of the text, in Base64.")
            .text("str")
            .gives(Text, |a| Ok(base64_of::<sha2::Sha256>(a.text(0).as_bytes()).into())),
        function("base64sha512", "The SHA-512 hash of the text, in Base64.")
            .text("str")
            .gives(Text, |a| Ok(base64_of::<sha2::Sha512>(a.text(0).as_bytes()).into())),
        function("bcrypt", "The bcrypt hash of the text, with a new salt on every call.")
            .text("str")
            .rest("cost", Type::Number)
            .gives(Text, bcrypt_hash),
        function("md5", "The MD5 hash of the text, in hexadecimal.")
            .text("str")
            .gives(Text, |a| Ok(hex_of::<md5::Md5>(a.text(0).as_bytes()).into())),
        function("rsadecrypt", "The text that is encrypted for the private key.")
            .text("ciphertext")
            .text("privatekey")
            .gives(Text, rsa::decrypt),
        function("sha1", "The SHA-1 hash of the text, in hexadecimal.")
            .text("str")
            .gives(Text, |a| Ok(hex_of::<sha1::Sha1>(a.text(0).as_bytes()).into())),
        function("sha256", "The SHA-256 hash of the text, in hexadecimal.")
            .text("str")
            .gives(Text, |a| Ok(hex_of::<sha2::Sha256>(a.text(0).as_bytes()).into())),
        function("sha512", "The SHA-512 hash of the text, in hexadecimal.")
            .text("str")
            .gives(Text, |a| Ok(hex_of::<sha2::Sha512>(a.text(0).as_bytes()).into())),
        function("uuid", "A new random identifier on every call.")
            .gives(Text, |_| Ok(Uuid::new_v4().to_string().into())),
        function("uuidv5", "The identifier of the name in the namespace.")
            .text("namespace")
            .text("name")
            .gives(Text, uuid_v5),
    ]
}

/// A hash in hexadecimal.
pub(super) fn hex_of<D: Digest>(bytes: &[u8]) -> String {
    hex::encode(D::digest(bytes))
}

/// A hash in Base64.
pub(super) fn base64_of<D: Digest>(bytes: &[u8]) -> String {
    STANDARD.encode(D::digest(bytes))
}

fn bcrypt_hash(a: &Args) -> Result<Value, Fault> {
    const DEFAULT_COST: i64 = 10;
    const MOST: i64 = 17;
    /// A fifth of the nanoseconds that a round takes; a cost of `n` is `2^n` of them.
    const ROUND: u64 = 12_000;
    let cost = match a.values.len() {
        1 => DEFAULT_COST,
        2 => a.whole(1)?,
        _ => return Err(Fault::new("bcrypt() takes no more than two arguments")),
    };
    if cost > 31 {
        return Err(Fault::new(format!("cost {cost} is outside allowed range (4,31)")));
    }
    if cost > MOST {
        let what = format!(
            "cost {cost} would take minutes, and the time doubles with every step; it may be {MOST} at most"
        );
        return Err(Fault::new(what).at(1));
    }
    let cost = u32::try_from(cost).ok().filter(|c| *c >= 4).unwrap_or(DEFAULT_COST as u32);
    a.effort.spend(ROUND << cost)?;
    if a.text(0).len() > 72 {
        return Err(Fault::new("password length exceeds 72 bytes"));
    }
    let hash = bcrypt::hash_with_result(a.text(0), cost);
    let hash = hash.map_err(|e| Fault::new(format!("error occurred generating password: {e}")))?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA).into())
}

fn uuid_v5(a: &Args) -> Result<Value, Fault> {
    let namespace = match a.text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::parse_str(other)
            .map_err(|_| Fault::about("uuidv5() doesn't support namespace {input}", other))?,
    };
    Ok(Uuid::new_v5(&namespace, a.text(1).as_bytes()).to_string().into())
}
