//! From the command line as Terraform's users write it to what clap takes: one dash before long flags, values after
//! `=` or as the next word, `-flag=false`, and the variables `TF_CLI_ARGS` and `TF_CLI_ARGS_command`.
//! Knows no flag by name: it asks the clap tree.

use clap::{Arg, ArgAction, Command};

use super::env::Env;

/// The words for clap. What is not understood is left for clap to refuse.
pub fn normalise(args: &[String], tree: &Command, env: &Env) -> Result<Vec<String>, String> {
    let args = with_env_args(args, tree, env)?;
    let mut out = vec![tree.get_name().to_owned()];
    let mut command = tree;
    let mut words = args.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            out.push(word);
            out.extend(words);
            break;
        }
        let Some(flag) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            if let Some(child) = subcommand(command, &word) {
                command = child;
            }
            out.push(word);
            continue;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        match argument(command, tree, name) {
            None if name == "h" || name == "help" => out.push("--help".into()),
            None if name == "v" && std::ptr::eq(command, tree) => out.push("--version".into()),
            None => out.push(format!("--{flag}")),
            Some(arg) => match shape(arg) {
                Shape::Switch => switch(&mut out, name, value),
                Shape::Toggle => {
                    let value = value.unwrap_or_else(|| "true".into());
                    out.push(format!("--{name}={}", truth(&value).map_or(value.clone(), |b| b.to_string())));
                }
                Shape::Valued => match value.or_else(|| words.next()) {
                    Some(value) => out.push(format!("--{name}={value}")),
                    None => out.push(format!("--{name}")),
                },
            },
        }
    }
    Ok(out)
}

/// Whether a flag stands alone, may be switched either way, or takes a value.
enum Shape {
    Switch,
    Toggle,
    Valued,
}

fn shape(arg: &Arg) -> Shape {
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::Help | ArgAction::Version => Shape::Switch,
        _ if arg.is_require_equals_set() => Shape::Toggle,
        _ => Shape::Valued,
    }
}

fn switch(out: &mut Vec<String>, name: &str, value: Option<String>) {
    let word = format!("--{name}");
    match value.as_deref().map_or(Some(true), truth) {
        Some(true) => out.push(word),
        Some(false) => out.retain(|w| *w != word),
        None => out.push(format!("{word}={}", value.unwrap_or_default())),
    }
}

/// The spellings of true and false that Go's flags know.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn subcommand<'a>(command: &'a Command, word: &str) -> Option<&'a Command> {
    command.get_subcommands().find(|c| c.get_name() == word)
}

fn argument<'a>(command: &'a Command, tree: &'a Command, name: &str) -> Option<&'a Arg> {
    let long = |arg: &&Arg| arg.get_long() == Some(name);
    command
        .get_arguments()
        .find(long)
        .or_else(|| tree.get_arguments().filter(|arg| arg.is_global_set()).find(long))
}

/// The words with those of the environment after the command's name: first the command's own, then those for every
/// command, so that the latter win, as in Terraform.
fn with_env_args(args: &[String], tree: &Command, env: &Env) -> Result<Vec<String>, String> {
    let mut command = tree;
    let mut name = String::new();
    let mut at = 0;
    for (i, word) in args.iter().enumerate() {
        match subcommand(command, word) {
            Some(child) => {
                command = child;
                name = format!("{name}_{}", word.replace('-', "_"));
                at = i + 1;
            }
            None if word.starts_with('-') && name.is_empty() => {}
            None => break,
        }
    }
    let mut out = args.get(..at).unwrap_or_default().to_vec();
    if at > 0 {
        for variable in [format!("TF_CLI_ARGS{name}"), "TF_CLI_ARGS".to_owned()] {
            if let Some(text) = env.get(&variable) {
                let words = split_words(text).ok_or(format!("{variable} has an unclosed quote."))?;
                out.extend(words);
            }
        }
    }
    out.extend(args.get(at..).unwrap_or_default().iter().cloned());
    Ok(out)
}

/// Splits as a shell does: at blanks, minding quotes and backslashes; `None` for an unclosed quote.
fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cli::tree;

    proptest! {
        #[test]
        fn no_command_line_panics(words in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec!["plan", "state", "list", "-var", "--", "-", "-chdir=x", "-lock", "-help"])
                    .prop_map(str::to_owned),
                "-{0,3}[a-z]{0,6}(=\\PC{0,3})?",
                "\\PC{0,4}",
            ],
            0..6,
        )) {
            let normal = normalise(&words, &tree(), &Env::default()).unwrap();
            tree().try_get_matches_from(normal).ok();
        }
    }

    fn normal(args: &[&str], env: &[(&str, &str)]) -> String {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        normalise(&args, &tree(), &Env::of(env)).unwrap().join(" ")
    }

    #[test]
    fn one_dash_becomes_two() {
        for (args, expected) in [
            (&["-chdir=x", "plan"][..], "lambdaform --chdir=x plan"),
            (&["plan", "-var", "a=b"], "lambdaform plan --var=a=b"),
            (&["plan", "-var=a=b", "--var", "-x"], "lambdaform plan --var=a=b --var=-x"),
            (&["plan", "-out=F", "-out", "G"], "lambdaform plan --out=F --out=G"),
            (&["apply", "-auto-approve", "F"], "lambdaform apply --auto-approve F"),
            (&["apply", "-auto-approve=1"], "lambdaform apply --auto-approve"),
            (&["apply", "-auto-approve", "-auto-approve=false"], "lambdaform apply"),
            (
                &["plan", "-lock", "-refresh=f", "-input=maybe"],
                "lambdaform plan --lock=true --refresh=false --input=maybe",
            ),
            (&["plan", "-no-color", "-help", "-h"], "lambdaform plan --no-color --help --help"),
            (&["plan", "-what=1"], "lambdaform plan --what=1"),
            (&["plan", "-var"], "lambdaform plan --var"),
            (&["show", "--", "-json"], "lambdaform show -- -json"),
            (&["state", "list", "-id=x", "a.b"], "lambdaform state list --id=x a.b"),
        ] {
            assert_eq!(normal(args, &[]), expected);
        }
    }

    #[test]
    fn the_environment_adds_flags_after_the_command() {
        let env = [("TF_CLI_ARGS", "-no-color"), ("TF_CLI_ARGS_plan", "-var 'a=b c' -out=\"x y\"")];
        assert_eq!(
            normal(&["plan", "-json"], &env),
            "lambdaform plan --var=a=b c --out=x y --no-color --json"
        );
        assert_eq!(normal(&["-chdir=d", "show"], &env), "lambdaform --chdir=d show --no-color");
        assert_eq!(normal(&[], &env), "lambdaform");
        let env = [("TF_CLI_ARGS_state_list", "-id=x")];
        assert_eq!(normal(&["state", "list"], &env), "lambdaform state list --id=x");
    }

    #[test]
    fn words_split_as_in_a_shell() {
        assert_eq!(split_words(r#" a  'b "c' d\ e "f\"g" '' "#).unwrap(), ["a", "b \"c", "d e", "f\"g", ""]);
        assert_eq!(split_words("'a"), None);
    }
}
