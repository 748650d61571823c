//! `Terminal`: the two output streams, whether they take color, how wide they are, and what becomes of a broken pipe.
//! Knows nothing of what is written.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::MultiProgress;

/// The width of prose where nobody can say, in columns; Terraform's.
const WIDTH: usize = 78;

/// Where output goes. Shared by reference between everything that prints; each text is written whole.
pub struct Terminal {
    color: bool,
    out_is_terminal: bool,
    err_is_terminal: bool,
    /// What keeps output from being written; a broken pipe is no error, there is only nobody left to read.
    trouble: Mutex<Option<io::Error>>,
    /// The live display, while there is one.
    live: Mutex<Option<MultiProgress>>,
}

impl Terminal {
    /// The streams of this process; with `color` only where they lead to a terminal.
    pub fn new(color: bool) -> Self {
        Terminal {
            color,
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
            trouble: Mutex::new(None),
            live: Mutex::new(None),
        }
    }

    /// Whether text for standard output may be colored.
    pub fn out_color(&self) -> bool {
        self.color && self.out_is_terminal
    }

    /// Whether text for standard error may be colored.
    pub fn err_color(&self) -> bool {
        self.color && self.err_is_terminal
    }

    /// Whether a person sees standard output as it is written.
    pub fn is_live(&self) -> bool {
        self.out_is_terminal
    }

    /// Columns of standard output.
    pub fn width(&self) -> usize {
        columns(io::stdout()).unwrap_or(WIDTH)
    }

    /// Columns of standard error.
    pub fn err_width(&self) -> usize {
        columns(io::stderr()).unwrap_or(WIDTH)
    }

    /// Writes text to standard output.
    pub fn out(&self, text: &str) {
        self.out_bytes(text.as_bytes());
    }

    /// Writes bytes to standard output.
    pub fn out_bytes(&self, bytes: &[u8]) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if trouble.is_some() {
            return;
        }
        let write = || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        };
        if let Err(error) = self.beside_live(write) {
            *trouble = Some(error);
        }
    }

    /// Writes text to standard error. Should that fail there is nobody left to tell.
    pub fn err(&self, text: &str) {
        self.beside_live(|| io::stderr().lock().write_all(text.as_bytes())).ok();
    }

    /// Makes room for a live display, under which further text is written; `None` takes it away.
    pub fn set_live(&self, live: Option<MultiProgress>) {
        *self.live.lock().unwrap_or_else(PoisonError::into_inner) = live;
    }

    /// What kept standard output from being written whole, other than a reader who had enough.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(&self) -> io::Result<()> {
        match self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn beside_live(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        match &*live {
            Some(live) => live.suspend(write),
            None => write(),
        }
    }
}

fn columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}
