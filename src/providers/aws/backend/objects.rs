//! Objects of the bucket: read, put under conditions, removed, listed.
//! Knows nothing of what is in them.

use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectCannedAcl, ServerSideEncryption};

use super::{Bucket, Failure};
use crate::base::Diagnostic;
use crate::providers::aws::error::{CallError, CallResult};

/// How often a content that breaks off is asked for again.
const READS: usize = 4;

/// When an object is put.
#[derive(Debug, Clone, Copy)]
enum When<'a> {
    /// Only if there is none of its key.
    Absent,
    /// Only if the one that is there has this entity tag.
    Is(&'a str),
    /// Whatever is there.
    Always,
}

impl Bucket {
    /// An object's content and its entity tag; `None` if there is none.
    ///
    /// # Errors
    /// What S3 answered.
    pub async fn get(&self, key: &str) -> Result<Option<(Vec<u8>, String)>, Failure> {
        self.find(key).await.map_err(|error| self.failed(&error, key))
    }

    /// Puts an object where there is none; returns its entity tag.
    ///
    /// # Errors
    /// [`Cause::Condition`](super::Cause::Condition) if there is one; what S3 answered.
    pub async fn create(&self, key: &str, bytes: Vec<u8>) -> Result<String, Failure> {
        self.put(key, bytes, When::Absent).await
    }

    /// Puts an object over the one with an entity tag, or over whatever there is; returns the new one.
    ///
    /// # Errors
    /// [`Cause::Condition`](super::Cause::Condition) if another is there; what S3 answered.
    pub async fn overwrite(&self, key: &str, bytes: Vec<u8>, etag: Option<&str>) -> Result<String, Failure> {
        self.put(key, bytes, etag.map_or(When::Always, When::Is)).await
    }

    /// Removes an object, if there is one.
    ///
    /// # Errors
    /// What S3 answered.
    pub async fn remove(&self, key: &str) -> Result<(), Failure> {
        let s3 = &self.session.s3;
        let call = || async {
            let call = s3.writes.delete_object().bucket(&self.name).key(key).send();
            call.await.map(|_| ())
        };
        // Once more does no harm.
        let removed = self.write(s3, "DeleteObject", call, || async { Ok(None) }).await;
        removed.map_err(|error| self.failed(&error, key))
    }

    /// The keys that begin with a prefix.
    ///
    /// # Errors
    /// What S3 answered.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let s3 = &self.session.s3;
        let (mut keys, mut token) = (Vec::new(), None);
        loop {
            let call = s3.reads.list_objects_v2().bucket(&self.name).prefix(prefix);
            let page = s3.read("ListObjectsV2", call.set_continuation_token(token.take()).send()).await;
            let page = page.map_err(|error| self.failed(&error, prefix))?;
            keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                return Ok(keys);
            }
        }
    }

    async fn find(&self, key: &str) -> CallResult<Option<(Vec<u8>, String)>> {
        let s3 = &self.session.s3;
        let mut broken = String::new();
        for _ in 0..READS {
            let mut call = s3.reads.get_object().bucket(&self.name).key(key);
            if let Some(customer) = &self.sealing.customer_key {
                call = call.sse_customer_algorithm("AES256").sse_customer_key(&customer.key);
                call = call.sse_customer_key_md5(&customer.md5);
            }
            let answer = match s3.read("GetObject", call.send()).await {
                Ok(answer) => answer,
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            };
            let etag = answer.e_tag().unwrap_or_default().to_owned();
            match answer.body.collect().await {
                Ok(body) => return Ok(Some((body.to_vec(), etag))),
                Err(error) => broken = error.to_string(),
            }
        }
        Err(CallError::cut_short("GetObject", broken))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, when: When<'_>) -> Result<String, Failure> {
        let s3 = &self.session.s3;
        let call = || async {
            let put = s3.writes.put_object().bucket(&self.name).key(key).content_type("application/json");
            let mut put = put.body(ByteStream::from(bytes.clone()));
            put = match when {
                When::Absent => put.if_none_match("*"),
                When::Is(etag) => put.if_match(etag),
                When::Always => put,
            };
            put = put.set_acl(self.sealing.acl.as_deref().map(ObjectCannedAcl::from));
            if let Some(customer) = &self.sealing.customer_key {
                put = put.sse_customer_algorithm("AES256").sse_customer_key(&customer.key);
                put = put.sse_customer_key_md5(&customer.md5);
            } else if self.sealing.encrypt {
                put = match &self.sealing.kms_key {
                    Some(key) => put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key),
                    None => put.server_side_encryption(ServerSideEncryption::Aes256),
                };
            }
            let put = match self.sealing.checksum {
                true => put.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await,
                false => {
                    let plain = aws_sdk_s3::config::Builder::new()
                        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
                    put.customize().config_override(plain).send().await
                }
            };
            put.map(|answer| answer.e_tag.unwrap_or_default())
        };
        let landed = || async {
            let found = self.find(key).await?;
            Ok(found.filter(|(there, _)| *there == bytes).map(|(_, etag)| etag))
        };
        let put = self.write(s3, "PutObject", call, landed).await;
        put.map_err(|error| self.failed(&error, key))
    }

    fn failed(&self, error: &CallError, key: &str) -> Failure {
        let mut failure = Failure::new(error, &format!("s3://{}/{key}", self.name));
        if error.code == "NoSuchBucket" {
            failure.problem = Diagnostic::error(
                "Bucket of the state does not exist",
                format!(
                    "The state was to be in the bucket {:?}, which does not exist. A bucket for states must be created \
                     before it is used; one that was created within the last minutes may not be known everywhere yet.",
                    self.name
                ),
            );
        }
        failure
    }
}
