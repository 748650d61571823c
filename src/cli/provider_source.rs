//! Provider sources: from what a person writes, `aws` or `hashicorp/aws`, to the full address that state and plugins have.
//! Knows no provider.

/// The registry that is meant where none is named.
const HOST: &str = "registry.terraform.io";

/// The namespace that is meant where none is named.
const NAMESPACE: &str = "hashicorp";

/// The full address of a source `[HOST/][NAMESPACE/]NAME`.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn full(text: &str) -> Result<String, String> {
    let named =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let parts: Vec<&str> = text.split('/').collect();
    let (host, namespace, name) = match parts.as_slice() {
        [host, namespace, name] => (*host, *namespace, *name),
        [namespace, name] => (HOST, *namespace, *name),
        [name] => (HOST, NAMESPACE, *name),
        _ => return Err("It has more than three parts.".to_owned()),
    };
    if host.is_empty() {
        return Err("Its hostname is empty.".to_owned());
    }
    for part in [namespace, name] {
        if !named(part) {
            return Err(format!("The part {part:?} is no name: letters, digits, - and _ are allowed."));
        }
    }
    Ok(format!("{host}/{namespace}/{name}").to_lowercase())
}

/// The address that a provider's local name stands for without `required_providers`.
pub fn implied(local_name: &str) -> String {
    match local_name {
        "terraform" => "terraform.io/builtin/terraform".to_owned(),
        name => format!("{HOST}/{NAMESPACE}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_of_an_address_is_filled_in() {
        for (text, expected) in [
            ("aws", "registry.terraform.io/hashicorp/aws"),
            ("HashiCorp/aws", "registry.terraform.io/hashicorp/aws"),
            ("terraform.io/builtin/terraform", "terraform.io/builtin/terraform"),
            ("localhost:80/a/b", "localhost:80/a/b"),
        ] {
            assert_eq!(full(text).unwrap(), expected);
        }
        for text in ["", "a/b/c/d", "a..b", "/a/b", "a/"] {
            assert!(full(text).is_err(), "{text}");
        }
        assert_eq!(implied("terraform"), "terraform.io/builtin/terraform");
        assert_eq!(implied("aws"), "registry.terraform.io/hashicorp/aws");
    }
}
