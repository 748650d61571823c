//! The rows of the functions' test tables, and the small reader of expressions that runs them.
//! Knows nothing of the real evaluator, so that functions can be tested without it.

use hcl_edit::expr::Expression;

use crate::base::{Name, Type, Value};
use crate::lang::FunctionEnv;

use super::{CallError, TABLE, names};
use crate::lang::effort::Effort;

fn call(name: &str, args: &[Value], env: &FunctionEnv) -> Result<Value, CallError> {
    super::call(name, args, env, &Effort::new(env))
}

/// One row: a call, then `=>` and an expression of the same value, or `!!` and a piece of the error message.
struct Row {
    line: &'static str,
    call: &'static str,
    expected: Result<&'static str, &'static str>,
}

fn rows() -> Vec<Row> {
    const TEXT: &str = concat!(
        include_str!("rows/string.txt"),
        include_str!("rows/regex.txt"),
        include_str!("rows/format.txt"),
        include_str!("rows/numeric.txt"),
        include_str!("rows/collection.txt"),
        include_str!("rows/list.txt"),
        include_str!("rows/map.txt"),
        include_str!("rows/set.txt"),
        include_str!("rows/encoding.txt"),
        include_str!("rows/yaml.txt"),
        include_str!("rows/hash.txt"),
        include_str!("rows/datetime.txt"),
        include_str!("rows/filesystem.txt"),
        include_str!("rows/network.txt"),
        include_str!("rows/types.txt"),
    );
    let lines = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let row = match (line.split_once(" => "), line.split_once(" !! ")) {
                (Some((call, value)), None) => (call, Ok(value)),
                (None, Some((call, error))) => (call, Err(error)),
                _ => panic!("not a row: {line}"),
            };
            Row { line, call: row.0, expected: row.1 }
        })
        .collect()
}

/// The value of an expression of literals, tuples, objects, calls and `var.TYPE`, which is unknown of that type.
fn value(expr: &Expression, env: &FunctionEnv) -> Result<Value, CallError> {
    Ok(match expr {
        Expression::Null(_) => Value::NULL,
        Expression::Bool(b) => Value::from(*b.value()),
        Expression::Number(n) => Value::number(n.value().to_string().parse::<crate::base::Number>().unwrap()),
        Expression::String(s) => Value::from(s.value().as_str()),
        Expression::UnaryOp(op) => Value::number(value(&op.expr, env)?.as_number().unwrap().neg()),
        Expression::Array(array) => {
            let items = array.iter().map(|item| value(item, env));
            Value::tuple(items.collect::<Result<Vec<_>, _>>()?)
        }
        Expression::Object(object) => {
            let entries = object.iter().map(|(key, item)| {
                let key: Name = match key {
                    hcl_edit::expr::ObjectKey::Ident(ident) => ident.as_str().into(),
                    hcl_edit::expr::ObjectKey::Expression(key) => value(key, env)?.as_str().unwrap().into(),
                };
                Ok((key, value(item.expr(), env)?))
            });
            Value::object(entries.collect::<Result<Vec<_>, CallError>>()?)
        }
        Expression::FuncCall(function) => {
            let args = function.args.iter().map(|arg| value(arg, env)).collect::<Result<Vec<_>, _>>()?;
            match function.name.name.as_str() {
                "typed_null" => Value::null(args[0].ty()),
                name => call(name, &args, env)?,
            }
        }
        Expression::Traversal(traversal) => {
            let Some(hcl_edit::expr::TraversalOperator::GetAttr(name)) =
                traversal.operators.first().map(|op| op.value())
            else {
                panic!("a row can only refer to var.TYPE")
            };
            Value::unknown(match name.as_str() {
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "list" => Type::list(Type::String),
                "numbers" => Type::list(Type::Number),
                "set" => Type::set(Type::String),
                "map" => Type::map(Type::String),
                "tuple" => Type::tuple([Type::String, Type::Number]),
                "object" => Type::object([("a", Type::String), ("b", Type::Number)]),
                _ => Type::Dynamic,
            })
        }
        other => panic!("a row cannot hold {other:?}"),
    })
}

/// Whether two values are the same. An expected `tolist([])` and its like match an empty one of any element type.
fn alike(value: &Value, expected: &Value) -> bool {
    use crate::base::Kind::{List, Map, Object, Set, Tuple};
    let items = |x: &[Value], y: &[Value]| x.len() == y.len() && x.iter().zip(y).all(|(x, y)| alike(x, y));
    value.is_sensitive() == expected.is_sensitive()
        && match (value.kind(), expected.kind()) {
            (List(s, x), List(t, y)) | (Set(s, x), Set(t, y)) => {
                (s == t || (*t == Type::Dynamic && y.is_empty())) && items(x, y)
            }
            (Map(s, x), Map(t, y)) => {
                (s == t || (*t == Type::Dynamic && y.is_empty()))
                    && x.keys().eq(y.keys())
                    && x.values().zip(y.values()).all(|(x, y)| alike(x, y))
            }
            (Tuple(x), Tuple(y)) => items(x, y),
            (Object(x), Object(y)) => {
                x.keys().eq(y.keys()) && x.values().zip(y.values()).all(|(x, y)| alike(x, y))
            }
            (x, y) => x == y,
        }
}

fn run(text: &str, env: &FunctionEnv) -> Result<Value, CallError> {
    let expr: Expression = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    value(&expr, env)
}

/// A directory with a few files, in which the rows run.
fn world() -> (tempfile::TempDir, FunctionEnv) {
    let dir = tempfile::tempdir().unwrap();
    let files = dir.path().join("files");
    std::fs::create_dir_all(files.join("sub/deep")).unwrap();
    std::fs::write(dir.path().join("main.tf"), "").unwrap();
    for (name, bytes) in [
        ("a.txt", &b"hello\n"[..]),
        ("bin", b"\xff\xfe"),
        ("sub/b.txt", b"x"),
        ("sub/deep/c.txt", b"y"),
        (".hid", b"z"),
        ("é.txt", "héllo".as_bytes()),
    ] {
        std::fs::write(files.join(name), bytes).unwrap();
    }
    let env = FunctionEnv {
        cwd: Default::default(),
        base_dir: dir.path().into(),
        home_dir: Some("/home/me".into()),
        plan_time: "2024-05-06T07:08:09.5Z".parse().ok(),
        apply_time: None,
        effort: None,
        budget: Default::default(),
    };
    (dir, env)
}

#[test]
fn every_row_holds() {
    let (_dir, env) = world();
    let mut failures = Vec::new();
    for row in rows() {
        let holds = match (run(row.call, &env), row.expected) {
            (Ok(value), Ok(expected)) => {
                let expected = run(expected, &env).unwrap();
                if alike(&value, &expected) { Ok(()) } else { Err(format!("{value:?} of {}", value.ty())) }
            }
            (Err(error), Err(expected)) if error.message.contains(expected) => Ok(()),
            (Ok(value), Err(_)) => Err(format!("{value:?} of {}", value.ty())),
            (Err(error), _) => Err(error.message),
        };
        if let Err(got) = holds {
            failures.push(format!("{}\n      got {got}", row.line));
        }
    }
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_table_is_complete() {
    let rows = rows();
    for function in TABLE.values() {
        // A random result is only looked at through another function.
        let starts = |row: &&Row| row.call.split('(').any(|word| word == function.name);
        assert!(
            rows.iter().filter(starts).any(|r| r.expected.is_ok()),
            "no success row for {}",
            function.name
        );
        assert!(
            rows.iter().filter(starts).any(|r| r.expected.is_err()),
            "no failure row for {}",
            function.name
        );
        assert!(
            function.doc.ends_with('.') && function.doc.len() > 15,
            "{}: {}",
            function.name,
            function.doc
        );
        let mut params: Vec<&str> = function.params.iter().chain(&function.rest).map(|p| p.name).collect();
        let count = params.len();
        params.sort_unstable();
        params.dedup();
        assert_eq!(params.len(), count, "parameter names of {}", function.name);
    }
}

#[test]
fn names_are_sorted_and_found_with_and_without_a_namespace() {
    assert!(names().is_sorted());
    assert_eq!(names().count(), 114);
    assert!(super::exists("core::upper") && super::exists("upper") && !super::exists("core::core::upper"));
    let error = call("uppr", &[], &FunctionEnv::default()).unwrap_err();
    assert_eq!(error.message, "There is no function named \"uppr\". Did you mean \"upper\"?");
}

#[test]
fn messages_never_quote_a_sensitive_argument() {
    let (_dir, env) = world();
    for row in rows() {
        // The same failing calls with every text sensitive must not show it.
        let Ok(Expression::FuncCall(function)) = row.call.parse::<Expression>() else { continue };
        let Ok(args) = function.args.iter().map(|arg| value(arg, &env)).collect::<Result<Vec<_>, _>>() else {
            continue;
        };
        let secret: Vec<Value> = args.iter().map(|v| v.clone().with_sensitive(true)).collect();
        let Err(error) = call(function.name.name.as_str(), &secret, &env) else { continue };
        // Names of functions and encodings are said whatever the arguments are.
        let said = ["fileset", "UTF-8", "US-ASCII"];
        for text in args
            .iter()
            .filter_map(Value::as_str)
            .filter(|t| t.len() > 3 && !said.iter().any(|s| s.contains(t)))
        {
            assert!(!error.message.contains(text), "{}: {}", row.call, error.message);
        }
    }
}

#[test]
fn timestamps_follow_the_run() {
    let (_dir, mut env) = world();
    assert_eq!(run("timestamp()", &env).unwrap(), Value::unknown(Type::String));
    env.apply_time = "2024-05-06T07:08:10.9Z".parse().ok();
    assert_eq!(run("timestamp()", &env).unwrap(), "2024-05-06T07:08:10Z".into());
}

#[test]
fn passwords_and_identifiers_are_made_anew() {
    let (_dir, env) = world();
    let text = |call: &str| run(call, &env).unwrap().as_str().unwrap().to_string();
    assert!(bcrypt::verify("hello", &text("bcrypt(\"hello\", 4)")).unwrap());
    assert!(text("bcrypt(\"hello\", 4)").starts_with("$2a$04$"));
    assert_eq!(text("uuid()").len(), 36);
    assert_ne!(text("uuid()"), text("uuid()"));
}

#[test]
fn gzip_unpacks_to_the_same_text() {
    use base64::Engine;
    use std::io::Read;
    let (_dir, env) = world();
    let packed = run("base64gzip(\"hello\")", &env).unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed.as_str().unwrap()).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}

#[test]
fn no_combination_of_arguments_panics_or_loses_a_mark() {
    let (_dir, env) = world();
    let values: Vec<Value> = [
        "null",
        "true",
        "\"\"",
        "\"a\"",
        "\"é\\n\"",
        "\"{[(*\"",
        "\"10.0.0.0/8\"",
        "\"%05.3d %s\"",
        "0",
        "-1",
        "1.5",
        "12",
        "tonumber(\"1e300\")",
        "[]",
        "[\"a\", 1]",
        "[null]",
        "[[1], [\"a\"]]",
        "tolist([\"b\", \"a\"])",
        "toset([1, 2])",
        "toset([\"a\", var.string])",
        "{}",
        "{ a = 1, b = [\"x\"] }",
        "tomap({ a = \"x\" })",
        "var.any",
        "var.string",
        "var.list",
        "var.object",
        "[var.any]",
        "\"2020-01-01T00:00:00Z\"",
    ]
    .iter()
    .map(|text| run(text, &env).unwrap())
    .collect();
    // Functions that take marks off, or look at them, on purpose.
    let open = ["nonsensitive", "issensitive", "lookup"];
    for name in names().filter(|name| *name != "bcrypt") {
        for (i, first) in values.iter().enumerate() {
            let _ = call(name, std::slice::from_ref(first), &env);
            let secret = first.clone().with_sensitive(true);
            for (j, second) in values.iter().enumerate() {
                let _ = call(name, &[first.clone(), second.clone()], &env);
                if let Ok(value) = call(name, &[secret.clone(), second.clone()], &env) {
                    assert!(
                        value.is_sensitive() || open.contains(&name),
                        "{name}({first:?}, {second:?}): {value:?}"
                    );
                }
                let third = &values[(i * 7 + j * 3) % values.len()];
                let _ = call(name, &[first.clone(), second.clone(), third.clone()], &env);
            }
        }
    }
}
