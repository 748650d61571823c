//! `aws_lambda_function_scaling_config`: how many environments a function version may have on instances of one's own.
//! Knows nothing of the function but its name. Deleting it puts back the service's own limits.

use aws_sdk_lambda::operation::get_function_scaling_config::GetFunctionScalingConfigOutput as Seen;
use aws_sdk_lambda::types::FunctionScalingConfig as Limits;
use serde_json::json;

use super::{CONFIG, STATE, names};
use crate::base::{Diagnostic, Diagnostics, Severity, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{block, carry, empty, filled, int32};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::wait::{self, Waited};
use crate::providers::aws::{arn, framework, retry};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_function_scaling_config",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("function_arn").computed(),
                Attribute::string("function_name").required().replaces().check(&[names::FUNCTION]),
                Attribute::string("function_state").computed(),
                Attribute::string("qualifier").required().replaces().check(&[Constraint::Pattern(
                    r"\$LATEST\.PUBLISHED|[0-9]+",
                    "A version number or $LATEST.PUBLISHED",
                )]),
            ],
            blocks: &[
                NestedBlock::one(
                    "function_scaling_config",
                    Block {
                        attributes: &[
                            Attribute::number("max_execution_environments").optional_computed().check(LIMIT),
                            Attribute::number("min_execution_environments").optional_computed().check(LIMIT),
                        ],
                        blocks: &[],
                    },
                )
                .required()
                .group(CONFIG),
                NestedBlock::single("timeouts", wait::TIMEOUTS).group(STATE),
            ],
        },
    },
    unique: &["function_name", "qualifier"],
    empty_is_null: false,
    import_id: "FUNCTION_NAME,QUALIFIER",
};

const LIMIT: &[Constraint] = &[Constraint::Range(0, 15_000)];

/// The type.
pub(in crate::providers::aws) struct FunctionScalingConfig;

impl Resource for FunctionScalingConfig {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let Some(limits) = block(config, "function_scaling_config") else { return Diagnostics::new() };
        let unset = |name: &str| limits.get(name).is_none_or(Value::is_null);
        if !(unset("min_execution_environments") && unset("max_execution_environments")) {
            return Diagnostics::new();
        }
        Diagnostic::error(
            "Invalid combination of arguments",
            "A function_scaling_config block sets \"min_execution_environments\", \"max_execution_environments\" or both, and \
             this one sets neither.",
        )
        .on("function_scaling_config")
        .into()
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let kept = &["function_arn"];
        framework::plan(&TYPE.schema.block, request.prior, request.config, request.proposed, kept)
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(write(step, "create"))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(write(step, "update"))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (prior, target) = (step.prior(), target(step.prior()));
            let name = filled(prior, "function_name").unwrap_or_default();
            let _turn = step.link.lock(&name).await;
            match put(&step, prior, &target, "delete", Limits::builder().build()).await {
                Ok(_) => {
                    let problems = settle_down(&step, prior, &target, "delete", is_reset).await;
                    // What is left to do the service does by itself.
                    let warning = |problem| Diagnostic { severity: Severity::Warning, ..problem };
                    ApplyResponse { problems: problems.map(warning), ..ApplyResponse::default() }
                }
                Err(error) if error.is_not_found() => ApplyResponse::default(),
                Err(error) => step.unchanged(error.diagnostic(&target)),
            }
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            outcome::settled(request, None, look(link, subject).await)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let parts = id.rsplit_once(',').filter(|(name, qualifier)| !name.is_empty() && !qualifier.is_empty());
        let (name, qualifier) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "A function scaling configuration is imported by FUNCTION_NAME,QUALIFIER, and {id:?} does not have \
                     this form."
                ),
            )
        })?;
        let object = empty(&TYPE.schema.block, json!({ "function_name": name, "qualifier": qualifier }))?;
        Ok(ImportResponse { object, private: None })
    }
}

/// The function and its version as the journal names them.
fn target(object: &Value) -> String {
    let name = filled(object, "function_name").unwrap_or_default();
    format!("{}:{}", arn::function_name(&name), filled(object, "qualifier").unwrap_or_default())
}

async fn write(step: Step<'_>, operation: &str) -> ApplyResponse {
    let (planned, target) = (step.planned(), target(step.planned()));
    let name = filled(planned, "function_name").unwrap_or_default();
    let _turn = step.link.lock(&name).await;
    let wanted = block(planned, "function_scaling_config").unwrap_or(&Value::NULL);
    let limits = Limits::builder()
        .set_min_execution_environments(int32(wanted, "min_execution_environments"))
        .set_max_execution_environments(int32(wanted, "max_execution_environments"))
        .build();
    let state = match put(&step, planned, &target, operation, limits).await {
        Ok(state) => state,
        Err(error) => return step.unchanged(error.diagnostic(&target)),
    };
    let problems = settle_down(&step, planned, &target, operation, is_applied).await;
    let known = match state {
        Some(state) => planned.with_attr("function_state", Value::from(state)),
        None => planned.clone(),
    };
    let mut response = outcome::written(&known, None, look(step.link, &known).await);
    response.problems.extend(problems);
    response
}

/// Sets the limits; answers the state of the function. Another change of the function is waited for as long as the
/// operation may take (lambda-provider.md 4.2).
async fn put(
    step: &Step<'_>,
    object: &Value,
    target: &str,
    operation: &str,
    limits: Limits,
) -> CallResult<Option<String>> {
    let builder = step
        .session
        .writes
        .put_function_scaling_config()
        .set_function_name(filled(object, "function_name"))
        .set_qualifier(filled(object, "qualifier"))
        .function_scaling_config(limits);
    let policy = retry::QUEUE.within(wait::limit(object, operation));
    let mutation = Mutation { operation: "PutFunctionScalingConfig", target, policy };
    let answer = step.session.write(mutation, step.context, || builder.clone().send()).await?;
    Ok(answer.function_state.map(|state| state.as_str().to_owned()))
}

/// Whether what was asked for is in force.
fn is_applied(seen: &Option<Seen>) -> bool {
    seen.as_ref().is_none_or(|seen| {
        seen.requested_function_scaling_config.is_none() && seen.applied_function_scaling_config.is_some()
    })
}

/// Whether nothing is in force that was asked for.
fn is_reset(seen: &Option<Seen>) -> bool {
    seen.as_ref().is_none_or(|seen| seen.requested_function_scaling_config.is_none())
}

async fn settle_down(
    step: &Step<'_>,
    object: &Value,
    target: &str,
    operation: &str,
    settled: impl Fn(&Option<Seen>) -> bool,
) -> Diagnostics {
    let limit = wait::limit(object, operation);
    let clock = step.session.clock(Some(step.context));
    match wait::until(clock, limit, || get(step.session, object), settled).await {
        Waited::Settled(_) => Diagnostics::new(),
        Waited::TimedOut(_) => Diagnostic::error(
            "Scaling not applied in time",
            format!(
                "Lambda accepted the scaling configuration of {target:?}, but had not applied it after {} seconds. Plan again \
                 to see how it is by then. A longer {operation} timeout can be set in its timeouts block.",
                limit.as_secs()
            ),
        )
        .into(),
        Waited::Stopped(_) => Diagnostic::warning(
            "Not waited for",
            format!("The run was asked to end while the scaling of {target:?} was being applied."),
        )
        .into(),
        Waited::Failed(error) => error.diagnostic(target).into(),
    }
}

/// The scaling configuration, if there is such a version.
async fn get(session: &Session, object: &Value) -> CallResult<Option<Seen>> {
    let call = session
        .reads
        .get_function_scaling_config()
        .set_function_name(filled(object, "function_name"))
        .set_qualifier(filled(object, "qualifier"));
    match session.read("GetFunctionScalingConfig", call.send()).await {
        Ok(seen) => Ok(Some(seen)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn look(link: &Link, known: &Value) -> Found {
    let session = link.session().await?;
    let seen = get(session, known).await.map_err(|error| error.diagnostic(&target(known)))?;
    let Some(seen) = seen else { return Ok(None) };
    let limits = seen.requested_function_scaling_config.or(seen.applied_function_scaling_config);
    let Some(limits) = limits.filter(|l| *l != Limits::builder().build()) else { return Ok(None) };
    let object = empty(
        &TYPE.schema.block,
        json!({
            "function_arn": seen.function_arn,
            "function_name": filled(known, "function_name"),
            "function_scaling_config": [{
                "max_execution_environments": limits.max_execution_environments,
                "min_execution_environments": limits.min_execution_environments,
            }],
            "qualifier": filled(known, "qualifier"),
        }),
    )?;
    // Only the call that sets it tells the function's state.
    Ok(Some(carry(object, known, &["function_state", "timeouts"])))
}
