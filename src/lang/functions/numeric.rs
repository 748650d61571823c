//! Functions over numbers.
//! Knows nothing of text forms beyond `parseint`'s digits.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};

use crate::base::{Number, Type, Value};

use super::declare::{Args, Fault, Function, function};

pub(super) fn functions() -> Vec<Function> {
    use Type::Number as Num;
    vec![
        function("abs", "The number without its sign.").number("num").gives(Num, |a| {
            let n = a.number(0);
            Ok(Value::number(if n.is_negative() { n.neg() } else { n.clone() }))
        }),
        function("ceil", "The smallest whole number that is not less than the number.")
            .number("num")
            .gives(Num, |a| Ok(round(a.number(0), RoundingMode::Ceiling))),
        function("floor", "The greatest whole number that is not more than the number.")
            .number("num")
            .gives(Num, |a| Ok(round(a.number(0), RoundingMode::Floor))),
        function("log", "The logarithm of the number to the base, as a binary float.")
            .number("num")
            .number("base")
            .gives(Num, |a| finite(a.number(0).to_f64().ln() / a.number(1).to_f64().ln())),
        function("max", "The greatest of the numbers.")
            .rest("numbers", Num)
            .or_dynamic()
            .gives(Num, |a| extreme(a.values.iter().max())),
        function("min", "The smallest of the numbers.")
            .rest("numbers", Num)
            .or_dynamic()
            .gives(Num, |a| extreme(a.values.iter().min())),
        function("parseint", "The whole number that the text is in a base from 2 to 62.")
            .any("number")
            .number("base")
            .gives_of(parseint_type, parseint),
        function("pow", "The number to the power, as a binary float.")
            .number("num")
            .number("power")
            .gives(Num, |a| finite(a.number(0).to_f64().powf(a.number(1).to_f64()))),
        function("signum", "-1, 0 or 1, for the sign of the whole number.")
            .number("num")
            .gives(Num, |a| Ok(a.whole(0)?.signum().into())),
        function("sum", "The sum of the numbers in a list or set.")
            .any("list")
            .wholly_known()
            .gives_of(sum_type, sum),
    ]
}

fn round(number: &Number, mode: RoundingMode) -> Value {
    Value::number(Number::from_decimal(number.to_decimal().with_scale_round(0, mode)))
}

fn finite(result: f64) -> Result<Value, Fault> {
    Number::from_f64(result).map(Value::number).ok_or_else(|| Fault::new("the result is not a finite number"))
}

fn extreme(found: Option<&Value>) -> Result<Value, Fault> {
    found.cloned().ok_or_else(|| Fault::new("must pass at least one number"))
}

fn parseint_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        Type::String | Type::Dynamic => Ok(Type::Number),
        other => {
            let what = format!("first argument must be a string, not {}", other.friendly_name());
            Err(Fault::new(what).at(0))
        }
    }
}

fn parseint(a: &Args) -> Result<Value, Fault> {
    let base = a.whole(1).map_err(|f| f.at(1))?;
    if !(2..=62).contains(&base) {
        return Err(Fault::new("base must be a whole number between 2 and 62 inclusive").at(1));
    }
    let text = a.text(0);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let wrong = || {
        Fault::about(format!("cannot parse {{input}} as a base {base} integer"), format!("{text:?}")).at(0)
    };
    // Enough for any number that could be printed, and no more: the work grows with the square of the length.
    if digits.is_empty() || digits.len() > 20_000 {
        return Err(wrong());
    }
    let mut value = BigInt::from(0);
    for c in digits.chars() {
        let digit = digit(c, base).filter(|d| *d < base).ok_or_else(wrong)?;
        value = value * base + digit;
    }
    if negative {
        value = -value;
    }
    Ok(Value::number(Number::from_decimal(BigDecimal::from(value))))
}

/// Digits, then small letters, then capitals; up to base 36 capitals count as small.
fn digit(c: char, base: i64) -> Option<i64> {
    let offset = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'a'..='z' => u32::from(c) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
        'A'..='Z' => u32::from(c) - u32::from('A') + 36,
        _ => return None,
    };
    Some(offset.into())
}

fn sum_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Ok(Type::Number),
        ty @ (Type::Map(_) | Type::Object(_)) => {
            let what = format!("argument must be list, set, or tuple. Received {}", ty.friendly_name());
            Err(Fault::new(what).at(0))
        }
        _ => Err(Fault::new("cannot sum noniterable").at(0)),
    }
}

fn sum(a: &Args) -> Result<Value, Fault> {
    let wrong = |what: &str| Err(Fault::new(what).at(0));
    let items = a.items(0);
    if items.is_empty() {
        return wrong("cannot sum an empty list");
    }
    let mut total = Number::ZERO;
    for item in items {
        match crate::base::convert::convert(item, &Type::Number) {
            Ok(number) if number.as_number().is_some() => {
                total = total.add(number.as_number().unwrap_or(&Number::ZERO));
            }
            _ => return wrong("argument must be list, set, or tuple of number values"),
        }
    }
    Ok(Value::number(total))
}
