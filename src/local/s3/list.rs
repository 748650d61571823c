//! Listings of a bucket: objects, and all their versions, in pages.
//! Knows nothing of contents.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::refusal;
use super::model::Version;
use super::{Answer, Reply, Request};
use crate::local::call::Call;
use crate::local::clock::stamp_z;
use crate::local::error::Refusal;
use crate::local::xml::escape;

/// Most entries of a page. Source: ListObjectsV2.
const LIMIT: usize = 1000;

/// What a listing is asked for.
struct Wish<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    /// Only what sorts after this.
    after: String,
    limit: usize,
    /// Whether keys are to be percent-encoded.
    encoded: bool,
}

/// An entry of a page: an item, or the common beginning of several keys.
enum Entry<T> {
    Item(T),
    Prefix(String),
}

impl<'a> Wish<'a> {
    fn read(call: &Call<'_>, request: &'a Request, after: Option<String>) -> Result<Self, Refusal> {
        let asked = request.asked("max-keys").filter(|n| !n.is_empty()).unwrap_or("1000");
        let limit: usize = asked.parse().map_err(|_| {
            refusal("InvalidArgument", "Provided max-keys not an integer or within integer range")
        })?;
        Ok(Self {
            prefix: request.asked("prefix").unwrap_or_default(),
            delimiter: request.asked("delimiter").unwrap_or_default(),
            after: after.unwrap_or_default(),
            limit: limit.min(LIMIT).min(call.shared.page_limit),
            encoded: request.asked("encoding-type") == Some("url"),
        })
    }

    /// The name a key is listed under: its own, or the beginning up to the delimiter.
    fn listed<'k>(&self, key: &'k str) -> Option<(&'k str, bool)> {
        let rest = key.strip_prefix(self.prefix)?;
        let cut = rest.find(self.delimiter).filter(|_| !self.delimiter.is_empty());
        match cut {
            Some(at) => Some((key.get(..self.prefix.len() + at + self.delimiter.len())?, true)),
            None => Some((key, false)),
        }
    }

    /// One page of items that come ordered by key, and the name of its last entry when more follow.
    fn cut<T>(&self, items: impl Iterator<Item = (impl AsRef<str>, T)>) -> (Vec<Entry<T>>, Option<String>) {
        let mut page: Vec<Entry<T>> = Vec::new();
        let mut last = String::new();
        for (key, item) in items {
            let Some((name, common)) = self.listed(key.as_ref()) else { continue };
            if (!self.after.is_empty() && name <= self.after.as_str()) || (common && name == last) {
                continue;
            }
            if page.len() >= self.limit {
                return (page, Some(last).filter(|last| !last.is_empty()));
            }
            last = name.to_owned();
            page.push(if common { Entry::Prefix(name.to_owned()) } else { Entry::Item(item) });
        }
        (page, None)
    }

    fn text(&self, key: &str) -> String {
        if self.encoded { encode(key) } else { escape(key) }
    }

    /// What every listing repeats, and the page itself.
    fn document<T>(&self, bucket: &str, page: &[Entry<T>], item: impl Fn(&T) -> String) -> String {
        let delimiter = match self.delimiter {
            "" => String::new(),
            delimiter => format!("<Delimiter>{}</Delimiter>", self.text(delimiter)),
        };
        let encoding = if self.encoded { "<EncodingType>url</EncodingType>" } else { "" };
        let entries: String = page
            .iter()
            .map(|entry| match entry {
                Entry::Item(found) => item(found),
                Entry::Prefix(prefix) => {
                    format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", self.text(prefix))
                }
            })
            .collect();
        format!(
            "<Name>{bucket}</Name><Prefix>{}</Prefix>{delimiter}<MaxKeys>{}</MaxKeys>{encoding}{entries}",
            self.text(self.prefix),
            self.limit,
        )
    }
}

/// ListObjectsV2.
pub fn objects_v2(call: &Call<'_>, request: &Request) -> Answer {
    let token = request.asked("continuation-token").map(|token| {
        let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|key| String::from_utf8(key).ok());
        key.ok_or_else(|| refusal("InvalidArgument", "The continuation token provided is incorrect"))
    });
    let after = token.transpose()?.or_else(|| request.asked("start-after").map(str::to_owned));
    list_objects(call, request, after, |count, next| {
        let next = next.map(|next| {
            format!("<NextContinuationToken>{}</NextContinuationToken>", URL_SAFE_NO_PAD.encode(next))
        });
        format!("<KeyCount>{count}</KeyCount>{}", next.unwrap_or_default())
    })
}

/// ListObjects, the older listing.
pub fn objects(call: &Call<'_>, request: &Request) -> Answer {
    let after = request.asked("marker").map(str::to_owned);
    list_objects(call, request, after, |_, next| {
        next.map(|next| format!("<NextMarker>{}</NextMarker>", escape(next))).unwrap_or_default()
    })
}

fn list_objects(
    call: &Call<'_>,
    request: &Request,
    after: Option<String>,
    paging: impl FnOnce(usize, Option<&str>) -> String,
) -> Answer {
    let wish = Wish::read(call, request, after)?;
    request.bucket(call, |bucket| {
        let current = bucket.objects.keys().filter_map(|key| Some((key, (key, bucket.current(key)?))));
        let (page, next) = wish.cut(current);
        let paging = paging(page.len(), next.as_deref());
        let content = wish.document(&bucket.name, &page, |(key, version)| {
            format!("<Contents><Key>{}</Key>{}</Contents>", wish.text(key), described(version))
        });
        let truncated = next.is_some();
        let content = format!("{content}<IsTruncated>{truncated}</IsTruncated>{paging}");
        Ok(Reply::document("ListBucketResult", &content))
    })
}

/// ListObjectVersions: newest first under each key. A page ends only between keys, which S3 does not promise but allows.
pub fn versions(call: &Call<'_>, request: &Request) -> Answer {
    let wish = Wish::read(call, request, request.asked("key-marker").map(str::to_owned))?;
    request.bucket(call, |bucket| {
        let (page, next) = wish.cut(bucket.objects.iter());
        let content = wish.document(&bucket.name, &page, |object| {
            let versions = object.versions.iter().rev().enumerate();
            let each = versions.map(|(at, version)| {
                let kind = if version.marker { "DeleteMarker" } else { "Version" };
                format!(
                    "<{kind}><Key>{}</Key><VersionId>{}</VersionId><IsLatest>{}</IsLatest>{}</{kind}>",
                    wish.text(&object.key),
                    version.id,
                    at == 0,
                    described(version)
                )
            });
            each.collect()
        });
        let next = next.map(|next| {
            let last = bucket.objects.get(&next).and_then(|object| object.versions.first());
            let id = last.map(|version| version.id.as_str()).unwrap_or_default();
            format!(
                "<NextKeyMarker>{}</NextKeyMarker><NextVersionIdMarker>{id}</NextVersionIdMarker>",
                wish.text(&next)
            )
        });
        let truncated = next.is_some();
        let content = format!("{content}<IsTruncated>{truncated}</IsTruncated>{}", next.unwrap_or_default());
        Ok(Reply::document("ListVersionsResult", &content))
    })
}

fn described(version: &Version) -> String {
    let modified = stamp_z(version.modified);
    if version.marker {
        return format!("<LastModified>{modified}</LastModified>");
    }
    let class = version.headers.get("x-amz-storage-class").map_or("STANDARD", String::as_str);
    format!(
        "<LastModified>{modified}</LastModified><ETag>&quot;{}&quot;</ETag><Size>{}</Size>\
         <StorageClass>{class}</StorageClass>",
        version.etag, version.size
    )
}

fn encode(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
