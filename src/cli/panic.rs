//! What a person sees should the program have a bug: where, and what to do; never a value, which might be secret.
//! Knows nothing of what the program was doing; unwinding lets locks and state writers finish their work.

use std::io::Write as _;

/// Replaces the default panic message, which would show the panic's text.
pub(super) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or("an unknown place".to_owned(), ToString::to_string);
        let text = format!(
            "\nlambdaform has a bug: it stopped unexpectedly at {place}.\n\n\
             What was done so far is recorded in the state and its journal; the next plan finds out about the rest.\n\
             Please report this place, the version ({}) and the command, but no secrets.\n",
            env!("CARGO_PKG_VERSION")
        );
        // With standard error gone, too, there is nobody left to tell.
        std::io::stderr().write_all(text.as_bytes()).ok();
    }));
}
