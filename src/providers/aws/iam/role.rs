//! `aws_iam_role`: an identity that services and people take on.
//! Knows nothing of the types that hang policies on it, but what they all share.

use std::collections::BTreeSet;

use aws_sdk_iam::types::Role as Seen;
use serde_json::json;

use super::listing::{attached_key, inline_key, listing, role_key};
use super::policy_json::{decoded, equivalent, kept, normalized};
use super::{
    ABOUT, BOUNDARY, DESCRIPTION, GENERATED, INLINE, MANAGED, NAME, PATH, POLICY, STATE, TAGS, check_names,
    contents, date, inline, new_name, policy_json, tag_changes, to_tags, unanswered, wanted_tags, with_path,
    with_tags,
};
use crate::base::{Diagnostic, Diagnostics, Path, Type, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, Description, ImportResponse, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallError, CallResult, name_taken};
use crate::providers::aws::fields::{
    empty, filled, flag, int32, is_as_known, is_empty, text, texts, without,
};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::tags::TagRules;
use crate::providers::aws::{retry, unique};
use crate::schema::{Attribute, Block, Constraint, Default, Schema};

use Constraint::{Arn, Custom, Each, Length, Range};

static TYPE: ResourceType = ResourceType {
    name: "aws_iam_role",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("assume_role_policy").required().group(POLICY).loose().check(&[policy_json::POLICY]),
                Attribute::string("create_date").computed(),
                DESCRIPTION.group(ABOUT),
                Attribute::bool("force_detach_policies").default(Default::Bool(false)).group(STATE),
                Attribute::string("id").optional_computed(),
                Attribute::string_set("managed_policy_arns")
                    .optional_computed()
                    .group(MANAGED)
                    .loose()
                    .check(&[Each(&Arn)])
                    .deprecated(
                        "Use aws_iam_role_policy_attachment resources instead, which leave other attachments alone.",
                    ),
                Attribute::number("max_session_duration")
                    .default(Default::Int(3600))
                    .group(ABOUT)
                    .check(&[Range(3600, 43200)]),
                Attribute::string("name").optional_computed().replaces().check(&[Length(1, 64), NAME]),
                Attribute::string("name_prefix")
                    .optional_computed()
                    .replaces()
                    .check(&[Length(1, 64 - GENERATED), NAME]),
                PATH,
                Attribute::string("permissions_boundary").group(BOUNDARY).check(&[Arn]),
                Attribute::string_map("tags").part_of("tags_all").group(TAGS).check(&[Custom(crate::providers::aws::tags::check)]),
                Attribute::string_map("tags_all").optional_computed().group(TAGS),
                Attribute::string("unique_id").computed(),
            ],
            blocks: &[inline::BLOCK],
        },
    },
    unique: &["name"],
    empty_is_null: true,
    import_id: "NAME",
};

/// The type.
pub(in crate::providers::aws) struct Role;

impl Resource for Role {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut problems = check_names(config);
        if inline::blocks(config).is_some_and(|blocks| !blocks.is_empty()) {
            problems.push(
                Diagnostic::warning(
                    "Argument is deprecated",
                    "Use aws_iam_role_policy resources instead, which leave other inline policies alone.",
                )
                .on(Path::from("inline_policy")),
            );
        }
        problems
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let mut result = with_path(outcome::planned(&TYPE, request, |_, planned| planned));
        policy_json::plan(&mut result, "assume_role_policy", prior, normalized);
        result.set_attr("inline_policy", inline::plan(prior, &result));
        let managed = result.get("managed_policy_arns");
        if prior.is_none() && managed.is_some_and(|m| !m.is_unknown() && is_empty(m)) {
            result.set_attr("managed_policy_arns", Value::unknown(Type::set(Type::String)));
        }
        outcome::plan(link.settings.tags.complete(prior, result), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let found = look(link, &name_of(&request.prior), &request.prior).await;
            outcome::read(request, found)
        })
    }

    fn asks(&self, prior: &Value) -> Option<String> {
        Some(role_key(&name_of(prior)))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let mut object = step.prior().clone();
            let result = update(&step, &mut object).await;
            outcome::updated(object, private(false), &name_of(step.prior()), result)
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let name = name_of(step.prior());
            let mut result = delete(&step, &name, retry::IAM_GONE).await;
            if result.as_ref().is_err_and(|error| error.code == "DeleteConflict") {
                // Terraform's refresh records whatever is attached, and what is recorded goes with the role.
                result = match contents::clear(&step, &name).await {
                    Ok(()) => delete(&step, &name, retry::CLEAR).await,
                    Err(error) => Err(error),
                };
            }
            outcome::deleted(&step, &name, result)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let made = || request.target.split([':', '/']).next().unwrap_or_default().to_owned();
            let name = Some(name_of(subject)).filter(|name| !name.is_empty()).unwrap_or_else(made);
            let found = look(link, &name, subject).await;
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found)
        })
    }

    fn describe<'a>(&'a self, _link: &'a Link, object: Value) -> BoxFuture<'a, Description> {
        // Policies are better off as resources of their own, as whoever put them into the role may still do.
        Box::pin(async move { Description::of(without(object, &["inline_policy", "managed_policy_arns"])) })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let object = empty(&TYPE.schema.block, json!({ "id": id, "name": id }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

fn name_of(object: &Value) -> String {
    filled(object, "name").or_else(|| filled(object, "id")).unwrap_or_default()
}

fn managed_of(object: &Value) -> BTreeSet<String> {
    texts(object, "managed_policy_arns").unwrap_or_default().into_iter().collect()
}

async fn get(session: &Session, name: &str) -> CallResult<Option<Seen>> {
    let call = session.iam.reads.get_role().role_name(name).send();
    match session.iam.read("GetRole", call).await {
        Ok(answer) => Ok(answer.role),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A role, for the data source.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn find(link: &Link, name: &str) -> Result<Option<Seen>, Diagnostics> {
    let session = link.session().await?;
    get(session, name).await.map_err(|error| error.diagnostic(name).into())
}

/// The role as it is. What hangs on it is read only where that is known to be something, or nothing is known yet: the
/// provider asks for it always, and records what other resources have hung on the role.
async fn look(link: &Link, name: &str, known: &Value) -> Found {
    let session = link.session().await?;
    let failed = |error: Box<CallError>| Diagnostics::from(error.diagnostic(name));
    let listing = listing(link, session).await.map_err(failed)?;
    let object = |seen: &Seen| object(seen, known, &link.settings.tags);
    let listed = listing.role(name).map(object).transpose()?.filter(|found| is_as_known(found, known));
    let mut object = match listed {
        Some(listed) => listed,
        None => match get(session, name).await.map_err(failed)? {
            Some(seen) => object(&seen)?,
            None => return Ok(None),
        },
    };
    let imported = known.get("arn").is_none_or(Value::is_null);
    let recorded = inline::of(known);
    if imported || !recorded.is_empty() || link.is_asked(&inline_key(name)) {
        let found = match listing.inline(name).filter(|found| inline::includes(found, &recorded)) {
            Some(found) => found.clone(),
            None => contents::inline(link, session, name).await.map_err(failed)?,
        };
        if !inline::same(&found, &recorded) {
            object.set_attr("inline_policy", inline::value(&found)?);
        }
    }
    let recorded = managed_of(known);
    if imported || !recorded.is_empty() || link.is_asked(&attached_key(name)) {
        let found = match listing.attached(name).filter(|found| found.is_superset(&recorded)) {
            Some(found) => found.clone(),
            None => contents::attached(link, session, name).await.map_err(failed)?,
        };
        object.set_attr("managed_policy_arns", Value::set(Type::String, found.into_iter().map(Value::from)));
    }
    Ok(Some(object))
}

/// The object of a role, with what hangs on it as it was.
fn object(seen: &Seen, known: &Value, rules: &TagRules) -> Result<Value, Diagnostics> {
    let name = seen.role_name();
    let trust = decoded(seen.assume_role_policy_document().unwrap_or_default());
    let before = filled(known, "assume_role_policy");
    let boundary = seen.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
    let mut object = empty(
        &TYPE.schema.block,
        json!({
            "arn": seen.arn(),
            "assume_role_policy": kept(before.as_deref(), &trust, normalized),
            "create_date": date(seen.create_date()),
            "description": seen.description().unwrap_or_default(),
            "force_detach_policies": flag(known, "force_detach_policies").unwrap_or(false),
            "id": name,
            "managed_policy_arns": [],
            "max_session_duration": seen.max_session_duration(),
            "name": name,
            "name_prefix": unique::prefix(name).unwrap_or_default(),
            "path": seen.path(),
            "permissions_boundary": boundary.unwrap_or_default(),
            "unique_id": seen.role_id(),
        }),
    )?;
    for part in ["inline_policy", "managed_policy_arns"] {
        if let Some(value) = known.get(part).filter(|value| !value.is_null() && value.is_wholly_known()) {
            object.set_attr(part, value.clone());
        }
    }
    Ok(with_tags(object, rules, seen.tags(), known))
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let name = new_name(planned);
    let tags = to_tags(&wanted_tags(&step));
    let call = step
        .session
        .iam
        .writes
        .create_role()
        .role_name(&name)
        .assume_role_policy_document(text(planned, "assume_role_policy").unwrap_or_default())
        .set_description(filled(planned, "description"))
        .set_max_session_duration(int32(planned, "max_session_duration"))
        .set_path(filled(planned, "path"))
        .set_permissions_boundary(filled(planned, "permissions_boundary"))
        .set_tags(Some(tags.clone()).filter(|tags| !tags.is_empty()));
    let mutation = Mutation { operation: "CreateRole", target: &name, policy: retry::TRUST };
    let seen = match step.session.iam.write(mutation, step.context, || call.clone().send()).await {
        Ok(answer) => answer.role,
        Err(error) if error.is_name_taken() => {
            // Perhaps our own earlier attempt made it.
            let found =
                if error.after_unclear { get(step.session, &name).await.ok().flatten() } else { None };
            let trust = text(planned, "assume_role_policy").unwrap_or_default();
            let own = |seen: &Seen| {
                equivalent(&decoded(seen.assume_role_policy_document().unwrap_or_default()), &trust)
            };
            let Some(seen) = found.filter(own) else {
                let shown = name_taken("Role", &name, step.request.address.as_ref(), &error);
                return step.unchanged(shown.on("name"));
            };
            Some(seen)
        }
        Err(error) => return step.unchanged(error.diagnostic(&name)),
    };
    let found = match seen {
        // What CreateRole answers leaves out what it was told.
        Some(mut seen) => {
            seen.description = filled(planned, "description").or(seen.description);
            seen.max_session_duration = int32(planned, "max_session_duration").or(seen.max_session_duration);
            seen.tags = Some(tags);
            object(&seen, planned, &step.link.settings.tags)
        }
        None => Err(unanswered("CreateRole", &name).into()),
    };
    let boundary = Value::from(filled(planned, "permissions_boundary").unwrap_or_default());
    let found = found.map(|object| object.with_attr("permissions_boundary", boundary));
    let mut response = outcome::written(step.planned(), private(false), found.map(Some));
    if let Err(error) = fill(&step, &name).await {
        response.problems.push(error.diagnostic(&name));
        response.tainted = true;
    }
    response
}

/// Hangs on a new role what its own arguments say.
async fn fill(step: &Step<'_>, name: &str) -> CallResult<()> {
    for (policy, document) in inline::of(step.planned()) {
        contents::put(step, name, &policy, &document).await?;
    }
    for arn in managed_of(step.planned()) {
        contents::attach(step, name, &arn).await?;
    }
    Ok(())
}

/// Brings the service's role to what is planned, call by call; `object` follows what has been done.
async fn update(step: &Step<'_>, object: &mut Value) -> CallResult<()> {
    let (planned, name, groups) = (step.planned(), name_of(step.prior()), step.request.groups);
    let (iam, target) = (&step.session.iam.writes, &*name);
    let mutation = |operation, policy| Mutation { operation, target, policy };
    let write = &step.session.iam;
    let mut take = |names: &[&str]| {
        for name in names {
            let value = planned.get(name).cloned().unwrap_or(Value::NULL);
            let plain = value.is_null() && matches!(*name, "description" | "permissions_boundary");
            object.set_attr(name, if plain { Value::from("") } else { value });
        }
    };
    take(&["force_detach_policies"]);
    if groups.meets(TAGS) {
        let (removed, set) = tag_changes(step);
        if !removed.is_empty() {
            let call = iam.untag_role().role_name(&name).set_tag_keys(Some(removed));
            let untag = mutation("UntagRole", retry::IAM_GONE);
            write.write(untag, step.context, || call.clone().send()).await?;
        }
        if !set.is_empty() {
            let call = iam.tag_role().role_name(&name).set_tags(Some(set));
            write.write(mutation("TagRole", retry::IAM), step.context, || call.clone().send()).await?;
        }
        take(&["tags", "tags_all"]);
    }
    if groups.meets(POLICY) {
        let call = iam.update_assume_role_policy().role_name(&name);
        let call = call.policy_document(text(planned, "assume_role_policy").unwrap_or_default());
        let change = mutation("UpdateAssumeRolePolicy", retry::TRUST);
        write.write(change, step.context, || call.clone().send()).await?;
        take(&["assume_role_policy"]);
    }
    if groups.meets(ABOUT) {
        let call = iam
            .update_role()
            .role_name(&name)
            .description(text(planned, "description").unwrap_or_default())
            .set_max_session_duration(int32(planned, "max_session_duration"));
        write.write(mutation("UpdateRole", retry::IAM), step.context, || call.clone().send()).await?;
        take(&["description", "max_session_duration"]);
    }
    if groups.meets(BOUNDARY) {
        match filled(planned, "permissions_boundary") {
            Some(arn) => {
                let call = iam.put_role_permissions_boundary().role_name(&name).permissions_boundary(arn);
                let put = mutation("PutRolePermissionsBoundary", retry::IAM);
                write.write(put, step.context, || call.clone().send()).await?;
            }
            None => {
                let call = iam.delete_role_permissions_boundary().role_name(&name);
                let delete = mutation("DeleteRolePermissionsBoundary", retry::IAM_GONE);
                write.write(delete, step.context, || call.clone().send()).await?;
            }
        }
        take(&["permissions_boundary"]);
    }
    if groups.meets(INLINE) {
        let (before, after) = (inline::of(step.prior()), inline::of(planned));
        for policy in before.keys().filter(|policy| !after.contains_key(*policy)) {
            contents::remove(step, &name, policy).await?;
        }
        for (policy, document) in after.iter().filter(|(policy, text)| before.get(*policy) != Some(*text)) {
            contents::put(step, &name, policy, document).await?;
        }
        take(&["inline_policy"]);
    }
    if groups.meets(MANAGED) {
        let (before, after) = (managed_of(step.prior()), managed_of(planned));
        for arn in before.difference(&after) {
            contents::detach(step, &name, arn).await?;
        }
        for arn in after.difference(&before) {
            contents::attach(step, &name, arn).await?;
        }
        take(&["managed_policy_arns"]);
    }
    Ok(())
}

async fn delete(step: &Step<'_>, name: &str, policy: retry::Policy) -> CallResult<()> {
    let call = step.session.iam.writes.delete_role().role_name(name);
    let mutation = Mutation { operation: "DeleteRole", target: name, policy };
    step.session.iam.write(mutation, step.context, || call.clone().send()).await.map(drop)
}
