//! `data "local_file"` and `data "local_sensitive_file"`: the content of a file and its checksums.
//! Writes nothing.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::content::{summed, with_sums};
use crate::base::{Diagnostic, Diagnostics, Value, file};
use crate::provider::{BoxFuture, DataType};
use crate::providers::offline::{self, blocking, filled, text};
use crate::schema::{Attribute, Block, Schema};

/// A data source for files, by what it says of the content.
pub(super) struct File(&'static DataType);

/// `data "local_file"`
pub(super) static FILE: File = File(&OPEN);
/// `data "local_sensitive_file"`
pub(super) static SENSITIVE_FILE: File = File(&SENSITIVE);

static OPEN_ATTRIBUTES: [Attribute; 10] = with_sums([
    Attribute::string("content").computed(),
    Attribute::string("content_base64").computed(),
    Attribute::string("filename").required(),
]);

static SENSITIVE_ATTRIBUTES: [Attribute; 10] = with_sums([
    Attribute::string("content").computed().sensitive(),
    Attribute::string("content_base64").computed().sensitive(),
    Attribute::string("filename").required(),
]);

static OPEN: DataType = DataType {
    name: "local_file",
    schema: Schema { version: 0, block: Block { attributes: &OPEN_ATTRIBUTES, blocks: &[] } },
    pure: false,
};

static SENSITIVE: DataType = DataType {
    name: "local_sensitive_file",
    schema: Schema { version: 0, block: Block { attributes: &SENSITIVE_ATTRIBUTES, blocks: &[] } },
    pure: false,
};

impl offline::Data for File {
    fn declaration(&self) -> &'static DataType {
        self.0
    }

    fn read(&self, config: Value) -> BoxFuture<'static, Result<Value, Diagnostics>> {
        Box::pin(blocking(move || {
            let filename = text(&config, "filename").unwrap_or_default();
            let content = file::read(Path::new(filename)).map_err(|error| {
                Diagnostic::error("File could not be read", format!("Reading {filename} failed: {error}."))
                    .on("filename")
            })?;
            let object = filled(
                &config,
                [
                    ("content", Value::text(&String::from_utf8_lossy(&content))),
                    ("content_base64", BASE64_STANDARD.encode(&content).into()),
                ],
            );
            Ok(summed(&object, &content))
        }))
    }
}
