//! `Queue`: which steps of a plan may start, which wait, and which are lost because of a step that failed.
//! Knows nothing of what steps do, nor of how many run at once.

use std::collections::BTreeSet;

use crate::plan::Step;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// For so many others.
    Waiting(usize),
    Running,
    Done,
    /// Failed itself, or waits for one that did: the step to blame.
    Lost(usize),
}

/// The steps of a plan, by their positions in it.
pub(super) struct Queue {
    /// Who waits for each step.
    waiters: Vec<Vec<usize>>,
    progress: Vec<Progress>,
    ready: BTreeSet<usize>,
}

impl Queue {
    /// Nothing has been done yet.
    pub(super) fn new(steps: &[Step]) -> Queue {
        let mut waiters = vec![Vec::new(); steps.len()];
        for (i, step) in steps.iter().enumerate() {
            for on in &step.waits_for {
                waiters[*on].push(i);
            }
        }
        let progress = steps.iter().map(|step| Progress::Waiting(step.waits_for.len())).collect();
        let ready = steps.iter().enumerate().filter(|(_, step)| step.waits_for.is_empty()).map(|(i, _)| i);
        Queue { waiters, progress, ready: ready.collect() }
    }

    /// The first step that may start, which counts as running from now on.
    pub(super) fn next(&mut self) -> Option<usize> {
        let next = self.ready.pop_first()?;
        self.progress[next] = Progress::Running;
        Some(next)
    }

    /// Notes how a running step has ended: those that wait for it go on, or fall with it.
    pub(super) fn end(&mut self, step: usize, done: bool) {
        if !done {
            return self.lose(step);
        }
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

    fn lose(&mut self, blame: usize) {
        let mut open = vec![blame];
        while let Some(lost) = open.pop() {
            if !matches!(self.progress[lost], Progress::Lost(_)) {
                self.progress[lost] = Progress::Lost(blame);
                open.extend(&self.waiters[lost]);
            }
        }
    }

    /// Whether every step was done.
    pub(super) fn is_done(&self) -> bool {
        self.progress.iter().all(|progress| *progress == Progress::Done)
    }

    /// The steps that failed or were not tried, each with the failed step that is to blame, which may be itself.
    pub(super) fn unfinished(&self) -> impl Iterator<Item = (usize, Option<usize>)> {
        self.progress.iter().enumerate().filter_map(|(i, progress)| match progress {
            Progress::Lost(blame) => Some((i, Some(*blame))),
            Progress::Waiting(_) => Some((i, None)),
            Progress::Running | Progress::Done => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::StepKind;

    /// Each step waits for those listed.
    fn queue(waits: &[&[usize]]) -> Queue {
        let step =
            |waits_for: &&[usize]| Step { kind: StepKind::Up, change: 0, waits_for: waits_for.to_vec() };
        Queue::new(&waits.iter().map(step).collect::<Vec<_>>())
    }

    #[test]
    fn a_step_starts_after_all_that_it_waits_for() {
        let mut queue = queue(&[&[], &[0], &[], &[1, 2]]);
        assert_eq!([queue.next(), queue.next(), queue.next()], [Some(0), Some(2), None]);
        queue.end(2, true);
        assert_eq!(queue.next(), None);
        queue.end(0, true);
        assert_eq!([queue.next(), queue.next()], [Some(1), None]);
        queue.end(1, true);
        assert_eq!(queue.next(), Some(3));
        assert!(!queue.is_done() && queue.unfinished().next().is_none(), "it runs");
        queue.end(3, true);
        assert!(queue.is_done());
    }

    #[test]
    fn what_depends_on_a_failed_step_is_lost_because_of_the_first() {
        let mut queue = queue(&[&[], &[0], &[1], &[], &[3, 1], &[]]);
        while queue.next().is_some() {}
        queue.end(3, false);
        queue.end(0, false);
        let unfinished: Vec<_> = queue.unfinished().collect();
        assert_eq!(unfinished, [(0, Some(0)), (1, Some(0)), (2, Some(0)), (3, Some(3)), (4, Some(3))]);
        queue.end(5, true);
        assert!(!queue.is_done());
    }
}
