//! lambdaform plans and applies AWS Lambda functions in Terraform's language.
//!
//! It reads the `.tf` files people already have, shows what will really change, applies in the order of dependencies, and
//! keeps Terraform's state file. This page is the map of the house; every floor has a page of its own.
//!
//! # One way through the house
//!
//! ```text
//! *.tf ──config::load──▶ Config (unevaluated, spans kept)
//!                          │
//! state ──state::Store──▶ State ──engine: refresh──▶ refreshed State     (batched reads through the provider port)
//!                          │                             │
//!                          └──────────┬──────────────────┘
//!                                     ▼
//!               engine::plan, instance by instance along the graph:
//!               lang::evaluate → schema::conform → plan::propose → Connection::plan → plan::contract
//!                                     ▼
//!                      Plan = changes + ordered steps + pinned inputs     (complete: apply decides nothing)
//!                          │                              │
//!               render: text, Markdown, JSON    engine::apply ──▶ Connection::apply ──▶ Lambda
//!                                                         │
//!                                               journal → State, serial + 1 → history
//! ```
//!
//! Each stage has its own type and none sees an earlier stage's: [`config::Config`] → [`base::Value`] → [`plan::Plan`] →
//! [`state::State`].
//!
//! # The floors, from the ground up
//!
//! A floor may use those it names and no other; a test reads the sources and holds them against this list.
//!
//! | floor | owns | may use |
//! | --- | --- | --- |
//! | [`base`] | values, types, numbers, paths, addresses, diagnostics, graphs | nothing of ours |
//! | [`schema`] | attributes, blocks, constraints, [`schema::conform`] | `base` |
//! | [`provider`] | the port: [`provider::Provider`], [`provider::Connection`], [`provider::Provisioner`], requests, [`provider::Registry`] | `schema`, `base` |
//! | [`config`] | directory → [`config::Config`]; inputs of variables; the layout of sources | `base` |
//! | [`install`] | modules from registries, git and archives → `.terraform/modules` | `config`, `base` |
//! | [`lang`] | references, evaluation, templates, functions | `config` (expressions), `schema`, `base` |
//! | [`package`] | deterministic zips, manifests, what differs between two | `base` |
//! | [`providers`] | `aws`, `archive`, `terraform`: the real ones; `local-exec` | `provider`, `schema`, `package`, `base` |
//! | [`local`] | the embedded Lambda control plane, a server on loopback | `base` |
//! | [`state`] | model, version 4 file, stores, locks, journal, history | `base` |
//! | [`plan`] | [`plan::Plan`], [`plan::propose`], [`plan::contract`], [`plan::diff`], [`plan::order`], [`plan::file`]: pure | `schema`, `provider` (types), `base` |
//! | [`engine`] | the verbs [`engine::validate`], [`engine::plan()`], [`engine::apply()`], [`engine::settle()`] | `plan`, `state`, `lang`, `config`, `schema`, `provider`, `base` |
//! | [`render`] | plans, states, diagnostics and events as text, Markdown, JSON | `engine` (events), `plan`, `state`, `schema`, `base` |
//! | [`cli`] | arguments, prompts, printing, environment, clock, signals, exit codes | everything |
//!
//! Where a state is in S3, three floors each do their part: [`state::object_store`] knows how a state, its lock and its
//! digest are kept, over a port of its own ([`state::remote::Remote`]); [`providers::aws::backend`] speaks to S3 and
//! DynamoDB with the provider's credentials, retries and pace; and [`cli`] puts the one behind the other. So `state` is
//! free of AWS, and nothing of the client exists twice.
//!
//! The ban that bears the house: **the engine never imports a provider**. It is tested with a provider made of closures;
//! [`cli`] alone puts the real ones into the registry. Nor does anything but `cli` print, ask, read the environment or
//! install a signal handler.
//!
//! # What happens in `lambdaform apply`
//!
//! 1. [`cli::main`] brings the arguments to clap's form, changes into the directory, and reads the configuration and the
//!    variables' values.
//! 2. It opens the store, takes the lock, and reads the state. If the journal of an interrupted run is there,
//!    [`engine::settle()`] finds out by reading what became of its calls.
//! 3. [`engine::plan()`] reads real objects in batches and plans instance by instance.
//! 4. [`render::plan_text`] shows the plan, and a person says `yes`.
//! 5. [`engine::apply()`] executes the steps. Before each mutating call an [`engine::Recorder`] has the intent on disk; after
//!    each step it hands the new state to a writer in the background.
//! 6. The final state is written, with outputs; the journal goes; the lock is given back.
//!
//! The first interrupt sets a [`provider::Stop`]: nothing new starts, and what is in flight is finished and recorded. The
//! second ends the process; the journal tells the next run where to look.
//!
//! # A state in S3
//!
//! The journal is beside the directory that runs, never in the bucket: what a run was about to do is known on its machine
//! only. A run that was killed there is settled there by the next one, which also gives back the lock that the dead
//! process left ([`state::object_store::ObjectStore::with_claim`]). Another machine finds the lock held, and after
//! `force-unlock` the state as it was last written: at most two seconds older than the newest finished step. The object
//! of a step in between is not in it; a create is then refused by the service for its name, and `import` brings it in.
//!
//! # Files on disk
//!
//! | file | holds | read by | written by |
//! | --- | --- | --- | --- |
//! | `*.tf`, `*.tf.json` | the configuration | [`config::load`] | people |
//! | `*.tfvars`, `*.tfvars.json` | values of variables | [`config::collect_inputs`] | people |
//! | `terraform.tfstate`, `terraform.tfstate.d/NAME/terraform.tfstate` | the state, version 4 | [`state::local`] | [`state::local`], [`state::writer`] |
//! | `terraform.tfstate.backup` | the state before the last run that changed it | people | [`state::local`] |
//! | `.terraform.tfstate.lock.info`, `.terraform.tfstate.lambdaform.lock` | who holds the lock | [`state::lock`] | [`state::lock`] |
//! | `errored.tfstate` | a state that its store did not take | people | [`state::local::rescue`] |
//! | `.terraform/modules/` | the modules that were installed, and `modules.json`, which says where | [`config::load`] | [`install`], Terraform |
//! | `.terraform/environment` | the selected workspace | [`cli`] | [`cli`], Terraform |
//! | `.lambdaform/journal/WORKSPACE/*.jsonl` | steps and calls that are under way, or were when a run was killed | [`state::journal`] | [`state::journal`] |
//! | `.terraform/terraform.tfstate` | the backend that was initialized, with all its arguments | [`cli`], Terraform | [`cli`], Terraform |
//! | `.lambdaform/s3/DIGEST/` | the journal, the history and the claimed lock of a state in S3, by a digest of where it is | [`state::journal`], [`state::object_store`] | the same |
//! | `.lambdaform/history/WORKSPACE/` | earlier states, each with who wrote it | [`state::history`] | [`state::history`] |
//! | `.lambdaform/manifests/` | what is in each deployed package | [`package`] | [`package`] |
//! | `.lambdaform/local/` | all of the above for `-local`, and the control plane's objects | as above, [`local::store`] | as above, [`local::store`] |
//! | what `plan -generate-config-out` names, and zips beside it | resource blocks for imported objects, and their code | [`config::load`], people | [`cli`], text of [`engine::generate()`] |
//! | a plan file, by `plan -out` | plan, states and configuration, in a zip | [`plan::file`] | [`plan::file`] |
//!
//! # Reading order
//!
//! The modules below are declared in the order in which they can be read: each after those it uses. To follow a change
//! through the program, begin with [`engine`] and look up what it names.

pub mod base;
pub mod schema;
pub mod provider;
pub mod config;
// What talks to people and registries, and answers for AWS, takes minutes to instrument, and is nothing that a fuzzer drives.
#[cfg(not(fuzzing))]
pub mod install;
pub mod lang;
pub mod package;
pub mod providers;
#[cfg(not(fuzzing))]
pub mod local;
pub mod state;
pub mod plan;
pub mod engine;
pub mod render;
#[cfg(not(fuzzing))]
pub mod cli;
