//! Functions, versions and aliases through their life.
//! Faults and persistence are elsewhere.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    AliasRoutingConfiguration, ApplicationLogLevel, Architecture, DeadLetterConfig, Environment,
    EphemeralStorage, FunctionCode, FunctionVersion, ImageConfig, LastUpdateStatus, LogFormat, LoggingConfig,
    PackageType, Runtime, SnapStart, SnapStartApplyOn, SnapStartOptimizationStatus, State, StateReasonCode,
    TracingConfig, TracingMode, VpcConfig,
};

use super::drive::*;

#[tokio::test]
async fn a_function_lives_from_pending_to_gone() {
    let (server, client) = serve(frozen()).await;
    let created = create(&client, "f").send().await.unwrap();
    assert_eq!(created.state(), Some(&State::Pending));
    assert_eq!(created.state_reason_code(), Some(&StateReasonCode::Creating));
    assert_eq!(created.function_arn(), Some("arn:aws:lambda:us-east-1:123456789012:function:f"));
    assert_eq!(created.version(), Some("$LATEST"));
    assert_eq!((created.memory_size(), created.timeout()), (Some(128), Some(3)));
    assert_eq!(created.last_modified(), Some("2026-11-23T06:16:38.000+0000"));

    let early = client.update_function_configuration().function_name("f").timeout(9).send().await;
    assert!(refused(early).2.contains("currently in the following state: Pending"));

    server.clock().advance(SETTLE);
    let seen = client.get_function().function_name("f").send().await.unwrap();
    let seen = seen.configuration().unwrap();
    assert_eq!(seen.state(), Some(&State::Active));
    assert_eq!(seen.last_update_status(), Some(&LastUpdateStatus::Successful));
    assert_ne!(seen.revision_id(), created.revision_id());

    let updated = client.update_function_configuration().function_name("f").timeout(9).send().await.unwrap();
    assert_eq!(updated.last_update_status(), Some(&LastUpdateStatus::InProgress));
    let busy = client.update_function_code().function_name("f").zip_file(zip("v2")).send().await;
    assert_eq!(
        refused(busy),
        (
            "ResourceConflictException".to_owned(),
            409,
            "The operation cannot be performed at this time. An update is in progress for resource: \
             arn:aws:lambda:us-east-1:123456789012:function:f"
                .to_owned()
        )
    );
    server.clock().advance(SETTLE);
    let code = client.update_function_code().function_name("f").zip_file(zip("v2")).send().await.unwrap();
    assert_ne!(code.code_sha256(), created.code_sha256());
    assert_eq!(code.timeout(), Some(9));
    server.clock().advance(SETTLE);

    client.delete_function().function_name("f").send().await.unwrap();
    let gone = refused(client.get_function().function_name("f").send().await);
    assert_eq!(
        gone,
        (
            "ResourceNotFoundException".to_owned(),
            404,
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f".to_owned()
        )
    );
    assert_eq!(refused(client.delete_function().function_name("f").send().await).1, 404);
    server.stop().await;
}

#[tokio::test]
async fn every_setting_comes_back() {
    let (server, client) = serve(frozen()).await;
    let layer = client
        .publish_layer_version()
        .layer_name("deps")
        .content(aws_sdk_lambda::types::LayerVersionContentInput::builder().zip_file(zip("layer")).build())
        .send()
        .await
        .unwrap();
    let arn = layer.layer_version_arn().unwrap();
    create(&client, "f")
        .architectures(Architecture::Arm64)
        .description("d")
        .environment(Environment::builder().variables("KEY", "value").build())
        .ephemeral_storage(EphemeralStorage::builder().size(1024).build().unwrap())
        .dead_letter_config(
            DeadLetterConfig::builder().target_arn("arn:aws:sqs:us-east-1:123456789012:q").build(),
        )
        .kms_key_arn("arn:aws:kms:us-east-1:123456789012:key/k")
        .layers(arn)
        .logging_config(LoggingConfig::builder().log_format(LogFormat::Json).build())
        .memory_size(512)
        .snap_start(SnapStart::builder().apply_on(SnapStartApplyOn::PublishedVersions).build())
        .tags("team", "a")
        .timeout(30)
        .tracing_config(TracingConfig::builder().mode(TracingMode::Active).build())
        .vpc_config(VpcConfig::builder().subnet_ids("subnet-1").security_group_ids("sg-1").build())
        .send()
        .await
        .unwrap();
    let got = client.get_function().function_name("f").send().await.unwrap();
    assert_eq!(got.tags().unwrap()["team"], "a");
    let seen = got.configuration().unwrap();
    assert_eq!(seen.architectures(), [Architecture::Arm64]);
    assert_eq!(seen.environment().unwrap().variables().unwrap()["KEY"], "value");
    assert_eq!(seen.ephemeral_storage().unwrap().size(), 1024);
    assert_eq!(seen.dead_letter_config().unwrap().target_arn(), Some("arn:aws:sqs:us-east-1:123456789012:q"));
    assert_eq!(seen.kms_key_arn(), Some("arn:aws:kms:us-east-1:123456789012:key/k"));
    assert_eq!(seen.layers()[0].arn(), Some(arn));
    assert_eq!(seen.layers()[0].code_size(), layer.content().unwrap().code_size());
    let logging = seen.logging_config().unwrap();
    assert_eq!(logging.application_log_level(), Some(&ApplicationLogLevel::Info));
    assert_eq!(logging.log_group(), Some("/aws/lambda/f"));
    assert_eq!(seen.memory_size(), Some(512));
    assert_eq!(seen.snap_start().unwrap().optimization_status(), Some(&SnapStartOptimizationStatus::Off));
    assert_eq!(seen.tracing_config().unwrap().mode(), Some(&TracingMode::Active));
    assert_eq!(seen.vpc_config().unwrap().subnet_ids(), ["subnet-1"]);
    assert!(seen.vpc_config().unwrap().vpc_id().unwrap().starts_with("vpc-"));
    assert!(seen.runtime_version_config().unwrap().runtime_version_arn().is_some());

    server.clock().advance(SETTLE);
    let groups = VpcConfig::builder().security_group_ids("sg-2").build();
    let moved =
        client.update_function_configuration().function_name("f").vpc_config(groups).send().await.unwrap();
    assert_eq!(moved.vpc_config().unwrap().subnet_ids(), ["subnet-1"]);
    assert_eq!(moved.vpc_config().unwrap().security_group_ids(), ["sg-2"]);

    server.clock().advance(SETTLE);
    client
        .update_function_configuration()
        .function_name("f")
        .environment(Environment::builder().set_variables(Some(Default::default())).build())
        .kms_key_arn("")
        .set_layers(Some(vec![]))
        .vpc_config(
            VpcConfig::builder().set_subnet_ids(Some(vec![])).set_security_group_ids(Some(vec![])).build(),
        )
        .send()
        .await
        .unwrap();
    let seen = client.get_function_configuration().function_name("f").send().await.unwrap();
    assert!(seen.environment().is_none() && seen.kms_key_arn().is_none() && seen.vpc_config().is_none());
    assert!(seen.layers().is_empty());
    assert_eq!(seen.memory_size(), Some(512));
    server.stop().await;
}

#[tokio::test]
async fn versions_are_published_once_per_change() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let publish = || client.publish_version().function_name("f");
    let first = publish().description("one").send().await.unwrap();
    assert_eq!((first.version(), first.description()), (Some("1"), Some("one")));
    assert_eq!(first.function_arn(), Some("arn:aws:lambda:us-east-1:123456789012:function:f:1"));
    assert_eq!(publish().send().await.unwrap().version(), Some("1"));

    let wrong = refused(publish().code_sha256("nonsense").send().await);
    assert_eq!((wrong.0.as_str(), wrong.1), ("InvalidParameterValueException", 400));

    client.update_function_configuration().function_name("f").memory_size(256).send().await.unwrap();
    assert_eq!(refused(publish().send().await).1, 409);
    server.clock().advance(SETTLE);
    assert_eq!(publish().send().await.unwrap().version(), Some("2"));
    let old = client.get_function_configuration().function_name("f").qualifier("1").send().await.unwrap();
    assert_eq!(old.memory_size(), Some(128));

    client.delete_function().function_name("f").qualifier("2").send().await.unwrap();
    assert_eq!(publish().send().await.unwrap().version(), Some("3"));
    let listed = client.list_versions_by_function().function_name("f").send().await.unwrap();
    let versions: Vec<_> = listed.versions().iter().filter_map(|item| item.version()).collect();
    assert_eq!(versions, ["$LATEST", "1", "3"]);
    assert!(listed.versions()[0].function_arn().unwrap().ends_with(":f:$LATEST"));
    server.stop().await;
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    let before = client.get_function_configuration().function_name("f").send().await.unwrap();
    let dry = client
        .update_function_code()
        .function_name("f")
        .zip_file(zip("v2"))
        .dry_run(true)
        .send()
        .await
        .unwrap();
    let after = client.get_function_configuration().function_name("f").send().await.unwrap();
    assert_ne!(dry.code_sha256(), before.code_sha256());
    assert_eq!(before.code_sha256(), after.code_sha256());
    assert_eq!(before.revision_id(), after.revision_id());
    server.stop().await;
}

#[tokio::test]
async fn aliases_name_versions() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "f").await;
    client.publish_version().function_name("f").send().await.unwrap();
    client.update_function_code().function_name("f").zip_file(zip("v2")).publish(true).send().await.unwrap();
    server.clock().advance(SETTLE);
    let create = |version| client.create_alias().function_name("f").name("live").function_version(version);
    assert_eq!(refused(create("9").send().await).0, "ResourceNotFoundException");
    let alias = create("1").send().await.unwrap();
    assert_eq!(alias.alias_arn(), Some("arn:aws:lambda:us-east-1:123456789012:function:f:live"));
    assert!(alias.routing_config().is_none());
    assert_eq!(refused(create("1").send().await).0, "ResourceConflictException");

    let through = client.get_function_configuration().function_name("f:live").send().await.unwrap();
    assert_eq!((through.version(), through.function_arn()), (Some("1"), alias.alias_arn()));

    let update = || client.update_alias().function_name("f").name("live");
    assert_eq!(refused(update().revision_id("old").send().await).0, "PreconditionFailedException");
    let weights = AliasRoutingConfiguration::builder().additional_version_weights("2", 0.25).build();
    let weighted = update().routing_config(weights).send().await.unwrap();
    assert_eq!(weighted.routing_config().unwrap().additional_version_weights().unwrap()["2"], 0.25);
    let used = refused(client.delete_function().function_name("f").qualifier("2").send().await);
    assert_eq!((used.0.as_str(), used.1), ("ResourceConflictException", 409));
    let cleared = update().routing_config(AliasRoutingConfiguration::builder().build()).send().await.unwrap();
    assert!(cleared.routing_config().is_none());
    client.delete_function().function_name("f").qualifier("2").send().await.unwrap();

    let listed = client.list_aliases().function_name("f").function_version("1").send().await.unwrap();
    assert_eq!(listed.aliases().len(), 1);
    client.delete_alias().function_name("f").name("live").send().await.unwrap();
    let gone = client.get_alias().function_name("f").name("live").send().await;
    assert_eq!(refused(gone).0, "ResourceNotFoundException");
    server.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let (server, client) = serve(frozen()).await;
    for index in 0..60 {
        create(&client, &format!("f{index:02}")).send().await.unwrap();
    }
    let first = client.list_functions().max_items(10_000).send().await.unwrap();
    assert_eq!(first.functions().len(), 50);
    assert!(first.functions()[0].state().is_none());
    let rest = client.list_functions().marker(first.next_marker().unwrap()).send().await.unwrap();
    assert_eq!(rest.functions().len(), 10);
    assert_eq!(rest.functions()[0].function_name(), Some("f50"));
    assert!(rest.next_marker().is_none());

    server.clock().advance(SETTLE);
    client.publish_version().function_name("f00").send().await.unwrap();
    let all =
        client.list_functions().function_version(FunctionVersion::All).max_items(3).send().await.unwrap();
    let seen: Vec<_> = all.functions().iter().filter_map(|item| item.version()).collect();
    assert_eq!(seen, ["$LATEST", "1", "$LATEST"]);
    let next =
        client.list_functions().function_version(FunctionVersion::All).marker(all.next_marker().unwrap());
    assert_eq!(next.send().await.unwrap().functions()[0].function_name(), Some("f02"));
    let invalid = client.list_functions().marker("!").send().await;
    assert_eq!(refused(invalid).0, "InvalidParameterValueException");
    server.stop().await;
}

#[tokio::test]
async fn regions_do_not_see_each_other() {
    let (server, client) = serve(frozen()).await;
    create(&client, "f").send().await.unwrap();
    let other = super::drive::client(&server, "eu-west-1");
    assert_eq!(refused(other.get_function().function_name("f").send().await).1, 404);
    let twin = create(&other, "f").send().await.unwrap();
    assert_eq!(twin.function_arn(), Some("arn:aws:lambda:eu-west-1:123456789012:function:f"));
    server.stop().await;
}

#[tokio::test]
async fn images_and_s3_are_code_too() {
    let (server, client) = serve(frozen()).await;
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1";
    let create_image = |uri: &str| {
        client
            .create_function()
            .function_name("image")
            .role(ROLE)
            .package_type(PackageType::Image)
            .image_config(ImageConfig::builder().command("a.b").build())
            .code(FunctionCode::builder().image_uri(uri).build())
    };
    assert!(refused(create_image("docker.io/app").send().await).2.starts_with("Source image docker.io/app"));
    create_image(image).send().await.unwrap();
    let got = client.get_function().function_name("image").send().await.unwrap();
    assert_eq!(got.code().unwrap().image_uri(), Some(image));
    let configuration = got.configuration().unwrap();
    assert_eq!(configuration.image_config_response().unwrap().image_config().unwrap().command(), ["a.b"]);
    assert_eq!((configuration.code_size(), configuration.runtime()), (0, None));

    let from_s3 = |key: &str| FunctionCode::builder().s3_bucket("bucket").s3_key(key).build();
    let assumed = create(&client, "s3").code(from_s3("k")).send().await.unwrap();
    server.clock().advance(SETTLE);
    let update =
        |key: &str| client.update_function_code().function_name("s3").s3_bucket("bucket").s3_key(key);
    assert_eq!(update("k").send().await.unwrap().code_sha256(), assumed.code_sha256());
    server.clock().advance(SETTLE);
    assert_ne!(update("other").send().await.unwrap().code_sha256(), assumed.code_sha256());
    server.clock().advance(SETTLE);
    server.put_object("bucket", "real", zip("v1").into_inner()).unwrap();
    let real = update("real").send().await.unwrap();
    let direct = create(&client, "direct").send().await.unwrap();
    assert_eq!(real.code_sha256(), direct.code_sha256());
    server.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused_as_aws_refuses_them() {
    let (server, client) = serve(frozen()).await;
    active(&server, &client, "taken").await;
    let code = |bytes: &[u8]| FunctionCode::builder().zip_file(Blob::new(bytes)).build();
    let base = || create(&client, "f");
    let long = "x".repeat(65);
    for (request, exception, status, message) in [
        (create(&client, "taken"), "ResourceConflictException", 409, "Function already exist: taken"),
        (
            base().memory_size(64),
            "ValidationException",
            400,
            "1 validation error detected: Value '64' at 'memorySize'",
        ),
        (base().memory_size(10_241), "InvalidParameterValueException", 400, "'MemorySize' value failed"),
        (
            base().timeout(901),
            "ValidationException",
            400,
            "1 validation error detected: Value '901' at 'timeout'",
        ),
        (
            base().role("nobody"),
            "ValidationException",
            400,
            "1 validation error detected: Value 'nobody' at 'role'",
        ),
        (
            base().runtime(Runtime::from("cobol")),
            "InvalidParameterValueException",
            400,
            "Value cobol at 'runtime'",
        ),
        (
            base().set_handler(None),
            "InvalidParameterValueException",
            400,
            "Runtime and Handler are mandatory",
        ),
        (
            base().code(code(b"no zip")),
            "InvalidParameterValueException",
            400,
            "Could not unzip uploaded file.",
        ),
        (
            base().code(code(b"")),
            "InvalidParameterValueException",
            400,
            "Uploaded file must be a non-empty zip",
        ),
        (
            base().code(FunctionCode::builder().build()),
            "InvalidParameterValueException",
            400,
            "Please provide a source for function code.",
        ),
        (
            base().layers("arn:aws:lambda:us-east-1:123456789012:layer:none:1"),
            "InvalidParameterValueException",
            400,
            "Layer version arn:aws:lambda:us-east-1:123456789012:layer:none:1 does not exist.",
        ),
        (
            create(&client, "a b"),
            "ValidationException",
            400,
            "1 validation error detected: Value 'a b' at 'functionName'",
        ),
        (create(&client, &long), "ValidationException", 400, "1 validation error detected: Value 'xxx"),
    ] {
        let (code, answered, text) = refused(request.send().await);
        assert_eq!((code.as_str(), answered), (exception, status), "{text}");
        assert!(text.starts_with(message), "{text}");
    }
    let stale = client.update_function_configuration().function_name("taken").revision_id("old").send().await;
    assert_eq!(refused(stale).1, 412);
    let stale = client
        .update_function_code()
        .function_name("taken")
        .revision_id("old")
        .zip_file(zip("x"))
        .send()
        .await;
    assert_eq!(refused(stale).1, 412);
    let stale = client.publish_version().function_name("taken").revision_id("old").send().await;
    assert_eq!(refused(stale).1, 412);
    server.stop().await;
}

#[tokio::test]
async fn a_request_above_the_limit_is_answered_413() {
    let (server, client) = serve(frozen()).await;
    let huge = FunctionCode::builder().zip_file(Blob::new(vec![0; 52_428_801])).build();
    let (code, status, message) = refused(create(&client, "f").code(huge).send().await);
    assert_eq!((code.as_str(), status), ("RequestEntityTooLargeException", 413));
    assert_eq!(message, "Request must be smaller than 69905067 bytes for the CreateFunction operation");
    server.stop().await;
}
