//! Many resources and many instances: the plan grows with them and not with their square.

use super::*;
use crate::plan::Plan;

fn edges(plan: &Plan) -> usize {
    plan.steps.iter().map(|s| s.waits_for.len()).sum()
}

#[test]
fn thousands_of_instances_wait_for_each_other_through_one_step() {
    let config = "resource \"fake_free\" \"a\" {\ncount = 1000\nname = \"a${count.index}\"\n}\n\
        resource \"fake_free\" \"b\" {\ncount = 1000\nname = \"b\"\nnote = fake_free.a[count.index].id\n}\n\
        resource \"fake_free\" \"c\" {\nfor_each = toset([for i in range(1000) : tostring(i)])\nname = each.key\ndepends_on = [fake_free.b]\n}\n";
    let mut lab = Lab::new();
    let plan = lab.planned(config);
    assert_eq!(plan.changes.len(), 3000);
    assert!(plan.steps.len() <= 3010 && edges(&plan) <= 6020, "{} {}", plan.steps.len(), edges(&plan));
    lab.applied(config);
    lab.settled(config);
    let plan = lab.planned("");
    assert!(plan.steps.len() <= 3010 && edges(&plan) <= 6020, "{} {}", plan.steps.len(), edges(&plan));
}

#[test]
fn many_resources_that_depend_on_one() {
    let config: String = thing("role", "")
        + &(0..1000).map(|i| thing(&format!("f{i}"), "note = fake_thing.role.id")).collect::<String>();
    let mut lab = Lab::new();
    let plan = lab.planned(&config);
    assert_eq!((plan.steps.len(), edges(&plan)), (1001, 1000));
    lab.applied(&config);
    let plan = lab.planned("");
    assert_eq!((plan.steps.len(), edges(&plan)), (1001, 1000));
    // All of them move to another one.
    let other = config.replace("thing.role", "thing.other").replace("\"role\"", "\"other\"");
    let plan = lab.planned(&other);
    assert!(plan.steps.len() <= 1010 && edges(&plan) <= 2010, "{} {}", plan.steps.len(), edges(&plan));
    assert!(steps(&plan).ends_with("-fake_thing.role"));
}

#[test]
fn dependencies_beyond_what_can_be_held_are_refused() {
    let chain: String =
        (0..800).map(|i| thing(&format!("t{i:04}"), &format!("depends_on = [{}]", link(i)))).collect();
    let wide: String = (0..100).map(|i| thing(&format!("t{i}"), "")).collect::<String>()
        + "resource \"fake_thing\" \"many\" {\ncount = 5000\nname = count.index\ndepends_on = ["
        + &(0..100).map(|i| format!("fake_thing.t{i}, ")).collect::<String>()
        + "]\n}\n";
    for config in [chain, wide] {
        let found = Lab::new().refused(&config);
        assert!(found.len() == 1 && found[0].starts_with("Too many dependencies"), "{found:?}");
    }
}

fn link(i: usize) -> String {
    i.checked_sub(1).map_or(String::new(), |before| format!("fake_thing.t{before:04}"))
}
