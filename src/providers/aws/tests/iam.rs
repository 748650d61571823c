//! Roles, policies and attachments: what is asked, what is kept, and what happens when answers are lost.

use std::collections::BTreeMap;

use super::*;

const ROLE_TYPE: &str = "aws_iam_role";
const INLINE: &str = "aws_iam_role_policy";
const ATTACHMENT: &str = "aws_iam_role_policy_attachment";
const POLICY: &str = "aws_iam_policy";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn trust(service: Json) -> String {
    let statement =
        json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service } });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

fn may(action: Json) -> String {
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

fn role(more: Json) -> Json {
    let trust = trust(json!("lambda.amazonaws.com"));
    with(json!({ "name": "r", "assume_role_policy": trust, "tags": { "t": "1" } }), more)
}

#[tokio::test]
async fn a_role_costs_one_request_and_what_hangs_on_it_none_twice() {
    let bench = Bench::new().await;
    let made = bench.create(ROLE_TYPE, &role(json!({ "tags": { "a": "1" } }))).await;
    assert_eq!(bench.called(), ["CreateRole"]);
    assert_eq!(bench.announced(), ["CreateRole r"]);
    let found = bench.read(ROLE_TYPE, &made).await.object.unwrap();
    assert_eq!((&found, bench.called()), (&made, vec!["GetRole".to_owned()]));
    let body = json!({ "role": "r", "policy_arn": BASIC });
    let attachment = bench.create(ATTACHMENT, &body).await;
    assert!(text(&attachment, "id").starts_with("r-20"), "{attachment:?}");
    bench.called();
    let request =
        |ty: &str, prior: &Value| ReadRequest { type_name: ty.into(), prior: prior.clone(), private: None };
    let requests =
        vec![request(ROLE_TYPE, &found), request(ATTACHMENT, &attachment), request(ATTACHMENT, &attachment)];
    let read = Mutex::new(vec![None; 3]);
    bench.connection.read(requests, &|at, response| read.lock().unwrap()[at] = response.object).await;
    let mut called = bench.called();
    called.sort();
    assert_eq!(called, ["GetRole", "ListAttachedRolePolicies"]);
    let read = read.into_inner().unwrap();
    let arns = read[0].as_ref().unwrap().get("managed_policy_arns").unwrap().as_items().unwrap();
    assert_eq!((arns, &read[1]), (&[Value::from(BASIC)][..], &Some(attachment.clone())));

    // It goes with what hangs on it, as with Terraform.
    assert!(bench.delete(ROLE_TYPE, &made).await.problems.is_empty());
    assert_eq!(bench.read(ROLE_TYPE, &made).await.object, None);
    assert_eq!(bench.read(ATTACHMENT, &attachment).await.object, None);
}

#[tokio::test]
async fn what_means_the_same_is_no_change() {
    let bench = Bench::new().await;
    let made = bench.create(ROLE_TYPE, &role(json!({}))).await;
    let same = role(json!({ "assume_role_policy": trust(json!(["lambda.amazonaws.com"])) }));
    assert_eq!(changes(&bench.plan(ROLE_TYPE, Some(&made), &same)), [""; 0]);
    assert_eq!(changes(&bench.plan(ROLE_TYPE, Some(&made), &role(json!({ "path": "" })))), [""; 0]);
    let other = role(json!({ "assume_role_policy": trust(json!("ec2.amazonaws.com")), "description": "d" }));
    let planned = bench.plan(ROLE_TYPE, Some(&made), &other);
    assert_eq!(changes(&planned), ["assume_role_policy", "description"]);
    bench.called();
    let changed = bench.apply(ROLE_TYPE, &planned).await.object.unwrap();
    assert_eq!(bench.called(), ["UpdateAssumeRolePolicy", "UpdateRole"]);
    assert_eq!(bench.read(ROLE_TYPE, &changed).await.object.as_ref(), Some(&changed));

    let body = |policy: String| json!({ "role": "r", "name_prefix": "p-", "policy": policy });
    let inline = bench.create(INLINE, &body(may(json!(["s3:Put", "s3:Get"])))).await;
    assert!(text(&inline, "policy").starts_with(r#"{"Version":"2012-10-17","Statement""#), "{inline:?}");
    let reordered = bench.plan(INLINE, Some(&inline), &body(may(json!(["s3:Get", "s3:Put"]))));
    assert_eq!(changes(&reordered), [""; 0]);
    assert_eq!(changes(&bench.plan(INLINE, Some(&inline), &body(may(json!("s3:Get"))))), ["policy"]);
}

#[tokio::test]
async fn lost_answers_make_nothing_twice() {
    let bench = Bench::new().await;
    bench.server.faults().add(Rule::on("CreateRole", Action::DropAfter));
    let made = bench.create(ROLE_TYPE, &role(json!({ "description": "d" }))).await;
    assert_eq!(text(&made, "description"), "d");
    let taken = bench.apply(ROLE_TYPE, &bench.plan(ROLE_TYPE, None, &role(json!({})))).await;
    assert_eq!(said(&taken.problems), ["E Role exists already"]);

    let body = |action: &str| json!({ "name": "p", "policy": may(json!(action)), "tags": { "t": "1" } });
    let policy = bench.create(POLICY, &body("a:0")).await;
    bench.server.faults().add(Rule::on("CreatePolicyVersion", Action::DropAfter));
    let mut policy =
        bench.apply(POLICY, &bench.plan(POLICY, Some(&policy), &body("a:1"))).await.object.unwrap();
    bench.called();
    for number in 2..=4 {
        let planned = bench.plan(POLICY, Some(&policy), &body(&format!("a:{number}")));
        policy = bench.apply(POLICY, &planned).await.object.unwrap();
    }
    // The sixth version pushes the oldest out.
    let planned = bench.plan(POLICY, Some(&policy), &body("a:5"));
    bench.called();
    policy = bench.apply(POLICY, &planned).await.object.unwrap();
    let six = ["CreatePolicyVersion", "ListPolicyVersions", "DeletePolicyVersion", "CreatePolicyVersion"];
    assert_eq!(bench.called(), six);
    assert_eq!(bench.read(POLICY, &policy).await.object.as_ref(), Some(&policy));
    assert!(bench.delete(POLICY, &policy).await.problems.is_empty());
    assert_eq!(bench.read(POLICY, &policy).await.object, None);
}

#[tokio::test]
async fn killed_creations_are_settled() {
    let bench = Bench::new().await;
    let body = json!({ "name_prefix": "p-", "policy": may(json!("a:b")) });
    let policy = bench.create(POLICY, &body).await;
    let inline = json!({ "role": "r", "policy": may(json!("a:b")) });
    bench.create(ROLE_TYPE, &role(json!({}))).await;
    let made = bench.create(INLINE, &inline).await;
    let settle = async |ty: &str, operation: &str, target: &str, body: &Json| {
        let request = SettleRequest {
            type_name: ty.into(),
            operation: operation.into(),
            target: target.into(),
            prior: None,
            planned: Some(bench.plan(ty, None, body).response.planned),
            package: None,
        };
        bench.connection.settle(request).await
    };
    let found = settle(POLICY, "CreatePolicy", text(&policy, "name"), &body).await;
    assert!(matches!(&found, Settled::Landed { object: Some(object), .. } if *object == policy), "{found:?}");
    let found = settle(INLINE, "PutRolePolicy", text(&made, "id"), &inline).await;
    assert!(matches!(&found, Settled::Landed { object: Some(object), .. } if *object == made), "{found:?}");
    let found = settle(ROLE_TYPE, "CreateRole", "s", &role(json!({ "name": "s" }))).await;
    assert!(matches!(found, Settled::NotLanded), "{found:?}");
}

#[tokio::test]
async fn a_role_that_could_not_be_filled_is_kept() {
    let bench = Bench::new().await;
    let missing = "arn:aws:iam::123456789012:policy/missing";
    let body = role(json!({ "managed_policy_arns": [missing] }));
    let response = bench.apply(ROLE_TYPE, &bench.plan(ROLE_TYPE, None, &body)).await;
    assert_eq!(said(&response.problems), ["E Object not found"]);
    assert!(response.tainted && response.object.is_some());
}

#[tokio::test]
async fn iam_data_sources() {
    let bench = Bench::new().await;
    let tags = json!({ "tags": { "a": "1" }, "path": "/x/" });
    let made = bench.create(ROLE_TYPE, &role(tags.clone())).await;
    let body = with(json!({ "name": "p", "policy": may(json!("a:b")) }), tags);
    let policy = bench.create(POLICY, &body).await;
    let read = async |name: &str, body: Json| {
        let block = &Aws.schema().data(name).unwrap().schema.block;
        let (config, problems) = conform(block, &values::implied_value(&body).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        bench.connection.read_data(name, config).await
    };
    let same = |found: &Value, object: &Value, names: &[&str]| {
        for name in names {
            assert_eq!(found.get(name), object.get(name), "{name}");
        }
    };
    let found = read("aws_iam_role", json!({ "name": "r" })).await.unwrap();
    same(&found, &made, &["arn", "assume_role_policy", "create_date", "id", "path", "tags", "unique_id"]);
    for by in [
        json!({ "arn": text(&policy, "arn") }),
        json!({ "name": "p" }),
        json!({ "name": "p", "path_prefix": "/x/" }),
    ] {
        let found = read("aws_iam_policy", by).await.unwrap();
        same(&found, &policy, &["arn", "id", "name", "path", "policy", "policy_id", "tags"]);
    }
    let basic = read("aws_iam_policy", json!({ "name": "AWSLambdaBasicExecutionRole" })).await.unwrap();
    assert_eq!(text(&basic, "arn"), BASIC);
    for (name, by, summary) in [
        ("aws_iam_role", json!({ "name": "x" }), "E Role not found"),
        ("aws_iam_policy", json!({ "name": "p", "path_prefix": "/y/" }), "E Policy not found"),
        ("aws_iam_policy", json!({}), "E Missing required argument"),
    ] {
        assert_eq!(said(&read(name, by).await.unwrap_err()), [summary]);
    }
}

/// Many objects, each unlike the others of its type.
async fn crowd(bench: &Bench) -> Vec<(&'static str, Value)> {
    let mut crowd = Vec::new();
    for at in 0..5 {
        let body =
            json!({ "name": format!("p{at}"), "policy": may(json!(format!("a:{at}"))), "description": "d" });
        crowd.push((POLICY, bench.create(POLICY, &body).await));
    }
    for at in 0..10 {
        let name = format!("r{at}");
        let more = match at {
            0 => json!({ "path": "/p/", "tags": { "t": "1 & 2" } }),
            1 => json!({ "description": "d", "max_session_duration": 7200 }),
            2 => json!({ "permissions_boundary": BASIC, "tags": null }),
            3 => json!({ "inline_policy": [{ "name": "own", "policy": may(json!("a:b")) }] }),
            4 => json!({ "managed_policy_arns": [BASIC] }),
            _ => json!({}),
        };
        crowd.push((ROLE_TYPE, bench.create(ROLE_TYPE, &with(role(json!({ "name": name })), more)).await));
        let body = json!({ "role": name, "name": "i", "policy": may(json!(["s3:Put", "s3:Get"])) });
        crowd.push((INLINE, bench.create(INLINE, &body).await));
        let body = json!({ "role": name, "policy_arn": text(&crowd[at % 5].1, "arn") });
        crowd.push((ATTACHMENT, bench.create(ATTACHMENT, &body).await));
    }
    crowd
}

/// Reads a batch twice: as it is read, and as it is when nobody may list. Gives the objects of both, and the calls of the
/// first with their numbers.
async fn read_both(
    bench: &Bench,
    objects: &[(&'static str, Value)],
) -> ([Vec<Option<Value>>; 2], BTreeMap<String, usize>) {
    bench.called();
    let listed = bench.read_all(objects).await;
    let mut calls = BTreeMap::new();
    for call in bench.called() {
        *calls.entry(call).or_default() += 1;
    }
    let denied = Action::Error { code: "AccessDenied".into(), status: Some(403), message: Some("no".into()) };
    bench.server.faults().add(Rule::on("GetAccountAuthorizationDetails", denied));
    let one_by_one = bench.read_all(objects).await;
    assert!(bench.called().iter().filter(|call| *call == "GetRole").count() == 10);
    ([listed, one_by_one], calls)
}

#[tokio::test]
async fn many_are_listed_and_nobody_can_tell() {
    for page_limit in [1000, 7] {
        let bench = Bench::with(
            Options { settle: Duration::ZERO, page_limit, ..Options::default() },
            Value::object::<&str>([]),
        )
        .await;
        let mut crowd = crowd(&bench).await;
        let ([listed, one_by_one], _) = read_both(&bench, &crowd).await;
        assert_eq!(listed, one_by_one);
        // Now the roles know what hangs on them, as after an apply.
        for ((_, known), found) in crowd.iter_mut().zip(listed) {
            *known = found.unwrap();
        }
        let ([listed, one_by_one], calls) = read_both(&bench, &crowd).await;
        assert_eq!(listed, one_by_one);
        assert!(crowd.iter().zip(&listed).all(|((_, known), found)| found.as_ref() == Some(known)));
        let pages = if page_limit == 7 { [3, 2] } else { [1, 1] };
        let expected =
            [("GetAccountAuthorizationDetails", pages[0]), ("GetPolicy", 5), ("ListRoles", pages[1])];
        assert_eq!(calls, expected.map(|(name, count)| (name.to_owned(), count)).into());

        // What changed behind our back is seen alike.
        let client = &bench.iam();
        client.update_role().role_name("r5").description("other").send().await.unwrap();
        let tag = aws_sdk_iam::types::Tag::builder().key("t").value("2").build().unwrap();
        client.tag_role().role_name("r6").tags(tag).send().await.unwrap();
        client.delete_role_policy().role_name("r7").policy_name("i").send().await.unwrap();
        let other = may(json!("x:y"));
        client
            .put_role_policy()
            .role_name("r8")
            .policy_name("i")
            .policy_document(&other)
            .send()
            .await
            .unwrap();
        let [first, second] = [0, 1].map(|at| text(&crowd[at].1, "arn").to_owned());
        client.detach_role_policy().role_name("r0").policy_arn(&first).send().await.unwrap();
        client.delete_role_policy().role_name("r3").policy_name("own").send().await.unwrap();
        client.attach_role_policy().role_name("r9").policy_arn(BASIC).send().await.unwrap();
        let version = client.create_policy_version().policy_arn(&second).policy_document(&other);
        version.set_as_default(true).send().await.unwrap();
        client.detach_role_policy().role_name("r1").policy_arn(&second).send().await.unwrap();
        client.delete_role_policy().role_name("r1").policy_name("i").send().await.unwrap();
        client.delete_role().role_name("r1").send().await.unwrap();
        let ([listed, one_by_one], _) = read_both(&bench, &crowd).await;
        assert_eq!(listed, one_by_one);
        let changed = crowd.iter().zip(&listed).filter(|((_, known), found)| found.as_ref() != Some(known));
        let changed: Vec<_> = changed.map(|((_, known), _)| text(known, "id")).collect();
        assert_eq!(changed.len(), 15, "{changed:?}");
    }
}
