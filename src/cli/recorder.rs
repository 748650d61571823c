//! `Recorder`: puts the state's journal and its store behind what the engine reports.
//! Knows nothing of terminals.
