//! Log groups and S3 objects: how many calls they take, and what happens when one goes wrong.
//! Their whole lives are in `tests/lives`.

use super::*;

const GROUP: &str = "aws_cloudwatch_log_group";
const OBJECT: &str = "aws_s3_object";

fn object(source: &str) -> Json {
    json!({ "bucket": "code", "key": "a.zip", "source": source })
}

async fn with_bucket() -> Bench {
    let bench = Bench::new().await;
    bench.server.put_object("code", "other", "x").unwrap();
    bench
}

async fn read_all(bench: &Bench, objects: &[Value]) -> Vec<ReadResponse> {
    let request =
        |prior: &Value| ReadRequest { type_name: GROUP.into(), prior: prior.clone(), private: None };
    let found = Mutex::new(vec![None; objects.len()]);
    let done = |index: usize, response| found.lock().unwrap()[index] = Some(response);
    bench.connection.read(objects.iter().map(request).collect(), &done).await;
    found.into_inner().unwrap().into_iter().map(Option::unwrap).collect()
}

#[tokio::test]
async fn many_log_groups_are_listed_once() {
    let bench = Bench::new().await;
    let mut groups = Vec::new();
    for index in 0..60 {
        let name = format!("/aws/lambda/f{index:02}");
        groups.push(bench.create(GROUP, &json!({ "name": name, "tags": { "a": "1" } })).await);
    }
    bench.delete(GROUP, &groups.pop().unwrap()).await;
    let gone = groups[0].with_attr("name", Value::from("/aws/lambda/gone"));
    groups.push(gone);
    bench.called();
    let read = read_all(&bench, &groups).await;
    for (index, (before, now)) in groups.iter().zip(&read).enumerate() {
        assert!(now.problems.is_empty(), "{:?}", now.problems);
        let expected = (index < 59).then_some(before);
        assert_eq!(now.object.as_ref(), expected, "{index}");
    }
    let count = |calls: &[String], operation: &str| calls.iter().filter(|call| *call == operation).count();
    let calls = bench.called();
    assert_eq!((count(&calls, "DescribeLogGroups"), count(&calls, "ListTagsForResource")), (2, 59));
    read_all(&bench, &groups[..2]).await;
    assert_eq!(count(&bench.called(), "DescribeLogGroups"), 2);
}

#[tokio::test]
async fn a_protected_log_group_stays_until_it_is_not() {
    let bench = Bench::new().await;
    let plain = bench.create(GROUP, &json!({ "name": "g" })).await;
    assert!(plain.get("deletion_protection_enabled").unwrap().is_null(), "older releases do not know it");
    let apply = async |prior: &Value, protected: bool| {
        let body = json!({ "name": "g", "deletion_protection_enabled": protected });
        let response = bench.apply(GROUP, &bench.plan(GROUP, Some(prior), &body)).await;
        assert!(response.problems.is_empty(), "{:?}", response.problems);
        response.object.unwrap()
    };
    let protected = apply(&plain, true).await;
    let read = bench.read(GROUP, &protected).await.object.unwrap();
    assert_eq!(read.get("deletion_protection_enabled"), Some(&Value::from(true)));
    // As with the newer releases, leaving the argument out does not take the protection away.
    assert_eq!(changes(&bench.plan(GROUP, Some(&protected), &json!({ "name": "g" }))), [""; 0]);
    assert!(bench.delete(GROUP, &protected).await.problems.has_errors());
    let open = apply(&protected, false).await;
    assert!(bench.delete(GROUP, &open).await.problems.is_empty());
}

#[tokio::test]
async fn a_log_group_whose_settings_fail_is_there_without_them() {
    let bench = Bench::new().await;
    let refuse = |operation: &str| {
        let error = Action::Error { code: "LimitExceededException".into(), status: Some(400), message: None };
        bench.server.faults().add(Rule::on(operation, error));
    };
    refuse("PutRetentionPolicy");
    let plan = bench.plan(GROUP, None, &json!({ "name_prefix": "g-", "retention_in_days": 7 }));
    let made = bench.apply(GROUP, &plan).await;
    assert_eq!(said(&made.problems).len(), 1);
    let group = made.object.unwrap();
    assert!(text(&group, "name").starts_with("g-") && group.is_wholly_known() && !made.tainted);
    assert_eq!(group.get("retention_in_days"), Some(&Value::from(0)));

    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let body = json!({ "name_prefix": "g-", "retention_in_days": 7, "kms_key_id": key });
    let plan = bench.plan(GROUP, Some(&group), &body);
    assert_eq!(changes(&plan), ["kms_key_id", "retention_in_days"]);
    let group = bench.apply(GROUP, &plan).await.object.unwrap();
    assert_eq!(text(&group, "kms_key_id"), key);

    bench.server.faults().add(Rule::on("CreateLogGroup", Action::DropAfter));
    let made = bench.apply(GROUP, &bench.plan(GROUP, None, &json!({ "name": "lost" }))).await;
    assert!(made.problems.is_empty(), "{:?}", made.problems);
    let taken = bench.apply(GROUP, &bench.plan(GROUP, None, &json!({ "name": "lost" }))).await;
    assert_eq!(said(&taken.problems), ["E Log group exists already"]);
    let kept = bench.create(GROUP, &json!({ "name": "kept", "skip_destroy": true })).await;
    bench.called();
    bench.delete(GROUP, &kept).await;
    assert!(bench.called().is_empty());
    let delivery = json!({ "name": "d", "log_group_class": "DELIVERY", "retention_in_days": 30 });
    let delivery = bench.create(GROUP, &delivery).await;
    assert_eq!(delivery.get("retention_in_days"), Some(&Value::from(30)));
}

#[tokio::test]
async fn an_object_is_the_file_that_was_planned() {
    let bench = with_bucket().await;
    let source = bench.package("a.zip", "one");
    let plan = bench.plan(OBJECT, None, &object(&source));
    bench.package("a.zip", "two");
    let refused = bench.apply(OBJECT, &plan).await;
    assert_eq!(said(&refused.problems), ["E Package changed since the plan"]);
    assert!(refused.object.is_none());

    let made = bench.create(OBJECT, &object(&source)).await;
    bench.called();
    assert!(bench.read(OBJECT, &made).await.object.is_some_and(|now| now.get("etag") == made.get("etag")));
    // No tags, so none are asked for.
    assert_eq!(bench.called(), ["HeadObject"]);
    bench.package("a.zip", "three");
    let silent = bench.plan(OBJECT, Some(&made), &object(&source));
    assert_eq!(said(&silent.response.problems), ["W Changed file not uploaded"]);
    assert!(changes(&silent).is_empty() && silent.response.package.is_none());
    let hashed = with(object(&source), json!({ "source_hash": "3" }));
    let loud = bench.plan(OBJECT, Some(&made), &hashed);
    assert_eq!(changes(&loud), ["etag", "source_hash", "version_id?"]);
    let files = loud.response.package.as_ref().unwrap().files.as_ref().unwrap();
    assert_eq!((files[0].path.as_str(), files[0].kind), ("index.py", FileChangeKind::Changed));
    let now = bench.apply(OBJECT, &loud).await.object.unwrap();
    assert_eq!(now.get("etag"), loud.response.planned.get("etag"));
    let missing =
        bench.apply(OBJECT, &bench.plan(OBJECT, None, &json!({ "bucket": "none", "key": "k" }))).await;
    assert_eq!(said(&missing.problems), ["E Bucket not found"]);
}

#[tokio::test]
async fn an_upload_without_an_answer_is_settled_by_its_content() {
    let bench = with_bucket().await;
    let settle = |body: &Json, prior: Option<Value>| {
        let plan = bench.plan(OBJECT, prior.as_ref(), body);
        let request = SettleRequest {
            type_name: OBJECT.into(),
            operation: "PutObject".into(),
            target: "code/k".into(),
            prior,
            planned: Some(plan.response.planned),
            package: None,
        };
        let connection = bench.connection.clone();
        async move { connection.settle(request).await }
    };
    let one = json!({ "bucket": "code", "key": "k", "content": "one" });
    assert!(matches!(settle(&one, None).await, Settled::NotLanded));
    let made = bench.create(OBJECT, &one).await;
    assert!(
        matches!(settle(&one, None).await, Settled::Landed { object: Some(now), .. } if now.get("etag") == made.get("etag"))
    );
    let two = with(one.clone(), json!({ "content": "two" }));
    assert!(matches!(settle(&two, Some(made.clone())).await, Settled::NotLanded));
    bench.server.faults().add(Rule::on("PutObject", Action::DropAfter));
    let now = bench.apply(OBJECT, &bench.plan(OBJECT, Some(&made), &two)).await;
    assert!(now.problems.is_empty(), "{:?}", now.problems);
    let now = now.object.unwrap();
    assert!(bench.delete(OBJECT, &now).await.problems.is_empty());
    assert!(bench.read(OBJECT, &now).await.object.is_none());
}
