//! Files of values for variables, `.tfvars` and `.tfvars.json`.
//! Knows nothing of which files there are, or of what else gives values.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::inputs::{Collector, ENVIRONMENT_PREFIX, Input, InputOrigin, InputValue, constant_problems};
use super::names::Names;
use super::parse::{length_error, parse_file, too_long};
use super::source::{read_named_text, read_text};
use crate::base::{Diagnostic, Name, Span};

impl Collector<'_> {
    /// `-var-file path`
    pub(super) fn named_file(&mut self, path: &Path) {
        let name = path.to_string_lossy();
        if path.exists() {
            self.source(read_named_text(path, &name), &name);
            return;
        }
        let detail = format!("Given variables file {name} does not exist.");
        self.problems.push(Diagnostic::error("Failed to read variables file", detail));
    }

    /// A file that is there, in either syntax.
    pub(super) fn file(&mut self, path: &Path, name: &str) {
        self.source(read_text(path, name), name);
    }

    fn source(&mut self, text: Result<String, Box<Diagnostic>>, name: &str) {
        match text {
            Ok(text) if too_long(&text) => self.problems.push(length_error(name)),
            Ok(text) if name.ends_with(".json") => self.json(&text, name),
            Ok(text) => self.native(text, name),
            Err(problem) => self.problems.push(*problem),
        }
    }

    /// A file of `name = value` lines.
    fn native(&mut self, text: String, file_name: &str) {
        let file = self.sources.add(file_name, text);
        let Some(source) = self.sources.get(file) else { return };
        let (body, problems) = parse_file(&source.text, file, &mut Names::default());
        self.problems.extend(problems);
        for block in body.blocks {
            let problem = match (&*block.type_name, block.labels.first()) {
                ("variable", Some(label)) => Diagnostic::error(
                    "Variable declaration in .tfvars file",
                    format!(
                        "A .tfvars file is used to assign values to variables that have already been declared in .tf \
                         files, not to declare new variables. To declare variable {:?}, place this block in one of \
                         your .tf files, such as variables.tf. To set a value for it here, write: {} = <value>",
                        &*label.text, label.text
                    ),
                ),
                _ => Diagnostic::error("Unexpected block", "Blocks are not allowed in a variables file."),
            };
            self.problems.push(problem.at(block.span));
        }
        let file_name: Name = file_name.into();
        for attribute in body.attributes {
            let span = attribute.expr.span;
            let origin = InputOrigin::File(file_name.clone(), Some(span));
            if !self.module.variables.contains_key(&attribute.name) {
                self.undeclared(&attribute.name, &file_name, Some(attribute.name_span));
                continue;
            }
            let problems = constant_problems(&attribute.expr);
            if problems.is_empty() {
                self.inputs.insert(attribute.name, Input { value: InputValue::Expr(attribute.expr), origin });
            }
            self.problems.extend(problems);
        }
    }

    /// A file of one JSON object.
    fn json(&mut self, text: &str, file_name: &str) {
        let values = match serde_json::from_str::<Properties>(text) {
            Ok(Properties(values)) => values,
            Err(error) => {
                let detail = match error.classify() {
                    serde_json::error::Category::Data => {
                        format!("{file_name} must hold one JSON object with a property for each variable.")
                    }
                    _ => format!(
                        "{file_name} is not valid JSON: the error is near line {}, column {}.",
                        error.line(),
                        error.column()
                    ),
                };
                self.problems.push(Diagnostic::error("Invalid JSON variables file", detail));
                return;
            }
        };
        let file_name: Name = file_name.into();
        let mut seen = BTreeSet::new();
        for (name, value) in values {
            if !seen.insert(name.clone()) {
                let detail =
                    format!("The argument {name:?} was already set in {file_name}. Set it only once.");
                self.problems.push(Diagnostic::error("Duplicate attribute definition", detail));
                continue;
            }
            // A property "//" is a comment.
            match self.module.variables.get_key_value(name.as_str()) {
                _ if name == "//" => {}
                Some((name, _)) => {
                    let origin = InputOrigin::File(file_name.clone(), None);
                    self.inputs.insert(name.clone(), Input { value: InputValue::Json(value), origin });
                }
                None => self.undeclared(&name, &file_name, None),
            }
        }
    }

    fn undeclared(&mut self, name: &str, file: &str, span: Option<Span>) {
        let hint = self.hint(name);
        self.problems.push(
            Diagnostic::warning(
                "Value for undeclared variable",
                format!(
                    "The root module does not declare a variable named {name:?} but a value was found in file \
                     {file:?}.{hint} If you meant to use this value, add a \"variable\" block to the configuration. \
                     For settings shared by many configurations, use {ENVIRONMENT_PREFIX}... environment variables, \
                     which give no warning."
                ),
            )
            .at(span),
        );
    }
}

/// The properties of a JSON object in the order written, with those that are written twice.
struct Properties(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut properties = Vec::new();
                while let Some(property) = map.next_entry()? {
                    properties.push(property);
                }
                Ok(Properties(properties))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
