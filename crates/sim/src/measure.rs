//! A cluster that only runs: no tree, no cursor, no views. For measuring, and for whoever needs nothing but the end of a run.
//!
//! What is recorded and kept is the caller's choice, so that the price of each can be told apart.

use crate::cluster::Cluster;
use crate::kernel::Flight;
use crate::record::{Full, Nothing, Recorder, Summary};
use crate::timeline::{CHECKPOINTS_MAX, PIECES_MAX, SPACING};
use crate::{Run, SimError, tell};
use protocol::{Name, NodeId, Protocol, Verdict};
use std::collections::VecDeque;
use trace::Event;

/// What is noted of each step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recording {
    /// Nothing.
    Nothing,
    /// Events with their causes, facts, answers and verdicts, of all steps: who did what because of what.
    Summary,
    /// Everything: events with causes, bodies, reasons and fates for the last steps, and the time and name of every step,
    /// just as a timeline keeps them.
    Full,
}

/// A run of `P` without a timeline round it.
#[derive(Debug)]
pub struct Bare<P: Protocol> {
    run: Run,
    cluster: Cluster<P>,
    /// Pieces of full record, the newest at the back.
    pieces: VecDeque<Full<P>>,
    summary: Summary<P>,
    index: Vec<(u64, Name)>,
    checkpoints: Vec<(u64, Cluster<P>)>,
    /// Steps between checkpoints.
    spacing: u64,
}

impl<P: Protocol> Bare<P> {
    /// The cluster at the beginning of `run`.
    ///
    /// # Errors
    /// Another protocol's run, an unknown variant, or a configuration that is refused.
    pub fn open(run: &Run) -> Result<Self, SimError> {
        let mut run = run.clone();
        crate::run::put_in_order(&mut run.edits);
        Ok(Self {
            cluster: Cluster::new(&run)?,
            run,
            pieces: VecDeque::new(),
            summary: Summary::default(),
            index: Vec::new(),
            checkpoints: Vec::new(),
            spacing: SPACING,
        })
    }

    /// Up to `steps` more steps, each the next edit or what is due first; with a checkpoint every thousand if `checkpoints`.
    /// Returns how many there were: fewer once nothing waits.
    pub fn advance(&mut self, steps: u64, recording: Recording, checkpoints: bool) -> u64 {
        let before = self.steps();
        let end = before.saturating_add(steps);
        while self.steps() < end {
            let stop = (self.steps() / SPACING + 1) * SPACING;
            let more = match recording {
                Recording::Nothing => self.plainly(stop.min(end)),
                Recording::Summary => self.summarized(stop.min(end)),
                Recording::Full => self.recorded(stop.min(end)),
            };
            if checkpoints && self.steps().is_multiple_of(self.spacing) {
                self.checkpoint();
            }
            if !more {
                break;
            }
        }
        self.steps() - before
    }

    /// Steps up to number `end`; whether more can follow.
    fn plainly(&mut self, end: u64) -> bool {
        while self.cluster.kernel().steps < end {
            if self.cluster.step(&self.run.edits, &mut Nothing).is_none() {
                return false;
            }
        }
        true
    }

    /// The same, noting events and what they told.
    fn summarized(&mut self, end: u64) -> bool {
        while self.cluster.kernel().steps < end {
            if self
                .cluster
                .step(&self.run.edits, &mut self.summary)
                .is_none()
            {
                return false;
            }
        }
        true
    }

    /// The same, noting everything.
    fn recorded(&mut self, end: u64) -> bool {
        // A piece has no gaps: a message that is delivered in it either left in it or before all of it.
        let last = self.pieces.back().and_then(Full::steps);
        let goes_on = last.is_some_and(|(_, last)| last == self.steps());
        if self.steps().is_multiple_of(SPACING) || !goes_on {
            self.next_piece();
        }
        let piece = self.pieces.back_mut().expect("a piece that was just made");
        while self.cluster.kernel().steps < end {
            let Some(outcome) = self.cluster.step(&self.run.edits, piece) else {
                return false;
            };
            self.index.push((outcome.at_us, outcome.name));
        }
        true
    }

    fn next_piece(&mut self) {
        let mut piece = Full::default();
        if self.pieces.len() >= PIECES_MAX
            && let Some(oldest) = self.pieces.pop_front()
        {
            piece = oldest;
            piece.clear();
        }
        self.pieces.push_back(piece);
    }

    fn checkpoint(&mut self) {
        let steps = self.steps();
        self.checkpoints.push((steps, self.cluster.clone()));
        if self.checkpoints.len() > CHECKPOINTS_MAX {
            self.spacing *= 2;
            let spacing = self.spacing;
            self.checkpoints
                .retain(|(at, _)| at.is_multiple_of(spacing));
        }
    }

    /// What was noted and is kept, in order of the steps: the summary of all, or the full record of the last. Fates are as
    /// known when the messages left.
    pub fn events(&self) -> Vec<Event> {
        let labels: Vec<String> = self
            .cluster
            .roster()
            .iter()
            .map(|spec| spec.label.clone())
            .collect();
        let summary =
            (0..self.summary.len()).map(|place| tell::event(&self.summary, place, &labels));
        let full = self.pieces.iter().flat_map(|piece| {
            let labels = &labels;
            (0..piece.len()).map(move |place| tell::event(piece, place, labels))
        });
        summary.chain(full).collect()
    }

    /// How many steps have happened.
    pub const fn steps(&self) -> u64 {
        self.cluster.kernel().steps
    }

    /// Virtual time, in microseconds.
    pub const fn now_us(&self) -> u64 {
        self.cluster.kernel().now_us
    }

    /// What the charts are made of so far.
    pub const fn tally(&self) -> &P::Tally {
        self.cluster.tally()
    }

    /// The state of a node; `None` while it is down.
    pub fn node(&self, node: NodeId) -> Option<&P> {
        self.cluster.node(node)
    }

    /// How the properties stand, in the order of [`Protocol::PROPERTIES`].
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> + '_ {
        self.cluster.verdicts().iter().map(|(verdict, _)| verdict)
    }

    /// The digest of everything so far, the same on every platform and at every level of recording.
    pub fn digest(&self) -> Name {
        self.cluster.digest()
    }
}

/// What nodes sent and saved in a run, in order: for whoever has to write it down and read it back.
#[derive(Debug)]
pub struct Said<P: Protocol> {
    /// Every message that left.
    pub messages: Vec<P::Message>,
    /// Every write.
    pub writes: Vec<P::Write>,
}

impl<P: Protocol> Recorder<P> for Said<P> {
    const ON: bool = true;
    const DETAIL: bool = true;

    fn sent(&mut self, _: &Flight, message: &P::Message, _: P::Reason) {
        self.messages.push(message.clone());
    }

    fn saved(&mut self, write: P::Write, _: u64) {
        self.writes.push(write);
    }
}

/// What nodes send and save in the first `steps` steps of `run`.
///
/// # Errors
/// Another protocol's run, an unknown variant, or a configuration that is refused.
pub fn said<P: Protocol>(run: &Run, steps: u64) -> Result<Said<P>, SimError> {
    let mut cluster = Bare::<P>::open(run)?.cluster;
    let mut said = Said {
        messages: Vec::new(),
        writes: Vec::new(),
    };
    let mut edits = run.edits.clone();
    crate::run::put_in_order(&mut edits);
    while cluster.kernel().steps < steps && cluster.step(&edits, &mut said).is_some() {}
    Ok(said)
}
