//! AWS emulators as child processes on loopback, ended with the test.
//! Knows nothing of what is tested against them.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::program::Program;

/// When to give up on an emulator that neither answers nor ends: a cold start on a busy machine takes several seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Another process may take the port between its choice and the emulator's start.
const ATTEMPTS: usize = 3;

/// Runs the emulator until standard input ends, which it does however this process ends: then, or when the emulator ends
/// by itself, the whole process group goes. A shared emulator is never dropped, so its directory goes here too.
const KEEPER: &str =
    r#"dir=$PWD; { "$@" </dev/null; kill -KILL 0; } & cd /; read _; rm -rf -- "$dir"; kill -KILL 0"#;

/// A running emulator with nothing in it. It ends when this is dropped, or with the test process.
#[derive(Debug)]
pub struct Emulator {
    keeper: Child,
    url: String,
    /// Working directory, home and log.
    _dir: TempDir,
}

impl Emulator {
    /// A `moto_server` of its own; `None` if there is none on this machine.
    pub fn moto() -> Option<Self> {
        Self::start(Program::MotoServer)
    }

    /// A `ministack` of its own; `None` if there is none on this machine.
    pub fn ministack() -> Option<Self> {
        Self::start(Program::Ministack)
    }

    /// The `moto_server` that all tests of this process share: use names that no other test uses.
    pub fn shared_moto() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Emulator>> = OnceLock::new();
        SHARED.get_or_init(Self::moto).as_ref()
    }

    /// The `ministack` that all tests of this process share: use names that no other test uses.
    pub fn shared_ministack() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Emulator>> = OnceLock::new();
        SHARED.get_or_init(Self::ministack).as_ref()
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start(program: Program) -> Option<Self> {
        let path = program.find()?;
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(program, &path) {
                Ok(emulator) => return Some(emulator),
                Err(reason) => log = reason,
            }
        }
        let (name, variable) = (program.name(), program.variable());
        panic!("{name} did not start; set {variable} to nothing to do without it. It said:\n{log}");
    }

    fn attempt(program: Program, path: &Path) -> Result<Self, String> {
        let address = free_address();
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let output = File::create(&log).unwrap();
        let port = address.port().to_string();

        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(path);
        match program {
            Program::MotoServer => command.args(["-H", "127.0.0.1", "-p", &port]),
            _ => command
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", &port)
                .env("LOG_LEVEL", "WARNING")
                // Its IoT listener would take a fixed port on every interface.
                .env("IOT_MTLS_ENABLED", "0"),
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.current_dir(dir.path()).env("HOME", dir.path()).env("TMPDIR", dir.path());
        command.stdin(Stdio::piped()).stdout(output.try_clone().unwrap()).stderr(output);
        let keeper = command.process_group(0).spawn().unwrap();

        let mut emulator = Self { keeper, url: format!("http://{address}"), _dir: dir };
        let started = Instant::now();
        while !answers(address) {
            let ended = emulator.keeper.try_wait().unwrap().is_some();
            if ended || started.elapsed() > PATIENCE {
                return Err(fs::read_to_string(&log).unwrap_or_default());
            }
            sleep(Duration::from_millis(25));
        }
        Ok(emulator)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.keeper.id()).ok().and_then(Pid::from_raw) {
            // The keeper is not reaped yet, so the group cannot be somebody else's.
            kill_process_group(group, Signal::KILL).ok();
        }
        self.keeper.wait().ok();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).unwrap()
}

/// Whether something there speaks HTTP; what it says does not matter.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/")
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::sandbox::Sandbox;

    fn address(emulator: &Emulator) -> SocketAddr {
        emulator.url().strip_prefix("http://").unwrap().parse().unwrap()
    }

    #[test]
    fn an_emulator_answers_until_it_is_dropped() {
        for start in [Emulator::moto, Emulator::ministack] {
            let Some(emulator) = start() else { continue };
            let address = address(&emulator);
            assert!(address.ip().is_loopback() && answers(address));
            drop(emulator);
            assert!(!answers(address));
        }
    }

    #[test]
    fn shared_emulators_are_started_once() {
        for shared in [Emulator::shared_moto, Emulator::shared_ministack] {
            let Some(emulator) = shared() else { continue };
            assert_eq!(shared().map(Emulator::url), Some(emulator.url()));
        }
    }

    #[test]
    fn the_aws_command_line_talks_to_an_emulator() {
        let (Some(aws), Some(emulator)) = (Program::Aws.find(), Emulator::shared_ministack()) else { return };
        let sandbox = Sandbox::new().aws(emulator.url());
        let output = sandbox.run(&aws, &["lambda", "list-functions", "--output", "json"]);
        assert!(output.assert_success().json()["Functions"].is_array());
    }
}
