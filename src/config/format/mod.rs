//! The canonical layout of a source, byte for byte what `terraform fmt` 1.11 writes.
//! Pure: knows nothing of files, and nothing of what blocks and attributes mean, but for the type of a variable.
//!
//! A source is cut into tokens, which keep comments and newlines but no blanks; old spellings are brought up to date; then
//! each token is told how many blanks go before it. No step looks further than along a line, so all of it takes time in
//! proportion to what is written, and nothing recurses.

mod token;
mod lex;
mod label;
mod rewrite;
mod spacing;
mod layout;
mod continuation;

pub use continuation::may_continue;

use token::Token;

use super::names::Names;
use super::parse::{length_error, parse_file, too_long};
use crate::base::{Diagnostic, Diagnostics, Sources};

/// The longest result, in bytes: alignment can make a text much longer than it was.
const LONGEST: usize = 1 << 30;

/// The canonical layout of a source, which `name` names in messages.
///
/// # Errors
/// Syntax errors; with them the sources their spans point into.
pub fn format(name: &str, text: &str) -> Result<String, Box<(Diagnostics, Sources)>> {
    let refuse = |problem: Diagnostic| Box::new((problem.into(), Sources::default()));
    if too_long(text) {
        return Err(refuse(length_error(name)));
    }
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let (_, problems) = parse_file(text, file, &mut Names::default());
    if problems.has_errors() {
        return Err(Box::new((problems, sources)));
    }
    let (tokens, blanks_at_end) = laid_out(text);
    let lengths = tokens.iter().map(|token| token.blanks.saturating_add(token.text.len()));
    let length = lengths.fold(blanks_at_end, usize::saturating_add);
    if length > LONGEST {
        return Err(refuse(Diagnostic::error(
            "File too large",
            format!(
                "{name} would become larger than 1 GiB, because aligning its lines takes so many blanks."
            ),
        )));
    }
    Ok(written(&tokens, blanks_at_end, length))
}

/// The tokens of a source with the blanks before them, and those after the last.
fn laid_out(text: &str) -> (Vec<Token<'_>>, usize) {
    let (tokens, blanks_at_end) = lex::tokens(text);
    let mut tokens = rewrite::modernise(tokens);
    layout::lay_out(&mut tokens);
    (tokens, blanks_at_end)
}

fn written(tokens: &[Token<'_>], blanks_at_end: usize, length: usize) -> String {
    let mut out = String::with_capacity(length);
    for token in tokens {
        out.extend(std::iter::repeat_n(' ', token.blanks));
        out.push_str(&token.text);
    }
    out.extend(std::iter::repeat_n(' ', blanks_at_end));
    // A heredoc that came out of an interpolation; Terraform leaves it without its newline, and then nobody can read it.
    if tokens.last().is_some_and(|token| token.kind == token::Kind::CloseHeredoc) {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests;
