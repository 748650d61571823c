//! `Effort`: how much one evaluation may do, and [`Budget`]: how much all of them, so that no expression and no
//! configuration takes forever or all of memory.
//! Knows nothing of expressions: whoever works says how much.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::FunctionEnv;
use crate::base::{Diagnostic, Kind, Type, Value};

/// What an evaluation may use up, about a nanosecond each: far more than any configuration needs.
const MOST: u64 = 2_000_000_000;

/// What all evaluations of a run may use up.
const MOST_OF_ALL: u64 = 100 * MOST;

/// What the values may weigh that all evaluations give, each as often as it is given: a gigabyte of text.
const KEPT: u64 = 4 * MOST;

/// One expression.
const STEP: u64 = 100;

/// Counting with one digit more than fits into 64 bits.
const DIGIT: u64 = 100;

/// Looking at a value within another, and at eight bytes of a text.
const LOOK: Cost = Cost { value: 1, bytes: 8, times: 1 };

/// Making a value, and a byte of a text: what memory is used up by.
const MAKE: Cost = Cost { value: 60, bytes: 1, times: 4 };

/// Having a value that others may refer to, and go through, again and again.
const KEEP: Cost = Cost { value: 600, bytes: 1, times: 8 };

/// What takes a time that nobody can tell beforehand may take this many times as long as what is counted, so that a busy
/// machine does not give up what another one does.
const SLACK: u128 = 5;

/// How deep what an expression gives may nest. A state file is JSON that may nest 127 levels deep, of which a type takes two
/// for each of its own.
const DEEPEST: usize = 50;

#[derive(Clone, Copy)]
struct Cost {
    value: u64,
    /// So many bytes of text …
    bytes: u64,
    /// … cost this.
    times: u64,
}

impl Cost {
    fn of_text(self, length: usize) -> u64 {
        (length as u64).div_ceil(self.bytes).saturating_mul(self.times)
    }
}

/// What is left to all evaluations of a run together. Copies share it.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Left>);

#[derive(Debug)]
struct Left {
    effort: AtomicU64,
    kept: AtomicU64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget(Arc::new(Left { effort: AtomicU64::new(MOST_OF_ALL), kept: AtomicU64::new(KEPT) }))
    }
}

/// Takes from what is left; whether there was so much.
fn draw(left: &AtomicU64, cost: u64) -> bool {
    let rest = |left: u64| Some(left.saturating_sub(cost));
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok_and(|left| left >= cost)
}

/// What is left to an evaluation.
#[derive(Debug)]
pub(super) struct Effort {
    begun_with: u64,
    left: Cell<u64>,
    budget: Budget,
}

/// Nothing is left.
#[derive(Debug)]
pub(super) enum Exhausted {
    /// To the evaluation.
    Expression,
    /// To all of them.
    Configuration,
}

impl From<Exhausted> for Diagnostic {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::Expression => Diagnostic::error(
                "Expression too costly",
                "Evaluating this would take more time or memory than any configuration needs, so it was given up. Look for \
                 loops within loops, and for text or collections that are repeated again and again.",
            ),
            Exhausted::Configuration => Diagnostic::error(
                "Configuration too costly",
                "The expressions of this configuration take more time or memory together than any configuration needs, so \
                 evaluating them was given up here. Look for large text or collections in what \"count\" or \"for_each\" \
                 repeat.",
            ),
        }
    }
}

impl Effort {
    /// As much as the environment allows.
    pub(super) fn new(env: &FunctionEnv) -> Self {
        let begun_with = env.effort.unwrap_or(MOST).min(env.budget.0.effort.load(Ordering::Relaxed));
        Effort { begun_with, left: Cell::new(begun_with), budget: env.budget.clone() }
    }

    /// Evaluates one expression.
    pub(super) fn step(&self) -> Result<(), Exhausted> {
        self.take(STEP)
    }

    /// Goes through all of a value.
    pub(super) fn look(&self, value: &Value) -> Result<(), Exhausted> {
        self.weigh(value, LOOK)
    }

    /// Makes a value.
    pub(super) fn make(&self, value: &Value) -> Result<(), Exhausted> {
        self.weigh(value, MAKE)
    }

    /// Gives a value as the result of it all.
    pub(super) fn keep(&self, value: &Value) -> Result<(), Exhausted> {
        let before = self.left.get();
        self.weigh(value, KEEP)?;
        let weight = before.saturating_sub(self.left.get());
        if draw(&self.budget.0.kept, weight) { Ok(()) } else { Err(Exhausted::Configuration) }
    }

    /// Goes through a loop once more, which made so many bytes of text.
    pub(super) fn text(&self, length: usize) -> Result<(), Exhausted> {
        self.take(STEP.saturating_add(MAKE.of_text(length)))
    }

    /// Does something that costs so much and has no value, such as reading a byte or looking at a file.
    pub(super) fn spend(&self, cost: u64) -> Result<(), Exhausted> {
        self.take(cost)
    }

    /// Does what takes a time that only the clock can tell.
    pub(super) fn clocked<T>(&self, work: impl FnOnce() -> T) -> Result<T, Exhausted> {
        let begun = Instant::now();
        let done = work();
        let cost = begun.elapsed().as_nanos() / SLACK;
        self.take(u64::try_from(cost).unwrap_or(u64::MAX))?;
        Ok(done)
    }

    fn take(&self, cost: u64) -> Result<(), Exhausted> {
        let left = self.left.get().checked_sub(cost);
        self.left.set(left.unwrap_or(0));
        if left.is_some() {
            return Ok(());
        }
        let rest = self.budget.0.effort.load(Ordering::Relaxed);
        Err(if rest > self.begun_with { Exhausted::Expression } else { Exhausted::Configuration })
    }

    /// Takes what a value weighs, and stops looking at it when nothing is left. A value that others share weighs as much as
    /// one of its own, because whoever goes through it meets it as often.
    fn weigh(&self, value: &Value, cost: Cost) -> Result<(), Exhausted> {
        self.take(cost.value)?;
        match value.kind() {
            Kind::String(s) => self.take(cost.of_text(s.len())),
            // What is done with the digits of a large number takes long.
            Kind::Number(n) => self.take(DIGIT.saturating_mul(n.printed_length() as u64)),
            Kind::Map(_, entries) | Kind::Object(entries) => entries.iter().try_for_each(|(name, value)| {
                self.take(cost.of_text(name.len()))?;
                self.weigh(value, cost)
            }),
            _ => value.children().try_for_each(|child| self.weigh(child, cost)),
        }
    }
}

impl Drop for Effort {
    fn drop(&mut self) {
        draw(&self.budget.0.effort, self.begun_with.saturating_sub(self.left.get()));
    }
}

/// The problem with a value that nests too deeply.
pub(super) fn check_depth(value: &Value) -> Result<(), Diagnostic> {
    if fits(value, DEEPEST) {
        return Ok(());
    }
    let detail = format!(
        "This gives a value that is nested more than {DEEPEST} levels deep, which is more than a state file can hold."
    );
    Err(Diagnostic::error("Value nested too deeply", detail))
}

fn fits(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return false };
    let of_type = match value.kind() {
        Kind::Null(ty) | Kind::Unknown(ty) => type_fits(ty, levels),
        Kind::List(ty, _) | Kind::Set(ty, _) | Kind::Map(ty, _) => type_fits(ty, below),
        _ => true,
    };
    of_type && value.children().all(|child| fits(child, below))
}

fn type_fits(ty: &Type, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return false };
    match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => type_fits(element, below),
        Type::Tuple(types) => types.iter().all(|ty| type_fits(ty, below)),
        Type::Object(attributes) => attributes.values().all(|ty| type_fits(ty, below)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use crate::config::parse_expression;
    use crate::lang::cases::Names;
    use crate::lang::{Context, evaluate};

    #[test]
    fn all_evaluations_share_what_is_left() {
        let parse = |text: &str| parse_expression(text, &mut Sources::default(), "test").unwrap();
        let (large, small) = (parse("format(\"%9999s\", \"x\")"), parse("1 + 1"));
        for (effort, kept) in [(1_000_000, KEPT), (MOST_OF_ALL, 1_000_000)] {
            let left = Left { effort: AtomicU64::new(effort), kept: AtomicU64::new(kept) };
            let env = FunctionEnv { budget: Budget(Arc::new(left)), ..FunctionEnv::default() };
            let cx = Context { scope: &Names::of([]), env: &env };
            let failed = (0..100).find_map(|times| Some((times, evaluate(&large, &cx).err()?)));
            let (times, problems) = failed.expect("it comes to an end");
            assert!(times > 1, "given up after {times}");
            let summaries: Vec<_> = problems.iter().map(|problem| problem.summary.to_string()).collect();
            assert_eq!(summaries, ["Configuration too costly"]);
            let other = FunctionEnv::default();
            assert!(evaluate(&small, &Context { env: &other, ..cx }).is_ok());
        }
    }

    #[test]
    fn what_takes_too_much_is_given_up() {
        let env = FunctionEnv { effort: Some(3_000_000), ..FunctionEnv::default() };
        let cx = Context { scope: &Names::of([]), env: &env };
        let thousand = "range(1000)";
        let doubled = |depth: usize| {
            let open = |i: usize| format!("[for x{} in [\"${{x{i}}}${{x{i}}}\"] : ", i + 1);
            let opened: String = (0..depth).map(open).collect();
            format!("[for x0 in [\"12345678\"] : {opened}length(x{depth}){}]", "]".repeat(depth))
        };
        let (costly, deep) = ("Expression too costly", "Value nested too deeply");
        let given_up = "more time than any configuration needs";
        for (text, expected) in [
            (format!("length([for a in {thousand} : a * a])"), ""),
            (format!("length([for a in {thousand} : [for b in {thousand} : a * b]])"), costly),
            (
                format!(
                    "\"%{{ for a in {thousand} }}%{{ for b in {thousand} }}x%{{ endfor }}%{{ endfor }}\""
                ),
                costly,
            ),
            (format!("[for a in {thousand} : join(\"\", [for b in {thousand} : \"x\"])]"), costly),
            (format!("try([for a in {thousand} : [for b in {thousand} : a]], 1)"), costly),
            (format!("setproduct({thousand}, {thousand})"), costly),
            (doubled(10), ""),
            (doubled(30), costly),
            // Each search goes to the end of the text, and finds one character.
            (format!("regexall(\".*[^A-Z]|[A-Z]\", \"{}\")", "A".repeat(40_000)), given_up),
            (format!("replace(\"{}\", \"/.*[^A-Z]|[A-Z]/\", \"b\")", "A".repeat(40_000)), given_up),
            ("length(regexall(\"[A-Z]\", \"AAA\"))".into(), ""),
            ("[for a in [1, 2, 3] : bcrypt(\"x\", 8)]".into(), given_up),
            ("bcrypt(\"x\", 5)".into(), ""),
            ("try(bcrypt(\"x\", 17), 1)".into(), costly),
            ("can(bcrypt(\"x\", 17))".into(), costly),
            (format!("jsondecode(\"{}1{}\")", "[".repeat(49), "]".repeat(49)), ""),
            (format!("jsondecode(\"{}1{}\")", "[".repeat(50), "]".repeat(50)), deep),
        ] {
            let expr = parse_expression(&text, &mut Sources::default(), "test").unwrap();
            let problems = evaluate(&expr, &cx).err().unwrap_or_default();
            let told = problems.iter().map(|p| format!("{} {}", p.summary, p.detail)).collect::<String>();
            assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{text}: {told}");
            assert!(problems.iter().all(|problem| problem.span.is_some()), "{text}");
        }
    }
}
