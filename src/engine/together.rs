//! Futures side by side in one task, so that they may borrow what their caller has.
//! Knows nothing of what they do.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// The results of all futures in their order; at most `at_once` are under way at a time.
pub(super) async fn together<F: Future>(
    futures: impl IntoIterator<Item = F>,
    at_once: usize,
) -> Vec<F::Output> {
    let mut waiting = futures.into_iter().map(Box::pin).enumerate();
    let mut running: Vec<(usize, Pin<Box<F>>)> = waiting.by_ref().take(at_once.max(1)).collect();
    let mut done = BTreeMap::new();
    poll_fn(|context| {
        running.retain_mut(|(index, future)| {
            while let Poll::Ready(result) = future.as_mut().poll(context) {
                done.insert(*index, result);
                match waiting.next() {
                    Some(next) => (*index, *future) = next,
                    None => return false,
                }
            }
            true
        });
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_values().collect()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn results_are_in_order_and_no_more_run_than_may() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (running, most, ended) = (Cell::new(0), Cell::new(0), RefCell::new(Vec::new()));
        let one = async |number: u32| {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            for _ in 0..10 - number {
                tokio::task::yield_now().await;
            }
            running.set(running.get() - 1);
            ended.borrow_mut().push(number);
            number
        };
        let all = runtime.block_on(together((0..10).map(one), 3));
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        assert_eq!(most.get(), 3);
        assert_ne!(*ended.borrow(), all);
        let none: Vec<u32> = runtime.block_on(together((0..0).map(one), 0));
        assert!(none.is_empty());
    }
}
