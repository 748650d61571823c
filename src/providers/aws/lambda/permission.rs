//! `aws_lambda_permission`: one statement of a function's resource policy. It is never changed, only added and removed.
//! Knows nothing of who invokes the function.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::types::FunctionUrlAuthType;
use serde_json::{Value as Json, json};

use super::{STATE, names};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{empty, filled, flag, is_empty, is_set, typed};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{arn, retry, unique, wait};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

use Constraint::{Arn, Custom, Length, OneOf, Pattern};

const SID: Constraint = Pattern("[0-9A-Za-z_-]+", "A name of letters, digits, hyphens and underscores");
const TIMEOUT: &[Constraint] = &[Custom(wait::check_duration)];

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_permission",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("action").required().replaces().check(&[Pattern(
                    r"lambda:[*]|lambda:[A-Za-z]+|[*]",
                    "An action such as \"lambda:InvokeFunction\"",
                )]),
                Attribute::string("event_source_token").replaces().check(&[
                    Length(1, 256),
                    Pattern(
                        "[0-9A-Za-z_.-]+",
                        "A token of letters, digits, periods, underscores and hyphens",
                    ),
                ]),
                Attribute::string("function_name").required().replaces().loose().check(&[names::FUNCTION]),
                Attribute::string("function_url_auth_type").replaces().check(&[OneOf(&["NONE", "AWS_IAM"])]),
                Attribute::string("id").optional_computed(),
                Attribute::bool("invoked_via_function_url").replaces().newer(),
                Attribute::string("principal").required().replaces().loose(),
                Attribute::string("principal_org_id").replaces(),
                Attribute::string("qualifier")
                    .replaces()
                    .loose()
                    .check(&[Length(1, 128), Pattern("[0-9A-Za-z_$-]+", "A version or an alias")]),
                Attribute::string("source_account")
                    .replaces()
                    .check(&[Pattern(r"\d{12}", "The twelve digits of an AWS account")]),
                Attribute::string("source_arn").replaces().check(&[Arn]),
                Attribute::string("statement_id")
                    .optional_computed()
                    .replaces()
                    .check(&[Length(1, 100), SID]),
                Attribute::string("statement_id_prefix")
                    .optional_computed()
                    .replaces()
                    .check(&[Length(1, 74), SID]),
            ],
            blocks: &[NestedBlock::single(
                "timeouts",
                Block {
                    attributes: &[
                        Attribute::string("create").check(TIMEOUT),
                        Attribute::string("delete").check(TIMEOUT),
                        Attribute::string("read").check(TIMEOUT),
                    ],
                    blocks: &[],
                },
            )
            .group(STATE)
            .newer()],
        },
    },
    unique: &["function_name", "qualifier", "statement_id"],
    empty_is_null: true,
    import_id: "FUNCTION_NAME[:QUALIFIER]/STATEMENT_ID",
};

/// Where each condition of a statement stands: attribute, operator, key (lambda-provider.md 1.3).
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
    ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
    ("source_account", "StringEquals", "AWS:SourceAccount"),
    ("source_arn", "ArnLike", "AWS:SourceArn"),
];

/// How long a removed statement may still be seen.
const VISIBLE: Duration = Duration::from_secs(300);

/// The type.
pub(in crate::providers::aws) struct Permission;

impl Resource for Permission {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        if is_set(config, "statement_id") && is_set(config, "statement_id_prefix") {
            return Diagnostic::error(
                "Conflicting configuration arguments",
                "A statement has either a name of its own or one that begins with a prefix: \"statement_id_prefix\" \
                 conflicts with \"statement_id\". Remove one of them.",
            )
            .on("statement_id_prefix")
            .into();
        }
        Diagnostics::new()
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        outcome::plan(outcome::planned(&TYPE, request, keep_account), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let names = Names::of(&request.prior);
            let look = async {
                let session = link.session().await?;
                // All permissions of one function are in one policy.
                let key =
                    format!("GetPolicy {}:{}", names.function, names.qualifier.as_deref().unwrap_or(""));
                let statements = link.once(key, policy(session, &names)).await;
                names.find(statements, &request.prior)
            };
            outcome::read(request, look.await)
        })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        // Every argument replaces; only timeouts can differ, and those are in state alone.
        Box::pin(async move { outcome::written(step.planned(), private(false), Ok(None)) })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let names = Names::of(step.prior());
            let _turn = step.link.lock(&names.function).await;
            let target = names.target();
            let builder = step
                .session
                .writes
                .remove_permission()
                .function_name(&names.function)
                .set_qualifier(names.qualifier.clone())
                .statement_id(&names.statement);
            let mutation = Mutation { operation: "RemovePermission", target: &target, policy: retry::QUEUE };
            step.link.revise(&names.function, names.qualifier.as_deref());
            let result = step.session.write(mutation, step.context, || builder.clone().send()).await;
            if result.is_ok() {
                until_gone(&step, &names).await;
            }
            outcome::deleted(&step, &target, result)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let mut names = Names::of(subject);
            if names.statement.is_empty() {
                // The name was made during the run that was killed.
                names.statement = request.target.rsplit('/').next().unwrap_or_default().to_owned();
            }
            let look = async { names.find(policy(link.session().await?, &names).await, subject) };
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), look.await)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let parts = id.rsplit_once('/').filter(|(f, s)| !f.is_empty() && !s.is_empty());
        let (function, statement) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "A permission is imported by FUNCTION_NAME/STATEMENT_ID or FUNCTION_NAME:QUALIFIER/STATEMENT_ID, \
                     and {id:?} does not have this form."
                ),
            )
        })?;
        let object = empty(
            &TYPE.schema.block,
            json!({
                "function_name": arn::function_name(function),
                "id": statement,
                "qualifier": arn::qualifier(function),
                "statement_id": statement,
            }),
        )?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// What names a statement.
struct Names {
    function: String,
    qualifier: Option<String>,
    statement: String,
}

impl Names {
    fn of(object: &Value) -> Self {
        Names {
            function: filled(object, "function_name").unwrap_or_default(),
            qualifier: filled(object, "qualifier"),
            statement: filled(object, "statement_id").or_else(|| filled(object, "id")).unwrap_or_default(),
        }
    }

    /// All of it in one, as it is imported and as the journal names it.
    fn target(&self) -> String {
        let qualifier = self.qualifier.as_ref().map_or_else(String::new, |q| format!(":{q}"));
        format!("{}{qualifier}/{}", arn::function_name(&self.function), self.statement)
    }

    /// The object of the statement, if the policy has it.
    fn find(&self, statements: CallResult<Arc<Vec<Json>>>, known: &Value) -> Found {
        let statements = statements.map_err(|error| error.diagnostic(&self.target()))?;
        let own = |statement: &&Json| statement.get("Sid").and_then(Json::as_str) == Some(&self.statement);
        statements.iter().find(own).map(|statement| object(statement, known)).transpose()
    }
}

/// A configured account is answered as the ARN of its root: that is no change.
fn keep_account(prior: &Value, planned: Value) -> Value {
    let (old, new) = (filled(prior, "principal"), filled(&planned, "principal"));
    let same = old.zip(new).is_some_and(|(old, new)| {
        let account = old.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next());
        old.starts_with("arn:") && account == Some(&new)
    });
    match prior.get("principal") {
        Some(old) if same => planned.with_attr("principal", old.clone()),
        _ => planned,
    }
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let mut names = Names::of(planned);
    if names.statement.is_empty() {
        let prefix = filled(planned, "statement_id_prefix").unwrap_or_else(|| "terraform-".to_owned());
        names.statement = format!("{prefix}{}", unique::suffix());
    }
    let _turn = step.link.lock(&names.function).await;
    let target = names.target();
    let auth = filled(planned, "function_url_auth_type");
    let builder = step
        .session
        .writes
        .add_permission()
        .function_name(&names.function)
        .set_qualifier(names.qualifier.clone())
        .statement_id(&names.statement)
        .set_action(filled(planned, "action"))
        .set_principal(filled(planned, "principal"))
        .set_event_source_token(filled(planned, "event_source_token"))
        .set_function_url_auth_type(auth.as_deref().map(FunctionUrlAuthType::from))
        .set_invoked_via_function_url(flag(planned, "invoked_via_function_url"))
        .set_principal_org_id(filled(planned, "principal_org_id"))
        .set_source_account(filled(planned, "source_account"))
        .set_source_arn(filled(planned, "source_arn"));
    let mutation = Mutation { operation: "AddPermission", target: &target, policy: retry::PERMIT };
    step.link.revise(&names.function, names.qualifier.as_deref());
    let known = planned.with_attr("statement_id", Value::from(names.statement.clone()));
    let added = match step.session.write(mutation, step.context, || builder.clone().send()).await {
        Ok(answer) => answer.statement.and_then(|text| serde_json::from_str(&text).ok()),
        Err(error) => {
            let look = async { names.find(policy(step.session, &names).await, &known) };
            if outcome::own(&error, &TYPE.schema.block, &known, look).await.is_none() {
                return outcome::not_created(&step, ("Permission", &target, "statement_id"), &error);
            }
            None
        }
    };
    let found = match added {
        Some(statement) => object(&statement, &known),
        None => match names.find(policy(step.session, &names).await, &known) {
            Ok(Some(object)) => Ok(object),
            Ok(None) => Err(unseen(&target).into()),
            Err(problems) => Err(problems),
        },
    };
    let known = known.with_attr("id", Value::from(names.statement));
    outcome::written(&known, private(false), found.map(Some))
}

fn unseen(target: &str) -> Diagnostic {
    Diagnostic::error(
        "Permission not found after it was added",
        format!("AddPermission of {target:?} was answered, but the policy does not show it yet. Plan again."),
    )
}

/// Waits until the policy no longer has a statement that was removed, so that one of the same name can be added. What
/// cannot be read is not waited for.
async fn until_gone(step: &Step<'_>, names: &Names) {
    let has = |statements: &Arc<Vec<Json>>| {
        statements.iter().any(|s| s.get("Sid").and_then(Json::as_str) == Some(&names.statement))
    };
    if policy(step.session, names).await.is_ok_and(|statements| has(&statements)) {
        let clock = step.session.clock(Some(step.context));
        let ask = || policy(step.session, names);
        wait::until(clock, VISIBLE, ask, |statements| !has(statements)).await;
    }
}

/// The statements of the policy; none when there is no policy, or no function.
async fn policy(session: &Session, names: &Names) -> CallResult<Arc<Vec<Json>>> {
    let call =
        session.reads.get_policy().function_name(&names.function).set_qualifier(names.qualifier.clone());
    let text = match session.read("GetPolicy", call.send()).await {
        Ok(answer) => answer.policy.unwrap_or_default(),
        Err(error) if error.is_not_found() => String::new(),
        Err(error) => return Err(error),
    };
    let mut document: Json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Arc::new(match document.get_mut("Statement").map(Json::take) {
        Some(Json::Array(statements)) => statements,
        Some(one @ Json::Object(_)) => vec![one],
        _ => Vec::new(),
    }))
}

/// The names of the statements on a function, or on a version or alias of it.
///
/// # Errors
/// What the service answered.
pub(super) async fn sids(
    session: &Session,
    function: &str,
    qualifier: Option<String>,
) -> CallResult<Vec<String>> {
    let names = Names { function: function.to_owned(), qualifier, statement: String::new() };
    let statements = policy(session, &names).await?;
    Ok(statements.iter().filter_map(|s| Some(s.get("Sid")?.as_str()?.to_owned())).collect())
}

/// The object of a statement. What a condition does not say stays the kind of empty it was.
fn object(statement: &Json, known: &Value) -> Result<Value, Diagnostics> {
    let text = |name: &str| statement.get(name).and_then(Json::as_str).unwrap_or_default();
    let (sid, resource) = (text("Sid"), text("Resource"));
    let named = filled(known, "function_name").unwrap_or_default();
    let function = if named.starts_with("arn:") {
        arn::unqualified(resource)
    } else {
        arn::function_name(resource).to_owned()
    };
    let condition = |operator: &str, key: &str| statement.get("Condition")?.get(operator)?.get(key);
    let invoked = condition("Bool", "lambda:InvokedViaFunctionUrl").map(|v| v == true || v == "true");
    let mut object = typed(
        &TYPE.schema.block,
        json!({
            "action": text("Action"),
            "function_name": function,
            "id": sid,
            "invoked_via_function_url": invoked,
            "principal": principal(statement.get("Principal")),
            "qualifier": arn::qualifier(resource).unwrap_or_default(),
            "statement_id": sid,
            "statement_id_prefix": unique::prefix(sid).unwrap_or_default(),
        }),
    )?;
    for (name, operator, key) in CONDITIONS {
        let operator_is_there = statement.get("Condition").is_some_and(|c| c.get(operator).is_some());
        let value = match condition(operator, key).and_then(Json::as_str) {
            Some(value) => Value::from(value),
            None if operator_is_there => Value::from(""),
            None => match known.get(name).filter(|v| !v.is_unknown() && is_empty(v)) {
                Some(empty) => empty.clone(),
                None => continue,
            },
        };
        object.set_attr(name, value);
    }
    if let Some(timeouts) = known.get("timeouts") {
        object.set_attr("timeouts", timeouts.clone());
    }
    Ok(object)
}

/// `"*"`, a service, or an AWS principal.
fn principal(principal: Option<&Json>) -> String {
    let named = |kind: &str| principal?.get(kind)?.as_str();
    let plain = principal.and_then(Json::as_str);
    let known = plain.or_else(|| named("AWS")).or_else(|| named("Service"));
    known.map_or_else(|| principal.map(Json::to_string).unwrap_or_default(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        for (id, function, qualifier) in [
            ("f/Sid".to_owned(), "f", None),
            ("f:PROD/Sid".to_owned(), "f", Some("PROD")),
            (format!("{arn}:PROD/Sid"), "f", Some("PROD")),
        ] {
            let names = Names::of(&Permission.import(&id).unwrap().object);
            let found = (&*names.function, names.qualifier.as_deref(), &*names.statement);
            assert_eq!(found, (function, qualifier, "Sid"), "{id}");
        }
        for id in ["", "f", "f/", "/Sid"] {
            assert!(Permission.import(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_condition_that_somebody_removed_is_seen() {
        let statement = json!({
            "Sid": "s", "Action": "lambda:InvokeFunction", "Principal": { "Service": "s3.amazonaws.com" },
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
        });
        let known = empty(
            &TYPE.schema.block,
            json!({ "function_name": "f", "source_arn": "arn:aws:s3:::b", "source_account": "" }),
        );
        let object = object(&statement, &known.unwrap()).unwrap();
        assert!(object.get("source_arn").is_some_and(Value::is_null));
        assert_eq!(object.get("source_account"), Some(&Value::from("")));
        assert_eq!(filled(&object, "principal").as_deref(), Some("s3.amazonaws.com"));
    }

    #[test]
    fn an_account_is_its_root() {
        let object = |principal: &str| Value::object([("principal", Value::from(principal))]);
        let root = object("arn:aws:iam::123456789012:root");
        assert_eq!(keep_account(&root, object("123456789012")), root);
        assert_eq!(keep_account(&root, object("123456789013")), object("123456789013"));
    }
}
