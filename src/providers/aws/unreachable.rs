//! `Unreachable`: ends the SDK's own retries of reads where no connection can be made.
//! Knows nothing of answers; what is written is tried again by `retry`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use super::error::{FailureKind, chain, dispatch_failure};

/// A service that cannot be reached at all is given up sooner than one that answers: a wrong address stays wrong.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// Says of a failed attempt that it was the last one, once none has come through for [`PATIENCE`]. Without that the SDK
/// would go on in silence for more than a minute.
#[derive(Debug, Default)]
pub(super) struct Unreachable {
    since: Mutex<Option<Instant>>,
}

impl ClassifyRetry for Unreachable {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failure = context.output_or_error().and_then(Result::err);
        let failure = failure.and_then(|error| error.as_connector_error());
        let unreachable =
            failure.is_some_and(|e| dispatch_failure(&chain(Some(e))) == FailureKind::Unreachable);
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if !unreachable {
            *since = None;
        } else if since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            return RetryAction::RetryForbidden;
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "Unreachable"
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
    use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    fn failed(how: &'static str) -> InterceptorContext {
        let mut context = InterceptorContext::new(Input::erase(()));
        context.set_output_or_error(Err(OrchestratorError::connector(ConnectorError::io(how.into()))));
        context
    }

    #[test]
    fn patience_ends_only_where_nothing_comes_through() {
        let long_ago = Instant::now().checked_sub(PATIENCE + PATIENCE);
        let refused = failed("tcp connect error: Connection refused");
        let unreachable = Unreachable::default();
        assert_eq!(unreachable.classify_retry(&refused), RetryAction::NoActionIndicated);
        *unreachable.since.lock().unwrap() = long_ago;
        assert_eq!(unreachable.classify_retry(&refused), RetryAction::RetryForbidden);
        // What is broken off was reached, and so was what answered.
        assert_eq!(unreachable.classify_retry(&failed("connection reset")), RetryAction::NoActionIndicated);
        assert_eq!(unreachable.classify_retry(&refused), RetryAction::NoActionIndicated);
        *unreachable.since.lock().unwrap() = long_ago;
        let mut answered = InterceptorContext::new(Input::erase(()));
        answered.set_output_or_error(Ok(Output::erase(())));
        assert_eq!(unreachable.classify_retry(&answered), RetryAction::NoActionIndicated);
        assert_eq!(unreachable.classify_retry(&refused), RetryAction::NoActionIndicated);
    }
}
