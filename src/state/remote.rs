//! The port of the services that keep states as objects under keys, with locks beside them.
//! Knows nothing of the service, nor of what is kept there.

use crate::base::Diagnostic;

/// An object's content with what tells it from any other content of the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The content.
    pub bytes: Vec<u8>,
    /// Its entity tag.
    pub etag: String,
}

/// A service. Its methods wait, and try again by themselves what may pass: a call whose answer was lost has been looked
/// after when they return.
pub trait Remote: Send + Sync {
    /// An object; `None` if there is none.
    ///
    /// # Errors
    /// What the service said.
    fn get(&self, key: &str) -> Result<Option<Content>, Failure>;

    /// Puts an object where there is none; gives its entity tag.
    ///
    /// # Errors
    /// [`Cause::Condition`] if there is one; what the service said.
    fn create(&self, key: &str, bytes: &[u8]) -> Result<String, Failure>;

    /// Puts an object over the one with this entity tag, or over whatever is there; gives the new one.
    ///
    /// # Errors
    /// [`Cause::Condition`] if another is there; what the service said.
    fn overwrite(&self, key: &str, bytes: &[u8], etag: Option<&str>) -> Result<String, Failure>;

    /// Removes an object, if there is one.
    ///
    /// # Errors
    /// What the service said.
    fn remove(&self, key: &str) -> Result<(), Failure>;

    /// The keys that begin with a prefix.
    ///
    /// # Errors
    /// What the service said.
    fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure>;

    /// A text of an item in the table of locks; `None` if there is none.
    ///
    /// # Errors
    /// What the service said.
    fn item(&self, id: &str, attribute: &str) -> Result<Option<String>, Failure>;

    /// Puts an item with one text where there is none.
    ///
    /// # Errors
    /// [`Cause::Condition`] if there is one; what the service said.
    fn add_item(&self, id: &str, attribute: &str, text: &str) -> Result<(), Failure>;

    /// Puts an item with one text, whatever is there.
    ///
    /// # Errors
    /// What the service said.
    fn set_item(&self, id: &str, attribute: &str, text: &str) -> Result<(), Failure>;

    /// Removes an item, if there is one.
    ///
    /// # Errors
    /// What the service said.
    fn remove_item(&self, id: &str) -> Result<(), Failure>;
}

/// Why a service did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{said}")]
pub struct Failure {
    /// Of which kind.
    pub cause: Cause,
    /// What it said, in a sentence.
    pub said: String,
    /// The same for a person.
    pub problem: Box<Diagnostic>,
}

/// The kinds of failures that a store does something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The condition of the call does not hold.
    Condition,
    /// The service knows no conditions.
    Unsupported,
    /// Anything else.
    Other,
}

/// The workspaces, besides the default one, that have a state: `PREFIX` + `NAME/` + `KEY`, in order.
///
/// # Errors
/// What the service said.
pub fn workspaces(remote: &dyn Remote, prefix: &str, key: &str) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = remote
        .keys(prefix)?
        .iter()
        .filter_map(|found| {
            let (name, rest) = found.strip_prefix(prefix)?.split_once('/')?;
            (rest == key && !name.is_empty()).then(|| name.to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}
