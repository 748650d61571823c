//! Rules between the arguments of a function, checked on what is known; an unknown value satisfies.
//! Knows nothing of single values: those are constraints of the schema.

use crate::base::{Diagnostic, Diagnostics, Path, Value};
use crate::providers::aws::fields::{block, filled, flag, is_given, is_set};
use crate::providers::aws::lambda::DEPRECATED_RUNTIMES;

/// Where the code comes from: exactly one of these.
const SOURCES: [&str; 3] = ["filename", "image_uri", "s3_bucket"];
/// All keys and values of the environment together, in bytes.
const ENVIRONMENT_LIMIT: usize = 4096;
/// Names Lambda sets itself.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Everything that is wrong with a conformed configuration.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut problems = Diagnostics::new();
    sources(config, &mut problems);
    packaging(config, &mut problems);
    environment(config, &mut problems);
    if let Some(runtime) = filled(config, "runtime")
        && DEPRECATED_RUNTIMES.contains(&&*runtime)
    {
        problems.push(
            Diagnostic::warning(
                "Runtime is deprecated",
                format!(
                    "Lambda no longer patches the runtime {runtime:?}, and refuses new functions and later updates with it. \
                     Choose a newer one."
                ),
            )
            .on("runtime"),
        );
    }
    if is_written(config, "replacement_security_group_ids")
        && !config
            .get("replace_security_groups_on_destroy")
            .is_some_and(|v| v.is_unknown() || v.as_bool().is_some())
    {
        problems.push(
            Diagnostic::error(
                "Missing required argument",
                "\"replacement_security_group_ids\" has a meaning only with \"replace_security_groups_on_destroy\". Set \
                 both or none.",
            )
            .on("replacement_security_group_ids"),
        );
    }
    problems
}

/// Whether an argument is written, be it as something empty: rules of which arguments go together look at nothing else.
fn is_written(config: &Value, name: &str) -> bool {
    config.get(name).is_some_and(|value| !value.is_null())
}

fn sources(config: &Value, problems: &mut Diagnostics) {
    let unknown = |name: &str| config.get(name).is_some_and(Value::is_unknown);
    let known: Vec<&str> =
        SOURCES.into_iter().filter(|name| is_written(config, name) && !unknown(name)).collect();
    let none = !SOURCES.iter().any(|name| unknown(name) || filled(config, name).is_some());
    let listed = "\"filename\", \"image_uri\" and \"s3_bucket\"";
    match known.as_slice() {
        [] | [_] if none => problems.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                format!("A function needs code: exactly one of {listed} must be set, and none is."),
            )
            .on(*known.first().unwrap_or(&"filename")),
        ),
        [_, second, ..] => problems.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                format!(
                    "Exactly one of {listed} may be set, be it to an empty text, and there are {}: {}. Where a value is \
                     chosen by a condition, null stands for none.",
                    known.len(),
                    known.join(", ")
                ),
            )
            .on(*second),
        ),
        _ => {}
    }
    for (name, other) in
        [("s3_key", "s3_bucket"), ("s3_bucket", "s3_key"), ("s3_object_version", "s3_bucket")]
    {
        if is_set(config, name) && !is_given(config, other) {
            problems.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!("{name:?} has a meaning only with {other:?}, which is not set."),
                )
                .on(name),
            );
        }
    }
    if filled(config, "source_kms_key_arn").is_some() && filled(config, "image_uri").is_some() {
        problems.push(
            Diagnostic::error(
                "Conflicting configuration arguments",
                "\"source_kms_key_arn\" encrypts a zip package; a container image has none.",
            )
            .on("source_kms_key_arn"),
        );
    }
}

fn packaging(config: &Value, problems: &mut Diagnostics) {
    if config.get("package_type").is_some_and(Value::is_unknown) {
        return;
    }
    let image = filled(config, "package_type").as_deref() == Some("Image");
    for name in ["handler", "runtime"] {
        let given = is_given(config, name);
        if !image && !given {
            problems.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!("A function of package type Zip needs a {name}. Set {name:?}, or package_type = \"Image\"."),
                )
                .on(name),
            );
        }
        if image && filled(config, name).is_some() {
            problems.push(
                Diagnostic::error(
                    "Invalid combination of arguments",
                    format!("A container image brings its own {name}. Remove {name:?}, or use image_config."),
                )
                .on(name),
            );
        }
    }
    let wrong: &[&str] =
        if image { &["filename", "s3_bucket", "layers"] } else { &["image_uri", "image_config"] };
    for name in wrong
        .iter()
        .filter(|name| config.get(name).is_some_and(|v| v.is_wholly_known()) && is_given(config, name))
    {
        let (is, needs) = if image { ("Image", "Zip") } else { ("Zip", "Image") };
        problems.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                format!(
                    "{name:?} belongs to functions of package type {needs}, and this one is of type {is}. Set package_type = \
                     {needs:?} or remove {name:?}."
                ),
            )
            .on(*name),
        );
    }
    let snap = block(config, "snap_start").and_then(|b| filled(b, "apply_on"));
    if image && snap.as_deref() == Some("PublishedVersions") {
        problems.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                "SnapStart works with functions of package type Zip only. Remove snap_start.",
            )
            .on("snap_start"),
        );
    }
    let publishes = flag(config, "publish").unwrap_or(false);
    if snap.as_deref() == Some("PublishedVersions") && !publishes && !is_given(config, "publish") {
        problems.push(
            Diagnostic::warning(
                "SnapStart without published versions",
                "SnapStart only works on published versions, and this function publishes none. Set publish = true.",
            )
            .on("snap_start"),
        );
    }
}

fn environment(config: &Value, problems: &mut Diagnostics) {
    let Some(variables) = block(config, "environment").and_then(|b| b.get("variables")) else { return };
    let Some(entries) = variables.as_entries() else { return };
    let at = Path::from("environment").index(0).attr("variables");
    let mut size = 0;
    for (name, value) in entries {
        size += name.len() + value.as_str().map_or(0, str::len);
        let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() > 1
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if RESERVED.contains(&&**name) {
            problems.push(
                Diagnostic::error(
                    "Reserved environment variable",
                    format!("Lambda sets the variable {name:?} itself. Choose another name."),
                )
                .on(at.key(name.clone())),
            );
        } else if !valid {
            problems.push(
                Diagnostic::error(
                    "Invalid name of an environment variable",
                    format!(
                        "{name:?} is not a name that Lambda takes: at least two characters, the first a letter, the others \
                         letters, digits and underscores."
                    ),
                )
                .on(at.key(name.clone())),
            );
        }
    }
    if size > ENVIRONMENT_LIMIT {
        problems.push(
            Diagnostic::error(
                "Environment too large",
                format!(
                    "The names and values of all environment variables together may have {ENVIRONMENT_LIMIT} bytes, and \
                     these have {size}. Keep large values in SSM Parameter Store, S3 or the package."
                ),
            )
            .on(at),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::providers::aws::lambda::function::schema::TYPE;
    use crate::schema::conform;

    fn said(extra: &[(&str, Value)]) -> Vec<String> {
        let mut body =
            vec![("function_name", Value::from("f")), ("role", "arn:aws:iam::123456789012:role/r".into())];
        body.extend(extra.iter().cloned());
        let (config, mut problems) = conform(&TYPE.schema.block, &Value::object(body));
        problems.extend(validate(&config));
        problems.iter().map(|d| format!("{}: {}", d.path.as_ref().unwrap(), d.summary)).collect()
    }

    fn zip(extra: &[(&str, Value)]) -> Vec<String> {
        let mut all = vec![
            ("filename", Value::from("f.zip")),
            ("handler", "index.handler".into()),
            ("runtime", "python3.12".into()),
        ];
        all.extend(extra.iter().cloned());
        said(&all)
    }

    fn environment(entries: &[(&str, &str)]) -> Value {
        let variables = Value::object(entries.iter().map(|(k, v)| (*k, Value::from(*v))));
        Value::tuple([Value::object([("variables", variables)])])
    }

    #[test]
    fn arguments_that_go_together() {
        let unknown = || Value::unknown(Type::String);
        let none: [&str; 0] = [];
        assert_eq!(zip(&[]), none);
        assert_eq!(zip(&[("handler", unknown()), ("filename", unknown())]), none);
        assert_eq!(
            said(&[]),
            [
                "filename: Invalid combination of arguments",
                "handler: Missing required argument",
                "runtime: Missing required argument",
            ]
        );
        let image = [("package_type", Value::from("Image")), ("image_uri", "r/i:1".into())];
        assert_eq!(said(&image), none);
        assert_eq!(zip(&image).len(), 4, "{:?}", zip(&image));
        assert_eq!(zip(&[("s3_key", "k".into())]), ["s3_key: Missing required argument"]);
        assert_eq!(
            zip(&[("s3_bucket", "bucket".into()), ("s3_key", "k".into())]),
            ["s3_bucket: Invalid combination of arguments"]
        );
        assert_eq!(zip(&[("image_uri", "i".into())]).len(), 2);
        // As the provider has it, an empty text is one that is set.
        assert_eq!(zip(&[("image_uri", "".into())]), ["image_uri: Invalid combination of arguments"]);
        assert_eq!(zip(&[("image_uri", Value::null(Type::String))]), none);
        let missing = ["image_uri: Invalid combination of arguments"];
        assert_eq!(said(&[("image_uri", "".into()), ("package_type", "Image".into())]), missing);
        assert_eq!(zip(&[("runtime", "nodejs16.x".into())]), ["runtime: Runtime is deprecated"]);
        assert_eq!(zip(&[("runtime", "cobol85".into())]), ["runtime: Value not known to this version"]);
        for groups in [Value::tuple([Value::from("sg-1")]), Value::tuple([])] {
            assert_eq!(
                zip(&[("replacement_security_group_ids", groups)]),
                ["replacement_security_group_ids: Missing required argument"]
            );
        }
    }

    #[test]
    fn single_values() {
        let ok: [&str; 0] = [];
        for (name, value, refused) in [
            ("function_name", Value::from("a".repeat(65)), true),
            (
                "function_name",
                Value::from(format!("arn:aws:lambda:us-east-1:123456789012:function:{}", "a".repeat(64))),
                false,
            ),
            ("function_name", "a b".into(), true),
            ("role", "role/r".into(), true),
            ("role", "arn:aws:iam::123456789012:user/r".into(), true),
            ("memory_size", Value::from(127), true),
            ("memory_size", Value::from(32768), false),
            ("timeout", Value::from(901), true),
            ("description", Value::from("d".repeat(257)), true),
            ("handler", "a b".into(), true),
            ("kms_key_arn", "arn:aws:kms:us-east-1:123456789012:key/1".into(), false),
            ("kms_key_arn", "key".into(), true),
            ("code_signing_config_arn", "x".into(), true),
            ("reserved_concurrent_executions", Value::from(-2), true),
            (
                "layers",
                Value::tuple(vec![Value::from("arn:aws:lambda:us-east-1:123456789012:layer:l:1"); 6]),
                true,
            ),
            ("layers", Value::tuple([Value::from("arn:aws:lambda:us-east-1:123456789012:layer:l")]), true),
            ("architectures", Value::tuple([Value::from("x86")]), true),
            ("tags", Value::object([("aws:x", Value::from("y"))]), true),
        ] {
            let found = zip(&[(name, value.clone())]);
            assert_eq!(found != ok, refused, "{name} {value:?} {found:?}");
        }
    }

    #[test]
    fn the_environment() {
        let ok: [&str; 0] = [];
        assert_eq!(zip(&[("environment", environment(&[("STAGE", "dev")]))]), ok);
        let large = "x".repeat(4092);
        assert_eq!(zip(&[("environment", environment(&[("KEY1", &large)]))]), ok);
        let large = large + "x";
        assert_eq!(
            zip(&[("environment", environment(&[("KEY1", &large)]))]),
            ["environment[0].variables: Environment too large"]
        );
        assert_eq!(
            zip(&[("environment", environment(&[("AWS_REGION", "x"), ("1A", "y")]))]),
            [
                "environment[0].variables[\"1A\"]: Invalid name of an environment variable",
                "environment[0].variables[\"AWS_REGION\"]: Reserved environment variable",
            ]
        );
    }
}
