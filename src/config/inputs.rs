//! The values given to the root module's variables, by precedence, unevaluated.
//! Reads no environment and no arguments itself: both are handed in.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::decode::Decoder;
use super::suggest::nearest;
use super::{Config, Expr, Module, TypeConstraint, Variable, parse_expression};
use crate::base::{Diagnostic, Diagnostics, Name, Sources, Span};

/// The prefix of environment variables that give values to variables.
pub(super) const ENVIRONMENT_PREFIX: &str = "TF_VAR_";

/// A command-line argument that gives values to variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputArgument {
    /// `-var name=value`, as given.
    Var(String),
    /// `-var-file path`, as given: relative to the working directory.
    VarFile(PathBuf),
}

/// A value for a variable, and who gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The value.
    pub value: InputValue,
    /// Where it comes from.
    pub origin: InputOrigin,
}

/// A value as it was given. `Debug` does not show it: it may be a secret.
#[derive(Clone, PartialEq)]
pub enum InputValue {
    /// An expression: constant, checked.
    Expr(Expr),
    /// Text that is the value itself, to be converted to the variable's type.
    Literal(String),
    /// A value of a JSON file, where strings are no templates.
    Json(serde_json::Value),
}

impl fmt::Debug for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InputValue::Expr(_) => "Expr(…)",
            InputValue::Literal(_) => "Literal(…)",
            InputValue::Json(_) => "Json(…)",
        })
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputOrigin {
    /// The environment variable `TF_VAR_…`.
    Environment,
    /// A variables file, and where in it; JSON has no places.
    File(Name, Option<Span>),
    /// `-var`
    CommandLine,
}

impl InputOrigin {
    /// For a sentence about the value of a variable: "from the environment variable TF_VAR_x".
    pub fn describe(&self, variable: &str) -> String {
        match self {
            InputOrigin::Environment => {
                format!("from the environment variable {ENVIRONMENT_PREFIX}{variable}")
            }
            InputOrigin::File(file, _) => format!("from the file {file}"),
            InputOrigin::CommandLine => "from the command line".into(),
        }
    }

    /// Where it was written, if that is a file with places.
    pub fn span(&self) -> Option<Span> {
        match self {
            InputOrigin::File(_, span) => *span,
            _ => None,
        }
    }
}

/// Gathers what is given for the variables of the root module. Later sources win over earlier ones: the environment,
/// `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars[.json]` in the order of their names, then `-var` and
/// `-var-file` in the order given.
///
/// The variables files are read from the module's directory and added to the configuration's sources. A variable for
/// which nothing is given has no entry.
pub fn collect_inputs(
    config: &mut Config,
    environment: impl IntoIterator<Item = (String, String)>,
    arguments: &[InputArgument],
) -> (BTreeMap<Name, Input>, Diagnostics) {
    let Config { root, sources, .. } = config;
    let mut collector =
        Collector { module: &*root, sources, inputs: BTreeMap::new(), problems: Diagnostics::new() };
    for (name, text) in environment {
        if let Some(name) = name.strip_prefix(ENVIRONMENT_PREFIX)
            && let Some(variable) = root.variables.get(name)
        {
            collector.text(variable, text, InputOrigin::Environment);
        }
    }
    for file in automatic_files(&root.dir, &mut collector.problems) {
        collector.file(&root.dir.join(&file), &file);
    }
    for argument in arguments {
        match argument {
            InputArgument::Var(text) => collector.var(text),
            InputArgument::VarFile(path) => collector.named_file(path),
        }
    }
    (collector.inputs, collector.problems)
}

/// The variables files of a directory that are read unasked, in order.
fn automatic_files(dir: &Path, problems: &mut Diagnostics) -> Vec<String> {
    let mut automatic = Vec::new();
    match std::fs::read_dir(dir) {
        Ok(entries) => {
            let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
            automatic
                .extend(names.filter(|n| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json")));
            automatic.sort();
        }
        // A configuration from a snapshot has no directory.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let detail =
                format!("The directory {} cannot be searched for variables files: {error}.", dir.display());
            problems.push(Diagnostic::error("Failed to read module directory", detail));
        }
    }
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"];
    fixed.into_iter().filter(|name| dir.join(name).exists()).map(str::to_owned).chain(automatic).collect()
}

/// What has been given so far.
pub(super) struct Collector<'a> {
    pub(super) module: &'a Module,
    pub(super) sources: &'a mut Sources,
    pub(super) inputs: BTreeMap<Name, Input>,
    pub(super) problems: Diagnostics,
}

impl Collector<'_> {
    /// `-var name=value`
    fn var(&mut self, argument: &str) {
        let Some((name, value)) = argument.split_once('=') else {
            self.problems.push(Diagnostic::error(
                "Invalid -var option",
                format!(
                    "The given -var option {argument:?} is not correctly specified. It must be a variable name and \
                     value separated by an equals sign, like -var=\"key=value\"."
                ),
            ));
            return;
        };
        if name != name.trim() {
            self.problems.push(Diagnostic::error(
                "Invalid -var option",
                format!(
                    "The variable name {name:?} is invalid due to the spaces around it. Leave no space before the \
                     equals sign."
                ),
            ));
            return;
        }
        let module = self.module;
        match module.variables.get(name) {
            Some(variable) => self.text(variable, value.to_owned(), InputOrigin::CommandLine),
            None => {
                let hint = self.hint(name);
                self.problems.push(Diagnostic::error(
                    "Value for undeclared variable",
                    format!(
                        "A variable named {name:?} was assigned on the command line, but the root module does not \
                         declare a variable of that name.{hint} To use this value, add a \"variable\" block to the \
                         configuration."
                    ),
                ));
            }
        }
    }

    /// The declared variable that somebody may have meant.
    pub(super) fn hint(&self, name: &str) -> String {
        nearest(name, self.module.variables.keys().map(|k| &**k))
            .map_or(String::new(), |near| format!(" Did you mean {near:?}?"))
    }

    /// Text from outside: itself for a plain type, an expression for any other.
    fn text(&mut self, variable: &Variable, text: String, origin: InputOrigin) {
        let plain =
            matches!(variable.ty, TypeConstraint::String | TypeConstraint::Number | TypeConstraint::Bool);
        if plain || !variable.has_type {
            self.inputs.insert(variable.name.clone(), Input { value: InputValue::Literal(text), origin });
            return;
        }
        let name = &variable.name;
        let source = format!("<value for var.{name} {}>", origin.describe(name));
        let parsed = parse_expression(&text, self.sources, &source);
        let found = match parsed {
            Ok(expr) => match constant_problems(&expr) {
                problems if problems.is_empty() => {
                    self.inputs.insert(name.clone(), Input { value: InputValue::Expr(expr), origin });
                    return;
                }
                problems => problems,
            },
            Err(problems) => problems,
        };
        for mut problem in found {
            problem.detail = format!(
                "The value for var.{name} {} is no valid expression of the variable's type. {}",
                origin.describe(name),
                problem.detail
            );
            if variable.is_secret() {
                // The place would show the text.
                problem.span = None;
                problem.detail = format!(
                    "The value for var.{name} {} is no valid expression of the variable's type.",
                    origin.describe(name)
                );
            }
            self.problems.push(problem);
        }
    }
}

/// What keeps an expression from being a constant.
pub(super) fn constant_problems(expr: &Expr) -> Diagnostics {
    let sources = Sources::default();
    let mut decoder = Decoder {
        sources: &sources,
        problems: Diagnostics::new(),
        context: None,
        templates: Default::default(),
    };
    decoder.check_constant(expr);
    decoder.problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::shown::show;

    const VARIABLES: &str = r#"
variable "s" { type = string }
variable "u" {}
variable "l" { type = list(string) }
variable "a" { type = any }
variable "p" {
  type      = list(string)
  sensitive = true
}
"#;

    struct Given {
        files: &'static [(&'static str, &'static str)],
        environment: &'static [(&'static str, &'static str)],
        arguments: &'static [&'static str],
    }

    const NOTHING: Given = Given { files: &[], environment: &[], arguments: &[] };

    /// The inputs, one a line, then the problems.
    fn collect(given: &Given) -> String {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in given.files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let files = vec![("main.tf".to_owned(), VARIABLES.to_owned())];
        let (mut config, problems) = crate::config::load_sources(dir.path(), files);
        assert!(problems.is_empty(), "{problems:?}");
        let environment = given.environment.iter().map(|(n, v)| (n.to_string(), v.to_string()));
        let arguments: Vec<_> = given
            .arguments
            .iter()
            .map(|text| match text.strip_prefix('@') {
                Some(file) => InputArgument::VarFile(dir.path().join(file)),
                None => InputArgument::Var(text.to_string()),
            })
            .collect();
        let (inputs, problems) = collect_inputs(&mut config, environment, &arguments);
        let mut out: Vec<String> = Vec::new();
        for (name, input) in &inputs {
            let value = match &input.value {
                InputValue::Expr(e) => show(e),
                InputValue::Literal(text) => format!("={text}"),
                InputValue::Json(value) => format!("json {value}"),
            };
            out.push(format!("{name}: {value}"));
        }
        for problem in &problems {
            let shown = problem.span.map_or(String::new(), |s| format!(" at {}", config.sources.text(s)));
            out.push(format!("{:?}: {}{shown}", problem.severity, problem.summary));
        }
        assert!(!format!("{inputs:?}").contains("secret"), "Debug shows no value");
        out.join("\n")
    }

    #[test]
    fn later_sources_win() {
        let environment = &[("TF_VAR_s", "env"), ("TF_VAR_zz", "ignored"), ("s", "no")];
        let mut files = vec![];
        let mut check = |file: Option<(&'static str, &'static str)>, arguments, expected: &str| {
            files.extend(file);
            let files = files.clone().leak();
            assert_eq!(collect(&Given { files, environment, arguments }), expected);
        };
        check(None, &[], "s: =env");
        check(Some(("terraform.tfvars", "s = \"tfvars\"")), &[], "s: \"tfvars\"");
        check(Some(("terraform.tfvars.json", r#"{"s": "json"}"#)), &[], "s: json \"json\"");
        check(Some(("a.auto.tfvars", "s = \"auto\"")), &[], "s: \"auto\"");
        check(Some(("b.auto.tfvars.json", r#"{"s": "auto json"}"#)), &[], "s: json \"auto json\"");
        check(Some(("other.tfvars", "s = \"file\"\n")), &["s=var", "@other.tfvars"], "s: \"file\"");
        check(None, &["@other.tfvars", "s=var=1"], "s: =var=1");
    }

    #[test]
    fn text_is_literal_or_an_expression_by_the_variable() {
        let environment = &[("TF_VAR_u", "[1]"), ("TF_VAR_l", "[\"a\"]"), ("TF_VAR_a", "{x = 1}")];
        let expected = "a: {x=1}\nl: [\"a\"]\nu: =[1]";
        assert_eq!(collect(&Given { environment, ..NOTHING }), expected);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let undeclared = "Value for undeclared variable";
        for (files, environment, arguments, expected) in [
            (&[("terraform.tfvars", "\u{feff}zz = 1")][..], &[][..], &[][..], format!("Warning: {undeclared} at zz")),
            (&[("terraform.tfvars.json", r#"{"zz": 1, "//": 2}"#)], &[], &[], format!("Warning: {undeclared}")),
            (&[], &[], &["zz=1"], format!("Error: {undeclared}")),
            (&[], &[], &["s"], "Error: Invalid -var option".into()),
            (&[], &[], &["s =1"], "Error: Invalid -var option".into()),
            (&[], &[], &["@missing.tfvars"], "Error: Failed to read variables file".into()),
            (&[("terraform.tfvars.json", "[1]")], &[], &[], "Error: Invalid JSON variables file".into()),
            (
                &[("terraform.tfvars.json", r#"{"s": 1, "s": 2}"#)],
                &[],
                &[],
                "s: json 1\nError: Duplicate attribute definition".into(),
            ),
            (&[("terraform.tfvars.json", "{")], &[], &[], "Error: Invalid JSON variables file".into()),
            (&[("terraform.tfvars", "s = var.x")], &[], &[], "Error: Variables not allowed at var".into()),
            (&[("terraform.tfvars", "s = upper(\"x\")")], &[], &[], "Error: Function calls not allowed at upper".into()),
            (
                &[("terraform.tfvars", "variable \"s\" {}\nfoo {}")],
                &[],
                &[],
                "Error: Variable declaration in .tfvars file at variable \"s\"\nError: Unexpected block at foo".into(),
            ),
            (&[], &[("TF_VAR_l", "[x]")], &[], "Error: Variables not allowed at x".into()),
            (&[], &[("TF_VAR_l", "[")], &[], "Error: Unterminated constructor expression at [".into()),
            (&[], &[("TF_VAR_p", "[secret")], &[], "Error: Unterminated constructor expression".into()),
        ] {
            assert_eq!(collect(&Given { files, environment, arguments }), expected);
        }
    }

    #[test]
    fn an_origin_can_be_told() {
        assert_eq!(InputOrigin::Environment.describe("x"), "from the environment variable TF_VAR_x");
        assert_eq!(InputOrigin::File("a.tfvars".into(), None).describe("x"), "from the file a.tfvars");
        assert_eq!(InputOrigin::CommandLine.describe("x"), "from the command line");
    }
}
