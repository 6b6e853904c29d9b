//! The pages that watch: each is told what is new as fast as it takes it, and how much it missed.

use maelstrom::journal::Journal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use wire::journal::{Frame, Hello};

/// How many records a page is told at once.
const TOLD_MAX: usize = 2_000;

/// A page that watches.
struct Page {
    frames: mpsc::Sender<Arc<str>>,
    /// The first record that it has not been told.
    next: u64,
}

/// All of them, by number.
#[derive(Default)]
pub(super) struct Pages(BTreeMap<u64, Page>);

impl Pages {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A page comes, and is told how everything stands.
    pub(super) fn enter(&mut self, page: u64, frames: mpsc::Sender<Arc<str>>, hello: Hello) {
        let next = hello.next;
        let _ = frames.try_send(text(&Frame::Hello(hello)));
        self.0.insert(page, Page { frames, next });
    }

    /// A page goes.
    pub(super) fn leave(&mut self, page: u64) {
        self.0.remove(&page);
    }

    /// A page is told something, if it has room.
    pub(super) fn tell(&self, page: u64, said: &Value) {
        if let Some(page) = self.0.get(&page) {
            let _ = page.frames.try_send(said.to_string().into());
        }
    }

    /// Every page that has room is told something.
    pub(super) fn tell_all(&self, frame: &Frame) {
        let frame = text(frame);
        for page in self.0.values() {
            let _ = page.frames.try_send(frame.clone());
        }
    }

    /// Every page that has room is told what is new. One that has none is told later, and how much it missed.
    pub(super) fn tell_new(&mut self, journal: &Journal) {
        // Most pages are equally far: what one is told serves all of them.
        let mut made: BTreeMap<u64, (u64, Arc<str>)> = BTreeMap::new();
        self.0.retain(|_, page| {
            if page.next == journal.next() {
                return !page.frames.is_closed();
            }
            let Ok(room) = page.frames.try_reserve() else {
                return !page.frames.is_closed();
            };
            let (next, frame) = made.entry(page.next).or_insert_with(|| {
                let (missed, records) = journal.since(page.next);
                let records: Vec<_> = records.take(TOLD_MAX).cloned().collect();
                let next = page.next + missed + records.len() as u64;
                (next, text(&Frame::Records { missed, records }))
            });
            room.send(frame.clone());
            page.next = *next;
            true
        });
    }
}

/// The frame as it is sent.
fn text(frame: &Frame) -> Arc<str> {
    // Texts, numbers and maps with texts as keys: nothing in it can fail to be written.
    serde_json::to_string(frame).unwrap_or_default().into()
}
