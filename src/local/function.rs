//! Functions: create, read, update, delete, list.
//! Knows nothing of aliases' or policies' own rules.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::configuration::{Named, describe, list_item};
use super::error::{Kind, Refusal};
use super::lifecycle::{Life, in_progress};
use super::package::{resolved_image, take_image, take_zip};
use super::page;
use super::place::FunctionRef;
use super::settings;
use super::shape::{Field, Object, Shape, TEXT, may};
use super::store::Shelf;
use super::tags::read_tags;
use super::version::publish;
use super::world::{Function, Package, Version, revision, unknown_function};

/// The longest bare name; the reference's 140 are for a full ARN.
const NAME_LIMIT: usize = 64;

/// What ListFunctions takes.
pub const LIST: &[Field] = &[
    may("FunctionVersion", Shape::Choice(&["ALL"])),
    may("Marker", TEXT),
    may("MasterRegion", TEXT),
    may("MaxItems", super::constraints::PAGE),
];

/// CreateFunction.
pub fn create(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let name = wanted.name.as_str();
    if name.len() > NAME_LIMIT {
        return Err(Refusal::new(
            Kind::Validation,
            format!(
                "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member \
                 must have length less than or equal to {NAME_LIMIT}"
            ),
        ));
    }
    if wanted.qualifier.is_some() {
        return Err(Refusal::invalid("FunctionName must not carry a qualifier when a function is created."));
    }
    let taken = || Refusal::conflict(format!("Function already exist: {name}"));
    if call.region(|region| region.functions.contains_key(name)) {
        return Err(taken());
    }
    let mut settings = settings::defaults(name);
    for member in ["Architectures", "PackageType"] {
        settings.extend(call.pick(&[member]));
    }
    settings::apply(call, name, &mut settings)?;
    if let Some(config) = settings.get("CapacityProviderConfig") {
        super::capacity::require(call, config)?;
    }
    let package = take_package(call, &settings, call.object("Code").unwrap_or(&Object::new()))?;
    let signing = call.text("CodeSigningConfigArn").filter(|arn| !arn.is_empty()).map(str::to_owned);
    if let Some(arn) = &signing {
        super::signing::require(call, arn)?;
    }
    let latest = Version {
        settings,
        package,
        revision: revision(),
        modified: call.now,
        life: Life::begin(call.settling()),
        published_from: None,
    };
    let mut function = Function {
        name: name.to_owned(),
        latest,
        versions: Default::default(),
        next_version: 1,
        aliases: Default::default(),
        policies: Default::default(),
        tags: read_tags(call.object("Tags")),
        reserved: None,
        signing,
        attached: Default::default(),
        recursion: None,
    };
    let number = call.flag("Publish").then(|| publish(call, &mut function, None));
    let answer = configuration(call, &function, number);
    call.region(|region| match region.functions.contains_key(name) {
        true => Err(taken()),
        false => {
            region.functions.insert(name.to_owned(), function);
            Ok(())
        }
    })?;
    call.touch(Shelf::Functions, name);
    Ok(answer)
}

/// GetFunction.
pub fn get(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let named = Named::resolve(call, function, wanted.qualifier.as_deref())?;
        let package = &named.version.package;
        let mut code = match &package.image {
            Some(uri) => json!({
                "RepositoryType": "ECR",
                "ImageUri": uri,
                "ResolvedImageUri": resolved_image(uri, &package.sha256),
            }),
            None => json!({ "RepositoryType": "S3", "Location": call.shared.code_location(package) }),
        };
        if let (Some(key), Some(code)) = (&package.source_key, code.as_object_mut()) {
            code.insert("SourceKMSKeyArn".to_owned(), json!(key));
        }
        let mut answer = json!({ "Configuration": describe(call, &named), "Code": code });
        if let Some(answer) = answer.as_object_mut() {
            if !function.tags.is_empty() {
                answer.insert("Tags".to_owned(), json!(function.tags));
            }
            if let Some(reserved) = function.reserved {
                answer.insert("Concurrency".to_owned(), json!({ "ReservedConcurrentExecutions": reserved }));
            }
        }
        Ok(answer)
    })
}

/// GetFunctionConfiguration.
pub fn get_configuration(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let named = Named::resolve(call, function, wanted.qualifier.as_deref())?;
        Ok(Value::Object(describe(call, &named)))
    })
}

/// UpdateFunctionConfiguration: only the members given change.
pub fn update_configuration(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let seen = call.region(|region| {
        let function = ready_for_change(call, region.function(&wanted, &call.place)?, &wanted)?;
        Ok(function.latest.settings.clone())
    })?;
    let mut settings = seen.clone();
    settings::apply(call, &wanted.name, &mut settings)?;
    change(call, &wanted, &seen, |function| {
        function.latest.settings = settings;
        None
    })
}

/// UpdateFunctionCode.
pub fn update_code(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let seen = call.region(|region| {
        let function = ready_for_change(call, region.function(&wanted, &call.place)?, &wanted)?;
        Ok(function.latest.settings.clone())
    })?;
    let package = take_package(call, &seen, &call.input)?;
    if call.flag("DryRun") {
        // Nothing is kept: the answer shows what the update would have answered.
        let mut function = call.region(|region| region.function(&wanted, &call.place).cloned())?;
        function.latest.package = package;
        return Ok(configuration(call, &function, None));
    }
    change(call, &wanted, &seen, |function| {
        function.latest.settings.extend(call.pick(&["Architectures"]));
        function.latest.package = package;
        call.flag("Publish").then_some(())
    })
}

/// DeleteFunction: the function with all it has, or one version of it.
pub fn delete(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        let Some(qualifier) = wanted.qualifier.as_deref() else {
            region.functions.remove(&wanted.name);
            return Ok(());
        };
        if qualifier == "$LATEST" {
            return Err(Refusal::invalid("$LATEST version cannot be deleted without deleting the function."));
        }
        if function.aliases.contains_key(qualifier) {
            return Err(Refusal::invalid("Deletion of aliases is not currently supported."));
        }
        let number = qualifier.parse::<u64>().ok().filter(|number| function.versions.contains_key(number));
        let number = number.ok_or_else(|| unknown_function(&wanted.name, Some(qualifier), &call.place))?;
        let users: Vec<&str> = function
            .aliases
            .iter()
            .filter(|(_, alias)| alias.version == qualifier || alias.weights.contains_key(qualifier))
            .map(|(name, _)| name.as_str())
            .collect();
        if !users.is_empty() {
            return Err(Refusal::conflict(format!(
                "Unable to delete version because the following aliases reference it: [{}]",
                users.join(", ")
            )));
        }
        function.versions.remove(&number);
        function.forget_qualifier(qualifier);
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

/// ListFunctions, fifty a page; with `FunctionVersion=ALL` every version of every function.
pub fn list(call: &Call<'_>) -> Reply {
    let all = call.text("FunctionVersion").is_some();
    call.region(|region| {
        let latest = |function| Named { function, version: &function.latest, number: None, qualifier: None };
        if !all {
            let items = region.functions.iter().map(|(name, function)| (name.clone(), latest(function)));
            return page::cut(call, "Functions", 50, items, |named| list_item(call, &named));
        }
        let items = region.functions.values().flat_map(|function| {
            // A name never holds a space, so versions of `a` sort before those of `a-b`.
            Named::versions(function)
                .map(|named| (format!("{} {:020}", function.name, named.number.unwrap_or(0)), named))
        });
        page::cut(call, "Functions", 50, items, |named| list_item(call, &named))
    })
}

/// The answer of an operation that made or changed `$LATEST`, or published it as `number`.
pub fn configuration(call: &Call<'_>, function: &Function, number: Option<u64>) -> Value {
    let published = number.and_then(|number| Some((number, function.versions.get(&number)?)));
    let text = number.map(|number| number.to_string());
    let named = match published {
        Some((number, version)) => {
            Named { function, version, number: Some(number), qualifier: text.as_deref() }
        }
        None => Named { function, version: &function.latest, number: None, qualifier: None },
    };
    Value::Object(describe(call, &named))
}

fn take_package(call: &Call<'_>, settings: &Object, code: &Object) -> Result<Package, Refusal> {
    match settings.get("PackageType").and_then(Value::as_str) {
        Some("Image") => take_image(code),
        _ => take_zip(call, code),
    }
}

fn ready_for_change<'f>(
    call: &Call<'_>,
    function: &'f Function,
    wanted: &FunctionRef,
) -> Result<&'f Function, Refusal> {
    if wanted.qualifier.as_deref().is_some_and(|qualifier| qualifier != "$LATEST") {
        return Err(Refusal::invalid("Only the unpublished version of a function can be changed."));
    }
    let arn = call.place.function_arn(&function.name, None);
    function.latest.life.refuse_unless_settled(call.now, &arn)?;
    call.check_revision(&function.latest.revision(call.now), "GetFunction/GetAlias")?;
    Ok(function)
}

/// Changes `$LATEST` under the lock; publishes when told so. Refused when another change began, or landed, since the
/// settings were `seen`.
fn change(
    call: &Call<'_>,
    wanted: &FunctionRef,
    seen: &Object,
    work: impl FnOnce(&mut Function) -> Option<()>,
) -> Reply {
    let answer = call.region(|region| {
        let function = region.function_mut(wanted, &call.place)?;
        ready_for_change(call, function, wanted)?;
        if function.latest.settings != *seen {
            return Err(in_progress(&call.place.function_arn(&function.name, None)));
        }
        let publishing = work(function);
        function.latest.revision = revision();
        function.latest.modified = call.now;
        function.latest.life.update(call.settling());
        let number = publishing.map(|()| publish(call, function, None));
        Ok(configuration(call, function, number))
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}
