//! What goes wrong, and what is left then.

use super::*;

#[tokio::test]
async fn a_taken_name_is_an_error_at_once() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    bench.create(FUNCTION, &body).await;
    bench.called();
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, None, &body)).await;
    assert_eq!(bench.called(), ["CreateFunction"]);
    assert_eq!(said(&response.problems), ["E Function exists already"]);
    let detail = &response.problems.iter().next().unwrap().detail;
    assert!(detail.contains("import {\n  to = aws_lambda_function.this\n  id = \"f\"\n}"), "{detail}");
    assert!(response.object.is_none() && !response.tainted);
}

fn error(code: &str, message: &str) -> Action {
    Action::Error { code: code.into(), status: None, message: Some(message.into()) }
}

#[tokio::test]
async fn what_passes_with_time_is_tried_again() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let role = "The role defined for the function cannot be assumed by Lambda.";
    bench
        .server
        .faults()
        .add(Rule::on("CreateFunction", error("InvalidParameterValueException", role)).times(2));
    bench.server.faults().add(Rule::on("CreateFunction", Action::Throttle).nth(3));
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(bench.server.calls().count("CreateFunction"), 4);
    assert_eq!(bench.announced(), ["CreateFunction f"]);

    let busy = "The operation cannot be performed at this time. An update is in progress for resource: f";
    bench
        .server
        .faults()
        .add(Rule::on("UpdateFunctionConfiguration", error("ResourceConflictException", busy)));
    let planned = bench.plan(FUNCTION, Some(&object), &with(body, json!({ "timeout": 9 })));
    assert!(bench.apply(FUNCTION, &planned).await.problems.is_empty());
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_taken_over() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    bench.server.faults().add(Rule::on("CreateFunction", Action::DropAfter));
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(text(&object, "id"), "f");
    assert_eq!(bench.server.calls().count("CreateFunction"), 2);
    assert_eq!(bench.announced(), ["CreateFunction f Unclear"]);
}

#[tokio::test]
async fn a_function_that_fails_to_start_is_tainted_and_explained() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let failure = Failure { code: "SubnetOutOfIPAddresses".into(), reason: "No addresses left.".into() };
    bench.server.faults().add(Rule::on("CreateFunction", Action::FailState(failure)));
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, None, &body)).await;
    assert_eq!(said(&response.problems), ["E Function failed to become active"]);
    let detail = &response.problems.iter().next().unwrap().detail;
    assert!(
        detail.contains("No addresses left.") && detail.contains("Use another or a larger one"),
        "{detail}"
    );
    assert!(response.tainted && response.object.is_some());
}

#[tokio::test]
async fn code_that_did_not_land_is_planned_again() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let hashed = |hash: &str| with(function(&zip), json!({ "source_code_hash": hash, "publish": true }));
    let object = bench.create(FUNCTION, &hashed("one")).await;
    bench.package("f.zip", "2");
    let refuse = Action::Error {
        code: "CodeStorageExceededException".into(),
        status: Some(400),
        message: Some("Code storage limit exceeded.".into()),
    };
    bench.server.faults().add(Rule::on("UpdateFunctionCode", refuse));
    let body = with(hashed("two"), json!({ "timeout": 9 }));
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &body)).await;
    assert_eq!(said(&response.problems), ["E Code storage exceeded"]);
    let object = response.object.unwrap();
    assert_eq!((text(&object, "source_code_hash"), object.get("timeout")), ("one", Some(&Value::from(9))));
    assert!(!response.tainted);

    let object = bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &body)).await.object.unwrap();
    assert_eq!((text(&object, "source_code_hash"), text(&object, "version")), ("two", "2"));
}

#[tokio::test]
async fn a_plan_for_another_revision_is_refused() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let object = bench.create(FUNCTION, &body).await;
    let revision = bench.read(FUNCTION, &object).await.revision.unwrap();
    let planned = bench.plan(FUNCTION, Some(&object), &with(body.clone(), json!({ "timeout": 9 })));
    let response = bench.apply_at(FUNCTION, &planned, Some(&revision)).await;
    assert!(response.problems.is_empty(), "{:?}", response.problems);
    let planned = bench.plan(FUNCTION, response.object.as_ref(), &with(body, json!({ "timeout": 10 })));
    let response = bench.apply_at(FUNCTION, &planned, Some(&revision)).await;
    assert_eq!(said(&response.problems), ["E Changed since the plan"]);
    assert_eq!(response.object.unwrap().get("timeout"), Some(&Value::from(9)));
}

#[tokio::test]
async fn the_wish_to_end_cuts_the_wait_short_and_taints_nothing() {
    let options = Options { settle: Duration::from_secs(3600), ..Options::default() };
    let bench = Bench::with(options, Value::object::<&str>([])).await;
    let body = function(&bench.package("f.zip", "1"));
    bench.stop.set();
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, None, &body)).await;
    assert_eq!(said(&response.problems), ["W Not waited for"]);
    assert!(!response.tainted);
    let object = response.object.unwrap();
    assert!(object.is_wholly_known());
    assert_eq!(text(&object, "id"), "f");
}

#[tokio::test]
async fn a_dead_endpoint_is_reported_as_such() {
    let bench = Bench::new().await;
    let environment = Environment {
        endpoint: Some("http://127.0.0.1:9".into()),
        data_dir: PathBuf::from(FsPath::new("unused")),
        tempo: Tempo { paced: None, pauses: 0.0 },
    };
    let config = Value::object([("max_retries", Value::from(0))]);
    let connection = Aws.configure(&config, &environment).ok().unwrap();
    let request = ApplyRequest {
        type_name: FUNCTION.into(),
        prior: None,
        planned: Some(bench.plan(FUNCTION, None, &function(&bench.package("f.zip", "1"))).response.planned),
        config: Value::NULL,
        private: None,
        groups: crate::schema::Group::NONE,
        revision: None,
        package: None,
        address: None,
    };
    let response = connection.apply(request, bench.context()).await;
    assert_eq!(said(&response.problems), ["E Service not reachable"]);
    assert_eq!(bench.announced(), ["CreateFunction f Refused"]);
}

#[tokio::test]
async fn an_update_that_is_cut_short_says_what_is_left() {
    let options = Options { settle: Duration::ZERO, ..Options::default() };
    let bench = Bench::with(options, Value::object::<&str>([])).await;
    let zip = bench.package("f.zip", "1");
    let object = bench.create(FUNCTION, &function(&zip)).await;
    bench.announced();
    let slow = Action::Settle { ms: 3_600_000 };
    bench.server.faults().add(Rule::on("UpdateFunctionConfiguration", slow).always());
    bench.stop.set();
    let planned = bench.plan(FUNCTION, Some(&object), &with(function(&zip), json!({ "timeout": 9 })));
    let response = bench.apply(FUNCTION, &planned).await;
    assert_eq!(said(&response.problems), ["W Not waited for"]);
    let object = response.object.unwrap();
    assert_eq!(object.get("timeout"), Some(&Value::from(9)));

    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let object = bench.create(FUNCTION, &function(&zip)).await;
    bench.announced();
    bench.stop.set();
    let copy = bench.package("copy.zip", "2");
    let planned = bench.plan(FUNCTION, Some(&object), &with(function(&copy), json!({ "timeout": 9 })));
    let response = bench.apply(FUNCTION, &planned).await;
    assert_eq!(said(&response.problems), ["E Update not finished"]);
    assert_eq!(bench.announced(), ["UpdateFunctionConfiguration f"]);
    let object = response.object.unwrap();
    assert_eq!((text(&object, "filename"), object.get("timeout")), (&*zip, Some(&Value::from(9))));
}

#[tokio::test]
async fn a_paced_connection_is_not_throttled() {
    use crate::local::quota::Rates;
    let options = Options { settle: Duration::ZERO, quota: Some(Rates::default()), ..Options::default() };
    let mut bench = Bench::with(options, Value::object::<&str>([])).await;
    let environment = Environment {
        data_dir: bench.dir.path().into(),
        endpoint: Some(bench.server.endpoint()),
        tempo: Tempo { paced: Some(true), pauses: 0.01 },
    };
    bench.connection = Aws.configure(&Value::object::<&str>([]), &environment).ok().unwrap();
    let body = function(&bench.package("f.zip", "1"));
    for i in 0..20 {
        bench.create(FUNCTION, &with(body.clone(), json!({ "function_name": format!("f{i}") }))).await;
    }
    let calls = bench.server.calls().list();
    assert_eq!((calls.len(), calls.iter().filter(|call| call.status == 429).count()), (40, 0));
}
