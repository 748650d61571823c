//! `providers schema -json`: the schemas of the providers that configuration and state need, in Terraform's form.
//! Leaves out what Terraform's form has no room for: defaults, constraints, API calls.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use crate::base::json;
use crate::provider::{Provider, ProviderSchema};
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Schema};

use super::super::backend;
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Side;
use super::super::session::Session;
use super::requirements::{self, Needs};

/// The arguments of `providers schema`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Print JSON. Required, as there is no other form.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    side: Side,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    if !args.json {
        return Err(CommandError::usage(
            "providers schema",
            "Output format required",
            "The `lambdaform providers schema` command requires the `-json` flag.",
        ));
    }
    let mut needed = Needs::of(&session.config()?).addresses();
    if let Some(state) = backend::read_only(session, &args.side.into())? {
        needed.extend(requirements::of_state(&state));
    }
    let registry = session.registry();
    let missing: BTreeSet<&String> =
        needed.iter().filter(|address| registry.addressed(address).is_none()).collect();
    if !missing.is_empty() {
        let list: Vec<String> = missing.iter().map(|address| format!("  - {address}")).collect();
        return Err(CommandError::problem(
            "Unsupported providers",
            format!(
                "The configuration or the state needs providers that are not built into lambdaform, so their schemas are \
                 not known:\n{}",
                list.join("\n")
            ),
        ));
    }
    let schemas = registry.iter().filter(|provider| needed.contains(provider.address()));
    let document = Document {
        format_version: "1.0",
        provider_schemas: schemas.map(|provider| (provider.address(), describe(&**provider))).collect(),
    };
    let text = serde_json::to_string(&document).map_err(|error| {
        CommandError::problem("Failed to marshal provider schemas to json", error.to_string())
    })?;
    session.view.terminal.out(&format!("{text}\n"));
    Ok(Exit::Success)
}

fn describe(provider: &dyn Provider) -> ProviderDocument {
    let ProviderSchema { config, resources, data } = provider.schema();
    ProviderDocument {
        provider: schema(config),
        resource_schemas: resources.iter().map(|ty| (ty.name, schema(&ty.schema))).collect(),
        data_source_schemas: data.iter().map(|ty| (ty.name, schema(&ty.schema))).collect(),
    }
}

#[derive(Serialize)]
struct Document {
    format_version: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    provider_schemas: BTreeMap<&'static str, ProviderDocument>,
}

#[derive(Serialize)]
struct ProviderDocument {
    provider: SchemaDocument,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resource_schemas: BTreeMap<&'static str, SchemaDocument>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data_source_schemas: BTreeMap<&'static str, SchemaDocument>,
}

#[derive(Serialize)]
struct SchemaDocument {
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<BlockDocument>,
}

#[derive(Serialize)]
struct BlockDocument {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, AttributeDocument>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    block_types: BTreeMap<&'static str, NestedDocument>,
    description_kind: &'static str,
}

#[derive(Serialize)]
struct AttributeDocument {
    #[serde(rename = "type")]
    ty: Json,
    description_kind: &'static str,
    #[serde(skip_serializing_if = "is_not")]
    deprecated: bool,
    #[serde(skip_serializing_if = "is_not")]
    required: bool,
    #[serde(skip_serializing_if = "is_not")]
    optional: bool,
    #[serde(skip_serializing_if = "is_not")]
    computed: bool,
    #[serde(skip_serializing_if = "is_not")]
    sensitive: bool,
}

#[derive(Serialize)]
struct NestedDocument {
    nesting_mode: &'static str,
    block: BlockDocument,
    #[serde(skip_serializing_if = "is_zero")]
    min_items: usize,
    #[serde(skip_serializing_if = "is_zero")]
    max_items: usize,
}

fn is_not(flag: &bool) -> bool {
    !flag
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Descriptions are not kept here, and Terraform says so of their kind all the same.
const PLAIN: &str = "plain";

fn schema(schema: &Schema) -> SchemaDocument {
    let empty = schema.block.attributes.is_empty() && schema.block.blocks.is_empty();
    SchemaDocument { version: schema.version, block: (!empty).then(|| block(&schema.block)) }
}

fn block(of: &Block) -> BlockDocument {
    BlockDocument {
        attributes: of.attributes.iter().map(|a| (a.name, attribute(a))).collect(),
        block_types: of.blocks.iter().map(|b| (b.name, nested(b))).collect(),
        description_kind: PLAIN,
    }
}

fn attribute(of: &Attribute) -> AttributeDocument {
    AttributeDocument {
        ty: json::type_to_json(&of.ty.ty()),
        description_kind: PLAIN,
        deprecated: of.deprecated.is_some(),
        required: of.mode == Mode::Required,
        optional: matches!(of.mode, Mode::Optional | Mode::OptionalComputed),
        computed: of.is_computed(),
        sensitive: of.sensitive,
    }
}

fn nested(of: &NestedBlock) -> NestedDocument {
    let (nesting_mode, limited) = match of.nesting {
        Nesting::Single => ("single", false),
        Nesting::List => ("list", true),
        Nesting::Set => ("set", true),
    };
    // A single block needs no limits.
    let limit = |count: usize| if limited { count } else { 0 };
    NestedDocument {
        nesting_mode,
        block: block(&of.block),
        min_items: limit(of.min),
        max_items: limit(of.max),
    }
}
