//! Every difference from Terraform that is meant to be, and why. What is not here and differs is a bug.
//! Knows nothing of how differences are found.

use regex::Regex;

/// What two of are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// `show -json` of a saved plan.
    Plan,
    /// The state file.
    State,
    /// What people read of configurations without a cloud.
    Text,
    /// What people read of Lambda functions.
    Functions,
    /// The diagnostics of `validate -json`, as `summary @ file:line`.
    Diagnostics,
    /// `GetFunction` and its like.
    Object,
    /// `output -json`, `state list`, exit codes.
    Answer,
    /// Generated configuration.
    Generated,
    /// `providers schema -json` of one type, descriptions aside.
    Schema,
    /// The state after a refresh by us, beside the one that Terraform wrote.
    Refreshed,
    /// What a plan does that imports.
    Import,
}

/// A difference that is meant to be.
struct Departure {
    document: Document,
    /// The whole difference, as `path: ours / theirs` or `ours: line`; `*` is any text.
    pattern: &'static str,
    /// Why ours is better, or why it does not matter.
    #[expect(dead_code, reason = "for readers")]
    reason: &'static str,
}

const fn depart(document: Document, pattern: &'static str, reason: &'static str) -> Departure {
    Departure { document, pattern, reason }
}

const NEWER: &str = "an argument of provider 6.x, which the 5.100 compared with does not know yet";
const REFRESHED: &str = "what the next refresh would read, so that no plan reports it as changed outside";
const ZERO: &str =
    "Terraform's SDK leaves an empty text or false where there was a value once; null is what is meant";
const PACKAGE: &str = "what is in the package is known before it is uploaded, and shown";
const PRIOR: &str =
    "the state before the plan is what it was; Terraform's has outputs and dependencies of the plan in it";
const UNREAD: &str = "nothing that is destroyed needs data sources, so that none is read";
const WARNED: &str = "said when it was planned; Terraform says it again when that plan is applied";
const FOUND: &str =
    "what a refresh finds: collections that are empty, and what was attached after the role was made";
const IMPORTED: &str =
    "the default stands for what no call answers; Terraform has null until something else changes";
const ADOPTED: &str = "an import takes over what the configuration says where no call answers, so that nothing is left to update";
const UNCHANGED: &str =
    "an update that changes nothing after all is written as one; Terraform leaves what the import wrote";
const UNSAID: &str = "what is not there is not sent as something empty";
const ELEMENTS: &str = "only the element is unknown, not the whole list";
const WRITTEN: &str = "a value is shown as it is written";
const NAMELESS: &str = "one problem always reads the same: names and values are in the detail";
const ORDER: &str = "a set has no order: ours is sorted";
const EARLIER: &str = "found before anything is planned";
const WORDS: &str = "said in other words";
const SECRET: &str = "an output that becomes secret is a change too";
const DYNAMIC: &str = "dynamic blocks are written in the configuration too";
const LONG: &str = "each reference is listed once";
const BUILTIN: &str = "a provider without a block has no configuration";
const LEAK: &str = "the output of terraform_data is shown as its input is; Terraform shows it in clear";
const HUSHED: &str =
    "a secret of another state is shown nowhere; where it is referred to it is none, as in Terraform";
const FORGOTTEN: &str = "what is no longer managed has no planned values; Terraform lists it without any";
const JUDGED: &str = "what was read while planning was judged then; Terraform forgets what came of it";
const MISTAKE: &str = "the mistake is said once, at the place where it is made";
const BESIDE: &str = "a module beside its caller is read where it lies: nothing has to be installed for it";

const DERIVED: &str = "what follows from other arguments would contradict them after the next edit";
const SOURCE: &str =
    "the code is downloaded, so that the block is valid and changes nothing; Terraform's is neither";
const VALID: &str = "a block without what it must have is not valid; Terraform writes it";

/// The table.
const DEPARTURES: &[Departure] = &[
    depart(Document::Plan, "*.capacity_provider_config: * / absent", NEWER),
    depart(Document::Plan, "*.durable_config: * / absent", NEWER),
    depart(Document::Plan, "*.tenancy_config: * / absent", NEWER),
    depart(Document::Plan, "*.publish_to: null / absent", NEWER),
    depart(Document::Plan, "*.timeouts: null / absent", NEWER),
    depart(Document::Plan, "*.region: * / absent", NEWER),
    depart(Document::Plan, "*.deletion_protection_enabled: * / absent", NEWER),
    depart(Document::Schema, "block.attributes.region: {*} / absent", NEWER),
    depart(Document::Schema, "block.attributes.deletion_protection_enabled: {*} / absent", NEWER),
    depart(Document::Plan, "*.invoked_via_function_url: null / absent", NEWER),
    depart(Document::Plan, "*.tenant_id: null / absent", NEWER),
    depart(Document::Plan, "*.schema_registry_config: * / absent", NEWER),
    depart(Document::Plan, "*.poller_group_name: * / absent", NEWER),
    depart(Document::Functions, "*: *poller_group_name*", NEWER),
    depart(Document::Functions, "*: *imum_pollers *= *", NEWER),
    depart(Document::Schema, "block.attributes.code_sha256.optional: true / absent", NEWER),
    depart(Document::Schema, "block.attributes.invoked_via_function_url: {*} / absent", NEWER),
    depart(Document::Schema, "block.attributes.publish_to: {*} / absent", NEWER),
    depart(Document::Schema, "block.attributes.response_streaming_invoke_arn: {*} / absent", NEWER),
    depart(Document::Schema, "block.attributes.source_kms_key_arn: {*} / absent", NEWER),
    depart(Document::Schema, "block.attributes.tenant_id: {*} / absent", NEWER),
    depart(Document::Schema, "block.attributes.use_resource_timeout_for_propagation: {*} / absent", NEWER),
    depart(Document::Schema, "block.block_types*.poller_group_name: {*} / absent", NEWER),
    depart(Document::Schema, "block.block_types*: {\"schema_registry_config\":*} / absent", NEWER),
    depart(Document::Schema, "block.block_types: {\"timeouts\":*} / absent", NEWER),
    depart(Document::Schema, "block.block_types.capacity_provider_config: {*} / absent", NEWER),
    depart(Document::Schema, "block.block_types.durable_config: {*} / absent", NEWER),
    depart(Document::Schema, "block.block_types.tenancy_config: {*} / absent", NEWER),
    depart(Document::Schema, "block.block_types.timeouts: {*} / absent", NEWER),
    depart(Document::Plan, "*.source_kms_key_arn: null / absent", NEWER),
    depart(Document::Plan, "*.use_resource_timeout_for_propagation: null / absent", NEWER),
    depart(Document::Plan, "*.response_streaming_invoke_arn: * / absent", NEWER),
    depart(Document::Functions, "ours: *response_streaming_invoke_arn*", NEWER),
    depart(Document::Functions, "*: *# (* unchanged attributes hidden)", NEWER),
    depart(Document::Plan, "resource_drift: absent / *", REFRESHED),
    depart(Document::Plan, "resource_drift.*: absent / {*}", REFRESHED),
    depart(Document::Plan, "resource_drift.*.before.tags: {} / null", REFRESHED),
    depart(Document::Plan, "resource_drift.*.before_sensitive.tags: {} / absent", REFRESHED),
    depart(Document::Plan, "resource_changes.*.before.managed_policy_arns.*: * / absent", REFRESHED),
    depart(
        Document::Plan,
        "resource_changes.*.before_sensitive.managed_policy_arns.*: * / absent",
        REFRESHED,
    ),
    depart(Document::Functions, "*:       - managed_policy_arns * = [*", REFRESHED),
    depart(Document::Functions, "ours:           - \"arn:aws:iam::aws:policy/*\",", REFRESHED),
    depart(Document::Functions, "ours:         ] -> null", REFRESHED),
    depart(Document::Plan, "values.*.layers: [] / *", REFRESHED),
    depart(Document::Plan, "values.*.compatible_architectures: [] / *", REFRESHED),
    depart(Document::Plan, "values.*.compatible_runtimes: [] / *", REFRESHED),
    depart(Document::Plan, "values.*.tags: {} / *", REFRESHED),
    depart(Document::Plan, "*.after.tags: {} / null", WRITTEN),
    depart(Document::Plan, "*.after_sensitive.tags: {} / absent", WRITTEN),
    depart(Document::Plan, "*.after_unknown.tags: {} / absent", WRITTEN),
    depart(Document::Plan, "planned_values.*.tags: {} / *", WRITTEN),
    depart(Document::Functions, "ours:       + tags * = {}", WRITTEN),
    depart(Document::Plan, "resource_changes.*.before.layers: [] / null", REFRESHED),
    depart(Document::Plan, "resource_changes.*.before.tags: {} / null", REFRESHED),
    depart(Document::Plan, "resource_changes.*.before_sensitive.layers: [] / absent", REFRESHED),
    depart(Document::Plan, "resource_changes.*.before_sensitive.tags: {} / absent", REFRESHED),
    depart(Document::State, "*.layers: [] / null", REFRESHED),
    depart(Document::State, "*.tags: {} / null", REFRESHED),
    depart(Document::State, "*.compatible_architectures: [] / null", REFRESHED),
    depart(Document::State, "*.compatible_runtimes: [] / null", REFRESHED),
    depart(Document::Functions, "ours:       - tags * = {} -> null", REFRESHED),
    depart(
        Document::State,
        ": \"no state file\" / {\"check_results\":*\"resources\":[],*",
        "nothing was ever made",
    ),
    depart(Document::Plan, "*.aws_lambda_function.to_s3.*: null / \"\"", ZERO),
    depart(Document::State, "*.aws_lambda_function.to_s3.*: null / \"\"", ZERO),
    depart(
        Document::State,
        "*.aws_lambda_function.vpc.*.replace_security_groups_on_destroy: null / false",
        ZERO,
    ),
    depart(Document::Plan, "*.aws_lambda_function.*.code_sha256: * / *", PACKAGE),
    depart(Document::Plan, "*.aws_lambda_function.*.source_code_size: * / *", PACKAGE),
    depart(Document::Plan, "*.replace_paths.[\"code_sha256\"]: * / absent", PACKAGE),
    depart(Document::Functions, "*: *code_sha256 * = *", PACKAGE),
    depart(Document::Functions, "ours: *source_code_size * = *", PACKAGE),
    depart(Document::Functions, "ours:       # package *", PACKAGE),
    depart(Document::Functions, "ours:       #   * index.py *", PACKAGE),
    depart(Document::Functions, "ours: ", PACKAGE),
    depart(Document::Plan, "*.aws_s3_object.source.*etag: * / *", PACKAGE),
    depart(Document::Functions, "ours:       ~ etag * = *", PACKAGE),
    depart(Document::Plan, "prior_state: absent / *", PRIOR),
    depart(Document::Plan, "prior_state.values.outputs*", PRIOR),
    depart(Document::Plan, "prior_state.*.depends_on.*: absent / *", PRIOR),
    depart(Document::Plan, "prior_state.*.depends_on: absent / [*", PRIOR),
    depart(Document::Plan, "prior_state.*.data.*: {*} / absent", PRIOR),
    depart(Document::Plan, "prior_state.*.data.*: absent / {*}", UNREAD),
    depart(Document::Functions, "theirs: *data.*: Read*", UNREAD),
    depart(Document::Text, "theirs: data.*: Read*", UNREAD),
    depart(Document::Refreshed, "resources.data.*", "a refresh reads data sources anew, as Terraform's does"),
    depart(Document::Plan, "*.layers: [null] / absent", ELEMENTS),
    depart(Document::Plan, "*.layers: [true] / true", ELEMENTS),
    depart(Document::Plan, "*.layers.0: false / absent", ELEMENTS),
    depart(Document::Plan, "*.managed_policy_arns: [null] / absent", ELEMENTS),
    depart(Document::Plan, "*.managed_policy_arns: [true] / true", ELEMENTS),
    depart(Document::Plan, "*.managed_policy_arns.0: false / absent", ELEMENTS),
    depart(Document::Functions, "*:       + managed_policy_arns * = *", ELEMENTS),
    depart(
        Document::Functions,
        "ours:           ~ \"arn:aws:lambda:*:layer:*\" -> (known after apply),",
        ELEMENTS,
    ),
    depart(Document::Functions, "theirs:           - \"arn:aws:lambda:*:layer:*\",", ELEMENTS),
    depart(Document::Functions, "theirs:         ] -> (known after apply)", ELEMENTS),
    depart(Document::Functions, "*: *layers * = *", ELEMENTS),
    depart(Document::Functions, "ours:           + (known after apply),", ELEMENTS),
    depart(Document::Functions, "ours:         ]", ELEMENTS),
    depart(Document::Functions, "ours: * \"e\" = \"\"*", WRITTEN),
    depart(Document::Functions, "theirs: * \"e\" = null", WRITTEN),
    depart(
        Document::Functions,
        "ours: says: SnapStart without published versions",
        "a snapshot is made of published versions only",
    ),
    depart(Document::Object, "*.SubnetIds.*", ORDER),
    depart(Document::State, "*.allow_methods.*: \"*\" / \"*\"", ORDER),
    depart(Document::Plan, "*.allow_methods.*: \"*\" / \"*\"", ORDER),
    depart(Document::Functions, "*: * \"POST\",", ORDER),
    depart(Document::Functions, "*: * \"GET\",", ORDER),
    depart(Document::Answer, "*.allow_methods.*: \"*\" / \"*\"", ORDER),
    depart(Document::Object, "*.ConfigSha256: *", ORDER),
    depart(Document::Plan, "configuration.root_module.*.expressions.dynamic: * / absent", DYNAMIC),
    depart(Document::Plan, "configuration.root_module.*.references.*: absent / *", LONG),
    depart(Document::Plan, "configuration.provider_config*: absent / {\"*terraform\"}*", BUILTIN),
    depart(Document::Text, "ours:   ~ b = (sensitive value)", SECRET),
    depart(Document::Plan, "*_sensitive.output*: true / *", LEAK),
    depart(Document::Plan, "*.sensitive_values.output*: true / *", LEAK),
    depart(Document::Plan, "planned_values.root_module.resources: absent / [{*", FORGOTTEN),
    depart(Document::Plan, "planned_values.*: absent / {*\"sensitive_values\":false*", FORGOTTEN),
    depart(Document::Functions, "theirs: says: Argument is deprecated", WARNED),
    depart(Document::State, "check_results.*.failure_messages.*", "in the order of the assertions"),
    depart(Document::State, "check_results.*.status: \"pass\" / \"unknown\"", JUDGED),
    depart(Document::State, "*.sensitive_attributes.*\"value\":\"outputs\"*: * / absent", HUSHED),
    depart(Document::Plan, "*_sensitive.outputs.*: true / *", HUSHED),
    depart(Document::Plan, "*.sensitive_values.outputs.*: true / *", HUSHED),
    depart(Document::Text, "ours: * hush = (sensitive value)", HUSHED),
    depart(Document::Text, "ours: * output = (sensitive value)*", LEAK),
    depart(Document::Text, "ours: * password = (sensitive value)", LEAK),
    depart(Document::Text, "ours: * (sensitive value),", LEAK),
    depart(Document::Text, "theirs: * output = \"plain\"*", LEAK),
    depart(Document::Text, "theirs: *\"hunter*", LEAK),
    depart(
        Document::Text,
        "ours: * # Warning: this attribute value will be marked as sensitive and will not",
        LEAK,
    ),
    depart(Document::Text, "ours: * # display in UI output after applying this change. *", LEAK),
    depart(Document::Text, "theirs:         # (1 unchanged attribute hidden)", LEAK),
    depart(Document::Text, "*: says: Invalid target*", NAMELESS),
    depart(Document::Text, "*: says: Unexpected argument", WORDS),
    depart(Document::Text, "ours: says: Too many command line arguments", WORDS),
    depart(Document::Text, "ours: says: Invalid address", WORDS),
    depart(Document::Text, "theirs: says: Invalid character", WORDS),
    depart(Document::Text, "theirs: says: stat no-such-plan: no such file or directory", WORDS),
    depart(
        Document::Text,
        "*: This command requires that the address references one specific instance.*",
        WORDS,
    ),
    depart(
        Document::Text,
        "ours: says: Value for undeclared variable",
        "said also when something else is wrong",
    ),
    depart(Document::Text, "theirs: says: No value for required variable", MISTAKE),
    depart(Document::Text, "theirs: says: Module not installed", BESIDE),
    depart(Document::Text, "theirs: says: Module source has changed", BESIDE),
    depart(Document::Text, "*: says: Unterminated constructor expression", WORDS),
    depart(Document::Text, "theirs: says: Missing expression", WORDS),
    depart(
        Document::Functions,
        "theirs: says: Config generation is experimental",
        "what is generated is tested for every type to be valid and to change nothing",
    ),
    depart(Document::Generated, "*: theirs: tags_all = {}", DERIVED),
    depart(Document::Generated, "*: theirs: *_prefix = null", DERIVED),
    depart(Document::Generated, "*: filename = \"*.zip\"", SOURCE),
    depart(Document::Generated, "*: source_code_hash = filebase64sha256(\"*.zip\")", SOURCE),
    depart(Document::Generated, "*: theirs: filename = null", SOURCE),
    depart(Document::Generated, "*: theirs: source_code_hash = null", SOURCE),
    depart(Document::Generated, "aws_lambda_function f: ours: publish = false", ZERO),
    depart(Document::Generated, "aws_lambda_function f: theirs: publish = null", ZERO),
    depart(Document::Generated, "aws_lambda_layer_version l: ours: skip_destroy = false", ZERO),
    depart(Document::Generated, "aws_lambda_layer_version l: theirs: skip_destroy = null", ZERO),
    depart(Document::Generated, "aws_lambda_event_source_mapping m: theirs: destination_config {", VALID),
    depart(Document::Generated, "aws_lambda_event_source_mapping m: theirs: on_failure {", VALID),
    depart(Document::Generated, "aws_lambda_event_source_mapping m: theirs: destination_arn = null", VALID),
    depart(Document::Generated, "aws_lambda_event_source_mapping m: theirs: }", VALID),
    depart(Document::Import, "*aws_s3_object.*.actions.0: \"no-op\" / \"update\"", ADOPTED),
    depart(Document::State, "*.aws_s3_object.*.attributes.force_destroy: null / false", ADOPTED),
    depart(Document::State, "*.aws_s3_object.*.private: * / *", ADOPTED),
    depart(Document::Plan, "*aws_s3_object.*.force_destroy: null / false", ADOPTED),
    depart(Document::Functions, "theirs:       - force_destroy * = false -> null", ADOPTED),
    depart(Document::Refreshed, "*: [] / null", FOUND),
    depart(Document::Refreshed, "*: {} / null", FOUND),
    depart(Document::Refreshed, "*.managed_policy_arns.*: * / *", FOUND),
    depart(Document::Refreshed, "*.inline_policy.*: * / *", FOUND),
    depart(
        Document::State,
        "resources.*: absent / {\"instances\":[],*",
        "a resource without instances is not kept",
    ),
    depart(Document::Functions, "ours:       + region * = (known after apply)", NEWER),
    depart(Document::Refreshed, "*.attachment_count: * / *", FOUND),
    depart(Document::Plan, "*.publish: false / null", IMPORTED),
    depart(Document::State, "*.publish: false / null", IMPORTED),
    depart(Document::Functions, "ours:       - publish * = false -> null", IMPORTED),
    depart(Document::State, "*.aws_lambda_alias.*.dependencies: [*] / absent", UNCHANGED),
    depart(Document::State, "*.aws_lambda_alias.*.private: * / *", UNCHANGED),
    depart(Document::Object, "*.DestinationConfig.On*: absent / {}", UNSAID),
    depart(Document::Object, "*.policies.*FunctionURLAllowInvokeAction: {*} / absent", NEWER),
    depart(Document::Object, "*.CompatibleArchitectures.*", ORDER),
    depart(Document::Object, "*.AllowMethods.*", ORDER),
    depart(Document::Object, "*.SourceAccessConfigurations.*", ORDER),
    depart(Document::Object, "*.FilterCriteria.Filters.*", ORDER),
    depart(Document::Diagnostics, "duplicate resource: *", NAMELESS),
    depart(Document::Diagnostics, "cycle of *", NAMELESS),
    depart(Document::Diagnostics, "computed argument: *", NAMELESS),
    depart(Document::Diagnostics, "self reference: ours: *", EARLIER),
    depart(Document::Diagnostics, "division by zero: ours: *", EARLIER),
    depart(Document::Diagnostics, "key for single: *", WORDS),
    depart(Document::Diagnostics, "bare var: theirs: * @ 0", MISTAKE),
    depart(Document::Diagnostics, "var with a key: theirs: * @ 0", MISTAKE),
    depart(Document::Diagnostics, "unclosed *: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "unclosed template: ours: *", WORDS),
    depart(Document::Diagnostics, "single quotes: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "heredoc unclosed: *", "where it begins, not where the file ends"),
    depart(Document::Diagnostics, "precondition of an output: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "lifecycle from a variable: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "provider undeclared: *", WORDS),
    depart(Document::Diagnostics, "count is text: *", WORDS),
    depart(Document::Diagnostics, "precondition on itself: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "import: id self: *", WORDS),
    depart(Document::Diagnostics, "import: id list: *", WORDS),
    depart(Document::Diagnostics, "import: dup: *", NAMELESS),
    depart(Document::Diagnostics, "removed destroy var: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "removed provisioner: *", "provisioners are not supported"),
    depart(Document::Diagnostics, "check no message: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "check const: theirs: *", MISTAKE),
    depart(Document::Diagnostics, "check dup: *", NAMELESS),
    depart(Document::Diagnostics, "check data same name: *", NAMELESS),
];

/// The differences that no departure explains.
pub fn unexplained(document: Document, differences: impl IntoIterator<Item = String>) -> Vec<String> {
    let meant: Vec<_> = DEPARTURES
        .iter()
        .filter(|departure| departure.document == document)
        .map(|d| wildcard(d.pattern))
        .collect();
    differences.into_iter().filter(|text| !meant.iter().any(|pattern| pattern.is_match(text))).collect()
}

fn wildcard(pattern: &str) -> Regex {
    let parts: Vec<_> = pattern.split('*').map(regex::escape).collect();
    Regex::new(&format!("(?s)^{}$", parts.join(".*"))).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_explains_its_own_document_only() {
        let text = "a.b.layers: [] / null".to_owned();
        assert!(unexplained(Document::State, [text.clone()]).is_empty());
        assert_eq!(unexplained(Document::Plan, [text.clone()]), [text]);
        let more = "a.layers: [1] / null".to_owned();
        assert_eq!(unexplained(Document::State, [more.clone()]), [more]);
    }
}
