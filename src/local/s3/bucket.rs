//! Buckets: made, found, listed, versioned, deleted.
//! Knows nothing of what is in them but whether there is anything.

use super::error::{malformed, no_bucket, refusal};
use super::model::Bucket;
use super::{Answer, Reply, Request, bucket_mut};
use crate::local::call::Call;
use crate::local::clock::stamp_z;
use crate::local::error::Refusal;
use crate::local::shape::matches;
use crate::local::store::{Key, Shelf};
use crate::local::xml::{self, escape};

/// CreateBucket. In `us-east-1` one's own bucket can be made again, elsewhere that is refused, as AWS does.
pub fn create(call: &Call<'_>, request: &Request) -> Answer {
    check_name(&request.bucket)?;
    let given = std::str::from_utf8(&request.body).ok().filter(|body| !body.trim().is_empty());
    let document = given.map(|body| xml::parse(body).ok_or_else(malformed)).transpose()?;
    let constraint =
        document.as_ref().and_then(|root| root.text_of("LocationConstraint")).unwrap_or_default();
    let region = if constraint.is_empty() { call.place.region.as_str() } else { constraint };
    if !crate::local::place::is_region(region) {
        return Err(refusal("InvalidLocationConstraint", "The specified location-constraint is not valid"));
    }
    let locks = request.header("x-amz-bucket-object-lock-enabled").is_some_and(|flag| flag == "true");
    call.world(|world| {
        if bucket_mut(world, &request.bucket).is_some() {
            return match region {
                "us-east-1" => Ok(()),
                _ => Err(refusal(
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own it.",
                )),
            };
        }
        let mut bucket = Bucket::new(&request.bucket, call.now);
        bucket.locks = locks;
        bucket.versioning = locks.then(|| "Enabled".to_owned());
        world.entry(region.to_owned()).or_default().buckets.insert(request.bucket.clone(), bucket);
        Ok(())
    })?;
    request.touch_bucket(call);
    Ok(Reply::empty(200).with("location", format!("/{}", request.bucket)))
}

/// Sees to it that there is a bucket to put into; makes it where any bucket will do.
///
/// # Errors
/// `NoSuchBucket`.
pub fn expect(call: &Call<'_>, request: &Request) -> Result<(), Refusal> {
    let found = call.world(|world| bucket_mut(world, &request.bucket).is_some());
    if found {
        return Ok(());
    }
    if !call.shared.any_bucket || check_name(&request.bucket).is_err() {
        return Err(no_bucket());
    }
    let bucket = Bucket::new(&request.bucket, call.now);
    call.world(|world| {
        let region = world.entry(call.place.region.clone()).or_default();
        region.buckets.entry(request.bucket.clone()).or_insert(bucket);
    });
    request.touch_bucket(call);
    Ok(())
}

/// HeadBucket.
pub fn head(call: &Call<'_>, request: &Request) -> Answer {
    let region = call.world(|world| bucket_mut(world, &request.bucket).map(|(region, _)| region));
    Ok(Reply::empty(200).with("x-amz-bucket-region", region.ok_or_else(no_bucket)?))
}

/// DeleteBucket: only an empty one.
pub fn delete(call: &Call<'_>, request: &Request) -> Answer {
    let key = call.world(|world| {
        let (region, bucket) = bucket_mut(world, &request.bucket).ok_or_else(no_bucket)?;
        if !bucket.objects.is_empty() {
            return Err(refusal("BucketNotEmpty", "The bucket you tried to delete is not empty"));
        }
        if let Some(objects) = world.get_mut(&region) {
            objects.buckets.remove(&request.bucket);
        }
        Ok(Key { region, shelf: Shelf::Buckets, name: request.bucket.clone() })
    })?;
    call.touched.borrow_mut().push(key);
    Ok(Reply::empty(204))
}

/// ListBuckets.
pub fn list(call: &Call<'_>, _request: &Request) -> Answer {
    let mut buckets: Vec<(String, u64, String)> = call.world(|world| {
        let held = world.iter().flat_map(|(region, objects)| {
            objects.buckets.values().map(move |bucket| (bucket.name.clone(), bucket.created, region.clone()))
        });
        held.collect()
    });
    buckets.sort();
    let listed: String = buckets
        .iter()
        .map(|(name, created, region)| {
            let created = stamp_z(*created);
            format!(
                "<Bucket><Name>{name}</Name><CreationDate>{created}</CreationDate><BucketRegion>{region}\
                 </BucketRegion></Bucket>"
            )
        })
        .collect();
    let owner = &call.place.account;
    let content = format!("<Owner><ID>{owner}</ID></Owner><Buckets>{listed}</Buckets>");
    Ok(Reply::document("ListAllMyBucketsResult", &content))
}

/// GetBucketLocation: `us-east-1` is written as nothing.
pub fn location(call: &Call<'_>, request: &Request) -> Answer {
    let region = call.world(|world| bucket_mut(world, &request.bucket).map(|(region, _)| region));
    let region = region.ok_or_else(no_bucket)?;
    Ok(Reply::document("LocationConstraint", if region == "us-east-1" { "" } else { &region }))
}

/// GetBucketVersioning: nothing for a bucket that was never versioned.
pub fn versioning(call: &Call<'_>, request: &Request) -> Answer {
    let status = request.bucket(call, |bucket| Ok(bucket.versioning.clone()))?;
    let status = status.map(|status| format!("<Status>{status}</Status>")).unwrap_or_default();
    Ok(Reply::document("VersioningConfiguration", &status))
}

/// PutBucketVersioning: once enabled it can only be suspended.
pub fn version(call: &Call<'_>, request: &Request) -> Answer {
    let document = std::str::from_utf8(&request.body).ok().and_then(xml::parse).ok_or_else(malformed)?;
    let status = document.text_of("Status").filter(|status| matches!(*status, "Enabled" | "Suspended"));
    let status = status.ok_or_else(malformed)?;
    request.bucket(call, |bucket| {
        if bucket.locks && status == "Suspended" {
            return Err(refusal(
                "InvalidBucketState",
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            ));
        }
        bucket.versioning = Some(status.to_owned());
        Ok(())
    })?;
    request.touch_bucket(call);
    Ok(Reply::empty(200))
}

/// The names S3 takes. Source: "General purpose bucket naming rules".
fn check_name(name: &str) -> Result<(), Refusal> {
    let good = (3..=63).contains(&name.len())
        && matches(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", name)
        && !name.contains("..")
        && !matches(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", name)
        && !name.starts_with("xn--");
    if good {
        return Ok(());
    }
    Err(refusal("InvalidBucketName", format!("The specified bucket is not valid: {}", escape(name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_s3_takes() {
        for name in ["abc", "my-bucket.example", "0-0"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["ab", "Abc", "a_b", "a..b", "-ab", "ab-", "192.168.5.4", "xn--ab", "../../etc"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
