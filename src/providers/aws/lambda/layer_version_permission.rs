//! `aws_lambda_layer_version_permission`: one statement of a layer version's policy. It is never changed, only made and
//! removed.
//! Knows nothing of the layer but its name and the version's number.

use serde_json::{Value as Json, json};

use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::fields::{as_far_as_known, empty, filled, flag, int};
use crate::providers::aws::legacy::{self, private};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::retry;
use crate::schema::{Attribute, Block, Constraint, Default, Schema};

use super::names::LAYER;
use Constraint::{Length, Pattern};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_layer_version_permission",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("action").required().replaces(),
                Attribute::string("id").optional_computed(),
                Attribute::string("layer_name").required().replaces().check(&[LAYER]),
                Attribute::string("organization_id").replaces(),
                Attribute::string("policy").computed(),
                Attribute::string("principal").required().replaces(),
                Attribute::string("revision_id").computed(),
                Attribute::bool("skip_destroy").default(Default::Bool(false)).replaces(),
                Attribute::string("statement_id").required().replaces().check(&[
                    Length(1, 100),
                    Pattern("[0-9A-Za-z_-]+", "Letters, digits, hyphens and underscores"),
                ]),
                Attribute::number("version_number").required().replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &["layer_name", "statement_id", "version_number"],
    empty_is_null: true,
    import_id: "LAYER_NAME,VERSION_NUMBER",
};

/// The type.
pub(in crate::providers::aws) struct LayerVersionPermission;

impl Resource for LayerVersionPermission {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let planned = legacy::normalize(&TYPE.schema.block, prior, request.config, request.proposed);
        PlanResponse { private: private(false), ..PlanResponse::of(planned) }
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (planned, target) = (step.planned(), target(step.planned()));
            let (layer, number) = version(planned);
            let _turn = step.link.lock(&turn(&layer)).await;
            let builder = step
                .session
                .writes
                .add_layer_version_permission()
                .layer_name(layer)
                .version_number(number)
                .set_statement_id(filled(planned, "statement_id"))
                .set_action(filled(planned, "action"))
                .set_principal(filled(planned, "principal"))
                .set_organization_id(filled(planned, "organization_id"));
            let mutation =
                Mutation { operation: "AddLayerVersionPermission", target: &target, policy: retry::QUEUE };
            if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await
                && outcome::own(&error, &TYPE.schema.block, planned, look(step.link, planned)).await.is_none()
            {
                return outcome::not_created(&step, ("Statement", &id(planned), "statement_id"), &error);
            }
            let planned = planned.with_attr("id", Value::from(id(planned)));
            outcome::written(&planned, private(false), look(step.link, &planned).await)
        })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        // Nothing of a statement can change; what differs is in state only.
        Box::pin(async move {
            let object = Some(as_far_as_known(step.planned()));
            ApplyResponse { object, private: step.request.private.clone(), ..ApplyResponse::default() }
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (prior, target) = (step.prior(), target(step.prior()));
            if flag(prior, "skip_destroy").unwrap_or(false) {
                return ApplyResponse::default();
            }
            let (layer, number) = version(prior);
            let _turn = step.link.lock(&turn(&layer)).await;
            let builder = step
                .session
                .writes
                .remove_layer_version_permission()
                .layer_name(layer)
                .version_number(number)
                .set_statement_id(filled(prior, "statement_id"));
            let mutation =
                Mutation { operation: "RemoveLayerVersionPermission", target: &target, policy: retry::QUEUE };
            let answer = step.session.write(mutation, step.context, || builder.clone().send()).await;
            outcome::deleted(&step, &target, answer)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            outcome::settled(request, private(false), look(link, subject).await)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let parts = id.rsplit_once(',').filter(|(layer, _)| !layer.is_empty());
        let parts = parts.and_then(|(layer, number)| Some((layer, number.parse::<i64>().ok()?)));
        let (layer, number) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "A layer version permission is imported by LAYER_NAME,VERSION_NUMBER, and {id:?} does not have this \
                     form."
                ),
            )
        })?;
        let object = empty(
            &TYPE.schema.block,
            json!({ "id": id, "layer_name": layer, "version_number": number, "skip_destroy": false }),
        )?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// The layer and the number of its version.
fn version(object: &Value) -> (String, i64) {
    (filled(object, "layer_name").unwrap_or_default(), int(object, "version_number").unwrap_or_default())
}

fn id(object: &Value) -> String {
    let (layer, number) = version(object);
    format!("{layer},{number}")
}

/// The layer version and the statement as the journal names them.
fn target(object: &Value) -> String {
    let (layer, number) = version(object);
    format!("{layer}:{number}/{}", filled(object, "statement_id").unwrap_or_default())
}

/// What takes turns: the policies of one layer, whether it is named or given by its ARN. A function of the same name is
/// another thing.
fn turn(layer: &str) -> String {
    format!("layer {}", layer.rsplit(':').next().unwrap_or(layer))
}

/// The statement, found by its id; of an import, which does not know it, the first (lambda-provider.md 1.5).
async fn look(link: &Link, known: &Value) -> Found {
    let session = link.session().await?;
    let (layer, number) = version(known);
    let call = session.reads.get_layer_version_policy().layer_name(&layer).version_number(number);
    let seen = match session.read("GetLayerVersionPolicy", call.send()).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.diagnostic(&target(known)).into()),
    };
    let policy = seen.policy.unwrap_or_default();
    let document: Json = serde_json::from_str(&policy).map_err(|error| unreadable(&target(known), &error))?;
    let statements = document.get("Statement").and_then(Json::as_array).cloned().unwrap_or_default();
    let sid = filled(known, "statement_id");
    let is_ours =
        |s: &Json| sid.as_deref().is_none_or(|sid| s.get("Sid").and_then(Json::as_str) == Some(sid));
    let Some(statement) = statements.into_iter().find(is_ours) else { return Ok(None) };
    empty(
        &TYPE.schema.block,
        json!({
            "action": statement.get("Action"),
            "id": id(known),
            "layer_name": layer,
            "organization_id": statement.pointer("/Condition/StringEquals/aws:PrincipalOrgID"),
            "policy": policy,
            "principal": principal(&statement),
            "revision_id": seen.revision_id,
            "skip_destroy": flag(known, "skip_destroy").unwrap_or(false),
            "statement_id": statement.get("Sid"),
            "version_number": number,
        }),
    )
    .map(Some)
}

/// The principal as AddLayerVersionPermission takes it: everyone, or an account by its number.
fn principal(statement: &Json) -> Option<&str> {
    let given = statement.get("Principal")?;
    let text = given.as_str().or_else(|| given.get("AWS")?.as_str())?;
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", _, account, "root"] => Some(account),
        _ => Some(text),
    }
}

fn unreadable(target: &str, error: &serde_json::Error) -> Diagnostic {
    Diagnostic::error(
        "Unreadable policy",
        format!("The policy that {target:?} belongs to is not JSON ({error}), so nothing can be said of it."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read_as_they_are_given() {
        for (principal, read) in [
            (json!("*"), "*"),
            (json!({ "AWS": "arn:aws-cn:iam::123456789012:root" }), "123456789012"),
            (json!({ "AWS": "123456789012" }), "123456789012"),
        ] {
            assert_eq!(super::principal(&json!({ "Principal": principal })), Some(read));
        }
    }

    #[test]
    fn import_ids() {
        for (id, read) in [
            ("l,3", ("l", 3)),
            (
                "arn:aws:lambda:us-east-1:123456789012:layer:l,3",
                ("arn:aws:lambda:us-east-1:123456789012:layer:l", 3),
            ),
        ] {
            let object = LayerVersionPermission.import(id).unwrap().object;
            assert_eq!(version(&object), (read.0.to_owned(), read.1));
        }
        for id in ["", "l", "l,", ",3", "l,x"] {
            assert!(LayerVersionPermission.import(id).is_err(), "{id}");
        }
    }
}
