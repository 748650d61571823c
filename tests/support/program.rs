//! Where the other programs are that tests compare with. A test does without one that is not there, and says so.
//! Names no place where a program must be.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use walkdir::WalkDir;

/// The name Terraform gives the AWS provider in its plugin folders and state file.
const AWS_PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// A program that tests can use if it is there. Its variable overrides the search; set but empty, it means "do without".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// HashiCorp's Terraform: the reference for behaviour.
    Terraform,
    /// The AWS emulator moto.
    MotoServer,
    /// The AWS emulator ministack.
    Ministack,
    /// The AWS command line.
    Aws,
}

impl Program {
    /// Its file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::MotoServer => "moto_server",
            Self::Ministack => "ministack",
            Self::Aws => "aws",
        }
    }

    /// The variable that says where it is.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Terraform => "LAMBDAFORM_TEST_TERRAFORM",
            Self::MotoServer => "LAMBDAFORM_TEST_MOTO_SERVER",
            Self::Ministack => "LAMBDAFORM_TEST_MINISTACK",
            Self::Aws => "LAMBDAFORM_TEST_AWS",
        }
    }

    /// Where it is: by its variable, on `PATH`, or where `.ci/run` installs it. `None` says so once on standard error.
    pub fn find(self) -> Option<PathBuf> {
        let folders = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        let found = locate(self.name(), env::var_os(self.variable()).as_deref(), folders, installed_by_ci());
        if found.is_none() {
            leave_out(self.name(), &format!("not on PATH; {} can name it", self.variable()));
        }
        found
    }
}

fn locate(
    name: &str,
    named: Option<&OsStr>,
    folders: Vec<PathBuf>,
    installed: Option<PathBuf>,
) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    folders.into_iter().chain(installed).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// `target/emulators/bin`, beside the directory this test binary was built in, if it is a Python environment.
fn installed_by_ci() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_lambdaform"));
    let folder =
        program.ancestors().map(|dir| dir.join("emulators")).find(|dir| dir.join("pins").is_file())?;
    folder.join("pyvenv.cfg").is_file().then(|| folder.join("bin"))
}

/// The folder to hand to `terraform init -plugin-dir`: it holds the AWS provider. `LAMBDAFORM_TEST_PLUGIN_DIR` names it;
/// otherwise Terraform's usual plugin folders are searched. `None` says so once on standard error.
pub fn plugin_dir() -> Option<PathBuf> {
    let found = match env::var_os("LAMBDAFORM_TEST_PLUGIN_DIR") {
        Some(named) => Some(PathBuf::from(named)).filter(|dir| holds_aws_provider(dir)),
        None => usual_plugin_folders().iter().find_map(|folder| search_plugins(folder)),
    };
    if found.is_none() {
        leave_out("the AWS provider", "in no plugin folder; LAMBDAFORM_TEST_PLUGIN_DIR can name one");
    }
    found
}

fn usual_plugin_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("TF_PLUGIN_CACHE_DIR").map(PathBuf::from).into_iter().collect();
    if let Some(home) = env::var_os("HOME").map(PathBuf::from) {
        folders.extend([".terraform.d", ".local/share/terraform"].map(|folder| home.join(folder)));
    }
    let system =
        ["/usr/local/share/terraform", "/usr/share/terraform", "/usr/lib/terraform", "/opt", "/usr/local"];
    folders.extend(system.map(PathBuf::from));
    folders
}

/// The folder at or a little below `folder` that holds the AWS provider.
fn search_plugins(folder: &Path) -> Option<PathBuf> {
    let dirs = WalkDir::new(folder).max_depth(3).sort_by_file_name().into_iter().flatten();
    dirs.filter(|item| item.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .find(|dir| holds_aws_provider(dir))
}

/// Either layout counts: unpacked (`5.0.0/linux_amd64/terraform-provider-aws…`) or packed (`terraform-provider-aws….zip`).
fn holds_aws_provider(dir: &Path) -> bool {
    let provider = dir.join(AWS_PROVIDER);
    provider.is_dir()
        && WalkDir::new(provider)
            .max_depth(3)
            .into_iter()
            .flatten()
            .any(|item| item.file_name().to_string_lossy().starts_with("terraform-provider-aws"))
}

/// Says on standard error, once for each `what`, that tests do without it. The line is written past the test harness, which
/// would hide it when the test passes.
pub fn leave_out(what: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(what.to_owned()) {
        writeln!(std::io::stderr(), "left out: {what} ({why})").ok();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_program_is_where_its_variable_or_the_path_says() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["a", "b", "ci"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
            if folder != "a" {
                fs::write(dir.path().join(folder).join("tool"), "").unwrap();
            }
        }
        let at = |path: &str| dir.path().join(path);
        let path = || vec![at("a"), at("b")];
        let ci = || Some(at("ci"));
        assert_eq!(locate("tool", None, path(), ci()), Some(at("b/tool")));
        assert_eq!(locate("tool", None, vec![at("a")], ci()), Some(at("ci/tool")));
        assert_eq!(locate("tool", None, vec![], None), None);
        assert_eq!(locate("tool", Some(at("ci/tool").as_os_str()), path(), ci()), Some(at("ci/tool")));
        for nothing in [at("a/tool"), at("a"), PathBuf::new()] {
            assert_eq!(locate("tool", Some(nothing.as_os_str()), path(), ci()), None, "{nothing:?}");
        }
    }

    #[test]
    fn the_provider_is_found_in_either_layout() {
        for file in [
            "5.0.0/linux_amd64/terraform-provider-aws_v5.0.0",
            "terraform-provider-aws_5.0.0_linux_amd64.zip",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let plugins = dir.path().join("vendor/plugins");
            let path = plugins.join(AWS_PROVIDER).join(file);
            assert_eq!(search_plugins(dir.path()), None);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            assert_eq!(search_plugins(dir.path()), None, "an empty folder is no provider");
            fs::write(&path, "").unwrap();
            assert_eq!(search_plugins(dir.path()), Some(plugins), "{file}");
        }
    }
}
