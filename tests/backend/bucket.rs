//! Projects with a `backend "s3"`, and what is in their bucket.
//! Knows nothing of what is done with them.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use lambdaform::state::verify::verify;
use lambdaform::state::{State, v4};

use crate::faults::bench::{Bench, inventory};
use crate::support::sandbox::Sandbox;

/// The bucket of all states here.
pub const BUCKET: &str = "states";

/// The key of the default workspace's state.
pub const KEY: &str = "app/terraform.tfstate";

/// The key of its lock.
pub const LOCK: &str = "app/terraform.tfstate.tflock";

/// A backend block with more arguments.
pub fn block(more: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket         = \"{BUCKET}\"\n    key            = \"{KEY}\"\n    region         \
         = \"us-east-1\"\n    use_path_style = true\n{more}\n  }}\n}}\n"
    )
}

/// The usual block: with a lock beside the state.
pub fn locking() -> String {
    block("    use_lockfile = true\n    encrypt = true")
}

/// A project whose state is in a bucket of its own control plane, initialised.
pub fn bench(config: &str) -> Bench {
    let bench = Bench::with(&format!("{}{config}", locking()));
    bench.server().put_object(BUCKET, "unrelated", "x").unwrap();
    bench
        .run(&["init", "-no-color"])
        .assert_success()
        .assert_stdout_has("Successfully configured the backend");
    bench
}

/// Changes the configuration of such a project.
pub fn configure(bench: &Bench, config: &str) {
    bench.configure(&format!("{}{config}", locking()));
}

/// Another directory with the same configuration and backend, as on another machine.
pub fn elsewhere(bench: &Bench) -> Sandbox {
    let other = Sandbox::new().aws(&bench.server().endpoint()).env("LAMBDAFORM_PAUSES", "0.01");
    let other = other.env("TF_VAR_secret", crate::faults::bench::SECRET);
    for name in ["main.tf", "a.zip", "b.zip", "c.zip", ".terraform/terraform.tfstate"] {
        other.write(name, std::fs::read(bench.sandbox.path(name)).unwrap());
    }
    other
}

/// An object's content; `None` if there is none.
pub fn object(url: &str, key: &str) -> Option<String> {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let path = key.replace(':', "%3A");
    write!(stream, "GET /{BUCKET}/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    match head.split(' ').nth(1) {
        Some("200") => Some(body.to_owned()),
        Some("404") => None,
        _ => panic!("{answer}"),
    }
}

/// The state in the bucket, which is whole; an empty one where there is none.
#[track_caller]
pub fn state(bench: &Bench) -> State {
    let Some(text) = object(&bench.server().endpoint(), KEY) else { return State::default() };
    let read = v4::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(verify(&read.state), []);
    read.state
}

/// The objects in state and at the control plane are the same, and nobody holds the lock.
#[track_caller]
pub fn agrees(bench: &Bench) {
    let held: BTreeSet<String> = bench.held();
    assert_eq!(inventory(&state(bench)), held, "state on the left, control plane on the right");
    assert_eq!(object(&bench.server().endpoint(), LOCK), None, "the lock is given back");
    assert!(!bench.sandbox.has("terraform.tfstate") && !bench.sandbox.has("errored.tfstate"));
    let journals = crate::faults::bench::files(&bench.sandbox.path(".lambdaform"));
    assert!(!journals.iter().any(|path| path.extension().is_some_and(|e| e == "jsonl")), "{journals:?}");
}

/// One more apply without faults brings everything in line, and leaves nothing to do.
#[track_caller]
pub fn converges(bench: &Bench) {
    bench.heal();
    bench.apply().assert_success();
    agrees(bench);
    bench.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
}
