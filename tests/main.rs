//! The integration tests: one binary, so that the crate is linked once.
//! They use the program as people do: through its command line and over HTTP.

#[cfg(test)]
mod backend;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod companions;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod floors;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod interrupts;
#[cfg(test)]
mod lives;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod options;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod state_commands;
#[cfg(test)]
mod support;
#[cfg(test)]
mod text;
