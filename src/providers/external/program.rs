//! A child program: what it reads and prints, and how it ended.
//! Knows nothing of the form of either.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, ChildStdout, Command};

use crate::base::Diagnostic;

/// How much of what a failed program said is repeated, in bytes.
const SAID: u64 = 16 * 1024;

/// The most that a program may print, in bytes.
const PRINTED: u64 = 64 * 1024 * 1024;

/// A program to run, without a shell.
pub(super) struct Program {
    /// A path, or a name to be looked up.
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    pub(super) directory: Option<PathBuf>,
}

impl Program {
    /// Runs the program and gives what it printed. It is killed when nobody waits for it any more.
    pub(super) async fn run(&self, input: String) -> Result<Vec<u8>, Diagnostic> {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let stdin = child.stdin.take();
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // A program that does not read to the end may still know what to print.
                stdin.write_all(input.as_bytes()).await.ok();
            }
            Ok(())
        };
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ((), printed, said) = tokio::try_join!(feed, self.printed(stdout), self.said(stderr))?;
        let status = child.wait().await.map_err(|error| self.not_started(&error))?;
        if status.success() {
            return Ok(printed);
        }
        let ended = match status.code() {
            Some(code) => format!("with status {code}"),
            None => format!("by a signal ({status})"),
        };
        let said = match String::from_utf8_lossy(&said).trim_end() {
            "" => "It said nothing on standard error.".to_owned(),
            said => format!("It said on standard error:\n\n{said}"),
        };
        Err(Diagnostic::error(
            "External program failed",
            format!("The program {:?} ended {ended}. {said}", self.name),
        )
        .on("program"))
    }

    /// All that the program prints.
    async fn printed(&self, stdout: Option<ChildStdout>) -> Result<Vec<u8>, Diagnostic> {
        let mut bytes = Vec::new();
        if let Some(stdout) = stdout {
            let read = stdout.take(PRINTED + 1).read_to_end(&mut bytes).await;
            read.map_err(|error| self.not_started(&error))?;
        }
        if bytes.len() as u64 <= PRINTED {
            return Ok(bytes);
        }
        let detail = format!(
            "The program {:?} printed more than {PRINTED} bytes, which is as many as are read. It was ended.",
            self.name
        );
        Err(Diagnostic::error("External program printed too much", detail).on("program"))
    }

    /// The beginning of what the program says on standard error; the rest is read, too, so that it does not wait.
    async fn said(&self, stderr: Option<ChildStderr>) -> Result<Vec<u8>, Diagnostic> {
        let mut bytes = Vec::new();
        if let Some(mut stderr) = stderr {
            let read = async {
                (&mut stderr).take(SAID).read_to_end(&mut bytes).await?;
                tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await
            };
            read.await.map_err(|error| self.not_started(&error))?;
        }
        Ok(bytes)
    }

    fn not_started(&self, error: &io::Error) -> Diagnostic {
        let name = &self.name;
        let missing_directory = self.directory.as_ref().filter(|directory| !directory.is_dir());
        if let Some(directory) = missing_directory {
            let detail = format!(
                "The program {name:?} cannot be run in {}: there is no such directory.",
                directory.display()
            );
            return Diagnostic::error("Working directory not found", detail).on("working_dir");
        }
        match error.kind() {
            io::ErrorKind::NotFound => Diagnostic::error(
                "External program not found",
                format!(
                    "There is no program {name:?}, neither by this path nor in a directory of PATH. Scripts need their \
                     interpreter before them, as in [\"python3\", \"${{path.module}}/script.py\"], or a first line that \
                     names one that is there."
                ),
            ),
            _ => Diagnostic::error(
                "External program could not be run",
                format!("Running the program {name:?} failed: {error}."),
            ),
        }
        .on("program")
    }
}
