//! `fmt`: brings source files to their canonical layout.
//! Finds, reads and writes the files; what the layout is, `config::format` knows.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::base::{Diagnostic, Diagnostics, Sources, file};
use crate::{config, render};

use super::error::CommandError;
use super::exit::Exit;
use super::flags::{ListFiles, WriteFiles};
use super::session::Session;

/// The ends of the names of files that can be formatted.
const EXTENSIONS: [&str; 4] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];

/// How standard input is called.
const STDIN: &str = "<stdin>";

/// The arguments of `fmt`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    list: ListFiles,
    #[command(flatten)]
    write: WriteFiles,
    /// Show how the files differ from their canonical layout.
    #[arg(long)]
    diff: bool,
    /// Only check: exit with 3 if a file is not in its canonical layout. Nothing is written.
    #[arg(long)]
    check: bool,
    /// Also format the files in the directories below.
    #[arg(long)]
    recursive: bool,
    /// Directories and files, if not the working directory; "-" for standard input.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let stdin = args.targets.first().is_some_and(|target| target == "-");
    let list = args.list.0 && !stdin;
    let mut run = Run {
        session,
        diff: args.diff,
        recursive: args.recursive,
        list: list || args.check,
        write: args.write.0 && !stdin && !args.check,
        quiet: args.check && !list,
        held: args.check.then(String::new),
        changed: false,
        failed: false,
    };
    if stdin {
        run.standard_input();
    } else if args.targets.is_empty() {
        run.directory(Path::new("."));
    } else {
        run.targets(&args.targets);
    }
    if run.failed {
        return Ok(Exit::Changes);
    }
    session.view.say(run.held.as_deref().unwrap_or_default());
    Ok(if args.check && run.changed { Exit::Unformatted } else { Exit::Success })
}

/// What is asked for, and what has been found so far.
struct Run<'s> {
    session: &'s Session,
    diff: bool,
    recursive: bool,
    list: bool,
    write: bool,
    /// Whether only the exit code tells.
    quiet: bool,
    /// What is said only if nothing fails: with `-check`, errors come alone.
    held: Option<String>,
    changed: bool,
    failed: bool,
}

impl Run<'_> {
    fn say(&mut self, text: &str) {
        match &mut self.held {
            _ if self.quiet => {}
            Some(held) => held.push_str(text),
            None => self.session.view.say(text),
        }
    }

    fn fail(&mut self, problems: &Diagnostics, sources: &Sources) {
        self.failed = true;
        self.session.view.problems(problems, sources);
    }

    fn refuse(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.fail(&Diagnostic::error(summary, detail).into(), &Sources::default());
    }

    /// Files and directories one after the other, up to one that is not there.
    fn targets(&mut self, targets: &[String]) {
        for target in targets {
            let path = tidy(Path::new(target));
            let shown = path.display();
            match fs::metadata(&path) {
                Err(_) => {
                    return self.refuse(
                        format!("No file or directory at {shown}"),
                        "What comes after it on the command line was left alone.",
                    );
                }
                Ok(found) if found.is_dir() => self.directory(&path),
                Ok(_) if is_source(target) => self.file(&path),
                Ok(_) => self.refuse(
                    "Only .tf, .tfvars, and .tftest.hcl files can be processed with lambdaform fmt",
                    format!("{shown} was left alone."),
                ),
            }
        }
    }

    /// The files of a directory in the order of their names; of those below too, if asked to.
    fn directory(&mut self, top: &Path) {
        let mut waiting = vec![top.to_owned()];
        while let Some(path) = waiting.pop() {
            let is_dir = path == top || fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir());
            if !is_dir {
                self.file(&path);
                continue;
            }
            match members(&path, self.recursive) {
                Ok(members) => waiting.extend(members.into_iter().rev()),
                Err(error) => {
                    self.refuse(format!("Cannot read directory {}", path.display()), format!("{error}."));
                }
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let shown = path.display().to_string();
        match file::read(path) {
            Ok(bytes) => self.source(&shown, bytes, Some(path)),
            Err(error) => self.refuse(format!("Failed to read file {shown}"), format!("{error}.")),
        }
    }

    fn standard_input(&mut self) {
        match file::take(std::io::stdin().lock()) {
            Ok(bytes) => self.source(STDIN, bytes, None),
            Err(error) => self.refuse(format!("Failed to read {STDIN}"), format!("{error}.")),
        }
    }

    fn source(&mut self, shown: &str, bytes: Vec<u8>, path: Option<&Path>) {
        let (text, marked) = match config::decode_text(bytes, shown) {
            Ok(decoded) => decoded,
            Err(problem) => return self.fail(&(*problem).into(), &Sources::default()),
        };
        let formatted = match config::format(shown, &text) {
            Ok(formatted) => formatted,
            Err(problems) => return self.fail(&problems.0, &problems.1),
        };
        if formatted != text || marked {
            self.changed = true;
            if self.list {
                self.say(&format!("{shown}\n"));
            }
            if let Some(path) = path.filter(|_| self.write)
                && let Err(error) = replace(path, &formatted)
            {
                return self.refuse(format!("Failed to write {shown}"), format!("{error}."));
            }
            if self.diff {
                let mark = if marked { "\u{feff}" } else { "" };
                let diff = difference(shown, &format!("{mark}{text}"), &formatted);
                self.say(&diff);
            }
        }
        if !self.list && !self.write && !self.diff {
            self.say(&formatted);
            if !formatted.ends_with('\n') {
                self.say("\n");
            }
        }
    }
}

/// A unified diff. Of the many there can be between two texts Terraform shows the one of the `diff` program, so that is asked
/// first; where there is none, ours does.
fn difference(shown: &str, old: &str, new: &str) -> String {
    let ask = || {
        let mut files = [old, new].map(|text| {
            let mut file = tempfile::NamedTempFile::new()?;
            file.write_all(text.as_bytes()).map(|()| file)
        });
        let [Ok(old), Ok(new)] = &mut files else { return None };
        let labels = ["old", "new"].map(|side| format!("--label={side}/{shown}"));
        let output =
            Command::new("diff").args(labels).arg("-u").args([old.path(), new.path()]).output().ok()?;
        String::from_utf8(output.stdout).ok().filter(|diff| !diff.is_empty())
    };
    ask().unwrap_or_else(|| render::unified_diff(shown, old, new))
}

/// The sources in a directory, and with `directories` those too. Hidden files and editors' copies do not count.
fn members(dir: &Path, directories: bool) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        let wanted = if entry.file_type()?.is_dir() { directories } else { is_source(&text) };
        if wanted && !config::is_ignored(&text) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found.into_iter().map(|name| tidy(&dir.join(name))).collect())
}

fn is_source(name: &str) -> bool {
    EXTENSIONS.iter().any(|extension| name.ends_with(extension))
}

/// A path as it is shown: relative to the working directory, without detours.
fn tidy(path: &Path) -> PathBuf {
    let path = straight(path);
    let Some(here) = std::env::current_dir().ok().filter(|_| path.is_absolute()) else { return path };
    let here = straight(&here);
    let shared = here.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = here.components().skip(shared).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(path.components().skip(shared)).collect();
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

/// A path without `.`, and without names that a `..` takes back.
fn straight(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match (component, out.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                out.pop();
            }
            _ => out.push(component),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// Writes a file in one step, so that nobody ever sees half of it. Links are followed; mode and owner stay.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = fs::canonicalize(path)?;
    let dir = path.parent().unwrap_or(Path::new("/"));
    let found = fs::metadata(&path)?;
    let mut stand_in = tempfile::Builder::new().prefix(".lambdaform-fmt-").tempfile_in(dir)?;
    stand_in.write_all(text.as_bytes())?;
    let made = stand_in.as_file().metadata()?;
    if (made.uid(), made.gid()) != (found.uid(), found.gid()) {
        chown(stand_in.path(), Some(found.uid()), Some(found.gid()))?;
    }
    // Changing the owner can take away mode bits, so the mode comes last.
    stand_in.as_file().set_permissions(fs::Permissions::from_mode(found.mode()))?;
    stand_in.as_file().sync_all()?;
    stand_in.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_detours() {
        for (path, expected) in [
            ("", "."),
            (".", "."),
            ("./a//b/../c/", "a/c"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/../a", "/a"),
        ] {
            assert_eq!(straight(Path::new(path)), Path::new(expected), "{path}");
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!(tidy(&here), Path::new("."));
        assert_eq!(tidy(&here.join("x/../y.tf")), Path::new("y.tf"));
        assert_eq!(tidy(&here.join("../y.tf")), Path::new("../y.tf"));
    }

    #[test]
    fn a_file_is_replaced_through_links_and_keeps_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("a.tf"), dir.path().join("l.tf"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a.tf", &link).unwrap();
        replace(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
