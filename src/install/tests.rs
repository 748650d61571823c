//! Installing against Git repositories on disk and a server on loopback.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use super::{Progress, Request, install};

/// What the server answers at a path: status, headers, body.
type Pages = BTreeMap<String, (u16, String, Vec<u8>)>;

/// A server on loopback; it ends with the test process.
struct Server {
    url: String,
    pages: Arc<Mutex<Pages>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (pages, asked) = (Arc::new(Mutex::new(Pages::new())), Arc::new(Mutex::new(Vec::new())));
        let (served, seen) = (pages.clone(), asked.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let line = lines.next().unwrap().unwrap();
                let target = line.split(' ').nth(1).unwrap().to_owned();
                let head: Vec<String> =
                    lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
                let token = head.iter().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("authorization").then(|| format!(" {value}"))
                });
                seen.lock().unwrap().push(format!("{target}{}", token.unwrap_or_default()));
                let path = target.split('?').next().unwrap();
                let page = served.lock().unwrap().get(path).cloned();
                let (status, headers, body) = page.unwrap_or((404, String::new(), b"nothing".to_vec()));
                let length =
                    if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
                let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{length}{headers}\r\n");
                // A client that does not want the rest is no fault.
                stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
            }
        });
        Server { url, pages, asked }
    }

    fn page(&self, path: &str, status: u16, headers: &str, body: impl AsRef<[u8]>) {
        let page = (status, headers.to_owned(), body.as_ref().to_vec());
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

struct Project {
    dir: TempDir,
    services: BTreeMap<String, String>,
}

impl Project {
    fn new(main: &str) -> Self {
        let project = Project { dir: tempfile::tempdir().unwrap(), services: BTreeMap::new() };
        project.write("main.tf", main);
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn has(&self, path: &str) -> bool {
        self.dir.path().join(path).exists()
    }

    /// Installs: what was said, and the summaries and details of what went wrong.
    fn run(&self, upgrade: bool) -> (Vec<String>, Vec<String>) {
        let said = RefCell::new(Vec::new());
        let request = Request {
            dir: self.dir.path(),
            terraform_dir: Path::new(".terraform"),
            upgrade,
            default_host: "registry.example",
            services: self.services.clone(),
            token: &|host| (host == "registry.example").then(|| "sekrit".to_owned()),
            progress: &|progress| {
                said.borrow_mut().push(match progress {
                    Progress::Begun => return,
                    Progress::Downloading { package, key } => format!("Downloading {package} for {key}..."),
                    Progress::Installed { key, dir } => format!("- {key} in {}", dir.display()),
                });
            },
        };
        let problems = match install(&request) {
            Ok(()) => Vec::new(),
            Err((problems, _)) => problems.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect(),
        };
        (said.into_inner(), problems)
    }

    #[track_caller]
    fn says(&self, expected: &[&str]) {
        let (said, problems) = self.run(false);
        assert_eq!(problems, [""; 0]);
        assert_eq!(said, expected);
    }

    fn manifest(&self) -> String {
        fs::read_to_string(self.dir.path().join(".terraform/modules/modules.json")).unwrap()
    }
}

/// A module block.
fn call(name: &str, source: &str) -> String {
    format!("module {name:?} {{\n  source = {source:?}\n}}\n")
}

/// A repository whose `sub` calls `./deep` and `../other`, with a tag `v1` and a commit after it.
fn repository() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(dir.path()).args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"]);
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    write("sub/main.tf", &format!("{}{}", call("d", "./deep"), call("up", "../other")));
    write("sub/deep/main.tf", "");
    write("other/main.tf", "");
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=one"]);
    git(&["tag", "v1"]);
    write("later.tf", "");
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=two"]);
    dir
}

fn tar_gz(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn local_and_git_modules_are_installed_once() {
    let repository = repository();
    let url = repository.path().to_str().unwrap();
    let git = format!("git::file://{url}//sub?ref=v1");
    let project = Project::new(&[call("z", "./z"), call("fn", "./mods/fn/"), call("g", &git)].concat());
    project.write("z/main.tf", "");
    project.write("mods/fn/main.tf", &call("inner", ".//../../z"));
    let downloading = format!("Downloading git::file://{url}?ref=v1 for g...");
    let all = [
        "- fn in mods/fn",
        "- fn.inner in z",
        &downloading,
        "- g in .terraform/modules/g/sub",
        "- g.d in .terraform/modules/g/sub/deep",
        "- g.up in .terraform/modules/g/other",
        "- z in z",
    ];
    project.says(&all);
    assert!(!project.has(".terraform/modules/g/later.tf"), "the tag, not the branch");
    // As Terraform 1.11 wrote it for the same.
    let expected = concat!(
        r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"fn","Source":"./mods/fn","Dir":"mods/fn"},"#,
        r#"{"Key":"fn.inner","Source":"../../z","Dir":"z"},"#,
        r#"{"Key":"g","Source":"git::file://URL//sub?ref=v1","Dir":".terraform/modules/g/sub"},"#,
        r#"{"Key":"g.d","Source":"./deep","Dir":".terraform/modules/g/sub/deep"},"#,
        r#"{"Key":"g.up","Source":"../other","Dir":".terraform/modules/g/other"},"#,
        r#"{"Key":"z","Source":"./z","Dir":"z"}]}"#,
    );
    assert_eq!(project.manifest(), expected.replace("URL", url));
    project.says(&[]);
    assert_eq!(project.run(true).0, all, "an upgrade fetches again");

    project.write("main.tf", &call("g", &format!("git::file://{url}?depth=1&ref=main")));
    project.says(&[
        &format!("Downloading git::file://{url}?depth=1&ref=main for g..."),
        "- g in .terraform/modules/g",
    ]);
    assert!(project.has(".terraform/modules/g/later.tf"));
    assert!(!project.manifest().contains("g.d"), "what the old one called is forgotten");
    assert!(project.manifest().contains("\"fn\""), "what is not called any more stays, as with Terraform");
    fs::remove_dir_all(project.dir.path().join(".terraform/modules/g")).unwrap();
    assert_eq!(project.run(false).0.len(), 2, "what is gone is fetched again");
    let left: BTreeSet<_> = fs::read_dir(project.dir.path().join(".terraform/modules"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left.into_iter().collect::<Vec<_>>(), ["g", "modules.json"], "nothing half done is left");
}

#[test]
fn one_package_is_fetched_once() {
    let server = Server::start();
    server.page("/a.tar.gz", 200, "", tar_gz(&[("x/main.tf", ""), ("y/main.tf", "")]));
    let url = &server.url;
    let project = Project::new(
        &[call("x", &format!("{url}/a.tar.gz//x")), call("y", &format!("{url}/a.tar.gz//y"))].concat(),
    );
    project.says(&[
        &format!("Downloading {url}/a.tar.gz for x..."),
        "- x in .terraform/modules/x/x",
        &format!("Downloading {url}/a.tar.gz for y..."),
        "- y in .terraform/modules/y/y",
    ]);
    assert_eq!(server.take_asked(), ["/a.tar.gz"]);
    project.says(&[]);
    assert_eq!(server.take_asked(), [""; 0], "what is there costs no network");
}

#[test]
fn a_page_can_name_a_module() {
    let server = Server::start();
    server.page("/pkg/a.tgz", 200, "", tar_gz(&[("inner/deep/main.tf", "")]));
    server.page("/header", 204, "X-Terraform-Get: /pkg/a.tgz//inner\r\n", "");
    let page = format!("<meta name=\"terraform-get\" content=\"{}/header\">", server.url);
    server.page("/page", 200, "", page);
    server.page("/loop", 204, "X-Terraform-Get: /loop\r\n", "");
    server.page("/disk", 204, "X-Terraform-Get: file:///etc\r\n", "");
    let project = Project::new(&call("m", &format!("{}/page//deep", server.url)));
    project.says(&[
        &format!("Downloading {}/page for m...", server.url),
        "- m in .terraform/modules/m/inner/deep",
    ]);
    assert_eq!(server.take_asked(), ["/page?terraform-get=1", "/header?terraform-get=1", "/pkg/a.tgz"]);
    for (path, expected) in [
        ("/loop", "without end"),
        ("/disk", "cannot be understood"),
        ("/pkg/a.tgz?archive=false", "names no module"),
        ("/none.zip", "status 404"),
        ("/pkg/a.tgz?checksum=md5:00", "asks for 00"),
        ("/pkg/a.tgz?archive=zip", "cannot be unpacked"),
        ("/pkg/a.tgz//nope", "has no directory \"nope\""),
        ("/x.tar.xz", "does not know"),
    ] {
        let project = Project::new(&call("m", &format!("{}{path}", server.url)));
        let (_, problems) = project.run(false);
        assert!(problems.len() == 1 && problems[0].contains(expected), "{path} {problems:?}");
        assert!(!project.has(".terraform/modules/m/inner") || path.ends_with("nope"), "{path}");
    }
}

#[test]
fn a_registry_knows_versions() {
    let server = Server::start();
    let versions = ["1.0.0", "1.2.0", "2.0.0-beta1", "1.10.1"].map(|v| format!("{{\"version\":{v:?}}}"));
    let list = format!("{{\"modules\":[{{\"versions\":[{}]}}]}}", versions.join(","));
    server.page("/v1/ns/name/aws/versions", 200, "", list);
    for version in ["1.0.0", "1.10.1", "2.0.0-beta1"] {
        let path = format!("/v1/ns/name/aws/{version}/download");
        server.page(&path, 204, "X-Terraform-Get: ../pkg.tar.gz//inner\r\n", "");
    }
    server.page(
        "/v1/ns/name/aws/pkg.tar.gz",
        200,
        "",
        tar_gz(&[("inner/main.tf", ""), ("inner/m/x.tf", "")]),
    );
    let services = BTreeMap::from([("registry.example".to_owned(), format!("{}/v1/", server.url))]);
    let project = |source: &str, version: &str| {
        let version = if version.is_empty() { String::new() } else { format!("version = {version:?}") };
        let main = format!("module \"m\" {{\n  source = {source:?}\n  {version}\n}}\n");
        Project { services: services.clone(), ..Project::new(&main) }
    };
    let newest = project("ns/name/aws", "");
    let (downloading, at) =
        ("Downloading registry.example/ns/name/aws 1.10.1 for m...", "- m in .terraform/modules/m/inner");
    newest.says(&[downloading, at]);
    assert!(newest.manifest().ends_with(
        r#"{"Key":"m","Source":"registry.example/ns/name/aws","Version":"1.10.1","Dir":".terraform/modules/m/inner"}]}"#
    ));
    assert_eq!(
        server.take_asked(),
        [
            "/v1/ns/name/aws/versions Bearer sekrit",
            "/v1/ns/name/aws/1.10.1/download Bearer sekrit",
            "/v1/ns/name/aws/pkg.tar.gz"
        ],
        "the token is the registry's alone"
    );
    newest.says(&[]);
    assert_eq!(server.take_asked(), [""; 0]);
    newest.write("main.tf", "module \"m\" {\n  source = \"ns/name/aws\"\n  version = \"< 1.2\"\n}\n");
    newest.says(&["Downloading registry.example/ns/name/aws 1.0.0 for m...", at]);

    project("registry.example/ns/name/aws//m", "2.0.0-beta1").says(&[
        "Downloading registry.example/ns/name/aws 2.0.0-beta1 for m...",
        "- m in .terraform/modules/m/inner/m",
    ]);
    for (source, version, expected) in [
        ("ns/name/aws", "> 3", "The newest version is 1.10.1."),
        ("ns/name/aws", ">= 2.0.0-alpha", "Unresolvable"),
        ("ns/none/aws", "", "Module not found: The registry registry.example has no module ns/none/aws"),
        ("foo/bar", "", "does not say how"),
        ("./x", "1.0", "Invalid registry module source address"),
    ] {
        let (_, problems) = project(source, version).run(false);
        assert!(problems.len() == 1 && problems[0].contains(expected), "{source} {version} {problems:?}");
        assert!(!problems[0].contains("sekrit"));
    }
}

#[test]
fn what_cannot_be_installed_is_told_and_the_rest_is() {
    let repository = repository();
    let url = repository.path().to_str().unwrap();
    let away = tempfile::tempdir().unwrap();
    fs::write(away.path().join("main.tf"), call("out", "../x")).unwrap();
    let away = format!("file://{}", away.path().to_str().unwrap());
    for (source, expected) in [
        ("./nope", "Unreadable module directory"),
        (&format!("git::file://{url}?ref=nope"), "must name a branch, a tag or a commit"),
        (&format!("git::file://{url}?ref=-x"), "is no name of a branch"),
        (&format!("git::file://{url}/none"), "failed:"),
        (&format!("git::file://{url}?sshkey=hunter2"), "does not belong"),
        (&format!("git::file://{url}//nope"), "has no directory"),
        ("git::ext::https://example.com/x", "cannot be understood"),
        ("s3::https://s3.amazonaws.com/b/k.zip", "aws s3 cp"),
        ("gcs::https://www.example.com/k.zip", "gcloud"),
        ("hg::http://example.com/x", "Clone the repository"),
        ("ssh://git@example.com/x.git", "write git:: before"),
        ("https://u:hunter2@127.0.0.1:1/a.zip", "Fetching https://127.0.0.1:1/a.zip failed"),
        (&away, "escapes module package"),
        ("./a", "Module calls itself"),
    ] {
        let project = Project::new(&[call("m", source), call("z", "./z")].concat());
        project.write("z/main.tf", "");
        project.write("a/main.tf", &call("back", "../"));
        let (said, problems) = project.run(false);
        assert!(problems.len() == 1 && problems[0].contains(expected), "{source} {problems:?}");
        assert!(said.iter().chain(&problems).all(|text| !text.contains("hunter2")), "{said:?} {problems:?}");
        assert_eq!(said.last().map(String::as_str), Some("- z in z"), "{source}");
        assert!(project.manifest().contains(r#""Key":"z""#), "{source}");
    }
}

#[test]
fn without_calls_there_is_nothing_to_do() {
    let project = Project::new("");
    project.says(&[]);
    assert!(!project.has(".terraform"));
}

#[test]
fn a_server_may_hang_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a.zip", listener.local_addr().unwrap());
    let hung = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut some = [0; 16];
        stream.read_exact(&mut some).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc").unwrap();
    });
    let (_, problems) = Project::new(&call("m", &url)).run(false);
    hung.join().unwrap();
    assert!(problems.len() == 1 && problems[0].starts_with("Failed to download module"), "{problems:?}");
}
