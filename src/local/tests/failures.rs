//! Faults, quotas and calls nobody answers.
//! Good calls are elsewhere.

use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::types::{LastUpdateStatus, State, StateReasonCode};

use super::drive::*;
use crate::local::{Action, Failure, Options, Rates, Rule};

#[tokio::test]
async fn faults_happen_as_often_as_they_are_told() {
    let (server, client) = serve(frozen()).await;
    let error = Action::Error { code: "ServiceException".to_owned(), status: None, message: None };
    server.faults().add(Rule::on("CreateFunction", error).function("f").times(2));
    assert_eq!(refused(create(&client, "f").send().await).1, 500);
    create(&client, "other").send().await.unwrap();
    assert_eq!(refused(create(&client, "f").send().await).0, "ServiceException");
    create(&client, "f").send().await.unwrap();
    assert_eq!(server.calls().count("CreateFunction"), 4);

    server.faults().add(Rule::on("GetFunction", Action::Throttle).nth(2));
    let get = || client.get_function().function_name("f");
    get().send().await.unwrap();
    let (code, status, message) = refused(get().send().await);
    assert_eq!((code.as_str(), status, message.as_str()), ("TooManyRequestsException", 429, "Rate exceeded"));
    get().send().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_lost_answer_was_still_carried_out() {
    let (server, client) = serve(frozen()).await;
    server.faults().add(Rule::on("CreateFunction", Action::DropBefore));
    assert!(matches!(create(&client, "f").send().await, Err(SdkError::DispatchFailure(_))));
    assert_eq!(refused(client.get_function().function_name("f").send().await).1, 404);
    server.faults().add(Rule::on("CreateFunction", Action::DropAfter));
    assert!(matches!(create(&client, "f").send().await, Err(SdkError::DispatchFailure(_))));
    client.get_function().function_name("f").send().await.unwrap();
    let statuses: Vec<u16> = server.calls().list().iter().map(|record| record.status).collect();
    assert_eq!(statuses, [0, 404, 0, 200]);
    server.stop().await;
}

#[tokio::test]
async fn functions_can_end_failed() {
    let (server, client) = serve(frozen()).await;
    let failure = Failure { code: "InvalidImage".to_owned(), reason: "No such image.".to_owned() };
    server.faults().add(Rule::on("CreateFunction", Action::FailState(failure.clone())));
    server.faults().add(Rule::on("UpdateFunctionConfiguration", Action::FailState(failure)));
    server.faults().add(Rule::on("CreateFunction", Action::Settle { ms: 5 }));
    create(&client, "f").send().await.unwrap();
    server.clock().advance(5);
    let seen = client.get_function_configuration().function_name("f").send().await.unwrap();
    assert_eq!(seen.state(), Some(&State::Failed));
    assert_eq!(seen.state_reason_code(), Some(&StateReasonCode::InvalidImage));
    assert_eq!(seen.state_reason(), Some("No such image."));
    active(&server, &client, "g").await;
    client.update_function_configuration().function_name("g").timeout(9).send().await.unwrap();
    server.clock().advance(SETTLE);
    let seen = client.get_function_configuration().function_name("g").send().await.unwrap();
    assert_eq!(
        (seen.state(), seen.last_update_status()),
        (Some(&State::Active), Some(&LastUpdateStatus::Failed))
    );
    server.stop().await;
}

#[tokio::test]
async fn quotas_throttle_and_refill() {
    let (server, client) = serve(Options { quota: Some(Rates::default()), ..frozen() }).await;
    let mut throttled = 0;
    for index in 0..20 {
        if let Err(error) = create(&client, &format!("f{index}")).send().await {
            assert_eq!(error.raw_response().unwrap().headers().get("retry-after"), Some("1"));
            assert_eq!(refused::<(), _>(Err(error)).0, "TooManyRequestsException");
            throttled += 1;
        }
    }
    assert_eq!(throttled, 5);
    client.get_function().function_name("f0").send().await.unwrap();
    server.clock().advance(1000);
    client.list_functions().send().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn unanswered_operations_are_named() {
    let (server, client) = serve(frozen()).await;
    let (code, status, message) =
        refused(client.send_durable_execution_callback_success().callback_id("x").send().await);
    assert_eq!((code.as_str(), status), ("UnknownOperationException", 404));
    assert!(message.contains("POST /2025-12-01/durable-execution-callbacks/x/succeed"), "{message}");
    server.stop().await;
}

#[tokio::test]
async fn only_loopback_is_served() {
    let address = "0.0.0.0:0".parse().unwrap();
    let refused = crate::local::start(Options { address, ..frozen() }).await.unwrap_err();
    assert_eq!(refused.to_string(), "the local control plane listens on loopback only, not on 0.0.0.0:0");
}

#[tokio::test]
async fn faults_and_calls_are_reached_over_http() {
    let (server, client) = serve(frozen()).await;
    let rule =
        r#"{"operation": "ListFunctions", "action": {"error": {"code": "ServiceException", "status": 503}}}"#;
    assert!(http(&server, "POST", "faults", rule).await.starts_with("HTTP/1.1 204"));
    assert!(http(&server, "POST", "faults", "{}").await.starts_with("HTTP/1.1 400"));
    assert_eq!(refused(client.list_functions().send().await).1, 503);
    assert!(http(&server, "GET", "calls", "").await.contains(r#""operation":"ListFunctions""#));
    http(&server, "DELETE", "calls", "").await;
    assert!(server.calls().list().is_empty());
    let variables = aws_sdk_lambda::types::Environment::builder().variables("KEY", "hunter2").build();
    create(&client, "f").environment(variables).send().await.unwrap();
    let objects = http(&server, "GET", "objects", "").await;
    assert!(objects.contains("KEY") && !objects.contains("hunter2"));
    http(&server, "POST", "reset", "").await;
    assert_eq!(refused(client.get_function().function_name("f").send().await).1, 404);
    server.stop().await;
}

async fn http(server: &crate::local::Server, method: &str, path: &str, body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} /_lambdaform/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn calls_at_the_same_time_are_counted_and_settled() {
    let (server, client) = serve(frozen()).await;
    server.faults().add(Rule::on("CreateFunction", Action::Delay { ms: 50 }).always());
    let calls: Vec<_> = (0..8).map(|_| tokio::spawn(create(&client, "f").send())).collect();
    let mut made = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => made += 1,
            other => assert_eq!(refused(other).2, "Function already exist: f"),
        }
    }
    assert_eq!(made, 1);
    assert!(server.calls().most_in_flight() > 1);
    server.stop().await;
}
