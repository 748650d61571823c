//! `aws_iam_role_policy_attachment`: a managed policy attached to a role.
//! Knows nothing of either but their names.

use serde_json::json;

use super::listing::{attached_key, listing};
use super::{NAME, contents};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::error::CallError;
use crate::providers::aws::fields::{empty, filled};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::unique;
use crate::schema::{Attribute, Block, Constraint, Schema};

static TYPE: ResourceType = ResourceType {
    name: "aws_iam_role_policy_attachment",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").optional_computed(),
                Attribute::string("policy_arn").required().replaces().check(&[Constraint::Arn]),
                Attribute::string("role").required().replaces().check(&[Constraint::Length(1, 64), NAME]),
            ],
            blocks: &[],
        },
    },
    unique: &["role", "policy_arn"],
    empty_is_null: true,
    import_id: "ROLE/POLICY_ARN",
};

/// The type.
pub(in crate::providers::aws) struct Attachment;

impl Resource for Attachment {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        outcome::plan(outcome::planned(&TYPE, request, |_, planned| planned), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn asks(&self, prior: &Value) -> Option<String> {
        Some(attached_key(&names(prior).0))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (role, arn) = names(step.planned());
            match contents::attach(&step, &role, &arn).await {
                Ok(()) => {
                    let object = object(&role, &arn, None);
                    outcome::written(step.planned(), private(false), object.map(Some))
                }
                Err(error) => step.unchanged(error.diagnostic(&format!("{role}/{arn}"))),
            }
        })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        // Every argument replaces.
        Box::pin(
            async move { outcome::written(step.planned(), private(false), Ok(Some(step.planned().clone()))) },
        )
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (role, arn) = names(step.prior());
            outcome::deleted(&step, &format!("{role}/{arn}"), contents::detach(&step, &role, &arn).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let known = match names(subject) {
                (role, arn) if !role.is_empty() && !arn.is_empty() => subject.clone(),
                _ => match self.import(&request.target) {
                    Ok(named) => named.object,
                    Err(problems) => return Settled::Unclear(problems),
                },
            };
            outcome::settled_by_comparing(
                &TYPE.schema.block,
                request,
                private(false),
                look(link, &known).await,
            )
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let parts = id.split_once('/').filter(|(role, arn)| !role.is_empty() && arn.starts_with("arn:"));
        let (role, arn) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "An attachment is imported by ROLE_NAME/POLICY_ARN, and {id:?} does not have this form."
                ),
            )
        })?;
        let object = object(role, arn, Some(&format!("{role}-{arn}")))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// The role and the policy's ARN.
fn names(object: &Value) -> (String, String) {
    let of = |name| filled(object, name).unwrap_or_default();
    (of("role"), of("policy_arn"))
}

async fn look(link: &Link, known: &Value) -> Found {
    let (role, arn) = names(known);
    let session = link.session().await?;
    let here = || object(&role, &arn, filled(known, "id").as_deref()).map(Some);
    let failed = |error: Box<CallError>| Diagnostics::from(error.diagnostic(&format!("{role}/{arn}")));
    let listing = listing(link, session).await.map_err(failed)?;
    if listing.attached(&role).is_some_and(|arns| arns.contains(&arn)) {
        return here();
    }
    match contents::attached(link, session, &role).await {
        Ok(arns) if arns.contains(&arn) => here(),
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// The object; the id of a new one is made up, since IAM has none.
fn object(role: &str, arn: &str, id: Option<&str>) -> Result<Value, Diagnostics> {
    let id = id.map_or_else(|| format!("{role}-{}", unique::suffix()), str::to_owned);
    empty(&TYPE.schema.block, json!({ "id": id, "policy_arn": arn, "role": role }))
}
