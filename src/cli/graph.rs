//! `graph`: which resource depends on which, in the DOT language.
//! Decides nothing; the engine knows the dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::base::ResourceAddr;
use crate::engine;

use super::error::CommandError;
use super::exit::Exit;
use super::session::Session;

/// The arguments of `graph`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The kind of operation to show the graph of. Not in this version yet.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// A saved plan to show the graph of. Not in this version yet.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Accepted for scripts that pass it: a cycle is an error here, with the place of each reference.
    #[arg(long)]
    draw_cycles: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    match args.kind.as_deref() {
        None | Some("") if args.plan.is_none() => {}
        None | Some("" | "plan" | "plan-refresh-only" | "plan-destroy" | "apply") => {
            return Err(CommandError::problem(
                "Unsupported graph type",
                "This version of lambdaform shows the graph of the resources in the configuration only. Leave out -type \
                 and -plan.",
            ));
        }
        Some(_) => {
            return Err(CommandError::problem(
                "Unsupported graph type",
                "The -type=... argument must be either \"plan\", \"plan-refresh-only\", \"plan-destroy\", or \"apply\".",
            ));
        }
    }
    let config = session.config()?;
    let graph = engine::overview(&config, &session.registry())
        .map_err(|problems| CommandError::Problems(problems, config.sources.clone()))?;
    session.view.terminal.out(&dot(&graph));
    Ok(Exit::Success)
}

fn dot(graph: &BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>) -> String {
    let mut out =
        "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n".to_owned();
    if graph.is_empty() {
        out.push_str(
            "  /* This configuration does not contain any resources.         */\n  /* For a more detailed graph, try: \
             lambdaform graph -type=plan */\n",
        );
    }
    let mut modules: BTreeMap<_, Vec<&ResourceAddr>> = BTreeMap::new();
    for addr in graph.keys() {
        modules.entry(&addr.module).or_default().push(addr);
    }
    for (module, resources) in modules {
        let indent = if module.is_root() { "  " } else { "    " };
        if !module.is_root() {
            out.push_str(&format!(
                "  subgraph \"cluster_{module}\" {{\n    label = \"{module}\"\n    fontname = \"sans-serif\"\n"
            ));
        }
        for addr in resources {
            let label = addr.within(&crate::base::ModuleAddr::default());
            out.push_str(&format!("{indent}\"{addr}\" [label=\"{label}\"];\n"));
        }
        if !module.is_root() {
            out.push_str("  }\n");
        }
    }
    for (addr, dependencies) in graph {
        for dependency in dependencies {
            out.push_str(&format!("  \"{addr}\" -> \"{dependency}\";\n"));
        }
    }
    out.push_str("}\n");
    out
}
