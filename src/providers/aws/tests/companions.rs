//! Aliases, layers, data sources, and what holds for every type.

use super::*;

#[tokio::test]
async fn an_alias_lives_its_life() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let published = |text: &str| {
        bench.package("f.zip", text);
        with(function(&zip), json!({ "publish": true }))
    };
    let one = bench.create(FUNCTION, &published("1")).await;
    let two = bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&one), &published("2"))).await.object.unwrap();
    let body = |version: &str, more: Json| {
        with(json!({ "name": "PROD", "function_name": "f", "function_version": version }), more)
    };
    bench.called();
    let alias = bench.create(ALIAS, &body("1", json!({}))).await;
    assert_eq!(bench.called(), ["CreateAlias", "GetAlias"]);
    assert_eq!(text(&alias, "id"), text(&alias, "arn"));
    assert_eq!(bench.read(ALIAS, &alias).await.object.as_ref(), Some(&alias));
    let by_arn = body("1", json!({ "function_name": text(&two, "arn") }));
    assert_eq!(changes(&bench.plan(ALIAS, Some(&alias), &by_arn)), [""; 0]);

    let shares = body("2", json!({ "routing_config": [{ "additional_version_weights": { "1": 0.25 } }] }));
    let planned = bench.plan(ALIAS, Some(&alias), &shares);
    assert_eq!(changes(&planned), ["function_version", "routing_config"]);
    let alias = bench.apply(ALIAS, &planned).await.object.unwrap();
    assert_eq!(changes(&bench.plan(ALIAS, Some(&alias), &shares)), [""; 0]);
    let alias =
        bench.apply(ALIAS, &bench.plan(ALIAS, Some(&alias), &body("2", json!({})))).await.object.unwrap();
    assert_eq!(alias.get("routing_config").unwrap().as_items().unwrap().len(), 0);

    let taken = bench.apply(ALIAS, &bench.plan(ALIAS, None, &body("1", json!({})))).await;
    assert_eq!(said(&taken.problems), ["E Alias exists already"]);
    let imported = bench.connection.import(ALIAS, "f/PROD").await.unwrap();
    assert_eq!(bench.read(ALIAS, &imported.object).await.object.as_ref(), Some(&alias));
    for _ in 0..2 {
        assert!(bench.delete(ALIAS, &alias).await.problems.is_empty());
    }
    assert_eq!(bench.read(ALIAS, &alias).await.object, None);
}

#[tokio::test]
async fn a_layer_lives_its_life() {
    let bench = Bench::new().await;
    let zip = bench.package("l.zip", "1");
    let body = json!({ "layer_name": "l", "filename": zip, "compatible_runtimes": ["python3.12"] });
    let layer = bench.create(LAYER, &body).await;
    assert_eq!(bench.called(), ["ListLayerVersions", "PublishLayerVersion", "GetLayerVersion"]);
    assert_eq!(text(&layer, "version"), "1");
    assert_eq!(bench.read(LAYER, &layer).await.object.as_ref(), Some(&layer));
    let again = bench.plan(LAYER, Some(&layer), &body);
    assert_eq!((changes(&again), again.response.replace.len()), (vec![], 0));

    bench.package("l.zip", "2");
    let planned = bench.plan(LAYER, Some(&layer), &body);
    assert_eq!(planned.response.replace, ["code_sha256".into()]);
    bench.package("l.zip", "1");

    let settle = SettleRequest {
        type_name: LAYER.into(),
        operation: "PublishLayerVersion".into(),
        target: "l".into(),
        prior: None,
        planned: Some(bench.plan(LAYER, None, &body).response.planned),
        package: None,
    };
    let Settled::Landed { object: Some(found), .. } = bench.connection.settle(settle).await else { panic!() };
    assert_eq!(found, layer);
    let imported = bench.connection.import(LAYER, text(&layer, "arn")).await.unwrap();
    let found = bench.read(LAYER, &imported.object).await.object.unwrap();
    let planned = bench.plan(LAYER, Some(&found), &body);
    assert_eq!((changes(&planned), planned.response.replace.len()), (vec![], 0));
    for _ in 0..2 {
        assert!(bench.delete(LAYER, &layer).await.problems.is_empty());
    }
    assert_eq!(bench.read(LAYER, &layer).await.object, None);
}

#[tokio::test]
async fn data_sources() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    bench.create(FUNCTION, &with(function(&zip), json!({ "publish": true, "tags": { "a": "1" } }))).await;
    let read = async |name: &str, body: Json| {
        let block = &Aws.schema().data(name).unwrap().schema.block;
        let (config, problems) = conform(block, &values::implied_value(&body).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        let found = bench.connection.read_data(name, config).await;
        found.inspect(|found| assert_eq!(found.ty(), block.ty(), "{name}"))
    };
    let found = read("aws_lambda_function", json!({ "function_name": "f" })).await.unwrap();
    assert_eq!((text(&found, "version"), text(&found, "handler")), ("1", "index.handler"));
    assert_eq!(text(&found, "source_code_hash"), text(&found, "code_sha256"));
    assert_eq!(values::to_json(found.get("tags").unwrap()), json!({ "a": "1" }));
    let missing = read("aws_lambda_function", json!({ "function_name": "g" })).await.unwrap_err();
    assert_eq!(said(&missing), ["E Function not found"]);
    let region = read("aws_region", json!({})).await.unwrap();
    assert_eq!(
        (text(&region, "name"), text(&region, "endpoint")),
        ("us-east-1", "ec2.us-east-1.amazonaws.com")
    );
    assert_eq!(text(&region, "region"), "us-east-1");
    let other = read("aws_region", json!({ "region": "eu-west-1" })).await.unwrap();
    assert_eq!(text(&other, "name"), "eu-west-1");
    let partition = read("aws_partition", json!({})).await.unwrap();
    assert_eq!((text(&partition, "id"), text(&partition, "reverse_dns_prefix")), ("aws", "com.amazonaws"));
    let identity = read("aws_caller_identity", json!({})).await.unwrap();
    assert_eq!(text(&identity, "account_id"), "123456789012");
    let arn = read("aws_arn", json!({ "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f:1" }))
        .await
        .unwrap();
    let parts = ["partition", "service", "region", "account", "resource"].map(|part| text(&arn, part));
    assert_eq!(parts, ["aws", "lambda", "eu-west-1", "123456789012", "function:f:1"]);
    let invalid = read("aws_arn", json!({ "arn": "arn:aws:lambda" })).await.unwrap_err();
    assert_eq!(said(&invalid), ["E Invalid ARN"]);
    for (service, region, expected) in
        [("lambda", None, "lambda.amazonaws.com"), ("logs", Some("cn-north-1"), "logs.amazonaws.com.cn")]
    {
        let body = json!({ "service_name": service, "region": region });
        assert_eq!(text(&read("aws_service_principal", body).await.unwrap(), "name"), expected);
    }
    let defaults = read("aws_default_tags", json!({})).await.unwrap();
    assert_eq!(values::to_json(&defaults), json!({ "id": "aws", "tags": {} }));
    let group = json!({ "name": "g", "retention_in_days": 7, "tags": { "a": "1" } });
    let made = bench.create("aws_cloudwatch_log_group", &group).await;
    let group = read("aws_cloudwatch_log_group", json!({ "name": "g" })).await.unwrap();
    for shared in ["arn", "retention_in_days", "log_group_class", "tags", "kms_key_id"] {
        assert_eq!(group.get(shared), made.get(shared), "{shared}");
    }
    let missing = read("aws_cloudwatch_log_group", json!({ "name": "h" })).await.unwrap_err();
    assert_eq!(said(&missing), ["E Log group not found"]);
}

#[tokio::test]
async fn an_object_may_name_its_region() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let here = bench.create(FUNCTION, &function(&zip)).await;
    let elsewhere = with(function(&zip), json!({ "region": "eu-west-1" }));
    let there = bench.create(FUNCTION, &elsewhere).await;
    assert!(text(&here, "arn").contains(":us-east-1:") && here.get("region").unwrap().is_null());
    assert!(text(&there, "arn").contains(":eu-west-1:"));
    assert_eq!(text(&there, "region"), "eu-west-1");
    let read = bench.read_all(&[(FUNCTION, there.clone()), (FUNCTION, here.clone())]).await;
    assert_eq!(read, [Some(there.clone()), Some(here.clone())]);
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&there), &elsewhere)), [""; 0]);
    // State of the provider's newer releases names the region even if nobody chose it.
    let named = here.with_attr("region", Value::from("us-east-1"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&named), &function(&zip))), [""; 0]);
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&there), &function(&zip))), ["region"]);
    let imported = bench.connection.import(FUNCTION, "f@eu-west-1").await.unwrap();
    let found = bench.read(FUNCTION, &imported.object).await.object.unwrap();
    assert_eq!(found.get("arn"), there.get("arn"));
    assert!(bench.delete(FUNCTION, &there).await.problems.is_empty());
    let read = bench.read_all(&[(FUNCTION, there), (FUNCTION, here.clone())]).await;
    assert_eq!(read, [None, Some(here)]);
}

#[tokio::test]
async fn many_objects_are_read_at_a_time_but_not_all_at_once() {
    let bench = Bench::new().await;
    let object = bench.create(FUNCTION, &function(&bench.package("f.zip", "1"))).await;
    bench.server.calls().reset();
    let delay = Action::Delay { ms: 20 };
    bench.server.faults().add(Rule::on("GetFunction", delay).always());
    let request = ReadRequest { type_name: FUNCTION.into(), prior: object, private: None };
    let seen = Mutex::new(Vec::new());
    let done = |index: usize, response: ReadResponse| {
        assert!(response.object.is_some());
        seen.lock().unwrap().push(index);
    };
    bench.connection.read(vec![request; 100], &done).await;
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    let most = bench.server.calls().most_in_flight();
    assert!((2..=super::super::READS).contains(&most), "{most}");
}

#[tokio::test]
async fn no_region_is_one_clear_diagnostic() {
    let settings = super::super::Settings::default();
    let environment = Environment { endpoint: Some("http://127.0.0.1:1".into()), ..Environment::default() };
    assert_eq!(super::super::client::region(&settings, &environment).await.unwrap(), "us-east-1");
    let unknown = Value::object([("region", Value::unknown(crate::base::Type::String))]);
    let connection = Aws.configure(&unknown, &Environment::default()).ok().unwrap();
    let problems = connection.connect().await.unwrap_err();
    assert_eq!(said(&problems), ["E Provider configuration not known yet"]);
}

/// A test that walks the registry: what every type must keep to.
#[test]
fn every_type_keeps_the_rules_of_a_schema() {
    use crate::schema::{Attribute, Kept, Mode};

    fn walk(at: &str, block: &Block, replaced: bool, carried: bool, found: &mut Vec<String>) {
        let snake =
            |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let mut names: Vec<&str> = block.names().collect();
        names.sort_unstable();
        names.dedup();
        if names.len() != block.names().count() {
            found.push(format!("{at}: a name occurs twice"));
        }
        let group_needed =
            |a: &Attribute| a.is_settable() && !(a.replace || replaced || carried || a.name == "id");
        for a in block.attributes {
            let at = format!("{at}.{}", a.name);
            if !snake(a.name) {
                found.push(format!("{at}: not snake_case"));
            }
            if a.default.is_some() && a.mode != Mode::Optional {
                found.push(format!("{at}: a default on what is not optional"));
            }
            if group_needed(a) && a.group.is_none() {
                found.push(format!("{at}: no call carries it"));
            }
            // A data source is read anew each time.
            if a.kept == Kept::Never && a.mode != Mode::Computed && !carried {
                found.push(format!("{at}: derived, but configuration may give it"));
            }
        }
        for b in block.blocks {
            let at = format!("{at}.{}", b.name);
            if !snake(b.name) {
                found.push(format!("{at}: not snake_case"));
            }
            if b.group.is_none() && !(b.replace || replaced || carried) {
                found.push(format!("{at}: no call carries it"));
            }
            walk(&at, &b.block, replaced || b.replace, carried || !b.group.is_none(), found);
        }
    }

    let mut found = Vec::new();
    let schema = Aws.schema();
    for resource in schema.resources {
        walk(resource.name, &resource.schema.block, false, false, &mut found);
        for name in resource.unique {
            if !resource.schema.block.attribute(name).is_some_and(|a| a.replace) {
                found.push(format!(
                    "{}.{name}: part of the name, but a change does not replace",
                    resource.name
                ));
            }
        }
    }
    for data in schema.data {
        walk(data.name, &data.schema.block, true, true, &mut found);
    }
    assert_eq!(found, [""; 0]);
    let names: Vec<&str> = schema.resources.iter().map(|r| r.name).collect();
    assert!(names.is_sorted() && names.contains(&FUNCTION), "{names:?}");
}
