//! S3, path-style: which operation a request means, and the way to it.
//! Knows nothing of Lambda, which takes code from here.
//!
//! Requests and answers pass through here whole; `bucket`, `object`, `list`, `tagging` and `multipart` hold the operations,
//! `body` and `checksum` what an upload must satisfy, `model` what is kept.

mod body;
mod bucket;
mod checksum;
pub mod error;
mod list;
pub mod model;
pub mod multipart;
pub mod object;
mod tagging;

use bytes::Bytes;
use hyper::header::HeaderMap;

use super::call::Call;
use super::error::Refusal;
use super::route::{decode, pairs};
use super::store::{Key, Shelf};
use super::world::World;
use model::Bucket;

/// The largest request, in bytes. S3 takes 5 GB; nothing Lambda can use comes near this.
pub const REQUEST_LIMIT: usize = 384 * 1024 * 1024;

/// The namespace of every document.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// One request, taken apart.
#[derive(Debug)]
pub struct Request {
    /// The bucket; empty for the service itself.
    pub bucket: String,
    /// The key; empty for the bucket itself.
    pub key: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

/// A good answer.
#[derive(Debug, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, XML unless a header says otherwise.
    pub body: Bytes,
}

type Answer = Result<Reply, Refusal>;

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Service,
    Bucket,
    Object,
}

/// One operation.
pub struct Operation {
    /// Its name in the API.
    pub name: &'static str,
    method: &'static str,
    level: Level,
    /// A parameter that must be in the query.
    asked: Option<&'static str>,
    run: fn(&Call<'_>, &Request) -> Answer,
}

const fn operation(
    name: &'static str,
    method: &'static str,
    level: Level,
    asked: Option<&'static str>,
    run: fn(&Call<'_>, &Request) -> Answer,
) -> Operation {
    Operation { name, method, level, asked, run }
}

/// Every operation; those that a parameter tells apart come before the plain one.
#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    operation("ListBuckets", "GET", Level::Service, None, bucket::list),
    operation("GetBucketLocation", "GET", Level::Bucket, Some("location"), bucket::location),
    operation("GetBucketVersioning", "GET", Level::Bucket, Some("versioning"), bucket::versioning),
    operation("PutBucketVersioning", "PUT", Level::Bucket, Some("versioning"), bucket::version),
    operation("GetBucketTagging", "GET", Level::Bucket, Some("tagging"), tagging::get),
    operation("PutBucketTagging", "PUT", Level::Bucket, Some("tagging"), tagging::put),
    operation("DeleteBucketTagging", "DELETE", Level::Bucket, Some("tagging"), tagging::delete),
    operation("ListObjectVersions", "GET", Level::Bucket, Some("versions"), list::versions),
    operation("ListObjectsV2", "GET", Level::Bucket, Some("list-type"), list::objects_v2),
    operation("DeleteObjects", "POST", Level::Bucket, Some("delete"), object::delete_many),
    operation("GetObjectTagging", "GET", Level::Object, Some("tagging"), tagging::get),
    operation("PutObjectTagging", "PUT", Level::Object, Some("tagging"), tagging::put),
    operation("DeleteObjectTagging", "DELETE", Level::Object, Some("tagging"), tagging::delete),
    operation("PutObjectAcl", "PUT", Level::Object, Some("acl"), object::put_acl),
    operation("CreateMultipartUpload", "POST", Level::Object, Some("uploads"), multipart::create),
    operation("UploadPart", "PUT", Level::Object, Some("uploadId"), multipart::part),
    operation("CompleteMultipartUpload", "POST", Level::Object, Some("uploadId"), multipart::complete),
    operation("AbortMultipartUpload", "DELETE", Level::Object, Some("uploadId"), multipart::abort),
    operation("CreateBucket", "PUT", Level::Bucket, None, bucket::create),
    operation("HeadBucket", "HEAD", Level::Bucket, None, bucket::head),
    operation("DeleteBucket", "DELETE", Level::Bucket, None, bucket::delete),
    operation("ListObjects", "GET", Level::Bucket, None, list::objects),
    operation("PutObject", "PUT", Level::Object, None, object::put),
    operation("GetObject", "GET", Level::Object, None, object::get),
    operation("HeadObject", "HEAD", Level::Object, None, object::head),
    operation("DeleteObject", "DELETE", Level::Object, None, object::delete),
];

/// Parameters that name another operation than the plain one, so that an unknown one is not taken for it.
const SUBRESOURCES: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "torrent",
    "website",
    "renameObject",
];

/// The operation of a request; none when nothing here answers it.
pub fn find(method: &str, request: &Request) -> Option<&'static Operation> {
    let level = match (request.bucket.as_str(), request.key.as_str()) {
        ("", _) => Level::Service,
        (_, "") => Level::Bucket,
        _ => Level::Object,
    };
    let copies = request.header("x-amz-copy-source").is_some();
    OPERATIONS.iter().find(|operation| {
        operation.method == method
            && operation.level == level
            && match operation.asked {
                Some(name) => request.has(name),
                None => !copies && !SUBRESOURCES.iter().any(|name| request.has(name)),
            }
    })
}

impl Request {
    /// Takes a request apart: path-style, or with the bucket before `.localhost`.
    pub fn read(path: &str, query: &str, headers: HeaderMap, body: Bytes) -> Self {
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let path = path.strip_prefix('/').unwrap_or(path);
        let (bucket, key) = match host.strip_suffix(".localhost") {
            Some(bucket) => (bucket, path),
            None => path.split_once('/').unwrap_or((path, "")),
        };
        let (bucket, key) = (decode(bucket, false), decode(key, false));
        Self { bucket, key, query: pairs(query), headers, body }
    }

    /// What the request is about, as fault rules and the log of calls name it: the key, or the bucket.
    pub fn subject(&self) -> Option<String> {
        [&self.key, &self.bucket].into_iter().find(|name| !name.is_empty()).cloned()
    }

    /// The size of its body in bytes.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(given, _)| given == name)
    }

    fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Runs `work` on the bucket, under the lock.
    fn bucket<T>(
        &self,
        call: &Call<'_>,
        work: impl FnOnce(&mut Bucket) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        call.world(|world| {
            let (_, bucket) = bucket_mut(world, &self.bucket).ok_or_else(error::no_bucket)?;
            work(bucket)
        })
    }

    /// Remembers that the bucket's own settings changed.
    fn touch_bucket(&self, call: &Call<'_>) {
        self.touch(call, Shelf::Buckets, self.bucket.clone());
    }

    /// Remembers that an object changed.
    fn touch_object(&self, call: &Call<'_>, key: &str) {
        self.touch(call, Shelf::Objects, format!("{}/{key}", self.bucket));
    }

    fn touch(&self, call: &Call<'_>, shelf: Shelf, name: String) {
        let region = call.world(|world| bucket_mut(world, &self.bucket).map(|(region, _)| region));
        let region = region.unwrap_or_else(|| call.place.region.clone());
        call.touched.borrow_mut().push(Key { region, shelf, name });
    }
}

/// A bucket by name, with its region: names are shared by all regions.
pub fn bucket_mut<'w>(world: &'w mut World, name: &str) -> Option<(String, &'w mut Bucket)> {
    world
        .iter_mut()
        .find_map(|(region, objects)| objects.buckets.get_mut(name).map(|bucket| (region.clone(), bucket)))
}

impl Operation {
    /// Carries it out.
    ///
    /// # Errors
    /// What S3 refuses.
    pub fn run(&self, call: &Call<'_>, request: &Request) -> Answer {
        (self.run)(call, request)
    }
}

impl Reply {
    /// No body.
    fn empty(status: u16) -> Self {
        Reply { status, ..Reply::default() }
    }

    /// A document with this root and content.
    fn document(root: &str, content: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">{content}</{root}>"
        );
        Reply { status: 200, headers: Vec::new(), body: body.into() }
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, target: &str) -> Option<&'static str> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request::read(path, query, HeaderMap::new(), Bytes::new());
        find(method, &request).map(|operation| operation.name)
    }

    #[test]
    fn requests_mean_operations() {
        for (method, target, operation) in [
            ("GET", "/", Some("ListBuckets")),
            ("GET", "/b", Some("ListObjects")),
            ("GET", "/b/?list-type=2&prefix=a", Some("ListObjectsV2")),
            ("PUT", "/b/a/b%20c", Some("PutObject")),
            ("PUT", "/b/k?partNumber=1&uploadId=u", Some("UploadPart")),
            ("GET", "/b?policy", None),
            ("GET", "/b/k?acl", None),
            ("POST", "/b/k", None),
        ] {
            assert_eq!(found(method, target), operation, "{method} {target}");
        }
        let request = Request::read("/b/a%2Fb/c+d", "", HeaderMap::new(), Bytes::new());
        assert_eq!((request.bucket.as_str(), request.key.as_str()), ("b", "a/b/c+d"));
        let host = HeaderMap::from_iter([(hyper::header::HOST, "b.localhost:80".parse().unwrap())]);
        let request = Request::read("/k/l", "", host, Bytes::new());
        assert_eq!((request.bucket.as_str(), request.key.as_str()), ("b", "k/l"));
    }
}
