//! Going through the elements of a value: `for` expressions, template loops and splats.
//! Knows nothing of what is done with the text or body that a loop gives.

use std::collections::BTreeMap;

use super::eval::{Evaluated, Evaluator, Frame};
use super::{access, ops};
use crate::base::{Diagnostic, Diagnostics, Kind, Name, Type, Value};
use crate::config::{Expr, ForExpr, SplatStep};

/// What a loop goes through.
pub(super) enum Elements {
    /// Nobody knows yet.
    Unknown,
    /// Keys and values, in order: positions, names, or for a set the elements themselves.
    Known(Vec<(Value, Value)>),
}

/// The elements of a value; `None` for a value that has none. Marks of the value itself are left to the caller.
pub(super) fn elements(value: &Value) -> Option<Elements> {
    Some(match value.kind() {
        Kind::Unknown(
            Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Map(_) | Type::Tuple(_) | Type::Object(_),
        ) => Elements::Unknown,
        Kind::List(_, items) | Kind::Tuple(items) => Elements::Known(
            items.iter().enumerate().map(|(i, item)| (Value::number(i), item.clone())).collect(),
        ),
        Kind::Set(_, items) => Elements::Known(items.iter().map(|i| (i.clone(), i.clone())).collect()),
        Kind::Map(_, entries) | Kind::Object(entries) => Elements::Known(
            entries.iter().map(|(name, item)| (Value::string(name.clone()), item.clone())).collect(),
        ),
        _ => return None,
    })
}

impl Evaluator<'_> {
    /// The elements of the collection of a `for` expression or template loop, and whether it is secret; then they are,
    /// each by itself.
    pub(super) fn collection(self, expr: &Expr) -> Result<(Elements, bool), Diagnostics> {
        let value = self.eval(expr)?;
        self.look([&value], expr)?;
        if value.is_null() {
            let problem = Diagnostic::error(
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            );
            return Err(self.blame(expr, problem).into());
        }
        let found = elements(&value).ok_or_else(|| {
            let detail = format!(
                "A value of type {} cannot be used as the collection in a 'for' expression.",
                value.ty().friendly_name()
            );
            self.blame(expr, Diagnostic::error("Iteration over non-iterable value", detail))
        })?;
        let sensitive = value.is_sensitive();
        let found = match found {
            Elements::Known(items) if sensitive => {
                let secret = |v: Value| v.with_sensitive(true);
                Elements::Known(items.into_iter().map(|(k, v)| (secret(k), secret(v))).collect())
            }
            found => found,
        };
        Ok((found, sensitive))
    }

    /// `[for …]`, `{for …}`. What goes wrong for one element mostly goes wrong for all, so the first problem ends it.
    pub(super) fn for_expr(self, e: &ForExpr) -> Evaluated {
        let (elements, mut sensitive) = self.collection(&e.collection)?;
        let Elements::Known(elements) = elements else { return Ok(Value::DYNAMIC.with_sensitive(sensitive)) };
        let mut unknown = false;
        let mut values = Vec::new();
        let mut groups: BTreeMap<Name, Vec<Value>> = BTreeMap::new();
        for (key, value) in elements {
            let frame = Frame {
                outer: self.frame,
                variables: variables(e.key_var.as_ref(), &e.value_var, key, value),
            };
            let inside = self.inside(&frame);
            if let Some(condition) = &e.condition {
                let holds =
                    ops::for_condition(&inside.eval(condition)?).map_err(|p| inside.blame(condition, p))?;
                sensitive |= holds.sensitive;
                match holds.holds {
                    Some(true) => {}
                    Some(false) => continue,
                    None => {
                        unknown = true;
                        continue;
                    }
                }
            }
            let Some(key) = &e.key else {
                values.push(inside.eval(&e.value)?);
                continue;
            };
            let (name, marked) = inside.for_key(key)?;
            sensitive |= marked;
            let value = inside.eval(&e.value)?;
            let Some(name) = name else {
                unknown = true;
                continue;
            };
            let group = groups.entry(name.clone()).or_default();
            if !group.is_empty() && !e.grouping {
                let item = if marked { "a key".into() } else { format!("the key {:?}", &*name) };
                let detail = format!(
                    "Two different items produced {item} in this 'for' expression. If duplicates are expected, use \
                     the ellipsis (...) after the value expression to enable grouping by key."
                );
                return Err(inside.blame(key, Diagnostic::error("Duplicate object key", detail)).into());
            }
            group.push(value);
        }
        let result = match (unknown, &e.key) {
            (true, _) => Value::DYNAMIC,
            (false, None) => Value::tuple(values),
            (false, Some(_)) if e.grouping => {
                Value::object(groups.into_iter().map(|(n, g)| (n, Value::tuple(g))))
            }
            (false, Some(_)) => {
                Value::object(groups.into_iter().filter_map(|(n, mut g)| Some((n, g.pop()?))))
            }
        };
        Ok(result.with_sensitive(sensitive))
    }

    fn for_key(self, expr: &Expr) -> Result<(Option<Name>, bool), Diagnostics> {
        let value = self.eval(expr)?;
        let invalid = |detail: String| Diagnostic::error("Invalid object key", detail);
        let name = ops::object_key(
            &value,
            || invalid("Key expression in 'for' expression must not produce a null value.".into()),
            |e| invalid(format!("The key expression produced an invalid result: {e}.")),
        );
        Ok((name.map_err(|problem| self.blame(expr, problem))?, value.has_sensitive()))
    }

    /// `x[*].a`: over a sequence, its elements; over null, nothing; over anything else, that alone.
    pub(super) fn splat(self, whole: &Expr, source: &Expr, each: &[SplatStep]) -> Evaluated {
        let value = self.eval(source)?;
        self.look([&value], source)?;
        self.splat_value(whole, &value, each)
    }

    fn splat_value(self, whole: &Expr, value: &Value, each: &[SplatStep]) -> Evaluated {
        let sensitive = value.is_sensitive();
        let sequence = matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        if value.is_null() {
            if !sequence {
                return Ok(Value::tuple([]).with_sensitive(sensitive));
            }
            let problem = Diagnostic::error(
                "Splat of null value",
                "Splat expressions (with the * symbol) cannot be applied to null sequences.",
            );
            return Err(self.blame(whole, problem).into());
        }
        let take = |item: Value| each.iter().try_fold(item, |item, step| self.splat_step(whole, &item, step));
        let result = match value.kind() {
            Kind::Unknown(Type::List(element) | Type::Set(element)) => {
                Value::unknown(Type::list(take(Value::unknown(Type::clone(element)))?.ty()))
            }
            Kind::Unknown(Type::Tuple(types)) => {
                let items = types.iter().map(|ty| take(Value::unknown(ty.clone())));
                Value::tuple(items.collect::<Result<Vec<_>, _>>()?)
            }
            Kind::Unknown(Type::Dynamic) => Value::DYNAMIC,
            // It may turn out to be null, and then there is no element.
            Kind::Unknown(_) => {
                take(value.clone())?;
                Value::DYNAMIC
            }
            Kind::List(element, items) | Kind::Set(element, items) => {
                let taken = items.iter().map(|item| take(item.clone())).collect::<Result<Vec<_>, _>>()?;
                let ty = match taken.first() {
                    Some(first) => first.ty(),
                    None => take(Value::unknown(element.clone()))?.ty(),
                };
                Value::list(ty, taken)
            }
            Kind::Tuple(items) => {
                Value::tuple(items.iter().map(|item| take(item.clone())).collect::<Result<Vec<_>, _>>()?)
            }
            _ => Value::tuple([take(value.clone())?]),
        };
        Ok(result.with_sensitive(sensitive))
    }

    fn splat_step(self, whole: &Expr, item: &Value, step: &SplatStep) -> Evaluated {
        match step {
            SplatStep::Attr(name, span) => {
                access::attribute(item, name).map_err(|problem| self.blame(whole, problem.at(*span)).into())
            }
            SplatStep::Splat(each) => self.deeper(whole.span)?.splat_value(whole, item, each),
            SplatStep::Index(key) => {
                let found = access::index(item, &self.eval(key)?);
                found.map_err(|problem| self.blame(whole, problem.at(key.span)).into())
            }
        }
    }
}

/// The variables of one round of a loop.
pub(super) fn variables(
    key_var: Option<&Name>,
    value_var: &Name,
    key: Value,
    value: Value,
) -> Vec<(Name, Value)> {
    key_var.map(|name| (name.clone(), key)).into_iter().chain([(value_var.clone(), value)]).collect()
}
