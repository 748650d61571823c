//! `View`: how a command speaks: to a person, or as a stream of JSON objects.
//! Knows what is said where (plans and progress on standard output, errors on standard error), not how it reads.

use std::sync::Arc;

use crate::base::{Diagnostic, Diagnostics, Severity, Sources};
use crate::engine::Event;
use crate::render::{self, Style};

use super::PROGRAM;
use super::error::CommandError;
use super::terminal::Terminal;

/// How a command speaks.
#[derive(Clone)]
pub struct View {
    /// Where to.
    pub terminal: Arc<Terminal>,
    json: bool,
    compact_warnings: bool,
}

impl View {
    /// To a person.
    pub fn human(terminal: Arc<Terminal>, compact_warnings: bool) -> Self {
        View { terminal, json: false, compact_warnings }
    }

    /// To a person, or to a program with `json`.
    pub fn new(terminal: Arc<Terminal>, json: bool, compact_warnings: bool) -> Self {
        View { terminal, json, compact_warnings }
    }

    /// Whether it is a stream of JSON objects.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// How text on standard output is dressed.
    pub fn style(&self) -> Style {
        Style { color: self.terminal.out_color(), width: self.terminal.width() }
    }

    /// How text on standard error is dressed.
    fn err_style(&self) -> Style {
        Style { color: self.terminal.err_color(), width: self.terminal.err_width() }
    }

    /// Says something to a person; the JSON stream has its own words for it.
    pub fn say(&self, text: &str) {
        if !self.json {
            self.terminal.out(text);
        }
    }

    /// One object of the JSON stream; nothing for a person.
    pub fn emit(&self, object: &serde_json::Value) {
        if self.json {
            self.terminal.out(&format!("{object}\n"));
        }
    }

    /// Shows problems: warnings on standard output, errors on standard error.
    pub fn problems(&self, problems: &Diagnostics, sources: &Sources) {
        let compact = self.compact_warnings && !problems.has_errors();
        if compact && !self.json && !problems.is_empty() {
            let mut text = "\nWarnings:\n\n".to_owned();
            for problem in problems {
                text.push_str(&format!("- {}\n", problem.summary));
            }
            text.push_str("\nTo see the full warning notes, run lambdaform without -compact-warnings.\n");
            self.terminal.out(&text);
            return;
        }
        for problem in problems {
            self.problem(problem, sources);
        }
    }

    fn problem(&self, problem: &Diagnostic, sources: &Sources) {
        let _ = sources;
        let text = format!(
            "\n{}: {}\n\n{}\n",
            if problem.severity == Severity::Error { "Error" } else { "Warning" },
            problem.summary,
            render::wrap(&problem.detail, 77)
        );
        match problem.severity {
            Severity::Error => self.terminal.err(&text),
            Severity::Warning => self.terminal.out(&text),
        }
    }

    /// Shows why a command ended.
    pub fn error(&self, error: CommandError) {
        match error {
            CommandError::Problems(problems, sources) => self.problems(&problems, &sources),
            CommandError::Usage { problem, command } => {
                self.problem(&problem, &Sources::default());
                if !self.json {
                    let words: Vec<&str> = [PROGRAM, &command, "-help"].into_iter().filter(|w| !w.is_empty()).collect();
                    self.terminal.err(&format!("\nFor more help on using this command, run:\n  {}\n", words.join(" ")));
                }
            }
            CommandError::Plain(text) => self.terminal.err(&text),
            CommandError::Reported => {}
        }
    }

    /// Shows what happens.
    pub fn event(&self, event: &Event, sources: &Sources) {
        if let Event::Notice(problem) = event {
            self.problem(problem, sources);
        }
    }
}
