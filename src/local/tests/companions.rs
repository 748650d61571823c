//! Layers, permissions, tags, concurrency and code signing.
//! Functions themselves are elsewhere.

use aws_sdk_lambda::types::{LayerVersionContentInput, Runtime};

use super::drive::*;

#[tokio::test]
async fn layers_have_versions_that_never_come_back() {
    let (server, client) = serve(frozen()).await;
    let publish = |content: &str| {
        client
            .publish_layer_version()
            .layer_name("deps")
            .compatible_runtimes(Runtime::Python313)
            .content(LayerVersionContentInput::builder().zip_file(zip(content)).build())
    };
    assert_eq!(publish("1").send().await.unwrap().version(), 1);
    let second = publish("2").send().await.unwrap();
    let get = |version| client.get_layer_version().layer_name("deps").version_number(version);
    assert_eq!(get(2).send().await.unwrap().layer_version_arn(), second.layer_version_arn());
    let by_arn =
        client.get_layer_version_by_arn().arn(second.layer_version_arn().unwrap()).send().await.unwrap();
    assert_eq!(by_arn.version(), 2);
    client.delete_layer_version().layer_name("deps").version_number(2).send().await.unwrap();
    client.delete_layer_version().layer_name("deps").version_number(2).send().await.unwrap();
    assert_eq!(refused(get(2).send().await).1, 404);
    assert_eq!(publish("3").send().await.unwrap().version(), 3);

    let listed = client.list_layer_versions().layer_name("deps").max_items(1).send().await.unwrap();
    assert_eq!(listed.layer_versions()[0].version(), 3);
    let marker = listed.next_marker().unwrap();
    let next = client.list_layer_versions().layer_name("deps").marker(marker).send().await.unwrap();
    assert_eq!(next.layer_versions()[0].version(), 1);
    let other = client.list_layers().compatible_runtime(Runtime::Nodejs22x).send().await.unwrap();
    assert!(other.layers().is_empty());
    let fitting = client.list_layers().compatible_runtime(Runtime::Python313).send().await.unwrap();
    assert_eq!(fitting.layers()[0].latest_matching_version().unwrap().version(), 3);
    server.stop().await;
}

#[tokio::test]
async fn policies_belong_to_one_qualifier() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    client.publish_version().function_name("f").send().await.unwrap();
    let add = |sid: &str| {
        client
            .add_permission()
            .function_name("f")
            .statement_id(sid)
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
            .source_arn("arn:aws:s3:::bucket")
    };
    let policy = |qualifier: Option<&str>| {
        client.get_policy().function_name("f").set_qualifier(qualifier.map(str::to_owned))
    };
    assert_eq!(refused(policy(None).send().await).1, 404);
    let before = client.get_function_configuration().function_name("f").send().await.unwrap();
    let statement = add("a").send().await.unwrap();
    assert!(statement.statement().unwrap().contains(r#""ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}"#));
    let after = client.get_function_configuration().function_name("f").send().await.unwrap();
    assert_ne!(before.revision_id(), after.revision_id());
    assert_eq!(refused(add("a").send().await).1, 409);
    assert_eq!(refused(add("b").revision_id("old").send().await).1, 412);
    assert_eq!(refused(add("b").qualifier("live").send().await).1, 404);
    add("q").qualifier("1").send().await.unwrap();
    let unqualified = policy(None).send().await.unwrap();
    assert!(!unqualified.policy().unwrap().contains("\"q\""));
    assert_eq!(unqualified.revision_id(), after.revision_id());
    assert!(policy(Some("1")).send().await.unwrap().policy().unwrap().contains("function:f:1"));
    let remove = |sid: &str| client.remove_permission().function_name("f").statement_id(sid);
    assert_eq!(refused(remove("none").send().await).1, 404);
    assert_eq!(refused(remove("a").revision_id("old").send().await).1, 412);
    remove("a").send().await.unwrap();
    assert_eq!(refused(policy(None).send().await).1, 404);
    server.stop().await;
}

#[tokio::test]
async fn tags_and_concurrency_belong_to_the_function() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    client.tag_resource().resource(arn).tags("a", "1").tags("b", "2").send().await.unwrap();
    client.untag_resource().resource(arn).tag_keys("a").tag_keys("x").send().await.unwrap();
    let tags = client.list_tags().resource(arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().len(), 1);
    assert_eq!(refused(client.list_tags().resource(format!("{arn}2")).send().await).1, 404);

    let reserve =
        |count| client.put_function_concurrency().function_name("f").reserved_concurrent_executions(count);
    assert!(refused(reserve(901).send().await).2.contains("below its minimum value of [100]"));
    reserve(0).send().await.unwrap();
    let got = client.get_function().function_name("f").send().await.unwrap();
    assert_eq!(got.concurrency().unwrap().reserved_concurrent_executions(), Some(0));
    client.delete_function_concurrency().function_name("f").send().await.unwrap();
    let got = client.get_function_concurrency().function_name("f").send().await.unwrap();
    assert_eq!(got.reserved_concurrent_executions(), None);

    let signing = client.get_function_code_signing_config().function_name("f").send().await.unwrap();
    assert_eq!(signing.code_signing_config_arn(), "");
    let settings = client.get_account_settings().send().await.unwrap();
    assert_eq!(settings.account_usage().unwrap().function_count(), 1);
    server.stop().await;
}

#[tokio::test]
async fn sts_knows_the_account() {
    let server = crate::local::start(frozen()).await.unwrap();
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
        .region(aws_sdk_sts::config::Region::new("us-east-1"))
        .credentials_provider(aws_sdk_sts::config::Credentials::new(
            "AKIDLOCAL",
            "secret",
            None,
            None,
            "test",
        ))
        .endpoint_url(server.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = aws_sdk_sts::Client::from_conf(config);
    let identity = client.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
    let role = client.assume_role().role_arn(ROLE).role_session_name("s").send().await.unwrap();
    assert_eq!(role.assumed_role_user().unwrap().arn(), "arn:aws:sts::123456789012:assumed-role/r/s");
    let refused = client.get_session_token().send().await.unwrap_err();
    assert!(format!("{refused:?}").contains("InvalidAction"));
    server.stop().await;
}
