//! `rsadecrypt`: PKCS #1 v1.5 decryption with a private key in PEM.
//! Knows nothing of keys that need a passphrase. It does not run in constant time: it decrypts what its own user
//! hands it, and nobody else learns when it is done.

use bigdecimal::num_bigint::{BigInt, Sign};

use crate::base::Value;

use super::declare::{Args, Fault};
use super::encoding::decode_base64;

/// The text that the key's owner was sent.
pub(super) fn decrypt(a: &Args) -> Result<Value, Fault> {
    let cipher = decode_base64(a.text(0)).map_err(|_| {
        let message = "failed to decode input {input}: cipher text must be base64-encoded";
        Fault::about(message, format!("{:?}", a.text(0))).at(0)
    })?;
    let invalid = |what: &str| Fault::new(format!("invalid private key: {what}")).at(1);
    let key = read_key(a.text(1)).map_err(invalid)?;
    let failed = || Fault::new("failed to decrypt: invalid cipher text or key").at(0);
    let cipher = BigInt::from_bytes_be(Sign::Plus, &cipher);
    if cipher >= key.modulus {
        return Err(failed());
    }
    // The leading zero byte is gone: 2, padding that is not zero, 0, the text.
    let (_, block) = cipher.modpow(&key.exponent, &key.modulus).to_bytes_be();
    let end = block.iter().position(|b| *b == 0).filter(|end| block.first() == Some(&2) && *end > 8);
    let text = end.and_then(|end| block.get(end + 1..)).ok_or_else(failed)?;
    let text = std::str::from_utf8(text).map_err(|_| Fault::new("the decrypted text is not valid UTF-8"))?;
    Ok(text.into())
}

struct Key {
    modulus: BigInt,
    exponent: BigInt,
}

fn read_key(pem: &str) -> Result<Key, &'static str> {
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or("no key found")?;
    let (kind, rest) = rest.split_once("-----").ok_or("no key found")?;
    let (body, _) = rest.split_once("-----END ").ok_or("no key found")?;
    if body.contains("ENCRYPTED") || kind.contains("ENCRYPTED") {
        return Err("password protected keys are not supported. Please decrypt the key prior to use");
    }
    let body: String = body.split_whitespace().collect();
    let der = decode_base64(&body).map_err(|_| "no key found")?;
    let malformed = "malformed RSA key";
    let mut key = Der(&der).enter(SEQUENCE).ok_or(malformed)?;
    match kind {
        "RSA PRIVATE KEY" => {}
        "PRIVATE KEY" => {
            key.value(INTEGER).and_then(|_| key.value(SEQUENCE)).ok_or(malformed)?;
            let inner = key.value(OCTETS).ok_or(malformed)?;
            key = Der(inner).enter(SEQUENCE).ok_or(malformed)?;
        }
        _ => return Err("only RSA keys in PKCS #1 or PKCS #8 form are supported"),
    }
    let mut number = || key.value(INTEGER).map(|bytes| BigInt::from_bytes_be(Sign::Plus, bytes));
    // Version, modulus, public exponent, private exponent.
    let (_, modulus, _) = (number(), number().ok_or(malformed)?, number());
    let exponent = number().ok_or(malformed)?;
    if modulus.bits() < 256 || modulus.bits() > 16_384 || exponent.bits() > modulus.bits() {
        return Err(malformed);
    }
    Ok(Key { modulus, exponent })
}

const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const SEQUENCE: u8 = 0x30;

/// Reads values in ASN.1's distinguished encoding.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn enter(mut self, tag: u8) -> Option<Der<'a>> {
        self.value(tag).map(Der)
    }

    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [found, first, rest @ ..] = self.0 else { return None };
        let (length, rest) = match *first {
            short @ ..0x80 => (usize::from(short), rest),
            long => {
                let (size, rest) = rest.split_at_checked(usize::from(long & 0x7F))?;
                let length =
                    size.iter().try_fold(0_usize, |n, b| n.checked_mul(256)?.checked_add((*b).into()))?;
                (length, rest)
            }
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (*found == tag).then_some(value)
    }
}
