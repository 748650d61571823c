//! The flags that several commands share, each declared once with its help.
//! Knows nothing of what the flags bring about.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::base::InstanceAddr;
use crate::plan::PlanMode;

use super::error::CommandError;

/// Parses `30s`, `1m30s`, `2h`, `500ms`; a bare `0` is no time at all.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let malformed = || "a duration such as 30s or 2m is required".to_owned();
    let (mut rest, mut seconds) = (text, 0.0);
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(malformed)?;
        let number: f64 = rest[..digits].parse().map_err(|_| malformed())?;
        let after = &rest[digits..];
        let (unit, factor) = UNITS.iter().find(|(unit, _)| after.starts_with(unit)).ok_or_else(malformed)?;
        // "m" also begins "ms", which therefore comes first.
        rest = &after[unit.len()..];
        seconds += number * factor;
    }
    if text.is_empty() {
        Err(malformed())
    } else {
        Duration::try_from_secs_f64(seconds).map_err(|_| malformed())
    }
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a whole number is required".to_owned())
}

/// A flag that is on unless it is set to false: `-lock=false`.
fn toggle(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .value_parser(PossibleValuesParser::new(["true", "false"]))
        .default_value("true")
        .default_missing_value("true")
        .hide_possible_values(true)
        .help(help)
}

/// A toggle as a clap argument group of one, for `#[command(flatten)]`.
macro_rules! toggles {
    ($($(#[$doc:meta])* $ty:ident, $name:literal, $help:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $ty(pub bool);

        impl FromArgMatches for $ty {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok($ty(matches.get_one::<String>($name).is_none_or(|value| value == "true")))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = $ty::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl Args for $ty {
            fn augment_args(command: Command) -> Command {
                command.arg(toggle($name, $help))
            }

            fn augment_args_for_update(command: Command) -> Command {
                $ty::augment_args(command)
            }
        }
    )*};
}

toggles! {
    /// `-input`
    Input, "input", "Do not ask for the values of variables that are not set. TF_INPUT=0 does the same.";
    /// `-lock`
    Lock, "lock", "Do not hold the state's lock. Dangerous if others might run commands on the same workspace.";
    /// `-refresh`
    Refresh, "refresh", "Do not read real objects before planning. Faster, but the plan may start from a stale record.";
    /// `-backend`
    InitBackend, "backend", "Do not initialize the backend: it stays as it is.";
    /// `-get`
    Get, "get", "Do not install modules.";
    /// `-list`
    ListFiles, "list", "Do not list the files whose layout differs. Never listed for standard input.";
    /// `-write`
    WriteFiles, "write", "Do not write to the files. Never written for standard input, nor with -check.";
}

/// One `-var` or `-var-file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    /// `-var 'name=value'`
    Var(String),
    /// `-var-file=path`
    File(PathBuf),
}

/// Every `-var` and `-var-file` in the order of the command line, in which later ones win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignments(pub Vec<Assignment>);

impl FromArgMatches for Assignments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let indexes = |name| matches.indices_of(name).into_iter().flatten();
        let vars = matches.get_many::<String>("var").into_iter().flatten().cloned().map(Assignment::Var);
        let files =
            matches.get_many::<PathBuf>("var-file").into_iter().flatten().cloned().map(Assignment::File);
        let mut placed: Vec<_> = indexes("var").zip(vars).chain(indexes("var-file").zip(files)).collect();
        placed.sort_by_key(|(index, _)| *index);
        Ok(Assignments(placed.into_iter().map(|(_, assignment)| assignment).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Assignments::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Assignments {
    fn augment_args(command: Command) -> Command {
        command
            .arg(Arg::new("var").long("var").value_name("NAME=VALUE").action(ArgAction::Append).help(
                "Set a variable of the root module. May be given more than once.",
            ))
            .arg(
                Arg::new("var-file")
                    .long("var-file")
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .value_parser(clap::value_parser!(PathBuf))
                    .help(
                        "Set variables from a file, after terraform.tfvars and *.auto.tfvars. May be given more than once.",
                    ),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Assignments::augment_args(command)
    }
}

/// What a plan is limited to.
#[derive(clap::Args, Debug, Clone)]
pub struct Limits {
    /// Limit the plan to this module, resource or instance and what it depends on; when destroying, to it and what
    /// depends on it. May be given more than once. For exceptional use only.
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Leave this module, resource or instance alone and what depends on it; when destroying, it and what it depends
    /// on. May be given more than once, but not together with -target. For exceptional use only.
    #[arg(long, value_name = "ADDRESS")]
    pub exclude: Vec<String>,
}

impl Limits {
    /// Looks for what cannot be meant.
    ///
    /// # Errors
    /// When both are given.
    pub fn check(&self, command: &str) -> Result<(), CommandError> {
        if self.target.is_empty() || self.exclude.is_empty() {
            return Ok(());
        }
        Err(CommandError::usage(
            command,
            "Incompatible options",
            "The options -target and -exclude are mutually-exclusive. Use either of them, as often as needed.",
        ))
    }
}

/// What is planned.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Plan customization options")]
pub struct Planning {
    /// Plan to destroy everything this configuration manages.
    #[arg(long)]
    pub destroy: bool,
    /// Only look for changes made outside, and offer to record them in the state.
    #[arg(long)]
    pub refresh_only: bool,
    #[command(flatten)]
    pub refresh: Refresh,
    /// Replace this resource instance even if nothing about it changed. May be given more than once.
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<String>,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub assignments: Assignments,
}

impl Planning {
    /// The planning mode.
    ///
    /// # Errors
    /// For combinations that contradict each other.
    pub fn mode(&self, command: &str) -> Result<PlanMode, CommandError> {
        let mode = match (self.destroy, self.refresh_only) {
            (true, true) => {
                return Err(CommandError::usage(
                    command,
                    "Incompatible plan mode options",
                    "The -destroy and -refresh-only options are mutually-exclusive.",
                ));
            }
            (true, false) => PlanMode::Destroy,
            (false, true) => PlanMode::RefreshOnly,
            (false, false) => PlanMode::Normal,
        };
        if mode == PlanMode::RefreshOnly && !self.refresh.0 {
            return Err(CommandError::usage(
                command,
                "Incompatible refresh options",
                "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because lambdaform \
                 would have nothing to do.",
            ));
        }
        self.limits.check(command)?;
        if mode != PlanMode::Normal && !self.replace.is_empty() {
            return Err(CommandError::usage(
                command,
                "Unsupported plan mode",
                "Forcing resource instance replacement (with -replace=...) is allowed only in normal planning mode.",
            ));
        }
        Ok(mode)
    }

    /// The instances to replace.
    ///
    /// # Errors
    /// For what is no address of a managed instance.
    pub fn replaced(&self, command: &str) -> Result<Vec<InstanceAddr>, CommandError> {
        let parse = |text: &String| {
            let invalid = |detail: String| {
                CommandError::usage(command, format!("Invalid force-replace address {text:?}"), detail)
            };
            let addr: InstanceAddr = text.parse().map_err(|error| invalid(format!("{error}")))?;
            if addr.resource.mode == crate::base::Mode::Data {
                return Err(invalid(
                    "Only managed resources can be used with the -replace=... option.".into(),
                ));
            }
            Ok(addr)
        };
        self.replace.iter().map(parse).collect()
    }

    /// The first of these flags that was given; none of them goes with a saved plan.
    pub fn given(&self) -> Option<&'static str> {
        let flags = [
            (self.destroy, "-destroy"),
            (self.refresh_only, "-refresh-only"),
            (!self.refresh.0, "-refresh=false"),
            (!self.replace.is_empty(), "-replace"),
            (!self.limits.target.is_empty(), "-target"),
            (!self.limits.exclude.is_empty(), "-exclude"),
        ];
        flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

/// How a plan or an apply runs.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Other options")]
pub struct Running {
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub lock: Lock,
    /// How long to retry while somebody else holds the lock, such as 30s.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s", hide_default_value = true)]
    pub lock_timeout: Duration,
    /// How many reads and changes may be in flight at once. The AWS client paces itself, so this is rarely needed.
    #[arg(long, value_name = "N", value_parser = count, default_value = "64")]
    pub parallelism: usize,
    /// Say everything as a stream of JSON objects, one a line. Implies -input=false.
    #[arg(long)]
    pub json: bool,
    /// Show warnings that come without errors by their summaries only.
    #[arg(long)]
    pub compact_warnings: bool,
}

/// Where the state is.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "State options")]
pub struct Place {
    /// Use the built-in Lambda control plane, with its own data and state under .lambdaform/local: no AWS account and
    /// no real state file is touched.
    #[arg(long)]
    pub local: bool,
    /// The state file to use instead of the local backend's.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// Which side: the real one or the built-in one, of commands whose state is wherever the side has it.
#[derive(clap::Args, Debug, Clone, Copy)]
pub struct Side {
    /// The side of the built-in Lambda control plane, whose states are under .lambdaform/local.
    #[arg(long)]
    pub local: bool,
}

impl From<Side> for Place {
    fn from(side: Side) -> Self {
        Place { local: side.local, state: None }
    }
}

/// Where a changed state goes.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "State options")]
pub struct Destination {
    /// The file to write the state to, if not the one it was read from.
    #[arg(long, value_name = "FILE")]
    pub state_out: Option<PathBuf>,
    /// The file for the state as it was before; by default the state's name with ".backup". "-" for none.
    #[arg(long, value_name = "FILE")]
    pub backup: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_in_go() {
        for (text, millis) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("250ms", 250),
            ("1.5s", 1500),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5", "s", "5x", "1s2", "-1s", "1e400h", "é"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
