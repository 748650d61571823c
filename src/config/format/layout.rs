//! Lines: how far each is indented, and where the equals signs and trailing comments of neighbouring lines stand.
//! Changes nothing but the number of blanks before tokens.

use std::ops::Range;

use super::spacing::apart;
use super::token::{Kind, Token};

/// A line, as a run of tokens in up to three cells.
struct Line {
    /// What comes first: all of it, if there are no other cells.
    lead: Range<usize>,
    /// `= value`, where all of the value is on this line; empty if there is none.
    assign: Range<usize>,
    /// A comment after something else; empty if there is none.
    comment: Range<usize>,
}

/// Sets the blanks before every token.
pub(super) fn lay_out(tokens: &mut [Token<'_>]) {
    let lines = lines(tokens);
    indent(&lines, tokens);
    for line in &lines {
        space(line.lead.clone(), tokens);
        space(line.assign.clone(), tokens);
    }
    align(&lines, tokens, |line| &line.assign);
    align(&lines, tokens, |line| &line.comment);
}

fn lines(tokens: &[Token<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, token) in tokens.iter().enumerate() {
        if token.ends_line() || i + 1 == tokens.len() {
            lines.push(line(start..i + 1, tokens));
            start = i + 1;
        }
    }
    lines
}

fn line(all: Range<usize>, tokens: &[Token<'_>]) -> Line {
    let Range { start, mut end } = all;
    let ends_in_comment =
        tokens.get(start..end).is_some_and(|line| line.len() > 1 && line.last().is_some_and(is_comment));
    let comment = if ends_in_comment { end - 1..end } else { end..end };
    end = comment.start;
    let line = tokens.get(start..end).unwrap_or_default();
    let equals = line.iter().skip(1).position(|token| token.kind == Kind::Equals).map(|i| start + i + 1);
    let whole = |at: &usize| {
        let value = tokens.get(*at..end).unwrap_or_default();
        value.iter().map(|token| token.kind.nesting()).sum::<isize>() == 0
    };
    let split = equals.filter(whole).unwrap_or(end);
    Line { lead: start..split, assign: split..end, comment }
}

fn is_comment(token: &Token<'_>) -> bool {
    token.kind == Kind::Comment
}

/// Indents by brackets: a line that opens more than it closes moves those after it one step to the right, however many it
/// opens; the line that closes as many moves back.
fn indent(lines: &[Line], tokens: &mut [Token<'_>]) {
    // How many brackets each step stands for.
    let mut steps: Vec<usize> = Vec::new();
    for line in lines {
        // A value that has a cell of its own closes what it opens.
        let net = nesting(tokens.get(line.lead.clone()).unwrap_or_default());
        let Some(first) = tokens.get_mut(line.lead.start) else { continue };
        if first.kind == Kind::Newline {
            first.blanks = 0;
            continue;
        }
        if net < 0 {
            close(net.unsigned_abs(), &mut steps);
        }
        first.blanks = 2 * steps.len();
        if net > 0 {
            steps.push(net.unsigned_abs());
        }
    }
}

/// The brackets a line leaves open; what is within a heredoc that begins on it does not count.
fn nesting(tokens: &[Token<'_>]) -> isize {
    let end = tokens.iter().position(|token| token.kind == Kind::OpenHeredoc).unwrap_or(tokens.len());
    tokens.iter().take(end).map(|token| token.kind.nesting()).sum()
}

fn close(mut brackets: usize, steps: &mut Vec<usize>) {
    while let Some(step) = steps.last_mut().filter(|_| brackets > 0) {
        if brackets < *step {
            *step -= brackets;
            return;
        }
        brackets -= *step;
        steps.pop();
    }
}

fn space(range: Range<usize>, tokens: &mut [Token<'_>]) {
    let line = tokens.get_mut(range).unwrap_or_default();
    let mut before = None;
    for i in 1..line.len() {
        let Some([token, after]) = line.get_mut(i - 1..=i) else { return };
        after.blanks = usize::from(apart(before, token, after.kind));
        before = Some(token.kind);
    }
}

/// Moves a cell of lines that follow each other to one column: one blank after the longest of what stands before it.
fn align(lines: &[Line], tokens: &mut [Token<'_>], cell: impl Fn(&Line) -> &Range<usize>) {
    for chain in lines.chunk_by(|a, b| cell(a).is_empty() == cell(b).is_empty()) {
        let chain: Vec<_> = chain.iter().filter(|line| !cell(line).is_empty()).collect();
        let columns: Vec<usize> = chain
            .iter()
            .map(|line| {
                let before = tokens.get(line.lead.start..cell(line).start).unwrap_or_default();
                before.iter().map(Token::columns).sum()
            })
            .collect();
        let widest = columns.iter().copied().max().unwrap_or(0);
        for (line, columns) in chain.into_iter().zip(columns) {
            if let Some(first) = tokens.get_mut(cell(line).start) {
                first.blanks = widest - columns + 1;
            }
        }
    }
}
