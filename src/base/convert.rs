//! Conversion of values between types, and the one type that several share.
//! Knows nothing of expressions; the schema and the language both convert by these rules.

use super::{Kind, Name, Number, Path, PathStep, Type, Value};

/// Why a value cannot become the wanted type. Reads `attribute "a": element 0: a number is required`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", place(.path))]
pub struct ConvertError {
    /// Where in the value, when it is not the value itself.
    pub path: Path,
    /// What is required there, as Terraform words it: "a number is required" of a text that is none, "number required"
    /// of what can never be one.
    pub what: String,
}

/// A path in the words of an error.
fn place(path: &Path) -> String {
    let words = path.steps().iter().map(|step| match step {
        PathStep::Attr(name) => format!("attribute {:?}: ", &**name),
        PathStep::Key(key) => format!("element {:?}: ", &**key),
        PathStep::Index(i) => format!("element {i}: "),
        PathStep::Element(_) => "element: ".into(),
    });
    words.collect()
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
    let required = || ConvertError::new(format!("{} required", wanted_name(ty)));
    match (kind, ty) {
        (Kind::Null(_), _) => Ok(Value::null(ty.clone())),
        (Kind::Unknown(from), _) if possible(from, ty) => Ok(Value::unknown(ty.clone())),
        (Kind::Unknown(_), _) => Err(required()),
        (_, Type::Dynamic) => Ok(kind.clone().into()),
        (Kind::Bool(b), Type::Bool) => Ok(Value::from(*b)),
        (Kind::Number(n), Type::Number) => Ok(Value::number(n.clone())),
        (Kind::String(s), Type::String) => Ok(Value::string(s.clone())),
        (Kind::Bool(b), Type::String) => Ok(Value::string(if *b { "true" } else { "false" })),
        (Kind::Number(n), Type::String) => Ok(Value::string(n.to_string())),
        (Kind::String(s), Type::Bool) => match &**s {
            "true" | "1" => Ok(Value::TRUE),
            "false" | "0" => Ok(Value::FALSE),
            other => Err(ConvertError::new(match other.to_lowercase().as_str() {
                lower @ ("true" | "false") => {
                    format!("a bool is required; to convert from string, use lowercase {lower:?}")
                }
                _ => "a bool is required".into(),
            })),
        },
        (Kind::String(s), Type::Number) => {
            s.parse::<Number>().map(Value::number).map_err(|e| ConvertError::new(e.to_string()))
        }
        (Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items), Type::List(t) | Type::Set(t)) => {
            let step = |i| PathStep::Index(i);
            let collection = if matches!(ty, Type::Set(_)) { "set" } else { "list" };
            let (element, items) = convert_elements(items.iter().enumerate(), t, collection, step)?;
            let items = items.into_iter().map(|(_, item)| item);
            match ty {
                Type::Set(_) => Ok(Value::set(element, items)),
                _ => Ok(Value::list(element, items)),
            }
            .map(|value| undecided(value, t))
        }
        (Kind::Tuple(items), Type::Tuple(ts)) if items.len() == ts.len() => {
            let mut values = Vec::with_capacity(items.len());
            for (i, (item, t)) in items.iter().zip(ts.iter()).enumerate() {
                values.push(convert(item, t).map_err(|e| e.below(PathStep::Index(i)))?);
            }
            Ok(Value::tuple(values))
        }
        (Kind::Tuple(_), Type::Tuple(ts)) => {
            let s = if ts.len() == 1 { "" } else { "s" };
            Err(ConvertError::new(format!("tuple of {} element{s} required", ts.len())))
        }
        (Kind::Map(_, entries) | Kind::Object(entries), Type::Map(t)) => {
            let (element, entries) =
                convert_elements(entries.iter(), t, "map", |k| PathStep::Key(k.clone()))?;
            let entries = entries.into_iter().map(|(name, item)| (name.clone(), item));
            Ok(undecided(Value::map(element, entries), t))
        }
        (Kind::Map(_, entries) | Kind::Object(entries), Type::Object(ts)) => {
            let missing: Vec<&Name> = ts.keys().filter(|name| !entries.contains_key(name)).collect();
            if !missing.is_empty() {
                return Err(ConvertError::new(missing_attributes(&missing)));
            }
            let mut values = Vec::with_capacity(ts.len());
            for (name, t) in ts.iter() {
                let item = entries.get(name).unwrap_or(&Value::NULL);
                let value = convert(item, t).map_err(|e| e.below(PathStep::Attr(name.clone())))?;
                values.push((name.clone(), value));
            }
            Ok(Value::object(values))
        }
        _ => Err(required()),
    }
}

/// Every element as the wanted type; where that leaves the type open, as the type they all share.
fn convert_elements<'a, K: Copy>(
    items: impl Iterator<Item = (K, &'a Value)>,
    wanted: &Type,
    collection: &str,
    step: impl Fn(K) -> PathStep,
) -> Result<(Type, Vec<(K, Value)>), ConvertError> {
    let each = |items: Vec<(K, Value)>, ty: &Type| -> Result<Vec<(K, Value)>, ConvertError> {
        let convert_one = |(key, item): (K, Value)| match convert(&item, ty) {
            Ok(value) => Ok((key, value)),
            Err(error) => Err(error.below(step(key))),
        };
        items.into_iter().map(convert_one).collect()
    };
    let items = each(items.map(|(key, item)| (key, item.clone())).collect(), wanted)?;
    if items.is_empty() || !wanted.has_dynamic() {
        return Ok((wanted.clone(), items));
    }
    let types: Vec<Type> = items.iter().map(|(_, item)| item.ty()).collect();
    let element = unify(&types).ok_or_else(|| {
        ConvertError::new(if *wanted == Type::Dynamic {
            format!("all {collection} elements must have the same type")
        } else {
            "cannot find a common base type for all elements".into()
        })
    })?;
    let items = each(items, &element)?;
    Ok((element, items))
}

/// A collection whose element type is open because of an element that is wholly unknown is unknown itself: its type
/// will be decided together with the element.
fn undecided(value: Value, wanted: &Type) -> Value {
    let open = |v: &Value| matches!(v.kind(), Kind::Unknown(Type::Dynamic));
    if *wanted == Type::Dynamic && value.children().any(open) {
        return Value::unknown(value.ty()).with_sensitive(value.has_sensitive());
    }
    value
}

/// `attribute "a" is required`, `attributes "a", "b", and "c" are required`
fn missing_attributes(names: &[&Name]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{:?}", &***name)).collect();
    match quoted.as_slice() {
        [one] => format!("attribute {one} is required"),
        [one, other] => format!("attributes {one} and {other} are required"),
        [first @ .., last] => format!("attributes {}, and {last} are required", first.join(", ")),
        [] => String::new(),
    }
}

/// The name of a type that is asked for, in which `any` stands for one type not chosen yet.
fn wanted_name(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "any single type".into(),
        Type::List(t) => format!("list of {}", wanted_name(t)),
        Type::Set(t) => format!("set of {}", wanted_name(t)),
        Type::Map(t) => format!("map of {}", wanted_name(t)),
        other => other.friendly_name(),
    }
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

/// The type that all of the given types can become, as for the branches of a conditional or the elements of `tolist`;
/// `None` if there is none. No types give [`Type::Dynamic`].
pub fn unify(types: &[Type]) -> Option<Type> {
    let Some(first) = types.first() else { return Some(Type::Dynamic) };
    if types.iter().all(|t| t == first) {
        return Some(first.clone());
    }
    let known: Vec<&Type> = types.iter().filter(|t| **t != Type::Dynamic).collect();
    let open = known.len() < types.len();
    let all = |is: fn(&Type) -> bool| known.iter().all(|t| is(t));
    let any = |is: fn(&Type) -> bool| known.iter().any(|t| is(t));
    let is_list = |t: &Type| matches!(t, Type::List(_));
    let is_set = |t: &Type| matches!(t, Type::Set(_));
    let is_map = |t: &Type| matches!(t, Type::Map(_));
    let is_tuple = |t: &Type| matches!(t, Type::Tuple(_));
    let is_object = |t: &Type| matches!(t, Type::Object(_));
    let sequences = all(|t| matches!(t, Type::List(_) | Type::Tuple(_)));
    let mappings = all(|t| matches!(t, Type::Map(_) | Type::Object(_)));

    if sequences || mappings || all(is_set) {
        // What an unknown type will turn out to be decides here, so nothing can be said before.
        if open {
            return Some(Type::Dynamic);
        }
        let like = if all(is_tuple) { unify_tuples(&known) } else { None };
        if let Some(ty) = like.or_else(|| if all(is_object) { unify_objects(&known) } else { None }) {
            return Some(ty);
        }
        let elements: Vec<Type> = known.iter().flat_map(|t| element_types(t)).collect();
        let collection: fn(Type) -> Type = match () {
            () if sequences => Type::list,
            () if mappings => Type::map,
            () => Type::set,
        };
        if let Some(element) = unify(&elements) {
            return Some(collection(element));
        }
        if !any(is_list) && !any(is_map) {
            return None;
        }
    }
    if any(is_object) && any(is_tuple) {
        return None;
    }
    let mut candidates: Vec<&Type> = types.iter().collect();
    candidates.sort_by_key(|t| preference(t));
    candidates.into_iter().find(|wanted| types.iter().all(|t| possible(t, wanted))).cloned()
}

fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let rows: Vec<Vec<Type>> = types.iter().map(|t| element_types(t)).collect();
    let length = rows.first()?.len();
    if rows.iter().any(|row| row.len() != length) {
        return None;
    }
    let column = |i: usize| rows.iter().filter_map(|row| row.get(i).cloned()).collect::<Vec<_>>();
    Some(Type::tuple((0..length).map(|i| unify(&column(i))).collect::<Option<Vec<_>>>()?))
}

fn unify_objects(types: &[&Type]) -> Option<Type> {
    let rows: Vec<_> =
        types.iter().filter_map(|t| if let Type::Object(row) = t { Some(row) } else { None }).collect();
    let first = rows.first()?;
    if rows.iter().any(|row| !row.keys().eq(first.keys())) {
        return None;
    }
    let column = |name: &Name| rows.iter().filter_map(|row| row.get(name).cloned()).collect::<Vec<_>>();
    let attributes = first.keys().map(|name| Some((name.clone(), unify(&column(name))?)));
    Some(Type::object(attributes.collect::<Option<Vec<_>>>()?))
}

fn element_types(ty: &Type) -> Vec<Type> {
    match ty {
        Type::List(t) | Type::Set(t) | Type::Map(t) => vec![Type::clone(t)],
        Type::Tuple(ts) => ts.to_vec(),
        Type::Object(ts) => ts.values().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Which of several types is wanted most: the one the others convert to without loss, and an unknown one last.
fn preference(ty: &Type) -> u8 {
    match ty {
        Type::String | Type::List(_) | Type::Map(_) => 0,
        Type::Bool | Type::Number | Type::Set(_) => 1,
        Type::Tuple(_) | Type::Object(_) => 2,
        Type::Dynamic => 3,
    }
}

/// "a string", "a list of number", "an object".
pub fn article(ty: &Type) -> String {
    let name = ty.friendly_name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
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
