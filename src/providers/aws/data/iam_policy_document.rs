//! `aws_iam_policy_document`: a policy written in configuration instead of JSON. Speaks to nobody.

use std::collections::HashSet;

use crate::base::{Diagnostic, Diagnostics, Type, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{filled, text, texts};
use crate::providers::aws::iam::document::{
    Condition, Document, Principal, Statement, Words, hash, in_set_order, serialized_set,
};
use crate::providers::aws::iam::json::Node;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

use Constraint::{Custom, Each, Json, OneOf};

/// A document, or nothing.
const DOCUMENT: Constraint =
    Custom(|value| Some(value).filter(|v| v.as_str() != Some("")).and_then(|v| Json.violation(v)));

/// Arguments that only tell people what to use instead.
const REPLACED: Constraint = Custom(|value| {
    let given = value.as_str().is_some_and(|text| !text.is_empty());
    given.then(|| "This argument takes no documents any more; use the list of the same purpose.".to_owned())
});

const PRINCIPALS: Block = Block {
    attributes: &[Attribute::string_set("identifiers").required(), Attribute::string("type").required()],
    blocks: &[],
};

static TYPE: DataType = DataType {
    name: "aws_iam_policy_document",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").optional_computed(),
                Attribute::string("json").computed(),
                Attribute::string("minified_json").computed(),
                Attribute::string("override_json")
                    .check(&[REPLACED])
                    .deprecated("Use override_policy_documents instead."),
                Attribute::strings("override_policy_documents").check(&[Each(&DOCUMENT)]),
                Attribute::string("policy_id"),
                Attribute::string("source_json")
                    .check(&[REPLACED])
                    .deprecated("Use source_policy_documents instead."),
                Attribute::strings("source_policy_documents").check(&[Each(&DOCUMENT)]),
                Attribute::string("version").check(&[OneOf(&[OLD_VERSION, VERSION])]),
            ],
            blocks: &[NestedBlock::many(
                "statement",
                Block {
                    attributes: &[
                        Attribute::string_set("actions"),
                        Attribute::string("effect").check(&[OneOf(&["Allow", "Deny"])]),
                        Attribute::string_set("not_actions"),
                        Attribute::string_set("not_resources"),
                        Attribute::string_set("resources"),
                        Attribute::string("sid"),
                    ],
                    blocks: &[
                        NestedBlock::set(
                            "condition",
                            Block {
                                attributes: &[
                                    Attribute::string("test").required(),
                                    Attribute::strings("values").required(),
                                    Attribute::string("variable").required(),
                                ],
                                blocks: &[],
                            },
                        ),
                        NestedBlock::set("not_principals", PRINCIPALS),
                        NestedBlock::set("principals", PRINCIPALS),
                    ],
                },
            )],
        },
    },
    pure: true,
};

/// Of a document that does not say. Until it is read, a plan shows none.
const VERSION: &str = "2012-10-17";
/// In it `&{…}` means nothing.
const OLD_VERSION: &str = "2008-10-17";

/// The data source.
pub(in crate::providers::aws) struct PolicyDocument;

impl Data for PolicyDocument {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, _link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move { make(config) })
    }
}

/// Fills in what is computed.
fn make(config: &Value) -> Result<Value, Diagnostics> {
    let mut known = recorded(config);
    let mut all = Document::default();
    let mut sids = HashSet::new();
    for (index, source) in sources(config, "source_policy_documents")?.into_iter().enumerate() {
        for statement in source.statements.iter().filter(|statement| !statement.sid.is_empty()) {
            if !sids.insert(statement.sid.clone()) {
                return Err(repeated(&statement.sid, "source_policy_documents", index + 1).into());
            }
        }
        all.merge(source);
    }
    all.merge(own(&known)?);
    for over in sources(config, "override_policy_documents")? {
        all.merge(over);
    }
    let node = all.into_node();
    let indented = node.indented();
    for (name, text) in [("id", hash(&indented)), ("json", indented), ("minified_json", node.compact())] {
        known.set_attr(name, Value::from(text));
    }
    Ok(known)
}

/// The configuration as state holds it: inside of statements nothing is null.
fn recorded(config: &Value) -> Value {
    let mut known = config.clone();
    if text(config, "version").is_none() {
        known.set_attr("version", Value::from(VERSION));
    }
    let Some(nested) = TYPE.schema.block.nested("statement") else { return known };
    let statements = config.get(nested.name).and_then(Value::as_items).unwrap_or_default();
    if statements.is_empty() {
        // Of a data source, the provider's SDK keeps no empty list.
        known.set_attr(nested.name, Value::null(nested.ty()));
        return known;
    }
    let statements = statements.iter().map(|statement| {
        let mut statement = statement.clone();
        for attribute in nested.block.attributes {
            if !statement.get(attribute.name).is_none_or(Value::is_null) {
                continue;
            }
            let value = match attribute.name {
                "effect" => Value::from("Allow"),
                "sid" => Value::from(""),
                _ => Value::set(Type::String, []),
            };
            statement.set_attr(attribute.name, value);
        }
        statement
    });
    let statements = Value::list(nested.block.ty(), statements);
    known.set_attr(nested.name, statements);
    known
}

fn sources(config: &Value, name: &'static str) -> Result<Vec<Document>, Diagnostics> {
    let texts = texts(config, name).unwrap_or_default().into_iter().enumerate();
    let read = |(index, text): (usize, String)| {
        let read = Document::read(&text);
        read.map_err(|reason| {
            Diagnostic::error(
                "Policy document not readable",
                format!("Element {index} of {name:?} is not a policy document: {reason}."),
            )
            .on(name)
            .into()
        })
    };
    texts.filter(|(_, text)| !text.is_empty()).map(read).collect()
}

fn repeated(sid: &str, name: &'static str, count: usize) -> Diagnostic {
    Diagnostic::error(
        "Statement id used twice",
        format!(
            "The sid {sid:?} stands in {name:?} for the second time, at the latest in document {count}. Among these \
             documents sids must be unique. Remove one, or use override_policy_documents to replace a statement."
        ),
    )
    .on(name)
}

/// The document of the data source's own arguments.
fn own(config: &Value) -> Result<Document, Diagnostics> {
    let version = text(config, "version").unwrap_or_default();
    let mut document = Document {
        id: filled(config, "policy_id").unwrap_or_default(),
        version: version.clone(),
        statements: Vec::new(),
    };
    let mut sids = HashSet::new();
    for block in config.get("statement").and_then(Value::as_items).unwrap_or_default() {
        let statement = statement(block, &version)?;
        if !statement.sid.is_empty() && !sids.insert(statement.sid.clone()) {
            return Err(Diagnostic::error(
                "Statement id used twice",
                format!("Two statements have the sid {:?}. Remove one, or make them differ.", statement.sid),
            )
            .on("statement")
            .into());
        }
        document.statements.push(statement);
    }
    Ok(document)
}

fn statement(block: &Value, version: &str) -> Result<Statement, Diagnostics> {
    let words = |name: &str| texts(block, name).filter(|list| !list.is_empty()).map(Words::of);
    let variables = |words: Option<Words>| words.map(|words| with_variables(words, version)).transpose();
    let principals = |name: &str| -> Result<Vec<Principal>, Diagnostics> {
        let blocks = blocks(block, name, |b| {
            let names = serialized_set(&texts(b, "identifiers").unwrap_or_default());
            format!("identifiers:{{{names}}};type:{};", text(b, "type").unwrap_or_default())
        });
        let principal = |b: &Value| {
            let names = Words::of(texts(b, "identifiers").unwrap_or_default());
            Ok(Principal {
                kind: text(b, "type").unwrap_or_default(),
                names: with_variables(names, version)?,
            })
        };
        blocks.iter().map(principal).collect()
    };
    let conditions = blocks(block, "condition", |b| {
        let values: String =
            texts(b, "values").unwrap_or_default().iter().map(|value| format!("{value};")).collect();
        let [test, variable] = ["test", "variable"].map(|name| text(b, name).unwrap_or_default());
        format!("test:{test};values:({values});variable:{variable};")
    });
    let condition = |b: &Value| {
        let values = texts(b, "values").unwrap_or_default();
        let values =
            values.into_iter().map(|value| with_variable(value, version)).collect::<Result<_, _>>()?;
        Ok(Condition {
            test: text(b, "test").unwrap_or_default(),
            variable: text(b, "variable").unwrap_or_default(),
            values,
        })
    };
    let node = |words: Option<Words>| words.map(Words::node);
    let lists: [Option<Node>; 4] = [
        node(words("actions")),
        node(words("not_actions")),
        node(variables(words("resources"))?),
        node(variables(words("not_resources"))?),
    ];
    Ok(Statement {
        sid: text(block, "sid").unwrap_or_default(),
        effect: text(block, "effect").unwrap_or_default(),
        lists,
        principals: [principals("principals")?, principals("not_principals")?],
        conditions: conditions.iter().map(condition).collect::<Result<_, Diagnostics>>()?,
    })
}

/// The blocks of a set in the provider's own order: it shows where several have the same type or key.
fn blocks(of: &Value, name: &str, serialized: impl Fn(&Value) -> String) -> Vec<Value> {
    in_set_order(of.get(name).and_then(Value::as_items).unwrap_or_default().to_vec(), serialized)
}

fn with_variables(words: Words, version: &str) -> Result<Words, Diagnostics> {
    Ok(match words {
        Words::One(one) => Words::One(with_variable(one, version)?),
        Words::Many(many) => {
            Words::Many(many.into_iter().map(|word| with_variable(word, version)).collect::<Result<_, _>>()?)
        }
    })
}

/// `&{…}` stands for `${…}`, which configuration takes for its own.
fn with_variable(word: String, version: &str) -> Result<String, Diagnostics> {
    if !word.contains("&{") {
        return Ok(word);
    }
    if version == OLD_VERSION {
        return Err(Diagnostic::error(
            "Variable in an old policy",
            format!("{word:?} holds a policy variable, and policies of version {OLD_VERSION} have none."),
        )
        .on("version")
        .into());
    }
    Ok(word.replace("&{", "${"))
}
