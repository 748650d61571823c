//! `Block` and `Schema`: attributes and nested blocks together, and the type they imply.
//! Knows nothing of any particular resource.

use super::{Attribute, Constraint, Group};
use crate::base::Type;

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
        let attributes = self.attributes.iter().map(|a| (a.name, a.ty.ty()));
        let blocks = self.blocks.iter().map(|b| (b.name, b.ty()));
        Type::object(attributes.chain(blocks))
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

    /// Every constraint with the attribute it belongs to, nested blocks included.
    pub fn constraints(&self) -> Vec<(&'static str, &'static Constraint)> {
        let own = self.attributes.iter().flat_map(|a| a.constraints.iter().map(|c| (a.name, c)));
        own.chain(self.blocks.iter().flat_map(|b| b.block.constraints())).collect()
    }
}
