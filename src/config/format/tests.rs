//! What Terraform made of sources, kept beside the formatter; and what holds for every source.
//! Knows nothing of files; a test that runs Terraform itself is among the differential tests.

use proptest::prelude::*;

use super::{format, laid_out, written};

/// Each case as its name, its source and what it becomes.
fn cases() -> Vec<(&'static str, &'static str, &'static str)> {
    let text = include_str!("cases.txt");
    let cases = text.split("==== ").skip(1).map(|case| {
        let (name, rest) = case.split_once('\n').unwrap();
        let (source, expected) = rest.split_once("---- as\n").unwrap();
        (name, source, expected)
    });
    cases.collect()
}

fn formatted(text: &str) -> String {
    format("x.tf", text).unwrap_or_else(|problems| panic!("{text:?}: {:?}", problems.0))
}

#[test]
fn sources_become_what_terraform_makes_of_them() {
    assert!(cases().len() > 25);
    for (name, source, expected) in cases() {
        assert_eq!(formatted(source), expected, "{name}");
        assert_eq!(
            formatted(&source.replace('\n', "\r\n")),
            expected.replace('\n', "\r\n"),
            "{name}, \\r\\n"
        );
    }
}

#[test]
fn ends_of_files_stay() {
    for (source, expected) in [
        ("", ""),
        ("  \t", "   "),
        ("\n\n", "\n\n"),
        ("a=1", "a = 1"),
        ("a=1 \t ", "a = 1   "),
        ("a = 1\n  ", "a = 1\n  "),
        ("x {\n}  ", "x {\n}  "),
        ("a = 1 # x\nbb = 2   # y  ", "a  = 1 # x\nbb = 2 # y  "),
        ("a = 1\n  # y", "a = 1\n# y"),
    ] {
        assert_eq!(formatted(source), expected, "{source:?}");
    }
}

#[test]
fn nothing_is_lost_or_broken_where_terraform_does_so() {
    for label in ["\"$a\"", "\"a$b\"", "\"a%\"", "\"$${a}\""] {
        assert_eq!(formatted(&format!("x   {label}{{}}\n")), format!("x {label} {{}}\n"));
    }
    assert_eq!(formatted("a = \"${ # c\nb\n}\"\n"), "a = ( # c\nb)\n");
    assert_eq!(formatted("a = \"${b # c\n}\"\n"), "a = b # c\n\n");
    assert_eq!(formatted("a = \"${[b # c\n]}\"\n"), "a = [b # c\n]\n");
}

#[test]
fn what_is_no_configuration_is_refused() {
    for source in [
        "a = \n",
        "a =\n1\n",
        "a = 1 b = 2\n",
        "x {\n  a = 1 }\n",
        "locals { a = 1\n}\n",
        "x { y {} }\n",
        "}\n",
        "a = \"x\n",
        "a = <<E\nx",
        "a = \"%{ if x }\"\n",
        "a = 1\na = 2\n",
    ] {
        assert!(format("x.tf", source).is_err(), "{source:?}");
    }
    let deep = format!("a = {}1{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert!(format("x.tf", &deep).is_err());
}

#[test]
fn long_sources_are_no_trouble() {
    let source = "a {\n  b=[\n1,\n]\n}\n".repeat(20_000);
    assert_eq!(formatted(&source), "a {\n  b = [\n    1,\n  ]\n}\n".repeat(20_000));
    let value = formatted(&format!("a = [{}]\n", "1,".repeat(200_000)));
    assert!(value == format!("a = [{}]\n", "1, ".repeat(200_000)));
}

/// A source that is one of the cases with a few things put in, and blanks more or less.
fn disturbed() -> impl Strategy<Value = String> {
    let sources: Vec<&str> = cases().into_iter().map(|(_, source, _)| source).collect();
    let piece = prop::sample::select(vec![
        " ",
        "\t",
        "   ",
        "\n",
        "\n\n",
        "# c\n",
        " /* d */ ",
        "a",
        "=",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        "-",
        "\"",
        "${",
        "~}",
        "<<E\n",
        "é",
        "क्ष",
        ".",
        "\r\n",
        "b = 1\n",
    ]);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), piece, any::<bool>()), 0..8);
    (prop::sample::select(sources), edits).prop_map(|(source, edits)| {
        let mut chars: Vec<char> = source.chars().collect();
        for (at, piece, insert) in edits {
            let at = at.index(chars.len());
            if insert {
                chars.splice(at..at, piece.chars());
            } else if chars.len() > 1 {
                chars.remove(at);
            }
        }
        chars.into_iter().collect()
    })
}

/// What a text says without blanks.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '\t')).collect()
}

proptest! {
    #[test]
    fn formatting_twice_changes_nothing_more(source in disturbed()) {
        if let Ok(once) = format("x.tf", &source) {
            let twice = formatted(&once);
            // One layer of `"${ }"` is taken away at a time, as by Terraform.
            if !once.contains("\"${") {
                prop_assert_eq!(twice, once);
            }
        }
    }

    #[test]
    fn nothing_but_blanks_changes_where_nothing_is_old(source in disturbed()) {
        let (tokens, blanks) = super::lex::tokens(&source);
        prop_assert_eq!(dense(&written(&tokens, blanks, 0)), dense(&source));
        let mut again = tokens.clone();
        super::layout::lay_out(&mut again);
        prop_assert_eq!(dense(&written(&again, blanks, 0)), dense(&source));
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,40}", pieces in prop::collection::vec(
        prop::sample::select(vec!["{", "}", "\"", "${", "%{", "~}", "<<E\n", "E\n", "a", "=", "\n", "\\", "$", "/*", "#", "\r"]),
        0..40,
    )) {
        for text in [text, pieces.concat()] {
            let (tokens, blanks) = laid_out(&text);
            written(&tokens, blanks, 0);
        }
    }
}
