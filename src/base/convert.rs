//! Conversion of values between types, and the one type that several share.
//! Knows nothing of expressions; the schema and the language both convert by these rules.

use super::{Kind, Name, Number, Path, PathStep, Type, Value};

/// Why a value cannot become the wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ConvertError {
    /// Where in the value, when it is not the value itself.
    pub path: Path,
    /// What is required there: "a number is required".
    pub what: String,
}

impl ConvertError {
    fn new(what: impl Into<String>) -> Self {
        ConvertError { path: Path::default(), what: what.into() }
    }

    fn below(mut self, step: PathStep) -> Self {
        let mut steps = vec![step];
        steps.extend(self.path.steps().iter().cloned());
        self.path = steps.into();
        self
    }
}

/// The value as the wanted type, by Terraform's rules: primitives through their text, sequences among each other,
/// maps and objects among each other. Marks stay where they are; unknown stays unknown, of the wanted type.
///
/// # Errors
/// A [`ConvertError`] that says what is required and where.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    if *ty == Type::Dynamic || (!ty.has_dynamic() && value.ty() == *ty) {
        return Ok(value.clone());
    }
    let sensitive = value.is_sensitive();
    convert_kind(value.kind(), ty).map(|v| v.with_sensitive(sensitive))
}

fn convert_kind(kind: &Kind, ty: &Type) -> Result<Value, ConvertError> {
    let required = || ConvertError::new(format!("{} required", article(ty)));
    match (kind, ty) {
        (Kind::Null(_), _) => Ok(Value::null(ty.clone())),
        (Kind::Unknown(from), _) => {
            if *from == Type::Dynamic || possible(from, ty) {
                Ok(Value::unknown(ty.clone()))
            } else {
                Err(required())
            }
        }
        (_, Type::Dynamic) => Ok(kind.clone().into()),
        (Kind::Bool(b), Type::Bool) => Ok(Value::from(*b)),
        (Kind::Number(n), Type::Number) => Ok(Value::number(n.clone())),
        (Kind::String(s), Type::String) => Ok(Value::string(s.clone())),
        (Kind::Bool(b), Type::String) => Ok(Value::string(if *b { "true" } else { "false" })),
        (Kind::Number(n), Type::String) => Ok(Value::string(n.to_string())),
        (Kind::String(s), Type::Bool) => match &**s {
            "true" | "1" => Ok(Value::TRUE),
            "false" | "0" => Ok(Value::FALSE),
            _ => Err(required()),
        },
        (Kind::String(s), Type::Number) => s.parse::<Number>().map(Value::number).map_err(|_| required()),
        (Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items), Type::List(t)) => {
            let (element, items) = convert_items(items, t)?;
            Ok(Value::list(element, items))
        }
        (Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items), Type::Set(t)) => {
            let (element, items) = convert_items(items, t)?;
            Ok(Value::set(element, items))
        }
        (Kind::Tuple(items), Type::Tuple(ts)) if items.len() == ts.len() => {
            let mut values = Vec::with_capacity(items.len());
            for (i, (item, t)) in items.iter().zip(ts.iter()).enumerate() {
                values.push(convert(item, t).map_err(|e| e.below(PathStep::Index(i)))?);
            }
            Ok(Value::tuple(values))
        }
        (Kind::Map(_, entries) | Kind::Object(entries), Type::Map(t)) => {
            let element = element_type(entries.values(), t)?;
            let mut values = Vec::with_capacity(entries.len());
            for (name, item) in entries.iter() {
                let value = convert(item, &element).map_err(|e| e.below(PathStep::Key(name.clone())))?;
                values.push((name.clone(), value));
            }
            Ok(Value::map(element, values))
        }
        (Kind::Map(_, entries) | Kind::Object(entries), Type::Object(ts)) => {
            let mut values = Vec::with_capacity(ts.len());
            for (name, t) in ts.iter() {
                let Some(item) = entries.get(name) else {
                    return Err(ConvertError::new(format!("attribute {:?} is required", &**name)));
                };
                let value = convert(item, t).map_err(|e| e.below(PathStep::Attr(name.clone())))?;
                values.push((name.clone(), value));
            }
            Ok(Value::object(values))
        }
        _ => Err(required()),
    }
}

fn convert_items(items: &[Value], ty: &Type) -> Result<(Type, Vec<Value>), ConvertError> {
    let element = element_type(items.iter(), ty)?;
    let mut values = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        values.push(convert(item, &element).map_err(|e| e.below(PathStep::Index(i)))?);
    }
    Ok((element, values))
}

/// The wanted element type, or the one that all elements share when any will do.
fn element_type<'a>(items: impl Iterator<Item = &'a Value>, wanted: &Type) -> Result<Type, ConvertError> {
    if *wanted != Type::Dynamic {
        return Ok(wanted.clone());
    }
    let types: Vec<Type> = items.map(Value::ty).collect();
    unify(&types).ok_or_else(|| ConvertError::new("all elements must have the same type"))
}

/// Whether some value of `from` could become `to`; used for unknown values, whose content cannot be tried.
pub fn possible(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (a, b) if a == b => true,
        (Type::Bool | Type::Number, Type::String) | (Type::String, Type::Bool | Type::Number) => true,
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            possible(a, b)
        }
        (Type::Tuple(ts), Type::List(b) | Type::Set(b)) => ts.iter().all(|t| possible(t, b)),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| possible(a, b))
        }
        (Type::Object(ts), Type::Map(b)) => ts.values().all(|t| possible(t, b)),
        (Type::Map(a), Type::Object(ts)) => ts.values().all(|t| possible(a, t)),
        (Type::Object(a), Type::Object(b)) => {
            b.iter().all(|(name, t)| a.get(name).is_some_and(|from| possible(from, t)))
        }
        _ => false,
    }
}

/// The type that all of the given types can become without loss, as for the branches of a conditional or the
/// elements of `tolist`; `None` if there is none. No types give [`Type::Dynamic`].
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut known = types.iter().filter(|t| **t != Type::Dynamic);
    let Some(first) = known.next() else { return Some(Type::Dynamic) };
    known.try_fold(first.clone(), |a, b| unify_pair(&a, b))
}

fn unify_pair(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::Dynamic, t) | (t, Type::Dynamic) => Some(t.clone()),
        (a, b) if a.is_primitive() && b.is_primitive() => {
            // Numbers and bools do not meet; either meets string.
            (*a == Type::String || *b == Type::String).then_some(Type::String)
        }
        (Type::List(a), Type::List(b)) => Some(Type::list(unify_pair(a, b)?)),
        (Type::Set(a), Type::Set(b)) => Some(Type::set(unify_pair(a, b)?)),
        (Type::List(a), Type::Set(b)) | (Type::Set(a), Type::List(b)) => Some(Type::list(unify_pair(a, b)?)),
        (Type::Map(a), Type::Map(b)) => Some(Type::map(unify_pair(a, b)?)),
        (Type::Tuple(xs), Type::Tuple(ys)) if xs.len() == ys.len() => {
            let items = xs.iter().zip(ys.iter()).map(|(x, y)| unify_pair(x, y));
            match items.collect::<Option<Vec<_>>>() {
                Some(items) => Some(Type::tuple(items)),
                None => Some(Type::list(unify(&[xs.to_vec(), ys.to_vec()].concat())?)),
            }
        }
        (Type::Tuple(xs), Type::Tuple(ys)) => Some(Type::list(unify(&[xs.to_vec(), ys.to_vec()].concat())?)),
        (Type::Tuple(ts), Type::List(t)) | (Type::List(t), Type::Tuple(ts)) => {
            Some(Type::list(ts.iter().try_fold(Type::clone(t), |a, b| unify_pair(&a, b))?))
        }
        (Type::Tuple(ts), Type::Set(t)) | (Type::Set(t), Type::Tuple(ts)) => {
            Some(Type::set(ts.iter().try_fold(Type::clone(t), |a, b| unify_pair(&a, b))?))
        }
        (Type::Object(xs), Type::Object(ys)) => {
            if xs.len() == ys.len() && xs.keys().eq(ys.keys()) {
                let attrs: Option<Vec<(Name, Type)>> = xs
                    .iter()
                    .zip(ys.values())
                    .map(|((n, x), y)| Some((n.clone(), unify_pair(x, y)?)))
                    .collect();
                if let Some(attrs) = attrs {
                    return Some(Type::object(attrs));
                }
            }
            let all: Vec<Type> = xs.values().chain(ys.values()).cloned().collect();
            Some(Type::map(unify(&all)?))
        }
        (Type::Object(ts), Type::Map(t)) | (Type::Map(t), Type::Object(ts)) => {
            Some(Type::map(ts.values().try_fold(Type::clone(t), |a, b| unify_pair(&a, b))?))
        }
        _ => None,
    }
}

/// "a string", "a list of number", "an object".
pub fn article(ty: &Type) -> String {
    let name = ty.friendly_name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name} is").trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_become_lists_of_what_they_share() {
        let tuple = Value::tuple([Value::number(1), "a".into(), Value::TRUE]);
        let list = convert(&tuple, &Type::list(Type::Dynamic)).unwrap();
        assert_eq!(list, Value::list(Type::String, ["1".into(), "a".into(), "true".into()]));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        let object = Value::object([("a", Value::object([("b", "x".into())]))]);
        let wanted = Type::object([("a", Type::object([("b", Type::Number)]))]);
        let error = convert(&object, &wanted).unwrap_err();
        assert_eq!((error.path.to_string(), error.what), ("a.b".into(), "a number is required".into()));
    }

    #[test]
    fn marks_and_unknowns_survive() {
        let value = Value::unknown(Type::Number).with_sensitive(true);
        assert_eq!(
            convert(&value, &Type::String).unwrap(),
            Value::unknown(Type::String).with_sensitive(true)
        );
        assert!(convert(&Value::unknown(Type::Bool), &Type::list(Type::String)).is_err());
    }

    #[test]
    fn unify_finds_the_common_type() {
        for (types, common) in [
            (vec![Type::Number, Type::String], Some(Type::String)),
            (vec![Type::Number, Type::Bool], None),
            (vec![], Some(Type::Dynamic)),
            (vec![Type::list(Type::Number), Type::tuple([Type::String])], Some(Type::list(Type::String))),
            (vec![Type::list(Type::Number), Type::Number], None),
        ] {
            assert_eq!(unify(&types), common, "{types:?}");
        }
    }
}
