//! Lambda functions and what hangs on them, taken through every kind of change by both programs: plans, states and
//! the objects on the server; and each program finds nothing to do on the other's state.
//! Knows nothing of how the program works.

use std::fs;

use serde_json::Value;

use super::departures::Document;
use super::functions::{FUNCTIONS, STEPS, package, project};
use super::pair::{Pair, steady};
use super::server::{Kind, Server};

#[test]
fn every_change_is_planned_and_made_alike() {
    let Some(mut pair) = Pair::on(Kind::Embedded) else { return };
    pair.write("a.zip", package("a"));
    pair.write("b.zip", package("b"));
    pair.write("main.tf", project(0, |_| true));
    pair.init();
    for step in 0..STEPS {
        let at = format!("step {}", step + 1);
        pair.write("main.tf", project(step, |_| true));
        if step == 3 {
            taint(&pair);
        }
        if !pair.plan(&at, &[]) {
            break;
        }
        pair.apply(&at);
        objects(&mut pair, &at);
        if step % 2 == 0 {
            switch(&mut pair, &at);
        }
    }
    pair.same_text("destroy", &["destroy", "-auto-approve", "-refresh=false", "-parallelism=80"]);
    pair.state("destroy");
    pair.assert_same();
}

/// Marks one function as tainted, as `terraform taint` would.
fn taint(pair: &Pair) {
    for sandbox in [&pair.ours, &pair.theirs] {
        let mut state: Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
        for resource in state["resources"].as_array_mut().unwrap() {
            if resource["name"] == "plain" && resource["mode"] == "managed" {
                resource["instances"][0]["status"] = "tainted".into();
            }
        }
        sandbox.write("terraform.tfstate", format!("{state:#}\n"));
    }
}

/// Compares what the two servers hold.
fn objects(pair: &mut Pair, at: &str) {
    let mut names: Vec<_> = FUNCTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(["renamed", "first-renamed", "counted-0", "counted-1", "counted-x"].map(str::to_owned));
    for name in names {
        let held = |server: &Server| {
            let versions =
                server.request("GET", &format!("/2015-03-31/functions/{name}/versions"), &Value::Null).1;
            let aliases =
                server.request("GET", &format!("/2015-03-31/functions/{name}/aliases"), &Value::Null).1;
            let all = serde_json::json!({ "function": server.function(&name), "versions": versions, "aliases": aliases });
            steady(&all.to_string())
        };
        let Some((ours, theirs)) = &pair.servers else { return };
        let (ours, theirs) = (held(ours), held(theirs));
        pair.same(&format!("{at}: {name}"), Document::Object, &ours, &theirs);
    }
}

/// Each program takes over the other's state and server, and finds nothing to do.
pub fn switch(pair: &mut Pair, at: &str) {
    let Some((ours, theirs)) = &pair.servers else { return };
    let (ours, theirs) = (ours.url(), theirs.url());
    let line = ["plan", "-input=false", "-detailed-exitcode", "-no-color", "-state=switch.tfstate"];
    let copy = |from: &std::path::Path, to: &std::path::Path| fs::copy(from, to).unwrap();
    copy(&pair.ours.path("terraform.tfstate"), &pair.theirs.path("switch.tfstate"));
    copy(&pair.theirs.path("terraform.tfstate"), &pair.ours.path("switch.tfstate"));
    let us = pair.ours.run_with(&[("AWS_ENDPOINT_URL", &theirs)], &line);
    let them = pair.theirs.terraform().unwrap().run_with(&[("AWS_ENDPOINT_URL", &ours)], &line);
    for (who, output) in [("lambdaform on Terraform's state", us), ("Terraform on lambdaform's state", them)]
    {
        if output.code != Some(0) {
            let text = format!("{}{}", output.stdout, output.stderr);
            let text: Vec<_> = text.lines().filter(|line| !line.contains(": Refreshing state")).collect();
            pair.fail(format!("{at}: {who} finds changes:\n{}", text.join("\n")));
        }
    }
}
