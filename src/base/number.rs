//! `Number`: a decimal that stands for the same 512-bit binary float as in Terraform.
//! Knows nothing of expressions; never goes through `f64`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, Signed, ToPrimitive, Zero};

use super::float::{self, Float};

/// The largest decimal exponent that is accepted, either way. Terraform's 512-bit floats reach further, but a
/// value printed in full (as state and `jsonencode` do) must not be able to exhaust memory.
const MAX_EXPONENT: i64 = 20_000;

/// A decimal number. Integers that fit 64 bits stay inline; all others share a big decimal. Up to 154 digits are kept
/// exactly; of more, those are kept that identify the nearest 512-bit binary float.
///
/// The form is canonical, so equal numbers are equal structurally.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    Big(Arc<BigDecimal>),
}

/// Why a text or an operation gives no number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("a number is required")]
    Syntax,
    /// The exponent is beyond what can be printed in full.
    #[error("the number is out of range")]
    Range,
    /// Division or remainder by zero.
    #[error("cannot divide by zero")]
    DivisionByZero,
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Repr::Small(0));

    /// From a big decimal, brought to canonical form.
    pub fn from_decimal(value: BigDecimal) -> Self {
        if let Some(small) = small(&value) {
            return Number(Repr::Small(small));
        }
        Number(Repr::Big(Arc::new(value.normalized())))
    }

    /// The number as a big decimal.
    pub fn to_decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Small(n) => BigDecimal::from(*n),
            Repr::Big(n) => BigDecimal::clone(n),
        }
    }

    /// The number as a 64-bit integer, if it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(n) => Some(*n),
            Repr::Big(_) => None,
        }
    }

    /// The nearest binary float, for SDK fields that are floats on the wire.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(n) => *n as f64,
            Repr::Big(n) => n.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// From a binary float by its shortest decimal form; `None` for infinities and NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then(|| Number::from_str(&format!("{value:?}")).ok()).flatten()
    }

    /// Whether the number has no fractional part.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_) => true,
            Repr::Big(n) => n.is_integer(),
        }
    }

    /// Whether the number is less than zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(n) => *n < 0,
            Repr::Big(n) => n.is_negative(),
        }
    }

    /// Sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        self.combine(other, i64::checked_add, Float::add)
    }

    /// Difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.combine(other, i64::checked_sub, |a, b| a.add(&b.neg()))
    }

    /// Product.
    ///
    /// # Errors
    /// [`NumberError::Range`].
    pub fn mul(&self, other: &Self) -> Result<Self, NumberError> {
        if self.magnitude().saturating_add(other.magnitude()).abs() > MAX_EXPONENT {
            return Err(NumberError::Range);
        }
        Ok(self.combine(other, i64::checked_mul, Float::mul))
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn neg(&self) -> Self {
        Number::ZERO.sub(self)
    }

    /// Quotient.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`], where Terraform has an infinity, which no state file can hold; or
    /// [`NumberError::Range`].
    pub fn div(&self, other: &Self) -> Result<Self, NumberError> {
        if *other == Number::ZERO {
            return Err(NumberError::DivisionByZero);
        }
        if self.magnitude().saturating_sub(other.magnitude()).abs() > MAX_EXPONENT {
            return Err(NumberError::Range);
        }
        let whole = |a: i64, b: i64| (a.checked_rem(b)? == 0).then(|| a / b);
        Ok(self.combine(other, whole, Float::div))
    }

    /// Remainder, with the sign of the dividend: `-7 % 3` is `-1`.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`].
    pub fn rem(&self, other: &Self) -> Result<Self, NumberError> {
        if *other == Number::ZERO {
            return Err(NumberError::DivisionByZero);
        }
        let big = |a: &Float, b: &Float| a.add(&b.mul(&a.div(b).truncated()).neg());
        Ok(self.combine(other, i64::checked_rem, big))
    }

    /// How many digits the number takes when it is printed, roughly; 0 if it is whole and fits into 64 bits.
    pub fn printed_length(&self) -> usize {
        match &self.0 {
            Repr::Small(_) => 0,
            Repr::Big(n) => {
                let (digits, scale) = n.as_bigint_and_scale();
                usize::try_from(digits.bits() / 3 + scale.unsigned_abs()).unwrap_or(usize::MAX)
            }
        }
    }

    /// The decimal exponent of the first digit, roughly.
    fn magnitude(&self) -> i64 {
        match &self.0 {
            Repr::Small(_) => 0,
            Repr::Big(n) => n.digits() as i64 - n.fractional_digit_count(),
        }
    }

    /// Whole numbers that stay within 64 bits are exact; everything else is rounded as Terraform's 512-bit floats
    /// are, so that `1.1 + 2.2` has the same digits here and there.
    fn combine(
        &self,
        other: &Self,
        small: fn(i64, i64) -> Option<i64>,
        big: impl Fn(&Float, &Float) -> Float,
    ) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(n) = small(*a, *b)
        {
            return Number(Repr::Small(n));
        }
        let result = big(&Float::nearest(&self.to_decimal()), &Float::nearest(&other.to_decimal()));
        Number::from_decimal(result.shortest())
    }
}

fn small(value: &BigDecimal) -> Option<i64> {
    let (digits, scale) = value.as_bigint_and_exponent();
    if digits.is_zero() {
        return Some(0);
    }
    if scale < -18 || digits.bits() > 200 {
        return None;
    }
    if !value.is_integer() {
        return None;
    }
    value.to_i64()
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        if let Ok(small) = text.parse::<i64>()
            && !text.starts_with('+')
        {
            return Ok(Number(Repr::Small(small)));
        }
        let plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
        if !plain || text.len() > MAX_EXPONENT as usize {
            return Err(NumberError::Syntax);
        }
        let value = BigDecimal::from_str(text).map_err(|_| NumberError::Syntax)?;
        let (digits, scale) = value.as_bigint_and_exponent();
        if !digits.is_zero() && scale.unsigned_abs() > MAX_EXPONENT as u64 {
            return Err(NumberError::Range);
        }
        Ok(Number::from_decimal(float::round(value)))
    }
}

impl fmt::Display for Number {
    /// Plain decimal digits, never an exponent: the form that state files and `tostring` use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(n) => write!(f, "{n}"),
            Repr::Big(n) => f.write_str(&n.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.to_decimal().cmp(&other.to_decimal()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number(Repr::Small(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Number(Repr::Small(value.into()))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Number(Repr::Small(value.into()))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or_else(
            |_| Number::from_decimal(BigDecimal::from(BigInt::from(value))),
            |n| Number(Repr::Small(n)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn prints_exactly_what_terraform_prints() {
        for (text, printed) in [
            ("1.0", "1"),
            ("1e3", "1000"),
            ("0.10", "0.1"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("-0", "0"),
            ("0e200", "0"),
            ("1e100", &format!("1{}", "0".repeat(100))),
        ] {
            assert_eq!(number(text).to_string(), printed, "{text}");
        }
    }

    /// Every row was printed by `terraform console` 1.11.
    #[test]
    fn arithmetic_has_terraforms_digits() {
        type Operation = fn(&Number, &Number) -> Number;
        let div: Operation = |a, b| a.div(b).unwrap();
        let rem: Operation = |a, b| a.rem(b).unwrap();
        let mul: Operation = |a, b| a.mul(b).unwrap();
        let cases: &[(&str, Operation, &str, &str)] = &[
            ("0.1", Number::add, "0.2", "0.3"),
            ("1.1", Number::add, "2.2", &format!("3.3{}2", "0".repeat(152))),
            ("1", Number::sub, "0.9", &format!("0.1{}3", "0".repeat(153))),
            ("0.7", mul, "3", "2.1"),
            ("9223372036854775807", Number::add, "1", "9223372036854775808"),
            (
                "123456789012345678901234567890",
                mul,
                "123456789012345678901234567890",
                "15241578753238836750495351562536198787501905199875019052100",
            ),
            ("10", div, "4", "2.5"),
            ("1", div, "3", &format!("0.{}5", "3".repeat(154))),
            ("2", div, "3", &format!("0.{}7", "6".repeat(153))),
            ("100", div, "3", &format!("33.{}", "3".repeat(152))),
            ("-1", div, "-3", &format!("0.{}5", "3".repeat(154))),
            ("1e200", div, "3", &format!("{}4{}", "3".repeat(154), "0".repeat(45))),
            ("1e200", div, "1e200", "1"),
            ("1.5", div, "0.3", "5"),
            ("-7", rem, "3", "-1"),
            ("7", rem, "-3", "1"),
            ("5.5", rem, "2", "1.5"),
            ("0.7", rem, "0.2", &format!("0.0{}55", "9".repeat(153))),
            ("1e30", rem, "7", "1"),
        ];
        for (i, (a, operation, b, result)) in cases.iter().enumerate() {
            assert_eq!(operation(&number(a), &number(b)).to_string(), *result, "row {i}: {a}, {b}");
        }
        let third = number("1").div(&number("3")).unwrap();
        assert_eq!(third.mul(&number("3")), Ok(number("1")));
        let huge = number("1e15000");
        assert_eq!(huge.mul(&huge), Err(NumberError::Range));
        assert_eq!(number("1e-15000").div(&huge), Err(NumberError::Range));
        assert_eq!(number("1").div(&Number::ZERO), Err(NumberError::DivisionByZero));
    }

    #[test]
    fn keeps_the_digits_that_identify_the_float() {
        let long = "1234567890".repeat(20);
        let kept = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        let printed = number(&long).to_string();
        assert!(
            printed.starts_with(kept) && printed.ends_with("0000000000") && printed.len() == 200,
            "{printed}"
        );
        assert_eq!(number(&format!("0.{long}")).to_string().len(), 157);
    }

    #[test]
    fn zero_is_zero_however_it_is_written() {
        for text in ["0e200", "-0e200", "0.00e-300", "0e99999"] {
            assert_eq!(number(text), Number::ZERO, "{text}");
        }
    }

    #[test]
    fn refuses_what_cannot_be_printed() {
        assert_eq!("1e999999999".parse::<Number>(), Err(NumberError::Range));
        assert_eq!("nan".parse::<Number>(), Err(NumberError::Syntax));
        assert_eq!("".parse::<Number>(), Err(NumberError::Syntax));
        assert_eq!(number("+5"), number("5"));
        assert_eq!((number(".5"), number("5.")), (number("0.5"), number("5")));
    }
}
