//! Where an object lives: partition, region and account, the ARNs that follow, and how they are read back.
//! Knows nothing of what the objects hold.

use super::error::{Kind, Refusal};

/// The region and account a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Region of the request's credential scope.
    pub region: String,
    /// Twelve digits.
    pub account: String,
}

impl Place {
    /// `aws`, `aws-cn`, `aws-us-gov`: it follows from the region.
    pub fn partition(&self) -> &'static str {
        match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// `arn:aws:lambda:REGION:ACCOUNT:` and the rest.
    pub fn arn(&self, rest: &str) -> String {
        format!("arn:{}:lambda:{}:{}:{rest}", self.partition(), self.region, self.account)
    }

    /// A function's ARN, qualified when a qualifier is given.
    pub fn function_arn(&self, name: &str, qualifier: Option<&str>) -> String {
        match qualifier {
            Some(qualifier) => self.arn(&format!("function:{name}:{qualifier}")),
            None => self.arn(&format!("function:{name}")),
        }
    }

    /// A layer's ARN, without a version.
    pub fn layer_arn(&self, name: &str) -> String {
        self.arn(&format!("layer:{name}"))
    }

    /// A layer version's ARN.
    pub fn layer_version_arn(&self, name: &str, version: u64) -> String {
        self.arn(&format!("layer:{name}:{version}"))
    }
}

/// A function as a request names it: by name, partial ARN or ARN, with or without a qualifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRef {
    /// The bare name.
    pub name: String,
    /// Version, alias or `$LATEST`.
    pub qualifier: Option<String>,
}

impl FunctionRef {
    /// Reads any of the name formats; the pattern has been checked before.
    /// Refuses another region, another account, and two qualifiers that differ.
    pub fn parse(text: &str, qualifier: Option<&str>, place: &Place) -> Result<Self, Refusal> {
        let mut parts = text.split(':').peekable();
        if text.starts_with("arn:") {
            parts.by_ref().take(3).for_each(drop);
        }
        let count = parts.clone().count();
        if let Some(region) = parts.next_if(|part| count > 1 && is_region(part))
            && region != place.region
        {
            return Err(Refusal::invalid(format!(
                "Functions from '{region}' are not reachable in this region ('{}')",
                place.region
            )));
        }
        let count = parts.clone().count();
        if let Some(account) = parts.next_if(|part| count > 1 && is_account(part))
            && account != place.account
        {
            return Err(Refusal::new(
                Kind::AccessDenied,
                format!(
                    "The function {text} belongs to another account than the caller's ({}).",
                    place.account
                ),
            ));
        }
        let count = parts.clone().count();
        parts.next_if(|part| count > 1 && *part == "function");
        let name = parts.next().unwrap_or_default().to_owned();
        let derived = parts.next();
        match (derived, qualifier) {
            (Some(derived), Some(given)) if derived != given => Err(Refusal::invalid(
                "The derived qualifier from the function name does not match the specified qualifier.",
            )),
            _ => Ok(Self { name, qualifier: derived.or(qualifier).map(str::to_owned) }),
        }
    }
}

/// The bare name of a layer that is named or given by its ARN.
pub fn layer_name(text: &str) -> &str {
    match text.split_once(":layer:") {
        Some((_, rest)) => rest.split(':').next().unwrap_or(rest),
        None => text,
    }
}

/// The parts of a layer version's ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerVersionRef<'a> {
    /// Region of the layer.
    pub region: &'a str,
    /// Account that owns the layer.
    pub account: &'a str,
    /// The layer's name.
    pub name: &'a str,
    /// The version number.
    pub version: u64,
}

impl<'a> LayerVersionRef<'a> {
    /// Reads `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`.
    pub fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.split(':').skip(3);
        let (region, account) = (parts.next()?, parts.next()?);
        let (kind, name, version) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
        (kind == "layer").then_some(Self { region, account, name, version })
    }
}

/// True for `us-east-1`, `us-gov-west-1` and their like; also what makes a region safe as a folder name.
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().is_some_and(|part| part.len() == 2 && lower(part));
    let last = parts
        .next_back()
        .is_some_and(|part| part.len() == 1 && part.as_bytes().iter().all(u8::is_ascii_digit));
    let mut middle = parts.peekable();
    first && last && middle.peek().is_some() && middle.all(lower) && text.len() < 32
}

fn lower(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Place {
        Place { region: "eu-west-1".to_owned(), account: "123456789012".to_owned() }
    }

    #[test]
    fn every_name_format_names_the_same_function() {
        for (text, given, name, qualifier) in [
            ("f", None, "f", None),
            ("f:prod", None, "f", Some("prod")),
            ("f", Some("3"), "f", Some("3")),
            ("function:f", None, "f", None),
            ("123456789012:function:f", None, "f", None),
            ("123456789012:function:f:7", Some("7"), "f", Some("7")),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f", None, "f", None),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST", None, "f", Some("$LATEST")),
            ("123456789012", None, "123456789012", None),
        ] {
            let found = FunctionRef::parse(text, given, &here()).unwrap();
            assert_eq!((found.name.as_str(), found.qualifier.as_deref()), (name, qualifier), "{text}");
        }
    }

    #[test]
    fn other_regions_accounts_and_qualifiers_are_refused() {
        for (text, given, code) in [
            ("arn:aws:lambda:us-east-1:123456789012:function:f", None, "InvalidParameterValueException"),
            ("210987654321:function:f", None, "AccessDeniedException"),
            ("f:1", Some("2"), "InvalidParameterValueException"),
        ] {
            assert_eq!(FunctionRef::parse(text, given, &here()).unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn regions_are_recognised() {
        for region in ["us-east-1", "us-gov-west-1", "us-isob-east-1", "ap-southeast-5"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "us", "us-1", "us-east-", "..", "us-../x-1", "prod-v-1x"] {
            assert!(!is_region(other), "{other}");
        }
    }

    #[test]
    fn layers_are_named_by_name_or_arn() {
        assert_eq!(layer_name("deps"), "deps");
        assert_eq!(layer_name("arn:aws:lambda:eu-west-1:123456789012:layer:deps"), "deps");
        let parsed = LayerVersionRef::parse("arn:aws:lambda:eu-west-1:123456789012:layer:deps:4").unwrap();
        assert_eq!((parsed.region, parsed.name, parsed.version), ("eu-west-1", "deps", 4));
        assert_eq!(LayerVersionRef::parse("arn:aws:lambda:eu-west-1:123456789012:layer:deps"), None);
    }
}
