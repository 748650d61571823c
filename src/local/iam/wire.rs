//! The query protocol: forms read into input, answers and refusals written as XML.
//! Knows no operation.

use serde_json::Value;

use super::VERSION;
use crate::local::error::Refusal;
use crate::local::shape::{Field, Object, Shape, read_text};
use crate::local::xml::escape;

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Whether a form is one of IAM's, as far as it says so itself.
pub fn is_own(form: &[(String, String)]) -> bool {
    form.iter().any(|(name, value)| name == "Version" && value == VERSION)
}

/// The input of a form. Members of lists are numbered: `Tags.member.1.Key`.
pub fn read(fields: &[Field], form: &[(String, String)]) -> Object {
    let mut input = Object::new();
    for field in fields {
        if let Some(value) = member(field.name, &field.shape, form) {
            input.insert(field.name.to_owned(), value);
        }
    }
    input
}

fn member(name: &str, shape: &Shape, form: &[(String, String)]) -> Option<Value> {
    match shape {
        Shape::List(_, _, of) => {
            let items: Vec<Value> =
                (1..).map_while(|at| member(&format!("{name}.member.{at}"), of, form)).collect();
            let given = !items.is_empty() || form.iter().any(|(key, _)| key == name);
            given.then_some(Value::Array(items))
        }
        Shape::Object(fields) => {
            let members = fields.iter().filter_map(|field| {
                let path = format!("{name}.{}", field.name);
                Some((field.name.to_owned(), member(&path, &field.shape, form)?))
            });
            let members: Object = members.collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        scalar => {
            let (_, text) = form.iter().find(|(key, _)| key == name)?;
            Some(read_text(scalar, text))
        }
    }
}

/// An answer. Null answers have no result.
pub fn answer(operation: &str, result: &Value, request_id: &str) -> String {
    let mut body = String::new();
    if !result.is_null() {
        element(&format!("{operation}Result"), result, &mut body);
    }
    format!(
        "<{operation}Response xmlns=\"{NAMESPACE}\">{body}<ResponseMetadata><RequestId>{request_id}</RequestId>\
         </ResponseMetadata></{operation}Response>"
    )
}

/// A refusal.
pub fn error(refusal: &Refusal, request_id: &str) -> String {
    let blame = if refusal.status >= 500 { "Receiver" } else { "Sender" };
    let (code, message) = (escape(&refusal.code), escape(&refusal.message));
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{blame}</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
}

fn element(name: &str, value: &Value, out: &mut String) {
    if value.is_null() {
        return;
    }
    out.push_str(&format!("<{name}>"));
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| element(name, value, out)),
        Value::Array(items) => items.iter().for_each(|item| element("member", item, out)),
        Value::String(text) => out.push_str(&escape(text)),
        other => out.push_str(&other.to_string()),
    }
    out.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::shape::{TEXT, may};
    use serde_json::json;

    #[test]
    fn forms_are_read_and_answers_written() {
        const TAG: Shape = Shape::Object(&[may("Key", TEXT), may("Value", TEXT)]);
        let fields = [may("Tags", Shape::List(0, 9, &TAG)), may("Max", Shape::Int(0, 9)), may("No", TEXT)];
        let form = [
            ("Tags.member.1.Key", "a"),
            ("Tags.member.1.Value", ""),
            ("Tags.member.2.Key", "b"),
            ("Max", "3"),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let input = Value::Object(read(&fields, &form));
        assert_eq!(input, json!({"Tags": [{"Key": "a", "Value": ""}, {"Key": "b"}], "Max": 3}));
        let written = answer("GetX", &json!({"Tags": [{"Key": "<"}], "None": null, "Is": true}), "id");
        let result = "<GetXResult><Is>true</Is><Tags><member><Key>&lt;</Key></member></Tags></GetXResult>";
        assert!(written.contains(result), "{written}");
        assert!(!answer("PutX", &Value::Null, "id").contains("Result"));
    }
}
