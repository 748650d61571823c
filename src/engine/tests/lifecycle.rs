//! `ignore_changes` and `prevent_destroy`.

use super::*;
use crate::plan::PlanMode;

#[test]
fn ignored_changes() {
    let before = "size = 2\ntags = { a = \"1\", b = \"1\" }\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }";
    let ignoring =
        |rest: &str, ignored: &str| free("a", &format!("{rest}\nlifecycle {{ ignore_changes = {ignored} }}"));
    for (rest, ignored, expected) in [
        ("", "all", ""),
        ("kind = \"other\"", "all", ""),
        (
            "size = 3\ntags = { a = \"1\", b = \"1\" }\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[size]",
            "",
        ),
        // A default does not come back either.
        (
            "tags = { a = \"1\", b = \"1\" }\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[size]",
            "",
        ),
        (
            "size = 2\ntags = { a = \"2\" }\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[tags[\"a\"], tags[\"b\"]]",
            "",
        ),
        (
            "size = 2\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[tags[\"a\"], tags[\"b\"]]",
            "",
        ),
        (
            "size = 2\ntags = { a = \"1\", b = \"1\", c = \"1\" }\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[tags[\"c\"], tags[\"d\"]]",
            "",
        ),
        (
            "size = 2\ntags = { a = \"2\", b = \"2\" }\nkind = \"k\"\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[tags[\"a\"]]",
            "fake_free.a ~",
        ),
        (
            "size = 2\ntags = { a = \"1\", b = \"1\" }\nnote = \"n\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[kind]",
            "",
        ),
        (
            "size = 2\ntags = { a = \"1\", b = \"1\" }\nkind = \"k\"\nrule { port = 2 }\nlimits { max = 2 }",
            "[note, rule[0].port, limits.max]",
            "",
        ),
        (
            "size = 2\ntags = { a = \"1\", b = \"1\" }\nkind = \"k\"\nnote = \"n\"\nlimits { max = 1 }",
            "[rule]",
            "",
        ),
        (
            "size = 2\ntags = { a = \"1\", b = \"1\" }\nkind = \"o\"\nnote = \"o\"\nrule { port = 1 }\nlimits { max = 1 }",
            "[note]",
            "fake_free.a -/+ ReplaceBecauseCannotUpdate kind",
        ),
    ] {
        let mut lab = Lab::with(&free("a", before));
        let config = ignoring(rest, ignored);
        assert_eq!(actions(&lab.planned(&config)).join(", "), expected, "{config}");
        lab.applied(&config);
        lab.settled(&config);
    }
}

#[test]
fn what_the_provider_alone_decides_may_be_ignored() {
    for (rest, ignored, expected) in [
        ("size = 2", "[serial]", "fake_thing.a ~"),
        ("size = 2", "[serial, size]", ""),
        ("size = 2", "[zone]", "fake_thing.a ~"),
        ("kind = \"other\"", "[kind, serial, id]", ""),
    ] {
        let mut lab = Lab::with(&thing("a", "size = 1\nkind = \"k\"\nrule { port = 1 }"));
        let body = format!("{rest}\nrule {{ port = 1 }}\nlifecycle {{ ignore_changes = {ignored} }}");
        let config = thing("a", &if rest.contains("kind") { body } else { format!("kind = \"k\"\n{body}") });
        assert_eq!(actions(&lab.planned(&config)).join(", "), expected, "{config}");
        lab.applied(&config);
        lab.settled(&config);
    }
}

#[test]
fn ignoring_what_the_provider_alone_decides_is_told() {
    let ignored = "[serial, zone, rule[0].rule_id, rule[0].port]";
    let config = thing("a", &format!("rule {{ port = 1 }}\nlifecycle {{ ignore_changes = {ignored} }}"));
    let problems = Lab::new().planned(&config).problems;
    let redundant = |at: &str| format!("Redundant ignore_changes element | {at}");
    assert_eq!(
        messages(&configuration(&config).0, &problems),
        [redundant("serial"), redundant("rule[0].rule_id")]
    );
}

#[test]
fn a_replacement_takes_all_of_the_configuration() {
    let config = |kind: &str, note: &str| {
        free("a", &format!("kind = \"{kind}\"\nnote = \"{note}\"\nlifecycle {{ ignore_changes = [note] }}"))
    };
    let mut lab = Lab::with(&config("k", "old"));
    lab.applied(&config("o", "new"));
    assert_eq!(lab.attribute("fake_free.a", "note"), "new");
}

#[test]
fn ignoring_does_not_hide_drift_from_state() {
    let config = free("a", "lifecycle { ignore_changes = [note] }");
    let lab = Lab::with(&config);
    lab.fake.meddle("a", "note", "other".into());
    let plan = lab.planned(&config);
    assert_eq!((actions(&plan).len(), plan.drift.len()), (0, 1));
}

#[test]
fn what_cannot_be_ignored() {
    let config = free("a", "lifecycle { ignore_changes = [nome] }");
    assert_eq!(Lab::new().refused(&config), ["Unsupported attribute | nome"]);
}

#[test]
fn what_must_not_be_destroyed() {
    let config = |rest: &str| thing("a", &format!("{rest}\nlifecycle {{ prevent_destroy = true }}"));
    let mut lab = Lab::with(&config(""));
    let error = "Instance cannot be destroyed | resource \"fake_thing\" \"a\"";
    assert_eq!(actions(&lab.planned(&config("size = 2"))), ["fake_thing.a ~"]);
    assert_eq!(lab.refused(&config("kind = 1")), [error]);
    assert_eq!(lab.refused(&config("count = 0")), [error]);
    lab.options.replace = vec!["fake_thing.a".parse().unwrap()];
    assert_eq!(lab.refused(&config("")), [error]);
    lab.options.replace.clear();
    let lab = lab.mode(PlanMode::Destroy);
    assert_eq!(lab.refused(&config("")), [error]);
    // Without the block there is no guard.
    assert_eq!(actions(&lab.planned("")), ["fake_thing.a -"]);
}
