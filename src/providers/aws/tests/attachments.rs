//! What hangs on a function: permissions, addresses, mappings, concurrency. Their lives are played elsewhere; here is what
//! goes wrong, and how many calls are made.

use super::*;

const PERMISSION: &str = "aws_lambda_permission";
const URL: &str = "aws_lambda_function_url";
const MAPPING: &str = "aws_lambda_event_source_mapping";
const INVOKE: &str = "aws_lambda_function_event_invoke_config";
const CONCURRENCY: &str = "aws_lambda_provisioned_concurrency_config";

/// A function `f` with the alias `live`.
async fn bench() -> (Bench, Value) {
    let bench = Bench::new().await;
    let body = with(function(&bench.package("f.zip", "1")), json!({ "publish": true }));
    let object = bench.create(FUNCTION, &body).await;
    bench.create(ALIAS, &json!({ "name": "live", "function_name": "f", "function_version": "1" })).await;
    bench.called();
    bench.announced();
    (bench, object)
}

fn permission(more: Json) -> Json {
    with(
        json!({ "action": "lambda:InvokeFunction", "function_name": "f", "principal": "s3.amazonaws.com" }),
        more,
    )
}

fn mapping(more: Json) -> Json {
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    with(json!({ "function_name": "f", "event_source_arn": queue }), more)
}

fn error(code: &str, message: &str) -> Action {
    Action::Error { code: code.into(), status: None, message: Some(message.into()) }
}

#[tokio::test]
async fn all_permissions_of_a_function_are_read_at_once() {
    let (bench, _) = bench().await;
    let mut requests = Vec::new();
    for sid in ["a", "b", "c", "d"] {
        let prior = bench.create(PERMISSION, &permission(json!({ "statement_id": sid }))).await;
        requests.push(ReadRequest { type_name: PERMISSION.into(), prior, private: None });
    }
    let own =
        bench.create(PERMISSION, &permission(json!({ "statement_id": "a", "qualifier": "live" }))).await;
    requests.push(ReadRequest { type_name: PERMISSION.into(), prior: own, private: None });
    assert_eq!(bench.called(), ["AddPermission"; 5]);
    for _ in 0..2 {
        let found = Mutex::new(0);
        let done = |index: usize, response: ReadResponse| {
            assert_eq!(response.object.as_ref(), Some(&requests[index].prior));
            *found.lock().unwrap() += 1;
        };
        bench.connection.read(requests.clone(), &done).await;
        assert_eq!((found.into_inner().unwrap(), bench.called()), (5, vec!["GetPolicy".to_owned(); 2]));
    }
}

#[tokio::test]
async fn a_permission_that_is_there_already_is_an_error_at_once() {
    let (bench, _) = bench().await;
    let body = permission(json!({ "statement_id": "a" }));
    bench.create(PERMISSION, &body).await;
    bench.called();
    let response = bench.apply(PERMISSION, &bench.plan(PERMISSION, None, &body)).await;
    assert_eq!(bench.called(), ["AddPermission"]);
    assert_eq!(said(&response.problems), ["E Permission exists already"]);
    assert!(response.problems.iter().next().unwrap().detail.contains("id = \"f/a\""));
}

#[tokio::test]
async fn what_is_imported_needs_no_change() {
    let (bench, _) = bench().await;
    for (type_name, body, id) in [
        (PERMISSION, permission(json!({ "statement_id": "a", "source_arn": "arn:aws:s3:::b" })), Some("f/a")),
        (PERMISSION, permission(json!({ "statement_id": "a", "qualifier": "live" })), Some("f:live/a")),
        (URL, json!({ "function_name": "f", "qualifier": "live", "authorization_type": "AWS_IAM" }), None),
        (INVOKE, json!({ "function_name": "f", "qualifier": "live", "maximum_retry_attempts": 1 }), None),
        (
            CONCURRENCY,
            json!({ "function_name": "f", "qualifier": "live", "provisioned_concurrent_executions": 1 }),
            None,
        ),
        (MAPPING, mapping(json!({ "scaling_config": [{ "maximum_concurrency": 2 }] })), None),
    ] {
        let object = bench.create(type_name, &body).await;
        let id = id.unwrap_or_else(|| text(&object, "id"));
        let imported = bench.connection.import(type_name, id).await.unwrap();
        let found = bench.read(type_name, &imported.object).await.object.unwrap();
        let planned = bench.plan(type_name, Some(&found), &body);
        assert_eq!(changes(&planned), [""; 0], "{type_name} {id}");
    }
}

#[tokio::test]
async fn answers_that_were_lost_are_looked_for() {
    let (bench, _) = bench().await;
    for (type_name, body, operation) in [
        (PERMISSION, permission(json!({ "statement_id": "a" })), "AddPermission"),
        (PERMISSION, permission(json!({})), "AddPermission"),
        (URL, json!({ "function_name": "f", "authorization_type": "AWS_IAM" }), "CreateFunctionUrlConfig"),
        (
            INVOKE,
            json!({ "function_name": "f", "maximum_retry_attempts": 1 }),
            "PutFunctionEventInvokeConfig",
        ),
        (
            CONCURRENCY,
            json!({ "function_name": "f", "qualifier": "live", "provisioned_concurrent_executions": 1 }),
            "PutProvisionedConcurrencyConfig",
        ),
        (MAPPING, mapping(json!({})), "CreateEventSourceMapping"),
    ] {
        bench.server.faults().add(Rule::on(operation, Action::DropAfter));
        let object = bench.create(type_name, &body).await;
        bench.server.faults().clear();
        assert_eq!(
            bench.read(type_name, &object).await.object.map(|o| text(&o, "id").to_owned()).as_deref(),
            Some(text(&object, "id"))
        );
    }
    let objects = bench.server.objects();
    let region = &objects["us-east-1"];
    assert_eq!(region["event_source_mappings"].as_object().unwrap().len(), 1);
    assert_eq!(region["functions"]["f"]["policies"][""].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_killed_run_made_is_recognized() {
    let (bench, _) = bench().await;
    let settle = async |type_name: &str, operation: &str, target: &str, body: &Json| {
        let planned = bench.plan(type_name, None, body).response.planned;
        let request = SettleRequest {
            type_name: type_name.into(),
            operation: operation.into(),
            target: target.into(),
            prior: None,
            planned: Some(planned),
            package: None,
        };
        bench.connection.settle(request).await
    };
    let body = permission(json!({}));
    let object = bench.create(PERMISSION, &body).await;
    let target = format!("f/{}", text(&object, "id"));
    let settled = settle(PERMISSION, "AddPermission", &target, &body).await;
    assert!(matches!(settled, Settled::Landed { object: Some(found), .. } if found == object));
    assert!(matches!(settle(PERMISSION, "AddPermission", "f/other", &body).await, Settled::NotLanded));
    let other = permission(json!({ "principal": "sns.amazonaws.com" }));
    let body = mapping(json!({ "batch_size": 3 }));
    let object = bench.create(MAPPING, &body).await;
    let settled = settle(MAPPING, "CreateEventSourceMapping", "f <- q", &body).await;
    assert!(
        matches!(settled, Settled::Landed { object: Some(found), .. } if text(&found, "id") == text(&object, "id"))
    );
    // `principal` is answered in other words at times, so what is compared is the rest.
    let strange = with(other, json!({ "action": "lambda:*" }));
    assert!(matches!(settle(PERMISSION, "AddPermission", &target, &strange).await, Settled::Unclear(_)));
}

#[tokio::test]
async fn environments_that_are_not_there_yet_were_asked_for() {
    let (bench, _) = bench().await;
    let body = json!({ "function_name": "f", "qualifier": "live", "provisioned_concurrent_executions": 2 });
    let put = "PutProvisionedConcurrencyConfig";
    bench.server.faults().add(Rule::on(put, Action::Settle { ms: 3_600_000 }));
    bench.stop.set();
    let planned = bench.plan(CONCURRENCY, None, &body);
    bench.apply(CONCURRENCY, &planned).await;
    let request = SettleRequest {
        type_name: CONCURRENCY.into(),
        operation: put.into(),
        target: "f,live".into(),
        prior: None,
        planned: Some(planned.response.planned),
        package: None,
    };
    let settled = bench.connection.settle(request).await;
    assert!(matches!(settled, Settled::Landed { object: Some(_), .. }), "{settled:?}");
}

#[tokio::test]
async fn a_public_address_is_open_or_made_anew() {
    let (bench, _) = bench().await;
    let body = json!({ "function_name": "f", "authorization_type": "NONE" });
    bench
        .server
        .faults()
        .add(Rule::on("AddPermission", error("AccessDeniedException", "not allowed")).nth(2));
    let response = bench.apply(URL, &bench.plan(URL, None, &body)).await;
    assert_eq!(said(&response.problems), ["E Access denied"]);
    assert!(response.tainted);
    let object = response.object.unwrap();
    assert!(bench.delete(URL, &object).await.problems.is_empty());
    // The statement that is there already is left alone.
    bench.create(URL, &body).await;
    let objects = bench.server.objects();
    let policy = objects["us-east-1"]["functions"]["f"]["policies"][""].as_array().unwrap();
    assert_eq!(policy.len(), 2, "{policy:?}");
}

#[tokio::test]
async fn calls_on_one_function_never_run_beside_each_other() {
    let (bench, _) = bench().await;
    bench.server.faults().add(Rule { operation: None, ..Rule::on("", Action::Delay { ms: 10 }) }.always());
    let bodies = [
        (PERMISSION, permission(json!({ "statement_id": "a" }))),
        (
            PERMISSION,
            permission(json!({ "function_name": "arn:aws:lambda:us-east-1:123456789012:function:f" })),
        ),
        (URL, json!({ "function_name": "f", "qualifier": "live", "authorization_type": "AWS_IAM" })),
        (INVOKE, json!({ "function_name": "f", "maximum_retry_attempts": 1 })),
        (ALIAS, json!({ "name": "next", "function_name": "f", "function_version": "1" })),
    ];
    let [a, b, c, d, e] = bodies.each_ref().map(|(type_name, body)| bench.create(type_name, body));
    tokio::join!(a, b, c, d, e);
    assert_eq!(bench.server.calls().most_in_flight(), 1);
}

#[tokio::test]
async fn a_policy_changed_from_here_does_not_make_a_plan_stale() {
    let (bench, object) = bench().await;
    let permission = bench.create(PERMISSION, &permission(json!({ "statement_id": "a" }))).await;
    let revision = bench.read(FUNCTION, &object).await.revision.unwrap();
    let body = with(function(&bench.package("f.zip", "1")), json!({ "publish": true, "timeout": 9 }));
    let planned = bench.plan(FUNCTION, Some(&object), &body);
    assert!(bench.delete(PERMISSION, &permission).await.problems.is_empty());
    let response = bench.apply_at(FUNCTION, &planned, Some(&revision)).await;
    assert!(response.problems.is_empty(), "{:?}", response.problems);
}

#[tokio::test]
async fn what_passes_with_time_is_tried_again() {
    let (bench, _) = bench().await;
    let invalid = "InvalidParameterValueException";
    for (type_name, body, operation, refusal) in [
        (
            PERMISSION,
            permission(json!({})),
            "AddPermission",
            error("ResourceNotFoundException", "Function not found: f"),
        ),
        (
            MAPPING,
            mapping(json!({})),
            "CreateEventSourceMapping",
            error(invalid, "Cannot access stream. Please ensure the role can perform the GetRecords action."),
        ),
        (
            INVOKE,
            json!({ "function_name": "f" }),
            "PutFunctionEventInvokeConfig",
            error(invalid, "The destination ARN arn:aws:sqs:us-east-1:123456789012:q is invalid."),
        ),
    ] {
        bench.server.faults().add(Rule::on(operation, refusal).times(3));
        bench.create(type_name, &body).await;
        assert_eq!(bench.server.calls().count(operation), 4, "{operation}");
    }
}

#[tokio::test]
async fn data_sources_of_what_hangs_on_functions() {
    let (bench, object) = bench().await;
    let read = async |name: &str, body: Json| {
        let block = &Aws.schema().data(name).unwrap().schema.block;
        let (config, problems) = conform(block, &values::implied_value(&body).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        let found = bench.connection.read_data(name, config).await;
        found.inspect(|found| assert_eq!(found.ty(), block.ty(), "{name}"))
    };
    let alias = read("aws_lambda_alias", json!({ "function_name": "f", "name": "live" })).await.unwrap();
    assert_eq!(text(&alias, "function_version"), "1");
    let all = read("aws_lambda_functions", json!({})).await.unwrap();
    assert_eq!(values::to_json(all.get("function_arns").unwrap()), json!([text(&object, "arn")]));

    let body = json!({ "function_name": "f", "authorization_type": "AWS_IAM", "cors": [{ "max_age": 5 }] });
    let url = bench.create(URL, &body).await;
    let found = read("aws_lambda_function_url", json!({ "function_name": "f" })).await.unwrap();
    assert_eq!(text(&found, "function_url"), text(&url, "function_url"));
    assert_eq!(values::to_json(found.get("cors").unwrap())[0]["max_age"], json!(5));

    let zip = bench.package("l.zip", "1");
    for runtime in ["python3.12", "nodejs22.x"] {
        let body = json!({ "layer_name": "l", "filename": zip, "compatible_runtimes": [runtime] });
        bench.create(LAYER, &body).await;
    }
    for (body, version) in [
        (json!({ "layer_name": "l" }), 2),
        (json!({ "layer_name": "l", "version": 1 }), 1),
        (json!({ "layer_name": "l", "compatible_runtime": "python3.12" }), 1),
    ] {
        let found = read("aws_lambda_layer_version", body).await.unwrap();
        assert_eq!(found.get("version"), Some(&Value::from(version)));
        assert_eq!(text(&found, "source_code_hash"), text(&found, "code_sha256"));
    }
    let event = json!({ "function_name": "f", "input": "{\"a\":1}" });
    let answer = read("aws_lambda_invocation", event.clone()).await.unwrap();
    assert_eq!((text(&answer, "result"), text(&answer, "qualifier")), ("{\"a\":1}", "$LATEST"));
    let failure = json!({ "operation": "Invoke", "action": { "function_error": { "message": "oops" } } });
    bench.server.faults().add(serde_json::from_value(failure).unwrap());
    assert_eq!(said(&read("aws_lambda_invocation", event).await.unwrap_err()), ["E Function failed"]);

    let arn = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0";
    for (name, body, summary) in [
        ("aws_lambda_alias", json!({ "function_name": "f", "name": "gone" }), "E Alias not found"),
        ("aws_lambda_function_url", json!({ "function_name": "g" }), "E Function URL not found"),
        ("aws_lambda_layer_version", json!({ "layer_name": "gone" }), "E Layer version not found"),
        ("aws_lambda_code_signing_config", json!({ "arn": arn }), "E Code signing configuration not found"),
    ] {
        assert_eq!(said(&read(name, body).await.unwrap_err()), [summary], "{name}");
    }
}

#[tokio::test]
async fn many_mappings_are_listed_and_nobody_can_tell() {
    let (bench, _) = bench().await;
    let mut mappings = Vec::new();
    for at in 0..5 {
        let more = match at {
            0 => json!({ "tags": { "a": "b" }, "batch_size": 5 }),
            1 => json!({ "filter_criteria": [{ "filter": [{ "pattern": "{\"a\":[1]}" }] }] }),
            2 => json!({ "scaling_config": [{ "maximum_concurrency": 5 }], "enabled": false }),
            _ => json!({}),
        };
        let queue = format!("arn:aws:sqs:us-east-1:123456789012:q{at}");
        let body = mapping(with(more, json!({ "event_source_arn": queue })));
        mappings.push((MAPPING, bench.create(MAPPING, &body).await));
    }
    let read = async |mappings: &[(&str, Value)]| {
        bench.called();
        let found = bench.read_all(mappings).await;
        let mut calls = bench.called();
        calls.sort();
        (found, calls)
    };
    let (found, calls) = read(&mappings).await;
    assert_eq!(calls, [&["ListEventSourceMappings"][..], &["ListTags"; 5]].concat());
    let as_known = |((_, known), found): (&(_, Value), &Option<Value>)| {
        found.as_ref().is_some_and(|found| crate::providers::aws::fields::is_as_known(found, known))
    };
    assert!(mappings.iter().zip(&found).all(as_known));

    let body =
        mapping(json!({ "batch_size": 7, "event_source_arn": text(&mappings[3].1, "event_source_arn") }));
    let changed = bench.apply(MAPPING, &bench.plan(MAPPING, Some(&mappings[3].1), &body)).await;
    assert!(changed.problems.is_empty(), "{:?}", changed.problems);
    bench.delete(MAPPING, &mappings[4].1).await;
    let (found, calls) = read(&mappings).await;
    let asked = ["GetEventSourceMapping"; 2];
    assert_eq!(calls, [&asked[..], &["ListEventSourceMappings"], &["ListTags"; 4]].concat());
    bench.server.faults().add(Rule::on("ListEventSourceMappings", error("AccessDeniedException", "no")));
    let (one_by_one, calls) = read(&mappings).await;
    assert_eq!(calls.iter().filter(|call| *call == "GetEventSourceMapping").count(), 5);
    assert_eq!(found, one_by_one);
    let size = found[3].as_ref().and_then(|found| found.get("batch_size"));
    assert_eq!((size, &found[4]), (Some(&Value::from(7)), &None));
}
