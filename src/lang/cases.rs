//! The evaluator held against what `terraform console` 1.11 printed: one row of `cases.txt` per expression.
//! Knows the configuration that the rows were printed for.

use std::collections::BTreeMap;

use super::{Context, FunctionEnv, Reference, Scope, evaluate};
use crate::base::{Diagnostic, Diagnostics, Entries, Kind, Mode, ResourceAddr, Sources, Type, Value, json};
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
    let entries = |entries: &Entries| {
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

/// Terraform's own output of `vectors.tf`, values and types.
#[test]
fn templates_and_conversions_give_what_terraform_stored() {
    let files = vec![("vectors.tf".to_string(), include_str!("vectors.tf").to_string())];
    let (config, problems) = crate::config::load_sources(std::path::Path::new("."), files);
    assert!(problems.is_empty(), "{problems:?}");
    let expected: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(include_str!("vectors.json")).unwrap();
    let scope = Names::console();
    let cx = Context { scope: &scope, env: &FunctionEnv::default() };
    assert_eq!(expected.len(), config.root.outputs.len());
    for (name, output) in &config.root.outputs {
        let value = evaluate(&output.value, &cx).unwrap();
        let expected = &expected[&**name];
        assert_eq!(json::to_json(&value), expected["value"], "{name}");
        assert_eq!(json::type_to_json(&value.ty()), expected["type"], "{name}");
    }
}

/// What a resource that does not exist yet makes of everything that depends on it, with the types that are known.
#[test]
fn unknown_values_keep_their_types() {
    let local = |name: &str, ty: Type| (Reference::Local(name.into()), Value::unknown(ty));
    let object = Type::object([("a", Type::Number)]);
    let scope = Names::of([
        local("s", Type::String),
        local("n", Type::Number),
        local("b", Type::Bool),
        local("l", Type::list(object.clone())),
        local("t", Type::tuple([Type::String, Type::Bool])),
        local("m", Type::map(Type::Number)),
        local("o", object),
        (Reference::Variable("secret".into()), Value::from("x").with_sensitive(true)),
    ]);
    for (text, expected) in [
        ("local.n + 1", "number"),
        ("local.s + 1", "number"),
        ("local.n > 1", "bool"),
        ("-local.n", "number"),
        ("!local.b", "bool"),
        ("local.s == 1", "bool"),
        ("local.b && false", "bool"),
        ("local.b ? 1 : \"a\"", "string"),
        ("local.b ? [local.s] : [1]", "tuple([string])"),
        ("\"a-${local.s}\"", "string"),
        ("\"${local.n}\"", "number"),
        ("\"%{ if local.b }a%{ endif }\"", "string"),
        ("\"%{ for x in local.l }a%{ endfor }\"", "string"),
        ("local.l[0]", "object({ a = number })"),
        ("local.l[0].a", "number"),
        ("local.l[*].a", "list(number)"),
        ("local.t[1]", "bool"),
        ("local.t[*]", "tuple([string, bool])"),
        ("local.t[local.n]", "any"),
        ("local.m[local.s]", "number"),
        ("local.m.x", "number"),
        ("local.m[*]", "any"),
        ("local.o.a", "number"),
        ("local.o[local.s]", "any"),
        ("[for x in local.l : x.a]", "any"),
        ("[for x in [1] : x if local.b]", "any"),
        ("{for x in [1] : local.s => x}", "any"),
        ("{(local.s) = 1}", "any"),
        ("[1, 2][local.n]", "any"),
        ("tolist([1, 2])[local.n]", "number"),
        ("local.b ? var.secret : local.s", "string, sensitive"),
        ("\"${var.secret}${local.s}\"", "string, sensitive"),
        ("var.secret == local.s", "bool, sensitive"),
        ("\"%{ if local.b }${var.secret}%{ endif }\"", "string, sensitive"),
    ] {
        let value = evaluated(text, &scope).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        let shown = format!("{}{}", value.ty(), if value.is_sensitive() { ", sensitive" } else { "" });
        assert!(!value.is_wholly_known(), "{text}");
        assert_eq!(shown, expected, "{text}");
    }
}

/// The lines below the source: what took part, and never a secret.
#[test]
fn problems_stand_at_their_place_with_the_values_that_took_part() {
    for (text, place, values) in [
        ("local.num.x", ".x", "local.num is 5"),
        ("local.l[local.num]", "[local.num]", "local.l is tuple with 2 elements; local.num is 5"),
        ("local.obj.bc + local.num", "local.obj.bc", "local.obj.bc is \"x\""),
        ("local.num + [var.s]", "[var.s]", "var.s has a sensitive value"),
        ("\"a${local.obj}b\"", "local.obj", "local.obj is object with 2 attributes"),
        ("[for x in local.l : x.foo]", ".foo", "x is \"p\""),
        (
            "true ? local.num : local.l",
            "local.num : local.l",
            "local.l is tuple with 2 elements; local.num is 5",
        ),
        ("upper(local.l)", "local.l", "local.l is tuple with 2 elements"),
        ("local.obj[\"zz\"]", "[\"zz\"]", "local.obj is object with 2 attributes"),
        ("local.nobj.inner.deepp", ".deepp", "local.nobj.inner is object with 1 attribute \"deep\""),
        ("terraform_data.u.id + local.l", "local.l", "local.l is tuple with 2 elements"),
        (
            "local.m[\"${var.s}\"]",
            "[\"${var.s}\"]",
            "local.m is map of string with 2 elements; var.s has a sensitive value",
        ),
        ("[for x in var.slist : x.foo]", ".foo", "x has a sensitive value"),
        ("foo(1)", "foo", ""),
        ("1 + local.zz", "local.zz", ""),
    ] {
        let mut sources = Sources::default();
        let expr = parse_expression(text, &mut sources, "test").unwrap();
        let scope = Names::console();
        let problems = evaluate(&expr, &Context { scope: &scope, env: &FunctionEnv::default() }).unwrap_err();
        let problem = problems.iter().next().unwrap();
        let shown: Vec<String> = problem.values.iter().map(|(e, is)| format!("{e} {is}")).collect();
        assert_eq!((sources.text(problem.span.unwrap()), &*shown.join("; ")), (place, values), "{text}");
        assert!(!format!("{problems:?}").contains("hunter2"), "{text}");
    }
}

#[test]
fn no_nesting_exhausts_the_stack() {
    let nested = |open: &str, inside: &str, close: &str, times: usize| {
        format!("{}{inside}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        nested("(", "1", ")", 10_000),
        nested("[", "1", "]", 120),
        nested("{a=", "1", "}", 120),
        nested("\"${", "1", "}\"", 120),
        nested("a ? 1 : ", "1", "", 250),
        nested("!", "true", "", 250),
        nested("true ? 1 : ", "1", "", 200),
        nested("upper(", "1", ")", 120),
        nested("[for x in [1] : ", "x", "]", 120),
        nested("\"a%{if true}${\"", "x", "\"}%{endif}\"", 60),
        format!("1{}", " + 1".repeat(250)),
        format!("1{}", " + 1".repeat(100_000)),
        format!("local.obj{}", ".a".repeat(250)),
        format!("local.obj{}", "[*]".repeat(250)),
    ] {
        // Either answer will do.
        let _ = evaluated(&text, &Names::console());
    }
}
