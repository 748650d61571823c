//! `Path`: the way from a value to a part of it.
//! Knows nothing of where the value belongs.

use std::fmt;

use super::{Name, Value};

/// One step of a [`Path`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// An attribute of an object.
    Attr(Name),
    /// A key of a map.
    Key(Name),
    /// A position in a list or tuple.
    Index(usize),
    /// An element of a set, named by its value.
    Element(Box<Value>),
}

/// The way from a value to a part of it; the empty path is the value itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(Vec<PathStep>);

impl Path {
    /// The steps in order.
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }

    /// Whether this is the value itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path one step further.
    #[must_use]
    pub fn child(&self, step: PathStep) -> Path {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Path(steps)
    }

    /// The path to an attribute.
    #[must_use]
    pub fn attr(&self, name: impl Into<Name>) -> Path {
        self.child(PathStep::Attr(name.into()))
    }

    /// The path to a map entry.
    #[must_use]
    pub fn key(&self, name: impl Into<Name>) -> Path {
        self.child(PathStep::Key(name.into()))
    }

    /// The path to a list or tuple position.
    #[must_use]
    pub fn index(&self, index: usize) -> Path {
        self.child(PathStep::Index(index))
    }

    /// Whether this path is `other` or leads further into it.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl From<Vec<PathStep>> for Path {
    fn from(steps: Vec<PathStep>) -> Self {
        Path(steps)
    }
}

impl From<&str> for Path {
    /// The path to a top-level attribute.
    fn from(attribute: &str) -> Self {
        Path::default().attr(attribute)
    }
}

impl fmt::Display for Path {
    /// As in an expression: `environment[0].variables["STAGE"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Attr(name) if i == 0 => f.write_str(name)?,
                PathStep::Attr(name) => write!(f, ".{name}")?,
                PathStep::Key(key) => write!(f, "[{key:?}]")?,
                PathStep::Index(i) => write!(f, "[{i}]")?,
                PathStep::Element(_) => f.write_str("[...]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for PathStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Path(vec![self.clone()]), f)
    }
}
