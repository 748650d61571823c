//! What hangs on a function or alias: URLs, asynchronous invocation, provisioned concurrency, event sources.
//! Functions themselves are elsewhere.

use aws_sdk_lambda::types::{
    Cors, FunctionUrlAuthType, ProvisionedConcurrencyStatusEnum, RecursiveLoop, UpdateRuntimeOn,
};

use super::drive::*;

#[tokio::test]
async fn urls_belong_to_the_function_or_an_alias() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    client.publish_version().function_name("f").send().await.unwrap();
    client.create_alias().function_name("f").name("live").function_version("1").send().await.unwrap();
    let create =
        || client.create_function_url_config().function_name("f").auth_type(FunctionUrlAuthType::None);
    let cors = Cors::builder().allow_origins("*").build();
    let made = create().cors(cors).send().await.unwrap();
    assert!(made.function_url().ends_with(".lambda-url.us-east-1.on.aws/"));
    assert_eq!(refused(create().send().await).1, 409);
    let aliased = create().qualifier("live").send().await.unwrap();
    assert!(aliased.function_arn().ends_with(":f:live"));
    assert_eq!(refused(create().qualifier("none").send().await).1, 404);
    let update = client.update_function_url_config().function_name("f").cors(Cors::builder().build());
    let updated = update.send().await.unwrap();
    assert!(updated.cors().is_none());
    assert_eq!(updated.auth_type(), &FunctionUrlAuthType::None);
    let listed = client.list_function_url_configs().function_name("f").send().await.unwrap();
    assert_eq!(listed.function_url_configs().len(), 2);
    client.delete_alias().function_name("f").name("live").send().await.unwrap();
    let listed = client.list_function_url_configs().function_name("f").send().await.unwrap();
    assert_eq!(listed.function_url_configs().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn asynchronous_invocation_is_put_and_merged() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let get = || client.get_function_event_invoke_config().function_name("f");
    assert_eq!(refused(get().send().await).0, "ResourceNotFoundException");
    let put = client.put_function_event_invoke_config().function_name("f").maximum_retry_attempts(0);
    put.send().await.unwrap();
    let update =
        client.update_function_event_invoke_config().function_name("f").maximum_event_age_in_seconds(60);
    update.send().await.unwrap();
    let got = get().send().await.unwrap();
    assert_eq!((got.maximum_retry_attempts(), got.maximum_event_age_in_seconds()), (Some(0), Some(60)));
    client
        .put_function_event_invoke_config()
        .function_name("f")
        .maximum_retry_attempts(1)
        .send()
        .await
        .unwrap();
    assert_eq!(get().send().await.unwrap().maximum_event_age_in_seconds(), None);
    client.delete_function_event_invoke_config().function_name("f").send().await.unwrap();
    assert_eq!(refused(get().send().await).1, 404);
    server.stop().await;
}

#[tokio::test]
async fn provisioned_concurrency_becomes_ready() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    client.publish_version().function_name("f").send().await.unwrap();
    let put = |qualifier: &str| {
        let call = client.put_provisioned_concurrency_config().function_name("f").qualifier(qualifier);
        call.provisioned_concurrent_executions(2)
    };
    assert_eq!(refused(put("$LATEST").send().await).0, "InvalidParameterValueException");
    let made = put("1").send().await.unwrap();
    assert_eq!(made.status(), Some(&ProvisionedConcurrencyStatusEnum::InProgress));
    server.clock().advance(SETTLE);
    let get = || client.get_provisioned_concurrency_config().function_name("f").qualifier("1");
    let got = get().send().await.unwrap();
    assert_eq!(got.status(), Some(&ProvisionedConcurrencyStatusEnum::Ready));
    assert_eq!(got.available_provisioned_concurrent_executions(), Some(2));
    let listed = client.list_provisioned_concurrency_configs().function_name("f").send().await.unwrap();
    assert_eq!(listed.provisioned_concurrency_configs().len(), 1);
    client.delete_provisioned_concurrency_config().function_name("f").qualifier("1").send().await.unwrap();
    assert_eq!(refused(get().send().await).0, "ProvisionedConcurrencyConfigNotFoundException");
    server.stop().await;
}

#[tokio::test]
async fn event_sources_pass_through_their_states() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    let create =
        || client.create_event_source_mapping().function_name("f").event_source_arn(queue).tags("a", "b");
    let made = create().send().await.unwrap();
    assert_eq!((made.state(), made.batch_size()), (Some("Creating"), Some(10)));
    assert_eq!(refused(create().send().await).1, 409);
    let id = made.uuid().unwrap();
    let update = || client.update_event_source_mapping().uuid(id).batch_size(5).enabled(false);
    assert_eq!(refused(update().send().await).0, "ResourceInUseException");
    server.clock().advance(SETTLE);
    assert_eq!(update().send().await.unwrap().state(), Some("Updating"));
    server.clock().advance(SETTLE);
    let get = || client.get_event_source_mapping().uuid(id);
    assert_eq!(get().send().await.unwrap().state(), Some("Disabled"));
    let tags = client.list_tags().resource(made.event_source_mapping_arn().unwrap()).send().await.unwrap();
    assert_eq!(tags.tags().unwrap()["a"], "b");
    let listed = client.list_event_source_mappings().function_name("f").send().await.unwrap();
    assert_eq!(listed.event_source_mappings()[0].batch_size(), Some(5));
    assert_eq!(client.delete_event_source_mapping().uuid(id).send().await.unwrap().state(), Some("Deleting"));
    server.clock().advance(SETTLE);
    assert_eq!(refused(get().send().await).1, 404);
    create().send().await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn small_settings_have_defaults() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let recursion = client.get_function_recursion_config().function_name("f").send().await.unwrap();
    assert_eq!(recursion.recursive_loop(), Some(&RecursiveLoop::Terminate));
    let put = client.put_function_recursion_config().function_name("f").recursive_loop(RecursiveLoop::Allow);
    put.send().await.unwrap();
    let recursion = client.get_function_recursion_config().function_name("f").send().await.unwrap();
    assert_eq!(recursion.recursive_loop(), Some(&RecursiveLoop::Allow));
    let runtime = client.get_runtime_management_config().function_name("f").send().await.unwrap();
    assert_eq!(runtime.update_runtime_on(), Some(&UpdateRuntimeOn::Auto));
    let manual =
        client.put_runtime_management_config().function_name("f").update_runtime_on(UpdateRuntimeOn::Manual);
    assert_eq!(refused(manual.send().await).0, "InvalidParameterValueException");
    server.stop().await;
}

#[tokio::test]
async fn code_signing_configurations_are_kept_while_used() {
    let (server, client) = serve(frozen()).await;
    let publishers = aws_sdk_lambda::types::AllowedPublishers::builder()
        .signing_profile_version_arns("arn:aws:signer:us-east-1:123456789012:/signing-profiles/x/y")
        .build()
        .unwrap();
    let made = client.create_code_signing_config().allowed_publishers(publishers).send().await.unwrap();
    let arn = made.code_signing_config().unwrap().code_signing_config_arn();
    create(&client, "f").code_signing_config_arn(arn).send().await.unwrap();
    let of_function = client.get_function_code_signing_config().function_name("f").send().await.unwrap();
    assert_eq!(of_function.code_signing_config_arn(), arn);
    let delete = || client.delete_code_signing_config().code_signing_config_arn(arn);
    assert_eq!(refused(delete().send().await).1, 409);
    client.delete_function_code_signing_config().function_name("f").send().await.unwrap();
    delete().send().await.unwrap();
    let attach = client.put_function_code_signing_config().function_name("f").code_signing_config_arn(arn);
    assert_eq!(refused(attach.send().await).0, "CodeSigningConfigNotFoundException");
    server.stop().await;
}
