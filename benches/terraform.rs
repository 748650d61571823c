//! Terraform in a project, to measure beside.
//! Knows nothing of what it is asked to do.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use crate::project::Project;
use crate::support::program::Program;
use crate::support::sandbox::Sandbox;

/// Terraform with the AWS provider installed in a project.
pub struct Terraform<'p> {
    project: &'p Project,
    program: PathBuf,
}

impl<'p> Terraform<'p> {
    /// Installs the provider from the plugin folder; `None`, said on standard error, when Terraform or it is not here.
    pub fn prepare(project: &'p Project) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(installed) = project.sandbox().terraform() else { return Ok(None) };
        installed.init();
        let program = Program::Terraform.find().ok_or("Terraform has gone")?;
        Ok(Some(Terraform { project, program }))
    }

    /// A command of it.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_in(self.project.sandbox(), args)
    }

    /// A command of it somewhere else. Its settings are the empty file that installing left.
    pub fn command_in(&self, sandbox: &Sandbox, args: &[&str]) -> Command {
        let mut command = sandbox.command(&self.program, args);
        command.env("TF_CLI_CONFIG_FILE", self.project.sandbox().path("../home/terraform.rc"));
        command.env("CHECKPOINT_DISABLE", "1");
        command
    }
}
