//! Log groups through their life.
//! Knows nothing of functions.

use aws_sdk_cloudwatchlogs::types::LogGroupClass;

use super::drive::*;
use crate::local::{Action, Options, Rule, start};

#[tokio::test]
async fn a_log_group_lives_until_it_is_deleted() {
    let (server, _) = serve(frozen()).await;
    let client = logs(&server);
    let name = "/aws/lambda/f";
    let create = || client.create_log_group().log_group_name(name).tags("a", "1");
    create().send().await.unwrap();
    let (code, status, message) = refused(create().send().await);
    assert_eq!((code.as_str(), status), ("ResourceAlreadyExistsException", 400));
    assert_eq!(message, "The specified log group already exists");

    client.put_retention_policy().log_group_name(name).retention_in_days(14).send().await.unwrap();
    let refusal =
        refused(client.put_retention_policy().log_group_name(name).retention_in_days(2).send().await);
    assert!(refusal.0 == "InvalidParameterException" && refusal.2.contains("[1, 3, 5,"), "{refusal:?}");
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    client.associate_kms_key().log_group_name(name).kms_key_id(key).send().await.unwrap();
    let found = client.describe_log_groups().log_group_name_prefix(name).send().await.unwrap();
    let [group] = found.log_groups() else { panic!("{found:?}") };
    let arn = format!("arn:aws:logs:us-east-1:123456789012:log-group:{name}");
    assert_eq!(group.arn(), Some(&*format!("{arn}:*")));
    assert_eq!((group.log_group_arn(), group.retention_in_days()), (Some(&*arn), Some(14)));
    assert_eq!((group.kms_key_id(), group.log_group_class()), (Some(key), Some(&LogGroupClass::Standard)));

    client.tag_resource().resource_arn(&arn).tags("b", "2").send().await.unwrap();
    client.untag_resource().resource_arn(&arn).tag_keys("a").send().await.unwrap();
    let tags = client.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap(), &[("b".to_owned(), "2".to_owned())].into());

    client.delete_retention_policy().log_group_name(name).send().await.unwrap();
    client.disassociate_kms_key().log_group_name(name).send().await.unwrap();
    let found = client.describe_log_groups().send().await.unwrap();
    assert_eq!((found.log_groups()[0].retention_in_days(), found.log_groups()[0].kms_key_id()), (None, None));
    client.delete_log_group().log_group_name(name).send().await.unwrap();
    let gone = refused(client.delete_log_group().log_group_name(name).send().await);
    assert_eq!(gone.0, "ResourceNotFoundException");
    assert_eq!(
        refused(client.create_log_group().log_group_name("a b").send().await).0,
        "InvalidParameterException"
    );
    server.stop().await;
}

#[tokio::test]
async fn groups_are_listed_in_pages_and_throttled_in_words_of_their_own() {
    let (server, _) = serve(Options { page_limit: 2, ..frozen() }).await;
    let client = logs(&server);
    for name in ["a", "b/1", "b/2", "b/3", "c"] {
        client.create_log_group().log_group_name(name).send().await.unwrap();
    }
    let pages = client.describe_log_groups().log_group_name_prefix("b/").into_paginator().items().send();
    let names: Vec<_> = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(
        names.iter().filter_map(|group| group.log_group_name()).collect::<Vec<_>>(),
        ["b/1", "b/2", "b/3"]
    );
    assert_eq!(server.calls().count("DescribeLogGroups"), 2);
    server.faults().add(Rule::on("DescribeLogGroups", Action::Throttle));
    let slow = refused(client.describe_log_groups().send().await);
    assert_eq!((slow.0.as_str(), slow.1), ("ThrottlingException", 400));
    server.faults().add(Rule::on("DeleteLogGroup", Action::DropAfter).function("c"));
    assert!(client.delete_log_group().log_group_name("c").send().await.is_err());
    assert_eq!(
        client.describe_log_groups().log_group_name_prefix("c").send().await.unwrap().log_groups().len(),
        0
    );
    server.stop().await;
}

#[tokio::test]
async fn groups_survive_a_restart_whatever_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options { data_dir: Some(folder.path().to_owned()), ..frozen() };
    let long = "x/".repeat(250);
    let server = start(kept()).await.unwrap();
    let mut made = Vec::new();
    for name in ["/aws/lambda/f", "../up", &long, "a#b"] {
        logs(&server).create_log_group().log_group_name(name).send().await.unwrap();
        made.push(name);
    }
    server.stop().await;
    let server = start(kept()).await.unwrap();
    let found = logs(&server).describe_log_groups().send().await.unwrap();
    let mut found: Vec<_> = found.log_groups().iter().filter_map(|group| group.log_group_name()).collect();
    found.sort_unstable();
    made.sort_unstable();
    assert_eq!(found, made);
    server.stop().await;
    assert!(!folder.path().join("us-east-1/up.json").exists());
}
