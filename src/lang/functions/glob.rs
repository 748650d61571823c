//! Path patterns: `*`, `?`, `[a-z]`, `{a,b}` and `**` for any number of directories.
//! Knows nothing of functions.

use std::io::ErrorKind;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

use crate::lang::effort::{Effort, Exhausted};

/// What looking at one file or directory costs: a million of them are all that an evaluation may see.
const LOOK: u64 = 2_000;

/// Why files are not found.
#[derive(Debug)]
pub(super) enum GlobError {
    /// A directory cannot be read.
    Io(std::io::Error),
    /// There are too many of them.
    Exhausted,
}

impl From<Exhausted> for GlobError {
    fn from(_: Exhausted) -> Self {
        GlobError::Exhausted
    }
}

/// A compiled pattern.
pub(super) struct Glob {
    /// The directories before the first part with a wildcard.
    start: String,
    /// How many parts follow; `None` for any number.
    depth: Option<usize>,
    whole: Regex,
}

impl Glob {
    /// Compiles a pattern of a clean path; `None` if a bracket or brace is not closed.
    pub fn new(pattern: &str) -> Option<Self> {
        let parts: Vec<&str> = pattern.split('/').collect();
        let fixed = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
        // The last part names files, even without a wildcard.
        let fixed = fixed.min(parts.len() - 1);
        let start = parts.get(..fixed).unwrap_or_default().join("/");
        let start = if fixed == 1 && pattern.starts_with('/') { "/".into() } else { start };
        let depth = (!pattern.contains("**") && !pattern.contains('{')).then(|| parts.len() - fixed);
        let mut translated = String::from("^");
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            match (*part, last) {
                ("**", true) => translated.push_str(".*"),
                ("**", false) => translated.push_str("(?:.*/)?"),
                (part, last) => {
                    translated.push_str(&translate(part)?);
                    translated.push_str(if last { "" } else { "/" });
                }
            }
        }
        let whole = Regex::new(&format!("(?s){translated}$")).ok()?;
        Some(Glob { start, depth, whole })
    }

    /// The files that fit, as paths that start where the pattern does.
    ///
    /// # Errors
    /// What keeps a directory from being read, and when there are too many; a directory that does not exist holds no files.
    pub fn files(&self, base: &Path, effort: &Effort) -> Result<Vec<String>, GlobError> {
        let root = base.join(&self.start);
        if !root.is_dir() {
            return Ok(Vec::new());
        }
        let walk =
            WalkDir::new(&root).min_depth(1).max_depth(self.depth.unwrap_or(usize::MAX)).follow_links(true);
        let mut found = Vec::new();
        for entry in walk {
            effort.spend(LOOK)?;
            let entry = match entry {
                Ok(entry) => entry,
                // A link that leads to itself, or to nothing.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) if error.io_error().is_some_and(|e| e.kind() == ErrorKind::NotFound) => continue,
                Err(error) => return Err(GlobError::Io(error.into())),
            };
            let below = entry.path().strip_prefix(&root).ok().and_then(Path::to_str);
            let Some(below) = below.filter(|_| entry.file_type().is_file()) else { continue };
            let path = match self.start.as_str() {
                "" => below.to_string(),
                "/" => format!("/{below}"),
                start => format!("{start}/{below}"),
            };
            if effort.clocked(|| self.whole.is_match(&path))? {
                found.push(path);
            }
        }
        Ok(found)
    }
}

/// One part between slashes as a regular expression.
fn translate(part: &str) -> Option<String> {
    let mut out = String::new();
    let mut open_braces = 0;
    let mut chars = part.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                while chars.next_if_eq(&'*').is_some() {}
                out.push_str("[^/]*");
            }
            '?' => out.push_str("[^/]"),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push_str("^/");
                }
                loop {
                    match chars.next()? {
                        ']' => break,
                        '\\' => out.push_str(&regex::escape(&chars.next()?.to_string())),
                        '-' => out.push('-'),
                        c => out.push_str(&regex::escape(&c.to_string())),
                    }
                }
                out.push(']');
            }
            '{' => {
                open_braces += 1;
                out.push_str("(?:");
            }
            '}' if open_braces > 0 => {
                open_braces -= 1;
                out.push(')');
            }
            ',' if open_braces > 0 => out.push('|'),
            '\\' => out.push_str(&regex::escape(&chars.next()?.to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    (open_braces == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::FunctionEnv;

    #[test]
    fn directories_without_end_are_given_up() {
        let dir = tempfile::tempdir().unwrap();
        // Each of them leads to every other, so there are as many ways through them as there are orders.
        for from in 0..9 {
            let from = dir.path().join(from.to_string());
            std::fs::create_dir(&from).unwrap();
            for to in 0..9 {
                std::os::unix::fs::symlink(format!("../{to}"), from.join(format!("to{to}"))).unwrap();
            }
        }
        let effort = Effort::new(&FunctionEnv { effort: Some(3_000_000), ..FunctionEnv::default() });
        let found = Glob::new("**").unwrap().files(dir.path(), &effort);
        assert!(matches!(found, Err(GlobError::Exhausted)), "{found:?}");
        let effort = Effort::new(&FunctionEnv { effort: Some(3_000_000), ..FunctionEnv::default() });
        assert_eq!(Glob::new("*").unwrap().files(dir.path(), &effort).unwrap(), Vec::<String>::new());
    }
}
