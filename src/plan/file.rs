//! The saved plan: a [`PlanFile`] to bytes and back. Pure; whoever has the bytes reads and writes files.
//! Knows nothing of state beyond its bytes, and nothing of how a plan is applied.
//!
//! The file is a zip: `plan.json` (this module's own format, versioned), `state-before` and `state` (version 4 state
//! files as they were read and as they were refreshed) and `config/0`, `config/1`, … (every source text). It holds
//! secrets in clear, as any plan that can be applied must, so it belongs to its owner only.

use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use ::zip::result::ZipError;
use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};
use serde::{Deserialize, Serialize};

use super::Plan;
use super::wire::PlanWire;

/// The version of `plan.json` that this program writes, and the newest that it reads.
const FORMAT: u64 = 1;

/// What the entries of an honest plan file do not reach together, in bytes, unpacked; keeps a hostile zip from filling memory.
const MOST: u64 = 512 << 20;

const PLAN: &str = "plan.json";
const STATE_BEFORE: &str = "state-before";
const STATE: &str = "state";

/// A plan with all that is needed to apply it later.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// The plan.
    pub plan: Plan,
    /// Where it was made, and so where it is to be applied.
    pub origin: Origin,
    /// The state as it was read, as a version 4 file.
    pub state_before: Vec<u8>,
    /// The state with reality read into it, as a version 4 file; what apply starts from.
    pub state: Vec<u8>,
    /// The names and texts of the configuration files it was made from.
    pub sources: Vec<(String, String)>,
}

/// Where a plan was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The version of the program that made it.
    pub version: String,
    /// Whether it was made against the embedded control plane.
    pub local: bool,
    /// The state file it was read from, when an option named one.
    pub state: Option<PathBuf>,
}

/// Why bytes are no plan that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// They are no zip, or a broken one.
    #[error("it is not a zip archive, or the archive is damaged: {0}")]
    NotAZip(#[from] ZipError),
    /// They are a zip of something else.
    #[error("it is a zip archive, but not one that holds a plan")]
    Foreign,
    /// They are Terraform's own plan.
    #[error("it is a plan made by Terraform or OpenTofu, whose plan files only they can read")]
    Terraforms,
    /// A later version wrote them.
    #[error(
        "it was written by lambdaform {version} in plan format {format}; this version reads up to format {FORMAT}"
    )]
    Newer {
        /// The version of the program that wrote it.
        version: String,
        /// Its format.
        format: u64,
    },
    /// Something is missing or makes no sense.
    #[error("its {entry} is damaged: {what}")]
    Damaged {
        /// The entry of the zip.
        entry: String,
        /// What is wrong with it.
        what: String,
    },
    /// The plan cannot be written.
    #[error("the plan cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// What every version of `plan.json` says.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u64,
    origin: HeaderOrigin,
}

#[derive(Serialize, Deserialize)]
struct HeaderOrigin {
    version: String,
}

/// `plan.json`
#[derive(Serialize, Deserialize)]
struct Document {
    format: u64,
    origin: Origin,
    sources: Vec<String>,
    plan: PlanWire,
}

impl PlanFile {
    /// The file as bytes; the same plan gives the same bytes.
    ///
    /// # Errors
    /// When the plan does not fit into a zip.
    pub fn encode(&self) -> Result<Vec<u8>, PlanFileError> {
        let document = Document {
            format: FORMAT,
            origin: self.origin.clone(),
            sources: self.sources.iter().map(|(name, _)| name.clone()).collect(),
            plan: PlanWire::from(&self.plan),
        };
        let json = serde_json::to_vec_pretty(&document).map_err(std::io::Error::from)?;
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        put(&mut zip, PLAN, &json)?;
        put(&mut zip, STATE_BEFORE, &self.state_before)?;
        put(&mut zip, STATE, &self.state)?;
        for (i, (_, text)) in self.sources.iter().enumerate() {
            put(&mut zip, &source_entry(i), text.as_bytes())?;
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Reads what [`PlanFile::encode`] wrote.
    ///
    /// # Errors
    /// A [`PlanFileError`] for anything else: another kind of file, a damaged one, one from a later version.
    pub fn decode(bytes: &[u8]) -> Result<PlanFile, PlanFileError> {
        let mut zip = ZipArchive::new(Cursor::new(bytes))?;
        if zip.index_for_name(PLAN).is_none() {
            let terraforms = zip.index_for_name("tfplan").is_some();
            return Err(if terraforms { PlanFileError::Terraforms } else { PlanFileError::Foreign });
        }
        let mut left = MOST;
        let json = take(&mut zip, PLAN, &mut left)?;
        let damaged =
            |error: serde_json::Error| PlanFileError::Damaged { entry: PLAN.into(), what: error.to_string() };
        let header: Header = serde_json::from_slice(&json).map_err(damaged)?;
        if header.format > FORMAT {
            return Err(PlanFileError::Newer { version: header.origin.version, format: header.format });
        }
        let document: Document = serde_json::from_slice(&json).map_err(damaged)?;
        let mut sources = Vec::new();
        for (i, name) in document.sources.into_iter().enumerate() {
            let entry = source_entry(i);
            let text = String::from_utf8(take(&mut zip, &entry, &mut left)?)
                .map_err(|error| PlanFileError::Damaged { entry, what: error.to_string() })?;
            sources.push((name, text));
        }
        let plan = Plan::try_from(document.plan)
            .map_err(|what| PlanFileError::Damaged { entry: PLAN.into(), what: what.to_string() })?;
        Ok(PlanFile {
            plan,
            origin: document.origin,
            state_before: take(&mut zip, STATE_BEFORE, &mut left)?,
            state: take(&mut zip, STATE, &mut left)?,
            sources,
        })
    }
}

fn source_entry(index: usize) -> String {
    format!("config/{index}")
}

fn put(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, content: &[u8]) -> Result<(), PlanFileError> {
    let options = SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o600);
    zip.start_file(name, options)?;
    Ok(zip.write_all(content)?)
}

/// The content of an entry, if it is no longer than what is `left` of the bytes that are taken from the whole file.
fn take(zip: &mut ZipArchive<Cursor<&[u8]>>, name: &str, left: &mut u64) -> Result<Vec<u8>, PlanFileError> {
    let damaged = |what: String| PlanFileError::Damaged { entry: name.to_owned(), what };
    let entry = zip.by_name(name).map_err(|error| damaged(error.to_string()))?;
    let mut content = Vec::new();
    entry.take(*left + 1).read_to_end(&mut content).map_err(|error| damaged(error.to_string()))?;
    let what = || damaged(format!("with it, the entries hold more than {MOST} bytes unpacked"));
    *left = left.checked_sub(content.len() as u64).ok_or_else(what)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::base::{Diagnostic, FileId, InstanceAddr, Path, PathStep, Span, Type, Value};
    use crate::plan::{
        Action, CheckKind, CheckObject, CheckResult, CheckStatus, OutputChange, PlanMode, Reason,
        ResourceChange, Step, StepKind,
    };
    use crate::provider::PackageChange;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::NULL),
            Just(Value::null(Type::String)),
            Just(Value::unknown(Type::list(Type::String))),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(Value::number("12345678901234567890.5".parse::<crate::base::Number>().unwrap())),
            "\\PC{0,8}".prop_map(Value::from),
            Just(Value::from("[\"sensitive\",1]")),
        ];
        let tree = leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple),
                prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4)
                    .prop_map(Value::object::<String>),
                prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                    .prop_map(|m| Value::map::<String>(Type::Dynamic, m)),
            ]
        });
        (tree, any::<bool>()).prop_map(|(value, mark)| value.with_sensitive(mark))
    }

    fn action() -> impl Strategy<Value = Action> {
        prop::sample::select(vec![
            Action::NoOp,
            Action::Create,
            Action::Read,
            Action::Update,
            Action::DeleteThenCreate,
            Action::CreateThenDelete,
            Action::Delete,
            Action::Forget,
        ])
    }

    fn addr() -> impl Strategy<Value = InstanceAddr> {
        prop::sample::select(vec!["a.b", "a.b[3]", "module.m[\"k\"].data.a.b[\"x\\\"y\"]"])
            .prop_map(|text| text.parse().unwrap())
    }

    fn path() -> Path {
        Path::from(vec![
            PathStep::Attr("a".into()),
            PathStep::Key("k".into()),
            PathStep::Index(2),
            PathStep::Element(Box::new(Value::from("e"))),
        ])
    }

    fn change() -> impl Strategy<Value = ResourceChange> {
        (addr(), prop::option::of(addr()), action(), value(), value(), any::<bool>(), any::<Vec<u8>>())
            .prop_map(|(addr, previous_addr, action, before, after, flag, bytes)| ResourceChange {
                dependencies: vec![addr.resource.clone()],
                addr,
                previous_addr,
                deposed: flag.then(|| "0123abcd".into()),
                provider: "provider[\"registry.terraform.io/hashicorp/aws\"].west".into(),
                action,
                reason: flag.then_some(Reason::ReplaceBecauseTainted),
                before,
                after,
                replace_paths: vec![path()],
                importing: flag.then(|| "id".into()),
                generated: None,
                private: flag.then(|| Arc::from(bytes)),
                revision: flag.then(|| "r-1".into()),
                package: flag.then(|| PackageChange {
                    path: "fn.zip".into(),
                    sha256: "s".into(),
                    size: 7,
                    deployed: None,
                    files: Some(Vec::new()),
                }),
                create_before_destroy: flag,
                undoes_drift: vec![path()],
            })
    }

    fn plan() -> impl Strategy<Value = Plan> {
        let changes = prop::collection::vec(change(), 0..4);
        (changes, value(), any::<bool>(), any::<u64>()).prop_map(|(changes, value, flag, serial)| {
            let mut plan = Plan::empty(if flag { PlanMode::RefreshOnly } else { PlanMode::Destroy });
            plan.drift = changes.iter().take(1).cloned().collect();
            let step = |at: usize| Step { kind: StepKind::Up, change: at, waits_for: (0..at).collect() };
            plan.steps = (0..changes.len()).map(step).collect();
            plan.changes = changes;
            plan.pins.serial = serial;
            plan.pins.workspace = "default".into();
            plan.outputs = BTreeMap::from([(
                "o".into(),
                OutputChange {
                    action: Action::Update,
                    before: value.clone(),
                    after: Value::TRUE,
                    sensitive: flag,
                },
            )]);
            plan.variables = BTreeMap::from([("v".into(), value)]);
            plan.targets = vec!["module.m".into()];
            plan.excludes = vec!["module.n".into()];
            plan.checks = vec![CheckResult {
                kind: CheckKind::Variable,
                address: "var.v".into(),
                status: CheckStatus::Unknown,
                objects: vec![CheckObject {
                    address: "var.v".into(),
                    status: CheckStatus::Fail,
                    failures: vec!["no".into()],
                }],
            }];
            plan.relevant = vec![("a.b".parse().unwrap(), path())];
            plan.timestamp = "2026-11-23T06:29:00.123456789Z".parse().unwrap();
            plan.errored = flag;
            plan.problems.push(
                Diagnostic::warning("Summary", "Detail.")
                    .at(Span { file: FileId(0), start: 1, end: 4 })
                    .within("resource \"a\" \"b\"")
                    .of(&"a.b".parse().unwrap())
                    .on(path())
                    .with_value("var.v", "is 1"),
            );
            plan
        })
    }

    fn file(plan: Plan) -> PlanFile {
        let sources = [("main.tf", "# é\n"), ("../shared/x.tf", "")];
        let sources = sources.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        PlanFile {
            plan,
            origin: Origin { version: "0.1.0".into(), local: true, state: Some("other.tfstate".into()) },
            state_before: b"{}".to_vec(),
            state: b"{ }".to_vec(),
            sources,
        }
    }

    /// Every field with its marks: `Debug` redacts, so what is secret is compared by its encoding.
    fn fields(plan: &Plan) -> (String, Vec<crate::base::Value>) {
        let changes = plan.changes.iter().chain(&plan.drift);
        let outputs = plan.outputs.values().flat_map(|o| [&o.before, &o.after]);
        let values =
            changes.flat_map(|c| [&c.before, &c.after]).chain(outputs).chain(plan.variables.values());
        (format!("{plan:?}"), values.cloned().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn decoding_gives_back_what_was_encoded(plan in plan()) {
            let before = file(plan);
            let bytes = before.encode().unwrap();
            let after = PlanFile::decode(&bytes).unwrap();
            prop_assert_eq!(fields(&after.plan), fields(&before.plan));
            prop_assert_eq!(&after.origin, &before.origin);
            prop_assert_eq!((&after.state_before, &after.state), (&before.state_before, &before.state));
            prop_assert_eq!(&after.sources, &before.sources);
            prop_assert_eq!(after.encode().unwrap(), bytes);
        }

        #[test]
        fn damaged_bytes_are_refused_or_read_but_never_panic(at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
            let mut bytes = file(Plan::empty(PlanMode::Normal)).encode().unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if cut {
                bytes.truncate(at);
                prop_assert!(PlanFile::decode(&bytes).is_err());
            } else {
                PlanFile::decode(&bytes).ok();
            }
        }
    }

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            put(&mut zip, name, content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn step(kind: StepKind, change: usize, waits_for: &[usize]) -> Step {
        Step { kind, change, waits_for: waits_for.to_vec() }
    }

    fn with_steps(steps: Vec<Step>) -> Vec<u8> {
        file(Plan { steps, ..Plan::empty(PlanMode::Normal) }).encode().unwrap()
    }

    #[test]
    fn what_is_no_plan_of_ours_is_named() {
        let newer = br#"{"format":99,"origin":{"version":"9.0.0"}}"#;
        for (bytes, says) in [
            (b"resource".to_vec(), "not a zip"),
            (Vec::new(), "not a zip"),
            (zip(&[("index.js", b"")]), "not one that holds a plan"),
            (zip(&[("tfplan", b""), ("tfstate", b"")]), "Terraform"),
            (zip(&[(PLAN, newer)]), "lambdaform 9.0.0"),
            (zip(&[(PLAN, b"{}")]), "plan.json is damaged"),
            (zip(&[(PLAN, &b" ".repeat(MOST as usize + 1))]), "more than 536870912 bytes"),
            (with_steps(vec![step(StepKind::Up, 0, &[])]), "step 0"),
            (with_steps(vec![step(StepKind::Join, 0, &[0])]), "step 0"),
        ] {
            let error = PlanFile::decode(&bytes).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
