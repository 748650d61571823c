//! `Block` and `Schema`: attributes and nested blocks together, and the type they imply.
//! Knows nothing of any particular resource.

use serde_json::Value as Json;

use super::{Attribute, Group, Shape};
use crate::base::{Entries, Type, Value};

/// The shape of a resource, data source or provider configuration.
#[derive(Debug)]
pub struct Schema {
    /// The version stored with each instance; state of an older one is upgraded first.
    pub version: u64,
    /// The top-level block.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// The attributes.
    pub attributes: &'static [Attribute],
    /// The nested blocks.
    pub blocks: &'static [NestedBlock],
}

/// How a nested block appears in the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object or null, as `timeouts`.
    Single,
    /// A list of objects, as almost all blocks of the AWS provider, those that may stand only once included.
    List,
    /// A set of objects.
    Set,
}

/// A block inside a block.
#[derive(Debug, Clone, Copy)]
pub struct NestedBlock {
    /// The block type in configuration and the attribute in state.
    pub name: &'static str,
    /// How it appears in the value.
    pub nesting: Nesting,
    /// How many there must be.
    pub min: usize,
    /// How many there may be; 0 is any number.
    pub max: usize,
    /// What is inside.
    pub block: Block,
    /// Whether the provider fills it when configuration has none, and it stays when removed from configuration.
    pub computed: bool,
    /// Whether any change in it replaces the object.
    pub replace: bool,
    /// The API call that carries it on update, for everything inside.
    pub group: Group,
    /// Whether state files and plan JSON hold it only while there is one, as with [`Kept::WhenSet`](super::Kept::WhenSet).
    pub newer: bool,
    /// Whether the service may answer another block than the one planned, as with [`Attribute::loose`].
    pub loose: bool,
    /// Whether it says something by standing there, whatever is in it.
    pub telling: bool,
}

impl NestedBlock {
    /// A list block that may stand once at most.
    pub const fn one(name: &'static str, block: Block) -> Self {
        NestedBlock {
            name,
            nesting: Nesting::List,
            min: 0,
            max: 1,
            block,
            computed: false,
            replace: false,
            group: Group::NONE,
            newer: false,
            loose: false,
            telling: false,
        }
    }

    /// A list block that may stand any number of times.
    pub const fn many(name: &'static str, block: Block) -> Self {
        NestedBlock { max: 0, ..NestedBlock::one(name, block) }
    }

    /// A block that gives one object or null.
    pub const fn single(name: &'static str, block: Block) -> Self {
        NestedBlock { nesting: Nesting::Single, ..NestedBlock::one(name, block) }
    }

    /// A set block that may stand any number of times.
    pub const fn set(name: &'static str, block: Block) -> Self {
        NestedBlock { nesting: Nesting::Set, ..NestedBlock::many(name, block) }
    }

    /// It must stand at least once.
    pub const fn required(self) -> Self {
        NestedBlock { min: 1, ..self }
    }

    /// It may stand this many times.
    pub const fn at_most(self, max: usize) -> Self {
        NestedBlock { max, ..self }
    }

    /// The provider fills it when configuration has none.
    pub const fn computed(self) -> Self {
        NestedBlock { computed: true, ..self }
    }

    /// Any change in it replaces the object.
    pub const fn replaces(self) -> Self {
        NestedBlock { replace: true, ..self }
    }

    /// The API call that carries it on update.
    pub const fn group(self, group: Group) -> Self {
        NestedBlock { group, ..self }
    }

    /// Newer than the release whose state files must stay exchangeable: kept only while there is one.
    pub const fn newer(self) -> Self {
        NestedBlock { newer: true, ..self }
    }

    /// The service may answer another block than the one planned.
    pub const fn loose(self) -> Self {
        NestedBlock { loose: true, ..self }
    }

    /// It says something by standing there, whatever is in it.
    pub const fn telling(self) -> Self {
        NestedBlock { telling: true, ..self }
    }

    /// The type of the attribute that holds the blocks.
    pub fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            Nesting::Single => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
        }
    }
}

impl Block {
    /// A block with nothing in it.
    pub const EMPTY: Block = Block { attributes: &[], blocks: &[] };

    /// The object type that values of the block have.
    pub fn ty(&self) -> Type {
        Shape::of(self).ty.clone()
    }

    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// A nested block by type.
    pub fn nested(&self, name: &str) -> Option<&'static NestedBlock> {
        self.blocks.iter().find(|b| b.name == name)
    }

    /// Every name that may stand in it, attributes first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().map(|a| a.name).chain(self.blocks.iter().map(|b| b.name))
    }

    /// Takes out of the JSON of a value of this block what files do not hold: see [`Kept`](super::Kept).
    pub fn trim(&self, json: &mut Json) {
        let Some(entries) = json.as_object_mut() else { return };
        for attribute in self.attributes {
            if !attribute.kept.holds(|| !entries.get(attribute.name).is_some_and(is_unset)) {
                entries.remove(attribute.name);
            }
        }
        for nested in self.blocks {
            if nested.newer && entries.get(nested.name).is_some_and(is_unset) {
                entries.remove(nested.name);
            }
            match entries.get_mut(nested.name) {
                Some(Json::Array(items)) => items.iter_mut().for_each(|item| nested.block.trim(item)),
                Some(single) => nested.block.trim(single),
                None => {}
            }
        }
    }

    /// How many members of a value [`Block::trim`] leaves in its JSON.
    pub fn kept(&self, value: &Value) -> usize {
        let empty = |v: &Value| {
            v.as_items().is_some_and(<[Value]>::is_empty) || v.as_entries().is_some_and(Entries::is_empty)
        };
        let unset = |name| value.get(name).is_none_or(|v| v.is_null() || empty(v));
        let attributes = self.attributes.iter().filter(|a| a.kept.holds(|| !unset(a.name)));
        let blocks = self.blocks.iter().filter(|nested| !nested.newer || !unset(nested.name));
        attributes.count() + blocks.count()
    }

    /// A value of this block as files hold it, with none of the repeated blocks that [`Block::trim`] left out instead of
    /// null.
    #[must_use]
    pub fn fill(&self, mut value: Value) -> Value {
        for (nested, (_, ty)) in self.blocks.iter().zip(&Shape::of(self).blocks) {
            let found = value.get(nested.name);
            match (ty, found) {
                (Type::List(element), Some(found)) if found.is_null() => {
                    value.set_attr(nested.name, Value::list(Type::clone(element), []));
                }
                (Type::Set(element), Some(found)) if found.is_null() => {
                    value.set_attr(nested.name, Value::set(Type::clone(element), []));
                }
                (_, Some(found)) if !nested.block.blocks.is_empty() => {
                    let filled = match nested.nesting {
                        Nesting::Single => nested.block.fill(found.clone()),
                        Nesting::List | Nesting::Set => found.map_children(|v| nested.block.fill(v.clone())),
                    };
                    value.set_attr(nested.name, filled);
                }
                _ => {}
            }
        }
        value
    }

    /// The API calls that carry what differs between two values of this block. With `empty_is_null`, null and empty
    /// values are the same. Unknown differs from everything.
    pub fn changed(&self, before: &Value, after: &Value, empty_is_null: bool) -> Group {
        let own = self.attributes.iter().map(|a| (a.name, a.group));
        let changed = own.chain(self.blocks.iter().map(|b| (b.name, b.group))).filter(|(name, _)| {
            let (old, new) = (before.get(name), after.get(name));
            !same(old.unwrap_or(&Value::NULL), new.unwrap_or(&Value::NULL), empty_is_null)
        });
        changed.fold(Group::NONE, |all, (_, group)| all.with(group))
    }
}

fn is_unset(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether two values are the same whatever their marks.
fn same(old: &Value, new: &Value, empty_is_null: bool) -> bool {
    if old.is_unknown() || new.is_unknown() {
        return false;
    }
    if empty_is_null && is_empty(old) && is_empty(new) {
        return true;
    }
    old.clone().unmark_deep().0.kind() == new.clone().unmark_deep().0.kind()
        || (old.is_null() && new.is_null())
}

/// Null, `""`, or a collection with nothing in it.
fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_str().is_some_and(str::is_empty)
        || value.as_items().is_some_and(<[Value]>::is_empty)
        || matches!(value.kind(), crate::base::Kind::Map(_, entries) if entries.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CODE: Group = Group(1);
    const CONFIG: Group = Group(2);
    static BLOCK: Block = Block {
        attributes: &[
            Attribute::string("name").group(CODE),
            Attribute::string("key").newer(),
            Attribute::string("url").computed().derived(),
        ],
        blocks: &[NestedBlock::one(
            "durable",
            Block { attributes: &[Attribute::bool("fast").newer(), Attribute::number("days")], blocks: &[] },
        )
        .group(CONFIG)
        .newer()],
    };

    #[test]
    fn trims_what_older_releases_do_not_know_while_it_is_unset() {
        let cases = [
            (json!({"name": null, "key": null, "url": "u", "durable": []}), json!({"name": null})),
            (
                json!({"name": "n", "key": "k", "url": true, "durable": [{"fast": null, "days": null}]}),
                json!({"name": "n", "key": "k", "durable": [{"days": null}]}),
            ),
        ];
        for (mut before, after) in cases {
            BLOCK.trim(&mut before);
            assert_eq!(before, after);
        }
    }

    #[test]
    fn blocks_that_files_left_out_are_none_and_not_null() {
        let read = |json: Json| crate::base::json::from_json(&json, &BLOCK.ty()).unwrap();
        let left_out = BLOCK.fill(read(json!({"name": "n"})));
        assert_eq!(left_out, read(json!({"name": "n", "durable": []})));
        let there = read(json!({"name": "n", "durable": [{"days": 1}]}));
        assert_eq!(BLOCK.fill(there.clone()), there);
    }

    #[test]
    fn says_which_calls_carry_a_change() {
        let object = |name: Value, durable: Value| Value::object([("name", name), ("durable", durable)]);
        let none = Value::list(Type::Dynamic, []);
        let one = Value::list(Type::Dynamic, [Value::object([("days", Value::from(1))])]);
        let before = object("n".into(), none.clone());
        for (after, groups) in [
            (object("n".into(), Value::NULL), Group::NONE),
            (object(Value::from("n").with_sensitive(true), none.clone()), Group::NONE),
            (object("m".into(), none.clone()), CODE),
            (object(Value::unknown(Type::String), one), CODE.with(CONFIG)),
        ] {
            assert_eq!(BLOCK.changed(&before, &after, true), groups, "{after:?}");
        }
    }
}
