//! `local serve`: the built-in Lambda control plane as a server of its own, until an interrupt.
//! Knows nothing of Lambda.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::local::{self, Options, Rates};
use crate::provider::Stop;

use super::error::CommandError;
use super::exit::Exit;
use super::session::Session;
use super::signal::{self, Reaction};

/// The commands under `local`.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Serve Lambda, IAM, STS, CloudWatch Logs and S3 on this machine, for any AWS SDK, until Ctrl-C
    Serve(ServeArgs),
}

/// The arguments of `local serve`.
#[derive(clap::Args, Debug)]
pub struct ServeArgs {
    /// The port to listen on, on loopback only; a free one by default.
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// The directory that keeps functions between runs; without it they live in memory.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Throttle requests as the service does.
    #[arg(long)]
    quota: bool,
}

pub(super) fn run(verb: &Verb, session: &Session) -> Result<Exit, CommandError> {
    let Verb::Serve(args) = verb;
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::problem("The local control plane could not start", format!("{error}."))
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| failed(&error))?;
    let options = Options {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        data_dir: args.data_dir.clone(),
        quota: args.quota.then(Rates::default),
        ..Options::default()
    };
    runtime.block_on(async {
        let stop = Stop::default();
        signal::listen(
            stop.clone(),
            std::sync::Arc::new(|| Reaction { first: Box::new(|| {}), second: Box::new(|| {}) }),
        )
        .map_err(|error| failed(&error))?;
        let server = local::start(options).await.map_err(|error| failed(&error))?;
        let endpoint = server.endpoint();
        session.view.terminal.out(&format!(
            "Serving Lambda at {endpoint}\n\n  export AWS_ENDPOINT_URL={endpoint}\n  export AWS_ACCESS_KEY_ID=local \
             AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1\n\nPress Ctrl-C to stop.\n"
        ));
        stop.wait().await;
        server.stop().await;
        Ok(Exit::Success)
    })
}
