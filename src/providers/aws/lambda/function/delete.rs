//! Deleting a function, with all its versions and aliases.
//! A function that is gone already is deleted.

use super::read::get;
use super::response::Seen;
use crate::base::{Diagnostic, Diagnostics};
use crate::provider::ApplyResponse;
use crate::providers::aws::client::Mutation;
use crate::providers::aws::fields::{block, filled, flag, some_texts, texts};
use crate::providers::aws::resource::Step;
use crate::providers::aws::retry;
use crate::providers::aws::wait;

/// Deletes a function.
pub(super) async fn delete(step: Step<'_>) -> ApplyResponse {
    let prior = step.prior();
    if flag(prior, "skip_destroy").unwrap_or(false) {
        return ApplyResponse::default();
    }
    let name = filled(prior, "function_name").unwrap_or_default();
    let _turn = step.link.lock(&name).await;
    let mut problems = Diagnostics::new();
    if flag(prior, "replace_security_groups_on_destroy").unwrap_or(false) {
        problems.extend(replace_security_groups(&step, &name).await);
    }
    if block(prior, "durable_config").is_some() {
        problems.extend(stop_executions(&step, &name).await);
    }
    let mutation = Mutation { operation: "DeleteFunction", target: &name, policy: retry::DELETE };
    let client = &step.session.writes;
    let call = || client.delete_function().function_name(&name).send();
    match step.session.write(mutation, step.context, call).await {
        Ok(_) => ApplyResponse { problems, ..ApplyResponse::default() },
        Err(error) if error.is_not_found() => ApplyResponse { problems, ..ApplyResponse::default() },
        Err(error) => {
            problems.push(error.diagnostic(&name));
            step.unchanged(problems)
        }
    }
}

/// Puts other security groups in place, so that those of this configuration can be deleted while Lambda still holds the
/// network interfaces (lambda-provider.md 2.7). It is an aid: failing at it does not stop the deletion.
async fn replace_security_groups(step: &Step<'_>, name: &str) -> Diagnostics {
    let prior = step.prior();
    let Some(vpc) = block(prior, "vpc_config").filter(|v| some_texts(v, "security_group_ids").is_some())
    else {
        return Diagnostics::new();
    };
    let Some(groups) = some_texts(prior, "replacement_security_group_ids") else {
        return Diagnostic::warning(
            "Security groups not replaced",
            format!(
                "replace_security_groups_on_destroy of {name:?} names no groups, and the VPC's default group is not looked up \
                 here. Set replacement_security_group_ids to have them replaced before the function is deleted."
            ),
        )
        .on("replacement_security_group_ids")
        .into();
    };
    let config = aws_sdk_lambda::types::VpcConfig::builder()
        .set_security_group_ids(Some(groups))
        .set_subnet_ids(texts(vpc, "subnet_ids"))
        .build();
    let builder = step.session.writes.update_function_configuration().function_name(name).vpc_config(config);
    let mutation =
        Mutation { operation: "UpdateFunctionConfiguration", target: name, policy: retry::CONFIGURE };
    match step.session.write(mutation, step.context, || builder.clone().send()).await {
        Ok(_) => {
            let ask = || get(step.session, name, None);
            let clock = step.session.clock(Some(step.context));
            wait::until(clock, wait::limit(prior, "delete"), ask, Seen::is_updated).await;
            Diagnostics::new()
        }
        Err(error) if error.is_not_found() => Diagnostics::new(),
        Err(error) => warning(error.diagnostic(name)).into(),
    }
}

/// Ends the durable executions that run: Lambda keeps a function until they have ended.
async fn stop_executions(step: &Step<'_>, name: &str) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut marker = None;
    loop {
        let call = step
            .session
            .reads
            .list_durable_executions_by_function()
            .function_name(name)
            .statuses("RUNNING".into())
            .set_marker(marker);
        let page = match step.session.read("ListDurableExecutionsByFunction", call.send()).await {
            Ok(page) => page,
            Err(error) if error.is_not_found() => return problems,
            Err(error) => {
                problems.push(warning(error.diagnostic(name)));
                return problems;
            }
        };
        for execution in page.durable_executions() {
            let arn = execution.durable_execution_arn().to_owned();
            let mutation = Mutation { operation: "StopDurableExecution", target: &arn, policy: retry::PLAIN };
            let client = &step.session.writes;
            let call = || client.stop_durable_execution().durable_execution_arn(&arn).send();
            if let Err(error) = step.session.write(mutation, step.context, call).await
                && !error.is_not_found()
            {
                problems.push(warning(error.diagnostic(&arn)));
            }
        }
        marker = page.next_marker.filter(|m| !m.is_empty());
        if marker.is_none() {
            return problems;
        }
    }
}

fn warning(mut problem: Diagnostic) -> Diagnostic {
    problem.severity = crate::base::Severity::Warning;
    problem
}
