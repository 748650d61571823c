//! For tests: whole plans against what they must look like, in `tests/golden/render`.
//!
//! Every expected text was checked against what Terraform 1.11 prints for such a plan; only the program's name differs.

use serde_json::{Value as Json, json};

use super::fixtures::{plan, prior_state, schemas};
use super::{PlanJson, Secrets, Style, plan_json, plan_markdown, plan_text, state_json, state_text};
use crate::base::{Path, Value};
use crate::plan::{FileChange, FileChangeKind, PackageChange, Plan, PlanMode};

macro_rules! golden {
    ($name:literal) => {
        (
            include_str!(concat!("../../tests/golden/render/", $name, ".json")),
            include_str!(concat!("../../tests/golden/render/", $name, ".txt")),
        )
    };
}

fn shown(plan: &Plan) -> String {
    plan_text(plan, &schemas, &Style::PLAIN)
}

#[test]
fn plans_read_as_terraforms() {
    use PlanMode::{Destroy, Normal, RefreshOnly};
    for (name, (input, expected), mode) in [
        ("create", golden!("create"), Normal),
        ("update", golden!("update"), Normal),
        ("replace", golden!("replace"), Normal),
        ("create-first", golden!("create-first"), Normal),
        ("drift", golden!("drift"), Normal),
        ("destroy", golden!("destroy"), Destroy),
        ("refresh-only", golden!("refresh-only"), RefreshOnly),
        ("tainted-deposed", golden!("tainted-deposed"), Normal),
        ("import", golden!("import"), Normal),
        ("errored", golden!("errored"), Normal),
        ("reasons", golden!("reasons"), Normal),
        ("values", golden!("values"), Normal),
        ("outputs-only", golden!("outputs-only"), Normal),
        ("nothing", golden!("nothing"), Normal),
        ("nothing-to-destroy", golden!("nothing-to-destroy"), Destroy),
        ("still-matches", golden!("still-matches"), RefreshOnly),
    ] {
        let text = shown(&plan(input, mode).0);
        if text != expected {
            let at = text.lines().zip(expected.lines()).position(|(a, b)| a != b);
            panic!("{name} differs in line {:?}:\n{text}", at.map(|i| i + 1));
        }
    }
}

#[test]
fn colour_changes_no_character() {
    let (plan, _) = plan(golden!("tainted-deposed").0, PlanMode::Normal);
    let colored = plan_text(&plan, &schemas, &Style::colored(78));
    let mut bare = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    assert_ne!(colored, bare);
    assert_eq!(bare, shown(&plan));
}

#[test]
fn drift_that_is_put_back_is_marked() {
    let (mut plan, _) = plan(golden!("drift").0, PlanMode::Normal);
    plan.changes[0].undoes_drift = vec![Path::from("memory_size"), Path::from("tags").key("app")];
    let text = shown(&plan);
    assert!(
        text.contains("memory_size                    = 512 -> 128 # changed outside, will be put back\n")
    );
    assert_eq!(text.matches("# changed outside").count(), 1, "what stays is not marked: {text}");
    plan.changes[0].undoes_drift = vec![Path::from("environment")];
    plan.changes[0].before = plan.changes[0].before.with_attr("environment", Value::tuple([]));
    let text = shown(&plan);
    assert!(text.contains("      + environment { # changed outside, will be put back\n"), "{text}");
}

#[test]
fn a_package_shows_its_files() {
    let (mut plan, _) = plan(golden!("create-first").0, PlanMode::Normal);
    plan.changes[2].package = Some(PackageChange {
        path: "./fn2.zip".into(),
        sha256: "kHY7RcK6HNHux2RpPg1Z".into(),
        size: 1,
        deployed: Some("Me3A7L2bManXk87KOILF".into()),
        files: Some(vec![FileChange {
            from: None,
            path: "index.py".into(),
            kind: FileChangeKind::Changed,
            size_before: Some(1200),
            size_after: Some(1300),
        }]),
    });
    let expected = "        # (3 unchanged blocks hidden)

      # package ./fn2.zip: 1 file changed (sha256 Me3A7L2b… -> kHY7RcK6…)
      #   ~ index.py  1.2 KB -> 1.3 KB
    }
";
    let text = shown(&plan);
    assert!(text.contains(expected), "{text}");
    assert!(plan_markdown(&plan, &schemas).contains("#   ~ index.py  1.2 KB -> 1.3 KB\n"));
}

#[test]
fn plan_json_is_terraforms() {
    for (input, _) in [golden!("create"), golden!("update")] {
        let (plan, mut expected) = plan(input, PlanMode::Normal);
        let with = PlanJson {
            terraform_version: "1.11.4",
            prior: &prior_state(&expected),
            configuration: json!({}),
            secrets: Secrets::Shown,
        };
        let written = plan_json(&plan, &schemas, with);
        expected["configuration"] = json!({});
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&written[key], value, "{key}");
        }
        assert_eq!(written.as_object().unwrap().len(), expected.as_object().unwrap().len());
    }
}

#[test]
fn reasons_and_places_survive_in_json() {
    let (plan, expected) = plan(golden!("reasons").0, PlanMode::Normal);
    let state = Default::default();
    let with = PlanJson {
        terraform_version: "1.11.4",
        prior: &state,
        configuration: Json::Null,
        secrets: Secrets::Shown,
    };
    let written = plan_json(&plan, &schemas, with);
    assert_eq!(written["resource_changes"], expected["resource_changes"]);
    assert_eq!(written["checks"], expected["checks"]);
}

#[test]
fn secrets_stay_out_of_everything_but_json_in_clear() {
    let (plan, json) = plan(golden!("update").0, PlanMode::Normal);
    let prior = prior_state(&json);
    let with =
        |secrets| PlanJson { terraform_version: "1.11.4", prior: &prior, configuration: Json::Null, secrets };
    let mut plan = plan;
    plan.variables.insert("db_password".into(), Value::from("hunter2-secret").with_sensitive(true));
    for text in [
        shown(&plan),
        plan_markdown(&plan, &schemas),
        plan_json(&plan, &schemas, with(Secrets::Hidden)).to_string(),
        super::stream::plan(&plan, &schemas, plan.timestamp).join("\n"),
        state_text(&prior, &schemas, &Style::PLAIN),
        state_json(&prior, "1.11.4", &schemas, Secrets::Hidden).to_string(),
    ] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(plan_json(&plan, &schemas, with(Secrets::Shown)).to_string().contains("hunter2-secret"));
}

#[test]
fn markdown_says_what_was_cut() {
    let (mut plan, _) = plan(golden!("create").0, PlanMode::Normal);
    let one = plan.changes[1].clone();
    for i in 0..100 {
        let mut more = one.clone();
        more.addr.key = Some(crate::base::InstanceKey::Int(i));
        plan.changes.push(more);
    }
    let text = plan_markdown(&plan, &schemas);
    assert!(text.starts_with("### lambdaform plan: 102 to add, 0 to change, 0 to destroy\n"));
    assert!(text.chars().count() <= 65_000);
    assert!(text.contains("changes are not shown here") && text.contains("… and 82 more"));
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn the_stream_tells_the_plan() {
    let (plan, _) = plan(golden!("reasons").0, PlanMode::Normal);
    let lines: Vec<Json> = super::stream::plan(&plan, &schemas, plan.timestamp)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = |addr: &str| {
        lines.iter().find(|l| l["change"]["resource"]["addr"] == addr).map(|l| {
            let change = &l["change"];
            (l["@message"].as_str().unwrap().to_owned(), change["action"].clone(), change["reason"].clone())
        })
    };
    for (addr, action, reason) in [
        ("terraform_data.rm", "remove", json!("delete_because_no_resource_config")),
        ("terraform_data.mvs2", "move", Json::Null),
        ("terraform_data.imp2", "import", Json::Null),
        ("terraform_data.u", "replace", json!("cannot_update")),
        ("terraform_data.rt", "replace", json!("replace_triggered_by")),
        ("data.terraform_remote_state.r[0]", "read", json!("read_because_config_unknown")),
    ] {
        let message = format!("{addr}: Plan to {action}");
        assert_eq!(told(addr), Some((message, json!(action), reason)), "{addr}");
    }
    assert!(told("terraform_data.gone[\"c\"]").is_none());
    assert_eq!(lines.last().unwrap()["changes"]["operation"], "plan");
}

#[test]
fn every_form_notes_the_same_drift() {
    for (golden, mode) in [
        (golden!("refresh-only"), PlanMode::RefreshOnly),
        (golden!("refresh-only"), PlanMode::Normal),
        (golden!("update"), PlanMode::Normal),
    ] {
        let (mut plan, _) = plan(golden.0, mode);
        // One that has moved and is the same otherwise.
        if let Some(first) = plan.drift.first().cloned() {
            let previous_addr = Some("terraform_data.before".parse().unwrap());
            plan.drift.push(crate::plan::ResourceChange {
                addr: "terraform_data.moved".parse().unwrap(),
                action: crate::plan::Action::Update,
                previous_addr,
                after: first.before.clone(),
                ..first
            });
        }
        let noted = |text: &str, lead: &str| {
            let lines = text.lines().filter(|line| {
                line.contains(" has changed")
                    || line.contains(" has moved")
                    || line.contains(" has been deleted")
            });
            lines.filter(|line| line.contains(lead)).count()
        };
        let lines = super::stream::plan(&plan, &schemas, plan.timestamp);
        let streamed = lines.iter().filter(|line| line.contains("\"resource_drift\"")).count();
        assert_eq!(noted(&shown(&plan), "  # "), streamed, "{mode:?}");
        assert_eq!(noted(&plan_markdown(&plan, &schemas), "<summary>"), streamed, "{mode:?}");
        assert!(streamed > 1 || mode == PlanMode::Normal, "{mode:?} {streamed}");
    }
}

#[test]
fn state_reads_as_terraforms() {
    let (_, json) = plan(golden!("update").0, PlanMode::Normal);
    let text = state_text(&prior_state(&json), &schemas, &Style::PLAIN);
    assert!(
        text.starts_with("# aws_iam_role.role:\nresource \"aws_iam_role\" \"role\" {\n    arn  "),
        "{text}"
    );
    let environment = "
    environment {
        variables = {
            \"DB_PASSWORD\" = (sensitive value)
            \"STAGE\"       = \"dev\"
        }
    }
";
    assert!(text.contains(environment), "{text}");
    assert!(text.ends_with("\n\n\nOutputs:\n\narns = {\n    a = \"arn:aws:lambda:us-east-1:123456789012:function:api-dev-a\"\n    b = \"arn:aws:lambda:us-east-1:123456789012:function:api-dev-b\"\n}\nsecret = (sensitive value)\n"), "{text}");
}
