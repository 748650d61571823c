//! What is fuzzed: any bytes in, no panic out, and what was read survives being written.
//! Knows nothing of where the bytes come from: `fuzz/` and the tests both drive it.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Poll, Waker};

use lambdaform::base::{
    Diagnostic, Diagnostics, InstanceAddr, ModuleAddr, ResourceAddr, Sources, Type, Value, json,
};
use lambdaform::config::module_source::Address;
use lambdaform::config::{self, Config, InputArgument};
use lambdaform::engine::{self, Answer, Console, NoRecord, Run};
use lambdaform::lang::{self, Context, FunctionEnv, Reference, Scope};
use lambdaform::package::manifest::{Limits, read_zip_within};
use lambdaform::plan::file::PlanFile;
use lambdaform::provider::{Connection, Environment, Provider, Registry, ResourceType, Stop, id_of};
use lambdaform::providers;
use lambdaform::render::{self, PlanJson, Secrets, Style};
use lambdaform::state::history::History;
use lambdaform::state::journal::open_runs;
use lambdaform::state::lock::LockInfo;
use lambdaform::state::{Selection, State, v4, verify::verify};

/// A target and the folders that hold its seeds.
pub struct Target {
    /// Its name, and that of its program and its folder below `fuzz/corpus`.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
    /// Where there are more seeds.
    pub seeds: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "parser", run: parser, seeds: &["examples"] },
    Target { name: "parser_json", run: parser_json, seeds: &[] },
    Target { name: "layout", run: layout, seeds: &["examples", "fuzz/corpus/parser"] },
    Target { name: "evaluator", run: evaluator, seeds: &[] },
    Target { name: "state", run: state, seeds: &["state/golden", "state/broken"] },
    Target { name: "plan_file", run: plan_file, seeds: &[] },
    Target { name: "records", run: records, seeds: &[] },
    Target { name: "names", run: names, seeds: &[] },
    Target { name: "inputs", run: inputs, seeds: &[] },
    Target { name: "imports", run: imports, seeds: &[] },
    Target { name: "validate", run: validate, seeds: &["examples", "fuzz/corpus/parser"] },
];

/// Loads a text as configuration in the native syntax.
pub fn parser(data: &[u8]) {
    load("main.tf", data);
}

/// Loads a text as configuration in the JSON syntax.
pub fn parser_json(data: &[u8]) {
    load("main.tf.json", data);
}

fn load(name: &str, data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let files = vec![(name.to_owned(), text)];
    let (config, problems) = config::load_sources(Path::new("."), files);
    sound(&config, &problems);
    let snapshot = config.snapshot();
    let (_, again) = config::load_sources(Path::new("."), snapshot);
    assert!(again.len() == problems.len(), "a snapshot loads differently");
}

/// Whether problems point into the sources, so that they can be shown.
fn sound(config: &Config, problems: &Diagnostics) {
    for span in problems.iter().filter_map(|problem| problem.span) {
        let text = config.sources.get(span.file).map_or("", |source| &source.text);
        assert!(
            text.get(span.start as usize..span.end as usize).is_some(),
            "{span:?} is no part of the text"
        );
    }
    show(problems, &config.sources);
}

/// Shows the first problems.
fn show(problems: &Diagnostics, sources: &Sources) {
    for problem in render::consolidated(problems).iter().take(20) {
        render::diagnostic(problem, sources, &Style::PLAIN);
    }
}

/// Lays a text out, which changes neither its layout a second time nor what it declares.
pub fn layout(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(once) = config::format("main.tf", &text) else { return };
    let twice = match config::format("main.tf", &once) {
        Ok(twice) => twice,
        // Terraform, too, lays `a . 1 .0` out as `a.1.0`, which nobody can read.
        Err(found) => {
            let (problems, _) = &*found;
            let legacy = problems.iter().all(|problem| problem.summary == "Invalid legacy index syntax");
            assert!(legacy, "what was laid out cannot be parsed: {problems:?}");
            return;
        }
    };
    assert!(once == twice, "laying out again changes the layout");
    // Old spellings of types become new ones, and labels get quotes; but the same things are declared.
    let declared = |text: &str| {
        let files = vec![("main.tf".to_owned(), text.to_owned())];
        let (config, _) = config::load_sources(Path::new("."), files);
        let module = &config.root;
        let names = module.locals.keys().chain(module.variables.keys()).chain(module.outputs.keys());
        let resources = module.resources.keys().map(ToString::to_string);
        names.map(ToString::to_string).chain(resources).collect::<Vec<_>>()
    };
    assert!(declared(&text) == declared(&once), "laying out changes what is declared");
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
                "template" => Some("${a} %{ for x in b }${x}%{ endfor }".into()),
                _ => None,
            },
            Reference::EachKey => Some("a".into()),
            Reference::CountIndex => Some(Value::number(0)),
            _ => None,
        };
        found.ok_or_else(|| Diagnostic::error("Reference to undeclared name", "It has not been declared."))
    }
}

/// Evaluates an expression; what it gives can be shown, and comes back from a plan file as it was.
pub fn evaluator(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut sources = Sources::default();
    let Ok(expr) = config::parse_expression(&text, &mut sources, "expression") else { return };
    // A hundredth of what a person would wait for: it is as well bounded, and a fuzzer's program is slow.
    let env = FunctionEnv { effort: Some(20_000_000), ..FunctionEnv::default() };
    match lang::evaluate(&expr, &Context { scope: &Names, env: &env }) {
        Ok(value) => {
            render::hcl_value::hcl(&value);
            let written = serde_json::to_vec(&json::encode(&value)).expect("values can be written");
            let read =
                serde_json::from_slice(&written).expect("what was written is no deeper than can be read");
            assert!(json::decode(&read).as_ref() == Some(&value), "a value does not come back");
        }
        Err(problems) => show(&problems, &sources),
    }
}

/// Reads a state, and what was written from it, and shows it.
pub fn state(data: &[u8]) {
    let Ok(read) = v4::read(data) else { return };
    let written = v4::write(&read.state);
    let again = v4::read(&written).expect("what was written can be read").state;
    assert!(v4::write(&again) == written, "writing it again gives other bytes");
    verify(&read.state);
    render::state_text(&read.state, &|_, _| None, &Style::PLAIN);
    render::state_json(&read.state, "1.11.0", &|_, _| None, Secrets::Shown);
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
        render::plan_text(&file.plan, &|_, _| None, &Style::PLAIN);
        render::plan_markdown(&file.plan, &|_, _| None);
        let (prior, secrets) = (State::default(), Secrets::Shown);
        let with = PlanJson { terraform_version: "1.11.0", prior: &prior, configuration: ().into(), secrets };
        render::plan_json(&file.plan, &|_, _| None, with);
    }
}

/// Reads everything else that lies beside a state or a configuration: a journal, a history, a lock, the list of modules,
/// the manifest of a package and a package itself.
pub fn records(data: &[u8]) {
    let dir = tempfile::tempdir().expect("there is room for a few files");
    let write =
        |name: &str| std::fs::write(dir.path().join(name), data).expect("there is room for a few files");
    write("x.jsonl");
    drop(open_runs(dir.path()));
    write("x.json");
    let history = History::new(dir.path());
    for entry in history.list().unwrap_or_default() {
        drop(history.read(&entry));
    }
    if let Ok(lock) = serde_json::from_slice::<LockInfo>(data) {
        assert!(serde_json::to_vec(&lock).is_ok(), "a lock cannot be written");
    }
    if let Ok(manifest) = config::Manifest::parse(&String::from_utf8_lossy(data)) {
        let again = config::Manifest::parse(&manifest.text()).expect("what was written can be read");
        assert!(again.text() == manifest.text(), "writing it again gives another text");
    }
    if let Ok(manifest) = serde_json::from_slice::<lambdaform::package::Manifest>(data) {
        manifest.unpacked_size();
    }
    let limits = Limits { packed: 1 << 20, unpacked: 4 << 20, files: 100 };
    drop(read_zip_within(&dir.path().join("x.json"), limits));
}

/// Reads the names that people and files write: of objects, versions and sources of configuration.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(addr) = text.parse::<InstanceAddr>() {
        assert!(addr.to_string().parse() == Ok(addr), "an address does not come back");
    }
    if let Ok(addr) = text.parse::<ResourceAddr>() {
        assert!(addr.to_string().parse() == Ok(addr), "an address does not come back");
    }
    if let Ok(addr) = text.parse::<ModuleAddr>() {
        assert!(addr.to_string().parse() == Ok(addr), "an address does not come back");
    }
    if let Ok(selection) = text.parse::<Selection>() {
        assert!(selection.to_string().parse() == Ok(selection), "an address does not come back");
    }
    for versioned in [false, true] {
        drop(Address::parse(&text, versioned, "registry.terraform.io").map(|address| address.to_string()));
    }
    if let Some((pattern, attributes)) = text.split_once('\n') {
        let pairs = attributes.lines().filter_map(|line| line.split_once('='));
        let identity = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        drop(id_of(pattern, &identity));
    }
    if let Some((constraint, version)) = text.split_once('@')
        && let Ok(constraint) = constraint.parse::<config::VersionConstraint>()
    {
        constraint.matches(version);
        config::newest_version([version, "1.2.3"], Some(&constraint));
    }
    config::is_ignored(&text);
    config::may_continue(&text);
}

/// Variables of every type.
const VARIABLES: &str = r#"
variable "plain" {}
variable "text" { type = string }
variable "number" { type = number }
variable "list" { type = list(bool) }
variable "set" { type = set(set(number)) }
variable "map" { type = map(any) }
variable "tuple" { type = tuple([string, list(any)]) }
variable "object" { type = object({ a = optional(number, 1), b = optional(list(object({ c = string })), []) }) }
variable "open" {
  type     = any
  nullable = false
}
variable "secret" {
  type      = list(string)
  sensitive = true
  validation {
    condition     = length(var.secret) < 3
    error_message = "Too many: ${join(", ", var.secret)}."
  }
}
"#;

/// Gives variables their values, in all the ways in which a person can.
pub fn inputs(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let dir = tempfile::tempdir().expect("there is room for a few files");
    let file = |name: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, data).expect("there is room for a few files");
        vec![InputArgument::VarFile(path)]
    };
    let (declared, _) = config::load_sources(Path::new("."), vec![("main.tf".into(), VARIABLES.into())]);
    let names = || declared.root.variables.keys();
    let each = names().map(|name| InputArgument::Var(format!("{name}={text}"))).collect();
    let environment = names().map(|name| (format!("TF_VAR_{name}"), text.to_string())).collect();
    for (environment, arguments) in [
        (Vec::new(), each),
        (Vec::new(), vec![InputArgument::Var(text.to_string())]),
        (Vec::new(), file("x.tfvars")),
        (Vec::new(), file("x.tfvars.json")),
        (environment, Vec::new()),
    ] {
        let mut config = declared.clone();
        let (variables, problems) = config::collect_inputs(&mut config, environment, &arguments);
        sound(&config, &problems);
        let run = Run {
            config: &config,
            registry: &Registry::new([]),
            environment: Environment::default(),
            variables,
            workspace: "default".into(),
            cwd: ".".into(),
            home_dir: None,
            started: jiff::Timestamp::UNIX_EPOCH,
            plan_time: jiff::Timestamp::UNIX_EPOCH,
            parallelism: 1,
            stop: Stop::default(),
            recorder: Arc::new(NoRecord),
        };
        let (console, problems) =
            Console::of_state(&run, &State::default()).expect("nothing goes in circles");
        sound(&config, &problems);
        for name in names() {
            let expr =
                config::parse_expression(&format!("var.{name}"), &mut Sources::default(), "expression");
            let answer = console.evaluate(&expr.expect("it is a reference"));
            if let Ok(Answer::Value(value)) = answer {
                render::hcl_value::hcl(&value);
            }
        }
    }
}

/// Loads a text as configuration and validates it: its names, its order, what of it can be evaluated.
pub fn validate(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let (config, problems) = config::load_sources(Path::new("."), vec![("main.tf".into(), text)]);
    if problems.has_errors() {
        return;
    }
    let env = FunctionEnv { effort: Some(20_000_000), ..FunctionEnv::default() };
    static REGISTRY: LazyLock<Registry> = LazyLock::new(providers::registry);
    sound(&config, &engine::validate(&config, &REGISTRY, env));
}

/// A resource type, a connection that nobody has asked anything yet, and the type of its objects.
struct Importable {
    name: &'static str,
    connection: Arc<dyn Connection>,
    ty: Type,
}

static IMPORTABLE: LazyLock<Vec<Importable>> = LazyLock::new(|| {
    let registry = providers::registry();
    let of = |provider: &Arc<dyn Provider>| {
        let connection = provider.configure(&Value::object::<&str>([]), &Environment::default());
        let connection = connection.expect("nothing needs to be configured");
        let one = move |ty: &&ResourceType| {
            let connection = connection.clone();
            Importable { name: ty.name, connection, ty: ty.schema.block.ty() }
        };
        // A password is hashed, slowly on purpose.
        let quick = provider.schema().resources.iter().filter(|ty| ty.name != "random_password");
        quick.map(one).collect::<Vec<_>>()
    };
    registry.iter().flat_map(of).collect()
});

/// Reads the ids by which objects are imported, as every type does; what they give are objects of the type.
pub fn imports(data: &[u8]) {
    let id = String::from_utf8_lossy(data);
    for Importable { name, connection, ty } in IMPORTABLE.iter() {
        let mut importing = pin!(connection.import(name, &id));
        let mut context = std::task::Context::from_waker(Waker::noop());
        let Poll::Ready(found) = importing.as_mut().poll(&mut context) else {
            panic!("{name} asks somebody what an id means");
        };
        match (found, ty) {
            (Ok(found), Type::Object(declared)) => {
                let entries = found.object.as_entries().into_iter().flatten();
                let stray = entries.map(|(name, _)| name).find(|name| !declared.contains_key(*name));
                assert!(stray.is_none(), "{name} has no {stray:?}");
            }
            (Ok(_), _) => panic!("{name} is no object"),
            (Err(problems), _) => show(&problems, &Sources::default()),
        }
    }
}
