//! Roles, policies and attachments: what is asked, what is kept, and what happens when answers are lost.

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
