//! A line that is typed on a terminal without being seen.
//! Knows nothing of what is asked for.

use std::io::{self, Read as _};

use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use super::prompt::NoAnswer;

/// The next line that is typed, without blanks around it. Standard input must be a terminal, and is as before afterwards:
/// also for whoever it belongs to when a key interrupts or stops the program.
pub fn line() -> Result<String, NoAnswer> {
    let quiet = Quiet::begin()?;
    let keys = Keys::of(&quiet.before);
    let mut line = Line::default();
    for byte in io::stdin().lock().bytes() {
        match line.take(byte?, &keys) {
            Step::More => {}
            Step::Done => return line.text(),
            Step::Ended => return Err(NoAnswer::Ended),
            Step::Signal(signal) => {
                quiet.show()?;
                // To everything in the terminal's foreground, as the key would have done.
                kill_current_process_group(signal).map_err(io::Error::from)?;
                if signal != Signal::TSTP {
                    return Err(NoAnswer::Ended);
                }
                quiet.hide()?;
            }
        }
    }
    if line.0.is_empty() { Err(NoAnswer::Ended) } else { line.text() }
}

/// The keys that mean something by the settings of a terminal; one that is 0 is none.
struct Keys {
    interrupt: u8,
    quit: u8,
    suspend: u8,
    end: u8,
    erase: u8,
    kill: u8,
}

impl Keys {
    fn of(settings: &Termios) -> Self {
        let codes = &settings.special_codes;
        Keys {
            interrupt: codes[SpecialCodeIndex::VINTR],
            quit: codes[SpecialCodeIndex::VQUIT],
            suspend: codes[SpecialCodeIndex::VSUSP],
            end: codes[SpecialCodeIndex::VEOF],
            erase: codes[SpecialCodeIndex::VERASE],
            kill: codes[SpecialCodeIndex::VKILL],
        }
    }
}

/// What a key does.
#[derive(Debug, PartialEq)]
enum Step {
    More,
    Done,
    Ended,
    Signal(Signal),
}

/// What was typed so far.
#[derive(Default)]
struct Line(Vec<u8>);

impl Line {
    /// Does what the terminal would do for a key.
    fn take(&mut self, byte: u8, keys: &Keys) -> Step {
        match byte {
            b'\n' | b'\r' => return Step::Done,
            0 => self.0.push(byte),
            _ if byte == keys.interrupt => return Step::Signal(Signal::INT),
            _ if byte == keys.quit => return Step::Signal(Signal::QUIT),
            _ if byte == keys.suspend => return Step::Signal(Signal::TSTP),
            _ if byte == keys.end => return if self.0.is_empty() { Step::Ended } else { Step::Done },
            _ if byte == keys.kill => self.0.clear(),
            _ if byte == keys.erase => {
                let is_within = |byte: u8| byte & 0xc0 == 0x80;
                while self.0.pop().is_some_and(is_within) {}
            }
            _ => self.0.push(byte),
        }
        Step::More
    }

    fn text(self) -> Result<String, NoAnswer> {
        let text = String::from_utf8(self.0)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "what was typed is not valid UTF-8"))?;
        Ok(text.trim().to_owned())
    }
}

/// A terminal that shows nothing of what is typed and hands over every key, until it is dropped. Keys that interrupt are
/// handed over too: otherwise they would end the program with the terminal as it is.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn begin() -> io::Result<Self> {
        let quiet = Quiet { before: tcgetattr(io::stdin())? };
        quiet.hide()?;
        Ok(quiet)
    }

    fn hide(&self) -> io::Result<()> {
        let mut hidden = self.before.clone();
        let seen = LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        hidden.local_modes.remove(seen | LocalModes::IEXTEN);
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(io::stdin(), OptionalActions::Now, &hidden)?)
    }

    fn show(&self) -> io::Result<()> {
        Ok(tcsetattr(io::stdin(), OptionalActions::Now, &self.before)?)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nobody is left to tell.
        self.show().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys = Keys { interrupt: 3, quit: 28, suspend: 26, end: 4, erase: 127, kill: 21 };

    #[test]
    fn keys_do_what_they_do_on_a_terminal() {
        for (typed, step, text) in [
            ("secret \n", Step::Done, "secret"),
            ("a\u{7f}\u{7f}bé\u{7f}c\r", Step::Done, "bc"),
            ("wrong\u{15}right\u{4}", Step::Done, "right"),
            ("\u{4}", Step::Ended, ""),
            ("sec\u{3}", Step::Signal(Signal::INT), "sec"),
            ("\u{1a}", Step::Signal(Signal::TSTP), ""),
            ("\u{1c}", Step::Signal(Signal::QUIT), ""),
            ("more", Step::More, "more"),
        ] {
            let mut line = Line::default();
            let last = typed.bytes().map(|byte| line.take(byte, &KEYS)).last();
            assert_eq!((last, line.text().unwrap().as_str()), (Some(step), text), "{typed:?}");
        }
        let mut line = Line::default();
        line.take(0xff, &KEYS);
        assert!(line.text().is_err(), "no text");
    }
}
