//! Items of the table beside the bucket, each with one text: who holds a lock, and the digest of a state.
//! Knows nothing of what the texts say.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Bucket, Failure};
use crate::base::Diagnostic;
use crate::providers::aws::error::{CallError, CallResult};

/// The table's key.
const KEY: &str = "LockID";

impl Bucket {
    /// The text of an item; `None` if there is no item, or it has no such text.
    ///
    /// # Errors
    /// What DynamoDB answered.
    pub async fn item(&self, id: &str, attribute: &str) -> Result<Option<String>, Failure> {
        self.find_item(id, attribute).await.map_err(|error| self.refused(&error, id))
    }

    /// Puts an item where there is none.
    ///
    /// # Errors
    /// [`Cause::Condition`](super::Cause::Condition) if there is one; what DynamoDB answered.
    pub async fn add_item(&self, id: &str, attribute: &str, text: &str) -> Result<(), Failure> {
        self.put_item(id, attribute, text, Some(format!("attribute_not_exists({KEY})"))).await
    }

    /// Puts an item, whatever is there.
    ///
    /// # Errors
    /// What DynamoDB answered.
    pub async fn set_item(&self, id: &str, attribute: &str, text: &str) -> Result<(), Failure> {
        self.put_item(id, attribute, text, None).await
    }

    /// Removes an item, if there is one.
    ///
    /// # Errors
    /// What DynamoDB answered.
    pub async fn remove_item(&self, id: &str) -> Result<(), Failure> {
        let table = &self.session.dynamodb;
        let call = || async {
            let call = table.writes.delete_item().set_table_name(self.table.clone());
            call.key(KEY, AttributeValue::S(id.to_owned())).send().await.map(|_| ())
        };
        let removed = self.write(table, "DeleteItem", call, || async { Ok(None) }).await;
        removed.map_err(|error| self.refused(&error, id))
    }

    async fn put_item(
        &self,
        id: &str,
        attribute: &str,
        text: &str,
        condition: Option<String>,
    ) -> Result<(), Failure> {
        let table = &self.session.dynamodb;
        let call = || async {
            let call = table.writes.put_item().set_table_name(self.table.clone());
            let call = call.item(KEY, AttributeValue::S(id.to_owned()));
            let call = call.item(attribute, AttributeValue::S(text.to_owned()));
            call.set_condition_expression(condition.clone()).send().await.map(|_| ())
        };
        let landed = || async {
            let found = self.find_item(id, attribute).await?;
            Ok(found.filter(|there| there == text).map(|_| ()))
        };
        let put = self.write(table, "PutItem", call, landed).await;
        put.map_err(|error| self.refused(&error, id))
    }

    async fn find_item(&self, id: &str, attribute: &str) -> CallResult<Option<String>> {
        let table = &self.session.dynamodb;
        let call = table.reads.get_item().set_table_name(self.table.clone()).consistent_read(true);
        let call = call.key(KEY, AttributeValue::S(id.to_owned()));
        let found = table.read("GetItem", call.send()).await?;
        let text = found.item().and_then(|item| item.get(attribute)?.as_s().ok());
        Ok(text.cloned())
    }

    fn refused(&self, error: &CallError, id: &str) -> Failure {
        let table = self.table.as_deref().unwrap_or_default();
        let mut failure = Failure::new(error, &format!("{id} in the table {table}"));
        if error.code == "ResourceNotFoundException" {
            failure.problem = Diagnostic::error(
                "Table of the locks does not exist",
                format!(
                    "The backend block names the table {table:?} in dynamodb_table, which does not exist in this account \
                     and region. Create it with the string key {KEY}, or let locks be objects in the bucket with \
                     use_lockfile = true."
                ),
            );
        }
        failure
    }
}
