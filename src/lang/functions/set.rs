//! Functions over sets.
//! Knows nothing of how sets order their elements; [`Value::set`] does.

use std::collections::BTreeSet;

use crate::base::{Type, Value, convert};

use super::declare::{Args, Fault, Function, check_size, element_of, function};
use super::list::list_of;

pub(super) fn functions() -> Vec<Function> {
    let any_set = || Type::set(Type::Dynamic);
    vec![
        function("setintersection", "The elements that all sets hold.")
            .param("first_set", any_set())
            .wholly_known()
            .rest("other_sets", any_set())
            .wholly_known()
            .gives_of(common_type, |a| {
                combine(a, |all, set| {
                    let set = BTreeSet::from_iter(set);
                    all.into_iter().filter(|v| set.contains(v)).collect()
                })
            }),
        function("setproduct", "All combinations of one element from each set.")
            .rest("sets", Type::Dynamic)
            .marks_inside()
            .gives_of(product_type, product),
        function("setsubtract", "The elements of the first set that the second does not hold.")
            .param("a", any_set())
            .wholly_known()
            .param("b", any_set())
            .wholly_known()
            .gives_of(common_type, |a| {
                combine(a, |all, set| {
                    let set = BTreeSet::from_iter(set);
                    all.into_iter().filter(|v| !set.contains(v)).collect()
                })
            }),
        function("setunion", "The elements that some set holds.")
            .param("first_set", any_set())
            .rest("other_sets", any_set())
            .gives_of(common_type, |a| combine(a, |all, set| [all, set].concat())),
    ]
}

fn common_type(a: &Args) -> Result<Type, Fault> {
    let elements: Vec<Type> = a.values.iter().map(|v| element_of(&v.ty())).collect();
    match convert::unify(&elements) {
        Some(element) => Ok(Type::set(element)),
        None => Err(Fault::new("given sets must all have compatible element types")),
    }
}

/// Joins set after set into the first, all with elements of the common type.
fn combine(a: &Args, join: fn(Vec<Value>, Vec<Value>) -> Vec<Value>) -> Result<Value, Fault> {
    let element = a.element();
    let mut sets = a.values.iter().map(|set| -> Result<Vec<Value>, Fault> {
        let list = list_of(&element, set.as_items().unwrap_or_default().iter().cloned())?;
        Ok(list.as_items().unwrap_or_default().to_vec())
    });
    let mut all = sets.next().transpose()?.unwrap_or_default();
    for set in sets {
        all = join(all, set?);
    }
    Ok(Value::set(element, all))
}

fn product_type(a: &Args) -> Result<Type, Fault> {
    if a.values.len() < 2 {
        return Err(Fault::new("at least two arguments are required"));
    }
    let mut sets = false;
    let mut elements = Vec::with_capacity(a.values.len());
    for (i, value) in a.values.iter().enumerate() {
        let ty = value.ty();
        sets |= matches!(ty, Type::Set(_));
        elements.push(match &ty {
            Type::List(_) | Type::Set(_) => element_of(&ty),
            Type::Tuple(types) => convert::unify(types)
                .ok_or_else(|| Fault::new("all elements must be of the same type").at(i))?,
            _ => return Err(Fault::new("a set or a list is required").at(i)),
        });
    }
    let combination = Type::tuple(elements);
    Ok(if sets { Type::set(combination) } else { Type::list(combination) })
}

fn product(a: &Args) -> Result<Value, Fault> {
    /// More combinations than anyone means would only exhaust memory.
    const MOST: usize = 1_000_000;
    let combination = a.element();
    let Type::Tuple(types) = &combination else { return Ok(Value::unknown(a.returns.clone())) };
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for (set, ty) in a.values.iter().zip(types.iter()) {
        let items = list_of(ty, set.as_items().unwrap_or_default().iter().cloned())?;
        let items = items.as_items().unwrap_or_default();
        let values = types.len().saturating_mul(combinations.len()).saturating_mul(items.len());
        check_size(values.saturating_mul(size_of::<Value>()))?;
        if combinations.len().saturating_mul(items.len()) > MOST {
            return Err(Fault::new(format!("there are more than {MOST} combinations")));
        }
        combinations = combinations
            .iter()
            .flat_map(|start| {
                items.iter().map(|item| [start.as_slice(), std::slice::from_ref(item)].concat())
            })
            .collect();
    }
    let tuples = combinations.into_iter().map(Value::tuple);
    Ok(match &a.returns {
        Type::Set(_) => Value::set(combination.clone(), tuples),
        _ => Value::list(combination.clone(), tuples),
    })
}
