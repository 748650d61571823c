//! Rounding as a 512-bit binary float does, which is what Terraform counts with.
//! Knows nothing of [`super::Number`]; it sees big decimals only.

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, One, Pow, RoundingMode, Signed, Zero};

/// The bits of a mantissa.
const PRECISION: i64 = 512;

/// Decimals with at most this many digits are told apart by 512 bits.
const SAFE_DIGITS: u64 = 154;

/// `mantissa · 2^exponent`; the mantissa has at most 512 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Float {
    mantissa: BigInt,
    exponent: i64,
}

impl Float {
    /// The float nearest to a decimal.
    pub(super) fn nearest(value: &BigDecimal) -> Float {
        let (digits, scale) = value.as_bigint_and_exponent();
        if scale <= 0 {
            Float::ratio(digits * power(10, scale.unsigned_abs()), &BigInt::one())
        } else {
            Float::ratio(digits, &power(10, scale.unsigned_abs()))
        }
    }

    /// The float nearest to a fraction, halves to even. The denominator is positive.
    fn ratio(numerator: BigInt, denominator: &BigInt) -> Float {
        if numerator.is_zero() {
            return Float { mantissa: numerator, exponent: 0 };
        }
        // Scaled so that the quotient has 512 or 513 bits, then once more if it was one too many.
        let mut exponent = numerator.bits() as i64 - denominator.bits() as i64 - PRECISION;
        let (sign, magnitude) = (numerator.sign(), numerator.abs());
        let mut quotient = half_even(&magnitude, denominator, exponent);
        if quotient.bits() as i64 > PRECISION {
            exponent += 1;
            quotient = half_even(&magnitude, denominator, exponent);
        }
        let mantissa = if sign == Sign::Minus { -quotient } else { quotient };
        Float { mantissa, exponent }.reduced()
    }

    /// The one form of a float: an odd mantissa, or zero.
    fn reduced(self) -> Float {
        match self.mantissa.trailing_zeros() {
            Some(zeros) => Float { mantissa: self.mantissa >> zeros, exponent: self.exponent + zeros as i64 },
            None => Float { mantissa: self.mantissa, exponent: 0 },
        }
    }

    pub(super) fn add(&self, other: &Float) -> Float {
        let exponent = self.exponent.min(other.exponent);
        let at = |f: &Float| &f.mantissa << (f.exponent - exponent) as u64;
        Float::scaled(at(self) + at(other), exponent)
    }

    pub(super) fn neg(&self) -> Float {
        Float { mantissa: -&self.mantissa, exponent: self.exponent }
    }

    pub(super) fn mul(&self, other: &Float) -> Float {
        Float::scaled(&self.mantissa * &other.mantissa, self.exponent + other.exponent)
    }

    /// The divisor is not zero.
    pub(super) fn div(&self, other: &Float) -> Float {
        let numerator = if other.mantissa.is_negative() { -&self.mantissa } else { self.mantissa.clone() };
        let quotient = Float::ratio(numerator, &other.mantissa.abs());
        Float { exponent: quotient.exponent + self.exponent - other.exponent, ..quotient }.reduced()
    }

    /// Without its fraction.
    pub(super) fn truncated(&self) -> Float {
        if self.exponent >= 0 {
            return self.clone();
        }
        let whole = self.mantissa.abs() >> self.exponent.unsigned_abs();
        let mantissa = if self.mantissa.is_negative() { -whole } else { whole };
        Float { mantissa, exponent: 0 }.reduced()
    }

    /// A whole number times a power of two, rounded to the mantissa's length.
    fn scaled(mantissa: BigInt, exponent: i64) -> Float {
        let rounded = Float::ratio(mantissa, &BigInt::one());
        Float { exponent: rounded.exponent + exponent, ..rounded }.reduced()
    }

    /// The fewest decimal digits that no other float is nearer to, as Terraform prints it.
    pub(super) fn shortest(&self) -> BigDecimal {
        let exact = self.exact();
        if exact.digits() <= SAFE_DIGITS {
            return exact;
        }
        // One digit less than the safe ones always hits a short decimal exactly, two more tell all floats apart.
        (SAFE_DIGITS - 1..SAFE_DIGITS + 3)
            .map(|digits| rounded(&exact, digits))
            .find(|candidate| Float::nearest(candidate) == *self)
            .unwrap_or(exact)
    }

    fn exact(&self) -> BigDecimal {
        if self.exponent >= 0 {
            return BigDecimal::from(&self.mantissa << self.exponent.unsigned_abs());
        }
        // m / 2^k = m·5^k / 10^k
        let scale = self.exponent.unsigned_abs();
        BigDecimal::new(&self.mantissa * power(5, scale), scale as i64)
    }
}

/// The decimal that a 512-bit float of this value prints as.
pub(super) fn round(value: BigDecimal) -> BigDecimal {
    if value.digits() <= SAFE_DIGITS { value } else { Float::nearest(&value).shortest() }
}

fn power(base: u32, exponent: u64) -> BigInt {
    BigInt::from(base).pow(exponent)
}

fn rounded(value: &BigDecimal, digits: u64) -> BigDecimal {
    let excess = value.digits() as i64 - digits as i64;
    value.with_scale_round(value.fractional_digit_count() - excess, RoundingMode::HalfEven).normalized()
}

/// `magnitude / (denominator · 2^exponent)`, rounded half to even.
fn half_even(magnitude: &BigInt, denominator: &BigInt, exponent: i64) -> BigInt {
    let shift = exponent.unsigned_abs();
    let (numerator, denominator) = if exponent >= 0 {
        (magnitude.clone(), denominator << shift)
    } else {
        (magnitude << shift, denominator.clone())
    };
    let quotient = &numerator / &denominator;
    let twice = (numerator - &quotient * &denominator) << 1u8;
    match twice.cmp(&denominator) {
        std::cmp::Ordering::Greater => quotient + 1u8,
        std::cmp::Ordering::Equal if quotient.bit(0) => quotient + 1u8,
        _ => quotient,
    }
}
