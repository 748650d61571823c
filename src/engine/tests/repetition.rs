//! `count`, `for_each`, what moves between them, what becomes an orphan, and what cannot be counted.

use super::*;

fn repeated(meta: &str, name: &str) -> String {
    format!("resource \"fake_free\" \"a\" {{\n{meta}\nname = {name}\n}}\n")
}

#[test]
fn from_one_repetition_to_another() {
    let single = repeated("", "\"x\"");
    let count = |n: usize| repeated(&format!("count = {n}"), "\"x\"");
    let each = |keys: &str| repeated(&format!("for_each = toset([{keys}])"), "\"x\"");
    for (before, now, expected) in [
        // `r` and `r[0]` are the same object.
        (&single, &count(1), ""),
        (&count(1), &single, ""),
        (&single, &count(2), "fake_free.a[1] +"),
        (&count(2), &single, "fake_free.a[1] - DeleteBecauseWrongRepetition"),
        (
            &count(3),
            &count(1),
            "fake_free.a[1] - DeleteBecauseCountIndex, fake_free.a[2] - DeleteBecauseCountIndex",
        ),
        (&count(1), &count(0), "fake_free.a[0] - DeleteBecauseCountIndex"),
        (&each("\"p\", \"q\""), &each("\"q\""), "fake_free.a[\"p\"] - DeleteBecauseEachKey"),
        (&single, &each("\"p\""), "fake_free.a - DeleteBecauseWrongRepetition, fake_free.a[\"p\"] +"),
        (&count(1), &each("\"p\""), "fake_free.a[0] - DeleteBecauseWrongRepetition, fake_free.a[\"p\"] +"),
        (&each("\"p\""), &count(1), "fake_free.a[0] +, fake_free.a[\"p\"] - DeleteBecauseWrongRepetition"),
        (&single, &String::new(), "fake_free.a - DeleteBecauseNoResourceConfig"),
    ] {
        let mut lab = Lab::with(before);
        let plan = lab.planned(now);
        assert_eq!(actions(&plan).join(", "), expected, "{before} {now}");
        lab.applied(now);
        lab.settled(now);
        assert_eq!(lab.addresses().len(), lab.fake.ids().len());
    }
}

#[test]
fn a_move_alone_is_a_change_worth_applying() {
    let mut lab = Lab::with(&repeated("", "\"x\""));
    let config = repeated("count = 1", "\"x\"");
    let plan = lab.planned(&config);
    assert!(plan.has_changes() && plan.steps.is_empty());
    assert_eq!(plan.changes[0].previous_addr.as_ref().unwrap().to_string(), "fake_free.a");
    lab.applied(&config);
    assert_eq!(lab.addresses(), ["fake_free.a[0]"]);
    lab.settled(&config);
}

#[test]
fn deposed_objects_move_along() {
    let config = |meta: &str, kind: u8| {
        repeated(&format!("{meta}\nkind = {kind}\nlifecycle {{ create_before_destroy = true }}"), "\"x\"")
    };
    let mut lab = Lab::with(&config("", 1));
    lab.fake.fail("delete", crate::provider::fake::Fault::Refused);
    lab.failed(&config("", 2));
    assert_eq!(actions(&lab.planned(&config("count = 1", 2))), ["fake_free.a[0] deposed -"]);
    lab.applied(&config("count = 1", 2));
    assert_eq!(lab.addresses(), ["fake_free.a[0]"]);
}

#[test]
fn each_and_count_have_values() {
    let mut lab = Lab::new();
    lab.applied(
        "resource \"fake_free\" \"c\" {\ncount = 2\nname = \"n${count.index}\"\n}\n\
         resource \"fake_free\" \"e\" {\nfor_each = { p = fake_free.c[0].id, q = \"x\" }\nname = each.key\nnote = each.value\n}\n\
         resource \"fake_free\" \"s\" {\nfor_each = fake_free.e\nname = \"${each.key}-${each.value.name}\"\n}",
    );
    assert_eq!(lab.attribute("fake_free.c[1]", "name"), "n1");
    assert_eq!(lab.attribute("fake_free.e[\"p\"]", "note"), lab.attribute("fake_free.c[0]", "id"));
    assert_eq!(lab.attribute("fake_free.s[\"q\"]", "name"), "q-q");
}

#[test]
fn what_cannot_be_counted() {
    let with = |meta: &str| {
        free("z", "") + "variable \"secret\" {\ndefault = 1\nsensitive = true\n}\n" + &repeated(meta, "\"x\"")
    };
    for (meta, expected) in [
        ("count = fake_free.z.serial", "Invalid count argument | fake_free.z.serial"),
        ("count = -1", "Invalid count argument | -1"),
        ("count = 1.5", "Invalid count argument | 1.5"),
        ("count = null", "Invalid count argument | null"),
        ("count = \"x\"", "Invalid count argument | \"x\""),
        ("count = var.secret", ""),
        ("count = var.secret == 1 ? 1 : 0", ""),
        ("for_each = toset([fake_free.z.id])", "Invalid for_each argument | toset([fake_free.z.id])"),
        ("for_each = { (fake_free.z.id) = 1 }", "Invalid for_each argument | { (fake_free.z.id) = 1 }"),
        ("for_each = [\"x\"]", "Invalid for_each argument | [\"x\"]"),
        ("for_each = toset([1])", "Invalid for_each argument | toset([1])"),
        ("for_each = toset([null])", "Invalid for_each argument | toset([null])"),
        ("for_each = null", "Invalid for_each argument | null"),
        ("for_each = sensitive({})", "Invalid for_each argument | sensitive({})"),
        ("for_each = { x = fake_free.z.id }", ""),
    ] {
        let lab = Lab::new();
        match expected {
            "" => drop(lab.planned(&with(meta))),
            expected => assert_eq!(lab.refused(&with(meta)), [expected], "{meta}"),
        }
    }
}

#[test]
fn nothing_of_a_resource_that_cannot_be_counted_is_an_orphan() {
    let lab = Lab::with(&repeated("count = 2", "\"x\""));
    let planned = lab.plan(&(free("z", "") + &repeated("count = fake_free.z.serial", "\"x\"")));
    assert_eq!(actions(&planned.plan), ["fake_free.z +"]);
}

#[test]
fn what_is_not_enabled_is_not_there() {
    let config = |enabled: &str| {
        thing("a", &format!("lifecycle {{ enabled = {enabled} }}"))
            + "output \"o\" { value = fake_thing.a == null ? \"none\" : fake_thing.a.name }\n"
    };
    let mut lab = Lab::with(&config("true"));
    assert_eq!((lab.addresses().join(" "), lab.output("o")), ("fake_thing.a".into(), "a".into()));
    assert_eq!(actions(&lab.planned(&config("false"))), ["fake_thing.a - DeleteBecauseWrongRepetition"]);
    lab.applied(&config("false"));
    assert_eq!((lab.addresses().join(" "), lab.output("o")), (String::new(), "none".into()));
    lab.settled(&config("false"));
    assert_eq!(lab.refused(&config("null")), ["Invalid enabled argument | null"]);
    assert_eq!(lab.refused(&config("[]")), ["Invalid enabled argument | []"]);
}
