//! How each verb of a format string writes its value.
//! Knows nothing of format strings.

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode, Signed, Zero};

use crate::base::{Number, Type, Value, convert};

use super::format::pad;
use super::json;

/// A verb with its flags, width and precision.
#[derive(Default)]
pub(super) struct Verb {
    pub plus: bool,
    pub minus: bool,
    pub sharp: bool,
    pub space: bool,
    pub zero: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub letter: char,
}

/// Writes a known value. An error says what the verb needs; `None` that there is no such verb.
pub(super) fn write(out: &mut String, verb: &Verb, value: &Value) -> Result<(), Option<String>> {
    let text = match verb.letter {
        'v' if value.is_null() => pad("null", verb),
        'v' if verb.sharp => pad(&json::encode(value), verb),
        'v' => match (value.as_number(), value.as_str(), value.as_bool()) {
            (Some(n), ..) => pad(&shortest(n), verb),
            (_, Some(s), _) => pad(s, verb),
            (.., Some(b)) => pad(if b { "true" } else { "false" }, verb),
            _ => pad(&json::encode(value), verb),
        },
        't' => {
            let value = wanted(value, &Type::Bool)?;
            if value.as_bool() == Some(true) { "true".into() } else { "false".into() }
        }
        'b' | 'd' | 'o' | 'x' | 'X' => integer(&number(value)?, verb)?,
        'e' | 'E' | 'f' | 'g' | 'G' => float(&number(value)?, verb),
        's' | 'q' => {
            let value = wanted(value, &Type::String)?;
            let text = cut(value.as_str().unwrap_or_default(), verb);
            if verb.letter == 's' { pad(&text, verb) } else { pad(&json::encode(&text.into()), verb) }
        }
        _ => return Err(None),
    };
    out.push_str(&text);
    Ok(())
}

fn wanted(value: &Value, ty: &Type) -> Result<Value, Option<String>> {
    let value = convert::convert(value, ty).map_err(|e| Some(e.what))?;
    if value.is_null() { Err(Some("null value cannot be formatted".into())) } else { Ok(value) }
}

fn number(value: &Value) -> Result<Number, Option<String>> {
    Ok(wanted(value, &Type::Number)?.as_number().cloned().unwrap_or(Number::ZERO))
}

fn cut(text: &str, verb: &Verb) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    match verb.precision {
        // No digits after the point, or a zero, cut nothing.
        Some(most) if most > 0 => text.graphemes(true).take(most).collect(),
        _ => text.to_string(),
    }
}

fn integer(number: &Number, verb: &Verb) -> Result<String, Option<String>> {
    if !number.is_integer() {
        return Err(Some("an integer is required".into()));
    }
    let (value, _) = number.to_decimal().with_scale(0).into_bigint_and_exponent();
    let (radix, prefix) = match verb.letter {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' | 'X' => (16, "0x"),
        _ => (10, ""),
    };
    let mut digits = value.magnitude().to_str_radix(radix);
    if verb.precision == Some(0) && value.is_zero() {
        return Ok(String::new());
    }
    if let Some(least) = verb.precision {
        digits = format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
    }
    let mut prefix = if verb.sharp { prefix.to_string() } else { String::new() };
    if verb.letter == 'X' {
        prefix.make_ascii_uppercase();
        digits.make_ascii_uppercase();
    }
    // With a precision, zeros no longer fill the field.
    let zero = verb.zero && verb.precision.is_none();
    Ok(signed(value.is_negative(), &prefix, &digits, zero, verb))
}

/// Sign, prefix, digits and padding; zeros go before the digits.
fn signed(negative: bool, prefix: &str, digits: &str, zero: bool, verb: &Verb) -> String {
    let sign = match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + digits.len());
    match (verb.minus, zero) {
        (true, _) => format!("{sign}{prefix}{digits}{}", " ".repeat(missing)),
        (_, true) => format!("{sign}{prefix}{}{digits}", "0".repeat(missing)),
        _ => format!("{}{sign}{prefix}{digits}", " ".repeat(missing)),
    }
}

fn float(number: &Number, verb: &Verb) -> String {
    let upper = verb.letter.is_ascii_uppercase();
    let text = match (verb.letter.to_ascii_lowercase(), verb.precision) {
        ('f', precision) => {
            let decimals = i64::try_from(precision.unwrap_or(6)).unwrap_or(6);
            binary(number).abs().with_scale_round(decimals, RoundingMode::HalfEven).to_plain_string()
        }
        ('e', precision) => scientific(&binary(number), precision.unwrap_or(6) + 1),
        (_, Some(precision)) => general(&binary(number), precision.max(1)),
        _ => shortest(number).trim_start_matches('-').to_string(),
    };
    let text = if upper { text.to_ascii_uppercase() } else { text };
    signed(number.is_negative(), "", &text, verb.zero, &Verb { minus: verb.minus && !verb.zero, ..*verb })
}

/// The fewest digits that say the number, with an exponent from a million up and below a ten thousandth.
fn shortest(number: &Number) -> String {
    let value = number.to_decimal().normalized();
    let (digits, exponent) = digits_of(&value);
    let sign = if number.is_negative() { "-" } else { "" };
    let text = if !(-4..6).contains(&exponent) {
        with_exponent(&digits, exponent)
    } else {
        value.abs().to_plain_string()
    };
    format!("{sign}{text}")
}

fn general(value: &BigDecimal, precision: usize) -> String {
    let rounded = round_to(value, precision);
    let (digits, exponent) = digits_of(&rounded);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX);
    if exponent < -4 || exponent >= limit {
        with_exponent(&digits, exponent)
    } else {
        rounded.abs().normalized().to_plain_string()
    }
}

fn scientific(value: &BigDecimal, precision: usize) -> String {
    let (digits, exponent) = digits_of(&round_to(value, precision));
    with_exponent(&format!("{digits:0<precision$}"), exponent)
}

fn round_to(value: &BigDecimal, digits: usize) -> BigDecimal {
    let digits = std::num::NonZeroU64::new(digits as u64).unwrap_or(std::num::NonZeroU64::MIN);
    value.with_precision_round(digits, RoundingMode::HalfEven)
}

/// The significant digits without zeros at the end, and the exponent of the first.
fn digits_of(value: &BigDecimal) -> (String, i64) {
    let (digits, scale) = value.normalized().into_bigint_and_exponent();
    let digits = digits.magnitude().to_string();
    if digits == "0" {
        return (digits, 0);
    }
    let exponent = digits.len() as i64 - 1 - scale;
    (digits, exponent)
}

fn with_exponent(digits: &str, exponent: i64) -> String {
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

/// The 512-bit binary float nearest to the number. Terraform rounds from there, so that 0.35 with one decimal is 0.3.
fn binary(number: &Number) -> BigDecimal {
    const BITS: i64 = 512;
    let value = number.to_decimal();
    if value.is_integer() || value.is_zero() {
        return value;
    }
    // digits / 10^scale, scaled by a power of two until the quotient has one bit more than is kept.
    let (digits, scale) = value.as_bigint_and_exponent();
    let denominator = BigInt::from(10).pow(u32::try_from(scale).unwrap_or(0));
    let shift = BITS + 1 + denominator.bits() as i64 - digits.bits() as i64;
    let (numerator, denominator) = if shift >= 0 {
        (digits << shift.unsigned_abs(), denominator)
    } else {
        (digits, denominator << shift.unsigned_abs())
    };
    let sign = numerator.sign();
    let mut quotient =
        BigInt::from_biguint(Sign::Plus, (numerator.magnitude() / denominator.magnitude()).clone());
    let remainder = !(numerator.magnitude() % denominator.magnitude()).is_zero();
    // Round to even, the remainder standing for all bits further down.
    let drop = (quotient.bits() as i64 - BITS).max(0);
    let half = BigInt::from(1) << (drop - 1).max(0).unsigned_abs();
    let low = &quotient % (BigInt::from(1) << drop.unsigned_abs());
    quotient >>= drop.unsigned_abs();
    let odd = quotient.bit(0);
    if drop > 0 && (low > half || (low == half && (remainder || odd))) {
        quotient += 1;
    }
    let quotient = if sign == Sign::Minus { -quotient } else { quotient };
    // quotient * 2^(drop - shift), exactly.
    let exponent = drop - shift;
    if exponent >= 0 {
        return BigDecimal::from(quotient << exponent.unsigned_abs());
    }
    let power = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
    BigDecimal::new(quotient * BigInt::from(5).pow(power), i64::from(power))
}
