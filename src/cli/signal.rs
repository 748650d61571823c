//! Interrupts: the first asks everything to end, the second ends the process.
//! Knows nothing of what is going on; what must be written first is handed over.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::provider::Stop;

use super::exit::Exit;

/// What is done at each interrupt.
pub struct Reaction {
    /// Says that the first one was heard.
    pub first: Box<dyn Fn() + Send>,
    /// Says that the second one was heard, and writes what must not be lost.
    pub second: Box<dyn Fn() + Send>,
}

/// Listens from now on, in a task of the current runtime. SIGTERM counts as SIGINT does.
///
/// # Errors
/// When handlers cannot be installed.
pub fn listen(stop: Stop, reaction: Arc<dyn Fn() -> Reaction + Send + Sync>) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        heard(&mut interrupt, &mut terminate).await;
        (reaction().first)();
        stop.set();
        heard(&mut interrupt, &mut terminate).await;
        (reaction().second)();
        std::process::exit(Exit::Error as i32);
    });
    Ok(())
}

async fn heard(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
