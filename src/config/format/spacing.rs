//! Whether a blank stands between two neighbours on a line.
//! Knows nothing of lines: a token is judged by its kind, and those of its neighbours.

use super::token::{Kind, Token};

/// Whether a blank follows `token` before `after`; `before` comes before both on the same line.
pub(super) fn apart(before: Option<Kind>, token: &Token<'_>, after: Kind) -> bool {
    use Kind::*;
    match (token.kind, after) {
        (_, Newline) => false,
        // Calls and names with a namespace stay whole, and so do accesses.
        (Name, OpenParen | DoubleColon) | (DoubleColon, Name) | (Dot, _) | (_, Dot) => false,
        (_, Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Text | OpenQuote | OpenHeredoc, _) | (_, Text | CloseQuote | CloseHeredoc) => false,
        // The keyword of a `for` over a tuple that is written out; any other name before a bracket is indexed.
        (Name, _) if before == Some(Name) && token.text == "in" => true,
        (Name | Number | CloseBrace | CloseBracket | CloseParen | CloseSequence, OpenBracket) => false,
        (Bang, _) => false,
        (Minus, _) => !before.is_none_or(begins_operand),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        // An object as the only thing in a sequence.
        (OpenSequence, OpenBrace) | (CloseBrace, CloseSequence) => true,
        (CloseSequence, OpenSequence) => false,
        _ => token.kind.nesting() <= 0 && after.nesting() >= 0,
    }
}

/// Whether what follows is an operand, so that a minus there is a sign.
fn begins_operand(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        OpenParen | OpenBrace | OpenBracket | Equals | Colon | Comma | Question | Operator | Minus | Bang
    )
}
