//! Configuration generated for what a life has made: it is valid, laid out as `fmt` wants it, and leaves nothing to do.
//! Knows nothing of any type.

use regex::Regex;

use super::folder::Import;
use super::life::{Life, PROVIDER};
use crate::support::golden::{assert_golden, redact};
use crate::support::sandbox::Sandbox;

impl Life<'_> {
    /// A directory that has nothing but an `import` block takes the object over as it is.
    #[track_caller]
    pub fn generate(&self, at: &str, import: &Import) {
        let id = match import {
            Import::Possible(false) => return,
            Import::Possible(true) => "${id}",
            Import::By { id, .. } => id.as_str(),
        };
        let id = self.fill(id, str::to_owned);
        let sandbox = Sandbox::new().aws(&self.server.url()).env("LAMBDAFORM_PAUSES", "0.01");
        if self.this.starts_with("aws_") {
            sandbox.write("provider.tf", PROVIDER);
        }
        sandbox.write("import.tf", format!("import {{\n  to = {}\n  id = {id:?}\n}}\n", self.this));
        let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        let generating = [&plan[..], &["-generate-config-out=generated.tf"]].concat();
        let generated = sandbox.lambdaform(&generating);
        let text = if sandbox.has("generated.tf") { sandbox.read("generated.tf") } else { String::new() };
        if generated.code != Some(2) {
            eprintln!("{}, {at}: generating configuration should succeed:\n{text}", self.this);
        }
        generated.assert_code(2);
        if !generated.stdout.contains("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.") {
            eprintln!("{}, {at}: the generated configuration should change nothing:\n{text}", self.this);
        }
        generated
            .assert_stdout_has("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
            .assert_stdout_has("written it to generated.tf");
        sandbox.lambdaform(&["fmt", "-check", "-diff"]).assert_success();
        if at.starts_with('1') {
            let kind = self.this.split('.').next().unwrap();
            let golden = text.replace(&format!("from {id:?}"), "from [id]");
            let golden =
                Regex::new(r"terraform-\d{26}").unwrap().replace_all(&golden, "[unique]").into_owned();
            assert_golden(format!("golden/generated/{kind}.hcl"), &redact(&golden, &[]));
        }
        let again = sandbox.lambdaform(&plan);
        again.assert_code(2).assert_stdout_has("1 to import, 0 to add, 0 to change");
        sandbox.lambdaform(&["apply", "-auto-approve", "-no-color"]).assert_success();
        sandbox.lambdaform(&plan).assert_success();
    }
}
