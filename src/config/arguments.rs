//! Files of arguments alone, such as those of `-backend-config`.
//! Knows nothing of what the arguments mean.

use std::path::Path;

use super::Body;
use super::names::Names;
use super::parse::parse_file;
use super::source::read_text;
use crate::base::{Diagnostic, Diagnostics, Sources};

/// Reads a file of `name = value` lines and adds it to the sources.
///
/// # Errors
/// A file that cannot be read, a syntax error, or a block in it.
pub fn parse_arguments(path: &Path, sources: &mut Sources) -> Result<Body, Diagnostics> {
    let name = path.to_string_lossy().into_owned();
    let text = read_text(path, &name).map_err(|problem| Diagnostics::from(*problem))?;
    let file = sources.add(name, text);
    let text = sources.get(file).map(|source| source.text.clone()).unwrap_or_default();
    let (body, mut problems) = parse_file(&text, file, &mut Names::default());
    for block in &body.blocks {
        let detail = "Blocks are not allowed in a file of arguments. An argument whose value is an object is written \
                      with an equals sign: name = { … }.";
        problems.push(Diagnostic::error("Unexpected block", detail).at(block.span));
    }
    if problems.has_errors() { Err(problems) } else { Ok(body) }
}
