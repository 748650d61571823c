//! One request as an operation sees it: checked input, place, time, and the way to what the server holds.
//! Knows nothing of HTTP.

use std::cell::RefCell;
use std::sync::PoisonError;

use serde_json::Value;

use super::clock::Millis;
use super::error::{Kind, Refusal};
use super::invoke::FunctionError;
use super::lifecycle::{Failure, Settling};
use super::place::{FunctionRef, Place};
use super::server::Shared;
use super::shape::Object;
use super::store::{Key, Shelf};
use super::world::{Region, World};

/// What an operation answers: a JSON value, null for an empty body, or a refusal.
pub type Reply = Result<Value, Refusal>;

/// How a change made by this call will end; fault rules set it.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// It fails.
    pub failure: Option<Failure>,
    /// It takes this long instead of the server's default.
    pub after: Option<Millis>,
    /// The invoked function raises this.
    pub function_error: Option<FunctionError>,
}

/// One call of one operation.
pub struct Call<'a> {
    /// What the whole server shares.
    pub shared: &'a Shared,
    /// Region and account.
    pub place: Place,
    /// Path parameters, query and body in one object, checked against the operation's table.
    pub input: Object,
    /// The time of the call.
    pub now: Millis,
    /// How a change ends.
    pub ending: Ending,
    /// What the call changed, to be kept on disk.
    pub touched: RefCell<Vec<Key>>,
}

impl Call<'_> {
    /// A string of the input.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// A string that the table requires.
    pub fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// A whole number of the input.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.input.get(name).and_then(Value::as_i64)
    }

    /// A flag of the input; absent is false.
    pub fn flag(&self, name: &str) -> bool {
        self.input.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// An object of the input.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.input.get(name).and_then(Value::as_object)
    }

    /// The members of the input that are named, as they are.
    pub fn pick(&self, names: &[&str]) -> Object {
        let given = names.iter().filter_map(|name| self.input.get_key_value(*name));
        given.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The function the call is about.
    pub fn function(&self) -> Result<FunctionRef, Refusal> {
        FunctionRef::parse(self.required("FunctionName"), self.text("Qualifier"), &self.place)
    }

    /// Runs `work` on the region's objects. The lock is held for that long and never over IO.
    pub fn region<T>(&self, work: impl FnOnce(&mut Region) -> T) -> T {
        self.world(|world| work(world.entry(self.place.region.clone()).or_default()))
    }

    /// Runs `work` on the objects of all regions, as [`Call::region`] does on those of one.
    pub fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.shared.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Remembers that an object changed.
    pub fn touch(&self, shelf: Shelf, name: &str) {
        let key = Key { region: self.place.region.clone(), shelf, name: name.to_owned() };
        self.touched.borrow_mut().push(key);
    }

    /// When and how a change made now settles.
    pub fn settling(&self) -> Settling {
        let after = self.ending.after.unwrap_or(self.shared.settle);
        Settling { at: self.now.saturating_add(after), failure: self.ending.failure.clone() }
    }

    /// Refuses when the request carries a `RevisionId` that is not `current`.
    pub fn check_revision(&self, current: &str, source: &str) -> Result<(), Refusal> {
        match self.text("RevisionId") {
            Some(given) if given != current => Err(Refusal::new(
                Kind::PreconditionFailed,
                format!(
                    "The Revision Id provided does not match the latest Revision Id. Call the {source} API to \
                     retrieve the latest Revision Id"
                ),
            )),
            _ => Ok(()),
        }
    }
}
