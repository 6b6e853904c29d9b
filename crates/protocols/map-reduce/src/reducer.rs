//! The reduce side of a worker (§3.1, steps 5 and 6): it fetches its region of every map output, sorts, reduces, and commits one
//! file.

use crate::Reason;
use crate::config::MapReduceConfig;
use crate::job::{JobKind, OutputRow, Pair, bytes, grouped, reduce};
use crate::mapper::set_work_timer;
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::task::{AttemptId, Location, TaskId};
use crate::variant::Variant;
use crate::worker::{PIECES, ReducedPart, Worker};
use protocol::{Context, NodeId};
use serde::Serialize;
use std::sync::Arc;

/// An output file is written in so many pieces at most,
const WRITES_MAX: usize = 4;
/// none but the last with fewer rows than this.
const ROWS_MIN: usize = 12;

/// A region that was read.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct Fetched {
    pub(crate) map: u16,
    pub(crate) attempt: AttemptId,
    pub(crate) pairs: Arc<[Pair]>,
}

/// How far a reduce task is.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// It reads regions.
    Fetching,
    /// It has sorted, and reduces: so many pieces are done.
    Reducing(u8),
    /// It writes its temporary file: the pieces, and how many are acknowledged.
    Writing {
        /// The pieces.
        pieces: Vec<Arc<[OutputRow]>>,
        /// How many the file system has.
        written: u16,
    },
}

/// A reduce task in progress.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct ReduceWork {
    pub(crate) kind: JobKind,
    pub(crate) partition: u16,
    pub(crate) attempt: AttemptId,
    /// How many map tasks there are.
    pub(crate) maps: u16,
    /// Which outputs were asked for and not read yet.
    asked: Vec<AttemptId>,
    /// What was read.
    pub(crate) fetched: Vec<Fetched>,
    /// All of that in order of the keys, once it is complete.
    pub(crate) sorted: Arc<[Pair]>,
    pub(crate) stage: Stage,
    slowness: u64,
}

impl ReduceWork {
    pub(crate) fn new(kind: JobKind, partition: u16, attempt: AttemptId, maps: u16) -> Self {
        Self {
            kind,
            partition,
            attempt,
            maps,
            asked: Vec::new(),
            fetched: Vec::new(),
            sorted: Arc::from([]),
            stage: Stage::Fetching,
            slowness: 1,
        }
    }

    const fn task(&self) -> TaskId {
        TaskId::Reduce(self.partition)
    }

    /// How many map tasks it has the region of.
    pub(crate) const fn have(&self) -> u64 {
        self.fetched.len() as u64
    }

    /// Whether a region is still wanted: nothing of that map task was read, from whichever execution. The broken variant asks only
    /// whether that very execution's was.
    fn wants(&self, map: u16, attempt: AttemptId, variant: Variant) -> bool {
        let twice = variant == Variant::CountsTwice;
        let read = |f: &Fetched| f.map == map && (!twice || f.attempt == attempt);
        self.stage == Stage::Fetching && !self.fetched.iter().any(read)
    }

    fn is_complete(&self) -> bool {
        (0..self.maps).all(|map| self.fetched.iter().any(|fetched| fetched.map == map))
    }

    pub(crate) fn pairs(&self) -> u64 {
        self.fetched
            .iter()
            .map(|fetched| fetched.pairs.len() as u64)
            .sum()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.fetched
            .iter()
            .map(|fetched| bytes(&fetched.pairs))
            .sum()
    }
}

impl Worker {
    pub(crate) fn on_assign_reduce(&mut self, cx: &mut Context<'_, Node>, mut work: ReduceWork) {
        let (task, attempt) = (work.task(), work.attempt);
        if let Some(done) = self.reduced.iter().find(|done| done.attempt == attempt) {
            self.report_reduce(cx, *done);
            return;
        }
        match &mut self.reduce {
            Some(old) if old.attempt == attempt => {}
            old => {
                if let Some(old) = old {
                    let old = old.task();
                    cx.note(Reason::GivesUp { old, task });
                }
                self.drop_reduce(cx);
                work.slowness = self.draw_slowness(cx, task);
                self.reduce = Some(work);
            }
        }
        self.fetch(cx);
    }

    /// Takes note of one place, unless something later is known of that map task.
    pub(crate) fn learn_place(&mut self, place: Location) {
        let known = self.places.binary_search_by_key(&place.map, |p| p.map);
        match known {
            Ok(at) if self.places[at].since >= place.since => {}
            Ok(at) => self.places[at] = place,
            Err(at) => self.places.insert(at, place),
        }
    }

    /// Takes note of all places as the master knew them at `tick`: what is not among them is not there any more, unless that was
    /// learned later. Messages may overtake each other.
    pub(crate) fn learn_places(&mut self, tick: u64, places: &[Location]) {
        self.places.retain(|known| known.since > tick);
        for place in places {
            self.learn_place(*place);
        }
    }

    /// Asks for every region whose place is known and that was neither read nor asked for. What lies on the own disk is read there.
    pub(crate) fn fetch(&mut self, cx: &mut Context<'_, Node>) {
        let (Some(job), Some(mut work)) = (self.job, self.reduce.take()) else {
            return;
        };
        if work.stage != Stage::Fetching {
            self.reduce = Some(work);
            return;
        }
        let partition = work.partition;
        for output in self.places.clone() {
            let Location {
                map,
                attempt,
                worker,
                ..
            } = output;
            if !work.wants(map, attempt, cx.variant()) {
                continue;
            }
            if worker == cx.me() {
                if let Some(pairs) = self.region(job, attempt, partition) {
                    work.fetched.push(Fetched {
                        map,
                        attempt,
                        pairs,
                    });
                    cx.note(Reason::ReadsOwnRegion {
                        map,
                        have: work.have(),
                        of: work.maps.into(),
                    });
                }
                continue;
            }
            if work.asked.contains(&attempt) {
                continue;
            }
            work.asked.push(attempt);
            let message = Message::ReadRegion {
                job,
                map,
                attempt,
                partition,
            };
            let to = worker;
            let reason = Reason::ReadsRegion { to, map, partition };
            cx.send(to, message, reason);
        }
        let waits = !work.is_complete();
        let (have, of) = (work.have(), u64::from(work.maps));
        self.reduce = Some(work);
        if waits {
            let retry = cx.config().retry_us;
            let reason = Reason::AwaitsRegions { have, of };
            cx.set_timer(Timer::Fetch, retry, retry, reason);
        } else {
            self.begin_reduce(cx);
        }
    }

    /// Some regions have not come: asks again, wherever they lie by now.
    pub(crate) fn on_fetch_timer(&mut self, cx: &mut Context<'_, Node>) {
        if let Some(work) = &mut self.reduce {
            work.asked.clear();
        }
        self.fetch(cx);
    }

    pub(crate) fn on_region(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        (map, attempt, partition): (u16, AttemptId, u16),
        pairs: Arc<[Pair]>,
    ) {
        let variant = cx.variant();
        let work = self.reduce.as_mut();
        let Some(work) = work.filter(|work| {
            work.partition == partition && map < work.maps && work.wants(map, attempt, variant)
        }) else {
            cx.note(Reason::ReadBefore { map, from });
            return;
        };
        self.fetched_bytes += bytes(&pairs);
        work.fetched.push(Fetched {
            map,
            attempt,
            pairs: pairs.clone(),
        });
        cx.note(Reason::HasRegion {
            map,
            from,
            pairs: pairs.len() as u64,
            have: work.have(),
            of: work.maps.into(),
        });
        if work.is_complete() {
            self.begin_reduce(cx);
        }
    }

    /// All regions are there: sorts their pairs, so that those of one key stand side by side (§4.2).
    fn begin_reduce(&mut self, cx: &mut Context<'_, Node>) {
        let Some(work) = &mut self.reduce else { return };
        let fetched = work.fetched.iter();
        let mut pairs: Vec<Pair> = fetched.flat_map(|f| f.pairs.iter()).cloned().collect();
        if cx.variant() != Variant::NoSort {
            pairs.sort();
            cx.note(Reason::Sorts {
                partition: work.partition,
                pairs: pairs.len() as u64,
                keys: grouped(&pairs).count() as u64,
            });
        }
        work.sorted = pairs.into();
        work.stage = Stage::Reducing(0);
        cx.cancel_timer(Timer::Fetch);
        self.set_reduce_timer(cx);
    }

    fn set_reduce_timer(&self, cx: &mut Context<'_, Node>) {
        let Some(work) = &self.reduce else { return };
        let us = work.bytes() * cx.config().us_per_byte * work.slowness;
        set_work_timer(cx, Timer::Reduce, us, work.task(), work.bytes());
    }

    pub(crate) fn on_reduce_timer(&mut self, cx: &mut Context<'_, Node>) {
        let Some(work) = &mut self.reduce else { return };
        let Stage::Reducing(done) = &mut work.stage else {
            return;
        };
        *done += 1;
        if *done < PIECES {
            self.set_reduce_timer(cx);
            return;
        }
        let rows = reduce(work.kind, &work.sorted, cx.variant());
        let size = rows.len().div_ceil(WRITES_MAX).max(ROWS_MIN);
        let mut pieces: Vec<Arc<[OutputRow]>> = rows.chunks(size).map(Arc::from).collect();
        if pieces.is_empty() {
            pieces.push(Arc::from([]));
        }
        work.stage = Stage::Writing { pieces, written: 0 };
        self.write_on(cx);
    }

    /// Writes the next piece of the output file, or asks for its final name; for the first time or again.
    pub(crate) fn write_on(&mut self, cx: &mut Context<'_, Node>) {
        let (Some(job), Some(work)) = (self.job, &self.reduce) else {
            return;
        };
        let Stage::Writing { pieces, written } = &work.stage else {
            return;
        };
        let (partition, attempt) = (work.partition, work.attempt);
        let of = pieces.len() as u16;
        let (message, reason) = match pieces.get(usize::from(*written)) {
            Some(rows) => (
                Message::WriteOutput {
                    job,
                    partition,
                    attempt,
                    piece: *written,
                    rows: rows.clone(),
                },
                Reason::WritesPiece {
                    partition,
                    piece: u64::from(*written) + 1,
                    of: of.into(),
                },
            ),
            None => (
                Message::Rename {
                    job,
                    partition,
                    attempt,
                    pieces: of,
                },
                Reason::AsksRename { partition },
            ),
        };
        cx.send(MapReduceConfig::FILES, message, reason);
        let retry = cx.config().retry_us;
        let reason = Reason::AwaitsFiles { partition };
        cx.set_timer(Timer::Commit, retry, retry, reason);
    }

    pub(crate) fn on_written(
        &mut self,
        cx: &mut Context<'_, Node>,
        attempt: AttemptId,
        piece: u16,
    ) {
        let work = self.reduce.as_mut().filter(|work| work.attempt == attempt);
        match work.map(|work| &mut work.stage) {
            Some(Stage::Writing { pieces, written }) if *written == piece => {
                *written += 1;
                let all = usize::from(*written) == pieces.len();
                if all && cx.variant() == Variant::NoAtomicRename {
                    self.on_renamed(cx, attempt);
                } else {
                    self.write_on(cx);
                }
            }
            _ => cx.note(Reason::LateAnswer),
        }
    }

    /// The output of the task is there, from this execution or another.
    pub(crate) fn on_renamed(&mut self, cx: &mut Context<'_, Node>, attempt: AttemptId) {
        let Some(work) = self.reduce.as_ref().filter(|work| work.attempt == attempt) else {
            cx.note(Reason::LateAnswer);
            return;
        };
        let Stage::Writing { pieces, .. } = &work.stage else {
            return;
        };
        let done = ReducedPart {
            partition: work.partition,
            attempt,
            rows: pieces.iter().map(|piece| piece.len() as u64).sum(),
        };
        self.reduced.push(done);
        self.drop_reduce(cx);
        self.report_reduce(cx, done);
    }

    fn report_reduce(&self, cx: &mut Context<'_, Node>, done: ReducedPart) {
        let Some(job) = self.job else { return };
        let message = Message::ReduceDone {
            job,
            partition: done.partition,
            attempt: done.attempt,
            starts: self.starts,
            rows: done.rows,
        };
        let reason = Reason::Reduced {
            partition: done.partition,
            rows: done.rows,
        };
        cx.send(MapReduceConfig::MASTER, message, reason);
    }
}
