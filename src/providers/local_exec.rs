//! `local-exec`: a provisioner that runs a command on this machine.
//! Knows nothing of the object it runs for.

use std::io::{self, BufRead as _, BufReader, PipeReader, Read as _};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};
use tokio::sync::mpsc::{Receiver, channel};

use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{BoxFuture, ProvisionContext, Provisioner};
use crate::schema::{Attribute, Block, Schema};

static SCHEMA: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[
            Attribute::string("command").required(),
            Attribute::string_map("environment"),
            Attribute::strings("interpreter"),
            Attribute::bool("quiet"),
            Attribute::string("working_dir"),
        ],
        blocks: &[],
    },
};

/// What runs a command when the block does not say.
#[cfg(not(windows))]
const SHELL: [&str; 2] = ["/bin/sh", "-c"];
#[cfg(windows)]
const SHELL: [&str; 2] = ["cmd", "/C"];

/// How much of the end of what a failed command said is repeated, in bytes.
const SAID: usize = 8 * 1024;

/// The longest line that is told in one piece, in bytes.
const LINE: u64 = 64 * 1024;

/// How many lines may wait to be told before the program has to wait.
const LINES: usize = 64;

/// The provisioner.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalExec;

impl Provisioner for LocalExec {
    fn name(&self) -> &'static str {
        "local-exec"
    }

    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn run<'a>(
        &'a self,
        config: Value,
        context: ProvisionContext<'a>,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        Box::pin(async move { run(&config, context).await.map_err(Diagnostics::from) })
    }
}

async fn run(config: &Value, context: ProvisionContext<'_>) -> Result<(), Diagnostic> {
    let text = |name: &str| config.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(line) = text("command") else {
        return Err(Diagnostic::error(
            "Invalid local-exec provisioner command",
            "The command must be a non-empty string.",
        ));
    };
    let mut words: Vec<String> = strings(config.get("interpreter"));
    if words.is_empty() {
        words.extend(SHELL.map(str::to_owned));
    }
    words.push(line.to_owned());
    match config.get("quiet").and_then(Value::as_bool) {
        Some(true) => (context.say)("local-exec: Executing: Suppressed by quiet=true"),
        _ => {
            let shown: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            (context.say)(&format!("Executing: [{}]", shown.join(" ")));
        }
    }
    let failed = |why: String, said: &str| {
        let detail = match context.secret {
            true => format!(
                "Running a command that holds sensitive values failed: {why}. Neither is shown, the command nor what it said."
            ),
            false => format!("Error running command '{line}': {why}. Output: {said}"),
        };
        Diagnostic::error("local-exec provisioner error", detail)
    };
    let (mut child, mut output) = match start(config, &words, text("working_dir")) {
        Ok(started) => started,
        Err(error) => {
            let program = words.first().map_or("", String::as_str);
            let why = match error.kind() {
                // That of the directory names it.
                io::ErrorKind::Other => error.to_string(),
                _ if context.secret => error.to_string(),
                _ => format!("the program {program} could not be started: {error}"),
            };
            return Err(failed(why, ""));
        }
    };
    let mut said = String::new();
    let ended = tokio::select! {
        ended = follow(&mut child, &mut output, &mut said, context) => ended,
        () = context.stop.wait() => {
            // What it wrote is done; what it would do next must not outlive this run.
            child.kill().await.ok();
            return Err(failed("interrupted".to_owned(), &said));
        }
    };
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(
            match status.code() {
                Some(code) => format!("exit status {code}"),
                None => status.to_string(),
            },
            &said,
        )),
        Err(error) => Err(failed(error.to_string(), &said)),
    }
}

/// Starts the program, both of whose outputs go into one pipe so that their lines keep their order.
fn start(config: &Value, words: &[String], directory: Option<&str>) -> io::Result<(Child, Receiver<String>)> {
    let (reader, writer) = io::pipe()?;
    let (program, arguments) =
        words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true).stdin(Stdio::null());
    command.stdout(writer.try_clone()?).stderr(writer);
    for (name, value) in config.get("environment").and_then(Value::as_entries).into_iter().flatten() {
        if let Some(value) = value.as_str() {
            command.env(&**name, value);
        }
    }
    if let Some(directory) = directory {
        if !std::path::Path::new(directory).is_dir() {
            return Err(io::Error::other(format!("there is no directory {directory}")));
        }
        command.current_dir(directory);
    }
    let child = command.spawn()?;
    // With it goes our end for writing, so that the pipe ends when the program's does.
    drop(command);
    Ok((child, lines(reader)))
}

/// The lines of a pipe, read beside everything else.
fn lines(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel(LINES);
    // A thread of its own: a program left in the background may keep the pipe open longer than anyone waits for it.
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while matches!((&mut reader).take(LINE).read_until(b'\n', &mut line), Ok(1..)) {
            if sender.blocking_send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

/// Passes on what the program says until it has ended and has no more to say.
async fn follow(
    child: &mut Child,
    output: &mut Receiver<String>,
    said: &mut String,
    context: ProvisionContext<'_>,
) -> io::Result<ExitStatus> {
    while let Some(text) = output.recv().await {
        // A line that is written over itself, as progress bars are, counts as many.
        let mut shown =
            text.split(['\r', '\n']).map(str::trim_end).filter(|line| !line.is_empty()).peekable();
        if shown.peek().is_none() {
            (context.say)("");
        }
        shown.for_each(|line| (context.say)(line));
        said.push_str(&text);
        if said.len() > 2 * SAID {
            keep_end(said);
        }
    }
    keep_end(said);
    child.wait().await
}

fn keep_end(said: &mut String) {
    let surplus = said.len().saturating_sub(SAID);
    let cut = (surplus..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or(0);
    said.drain(..cut);
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_items).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::provider::Stop;
    use crate::schema::conform;

    /// What it says, and the error it ends with.
    async fn ran(config: Value, secret: bool, stop: &Stop) -> (Vec<String>, Option<String>) {
        let (config, problems) = conform(&SCHEMA.block, &config);
        assert!(problems.is_empty(), "{problems:?}");
        let said = Mutex::new(Vec::new());
        let say = |line: &str| said.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
        let ended = LocalExec.run(config, ProvisionContext { say: &say, secret, stop }).await;
        let error = ended.err().map(|problems| problems.iter().map(|d| d.detail.clone()).collect::<String>());
        (said.into_inner().unwrap_or_else(PoisonError::into_inner), error)
    }

    fn block(entries: &[(&str, Value)]) -> Value {
        Value::object(entries.iter().map(|(name, value)| (*name, value.clone())))
    }

    #[tokio::test]
    async fn says_what_it_runs_and_every_line() {
        let environment =
            Value::object([("A", Value::from("x")), ("B", Value::null(crate::base::Type::String))]);
        let config = block(&[
            ("command", "echo $A; echo two >&2; pwd; printf 'a\\rb\\n\\nlast'".into()),
            ("environment", environment),
            ("working_dir", "/".into()),
        ]);
        let (said, error) = ran(config, false, &Stop::default()).await;
        assert_eq!(said[1..], ["x", "two", "/", "a", "b", "", "last"]);
        assert!(said[0].starts_with("Executing: [\"/bin/sh\" \"-c\" \"echo $A; "), "{said:?}");
        assert_eq!(error, None);
        let quiet = block(&[
            ("command", "3".into()),
            ("interpreter", Value::tuple(["echo".into(), "-n".into()])),
            ("quiet", true.into()),
        ]);
        let (said, _) = ran(quiet, false, &Stop::default()).await;
        assert_eq!(said, ["local-exec: Executing: Suppressed by quiet=true", "3"]);
    }

    #[tokio::test]
    async fn failures_tell_the_command_and_its_output_but_no_secret() {
        let fails = || block(&[("command", "echo out; exit 3".into())]);
        let (_, error) = ran(fails(), false, &Stop::default()).await;
        assert_eq!(error.unwrap(), "Error running command 'echo out; exit 3': exit status 3. Output: out\n");
        let (_, error) = ran(fails(), true, &Stop::default()).await;
        let error = error.unwrap();
        assert!(
            error.contains("exit status 3") && !error.contains("out;") && !error.contains("Output"),
            "{error}"
        );
        let cases = [
            (block(&[("command", "".into())]), "non-empty"),
            (
                block(&[("command", "x".into()), ("working_dir", "/nowhere/at/all".into())]),
                "no directory /nowhere",
            ),
            (
                block(&[("command", "x".into()), ("interpreter", Value::tuple(["/no/shell".into()]))]),
                "the program /no/shell could not be started: No such file",
            ),
        ];
        for (config, expected) in cases {
            let (_, error) = ran(config, false, &Stop::default()).await;
            assert!(error.as_deref().is_some_and(|e| e.contains(expected)), "{expected}: {error:?}");
        }
    }

    #[tokio::test]
    async fn an_interrupt_ends_the_command() {
        let stop = Stop::default();
        stop.set();
        let (_, error) = ran(block(&[("command", "exec sleep 600".into())]), false, &stop).await;
        assert!(error.unwrap().contains("interrupted"));
    }
}
