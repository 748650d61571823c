//! Plans, states, diagnostics and events as text, Markdown and JSON.
//! Decides nothing.
