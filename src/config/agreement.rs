//! Our parser held against `hcl-edit`, an independent reading of the same language.
//! Knows nothing of evaluation: what is compared is acceptance, and the attributes and blocks that are found.

use hcl_edit::structure::{Body as TheirBody, Structure};

use super::names::Names;
use super::parse::parse_file;
use super::{Body, Expr, ExprKind};
use crate::base::Sources;

/// What both must accept and read alike.
const ACCEPTED: &[&str] = &[
    "",
    "a = 1\nb = \"x\"\n",
    "# one\n// two\n/* three */ a = 1 # four\n",
    "a = [1, 2, 3,]\nb = { x = 1, \"y\" = 2, (z) = 3 }\n",
    "a = x.y[0].z[\"k\"].*.w\nb = x[*].y[0]\nc = x.0\n",
    "a = -1 + 2 * (3 - 4) / 5 % 6 == 7 && !b || c >= d ? e : f\n",
    "a = [for x in y : x if x != null]\nb = { for k, v in y : k => v... }\n",
    "a = f(1, g(2)...)\nb = provider::aws::arn_parse(x)\n",
    "a = \"${x} %{ if y }z%{ else }w%{ endif }\"\nb = \"$${x} %%{y} \\u00e9 \\n\"\n",
    "a = <<EOT\nline ${x}\n%{ for y in z ~}\n- ${y}\n%{ endfor ~}\nEOT\nb = 1\n",
    "a = <<-EOT\n    one\n      two\n  EOT\n",
    "resource \"aws_lambda_function\" \"f\" {\n  environment {\n    variables = { A = 1 }\n  }\n}\n",
    "locals { a = 1 }\nblock label \"two\" {}\n",
    "größe = 1\n",
];

/// What neither may accept.
const REFUSED: &[&str] = &[
    "a = ",
    "a = 1 b = 2\n",
    "a = [1, 2\n",
    "a = \"x\n",
    "block {\n",
    "a = 1\na = 2\n",
    "= 1\n",
    "a = 1 +\n",
    "a = ${x}\n",
    "a = <<EOT\nx\n",
];

/// Where the two differ and Terraform agrees with us (found with `terraform fmt` and `terraform console`).
const DEPARTURES: &[(&str, bool, &str)] = &[
    ("a = { x = 1, x = 2 }\n", true, "the last of two equal keys wins"),
    ("a = foo.0.1.bar\n", false, "a legacy index takes no second one"),
    ("a = \"one\ntwo\"\n", false, "a quoted string ends on its line"),
];

fn parse(text: &str) -> (Body, bool) {
    let mut sources = Sources::default();
    let file = sources.add("test.tf", text);
    let (body, problems) = parse_file(text, file, &mut Names::default());
    (body, !problems.has_errors())
}

fn ours(body: &Body) -> Vec<String> {
    let attributes =
        body.attributes.iter().map(|a| (a.name_span.start, format!("{} = {}", a.name, kind(&a.expr))));
    let blocks = body.blocks.iter().map(|b| {
        let labels: Vec<&str> = b.labels.iter().map(|l| &*l.text).collect();
        (b.span.start, format!("{} {labels:?} {:?}", b.type_name, ours(&b.body)))
    });
    let mut all: Vec<(u32, String)> = attributes.chain(blocks).collect();
    all.sort();
    all.into_iter().map(|(_, shown)| shown).collect()
}

fn theirs(body: &TheirBody) -> Vec<String> {
    let shown = body.iter().map(|structure| match structure {
        Structure::Attribute(a) => format!("{} = {}", a.key.as_str(), their_kind(&a.value)),
        Structure::Block(b) => {
            let labels: Vec<&str> = b.labels.iter().map(|l| l.as_str()).collect();
            format!("{} {labels:?} {:?}", b.ident.as_str(), theirs(&b.body))
        }
    });
    shown.collect()
}

fn kind(expr: &Expr) -> &'static str {
    match &expr.kind {
        ExprKind::Null => "null",
        ExprKind::Bool(_) => "bool",
        ExprKind::Number(_) => "number",
        ExprKind::String(_) | ExprKind::Template(_) | ExprKind::TemplateWrap(_) => "text",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::Object(_) => "object",
        ExprKind::Variable(_) => "name",
        ExprKind::GetAttr(..) | ExprKind::Index(..) | ExprKind::Splat { .. } => "access",
        ExprKind::Call(_) => "call",
        ExprKind::Unary(_, inner) if matches!(inner.kind, ExprKind::Number(_)) => "number",
        ExprKind::Unary(..) => "unary",
        ExprKind::Binary(..) => "binary",
        ExprKind::Conditional(..) => "conditional",
        ExprKind::For(_) => "for",
        ExprKind::Parens(_) => "parens",
    }
}

fn their_kind(expr: &hcl_edit::expr::Expression) -> &'static str {
    use hcl_edit::expr::Expression as E;
    match expr {
        E::Null(_) => "null",
        E::Bool(_) => "bool",
        E::Number(_) => "number",
        E::String(_) | E::StringTemplate(_) | E::HeredocTemplate(_) => "text",
        E::Array(_) => "tuple",
        E::Object(_) => "object",
        E::Variable(_) => "name",
        E::Traversal(_) => "access",
        E::FuncCall(_) => "call",
        E::UnaryOp(_) => "unary",
        E::BinaryOp(_) => "binary",
        E::Conditional(_) => "conditional",
        E::ForExpr(_) => "for",
        E::Parenthesis(_) => "parens",
    }
}

#[test]
fn both_read_the_same() {
    for text in ACCEPTED {
        let (body, accepted) = parse(text);
        assert!(accepted, "{text:?}");
        let their: TheirBody = text.parse().unwrap_or_else(|e| panic!("{text:?}: {e}"));
        assert_eq!(ours(&body), theirs(&their), "{text:?}");
    }
}

#[test]
fn neither_accepts_what_is_no_configuration() {
    for text in REFUSED {
        assert!(!parse(text).1, "{text:?}");
        assert!(text.parse::<TheirBody>().is_err(), "{text:?}");
    }
}

#[test]
fn departures_are_real() {
    for (text, accepted, why) in DEPARTURES {
        assert_eq!(parse(text).1, *accepted, "{why}: {text:?}");
        assert_eq!(text.parse::<TheirBody>().is_ok(), !accepted, "{why}: {text:?}");
    }
}
