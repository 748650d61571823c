//! `aws_iam_role_policy`: a policy that belongs to one role.
//! Knows nothing of the role but its name.

use serde_json::json;

use super::listing::{inline_key, listing};
use super::policy_json::{equivalent, kept, normalized, version_first};
use super::{GENERATED, NAME, POLICY, check_names, contents, new_name, policy_json};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, Description, ImportResponse, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::error::CallError;
use crate::providers::aws::fields::{empty, filled, text};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::unique;
use crate::schema::{Attribute, Block, Constraint, Schema};

use Constraint::Length;

static TYPE: ResourceType = ResourceType {
    name: "aws_iam_role_policy",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").optional_computed(),
                Attribute::string("name").optional_computed().replaces().check(&[Length(1, 128), NAME]),
                Attribute::string("name_prefix")
                    .optional_computed()
                    .replaces()
                    .check(&[Length(1, 128 - GENERATED), NAME]),
                Attribute::string("policy")
                    .required()
                    .loose()
                    .group(POLICY)
                    .loose()
                    .check(&[policy_json::POLICY]),
                Attribute::string("role").required().replaces().check(&[Length(1, 64), NAME]),
            ],
            blocks: &[],
        },
    },
    unique: &["role", "name"],
    empty_is_null: true,
    import_id: "ROLE:NAME",
};

/// The type.
pub(in crate::providers::aws) struct RolePolicy;

impl Resource for RolePolicy {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        check_names(config)
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let mut result = outcome::planned(&TYPE, request, |_, planned| planned);
        policy_json::plan(&mut result, "policy", prior, version_first);
        outcome::plan(result, private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let (role, name) = names(&request.prior);
            outcome::read(request, look(link, &role, &name, &request.prior).await)
        })
    }

    fn asks(&self, prior: &Value) -> Option<String> {
        Some(inline_key(&names(prior).0))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let role = text(step.planned(), "role").unwrap_or_default();
            write(&step, &role, &new_name(step.planned())).await
        })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (role, name) = names(step.prior());
            write(&step, &role, &name).await
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (role, name) = names(step.prior());
            outcome::deleted(&step, &format!("{role}:{name}"), contents::remove(&step, &role, &name).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let (role, name) = match names(subject) {
                (role, name) if !role.is_empty() && !name.is_empty() => (role, name),
                _ => split(&request.target).unwrap_or_default(),
            };
            let found = look(link, &role, &name, subject).await;
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found)
        })
    }

    fn describe<'a>(&'a self, _link: &'a Link, mut object: Value) -> BoxFuture<'a, Description> {
        // In the form that jsonencode gives, which means the same.
        if let Some(policy) = text(&object, "policy") {
            object.set_attr("policy", Value::from(normalized(&policy)));
        }
        Box::pin(async { Description::of(object) })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let (role, name) = split(id).ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "A role's policy is imported by ROLE_NAME:POLICY_NAME, and {id:?} does not have this form."
                ),
            )
        })?;
        let object = empty(&TYPE.schema.block, json!({ "id": id, "name": name, "role": role }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// Role and policy, as the id names them both.
fn split(id: &str) -> Option<(String, String)> {
    let (role, name) = id.split_once(':').filter(|(role, name)| !role.is_empty() && !name.is_empty())?;
    Some((role.to_owned(), name.to_owned()))
}

fn names(object: &Value) -> (String, String) {
    let of = |name| filled(object, name).unwrap_or_default();
    filled(object, "id").and_then(|id| split(&id)).unwrap_or_else(|| (of("role"), of("name")))
}

async fn look(link: &Link, role: &str, name: &str, known: &Value) -> Found {
    let session = link.session().await?;
    let failed = |error: Box<CallError>| Diagnostics::from(error.diagnostic(&format!("{role}:{name}")));
    let listing = listing(link, session).await.map_err(failed)?;
    let listed = listing.inline(role).and_then(|policies| policies.get(name));
    let as_known = |found: &&String| text(known, "policy").is_some_and(|known| equivalent(&known, found));
    let found = match listed.filter(as_known) {
        Some(document) => Some(document.clone()),
        None => contents::document(link, session, role, name).await.map_err(failed)?,
    };
    found.map(|document| object(role, name, &document, known)).transpose()
}

async fn write(step: &Step<'_>, role: &str, name: &str) -> ApplyResponse {
    let document = text(step.planned(), "policy").unwrap_or_default();
    match contents::put(step, role, name, &document).await {
        Ok(()) => {
            let object = object(role, name, &document, step.planned());
            outcome::written(step.planned(), private(false), object.map(Some))
        }
        Err(error) => step.unchanged(error.diagnostic(&format!("{role}:{name}"))),
    }
}

fn object(role: &str, name: &str, document: &str, known: &Value) -> Result<Value, Diagnostics> {
    empty(
        &TYPE.schema.block,
        json!({
            "id": format!("{role}:{name}"),
            "name": name,
            "name_prefix": unique::prefix(name).unwrap_or_default(),
            "policy": kept(filled(known, "policy").as_deref(), document, version_first),
            "role": role,
        }),
    )
}
