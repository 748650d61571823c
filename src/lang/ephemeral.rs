//! Ephemeral values: which expressions may give one, and what the functions do that look at marks.
//! Knows nothing of where ephemeral values come from, nor of where they may go; scopes and their owners do.
//!
//! An ephemeral value is marked as a sensitive one is, so that nothing shows it, and the mark goes wherever the value goes.
//! What is marked and mentions something ephemeral counts as ephemeral.

use super::Scope;
use super::eval::Evaluator;
use super::refs::{Mention, bare_name, references, references_that_last, references_that_last_in_body};
use crate::base::Value;
use crate::config::{Body, Call, Expr};

/// Whether an expression mentions anything ephemeral.
pub fn mentions_ephemeral(expr: &Expr, scope: &dyn Scope) -> bool {
    scope.has_ephemeral() && any(&references_that_last(expr), scope)
}

/// Whether anything in a body does.
pub fn body_mentions_ephemeral(body: &Body, scope: &dyn Scope) -> bool {
    scope.has_ephemeral() && any(&references_that_last_in_body(body), scope)
}

fn any(mentions: &[Mention], scope: &dyn Scope) -> bool {
    mentions.iter().any(|mention| scope.is_ephemeral(mention))
}

/// What a call gives that has made this value of its argument. `ephemeralasnull` has null for what is ephemeral, and
/// `nonsensitive` does not take away a mark that stands for more than a secret.
pub(super) fn settle(cx: Evaluator<'_>, call: &Call, argument: Option<&Value>, made: Value) -> Value {
    let (Some(given), Some(expr)) = (argument, call.args.first()) else { return made };
    let name = bare_name(call);
    let scope = cx.cx.scope;
    if !matches!(name, "ephemeralasnull" | "nonsensitive") || !scope.has_ephemeral() || !given.has_sensitive()
    {
        return made;
    }
    // What the names within a "for" or a template stand for cannot be told from the argument alone.
    if cx.frame.is_none() && !mentions_ephemeral(expr, scope) {
        return made;
    }
    if name == "nonsensitive" {
        return given.clone();
    }
    let secret = references(expr).0.iter().any(|mention| scope.is_secret(mention));
    without_marked(given, secret)
}

/// Null in place of what is marked, which is a secret all the same if it is more than ephemeral.
fn without_marked(value: &Value, secret: bool) -> Value {
    match value.is_sensitive() {
        true => Value::null(value.ty()).with_sensitive(secret),
        false => value.map_children(|child| without_marked(child, secret)),
    }
}
