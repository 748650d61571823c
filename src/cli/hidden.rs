//! A line that is typed on a terminal without being seen.
//! Knows nothing of what is asked for.

use std::io::{self, Read as _};

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use super::prompt::NoAnswer;

/// The next line that is typed, without blanks around it. Standard input must be a terminal, and is as before afterwards:
/// also for whoever it belongs to when a key interrupts or stops the program.
pub fn line() -> Result<String, NoAnswer> {
    let quiet = Quiet::begin()?;
    let mut line = Line::default();
    for byte in io::stdin().lock().bytes() {
        match line.take(byte?, &quiet.before) {
            Step::More => {}
            Step::Done => return line.text(),
            Step::Ended => return Err(NoAnswer::Ended),
            Step::Signal(signal) => {
                quiet.raise(signal)?;
                if signal != Signal::TSTP {
                    return Err(NoAnswer::Ended);
                }
            }
        }
    }
    if line.0.is_empty() { Err(NoAnswer::Ended) } else { line.text() }
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
    /// Does what the terminal would do for a key by its own settings.
    fn take(&mut self, byte: u8, settings: &Termios) -> Step {
        // A key that is 0 is none.
        let is = |code: SpecialCodeIndex| byte != 0 && settings.special_codes[code] == byte;
        match byte {
            b'\n' | b'\r' => return Step::Done,
            _ if is(SpecialCodeIndex::VINTR) => return Step::Signal(Signal::INT),
            _ if is(SpecialCodeIndex::VQUIT) => return Step::Signal(Signal::QUIT),
            _ if is(SpecialCodeIndex::VSUSP) => return Step::Signal(Signal::TSTP),
            _ if is(SpecialCodeIndex::VEOF) && self.0.is_empty() => return Step::Ended,
            _ if is(SpecialCodeIndex::VEOF) => return Step::Done,
            _ if is(SpecialCodeIndex::VKILL) => self.0.clear(),
            _ if is(SpecialCodeIndex::VERASE) => {
                let is_within = |byte: u8| byte & 0xc0 == 0x80;
                while self.0.pop().is_some_and(is_within) {}
            }
            byte => self.0.push(byte),
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

    /// Does what the key would have done with the terminal as it was before. Returns if the program goes on.
    fn raise(&self, signal: Signal) -> io::Result<()> {
        self.show()?;
        kill_process(getpid(), signal)?;
        self.hide()
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nobody is left to tell.
        self.show().ok();
    }
}
