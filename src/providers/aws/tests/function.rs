//! The life of a function: created, updated, imported, settled, deleted.

use super::*;

#[tokio::test]
async fn a_function_is_created_with_few_requests_and_read_back_without_drift() {
    let bench = Bench::new().await;
    let body = with(
        function(&bench.package("f.zip", "1")),
        json!({
            "environment": [{ "variables": { "STAGE": "dev" } }],
            "tags": { "app": "demo" },
            "reserved_concurrent_executions": 2,
        }),
    );
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(bench.called(), ["CreateFunction", "GetFunction", "PutFunctionConcurrency"]);
    assert_eq!(bench.announced(), ["CreateFunction f", "PutFunctionConcurrency f"]);
    assert!(object.is_wholly_known());
    assert_eq!(object.ty(), schema(FUNCTION).block.ty());
    assert_eq!(text(&object, "version"), "$LATEST");
    assert_eq!(text(&object, "id"), "f");

    let read = bench.read(FUNCTION, &object).await;
    assert!(read.revision.is_some());
    assert_eq!(read.object.as_ref(), Some(&object));
    assert_eq!(bench.called(), ["GetFunction"]);

    let again = bench.plan(FUNCTION, Some(&object), &body);
    assert_eq!(changes(&again), [""; 0]);
    assert_eq!(again.response.package.unwrap().files, Some(vec![]));
}

#[tokio::test]
async fn an_update_sends_what_changed_in_the_documented_order() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let old = with(
        function(&zip),
        json!({ "tags": { "a": "1", "b": "2" }, "environment": [{ "variables": { "A1": "1" } }], "publish": true }),
    );
    let object = bench.create(FUNCTION, &old).await;
    assert_eq!(text(&object, "version"), "1");
    bench.called();
    bench.announced();

    bench.package("f.zip", "2");
    let new = with(
        function(&zip),
        json!({ "tags": { "a": "3" }, "memory_size": 256, "publish": true, "reserved_concurrent_executions": 1 }),
    );
    let planned = bench.plan(FUNCTION, Some(&object), &new);
    assert_eq!(
        changes(&planned),
        [
            "code_sha256",
            "environment",
            "last_modified?",
            "memory_size",
            "qualified_arn?",
            "qualified_invoke_arn?",
            "reserved_concurrent_executions",
            "tags",
            "tags_all",
            "version?",
        ]
    );
    let files = planned.response.package.as_ref().unwrap().files.as_ref().unwrap();
    assert_eq!(
        (files.len(), files[0].path.as_str(), files[0].kind),
        (1, "index.py", FileChangeKind::Changed)
    );

    let response = bench.apply(FUNCTION, &planned).await;
    assert!(response.problems.is_empty(), "{:?}", response.problems);
    assert_eq!(
        bench.announced(),
        [
            "UntagResource f",
            "TagResource f",
            "UpdateFunctionConfiguration f",
            "UpdateFunctionCode f",
            "PutFunctionConcurrency f",
            "PublishVersion f",
        ]
    );
    let object = response.object.unwrap();
    assert_eq!(text(&object, "version"), "2");
    assert!(text(&object, "qualified_arn").ends_with(":function:f:2"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &new)), [""; 0]);
    assert_eq!(bench.read(FUNCTION, &object).await.object, Some(object));
}

#[tokio::test]
async fn the_creation_of_a_killed_run_is_settled_by_reading() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let planned = bench.plan(FUNCTION, None, &body).response.planned;
    let settle = |planned: &Value| {
        bench.connection.settle(SettleRequest {
            type_name: FUNCTION.into(),
            operation: "CreateFunction".into(),
            target: "f".into(),
            prior: None,
            planned: Some(planned.clone()),
            package: None,
        })
    };
    assert!(matches!(settle(&planned).await, Settled::NotLanded));
    let object = bench.create(FUNCTION, &body).await;
    let Settled::Landed { object: Some(found), private, .. } = settle(&planned).await else {
        panic!("not settled")
    };
    assert_eq!(found, object);
    assert!(private.is_some());
    let other = planned.with_attr("memory_size", Value::from(512));
    assert!(matches!(settle(&other).await, Settled::Unclear(_)));

    let update = SettleRequest {
        type_name: FUNCTION.into(),
        operation: "UpdateFunctionConfiguration".into(),
        target: "f".into(),
        prior: Some(object.clone()),
        planned: Some(object.with_attr("timeout", Value::from(9))),
        package: None,
    };
    assert!(matches!(bench.connection.settle(update.clone()).await, Settled::NotLanded));
    bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &with(body, json!({ "timeout": 9 })))).await;
    let Settled::Landed { object: Some(found), .. } = bench.connection.settle(update).await else { panic!() };
    assert_eq!(found.get("timeout"), Some(&Value::from(9)));
    let deletion = SettleRequest {
        type_name: FUNCTION.into(),
        operation: "DeleteFunction".into(),
        target: "f".into(),
        prior: Some(found.clone()),
        planned: None,
        package: None,
    };
    assert!(matches!(bench.connection.settle(deletion.clone()).await, Settled::NotLanded));
    bench.delete(FUNCTION, &found).await;
    assert!(matches!(bench.connection.settle(deletion).await, Settled::Landed { object: None, .. }));
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let bench = Bench::new().await;
    let object = bench.create(FUNCTION, &function(&bench.package("f.zip", "1"))).await;
    let kept = bench.delete(FUNCTION, &object.with_attr("skip_destroy", Value::TRUE)).await;
    assert!(kept.object.is_none() && bench.server.calls().count("DeleteFunction") == 0);
    for _ in 0..2 {
        let response = bench.delete(FUNCTION, &object).await;
        assert!(response.object.is_none() && response.problems.is_empty());
    }
    assert_eq!(bench.read(FUNCTION, &object).await.object, None);
}

#[tokio::test]
async fn an_imported_function_needs_no_upload() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let body = with(function(&zip), json!({ "publish": true, "description": "mine" }));
    let object = bench.create(FUNCTION, &body).await;
    let imported = bench.connection.import(FUNCTION, "f").await.unwrap();
    let private = String::from_utf8(imported.private.unwrap().to_vec()).unwrap();
    assert!(private.ends_with(r#","schema_version":"0"}"#), "{private}");
    let found = bench.read(FUNCTION, &imported.object).await.object.unwrap();
    assert_eq!(text(&found, "version"), text(&object, "version"));
    let sha = text(&found, "code_sha256").to_owned();
    let body = with(function(&zip), json!({ "description": "mine", "source_code_hash": sha }));
    let planned = bench.plan(FUNCTION, Some(&found), &body);
    assert_eq!(changes(&planned), ["filename", "source_code_hash"]);
    bench.announced();
    let response = bench.apply(FUNCTION, &planned).await;
    assert!(response.problems.is_empty() && bench.announced().is_empty());
    assert_eq!(text(response.object.as_ref().unwrap(), "source_code_hash"), sha);
}
