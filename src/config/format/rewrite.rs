//! What formatting changes beyond blanks: labels get quotes, types of variables and values lose the quotes that old versions
//! of the language needed. Knows nothing of lines and columns.

use super::label;
use super::token::{Kind, Token};

/// The tokens of a body with its labels, types and values as they are written today.
pub(super) fn modernise(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut rewriter = Rewriter {
        out: Vec::with_capacity(tokens.len()),
        blocks: Vec::new(),
        tokens: tokens.into_iter().collect(),
    };
    while let Some(token) = rewriter.tokens.front() {
        match token.kind {
            Kind::Name => rewriter.item(),
            Kind::CloseBrace => {
                rewriter.blocks.pop();
                rewriter.keep();
            }
            _ => rewriter.keep(),
        }
    }
    rewriter.out
}

struct Rewriter<'a> {
    tokens: std::collections::VecDeque<Token<'a>>,
    out: Vec<Token<'a>>,
    /// The blocks that are open here: whether each declares a variable.
    blocks: Vec<bool>,
}

impl<'a> Rewriter<'a> {
    /// Takes the next token as it is.
    fn keep(&mut self) {
        self.out.extend(self.tokens.pop_front());
    }

    fn next_is(&self, kinds: &[Kind]) -> bool {
        self.tokens.front().is_some_and(|token| kinds.contains(&token.kind))
    }

    fn keep_comments(&mut self) {
        while self.next_is(&[Kind::Comment]) {
            self.keep();
        }
    }

    /// An attribute or the beginning of a block, from its name.
    fn item(&mut self) {
        let name = self.tokens.front().map_or_else(String::new, |token| token.text.to_string());
        self.keep();
        let comments = self.tokens.iter().take_while(|token| token.kind == Kind::Comment).count();
        if self.tokens.get(comments).is_some_and(|token| token.kind == Kind::Equals) {
            self.keep_comments();
            self.keep();
            self.keep_comments();
            let value = self.value();
            let is_type = name == "type" && self.blocks == [true];
            let ends_line = self.tokens.front().is_none_or(|next| next.kind == Kind::Newline);
            self.out.extend(match is_type {
                true => type_expression(value),
                false if !ends_line && ends_in_heredoc(&value) => value,
                false => unwrapped(value),
            });
        } else {
            self.header(&name);
        }
    }

    /// The expression that comes next, without comments at its end.
    fn value(&mut self) -> Vec<Token<'a>> {
        let (mut depth, mut len) = (0_isize, 0);
        for (i, token) in self.tokens.iter().enumerate() {
            if depth == 0 && (token.ends_line() || token.kind == Kind::CloseBrace) {
                break;
            }
            depth += token.kind.nesting();
            if token.kind != Kind::Comment {
                len = i + 1;
            }
        }
        self.tokens.drain(..len).collect()
    }

    /// The labels of a block and its brace. Comments between labels are lost.
    fn header(&mut self, name: &str) {
        let labels = [Kind::Name, Kind::OpenQuote];
        let mut after_comments = 0;
        loop {
            while self.tokens.get(after_comments).is_some_and(|token| token.kind == Kind::Comment) {
                after_comments += 1;
            }
            if !self.tokens.get(after_comments).is_some_and(|token| labels.contains(&token.kind)) {
                break;
            }
            self.tokens.drain(..after_comments);
            after_comments = 0;
            self.label();
        }
        self.keep_comments();
        if self.next_is(&[Kind::OpenBrace]) {
            self.blocks.push(name == "variable");
            self.keep();
        }
    }

    fn label(&mut self) {
        let Some(first) = self.tokens.pop_front() else { return };
        if first.kind == Kind::Name {
            self.out.push(Token::new(Kind::OpenQuote, "\""));
            self.out.push(Token { kind: Kind::Text, ..first });
            self.out.push(Token::new(Kind::CloseQuote, "\""));
            return;
        }
        self.out.push(first);
        while let Some(token) = self.tokens.pop_front() {
            let end = token.kind == Kind::CloseQuote;
            self.out.push(match token.kind {
                Kind::Text => Token { text: label::respell(token.text), ..token },
                _ => token,
            });
            if end {
                return;
            }
        }
    }
}

/// The type of a variable: `"string"`, `"list"`, `"map"` in quotes, and collections that do not say of what.
fn type_expression(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let element = match tokens.as_slice() {
        [name] if name.kind == Kind::Name && matches!(&*name.text, "list" | "map" | "set") => "any",
        [open, text, close]
            if (open.kind, text.kind, close.kind) == (Kind::OpenQuote, Kind::Text, Kind::CloseQuote) =>
        {
            match &*text.text {
                "string" => return vec![Token::new(Kind::Name, "string")],
                "list" | "map" => "string",
                _ => return tokens,
            }
        }
        _ => return tokens,
    };
    let name = tokens.into_iter().find(|token| matches!(token.kind, Kind::Name | Kind::Text));
    let mut out: Vec<_> = name.map(|name| Token { kind: Kind::Name, ..name }).into_iter().collect();
    out.extend(
        [(Kind::OpenParen, "("), (Kind::Name, element), (Kind::CloseParen, ")")]
            .map(|(k, t)| Token::new(k, t)),
    );
    out
}

/// `"${x}"` as `x`. One that runs over several lines gets parentheses, because outside of the template newlines would end it.
fn unwrapped(mut tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    if !is_wrap(&tokens) {
        return tokens;
    }
    tokens.drain(..2);
    tokens.truncate(tokens.len().saturating_sub(2));
    let first = tokens.iter().take_while(|token| token.kind == Kind::Newline).count();
    tokens.drain(..first);
    while tokens.last().is_some_and(|token| token.kind == Kind::Newline) {
        tokens.pop();
    }
    let kind = |token: Option<&Token<'_>>| token.map(|token| token.kind);
    let in_parens =
        kind(tokens.first()) == Some(Kind::OpenParen) && kind(tokens.last()) == Some(Kind::CloseParen);
    if !in_parens && is_torn(&tokens) {
        tokens.insert(0, Token::new(Kind::OpenParen, "("));
        tokens.push(Token::new(Kind::CloseParen, ")"));
    }
    tokens
}

/// Whether the end of a heredoc is all that its interpolation ends with. Nothing else may stand on its line, which Terraform
/// does not look at.
fn ends_in_heredoc(tokens: &[Token<'_>]) -> bool {
    let inside = tokens.len().saturating_sub(2);
    let last = tokens.iter().take(inside).rfind(|token| token.kind != Kind::Newline);
    last.is_some_and(|token| token.kind == Kind::CloseHeredoc)
}

/// Whether an expression runs over several lines. Terraform does not look at those that end in a comment, and so leaves files
/// that nobody can read; within brackets it does no harm.
fn is_torn(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0;
    let Some((_, before_last)) = tokens.split_last() else { return false };
    before_last.iter().any(|token| {
        depth += token.kind.nesting();
        token.kind == Kind::Newline || depth == 0 && token.ends_line()
    })
}

/// Whether an expression is a string of one interpolation and nothing else, as far as its tokens tell without doubt.
fn is_wrap(tokens: &[Token<'_>]) -> bool {
    let [quote, open, inside @ .., close, end] = tokens else { return false };
    let delimiters = (quote.kind, &*open.text, close.kind, end.kind);
    if inside.is_empty()
        || !matches!(delimiters, (Kind::OpenQuote, "${" | "${~", Kind::CloseSequence, Kind::CloseQuote))
    {
        return false;
    }
    let (mut quotes, mut heredocs) = (0_isize, 0_isize);
    for token in inside {
        match token.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes -= 1,
            Kind::OpenHeredoc => heredocs += 1,
            Kind::CloseHeredoc => heredocs -= 1,
            Kind::OpenSequence | Kind::CloseSequence if quotes <= 0 => return false,
            Kind::Text if quotes <= 0 && heredocs <= 0 => return false,
            _ => {}
        }
    }
    true
}
