//! Random numbers: from the operating system, or always the same ones from a seed.
//! Knows nothing of what they are for.

use sha2::Digest as _;

use crate::base::{Diagnostic, Diagnostics};

/// Where random numbers come from.
pub(super) enum Dice {
    /// The operating system's generator, fit for secrets.
    System,
    /// A sequence that follows from a text, and is no secret.
    Seeded {
        /// The SHA-256 of the text.
        seed: [u8; 32],
        /// How many numbers were drawn.
        drawn: u64,
    },
}

impl Dice {
    /// Those of a seed, or the system's without one.
    pub(super) fn of(seed: Option<&str>) -> Self {
        match seed.filter(|seed| !seed.is_empty()) {
            Some(seed) => Dice::Seeded { seed: sha2::Sha256::digest(seed).into(), drawn: 0 },
            None => Dice::System,
        }
    }

    fn next(&mut self) -> Result<u64, Diagnostics> {
        match self {
            Dice::System => {
                let mut word = [0; 8];
                fill(&mut word)?;
                Ok(u64::from_le_bytes(word))
            }
            Dice::Seeded { seed, drawn } => {
                *drawn += 1;
                let block: [u8; 32] = sha2::Sha256::new()
                    .chain_update(*seed)
                    .chain_update(drawn.to_le_bytes())
                    .finalize()
                    .into();
                Ok(block.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte)))
            }
        }
    }

    /// A number below `bound`, each as likely as the others; 0 if there is none below.
    pub(super) fn below(&mut self, bound: u64) -> Result<u64, Diagnostics> {
        if bound < 2 {
            return Ok(0);
        }
        // What is left over at the end of the range would make small numbers likelier.
        let fair = u64::MAX - u64::MAX % bound;
        loop {
            let word = self.next()?;
            if word < fair {
                return Ok(word % bound);
            }
        }
    }

    /// One of several.
    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> Result<Option<&'t T>, Diagnostics> {
        let at = self.below(of.len() as u64)?;
        Ok(usize::try_from(at).ok().and_then(|at| of.get(at)))
    }

    /// Brings items into a random order, each as likely as the others.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) -> Result<(), Diagnostics> {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)?).unwrap_or(last);
            items.swap(last, other);
        }
        Ok(())
    }
}

/// Fills a buffer from the operating system's generator.
pub(super) fn fill(buffer: &mut [u8]) -> Result<(), Diagnostics> {
    getrandom::fill(buffer).map_err(|error| {
        let detail = format!("The operating system's random number generator gave nothing: {error}.");
        Diagnostic::error("No random numbers", detail).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same() {
        let draw = |seed| {
            let mut dice = Dice::of(Some(seed));
            (0..8).map(|_| dice.below(1000).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
    }

    #[test]
    fn every_number_below_the_bound_comes() {
        for seed in [None, Some("x")] {
            let mut dice = Dice::of(seed);
            let mut seen = [false; 5];
            for _ in 0..1000 {
                seen[dice.below(5).unwrap() as usize] = true;
            }
            assert_eq!(seen, [true; 5]);
            assert_eq!((dice.below(0).unwrap(), dice.below(1).unwrap()), (0, 0));
            let mut items = [1, 2, 3, 4];
            dice.shuffle(&mut items).unwrap();
            items.sort_unstable();
            assert_eq!(items, [1, 2, 3, 4]);
        }
    }
}
