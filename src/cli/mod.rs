//! The command line: arguments, prompts, printing, environment, clock and exit codes.
//! The only floor that talks to a person and the only one that puts providers into the registry.
