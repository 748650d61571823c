//! Plans: what becomes unknown, what is suppressed, what a package changes.

use super::*;

#[tokio::test]
async fn state_has_the_shape_of_terraforms() {
    let bench = Bench::new().await;
    let object = bench.create(FUNCTION, &function(&bench.package("f.zip", "1"))).await;
    let mut json = values::to_json(&object);
    schema(FUNCTION).block.trim(&mut json);
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    // The attributes of release 5.100, as its state files have them.
    assert_eq!(
        names.join(" "),
        "architectures arn code_sha256 code_signing_config_arn dead_letter_config description environment \
         ephemeral_storage file_system_config filename function_name handler id image_config image_uri invoke_arn \
         kms_key_arn last_modified layers logging_config memory_size package_type publish qualified_arn \
         qualified_invoke_arn replace_security_groups_on_destroy replacement_security_group_ids \
         reserved_concurrent_executions role runtime s3_bucket s3_key s3_object_version signing_job_arn \
         signing_profile_version_arn skip_destroy snap_start source_code_hash source_code_size tags tags_all timeout \
         timeouts tracing_config version vpc_config"
    );
    for (name, value) in [
        ("description", json!("")),
        ("dead_letter_config", json!([])),
        ("environment", json!([])),
        ("ephemeral_storage", json!([{ "size": 512 }])),
        ("image_uri", json!("")),
        ("layers", json!([])),
        ("publish", json!(false)),
        ("replace_security_groups_on_destroy", json!(null)),
        ("replacement_security_group_ids", json!(null)),
        ("reserved_concurrent_executions", json!(-1)),
        ("s3_bucket", json!(null)),
        ("source_code_hash", json!("")),
        ("tags", json!({})),
        ("tags_all", json!({})),
        ("timeouts", json!(null)),
        ("tracing_config", json!([{ "mode": "PassThrough" }])),
        ("vpc_config", json!([])),
    ] {
        assert_eq!(json[name], value, "{name}");
    }
}

#[tokio::test]
async fn transitions_are_planned_as_terraform_does() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let copy = bench.package("copy.zip", "1");
    let other = bench.package("other.zip", "2");
    let full = with(
        function(&zip),
        json!({
            "description": "d",
            "layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"],
            "environment": [{ "variables": { "A1": "1" } }],
            "timeout": 10,
        }),
    );
    let mut layer = json!({ "layer_name": "l", "filename": zip });
    bench.create(LAYER, &layer).await;
    layer["layer_name"] = "m".into();
    let bare = bench.create(FUNCTION, &function(&zip)).await;
    let rich = bench.create(FUNCTION, &with(full, json!({ "function_name": "g" }))).await;
    let published =
        bench.create(FUNCTION, &with(function(&zip), json!({ "function_name": "h", "publish": true }))).await;
    let g = || with(function(&zip), json!({ "function_name": "g" }));
    let h = |more: Json| with(with(function(&zip), json!({ "function_name": "h", "publish": true })), more);
    let cases: Vec<(&Value, Json, &[&str])> = vec![
        (&bare, function(&zip), &[]),
        (&bare, with(function(&zip), json!({ "memory_size": 256 })), &["memory_size"]),
        (&bare, function(&copy), &["filename"]),
        (&bare, function(&other), &["code_sha256", "filename", "last_modified?"]),
        (
            &bare,
            with(function(&zip), json!({ "source_code_hash": "v1" })),
            &["last_modified?", "source_code_hash"],
        ),
        (
            &bare,
            with(function(&zip), json!({ "architectures": ["arm64"] })),
            &["architectures", "last_modified?"],
        ),
        (&bare, with(function(&zip), json!({ "environment": [{}] })), &[]),
        (&bare, with(function(&zip), json!({ "environment": [{ "variables": {} }] })), &[]),
        (
            &bare,
            with(function(&zip), json!({ "vpc_config": [{ "subnet_ids": [], "security_group_ids": [] }] })),
            &[],
        ),
        (&bare, with(function(&zip), json!({ "snap_start": [{ "apply_on": "None" }] })), &[]),
        (
            &bare,
            with(function(&zip), json!({ "snap_start": [{ "apply_on": "PublishedVersions" }] })),
            &["snap_start"],
        ),
        (&bare, with(function(&zip), json!({ "tags": { "a": "1" } })), &["tags", "tags_all"]),
        (
            &bare,
            with(function(&zip), json!({ "publish": true })),
            &["publish", "qualified_arn?", "qualified_invoke_arn?", "version?"],
        ),
        (
            &bare,
            json!({
                "function_name": "f", "role": ROLE, "handler": "index.handler", "runtime": "python3.12",
                "s3_bucket": "bucket", "s3_key": "k",
            }),
            &["filename", "last_modified?", "s3_bucket", "s3_key"],
        ),
        (
            &bare,
            with(function(&zip), json!({ "reserved_concurrent_executions": 0 })),
            &["reserved_concurrent_executions"],
        ),
        (&bare, with(function(&zip), json!({ "skip_destroy": true })), &["skip_destroy"]),
        (&rich, g(), &["description", "environment", "layers", "timeout"]),
        (&published, h(json!({})), &[]),
        (&published, h(json!({ "publish": false })), &["publish"]),
        (&published, h(json!({ "tags": { "a": "1" } })), &["tags", "tags_all"]),
        (
            &published,
            h(json!({ "timeout": 9 })),
            &["qualified_arn?", "qualified_invoke_arn?", "timeout", "version?"],
        ),
    ];
    for (prior, body, expected) in cases {
        let planned = bench.plan(FUNCTION, Some(prior), &body);
        assert_eq!(changes(&planned), expected, "{body}");
    }
    let removed = bench.plan(FUNCTION, Some(&rich), &g()).response.planned;
    assert!(removed.get("description").unwrap().is_null());
    assert_eq!(removed.get("layers").unwrap().as_items().unwrap().len(), 0);
}

#[tokio::test]
async fn the_log_format_takes_its_levels_along() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let logging = |format: &str| {
        with(function(&zip), json!({ "publish": true, "logging_config": [{ "log_format": format }] }))
    };
    let object = bench.create(FUNCTION, &logging("JSON")).await;
    let config = object.get("logging_config").unwrap().as_items().unwrap()[0].clone();
    assert_eq!((text(&config, "application_log_level"), text(&config, "system_log_level")), ("INFO", "INFO"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &logging("JSON"))), [""; 0]);
    // Removing the block leaves what is there.
    assert_eq!(
        changes(&bench.plan(FUNCTION, Some(&object), &with(function(&zip), json!({ "publish": true })))),
        [""; 0]
    );
    let planned = bench.plan(FUNCTION, Some(&object), &logging("Text"));
    let config = planned.response.planned.get("logging_config").unwrap().as_items().unwrap()[0].clone();
    assert_eq!((text(&config, "application_log_level"), text(&config, "log_group")), ("", "/aws/lambda/f"));
    let object = bench.apply(FUNCTION, &planned).await.object.unwrap();
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &logging("Text"))), [""; 0]);
}

#[tokio::test]
async fn content_decides_what_is_uploaded() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let object = bench.create(FUNCTION, &function(&zip)).await;

    // Another path, the same bytes: state only.
    let copy = bench.package("copy.zip", "1");
    bench.announced();
    let object =
        bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &function(&copy))).await.object.unwrap();
    assert_eq!(text(&object, "filename"), copy);
    assert_eq!(bench.announced(), [""; 0]);

    // The same path, other bytes, changed once more after the plan: refused.
    bench.package("copy.zip", "2");
    let planned = bench.plan(FUNCTION, Some(&object), &function(&copy));
    let pin: PackageChange = planned.response.package.clone().unwrap();
    bench.package("copy.zip", "3");
    let response = bench.apply(FUNCTION, &planned).await;
    assert_eq!(said(&response.problems), ["E Package changed since the plan"]);
    let detail = &response.problems.iter().next().unwrap().detail;
    assert!(detail.contains(&copy) && detail.contains(&pin.sha256), "{detail}");
    assert_eq!(bench.announced(), [""; 0]);
    assert_eq!(response.object, Some(object.clone()));

    // Deployed by somebody else: seen, and put right.
    bench.package("copy.zip", "1");
    let foreign = object.with_attr("code_sha256", Value::from("AAAA"));
    let planned = bench.plan(FUNCTION, Some(&foreign), &function(&copy));
    assert_eq!(changes(&planned), ["code_sha256", "last_modified?"]);

    // A hash of the user's own decides alone, as in Terraform.
    let own = with(function(&copy), json!({ "source_code_hash": "mine" }));
    let foreign = foreign.with_attr("source_code_hash", Value::from("mine"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&foreign), &own)), [""; 0]);

    // ignore_changes leaves the content alone.
    let (config, _) = conform(&schema(FUNCTION).block, &values::implied_value(&function(&copy)).unwrap());
    let proposed = propose(&schema(FUNCTION).block, Some(&object), &config);
    let other = object.with_attr("code_sha256", Value::from("BBBB"));
    let proposed = proposed.with_attr("code_sha256", Value::from("BBBB"));
    let ignored = ["filename".into()];
    let request = PlanRequest {
        type_name: FUNCTION,
        prior: Some(&other),
        proposed: &proposed,
        config: &config,
        ignored: &ignored,
        files_may_change: false,
    };
    assert_eq!(text(&bench.connection.plan(request).planned, "code_sha256"), "BBBB");
}

#[tokio::test]
async fn a_missing_package_is_a_warning_in_a_plan_and_an_error_in_an_apply() {
    let bench = Bench::new().await;
    let gone = bench.dir.path().join("gone.zip").to_str().unwrap().to_owned();
    let planned = bench.plan(FUNCTION, None, &function(&gone));
    assert_eq!(said(&planned.response.problems), ["W Package file error"]);
    let response = bench.apply(FUNCTION, &planned).await;
    assert_eq!((said(&response.problems), response.object), (vec!["E Package file error".into()], None));
    assert_eq!(bench.announced(), [""; 0]);
}

#[tokio::test]
async fn default_tags_stay_out_of_tags() {
    let tags = |entries: &[(&str, &str)]| Value::object(entries.iter().map(|(k, v)| (*k, Value::from(*v))));
    let provider = Value::object([(
        "default_tags",
        Value::tuple([Value::object([("tags", tags(&[("team", "x"), ("app", "default")]))])]),
    )]);
    let options = Options { settle: Duration::ZERO, ..Options::default() };
    let bench = Bench::with(options, provider).await;
    let body = with(function(&bench.package("f.zip", "1")), json!({ "tags": { "app": "own" } }));
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(values::to_json(object.get("tags").unwrap()), json!({ "app": "own" }));
    assert_eq!(values::to_json(object.get("tags_all").unwrap()), json!({ "app": "own", "team": "x" }));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &body)), [""; 0]);
}
