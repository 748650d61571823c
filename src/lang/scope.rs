//! `Scope`: what names mean while an expression is evaluated.
//! Knows nothing of how the values behind the names came about.

use std::path::PathBuf;

use super::effort::Budget;
use super::refs::Mention;
use crate::base::{Diagnostic, Name, ResourceAddr, Value};

/// Something an expression can refer to, without the attributes that follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `var.name`
    Variable(Name),
    /// `local.name`
    Local(Name),
    /// `type.name`, `resource.type.name` or `data.type.name`: all instances of the resource.
    Resource(ResourceAddr),
    /// `module.name`: all instances of the call.
    Module(Name),
    /// `each.key`
    EachKey,
    /// `each.value`
    EachValue,
    /// `count.index`
    CountIndex,
    /// `self`
    SelfObject,
    /// `path.module`
    PathModule,
    /// `path.root`
    PathRoot,
    /// `path.cwd`
    PathCwd,
    /// `terraform.workspace`
    Workspace,
}

/// Gives names their values.
pub trait Scope {
    /// The value of a reference. A resource gives an object, or with `count` a tuple and with `for_each` an object of
    /// objects; what is not known yet is unknown.
    ///
    /// # Errors
    /// A [`Diagnostic`] for a name that is not declared or not allowed here; the evaluator adds the place.
    fn resolve(&self, reference: &Reference) -> Result<Value, Diagnostic>;

    /// Whether any name is ephemeral.
    fn has_ephemeral(&self) -> bool {
        false
    }

    /// Whether what is mentioned is ephemeral, or may hold something that is.
    fn is_ephemeral(&self, _mention: &Mention) -> bool {
        false
    }

    /// Whether what is mentioned is declared to be a secret, or is made of something that is. Asked where something
    /// ephemeral is mentioned too, whose mark does not tell.
    fn is_secret(&self, _mention: &Mention) -> bool {
        false
    }
}

/// What functions may know of the world, fixed for one run so that plan and apply agree.
#[derive(Debug, Clone, Default)]
pub struct FunctionEnv {
    /// The directory that relative paths of file functions start from.
    pub base_dir: PathBuf,
    /// The working directory, for `path.cwd`.
    pub cwd: PathBuf,
    /// The home directory, for a `~` at the start of a path; `None` where there is none.
    pub home_dir: Option<PathBuf>,
    /// The time of the plan, for `plantimestamp`; `None` where it is not known.
    pub plan_time: Option<jiff::Timestamp>,
    /// The time of the apply, for `timestamp`; `None` while planning, where it is unknown.
    pub apply_time: Option<jiff::Timestamp>,
    /// How much one evaluation may do, about a nanosecond each; `None` for what is more than any configuration needs.
    pub effort: Option<u64>,
    /// How much all evaluations may do.
    pub budget: Budget,
}

/// Everything an evaluation needs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The meaning of names.
    pub scope: &'a dyn Scope,
    /// The world of functions.
    pub env: &'a FunctionEnv,
}
