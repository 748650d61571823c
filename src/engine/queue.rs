//! `Queue`: which steps of a plan may begin, and which never will, as others end.
//! Pure; knows nothing of what the steps are.

use std::collections::BTreeSet;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It waits for so many others.
    Waiting(usize),
    /// It has been begun.
    Running,
    /// It is done.
    Done,
    /// It failed itself, or waits for one that did: the step to blame.
    Lost(usize),
}

/// The steps of a plan by their position.
#[derive(Debug)]
pub(super) struct Queue {
    progress: Vec<Progress>,
    /// What waits for each step, directly.
    waiters: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
}

impl Queue {
    /// Steps that have not begun, each given as what it waits for.
    pub(super) fn new<'s>(waits_for: impl IntoIterator<Item = &'s [usize]>) -> Self {
        let waits_for: Vec<&[usize]> = waits_for.into_iter().collect();
        let mut waiters = vec![Vec::new(); waits_for.len()];
        for (step, others) in waits_for.iter().enumerate() {
            for other in *others {
                waiters[*other].push(step);
            }
        }
        let progress: Vec<Progress> =
            waits_for.iter().map(|others| Progress::Waiting(others.len())).collect();
        let ready = (0..progress.len()).filter(|step| progress[*step] == Progress::Waiting(0)).collect();
        Queue { progress, waiters, ready }
    }

    /// Takes out the first step that waits for nothing any more; it counts as begun.
    pub(super) fn next(&mut self) -> Option<usize> {
        let step = self.ready.pop_first()?;
        self.progress[step] = Progress::Running;
        Some(step)
    }

    /// A step is done: those that waited for it alone may begin.
    pub(super) fn done(&mut self, step: usize) {
        self.progress[step] = Progress::Done;
        for waiter in &self.waiters[step] {
            if let Progress::Waiting(left) = &mut self.progress[*waiter] {
                *left -= 1;
                if *left == 0 {
                    self.ready.insert(*waiter);
                }
            }
        }
    }

    /// A step failed: what waits for it, near and far, never begins.
    pub(super) fn failed(&mut self, step: usize) {
        let mut open = vec![step];
        while let Some(lost) = open.pop() {
            if matches!(self.progress[lost], Progress::Lost(_)) {
                continue;
            }
            self.progress[lost] = Progress::Lost(step);
            open.extend(self.waiters[lost].iter().copied());
        }
    }

    /// Where each step stands.
    pub(super) fn progress(&self) -> &[Progress] {
        &self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_after_what_they_wait_for_and_fall_with_it() {
        // 0 ← 2 ← 4, 1 ← 2, 1 ← 3
        let mut queue = Queue::new([&[][..], &[], &[0, 1], &[1], &[2]]);
        let mut taken = || std::iter::from_fn(|| queue.next()).collect::<Vec<_>>();
        assert_eq!(taken(), [0, 1]);
        assert_eq!(taken(), [0; 0]);
        queue.done(1);
        assert_eq!(queue.next(), Some(3));
        queue.failed(0);
        assert_eq!(queue.next(), None);
        queue.done(3);
        use Progress::{Done, Lost};
        assert_eq!(queue.progress(), [Lost(0), Done, Lost(0), Done, Lost(0)]);
    }
}
