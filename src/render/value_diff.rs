//! A [`Diff`] as the lines of a plan: values, maps, lists, strings.
//! Knows nothing of resources; what it is handed is redacted already.

use super::hcl_text::{name, quote, visible};
use super::style::Style;
use crate::base::Name;
use crate::plan::Action;
use crate::plan::diff::{Content, Diff, Line, Scalar, Secret};

/// What is said behind an attribute whose change puts back what was changed outside. Ours; Terraform does not tell.
const DRIFT_NOTE: &str = "# changed outside, will be put back";

/// How a diff is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painter {
    pub(super) style: Style,
    /// Where lines carry the symbols of actions.
    pub(super) symbols: Symbols,
    /// Whether what stays the same is shown too.
    pub(super) unchanged: bool,
    /// Whether a deletion ends with `-> null`.
    pub(super) null_suffix: bool,
}

/// Where the symbols of actions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbols {
    /// Nowhere; state is shown so.
    None,
    /// Before the text they belong to, in a column of their own.
    Indented,
    /// In the first column, where a Markdown `diff` block wants them.
    First,
}

impl Painter {
    pub(super) fn new(style: Style) -> Self {
        Painter { style, symbols: Symbols::Indented, unchanged: false, null_suffix: true }
    }

    /// For what stands inside a collection: that it goes is said once, by the collection.
    fn inside(self) -> Self {
        Painter { null_suffix: false, ..self }
    }

    pub(super) fn showing_unchanged(self) -> Self {
        Painter { unchanged: true, ..self }
    }

    /// What stands before the text of a line.
    pub(super) fn lead(self, indent: usize, action: Action) -> String {
        let indent = "    ".repeat(indent);
        match self.symbols {
            Symbols::None => indent,
            Symbols::Indented => format!("{indent}{} ", self.style.symbol(action)),
            Symbols::First => format!("{}{indent}   ", diff_mark(action)),
        }
    }

    fn null_suffix(self, action: Action) -> String {
        let shown = action == Action::Delete && self.null_suffix;
        if shown { format!(" {}", self.style.grey("-> null")) } else { String::new() }
    }

    pub(super) fn replaces(self, diff: &Diff) -> String {
        if diff.replaces { format!(" {}", self.style.red("# forces replacement")) } else { String::new() }
    }

    /// `# (3 unchanged attributes hidden)`
    pub(super) fn hidden(self, indent: usize, count: usize, what: &str) -> String {
        let plural = if count == 1 { "" } else { "s" };
        let note = self.style.grey(format!("# ({count} unchanged {what}{plural} hidden)"));
        format!("{}{note}\n", self.lead(indent, Action::NoOp))
    }

    /// A line `key = value`, with what must be said before and behind it.
    pub(super) fn entry(self, indent: usize, key: &str, width: usize, diff: &Diff) -> String {
        let value = self.noted(diff, indent);
        let pad = " ".repeat(width.saturating_sub(key.chars().count()));
        format!("{}{}{key}{pad} = {value}\n", self.warning(indent, diff), self.lead(indent, diff.action))
    }

    /// The value, with the note about drift at the end of its first line.
    pub(super) fn noted(self, diff: &Diff, indent: usize) -> String {
        let mut value = self.value(diff, indent);
        if diff.undoes_drift && diff.action != Action::NoOp {
            let note = format!(" {}", self.style.yellow(DRIFT_NOTE));
            let end = value.find('\n').unwrap_or(value.len());
            value.insert_str(end, &note);
        }
        value
    }

    /// The lines before a secret whose mark changes.
    pub(super) fn warning(self, indent: usize, diff: &Diff) -> String {
        let (secret, what) = match &diff.content {
            Content::Secret(secret) => (secret, "attribute value"),
            Content::SecretBlock(secret) => (secret, "block"),
            _ => return String::new(),
        };
        if secret.before == secret.after || matches!(diff.action, Action::Create | Action::Delete) {
            return String::new();
        }
        let lead = format!("{}  # ", "    ".repeat(indent));
        let warning = self.style.yellow("Warning");
        let same = if secret.unchanged { " The value is unchanged." } else { "" };
        let Secret { after, .. } = secret;
        if *after {
            format!(
                "{lead}{warning}: this {what} will be marked as sensitive and will not\n\
                 {lead}display in UI output after applying this change.{same}\n"
            )
        } else {
            format!(
                "{lead}{warning}: this {what} will no longer be marked as sensitive\n\
                 {lead}after applying this change.{same}\n"
            )
        }
    }

    /// The value, first line without its lead.
    pub(super) fn value(self, diff: &Diff, indent: usize) -> String {
        let (null, replaces) = (self.null_suffix(diff.action), self.replaces(diff));
        let close = self.lead(indent, Action::NoOp);
        match &diff.content {
            Content::Secret(_) => format!("(sensitive value){null}{replaces}"),
            Content::SecretBlock(_) => {
                let lead = format!("{}  ", "    ".repeat(indent + 1));
                format!(
                    "{{{replaces}\n{lead}# At least one attribute in this block is (or was) sensitive,\n\
                     {lead}# so its contents will not be displayed.\n{close}}}"
                )
            }
            Content::Unknown { before: None } => format!("(known after apply){replaces}"),
            Content::Unknown { before: Some(before) } => {
                format!("{} -> (known after apply){replaces}", self.inside().value(before, indent))
            }
            Content::Scalar { before, after } => {
                let change = match (before, after) {
                    (Some(b), Some(a)) if diff.action == Action::Update => {
                        format!("{} {} {}", scalar(b), self.style.yellow("->"), scalar(a))
                    }
                    (_, Some(only)) | (Some(only), None) => scalar(only),
                    (None, None) => "null".into(),
                };
                format!("{change}{null}{replaces}")
            }
            Content::OtherKind { before, after } => format!(
                "{} {} {}{replaces}",
                self.inside().value(before, indent),
                self.style.yellow("->"),
                self.inside().value(after, indent)
            ),
            Content::Lines(lines) => {
                format!("<<-EOT{replaces}\n{}{close}EOT{null}", self.lines(lines, diff.action, indent))
            }
            Content::Json { root, only_spaces } => self.json(diff, root, *only_spaces, indent),
            Content::Map(entries) => {
                let keys = entries.iter().map(|(key, _)| quote(key)).collect();
                // What leaves a map that stays is said to become null; of an object's attributes it is not.
                let inner = if diff.action == Action::Delete { self.inside() } else { self };
                inner.entries(entries, keys, "element", indent, &null, &replaces)
            }
            Content::Object(entries) => {
                let keys = entries.iter().map(|(key, _)| name(key)).collect();
                self.inside().entries(entries, keys, "attribute", indent, &null, &replaces)
            }
            Content::List(items) => self.items(items, true, indent, &null, &replaces),
            Content::Set(items) => self.items(items, false, indent, &null, &replaces),
            Content::Block(block) => self.block(block, indent, &replaces),
        }
    }

    fn lines(self, lines: &[Line], action: Action, indent: usize) -> String {
        let symbols = action == Action::Update;
        let line = |line: &Line| {
            let action = if symbols { line.action } else { Action::NoOp };
            format!("{}{}\n", self.lead(indent + 1, action), visible(&line.text))
        };
        lines.iter().map(line).collect()
    }

    fn json(self, diff: &Diff, root: &Diff, only_spaces: bool, indent: usize) -> String {
        let inner = Painter { unchanged: self.unchanged || only_spaces, ..self.inside() };
        let content = inner.value(root, indent + 1);
        let (spaces, replaces) = match (only_spaces, diff.replaces) {
            (true, true) => (" # whitespace changes force replacement".into(), String::new()),
            (true, false) => (" # whitespace changes".into(), String::new()),
            (false, _) => (String::new(), self.replaces(diff)),
        };
        let null = self.null_suffix(diff.action);
        if !content.contains('\n') {
            return format!("jsonencode({content}){spaces}{replaces}{null}");
        }
        let action =
            if diff.action == Action::Update && !only_spaces { Action::Update } else { Action::NoOp };
        let (open, close) = (self.lead(indent + 1, action), self.lead(indent, Action::NoOp));
        format!("jsonencode({spaces}\n{open}{content}{replaces}\n{close}){null}")
    }

    fn entries(
        self,
        entries: &[(Name, Diff)],
        keys: Vec<String>,
        what: &str,
        indent: usize,
        null: &str,
        replaces: &str,
    ) -> String {
        if entries.is_empty() {
            return format!("{{}}{null}{replaces}");
        }
        let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or(0);
        let mut out = format!("{{{replaces}\n");
        let mut hidden = 0;
        for ((key, diff), shown) in entries.iter().zip(&keys) {
            let important = what == "attribute" && is_important(key);
            if diff.action == Action::NoOp && !self.unchanged && !important {
                hidden += 1;
                continue;
            }
            let painter = if important { self.showing_unchanged() } else { self };
            out += &painter.entry(indent + 1, shown, width, diff);
        }
        if hidden > 0 {
            out += &self.hidden(indent + 1, hidden, what);
        }
        format!("{out}{}}}{null}", self.lead(indent, Action::NoOp))
    }

    /// Elements; with `context`, the unchanged neighbours of a change are shown too.
    fn items(self, items: &[Diff], context: bool, indent: usize, null: &str, replaces: &str) -> String {
        if items.is_empty() {
            return format!("[]{null}{replaces}");
        }
        let shown = |i: usize| items.get(i).is_some_and(|d| d.action != Action::NoOp || self.unchanged);
        let mut out = format!("[{replaces}\n");
        let mut hidden = 0;
        for (i, diff) in items.iter().enumerate() {
            let neighbour = context && (shown(i + 1) || (i > 0 && shown(i - 1)));
            if !shown(i) && !neighbour {
                hidden += 1;
                continue;
            }
            if context && hidden > 0 {
                out += &self.hidden(indent + 1, hidden, "element");
                hidden = 0;
            }
            let painter =
                if diff.action == Action::NoOp { self.inside().showing_unchanged() } else { self.inside() };
            let value = painter.value(diff, indent + 1);
            out += &format!(
                "{}{}{value},\n",
                self.warning(indent + 1, diff),
                self.lead(indent + 1, diff.action)
            );
        }
        if hidden > 0 {
            out += &self.hidden(indent + 1, hidden, "element");
        }
        format!("{out}{}]{null}", self.lead(indent, Action::NoOp))
    }
}

/// The symbol of an action in a Markdown `diff` block.
pub(super) fn diff_mark(action: Action) -> char {
    match action {
        Action::Create => '+',
        Action::Delete => '-',
        Action::NoOp => ' ',
        _ => '!',
    }
}

/// The attributes that identify an object to a reader; they are shown even when they stay.
pub(super) fn is_important(name: &str) -> bool {
    matches!(name, "id" | "name" | "tags")
}

fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => "null".into(),
        Scalar::Bare(text) => text.clone(),
        Scalar::Text(text) => quote(text),
    }
}
