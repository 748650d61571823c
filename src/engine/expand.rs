//! `expand`: `count` and `for_each` turned into instance keys.
//! Knows nothing of what the instances are.

use std::collections::BTreeMap;

use super::ephemeral;
use super::scope::InstanceScope;
use super::world::{Repetition, World};
use crate::base::{Diagnostic, Diagnostics, InstanceKey, Kind, ModuleAddr, Span, Type, Value, convert};
use crate::config::{Expr, ModuleCall, Resource};
use crate::lang;

/// More instances, of one resource or module or of all together, than anyone can mean and memory can hold.
pub(super) const MOST: usize = 100_000;

/// The problem with more instances than that.
pub(super) fn too_many(span: Span) -> Diagnostic {
    let detail = format!(
        "With this, the configuration would have more than {MOST} instances of its resources or modules, which is as many as \
         can be planned together."
    );
    Diagnostic::error("Too many instances", detail).at(span)
}

/// The instances that configuration asks for.
#[derive(Debug, Clone)]
pub(super) struct Expansion {
    /// How often the resource stands.
    pub(super) repetition: Repetition,
    /// The keys in order, with the values of `each.value`.
    pub(super) instances: Keys,
    /// Whether the values of `each.value` may be ephemeral.
    ephemeral: bool,
}

type Keys = BTreeMap<Option<InstanceKey>, Option<Value>>;

impl Expansion {
    fn new(repetition: Repetition, instances: Keys) -> Expansion {
        Expansion { repetition, instances, ephemeral: false }
    }

    /// The scope of one instance, in an instance of its module.
    pub(super) fn scope<'w>(
        &self,
        world: &'w World<'w>,
        module: &ModuleAddr,
        key: Option<&InstanceKey>,
    ) -> InstanceScope<'w> {
        let each = self.instances.get(&key.cloned()).cloned().flatten();
        InstanceScope::of(world, module, key, each).with_ephemeral_each(self.ephemeral)
    }

    /// Instances of which not even the number is known; the keys stand for them.
    pub(super) fn of_any(keys: impl IntoIterator<Item = Option<InstanceKey>>) -> Expansion {
        Expansion { repetition: Repetition::Unknown, ..Expansion::of_keys(keys) }
    }

    /// Instances of which nothing but the keys is known.
    pub(super) fn of_keys(keys: impl IntoIterator<Item = Option<InstanceKey>>) -> Expansion {
        let instances: Keys = keys.into_iter().map(|key| (key, Some(Value::DYNAMIC))).collect();
        Expansion::new(Repetition::of_keys(instances.keys()), instances)
    }
}

/// The arguments that say how often something stands.
#[derive(Clone, Copy)]
pub(super) struct Times<'a> {
    pub(super) count: Option<&'a Expr>,
    pub(super) for_each: Option<&'a Expr>,
    /// `lifecycle { enabled }`, as OpenTofu has it.
    pub(super) enabled: Option<&'a Expr>,
}

impl<'a> Times<'a> {
    pub(super) fn of(resource: &'a Resource) -> Self {
        let enabled = resource.lifecycle.enabled.as_ref();
        Times { count: resource.count.as_ref(), for_each: resource.for_each.as_ref(), enabled }
    }

    pub(super) fn of_call(call: &'a ModuleCall) -> Self {
        Times { count: call.count.as_ref(), for_each: call.for_each.as_ref(), enabled: call.enabled.as_ref() }
    }

    /// Whether there is one instance, whatever the values are.
    pub(super) fn is_one(self) -> bool {
        !self.repeats() && self.enabled.is_none()
    }

    /// Whether the instances have keys.
    pub(super) fn repeats(self) -> bool {
        self.count.is_some() || self.for_each.is_some()
    }
}

/// Evaluates `count` or `for_each`, in the scope of the module.
///
/// # Errors
/// When the value is unknown, null, of the wrong type, or sensitive where it would become a key; the diagnostics say how to
/// go on.
pub(super) fn expand(times: Times<'_>, scope: &InstanceScope<'_>) -> Result<Expansion, Diagnostics> {
    if let Some(expr) = times.count {
        let value = evaluated("count", expr, scope)?;
        let count = count(&value, expr.span)?;
        if count > MOST as u64 {
            return Err(too_many(expr.span).into());
        }
        let instances = (0..count).map(|i| (Some(InstanceKey::Int(i)), None)).collect();
        return Ok(Expansion::new(Repetition::Count, instances));
    }
    if let Some(expr) = times.for_each {
        let value = evaluated("for_each", expr, scope)?;
        let instances = keys(&value, expr.span)?;
        let ephemeral = lang::mentions_ephemeral(expr, scope);
        return Ok(Expansion { ephemeral, ..Expansion::new(Repetition::Each, instances) });
    }
    if let Some(expr) = times.enabled
        && !enabled(&evaluated("enabled", expr, scope)?, expr.span)?
    {
        return Ok(Expansion::new(Repetition::Disabled, Keys::new()));
    }
    Ok(Expansion::new(Repetition::One, [(None, None)].into()))
}

fn evaluated(argument: &str, expr: &Expr, scope: &InstanceScope<'_>) -> Result<Value, Diagnostics> {
    let value = lang::evaluate(expr, &scope.context())?;
    ephemeral::refuse_keys(argument, &value, expr, scope)?;
    Ok(value)
}

/// Whether something stands at all.
fn enabled(value: &Value, span: Span) -> Result<bool, Diagnostics> {
    let what = if value.is_sensitive() {
        "is sensitive, and whether a resource exists would disclose it"
    } else if value.is_unknown() {
        "depends on resource attributes that cannot be determined until apply; use the -target argument to first apply \
         what it depends on"
    } else {
        match convert::convert(value, &Type::Bool).ok().and_then(|value| value.as_bool()) {
            Some(enabled) => return Ok(enabled),
            None => "is neither true nor false",
        }
    };
    let detail = format!("The given \"enabled\" argument value {what}.");
    Err(Diagnostic::error("Invalid enabled argument", detail).at(span).into())
}

/// Checks what is known of `count` or `for_each` before anything else is: a value that is not known yet may be anything.
///
/// # Errors
/// As [`expand`], but for values that are not known.
pub(super) fn check(times: Times<'_>, scope: &InstanceScope<'_>) -> Result<(), Diagnostics> {
    if let Some(expr) = times.count {
        let value = evaluated("count", expr, scope)?;
        if !value.is_unknown() {
            count(&value, expr.span)?;
        }
    }
    if let Some(expr) = times.enabled {
        let value = evaluated("enabled", expr, scope)?;
        if !value.is_unknown() || value.is_sensitive() {
            enabled(&value, expr.span)?;
        }
    }
    if let Some(expr) = times.for_each {
        let value = evaluated("for_each", expr, scope)?;
        let settled = match value.kind() {
            Kind::Unknown(_) => false,
            Kind::Set(..) => value.is_wholly_known(),
            _ => true,
        };
        if settled || value.is_sensitive() {
            keys(&value, expr.span)?;
        }
    }
    Ok(())
}

fn count(value: &Value, span: Span) -> Result<u64, Diagnostics> {
    let invalid =
        |detail: &str| Diagnostics::from(Diagnostic::error("Invalid count argument", detail).at(span));
    // A secret may decide how many there are: their number does not tell it.
    if value.is_null() {
        return Err(invalid("The given \"count\" argument value is null. An integer is required."));
    }
    if value.is_unknown() {
        return Err(invalid(
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so lambdaform \
             cannot predict how many instances will be created. To work around this, use the -target argument to first \
             apply only the resources that the count depends on.",
        ));
    }
    let number = convert::convert(value, &Type::Number).ok().and_then(|n| n.as_number().cloned());
    let Some(number) = number else {
        return Err(invalid("The given \"count\" argument value is unsuitable: a number is required."));
    };
    match number.as_i64().map(u64::try_from) {
        Some(Ok(count)) => Ok(count),
        _ if number.is_negative() => Err(invalid(
            "The given \"count\" argument value is unsuitable: must be greater than or equal to zero.",
        )),
        _ => Err(invalid("The given \"count\" argument value is unsuitable: a whole number is required.")),
    }
}

fn keys(value: &Value, span: Span) -> Result<Keys, Diagnostics> {
    let invalid =
        |detail: String| Diagnostics::from(Diagnostic::error("Invalid for_each argument", detail).at(span));
    let unknown = |what: &str| {
        invalid(format!(
            "The \"for_each\" {what} includes values derived from resource attributes that cannot be determined until \
             apply, and so lambdaform cannot determine the full set of keys that will identify the instances of this \
             resource. It is better to define the map keys statically in your configuration and place apply-time \
             results only in the map values. Alternatively, use the -target argument to first apply only the resources \
             that the for_each value depends on."
        ))
    };
    if value.is_sensitive() {
        return Err(invalid(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, \
             the sensitive value could be disclosed as a resource instance key."
                .into(),
        ));
    }
    match value.kind() {
        Kind::Null(_) => Err(invalid(
            "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A map, \
             or set of strings is allowed."
                .into(),
        )),
        Kind::Unknown(Type::Set(_)) => Err(unknown("set")),
        Kind::Unknown(_) => Err(unknown("map")),
        Kind::Map(_, entries) | Kind::Object(entries) => {
            Ok(entries.iter().map(|(name, v)| (Some(InstanceKey::Str(name.clone())), Some(v.clone()))).collect())
        }
        Kind::Set(_, items) => items
            .iter()
            .map(|item| match item.kind() {
                Kind::String(name) => Ok((Some(InstanceKey::Str(name.clone())), Some(item.clone()))),
                Kind::Unknown(_) => Err(unknown("set")),
                Kind::Null(_) => Err(invalid(
                    "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values."
                        .into(),
                )),
                _ => Err(invalid(format!(
                    "The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of \
                     strings, but you have provided a set containing type {}.",
                    item.ty().friendly_name()
                ))),
            })
            .collect(),
        _ => Err(invalid(format!(
            "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or set of \
             strings, and you have provided a value of type {}.",
            value.ty().friendly_name()
        ))),
    }
}
