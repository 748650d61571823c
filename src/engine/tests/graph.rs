//! References: cycles with the place of each, self references, names that lead nowhere; and `validate`.

use super::*;
use crate::engine::validate;

#[test]
fn cycles_are_told_edge_by_edge() {
    for (config, edges) in [
        (
            thing("a", "note = fake_thing.b.id")
                + &thing("b", "note = local.x")
                + "locals { \n x = fake_thing.a.id \n}",
            3,
        ),
        ("locals {\n a = local.b \n b = local.a \n}".to_owned(), 2),
        ("provider \"fake\" { region = fake_thing.a.id }\n".to_owned() + &thing("a", ""), 1),
        (thing("a", "depends_on = [fake_thing.b]") + &thing("b", "depends_on = [fake_thing.a]"), 2),
    ] {
        let planned = Lab::new().plan(&config);
        let found: Vec<_> = planned.plan.problems.iter().collect();
        assert_eq!(found.len(), 1, "{config}");
        assert_eq!((found[0].summary.as_str(), found[0].values.len()), ("Cycle", edges), "{config}");
        assert!(found[0].span.is_some());
    }
}

#[test]
fn nothing_refers_to_itself() {
    for (config, expected) in [
        (thing("a", "note = fake_thing.a.id"), "Self-referential block | fake_thing.a"),
        (thing("a", "depends_on = [fake_thing.a]"), "Self-referential block | fake_thing.a"),
        ("locals { a = local.a }".to_owned(), "Self-referential block | local.a"),
    ] {
        let found = Lab::new().refused(&config);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    }
}

#[test]
fn names_that_lead_nowhere_have_their_place() {
    for (reference, expected) in [
        ("var.x", "Reference to undeclared input variable | var.x"),
        ("local.x", "Reference to undeclared local value | local.x"),
        ("fake_thing.x.id", "Reference to undeclared resource | fake_thing.x"),
        ("data.fake_pure.x.id", "Reference to undeclared resource | data.fake_pure.x"),
        ("each.key", "Reference to \"each\" in context without for_each | each.key"),
        ("count.index", "Reference to \"count\" in non-counted context | count.index"),
        ("fake_thing.b.nope", "Unsupported attribute | "),
    ] {
        let config = thing("a", &format!("note = {reference}")) + &thing("b", "");
        let found = Lab::new().refused(&config);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{reference}: {found:?}");
        let (config, _) = configuration(&config);
        let found = messages(&config, &validate(&config, &Lab::new().fake.registry(), surroundings()));
        assert!(found.len() == 1 && found[0].starts_with(expected), "validate {reference}: {found:?}");
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let config = thing("a", "size = \"x\"\nnope = 1")
        + &thing("b", "note = var.none")
        + &thing("c", "note = fake_thing.a.id")
        + "output \"o\" { value = local.none }";
    let found = Lab::new().refused(&config);
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn validation_needs_no_values() {
    for (config, expected) in [
        (thing("a", "note = var.v") + "variable \"v\" {}", None),
        (thing("a", "count = var.v\nnote = count.index") + "variable \"v\" {}", None),
        (thing("a", "for_each = var.v\nnote = each.value.x\nkind = each.key") + "variable \"v\" {}", None),
        (thing("a", "") + "output \"o\" { value = fake_thing.a.id }", None),
        (thing("a", "size = []"), Some("Incorrect attribute value type")),
        ("resource \"fake_thing\" \"a\" {}".to_owned(), Some("Missing required argument")),
        (thing("a", "provider = fake.west"), Some("Provider configuration not present")),
        (thing("a", "lifecycle { ignore_changes = [nope] }"), Some("Unsupported attribute")),
        (
            thing("a", "lifecycle {\nprecondition {\ncondition = var.nope\nerror_message = \"x\"\n}\n}"),
            Some("Reference to undeclared input variable"),
        ),
        (
            thing(
                "a",
                "lifecycle {\npostcondition {\ncondition = self.nope == 1\nerror_message = \"x\"\n}\n}",
            ),
            Some("Unsupported attribute"),
        ),
        ("locals { x = nope.y }".to_owned(), Some("Reference to undeclared resource")),
        (thing("a", "depends_on = [fake_thing.none]"), Some("Reference to undeclared resource")),
        (thing("a", "count = -1"), Some("Invalid count argument")),
        (thing("a", "count = null"), Some("Invalid count argument")),
        (thing("a", "for_each = [\"x\"]"), Some("Invalid for_each argument")),
        (thing("a", "for_each = toset([var.v])") + "variable \"v\" {}", None),
        (
            thing("a", "count = 1") + "output \"o\" { value = fake_thing.a.id }",
            Some("Missing resource instance key"),
        ),
        (thing("a", "count = 1") + "output \"o\" { value = fake_thing.a[*].id }", None),
        ("provider \"fake\" { regon = 1 }".to_owned(), Some("Unsupported argument")),
    ] {
        let (config, problems) = configuration(&config);
        assert!(problems.is_empty(), "{problems:?}");
        let found = validate(&config, &Lab::new().fake.registry(), surroundings());
        let summaries: Vec<&str> = found.iter().map(|d| d.summary.as_str()).collect();
        assert_eq!(summaries, Vec::from_iter(expected));
        assert!(found.iter().all(|d| d.span.is_some()), "{found:?}");
    }
}
