//! A provider that breaks its promises is told so, and nothing of what it made is lost.

use super::*;
use crate::base::{Diagnostic, Type, Value};

#[test]
fn a_plan_must_keep_to_configuration() {
    let lab = Lab::new();
    lab.fake.on_plan(|_, mut response| {
        response.planned = response.planned.with_attr("note", "mine".into());
        response
    });
    assert_eq!(lab.refused(&thing("a", "note = \"yours\"")), ["Provider produced invalid plan"]);
}

#[test]
fn apply_must_keep_to_the_plan() {
    // The second answer, at apply, is another one.
    let mut lab = Lab::new();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    lab.fake.on_plan(move |_, mut response| {
        if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 {
            response.planned = response.planned.with_attr("zone", "other".into());
        } else {
            response.planned = response.planned.with_attr("zone", "promised".into());
        }
        response
    });
    assert_eq!(
        lab.failed(&thing("a", "")),
        ["Provider produced inconsistent final plan | resource \"fake_thing\" \"a\""]
    );
    assert!(lab.fake.ids().is_empty(), "nothing was done");
}

#[test]
fn a_result_must_keep_to_the_plan_and_be_known() {
    for (attribute, value, expected) in [
        ("note", Value::from("other"), "Provider produced inconsistent result after apply"),
        ("zone", Value::unknown(Type::String), "Provider returned invalid result object after apply"),
        ("serial", Value::number(99), ""),
    ] {
        let mut lab = Lab::new();
        lab.fake.on_result(move |_, object| object.with_attr(attribute, value.clone()));
        if expected.is_empty() {
            lab.applied(&thing("a", "note = \"n\""));
        } else {
            let found = lab.failed(&thing("a", "note = \"n\""));
            assert_eq!(found, [format!("{expected} | resource \"fake_thing\" \"a\"")]);
        }
        assert_eq!(lab.addresses(), ["fake_thing.a"], "what is there is in state");
    }
}

#[test]
fn what_a_provider_finds_wrong_has_its_place() {
    let lab = Lab::new();
    lab.fake.on_validate(|_, _| Diagnostic::error("Ports clash", "They do.").on(path()).into());
    assert_eq!(lab.refused(&thing("a", "rule { port = 80 }")), ["Ports clash | 80"]);
    lab.fake.on_validate(|_, _| Diagnostic::error("Odd", "It is.").into());
    assert_eq!(lab.refused(&thing("a", "")), ["Odd | resource \"fake_thing\" \"a\""]);
}

fn path() -> crate::base::Path {
    crate::base::Path::default().attr("rule").index(0).attr("port")
}
