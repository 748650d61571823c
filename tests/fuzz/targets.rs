//! What is fuzzed: any bytes in, no panic out, and what was read survives being written.
//! Knows nothing of where the bytes come from: `fuzz/` and the tests both drive it.

use std::io::{Cursor, Write as _};
use std::path::Path;

use lambdaform::base::{Diagnostic, Sources, Type, Value};
use lambdaform::config;
use lambdaform::lang::{self, Context, FunctionEnv, Reference, Scope};
use lambdaform::plan::file::PlanFile;
use lambdaform::state::v4;

/// Loads a text as both syntaxes of configuration, and lays it out.
pub fn parser(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for name in ["main.tf", "main.tf.json"] {
        let (config, problems) =
            config::load_sources(Path::new("."), vec![(name.to_owned(), text.to_string())]);
        for span in problems.iter().filter_map(|problem| problem.span) {
            let text = config.sources.get(span.file).map_or("", |source| &source.text);
            assert!(
                text.get(span.start as usize..span.end as usize).is_some(),
                "{span:?} is no part of the text"
            );
        }
    }
    if let Ok(once) = config::format("main.tf", &text) {
        let twice = config::format("main.tf", &once).expect("what was laid out can be parsed");
        assert!(once == twice, "laying out again changes the layout");
    }
}

/// A few names; every other is not declared.
struct Names;

impl Scope for Names {
    fn resolve(&self, reference: &Reference) -> Result<Value, Diagnostic> {
        let strings = || ["a".into(), "b".into()];
        let found = match reference {
            Reference::Variable(name) => match &**name {
                "text" => Some("é one, two".into()),
                "number" => Some(Value::number(5)),
                "list" => Some(Value::list(Type::String, strings())),
                "set" => Some(Value::set(Type::String, strings())),
                "map" => Some(Value::map(Type::String, [("a", "1".into()), ("b", "2".into())])),
                "secret" => Some(Value::from("hunter2").with_sensitive(true)),
                "unknown" => Some(Value::unknown(Type::String)),
                "any" => Some(Value::DYNAMIC),
                "nothing" => Some(Value::NULL),
                _ => None,
            },
            Reference::EachKey => Some("a".into()),
            Reference::CountIndex => Some(Value::number(0)),
            _ => None,
        };
        found.ok_or_else(|| Diagnostic::error("Reference to undeclared name", "It has not been declared."))
    }
}

/// Evaluates an expression.
pub fn evaluator(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(expr) = config::parse_expression(&text, &mut Sources::default(), "expression") else { return };
    let env = FunctionEnv::default();
    let _ = lang::evaluate(&expr, &Context { scope: &Names, env: &env });
}

/// Reads a state, and what was written from it.
pub fn state(data: &[u8]) {
    let Ok(read) = v4::read(data) else { return };
    let written = v4::write(&read.state);
    let again = v4::read(&written).expect("what was written can be read").state;
    assert!(v4::write(&again) == written, "writing it again gives other bytes");
}

/// Reads a plan file: the bytes themselves, and an archive whose `plan.json` they are, since the sums of a zip keep
/// most others from being read.
pub fn plan_file(data: &[u8]) {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("plan.json", data), ("state-before", b"{}"), ("state", b"{}"), ("config/0", b"")]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("names are few and short");
        zip.write_all(content).expect("memory takes all");
    }
    let archive = zip.finish().expect("memory takes all").into_inner();
    for bytes in [data, &archive] {
        let Ok(file) = PlanFile::decode(bytes) else { continue };
        let written = file.encode().expect("what was read can be written");
        let again = PlanFile::decode(&written).expect("what was written can be read");
        assert!(again.encode().is_ok_and(|bytes| bytes == written), "writing it again gives other bytes");
    }
}
