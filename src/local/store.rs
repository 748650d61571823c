//! What survives a restart: one JSON file per function, layer, log group, object…, and contents by their sha256.
//! Knows nothing of requests; it is handed objects and names.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::iam::model::{Policy, Role};
use super::logs::LogGroup;
use super::s3::model::{Bucket, Object};
use super::world::{Region, World};

/// A kind of object with a folder of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// Functions, with their versions and aliases.
    Functions,
    /// Layers, with their versions.
    Layers,
    /// Event source mappings.
    Mappings,
    /// Code signing configurations.
    Signing,
    /// Log groups.
    LogGroups,
    /// Buckets, without their objects.
    Buckets,
    /// Objects in buckets, with their versions.
    Objects,
    /// Roles, with what hangs on them.
    Roles,
    /// Managed policies, with their versions.
    Policies,
    /// Capacity providers.
    Capacity,
}

impl Shelf {
    fn folder(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Layers => "layers",
            Self::Mappings => "event-source-mappings",
            Self::Signing => "code-signing-configs",
            Self::LogGroups => "log-groups",
            Self::Buckets => "buckets",
            Self::Objects => "objects",
            Self::Roles => "roles",
            Self::Policies => "policies",
            Self::Capacity => "capacity-providers",
        }
    }
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its region.
    pub region: String,
    /// Its kind.
    pub shelf: Shelf,
    /// Its name; of an object in a bucket, `BUCKET/KEY`.
    pub name: String,
}

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process serves the same folder.
    #[error("{} is in use by another local control plane; wait until the other command or server ends", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file does not hold what was written there.
    #[error("{} is damaged ({source}); remove it to go on without that object", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The data folder. Held exclusively while it is open.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    // Writers of one object take turns; each writes the newest state, so the last file is never stale.
    turns: Vec<Mutex<()>>,
    _held: File,
}

impl Store {
    /// Opens or creates the folder (0700) and takes its lock.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        make_folder(root)?;
        let path = root.join("lock");
        let held = File::create(&path).map_err(at(&path))?;
        match held.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(StoreError::Busy { path: root.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(StoreError::Io { path, source }),
        }
        make_folder(&root.join("code"))?;
        let turns = std::iter::repeat_with(Mutex::default).take(64).collect();
        Ok(Self { root: root.to_owned(), turns, _held: held })
    }

    /// Reads everything, and drops code blobs that nothing refers to any more.
    pub fn load(&self) -> Result<World, StoreError> {
        let mut world = World::new();
        for folder in folders(&self.root)? {
            let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
            if !super::place::is_region(name) {
                continue;
            }
            let roles = read_shelf::<Role>(&folder, Shelf::Roles)?.into_values();
            let policies = read_shelf::<Policy>(&folder, Shelf::Policies)?.into_values();
            let groups = read_shelf::<LogGroup>(&folder, Shelf::LogGroups)?.into_values();
            let mut buckets: BTreeMap<String, Bucket> = read_shelf(&folder, Shelf::Buckets)?;
            for object in read_shelf::<Object>(&folder, Shelf::Objects)?.into_values() {
                if let Some(bucket) = buckets.get_mut(&object.bucket) {
                    bucket.objects.insert(object.key.clone(), object);
                }
            }
            let region = Region {
                functions: read_shelf(&folder, Shelf::Functions)?,
                layers: read_shelf(&folder, Shelf::Layers)?,
                mappings: read_shelf(&folder, Shelf::Mappings)?,
                signing: read_shelf(&folder, Shelf::Signing)?,
                log_groups: groups.map(|group| (group.name.clone(), group)).collect(),
                buckets,
                roles: roles.map(|role| (role.name.clone(), role)).collect(),
                policies: policies.map(|policy| (policy.name.clone(), policy)).collect(),
                capacity: read_shelf(&folder, Shelf::Capacity)?,
            };
            world.insert(name.to_owned(), region);
        }
        self.sweep(&world)?;
        Ok(world)
    }

    /// Brings one object's file up to date: `current` is asked when it is this writer's turn, none removes the file.
    pub fn keep(&self, key: &Key, current: impl FnOnce() -> Option<Vec<u8>>) -> io::Result<()> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let turn = usize::try_from(hasher.finish() % 64).ok().and_then(|at| self.turns.get(at));
        let _turn = turn.map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        let folder = self.root.join(&key.region).join(key.shelf.folder());
        let path = folder.join(format!("{}.json", file_name(&key.name)));
        match current() {
            Some(content) => {
                create_folder(&folder)?;
                replace(&folder, &path, &content)
            }
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    /// Keeps code under its name; what is there already is not written again.
    pub fn keep_blob(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let folder = self.root.join("code");
        let path = folder.join(name);
        if path.exists() { Ok(()) } else { replace(&folder, &path, content) }
    }

    /// Code by its name.
    pub fn blob(&self, name: &str) -> Option<Bytes> {
        fs::read(self.root.join("code").join(name)).ok().map(Bytes::from)
    }

    fn sweep(&self, world: &World) -> Result<(), StoreError> {
        let mut used = std::collections::HashSet::new();
        for region in world.values() {
            for function in region.functions.values() {
                used.extend(function.latest.package.blob.as_deref());
                used.extend(function.versions.values().filter_map(|version| version.package.blob.as_deref()));
            }
            for layer in region.layers.values() {
                used.extend(layer.versions.values().filter_map(|version| version.package.blob.as_deref()));
            }
            let objects = region.buckets.values().flat_map(|bucket| bucket.objects.values());
            used.extend(objects.flat_map(|object| &object.versions).map(|version| version.blob.as_str()));
        }
        for path in entries(&self.root.join("code"))? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !used.contains(name) {
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
        Ok(())
    }
}

/// An object as its file holds it.
pub fn encode(object: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec_pretty(object).ok()
}

/// The current content of an object, or none when it is gone.
pub fn current(world: &World, key: &Key) -> Option<Vec<u8>> {
    let region = world.get(&key.region)?;
    match key.shelf {
        Shelf::Functions => encode(region.functions.get(&key.name)?),
        Shelf::Layers => encode(region.layers.get(&key.name)?),
        Shelf::Mappings => encode(region.mappings.get(&key.name)?),
        Shelf::Signing => encode(region.signing.get(&key.name)?),
        Shelf::LogGroups => encode(region.log_groups.get(&key.name)?),
        Shelf::Roles => encode(region.roles.get(&key.name)?),
        Shelf::Policies => encode(region.policies.get(&key.name)?),
        Shelf::Buckets => encode(region.buckets.get(&key.name)?),
        Shelf::Objects => {
            let (bucket, object) = key.name.split_once('/')?;
            encode(region.buckets.get(bucket)?.objects.get(object)?)
        }
        Shelf::Capacity => encode(region.capacity.get(&key.name)?),
    }
}

/// A name as a file can have it: what could leave the folder is percent-encoded, and what is too long ends in its hash.
/// Only for names of letters, digits, `-` and `_` does the file name tell the name; other objects hold theirs.
fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => safe.push(char::from(byte)),
            _ => safe.push_str(&format!("%{byte:02X}")),
        }
    }
    if safe.len() > 180 {
        safe.truncate(100);
        safe.push_str(&format!("%{}", hex::encode(Sha256::digest(name))));
    }
    safe
}

fn read_shelf<T: DeserializeOwned>(region: &Path, shelf: Shelf) -> Result<BTreeMap<String, T>, StoreError> {
    let folder = region.join(shelf.folder());
    let mut objects = BTreeMap::new();
    for path in entries(&folder)? {
        let named = path.extension().is_some_and(|extension| extension == "json");
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| named) else { continue };
        let content = fs::read(&path).map_err(at(&path))?;
        let object = serde_json::from_slice(&content)
            .map_err(|source| StoreError::Damaged { path: path.clone(), source })?;
        objects.insert(name.to_owned(), object);
    }
    Ok(objects)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    match fs::read_dir(folder) {
        Ok(found) => found.map(|entry| entry.map(|entry| entry.path()).map_err(at(folder))).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StoreError::Io { path: folder.to_owned(), source }),
    }
}

fn folders(root: &Path) -> Result<Vec<PathBuf>, StoreError> {
    Ok(entries(root)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn replace(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    // A temporary file is created 0600 and keeps that mode when it takes the name.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    create_folder(path).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError + '_ {
    move |source| StoreError::Io { path: path.to_owned(), source }
}

/// Code that was uploaded: in the data folder when there is one, else in memory.
#[derive(Debug, Default)]
pub struct Blobs(Mutex<HashMap<String, Bytes>>);

impl Blobs {
    /// Keeps code under its hex sha256.
    pub fn keep(&self, store: Option<&Store>, name: &str, content: Bytes) -> io::Result<()> {
        match store {
            Some(store) => store.keep_blob(name, &content),
            None => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), content);
                Ok(())
            }
        }
    }

    /// Code by its hex sha256; anything else names nothing.
    pub fn get(&self, store: Option<&Store>, name: &str) -> Option<Bytes> {
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        match store {
            Some(store) => store.blob(name),
            None => self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned(),
        }
    }
}
