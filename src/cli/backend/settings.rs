//! `Settings`: what a backend's arguments say, whoever gave them: the block, `-backend-config`, or an earlier `init`.
//! Does no IO; knows nothing of states.

use std::path::Path;

use flate2::Crc;

use crate::base::{Diagnostic, Diagnostics, Name, PathStep, Value};
use crate::config::{Backend, Body};
use crate::lang::{self, Context, FunctionEnv, Reference, Scope};
use crate::providers::aws::backend as s3;
use crate::schema::{self, Attribute, Block};
use crate::state::local::Layout;

use super::super::early;
use super::refused;

/// The backends there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files.
    Local,
    /// A bucket.
    S3,
}

/// The arguments of `backend "local"`.
static LOCAL: Block =
    Block { attributes: &[Attribute::string("path"), Attribute::string("workspace_dir")], blocks: &[] };

impl Kind {
    /// By its name in configuration.
    pub fn named(name: &str) -> Option<Kind> {
        [Kind::Local, Kind::S3].into_iter().find(|kind| kind.name() == name)
    }

    /// Its name in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Local => "local",
            Kind::S3 => "s3",
        }
    }

    /// Its arguments.
    pub fn block(self) -> &'static Block {
        match self {
            Kind::Local => &LOCAL,
            Kind::S3 => &s3::ARGUMENTS,
        }
    }

    /// Arguments as they are declared: converted, and every one there.
    pub fn conformed(self, arguments: &Value) -> (Value, Diagnostics) {
        match self {
            Kind::Local => schema::conform(&LOCAL, arguments),
            Kind::S3 => s3::conformed(arguments),
        }
    }
}

/// A backend with its arguments, all of which are known.
#[derive(Clone, PartialEq)]
pub struct Settings {
    /// Which.
    pub kind: Kind,
    /// The arguments, as [`Kind::conformed`] gives them.
    pub arguments: Value,
}

impl Settings {
    /// What holds without a block.
    pub fn default_files() -> Settings {
        Settings { kind: Kind::Local, arguments: Kind::Local.conformed(&Value::object::<&str>([])).0 }
    }

    /// Whether the states are where they are without a block.
    pub fn is_default_files(&self) -> bool {
        self.kind == Kind::Local && self.layout() == Layout::new(Path::new(""), None, None)
    }

    /// What a block says by itself. What it lacks may come from elsewhere: [`Settings::complete`] asks for that.
    ///
    /// # Errors
    /// For a backend that is not there, arguments it does not have, or values of another type.
    pub fn written(backend: &Backend) -> Result<Settings, Diagnostics> {
        let kind = Kind::named(&backend.type_name)
            .ok_or_else(|| refused::backend(&backend.type_name).at(backend.span))?;
        let (given, mut problems) = constants(kind, &backend.body);
        let (arguments, more) = kind.conformed(&given);
        problems.extend(more);
        let settings = Settings { kind, arguments };
        match problems.has_errors() {
            true => Err(located(problems, kind, Some(backend))),
            false => Ok(settings),
        }
    }

    /// Makes sure that nothing is missing or at odds. The places of the problems are those in the block, if it has the
    /// argument.
    ///
    /// # Errors
    /// What is wrong.
    pub fn complete(self, backend: Option<&Backend>) -> Result<Settings, Diagnostics> {
        let problems = match self.kind {
            Kind::Local => Diagnostics::new(),
            Kind::S3 => s3::check(&self.arguments),
        };
        if problems.has_errors() { Err(located(problems, self.kind, backend)) } else { Ok(self) }
    }

    /// The number by which Terraform tells that a block has changed: a checksum of all arguments in their order.
    pub fn hash(&self) -> u32 {
        let described = Value::tuple([Value::text(self.kind.name()), self.arguments.clone()]);
        let mut sum = Crc::new();
        sum.update(described.fingerprint().as_bytes());
        sum.sum()
    }

    /// Where the files of the `local` backend are.
    pub fn layout(&self) -> Layout {
        let text =
            |name: &str| self.arguments.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        Layout::new(Path::new(""), text("path"), text("workspace_dir"))
    }
}

/// The value of a body of constants: what is not there is left out.
pub fn constants(kind: Kind, body: &Body) -> (Value, Diagnostics) {
    let env = FunctionEnv::default();
    let (value, problems) = lang::evaluate_body(body, kind.block(), &Context { scope: &Nothing, env: &env });
    let unknown = |problem: Diagnostic| {
        // The same words, with more to go on where the argument was there once.
        let name = body.attributes.iter().find(|attribute| problem.span == Some(attribute.name_span));
        match name {
            Some(attribute) if kind == Kind::S3 && kind.block().attribute(&attribute.name).is_none() => {
                s3::unknown(&attribute.name).at(attribute.name_span)
            }
            _ => problem,
        }
    };
    (value, problems.map(unknown))
}

/// The problems with their places: the argument, or the block's header, which shows no secret, where it has none.
fn located(problems: Diagnostics, kind: Kind, backend: Option<&Backend>) -> Diagnostics {
    let Some(backend) = backend else { return problems };
    problems.map(|problem| {
        let name = problem.path.as_ref().and_then(|path| match path.steps().first() {
            Some(PathStep::Attr(name)) => Some(name.clone()),
            _ => None,
        });
        let secret = |name: &Name| kind.block().attribute(name).is_some_and(|attribute| attribute.sensitive);
        let written = name.filter(|name| !secret(name)).and_then(|name| backend.body.attribute(&name));
        problem.at(written.map_or(backend.span, |attribute| attribute.expr.span))
    })
}

/// What is wrong with the backend block of a configuration by itself.
pub fn check(backend: Option<&Backend>) -> Diagnostics {
    backend.and_then(|backend| Settings::written(&early::without_computed(backend)).err()).unwrap_or_default()
}

/// A world without names.
pub struct Nothing;

impl Scope for Nothing {
    fn resolve(&self, _: &Reference) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error(
            "Variables not allowed",
            "Arguments of a backend are read before anything else, so this must be a value without any reference.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json;

    #[test]
    fn the_hash_is_terraforms() {
        // What `terraform init` of 1.11.4 kept for these arguments.
        for (kind, text, hash) in [
            (
                Kind::S3,
                r#"{"bucket": "state-bucket", "key": "a/terraform.tfstate", "region": "us-east-1", "use_path_style": true,
                    "use_lockfile": true, "dynamodb_table": "locks", "encrypt": true, "skip_credentials_validation": true}"#,
                2_506_552_831,
            ),
            (
                Kind::S3,
                r#"{"bucket": "state-bucket", "use_path_style": true, "use_lockfile": true}"#,
                1_756_778_448,
            ),
            (
                Kind::S3,
                r#"{"bucket": "state-bucket", "use_path_style": true, "key": "x", "max_retries": 3,
                    "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/x", "tags": {"a": "b"},
                        "policy_arns": ["arn:aws:iam::aws:policy/x"], "duration": "1h"},
                    "assume_role_with_web_identity": {"role_arn": "arn:aws:iam::123456789012:role/x",
                        "web_identity_token": "xxxxxxxx"},
                    "endpoints": {"s3": "http://127.0.0.1:15998"}, "allowed_account_ids": ["123456789012"]}"#,
                1_391_742_099,
            ),
            (Kind::Local, "{}", 666_019_178),
        ] {
            let given = json::implied_value(&serde_json::from_str(text).unwrap()).unwrap();
            let (arguments, problems) = kind.conformed(&given);
            assert!(problems.is_empty(), "{problems:?}");
            assert_eq!(Settings { kind, arguments }.hash(), hash, "{text}");
        }
    }
}
