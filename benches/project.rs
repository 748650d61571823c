//! Projects of many functions: their configuration, their packages, and states that say they all exist.
//! Knows nothing of what is measured with them.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::process::Command;

use serde_json::Value;

use crate::support::sandbox::Sandbox;

/// How the functions are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Each as a resource block of its own.
    Blocks,
    /// All in one resource with `for_each`.
    ForEach,
    /// Each with a role, a log group and a permission of its own.
    Furnished,
    /// Each in an instance of one module.
    Modules,
}

/// The name of the first function; what holds it in one state holds all others in others.
const FIRST: &str = "figure-0";

/// The package of functions that share one.
const SHARED: &str = "shared";

/// A project directory with a configuration of functions.
pub struct Project {
    sandbox: Sandbox,
    functions: usize,
    written: Written,
}

impl Project {
    /// Writes a project of this many functions; each has a package of its own with one small file, unless they are
    /// written by `for_each`, which share one. `endpoint` is the API to use.
    pub fn new(functions: usize, written: Written, endpoint: &str) -> Result<Self, Box<dyn Error>> {
        let sandbox =
            Sandbox::new().aws(endpoint).env("TF_IN_AUTOMATION", "1").env("CHECKPOINT_DISABLE", "1");
        let project = Project { sandbox, functions, written };
        let package = package()?;
        let names = match written {
            Written::Blocks | Written::Furnished => (0..functions).map(|i| format!("figure-{i}")).collect(),
            Written::ForEach | Written::Modules => vec![SHARED.to_owned()],
        };
        for name in names {
            project.sandbox.write(&format!("packages/{name}.zip"), &package);
        }
        project.configure(128)?;
        Ok(project)
    }

    /// Writes the configuration, with this much memory for each function.
    pub fn configure(&self, memory: usize) -> Result<(), Box<dyn Error>> {
        let mut text = PROVIDER.to_owned();
        // The function `range` gives no more than 1024 numbers.
        let (thousands, rest) = (self.functions.div_ceil(1000), self.functions.min(1000));
        let each = format!(
            "  for_each = toset(flatten([for t in range({thousands}) : [for i in range({rest}) : \"figure-${{1000 * t + i}}\"]]))\n"
        );
        let blocks = Function { memory, ..Function::default() };
        let first = match self.written {
            Written::Blocks | Written::Furnished => {
                for i in 0..self.functions {
                    let label = format!("figure-{i}");
                    let furnished = self.written == Written::Furnished;
                    let role =
                        if furnished { format!("aws_iam_role.{label}.arn") } else { blocks.role.clone() };
                    let (name, package) = (format!("{label:?}"), label.clone());
                    let function = Function { label, name, package, role, ..blocks.clone() };
                    function.write(&mut text)?;
                    if furnished {
                        furnish(&mut text, &function.label)?;
                    }
                }
                "aws_lambda_function.figure-0.arn"
            }
            Written::ForEach => {
                Function { repeat: each, ..blocks }.write(&mut text)?;
                "aws_lambda_function.figure[\"figure-0\"].arn"
            }
            Written::Modules => {
                let mut module = "variable \"name\" {\n  type = string\n}\n\n".to_owned();
                Function { name: "var.name".to_owned(), ..blocks }.write(&mut module)?;
                module += "output \"arn\" {\n  value = aws_lambda_function.figure.arn\n}\n";
                self.sandbox.write("function/main.tf", module);
                write!(
                    text,
                    "module \"figure\" {{\n{each}  source   = \"./function\"\n  name     = each.key\n}}\n\n\
                     resource \"terraform_data\" \"figure\" {{\n  for_each = module.figure\n  input    = module.figure[each.key].arn\n}}\n\n"
                )?;
                "module.figure[\"figure-0\"].arn"
            }
        };
        writeln!(text, "output \"first\" {{\n  value = {first}\n}}")?;
        self.sandbox.write("main.tf", text);
        Ok(())
    }

    /// Gives the project a state in which all its functions exist, made from one that really was created.
    pub fn pretend(&self, created: &Project) -> Result<(), Box<dyn Error>> {
        let mut state: Value = serde_json::from_str(&created.sandbox.read("terraform.tfstate"))?;
        let multiply = |list: &Value| -> Result<Value, Box<dyn Error>> {
            let one = serde_json::to_string(list.get(0).ok_or("the state holds no function")?)?;
            let named = |i| serde_json::from_str(&one.replace(FIRST, &format!("figure-{i}")));
            let mut all: Vec<(String, Value)> = (0..self.functions)
                .map(|i| Ok((format!("figure-{i}"), named(i)?)))
                .collect::<Result<_, serde_json::Error>>()?;
            all.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(all.into_iter().map(|(_, value)| value).collect())
        };
        let resources = match self.written {
            Written::Blocks | Written::Furnished => multiply(&state["resources"])?,
            Written::ForEach | Written::Modules => {
                let resources = state["resources"].as_array().ok_or("the state holds no resources")?;
                let mut all = Vec::new();
                for resource in resources {
                    if resource.get("module").is_some() {
                        let named = multiply(&Value::from(vec![resource.clone()]))?;
                        all.extend(named.as_array().cloned().unwrap_or_default());
                    } else {
                        let mut resource = resource.clone();
                        resource["instances"] = multiply(&resource["instances"])?;
                        all.push(resource);
                    }
                }
                Value::from(all)
            }
        };
        state["resources"] = resources;
        self.sandbox.write("terraform.tfstate", serde_json::to_vec_pretty(&state)?);
        Ok(())
    }

    /// A file of the project.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(fs::read(self.sandbox.path(path))?)
    }

    /// lambdaform in this project.
    pub fn lambdaform(&self, args: &[&str]) -> Command {
        self.sandbox.command(env!("CARGO_BIN_EXE_lambdaform"), args)
    }

    /// Where the project is.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
}

const PROVIDER: &str = r#"terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

"#;

/// A function as it is written down.
#[derive(Clone)]
struct Function {
    label: String,
    /// A line of its own that repeats it, or nothing.
    repeat: String,
    /// An expression.
    name: String,
    package: String,
    /// An expression.
    role: String,
    memory: usize,
}

impl Default for Function {
    fn default() -> Self {
        Function {
            label: "figure".to_owned(),
            repeat: String::new(),
            name: "each.key".to_owned(),
            package: SHARED.to_owned(),
            role: "\"arn:aws:iam::123456789012:role/figures\"".to_owned(),
            memory: 128,
        }
    }
}

impl Function {
    fn write(&self, text: &mut String) -> std::fmt::Result {
        let Function { label, repeat, name, package, role, memory } = self;
        write!(
            text,
            r#"resource "aws_lambda_function" "{label}" {{
{repeat}  function_name    = {name}
  role             = {role}
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "packages/{package}.zip"
  source_code_hash = filebase64sha256("packages/{package}.zip")
  memory_size      = {memory}

  environment {{
    variables = {{
      STAGE = "figures"
    }}
  }}

  tags = {{
    stage = "figures"
  }}
}}

"#
        )
    }
}

/// What a function of its own brings along.
fn furnish(text: &mut String, label: &str) -> std::fmt::Result {
    write!(
        text,
        r#"resource "aws_iam_role" "{label}" {{
  name = "{label}"
  assume_role_policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ Service = "lambda.amazonaws.com" }}
    }}]
  }})

  tags = {{
    stage = "figures"
  }}
}}

resource "aws_cloudwatch_log_group" "{label}" {{
  name              = "/aws/lambda/${{aws_lambda_function.{label}.function_name}}"
  retention_in_days = 14

  tags = {{
    stage = "figures"
  }}
}}

resource "aws_lambda_permission" "{label}" {{
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.{label}.function_name
  principal     = "events.amazonaws.com"
}}

"#
    )
}

/// A package of one small file. All have the same content, so that one created function can stand for all.
fn package() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("index.js", zip::write::SimpleFileOptions::default())?;
    zip.write_all(b"exports.handler = async () => 1;\n")?;
    Ok(zip.finish()?.into_inner())
}
