//! Functions that give a new list.
//! Knows nothing of maps or sets beyond taking the elements of sets.

use std::collections::BTreeSet;

use crate::base::{Kind, Number, Type, Value, convert};

use super::declare::{Args, Fault, Function, WHOLE, element_of, function};

pub(super) fn functions() -> Vec<Function> {
    use Type::{Number as Num, String as Text};
    let any_list = || Type::list(Type::Dynamic);
    vec![
        function("chunklist", "The list cut into lists of at most the given size.")
            .param("list", any_list())
            .marks_inside()
            .number("size")
            .gives_of(|a| Ok(Type::list(a.value(0).ty())), chunklist),
        function("compact", "The list without empty and null elements.")
            .param("list", Type::list(Text))
            .wholly_known()
            .gives(Type::list(Text), |a| {
                let kept = a.items(0).iter().filter(|item| item.as_str().is_some_and(|s| !s.is_empty()));
                Ok(Value::list(Text, kept.cloned()))
            }),
        function("concat", "The elements of all lists, one list after the other.")
            .rest("seqs", Type::Dynamic)
            .marks_inside()
            .gives_of(concat_type, concat),
        function("distinct", "The list without elements that it already holds further up.")
            .param("list", any_list())
            .wholly_known()
            .gives_of(|a| Ok(a.value(0).ty()), distinct),
        function(
            "flatten",
            "The elements of the list, with lists replaced by their elements all the way down.",
        )
        .any("list")
        .marks_inside()
        .gives(Type::Dynamic, flatten),
        function("matchkeys", "The values whose key, at the same position, is in the search set.")
            .param("values", any_list())
            .wholly_known()
            .param("keys", any_list())
            .wholly_known()
            .param("searchset", any_list())
            .wholly_known()
            .gives_of(|a| Ok(a.value(0).ty()), matchkeys),
        function("range", "The numbers from a start up to a limit, by a step.")
            .rest("params", Num)
            .gives(Type::list(Num), range),
        function("reverse", "The elements of the list in the opposite order.")
            .any("list")
            .marks_inside()
            .gives_of(reverse_type, reverse),
        function("slice", "The elements from the start index up to, but not with, the end index.")
            .any("list")
            .marks_inside()
            .number("start_index")
            .number("end_index")
            .gives_of(slice_type, slice),
        function("sort", "The texts in the list by the order of their Unicode characters.")
            .param("list", Type::list(Text))
            .gives(Type::list(Text), sort),
    ]
}

/// Elements brought to one type, as a list.
pub(super) fn list_of(ty: &Type, items: impl IntoIterator<Item = Value>) -> Result<Value, Fault> {
    let items: Result<Vec<Value>, _> = items.into_iter().map(|v| convert::convert(&v, ty)).collect();
    Ok(Value::list(ty.clone(), items.map_err(|e| Fault::new(e.what))?))
}

fn chunklist(a: &Args) -> Result<Value, Fault> {
    let size = a.number(1).as_i64().ok_or_else(|| Fault::new(format!("invalid size: {WHOLE}")))?;
    let size = usize::try_from(size).map_err(|_| Fault::new("the size argument must be positive"))?;
    let items = a.items(0);
    let size = if size == 0 { items.len().max(1) } else { size };
    let inner = element_of(&a.value(0).ty());
    let chunks = items.chunks(size).map(|chunk| Value::list(inner.clone(), chunk.iter().cloned()));
    Ok(Value::list(a.value(0).ty(), chunks))
}

fn concat_type(a: &Args) -> Result<Type, Fault> {
    if a.values.is_empty() {
        return Err(Fault::new("at least one argument is required"));
    }
    let types: Vec<Type> = a.values.iter().map(Value::ty).collect();
    let lists: Option<Vec<Type>> =
        types.iter().map(|t| if let Type::List(t) = t { Some(Type::clone(t)) } else { None }).collect();
    if let Some(element) = lists.and_then(|elements| convert::unify(&elements)) {
        return Ok(Type::list(element));
    }
    let mut elements = Vec::new();
    for (i, (value, ty)) in a.values.iter().zip(&types).enumerate() {
        match (ty, value.as_items()) {
            (Type::Tuple(types), _) => elements.extend(types.iter().cloned()),
            (Type::List(_), Some(items)) => elements.extend(items.iter().map(Value::ty)),
            (Type::List(_), None) => return Ok(Type::Dynamic),
            _ => {
                let got = ty.friendly_name();
                return Err(Fault::new(format!("all arguments must be lists or tuples; got {got}")).at(i));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(a: &Args) -> Result<Value, Fault> {
    let items = a.values.iter().flat_map(|v| v.as_items().unwrap_or_default()).cloned();
    match &a.returns {
        Type::List(element) => list_of(element, items),
        _ => Ok(Value::tuple(items)),
    }
}

fn distinct(a: &Args) -> Result<Value, Fault> {
    let mut seen = BTreeSet::new();
    let kept: Vec<Value> = a.items(0).iter().filter(|item| seen.insert(*item)).cloned().collect();
    Ok(Value::list(a.element(), kept))
}

fn flatten(a: &Args) -> Result<Value, Fault> {
    if a.value(0).as_items().is_none() {
        return Err(Fault::new("can only flatten lists, sets and tuples"));
    }
    let mut flat = Flat::default();
    flat.add(std::slice::from_ref(a.value(0)));
    let value = if flat.open { Value::DYNAMIC } else { Value::tuple(flat.items) };
    Ok(value.with_sensitive(flat.sensitive))
}

#[derive(Default)]
struct Flat {
    items: Vec<Value>,
    /// Some element may turn out to be a list, so that the number of elements is not known.
    open: bool,
    sensitive: bool,
}

impl Flat {
    fn add(&mut self, items: &[Value]) {
        for item in items {
            match item.kind() {
                Kind::Set(..) if !item.is_wholly_known() => {
                    self.open = true;
                    self.sensitive |= item.is_sensitive();
                }
                Kind::List(_, inner) | Kind::Set(_, inner) | Kind::Tuple(inner) => {
                    self.sensitive |= item.is_sensitive();
                    self.add(inner);
                }
                Kind::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                    self.open = true;
                    self.sensitive |= item.is_sensitive();
                }
                _ => self.items.push(item.clone()),
            }
        }
    }
}

fn matchkeys(a: &Args) -> Result<Value, Fault> {
    let types = [element_of(&a.value(1).ty()), element_of(&a.value(2).ty())];
    let differ = || Fault::new("keys and searchset must be of the same type");
    let common = convert::unify(&types).ok_or_else(differ)?;
    let (values, keys) = (a.items(0), a.items(1));
    if values.len() != keys.len() {
        return Err(Fault::new("length of keys and values should be equal"));
    }
    let wanted = list_of(&common, a.items(2).iter().cloned())?;
    let keys = list_of(&common, keys.iter().cloned())?;
    let wanted: BTreeSet<&Value> = wanted.as_items().unwrap_or_default().iter().collect();
    let matching = values
        .iter()
        .zip(keys.as_items().unwrap_or_default())
        .filter(|(_, key)| wanted.contains(key))
        .map(|(value, _)| value.clone());
    Ok(Value::list(a.element(), matching))
}

fn range(a: &Args) -> Result<Value, Fault> {
    const MOST: usize = 1024;
    let one = |negative: bool| Number::from(if negative { -1 } else { 1 });
    let (start, end, step) = match a.values.len() {
        1 => (Number::ZERO, a.number(0).clone(), one(a.number(0).is_negative())),
        2 => (a.number(0).clone(), a.number(1).clone(), one(a.number(1) < a.number(0))),
        3 => (a.number(0).clone(), a.number(1).clone(), a.number(2).clone()),
        _ => return Err(Fault::new("must have one, two, or three arguments")),
    };
    let down = step.is_negative();
    if down && end > start {
        return Err(Fault::new("end must be less than start when step is negative").at(1));
    }
    if !down && step != Number::ZERO && end < start {
        return Err(Fault::new("end must be greater than start when step is positive").at(1));
    }
    let mut numbers = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if numbers.len() == MOST {
            return Err(Fault::new(format!(
                "more than {MOST} values were generated; either decrease the difference between start and end or use \
                 a smaller step"
            )));
        }
        numbers.push(Value::number(at.clone()));
        at = at.add(&step);
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        Type::List(t) | Type::Set(t) => Ok(Type::list(Type::clone(&t))),
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned())),
        other => {
            let what = format!("can only reverse list or tuple values, not {}", other.friendly_name());
            Err(Fault::new(what).at(0))
        }
    }
}

fn reverse(a: &Args) -> Result<Value, Fault> {
    if matches!(a.value(0).kind(), Kind::Set(..)) && !a.value(0).is_wholly_known() {
        // Where an unknown element will sort is not known either.
        return Ok(Value::unknown(a.returns.clone()));
    }
    let items = a.items(0).iter().rev().cloned();
    Ok(match &a.returns {
        Type::List(element) => Value::list(Type::clone(element), items),
        _ => Value::tuple(items),
    })
}

fn slice_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        list @ Type::List(_) => Ok(list),
        Type::Tuple(_) if a.value(1).is_unknown() || a.value(2).is_unknown() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            let (start, end) = bounds(a, types.len())?;
            Ok(Type::tuple(types.get(start..end).unwrap_or_default().iter().cloned()))
        }
        Type::Set(_) => Err(Fault::new(
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the \
             ordering of the result is not important",
        )
        .at(0)),
        _ => Err(Fault::new("must be a list or tuple value").at(0)),
    }
}

fn bounds(a: &Args, length: usize) -> Result<(usize, usize), Fault> {
    let bound = |at: usize, name: &str| {
        let number = a.number(at).as_i64();
        let number = number.ok_or_else(|| Fault::new(format!("invalid {name} index: {WHOLE}")).at(at))?;
        usize::try_from(number)
            .map_err(|_| Fault::new(format!("{name} index must not be less than zero")).at(at))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    if start > length {
        return Err(Fault::new("start index must not be greater than the length of the list").at(1));
    }
    if end > length {
        return Err(Fault::new("end index must not be greater than the length of the list").at(2));
    }
    if start > end {
        return Err(Fault::new("start index must not be greater than end index").at(1));
    }
    Ok((start, end))
}

fn slice(a: &Args) -> Result<Value, Fault> {
    let (start, end) = bounds(a, a.items(0).len())?;
    let items = a.items(0).get(start..end).unwrap_or_default().iter().cloned();
    Ok(match &a.returns {
        Type::List(element) => Value::list(Type::clone(element), items),
        _ => Value::tuple(items),
    })
}

fn sort(a: &Args) -> Result<Value, Fault> {
    let items = a.items(0);
    if let Some(at) = items.iter().position(Value::is_null) {
        return Err(Fault::new(format!("given list element {at} is null; a null string cannot be sorted")));
    }
    if !items.iter().all(Value::is_wholly_known) {
        // Their number is known, but not which comes where.
        return Ok(Value::list(Type::String, items.iter().map(|_| Value::unknown(Type::String))));
    }
    let mut sorted = items.to_vec();
    sorted.sort();
    Ok(Value::list(Type::String, sorted))
}
