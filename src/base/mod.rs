//! Values, types, numbers, paths, addresses, diagnostics and graphs: the words every other floor speaks.
//! Knows nothing of HCL, AWS, the terminal or the network.

mod float;
mod number;
mod ty;
mod set_order;
mod value;
mod path;
mod addr;
mod diag;
mod dag;
mod entries;
pub mod convert;
pub mod file;
pub mod json;
pub mod suggest;

pub use addr::{AddressError, InstanceAddr, InstanceKey, Mode, ModuleAddr, ResourceAddr};
pub use dag::{Cycle, Dag};
pub use diag::{Diagnostic, Diagnostics, FileId, LineColumn, Severity, Source, Sources, Span};
pub use entries::Entries;
pub use number::{Number, NumberError};
pub use path::{Path, PathStep};
pub use ty::Type;
pub use value::{Kind, Value};

/// A name or map key: cheap to clone, shared between every value that uses it.
pub type Name = std::sync::Arc<str>;
