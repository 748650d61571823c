//! What an account may use, and what it uses.
//! Counts only; each object knows its own rules.

use serde_json::json;

use super::call::{Call, Reply};
use super::concurrency::ACCOUNT_LIMIT;

/// GetAccountSettings.
pub fn settings(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let functions = region.functions.values();
        let stored =
            functions.clone().flat_map(|f| f.versions.values().chain([&f.latest])).map(|v| v.package.size);
        let layers = region.layers.values().flat_map(|layer| layer.versions.values()).map(|v| v.package.size);
        let reserved: i64 = functions.filter_map(|function| function.reserved).sum();
        Ok(json!({
            "AccountLimit": {
                "TotalCodeSize": 80_530_636_800_u64,
                "CodeSizeUnzipped": 262_144_000,
                "CodeSizeZipped": 52_428_800,
                "ConcurrentExecutions": ACCOUNT_LIMIT,
                "UnreservedConcurrentExecutions": ACCOUNT_LIMIT - reserved,
            },
            "AccountUsage": {
                "TotalCodeSize": stored.sum::<u64>() + layers.sum::<u64>(),
                "FunctionCount": region.functions.len(),
            },
        }))
    })
}
