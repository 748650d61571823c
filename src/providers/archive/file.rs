//! `archive_file`: a deterministic zip of files, directories or literal content, and its checksums.
//! Packs nothing itself; the package floor does.

use std::path::PathBuf;

use crate::base::{Diagnostic, Diagnostics, Path, Value};
use crate::package::{Checksums, Literal, Mode, PackageError, Source, zip};
use crate::provider::DataType;
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

/// The type.
pub(super) static TYPE: DataType = DataType {
    name: "archive_file",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::bool("exclude_symlink_directories"),
                Attribute::string_set("excludes"),
                Attribute::string("id").computed(),
                Attribute::string("output_base64sha256").computed(),
                Attribute::string("output_base64sha512").computed(),
                Attribute::string("output_file_mode"),
                Attribute::string("output_md5").computed(),
                Attribute::string("output_path").required(),
                Attribute::string("output_sha").computed(),
                Attribute::string("output_sha256").computed(),
                Attribute::string("output_sha512").computed(),
                Attribute::number("output_size").computed(),
                Attribute::string("source_content"),
                Attribute::string("source_content_filename"),
                Attribute::string("source_dir"),
                Attribute::string("source_file"),
                Attribute::string("type").required().check(&[Constraint::OneOf(&["zip"])]),
            ],
            blocks: &[NestedBlock::set(
                "source",
                Block {
                    attributes: &[
                        Attribute::string("content").required(),
                        Attribute::string("filename").required(),
                    ],
                    blocks: &[],
                },
            )],
        },
    },
    pure: true,
};

/// Where the files come from: exactly one of these.
const SOURCES: [&str; 4] = ["source", "source_content_filename", "source_dir", "source_file"];

/// Rules between arguments.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let unknown = |name: &str| config.get(name).is_some_and(Value::is_unknown);
    let given: Vec<&str> =
        SOURCES.into_iter().filter(|name| !unknown(name) && is_set(config, name)).collect();
    let listed = "\"source\" blocks, \"source_content_filename\", \"source_dir\" and \"source_file\"";
    match given.as_slice() {
        [] if !SOURCES.iter().any(|name| unknown(name)) => problems.push(Diagnostic::error(
            "Invalid combination of arguments",
            format!("An archive needs something to hold: exactly one of {listed} must be set, and none is."),
        )),
        [_, second, ..] => problems.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                format!(
                    "Exactly one of {listed} may be set, and there are {}: {}.",
                    given.len(),
                    given.join(", ")
                ),
            )
            .on(*second),
        ),
        _ => {}
    }
    let pair = ("source_content", "source_content_filename");
    for (name, other) in [pair, (pair.1, pair.0)] {
        if is_set(config, name) && !is_set(config, other) {
            problems.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!("{name:?} needs {other:?} beside it."),
                )
                .on(name),
            );
        }
    }
    if is_set(config, "excludes") && !is_set(config, "source_dir") && !unknown("source_dir") {
        problems.push(
            Diagnostic::error(
                "Missing required argument",
                "\"excludes\" leaves files out of a directory, so it needs \"source_dir\".",
            )
            .on("excludes"),
        );
    }
    if let Some(mode) = text(config, "output_file_mode").filter(|m| !m.is_empty())
        && let Err(error) = Mode::parse(&mode)
    {
        problems.push(Diagnostic::error(error.summary(), error.to_string()).on("output_file_mode"));
    }
    problems
}

/// Makes the archive, and fills in what is computed.
///
/// # Errors
/// What cannot be read or written, named.
pub(super) fn make(config: &Value) -> Result<Value, Diagnostics> {
    let explain = |error: PackageError| {
        let place = SOURCES.iter().find(|name| is_set(config, name)).copied().unwrap_or("output_path");
        Diagnostics::from(Diagnostic::error(error.summary(), error.to_string()).on(Path::from(place)))
    };
    let target = PathBuf::from(text(config, "output_path").unwrap_or_default());
    let mode = text(config, "output_file_mode").filter(|m| !m.is_empty());
    let mode = mode.map(|m| Mode::parse(&m)).transpose().map_err(explain)?;
    zip::write(&source(config), &target, mode).map_err(explain)?;
    let sums = Checksums::of_file(&target).map_err(explain)?;
    let size = i64::try_from(sums.size).unwrap_or(i64::MAX);
    let computed = [
        ("id", Value::from(sums.sha1.clone())),
        ("output_base64sha256", Value::from(sums.sha256.base64())),
        ("output_base64sha512", Value::from(sums.sha512_base64())),
        ("output_md5", Value::from(sums.md5.clone())),
        ("output_sha", Value::from(sums.sha1.clone())),
        ("output_sha256", Value::from(sums.sha256.hex())),
        ("output_sha512", Value::from(sums.sha512_hex())),
        ("output_size", Value::from(size)),
    ];
    Ok(computed.into_iter().fold(config.clone(), |object, (name, value)| object.with_attr(name, value)))
}

fn source(config: &Value) -> Source {
    if let Some(file) = text(config, "source_file").filter(|f| !f.is_empty()) {
        return Source::File(file.into());
    }
    if let Some(directory) = text(config, "source_dir").filter(|d| !d.is_empty()) {
        let excludes = config.get("excludes").and_then(Value::as_items).unwrap_or_default();
        return Source::Directory {
            path: directory.into(),
            excludes: excludes.iter().filter_map(|e| e.as_str().map(str::to_owned)).collect(),
            exclude_symlink_directories: config
                .get("exclude_symlink_directories")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        };
    }
    let literal = |content: Option<String>, filename: Option<String>| Literal {
        filename: filename.unwrap_or_default(),
        content: content.unwrap_or_default().into_bytes(),
    };
    if is_set(config, "source_content_filename") {
        let content = text(config, "source_content");
        return Source::Literals(vec![literal(content, text(config, "source_content_filename"))]);
    }
    let blocks = config.get("source").and_then(Value::as_items).unwrap_or_default();
    Source::Literals(blocks.iter().map(|b| literal(text(b, "content"), text(b, "filename"))).collect())
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// Whether configuration gives a value, known or not.
fn is_set(config: &Value, name: &str) -> bool {
    config.get(name).is_some_and(|v| !v.is_null() && v.as_items().is_none_or(|items| !items.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::conform;

    fn config(entries: &[(&str, Value)]) -> (Value, Vec<String>) {
        let mut all = vec![("type", Value::from("zip")), ("output_path", "out.zip".into())];
        all.extend(entries.iter().cloned());
        let (config, mut problems) = conform(&TYPE.schema.block, &Value::object(all));
        problems.extend(validate(&config));
        let said = problems
            .iter()
            .map(|d| format!("{}: {}", d.path.clone().unwrap_or_default(), d.summary))
            .collect();
        (config, said)
    }

    #[test]
    fn exactly_one_source() {
        let source = Value::tuple([Value::object([("content", Value::from("1")), ("filename", "a".into())])]);
        let none: [&str; 0] = [];
        assert_eq!(
            config(&[("source_dir", "src".into()), ("excludes", Value::tuple([Value::from("x")]))]).1,
            none
        );
        assert_eq!(config(&[("source", source.clone())]).1, none);
        assert_eq!(config(&[]).1, [": Invalid combination of arguments"]);
        assert_eq!(
            config(&[("source", source), ("source_file", "a".into())]).1,
            ["source_file: Invalid combination of arguments"]
        );
        assert_eq!(
            config(&[("source_file", "a".into()), ("excludes", Value::tuple([Value::from("x")]))]).1,
            ["excludes: Missing required argument"]
        );
        assert_eq!(
            config(&[("source_content_filename", "a".into())]).1,
            ["source_content_filename: Missing required argument"]
        );
        assert_eq!(
            config(&[("source_file", "a".into()), ("output_file_mode", "rw".into())]).1,
            ["output_file_mode: Invalid file mode"]
        );
        assert_eq!(config(&[("source_file", "a".into()), ("type", "rar".into())]).1.len(), 1);
    }

    #[test]
    fn makes_an_archive_with_its_checksums() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out.zip");
        let (config, problems) = config(&[
            ("output_path", out.to_str().unwrap().into()),
            ("source_content", "hello".into()),
            ("source_content_filename", "hello.txt".into()),
        ]);
        assert_eq!(problems, [""; 0]);
        let made = make(&config).unwrap();
        assert!(made.is_wholly_known());
        assert_eq!(made.ty(), TYPE.schema.block.ty());
        let bytes = std::fs::read(&out).unwrap();
        assert_eq!(made.get("output_size"), Some(&Value::from(bytes.len() as i64)));
        let sha = crate::package::Sha256::of(&bytes);
        assert_eq!(made.get("output_base64sha256"), Some(&Value::from(sha.base64())));
        assert_eq!(made.get("id"), made.get("output_sha"));
    }

    #[test]
    fn names_what_cannot_be_read() {
        let (config, _) = config(&[("source_dir", "no/such/directory".into())]);
        let problem = make(&config).unwrap_err().into_iter().next().unwrap();
        assert_eq!(problem.path, Some("source_dir".into()));
        assert!(problem.detail.contains("no/such/directory"), "{}", problem.detail);
    }
}
