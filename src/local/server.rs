//! The listening socket: start, accept, stop.
//! Knows nothing of Lambda; each request goes to `exchange`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::calls::Calls;
use super::clock::{Clock, Millis};
use super::faults::Faults;
use super::quota::{Quota, Rates};
use super::s3::multipart::Uploads;
use super::store::{self, Blobs, Key, Store, StoreError};
use super::world::{Package, World};
use super::{control, exchange};

/// The account the server answers for, as the AWS documentation writes one.
pub const ACCOUNT: &str = "123456789012";
/// How long a function stays `Pending`, and an update `InProgress`, by default.
const SETTLE: Duration = Duration::from_millis(150);
/// How long a stop waits for requests that are being answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a server is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; must be a loopback address. Port 0 takes a free one.
    pub address: SocketAddr,
    /// The account id, twelve digits.
    pub account: String,
    /// The folder that keeps objects between runs; without it they live in memory.
    pub data_dir: Option<PathBuf>,
    /// How long creations and updates take to settle.
    pub settle: Duration,
    /// Request quotas; without them nothing is throttled.
    pub quota: Option<Rates>,
    /// Whether code in S3 must be there when it is used, also in buckets that nobody made here.
    pub strict_s3: bool,
    /// Whether a bucket is made by the first object put into it, for those who cannot make one before.
    pub any_bucket: bool,
    /// Most items on any page, below the API's own limits; lets a test page with few objects.
    pub page_limit: usize,
    /// The server's time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            account: ACCOUNT.to_owned(),
            data_dir: None,
            settle: SETTLE,
            quota: None,
            strict_s3: false,
            any_bucket: false,
            page_limit: usize::MAX,
            clock: Clock::default(),
        }
    }
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address could be reached from other machines.
    #[error("the local control plane listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runtime is shutting down.
    #[error("the runtime stopped before the local control plane had started")]
    Stopped,
}

/// What every request shares.
#[derive(Debug)]
pub struct Shared {
    /// The account id.
    pub account: String,
    /// The server's time.
    pub clock: Clock,
    /// How long changes take to settle.
    pub settle: Millis,
    /// Most items on any page.
    pub page_limit: usize,
    /// Whether code in unknown buckets is refused.
    pub strict_s3: bool,
    /// Whether buckets are made by the first object put into them.
    pub any_bucket: bool,
    /// Everything the server holds.
    pub world: Mutex<World>,
    /// Uploaded code, and what S3 holds.
    pub blobs: Blobs,
    /// Uploads to S3 that are under way in parts.
    pub uploads: Uploads,
    /// The data folder.
    pub store: Option<Store>,
    /// Request quotas.
    pub quota: Option<Quota>,
    /// Fault rules.
    pub faults: Faults,
    /// The log of calls.
    pub calls: Calls,
    address: SocketAddr,
}

impl Shared {
    /// Where a package can be downloaded, as `Code.Location` answers it.
    pub fn code_location(&self, package: &Package) -> String {
        let name = package.blob.as_deref().unwrap_or("unknown");
        format!("http://{}/_lambdaform/code/{name}", self.address)
    }

    /// Brings the file of an object up to date, when there is a data folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, key: &Key) -> io::Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        store.keep(key, || store::current(&self.world.lock().unwrap_or_else(PoisonError::into_inner), key))
    }
}

/// A running control plane. Dropping it stops it at once; [`Server::stop`] lets answers finish.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Starts a control plane on the caller's runtime.
/// Refuses addresses that are not loopback, addresses in use, and a data folder that is damaged or in use.
pub async fn start(options: Options) -> Result<Server, StartError> {
    let Options { address, account, data_dir, settle, quota, strict_s3, any_bucket, page_limit, clock } =
        options;
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let opened = tokio::task::spawn_blocking(move || match data_dir {
        Some(folder) => {
            let store = Store::open(&folder)?;
            let world = store.load()?;
            Ok::<_, StoreError>((Some(store), world))
        }
        None => Ok((None, World::new())),
    });
    let (store, world) = opened.await.map_err(|_| StartError::Stopped)??;
    let listen = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let shared = Arc::new(Shared {
        account,
        clock,
        settle: Millis::try_from(settle.as_millis()).unwrap_or(Millis::MAX),
        page_limit,
        strict_s3,
        any_bucket,
        world: Mutex::new(world),
        blobs: Blobs::default(),
        uploads: Uploads::default(),
        store,
        quota: quota.map(Quota::new),
        faults: Faults::default(),
        calls: Calls::default(),
        address,
    });
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(listener, Arc::clone(&shared), stopped));
    Ok(Server { shared, stop: Some(stop), task })
}

impl Server {
    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.shared.address
    }

    /// The URL that clients take as their endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// The fault rules.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The log of calls.
    pub fn calls(&self) -> &Calls {
        &self.shared.calls
    }

    /// The server's time.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Everything the server holds, by region, without the values of environment variables.
    pub fn objects(&self) -> serde_json::Value {
        control::dump(&self.shared)
    }

    /// Puts an object into S3, and makes its bucket if there is none.
    ///
    /// # Errors
    /// When the data folder cannot be written.
    pub fn put_object(&self, bucket: &str, key: &str, content: impl Into<bytes::Bytes>) -> io::Result<()> {
        control::put_object(&self.shared, bucket, key, content.into())
    }

    /// Stops accepting, waits up to five seconds for answers under way, and closes. The data folder is released
    /// when this returns.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the task has ended, which is what is wanted.
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let (close, closing) = watch::channel(());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Answers are small and waited for; a failure only makes them slower.
                    let _ = stream.set_nodelay(true);
                    let shared = Arc::clone(&shared);
                    connections.spawn(connection(stream, shared, closing.clone()));
                }
                // Out of descriptors, for example: wait for connections to close instead of spinning.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    drop(close);
    let landed = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(PATIENCE, landed).await;
    connections.shutdown().await;
}

/// Serves one connection. When the server closes, the request under way is answered and no other is read.
async fn connection(stream: TcpStream, shared: Arc<Shared>, mut closing: watch::Receiver<()>) {
    let service = service_fn(move |request| exchange::answer(Arc::clone(&shared), request));
    // Idle connections stay open: clients keep them in pools, and one that closes under them costs a retry.
    let served =
        http1::Builder::new().header_read_timeout(None).serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    // A connection that ends badly concerns only its client.
    tokio::select! {
        _ = served.as_mut() => return,
        _ = closing.changed() => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}
