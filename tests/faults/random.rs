//! Random small configurations, a random state before, and something that goes wrong at a random call: state and journal
//! always account for exactly what there is, and one more clean apply leaves nothing to do.
//! Knows nothing of particular failures.

use std::fmt::Write as _;
use std::time::Duration;

use lambdaform::local::{Action, Rule};
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rustix::process::Signal;

use super::bench::{Bench, SECRET, WRITES, refusal};
use super::connections::accounted;
use super::live::Live;

/// How many configurations are tried, the same ones every time. `LAMBDAFORM_TEST_CASES` tries so many others.
const CASES: u32 = 40;

/// One function.
#[derive(Clone, Debug)]
struct Function {
    package: u8,
    memory: u8,
    publish: bool,
    alias: bool,
    secret: bool,
    layer: bool,
    /// Waits for the function before it.
    chained: bool,
}

/// One layer.
#[derive(Clone, Debug)]
struct Layer {
    package: u8,
    description: u8,
    create_first: bool,
}

/// A configuration.
#[derive(Clone, Debug)]
struct Project {
    layer: Option<Layer>,
    functions: std::collections::BTreeMap<u8, Function>,
}

/// What goes wrong.
#[derive(Clone, Debug)]
enum Mishap {
    /// A fault at the nth call that meets it, and at so many that follow.
    Fault { action: Action, nth: u64, times: u64 },
    /// The same, only for calls that change something.
    Kill { after: bool, nth: u64 },
    /// An interrupt.
    Interrupt { nth: u64 },
}

impl Project {
    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(Layer { package, description, create_first }) = &self.layer {
            write!(
                text,
                r#"
resource "aws_lambda_layer_version" "l" {{
  layer_name  = "l"
  filename    = "{}.zip"
  description = "{description}"
  lifecycle {{
    create_before_destroy = {create_first}
  }}
}}
"#,
                package_name(*package)
            )
            .unwrap();
        }
        let mut before: Option<u8> = None;
        for (name, function) in &self.functions {
            let Function { package, memory, publish, alias, secret, layer, chained } = function;
            let mut more = String::new();
            if *layer && self.layer.is_some() {
                more += "  layers = [aws_lambda_layer_version.l.arn]\n";
            }
            if let Some(before) = before.filter(|_| *chained) {
                writeln!(more, "  description = aws_lambda_function.f{before}.version").unwrap();
            }
            if *secret {
                more += "  environment {\n    variables = { SECRET = var.secret }\n  }\n";
            }
            write!(
                text,
                r#"
resource "aws_lambda_function" "f{name}" {{
  function_name = "f{name}"
  role          = "arn:aws:iam::123456789012:role/r"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = "{}.zip"
  memory_size   = {}
  publish       = {publish}
{more}}}
"#,
                package_name(*package),
                128 + 64 * u32::from(*memory),
            )
            .unwrap();
            if *alias {
                write!(
                    text,
                    r#"
resource "aws_lambda_alias" "f{name}" {{
  name             = "live"
  function_name    = aws_lambda_function.f{name}.function_name
  function_version = aws_lambda_function.f{name}.version
}}
"#
                )
                .unwrap();
            }
            before = Some(*name);
        }
        text
    }
}

fn package_name(number: u8) -> &'static str {
    ["a", "b"].get(usize::from(number)).copied().unwrap_or("c")
}

fn functions() -> impl Strategy<Value = Function> {
    (0..2u8, 0..2u8, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(package, memory, publish, alias, secret, layer, chained)| Function {
            package,
            memory,
            publish,
            alias,
            secret,
            layer,
            chained,
        },
    )
}

fn projects() -> impl Strategy<Value = Project> {
    let layer = (0..2u8, 0..2u8, any::<bool>()).prop_map(|(package, description, create_first)| Layer {
        package,
        description,
        create_first,
    });
    (proptest::option::weighted(0.7, layer), btree_map(0..3u8, functions(), 0..3))
        .prop_map(|(layer, functions)| Project { layer, functions })
}

fn mishaps() -> impl Strategy<Value = Mishap> {
    let action = prop_oneof![
        Just(Action::DropBefore),
        Just(Action::DropAfter),
        Just(Action::Throttle),
        Just(refusal("ServiceException", 500)),
        Just(refusal("AccessDeniedException", 403)),
        Just(refusal("ResourceConflictException", 409)),
        Just(refusal("PreconditionFailedException", 412)),
    ];
    prop_oneof![
        3 => (action, 1..12u64, 1..6u64).prop_map(|(action, nth, times)| Mishap::Fault { action, nth, times }),
        3 => (any::<bool>(), 1..8u64).prop_map(|(after, nth)| Mishap::Kill { after, nth }),
        1 => (1..8u64).prop_map(|nth| Mishap::Interrupt { nth }),
    ]
}

#[test]
fn state_and_journal_account_for_everything() {
    let more: Option<u32> = std::env::var("LAMBDAFORM_TEST_CASES").ok().and_then(|text| text.parse().ok());
    let config = Config {
        cases: more.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 30,
        ..Config::default()
    };
    let cases = (projects(), projects(), mishaps(), any::<bool>());
    let mut runner = match more {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let result = runner.run(&cases, |(before, wanted, mishap, destroys)| {
        check(&before, &wanted, &mishap, destroys);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn check(before: &Project, wanted: &Project, mishap: &Mishap, destroys: bool) {
    let bench = Bench::new(Duration::from_millis(5));
    bench.configure(&before.text());
    bench.apply().assert_success();
    bench.agrees();
    bench.configure(&wanted.text());
    let args: &[&str] = match destroys {
        true => &["destroy", "-auto-approve", "-no-color"],
        false => &["apply", "-auto-approve", "-no-color"],
    };
    let mut run;
    match mishap {
        Mishap::Fault { action, nth, times } => {
            bench.fault(Rule {
                operation: None,
                function: None,
                nth: *nth,
                times: Some(*times),
                action: action.clone(),
            });
            run = Live::start(&bench, args);
        }
        Mishap::Kill { .. } | Mishap::Interrupt { .. } => {
            let (action, nth) = match mishap {
                Mishap::Kill { after: true, nth } => (Action::AnswerLate { ms: 60 }, *nth),
                Mishap::Kill { nth, .. } | Mishap::Interrupt { nth } => (Action::Delay { ms: 60 }, *nth),
                Mishap::Fault { .. } => unreachable!(),
            };
            for operation in WRITES {
                bench.fault(Rule::on(operation, action.clone()).always());
            }
            run = Live::start(&bench, args);
            let signal = if matches!(mishap, Mishap::Kill { .. }) { Signal::KILL } else { Signal::INT };
            if bench.until_met(nth, &mut || run.ended()) {
                run.signal(signal);
            }
        }
    }
    let (code, said) = run.end();
    assert!(matches!(code, None | Some(0 | 1)), "{said}");
    assert!(!said.contains("panicked") && !said.contains("bug in lambdaform"), "{said}");
    bench.quiet();
    accounted(&bench);
    if code.is_some() && bench.journals().is_empty() {
        bench.agrees();
    }
    bench.converges();
    assert!(!format!("{:?}", bench.state()).contains(SECRET), "Debug shows the secret");
}
