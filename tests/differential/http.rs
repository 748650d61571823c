//! One HTTP request over loopback, as an AWS client without a signature would send it.
//! Knows no operation of any service.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// Sends `body` (`Null` for none) to Lambda's `path` at `url`, and answers with the status and the JSON it got (`Null` for
/// none).
#[track_caller]
pub fn request(url: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(url, "lambda", method, path, &[], body)
}

/// Posts a form to a service of the query protocol at `url`.
#[track_caller]
pub fn form(url: &str, service: &str, fields: &[(&str, &str)]) {
    let body: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let (status, _) = send(url, service, "POST", "/", &headers, body.join("&"));
    assert_eq!(status, 200, "{fields:?}");
}

/// A text as paths and forms hold it.
pub fn escape(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Sends `body` to a service's `path` at `url`, and answers with the status and the JSON it got (`Null` for anything else).
/// The content is JSON unless a header says otherwise.
#[track_caller]
pub fn send(
    url: &str,
    service: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> (u16, Value) {
    let body = body.as_ref();
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content = (!has_type).then_some(("Content-Type", "application/json"));
    let headers: String =
        headers.iter().chain(&content).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let host = url.strip_prefix("http://").unwrap();
    // Emulators look for the service in the signature; no server in these tests checks one.
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\
         {headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunk(body) } else { body.to_owned() };
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        whole.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    whole
}
