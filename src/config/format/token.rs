//! `Token`: one piece of a source with its kind, and how many blanks go before it.
//! Knows nothing of how a source is cut into tokens, or of where blanks belong.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

/// What a token is, as far as layout asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of a line.
    Newline,
    /// A comment; one that runs to the end of its line holds the newline.
    Comment,
    /// A name or a keyword.
    Name,
    Number,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// The `"` that begins a string.
    OpenQuote,
    /// The `"` that ends it.
    CloseQuote,
    /// `<<EOT` with its newline.
    OpenHeredoc,
    /// The end marker with the blanks around it, without its newline.
    CloseHeredoc,
    /// Text in quotes or in a heredoc.
    Text,
    /// `${` or `%{`, with its `~`.
    OpenSequence,
    /// The brace that ends a sequence, with its `~`.
    CloseSequence,
    /// `=`
    Equals,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `::`
    DoubleColon,
    /// `:`
    Colon,
    /// `?`
    Question,
    /// `!`
    Bang,
    /// `-`
    Minus,
    /// `+`, `*`, `/`, `%`, comparisons and `&&`, `||`
    Operator,
    /// `=>`, and whatever is no part of the language.
    Other,
}

/// A piece of a source.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'a, str>,
    /// Blanks before it.
    pub(super) blanks: usize,
}

impl<'a> Token<'a> {
    pub(super) fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Token { kind, text: text.into(), blanks: 0 }
    }

    /// Whether a line ends with it.
    pub(super) fn ends_line(&self) -> bool {
        match self.kind {
            Kind::Newline => true,
            Kind::Comment => self.text.ends_with('\n'),
            _ => false,
        }
    }

    /// How many columns it takes with the blanks before it: one for each character as people count them.
    pub(super) fn columns(&self) -> usize {
        // A carriage return and its newline count as one.
        let simple = self.text.is_ascii() && !self.text.contains('\r');
        let width = if simple { self.text.len() } else { self.text.graphemes(true).map(characters).sum() };
        self.blanks + width
    }
}

/// How many characters a cluster of the current Unicode is in Unicode 15, which Terraform counts by: there, consonants that a
/// virama joins are still apart.
fn characters(cluster: &str) -> usize {
    let joined =
        cluster.char_indices().zip(cluster.char_indices().skip(1)).filter(|((before, _), (at, c))| {
            let pair = cluster.get(*before..at + c.len_utf8()).unwrap_or_default();
            c.is_alphabetic() && pair.graphemes(true).count() > 1
        });
    1 + joined.count()
}

impl Kind {
    /// 1 for what opens a bracket, -1 for what closes one, 0 for the rest.
    pub(super) fn nesting(self) -> isize {
        match self {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen | Kind::OpenSequence => 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::CloseSequence => -1,
            _ => 0,
        }
    }
}
