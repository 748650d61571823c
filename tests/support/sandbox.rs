//! A project in a temporary directory, and programs run in it that see nothing of the machine's own settings.
//! Knows no emulator and no expected output.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::golden;
use super::program::{Program, plugin_dir};

/// When to give up on a program that does not end. Terraform's AWS provider alone can take half a minute to start.
const PATIENCE: Duration = Duration::from_secs(600);

/// A project directory and the environment its programs get: `PATH`, a `HOME` of its own, and what [`Sandbox::env`] adds.
/// Nothing else is inherited: no `AWS_*`, no `TF_*`, no `NO_COLOR`.
#[derive(Debug)]
pub struct Sandbox {
    _dir: TempDir,
    root: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Sandbox {
    /// An empty project.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["project", "home", "tmp"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        let mut sandbox = Self { _dir: dir, root, variables: BTreeMap::new() };
        for (name, folder) in [("HOME", "home"), ("TMPDIR", "tmp")] {
            let folder = sandbox.root.join(folder);
            sandbox.variables.insert(name.to_owned(), folder.to_str().unwrap().to_owned());
        }
        // Without it a program without credentials would ask the network for them.
        sandbox.env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Writes a file of the project, with the directories it needs.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// [`Sandbox::file`], later.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The text of a file of the project.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Whether the project has this file or directory.
    pub fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The absolute path of a file of the project; of the project itself for `""`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join("project").join(path)
    }

    /// Sets a variable for every program run from now on.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Lets programs use the AWS API at `url`, with credentials that are good for nothing else.
    pub fn aws(self, url: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", url)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
    }

    /// Runs lambdaform in the project, without standard input.
    pub fn lambdaform(&self, args: &[&str]) -> Output {
        self.run(env!("CARGO_BIN_EXE_lambdaform"), args)
    }

    /// Runs lambdaform in the project and types `input`.
    pub fn lambdaform_typing(&self, args: &[&str], input: &str) -> Output {
        self.run_command(&mut self.command(env!("CARGO_BIN_EXE_lambdaform"), args), Some(input))
    }

    /// [`Sandbox::lambdaform`], with variables for this run alone.
    pub fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_lambdaform"), args);
        self.run_command(command.envs(variables.iter().copied()), None)
    }

    /// Runs any program in the project, without standard input.
    pub fn run(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Output {
        self.run_command(&mut self.command(program, args), None)
    }

    /// A command with the project as its directory and the sandbox's environment, for tests that need more than an
    /// [`Output`].
    pub fn command(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.path("")).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path))).envs(&self.variables);
        command
    }

    /// Terraform with the AWS provider, in this project; `None` if either is not on this machine.
    pub fn terraform(&self) -> Option<Terraform<'_>> {
        let (program, plugins) = (Program::Terraform.find()?, plugin_dir()?);
        fs::write(self.settings(), "").unwrap();
        Some(Terraform { sandbox: self, program, plugins })
    }

    /// An empty Terraform CLI configuration: without one, each command would warn or read the user's.
    fn settings(&self) -> PathBuf {
        self.root.join("home/terraform.rc")
    }

    /// `text` with what differs from run to run replaced: see [`golden::redact`].
    pub fn redact(&self, text: &str) -> String {
        let project = self.path("");
        let replace = [
            (project.to_str().unwrap().trim_end_matches('/'), "[project]"),
            (self.root.to_str().unwrap(), "[sandbox]"),
        ];
        golden::redact(text, &replace)
    }

    fn run_command(&self, command: &mut Command, input: Option<&str>) -> Output {
        let line = std::iter::once(command.get_program()).chain(command.get_args());
        let line = line.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            // A program that does not read to the end is no fault of the test's.
            pipe.write_all(input.as_bytes()).ok();
        }
        let (done, waiting) = mpsc::channel::<()>();
        let watch = thread::spawn(move || {
            let late = waiting.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
            if let Some(group) = group.filter(|_| late) {
                kill_process_group(group, Signal::KILL).ok();
            }
            late
        });
        let output = child.wait_with_output().unwrap();
        drop(done);
        let text = |bytes| String::from_utf8(bytes).unwrap_or_else(|error| panic!("{line}: {error}"));
        let output = Output {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            command: line.clone(),
        };
        assert!(!watch.join().unwrap(), "gave up on{}", output.story());
        output
    }
}

/// Terraform in a [`Sandbox`].
#[derive(Debug)]
pub struct Terraform<'a> {
    sandbox: &'a Sandbox,
    program: PathBuf,
    plugins: PathBuf,
}

impl Terraform<'_> {
    /// Runs Terraform, without standard input.
    pub fn run(&self, args: &[&str]) -> Output {
        self.run_with(&[], args)
    }

    /// [`Terraform::run`], with variables for this run alone.
    pub fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Output {
        let mut command = self.sandbox.command(&self.program, args);
        command.env("TF_CLI_CONFIG_FILE", self.sandbox.settings());
        command.env("CHECKPOINT_DISABLE", "1").envs(variables.iter().copied());
        self.sandbox.run_command(&mut command, None)
    }

    /// `terraform init` from the plugin folder, without the network; asserts that it works.
    #[track_caller]
    pub fn init(&self) {
        let plugins = format!("-plugin-dir={}", self.plugins.display());
        self.run(&["init", "-input=false", "-no-color", &plugins]).assert_success();
    }
}

/// How a program ended and what it said.
#[must_use = "assert something about what the program did"]
#[derive(Clone, Debug)]
pub struct Output {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    command: String,
}

impl Output {
    /// It ended with this exit code.
    #[track_caller]
    pub fn assert_code(&self, code: i32) -> &Self {
        assert!(self.code == Some(code), "expected exit code {code} of{}", self.story());
        self
    }

    /// It ended with exit code 0.
    #[track_caller]
    pub fn assert_success(&self) -> &Self {
        self.assert_code(0)
    }

    /// Standard output contains `text`.
    #[track_caller]
    pub fn assert_stdout_has(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "expected {text:?} in the standard output of{}", self.story());
        self
    }

    /// Standard error contains `text`.
    #[track_caller]
    pub fn assert_stderr_has(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "expected {text:?} in the standard error of{}", self.story());
        self
    }

    /// Neither stream contains `text`: for secrets.
    #[track_caller]
    pub fn assert_never_says(&self, text: &str) -> &Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!said, "did not expect {text:?} from{}", self.story());
        self
    }

    /// Standard error is empty.
    #[track_caller]
    pub fn assert_no_stderr(&self) -> &Self {
        assert!(self.stderr.is_empty(), "expected no standard error of{}", self.story());
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("expected JSON ({error}) in the standard output of{}", self.story())
        })
    }

    /// Standard output as JSON Lines.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("expected JSON ({error}): {line:?} of{}", self.story()))
        };
        self.stdout.lines().map(parse).collect()
    }

    fn story(&self) -> String {
        let Self { code, stdout, stderr, command } = self;
        format!(
            " `{command}`\nexit code: {code:?}\n--- standard output\n{stdout}\n--- standard error\n{stderr}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_sees_only_the_sandbox() {
        let sandbox = Sandbox::new().file("a/b.tf", "x").env("TF_VAR_a", "1");
        let output = sandbox.run("env", &[]);
        let names: Vec<_> =
            output.assert_success().stdout.lines().map(|line| line.split('=').next()).collect();
        for name in names.iter().flatten() {
            let expected = ["AWS_EC2_METADATA_DISABLED", "HOME", "PATH", "TF_VAR_a", "TMPDIR"];
            assert!(expected.contains(name), "{name}");
        }
        let home = sandbox.redact(&output.stdout);
        assert!(home.contains("HOME=[sandbox]/home\n"), "{home}");
        let pwd = sandbox.run("pwd", &[]);
        assert_eq!(sandbox.redact(&pwd.stdout), "[project]\n");
        assert!(sandbox.has("a/b.tf") && !sandbox.has("b.tf"));
        assert_eq!(sandbox.read("a/b.tf"), "x");
    }

    #[test]
    fn lambdaform_runs() {
        let sandbox = Sandbox::new();
        sandbox.lambdaform(&["version"]).assert_success();
        sandbox.lambdaform_typing(&["version"], "yes\n").assert_success();
    }

    #[test]
    fn input_and_both_streams_are_kept_apart() {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command("sh", &["-c", "cat; echo problem >&2; exit 3"]);
        let output = sandbox.run_command(&mut command, Some("{\"a\":1}\n{\"a\":2}\n"));
        output
            .assert_code(3)
            .assert_stdout_has("{\"a\":1}")
            .assert_stderr_has("problem")
            .assert_never_says("secret");
        assert_eq!(output.json_lines()[1]["a"], 2);
        sandbox.run("true", &[]).assert_success().assert_no_stderr();
    }

    #[test]
    #[should_panic(expected = "expected exit code 0 of `false`")]
    fn a_failed_assertion_tells_the_story() {
        Sandbox::new().run("false", &[]).assert_success();
    }

    #[test]
    fn terraform_runs_without_the_users_settings() {
        let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
        let Some(terraform) = sandbox.terraform() else { return };
        terraform.init();
        terraform.run(&["apply", "-auto-approve", "-no-color"]).assert_success().assert_stdout_has("1 added");
        assert!(sandbox.has("terraform.tfstate"));
    }
}
