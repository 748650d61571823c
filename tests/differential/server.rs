//! The three servers that stand for Lambda, behind one face. A fresh one holds nothing.
//! Knows nothing of what is compared.

use std::collections::BTreeMap;
use std::fs;

use lambdaform::local;
use serde_json::{Value, json};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::http::request;
use crate::support::emulator::Emulator;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Our own control plane, in this process.
    Embedded,
    /// ministack.
    Ministack,
    /// moto.
    Moto,
}

/// A running server with nothing in it. It ends when this is dropped.
pub enum Server {
    /// Our own, with the runtime it lives on and the folder in which it keeps what it holds.
    Embedded(Option<local::Server>, tokio::runtime::Runtime, Option<TempDir>),
    /// Another program.
    Emulator(Emulator),
}

impl Server {
    /// A fresh one; `None` if it is not on this machine.
    pub fn start(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Embedded => Some(Self::embedded(None)),
            Kind::Ministack => Emulator::ministack().map(Self::Emulator),
            Kind::Moto => Emulator::moto().map(Self::Emulator),
        }
    }

    /// Our own, which can be asked for [everything it holds](Self::everything).
    pub fn open() -> Self {
        Self::embedded(Some(tempfile::tempdir().unwrap()))
    }

    fn embedded(dir: Option<TempDir>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let data_dir = dir.as_ref().map(|dir| dir.path().to_owned());
        let options = local::Options { data_dir, ..local::Options::default() };
        let server = runtime.block_on(local::start(options)).unwrap();
        Self::Embedded(Some(server), runtime, dir)
    }

    /// The texts of all objects of [an open server](Self::open), by kind.
    pub fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let Self::Embedded(_, _, Some(dir)) = self else { panic!("this server tells nothing") };
        let mut found = BTreeMap::<String, Vec<String>>::new();
        for file in WalkDir::new(dir.path().join("us-east-1")).into_iter().flatten() {
            if file.path().extension().is_some_and(|extension| extension == "json") {
                let kind = file.path().parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
                found.entry(kind).or_default().push(fs::read_to_string(file.path()).unwrap());
            }
        }
        found
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        match self {
            Self::Embedded(server, ..) => server.as_ref().unwrap().endpoint(),
            Self::Emulator(emulator) => emulator.url().to_owned(),
        }
    }

    /// Sends one request; see [`request`].
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        request(&self.url(), method, path, body)
    }

    /// `GetFunction` of `name`, or `None` if there is none.
    #[track_caller]
    pub fn function(&self, name: &str) -> Option<Value> {
        let (status, answer) = self.request("GET", &format!("/2015-03-31/functions/{name}"), &Value::Null);
        match status {
            200 => Some(answer),
            404 => None,
            _ => panic!("GetFunction {name}: {status} {answer}"),
        }
    }

    /// Makes a role, where the server looks for it before it makes a function.
    pub fn role(&self, name: &str) {
        let Self::Emulator(emulator) = self else { return };
        let policy = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
        super::http::form(
            emulator.url(),
            "iam",
            &[
                ("Action", "CreateRole"),
                ("Version", "2010-05-08"),
                ("RoleName", name),
                ("AssumeRolePolicyDocument", &policy),
            ],
        );
    }

    /// Makes a bucket, which no type of ours does.
    pub fn bucket(&self, name: &str) {
        self.object(name, b"");
    }

    /// Puts an object into a bucket.
    pub fn object(&self, path: &str, content: &[u8]) {
        let (status, answer) = super::http::send(&self.url(), "s3", "PUT", &format!("/{path}"), &[], content);
        assert_eq!(status, 200, "{answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Embedded(server, runtime, _) = self
            && let Some(server) = server.take()
        {
            runtime.block_on(server.stop());
        }
    }
}
