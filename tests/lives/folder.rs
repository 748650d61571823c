//! The folder of a type, read: steps with what they expect, and what happens behind our back.
//! Knows nothing of how it is played.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::differential::server::Kind;

/// Where the folders are.
const LIVES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lives");

/// The folder of one type.
pub struct Folder {
    /// The type.
    pub name: String,
    /// Its configurations, in order.
    pub steps: Vec<Step>,
    /// What somebody else does.
    pub behind: Behind,
    /// Every other file, by its path in the project.
    pub files: Vec<(String, Vec<u8>)>,
}

/// One configuration.
pub struct Step {
    /// `1-create`.
    pub name: String,
    /// The text.
    pub text: String,
    /// What its plan must say.
    pub expect: Vec<String>,
}

/// `behind.json`. `${NAME}` in it stands for an attribute of `TYPE.this`, as state has it.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behind {
    /// Changes the object, so that the next plan has something to do.
    pub drift: Vec<Deed>,
    /// Deletes the object, so that the next plan makes it anew.
    pub delete: Vec<Deed>,
    /// The emulators on which it lives the same life: those that answer its calls as the service does.
    pub emulators: Vec<Kind>,
    /// How it is imported; by its `id`, and nothing is left to do then, unless this says otherwise.
    pub import: Import,
}

/// One thing that somebody else does.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Deed {
    /// A request to the server, repeated as long as it is refused because an earlier change has not settled.
    Call(Call),
    /// A file of the project is written.
    Write {
        /// Its path.
        write: String,
        /// What is in it then.
        content: String,
    },
    /// A file of the project is removed.
    Remove {
        /// Its path.
        remove: String,
    },
}

/// A request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// A text that is sent as it is, or JSON.
    #[serde(default)]
    pub body: Json,
    /// More headers; `Content-Type` is JSON's unless it is here.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The service, for the scope of the signature.
    #[serde(default = "lambda")]
    pub service: String,
    /// Repeat it until the answer has this status; otherwise it must succeed.
    #[serde(default)]
    pub until: Option<u16>,
}

/// How the object is imported after it was removed from state.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Import {
    /// `false`: the type cannot be imported.
    Possible(bool),
    /// By this id.
    By {
        /// The id.
        id: String,
        /// What the plan after the import says, when arguments cannot be read back.
        #[serde(default)]
        then: Option<String>,
    },
}

impl Default for Import {
    fn default() -> Self {
        Self::Possible(true)
    }
}

fn lambda() -> String {
    "lambda".to_owned()
}

impl Folder {
    /// All of them, by name.
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir(LIVES).unwrap().map(|entry| entry.unwrap().path());
        let mut dirs: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
        dirs.sort();
        dirs.iter().map(|dir| Self::read(dir)).collect()
    }

    fn read(dir: &Path) -> Self {
        let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
        let mut folder = Self { name, steps: Vec::new(), behind: Behind::default(), files: Vec::new() };
        for entry in walkdir::WalkDir::new(dir).sort_by_file_name() {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() {
                continue;
            }
            let content = fs::read(entry.path()).unwrap();
            let path = entry.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
            let at = format!("{}/{path}", folder.name);
            if path == "behind.json" {
                folder.behind =
                    serde_json::from_slice(&content).unwrap_or_else(|error| panic!("{at}: {error}"));
            } else if let Some(step) = path.strip_suffix(".tf").filter(|p| p.starts_with(['1', '2', '3'])) {
                folder.steps.push(Step::read(step, String::from_utf8(content).unwrap(), &at));
            } else {
                folder.files.push((path, content));
            }
        }
        folder
    }
}

impl Step {
    fn read(name: &str, text: String, at: &str) -> Self {
        let first = text.lines().map_while(|line| line.strip_prefix("# expect: "));
        let expect: Vec<String> = first.map(|says| says.trim().to_owned()).collect();
        assert!(!expect.is_empty(), "{at}: the first line must be \"# expect: Plan: 1 to add, …\"");
        Self { name: name.to_owned(), text, expect }
    }
}
