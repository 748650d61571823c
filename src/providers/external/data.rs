//! `data "external"`: strings in, strings out, as JSON objects on the standard streams of a program.
//! How a program is run is decided in `program`.

use serde_json::{Map, Value as Json};

use super::program::Program;
use crate::base::{Diagnostic, Diagnostics, Type, Value, json};
use crate::provider::{BoxFuture, DataType};
use crate::providers::offline::{self, filled, text};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "external",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                Attribute::strings("program").required(),
                Attribute::string_map("query"),
                Attribute::string_map("result").computed(),
                Attribute::string("working_dir"),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

pub(super) struct External;

impl offline::Data for External {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let Some(words) = config.get("program").and_then(Value::as_items) else { return Diagnostics::new() };
        if words.iter().any(|word| word.is_unknown() || word.as_str().is_some_and(|word| !word.is_empty())) {
            return Diagnostics::new();
        }
        no_program().into()
    }

    fn read(&self, config: Value) -> BoxFuture<'static, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let program = program(&config).ok_or_else(no_program)?;
            let printed = program.run(query(&config)).await?;
            let result = strings(&program, &printed)?;
            Ok(filled(&config, [("id", "-".into()), ("result", result)]))
        })
    }
}

/// The program of a configuration; words that are null or empty are left out.
fn program(config: &Value) -> Option<Program> {
    let words = config.get("program").and_then(Value::as_items).unwrap_or_default();
    let mut words = words.iter().filter_map(Value::as_str).filter(|word| !word.is_empty());
    Some(Program {
        name: words.next()?.to_owned(),
        arguments: words.map(str::to_owned).collect(),
        directory: text(config, "working_dir").filter(|dir| !dir.is_empty()).map(Into::into),
    })
}

/// What the program reads: the query as a JSON object, without what is null.
fn query(config: &Value) -> String {
    let entries = config.get("query").and_then(Value::as_entries).into_iter().flatten();
    let entries = entries.filter(|(_, value)| !value.is_null());
    let object: Map<String, Json> =
        entries.map(|(name, value)| (name.to_string(), json::to_json(value))).collect();
    Json::Object(object).to_string()
}

/// What the program printed, which must be a JSON object of strings. It is not repeated, since it may be a secret.
fn strings(program: &Program, printed: &[u8]) -> Result<Value, Diagnostic> {
    let wrong = |what: String| {
        let detail = format!(
            "The program {:?} must print a JSON object whose values are all strings, and {what}. It may print what it \
             has to say to people on standard error.",
            program.name
        );
        Diagnostic::error("Unexpected external program results", detail).on("program")
    };
    let parsed: Json = serde_json::from_slice(printed).map_err(|error| {
        let what = if printed.iter().all(u8::is_ascii_whitespace) {
            "nothing".to_owned()
        } else {
            "something else".to_owned()
        };
        wrong(format!("it printed {what} (line {}, column {})", error.line(), error.column()))
    })?;
    let Json::Object(entries) = parsed else {
        return Err(wrong("it printed another kind of JSON".to_owned()));
    };
    let mut result = Vec::new();
    for (name, value) in entries {
        let value = match value {
            Json::String(text) => Value::text(&text),
            Json::Null => Value::from(""),
            _ => return Err(wrong(format!("the value of {name:?} is not a string"))),
        };
        result.push((name, value));
    }
    Ok(Value::map(Type::String, result))
}

fn no_program() -> Diagnostic {
    let detail = "The list \"program\" must name a program, and then its arguments if it has any; it has no word that is \
                  not empty.";
    Diagnostic::error("No program to run", detail).on("program")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::offline::Data as _;
    use crate::schema::conform;

    fn read(program: &[&str], query: &[(&str, Value)]) -> Result<Value, String> {
        let words = Value::tuple(program.iter().map(|word| Value::from(*word)));
        let body = Value::object([("program", words), ("query", Value::object(query.iter().cloned()))]);
        let (config, mut problems) = conform(&TYPE.schema.block, &body);
        problems.extend(External.validate(&config));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read =
            if problems.has_errors() { Err(problems) } else { runtime.block_on(External.read(config)) };
        read.map(|object| object.get("result").cloned().unwrap())
            .map_err(|problems| problems.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect())
    }

    #[test]
    fn strings_go_in_and_out() {
        let query = [("a", Value::from("x\"y")), ("b", Value::null(Type::String))];
        let result = read(&["", "sh", "-c", "cat"], &query).unwrap();
        assert_eq!(result, Value::map(Type::String, [("a", Value::from("x\"y"))]));
        assert_eq!(read(&["echo", "{}"], &[]).unwrap(), Value::map::<&str>(Type::String, []));
        let long = "x".repeat(1 << 20);
        let result = read(&["cat"], &[("a", long.as_str().into())]).unwrap();
        assert_eq!(result.get("a"), Some(&long.as_str().into()), "neither pipe fills up");
    }

    #[test]
    fn what_goes_wrong_is_told_without_secrets() {
        let secret = [("a", Value::from("hunter2"))];
        for (program, expected) in [
            (vec!["no-such-program-anywhere"], "External program not found"),
            (vec!["sh", "-c", "echo gone wrong >&2; exit 3"], "gone wrong"),
            (vec!["sh", "-c", "exit 3"], "status 3"),
            (vec!["sh", "-c", "kill -9 $$"], "signal"),
            (vec!["echo", "hunter2"], "something else"),
            (vec!["yes", "hunter2"], "printed too much"),
            (vec!["true"], "nothing"),
            (vec!["echo", "[\"hunter2\"]"], "another kind"),
            (vec!["echo", "{\"n\": 1}"], "the value of \"n\""),
            (vec!["", ""], "No program to run"),
        ] {
            let problem = read(&program, &secret).unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("hunter2"), "{program:?} {problem}");
        }
    }
}
