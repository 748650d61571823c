//! What a function carries once per qualifier: read, changed, removed and listed in the same way, whatever it is.
//! Knows nothing of what the kinds hold.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::error::Refusal;
use super::page;
use super::shape::Object;
use super::store::Shelf;
use super::world::{Attached, Function};

/// How many a list's page holds at most.
const PAGE: usize = 50;

/// A kind of such configurations.
pub struct Kind {
    /// Where they are kept.
    pub kept: Attached,
    /// The key of the one for no qualifier.
    pub unqualified: &'static str,
    /// One as the API answers it.
    pub describe: fn(&Call<'_>, &Function, &str, &Object) -> Value,
    /// What is read where there is none, or the refusal to read it.
    pub absent: fn(&Call<'_>, &Function, &str) -> Result<Object, Refusal>,
}

impl Kind {
    /// The configuration for a qualifier.
    pub fn find<'f>(&self, function: &'f Function, key: &str) -> Option<&'f Object> {
        function.attached.get(&self.kept)?.get(key)
    }

    /// The configuration for a qualifier, or what is read where there is none.
    pub fn read(&self, call: &Call<'_>, function: &Function, key: &str) -> Result<Object, Refusal> {
        self.find(function, key).cloned().map_or_else(|| (self.absent)(call, function, key), Ok)
    }

    /// Answers the one that the call names.
    pub fn get(&self, call: &Call<'_>) -> Reply {
        let wanted = call.function()?;
        let key = wanted.qualifier.as_deref().unwrap_or(self.unqualified);
        call.region(|region| {
            let function = region.function(&wanted, &call.place)?;
            let config = self.read(call, function, key)?;
            Ok((self.describe)(call, function, key, &config))
        })
    }

    /// Sets the one that the call names to what `make` says, and answers it.
    pub fn put(
        &self,
        call: &Call<'_>,
        make: impl FnOnce(&Function, &str) -> Result<Object, Refusal>,
    ) -> Reply {
        let wanted = call.function()?;
        let key = wanted.qualifier.as_deref().unwrap_or(self.unqualified);
        let answer = call.region(|region| {
            let function = region.function_mut(&wanted, &call.place)?;
            let config = make(function, key)?;
            let answer = (self.describe)(call, function, key, &config);
            function.attached.entry(self.kept).or_default().insert(key.to_owned(), config);
            Ok(answer)
        })?;
        call.touch(Shelf::Functions, &wanted.name);
        Ok(answer)
    }

    /// Removes the one that the call names.
    pub fn delete(&self, call: &Call<'_>) -> Reply {
        let wanted = call.function()?;
        let key = wanted.qualifier.as_deref().unwrap_or(self.unqualified);
        call.region(|region| {
            let function = region.function_mut(&wanted, &call.place)?;
            match function.attached.entry(self.kept).or_default().remove(key) {
                Some(_) => Ok(()),
                None => (self.absent)(call, function, key).map(drop),
            }
        })?;
        call.touch(Shelf::Functions, &wanted.name);
        Ok(Value::Null)
    }

    /// Answers a page of those of a function, under `member`.
    pub fn list(&self, call: &Call<'_>, member: &str) -> Reply {
        let wanted = call.function()?;
        call.region(|region| {
            let function = region.function(&wanted, &call.place)?;
            let configs = function.attached.get(&self.kept).into_iter().flatten();
            let items = configs.map(|(key, config)| (key.clone(), (key, config)));
            page::cut(call, member, PAGE, items, |(key, config)| (self.describe)(call, function, key, config))
        })
    }
}

/// A configuration with the ARN of what it is for.
pub fn with_arn(call: &Call<'_>, function: &Function, key: &str, config: &Object) -> Value {
    let mut object = config.clone();
    object.insert("FunctionArn".to_owned(), json!(call.place.function_arn(&function.name, Some(key))));
    Value::Object(object)
}
