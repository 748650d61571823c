//! Every rule for null, unknown and sensitive operands: operators, conditions, conditionals, and what goes into text.
//! Knows nothing of expressions; the evaluator adds the place.

use crate::base::convert::{convert, possible, unify};
use crate::base::{Diagnostic, Kind, Name, Number, NumberError, Type, Value};
use crate::config::{BinaryOp, UnaryOp};

/// Which part of an operation is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    Left,
    Right,
    Whole,
}

type Blamed = (Blame, Diagnostic);

/// `-x`, `!x`
pub(super) fn unary(op: UnaryOp, operand: &Value) -> Result<Value, Diagnostic> {
    let ty = if op == UnaryOp::Neg { Type::Number } else { Type::Bool };
    let value = convert(operand, &ty).map_err(|e| {
        Diagnostic::error("Invalid operand", format!("Unsuitable value for unary operand: {e}."))
    })?;
    if value.is_null() {
        return Err(null_operand());
    }
    let result = match value.kind() {
        Kind::Number(n) => Value::number(n.neg()),
        Kind::Bool(b) => Value::from(!b),
        _ => Value::unknown(ty),
    };
    Ok(result.with_sensitive(operand.has_sensitive()))
}

/// `a + b`: operands are converted to what the operator wants; null is refused; an unknown operand makes the result
/// unknown and a sensitive one makes it sensitive. There is no short circuit, as in Terraform 1.11.
pub(super) fn binary(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, Vec<Blamed>> {
    let wanted = match op {
        BinaryOp::Eq | BinaryOp::NotEq => return Ok(equality(op, left, right)),
        BinaryOp::And | BinaryOp::Or => Type::Bool,
        _ => Type::Number,
    };
    let operand = |value: &Value, blame: Blame| {
        convert(value, &wanted).map_err(|e| {
            let side = if blame == Blame::Left { "left" } else { "right" };
            // What people who come from other languages mean.
            let hint = match (op, value.as_str()) {
                (BinaryOp::Add, Some(_)) => " To join strings, use a template such as \"${a}${b}\".",
                _ => "",
            };
            (
                blame,
                Diagnostic::error(
                    "Invalid operand",
                    format!("Unsuitable value for {side} operand: {e}.{hint}"),
                ),
            )
        })
    };
    let (a, b) = match (operand(left, Blame::Left), operand(right, Blame::Right)) {
        (Ok(a), Ok(b)) => (a, b),
        (a, b) => return Err([a.err(), b.err()].into_iter().flatten().collect()),
    };
    if a.is_null() || b.is_null() {
        return Err(vec![(Blame::Whole, null_operand())]);
    }
    let result = match (a.kind(), b.kind()) {
        (Kind::Number(a), Kind::Number(b)) => {
            arithmetic(op, a, b).map_err(|e| vec![(Blame::Whole, failed(&e.to_string()))])?
        }
        (Kind::Bool(a), Kind::Bool(b)) => Value::from(if op == BinaryOp::And { *a && *b } else { *a || *b }),
        _ => Value::unknown(match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => Type::Number,
            _ => Type::Bool,
        }),
    };
    Ok(result.with_sensitive(left.has_sensitive() || right.has_sensitive()))
}

fn arithmetic(op: BinaryOp, a: &Number, b: &Number) -> Result<Value, NumberError> {
    Ok(match op {
        BinaryOp::Add => a.add(b).into(),
        BinaryOp::Sub => a.sub(b).into(),
        BinaryOp::Mul => a.mul(b)?.into(),
        BinaryOp::Div => a.div(b)?.into(),
        BinaryOp::Rem => a.rem(b)?.into(),
        BinaryOp::Less => Value::from(a < b),
        BinaryOp::LessEq => Value::from(a <= b),
        BinaryOp::Greater => Value::from(a > b),
        BinaryOp::GreaterEq => Value::from(a >= b),
        BinaryOp::Eq | BinaryOp::NotEq => Value::from((a == b) == (op == BinaryOp::Eq)),
        // Their operands were converted to bool.
        BinaryOp::And | BinaryOp::Or => Value::unknown(Type::Bool),
    })
}

fn failed(what: &str) -> Diagnostic {
    Diagnostic::error("Operation failed", format!("Error during operation: {what}."))
}

fn null_operand() -> Diagnostic {
    failed("argument must not be null")
}

fn equality(op: BinaryOp, left: &Value, right: &Value) -> Value {
    let result = match equal(left, right) {
        Some(equal) => Value::from(equal == (op == BinaryOp::Eq)),
        None => Value::unknown(Type::Bool),
    };
    result.with_sensitive(left.has_sensitive() || right.has_sensitive())
}

/// Whether two values are equal, whatever their marks: never converts between types; `None` where something unknown
/// could still decide.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => return None,
        (Kind::Null(_), Kind::Null(_)) => return Some(true),
        (Kind::Null(_), _) | (_, Kind::Null(_)) => return Some(false),
        _ => {}
    }
    let (x, y) = (a.ty(), b.ty());
    if x != y && ((a.is_wholly_known() && b.is_wholly_known()) || !may_be_same(&x, &y)) {
        return Some(false);
    }
    equal_content(a, b)
}

/// As [`equal`], for values whose types are the same as far as they are known.
fn equal_content(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
        (Kind::Null(_), other) | (other, Kind::Null(_)) => Some(matches!(other, Kind::Null(_))),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Number(a), Kind::Number(b)) => Some(a == b),
        (Kind::String(a), Kind::String(b)) => Some(a == b),
        (Kind::Set(_, x), Kind::Set(_, y)) => {
            let known = a.is_wholly_known() && b.is_wholly_known();
            known.then(|| {
                x.len() == y.len() && x.iter().zip(y.iter()).all(|(x, y)| equal_content(x, y) == Some(true))
            })
        }
        (Kind::List(_, x), Kind::List(_, y)) | (Kind::Tuple(x), Kind::Tuple(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all_equal(x.iter().zip(y.iter()))
        }
        (Kind::Map(_, x), Kind::Map(_, y)) | (Kind::Object(x), Kind::Object(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            all_equal(x.values().zip(y.values()))
        }
        _ => Some(false),
    }
}

/// One pair that differs decides, whatever is unknown beside it.
fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut all = Some(true);
    for (x, y) in pairs {
        match equal_content(x, y) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// Whether two types may turn out to be one when what is open in them is decided.
fn may_be_same(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            may_be_same(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| may_be_same(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| may_be_same(a, b))
        }
        (a, b) => a == b,
    }
}

/// What a condition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition {
    /// `None` where it is not known.
    pub(super) holds: Option<bool>,
    /// Whether it is a secret which way it goes.
    pub(super) sensitive: bool,
}

/// The condition of `c ? a : b` and of the template directive `%{ if c }`.
pub(super) fn condition(value: &Value) -> Result<Condition, Diagnostic> {
    if value.is_null() {
        return Err(Diagnostic::error(
            "Null condition",
            "The condition value is null. Conditions must either be true or false.",
        ));
    }
    as_condition(value).ok_or_else(|| {
        Diagnostic::error("Incorrect condition type", "The condition expression must be of type bool.")
    })
}

/// The condition of a `for` expression.
pub(super) fn for_condition(value: &Value) -> Result<Condition, Diagnostic> {
    if value.is_null() {
        return Err(Diagnostic::error("Condition is null", "The value of the 'if' clause must not be null."));
    }
    as_condition(value).ok_or_else(|| {
        let what = convert(value, &Type::Bool).err().map(|e| e.to_string()).unwrap_or_default();
        Diagnostic::error("Invalid 'for' condition", format!("The 'if' clause value is invalid: {what}."))
    })
}

fn as_condition(value: &Value) -> Option<Condition> {
    let holds = convert(value, &Type::Bool).ok()?.as_bool();
    Some(Condition { holds, sensitive: value.has_sensitive() })
}

/// `c ? a : b` with both results at hand: both are brought to the type they share.
pub(super) fn conditional(
    condition: Condition,
    then: &Value,
    otherwise: &Value,
) -> Result<Value, Diagnostic> {
    let mismatch = |detail: String| Diagnostic::error("Inconsistent conditional result types", detail);
    let ty = shared_type(then, otherwise).ok_or_else(|| {
        mismatch(format!(
            "The true and false result expressions must have consistent types. {}",
            describe_mismatch(&then.ty(), &otherwise.ty())
        ))
    })?;
    let (chosen, which) = match condition.holds {
        Some(true) => (then, "true"),
        Some(false) => (otherwise, "false"),
        None => {
            let sensitive = condition.sensitive || then.has_sensitive() || otherwise.has_sensitive();
            return Ok(Value::unknown(ty).with_sensitive(sensitive));
        }
    };
    convert(chosen, &ty)
        .map(|value| value.with_sensitive(condition.sensitive))
        .map_err(|e| mismatch(format!("The {which} result value has the wrong type: {e}.")))
}

/// The type of a conditional; a bare `null` takes the other's, and what is wholly unknown leaves it open.
fn shared_type(a: &Value, b: &Value) -> Option<Type> {
    let open = |v: &Value| matches!(v.kind(), Kind::Unknown(Type::Dynamic));
    let bare_null = |v: &Value| matches!(v.kind(), Kind::Null(Type::Dynamic));
    if bare_null(a) {
        Some(b.ty())
    } else if bare_null(b) {
        Some(a.ty())
    } else if open(a) || open(b) {
        Some(Type::Dynamic)
    } else {
        unify(&[a.ty(), b.ty()])
    }
}

/// Where two types part, in a sentence.
fn describe_mismatch(a: &Type, b: &Type) -> String {
    let differ = |x: &Type, y: &Type| unify(&[x.clone(), y.clone()]).is_none();
    match (a, b) {
        (Type::Object(x), Type::Object(y)) => {
            let absent = |side: &str, name: &Name, other: &str| {
                format!(
                    "The '{side}' value includes object attribute {:?}, which is absent in the '{other}' value.",
                    &**name
                )
            };
            for (name, ty) in x.iter() {
                match y.get(name) {
                    None => return absent("true", name, "false"),
                    Some(other) if differ(ty, other) => {
                        let inner = describe_mismatch(ty, other);
                        return format!("Type mismatch for object attribute {:?}: {inner}", &**name);
                    }
                    Some(_) => {}
                }
            }
            if let Some(name) = y.keys().find(|name| !x.contains_key(*name)) {
                return absent("false", name, "true");
            }
        }
        (Type::Tuple(x), Type::Tuple(y)) => {
            if x.len() != y.len() {
                return format!(
                    "The 'true' tuple has length {}, but the 'false' tuple has length {}.",
                    x.len(),
                    y.len()
                );
            }
            if let Some((i, (x, y))) = x.iter().zip(y.iter()).enumerate().find(|(_, (x, y))| differ(x, y)) {
                return format!("Type mismatch for tuple element {i}: {}", describe_mismatch(x, y));
            }
        }
        _ => {}
    }
    format!("The 'true' value is {}, but the 'false' value is {}.", a.friendly_name(), b.friendly_name())
}

/// Text in the making; one unknown or sensitive part makes the whole so.
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    unknown: bool,
    sensitive: bool,
}

impl Text {
    pub(super) fn literal(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// How many bytes it has so far.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    pub(super) fn unknown(&mut self) {
        self.unknown = true;
    }

    pub(super) fn sensitive(&mut self, sensitive: bool) {
        self.sensitive |= sensitive;
    }

    /// Appends what an interpolation gave.
    pub(super) fn value(&mut self, value: &Value) -> Result<(), Diagnostic> {
        let invalid = |detail: String| Diagnostic::error("Invalid template interpolation value", detail);
        self.sensitive |= value.has_sensitive();
        match value.kind() {
            Kind::Null(_) => Err(invalid(
                "The expression result is null. Cannot include a null value in a string template.".into(),
            )),
            Kind::Unknown(ty) if possible(ty, &Type::String) => {
                self.unknown = true;
                Ok(())
            }
            _ => {
                let text = convert(value, &Type::String).map_err(|e| {
                    invalid(format!("Cannot include the given value in a string template: {e}."))
                })?;
                self.text.push_str(text.as_str().unwrap_or_default());
                Ok(())
            }
        }
    }

    /// The string.
    pub(super) fn finish(self) -> Value {
        let value = if self.unknown { Value::unknown(Type::String) } else { Value::from(self.text) };
        value.with_sensitive(self.sensitive)
    }
}

/// The key of an object item or of an object `for`: a string; `None` where it is not known.
pub(super) fn object_key(
    value: &Value,
    null: impl FnOnce() -> Diagnostic,
    misfit: impl FnOnce(String) -> Diagnostic,
) -> Result<Option<Name>, Diagnostic> {
    if value.is_null() {
        return Err(null());
    }
    let key = convert(value, &Type::String).map_err(|e| misfit(e.to_string()))?;
    Ok(key.as_str().map(Name::from))
}
