//! A secret appears in no diagnostic, no event and no debug text.

use super::*;
use crate::provider::fake::{FAULTS, Fault};

const SECRET: &str = "hush-hush";

fn config(rest: &str) -> String {
    "variable \"s\" {\ntype = string\nsensitive = true\nvalidation {\ncondition = length(var.s) > 3\nerror_message = \"Bad: ${var.s}.\"\n}\n}\n\
         provider \"fake\" { token = var.s }\n".to_owned() + &free("a", &format!("secret = var.s\nnote = var.s\nkind = var.s\ntags = {{ (nonsensitive(\"k\")) = var.s }}\nlabels = [var.s]\nany = {{ x = var.s }}\nrule {{\nport = 1\nsecret = var.s\n}}\n{rest}"))
        + "data \"fake_lookup\" \"d\" {\nname = \"a\"\nsecret = var.s\n}\noutput \"o\" {\nvalue = [var.s, fake_free.a.secret]\nsensitive = true\n}\n"
}

#[test]
fn secrets_are_shown_nowhere() {
    for rest in [
        "",
        "size = var.s",
        "zone = var.s.nope",
        "count = var.s",
        "for_each = toset([var.s])",
        "limits { max = var.s }",
        "lifecycle {\nprecondition {\ncondition = var.s == \"\"\nerror_message = \"It is ${var.s}.\"\n}\n}",
        "lifecycle {\npostcondition {\ncondition = self.secret == \"\"\nerror_message = \"It is ${self.secret}.\"\n}\n}",
        "lifecycle {\npostcondition {\ncondition = self.id == self.secret\nerror_message = \"It is not.\"\n}\n}",
    ] {
        for fault in FAULTS.map(Some).into_iter().chain([None]) {
            let mut lab = Lab::new();
            lab.set("s", SECRET);
            if let Some(fault) = fault {
                lab.fake.fail("create", fault);
            }
            let text = config(rest);
            let planned = lab.plan(&text);
            let mut shown = format!("{planned:?}");
            let applied = lab.apply_plan(&text, planned);
            shown += &format!("{applied:?} {:?} {:?}", lab.events.lock().unwrap(), lab.recorder.open());
            shown += &format!("{:?}", lab.settle(&text));
            // Drift, update and replacement of secrets.
            lab.fake.heal();
            lab.set("s", "hush-hush again");
            let planned = lab.plan(&text);
            shown += &format!("{planned:?}");
            lab.fake.fail("create", Fault::Partial);
            shown += &format!("{:?} {:?}", lab.apply_plan(&text, planned), lab.events.lock().unwrap());
            assert!(!shown.contains(SECRET), "{rest} {fault:?}: {}", around(&shown));
        }
    }
}

#[test]
fn a_bad_secret_is_not_repeated() {
    let mut lab = Lab::new();
    lab.set("s", "abc");
    let planned = lab.plan(&config(""));
    assert!(planned.plan.errored);
    assert!(!format!("{planned:?}").contains("abc"), "{planned:?}");
}

#[test]
fn what_is_ephemeral_goes_nowhere_where_it_would_be_kept() {
    let variable = "variable \"e\" {\nephemeral = true\ndefault = \"hush-hush\"\nvalidation {\ncondition = \
                    length(var.e) > 3\nerror_message = \"Short.\"\n}\n}\n";
    let lab = Lab::new();
    let planned = lab.plan(&format!("{variable}provider \"fake\" {{ token = var.e }}\n{}", thing("a", "")));
    assert!(!planned.plan.errored, "{:?}", planned.plan.problems);
    for kept in [
        thing("a", "note = var.e"),
        "output \"o\" { value = ephemeralasnull(var.e) }".to_owned(),
        "locals { l = var.e }".to_owned(),
        thing("a", "count = length(var.e)"),
    ] {
        let planned = lab.plan(&(variable.to_owned() + &kept));
        let summaries: Vec<&str> = planned.plan.problems.iter().map(|p| p.summary.as_str()).collect();
        assert_eq!(summaries, ["Invalid use of ephemeral value"], "{kept}");
        assert!(!format!("{planned:?}").contains(SECRET), "{kept}");
    }
}

fn around(shown: &str) -> &str {
    let at = shown.find(SECRET).unwrap_or_default();
    shown.get(at.saturating_sub(200)..(at + 50).min(shown.len())).unwrap_or(shown)
}
