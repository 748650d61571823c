//! `propose`: prior state and configuration merged into the state a provider is asked to plan.
//! Pure; knows nothing of what any attribute means.

use crate::base::{Kind, Type, Value};
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Shape};

/// How a type is proposed.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The shape.
    pub block: &'a Block,
    /// Whether `""`, `0`, `false` and empty collections mean the same as null.
    pub empty_is_null: bool,
}

impl Proposal<'_> {
    /// The proposed new state: each attribute takes its configured value; without one, computed attributes keep the
    /// prior value (or become unknown when there is no prior object), and others take their default or null.
    ///
    /// The rules are those of `lambda-provider.md` 0.1, which describe what the provider SDK plans.
    pub fn propose(&self, prior: Option<&Value>, config: &Value) -> Value {
        let prior = prior.filter(|p| !p.is_null());
        self.block_value(self.block, prior, config, prior.is_none())
    }

    /// `creating`: whether there is no prior object at all, as opposed to a block that is new in an existing object.
    fn block_value(&self, block: &Block, prior: Option<&Value>, config: &Value, creating: bool) -> Value {
        if config.is_unknown() {
            return config.clone();
        }
        let shape = Shape::of(block);
        let attributes = block.attributes.iter().zip(&shape.attributes).map(|(attribute, (name, ty))| {
            let old = prior.and_then(|p| p.get(name));
            let new = config.get(name);
            (name.clone(), self.attribute_value(attribute, ty, old, new, creating))
        });
        let blocks = block.blocks.iter().zip(&shape.blocks).map(|(nested, (name, _))| {
            let old = prior.and_then(|p| p.get(name));
            let new = config.get(name);
            (name.clone(), self.nested_value(nested, old, new, creating))
        });
        Value::object(attributes.chain(blocks)).with_sensitive(config.is_sensitive())
    }

    fn attribute_value(
        &self,
        attribute: &Attribute,
        ty: &Type,
        prior: Option<&Value>,
        config: Option<&Value>,
        creating: bool,
    ) -> Value {
        let configured = config.filter(|c| !c.is_null());
        match (attribute.mode, configured, prior) {
            (Mode::Computed, _, Some(prior)) => prior.clone(),
            (Mode::Computed | Mode::OptionalComputed, None, None) => {
                if creating {
                    Value::unknown(ty.clone())
                } else {
                    Value::null(ty.clone())
                }
            }
            (Mode::OptionalComputed, None, Some(prior)) => prior.clone(),
            (_, Some(config), Some(prior)) if self.both_empty(prior, config) => prior.clone(),
            (_, Some(config), _) => config.clone(),
            (_, None, prior) => {
                let fallback = attribute.default.map_or_else(|| Value::null(ty.clone()), |d| d.value());
                match prior {
                    Some(prior) if self.both_empty(prior, &fallback) => prior.clone(),
                    _ => fallback,
                }
            }
        }
    }

    fn both_empty(&self, a: &Value, b: &Value) -> bool {
        self.empty_is_null && is_empty(a) && is_empty(b)
    }

    fn nested_value(
        &self,
        nested: &NestedBlock,
        prior: Option<&Value>,
        config: Option<&Value>,
        creating: bool,
    ) -> Value {
        let Some(config) = config else { return Value::null(nested.ty()) };
        if config.is_unknown() {
            return config.clone();
        }
        let unset = config.is_null() || config.as_items().is_some_and(<[Value]>::is_empty);
        if nested.computed && unset {
            return match prior {
                Some(prior) => prior.clone(),
                None if creating => Value::unknown(nested.ty()),
                None => config.clone(),
            };
        }
        if let Some(prior) = prior
            && self.empty_is_null
            && says_nothing(nested, prior)
            && says_nothing(nested, config)
        {
            return prior.clone();
        }
        if nested.nesting == Nesting::Single {
            if config.is_null() {
                return config.clone();
            }
            let prior = prior.filter(|p| !p.is_null());
            return self.block_value(&nested.block, prior, config, creating);
        }
        let olds = prior.and_then(Value::as_items).unwrap_or_default();
        let items = config.as_items().unwrap_or_default().iter().enumerate().map(|(i, item)| {
            let old = match nested.nesting {
                Nesting::Set => olds.iter().find(|old| self.same_configured(&nested.block, old, item)),
                _ => olds.get(i),
            };
            self.block_value(&nested.block, old, item, creating)
        });
        let element = nested.block.ty();
        let value = match nested.nesting {
            Nesting::Set => Value::set(element, items),
            _ => Value::list(element, items),
        };
        value.with_sensitive(config.is_sensitive())
    }

    /// Whether an element of a set is the one that configuration means: equal in all that configuration says.
    fn same_configured(&self, block: &Block, old: &Value, new: &Value) -> bool {
        block.names().all(|name| match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => new.is_null() || old == new || self.both_empty(old, new),
            (_, new) => new.is_none_or(Value::is_null),
        })
    }
}

/// Whether a value is what the provider SDK takes for "not set": null or the zero value of its type.
pub fn is_empty(value: &Value) -> bool {
    match value.kind() {
        Kind::Null(_) => true,
        Kind::String(s) => s.is_empty(),
        Kind::Number(n) => *n == crate::base::Number::ZERO,
        Kind::Bool(b) => !b,
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => items.is_empty(),
        Kind::Map(_, entries) => entries.is_empty(),
        Kind::Object(_) | Kind::Unknown(_) => false,
    }
}

/// Whether blocks, as a list or set of objects, say no more than none would: `environment { variables = {} }` is what the
/// service answers as no environment.
pub fn says_nothing(nested: &NestedBlock, blocks: &Value) -> bool {
    let unset = |attribute: &Attribute, value: &Value| {
        is_empty(value) || !attribute.is_settable() || attribute.is_computed() && value.is_unknown()
    };
    let inner = |nested: &NestedBlock, value: &Value| {
        nested.computed && value.is_unknown() || says_nothing(nested, value)
    };
    let block = &nested.block;
    let is_nothing = |item: &Value| {
        !nested.telling
            && !item.is_unknown()
            && block.attributes.iter().all(|a| item.get(a.name).is_none_or(|value| unset(a, value)))
            && block.blocks.iter().all(|n| item.get(n.name).is_none_or(|value| inner(n, value)))
    };
    blocks.is_null() || blocks.as_items().is_some_and(|items| items.iter().all(is_nothing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::Default;

    static VPC: Block = Block {
        attributes: &[Attribute::string("subnet").required(), Attribute::string("vpc_id").computed()],
        blocks: &[],
    };
    static TRACING: Block = Block { attributes: &[Attribute::string("mode").required()], blocks: &[] };
    static BLOCK: Block = Block {
        attributes: &[
            Attribute::string("name").required(),
            Attribute::string("description"),
            Attribute::number("memory").default(Default::Int(128)),
            Attribute::strings("architectures").optional_computed(),
            Attribute::string("arn").computed(),
        ],
        blocks: &[NestedBlock::one("vpc", VPC), NestedBlock::one("tracing", TRACING).computed()],
    };

    fn config(entries: &[(&'static str, Value)]) -> Value {
        crate::schema::conform(&BLOCK, &Value::object(entries.iter().cloned())).0
    }

    fn propose(prior: Option<&Value>, config: &Value) -> Value {
        Proposal { block: &BLOCK, empty_is_null: true }.propose(prior, config)
    }

    fn vpc(subnet: &str) -> (&'static str, Value) {
        ("vpc", Value::tuple([Value::object([("subnet", Value::from(subnet))])]))
    }

    #[test]
    fn a_creation_leaves_computed_values_unknown() {
        let proposed = propose(None, &config(&[("name", "f".into()), vpc("s")]));
        assert_eq!(proposed.get("memory"), Some(&Value::number(128)));
        assert_eq!(proposed.get("description"), Some(&Value::null(Type::String)));
        for name in ["arn", "architectures", "tracing"] {
            assert!(proposed.get(name).unwrap().is_unknown(), "{name}");
        }
        let inside = proposed.get("vpc").unwrap().as_items().unwrap()[0].get("vpc_id").unwrap().clone();
        assert!(inside.is_unknown());
    }

    #[test]
    fn an_update_keeps_what_configuration_does_not_say() {
        let prior = config(&[
            ("name", "f".into()),
            ("description", "".into()),
            ("architectures", Value::tuple(["arm64".into()])),
        ])
        .with_attr("arn", "arn:x".into())
        .with_attr("memory", Value::number(512))
        .with_attr("tracing", Value::list(TRACING.ty(), [Value::object([("mode", Value::from("Active"))])]));
        let proposed = propose(Some(&prior), &config(&[("name", "f".into()), vpc("s")]));
        for name in ["arn", "architectures", "tracing", "description"] {
            assert_eq!(proposed.get(name), prior.get(name), "{name}");
        }
        assert_eq!(proposed.get("memory"), Some(&Value::number(128)), "a default is put back");
        let added = proposed.get("vpc").unwrap().as_items().unwrap()[0].get("vpc_id").unwrap().clone();
        assert!(added.is_null(), "computed inside a block added on update is planned null");
    }

    #[test]
    fn a_block_that_says_nothing_is_none() {
        static ENVIRONMENT: NestedBlock = NestedBlock::one(
            "environment",
            Block {
                attributes: &[Attribute::string_map("variables"), Attribute::bool("on")],
                blocks: &[NestedBlock::one("vpc", VPC)],
            },
        );
        let blocks = |entries: &[(&'static str, Value)]| {
            let block = Value::object(entries.iter().cloned());
            Value::list(ENVIRONMENT.block.ty(), [crate::schema::conform(&ENVIRONMENT.block, &block).0])
        };
        let unknown = || Value::unknown(Type::String);
        for (entries, expected) in [
            (&[][..], true),
            (&[("variables", Value::object::<&str>([])), ("on", false.into())], true),
            (&[vpc("")], true),
            (&[("variables", Value::object([("A", Value::from(""))]))], false),
            (&[("on", unknown())], false),
            (&[vpc("s")], false),
        ] {
            assert_eq!(says_nothing(&ENVIRONMENT, &blocks(entries)), expected, "{entries:?}");
        }
        assert!(says_nothing(&ENVIRONMENT, &Value::null(Type::Dynamic)));
        assert!(!says_nothing(&ENVIRONMENT, &Value::DYNAMIC));
        assert!(!says_nothing(&ENVIRONMENT.telling(), &blocks(&[])), "that it stands there says something");

        let without = config(&[("name", "f".into())]).with_attr("arn", "a".into());
        let nothing = config(&[("name", "f".into()), vpc("")]);
        assert_eq!(propose(Some(&without), &nothing).get("vpc"), without.get("vpc"), "nothing is added");
        let with = config(&[("name", "f".into()), vpc("s")]);
        assert_eq!(
            propose(Some(&with), &nothing).get("vpc"),
            nothing.get("vpc"),
            "what was there is removed"
        );
    }

    #[test]
    fn removing_an_optional_value_plans_null() {
        let prior = config(&[("name", "f".into()), ("description", "old".into())]);
        let proposed = propose(Some(&prior), &config(&[("name", "f".into())]));
        assert!(proposed.get("description").unwrap().is_null());
    }
}
