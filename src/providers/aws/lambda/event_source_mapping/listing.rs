//! Mappings as the region's list says them, so that many need no call each.
//! Knows nothing of what is made of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_lambda::operation::get_event_source_mapping::GetEventSourceMappingOutput as Seen;
use aws_sdk_lambda::types::EventSourceMappingConfiguration as Listed;

use crate::providers::aws::client::Session;
use crate::providers::aws::error::{CallResult, FailureKind};
use crate::providers::aws::resource::Link;

/// What reading a mapping asks for, before its id.
const ASKED: &str = "GetEventSourceMapping ";
/// From so many mappings on, listing is worth it: a page holds a hundred.
const MANY: usize = 4;

/// The key of [`Link::begin_batch`] for a mapping.
pub(super) fn key(id: &str) -> String {
    format!("{ASKED}{id}")
}

/// Those that the batch asks for, as far as they were listed.
type Listing = HashMap<String, Seen>;

/// A mapping from a list that the batch shares, if it is there: what is not, or seems changed, is to be asked for by
/// itself.
///
/// # Errors
/// When the service cannot be reached. What it refuses is not listed.
pub(super) async fn find(link: &Link, session: &Session, id: &str) -> CallResult<Option<Seen>> {
    let listing = link.once("ListEventSourceMappings".to_owned(), list(link, session)).await?;
    Ok(listing.get(id).cloned())
}

async fn list(link: &Link, session: &Session) -> CallResult<Arc<Listing>> {
    let wanted = HashSet::from_iter(link.asked_after(ASKED));
    if wanted.len() < MANY {
        return Ok(Arc::default());
    }
    match pages(session, &wanted).await {
        Err(error) if matches!(error.kind, FailureKind::Unreachable | FailureKind::Unsent) => Err(error),
        listed => Ok(Arc::new(listed.unwrap_or_default())),
    }
}

/// At most one page for every two mappings, so that a region with thousands costs little more than asking for each.
async fn pages(session: &Session, wanted: &HashSet<String>) -> CallResult<Listing> {
    let (mut found, mut marker) = (Listing::new(), None);
    for _ in 0..wanted.len().div_ceil(2) {
        let call = session.reads.list_event_source_mappings().set_marker(marker);
        let page = session.read("ListEventSourceMappings", call.send()).await?;
        for listed in page.event_source_mappings.into_iter().flatten() {
            if let Some(id) = listed.uuid.clone().filter(|id| wanted.contains(id)) {
                found.insert(id, seen(listed));
            }
        }
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() || found.len() == wanted.len() {
            break;
        }
    }
    Ok(found)
}

/// A listed mapping as GetEventSourceMapping answers it.
fn seen(listed: Listed) -> Seen {
    let mut seen = Seen::builder().build();
    macro_rules! take {
        ($($member:ident)*) => { $(seen.$member = listed.$member;)* };
    }
    take!(
        uuid starting_position starting_position_timestamp batch_size maximum_batching_window_in_seconds
        parallelization_factor event_source_arn filter_criteria filter_criteria_error kms_key_arn metrics_config
        logging_config scaling_config function_arn last_modified last_processing_result state
        state_transition_reason destination_config topics queues source_access_configurations
        self_managed_event_source maximum_record_age_in_seconds bisect_batch_on_function_error
        maximum_retry_attempts tumbling_window_in_seconds function_response_types
        amazon_managed_kafka_event_source_config self_managed_kafka_event_source_config
        document_db_event_source_config event_source_mapping_arn provisioned_poller_config
    );
    seen
}
