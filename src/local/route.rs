//! Which operation a method and path mean: one table, from the paths of Lambda's REST API.
//! Knows nothing of how an operation works.

use std::sync::LazyLock;

use super::call::{Call, Reply};
use super::constraints::{
    CREATE_FUNCTION, NAMED, NAMED_PAGE, NAMED_SMALL_PAGE, QUALIFIED, UPDATE_CODE, UPDATE_CONFIGURATION,
};
use super::shape::Field;
use super::{
    account, alias, capacity, concurrency, function, invoke, invoke_config, layer, management, mapping,
    permission, resource_policy, signing, tags, url, version,
};

/// One operation.
pub struct Route {
    /// Its name in the API.
    pub operation: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path, with `{Member}` for parts that are input, and a query that must be there after `?`.
    pub path: &'static str,
    /// Status of a good answer.
    pub status: u16,
    /// What it takes.
    pub input: &'static [Field],
    /// What it does.
    pub run: fn(&Call<'_>) -> Reply,
    /// What its body holds.
    pub body: Content,
}

/// What the bodies of a request and its answer hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Members, as one JSON object.
    Members,
    /// An event and what came of it, as they are; the members are in headers.
    Event,
}

const fn route(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    status: u16,
    input: &'static [Field],
    run: fn(&Call<'_>) -> Reply,
) -> Route {
    Route { operation, method, path, status, input, run, body: Content::Members }
}

/// Every operation this server answers.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    Route { body: Content::Event, ..route("Invoke", "POST", "/2015-03-31/functions/{FunctionName}/invocations", 200, invoke::INVOKE, invoke::invoke) },
    route("CreateFunction", "POST", "/2015-03-31/functions", 201, CREATE_FUNCTION, function::create),
    route("ListFunctions", "GET", "/2015-03-31/functions", 200, function::LIST, function::list),
    route("GetFunction", "GET", "/2015-03-31/functions/{FunctionName}", 200, QUALIFIED, function::get),
    route("DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}", 204, QUALIFIED, function::delete),
    route("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration", 200, QUALIFIED, function::get_configuration),
    route("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration", 200, UPDATE_CONFIGURATION, function::update_configuration),
    route("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{FunctionName}/code", 200, UPDATE_CODE, function::update_code),
    route("PublishVersion", "POST", "/2015-03-31/functions/{FunctionName}/versions", 201, version::PUBLISH, version::publish_version),
    route("ListVersionsByFunction", "GET", "/2015-03-31/functions/{FunctionName}/versions", 200, NAMED_PAGE, version::list),
    route("CreateAlias", "POST", "/2015-03-31/functions/{FunctionName}/aliases", 201, alias::CREATE, alias::create),
    route("ListAliases", "GET", "/2015-03-31/functions/{FunctionName}/aliases", 200, alias::LIST, alias::list),
    route("GetAlias", "GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200, alias::NAMED, alias::get),
    route("UpdateAlias", "PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200, alias::UPDATE, alias::update),
    route("DeleteAlias", "DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 204, alias::NAMED, alias::delete),
    route("AddPermission", "POST", "/2015-03-31/functions/{FunctionName}/policy", 201, permission::ADD, permission::add),
    route("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy", 200, QUALIFIED, permission::get),
    route("RemovePermission", "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204, permission::REMOVE, permission::remove),
    route("GetAccountSettings", "GET", "/2016-08-19/account-settings", 200, &[], account::settings),
    route("ListTags", "GET", "/2017-03-31/tags/{Resource}", 200, tags::LIST, tags::list),
    route("TagResource", "POST", "/2017-03-31/tags/{Resource}", 204, tags::TAG, tags::tag),
    route("UntagResource", "DELETE", "/2017-03-31/tags/{Resource}", 204, tags::UNTAG, tags::untag),
    route("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{FunctionName}/concurrency", 200, concurrency::RESERVE, concurrency::reserve),
    route("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204, NAMED, concurrency::release),
    route("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency", 200, NAMED, concurrency::reserved),
    route("ListProvisionedConcurrencyConfigs", "GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL", 200, NAMED_SMALL_PAGE, concurrency::list_provisioned),
    route("GetProvisionedConcurrencyConfig", "GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200, concurrency::PROVISIONED, concurrency::provisioned),
    route("PutProvisionedConcurrencyConfig", "PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 202, concurrency::PROVISION, concurrency::provision),
    route("DeleteProvisionedConcurrencyConfig", "DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 204, concurrency::PROVISIONED, concurrency::unprovision),
    route("GetLayerVersionByArn", "GET", "/2018-10-31/layers?find=LayerVersion", 200, layer::BY_ARN, layer::get_by_arn),
    route("ListLayers", "GET", "/2018-10-31/layers", 200, layer::LIST, layer::list),
    route("PublishLayerVersion", "POST", "/2018-10-31/layers/{LayerName}/versions", 201, layer::PUBLISH, layer::publish),
    route("ListLayerVersions", "GET", "/2018-10-31/layers/{LayerName}/versions", 200, layer::LIST_VERSIONS, layer::list_versions),
    route("GetLayerVersion", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 200, layer::VERSION, layer::get),
    route("DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 204, layer::VERSION, layer::delete),
    route("AddLayerVersionPermission", "POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 201, layer::PERMIT, layer::permit),
    route("GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 200, layer::VERSION, layer::get_policy),
    route("RemoveLayerVersionPermission", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}", 204, layer::FORBID, layer::forbid),
    route("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs", 201, signing::CREATE, signing::create),
    route("ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs", 200, signing::LIST, signing::list),
    route("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 200, signing::NAMED, signing::get),
    route("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 200, signing::UPDATE, signing::update),
    route("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 204, signing::NAMED, signing::delete),
    route("ListFunctionsByCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions", 200, signing::LIST_FUNCTIONS, signing::list_functions),
    route("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200, signing::ATTACH, signing::attach),
    route("GetFunctionCodeSigningConfig", "GET", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200, NAMED, signing::attached),
    route("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config", 204, NAMED, signing::detach),
    route("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{FunctionName}/url", 201, url::CREATE, url::create),
    route("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{FunctionName}/url", 200, url::NAMED, url::get),
    route("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{FunctionName}/url", 200, url::UPDATE, url::update),
    route("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{FunctionName}/url", 204, url::NAMED, url::delete),
    route("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{FunctionName}/urls", 200, url::LIST, url::list),
    route("PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200, invoke_config::CHANGE, invoke_config::put),
    route("UpdateFunctionEventInvokeConfig", "POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200, invoke_config::CHANGE, invoke_config::update),
    route("GetFunctionEventInvokeConfig", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200, QUALIFIED, invoke_config::get),
    route("DeleteFunctionEventInvokeConfig", "DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204, QUALIFIED, invoke_config::delete),
    route("ListFunctionEventInvokeConfigs", "GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200, NAMED_SMALL_PAGE, invoke_config::list),
    route("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings", 202, mapping::CREATE, mapping::create),
    route("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings", 200, mapping::LIST, mapping::list),
    route("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{UUID}", 200, mapping::NAMED, mapping::get),
    route("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{UUID}", 202, mapping::UPDATE, mapping::update),
    route("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}", 202, mapping::NAMED, mapping::delete),
    route("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config", 200, management::RECURSION, management::put_recursion),
    route("GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{FunctionName}/recursion-config", 200, NAMED, management::recursion),
    route("PutRuntimeManagementConfig", "PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200, management::RUNTIME, management::put_runtime),
    route("GetRuntimeManagementConfig", "GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200, QUALIFIED, management::runtime),
    route("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config", 202, management::SCALE, management::put_scaling),
    route("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config", 200, concurrency::PROVISIONED, management::scaling),
    route("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers", 202, capacity::CREATE, capacity::create),
    route("ListCapacityProviders", "GET", "/2025-11-30/capacity-providers", 200, capacity::LIST, capacity::list),
    route("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}", 200, capacity::NAMED, capacity::get),
    route("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}", 202, capacity::UPDATE, capacity::update),
    route("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}", 202, capacity::NAMED, capacity::delete),
    route("PutResourcePolicy", "PUT", "/2026-07-09/resource-policy/{ResourceArn}", 200, resource_policy::PUT, resource_policy::put),
    route("GetResourcePolicy", "GET", "/2026-07-09/resource-policy/{ResourceArn}", 200, resource_policy::NAMED, resource_policy::get),
    route("DeleteResourcePolicy", "DELETE", "/2026-07-09/resource-policy/{ResourceArn}", 204, resource_policy::NAMED, resource_policy::delete),
    route("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{FunctionName}/durable-executions", 200, QUALIFIED, management::durable_executions),
];

/// A route whose path matched, with the parts of the path that are input.
pub struct Match {
    /// The operation.
    pub route: &'static Route,
    /// Name and decoded value of each part.
    pub params: Vec<(&'static str, String)>,
}

/// Finds the operation for a method, a path as it came, and a decoded query.
pub fn find(method: &str, path: &str, query: &[(String, String)]) -> Option<Match> {
    static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| ROUTES.iter().map(Template::of).collect());
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    ROUTES.iter().zip(TEMPLATES.iter()).find_map(|(route, template)| {
        let asked = |(name, value): (&str, &str)| query.iter().any(|(n, v)| n == name && v == value);
        if route.method != method || template.parts.len() != parts.len() || !template.query.is_none_or(asked)
        {
            return None;
        }
        let mut params = Vec::new();
        for (template, part) in template.parts.iter().zip(&parts) {
            match template.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => params.push((name, decode(part, false))),
                None if template == part => {}
                None => return None,
            }
        }
        Some(Match { route, params })
    })
}

/// A route's path, cut once.
struct Template {
    parts: Vec<&'static str>,
    query: Option<(&'static str, &'static str)>,
}

impl Template {
    fn of(route: &Route) -> Self {
        let (path, query) = route.path.split_once('?').unwrap_or((route.path, ""));
        Self { parts: path.trim_start_matches('/').split('/').collect(), query: query.split_once('=') }
    }
}

/// The pairs of a query or form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// Undoes percent-encoding; what is not valid stays as it is. In a query `+` is a space.
pub fn decode(text: &str, query: bool) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                bytes = ahead;
            }
            (b'+', ..) if query => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, target: &str) -> Option<(&'static str, Vec<String>)> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let found = find(method, path, &pairs(query))?;
        Some((found.route.operation, found.params.into_iter().map(|(_, value)| value).collect()))
    }

    #[test]
    fn paths_mean_operations() {
        for (method, target, operation, params) in [
            ("POST", "/2015-03-31/functions", "CreateFunction", vec![]),
            ("GET", "/2015-03-31/functions/", "ListFunctions", vec![]),
            ("GET", "/2015-03-31/functions/f%3Aprod", "GetFunction", vec!["f:prod"]),
            ("GET", "/2015-03-31/functions/f/aliases/live", "GetAlias", vec!["f", "live"]),
            ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=x", "GetLayerVersionByArn", vec![]),
            ("GET", "/2018-10-31/layers?Marker=x", "ListLayers", vec![]),
            (
                "GET",
                "/2019-09-30/functions/f/provisioned-concurrency?List=ALL",
                "ListProvisionedConcurrencyConfigs",
                vec!["f"],
            ),
            (
                "DELETE",
                "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af?tagKeys=a",
                "UntagResource",
                vec!["arn:aws:lambda:us-east-1:123456789012:function:f"],
            ),
        ] {
            let params = params.into_iter().map(str::to_owned).collect();
            assert_eq!(found(method, target), Some((operation, params)), "{method} {target}");
        }
        assert_eq!(found("PATCH", "/2015-03-31/functions"), None);
        assert_eq!(found("GET", "/2015-03-31/functions/f/nonsense"), None);
    }

    #[test]
    fn every_table_compiles_and_names_its_path_members() {
        for route in ROUTES {
            crate::local::shape::walk::assert_patterns_compile(route.input);
            for part in route.path.split(['/', '?']) {
                if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    assert!(route.input.iter().any(|field| field.name == name), "{} {name}", route.operation);
                }
            }
        }
    }

    #[test]
    fn decoding_keeps_what_is_not_encoded() {
        assert_eq!(decode("a%20b%2", false), "a b%2");
        assert_eq!(decode("a+b", true), "a b");
        assert_eq!(decode("%24LATEST", false), "$LATEST");
    }
}
