//! What a configuration for an object that exists would say; its content is downloaded, if it is not too much.
//! Changes nothing; knows nothing of where configuration goes.

use md5::{Digest, Md5};

use super::object::Place;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{Content, Description};
use crate::providers::aws::fields::{filled, without};
use crate::providers::aws::resource::Link;

/// The largest content that is downloaded, in bytes.
const MOST: i64 = 256 * 1024 * 1024;

/// Describes an object by a file with its content.
pub(super) async fn describe(link: &Link, object: Value) -> Description {
    let etag = filled(&object, "etag");
    let found = download(link, &Place::of(&object)).await;
    let object = without(object, &["etag"]);
    match found {
        Ok((name, bytes)) => {
            // Unless it was encrypted or uploaded in parts, the entity tag is the content's md5.
            let md5 = hex::encode(Md5::digest(&bytes));
            let hash = (Some(md5) == etag).then_some(("etag", "filemd5"));
            Description {
                content: Some(Content { name, bytes, path: "source", hash }),
                ..Description::of(object)
            }
        }
        Err(problems) => Description { problems, ..Description::of(object) },
    }
}

async fn download(link: &Link, place: &Place) -> Result<(String, Vec<u8>), Diagnostics> {
    let session = link.session().await?;
    let target = place.target();
    let call = session.s3.reads.get_object().bucket(&place.bucket).key(&place.key);
    let answer =
        session.s3.read("GetObject", call.send()).await.map_err(|error| error.diagnostic(&target))?;
    let length = answer.content_length.unwrap_or_default();
    let failed = |what: String| {
        Diagnostics::from(Diagnostic::warning(
            "Content was not downloaded",
            format!("The content of {target} is not in the generated configuration: {what}. Set \"source\"."),
        ))
    };
    if length > MOST {
        return Err(failed(format!("it has {length} bytes, and only {MOST} are downloaded")));
    }
    let bytes = answer.body.collect().await.map_err(|error| failed(error.to_string()))?;
    let name = place.key.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().to_owned();
    Ok((name, bytes.to_vec()))
}
