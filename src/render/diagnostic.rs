//! Diagnostics as text: what, where, with which values, why.
//! Knows nothing of their causes and never reads a file: sources are handed in.

use std::fmt::Write;

use super::style::Style;
use super::wrap::wrap;
use super::{PROGRAM, hcl_text::visible, snippet::Snippet};
use crate::base::{Diagnostic, Diagnostics, Severity, Sources};

/// All of them, one after the other, each after a blank line; warnings that say the same are told once.
pub fn diagnostics(problems: &Diagnostics, sources: &Sources, style: &Style) -> String {
    consolidated(problems).iter().map(|d| diagnostic(d, sources, style)).collect()
}

/// Warnings of one summary as the first of them with a count, as Terraform tells them; every error is told, and every
/// assertion of a check.
pub fn consolidated(problems: &Diagnostics) -> Vec<Diagnostic> {
    let alike = |a: &Diagnostic, b: &Diagnostic| {
        a.severity == Severity::Warning
            && a.severity == b.severity
            && a.summary == b.summary
            && !a.summary.starts_with("Check block assertion")
    };
    let mut groups: Vec<(Diagnostic, usize)> = Vec::new();
    for problem in problems {
        match groups.iter_mut().find(|(first, _)| alike(first, problem)) {
            Some((_, more)) => *more += 1,
            None => groups.push((problem.clone(), 0)),
        }
    }
    let told = groups.into_iter().map(|(mut problem, more)| {
        match more {
            0 => {}
            1 => problem.detail += "\n\n(and one more similar warning elsewhere)",
            n => problem.detail += &format!("\n\n(and {n} more similar warnings elsewhere)"),
        }
        problem
    });
    told.collect()
}

/// All of them with the warnings cut down to one line per summary, as `-compact-warnings` asks for. While there are
/// errors, warnings are shown in full: they may be the cause.
pub fn compact_diagnostics(problems: &Diagnostics, sources: &Sources, style: &Style) -> String {
    if problems.has_errors() || problems.is_empty() {
        return diagnostics(problems, sources, style);
    }
    let mut groups: Vec<(&str, Vec<&Diagnostic>)> = Vec::new();
    for problem in problems {
        match groups.iter_mut().find(|(summary, _)| *summary == problem.summary) {
            Some((_, group)) => group.push(problem),
            None => groups.push((&problem.summary, vec![problem])),
        }
    }
    let mut out = format!("\n{}\n\n", style.bold_yellow("Warnings:"));
    for (summary, group) in groups {
        _ = writeln!(out, "- {summary}");
        let place = group.iter().find_map(|d| Some(Snippet::find(d, sources)?.place()));
        if let Some(place) = place {
            _ = match group.len() {
                1 => writeln!(out, "  on {place}"),
                n => writeln!(out, "  on {place} (and {} more)", n - 1),
            };
        }
    }
    let text = format!("To see the full warning notes, run {PROGRAM} without -compact-warnings.");
    out += &format!("\n{}\n", wrap(&text, style.width.saturating_sub(1)));
    out
}

/// One diagnostic: plain after a blank line, or in colour with a rule at its left.
pub fn diagnostic(problem: &Diagnostic, sources: &Sources, style: &Style) -> String {
    if !style.color {
        let body = body(problem, sources, *style, style.width.saturating_sub(1));
        return format!("\n{}{body}", title(problem, *style));
    }
    let paint = |text| match problem.severity {
        Severity::Error => style.red(text),
        Severity::Warning => style.yellow(text),
    };
    let body = body(problem, sources, *style, style.width.saturating_sub(3));
    let mut out = format!("{}\n", paint("╷"));
    for line in title(problem, *style).lines().chain(body.trim_end().lines()) {
        _ = writeln!(out, "{} {line}", paint("│"));
    }
    _ = writeln!(out, "{}", paint("╵"));
    out
}

fn title(problem: &Diagnostic, style: Style) -> String {
    let (word, summary) = (word(problem.severity), style.bold(visible(&problem.summary)));
    let word = match problem.severity {
        Severity::Error => style.bold_red(format!("{word}:")),
        Severity::Warning => style.bold_yellow(format!("{word}:")),
    };
    format!("{word} {summary}\n\n")
}

/// `Error` or `Warning`
pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    }
}

fn body(problem: &Diagnostic, sources: &Sources, style: Style, width: usize) -> String {
    let mut out = String::new();
    let snippet = Snippet::find(problem, sources);
    if let Some(address) = &problem.address {
        let end = if snippet.is_some() { "," } else { "" };
        _ = writeln!(out, "  with {address}{end}");
    }
    if let Some(snippet) = &snippet {
        let context = snippet.context.map(|c| format!(", in {c}")).unwrap_or_default();
        _ = writeln!(out, "  on {}{context}:", snippet.place());
        match snippet.code {
            Some(_) => out += &snippet.numbered(style),
            None => out += "  (source code not available)\n",
        }
    }
    if !problem.values.is_empty() {
        _ = writeln!(out, "    {}", style.grey("├────────────────"));
        for (expression, is) in &problem.values {
            _ = writeln!(out, "    {} {} {}", style.grey("│"), style.bold(visible(expression)), visible(is));
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    if !problem.detail.is_empty() {
        _ = writeln!(out, "{}", wrap(&visible(&problem.detail), width));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    const SOURCE: &str = "locals {\n  a = tonumber(\n    \"x${var.l[0]}\"\n  )\n}\n";

    fn example() -> (Diagnostic, Sources) {
        let mut sources = Sources::default();
        let file = sources.add("main.tf", SOURCE);
        let start = SOURCE.find("var.l[0]").unwrap() as u32;
        let problem = Diagnostic::error(
            "Invalid function argument",
            "Invalid value for \"v\" parameter: cannot convert \"xa\" to number; given string must be a decimal \
             representation of a number.\n  example = 1",
        )
        .at(Span { file, start, end: start + 8 })
        .within("locals")
        .with_value("var.l[0]", "is \"a\"");
        (problem, sources)
    }

    #[test]
    fn what_repeats_is_told_once() {
        let problems: Diagnostics = [
            Diagnostic::warning("Runtime is deprecated", "one"),
            Diagnostic::error("Invalid value", "same"),
            Diagnostic::warning("Runtime is deprecated", "two"),
            Diagnostic::error("Invalid value", "same"),
            Diagnostic::error("Invalid value", "other"),
            Diagnostic::warning("Runtime is deprecated", "three"),
        ]
        .into_iter()
        .collect();
        let told = diagnostics(&problems, &Sources::default(), &Style::PLAIN);
        assert_eq!(told.matches("Warning:").count(), 1);
        assert_eq!(told.matches("Error:").count(), 3);
        assert!(told.contains("(and 2 more similar warnings elsewhere)"), "{told}");
    }

    #[test]
    fn plain_text_reads_as_terraforms() {
        let (problem, sources) = example();
        let expected = r#"
Error: Invalid function argument

  on main.tf line 3, in locals:
   3:     "x${var.l[0]}"
    ├────────────────
    │ var.l[0] is "a"

Invalid value for "v" parameter: cannot convert "xa" to number; given string
must be a decimal representation of a number.
  example = 1
"#;
        assert_eq!(diagnostic(&problem, &sources, &Style::PLAIN), expected);
    }

    #[test]
    fn colour_has_a_rule_at_its_left() {
        let (problem, sources) = example();
        let text = diagnostic(&problem, &sources, &Style::colored(78));
        assert!(text.contains("\u{1b}[4mvar.l[0]"), "{text}");
        let bare: String =
            text.lines().map(|line| line.chars().take(1).chain(['\n']).collect::<String>()).collect();
        assert!(bare.lines().count() > 8);
        assert!(text.contains("Invalid value for \"v\" parameter: cannot convert \"xa\" to number; given\n"));
    }

    #[test]
    fn several_lines_are_numbered() {
        let (problem, sources) = example();
        let (start, end) = (SOURCE.find("tonumber").unwrap(), SOURCE.find(')').unwrap() + 1);
        let span = Span { start: start as u32, end: end as u32, ..problem.span.unwrap() };
        let text = diagnostic(&Diagnostic { span: Some(span), ..problem }, &sources, &Style::PLAIN);
        assert!(text.contains("   2:   a = tonumber(\n   3:     \"x${var.l[0]}\"\n   4:   )\n"), "{text}");
    }

    #[test]
    fn a_place_without_source_and_an_address_without_a_place() {
        let (problem, _) = example();
        let addr = "aws_lambda_function.a".parse().unwrap();
        let text = diagnostic(&problem.clone().of(&addr), &Sources::default(), &Style::PLAIN);
        assert!(!text.contains("main.tf"), "{text}");
        let bare = Diagnostic { values: Vec::new(), span: None, ..problem.of(&addr) };
        let text = diagnostic(&bare, &Sources::default(), &Style::PLAIN);
        assert!(
            text.starts_with("\nError: Invalid function argument\n\n  with aws_lambda_function.a\n\nInvalid")
        );
    }

    #[test]
    fn compact_warnings_are_one_line_each() {
        let (problem, sources) = example();
        let warning = Diagnostic { severity: Severity::Warning, ..problem };
        let many = Diagnostics::from_iter([warning.clone(), warning]);
        let text = compact_diagnostics(&many, &sources, &Style::PLAIN);
        let expected = "\nWarnings:\n\n- Invalid function argument\n  on main.tf line 3 (and 1 more)\n\n\
                        To see the full warning notes, run lambdaform without -compact-warnings.\n";
        assert_eq!(text, expected);
    }
}
