//! The `provider "aws"` block: its schema, and what a block says.
//! Does no IO; `client` acts on it.
//!
//! Everything that release 5.100 accepts is accepted. What has no meaning here (endpoints of other services,
//! `skip_metadata_api_check` …) has no effect.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::endpoints::ENDPOINTS;
use super::fields::{block, entries, filled, flag, int, some_texts};
use super::tags::TagRules;
use super::wait::{check_duration, duration};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

use Constraint::{AtLeast, Custom, Each, Length, OneOf, Pattern};

const ACCOUNT: Constraint = Pattern(r"\d{12}", "An account id of twelve digits");
const DURATION: &[Constraint] = &[Custom(check_duration)];

/// The provider block.
pub(super) static SCHEMA: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[
            Attribute::string("access_key").sensitive(),
            Attribute::string_set("allowed_account_ids").check(&[Each(&ACCOUNT)]),
            Attribute::string("custom_ca_bundle"),
            Attribute::string("ec2_metadata_service_endpoint"),
            Attribute::string("ec2_metadata_service_endpoint_mode").check(&[OneOf(&["", "IPv4", "IPv6"])]),
            Attribute::string_set("forbidden_account_ids").check(&[Each(&ACCOUNT)]),
            Attribute::string("http_proxy"),
            Attribute::string("https_proxy"),
            Attribute::bool("insecure"),
            Attribute::number("max_retries").check(&[AtLeast(0)]),
            Attribute::string("no_proxy"),
            Attribute::string("profile"),
            Attribute::string("region"),
            Attribute::string("retry_mode").check(&[OneOf(&["standard", "adaptive"])]),
            Attribute::string("s3_us_east_1_regional_endpoint"),
            Attribute::bool("s3_use_path_style"),
            Attribute::string("secret_key").sensitive(),
            Attribute::strings("shared_config_files"),
            Attribute::strings("shared_credentials_files"),
            Attribute::bool("skip_credentials_validation"),
            Attribute::string("skip_metadata_api_check"),
            Attribute::bool("skip_region_validation"),
            Attribute::bool("skip_requesting_account_id"),
            Attribute::string("sts_region"),
            Attribute::string("token").sensitive(),
            Attribute::number("token_bucket_rate_limiter_capacity"),
            Attribute::bool("use_dualstack_endpoint"),
            Attribute::bool("use_fips_endpoint"),
        ],
        blocks: &[
            NestedBlock::many(
                "assume_role",
                Block {
                    attributes: &[
                        Attribute::string("duration").check(DURATION),
                        Attribute::string("external_id").check(&[Length(2, 1224)]),
                        Attribute::string("policy").check(&[Constraint::Json]),
                        Attribute::string_set("policy_arns").check(&[Each(&Constraint::Arn)]),
                        Attribute::string("role_arn").check(&[Constraint::Arn]),
                        Attribute::string("session_name").check(&[Length(2, 64)]),
                        Attribute::string("source_identity").check(&[Length(2, 64)]),
                        Attribute::string_map("tags"),
                        Attribute::string_set("transitive_tag_keys"),
                    ],
                    blocks: &[],
                },
            ),
            NestedBlock::many(
                "assume_role_with_web_identity",
                Block {
                    attributes: &[
                        Attribute::string("duration").check(DURATION),
                        Attribute::string("policy").check(&[Constraint::Json]),
                        Attribute::string_set("policy_arns").check(&[Each(&Constraint::Arn)]),
                        Attribute::string("role_arn").check(&[Constraint::Arn]),
                        Attribute::string("session_name").check(&[Length(2, 64)]),
                        Attribute::string("web_identity_token").sensitive(),
                        Attribute::string("web_identity_token_file"),
                    ],
                    blocks: &[],
                },
            ),
            NestedBlock::many(
                "default_tags",
                Block {
                    attributes: &[Attribute::string_map("tags").check(&[Custom(super::tags::check)])],
                    blocks: &[],
                },
            ),
            NestedBlock::set("endpoints", Block { attributes: ENDPOINTS, blocks: &[] }),
            NestedBlock::many(
                "ignore_tags",
                Block {
                    attributes: &[Attribute::string_set("key_prefixes"), Attribute::string_set("keys")],
                    blocks: &[],
                },
            ),
        ],
    },
};

/// What a provider block says.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) region: Option<String>,
    pub(super) profile: Option<String>,
    /// Access key, secret key, session token.
    pub(super) keys: Option<(String, String, Option<String>)>,
    pub(super) config_files: Vec<PathBuf>,
    pub(super) credentials_files: Vec<PathBuf>,
    /// In the order they are assumed.
    pub(super) roles: Vec<Role>,
    pub(super) web_identity: Option<(Role, WebToken)>,
    /// URLs by service.
    pub(super) endpoints: BTreeMap<String, String>,
    pub(super) sts_region: Option<String>,
    pub(super) allowed_accounts: Vec<String>,
    pub(super) forbidden_accounts: Vec<String>,
    pub(super) attempts: u32,
    pub(super) fips: bool,
    pub(super) dualstack: bool,
    /// Whether a bucket's name stands in the path of its URL instead of its host.
    pub(super) s3_path_style: bool,
    pub(super) ca_bundle: Option<PathBuf>,
    /// The proxy's URL, and the hosts that are reached without it.
    pub(super) proxy: Option<(String, Option<String>)>,
    pub(super) tags: TagRules,
    /// The arguments whose values are not known yet.
    pub(super) unknown: Vec<String>,
}

/// A role to assume.
#[derive(Clone, Default)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<String>,
    pub(super) duration: Option<Duration>,
    pub(super) source_identity: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) transitive_tags: Vec<String>,
}

/// Where a web identity token is.
#[derive(Clone)]
pub(super) enum WebToken {
    File(PathBuf),
    Inline(String),
}

/// How often a request is made before it counts as failed, unless `max_retries` says otherwise (provider: 25 retries).
const ATTEMPTS: u32 = 25;

impl Settings {
    /// Reads a conformed block.
    ///
    /// # Errors
    /// Combinations that cannot work.
    pub(super) fn read(config: &Value) -> Result<Settings, Diagnostics> {
        let mut problems = Diagnostics::new();
        let unknown = SCHEMA.block.names().filter(|name| {
            config.get(name).is_some_and(|v| !v.is_wholly_known())
                && !matches!(*name, "default_tags" | "ignore_tags")
        });
        let keys = (filled(config, "access_key"), filled(config, "secret_key"), filled(config, "token"));
        let keys = match keys {
            (Some(access), Some(secret), token) => Some((access, secret, token)),
            (None, None, _) => None,
            _ if unknown_keys(config) => None,
            (Some(_), None, _) => {
                problems.push(half("access_key", "secret_key"));
                None
            }
            (None, Some(_), _) => {
                problems.push(half("secret_key", "access_key"));
                None
            }
        };
        let allowed_accounts = some_texts(config, "allowed_account_ids").unwrap_or_default();
        let forbidden_accounts = some_texts(config, "forbidden_account_ids").unwrap_or_default();
        if !allowed_accounts.is_empty() && !forbidden_accounts.is_empty() {
            problems.push(
                Diagnostic::error(
                    "Conflicting configuration arguments",
                    "\"allowed_account_ids\" and \"forbidden_account_ids\" exclude each other: what is not allowed is \
                     forbidden already. Remove one of them.",
                )
                .on("forbidden_account_ids"),
            );
        }
        let settings = Settings {
            region: filled(config, "region"),
            profile: filled(config, "profile"),
            keys,
            config_files: paths(config, "shared_config_files"),
            credentials_files: paths(config, "shared_credentials_files"),
            roles: blocks(config, "assume_role").iter().filter_map(role).collect(),
            web_identity: block(config, "assume_role_with_web_identity").and_then(|b| {
                let token = filled(b, "web_identity_token_file")
                    .map(|f| WebToken::File(expand(&f)))
                    .or_else(|| filled(b, "web_identity_token").map(WebToken::Inline));
                Some((role(b)?, token?))
            }),
            endpoints: blocks(config, "endpoints")
                .iter()
                .flat_map(|b| entries(b).unwrap_or_default())
                .filter(|(_, url)| !url.is_empty())
                .collect(),
            sts_region: filled(config, "sts_region"),
            allowed_accounts,
            forbidden_accounts,
            attempts: int(config, "max_retries")
                .and_then(|n| u32::try_from(n).ok())
                .map_or(ATTEMPTS, |n| n.saturating_add(1)),
            fips: flag(config, "use_fips_endpoint").unwrap_or(false),
            dualstack: flag(config, "use_dualstack_endpoint").unwrap_or(false),
            s3_path_style: flag(config, "s3_use_path_style").unwrap_or(false),
            ca_bundle: filled(config, "custom_ca_bundle").map(|p| expand(&p)),
            proxy: filled(config, "https_proxy")
                .or_else(|| filled(config, "http_proxy"))
                .map(|url| (url, filled(config, "no_proxy"))),
            tags: tag_rules(config),
            unknown: unknown.map(str::to_owned).collect(),
        };
        if problems.has_errors() { Err(problems) } else { Ok(settings) }
    }
}

fn unknown_keys(config: &Value) -> bool {
    ["access_key", "secret_key"].iter().any(|k| config.get(k).is_some_and(Value::is_unknown))
}

fn half(given: &'static str, missing: &str) -> Diagnostic {
    Diagnostic::error(
        "Incomplete credentials",
        format!("{given:?} is of no use without {missing:?}. Give both, or neither to use the environment."),
    )
    .on(given)
}

fn tag_rules(config: &Value) -> TagRules {
    let defaults = blocks(config, "default_tags");
    let ignored = blocks(config, "ignore_tags");
    let known = config.get("default_tags").is_none_or(Value::is_wholly_known);
    let all = |name| ignored.iter().flat_map(|b| some_texts(b, name).unwrap_or_default()).collect();
    TagRules {
        defaults: known
            .then(|| defaults.iter().filter_map(|b| b.get("tags").and_then(entries)).flatten().collect()),
        ignored_keys: all("keys"),
        ignored_prefixes: all("key_prefixes"),
    }
}

fn role(block: &Value) -> Option<Role> {
    Some(Role {
        arn: filled(block, "role_arn")?,
        session: filled(block, "session_name"),
        external_id: filled(block, "external_id"),
        policy: filled(block, "policy"),
        policy_arns: some_texts(block, "policy_arns").unwrap_or_default(),
        duration: filled(block, "duration").and_then(|d| duration(&d)),
        source_identity: filled(block, "source_identity"),
        tags: block.get("tags").and_then(entries).unwrap_or_default().into_iter().collect(),
        transitive_tags: some_texts(block, "transitive_tag_keys").unwrap_or_default(),
    })
}

fn blocks<'a>(config: &'a Value, name: &str) -> &'a [Value] {
    config.get(name).and_then(Value::as_items).unwrap_or_default()
}

fn paths(config: &Value, name: &str) -> Vec<PathBuf> {
    some_texts(config, name).unwrap_or_default().iter().map(|p| expand(p)).collect()
}

/// A path with `~/` as the home directory.
pub(super) fn expand(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::conform;

    fn read(body: Value) -> Result<Settings, Diagnostics> {
        let (config, problems) = conform(&SCHEMA.block, &body);
        assert!(problems.is_empty(), "{problems:?}");
        Settings::read(&config)
    }

    #[test]
    fn reads_a_block() {
        let endpoints = Value::tuple([Value::object([
            ("lambda", Value::from("http://127.0.0.1:1")),
            ("s3", "x".into()),
        ])]);
        let role = Value::tuple([Value::object([
            ("role_arn", Value::from("arn:aws:iam::123456789012:role/r")),
            ("duration", "1h".into()),
        ])]);
        let tags = Value::tuple([Value::object([("tags", Value::object([("team", Value::from("a"))]))])]);
        let settings = read(Value::object([
            ("region", Value::from("eu-west-1")),
            ("max_retries", Value::from(2)),
            ("endpoints", endpoints),
            ("assume_role", role),
            ("default_tags", tags),
        ]))
        .unwrap_or_default();
        assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
        assert_eq!(settings.attempts, 3);
        assert_eq!(settings.endpoints.get("lambda").map(String::as_str), Some("http://127.0.0.1:1"));
        assert_eq!(settings.roles[0].duration, Some(Duration::from_secs(3600)));
        assert_eq!(settings.tags.defaults.unwrap().get("team").map(String::as_str), Some("a"));
        assert!(settings.unknown.is_empty());
    }

    #[test]
    fn says_what_cannot_work_and_what_is_not_known_yet() {
        let problems = read(Value::object([("access_key", Value::from("AKIA"))])).err().unwrap();
        assert_eq!(problems.iter().next().unwrap().summary, "Incomplete credentials");
        let settings = read(Value::object([
            ("access_key", Value::from("AKIA")),
            ("secret_key", Value::unknown(Type::String)),
        ]))
        .unwrap_or_default();
        assert_eq!(settings.unknown, ["secret_key"]);
    }
}
