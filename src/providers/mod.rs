//! The providers compiled in: `aws`, `archive`, `terraform`.
//! They know the port and never the engine.
