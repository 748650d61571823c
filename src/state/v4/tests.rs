//! The samples of the `state/` folder: golden files survive unchanged, broken ones say what is wrong with them.

use std::path::{Path, PathBuf};

use super::{read, write};

fn folder(name: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("state").join(name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tfstate"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", dir.display());
    files
}

#[test]
fn golden_files_come_back_byte_for_byte() {
    for path in folder("golden") {
        let bytes = std::fs::read(&path).unwrap();
        let state = read(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display())).state;
        let written = write(&state);
        assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&bytes), "{}", path.display());
    }
}
