//! Git repositories, through the program `git`.
//! Knows nothing of modules.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use super::error::FetchError;
use super::location::Location;

/// What a repository may be reached by. Git has others, some of which run programs that an address names.
const SCHEMES: [&str; 5] = ["https", "http", "ssh", "git", "file"];

/// Variables by which a surrounding git, such as a hook's, would make ours work on its own repository.
const FOREIGN: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"];

/// Clones a repository, with its submodules, and checks out `ref`: a branch, a tag or a commit.
pub(super) fn fetch(address: &str, into: &Path) -> Result<(), FetchError> {
    let understood = Location::parse(address).filter(|location| SCHEMES.contains(&location.scheme.as_str()));
    let mut location = understood.ok_or_else(|| FetchError::Address(super::location::shown(address)))?;
    let reference = location.take("ref").filter(|text| !text.is_empty());
    let depth = location.take("depth").filter(|text| !text.is_empty());
    let shown = location.shown();
    let parameter = |parameter, problem: &str| FetchError::Parameter {
        address: shown.clone(),
        parameter,
        problem: problem.to_owned(),
    };
    if location.take("sshkey").is_some() {
        return Err(parameter(
            "sshkey",
            "is not supported, since a key does not belong into a configuration: hand it to ssh, as by ssh-agent, and \
             remove the parameter",
        ));
    }
    if reference.as_deref().is_some_and(|text| text.starts_with('-')) {
        return Err(parameter("ref", "is no name of a branch, tag or commit"));
    }
    let depth = match depth.map(|text| text.parse::<u32>()) {
        None | Some(Ok(0)) => None,
        Some(Ok(depth)) => Some(depth.to_string()),
        Some(Err(_)) => return Err(parameter("depth", "is no whole number")),
    };
    let git = Git { location: &location, into };
    let url = location.to_string();
    let mut clone = vec!["clone", "--quiet"];
    if let Some(depth) = &depth {
        clone.extend(["--depth", depth]);
        if let Some(reference) = &reference {
            clone.extend(["--branch", reference]);
        }
    }
    let target = into.to_string_lossy();
    clone.extend(["--", &url, &target]);
    let hint = match (&depth, &reference) {
        (Some(_), Some(_)) => {
            " With \"depth\" the parameter \"ref\" must name a branch or a tag; for a commit, remove \"depth\"."
        }
        _ => "",
    };
    git.run(None, &clone, hint)?;
    if let (Some(reference), None) = (&reference, &depth) {
        git.run(
            Some(into),
            &["checkout", "--quiet", reference, "--"],
            " The parameter \"ref\" must name a branch, a tag or a commit of the repository.",
        )?;
    }
    if into.join(".gitmodules").exists() {
        let mut update = vec!["submodule", "--quiet", "update", "--init", "--recursive"];
        if let Some(depth) = &depth {
            update.extend(["--depth", depth]);
        }
        git.run(Some(into), &update, "")?;
    }
    Ok(())
}

struct Git<'a> {
    location: &'a Location,
    into: &'a Path,
}

impl Git<'_> {
    fn run(&self, dir: Option<&Path>, args: &[&str], hint: &'static str) -> Result<(), FetchError> {
        let mut command = Command::new("git");
        command.args(args);
        if let Some(dir) = dir {
            command.current_dir(dir);
        }
        for variable in FOREIGN {
            command.env_remove(variable);
        }
        let output = command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FetchError::NoGit(self.location.shown()),
            _ => FetchError::io("Running git in", self.into)(error),
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(FetchError::Git { address: self.location.shown(), with: self.said(&output), hint })
    }

    /// What git said, as the end of a sentence.
    fn said(&self, output: &Output) -> String {
        let said = String::from_utf8_lossy(&output.stderr);
        let mut said = said.trim().trim_end_matches('.').to_owned();
        if let Some((_, password)) = self.location.credentials().filter(|(_, password)| !password.is_empty())
        {
            said =
                said.replace(&self.location.to_string(), &self.location.shown()).replace(&password, "xxxxx");
        }
        if said.is_empty() { format!(" ({})", output.status) } else { format!(":\n\n{said}") }
    }
}
