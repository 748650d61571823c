//! `evaluate_body`: a body and a schema give an object of what configuration sets, `dynamic` blocks expanded.
//! Knows nothing of required, computed or default; that is for `schema::conform`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Context;
use super::effort::Effort;
use super::eval::{Frame, evaluate_beside};
use super::iterate::{Elements, elements};
use super::refs::{dynamic_body, iterator};
use crate::base::suggest::{did_you_mean, nearest};
use crate::base::{Diagnostic, Diagnostics, Name, Span, Value};
use crate::config::{Block as Written, Body, ExprKind, PropertyKind};
use crate::schema::{Block, NestedBlock, Nesting};

/// The value of a body: an object with the attributes that are set and, for each block type that occurs, a tuple of
/// the blocks' values (or one, for [`Nesting::Single`]). What failed is unknown, so that later checks do not complain
/// again; a `dynamic` block with unknown `for_each` makes all blocks of its type unknown.
pub fn evaluate_body(body: &Body, block: &Block, cx: &Context<'_>) -> (Value, Diagnostics) {
    let mut problems = Diagnostics::new();
    let value = evaluate_block(body, block, cx, None, &Effort::new(cx.env), &mut problems);
    (value, problems)
}

fn evaluate_block(
    body: &Body,
    schema: &Block,
    cx: &Context<'_>,
    frame: Option<&Frame<'_>>,
    effort: &Effort,
    problems: &mut Diagnostics,
) -> Value {
    let (body, found) = sorted_out(body, schema);
    problems.extend(found);
    let mut entries: Vec<(Name, Value)> = Vec::with_capacity(body.attributes.len());
    for written in &body.attributes {
        let Some(attribute) = schema.attribute(&written.name) else {
            problems.push(match written.property {
                true => written.extraneous(&did_you_mean(&written.name, settable(schema))),
                false => unsupported_argument(&written.name, schema).at(written.name_span),
            });
            continue;
        };
        let value = problems.take(evaluate_beside(&written.expr, cx, frame, effort, 0));
        entries.push((written.name.clone(), value.unwrap_or_else(|| Value::unknown(attribute.ty.ty()))));
    }
    let mut blocks = Blocks::default();
    for written in &body.blocks {
        if &*written.type_name == "dynamic" && schema.nested("dynamic").is_none() {
            expand(written, schema, cx, (frame, effort), &mut blocks, problems);
            continue;
        }
        let Some(nested) = schema.nested(&written.type_name) else {
            problems.push(unsupported_block(&written.type_name, schema).at(written.span));
            continue;
        };
        if let Some(label) = written.labels.first() {
            let detail = format!("No labels are expected for {} blocks.", nested.name);
            problems.push(Diagnostic::error("Extraneous block label", detail).at(label.span));
        }
        let value = evaluate_block(&written.body, &nested.block, cx, frame, effort, problems);
        blocks.push(nested, value, written.span, problems);
    }
    entries.extend(blocks.finish());
    Value::object(entries)
}

/// The body with its JSON properties sorted into arguments and blocks, as the schema has them. Without properties, it is
/// the body itself.
pub fn sorted_out<'b>(body: &'b Body, schema: &Block) -> (Cow<'b, Body>, Diagnostics) {
    body.resolve(|name| {
        if schema.attribute(name).is_some() {
            return Some(PropertyKind::Argument);
        }
        if schema.nested(name).is_some() {
            return Some(PropertyKind::Block(&[]));
        }
        (name == "dynamic").then_some(PropertyKind::Block(&["type"]))
    })
}

/// The blocks of one body, by type.
#[derive(Default)]
struct Blocks(BTreeMap<&'static str, (&'static NestedBlock, Vec<Value>, bool)>);

impl Blocks {
    fn of(&mut self, nested: &'static NestedBlock) -> &mut (&'static NestedBlock, Vec<Value>, bool) {
        self.0.entry(nested.name).or_insert((nested, Vec::new(), false))
    }

    fn push(&mut self, nested: &'static NestedBlock, value: Value, span: Span, problems: &mut Diagnostics) {
        let (_, values, unknown) = self.of(nested);
        if nested.nesting == Nesting::Single && (!values.is_empty() || *unknown) {
            let detail = format!("Only one block of type {:?} is allowed.", nested.name);
            problems.push(Diagnostic::error("Duplicate block", detail).at(span));
            return;
        }
        values.push(value);
    }

    fn finish(self) -> impl Iterator<Item = (Name, Value)> {
        self.0.into_iter().map(|(name, (nested, mut values, unknown))| {
            let value = match nested.nesting {
                _ if unknown => Value::unknown(nested.ty()),
                Nesting::Single => values.pop().unwrap_or_else(|| Value::null(nested.ty())),
                Nesting::List | Nesting::Set => Value::tuple(values),
            };
            (name.into(), value)
        })
    }
}

/// `dynamic "type" { for_each = …, iterator = …, content { … } }`
fn expand(
    dynamic: &Written,
    schema: &Block,
    cx: &Context<'_>,
    (frame, effort): (Option<&Frame<'_>>, &Effort),
    blocks: &mut Blocks,
    problems: &mut Diagnostics,
) {
    let [label] = dynamic.labels.as_slice() else {
        let detail = "A dynamic block must have exactly one label: the type of the blocks it makes.";
        problems.push(Diagnostic::error("Missing type for dynamic", detail).at(dynamic.span));
        return;
    };
    let Some(nested) = schema.nested(&label.text) else {
        problems.push(unsupported_block(&label.text, schema).at(label.span));
        return;
    };
    let (body, found) = dynamic_body(dynamic);
    problems.extend(found);
    let known = ["for_each", "iterator"];
    for attribute in body.attributes.iter().filter(|a| !known.contains(&&*a.name)) {
        problems.push(match attribute.property {
            true => attribute.extraneous(&did_you_mean(&attribute.name, known)),
            false => unexpected_argument(&attribute.name, &known).at(attribute.name_span),
        });
    }
    if let Some(attribute) = body.attribute("iterator")
        && !matches!(attribute.expr.kind, ExprKind::Variable(_))
    {
        let detail =
            "The iterator of a dynamic block is a single name, without quotes, such as iterator = rule.";
        problems.push(Diagnostic::error("Invalid expression", detail).at(attribute.expr.span));
        return blocks.of(nested).2 = true;
    }
    let contents: Vec<&Written> = body.blocks_of("content").collect();
    for other in body.blocks.iter().filter(|b| &*b.type_name != "content") {
        let detail = format!(
            "Blocks of type {:?} are not expected here. A dynamic block holds one block of type \"content\".",
            &*other.type_name
        );
        problems.push(Diagnostic::error("Unsupported block type", detail).at(other.span));
    }
    if let Some(extra) = contents.get(1) {
        let detail = "Only one nested content block is allowed for each dynamic block.";
        problems.push(Diagnostic::error("Extraneous dynamic content block", detail).at(extra.span));
    }
    let Some(content) = contents.first() else {
        let detail = "A dynamic block must have a nested block of type \"content\" to describe the body of each \
                      generated block.";
        problems.push(Diagnostic::error("Missing dynamic content block", detail).at(dynamic.span));
        return blocks.of(nested).2 = true;
    };
    let Some(for_each) = body.attribute("for_each") else {
        let detail = "The argument \"for_each\" is required, but no definition was found.";
        problems.push(Diagnostic::error("Missing required argument", detail).at(dynamic.span));
        return blocks.of(nested).2 = true;
    };
    let Some(collection) = problems.take(evaluate_beside(&for_each.expr, cx, frame, effort, 0)) else {
        return blocks.of(nested).2 = true;
    };
    let invalid = |what: String| {
        super::eval::explain_beside(
            &for_each.expr,
            Diagnostic::error("Invalid dynamic for_each value", format!("Cannot use {what}")),
            cx,
            frame,
        )
    };
    if collection.is_null() {
        problems.push(invalid("a null value in for_each.".into()));
        return blocks.of(nested).2 = true;
    }
    let elements = match elements(&collection) {
        Some(Elements::Known(elements)) => elements,
        Some(Elements::Unknown) => return blocks.of(nested).2 = true,
        None => {
            problems.push(invalid(format!(
                "a {} value in for_each. An iterable collection is required.",
                collection.ty().friendly_name()
            )));
            return blocks.of(nested).2 = true;
        }
    };
    // Known to be none is not the same as never mentioned, and reads the same to the schema.
    blocks.of(nested);
    let name = iterator(dynamic, &body).unwrap_or_else(|| label.text.clone());
    let sensitive = collection.is_sensitive();
    for (key, value) in elements {
        let element = Value::object([
            ("key", key.with_sensitive(sensitive)),
            ("value", value.with_sensitive(sensitive)),
        ]);
        let inner = Frame { outer: frame, variables: vec![(name.clone(), element)] };
        let before = problems.len();
        let value = evaluate_block(&content.body, &nested.block, cx, Some(&inner), effort, problems);
        blocks.push(nested, value, dynamic.span, problems);
        if problems.len() > before {
            // What is wrong with one block is mostly wrong with all.
            break;
        }
    }
}

fn unexpected_argument(name: &str, known: &[&str]) -> Diagnostic {
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean {near:?}?"),
        None => supported("Arguments", known),
    };
    Diagnostic::error(
        "Unsupported argument",
        format!("An argument named {name:?} is not expected here. {hint}"),
    )
}

fn unsupported_argument(name: &str, schema: &Block) -> Diagnostic {
    if schema.nested(name).is_some() {
        let detail = format!(
            "An argument named {name:?} is not expected here. Did you mean to define a block of type {name:?}?"
        );
        return Diagnostic::error("Unsupported argument", detail);
    }
    let known: Vec<&str> = settable(schema).collect();
    unexpected_argument(name, &known)
}

fn settable(schema: &Block) -> impl Iterator<Item = &'static str> {
    schema.attributes.iter().filter(|a| a.is_settable()).map(|a| a.name)
}

fn unsupported_block(name: &str, schema: &Block) -> Diagnostic {
    let known: Vec<&str> = schema.blocks.iter().map(|b| b.name).collect();
    let hint = if schema.attribute(name).is_some() {
        format!("Did you mean to define argument {name:?}? If so, use the equals sign to assign it a value.")
    } else {
        match nearest(name, known.iter().copied()) {
            Some(near) => format!("Did you mean {near:?}?"),
            None => supported("Blocks", &known),
        }
    };
    Diagnostic::error(
        "Unsupported block type",
        format!("Blocks of type {name:?} are not expected here. {hint}"),
    )
}

/// "Arguments that are: a, b, c."
fn supported(what: &str, names: &[&str]) -> String {
    match names {
        [] => format!("No {} are.", what.to_lowercase()),
        names => format!("{what} that are: {}.", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::{ResourceAddr, Type};
    use crate::config::load_sources;
    use crate::lang::cases::{Names, one_line};
    use crate::lang::{FunctionEnv, Reference, references_in_body};
    use crate::schema::{Attribute, conform};

    static INNER: Block =
        Block { attributes: &[Attribute::string("mode"), Attribute::number("size")], blocks: &[] };
    static FUNCTION: Block = Block {
        attributes: &[
            Attribute::string("name"),
            Attribute::number("memory"),
            Attribute::string("arn").computed(),
        ],
        blocks: &[
            NestedBlock::many("rule", INNER),
            NestedBlock::single("timeouts", INNER),
            NestedBlock::one(
                "outer",
                Block { attributes: &[], blocks: &[NestedBlock::many("inner", INNER)] },
            ),
        ],
    };

    /// The body of a resource, its value, and what is wrong with it.
    fn evaluated(text: &str) -> (Body, Value, String) {
        let text = format!("resource \"f\" \"x\" {{\n{text}\n}}\n");
        let (config, problems) = load_sources(Path::new("."), vec![("main.tf".into(), text)]);
        assert!(problems.is_empty(), "{problems:?}");
        let body =
            config.root.resources[&ResourceAddr::root(crate::base::Mode::Managed, "f", "x")].body.clone();
        let local = |name: &str, value: Value| (Reference::Local(name.into()), value);
        let scope = Names::of([
            local("l", Value::tuple(["a".into(), "b".into()])),
            local("m", Value::map(Type::Number, [("x", 1.into()), ("y", 2.into())])),
            local("unknown", Value::unknown(Type::list(Type::String))),
            local("secret", Value::tuple(["hunter2".into()]).with_sensitive(true)),
        ]);
        let env = FunctionEnv::default();
        let (value, problems) = evaluate_body(&body, &FUNCTION, &Context { scope: &scope, env: &env });
        assert!(problems.iter().all(|p| p.span.is_some()), "{problems:?}");
        (body, value, one_line(&problems))
    }

    #[test]
    fn bodies_become_objects_and_dynamic_blocks_unfold() {
        for (text, expected) in [
            ("name = \"n\"\nmemory = null", r#"{"memory": null:any, "name": "n"}"#),
            ("rule {\n mode = \"a\"\n}\nrule {}", r#"{"rule": [{"mode": "a"}, {}]}"#),
            ("timeouts {\n size = 1\n}", r#"{"timeouts": {"size": 1}}"#),
            (
                "rule {\n mode = \"0\"\n}\ndynamic \"rule\" {\n for_each = local.m\n content {\n mode = rule.key\n size = \
                 rule.value\n}\n}",
                r#"{"rule": [{"mode": "0"}, {"mode": "x", "size": 1}, {"mode": "y", "size": 2}]}"#,
            ),
            (
                "dynamic \"rule\" {\n for_each = local.l\n iterator = it\n content {\n mode = \"${it.key}${it.value}\"\n}\n}",
                r#"{"rule": [{"mode": "0a"}, {"mode": "1b"}]}"#,
            ),
            ("dynamic \"rule\" {\n for_each = []\n content {}\n}", r#"{"rule": []}"#),
            (
                "dynamic \"rule\" {\n for_each = local.unknown\n content {\n mode = rule.value\n}\n}",
                r#"{"rule": unknown:list(object({ mode = string, size = number }))}"#,
            ),
            (
                "dynamic \"rule\" {\n for_each = local.secret\n content {\n mode = rule.value\n}\n}",
                r#"{"rule": [{"mode": (sensitive value)}]}"#,
            ),
            (
                "dynamic \"outer\" {\n for_each = [local.l]\n content {\n dynamic \"inner\" {\n for_each = outer.value\n \
                 content {\n mode = inner.value\n size = outer.key\n}\n}\n}\n}",
                r#"{"outer": [{"inner": [{"mode": "a", "size": 0}, {"mode": "b", "size": 0}]}]}"#,
            ),
        ] {
            let (body, value, problems) = evaluated(text);
            assert_eq!((format!("{value:?}").as_str(), problems.as_str()), (expected, ""), "{text}");
            let (_, misfits) = conform(&FUNCTION, &value);
            assert!(misfits.is_empty(), "{text}: {misfits:?}");
            let (mentions, problems) = references_in_body(&body);
            assert!(problems.is_empty(), "{text}: {problems:?}");
            assert!(
                mentions.iter().all(|m| matches!(m.reference, Reference::Local(_))),
                "{text}: {mentions:?}"
            );
        }
    }

    #[test]
    fn json_reads_as_the_native_syntax_does() {
        let evaluated = |body: &str| {
            let text = format!(r#"{{"resource": {{"f": {{"x": {{{body}}}}}}}}}"#);
            let (config, problems) = load_sources(Path::new("."), vec![("main.tf.json".into(), text)]);
            assert!(problems.is_empty(), "{problems:?}");
            let addr = ResourceAddr::root(crate::base::Mode::Managed, "f", "x");
            let body = config.root.resources[&addr].body.clone();
            let mentions: Vec<_> = references_in_body(&body).0.into_iter().map(|m| m.reference).collect();
            let list = Value::tuple(["a".into(), "b".into()]);
            let scope = Names::of([(Reference::Local("l".into()), list)]);
            let env = FunctionEnv::default();
            let (value, problems) = evaluate_body(&body, &FUNCTION, &Context { scope: &scope, env: &env });
            assert!(problems.iter().all(|p| p.span.is_some()), "{problems:?}");
            (format!("{value:?}"), one_line(&problems), mentions)
        };
        for (text, expected) in [
            (r#""name": "n", "memory": null, "//": 1"#, r#"{"memory": null:any, "name": "n"}"#),
            (r#""rule": {"mode": "a"}"#, r#"{"rule": [{"mode": "a"}]}"#),
            (r#""rule": [{"mode": "a"}, {"//": 1}], "rule": {}"#, r#"{"rule": [{"mode": "a"}, {}, {}]}"#),
            (
                r#""timeouts": {"size": 1}, "outer": [{"inner": {}}]"#,
                r#"{"outer": [{"inner": [{}]}], "timeouts": {"size": 1}}"#,
            ),
            (
                r#""dynamic": {"rule": {"for_each": "${local.l}", "iterator": "it", "content": {"mode": "${it.value}"}}}"#,
                r#"{"rule": [{"mode": "a"}, {"mode": "b"}]}"#,
            ),
            (
                r#""outer": {"dynamic": {"inner": [{"for_each": ["${local.l[0]}"], "content": [{"mode": "x${inner.value}"}]}]}}"#,
                r#"{"outer": [{"inner": [{"mode": "xa"}]}]}"#,
            ),
        ] {
            let (value, problems, mentions) = evaluated(text);
            assert_eq!((value.as_str(), problems.as_str()), (expected, ""), "{text}");
            let wanted = usize::from(text.contains("local.l"));
            assert_eq!(mentions, vec![Reference::Local("l".into()); wanted], "{text}");
        }
        for (text, expected) in [
            (
                r#""memori": 1"#,
                "Extraneous JSON object property No argument or block type is named \"memori\". Did you mean \"memory\"?",
            ),
            (r#""name": "a", "name": "b""#, "Duplicate argument"),
            (r#""rule": 1"#, "Incorrect JSON value type"),
            (r#""dynamic": {"rule": {"content": {}}}"#, "Missing required argument"),
            (
                r#""dynamic": {"rule": {"for_each": [], "foo": 1, "content": {}}}"#,
                "Extraneous JSON object property",
            ),
        ] {
            let (_, problems, _) = evaluated(text);
            assert!(problems.contains(expected), "{text}: {problems}");
        }
    }

    #[test]
    fn what_does_not_belong_is_told_in_terraforms_words() {
        for (text, expected) in [
            (
                "memori = 1",
                "Error: Unsupported argument An argument named \"memori\" is not expected here. Did you mean \"memory\"?",
            ),
            (
                "foo = 1",
                "Error: Unsupported argument An argument named \"foo\" is not expected here. Arguments that are: name, \
                 memory.",
            ),
            (
                "rule = {}",
                "Error: Unsupported argument An argument named \"rule\" is not expected here. Did you mean to define a \
                 block of type \"rule\"?",
            ),
            (
                "name {}",
                "Error: Unsupported block type Blocks of type \"name\" are not expected here. Did you mean to define \
                 argument \"name\"? If so, use the equals sign to assign it a value.",
            ),
            (
                "rules {}",
                "Error: Unsupported block type Blocks of type \"rules\" are not expected here. Did you mean \"rule\"?",
            ),
            ("rule \"a\" {}", "Error: Extraneous block label No labels are expected for rule blocks."),
            (
                "timeouts {}\ntimeouts {}",
                "Error: Duplicate block Only one block of type \"timeouts\" is allowed.",
            ),
            (
                "dynamic \"rule\" {\n for_each = 5\n content {}\n}",
                "Error: Invalid dynamic for_each value Cannot use a number value in for_each. An iterable collection is \
                 required.",
            ),
            (
                "dynamic \"rule\" {\n for_each = null\n content {}\n}",
                "Error: Invalid dynamic for_each value Cannot use a null value in for_each.",
            ),
            (
                "dynamic \"rule\" {\n content {}\n}",
                "Error: Missing required argument The argument \"for_each\" is required, but no definition was found.",
            ),
            (
                "dynamic \"rule\" {\n for_each = []\n}",
                "Error: Missing dynamic content block A dynamic block must have a nested block of type \"content\" to \
                 describe the body of each generated block.",
            ),
            (
                "dynamic \"zz\" {\n for_each = []\n content {}\n}",
                "Error: Unsupported block type Blocks of type \"zz\" are not expected here. Blocks that are: rule, \
                 timeouts, outer.",
            ),
            (
                "dynamic \"rule\" {\n for_each = local.l\n content {\n mode = rule.foo\n}\n}",
                "Error: Unsupported attribute This object does not have an attribute named \"foo\".",
            ),
        ] {
            assert_eq!(evaluated(text).2, expected, "{text}");
        }
    }
}
