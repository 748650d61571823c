//! Functions over files and paths. Paths are written with slashes.
//! Knows nothing of when a file is read; the caller checks that plan and apply saw the same.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::base::{Type, Value, file};

use super::declare::{Args, Fault, Function, function};
use super::glob::{Glob, GlobError};
use super::hash::{base64_of, hex_of};

pub(super) fn functions() -> Vec<Function> {
    use Type::{Bool, String as Text};
    vec![
        function("abspath", "The path from the root of the file system.").text("path").gives(Text, abs_path),
        function("basename", "The last part of the path.")
            .text("path")
            .gives(Text, |a| Ok(base_name(a.text(0)).into())),
        function("dirname", "The path without its last part.")
            .text("path")
            .gives(Text, |a| Ok(dir_name(a.text(0)).into())),
        function("file", "The text of the file.").text("path").gives(Text, |a| {
            let text = String::from_utf8(read_source(a)?);
            text.map(Value::from).map_err(|_| {
                let hint = "use the filebase64 function to obtain the Base64 encoded contents or the other file \
                            functions (e.g. filemd5, filesha256) to obtain file hashing results instead";
                quoting(a, &format!("contents of {{input}} are not valid UTF-8; {hint}"))
            })
        }),
        function("filebase64", "The bytes of the file in Base64.")
            .text("path")
            .gives(Text, |a| Ok(STANDARD.encode(read_source(a)?).into())),
        function("filebase64sha256", "The SHA-256 hash of the file, in Base64.")
            .text("path")
            .gives(Text, |a| Ok(base64_of::<sha2::Sha256>(&read(a)?).into())),
        function("filebase64sha512", "The SHA-512 hash of the file, in Base64.")
            .text("path")
            .gives(Text, |a| Ok(base64_of::<sha2::Sha512>(&read(a)?).into())),
        function("fileexists", "Whether there is a file at the path.").text("path").gives(Bool, file_exists),
        function("filemd5", "The MD5 hash of the file, in hexadecimal.")
            .text("path")
            .gives(Text, |a| Ok(hex_of::<md5::Md5>(&read(a)?).into())),
        function("fileset", "The paths of the files in a directory that fit a pattern.")
            .text("path")
            .text("pattern")
            .gives(Type::set(Text), file_set),
        function("filesha1", "The SHA-1 hash of the file, in hexadecimal.")
            .text("path")
            .gives(Text, |a| Ok(hex_of::<sha1::Sha1>(&read(a)?).into())),
        function("filesha256", "The SHA-256 hash of the file, in hexadecimal.")
            .text("path")
            .gives(Text, |a| Ok(hex_of::<sha2::Sha256>(&read(a)?).into())),
        function("filesha512", "The SHA-512 hash of the file, in hexadecimal.")
            .text("path")
            .gives(Text, |a| Ok(hex_of::<sha2::Sha512>(&read(a)?).into())),
        function("pathexpand", "The path with the home directory in place of a ~ at its start.")
            .text("path")
            .gives(Text, |a| Ok(expand(a)?.into())),
    ]
}

/// A message about the path, which stands where `{input}` does.
fn quoting(a: &Args, message: &str) -> Fault {
    Fault::about(message, format!("{:?}", a.text(0)))
}

/// The path without `.`, `..` and double slashes where that can be said without looking at the file system.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

fn base_name(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        _ if path.is_empty() => ".".into(),
        _ if trimmed.is_empty() => "/".into(),
        last => last.unwrap_or(trimmed).into(),
    }
}

fn dir_name(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |at| at + 1);
    clean(path.get(..end).unwrap_or_default())
}

fn expand(a: &Args) -> Result<String, Fault> {
    let path = a.text(0);
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.into()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(Fault::new("cannot expand user-specific home dir"));
    }
    let home = a.env.home_dir.as_deref().and_then(Path::to_str);
    let home = home.ok_or_else(|| Fault::new("there is no home directory"))?;
    Ok(if rest.is_empty() { home.into() } else { clean(&format!("{home}{rest}")) })
}

fn abs_path(a: &Args) -> Result<Value, Fault> {
    let absolute = std::path::absolute(a.env.base_dir.join(a.text(0))).or_else(|_| std::env::current_dir());
    let absolute = absolute.map_err(|e| Fault::new(e.to_string()))?;
    match absolute.to_str() {
        Some(path) => Ok(clean(path).into()),
        None => Err(Fault::new("the path is not valid UTF-8")),
    }
}

/// Where the first argument's file is: relative to the base directory, a `~` being the home directory.
fn locate(a: &Args) -> Result<PathBuf, Fault> {
    let path = if a.text(0).starts_with('~') { expand(a)? } else { a.text(0).to_string() };
    Ok(a.env.base_dir.join(clean(&path)))
}

fn read(a: &Args) -> Result<Vec<u8>, Fault> {
    let path = clean(a.text(0));
    let bytes = file::read(&locate(a)?).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Fault::about("open {input}: no such file or directory", path),
        ErrorKind::IsADirectory => Fault::about("read {input}: is a directory", path),
        _ => Fault::about(format!("read {{input}}: {error}"), path),
    })?;
    a.effort.spend(bytes.len() as u64)?;
    Ok(bytes)
}

/// The bytes of a file that must be part of the configuration.
fn read_source(a: &Args) -> Result<Vec<u8>, Fault> {
    let failed = |what: String| Fault::about(what, clean(a.text(0))).at(0);
    let bytes = file::read(&locate(a)?).map_err(|error| match error.kind() {
        ErrorKind::NotFound => quoting(
            a,
            "no file exists at {input}; this function works only with files that are distributed as part of the \
             configuration source code, so if this file will be created by a resource in this configuration you must \
             instead obtain this result from an attribute of that resource",
        )
        .at(0),
        ErrorKind::IsADirectory => failed("failed to read file: read {input}: is a directory".into()),
        _ => failed(format!("failed to read file: read {{input}}: {error}")),
    })?;
    a.effort.spend(bytes.len() as u64)?;
    Ok(bytes)
}

fn file_exists(a: &Args) -> Result<Value, Fault> {
    match fs::metadata(locate(a)?) {
        Ok(found) if found.is_file() => Ok(Value::TRUE),
        Ok(found) if found.is_dir() => Err(quoting(a, "{input} is a directory, not a file")),
        Ok(_) => Err(quoting(a, "{input} is not a regular file")),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Value::FALSE)
        }
        Err(error) => Err(quoting(a, &format!("failed to stat {{input}}: {error}"))),
    }
}

fn file_set(a: &Args) -> Result<Value, Fault> {
    let from = clean(a.text(0));
    let pattern = clean(&format!("{from}/{}", a.text(1)));
    let failed = |what: &str| {
        Fault::about(format!("failed to glob pattern {{input}}: {what}"), format!("{pattern:?}"))
    };
    if a.text(1).is_empty() {
        return Ok(Value::set(Type::String, []));
    }
    let glob = Glob::new(&pattern).ok_or_else(|| failed("syntax error in pattern"))?;
    let found = glob.files(&a.env.base_dir, a.effort).map_err(|error| match error {
        GlobError::Io(error) => failed(&error.to_string()),
        GlobError::Exhausted => failed(
            "there are more files and directories to look at than any configuration needs; begin the pattern with the \
             directory that holds the files",
        ),
    })?;
    let paths = found.iter().map(|path| Value::from(relative(&from, path)));
    Ok(Value::set(Type::String, paths))
}

/// The way from one clean path to another, both starting at the same place.
fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|part| *part != ".").collect();
    let to: Vec<&str> = to.split('/').collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to.iter().skip(shared).copied()).collect::<Vec<_>>().join("/")
}
