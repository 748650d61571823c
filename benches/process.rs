//! A program run as a whole process: how long it takes and how much memory it needs at most.
//! Knows nothing of what the program does.

use std::fs::{self, File};
use std::io;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From before the process begins until it has ended.
    pub time: Duration,
    /// Most resident memory, in bytes.
    pub memory: u64,
}

/// Whose memory counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// The process's own, by the high-water mark that the kernel keeps.
    Own,
    /// That of the process and all it starts together, sampled: Terraform's providers are processes of their own.
    Tree,
}

/// Runs a command without input to its end, its output going to files.
///
/// # Errors
/// When it cannot be started, or ends with another code than zero; the error tells what it said.
pub fn run(command: Command, whose: Memory) -> io::Result<Cost> {
    run_reading(command, Stdio::null(), whose)
}

/// [`run`], with something to read.
///
/// # Errors
/// As [`run`].
pub fn run_reading(mut command: Command, input: impl Into<Stdio>, whose: Memory) -> io::Result<Cost> {
    let (out, err) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
    command.stdin(input).stdout(File::create(out.path())?).stderr(File::create(err.path())?);
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let pid = child.id();
    let (ended, waiting) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        let mut most = 0;
        loop {
            most = most.max(resident(pid, whose));
            // Looking takes time of the cores that are measured, so what lasts is looked at less often.
            let pause = match whose {
                Memory::Own if begun.elapsed() < Duration::from_millis(20) => 1,
                Memory::Own => 5,
                Memory::Tree => 20,
            };
            let pause = Duration::from_millis(pause);
            if waiting.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return most;
            }
        }
    });
    let status = child.wait()?;
    let time = begun.elapsed();
    drop(ended);
    let memory = watch.join().unwrap_or_default();
    if status.success() {
        return Ok(Cost { time, memory });
    }
    let said = [out.path(), err.path()].map(|path| fs::read_to_string(path).unwrap_or_default()).concat();
    let from = said.char_indices().rev().nth(4000).map_or(0, |(at, _)| at);
    Err(io::Error::other(format!("{command:?}: {status}\n{}", &said[from..])))
}

/// Resident memory in bytes; zero for a process that has ended.
fn resident(pid: u32, whose: Memory) -> u64 {
    match whose {
        Memory::Own => line(pid, "VmHWM:"),
        Memory::Tree => line(pid, "VmRSS:") + children(pid).map(|child| resident(child, whose)).sum::<u64>(),
    }
}

/// A line of `/proc/PID/status`, which counts in kB.
fn line(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// The processes that any thread of a process started.
fn children(pid: u32) -> impl Iterator<Item = u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    threads.flat_map(|thread| {
        let list = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>()
    })
}
