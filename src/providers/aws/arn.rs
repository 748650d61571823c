//! Amazon Resource Names of Lambda: made, and taken apart.
//! Knows nothing of resources.

use std::sync::LazyLock;

use regex::Regex;

/// The partition a region belongs to, with its DNS suffix.
pub(super) fn partition(region: &str) -> (&'static str, &'static str) {
    match region {
        r if r.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
        r if r.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
        r if r.starts_with("us-iso-") => ("aws-iso", "c2s.ic.gov"),
        r if r.starts_with("us-isob-") => ("aws-iso-b", "sc2s.sgov.gov"),
        r if r.starts_with("eu-isoe-") => ("aws-iso-e", "cloud.adc-e.uk"),
        r if r.starts_with("us-isof-") => ("aws-iso-f", "csp.hci.ic.gov"),
        r if r.starts_with("eusc-") => ("aws-eusc", "amazonaws.eu"),
        _ => ("aws", "amazonaws.com"),
    }
}

/// The ARN by which API Gateway invokes a function, alias or version.
pub(super) fn invoke(arn: &str, region: &str) -> String {
    gateway(arn, region, "2015-03-31", "invocations")
}

/// The same for an answer that streams.
pub(super) fn invoke_streaming(arn: &str, region: &str) -> String {
    gateway(arn, region, "2021-11-15", "response-streaming-invocations")
}

fn gateway(arn: &str, region: &str, version: &str, what: &str) -> String {
    let partition = partition(region).0;
    format!("arn:{partition}:apigateway:{region}:lambda:path/{version}/functions/{arn}/{what}")
}

/// The region in an ARN.
pub(super) fn region(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|r| !r.is_empty())
}

/// An unqualified function ARN, whatever qualifier the service put on it.
pub(super) fn unqualified(arn: &str) -> String {
    arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}

/// The name of a function from its name, partial or full ARN, with or without a qualifier.
pub(super) fn function_name(name_or_arn: &str) -> &str {
    parts(name_or_arn).map_or(name_or_arn, |(name, _)| name)
}

/// The version or alias at the end of a function's name or ARN.
pub(super) fn qualifier(name_or_arn: &str) -> Option<&str> {
    parts(name_or_arn).and_then(|(_, qualifier)| qualifier)
}

fn parts(name_or_arn: &str) -> Option<(&str, Option<&str>)> {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?-u)^(?:arn:[\w-]+:lambda:)?(?:[a-z]{2,4}-(?:[a-z]+-){1,2}\d:)?(?:\d{12}:)?(?:function:)?",
            r"([\w-]+)(?::(\$LATEST|[\w-]+))?$"
        ))
        .ok()
    });
    let captured = FORM.as_ref()?.captures(name_or_arn)?;
    Some((captured.get(1)?.as_str(), captured.get(2).map(|qualifier| qualifier.as_str())))
}

/// Whether one is the ARN of the function that the other names (lambda-provider.md 0.6).
pub(super) fn same_function(a: &str, b: &str) -> bool {
    a == b || ((a.starts_with("arn:") != b.starts_with("arn:")) && function_name(a) == function_name(b))
}

/// The layer's ARN and the number in the ARN of a layer version.
pub(super) fn layer_version(arn: &str) -> Option<(&str, i64)> {
    let (layer, version) = arn.rsplit_once(':')?;
    (arn.matches(':').count() == 7).then_some(())?;
    Some((layer, version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_apart() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        for (text, name, version) in [
            ("f", "f", None),
            ("f:PROD", "f", Some("PROD")),
            ("123456789012:function:f", "f", None),
            (arn, "f", None),
            ("arn:aws:lambda:us-gov-west-1:123456789012:function:my_f-1:$LATEST", "my_f-1", Some("$LATEST")),
            ("not a name", "not a name", None),
        ] {
            assert_eq!((function_name(text), qualifier(text)), (name, version), "{text}");
        }
        assert!(same_function("f", arn) && same_function(arn, "f") && !same_function("g", arn));
        assert_eq!(unqualified(&format!("{arn}:3")), arn);
        assert_eq!(unqualified(arn), arn);
        assert_eq!(region(arn), Some("eu-west-1"));
        let layer = "arn:aws:lambda:eu-west-1:123456789012:layer:l";
        assert_eq!(layer_version(&format!("{layer}:12")), Some((layer, 12)));
        assert_eq!(layer_version(layer), None);
        assert_eq!(
            invoke(arn, "eu-west-1"),
            format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations")
        );
    }
}
