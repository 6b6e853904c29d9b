//! A node's disk: a file of `redb`, which is written so that a crash at any moment leaves all that was committed and nothing else.
//!
//! It holds who the node is and its records by number. What is in a record it does not know; each has a digest of its own, so that
//! what was damaged is found before a node starts from it.

use protocol::digest_of;
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// The version of what the file holds: what is newer is refused, and so is what is older where it cannot be read any more.
pub const FORMAT: u32 = 1;

/// The file's name in the folder of a node.
pub const FILE: &str = "node.redb";

const IDENTITY: TableDefinition<&str, &[u8]> = TableDefinition::new("identity");
const RECORDS: TableDefinition<u64, (u64, &[u8])> = TableDefinition::new("records");
const OWNER: &str = "owner";

/// What keeps a node's records.
pub trait Store {
    /// All records, in order.
    ///
    /// # Errors
    /// The disk fails, or one of them is damaged or missing.
    fn records(&self) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Appends these, all together. When it returns they would survive a loss of power.
    ///
    /// # Errors
    /// The disk fails: nobody can say whether they are kept, and the node has to stop.
    fn append(&mut self, records: &[Vec<u8>]) -> Result<(), StoreError>;
}

/// Whose disk it is. Another node, another cluster or another version of the protocol would make nonsense of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Owner {
    /// The protocol's id.
    pub protocol: String,
    /// The version of its behaviour.
    pub behaviour: u32,
    /// The node's label.
    pub label: String,
    /// The labels of all nodes.
    pub nodes: Vec<String>,
}

/// What the file says of itself.
#[derive(Serialize, Deserialize)]
struct Title {
    format: u32,
    owner: Option<Owner>,
}

/// Why a store cannot be opened, read or written.
#[derive(Debug)]
pub enum StoreError {
    /// The folder, or the file in it, cannot be made.
    Folder(PathBuf, std::io::Error),
    /// Another process has it open.
    InUse(PathBuf),
    /// It was written by a later version.
    Newer {
        /// Where.
        path: PathBuf,
        /// Its version.
        format: u32,
    },
    /// It belongs to somebody else.
    Foreign {
        /// Where.
        path: PathBuf,
        /// In what it differs: what stands there, and what was expected.
        what: &'static str,
        /// What stands there.
        there: String,
        /// What was expected.
        expected: String,
    },
    /// It is damaged.
    Damaged {
        /// Where.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The disk fails.
    Disk(PathBuf, redb::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path, why) => write!(f, "{}: cannot be made: {why}", path.display()),
            Self::InUse(path) => write!(
                f,
                "{}: another process has it open; a node's folder belongs to one process at a time",
                path.display()
            ),
            Self::Newer { path, format } => write!(
                f,
                "{}: it is of version {format}, and {FORMAT} is the latest that is known here; take a newer Synod",
                path.display()
            ),
            Self::Foreign {
                path,
                what,
                there,
                expected,
            } => write!(
                f,
                "{}: it belongs to another {what}, {there} instead of {expected}; take another folder",
                path.display()
            ),
            Self::Damaged { path, what } => write!(
                f,
                "{}: it is damaged ({what}); restore it from a copy, or take an empty folder where the protocol can bear that a node has forgotten everything",
                path.display()
            ),
            Self::Disk(path, why) => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {}

/// A store in a file.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    database: Database,
    /// How many records there are.
    len: u64,
}

impl FileStore {
    /// Opens the store of `owner` in `folder`, or makes it.
    ///
    /// # Errors
    /// Somebody else's store, one of a later version, one that is open or damaged, or a disk that fails.
    pub fn open(folder: &Path, owner: &Owner) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.exists() {
            let cannot = |error| StoreError::Folder(folder.to_path_buf(), error);
            std::fs::create_dir_all(folder).map_err(cannot)?;
            // Under another name first: a crash leaves a whole store or none, and of two processes one comes first.
            let new = folder.join(format!("{FILE}.{}", std::process::id()));
            Self::at(new.clone())?.claim(owner)?;
            match std::fs::hard_link(&new, &path) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(cannot(error));
                }
                _ => {}
            }
            std::fs::remove_file(&new).map_err(cannot)?;
            // The name has to survive a loss of power as well.
            let made = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
            made.map_err(cannot)?;
        }
        let mut store = Self::at(path)?;
        store.claim(owner)?;
        store.len = store.count()?;
        Ok(store)
    }

    /// The store at `path`, whosever it is. All of it is looked through: damage is found here.
    fn at(path: PathBuf) -> Result<Self, StoreError> {
        let mut builder = Database::builder();
        builder.set_check_integrity_on_open(true);
        let database = builder
            .create(&path)
            .map_err(|error| failed(&path, error))?;
        Ok(Self {
            path,
            database,
            len: 0,
        })
    }

    fn failed(&self, error: impl Into<redb::Error>) -> StoreError {
        failed(&self.path, error)
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            path: self.path.clone(),
            what: what.into(),
        }
    }

    /// Makes sure that it is `owner`'s: a new one becomes so.
    fn claim(&self, owner: &Owner) -> Result<(), StoreError> {
        let transaction = self
            .database
            .begin_write()
            .map_err(|error| self.failed(error))?;
        {
            let mut table = transaction
                .open_table(IDENTITY)
                .map_err(|error| self.failed(error))?;
            transaction
                .open_table(RECORDS)
                .map_err(|error| self.failed(error))?;
            let there = table.get(OWNER).map_err(|error| self.failed(error))?;
            let there = there.map(|bytes| bytes.value().to_vec());
            match there {
                Some(bytes) => self.compare(&bytes, owner)?,
                None => {
                    let title = Title {
                        format: FORMAT,
                        owner: Some(owner.clone()),
                    };
                    let bytes = serde_json::to_vec(&title).expect("texts and numbers");
                    table
                        .insert(OWNER, bytes.as_slice())
                        .map_err(|error| self.failed(error))?;
                }
            }
        }
        transaction.commit().map_err(|error| self.failed(error))
    }

    fn compare(&self, bytes: &[u8], owner: &Owner) -> Result<(), StoreError> {
        // The version first: what a later one has changed may not be readable here.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let unreadable = |error: serde_json::Error| self.damaged(format!("its title: {error}"));
        let Version { format } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if format > FORMAT {
            let path = self.path.clone();
            return Err(StoreError::Newer { path, format });
        }
        let title: Title = serde_json::from_slice(bytes).map_err(unreadable)?;
        let there = title
            .owner
            .ok_or_else(|| self.damaged("its title names no owner"))?;
        let rows = [
            ("protocol", there.protocol, owner.protocol.clone()),
            (
                "version of the protocol",
                there.behaviour.to_string(),
                owner.behaviour.to_string(),
            ),
            ("cluster", there.nodes.join(" "), owner.nodes.join(" ")),
            ("node", there.label, owner.label.clone()),
        ];
        match rows.into_iter().find(|(_, there, wanted)| there != wanted) {
            None => Ok(()),
            Some((what, there, expected)) => Err(StoreError::Foreign {
                path: self.path.clone(),
                what,
                there,
                expected,
            }),
        }
    }

    fn read(&self) -> Result<ReadTransaction, StoreError> {
        self.database
            .begin_read()
            .map_err(|error| self.failed(error))
    }

    fn count(&self) -> Result<u64, StoreError> {
        let table = self
            .read()?
            .open_table(RECORDS)
            .map_err(|error| self.failed(error))?;
        table.len().map_err(|error| self.failed(error))
    }
}

fn failed(path: &Path, error: impl Into<redb::Error>) -> StoreError {
    let path = path.to_path_buf();
    match error.into() {
        redb::Error::DatabaseAlreadyOpen => StoreError::InUse(path),
        redb::Error::Corrupted(what) => StoreError::Damaged { path, what },
        // What is no such file at all.
        redb::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            let what = error.to_string();
            StoreError::Damaged { path, what }
        }
        error => StoreError::Disk(path, error),
    }
}

impl Store for FileStore {
    fn records(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let table = self
            .read()?
            .open_table(RECORDS)
            .map_err(|error| self.failed(error))?;
        let mut records = Vec::new();
        for row in table.iter().map_err(|error| self.failed(error))? {
            let (number, value) = row.map_err(|error| self.failed(error))?;
            let expected = records.len() as u64 + 1;
            let (digest, bytes) = value.value();
            if number.value() != expected {
                return Err(self.damaged(format!("record {expected} is missing")));
            }
            if digest != digest_of(bytes) {
                return Err(self.damaged(format!("record {expected} is not what was written")));
            }
            records.push(bytes.to_vec());
        }
        Ok(records)
    }

    fn append(&mut self, records: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut transaction = self
            .database
            .begin_write()
            .map_err(|error| self.failed(error))?;
        transaction
            .set_durability(Durability::Immediate)
            .map_err(|error| self.failed(error))?;
        let mut len = self.len;
        {
            let mut table = transaction
                .open_table(RECORDS)
                .map_err(|error| self.failed(error))?;
            for record in records {
                len += 1;
                let row = (digest_of(record.as_slice()), record.as_slice());
                table.insert(len, row).map_err(|error| self.failed(error))?;
            }
        }
        transaction.commit().map_err(|error| self.failed(error))?;
        self.len = len;
        Ok(())
    }
}
