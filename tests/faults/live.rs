//! A run that is under way: signals to it, and what it said in the end.
//! Knows nothing of what it does.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::bench::{Bench, SECRET, wait};

/// A run of lambdaform. Its output goes to files, so that it never waits for a reader.
pub struct Live {
    child: Child,
    dir: tempfile::TempDir,
}

impl Live {
    /// Starts one in the project.
    pub fn start(bench: &Bench, args: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = bench.sandbox.command(env!("CARGO_BIN_EXE_lambdaform"), args);
        let file = |name: &str| File::create(dir.path().join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err")).process_group(0);
        Live { child: command.spawn().unwrap(), dir }
    }

    /// Starts `apply -auto-approve`.
    pub fn apply(bench: &Bench) -> Self {
        Live::start(bench, &["apply", "-auto-approve", "-no-color"])
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> &Self {
        kill_process(Pid::from_child(&self.child), signal).ok();
        self
    }

    /// Sends a signal, after a while.
    pub fn signal_after(&self, pause: std::time::Duration, signal: Signal) {
        std::thread::sleep(pause);
        self.signal(signal);
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has said so far, both streams.
    pub fn said(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.dir.path().join(name)).unwrap();
        format!("{}{}", read("out"), read("err"))
    }

    /// Waits until it has said something.
    #[track_caller]
    pub fn until_said(&mut self, text: &str) -> &mut Self {
        wait(|| self.said().contains(text) || self.ended());
        assert!(self.said().contains(text), "never said {text:?}: {}", self.said());
        self
    }

    /// Its exit code, `None` after a kill, and what it said.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        wait(|| self.ended());
        let said = self.said();
        assert!(!said.contains(SECRET), "{said}");
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
