//! The figures as a Markdown table.
//! Knows nothing of how they were measured.

use std::fmt;
use std::time::Duration;

use crate::control::Calls;
use crate::process::Cost;

/// Several runs of one command.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    costs: Vec<Cost>,
    calls: Option<Calls>,
}

/// One line: what was run, what it is held against, and how it went.
pub struct Row {
    /// What was run.
    pub what: String,
    /// What it is held against.
    pub target: &'static str,
    /// lambdaform's figure.
    pub ours: Figure,
    /// Terraform's, if it was asked for.
    pub theirs: Option<Figure>,
}

/// All lines, in the order in which they were measured.
#[derive(Default)]
pub struct Table(pub Vec<Row>);

impl Figure {
    /// Adds a run.
    pub fn add(&mut self, cost: Cost) {
        self.costs.push(cost);
    }

    /// Adds a run whose calls were logged; the run with the most of them is told.
    pub fn add_with_calls(&mut self, cost: Cost, calls: Calls) {
        self.add(cost);
        if self.calls.is_none_or(|most| calls.all > most.all) {
            self.calls = Some(calls);
        }
    }

    /// The median time.
    pub fn median(&self) -> Duration {
        let mut times: Vec<_> = self.costs.iter().map(|cost| cost.time).collect();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn times(&self) -> String {
        let least = self.costs.iter().map(|cost| cost.time).min().unwrap_or_default();
        match self.costs.len() {
            0 => String::new(),
            1 => time(least),
            _ => format!("{} / {}", time(least), time(self.median())),
        }
    }

    fn memory(&self) -> String {
        match self.costs.iter().map(|cost| cost.memory).max() {
            None | Some(0) => String::new(),
            Some(bytes) => format!("{} MiB", bytes.div_ceil(1 << 20)),
        }
    }

    fn requests(&self) -> String {
        match self.calls {
            None => String::new(),
            Some(calls) if calls.all == 0 => "0".to_owned(),
            Some(calls) => format!("{} ({})", calls.all, calls.in_flight),
        }
    }
}

/// Three digits and a unit.
fn time(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    match millis {
        ..10.0 => format!("{millis:.1} ms"),
        ..1000.0 => format!("{millis:.0} ms"),
        ..10_000.0 => format!("{:.2} s", millis / 1000.0),
        _ => format!("{:.1} s", millis / 1000.0),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compared = self.0.iter().any(|row| row.theirs.is_some());
        write!(f, "| | time (least / median) | memory | requests (most at once) | target |")?;
        writeln!(f, "{}", if compared { " Terraform: time | memory | requests |" } else { "" })?;
        writeln!(f, "| --- | --: | --: | --: | :-- |{}", if compared { " --: | --: | --: |" } else { "" })?;
        for Row { what, target, ours, theirs } in &self.0 {
            write!(f, "| {what} | {} | {} | {} | {target} |", ours.times(), ours.memory(), ours.requests())?;
            match theirs {
                Some(theirs) => {
                    writeln!(f, " {} | {} | {} |", theirs.times(), theirs.memory(), theirs.requests())?;
                }
                None => writeln!(f, "{}", if compared { " | | |" } else { "" })?,
            }
        }
        Ok(())
    }
}
