//! `aws_lambda_capacity_provider`: the instances of one's own that functions may run on.
//! Knows nothing of the functions that do.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_lambda::types::{
    CapacityProvider as Seen, CapacityProviderPermissionsConfig, CapacityProviderScalingConfig,
    CapacityProviderState, CapacityProviderVpcConfig, InstanceRequirements, TargetTrackingScalingPolicy,
};
use serde_json::{Value as Json, json};

use super::{CONFIG, STATE, TAGS, tagging};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallResult, stranger};
use crate::providers::aws::fields::{
    block, carry, decimal, empty, filled, int32, is_empty, some_texts, text, texts,
};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::wait::{self, Waited};
use crate::providers::aws::{framework, retry, tags};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

use Constraint::{Arn, Custom, Each, Length, MaxItems, OneOf, Pattern, Range};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_capacity_provider",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("kms_key_arn").optional_computed().replaces().check(&[Arn]),
                Attribute::string("name").required().replaces().check(&[
                    Length(1, 140),
                    Pattern("[a-zA-Z0-9-_]+", "Letters, digits, hyphens and underscores"),
                ]),
                Attribute::string_map("tags").group(TAGS).check(&[Custom(tags::check)]),
                Attribute::string_map("tags_all").optional_computed().group(TAGS),
            ],
            blocks: &[
                NestedBlock::one("capacity_provider_scaling_config", SCALING).computed().group(CONFIG),
                NestedBlock::one("instance_requirements", INSTANCES).computed().replaces(),
                NestedBlock::one(
                    "permissions_config",
                    Block {
                        attributes: &[Attribute::string("capacity_provider_operator_role_arn")
                            .required()
                            .check(&[Arn])],
                        blocks: &[],
                    },
                )
                .required()
                .replaces(),
                NestedBlock::single("timeouts", wait::TIMEOUTS).group(STATE),
                NestedBlock::one(
                    "vpc_config",
                    Block {
                        attributes: &[
                            Attribute::string_set("security_group_ids").required().check(&[MaxItems(5)]),
                            Attribute::string_set("subnet_ids").required().check(&[MaxItems(16)]),
                        ],
                        blocks: &[],
                    },
                )
                .required()
                .replaces(),
            ],
        },
    },
    unique: &["name"],
    empty_is_null: false,
    import_id: "NAME",
};

const SCALING: Block = Block {
    attributes: &[
        Attribute::number("max_vcpu_count").optional_computed().check(&[Range(2, 15_000)]),
        Attribute::string("scaling_mode").required().check(&[OneOf(&["Auto", "Manual"])]),
    ],
    blocks: &[NestedBlock::many(
        "scaling_policies",
        Block {
            attributes: &[
                Attribute::string("predefined_metric_type").required(),
                Attribute::number("target_value").required(),
            ],
            blocks: &[],
        },
    )
    .computed()],
};

const INSTANCES: Block = Block {
    attributes: &[
        Attribute::strings("allowed_instance_types").optional_computed().check(&[MaxItems(400)]),
        Attribute::strings("architectures").required().check(&[MaxItems(1), Each(&super::ARCHITECTURE)]),
        Attribute::strings("excluded_instance_types").optional_computed().check(&[MaxItems(400)]),
    ],
    blocks: &[],
};

/// How long a deletion may take unless `timeouts` says otherwise: instances have to end first.
const DELETION: Duration = Duration::from_secs(1800);

/// The type.
pub(in crate::providers::aws) struct CapacityProvider;

impl Resource for CapacityProvider {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let kept = &["arn", "kms_key_arn"];
        let all = link.settings.tags.plan_known(request.proposed.get("tags").unwrap_or(&Value::NULL));
        let proposed = request.proposed.with_attr("tags_all", all.clone());
        let response = framework::plan(&TYPE.schema.block, request.prior, request.config, &proposed, kept);
        PlanResponse { planned: response.planned.with_attr("tags_all", all), ..response }
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
        Box::pin(delete(step))
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let found = look(link, subject).await;
            let there = matches!(found, Ok(Some(_)));
            match outcome::settled(request, None, found) {
                Settled::NotLanded if there && request.prior.is_none() => {
                    Settled::Unclear(stranger(&name(subject)).into())
                }
                settled => settled,
            }
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        Ok(ImportResponse { object: empty(&TYPE.schema.block, json!({ "name": id }))?, private: None })
    }
}

fn name(object: &Value) -> String {
    filled(object, "name").unwrap_or_default()
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let (planned, name) = (step.planned(), name(step.planned()));
    let tags = tagging::wanted(&step);
    let builder = step
        .session
        .writes
        .create_capacity_provider()
        .capacity_provider_name(&name)
        .set_vpc_config(vpc(planned))
        .set_permissions_config(permissions(planned))
        .set_instance_requirements(instances(planned))
        .set_capacity_provider_scaling_config(scaling(planned))
        .set_kms_key_arn(filled(planned, "kms_key_arn"))
        .set_tags((!tags.is_empty()).then(|| tags.into_iter().collect()));
    let mutation = Mutation { operation: "CreateCapacityProvider", target: &name, policy: retry::PROVIDE };
    if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await
        && outcome::own(&error, &TYPE.schema.block, planned, look(step.link, planned)).await.is_none()
    {
        return outcome::not_created(&step, ("Capacity provider", &name, "name"), &error);
    }
    let (ended, failed) = active(&step, &name, "create").await;
    let mut response = outcome::written(planned, None, look(step.link, planned).await);
    response.problems.extend(ended);
    response.tainted = failed;
    response
}

async fn update(step: Step<'_>) -> ApplyResponse {
    let name = name(step.prior());
    let problems = match change(&step, &name).await {
        Ok(problems) => problems,
        Err(problems) => {
            let mut response = outcome::written(step.prior(), None, look(step.link, step.prior()).await);
            response.problems.extend(problems);
            return response;
        }
    };
    let mut response = outcome::written(step.planned(), None, look(step.link, step.planned()).await);
    response.problems.extend(problems);
    response
}

/// Makes the calls of an update; gives what the waiting brought.
async fn change(step: &Step<'_>, name: &str) -> Result<Diagnostics, Diagnostics> {
    let groups = step.request.groups.with(TYPE.schema.block.changed(step.prior(), step.planned(), false));
    if groups.meets(TAGS) {
        let arn = filled(step.prior(), "arn").unwrap_or_default();
        tagging::change(step, &arn, name).await?;
    }
    if !groups.meets(CONFIG) {
        return Ok(Diagnostics::new());
    }
    let builder = step
        .session
        .writes
        .update_capacity_provider()
        .capacity_provider_name(name)
        .set_capacity_provider_scaling_config(scaling(step.planned()));
    let mutation = Mutation { operation: "UpdateCapacityProvider", target: name, policy: retry::QUEUE };
    let answer = step.session.write(mutation, step.context, || builder.clone().send()).await;
    answer.map_err(|error| error.diagnostic(name))?;
    Ok(active(step, name, "update").await.0)
}

async fn delete(step: Step<'_>) -> ApplyResponse {
    let name = name(step.prior());
    let client = &step.session.writes;
    let mutation = Mutation { operation: "DeleteCapacityProvider", target: &name, policy: retry::QUEUE };
    let call = || client.delete_capacity_provider().capacity_provider_name(&name).send();
    match step.session.write(mutation, step.context, call).await {
        Ok(_) => {}
        Err(error) if error.is_not_found() => return ApplyResponse::default(),
        Err(error) => return step.unchanged(error.diagnostic(&name)),
    }
    let limit = wait::configured(step.prior(), "delete").unwrap_or(DELETION);
    let ask = || get(step.session, &name);
    let clock = step.session.clock(Some(step.context));
    match wait::until(clock, limit, ask, Option::is_none).await {
        Waited::Settled(_) | Waited::Stopped(_) => ApplyResponse::default(),
        Waited::TimedOut(_) => step.unchanged(Diagnostic::error(
            "Deletion not finished in time",
            format!(
                "The deletion of {name:?} was accepted, but its instances were still there after {} seconds. Run the \
                 command again later, or set a longer delete timeout in its timeouts block.",
                limit.as_secs()
            ),
        )),
        Waited::Failed(error) => step.unchanged(error.diagnostic(&name)),
    }
}

/// Waits until it is active, twice in a row, since its states are not told everywhere at once. Gives what is to be said,
/// and whether it failed for good.
async fn active(step: &Step<'_>, name: &str, operation: &str) -> (Diagnostics, bool) {
    let limit = wait::limit(step.planned(), operation);
    let ask = || get(step.session, name);
    let in_a_row = AtomicU32::new(0);
    let settled = |seen: &Option<Seen>| {
        let state = seen.as_ref().map(|seen| &seen.state);
        let active = state == Some(&CapacityProviderState::Active);
        let before = in_a_row.load(Ordering::Relaxed);
        in_a_row.store(if active { before + 1 } else { 0 }, Ordering::Relaxed);
        (active && before > 0) || matches!(state, Some(s) if !active && *s != CapacityProviderState::Pending)
    };
    let clock = step.session.clock(Some(step.context));
    let problem = match wait::until(clock, limit, ask, settled).await {
        Waited::Settled(Some(seen)) if seen.state != CapacityProviderState::Active => {
            let failed = Diagnostic::error(
                "Capacity provider not active",
                format!(
                    "Lambda accepted {name:?}, but it ended in the state {}. Its subnets, its security groups and the \
                     permissions of its operator role are the usual reasons.",
                    seen.state.as_str()
                ),
            );
            return (failed.into(), true);
        }
        Waited::Settled(_) => return (Diagnostics::new(), false),
        Waited::TimedOut(_) => Diagnostic::error(
            "Capacity provider not active in time",
            format!(
                "Lambda accepted {name:?}, but it was still pending after {} seconds. It is in the state; plan again to see \
                 how it is by then. A longer {operation} timeout can be set in its timeouts block.",
                limit.as_secs()
            ),
        ),
        Waited::Stopped(_) => Diagnostic::warning(
            "Not waited for",
            format!(
                "The run was asked to end while {name:?} was still being worked on. It is in the state; plan again to see \
                 how it turned out."
            ),
        ),
        Waited::Failed(error) => error.diagnostic(name),
    };
    (problem.into(), false)
}

fn vpc(object: &Value) -> Option<CapacityProviderVpcConfig> {
    let vpc = block(object, "vpc_config")?;
    CapacityProviderVpcConfig::builder()
        .set_subnet_ids(texts(vpc, "subnet_ids"))
        .set_security_group_ids(texts(vpc, "security_group_ids"))
        .build()
        .ok()
}

fn permissions(object: &Value) -> Option<CapacityProviderPermissionsConfig> {
    let role = text(block(object, "permissions_config")?, "capacity_provider_operator_role_arn")?;
    CapacityProviderPermissionsConfig::builder().capacity_provider_operator_role_arn(role).build().ok()
}

fn instances(object: &Value) -> Option<InstanceRequirements> {
    let wanted = block(object, "instance_requirements")?;
    let architectures = some_texts(wanted, "architectures");
    Some(
        InstanceRequirements::builder()
            .set_architectures(architectures.map(|all| all.iter().map(|a| a.as_str().into()).collect()))
            .set_allowed_instance_types(some_texts(wanted, "allowed_instance_types"))
            .set_excluded_instance_types(some_texts(wanted, "excluded_instance_types"))
            .build(),
    )
}

fn scaling(object: &Value) -> Option<CapacityProviderScalingConfig> {
    let wanted = block(object, "capacity_provider_scaling_config")?;
    let policies = wanted.get("scaling_policies").and_then(Value::as_items).filter(|all| !all.is_empty());
    let policy = |policy: &Value| {
        TargetTrackingScalingPolicy::builder()
            .predefined_metric_type(text(policy, "predefined_metric_type")?.as_str().into())
            .target_value(decimal(policy, "target_value")?)
            .build()
            .ok()
    };
    Some(
        CapacityProviderScalingConfig::builder()
            .set_max_v_cpu_count(int32(wanted, "max_vcpu_count"))
            .set_scaling_mode(text(wanted, "scaling_mode").map(|mode| mode.as_str().into()))
            .set_scaling_policies(policies.map(|all| all.iter().filter_map(policy).collect()))
            .build(),
    )
}

/// The capacity provider, if it is there.
async fn get(session: &Session, name: &str) -> CallResult<Option<Seen>> {
    let call = session.reads.get_capacity_provider().capacity_provider_name(name);
    match session.read("GetCapacityProvider", call.send()).await {
        Ok(answer) => Ok(answer.capacity_provider),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn look(link: &Link, known: &Value) -> Found {
    let (session, name) = (link.session().await?, name(known));
    let seen = get(session, &name).await.map_err(|error| error.diagnostic(&name))?;
    let Some(seen) = seen.filter(|seen| seen.state != CapacityProviderState::Deleting) else {
        return Ok(None);
    };
    let remote = match tagging::list(session, &seen.capacity_provider_arn).await {
        Ok(remote) => remote,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.diagnostic(&name).into()),
    };
    let (tags, all) = link.settings.tags.record(&remote, known.get("tags"));
    let object = carry(object(&seen, &name)?, known, &["timeouts"]);
    // Null and no tags at all are different things to a plan, and the same to the service.
    let same = is_empty(&tags) && known.get("tags").is_none_or(|t| t.is_null() || is_empty(t));
    let object = object.with_attr("tags_all", all);
    Ok(Some(if same { carry(object, known, &["tags"]) } else { object.with_attr("tags", tags) }))
}

fn object(seen: &Seen, name: &str) -> Result<Value, Diagnostics> {
    let one = |block: Option<Json>| block.map_or_else(|| json!([]), |b| json!([b]));
    empty(
        &TYPE.schema.block,
        json!({
            "arn": seen.capacity_provider_arn,
            "capacity_provider_scaling_config": one(seen.capacity_provider_scaling_config.as_ref().map(|s| json!({
                "max_vcpu_count": s.max_v_cpu_count,
                "scaling_mode": s.scaling_mode.as_ref().map(|m| m.as_str()),
                "scaling_policies": s.scaling_policies().iter().map(|p| json!({
                    "predefined_metric_type": p.predefined_metric_type.as_str(),
                    "target_value": p.target_value,
                })).collect::<Vec<_>>(),
            }))),
            "instance_requirements": one(seen.instance_requirements.as_ref().map(|i| json!({
                "allowed_instance_types": i.allowed_instance_types(),
                "architectures": i.architectures().iter().map(|a| a.as_str()).collect::<Vec<_>>(),
                "excluded_instance_types": i.excluded_instance_types(),
            }))),
            "kms_key_arn": seen.kms_key_arn,
            "name": name,
            "permissions_config": one(seen.permissions_config.as_ref().map(|p| json!({
                "capacity_provider_operator_role_arn": p.capacity_provider_operator_role_arn,
            }))),
            "vpc_config": one(seen.vpc_config.as_ref().map(|v| json!({
                "security_group_ids": v.security_group_ids(),
                "subnet_ids": v.subnet_ids(),
            }))),
        }),
    )
}
