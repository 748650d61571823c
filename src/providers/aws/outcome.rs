//! What came of a call, as the port's responses: the answers that most types give in the same way.
//! Knows no type and makes no call.

use super::error::{CallError, CallResult, name_taken, stranger};
use super::fields::{as_far_as_known, filled, is_empty};
use super::legacy;
use super::resource::Step;
use crate::base::{Diagnostics, Kind, Value};
use crate::provider::{
    ApplyResponse, PlanRequest, PlanResponse, Private, ReadRequest, ReadResponse, ResourceType,
    SettleRequest, Settled,
};
use crate::schema::{Block, Nesting};

/// What a look at an object found: the object as it is, or that there is none.
pub(super) type Found = Result<Option<Value>, Diagnostics>;

/// A planned object by the rules of the provider's SDK, with what `adjust` makes of it in an update.
pub(super) fn planned(
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

/// The answer to a plan, with the bytes to keep.
pub(super) fn plan(planned: Value, private: Private) -> PlanResponse {
    PlanResponse { private, ..PlanResponse::of(planned) }
}

/// The answer to a read: nothing is known where looking failed, so that state stays as it was.
pub(super) fn read(request: &ReadRequest, found: Found) -> ReadResponse {
    let private = request.private.clone();
    match found {
        Ok(object) => ReadResponse { object, private, ..ReadResponse::default() },
        Err(problems) => ReadResponse { private, problems, ..ReadResponse::default() },
    }
}

/// The answer to a creation or update whose calls have landed, with the object read back. Where that failed, the object
/// is there all the same, as far as it is known.
pub(super) fn written(planned: &Value, private: Private, found: Found) -> ApplyResponse {
    let mut problems = Diagnostics::new();
    let found = problems.take(found).flatten();
    let object = found.map_or_else(|| as_far_as_known(planned), |found| keep_nulls(planned, found));
    ApplyResponse { object: Some(object), private, problems, ..ApplyResponse::default() }
}

/// A collection that was planned as null and comes back empty stays null until the next refresh, as with the provider's
/// SDK (lambda-provider.md 0.1, rule 5).
fn keep_nulls(planned: &Value, object: Value) -> Value {
    let collection = matches!(object.kind(), Kind::List(..) | Kind::Set(..) | Kind::Map(..));
    if planned.is_null() && collection && is_empty(&object) {
        return Value::null(object.ty());
    }
    match (object.kind(), planned.kind()) {
        (Kind::Object(members), Kind::Object(_)) => {
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| {
                    let kept = planned.get(name).map(|planned| keep_nulls(planned, value.clone()));
                    (name.clone(), kept.unwrap_or_else(|| value.clone()))
                })
                .collect();
            members.into_iter().fold(object, |object, (name, value)| object.with_attr(&name, value))
        }
        (Kind::List(ty, items), Kind::List(_, wanted)) if items.len() == wanted.len() => {
            let items: Vec<Value> = items
                .iter()
                .zip(wanted.iter())
                .map(|(item, wanted)| keep_nulls(wanted, item.clone()))
                .collect();
            Value::list(ty.clone(), items)
        }
        _ => object,
    }
}

/// The object that a refused or unanswered creation found under its name, if an earlier attempt of the same creation made
/// it: nobody knows what became of one, and what `look` finds has all that `sent`, the plan as far as that call carries
/// it, gives.
pub(super) async fn own(
    error: &CallError,
    block: &Block,
    sent: &Value,
    look: impl Future<Output = Found>,
) -> Option<Value> {
    let may_be_ours = error.is_unclear() || (error.after_unclear && error.is_name_taken());
    if !may_be_ours {
        return None;
    }
    look.await.ok().flatten().filter(|found| has_given(block, found, sent))
}

/// The answer to a creation that was refused: what is there already is named by its import id, and the block that adopts
/// it stands with it.
pub(super) fn not_created(
    step: &Step<'_>,
    (what, id, argument): (&str, &str, &'static str),
    error: &CallError,
) -> ApplyResponse {
    let shown = match error.is_name_taken() {
        true => name_taken(what, id, step.request.address.as_ref(), error).on(argument),
        false => error.diagnostic(id),
    };
    step.unchanged(shown)
}

/// The answer to an update of several calls: the object as far as they came.
pub(super) fn updated(
    object: Value,
    private: Private,
    target: &str,
    answer: CallResult<()>,
) -> ApplyResponse {
    let problems = answer.err().map(|error| error.diagnostic(target).into()).unwrap_or_default();
    ApplyResponse { object: Some(object), private, problems, ..ApplyResponse::default() }
}

/// The answer to a deletion; what is not there is deleted.
pub(super) fn deleted<T>(step: &Step<'_>, target: &str, answer: CallResult<T>) -> ApplyResponse {
    match answer {
        Ok(_) => ApplyResponse::default(),
        Err(error) if error.is_not_found() => ApplyResponse::default(),
        Err(error) => step.unchanged(error.diagnostic(target)),
    }
}

/// Whether a call of a killed run landed, told by what is there now. Right for objects whose place is known before they
/// are made, and which nobody else makes.
pub(super) fn settled(request: &SettleRequest, private: Private, found: Found) -> Settled {
    match (found, &request.planned) {
        (Err(problems), _) => Settled::Unclear(problems),
        (Ok(None), None) => Settled::Landed { object: None, private: None, tainted: false },
        (Ok(Some(object)), Some(planned)) if is_as_planned(&object, planned) => {
            Settled::Landed { object: Some(object), private, tainted: false }
        }
        _ => Settled::NotLanded,
    }
}

/// The same for a setting that is there as long as what it belongs to: deleting it puts its default back, and one that has
/// its default is as good as gone.
pub(super) fn settled_setting(request: &SettleRequest, name: &str, default: &str, found: Found) -> Settled {
    let deleted =
        |object: &Value| request.planned.is_none() && filled(object, name).as_deref() == Some(default);
    settled(request, None, found.map(|object| object.filter(|object| !deleted(object))))
}

/// The same for objects that somebody else may have made, or changed, meanwhile: what is there is compared in all that
/// configuration gives, and an object that nobody planned is shown to a person.
pub(super) fn settled_by_comparing(
    block: &Block,
    request: &SettleRequest,
    private: Private,
    found: Found,
) -> Settled {
    match (found, &request.prior, &request.planned) {
        (Err(problems), ..) => Settled::Unclear(problems),
        (Ok(None), Some(_), _) => Settled::Landed { object: None, private: None, tainted: false },
        (Ok(None), None, _) | (Ok(Some(_)), _, None) => Settled::NotLanded,
        (Ok(Some(object)), prior, Some(planned)) => match prior {
            _ if has_given(block, &object, planned) => {
                Settled::Landed { object: Some(keep_nulls(planned, object)), private, tainted: false }
            }
            Some(prior) if has_given(block, &object, prior) => Settled::NotLanded,
            Some(_) => Settled::Landed { object: Some(object), private, tainted: false },
            None => Settled::Unclear(stranger(&request.target).into()),
        },
    }
}

/// Whether an object has all that is known of what configuration gives.
pub(super) fn has_given(block: &Block, object: &Value, planned: &Value) -> bool {
    let attributes = block.attributes.iter().filter(|a| a.is_settable() && !a.loose).map(|a| a.name);
    let blocks = block.blocks.iter().filter(|b| !b.loose && b.nesting != Nesting::Single).map(|b| b.name);
    attributes.chain(blocks).all(|name| match (object.get(name), planned.get(name)) {
        (Some(found), Some(planned)) => was_sent(found, planned),
        _ => true,
    })
}

/// Whether a value has all that a call carried of a planned one, at any depth: what is not given was not sent, and the
/// service gave it some value of its own.
fn was_sent(found: &Value, planned: &Value) -> bool {
    let is_off = |value: &Value| is_empty(value) || *value == Value::FALSE || *value == Value::from(0);
    if is_empty(planned) || (is_off(planned) && is_off(found)) {
        return true;
    }
    match (found.kind(), planned.kind()) {
        (Kind::Object(_), Kind::Object(members)) => {
            members.iter().all(|(name, planned)| found.get(name).is_none_or(|found| was_sent(found, planned)))
        }
        (Kind::List(_, found), Kind::List(_, planned)) => {
            found.len() == planned.len() && found.iter().zip(planned.iter()).all(|(f, p)| was_sent(f, p))
        }
        (Kind::Set(_, found), Kind::Set(_, planned)) => {
            found.len() == planned.len() && planned.iter().all(|p| found.iter().any(|f| was_sent(f, p)))
        }
        _ => is_as_planned(found, planned),
    }
}

/// Whether an object has all that is known of a plan; what is empty equals what is null.
pub(super) fn is_as_planned(object: &Value, planned: &Value) -> bool {
    if planned.is_unknown() || object == planned || (is_empty(object) && is_empty(planned)) {
        return true;
    }
    let (old, new) = (object.steps(), planned.steps());
    let walkable = !new.is_empty() && planned.as_entries().is_none() == object.as_entries().is_none();
    walkable
        && planned.as_items().is_none_or(|items| object.as_items().is_some_and(|o| o.len() == items.len()))
        && new.iter().all(|(step, planned)| {
            let found = old.iter().find(|(other, _)| other == step);
            found
                .map_or_else(|| planned.is_unknown() || is_empty(planned), |(_, o)| is_as_planned(o, planned))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    #[test]
    fn an_object_is_as_planned_if_it_has_all_that_is_known_of_the_plan() {
        let object = |text: &str, list: &[&str]| {
            Value::object([
                ("text", Value::from(text)),
                ("id", Value::from("x")),
                ("list", Value::list(Type::String, list.iter().map(|s| Value::from(*s)))),
            ])
        };
        let plan = |text: Value, list: &[&str]| {
            object("", list).with_attr("text", text).with_attr("id", Value::unknown(Type::String))
        };
        for (found, planned, same) in [
            (object("a", &["1"]), plan("a".into(), &["1"]), true),
            (object("a", &["1"]), plan("b".into(), &["1"]), false),
            (object("a", &["1"]), plan("a".into(), &["2"]), false),
            (object("a", &["1", "2"]), plan("a".into(), &["1"]), false),
            (object("", &[]), plan(Value::null(Type::String), &[]), true),
            (object("a", &[]), plan(Value::unknown(Type::String), &[]), true),
        ] {
            assert_eq!(is_as_planned(&found, &planned), same, "{found:?} {planned:?}");
        }
    }
}
