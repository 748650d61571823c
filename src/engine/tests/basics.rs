//! Create, nothing to do, update, delete, and the order of it all.

use super::*;

#[test]
fn one_object_through_its_life() {
    let mut lab = Lab::new();
    for (config, expected, calls) in [
        (r#"resource "fake_thing" "a" { name = "a" }"#, "fake_thing.a +", "create fake_thing a"),
        (
            "resource \"fake_thing\" \"a\" { \n name = \"a\" \n size = 2 \n}",
            "fake_thing.a ~",
            "update fake_thing a SIZE",
        ),
        (
            "resource \"fake_thing\" \"a\" { \n name = \"a\" \n tags = { x = \"y\" } \n}",
            "fake_thing.a ~",
            "update fake_thing a SIZE TAGS",
        ),
        (
            r#"resource "fake_thing" "a" { name = "b" }"#,
            "fake_thing.a -/+ ReplaceBecauseCannotUpdate name",
            "delete fake_thing a, create fake_thing b",
        ),
        ("", "fake_thing.a - DeleteBecauseNoResourceConfig", "delete fake_thing b"),
    ] {
        assert_eq!(actions(&lab.planned(config)).join(", "), expected);
        lab.fake.take_calls();
        lab.applied(config);
        let made = lab.fake.take_calls();
        assert_eq!(
            made.iter().filter(|c| !c.starts_with("read")).cloned().collect::<Vec<_>>().join(", "),
            calls
        );
        lab.settled(config);
    }
    assert!(lab.state.is_empty() && lab.fake.ids().is_empty());
}
