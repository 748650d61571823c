//! The embedded Lambda control plane in this process, and what its log of calls says.
//! Knows nothing of who calls.

use std::error::Error;

use lambdaform::local::{self, Action, Options, Rates, Record, Rule, Server};
use tokio::runtime::Runtime;

/// A control plane with nothing in it.
pub struct Control {
    server: Server,
}

/// What the log says of one command.
#[derive(Debug, Clone, Copy, Default)]
pub struct Calls {
    /// Requests.
    pub all: usize,
    /// Those that count against the quota of writes.
    pub writes: usize,
    /// Most at once.
    pub in_flight: usize,
    /// Answers of 429.
    pub throttled: usize,
    /// When the last of these came, in milliseconds after the first request.
    pub last_throttled: u64,
}

impl Control {
    /// Starts one; with `quota` it throttles as AWS documents: 100 GetFunction and 15 others a second.
    pub fn start(runtime: &Runtime, quota: bool) -> Result<Self, Box<dyn Error>> {
        let options = Options { quota: quota.then(Rates::default), ..Options::default() };
        Ok(Control { server: runtime.block_on(local::start(options))? })
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Lets every answer take this long, as it does from a real service.
    pub fn slow_down(&self, ms: u64) {
        let action = Action::Delay { ms };
        self.server.faults().add(Rule { operation: None, function: None, nth: 1, times: None, action });
    }

    /// What was called since this was last asked.
    pub fn calls(&self) -> Calls {
        let log: Vec<Record> = self.server.calls().list();
        self.server.calls().reset();
        let first = log.iter().map(|call| call.at_ms).min().unwrap_or_default();
        let throttled = log.iter().filter(|call| call.status == 429);
        let write = |call: &&Record| call.status != 429 && !call.operation.starts_with("Get");
        Calls {
            all: log.len(),
            writes: log.iter().filter(write).count(),
            in_flight: log.iter().map(|call| call.in_flight).max().unwrap_or_default(),
            throttled: throttled.clone().count(),
            last_throttled: throttled.map(|call| call.at_ms - first).max().unwrap_or_default(),
        }
    }
}
