//! The `configuration` key of a plan as JSON: what is written in the files, with what each expression mentions.
//! Evaluates nothing; literals are constants, everything else is the list of its references.

use serde_json::{Map, Value as Json, json};

use crate::base::{ModuleAddr, ResourceAddr, json as base_json};
use crate::config::{Body, Config, Expr, Module, ProviderRef, Traversal, TraversalStep};
use crate::lang::{self, Mention, Reference};
use crate::provider::Registry;
use crate::render::Secrets;
use crate::schema::{Block, Nesting};

/// The configuration.
pub fn configuration_json(config: &Config, registry: &Registry, secrets: Secrets) -> Json {
    let mut providers = Map::new();
    let declared = config
        .modules()
        .flat_map(|(at, module)| module.providers.iter().map(move |p| (at.clone(), module, p)));
    for (at, module, provider) in declared {
        let ProviderRef { name, alias } = &provider.reference;
        let mut entry = Map::new();
        entry.insert("name".into(), (&**name).into());
        let schema = registry.named(name).map(|known| {
            entry.insert("full_name".into(), known.address().into());
            &known.schema().config.block
        });
        if let Some(alias) = alias {
            entry.insert("alias".into(), (&**alias).into());
        }
        if let Some(version) = module.required_providers.get(name).and_then(|r| r.version.as_ref()) {
            entry.insert("version_constraint".into(), (&**version).into());
        }
        if !at.is_root() {
            entry.insert("module_address".into(), at.to_string().into());
        }
        let expressions = body(&provider.body, schema, secrets);
        if !expressions.is_empty() {
            entry.insert("expressions".into(), expressions.into());
        }
        providers.insert(provider_key(&at, &provider.reference), entry.into());
    }
    let mut out = Map::new();
    if !providers.is_empty() {
        out.insert("provider_config".into(), providers.into());
    }
    out.insert(
        "root_module".into(),
        module_json(config, &ModuleAddr::default(), &config.root, registry, secrets),
    );
    out.into()
}

fn module_json(
    config: &Config,
    at: &ModuleAddr,
    module: &Module,
    registry: &Registry,
    secrets: Secrets,
) -> Json {
    let mut out = Map::new();
    let mut put = |key: &str, map: Map<String, Json>| {
        if !map.is_empty() {
            out.insert(key.into(), map.into());
        }
    };
    let outputs = module.outputs.values().map(|output| {
        let mut entry = json!({ "expression": expression(&output.value) });
        set(&mut entry, "sensitive", output.sensitive.then_some(true.into()));
        set(&mut entry, "description", output.description.as_deref().map(Json::from));
        set(&mut entry, "depends_on", depends_on(&output.depends_on));
        (output.name.to_string(), entry)
    });
    put("outputs", outputs.collect());
    let variables = module.variables.values().map(|variable| {
        let hidden = variable.sensitive && secrets == Secrets::Hidden;
        let default = (!hidden).then(|| lang::default_value(variable)).flatten();
        let mut entry = json!({});
        set(&mut entry, "default", default.as_ref().map(base_json::to_json));
        set(&mut entry, "description", variable.description.as_deref().map(Json::from));
        set(&mut entry, "sensitive", variable.sensitive.then_some(true.into()));
        (variable.name.to_string(), entry)
    });
    put("variables", variables.collect());
    let calls = module.calls.values().map(|call| {
        let mut entry = json!({ "source": &*call.source });
        let inner = at.child(call.name.clone(), None);
        let child = config.module(&inner);
        let mut expressions = body(&call.body, None, secrets);
        for (name, given) in &mut expressions {
            let variable = child.and_then(|child| child.variables.get(name.as_str()));
            if secrets == Secrets::Hidden && variable.is_some_and(|v| v.sensitive) {
                *given = json!({});
            }
        }
        set(&mut entry, "expressions", (!expressions.is_empty()).then(|| expressions.into()));
        set(&mut entry, "count_expression", call.count.as_ref().and_then(told));
        set(&mut entry, "for_each_expression", call.for_each.as_ref().and_then(told));
        set(&mut entry, "version_constraint", call.version.as_ref().map(|(version, _)| (&**version).into()));
        set(&mut entry, "depends_on", depends_on(&call.depends_on));
        if let Some(child) = child {
            set(&mut entry, "module", Some(module_json(config, &inner, child, registry, secrets)));
        }
        (call.name.to_string(), entry)
    });
    put("module_calls", calls.collect());
    // As Terraform lists them: what is managed, then data sources, those of checks among them.
    let mut listed: Vec<_> = module.resources.values().chain(module.scoped()).collect();
    listed.sort_by_cached_key(|r| (r.addr.mode == crate::base::Mode::Data, r.addr.to_string()));
    let resources: Vec<Json> = listed
        .into_iter()
        .map(|resource| {
            let addr = &resource.addr;
            let schema = registry.schema(addr.mode, &addr.type_name);
            let of_type = || addr.type_name.split('_').next().unwrap_or_default().into();
            let provider =
                resource.provider.clone().unwrap_or_else(|| ProviderRef { name: of_type(), alias: None });
            let mode = if addr.mode == crate::base::Mode::Data { "data" } else { "managed" };
            let mut entry = json!({
                "address": addr.to_string(),
                "mode": mode,
                "type": &*addr.type_name,
                "name": &*addr.name,
                "provider_config_key": called_provider(config, at, provider),
                "schema_version": schema.map_or(0, |schema| schema.version),
            });
            let expressions = body(&resource.body, schema.map(|schema| &schema.block), secrets);
            set(&mut entry, "expressions", (!expressions.is_empty()).then(|| expressions.into()));
            let provisioners = resource.provisioners.iter().map(|provisioner| {
                let block = registry.provisioner(&provisioner.kind).map(|kind| &kind.schema().block);
                let expressions = body(&provisioner.body, block, secrets);
                let mut entry = json!({ "type": &*provisioner.kind });
                set(&mut entry, "expressions", (!expressions.is_empty()).then(|| expressions.into()));
                entry
            });
            let provisioners: Vec<Json> = provisioners.collect();
            set(&mut entry, "provisioners", (!provisioners.is_empty()).then(|| provisioners.into()));
            set(&mut entry, "count_expression", resource.count.as_ref().and_then(told));
            set(&mut entry, "for_each_expression", resource.for_each.as_ref().and_then(told));
            set(&mut entry, "depends_on", depends_on(&resource.depends_on));
            entry
        })
        .collect();
    set_all(&mut out, resources);
    out.into()
}

/// The key in `provider_config` of what a module calls by this name: of the configuration that it is handed, or of its own.
fn called_provider(config: &Config, at: &ModuleAddr, reference: ProviderRef) -> String {
    // As Terraform does, a module looks no further than to a caller that has or uses the provider.
    let knows = |home: &ModuleAddr, outer: &ProviderRef| {
        let of_provider = |addr: &ResourceAddr| addr.type_name.split('_').next() == Some(&*outer.name);
        config.module(home).is_some_and(|module| {
            module.providers.iter().any(|p| p.reference == *outer)
                || outer.alias.is_none() && module.resources.keys().any(of_provider)
        })
    };
    let (mut home, mut outer) = (at.clone(), reference);
    while let (Some(call), Some((parent, _))) = (config.call(&home), home.parent()) {
        let own = config.module(&home).is_some_and(|m| m.providers.iter().any(|p| p.reference == outer));
        let passed = call.providers.iter().find(|passed| passed.inner == outer).map(|p| p.outer.clone());
        let next = passed.clone().unwrap_or_else(|| outer.clone());
        if own || (passed.is_none() && !knows(&parent, &next)) {
            break;
        }
        (home, outer) = (parent, next);
    }
    provider_key(&home, &outer)
}

/// The key in `provider_config` of what a module itself declares.
fn provider_key(at: &ModuleAddr, reference: &ProviderRef) -> String {
    if at.is_root() { reference.to_string() } else { format!("{at}:{reference}") }
}

/// An expression, if there is something to say of it.
fn told(expr: &Expr) -> Option<Json> {
    Some(expression(expr)).filter(|told| *told != json!({}))
}

/// The addresses in a `depends_on`, if there are any.
fn depends_on(traversals: &[Traversal]) -> Option<Json> {
    let addresses: Vec<Json> = traversals
        .iter()
        .filter_map(|traversal| Some(names(&lang::reference_of(traversal).ok()?).into_iter().next()?.into()))
        .collect();
    (!addresses.is_empty()).then(|| addresses.into())
}

fn set_all(out: &mut Map<String, Json>, resources: Vec<Json>) {
    if !resources.is_empty() {
        out.insert("resources".into(), resources.into());
    }
}

fn set(entry: &mut Json, key: &str, value: Option<Json>) {
    if let (Json::Object(map), Some(value)) = (entry, value) {
        map.insert(key.to_owned(), value);
    }
}

/// Attributes as expressions, blocks as lists of such objects, or as one where the schema has only one.
fn body(body: &Body, schema: Option<&Block>, secrets: Secrets) -> Map<String, Json> {
    let mut out = Map::new();
    let body = schema.map_or(std::borrow::Cow::Borrowed(body), |schema| lang::sorted_out(body, schema).0);
    for attribute in &body.attributes {
        let secret = schema.and_then(|s| s.attribute(&attribute.name)).is_some_and(|a| a.sensitive);
        let hidden = secret && secrets == Secrets::Hidden;
        out.insert(attribute.name.to_string(), if hidden { json!({}) } else { expression(&attribute.expr) });
    }
    for block in &body.blocks {
        let nested = schema.and_then(|s| s.nested(&block.type_name));
        let content = self::body(&block.body, nested.map(|n| &n.block), secrets);
        if nested.is_some_and(|n| n.nesting == Nesting::Single) {
            out.insert(block.type_name.to_string(), content.into());
        } else if let Json::Array(list) = out.entry(&*block.type_name).or_insert_with(|| json!([])) {
            list.push(content.into());
        }
    }
    out
}

fn expression(expr: &Expr) -> Json {
    if let Some(constant) = constant(expr) {
        return json!({ "constant_value": constant });
    }
    let (mentions, _) = lang::references(expr);
    let mut references: Vec<String> = Vec::new();
    for name in mentions.iter().flat_map(names) {
        if !references.contains(&name) {
            references.push(name);
        }
    }
    if references.is_empty() { json!({}) } else { json!({ "references": references }) }
}

/// The value of what refers to nothing and calls nothing.
fn constant(expr: &Expr) -> Option<Json> {
    lang::constant(expr).map(|value| base_json::to_json(&value))
}

/// A reference from the most to the least specific: `a.b["k"].arn`, `a.b["k"]`, `a.b`. Only resources and modules have
/// more than one name.
fn names(mention: &Mention) -> Vec<String> {
    let (base, deep) = match &mention.reference {
        Reference::Variable(name) => (format!("var.{name}"), true),
        Reference::Local(name) => (format!("local.{name}"), true),
        Reference::Resource(addr) => (addr.to_string(), true),
        Reference::Module(name) => (format!("module.{name}"), true),
        Reference::EachKey => ("each.key".into(), false),
        Reference::EachValue => ("each.value".into(), false),
        Reference::CountIndex => ("count.index".into(), false),
        Reference::SelfObject => ("self".into(), true),
        Reference::PathModule => ("path.module".into(), false),
        Reference::PathRoot => ("path.root".into(), false),
        Reference::PathCwd => ("path.cwd".into(), false),
        Reference::Workspace => ("terraform.workspace".into(), false),
    };
    let mut found = vec![base.clone()];
    let mut longer = base;
    for step in mention.rest.iter().filter(|_| deep) {
        longer.push_str(&match step {
            TraversalStep::Attr(name) => format!(".{name}"),
            TraversalStep::Key(key) => format!("[{key:?}]"),
            TraversalStep::Index(number) => format!("[{number}]"),
        });
        found.push(longer.clone());
    }
    let keyed = matches!(mention.rest.first(), Some(TraversalStep::Key(_) | TraversalStep::Index(_)));
    if keyed && matches!(mention.reference, Reference::Module(_)) {
        // Unlike that of a resource, the call as a whole is not listed.
        found.remove(0);
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn configuration_reads_as_terraform_writes_it() {
        let text = r#"
            variable "s" {
              default   = "hunter2"
              sensitive = true
            }
            provider "aws" {
              region = "eu-central-1"
              alias  = "west"
            }
            resource "aws_lambda_function" "f" {
              for_each = local.fns
              function_name = "x-${each.key}"
              role          = aws_iam_role.r["a"].arn
              tags          = { app = "demo" }
              environment {
                variables = { A = upper(var.s) }
              }
              depends_on = [terraform_data.d]
            }
            output "o" {
              value = aws_lambda_function.f
            }
        "#;
        let (config, _) = crate::config::load_sources(Path::new("."), vec![("main.tf".into(), text.into())]);
        let registry = crate::providers::registry();
        let found = configuration_json(&config, &registry, Secrets::Hidden);
        assert_eq!(
            found["provider_config"]["aws.west"]["expressions"]["region"]["constant_value"],
            "eu-central-1"
        );
        let root = &found["root_module"];
        let function = &root["resources"][0];
        assert_eq!(
            function["expressions"],
            json!({
                "function_name": { "references": ["each.key"] },
                "role": { "references": ["aws_iam_role.r[\"a\"].arn", "aws_iam_role.r[\"a\"]", "aws_iam_role.r"] },
                "tags": { "constant_value": { "app": "demo" } },
                "environment": [{ "variables": { "references": ["var.s"] } }],
            })
        );
        assert_eq!(function["for_each_expression"], json!({ "references": ["local.fns"] }));
        assert_eq!(function["depends_on"], json!(["terraform_data.d"]));
        assert_eq!(root["outputs"]["o"]["expression"]["references"], json!(["aws_lambda_function.f"]));
        assert_eq!(root["variables"]["s"], json!({ "sensitive": true }));
        let clear = configuration_json(&config, &registry, Secrets::Shown);
        assert_eq!(clear["root_module"]["variables"]["s"]["default"], "hunter2");
    }
}
