//! The `backend` block before anything is planned: arguments made of variables, local values and functions become
//! constants, as in OpenTofu.
//! Knows nothing of what a backend takes.

use std::cell::RefCell;

use crate::base::{Diagnostic, Diagnostics, Kind, Name, Span, Value, json};
use crate::config::{Backend, Config, Expr, ExprKind, InputValue, Module, ObjectKey};
use crate::lang::{self, Context, FunctionEnv, Reference, Scope};

use super::error::CommandError;
use super::session::Session;
use super::variables::Inputs;

/// The backend of a configuration, its arguments evaluated.
///
/// # Errors
/// For an argument that has no value yet, or one that is secret: the place of the state is kept in clear.
pub fn backend(session: &Session, config: &Config, inputs: &Inputs) -> Result<Option<Backend>, CommandError> {
    let Some(backend) = &config.root.backend else { return Ok(None) };
    let env = FunctionEnv { base_dir: ".".into(), cwd: session.cwd.clone(), ..FunctionEnv::default() };
    let workspace = session.workspace()?;
    let module = &*config.root;
    let names = Names { module, inputs, workspace: &workspace, env: &env, within: RefCell::default() };
    evaluated(backend, &names)
        .map(Some)
        .map_err(|problems| CommandError::Problems(problems, config.sources.clone()))
}

/// Whether variables must be known before the backend is.
pub fn is_computed(backend: &Backend) -> bool {
    backend.body.attributes.iter().any(|attribute| !is_constant(&attribute.expr))
}

/// The backend without the arguments that only evaluation can tell, for checking it without values.
pub fn without_computed(backend: &Backend) -> Backend {
    let mut known = backend.clone();
    known.body.attributes.retain(|attribute| is_constant(&attribute.expr));
    known
}

/// Whether an expression is written out.
fn is_constant(expr: &Expr) -> bool {
    let mut constant = !matches!(
        expr.kind,
        ExprKind::Variable(_) | ExprKind::Call(_) | ExprKind::Template(_) | ExprKind::TemplateWrap(_)
    );
    expr.for_each_child(&mut |part| constant = constant && is_constant(part));
    constant
}

fn evaluated(backend: &Backend, names: &Names<'_>) -> Result<Backend, Diagnostics> {
    let mut backend = backend.clone();
    let mut problems = Diagnostics::new();
    for attribute in &mut backend.body.attributes {
        if is_constant(&attribute.expr) {
            continue;
        }
        let span = attribute.expr.span;
        let Some(value) = problems.take(names.evaluate(&attribute.expr)) else { continue };
        let (value, secret) = value.unmark_deep();
        if secret {
            let detail = format!(
                "The argument {:?} of a backend is kept in clear beside the state, so it cannot be a sensitive value. \
                 Give secrets by the environment variables of the backend.",
                &*attribute.name
            );
            problems.push(Diagnostic::error("Sensitive value in backend configuration", detail).at(span));
            continue;
        }
        match written(&value, span) {
            Some(expr) => attribute.expr = expr,
            None => {
                let detail = format!(
                    "The argument {:?} of a backend is needed before anything is planned, so it cannot depend on what is \
                     known only later.",
                    &*attribute.name
                );
                problems.push(Diagnostic::error("Unknown value in backend configuration", detail).at(span));
            }
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(backend) }
}

/// A value as a constant expression; `None` if it is not known as a whole.
fn written(value: &Value, span: Span) -> Option<Expr> {
    let kind = match value.kind() {
        Kind::Unknown(_) => return None,
        Kind::Null(_) => ExprKind::Null,
        Kind::Bool(bool) => ExprKind::Bool(*bool),
        Kind::Number(number) => ExprKind::Number(number.clone()),
        Kind::String(text) => ExprKind::String(text.clone()),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            ExprKind::Tuple(items.iter().map(|item| written(item, span)).collect::<Option<_>>()?)
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let entry = |(name, value): (&Name, &Value)| {
                let key = Expr::new(ExprKind::String(name.clone()), span);
                Some((ObjectKey::Expr(key), written(value, span)?))
            };
            ExprKind::Object(entries.iter().map(entry).collect::<Option<_>>()?)
        }
    };
    Some(Expr::new(kind, span))
}

/// What names mean before anything is planned.
struct Names<'a> {
    module: &'a Module,
    inputs: &'a Inputs,
    workspace: &'a str,
    env: &'a FunctionEnv,
    /// The local values being evaluated.
    within: RefCell<Vec<Name>>,
}

impl Names<'_> {
    fn context(&self) -> Context<'_> {
        Context { scope: self, env: self.env }
    }

    fn evaluate(&self, expr: &Expr) -> Result<Value, Diagnostics> {
        lang::evaluate(expr, &self.context())
    }

    fn variable(&self, name: &Name) -> Result<Value, Diagnostics> {
        let Some(variable) = self.module.variables.get(name) else {
            let detail = format!("An input variable with the name {:?} has not been declared.", &**name);
            return Err(Diagnostic::error("Reference to undeclared input variable", detail).into());
        };
        if variable.ephemeral {
            let detail = format!(
                "The variable {:?} is ephemeral, and the backend's arguments are kept in .terraform/terraform.tfstate. Give \
                 the argument to init with -backend-config, or in the environment.",
                &**name
            );
            return Err(Diagnostic::error("Ephemeral value not allowed", detail).into());
        }
        let given = match self.inputs.get(name).map(|input| &input.value) {
            None => None,
            Some(InputValue::Literal(text)) => Some(Value::text(text)),
            Some(InputValue::Expr(expr)) => Some(self.evaluate(expr)?),
            Some(InputValue::Json(value)) => Some(json::implied_value(value).map_err(|error| {
                let detail = format!("The value for var.{name} cannot be understood: {error}.");
                Diagnostics::from(Diagnostic::error("Invalid value for input variable", detail))
            })?),
        };
        lang::input_value(variable, given.as_ref(), &self.context())
    }

    fn local(&self, name: &Name) -> Result<Value, Diagnostics> {
        let Some(local) = self.module.locals.get(name) else {
            let detail = format!("A local value with the name {:?} has not been declared.", &**name);
            return Err(Diagnostic::error("Reference to undeclared local value", detail).into());
        };
        if self.within.borrow().contains(name) || self.within.borrow().len() > 100 {
            let detail = format!("The local value {:?} depends on itself, or on too many others.", &**name);
            return Err(Diagnostic::error("Cycle in local values", detail).at(local.span).into());
        }
        self.within.borrow_mut().push(name.clone());
        let value = self.evaluate(&local.expr);
        self.within.borrow_mut().pop();
        value
    }
}

impl Scope for Names<'_> {
    fn resolve(&self, reference: &Reference) -> Result<Value, Diagnostic> {
        let found = match reference {
            Reference::Variable(name) => self.variable(name),
            Reference::Local(name) => self.local(name),
            Reference::PathModule | Reference::PathRoot => Ok(Value::text(".")),
            Reference::PathCwd => Ok(Value::text(&self.env.cwd.to_string_lossy())),
            Reference::Workspace => Ok(Value::text(self.workspace)),
            _ => Err(Diagnostic::error(
                "Invalid reference in backend configuration",
                "The backend is set up before anything else, so it can refer to variables, local values, path and \
                 terraform.workspace only.",
            )
            .into()),
        };
        found.map_err(|problems| {
            problems.into_iter().next().unwrap_or_else(|| {
                Diagnostic::error("Invalid backend configuration", "A value it refers to has no value.")
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::load_sources;

    /// The path of a local backend, or what is wrong.
    fn path(argument: &str) -> String {
        let text = format!(
            "terraform {{\n backend \"local\" {{\n path = {argument}\n}}\n}}\nvariable \"v\" {{\n default = \"d\"\n}}\n\
             variable \"r\" {{\n type = string\n}}\nvariable \"s\" {{\n default = \"hunter2\"\n sensitive = true\n}}\n\
             locals {{\n a = \"x-${{var.v}}\"\n c = local.d\n d = local.c\n}}\n"
        );
        let (config, problems) = load_sources(Path::new("."), vec![("main.tf".into(), text)]);
        if let Some(problem) = problems.iter().next() {
            return problem.summary.clone();
        }
        let (inputs, env) = (Inputs::new(), FunctionEnv::default());
        let names = Names {
            module: &config.root,
            inputs: &inputs,
            workspace: "w",
            env: &env,
            within: RefCell::default(),
        };
        match evaluated(config.root.backend.as_ref().unwrap(), &names) {
            Ok(backend) => match &backend.body.attribute("path").unwrap().expr.kind {
                ExprKind::String(text) => text.to_string(),
                other => format!("{other:?}"),
            },
            Err(problems) => {
                assert!(!format!("{problems:?}").contains("hunter2"));
                problems.iter().next().unwrap().summary.clone()
            }
        }
    }

    #[test]
    fn arguments_are_evaluated_early() {
        for (argument, expected) in [
            ("\"plain\"", "plain"),
            ("var.v", "d"),
            ("\"${upper(local.a)}/${terraform.workspace}\"", "X-D/w"),
            ("null", "Null"),
            ("var.s", "Sensitive value in backend configuration"),
            ("var.r", "No value for required variable"),
            ("var.nope", "Reference to undeclared input variable"),
            ("local.c", "Cycle in local values"),
            ("timestamp()", "Unknown value in backend configuration"),
            ("a.b.c", "Variables not allowed"),
        ] {
            assert_eq!(path(argument), expected, "{argument}");
        }
    }
}
