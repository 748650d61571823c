//! `terraform_remote_state`: the outputs of another configuration, read from where it keeps its state.
//! Knows no more of a state file than its outputs. The rules were observed by running Terraform 1.11.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Name, Value, json};
use crate::provider::{BoxFuture, DataType, Environment};
use crate::providers::aws::backend as s3;
use crate::schema::{AttrType, Attribute, Block, Schema, conform};

/// The type.
pub(super) static TYPE: DataType = DataType {
    name: "terraform_remote_state",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("backend").required(),
                Attribute::of("config", AttrType::Dynamic),
                Attribute::of("defaults", AttrType::Dynamic),
                Attribute::of("outputs", AttrType::Dynamic).computed().bare(),
                Attribute::string("workspace"),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// What is stored for a workspace, by the backend's configuration; `None` if nothing is.
type Read =
    for<'a> fn(&'a Value, &'a str, &'a Environment) -> BoxFuture<'a, Result<Option<Vec<u8>>, Diagnostics>>;

/// A backend that can be read.
struct Backend {
    name: &'static str,
    read: Read,
    /// Where it looks, for people.
    place: fn(&Value, &str) -> String,
}

/// All of them.
static BACKENDS: &[Backend] = &[
    Backend {
        name: "local",
        read: |config, workspace, _| Box::pin(async move { local(config, workspace) }),
        place: |config, workspace| local_path(config, workspace).display().to_string(),
    },
    Backend {
        name: "s3",
        read: |config, workspace, environment| Box::pin(s3::read(config, workspace, environment)),
        place: s3::place,
    },
];

/// What the `local` backend is configured with.
const LOCAL: Block =
    Block { attributes: &[Attribute::string("path"), Attribute::string("workspace_dir")], blocks: &[] };

/// The other backends of Terraform, so that their names are no typing errors.
const OTHERS: &[&str] =
    &["azurerm", "consul", "cos", "gcs", "http", "kubernetes", "oss", "pg", "remote", "cloud"];

/// What is wrong with a configuration, as far as it is known.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let Some(name) = config.get("backend").and_then(Value::as_str) else { return Diagnostics::new() };
    let mut problems: Diagnostics = backend(name).map(|_| Diagnostics::new()).unwrap_or_else(Into::into);
    for name in ["config", "defaults"] {
        let given = config.get(name).filter(|value| !value.is_null() && !value.is_unknown());
        if given.is_some_and(|value| value.as_entries().is_none()) {
            problems.push(
                Diagnostic::error(
                    "Object required",
                    format!("{name:?} is an object: {name} = {{ … }}. The value is of another type."),
                )
                .on(name),
            );
        }
    }
    problems
}

/// Reads the outputs.
///
/// # Errors
/// A backend that cannot be read here; no state, or one that cannot be understood.
pub(super) async fn read(config: &Value, environment: &Environment) -> Result<Value, Diagnostics> {
    let name = config.get("backend").and_then(Value::as_str).unwrap_or_default();
    let backend = backend(name)?;
    let workspace = config.get("workspace").and_then(Value::as_str).unwrap_or("default");
    let arguments = config.get("config").unwrap_or(&Value::NULL);
    let content = (backend.read)(arguments, workspace, environment).await?;
    // A state file is there and empty while somebody has the lock of a state that was never written.
    let Some(content) = content.filter(|content| !content.iter().all(u8::is_ascii_whitespace)) else {
        return Err(Diagnostic::error(
            "Remote state not found",
            format!(
                "The {name:?} backend has no state for the workspace {workspace:?}: there is nothing at {}. Apply the \
                 configuration whose outputs are wanted first, or correct config and workspace.",
                (backend.place)(arguments, workspace)
            ),
        )
        .into());
    };
    let defaults = config.get("defaults").and_then(Value::as_entries).cloned().unwrap_or_default();
    Ok(config.with_attr("outputs", Value::object(defaults.into_iter().chain(outputs_of(&content)?))))
}

fn backend(name: &str) -> Result<&'static Backend, Diagnostic> {
    if let Some(backend) = BACKENDS.iter().find(|backend| backend.name == name) {
        return Ok(backend);
    }
    let readable: Vec<String> = BACKENDS.iter().map(|backend| format!("{:?}", backend.name)).collect();
    let readable = readable.join(" and ");
    let problem = match OTHERS.contains(&name) {
        true => Diagnostic::error(
            "Backend not supported",
            format!(
                "lambdaform reads remote state from the backends {readable}, and not from {name:?}. To use the outputs all \
                 the same, let Terraform write them in the other configuration's directory (terraform output -json > \
                 outputs.json) and read that file with jsondecode(file(\"outputs.json\"))."
            ),
        ),
        false => Diagnostic::error(
            "Unknown backend",
            format!(
                "There is no backend of the type {name:?}. lambdaform reads remote state from {readable}."
            ),
        ),
    };
    Err(problem.on("backend"))
}

/// Where the `local` backend keeps a workspace's state, and what is there.
fn local(config: &Value, workspace: &str) -> Result<Option<Vec<u8>>, Diagnostics> {
    let unknown = config.as_entries().into_iter().flat_map(|entries| entries.keys());
    let unknown = unknown.filter(|name| LOCAL.attribute(name).is_none());
    let mut problems: Diagnostics = unknown
        .map(|name| {
            let hint = did_you_mean(name, LOCAL.names());
            let detail = format!("The local backend has no argument named {name:?}.{hint}");
            Diagnostic::error("Unsupported argument", detail)
        })
        .collect();
    problems.extend(conform(&LOCAL, config).1);
    if problems.has_errors() {
        // They are about parts of the one argument that holds them all.
        return Err(problems.map(|problem| Diagnostic { path: None, ..problem }.on("config")));
    }
    let path = local_path(config, workspace);
    match crate::base::file::read(&path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Diagnostic::error(
            "Remote state not readable",
            format!("The state {} cannot be read: {error}.", path.display()),
        )
        .into()),
    }
}

fn local_path(config: &Value, workspace: &str) -> PathBuf {
    const FILE: &str = "terraform.tfstate";
    let (config, _) = conform(&LOCAL, config);
    let text = |name: &str| config.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match workspace {
        "" | "default" => PathBuf::from(text("path").unwrap_or(FILE)),
        other => Path::new(text("workspace_dir").unwrap_or("terraform.tfstate.d")).join(other).join(FILE),
    }
}

/// The part of a state file that others may read.
#[derive(Deserialize)]
struct State {
    version: u64,
    #[serde(default)]
    outputs: std::collections::BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    value: Json,
    #[serde(rename = "type")]
    ty: Json,
    #[serde(default)]
    sensitive: bool,
}

/// The outputs in a state file. Those that are sensitive are shown nowhere; what refers to them sees no secret, as in
/// Terraform.
fn outputs_of(content: &[u8]) -> Result<Vec<(Name, Value)>, Diagnostics> {
    let unreadable = |what: String| {
        Diagnostics::from(Diagnostic::error(
            "Remote state not readable",
            format!("The remote state cannot be understood: {what}."),
        ))
    };
    // What serde says may quote the content, and outputs may be secrets; where it stopped is enough.
    let at = |error: serde_json::Error| {
        unreadable(format!("it is no state file from line {}, column {} on", error.line(), error.column()))
    };
    let state: State = serde_json::from_slice(content).map_err(at)?;
    if state.version != 4 {
        return Err(unreadable(format!(
            "it has the format {}, and the format 4 of Terraform 0.12 and later is read. Let a recent Terraform apply \
             there once",
            state.version
        )));
    }
    let output = |(name, output): (String, Output)| {
        let ty = json::type_from_json(&output.ty);
        let value = ty.and_then(|ty| json::from_json(&output.value, &ty).ok());
        let value =
            value.ok_or_else(|| unreadable(format!("the output {name:?} does not have its own type")))?;
        Ok((Name::from(name.as_str()), value.with_sensitive(output.sensitive)))
    };
    state.outputs.into_iter().map(output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Value {
        json::implied_value(&serde_json::from_str(text).unwrap()).unwrap()
    }

    fn read_now(config: &Value) -> Result<Value, Diagnostics> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read(config, &Environment::default()))
    }

    const STATE: &str = r#"{"version": 4, "serial": 3, "outputs": {
        "arn": {"value": "a", "type": "string"},
        "list": {"value": ["x", 1], "type": ["tuple", ["string", "number"]]},
        "secret": {"value": "s", "type": "string", "sensitive": true}}, "resources": []}"#;

    #[test]
    fn outputs_of_a_local_state() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("there.tfstate");
        std::fs::write(&path, STATE).unwrap();
        let config = Value::object([
            ("backend", Value::from("local")),
            ("config", Value::object([("path", Value::from(path.to_str().unwrap()))])),
            ("defaults", object(r#"{"arn": "default", "other": "default"}"#)),
            ("outputs", Value::DYNAMIC),
            ("workspace", Value::NULL),
        ]);
        let found = read_now(&config).ok().unwrap();
        let outputs = found.get("outputs").unwrap();
        assert_eq!(outputs.get("arn"), Some(&Value::from("a")));
        assert_eq!(outputs.get("other"), Some(&Value::from("default")));
        assert!(outputs.get("secret").unwrap().is_sensitive());
        assert!(found.is_wholly_known());
        let missing = config.with_attr("workspace", Value::from("dev"));
        let said = read_now(&missing).unwrap_err();
        assert_eq!(said.iter().next().unwrap().summary, "Remote state not found");
        for (content, says) in [("", "nothing at"), ("{", "line 1"), (r#"{"version": 3}"#, "format 3")] {
            std::fs::write(&path, content).unwrap();
            let said = read_now(&config).unwrap_err();
            assert!(said.iter().next().unwrap().detail.contains(says), "{said:?}");
        }
    }

    #[test]
    fn arguments_that_the_local_backend_does_not_have_are_refused() {
        for (given, says) in [
            (r#"{"pth": "a.tfstate"}"#, "\"path\""),
            (r#"{"path": ["a.tfstate"]}"#, "string"),
            (r#"{"path": "/nowhere/a.tfstate"}"#, "nothing at /nowhere/a.tfstate"),
            (r#"{"path": 3}"#, "nothing at 3"),
        ] {
            let config = Value::object([("backend", Value::from("local")), ("config", object(given))]);
            let said = read_now(&config).unwrap_err();
            assert!(said.iter().next().unwrap().detail.contains(says), "{given}: {said:?}");
        }
    }

    #[test]
    fn workspaces_have_files_of_their_own() {
        for (config, workspace, path) in [
            ("{}", "default", "terraform.tfstate"),
            (r#"{"path": "a.tfstate"}"#, "default", "a.tfstate"),
            (r#"{"path": "a.tfstate"}"#, "dev", "terraform.tfstate.d/dev/terraform.tfstate"),
            (r#"{"workspace_dir": "w"}"#, "dev", "w/dev/terraform.tfstate"),
        ] {
            assert_eq!(local_path(&object(config), workspace), Path::new(path));
        }
    }

    #[test]
    fn other_backends_are_refused_by_name() {
        for (name, summary) in
            [("gcs", Some("Backend not supported")), ("s4", Some("Unknown backend")), ("s3", None)]
        {
            let config = Value::object([("backend", Value::from(name))]);
            let said = validate(&config);
            assert_eq!(said.iter().next().map(|problem| problem.summary.as_str()), summary, "{name}");
        }
    }
}
