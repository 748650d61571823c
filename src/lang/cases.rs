//! The evaluator held against what `terraform console` 1.11 printed: one row of `cases.txt` per expression.
//! Knows the configuration that the rows were printed for.

use std::collections::BTreeMap;

use super::{Context, FunctionEnv, Reference, Scope, evaluate};
use crate::base::{Diagnostic, Diagnostics, Kind, Mode, Name, ResourceAddr, Sources, Type, Value};
use crate::config::parse_expression;

/// A few values by reference.
pub(super) struct Names(BTreeMap<Reference, Value>);

impl Names {
    pub(super) fn of(values: impl IntoIterator<Item = (Reference, Value)>) -> Self {
        Names(values.into_iter().collect())
    }

    /// What the console was started with.
    fn console() -> Self {
        let strings = |items: &[&str]| Value::tuple(items.iter().map(|s| Value::from(*s)));
        let local = |name: &str, value: Value| (Reference::Local(name.into()), value);
        let secret =
            |name: &str, value: Value| (Reference::Variable(name.into()), value.with_sensitive(true));
        let list = Value::list(Type::String, ["p".into(), "q".into()]);
        Names::of([
            local("obj", Value::object([("a", Value::number(1)), ("bc", "x".into())])),
            local("l", strings(&["p", "q"])),
            local("ls", list),
            local("m", Value::map(Type::String, [("a", "1".into()), ("b", "2".into())])),
            local("st", Value::set(Type::String, ["a".into(), "b".into()])),
            local("nul", Value::NULL),
            local("num", Value::number(5)),
            local("nobj", Value::object([("inner", Value::object([("deep", Value::number(1))]))])),
            secret("s", "hunter2".into()),
            secret("sn", Value::number(5)),
            secret("sb", Value::TRUE),
            secret("slist", Value::list(Type::String, ["a".into(), "b".into()])),
            (Reference::Resource(ResourceAddr::root(Mode::Managed, "terraform_data", "u")), Value::DYNAMIC),
            (Reference::PathModule, ".".into()),
            (Reference::PathRoot, ".".into()),
            (Reference::Workspace, "default".into()),
        ])
    }
}

impl Scope for Names {
    fn resolve(&self, reference: &Reference) -> Result<Value, Diagnostic> {
        self.0.get(reference).cloned().ok_or_else(|| {
            Diagnostic::error("Reference to undeclared name", format!("{reference:?} has not been declared."))
        })
    }
}

/// Evaluates a text.
pub(super) fn evaluated(text: &str, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    let expr = parse_expression(text, &mut Sources::default(), "test")?;
    evaluate(&expr, &Context { scope, env: &FunctionEnv::default() })
}

/// A value as the console prints it, in one line.
pub(super) fn printed(value: &Value) -> String {
    let entries = |entries: &BTreeMap<Name, Value>| {
        entries.iter().map(|(n, v)| format!("{:?} = {} ", &**n, printed(v))).collect::<String>()
    };
    let items = |items: &[Value]| items.iter().map(|v| format!("{}, ", printed(v))).collect::<String>();
    let of = |open: &str, inside: String, close: &str| {
        if inside.is_empty() { format!("{open}{close}") } else { format!("{open} {inside}{close}") }
    };
    if value.is_sensitive() {
        return "(sensitive value)".into();
    }
    match value.kind() {
        Kind::Null(Type::Bool) => "tobool(null)".into(),
        Kind::Null(Type::Number) => "tonumber(null)".into(),
        Kind::Null(Type::String) => "tostring(null)".into(),
        Kind::Null(_) => "null".into(),
        Kind::Unknown(_) => "(known after apply)".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => format!("{s:?}"),
        Kind::List(_, list) => of("tolist([", items(list), "])"),
        Kind::Set(_, set) => of("toset([", items(set), "])"),
        Kind::Map(_, map) => of("tomap({", entries(map), "})"),
        Kind::Tuple(tuple) => of("[", items(tuple), "]"),
        Kind::Object(object) => of("{", entries(object), "}"),
    }
}

fn printed_type(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::List(t) => format!("list({})", argument(t)),
        Type::Set(t) => format!("set({})", argument(t)),
        Type::Map(t) => format!("map({})", argument(t)),
        Type::Tuple(ts) if ts.is_empty() => "tuple([])".into(),
        Type::Tuple(ts) => {
            format!("tuple([ {}])", ts.iter().map(|t| format!("{}, ", printed_type(t))).collect::<String>())
        }
        Type::Object(ts) if ts.is_empty() => "object({})".into(),
        Type::Object(ts) => {
            let attributes: String = ts.iter().map(|(n, t)| format!("{n}: {}, ", printed_type(t))).collect();
            format!("object({{ {attributes}}})")
        }
        other => other.to_string(),
    }
}

fn argument(ty: &Type) -> String {
    match ty {
        Type::Tuple(_) | Type::Object(_) => format!(" {}, ", printed_type(ty)),
        other => printed_type(other),
    }
}

fn outcome(text: &str) -> String {
    let inner = text.strip_prefix("type(").and_then(|rest| rest.strip_suffix(')'));
    match (evaluated(inner.unwrap_or(text), &Names::console()), inner) {
        (Ok(value), None) => printed(&value),
        (Ok(value), Some(_)) => printed_type(&value.ty()),
        (Err(problems), _) => one_line(&problems),
    }
}

/// Problems as the console prints them, in one line and without their places.
pub(super) fn one_line(problems: &Diagnostics) -> String {
    let told: Vec<String> = problems.iter().map(|p| format!("Error: {} {}", p.summary, p.detail)).collect();
    told.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_row_is_what_terraform_prints() {
    let mut wrong = String::new();
    let rows = include_str!("cases.txt").lines().filter(|row| !row.is_empty() && !row.starts_with('#'));
    for row in rows {
        let (text, expected) = row.split_once("  =>  ").unwrap();
        let outcome = outcome(text);
        if outcome != expected {
            wrong += &format!("\n{text}\n  expected {expected}\n  but got  {outcome}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
