//! Buckets and objects, and code that Lambda takes from them.
//! Listings of Lambda's own are elsewhere.

use aws_sdk_lambda::types::FunctionCode;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier, ServerSideEncryption, Tag, Tagging, VersioningConfiguration,
};

use super::drive::*;
use crate::local::{Action, Options, Rule, start};

#[tokio::test]
async fn a_bucket_comes_with_its_first_object_where_any_will_do() {
    let (server, _) = serve(Options { any_bucket: true, ..frozen() }).await;
    let client = s3(&server);
    let put = client.put_object().bucket("bucket").key("k").body(ByteStream::from_static(b"x"));
    put.send().await.unwrap();
    let upload = client.create_multipart_upload().bucket("other").key("k").send().await;
    assert!(upload.unwrap().upload_id().is_some());
    let wrong = client.put_object().bucket("No_Bucket").key("k").send().await.unwrap_err();
    assert_eq!(wrong.into_service_error().code(), Some("NoSuchBucket"));
    let unmade = client.get_object().bucket("unmade").key("k").send().await.unwrap_err();
    assert_eq!(unmade.into_service_error().code(), Some("NoSuchBucket"));
}

#[tokio::test]
async fn objects_come_back_as_they_were_put() {
    let (server, _) = serve(frozen()).await;
    let client = s3(&server);
    let missing =
        client.put_object().bucket("bucket").key("k").send().await.unwrap_err().into_service_error();
    assert_eq!(missing.code(), Some("NoSuchBucket"));
    client.create_bucket().bucket("bucket").send().await.unwrap();
    for algorithm in [
        None,
        Some(ChecksumAlgorithm::Crc32),
        Some(ChecksumAlgorithm::Crc32C),
        Some(ChecksumAlgorithm::Crc64Nvme),
        Some(ChecksumAlgorithm::Sha1),
        Some(ChecksumAlgorithm::Sha256),
    ] {
        let put = client
            .put_object()
            .bucket("bucket")
            .key("a/ü +.txt")
            .body(ByteStream::from_static(b"hello world"))
            .content_type("text/plain")
            .cache_control("no-cache")
            .metadata("owner", "me")
            .tagging("a=1&b=2")
            .set_checksum_algorithm(algorithm.clone())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{algorithm:?}: {error:?}"));
        assert_eq!(put.e_tag(), Some("\"5eb63bbbe01eeed093cb22bb8f5acdc3\""));
        assert_eq!(put.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    }
    let head = client.head_object().bucket("bucket").key("a/ü +.txt").checksum_mode(ChecksumMode::Enabled);
    let head = head.send().await.unwrap();
    assert_eq!((head.content_length(), head.content_type()), (Some(11), Some("text/plain")));
    assert_eq!(head.metadata().unwrap().get("owner").map(String::as_str), Some("me"));
    assert_eq!(head.checksum_sha256(), Some("uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="));
    assert_eq!((head.version_id(), head.cache_control()), (None, Some("no-cache")));
    let range = client.get_object().bucket("bucket").key("a/ü +.txt").range("bytes=6-").send().await.unwrap();
    assert_eq!(range.content_range(), Some("bytes 6-10/11"));
    assert_eq!(&range.body.collect().await.unwrap().into_bytes()[..], b"world");
    let tags = client.get_object_tagging().bucket("bucket").key("a/ü +.txt").send().await.unwrap();
    assert_eq!(tags.tag_set().len(), 2);
    let tag = Tag::builder().key("c").value("<3>").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag.clone()).build().unwrap();
    client.put_object_tagging().bucket("bucket").key("a/ü +.txt").tagging(tagging).send().await.unwrap();
    let tags = client.get_object_tagging().bucket("bucket").key("a/ü +.txt").send().await.unwrap();
    assert_eq!(tags.tag_set(), [tag]);
    let absent = client.head_object().bucket("bucket").key("b").send().await.unwrap_err();
    assert_eq!(absent.raw_response().map(|raw| raw.status().as_u16()), Some(404));
    let full = client.delete_bucket().bucket("bucket").send().await.unwrap_err().into_service_error();
    assert_eq!(full.code(), Some("BucketNotEmpty"));
    let damaged = client.put_object().bucket("bucket").key("k").content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(damaged.send().await.unwrap_err().into_service_error().code(), Some("BadDigest"));
    server.stop().await;
}

#[tokio::test]
async fn a_lock_file_is_put_by_one_only() {
    let (server, _) = serve(frozen()).await;
    let client = s3(&server);
    client.create_bucket().bucket("bucket").send().await.unwrap();
    let take = || client.put_object().bucket("bucket").key("lock").if_none_match("*").send();
    let (first, second) = tokio::join!(take(), take());
    assert!(first.is_ok() != second.is_ok());
    let lost = first.err().or(second.err()).unwrap().into_service_error();
    assert_eq!(lost.code(), Some("PreconditionFailed"));
    server.faults().add(Rule::on("PutObject", Action::Throttle).function("slow"));
    let slow =
        client.put_object().bucket("bucket").key("slow").send().await.unwrap_err().into_service_error();
    assert_eq!(slow.code(), Some("SlowDown"));
    server.stop().await;
}

#[tokio::test]
async fn versions_are_kept_and_listed() {
    let (server, _) = serve(Options { page_limit: 1, ..frozen() }).await;
    let client = s3(&server);
    client.create_bucket().bucket("bucket").send().await.unwrap();
    let put = |key: &str, body: &str| {
        client.put_object().bucket("bucket").key(key).body(body.as_bytes().to_vec().into()).send()
    };
    put("old", "0").await.unwrap();
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket("bucket").versioning_configuration(enabled).send().await.unwrap();
    let first = put("k", "1").await.unwrap().version_id.unwrap();
    let second = put("k", "2").await.unwrap().version_id.unwrap();
    assert_ne!(first, second);
    let gone = client.delete_object().bucket("bucket").key("k").send().await.unwrap();
    assert_eq!(gone.delete_marker(), Some(true));
    let hidden = client.get_object().bucket("bucket").key("k").send().await.unwrap_err().into_service_error();
    assert_eq!(hidden.code(), Some("NoSuchKey"));
    let read = client.get_object().bucket("bucket").key("k").version_id(&first).send().await.unwrap();
    assert_eq!(&read.body.collect().await.unwrap().into_bytes()[..], b"1");

    let mut seen = Vec::new();
    let mut marker = None;
    loop {
        let page =
            client.list_object_versions().bucket("bucket").set_key_marker(marker).send().await.unwrap();
        seen.extend(
            page.versions().iter().map(|v| (v.key().unwrap().to_owned(), v.version_id().unwrap().to_owned())),
        );
        seen.extend(
            page.delete_markers().iter().map(|m| ("marker".to_owned(), m.version_id().unwrap().to_owned())),
        );
        marker = page.next_key_marker().map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.contains(&("old".to_owned(), "null".to_owned())), "{seen:?}");
    let object =
        |(key, id): (&str, &String)| ObjectIdentifier::builder().key(key).version_id(id).build().unwrap();
    let marker = gone.version_id.unwrap();
    let delete =
        Delete::builder().set_objects(Some([&first, &second, &marker].map(|id| object(("k", id))).into()));
    client.delete_objects().bucket("bucket").delete(delete.build().unwrap()).send().await.unwrap();
    let listed = client.list_objects_v2().bucket("bucket").into_paginator().send();
    let pages = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(
        pages.iter().flat_map(|page| page.contents()).filter_map(|o| o.key()).collect::<Vec<_>>(),
        ["old"]
    );
    server.stop().await;
}

#[tokio::test]
async fn listings_fold_what_lies_deeper() {
    let (server, _) = serve(Options { page_limit: 2, ..frozen() }).await;
    let client = s3(&server);
    client.create_bucket().bucket("bucket").send().await.unwrap();
    for key in ["a", "b/1", "b/2", "c", "d/e/f", "d&<"] {
        client.put_object().bucket("bucket").key(key).send().await.unwrap();
    }
    for (prefix, delimiter, expected) in [
        ("", None, vec!["a", "b/1", "b/2", "c", "d&<", "d/e/f"]),
        ("", Some("/"), vec!["a", "b/*", "c", "d&<", "d/*"]),
        ("d/", Some("/"), vec!["d/e/*"]),
        ("x", None, vec![]),
    ] {
        let list = client
            .list_objects_v2()
            .bucket("bucket")
            .prefix(prefix)
            .set_delimiter(delimiter.map(str::to_owned));
        let pages = list.into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        let mut names: Vec<String> = Vec::new();
        for page in &pages {
            names.extend(page.contents().iter().filter_map(|o| o.key()).map(str::to_owned));
            names.extend(page.common_prefixes().iter().filter_map(|p| p.prefix()).map(|p| format!("{p}*")));
        }
        names.sort();
        assert_eq!(names, expected, "{prefix:?} {delimiter:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn parts_become_an_object() {
    let (server, _) = serve(frozen()).await;
    let client = s3(&server);
    client.create_bucket().bucket("bucket").send().await.unwrap();
    let upload =
        client.create_multipart_upload().bucket("bucket").key("k").content_type("text/plain").send().await;
    let id = upload.unwrap().upload_id.unwrap();
    let mut parts = Vec::new();
    for (number, body) in [(1, vec![b'a'; 5 * 1024 * 1024]), (2, b"end".to_vec())] {
        let part = client.upload_part().bucket("bucket").key("k").upload_id(&id).part_number(number);
        let tag = part.body(body.into()).send().await.unwrap().e_tag.unwrap();
        parts.push(CompletedPart::builder().part_number(number).e_tag(tag).build());
    }
    let done = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = client.complete_multipart_upload().bucket("bucket").key("k").upload_id(&id);
    let complete = complete.multipart_upload(done).send().await.unwrap();
    assert!(complete.e_tag().unwrap().ends_with("-2\""), "{complete:?}");
    let head = client.head_object().bucket("bucket").key("k").send().await.unwrap();
    assert_eq!((head.content_length(), head.content_type()), (Some(5_242_883), Some("text/plain")));
    let again = client.abort_multipart_upload().bucket("bucket").key("k").upload_id(&id).send().await;
    assert_eq!(again.unwrap_err().into_service_error().code(), Some("NoSuchUpload"));
    server.stop().await;
}

#[tokio::test]
async fn lambda_takes_code_from_buckets_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options { data_dir: Some(folder.path().to_owned()), ..frozen() };
    let (server, lambda) = serve(kept()).await;
    let code = |bucket: &str, key: &str| FunctionCode::builder().s3_bucket(bucket).s3_key(key).build();
    create(&lambda, "elsewhere").code(code("nobodys", "k")).send().await.unwrap();
    s3(&server).create_bucket().bucket("code").send().await.unwrap();
    let (code_of, status, message) = refused(create(&lambda, "f").code(code("code", "f.zip")).send().await);
    assert_eq!((code_of.as_str(), status), ("InvalidParameterValueException", 400));
    assert_eq!(
        message,
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    );
    s3(&server)
        .put_object()
        .bucket("code")
        .key("d/f.zip")
        .body(zip("v1").into_inner().into())
        .send()
        .await
        .unwrap();
    server.stop().await;

    let (server, lambda) = serve(kept()).await;
    let made = create(&lambda, "f").code(code("code", "d/f.zip")).send().await.unwrap();
    let direct = create(&lambda, "direct").send().await.unwrap();
    assert_eq!(made.code_sha256(), direct.code_sha256());
    let far = client(&server, "eu-west-1");
    let message = refused(create(&far, "f").code(code("code", "d/f.zip")).send().await).2;
    assert!(
        message.contains("S3 Error Code: PermanentRedirect") && message.contains("us-east-1"),
        "{message}"
    );
    server.stop().await;
    assert!(start(kept()).await.is_ok());
}
