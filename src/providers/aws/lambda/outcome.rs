//! The answers of the kit's verbs for objects that are wholly described by what reading finds.
//! Knows nothing of any type.

use crate::base::{Diagnostics, Value};
use crate::provider::{
    ApplyResponse, PlanRequest, PlanResponse, Private, ReadRequest, ReadResponse, ResourceType,
    SettleRequest, Settled,
};
use crate::providers::aws::error::{CallResult, stranger};
use crate::providers::aws::fields::{as_far_as_known, is_empty};
use crate::providers::aws::legacy;
use crate::providers::aws::resource::Step;
use crate::schema::{Block, Nesting};

/// What was looked up: the object, or that there is none.
pub(super) type Found = Result<Option<Value>, Diagnostics>;

/// A plan by the rules of the provider's SDK, with what `adjust` makes of it in an update.
pub(super) fn plan(
    ty: &ResourceType,
    request: &PlanRequest<'_>,
    adjust: impl FnOnce(&Value, Value) -> Value,
) -> Value {
    let prior = request.prior.filter(|p| !p.is_null());
    let planned = legacy::normalize(&ty.schema.block, prior, request.config, request.proposed);
    match prior {
        Some(prior) => legacy::timeouts_alone(&ty.schema.block, prior, adjust(prior, planned)),
        None => planned,
    }
}

/// A plan with its private bytes.
pub(super) fn planned(planned: Value, private: Private) -> PlanResponse {
    PlanResponse { private, ..PlanResponse::of(planned) }
}

/// What a refresh answers.
pub(super) fn read(request: &ReadRequest, found: Found) -> ReadResponse {
    let mut problems = Diagnostics::new();
    let object = problems.take(found).flatten();
    ReadResponse { object, private: request.private.clone(), problems, ..ReadResponse::default() }
}

/// What a creation or an update answers: the object as it was found afterwards, or as far as it is known when reading
/// failed.
pub(super) fn written(
    block: &Block,
    step: &Step<'_>,
    found: Result<Value, Diagnostics>,
    private: Private,
) -> ApplyResponse {
    let mut problems = Diagnostics::new();
    let object = match problems.take(found) {
        Some(found) => keep_nulls(block, step.planned(), found),
        None => as_far_as_known(step.planned()),
    };
    ApplyResponse { object: Some(object), private, problems, ..ApplyResponse::default() }
}

/// What a deletion answers; an object that is gone already is no error.
pub(super) fn deleted<T>(step: &Step<'_>, target: &str, result: CallResult<T>) -> ApplyResponse {
    match result {
        Ok(_) => ApplyResponse::default(),
        Err(error) if error.is_not_found() => ApplyResponse::default(),
        Err(error) => step.unchanged(error.diagnostic(target)),
    }
}

/// Whether a call landed: by comparing what is there with what was planned, and with what was there before.
pub(super) fn settled(
    block: &Block,
    request: &SettleRequest,
    found: Found,
    private: Private,
    target: &str,
) -> Settled {
    match (found, &request.prior, &request.planned) {
        (Err(problems), ..) => Settled::Unclear(problems),
        (Ok(None), Some(_), _) => Settled::Landed { object: None, private: None },
        (Ok(None), None, _) | (Ok(Some(_)), _, None) => Settled::NotLanded,
        (Ok(Some(object)), prior, Some(planned)) => match prior {
            _ if agrees(block, &object, planned) => {
                Settled::Landed { object: Some(keep_nulls(block, planned, object)), private }
            }
            Some(prior) if agrees(block, &object, prior) => Settled::NotLanded,
            Some(_) => Settled::Landed { object: Some(object), private },
            None => Settled::Unclear(stranger(target).into()),
        },
    }
}

/// Whether an object is as planned in everything that configuration gives and that is known.
fn agrees(block: &Block, object: &Value, planned: &Value) -> bool {
    let attributes = block.attributes.iter().filter(|a| a.is_settable() && !a.loose).map(|a| a.name);
    let blocks = block.blocks.iter().filter(|b| !b.loose && b.nesting != Nesting::Single).map(|b| b.name);
    attributes.chain(blocks).all(|name| match (object.get(name), planned.get(name)) {
        (Some(found), Some(planned)) => {
            !planned.is_wholly_known() || is_empty(planned) || same(found, planned)
        }
        _ => true,
    })
}

/// Whether two values are equal but for marks and for empty ones inside.
fn same(a: &Value, b: &Value) -> bool {
    if (is_empty(a) && is_empty(b)) || a.clone().unmark_deep().0 == b.clone().unmark_deep().0 {
        return true;
    }
    let (a, b) = (a.steps(), b.steps());
    !a.is_empty() && a.len() == b.len() && a.iter().zip(&b).all(|((at, a), (bt, b))| at == bt && same(a, b))
}

/// An empty collection that was planned as null stays null until the next refresh, as with the provider's SDK
/// (lambda-provider.md 0.1, rule 5).
pub(super) fn keep_nulls(block: &Block, planned: &Value, mut object: Value) -> Value {
    for attribute in block.attributes {
        let empty =
            object.get(attribute.name).is_some_and(|v| !v.is_null() && v.as_str().is_none() && is_empty(v));
        if let (true, Some(null)) = (empty, planned.get(attribute.name).filter(|p| p.is_null())) {
            object.set_attr(attribute.name, Value::null(null.ty()));
        }
    }
    for nested in block.blocks.iter().filter(|b| b.nesting == Nesting::List) {
        let Some(items) = object.get(nested.name).and_then(Value::as_items) else { continue };
        let wanted = planned.get(nested.name).and_then(Value::as_items).unwrap_or_default();
        let items: Vec<Value> = items
            .iter()
            .enumerate()
            .map(|(i, item)| match wanted.get(i) {
                Some(wanted) => keep_nulls(&nested.block, wanted, item.clone()),
                None => item.clone(),
            })
            .collect();
        object.set_attr(nested.name, Value::list(nested.block.ty(), items));
    }
    object
}
