//! `aws_lambda_function_url`: an HTTPS address of a function or an alias.
//! Knows nothing of who calls it; a public one gets the permissions it cannot be used without.

use aws_sdk_lambda::operation::get_function_url_config::GetFunctionUrlConfigOutput;
use aws_sdk_lambda::types::{Cors, FunctionUrlAuthType, InvokeMode};
use serde_json::{Value as Json, json};

use super::names::{FUNCTION, keep_same_function, qualified};
use super::{CONFIG, STATE, permission};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, Private, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{block, carry, empty, filled, flag, int32, some_texts};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{retry, wait};
use crate::schema::{Attribute, Block, Constraint, Default, NestedBlock, Schema};

use Constraint::{Custom, Length, OneOf, Range};

/// The two values of `authorization_type`.
const AUTH: Constraint = OneOf(&["NONE", "AWS_IAM"]);

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_function_url",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("authorization_type").required().group(CONFIG).check(&[AUTH]),
                Attribute::string("function_arn").computed(),
                Attribute::string("function_name").required().replaces().check(&[FUNCTION]),
                Attribute::string("function_url").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("invoke_mode")
                    .default(Default::Str("BUFFERED"))
                    .group(CONFIG)
                    .check(&[OneOf(&["BUFFERED", "RESPONSE_STREAM"])]),
                Attribute::string("qualifier").replaces().check(&[Length(0, 128)]),
                Attribute::string("url_id").computed(),
            ],
            blocks: &[
                NestedBlock::one(
                    "cors",
                    Block {
                        attributes: &[
                            Attribute::bool("allow_credentials"),
                            Attribute::string_set("allow_headers"),
                            Attribute::string_set("allow_methods"),
                            Attribute::string_set("allow_origins"),
                            Attribute::string_set("expose_headers"),
                            Attribute::number("max_age").check(&[Range(i64::MIN, 86_400)]),
                        ],
                        blocks: &[],
                    },
                )
                .group(CONFIG),
                NestedBlock::single(
                    "timeouts",
                    Block {
                        attributes: &[Attribute::string("create").check(&[Custom(wait::check_duration)])],
                        blocks: &[],
                    },
                )
                .group(STATE),
            ],
        },
    },
    unique: &["function_name", "qualifier"],
    empty_is_null: true,
    import_id: "FUNCTION_NAME[/QUALIFIER]",
};

/// The statements without which nobody can use a public address: name, action, and whether it is bound to the address.
const PUBLIC: [(&str, &str, bool); 2] = [
    ("FunctionURLAllowPublicAccess", "lambda:InvokeFunctionUrl", false),
    ("FunctionURLAllowInvokeAction", "lambda:InvokeFunction", true),
];

/// The type.
pub(in crate::providers::aws) struct FunctionUrl;

impl Resource for FunctionUrl {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let planned = outcome::planned(&TYPE, request, keep_same_function);
        let private = private(&planned, false);
        outcome::plan(planned, private)
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(update(step))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (function, qualifier, id) = names(step.prior());
            let _turn = step.link.lock(&function).await;
            let builder = step
                .session
                .writes
                .delete_function_url_config()
                .function_name(function)
                .set_qualifier(qualifier);
            let mutation =
                Mutation { operation: "DeleteFunctionUrlConfig", target: &id, policy: retry::QUEUE };
            let result = step.session.write(mutation, step.context, || builder.clone().send()).await;
            outcome::deleted(&step, &id, result)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let found = look(link, subject).await;
            let settled =
                outcome::settled_by_comparing(&TYPE.schema.block, request, private(subject, false), found);
            match settled {
                Settled::Landed { object: Some(object), private, .. } if request.prior.is_none() => {
                    match is_closed(link, subject).await {
                        Ok(tainted) => Settled::Landed { object: Some(object), private, tainted },
                        Err(problems) => Settled::Unclear(problems),
                    }
                }
                settled => settled,
            }
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let (function, qualifier) = id.split_once('/').unwrap_or((id, ""));
        if function.is_empty() || (qualifier.is_empty() && id.contains('/')) {
            return Err(Diagnostic::error(
                "Invalid import id",
                format!(
                    "A function URL is imported by FUNCTION_NAME or FUNCTION_NAME/QUALIFIER, and {id:?} has neither form."
                ),
            )
            .into());
        }
        let object = empty(
            &TYPE.schema.block,
            json!({ "function_name": function, "id": id, "qualifier": qualifier }),
        )?;
        let private = private(&object, true);
        Ok(ImportResponse { object, private })
    }
}

fn private(object: &Value, imported: bool) -> Private {
    wait::private_of(object, &["create"], wait::DEFAULT, imported.then_some(0))
}

/// The function, the qualifier, and both together, which is the id.
pub(in crate::providers::aws) fn names(object: &Value) -> (String, Option<String>, String) {
    qualified(object, '/')
}

fn auth(object: &Value) -> Option<FunctionUrlAuthType> {
    filled(object, "authorization_type").as_deref().map(FunctionUrlAuthType::from)
}

fn mode(object: &Value) -> Option<InvokeMode> {
    filled(object, "invoke_mode").as_deref().map(InvokeMode::from)
}

/// The settings for other origins; without a block the empty ones, which clear what was set.
fn cors(object: &Value) -> Cors {
    let mut cors = Cors::builder();
    if let Some(given) = block(object, "cors") {
        cors = cors
            .allow_credentials(flag(given, "allow_credentials").unwrap_or(false))
            .set_allow_headers(some_texts(given, "allow_headers"))
            .set_allow_methods(some_texts(given, "allow_methods"))
            .set_allow_origins(some_texts(given, "allow_origins"))
            .set_expose_headers(some_texts(given, "expose_headers"))
            .set_max_age(int32(given, "max_age").filter(|n| *n != 0));
    }
    cors.build()
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let (function, qualifier, id) = names(planned);
    let _turn = step.link.lock(&function).await;
    let builder = step
        .session
        .writes
        .create_function_url_config()
        .function_name(&function)
        .set_qualifier(qualifier.clone())
        .set_auth_type(auth(planned))
        .set_invoke_mode(mode(planned))
        .set_cors(block(planned, "cors").map(|_| cors(planned)));
    let mutation = Mutation { operation: "CreateFunctionUrlConfig", target: &id, policy: retry::QUEUE };
    if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await
        && outcome::own(&error, &TYPE.schema.block, planned, look(step.link, planned)).await.is_none()
    {
        return outcome::not_created(&step, ("Function URL", &id, "function_name"), &error);
    }
    let mut problems = Diagnostics::new();
    if auth(planned) == Some(FunctionUrlAuthType::None) {
        problems.take(open(&step, &function, qualifier).await);
    }
    let mut response = record(&step).await;
    // Nobody can use it: the next plan makes it anew.
    response.tainted = problems.has_errors();
    response.problems.extend(problems);
    response
}

/// Lets everybody use the address. Statements that are there already are left alone (lambda-provider.md 1.7).
async fn open(step: &Step<'_>, function: &str, qualifier: Option<String>) -> Result<(), Diagnostics> {
    step.link.revise(function, qualifier.as_deref());
    for (sid, action, invoked) in PUBLIC {
        let target = format!("{function}/{sid}");
        let builder = step
            .session
            .writes
            .add_permission()
            .function_name(function)
            .set_qualifier(qualifier.clone())
            .statement_id(sid)
            .action(action)
            .principal("*")
            .set_function_url_auth_type((!invoked).then_some(FunctionUrlAuthType::None))
            .set_invoked_via_function_url(invoked.then_some(true));
        let mutation = Mutation { operation: "AddPermission", target: &target, policy: retry::PERMIT };
        match step.session.write(mutation, step.context, || builder.clone().send()).await {
            Ok(_) => {}
            Err(error) if error.is_name_taken() => {}
            Err(error) => return Err(error.diagnostic(&target).into()),
        }
    }
    Ok(())
}

/// Whether a public address lacks a statement without which nobody can use it.
async fn is_closed(link: &Link, object: &Value) -> Result<bool, Diagnostics> {
    if auth(object) != Some(FunctionUrlAuthType::None) {
        return Ok(false);
    }
    let (function, qualifier, id) = names(object);
    let sids = permission::sids(link.session().await?, &function, qualifier).await;
    let sids = sids.map_err(|error| error.diagnostic(&id))?;
    Ok(PUBLIC.iter().any(|(sid, ..)| !sids.iter().any(|found| found == sid)))
}

async fn update(step: Step<'_>) -> ApplyResponse {
    let (prior, planned) = (step.prior(), step.planned());
    let (function, qualifier, id) = names(planned);
    let _turn = step.link.lock(&function).await;
    if step.request.groups.meets(CONFIG) {
        let changed = |name: &str| prior.get(name) != planned.get(name);
        let builder = step
            .session
            .writes
            .update_function_url_config()
            .function_name(&function)
            .set_qualifier(qualifier)
            .set_auth_type(auth(planned).filter(|_| changed("authorization_type")))
            .set_invoke_mode(mode(planned).filter(|_| changed("invoke_mode")))
            .set_cors(changed("cors").then(|| cors(planned)));
        let mutation = Mutation { operation: "UpdateFunctionUrlConfig", target: &id, policy: retry::QUEUE };
        if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await {
            return step.unchanged(error.diagnostic(&id));
        }
    }
    record(&step).await
}

/// The address read back after it was written.
async fn record(step: &Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let found = match get(step.session, planned).await {
        Ok(seen) => object(&seen, planned),
        Err(error) => Err(error.diagnostic(&names(planned).2).into()),
    };
    outcome::written(planned, private(planned, false), found.map(Some))
}

/// The address that `known` names.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn get(
    session: &Session,
    known: &Value,
) -> CallResult<GetFunctionUrlConfigOutput> {
    let (function, qualifier, _) = names(known);
    let call = session.reads.get_function_url_config().function_name(function).set_qualifier(qualifier);
    session.read("GetFunctionUrlConfig", call.send()).await
}

async fn look(link: &Link, known: &Value) -> Found {
    match get(link.session().await?, known).await {
        Ok(seen) => object(&seen, known).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&names(known).2).into()),
    }
}

/// Everything the service answers of an address, also for the data source.
pub(in crate::providers::aws) fn described(seen: &GetFunctionUrlConfigOutput) -> Json {
    let host = seen.function_url.strip_prefix("https://").unwrap_or(&seen.function_url);
    let cors = seen.cors.as_ref().map(|cors| {
        json!([{
            "allow_credentials": cors.allow_credentials.unwrap_or(false),
            "allow_headers": cors.allow_headers(),
            "allow_methods": cors.allow_methods(),
            "allow_origins": cors.allow_origins(),
            "expose_headers": cors.expose_headers(),
            "max_age": cors.max_age.unwrap_or_default(),
        }])
    });
    json!({
        "authorization_type": seen.auth_type.as_str(),
        "cors": cors.unwrap_or_else(|| json!([])),
        "function_arn": seen.function_arn,
        "function_url": seen.function_url,
        "invoke_mode": seen.invoke_mode.as_ref().map(|mode| mode.as_str()),
        "url_id": host.split('.').next(),
    })
}

fn object(seen: &GetFunctionUrlConfigOutput, known: &Value) -> Result<Value, Diagnostics> {
    let (function, qualifier, id) = names(known);
    let mut attributes = described(seen);
    attributes["function_name"] = function.into();
    attributes["qualifier"] = qualifier.unwrap_or_default().into();
    attributes["id"] = id.into();
    Ok(carry(empty(&TYPE.schema.block, attributes)?, known, &["timeouts"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids() {
        for (id, function, qualifier) in [("f", "f", None), ("f/PROD", "f", Some("PROD"))] {
            let found = names(&FunctionUrl.import(id).unwrap().object);
            assert_eq!((&*found.0, found.1.as_deref(), &*found.2), (function, qualifier, id));
        }
        for id in ["", "/PROD", "f/"] {
            assert!(FunctionUrl.import(id).is_err(), "{id}");
        }
    }
}
