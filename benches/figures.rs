//! Measures the program as people run it, as a whole process, and prints a table of figures for the README.
//! Knows lambdaform as a program to run, and the embedded control plane as a server to count requests with.
//!
//! `cargo bench --bench figures -- [--terraform] [WORD…]`: with `--terraform` the same commands of Terraform, where it is
//! installed, are measured beside; words choose the groups to measure: start, text, life, family, distance, quota,
//! scale, look.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is what it is for")]

mod control;
mod process;
mod project;
mod table;
mod terraform;
#[path = "../tests/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::panic,
    reason = "made for tests, which use all of it"
)]
mod support;

use std::error::Error;
use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use control::{Calls, Control};
use process::{Cost, Memory};
use project::{Project, Written};
use support::sandbox::Sandbox;
use table::{Figure, Row, Table};
use terraform::Terraform;
use tokio::runtime::Runtime;

/// The control plane runs in this process, and with the allocator that the program gives it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many functions the figures of daily work are about.
const FUNCTIONS: usize = 100;

/// Measuring goes on until something fails.
type Outcome = Result<(), Box<dyn Error>>;

/// Measures one group of lines.
type Group = fn(&mut Bench) -> Outcome;

/// What is measured, and the lines so far.
struct Bench {
    runtime: Runtime,
    compare: bool,
    words: Vec<String>,
    table: Table,
}

fn main() -> Outcome {
    // cargo says --bench; whoever runs all targets as tests does not and wants no figures.
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.iter().any(|arg| arg == "--bench") {
        return Ok(());
    }
    let mut bench = Bench {
        runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?,
        compare: args.iter().any(|arg| arg == "--terraform"),
        words: args.into_iter().filter(|arg| !arg.starts_with('-')).collect(),
        table: Table::default(),
    };
    let groups: [(&str, Group); 8] = [
        ("start", start),
        ("text", text),
        ("life", life),
        ("family", family),
        ("distance", distance),
        ("quota", quota),
        ("scale", scale),
        ("look", look),
    ];
    for (name, measure) in groups {
        if bench.words.is_empty() || bench.words.iter().any(|word| word == name) {
            eprintln!("measuring: {name}");
            let outcome = measure(&mut bench);
            println!("\n{}", std::mem::take(&mut bench.table));
            outcome?;
        }
    }
    Ok(())
}

impl Bench {
    fn row(&mut self, what: impl Into<String>, target: &'static str, ours: Figure, theirs: Option<Figure>) {
        self.table.0.push(Row { what: what.into(), target, ours, theirs });
    }

    /// Terraform for a project, if it was asked for and is there.
    fn terraform<'p>(&self, project: &'p Project) -> Result<Option<Terraform<'p>>, Box<dyn Error>> {
        if self.compare { Terraform::prepare(project) } else { Ok(None) }
    }
}

/// Runs a command of lambdaform several times.
fn repeat(
    project: &Project,
    control: &Control,
    args: &[&str],
    runs: usize,
) -> Result<Figure, Box<dyn Error>> {
    let mut figure = Figure::default();
    control.calls();
    for _ in 0..runs {
        let cost = process::run(project.lambdaform(args), Memory::Own)?;
        figure.add_with_calls(cost, control.calls());
    }
    Ok(figure)
}

/// The same of Terraform.
fn repeat_theirs(
    terraform: Option<&Terraform<'_>>,
    control: &Control,
    args: &[&str],
    runs: usize,
) -> Result<Option<Figure>, Box<dyn Error>> {
    let Some(terraform) = terraform else { return Ok(None) };
    let mut figure = Figure::default();
    control.calls();
    for _ in 0..runs {
        let cost = process::run(terraform.command(args), Memory::Tree)?;
        figure.add_with_calls(cost, control.calls());
    }
    Ok(Some(figure))
}

const PLAN: [&str; 3] = ["plan", "-input=false", "-no-color"];
const APPLY: [&str; 4] = ["apply", "-auto-approve", "-input=false", "-no-color"];
const DESTROY: [&str; 4] = ["destroy", "-auto-approve", "-input=false", "-no-color"];

/// What needs nothing but configuration.
fn start(bench: &mut Bench) -> Outcome {
    let control = Control::start(&bench.runtime, false)?;
    let project = Project::new(FUNCTIONS, Written::Blocks, &control.endpoint())?;
    let terraform = bench.terraform(&project)?;
    for (what, target, args, runs) in [
        ("`version`", "", &["version"][..], 40),
        ("`validate`, 100 functions", "≤ 50 ms", &["validate", "-no-color"], 20),
        ("first `plan`, 100 functions", "≤ 150 ms, ≤ 40 MiB, no requests", &PLAN, 20),
    ] {
        let ours = repeat(&project, &control, args, runs)?;
        let theirs = repeat_theirs(terraform.as_ref(), &control, args, 3)?;
        bench.row(what, target, ours, theirs);
    }
    Ok(())
}

/// What works on sources and expressions alone.
fn text(bench: &mut Bench) -> Outcome {
    const RUNS: usize = 20;
    let empty = Sandbox::new();
    let project = Project::new(FUNCTIONS, Written::Blocks, "http://127.0.0.1:1")?;
    let question = tempfile::NamedTempFile::new()?;
    std::fs::write(question.path(), "1 + 1\n")?;
    let terraform = bench.terraform(&project)?;
    for (what, sandbox, args, their_runs) in [
        ("`fmt -check` of an empty directory", &empty, &["fmt", "-check"][..], RUNS),
        ("`fmt` of 100 functions, nothing written", project.sandbox(), &["fmt", "-write=false"], RUNS),
        ("`console` in an empty directory", &empty, &["console"], RUNS),
        ("`console`, 100 functions", project.sandbox(), &["console"], 3),
    ] {
        let measure = |command: &dyn Fn() -> Command, whose, runs| -> Result<Figure, Box<dyn Error>> {
            let mut figure = Figure::default();
            for _ in 0..runs {
                figure.add(process::run_reading(command(), File::open(question.path())?, whose)?);
            }
            Ok(figure)
        };
        let program = env!("CARGO_BIN_EXE_lambdaform");
        let ours = measure(&|| sandbox.command(program, args), Memory::Own, RUNS)?;
        let theirs = match &terraform {
            Some(terraform) => {
                Some(measure(&|| terraform.command_in(sandbox, args), Memory::Tree, their_runs)?)
            }
            None => None,
        };
        bench.row(what, "≥ 10 × as fast", ours, theirs);
    }
    Ok(())
}

/// From creation to destruction, as fast as the service answers.
fn life(bench: &mut Bench) -> Outcome {
    let [mut create, mut idle, mut update, mut destroy] = <[Figure; 4]>::default();
    for _ in 0..3 {
        let control = Control::start(&bench.runtime, false)?;
        let project = Project::new(FUNCTIONS, Written::Blocks, &control.endpoint())?;
        let run = |figure: &mut Figure, args: &[&str]| -> Outcome {
            let cost = process::run(project.lambdaform(args), Memory::Own)?;
            figure.add_with_calls(cost, control.calls());
            Ok(())
        };
        run(&mut create, &APPLY)?;
        for _ in 0..5 {
            run(&mut idle, &PLAN)?;
        }
        project.configure(256)?;
        run(&mut update, &APPLY)?;
        run(&mut destroy, &DESTROY)?;
    }
    let mut theirs = [None, None, None, None];
    let control = Control::start(&bench.runtime, false)?;
    let project = Project::new(FUNCTIONS, Written::Blocks, &control.endpoint())?;
    if let Some(terraform) = bench.terraform(&project)? {
        let run = |args: &[&str], runs| repeat_theirs(Some(&terraform), &control, args, runs);
        let created = run(&APPLY, 1)?;
        let idle = run(&PLAN, 3)?;
        project.configure(256)?;
        theirs = [created, idle, run(&APPLY, 1)?, run(&DESTROY, 1)?];
    }
    let [their_create, their_idle, their_update, their_destroy] = theirs;
    bench.row("`apply`: create 100 from local zips", "≤ 4 requests each", create, their_create);
    bench.row("`plan` without changes, 100 functions", "≤ 1 request each, ≤ 300 ms", idle, their_idle);
    bench.row("`apply`: update 100", "", update, their_update);
    bench.row("`destroy` 100", "", destroy, their_destroy);
    Ok(())
}

/// Functions with what real directories keep beside them. Both programs plan the same directory on the same server, whose
/// objects and state are lambdaform's work; so Terraform's time to create them is not among the figures.
fn family(bench: &mut Bench) -> Outcome {
    let [mut create, mut idle, mut destroy] = <[Figure; 3]>::default();
    let no_op = [&PLAN[..], &["-detailed-exitcode"]].concat();
    for _ in 0..3 {
        let control = Control::start(&bench.runtime, false)?;
        let project = Project::new(FUNCTIONS, Written::Furnished, &control.endpoint())?;
        for (figure, args, runs) in
            [(&mut create, &APPLY[..], 1), (&mut idle, &no_op[..], 5), (&mut destroy, &DESTROY[..], 1)]
        {
            for _ in 0..runs {
                let cost = process::run(project.lambdaform(args), Memory::Own)?;
                figure.add_with_calls(cost, control.calls());
            }
        }
    }
    let control = Control::start(&bench.runtime, false)?;
    let project = Project::new(FUNCTIONS, Written::Furnished, &control.endpoint())?;
    let mut theirs = [None, None];
    if let Some(terraform) = bench.terraform(&project)? {
        process::run(project.lambdaform(&APPLY), Memory::Own)?;
        let run = |args: &[&str], runs| repeat_theirs(Some(&terraform), &control, args, runs);
        theirs = [run(&no_op, 3)?, run(&DESTROY, 1)?];
    }
    let [their_idle, their_destroy] = theirs;
    let what = "100 functions, each with a role, a log group and a permission";
    bench.row(format!("`apply`: create {what}"), "", create, None);
    bench.row(
        format!("`plan` without changes, {what}"),
        "≥ 50 × as fast, ≤ 1/2 of the requests",
        idle,
        their_idle,
    );
    bench.row(format!("`destroy` {what}"), "", destroy, their_destroy);
    Ok(())
}

/// From creation to destruction, with answers that take as long as those of a real service.
fn distance(bench: &mut Bench) -> Outcome {
    let control = Control::start(&bench.runtime, false)?;
    control.slow_down(100);
    let project = Project::new(FUNCTIONS, Written::Blocks, &control.endpoint())?;
    for (what, args) in [
        ("`apply`: create 100", &APPLY[..]),
        ("`plan` without changes, 100 functions", &PLAN),
        ("`destroy` 100", &DESTROY),
    ] {
        let figure = repeat(&project, &control, args, 1)?;
        bench.row(format!("{what}, each answer after 100 ms"), "", figure, None);
    }
    Ok(())
}

/// Under the quotas that AWS documents, enforced by the control plane.
fn quota(bench: &mut Bench) -> Outcome {
    let control = Control::start(&bench.runtime, true)?;
    let project = Project::new(FUNCTIONS, Written::Blocks, &control.endpoint())?;
    for (what, args) in [("`apply`: create 100", &APPLY), ("`destroy` 100", &DESTROY)] {
        let cost = process::run(project.lambdaform(args), Memory::Own)?;
        let calls = control.calls();
        let Calls { writes, throttled, last_throttled, .. } = calls;
        #[expect(clippy::cast_precision_loss, reason = "a few hundred calls")]
        let least = Duration::from_secs_f64(writes as f64 / 15.0);
        let what = format!(
            "{what} under enforced quotas: {writes} calls at 15/s need {:.2} s, so {:.2} ×; {throttled} answers of 429{}",
            least.as_secs_f64(),
            cost.time.as_secs_f64() / least.as_secs_f64(),
            if throttled > 0 { format!(", the last after {last_throttled} ms") } else { String::new() },
        );
        let mut figure = Figure::default();
        figure.add_with_calls(cost, calls);
        bench.row(what, "≤ 1.15 ×, no 429 after the first second", figure, None);
    }
    Ok(())
}

/// How time and memory grow with the number of functions.
fn scale(bench: &mut Bench) -> Outcome {
    for (written, shape, sizes) in [
        (Written::Blocks, "resource blocks", &[(100, 10), (1000, 5), (10_000, 3)][..]),
        (Written::ForEach, "instances of one resource", &[(100, 10), (1000, 5), (10_000, 3)]),
        (Written::Modules, "instances of a module", &[(100, 10), (1000, 5), (10_000, 3)]),
    ] {
        let control = Control::start(&bench.runtime, false)?;
        let seed = Project::new(1, written, &control.endpoint())?;
        process::run(seed.lambdaform(&["get"]), Memory::Own)?;
        process::run(seed.lambdaform(&APPLY), Memory::Own)?;
        for (functions, runs) in sizes.iter().copied() {
            let target = if functions == 10_000 { "≤ 2 s, ≤ 500 MiB" } else { "" };
            let project = Project::new(functions, written, &control.endpoint())?;
            process::run(project.lambdaform(&["get"]), Memory::Own)?;
            let terraform = if functions < 10_000 { bench.terraform(&project)? } else { None };
            let first = repeat(&project, &control, &PLAN, runs)?;
            bench.row(format!("first `plan` of {functions} {shape}"), "", first, None);
            project.pretend(&seed)?;
            let args = [&PLAN[..], &["-refresh=false", "-detailed-exitcode"]].concat();
            let ours = repeat(&project, &control, &args, runs)?;
            let theirs = repeat_theirs(terraform.as_ref(), &control, &args, 1)?;
            bench.row(format!("`plan -refresh=false` of {functions} {shape}"), target, ours, theirs);
        }
    }
    Ok(())
}

/// What only looks at the state.
fn look(bench: &mut Bench) -> Outcome {
    let control = Control::start(&bench.runtime, false)?;
    let seed = Project::new(1, Written::Blocks, &control.endpoint())?;
    process::run(seed.lambdaform(&APPLY), Memory::Own)?;
    for (functions, runs) in [(FUNCTIONS, 10), (10_000, 3)] {
        let project = Project::new(functions, Written::Blocks, &control.endpoint())?;
        project.pretend(&seed)?;
        let terraform = if functions == FUNCTIONS { bench.terraform(&project)? } else { None };
        for args in [&["output"][..], &["state", "list"], &["show", "-json"]] {
            let ours = repeat(&project, &control, args, runs)?;
            let theirs = repeat_theirs(terraform.as_ref(), &control, args, 3)?;
            bench.row(format!("`{}`, {functions} functions", args.join(" ")), "", ours, theirs);
        }
        let bytes = project.read("terraform.tfstate")?;
        let (mut reads, mut writes) = (Figure::default(), Figure::default());
        for _ in 0..runs {
            let begun = Instant::now();
            let read = lambdaform::state::v4::read(&bytes)?;
            reads.add(Cost { time: begun.elapsed(), memory: 0 });
            let begun = Instant::now();
            let written = lambdaform::state::v4::write(&read.state);
            writes.add(Cost { time: begun.elapsed(), memory: 0 });
            assert!(!written.is_empty(), "a state has bytes");
        }
        let size = bytes.len().div_ceil(1 << 20);
        bench.row(format!("a state of {functions} read, {size} MiB (in process)"), "", reads, None);
        bench.row(format!("a state of {functions} written (in process)"), "", writes, None);
    }
    Ok(())
}
