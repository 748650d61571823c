//! `graph`: which resource depends on which, or what an operation does in which order, in the DOT language.
//! Decides nothing; the engine knows the dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::base::ResourceAddr;
use crate::config;
use crate::engine::{self, Drawing, Shape, Walk};
use crate::state::v4;

use super::error::CommandError;
use super::exit::Exit;
use super::flags::Side;
use super::session::Session;
use super::{apply, backend};

/// The arguments of `graph`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Show the order of an operation instead of the resources alone: plan, plan-refresh-only, plan-destroy or apply.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Show the order in which a saved plan is executed.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Accepted for scripts that pass it: a cycle is an error here, with the place of each reference.
    #[arg(long)]
    draw_cycles: bool,
    /// Accepted for scripts that pass it: modules are always shown whole.
    #[arg(long, value_name = "N")]
    module_depth: Option<i64>,
    #[arg(long, hide = true)]
    verbose: bool,
    #[command(flatten)]
    side: Side,
}

/// What to show.
enum Kind {
    Resources,
    Walk(Walk),
    Destruction,
    Plan(PathBuf),
}

impl Kind {
    fn of(args: &Args) -> Result<Kind, CommandError> {
        // As with Terraform, a saved plan is executed whatever the type.
        let of_type = match args.kind.as_deref() {
            None | Some("") => Kind::Resources,
            Some("plan" | "plan-refresh-only") => Kind::Walk(Walk::Plan),
            Some("apply") => Kind::Walk(Walk::Apply),
            Some("plan-destroy") => Kind::Destruction,
            Some(_) => {
                return Err(CommandError::problem(
                    "Unsupported graph type",
                    "The -type=... argument must be either \"plan\", \"plan-refresh-only\", \"plan-destroy\", or \"apply\".",
                ));
            }
        };
        Ok(args.plan.clone().map_or(of_type, Kind::Plan))
    }
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let kind = Kind::of(args)?;
    let registry = session.registry();
    let text = match kind {
        Kind::Plan(path) => {
            let file = apply::read_plan(&path)?;
            let (config, problems) = config::load_sources(Path::new("."), file.sources);
            if problems.has_errors() {
                return Err(CommandError::Problems(problems, config.sources));
            }
            let before = v4::read(&file.state_before).map_err(|error| {
                CommandError::problem(
                    "Failed to read plan file",
                    format!("The state in the plan file {} cannot be read: {error}.", path.display()),
                )
            })?;
            let drawing = engine::draw_plan(&config, &registry, &file.plan, &before.state);
            steps(&drawing.map_err(|problems| CommandError::Problems(problems, config.sources.clone()))?)
        }
        kind => {
            let config = session.config()?;
            let failed = |problems| CommandError::Problems(problems, config.sources.clone());
            match kind {
                Kind::Walk(walk) => steps(&engine::draw_walk(&config, &registry, walk).map_err(failed)?),
                Kind::Destruction => {
                    let state = backend::read_only(session, &args.side.into())?.unwrap_or_default();
                    steps(&engine::draw_destruction(&config, &state).map_err(failed)?)
                }
                Kind::Resources | Kind::Plan(_) => {
                    dot(&engine::overview(&config, &registry).map_err(failed)?)
                }
            }
        }
    };
    session.view.terminal.out(&text);
    Ok(Exit::Success)
}

/// The order of an operation.
fn steps(drawing: &Drawing) -> String {
    let quoted = |name: &str| format!("\"[root] {}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out =
        "digraph {\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {\n".to_owned();
    for (name, (label, shape)) in &drawing.nodes {
        let shape = match shape {
            Shape::Box => "box",
            Shape::Note => "note",
            Shape::Diamond => "diamond",
        };
        let label = label.replace('\\', "\\\\").replace('"', "\\\"");
        out.push_str(&format!("\t\t{} [label = \"{label}\", shape = \"{shape}\"]\n", quoted(name)));
    }
    let edge = |(from, to): &(String, String)| format!("\t\t{} -> {}\n", quoted(from), quoted(to));
    out.extend(drawing.edges.iter().map(edge).collect::<BTreeSet<String>>());
    out.push_str("\t}\n}\n");
    out
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
