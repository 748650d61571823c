//! The help of a command, written from the clap tree in Terraform's layout: flags with one dash.
//! Knows no command by name.

use clap::{Arg, ArgAction, Command};

/// Where the descriptions of flags and commands begin.
const FLAG_COLUMN: usize = 28;
const COMMAND_COLUMN: usize = 16;

/// The help text of the command at `path` in the tree, as wide as `width` columns.
pub fn text(tree: &Command, path: &[&str], width: usize) -> String {
    let mut command = tree;
    for name in path {
        let Some(child) = command.find_subcommand(name) else { break };
        command = child;
    }
    let mut out = format!("Usage: {}\n", usage(tree, command, path));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        out.push('\n');
        for paragraph in about.to_string().split("\n\n") {
            let paragraph = wrap(&sentence(paragraph), width.saturating_sub(2));
            out.extend(paragraph.lines().map(|line| format!("  {line}\n")));
            out.push('\n');
        }
    }
    let mut heading = None;
    for child in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        let group = child.get_display_order() < LATER;
        if heading != Some(group) {
            let title = match (path.is_empty(), group) {
                (false, _) => "Subcommands",
                (true, true) => "Main commands",
                (true, false) => "All other commands",
            };
            out.push_str(&format!("{}{title}:\n", if heading.is_some() { "\n" } else { "" }));
            heading = Some(group);
        }
        let about = child.get_about().map(ToString::to_string).unwrap_or_default();
        out.push_str(&entry(&format!("  {}", child.get_name()), &about, COMMAND_COLUMN, width));
    }
    if heading.is_some() {
        out.push('\n');
    }
    let mut headings: Vec<&str> = Vec::new();
    let globals = || tree.get_arguments().filter(|arg| arg.is_global_set() && !path.is_empty());
    for arg in arguments(command).chain(globals()) {
        let title = heading_of(arg);
        if !headings.contains(&title) {
            headings.push(title);
        }
    }
    // The options that only this command has come first.
    headings.sort_by_key(|title| *title != "Options");
    for title in headings {
        out.push_str(&format!("{title}:\n\n"));
        for arg in arguments(command).chain(globals()).filter(|arg| heading_of(arg) == title) {
            let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
            out.push_str(&entry(&format!("  {}", flag(arg)), &sentence(&help), FLAG_COLUMN, width));
        }
        out.push('\n');
    }
    if path.is_empty() {
        out.push_str("Global options (use these before the command, if any):\n");
        for (name, help) in GLOBAL {
            out.push_str(&entry(&format!("  {name}"), help, COMMAND_COLUMN, width));
        }
    }
    format!("{}\n", out.trim_end())
}

/// Commands with this display order or a greater one are not the main ones.
pub const LATER: usize = 100;

const GLOBAL: [(&str, &str); 3] = [
    ("-chdir=DIR", "Switch to another working directory before running the command."),
    ("-help", "Show this help, or the help of the command."),
    ("-version", "An alias for the \"version\" command."),
];

fn heading_of(arg: &Arg) -> &str {
    arg.get_help_heading().unwrap_or("Options")
}

/// With the period that clap takes from the last sentence.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', ':']) || text.is_empty() { text.to_owned() } else { format!("{text}.") }
}

fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    let shown = |arg: &&Arg| {
        arg.get_long().is_some() && !arg.is_hide_set() && !is_builtin(arg) && !arg.is_global_set()
    };
    command.get_arguments().filter(shown)
}

fn is_builtin(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::Version | ArgAction::HelpShort | ArgAction::HelpLong
    ) || matches!(arg.get_id().as_str(), "chdir" | "version")
}

fn flag(arg: &Arg) -> String {
    let name = arg.get_long().unwrap_or_default();
    let value = arg.get_value_names().and_then(|names| names.first());
    match (arg.get_action(), value) {
        (ArgAction::SetTrue, _) => format!("-{name}"),
        _ if arg.is_require_equals_set() => format!("-{name}=false"),
        (_, Some(value)) if value.contains('=') => format!("-{name} '{value}'"),
        (_, Some(value)) => format!("-{name}={value}"),
        (_, None) => format!("-{name}=VALUE"),
    }
}

fn usage(tree: &Command, command: &Command, path: &[&str]) -> String {
    let mut words = vec![tree.get_name().to_owned(), "[global options]".to_owned()];
    words.extend(path.iter().map(ToString::to_string));
    if command.has_subcommands() {
        words.push("<command>".into());
    }
    if path.is_empty() || arguments(command).next().is_some() {
        words.push(if path.is_empty() { "[arguments]" } else { "[options]" }.into());
    }
    for positional in command.get_positionals() {
        let name = positional.get_value_names().and_then(|n| n.first()).map(ToString::to_string);
        let name = name.unwrap_or_else(|| positional.get_id().to_string().to_uppercase());
        let many = if matches!(positional.get_action(), ArgAction::Append) { "..." } else { "" };
        words.push(if positional.is_required_set() {
            format!("{name}{many}")
        } else {
            format!("[{name}{many}]")
        });
    }
    words.join(" ")
}

/// A name with its description beside it, or below where the name is too long.
fn entry(name: &str, description: &str, column: usize, width: usize) -> String {
    let description = wrap(&description.replace('\n', " "), width.saturating_sub(column).max(20));
    let mut lines = description.lines();
    let mut out = name.to_owned();
    if name.len() + 1 < column
        && let Some(first) = lines.next()
    {
        out.push_str(&" ".repeat(column - name.len()));
        out.push_str(first);
    }
    out.push('\n');
    for line in lines {
        out.push_str(&" ".repeat(column));
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Breaks a paragraph at spaces.
fn wrap(text: &str, width: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 {
            let full = column + 1 + length > width;
            out.push(if full { '\n' } else { ' ' });
            column = if full { 0 } else { column + 1 };
        }
        out.push_str(word);
        column += length;
    }
    out
}
