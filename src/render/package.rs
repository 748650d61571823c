//! What changes inside a deployment package, file by file.
//! Knows nothing of zips; the plan says what changed.

use super::style::Style;
use crate::plan::{FileChange, FileChangeKind, PackageChange};

/// How many files are named before the rest is only counted.
const FILES_SHOWN: usize = 10;

/// The lines about a package; none when what is deployed stays.
pub(super) fn package_lines(package: &PackageChange, style: Style) -> String {
    let Some(deployed) = package.deployed.as_ref().filter(|d| **d != package.sha256) else {
        return String::new();
    };
    let files = package.files.as_deref().unwrap_or_default();
    let count = |kind| files.iter().filter(|f| f.kind == kind).count();
    let said: Vec<String> = [
        (count(FileChangeKind::Changed), "changed"),
        (count(FileChangeKind::Added), "added"),
        (count(FileChangeKind::Removed), "removed"),
    ]
    .iter()
    .filter(|(n, _)| *n > 0)
    .enumerate()
    .map(|(i, (n, what))| match (i, n) {
        (0, 1) => format!("1 file {what}"),
        (0, n) => format!("{n} files {what}"),
        (_, n) => format!("{n} {what}"),
    })
    .collect();
    let what = if said.is_empty() { "new content".into() } else { said.join(", ") };
    let line = |text: String| format!("      {}\n", style.grey(text));
    let mut out = line(format!(
        "# package {}: {what} (sha256 {} -> {})",
        package.path.display(),
        short(deployed),
        short(&package.sha256)
    ));
    let width = files.iter().take(FILES_SHOWN).map(|f| f.path.chars().count()).max().unwrap_or(0);
    for file in files.iter().take(FILES_SHOWN) {
        let pad = " ".repeat(width - file.path.chars().count().min(width));
        let symbol = symbol(file.kind);
        let shown = match file.kind {
            FileChangeKind::Added => style.green(symbol),
            FileChangeKind::Removed => style.red(symbol),
            FileChangeKind::Changed | FileChangeKind::Renamed => style.yellow(symbol),
        };
        out +=
            &format!("      {}   {shown} {}{pad}  {}\n", style.grey('#'), file.path, style.grey(sizes(file)));
    }
    if files.len() > FILES_SHOWN {
        out += &line(format!("#   … and {} more", files.len() - FILES_SHOWN));
    }
    out
}

pub(super) fn symbol(kind: FileChangeKind) -> char {
    match kind {
        FileChangeKind::Added => '+',
        FileChangeKind::Removed => '-',
        FileChangeKind::Changed => '~',
        FileChangeKind::Renamed => '>',
    }
}

fn sizes(file: &FileChange) -> String {
    match (file.size_before, file.size_after) {
        (Some(before), Some(after)) if before == after => format!("{} (same size)", size(after)),
        (Some(before), Some(after)) => format!("{} -> {}", size(before), size(after)),
        (Some(only), None) | (None, Some(only)) => size(only),
        (None, None) => String::new(),
    }
}

/// The first characters of a hash, enough to tell two apart.
fn short(hash: &str) -> String {
    let head: String = hash.chars().take(8).collect();
    if head.len() < hash.len() { format!("{head}…") } else { head }
}

/// A size in bytes as people read it: `412 B`, `1.2 KB`, `3.4 MB`.
pub fn size(bytes: u64) -> String {
    let scaled = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", scaled(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", scaled(1_000_000)),
        _ => format!("{} GB", scaled(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, kind: FileChangeKind, before: Option<u64>, after: Option<u64>) -> FileChange {
        FileChange { path: path.into(), kind, size_before: before, size_after: after }
    }

    fn package(files: Vec<FileChange>) -> PackageChange {
        PackageChange {
            path: "./fn.zip".into(),
            sha256: "kHY7RcK6HNHux2RpPg1Z".into(),
            size: 200,
            deployed: Some("Me3A7L2bManXk87KOILF".into()),
            files: Some(files),
        }
    }

    #[test]
    fn files_are_named_with_their_sizes() {
        let text = package_lines(
            &package(vec![
                file("index.py", FileChangeKind::Changed, Some(1200), Some(1399)),
                file("lib/extra.py", FileChangeKind::Added, None, Some(412)),
            ]),
            Style::PLAIN,
        );
        assert_eq!(
            text,
            "      # package ./fn.zip: 1 file changed, 1 added (sha256 Me3A7L2b… -> kHY7RcK6…)\n\
             \x20     #   ~ index.py      1.2 KB -> 1.3 KB\n\
             \x20     #   + lib/extra.py  412 B\n"
        );
    }

    #[test]
    fn many_files_are_counted() {
        let files = (0..12).map(|i| file(&format!("f{i}"), FileChangeKind::Removed, Some(1), None)).collect();
        let text = package_lines(&package(files), Style::PLAIN);
        assert!(text.contains("12 files removed") && text.ends_with("#   … and 2 more\n"), "{text}");
        assert_eq!(text.lines().count(), 12);
    }

    #[test]
    fn nothing_is_said_of_a_package_that_stays() {
        let same = PackageChange { deployed: Some("kHY7RcK6HNHux2RpPg1Z".into()), ..package(Vec::new()) };
        assert_eq!(package_lines(&same, Style::PLAIN), "");
        let unlisted = PackageChange { files: None, ..package(Vec::new()) };
        assert!(package_lines(&unlisted, Style::PLAIN).contains("new content"));
    }
}
