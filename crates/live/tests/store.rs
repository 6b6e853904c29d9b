//! The disk: what was acknowledged is there after `kill -9` at any moment, and nothing else; what is not this node's is refused.
#![cfg(feature = "store")]
#![expect(
    clippy::disallowed_methods,
    reason = "a real process is killed at a real moment"
)]

use live::store::{FILE, FileStore, Owner, Store, StoreError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// In which folder a child process writes.
const FOLDER: &str = "SYNOD_STORE_TEST_FOLDER";
/// How often it is killed.
const KILLS: u64 = 25;

fn owner() -> Owner {
    Owner {
        protocol: "raft".into(),
        behaviour: 1,
        label: "S1".into(),
        nodes: ["S1", "S2", "S3"].map(String::from).into(),
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Record number `number`: its length differs, and every byte tells which it is.
fn record(number: u64) -> Vec<u8> {
    let len = 8 + (number * 37 % 3_000) as usize;
    number.to_le_bytes().into_iter().cycle().take(len).collect()
}

/// What the child process is: it appends records for ever, and says after each commit how many there are.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let mut store = FileStore::open(Path::new(&folder), &owner()).expect("it opens");
    let mut len = store.records().expect("they can be read").len() as u64;
    let mut out = std::io::stderr();
    loop {
        let batch: Vec<_> = (1..=1 + len % 4).map(|more| record(len + more)).collect();
        store.append(&batch).expect("the disk takes it");
        len += batch.len() as u64;
        writeln!(out, "durable {len}").expect("somebody reads");
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9_at_any_moment() {
    let folder = folder("killed");
    let mut before = 0;
    for kill in 1..=KILLS {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut acknowledged = before;
        let mut hear = |line: &str| {
            if let Some(len) = line.strip_prefix("durable ") {
                acknowledged = len.parse().expect("a number");
            }
        };
        // It has begun; from here on it is killed at any moment, also in the middle of a commit.
        while let Some(Ok(line)) = lines.next() {
            hear(&line);
            if line.starts_with("durable") {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(kill * 1_731 % 20_000));
        child.kill().expect("SIGKILL");
        child.wait().expect("it is dead");
        // What it said before it died counts; a last line may be cut.
        let mut rest: Vec<String> = lines.map_while(Result::ok).collect();
        rest.pop();
        rest.iter().for_each(|line| hear(line));
        let store = FileStore::open(&folder, &owner()).expect("it opens after a crash");
        let records = store.records().expect("they can be read");
        let len = records.len() as u64;
        assert!(len >= acknowledged, "{len} of {acknowledged} are there");
        assert!(len > before, "nothing was written in round {kill}");
        for (place, bytes) in records.iter().enumerate() {
            assert_eq!(*bytes, record(place as u64 + 1));
        }
        before = len;
    }
}

#[test]
fn somebody_elses_disk_is_refused_with_a_sentence() {
    let folder = folder("foreign");
    let mut store = FileStore::open(&folder, &owner()).expect("a new one");
    store.append(&[record(1), record(2)]).expect("a disk");
    let twice = FileStore::open(&folder, &owner()).expect_err("it is open");
    assert!(matches!(twice, StoreError::InUse(_)), "{twice}");
    drop(store);
    let refused = |owner: &Owner| {
        let refused = FileStore::open(&folder, owner).err();
        refused
            .map(|error| error.to_string())
            .expect("it is refused")
    };
    let other = |change: fn(&mut Owner)| {
        let mut owner = owner();
        change(&mut owner);
        owner
    };
    for (owner, says) in [
        (
            other(|owner| owner.protocol = "multi-paxos".into()),
            "another protocol, raft instead of multi-paxos",
        ),
        (
            other(|owner| owner.behaviour = 2),
            "another version of the protocol, 1 instead of 2",
        ),
        (
            other(|owner| owner.label = "S2".into()),
            "another node, S1 instead of S2",
        ),
        (
            other(|owner| owner.nodes.truncate(1)),
            "another cluster, S1 S2 S3 instead of S1",
        ),
    ] {
        let said = refused(&owner);
        assert!(
            said.contains(says) && said.ends_with("take another folder"),
            "{said}"
        );
    }
    let store = FileStore::open(&folder, &owner()).expect("its own");
    assert_eq!(
        store.records().expect("they are there"),
        [record(1), record(2)]
    );
}

#[test]
fn a_later_version_is_refused() {
    let folder = folder("newer");
    drop(FileStore::open(&folder, &owner()).expect("a new one"));
    let table: redb::TableDefinition<&str, &[u8]> = redb::TableDefinition::new("identity");
    let database = redb::Database::open(folder.join(FILE)).expect("a store");
    let transaction = database.begin_write().expect("a disk");
    transaction
        .open_table(table)
        .and_then(|mut table| {
            table.insert("owner", br#"{"format": 2, "who": 5}"#.as_slice())?;
            Ok(())
        })
        .expect("a table");
    transaction.commit().expect("a disk");
    drop(database);
    let error = FileStore::open(&folder, &owner()).expect_err("it is newer");
    assert!(
        matches!(error, StoreError::Newer { format: 2, .. }),
        "{error}"
    );
}

#[test]
fn damage_is_found_before_a_node_starts_from_it() {
    let folder = folder("damaged");
    let mut store = FileStore::open(&folder, &owner()).expect("a new one");
    let records: Vec<_> = (1..=50).map(record).collect();
    store.append(&records).expect("a disk");
    drop(store);
    let path = folder.join(FILE);
    let mut bytes = Vec::new();
    std::fs::File::open(&path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .expect("a file");
    let inside = record(40);
    let place = bytes
        .windows(inside.len())
        .position(|bytes| bytes == inside);
    let place = place.expect("the record lies there as it is") + 5;
    let mut file = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("a file");
    file.seek(SeekFrom::Start(place as u64)).expect("a file");
    file.write_all(&[!bytes[place]]).expect("a file");
    drop(file);
    let found = FileStore::open(&folder, &owner()).and_then(|store| store.records());
    let error = found.expect_err("it is damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    std::fs::write(&path, "this is no store").expect("a file");
    let error = FileStore::open(&folder, &owner()).expect_err("it is none");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}
