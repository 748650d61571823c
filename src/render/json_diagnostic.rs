//! Diagnostics as JSON, as `validate -json` and the event stream write them.
//! Knows nothing of their causes.

use serde_json::{Map, Value as Json, json};

use super::snippet::Snippet;
use crate::base::{Diagnostic, Diagnostics, Severity, Sources};

/// The answer of `validate -json`.
pub fn validate_json(problems: &Diagnostics, sources: &Sources) -> Json {
    let count = |severity| problems.iter().filter(|d| d.severity == severity).count();
    json!({
        "format_version": "1.0",
        "valid": !problems.has_errors(),
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": problems.iter().map(|d| diagnostic_json(d, sources)).collect::<Vec<_>>(),
    })
}

/// One diagnostic.
pub fn diagnostic_json(problem: &Diagnostic, sources: &Sources) -> Json {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut map = Map::new();
    map.insert("severity".into(), severity.into());
    map.insert("summary".into(), problem.summary.clone().into());
    map.insert("detail".into(), problem.detail.clone().into());
    if let Some(address) = &problem.address {
        map.insert("address".into(), address.to_string().into());
    }
    let Some(snippet) = Snippet::find(problem, sources) else { return Json::Object(map) };
    let place = |at: crate::base::LineColumn, byte: usize| json!({ "line": at.line, "column": at.column, "byte": byte });
    let range = json!({
        "filename": snippet.file,
        "start": place(snippet.start, snippet.bytes.0),
        "end": place(snippet.end, snippet.bytes.1),
    });
    map.insert("range".into(), range);
    if let Some(code) = snippet.code {
        let value = |(traversal, statement): &(String, String)| json!({ "traversal": traversal, "statement": statement });
        let snippet = json!({
            "context": snippet.context,
            "code": code,
            "start_line": snippet.start.line,
            "highlight_start_offset": snippet.highlight.0,
            "highlight_end_offset": snippet.highlight.1,
            "values": problem.values.iter().map(value).collect::<Vec<_>>(),
        });
        map.insert("snippet".into(), snippet);
    }
    Json::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;

    #[test]
    fn the_shape_is_terraforms() {
        let text = "resource \"terraform_data\" \"c1\" {\n  input = var.nope + local.zip\n}\n";
        let mut sources = Sources::default();
        let file = sources.add("err.tf", text);
        let start = text.find("var.nope").unwrap() as u32;
        let problem = Diagnostic::error("Reference to undeclared input variable", "It is not declared.")
            .at(Span { file, start, end: start + 8 })
            .within("resource \"terraform_data\" \"c1\"");
        assert_eq!(
            validate_json(&problem.into(), &sources),
            json!({
                "format_version": "1.0",
                "valid": false,
                "error_count": 1,
                "warning_count": 0,
                "diagnostics": [{
                    "severity": "error",
                    "summary": "Reference to undeclared input variable",
                    "detail": "It is not declared.",
                    "range": {
                        "filename": "err.tf",
                        "start": {"line": 2, "column": 11, "byte": 43},
                        "end": {"line": 2, "column": 19, "byte": 51}
                    },
                    "snippet": {
                        "context": "resource \"terraform_data\" \"c1\"",
                        "code": "  input = var.nope + local.zip",
                        "start_line": 2,
                        "highlight_start_offset": 10,
                        "highlight_end_offset": 18,
                        "values": []
                    }
                }]
            })
        );
    }
}
