//! `Number`: an exact decimal, as Terraform's language counts.
//! Knows nothing of expressions; never goes through `f64`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, Signed, ToPrimitive, Zero};

/// The largest decimal exponent that is accepted, either way. Terraform's 512-bit floats reach further, but a
/// value printed in full (as state and `jsonencode` do) must not be able to exhaust memory.
const MAX_EXPONENT: i64 = 20_000;

/// An exact decimal number. Integers that fit 64 bits stay inline; all others share a big decimal.
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
        self.combine(other, i64::checked_add, |a, b| a + b)
    }

    /// Difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        self.combine(other, i64::checked_sub, |a, b| a - b)
    }

    /// Product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        self.combine(other, i64::checked_mul, |a, b| a * b)
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn neg(&self) -> Self {
        Number::ZERO.sub(self)
    }

    /// Quotient. One that does not end is rounded as a 512-bit binary float would be and printed in the fewest
    /// digits that identify it, so that it reads the same as Terraform's.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`].
    pub fn div(&self, other: &Self) -> Result<Self, NumberError> {
        let (a, b) = (self.to_decimal(), other.to_decimal());
        if b.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        Ok(Number::from_decimal((a / b).with_prec(154)))
    }

    /// Remainder, with the sign of the dividend: `-7 % 3` is `-1`.
    ///
    /// # Errors
    /// [`NumberError::DivisionByZero`].
    pub fn rem(&self, other: &Self) -> Result<Self, NumberError> {
        let (a, b) = (self.to_decimal(), other.to_decimal());
        if b.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        Ok(Number::from_decimal(a % b))
    }

    fn combine(
        &self,
        other: &Self,
        small: fn(i64, i64) -> Option<i64>,
        big: fn(BigDecimal, BigDecimal) -> BigDecimal,
    ) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(n) = small(*a, *b)
        {
            return Number(Repr::Small(n));
        }
        Number::from_decimal(big(self.to_decimal(), other.to_decimal()))
    }
}

fn small(value: &BigDecimal) -> Option<i64> {
    let (digits, scale) = value.as_bigint_and_exponent();
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
        Ok(Number::from_decimal(value))
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
            ("1e100", &format!("1{}", "0".repeat(100))),
        ] {
            assert_eq!(number(text).to_string(), printed, "{text}");
        }
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(number("0.1").add(&number("0.2")), number("0.3"));
        assert_eq!(Number::from(i64::MAX).add(&Number::from(1)).to_string(), "9223372036854775808");
        assert_eq!(number("10").div(&number("4")).unwrap(), number("2.5"));
        assert_eq!(number("-7").rem(&number("3")).unwrap(), number("-1"));
        assert_eq!(number("1").div(&Number::ZERO), Err(NumberError::DivisionByZero));
    }

    #[test]
    fn refuses_what_cannot_be_printed() {
        assert_eq!("1e999999999".parse::<Number>(), Err(NumberError::Range));
        assert_eq!("nan".parse::<Number>(), Err(NumberError::Syntax));
        assert_eq!("".parse::<Number>(), Err(NumberError::Syntax));
    }
}
