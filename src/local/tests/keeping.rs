//! What survives a restart.
//! Only the data folder is looked at.

use std::os::unix::fs::PermissionsExt;

use super::drive::*;
use crate::local::{Options, StartError, StoreError, start};

#[tokio::test]
async fn objects_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options { data_dir: Some(folder.path().join("data")), ..frozen() };
    let (server, client) = serve(kept()).await;
    active(&server, &client, "f").await;
    client.publish_version().function_name("f").send().await.unwrap();
    client.create_alias().function_name("f").name("live").function_version("1").send().await.unwrap();
    let before = client.get_function_configuration().function_name("f:live").send().await.unwrap();
    create(&client, "gone").send().await.unwrap();
    client.delete_function().function_name("gone").send().await.unwrap();
    assert!(matches!(start(kept()).await, Err(StartError::Store(StoreError::Busy { .. }))));
    server.stop().await;

    let (server, client) = serve(kept()).await;
    server.clock().advance(SETTLE);
    let after = client.get_function_configuration().function_name("f:live").send().await.unwrap();
    assert_eq!(after.code_sha256(), before.code_sha256());
    assert_eq!(after.version(), Some("1"));
    assert_eq!(client.list_functions().send().await.unwrap().functions().len(), 1);
    server.stop().await;

    let file = folder.path().join("data/us-east-1/functions/f.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let parent = std::fs::metadata(file.parent().unwrap()).unwrap();
    assert_eq!(parent.permissions().mode() & 0o777, 0o700);
    std::fs::write(&file, "{").unwrap();
    assert!(matches!(start(kept()).await, Err(StartError::Store(StoreError::Damaged { .. }))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_of_many_changes_is_the_one_kept() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options { data_dir: Some(folder.path().to_owned()), ..frozen() };
    let (server, client) = serve(kept()).await;
    let creates: Vec<_> =
        (0..40).map(|index| tokio::spawn(create(&client, &format!("f{index:02}")).send())).collect();
    for create in creates {
        create.await.unwrap().unwrap();
    }
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f00";
    let tags: Vec<_> = (0..20)
        .map(|index| tokio::spawn(client.tag_resource().resource(arn).tags(format!("k{index}"), "v").send()))
        .collect();
    for tag in tags {
        tag.await.unwrap().unwrap();
    }
    server.stop().await;
    let (server, client) = serve(kept()).await;
    assert_eq!(client.list_functions().send().await.unwrap().functions().len(), 40);
    let tags = client.list_tags().resource(arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().len(), 20);
    server.stop().await;
}
