//! Invocations, resource policies as a whole, and scaling on instances of one's own.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use super::drive::*;
use crate::local::{Action, FunctionError, Rule};

#[tokio::test]
async fn a_function_answers_its_event_or_the_error_it_is_told_to_raise() {
    let (server, client) = serve(frozen()).await;
    create(&client, "f").send().await.unwrap();
    let invoke = || client.invoke().function_name("f").payload(Blob::new("[1, 2]"));
    assert_eq!(refused(invoke().send().await).1, 409);
    server.clock().advance(SETTLE);
    let answer = invoke().send().await.unwrap();
    assert_eq!((answer.status_code(), answer.executed_version()), (200, Some("$LATEST")));
    assert_eq!(answer.payload().unwrap().as_ref(), b"[1, 2]");
    let event = invoke().invocation_type(InvocationType::Event).send().await.unwrap();
    assert_eq!(event.status_code(), 202);
    let error = FunctionError { kind: "ValueError".into(), message: "boom".into() };
    server.faults().add(Rule::on("Invoke", Action::FunctionError(error)));
    let answer = invoke().send().await.unwrap();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    assert_eq!(answer.payload().unwrap().as_ref(), br#"{"errorMessage":"boom","errorType":"ValueError"}"#);
    assert_eq!(refused(client.invoke().function_name("g").send().await).1, 404);
    assert_eq!(refused(invoke().payload(Blob::new("{a}")).send().await).1, 400);
    server.stop().await;
}

#[tokio::test]
async fn a_policy_put_as_a_whole_replaces_every_statement() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    assert_eq!(refused(client.get_resource_policy().resource_arn(arn).send().await).1, 404);
    let put = |policy: &str| client.put_resource_policy().resource_arn(arn).policy(policy);
    assert_eq!(refused(put("no policy").send().await).1, 400);
    let statement =
        r#"{"Sid":"a","Effect":"Deny","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*"}"#;
    put(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)).send().await.unwrap();
    let whole = client.get_resource_policy().resource_arn(arn).send().await.unwrap();
    assert_eq!(whole.policy(), Some(&*format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)));
    let single = client.get_policy().function_name("f").send().await.unwrap();
    assert!(single.policy().unwrap().contains(statement));
    client.delete_resource_policy().resource_arn(arn).send().await.unwrap();
    assert_eq!(refused(client.get_policy().function_name("f").send().await).1, 404);
    server.stop().await;
}
