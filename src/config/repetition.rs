//! How often a block stands: `count`, `for_each` and `enabled`, of which it may have one.
//! Does not evaluate them.

use super::decode::{Decoder, take};
use super::{Body, Expr};

impl Decoder<'_> {
    /// `count` and `for_each`; reports a block that has both.
    pub(super) fn repetition(&mut self, body: &mut Body) -> (Option<Expr>, Option<Expr>) {
        let (count, for_each) = (take(body, "count"), take(body, "for_each"));
        if let (Some(_), Some(for_each)) = (&count, &for_each) {
            self.error(
                "Invalid combination of \"count\" and \"for_each\"",
                "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be \
                 explicit about the number of resources to be created.",
                for_each.name_span,
            );
        }
        (count.map(|a| a.expr), for_each.map(|a| a.expr))
    }

    /// Reports an `enabled` beside another argument that says how many instances there are.
    pub(super) fn check_enabled(&mut self, enabled: Option<&Expr>, repeated: bool) {
        if let Some(enabled) = enabled.filter(|_| repeated) {
            self.error(
                "Invalid combination of \"enabled\" with \"count\" or \"for_each\"",
                "The \"count\", \"for_each\" and \"enabled\" meta-arguments are mutually-exclusive, only one should be \
                 used to be explicit about the number of resources to be created.",
                enabled.span,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn a_block_says_in_one_way_how_often_it_stands() {
        let both = "Invalid combination of \"count\" and \"for_each\" | for_each";
        let enabled = "Invalid combination of \"enabled\" with \"count\" or \"for_each\" | true";
        for (body, expected) in [
            ("count = 1", &[][..]),
            ("for_each = {}", &[]),
            ("lifecycle {\n enabled = true\n}", &[]),
            ("count = 1\nfor_each = {}", &[both]),
            ("count = 1\nlifecycle {\n enabled = true\n}", &[enabled]),
            ("for_each = {}\nlifecycle {\n enabled = true\n}", &[enabled]),
        ] {
            check_in("resource \"a\" \"b\"", body, expected);
        }
    }
}
