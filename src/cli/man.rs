//! `man`: a manual page for every command.
//! Knows nothing of commands beyond the clap tree.

use std::io;
use std::path::{Path, PathBuf};

use clap::Command;

use super::error::CommandError;
use super::exit::Exit;
use super::session::Session;

/// The arguments of `man`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The directory to write the pages into.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let mut written = 0;
    let mut tree = super::tree();
    tree.build();
    std::fs::create_dir_all(&args.dir)
        .and_then(|()| pages(&tree, super::PROGRAM, &args.dir, &mut written))
        .map_err(|error| {
        CommandError::problem(
            "Manual pages could not be written",
            format!("Writing into {} failed: {error}.", args.dir.display()),
        )
    })?;
    session.view.say(&format!("{written} pages written to {}\n", args.dir.display()));
    Ok(Exit::Success)
}

fn pages(command: &Command, name: &str, dir: &Path, written: &mut usize) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).title(name).render(&mut page)?;
    // Flags are written with one dash, as people type them; both work.
    let page = String::from_utf8_lossy(&page).replace("\\-\\-", "\\-");
    std::fs::write(dir.join(format!("{name}.1")), page)?;
    *written += 1;
    for child in command.get_subcommands() {
        pages(child, &format!("{name}-{}", child.get_name()), dir, written)?;
    }
    Ok(())
}
