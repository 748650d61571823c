//! Function calls: arguments are evaluated and handed on, and what goes wrong is given its place.
//! Knows nothing of what functions do.

use super::eval::{Evaluated, Evaluator};
use super::functions::{self, CallError};
use super::{ephemeral, special};
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Kind, Type, Value};
use crate::config::{Call, Expr};

impl Evaluator<'_> {
    pub(super) fn call(self, whole: &Expr, call: &Call) -> Evaluated {
        let bare = call.name.strip_prefix("core::").unwrap_or(&call.name);
        if let Some(special) = special::find(bare) {
            return special(self, whole, call);
        }
        if !functions::exists(&call.name) {
            return Err(no_such_function(&call.name).at(call.name_span).into());
        }
        let Some(args) = self.arguments(call)? else { return Ok(Value::DYNAMIC) };
        self.look(&args, whole)?;
        let value = functions::call(&call.name, &args, self.cx.env, self.effort)
            .map_err(|error| self.failed(whole, call, error))?;
        let value = ephemeral::settle(self, call, args.first(), value);
        self.make(value, whole)
    }

    /// The arguments of a call, the last expanded if it says so; `None` if nobody knows yet how many there are.
    fn arguments(self, call: &Call) -> Result<Option<Vec<Value>>, Diagnostics> {
        let mut args = self.all(&call.args)?;
        if !call.expand_final {
            return Ok(Some(args));
        }
        let (Some(last), Some(expr)) = (args.pop(), call.args.last()) else { return Ok(Some(args)) };
        let invalid = |detail: &str| {
            let detail = format!("The expanding argument (indicated by ...) must {detail}.");
            Err(self.blame(expr, Diagnostic::error("Invalid expanding argument value", detail)).into())
        };
        if last.is_null() {
            return invalid("not be null");
        }
        let sensitive = last.is_sensitive();
        match last.kind() {
            Kind::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => Ok(None),
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                args.extend(items.iter().map(|item| item.clone().with_sensitive(sensitive)));
                Ok(Some(args))
            }
            _ => invalid("be of a tuple, list, or set type"),
        }
    }

    /// A failed call at the argument that is to blame, or at the whole call.
    pub(super) fn failed(self, whole: &Expr, call: &Call, error: CallError) -> Diagnostics {
        let place = error.argument.and_then(|i| call.args.get(i).or(call.args.last())).unwrap_or(whole);
        self.blame(place, Diagnostic::error(error.summary, error.message)).into()
    }
}

fn no_such_function(name: &str) -> Diagnostic {
    match name.split_once("::") {
        None => {
            let near = did_you_mean(name, functions::names().chain(special::names()));
            Diagnostic::error(
                "Call to unknown function",
                format!("There is no function named {name:?}.{near}"),
            )
        }
        Some(("provider", _)) => Diagnostic::error(
            "Unknown provider function",
            format!(
                "There is no function named {name:?}: functions that providers bring are not supported. Use a \
                 built-in function instead."
            ),
        ),
        Some(("core", bare)) => Diagnostic::error(
            "Call to unknown function",
            format!(
                "There is no built-in function named {bare:?}.{}",
                did_you_mean(bare, functions::names())
            ),
        ),
        Some((namespace, _)) => Diagnostic::error(
            "Unknown provider function",
            format!(
                "The function namespace {namespace:?} is not valid. Built-in functions are called by their bare name \
                 or with the prefix \"core::\"."
            ),
        ),
    }
}
