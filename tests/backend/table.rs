//! Locks and digests in a DynamoDB table, on an emulator that has one.
//! Knows nothing of locks beside the state.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value as Json, json};

use super::bucket::{BUCKET, block};
use crate::support::emulator::Emulator;
use crate::support::sandbox::Sandbox;

/// Sends a request to a service of the emulator; gives its answer's body.
fn send(url: &str, service: &str, head: &str, more: &str, body: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
    write!(
        stream,
        "{head} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: AWS4-HMAC-SHA256 {scope}, \
         SignedHeaders=host, Signature=0\r\n{more}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn dynamodb(url: &str, operation: &str, body: &Json) -> Json {
    let more = format!(
        "content-type: application/x-amz-json-1.0\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n"
    );
    let answer = send(url, "dynamodb", "POST /", &more, &body.to_string());
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// The texts in the table, by their ids.
fn items(url: &str, table: &str) -> Vec<(String, Json)> {
    let found = dynamodb(url, "Scan", &json!({ "TableName": table }));
    let items = found["Items"].as_array().unwrap();
    items.iter().map(|item| (item["LockID"]["S"].as_str().unwrap().to_owned(), item.clone())).collect()
}

#[test]
fn locks_and_digests_are_kept_in_the_table() {
    let Some(emulator) = Emulator::shared_moto() else { return };
    let (url, table) = (emulator.url(), "backend-locks");
    send(url, "s3", &format!("PUT /{BUCKET}"), "", "");
    dynamodb(
        url,
        "CreateTable",
        &json!({
            "TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "LockID", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "LockID", "KeyType": "HASH" }],
        }),
    );
    for more in ["", "use_lockfile = true\n"] {
        let key = if more.is_empty() { "table/only" } else { "table/both" };
        let backend =
            block(&format!("{more}dynamodb_table = \"{table}\"")).replace("app/terraform.tfstate", key);
        let config = |value: &str| format!("{backend}output \"o\" {{\n  value = \"{value}\"\n}}\n");
        let sandbox = Sandbox::new().aws(url).env("LAMBDAFORM_PAUSES", "0.01").file("main.tf", config("one"));
        let run = |args: &[&str]| sandbox.lambdaform(args);
        run(&["init", "-no-color"]).assert_success();
        for value in ["one", "two"] {
            sandbox.write("main.tf", config(value));
            run(&["apply", "-auto-approve", "-no-color"]).assert_success();
            run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
        }
        let (lock, digest) = (format!("{BUCKET}/{key}"), format!("{BUCKET}/{key}-md5"));
        let own =
            || items(url, table).into_iter().filter(|(id, _)| id.starts_with(&lock)).collect::<Vec<_>>();
        let left = own();
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0].0, digest);

        // Somebody else's lock, as Terraform writes it.
        let info = json!({ "ID": "other-id", "Operation": "OperationTypeApply", "Who": "a@b", "Path": lock });
        let item = json!({ "LockID": { "S": lock }, "Info": { "S": info.to_string() } });
        dynamodb(url, "PutItem", &json!({ "TableName": table, "Item": item }));
        let refused = run(&["plan", "-no-color"]);
        refused
            .assert_code(1)
            .assert_stderr_has("Error acquiring the state lock")
            .assert_stderr_has("other-id");
        run(&["force-unlock", "-force", "x"]).assert_code(1).assert_stderr_has("other-id");
        run(&["force-unlock", "-force", "other-id"]).assert_success();
        run(&["plan", "-no-color"]).assert_success();

        // Another content than the digest is of.
        let item = json!({ "LockID": { "S": digest }, "Digest": { "S": "0".repeat(32) } });
        dynamodb(url, "PutItem", &json!({ "TableName": table, "Item": item }));
        run(&["plan", "-no-color"]).assert_code(1).assert_stderr_has("does not have the expected content");
        dynamodb(url, "PutItem", &json!({ "TableName": table, "Item": left[0].1 }));
        run(&["plan", "-no-color"]).assert_success();

        run(&["workspace", "new", "dev"]).assert_success();
        run(&["workspace", "select", "default"]).assert_success();
        assert!(items(url, table).iter().any(|(id, _)| id == &format!("{BUCKET}/env:/dev/{key}-md5")));
        run(&["workspace", "delete", "dev"]).assert_success();
        assert!(!items(url, table).iter().any(|(id, _)| id.contains("/dev/")));
    }

    // A table that is not there is never passed over.
    let sandbox = Sandbox::new().aws(url).file("main.tf", block("dynamodb_table = \"no-such-table\""));
    sandbox.lambdaform(&["init", "-no-color"]).assert_success();
    sandbox.lambdaform(&["plan", "-no-color"]).assert_code(1).assert_stderr_has("no-such-table");
}
