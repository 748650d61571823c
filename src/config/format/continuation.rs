//! Whether an expression that is being typed goes on after its last line.
//! Knows nothing of who types.

use super::lex;
use super::token::Kind;

/// Whether something is still open in these lines: brackets, a template sequence or a heredoc. Nothing is where brackets do not
/// match, for then more lines cannot help; nor after a blank line, which ends the wait.
pub fn may_continue(text: &str) -> bool {
    if text.rsplit('\n').next().is_none_or(|line| line.trim().is_empty()) {
        return false;
    }
    let text = format!("{}\n", text.trim_end_matches('\n'));
    let mut open = Vec::new();
    for token in lex::tokens(&text).0 {
        let opener = match token.kind {
            Kind::OpenBrace
            | Kind::OpenBracket
            | Kind::OpenParen
            | Kind::OpenSequence
            | Kind::OpenHeredoc => {
                open.push(token.kind);
                continue;
            }
            Kind::CloseBrace => Kind::OpenBrace,
            Kind::CloseBracket => Kind::OpenBracket,
            Kind::CloseParen => Kind::OpenParen,
            Kind::CloseSequence => Kind::OpenSequence,
            Kind::CloseHeredoc => Kind::OpenHeredoc,
            _ => continue,
        };
        if open.pop() != Some(opener) {
            return false;
        }
    }
    !open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_awaited_as_by_terraform() {
        for text in ["[1,", "{\na = 1 # }", "<<E\nx", "<<E", "\"${", "f(\"(\"", "(1 # )", "[\n[\n1\n]"] {
            assert!(may_continue(text), "{text:?}");
        }
        for text in
            ["", "1 +", "[1]", "]", "[}", "[(}", "\"[\"", "# (", "[\n", "[\n  ", "<<E\nx\nE", "1 \\", "\"abc"]
        {
            assert!(!may_continue(text), "{text:?}");
        }
    }
}
