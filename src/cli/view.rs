//! `View`: how a command speaks: to a person, or as a stream of JSON objects.
//! Knows what is said where (plans and progress on standard output, errors on standard error), not how it reads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::base::{Diagnostic, Diagnostics, Name, Severity, Sources, Type, Value, json};
use crate::engine::{Event, Summary};
use crate::plan::{Plan, PlanMode};
use crate::provider::Registry;
use crate::render::{self, Listed, Style, stream};
use crate::state::v4::TERRAFORM_VERSION;
use crate::state::{OutputValue, State};

use super::PROGRAM;
use super::error::CommandError;
use super::terminal::Terminal;
use super::version::VERSION;

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

    /// A line of the JSON stream.
    fn line(&self, line: impl FnOnce(Timestamp) -> String) {
        if self.json {
            self.terminal.out(&format!("{}\n", line(Timestamp::now())));
        }
    }

    /// Opens the JSON stream; nothing for a person.
    pub fn begin(&self) {
        self.line(|at| stream::version(TERRAFORM_VERSION, VERSION, at));
    }

    /// Says something in both ways.
    pub fn notice(&self, text: &str) {
        self.say(text);
        self.line(|at| stream::log(text.trim(), at));
    }

    /// Shows problems: warnings on standard output, errors on standard error.
    pub fn problems(&self, problems: &Diagnostics, sources: &Sources) {
        if self.compact_warnings && !self.json && !problems.has_errors() {
            self.terminal.out(&render::compact_diagnostics(problems, sources, &self.style()));
            return;
        }
        if self.json {
            problems.iter().for_each(|problem| self.problem(problem, sources));
        } else {
            render::consolidated(problems).iter().for_each(|problem| self.problem(problem, sources));
        }
    }

    fn problem(&self, problem: &Diagnostic, sources: &Sources) {
        match problem.severity {
            _ if self.json => self.line(|at| stream::diagnostic(problem, sources, at)),
            Severity::Error => self.terminal.err(&render::diagnostic(problem, sources, &self.err_style())),
            Severity::Warning => self.terminal.out(&render::diagnostic(problem, sources, &self.style())),
        }
    }

    /// Shows why a command ended.
    pub fn error(&self, error: CommandError) {
        match error {
            CommandError::Problems(problems, sources) => self.problems(&problems, &sources),
            CommandError::Usage { problem, command } => {
                self.problem(&problem, &Sources::default());
                if !self.json {
                    let words: Vec<&str> =
                        [PROGRAM, &command, "-help"].into_iter().filter(|w| !w.is_empty()).collect();
                    let help = words.join(" ");
                    self.terminal.err(&format!("\nFor more help on using this command, run:\n  {help}\n"));
                }
            }
            CommandError::Plain(text) => self.terminal.err(&text),
            CommandError::Reported => {}
        }
    }

    /// Shows a plan with what is wrong with it.
    pub fn plan(&self, plan: &Plan, registry: &Registry, sources: &Sources) {
        let schemas = |mode, type_name: &str| registry.schema(mode, type_name);
        if !plan.errored || !plan.changes.is_empty() {
            self.say(&render::plan_text(plan, &schemas, &self.style()));
            if self.json {
                let lines = stream::plan(plan, &schemas, Timestamp::now());
                self.terminal.out(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            }
        }
        self.problems(&plan.problems, sources);
    }

    /// What follows a plan that was only made; `notes` come first.
    pub fn plan_footer(&self, plan: &Plan, notes: &[String], saved_to: Option<&Path>, in_automation: bool) {
        for note in notes {
            self.line(|at| stream::log(note, at));
        }
        let saved_to = saved_to.map(|path| path.display().to_string());
        let told = plan.has_changes() && !in_automation;
        if told || !notes.is_empty() {
            let saved_to = saved_to.as_deref().filter(|_| told);
            self.say(&render::plan_footer(notes, saved_to, told, &self.style()));
        }
    }

    /// Shows what happens.
    pub fn event(&self, event: &Event, sources: &Sources) {
        if self.json {
            if let Some(line) = stream::event(event, sources, Timestamp::now()) {
                self.line(|_| line);
            }
            return;
        }
        if let Event::Notice(problem) = event {
            return self.problem(problem, sources);
        }
        if let Some(line) = render::event_line(event) {
            self.say(&format!("{line}\n"));
        }
    }

    /// Shows how an apply ended, and the outputs if it went well.
    pub fn applied(&self, summary: &Summary, mode: PlanMode, state: &State) {
        self.say(&render::apply_summary(summary, mode, &self.style()));
        self.line(|at| stream::applied_summary(&summary.counts, mode, at));
        if mode != PlanMode::Destroy {
            self.refreshed(summary, mode, state);
        }
    }

    /// Shows the outputs if all went well, which is all that is said of a refresh.
    pub fn refreshed(&self, summary: &Summary, _mode: PlanMode, state: &State) {
        if summary.unfinished.is_empty() && !summary.interrupted {
            let outputs = listed(state);
            self.say(&render::outputs_after_apply(&outputs, &self.style()));
            self.line(|at| stream::outputs(&outputs, at));
        }
    }
}

/// The outputs of a state as they are listed. One whose value does not fit its type is shown as the JSON it is.
pub fn listed(state: &State) -> BTreeMap<Name, Listed> {
    let value = |output: &OutputValue| {
        let ty = json::type_from_json(&output.ty).unwrap_or(Type::Dynamic);
        json::from_json(&output.value, &ty)
            .or_else(|_| json::implied_value(&output.value))
            .unwrap_or(Value::NULL)
    };
    state
        .outputs
        .iter()
        .map(|(name, output)| (name.clone(), Listed { value: value(output), sensitive: output.sensitive }))
        .collect()
}
