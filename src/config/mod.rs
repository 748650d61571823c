//! From a directory of `.tf` files to an unevaluated module tree with spans.
//! Never evaluates anything.

mod body;
mod expr;
mod module;
mod type_constraint;

mod source;
mod names;
mod parse;
mod parse_body;
mod parse_expr;
mod parse_collection;
mod parse_template;
mod parse_text;

mod format;
mod literal;

#[cfg(test)]
mod shown;
#[cfg(test)]
mod agreement;
#[cfg(test)]
mod hardening;

mod load;
mod top_level;
mod declarations;
mod inputs;
mod tfvars;
mod decode;
mod version_constraint;
mod arguments;
mod terraform_block;
mod provider_block;
mod variable;
mod type_expr;
mod locals;
mod output;
mod repetition;
mod resource;
mod lifecycle;
mod address;
mod moved;
mod import;
mod removed;
mod check;
mod provisioner;
mod json;
mod json_body;
mod json_string;
mod json_text;
mod relocate;
mod overrides;
mod manifest;
mod module_call;
pub mod module_source;
mod tree;

use crate::base::suggest;

pub use address::MoveEndpoint;
pub use arguments::parse_arguments;
pub use body::{Attribute, Block, Body, Label};
pub use check::Check;
pub use expr::{
    BinaryOp, Call, Expr, ExprKind, ForExpr, ObjectKey, SplatStep, TemplatePart, Traversal, TraversalStep,
    UnaryOp,
};
pub use format::{format, may_continue};
pub use import::{Import, ImportId, ImportTarget};
pub use inputs::{Input, InputArgument, InputOrigin, InputValue, collect_inputs};
pub use json_body::PropertyKind;
pub use literal::{literal, quoted};
pub use load::load_directory;
pub use manifest::{FILE as MODULE_MANIFEST, Installed, Manifest};
pub use module::{
    Backend, CheckRule, Config, IgnoreChanges, Lifecycle, Local, Module, Output, ProviderConfig, ProviderRef,
    RequiredProvider, Resource, Variable,
};
pub use module_call::{ModuleCall, PassedProvider};
pub use moved::Moved;
pub use parse::{parse_expression, parse_template};
pub use provisioner::{Provisioner, When};
pub use removed::Removed;
pub use source::{decode_text, is_ignored};
pub use top_level::block_types;
pub use tree::{load, load_for_init, load_settings, load_sources};
pub use type_constraint::{ObjectAttribute, TypeConstraint};
pub use version_constraint::{TERRAFORM_VERSION, VersionConstraint, VersionConstraintError, newest_version};
