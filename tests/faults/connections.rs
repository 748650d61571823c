//! Broken connections, throttling and lost answers: waited out where that helps, accounted for where it does not.
//! Knows nothing of what the service refuses.

use std::net::{Ipv4Addr, TcpListener};

use lambdaform::local::{Action, Rule};

use super::bench::{Bench, function, named, refusal};

/// A layer, a function that uses it, and an alias.
pub fn three(text: &str) -> String {
    let layer = format!(
        r#"
resource "aws_lambda_layer_version" "l" {{
  layer_name  = "l"
  filename    = "b.zip"
  description = "{text}"
}}
"#
    );
    let more =
        format!("publish = true\n  description = \"{text}\"\n  layers = [aws_lambda_layer_version.l.arn]");
    layer
        + &function("a", &more)
        + r#"
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.a.function_name
  function_version = aws_lambda_function.a.version
}
"#
}

const CREATIONS: &[&str] = &["PublishLayerVersion", "CreateFunction", "CreateAlias"];

#[test]
fn what_breaks_once_is_done_nevertheless() {
    for action in [Action::DropBefore, Action::DropAfter, refusal("ServiceException", 500), Action::Throttle]
    {
        let bench = Bench::with(&three("one"));
        for operation in CREATIONS {
            bench.fault(Rule::on(operation, action.clone()));
        }
        bench.apply().assert_success().assert_stdout_has("3 added");
        bench.agrees();
        assert!(bench.held().contains("layer l:1"), "{action:?}: {:?}", bench.held());
        bench.configure(&three("two"));
        bench.heal();
        let changes = ["UpdateFunctionConfiguration", "PublishVersion", "UpdateAlias", "DeleteLayerVersion"];
        for operation in changes.iter().chain(CREATIONS) {
            bench.fault(Rule::on(operation, action.clone()));
        }
        bench.apply().assert_success();
        bench.agrees();
        assert!(bench.held().contains("layer l:2"), "{action:?}: {:?}", bench.held());
        bench.converges();
        for operation in ["DeleteLayerVersion", "DeleteFunction", "DeleteAlias"] {
            bench.fault(Rule::on(operation, action.clone()));
        }
        bench.destroy().assert_success();
        assert!(bench.held().is_empty());
        bench.agrees();
    }
}

#[test]
fn a_storm_of_throttling_is_ridden_out() {
    let bench = Bench::with(&three("one"));
    bench.sandbox.write("main.tf", bench.sandbox.read("main.tf").replace("max_retries = 3", ""));
    for operation in CREATIONS.iter().chain(&["GetFunction", "GetLayerVersion", "GetAlias"]) {
        bench.fault(Rule::on(operation, Action::Throttle).times(5));
    }
    bench.apply().assert_success().assert_stdout_has("3 added");
    bench.agrees();
    bench.converges();
}

#[test]
fn an_answer_that_never_comes_leaves_nothing_unaccounted_for() {
    for operation in CREATIONS {
        for times in [None, Some(4)] {
            let bench = Bench::with(&three("one"));
            let lost = Rule { times, ..Rule::on(operation, Action::DropAfter) };
            bench.fault(lost);
            let apply = bench.apply();
            if apply.code == Some(0) {
                // What is there was found by reading.
                bench.agrees();
            } else {
                apply.assert_code(1).assert_stderr_has("Error: ");
                accounted(&bench);
            }
            bench.converges();
            bench.destroy().assert_success();
            assert!(bench.held().is_empty(), "{operation}: {:?}", bench.held());
        }
    }
}

#[test]
fn what_cannot_even_be_read_stays_in_the_journal() {
    for (operation, reads) in [
        ("CreateFunction", &["GetFunction"][..]),
        ("CreateAlias", &["GetAlias"]),
        ("PublishLayerVersion", &["GetLayerVersion", "ListLayerVersions"]),
    ] {
        let bench = Bench::with(&three("one"));
        // Until then everything works, so that the step is reached.
        bench.fault(Rule::on(operation, Action::DropAfter).always());
        for read in reads {
            let nth = if operation == "CreateAlias" || *read != "ListLayerVersions" { 1 } else { 2 };
            bench.fault(Rule::on(read, refusal("ServiceException", 500)).nth(nth).always());
        }
        let apply = bench.apply();
        apply.assert_code(1).assert_stderr_has("Error: ");
        accounted(&bench);
        bench.heal();
        // The next run finds out, whatever it is.
        bench.run(&["plan", "-no-color"]).assert_success().assert_stdout_has("interrupted");
        bench.agrees();
        bench.converges();
    }
}

/// Every object there is, is in state or in the journal.
#[track_caller]
pub fn accounted(bench: &Bench) {
    let mut known = super::bench::inventory(&bench.state());
    let runs = bench.journal();
    let mut layers = std::collections::BTreeSet::new();
    for run in &runs {
        for step in
            run.intents.iter().map(|intent| &intent.step).chain(run.unsaved.iter().map(|(step, _)| step))
        {
            let objects = step.planned.iter().chain(&step.prior);
            for name in objects.filter_map(|o| named(&step.addr.resource.type_name, &o.attributes)) {
                // A version has no number before it is published.
                layers
                    .extend(name.strip_prefix("layer ").and_then(|l| l.strip_suffix(':')).map(str::to_owned));
                known.insert(name);
            }
        }
    }
    for object in bench.held() {
        let layer = object.strip_prefix("layer ").and_then(|l| l.split(':').next());
        let by_journal = layer.is_some_and(|layer| layers.contains(layer));
        assert!(
            known.contains(&object) || by_journal,
            "{object} is neither in state nor in the journal: {runs:#?}"
        );
    }
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let mut bench = Bench::with(&function("a", ""));
    let sandbox = std::mem::replace(&mut bench.sandbox, crate::support::sandbox::Sandbox::new());
    bench.sandbox = sandbox.env("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{port}"));
    let apply = bench.apply();
    apply
        .assert_code(1)
        .assert_stderr_has("Error: Service not reachable")
        .assert_stderr_has("AWS_ENDPOINT_URL");
    bench.agrees();
}
