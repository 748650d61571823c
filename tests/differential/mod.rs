//! The proof that Terraform's users can switch, and switch back: both programs read the same files against the same
//! kind of server, and what they say and leave behind is compared. Knows lambdaform only as a program to run.

mod http;
mod server;
mod compare;
mod text;
mod departures;
mod pair;

mod validation;
mod language;
mod inputs;
