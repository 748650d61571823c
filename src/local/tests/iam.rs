//! Roles and policies through their life.
//! Knows nothing of functions.

use aws_sdk_iam::types::{EntityType, Tag};

use super::drive::*;
use crate::local::{Action, Options, Rule, start};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const MAY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

#[tokio::test]
async fn a_role_lives_until_nothing_hangs_on_it() {
    let (server, _) = serve(frozen()).await;
    let client = iam(&server);
    let tag = Tag::builder().key("a").value("1 & <2>").build().unwrap();
    let create = |name: &str| {
        client.create_role().role_name(name).path("/p/").assume_role_policy_document(TRUST).tags(tag.clone())
    };
    let made = create("r").send().await.unwrap().role.unwrap();
    assert_eq!(made.arn(), "arn:aws:iam::123456789012:role/p/r");
    let (code, status, message) = refused(create("R").send().await);
    assert_eq!((code.as_str(), status), ("EntityAlreadyExists", 409));
    assert_eq!(message, "Role with name R already exists.");
    let refusal = refused(create("x y").send().await);
    assert!(refusal.0 == "ValidationError" && refusal.2.contains("'roleName'"), "{refusal:?}");
    let refusal = refused(client.create_role().role_name("x").assume_role_policy_document(MAY).send().await);
    assert_eq!(refusal.0, "MalformedPolicyDocument");

    client.put_role_policy().role_name("r").policy_name("i").policy_document(MAY).send().await.unwrap();
    client.attach_role_policy().role_name("r").policy_arn(BASIC).send().await.unwrap();
    let missing = "arn:aws:iam::123456789012:policy/missing";
    let refusal = refused(client.attach_role_policy().role_name("r").policy_arn(missing).send().await);
    assert_eq!(refusal.0, "NoSuchEntity");
    client.update_role().role_name("r").description("d").max_session_duration(7200).send().await.unwrap();
    client.put_role_permissions_boundary().role_name("r").permissions_boundary(BASIC).send().await.unwrap();
    client.untag_role().role_name("r").tag_keys("b").send().await.unwrap();

    let role = client.get_role().role_name("r").send().await.unwrap().role.unwrap();
    assert_eq!((role.description(), role.max_session_duration()), (Some("d"), Some(7200)));
    assert_eq!(role.permissions_boundary().and_then(|b| b.permissions_boundary_arn()), Some(BASIC));
    assert_eq!(role.tags(), std::slice::from_ref(&tag));
    let inline = client.get_role_policy().role_name("r").policy_name("i").send().await.unwrap();
    assert!(inline.policy_document().starts_with("%7B%22Version%22"), "{}", inline.policy_document());
    let attached = client.list_attached_role_policies().role_name("r").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_name(), Some("AWSLambdaBasicExecutionRole"));

    let delete = || client.delete_role().role_name("r").send();
    assert_eq!(refused(delete().await).0, "DeleteConflict");
    client.detach_role_policy().role_name("r").policy_arn(BASIC).send().await.unwrap();
    assert_eq!(refused(delete().await).0, "DeleteConflict");
    client.delete_role_policy().role_name("r").policy_name("i").send().await.unwrap();
    delete().await.unwrap();
    assert_eq!(
        refused(delete().await),
        ("NoSuchEntity".into(), 404, "The role with name r cannot be found.".into())
    );
    server.stop().await;
}

#[tokio::test]
async fn a_policy_has_five_versions_at_most() {
    let (server, _) = serve(frozen()).await;
    let client = iam(&server);
    let made = client.create_policy().policy_name("p").policy_document(MAY).send().await.unwrap();
    let arn = made.policy.unwrap().arn.unwrap();
    assert_eq!(arn, "arn:aws:iam::123456789012:policy/p");
    let publish =
        || client.create_policy_version().policy_arn(&arn).policy_document(MAY).set_as_default(true).send();
    for _ in 2..=5 {
        publish().await.unwrap();
    }
    let (code, status, _) = refused(publish().await);
    assert_eq!((code.as_str(), status), ("LimitExceeded", 409));
    let remove = |id: &str| client.delete_policy_version().policy_arn(&arn).version_id(id).send();
    assert_eq!(refused(remove("v5").await).0, "DeleteConflict");
    remove("v1").await.unwrap();
    client.set_default_policy_version().policy_arn(&arn).version_id("v2").send().await.unwrap();
    let found = client.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    assert_eq!((found.default_version_id(), found.attachment_count()), (Some("v2"), Some(0)));
    let versions = client.list_policy_versions().policy_arn(&arn).send().await.unwrap();
    let ids: Vec<_> = versions.versions().iter().filter_map(|version| version.version_id()).collect();
    assert_eq!(ids, ["v5", "v4", "v3", "v2"]);
    assert_eq!(refused(client.delete_policy().policy_arn(&arn).send().await).0, "DeleteConflict");
    let managed = client.get_policy().policy_arn(BASIC).send().await.unwrap().policy.unwrap();
    assert_eq!(managed.path(), Some("/service-role/"));
    server.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages_and_faults_in_words_of_their_own() {
    let (server, _) = serve(Options { page_limit: 2, ..frozen() }).await;
    let client = iam(&server);
    for name in ["c", "a", "e", "b", "d"] {
        client.create_role().role_name(name).assume_role_policy_document(TRUST).send().await.unwrap();
    }
    let pages = client.list_roles().into_paginator().items().send();
    let names: Vec<_> = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let names: Vec<_> = names.iter().map(|role| role.role_name()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    server.faults().add(Rule::on("GetRole", Action::Throttle).function("a"));
    let (code, status, _) = refused(client.get_role().role_name("a").send().await);
    assert_eq!((code.as_str(), status), ("Throttling", 400));
    client.get_role().role_name("a").send().await.unwrap();
    let (code, ..) = refused(client.list_users().send().await);
    assert_eq!(code, "InvalidAction");
    server.stop().await;
}

#[tokio::test]
async fn the_details_of_an_account_are_one_list() {
    let (server, _) = serve(Options { page_limit: 2, ..frozen() }).await;
    let client = iam(&server);
    let tag = Tag::builder().key("a").value("1").build().unwrap();
    for name in ["r3", "r1", "r2"] {
        let role = client.create_role().role_name(name).assume_role_policy_document(TRUST).description("d");
        role.permissions_boundary(BASIC).tags(tag.clone()).send().await.unwrap();
        client.put_role_policy().role_name(name).policy_name("i").policy_document(MAY).send().await.unwrap();
        client.attach_role_policy().role_name(name).policy_arn(BASIC).send().await.unwrap();
    }
    let made = client.create_policy().policy_name("p").policy_document(MAY).send().await.unwrap();
    let arn = made.policy.unwrap().arn.unwrap();
    let version = client.create_policy_version().policy_arn(&arn).policy_document(TRUST);
    assert_eq!(refused(version.send().await).0, "MalformedPolicyDocument");
    client.create_policy_version().policy_arn(&arn).policy_document(MAY).send().await.unwrap();

    let list = || client.get_account_authorization_details().filter(EntityType::LocalManagedPolicy);
    let (mut roles, mut policies, mut marker) = (Vec::new(), Vec::new(), None);
    for pages in 1.. {
        let call = list().filter(EntityType::Role).set_marker(marker.take());
        let page = call.send().await.unwrap();
        assert_eq!((page.is_truncated, page.marker.is_some()), (pages < 2, pages < 2));
        roles.extend(page.role_detail_list.unwrap_or_default());
        policies.extend(page.policies.unwrap_or_default());
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    let single = client.get_role().role_name("r1").send().await.unwrap().role.unwrap();
    let names: Vec<_> = roles.iter().filter_map(|role| role.role_name()).collect();
    assert_eq!(names, ["r1", "r2", "r3"]);
    let role = &roles[0];
    assert_eq!(
        (role.role_id(), role.arn(), role.tags()),
        (Some(single.role_id()), Some(single.arn()), single.tags())
    );
    assert_eq!(role.permissions_boundary(), single.permissions_boundary());
    assert_eq!(role.assume_role_policy_document(), single.assume_role_policy_document());
    assert_eq!(role.attached_managed_policies()[0].policy_arn(), Some(BASIC));
    let inline = client.get_role_policy().role_name("r1").policy_name("i").send().await.unwrap();
    assert_eq!(role.role_policy_list()[0].policy_document(), Some(inline.policy_document()));
    let versions: Vec<_> =
        policies[0].policy_version_list().iter().map(|v| (v.version_id(), v.is_default_version)).collect();
    assert_eq!((policies.len(), versions), (1, vec![(Some("v2"), false), (Some("v1"), true)]));

    assert!(list().send().await.unwrap().role_detail_list().is_empty());
    let unknown = client.get_account_authorization_details().filter(EntityType::from("X")).send().await;
    assert_eq!(refused(unknown).0, "ValidationError");
    server.stop().await;
}

#[tokio::test]
async fn roles_and_policies_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data_dir: Some(folder.path().to_owned()), ..frozen() };
    let server = start(options()).await.unwrap();
    let client = iam(&server);
    client.create_role().role_name("a+b=c,d@e").assume_role_policy_document(TRUST).send().await.unwrap();
    client.create_policy().policy_name("p").policy_document(MAY).send().await.unwrap();
    server.stop().await;
    let server = start(options()).await.unwrap();
    let client = iam(&server);
    assert!(client.get_role().role_name("a+b=c,d@e").send().await.is_ok());
    client.delete_policy().policy_arn("arn:aws:iam::123456789012:policy/p").send().await.unwrap();
    server.stop().await;
}
