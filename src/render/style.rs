//! `Style`: colour or none, and how wide.
//! Knows nothing of the terminal; the caller has decided.

use std::fmt::Display;

use anstyle::{AnsiColor, Style as Ansi};

use crate::plan::Action;

/// The width of prose when nobody says otherwise, in columns.
pub const DEFAULT_WIDTH: usize = 78;

/// How text is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours are used.
    pub color: bool,
    /// Columns; prose is wrapped one short of it, and values never are.
    pub width: usize,
}

impl Style {
    /// No colour, for files and pipes.
    pub const PLAIN: Style = Style { color: false, width: DEFAULT_WIDTH };

    /// Colour, for a terminal of the given width.
    pub fn colored(width: usize) -> Self {
        Style { color: true, width }
    }

    fn dress(self, ansi: Ansi, text: impl Display) -> String {
        if self.color { format!("{ansi}{text}{ansi:#}") } else { text.to_string() }
    }

    fn ink(self, color: AnsiColor, text: impl Display) -> String {
        self.dress(color.on_default(), text)
    }

    /// Bold.
    pub fn bold(self, text: impl Display) -> String {
        self.dress(Ansi::new().bold(), text)
    }

    /// Green: created, done.
    pub fn green(self, text: impl Display) -> String {
        self.ink(AnsiColor::Green, text)
    }

    /// Yellow: changed, mind this.
    pub fn yellow(self, text: impl Display) -> String {
        self.ink(AnsiColor::Yellow, text)
    }

    /// Red: destroyed, failed.
    pub fn red(self, text: impl Display) -> String {
        self.ink(AnsiColor::Red, text)
    }

    /// Cyan: read.
    pub fn cyan(self, text: impl Display) -> String {
        self.ink(AnsiColor::Cyan, text)
    }

    /// Grey: asides.
    pub fn grey(self, text: impl Display) -> String {
        self.ink(AnsiColor::BrightBlack, text)
    }

    /// Underlined: the place of a problem.
    pub fn underline(self, text: impl Display) -> String {
        self.dress(Ansi::new().underline(), text)
    }

    /// Bold and red.
    pub fn bold_red(self, text: impl Display) -> String {
        self.dress(AnsiColor::Red.on_default().bold(), text)
    }

    /// Bold and yellow.
    pub fn bold_yellow(self, text: impl Display) -> String {
        self.dress(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// Bold and cyan.
    pub fn bold_cyan(self, text: impl Display) -> String {
        self.dress(AnsiColor::Cyan.on_default().bold(), text)
    }

    /// Bold and green.
    pub fn bold_green(self, text: impl Display) -> String {
        self.dress(AnsiColor::Green.on_default().bold(), text)
    }

    /// The symbol of an action in three columns.
    pub(super) fn symbol(self, action: Action) -> String {
        let (plus, minus) = (self.green('+'), self.red('-'));
        match action {
            Action::NoOp => "   ".into(),
            Action::Create => format!("  {plus}"),
            Action::Update => format!("  {}", self.yellow('~')),
            Action::Delete => format!("  {minus}"),
            Action::DeleteThenCreate => format!("{minus}/{plus}"),
            Action::CreateThenDelete => format!("{plus}/{minus}"),
            Action::Read => format!(" {}", self.cyan("<=")),
            Action::Forget => " .".into(),
        }
    }

    /// The rule that separates the parts of an output.
    pub(super) fn rule(self) -> String {
        "─".repeat(self.width.saturating_sub(1))
    }
}
