//! What the views see of a cluster, without its types: a record to look at, and for a simulated one, the levers.

use crate::{Action, CallEvent, Edit, Moment, Run, SimError};
use protocol::{
    Hue, Name, NodeId, OperationSpec, Parameter, Phrase, Picture, Property, Rule, Value, WhyNot,
};
use std::any::Any;
use std::rc::Rc;
use trace::{Event, Frame, Language, Mark, PropertyStatus};

/// What a protocol says of itself, without its types.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its id.
    pub id: &'static str,
    /// What it is called, in English and in 简体中文.
    pub title: [&'static str; 2],
    /// Its behaviour version.
    pub behaviour: u32,
    /// What hue answers.
    pub hue: Hue,
    /// Microseconds of virtual time a second, unless the viewer chooses.
    pub pace_us: u64,
    /// The protocol's own parameters.
    pub parameters: &'static [Parameter],
    /// Its promises.
    pub properties: &'static [Property],
    /// Its variants: (id, the property that it breaks). The first is sound.
    pub variants: &'static [(&'static str, Option<&'static str>)],
    /// The rules that its reasons cite.
    pub rules: &'static [Rule],
    /// What its clients can be asked.
    pub operations: &'static [OperationSpec],
    /// Whether its clients share an object, so that [`Source::calls`] tells what they did to it.
    pub shares: bool,
    /// The id of the timer of this index.
    pub timer: fn(u8) -> &'static str,
    /// Its words in a language, `en` or `zh`.
    pub words: fn(&str) -> &'static str,
}

impl About {
    /// What it is called.
    pub const fn title(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.title[0],
            Language::Chinese => self.title[1],
        }
    }
}

/// Something that waits to happen: a row of *Up next*.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// What picking it does.
    pub action: Action,
    /// The name that its event will have.
    pub event: Name,
    /// The message, where it is one that arrives.
    pub message: Option<Name>,
    /// When it happens by itself.
    pub due_us: u64,
    /// The earliest that it may happen; picking it before moves `now` there.
    pub earliest_us: u64,
    /// Whether its time has passed: timed play takes it next, at `now`.
    pub late: bool,
    /// Whether it stands still: the message is held, or its node paused.
    pub held: bool,
    /// At which node it happens.
    pub node: NodeId,
    /// Its sentence.
    pub phrase: Phrase,
    /// The epoch it carries, for its hue.
    pub epoch: Option<u64>,
    /// Whether it is a heartbeat or such, which rows fold together.
    pub faint: bool,
}

/// A branch of the tree of timelines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Branch {
    /// Its place in the tree, from 0; never reused.
    pub id: u32,
    /// The branch that it left, and after which step of it.
    pub parent: Option<(u32, u64)>,
    /// How many steps it has, those shared with its parent included.
    pub len: u64,
    /// The virtual time of its last step.
    pub end_us: u64,
    /// The first action that made it what it is; `None` for the first branch.
    pub first: Option<Phrase>,
    /// Whether a person acted in the part that is its own.
    pub acted: bool,
}

/// What an action or a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stepped {
    /// The cursor's step now.
    pub step: u64,
    /// Whether it started a new branch.
    pub branched: bool,
    /// Whether a property was violated at this step.
    pub violated: bool,
    /// Whether the step is a turning point.
    pub moment: bool,
}

/// A record that the views can show, with a cursor.
pub trait Source {
    /// What the protocol says of itself.
    fn about(&self) -> &'static About;
    /// The nodes' labels, by id.
    fn labels(&self) -> &[String];
    /// The cursor: how many steps have happened.
    fn step(&self) -> u64;
    /// How many steps the current branch has recorded.
    fn len(&self) -> u64;
    /// Whether nothing is recorded yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The virtual time of the cursor, in microseconds.
    fn now_us(&self) -> u64;
    /// When the next event is due: recorded in the past, computed at the end. `None` if nothing waits.
    fn next_us(&self) -> Option<u64>;
    /// Everything that the views show at the cursor.
    fn frame(&self) -> Frame;
    /// The event of `step` (from 1) of the current branch, with bodies and reasons. Replays what is no longer kept.
    fn event(&mut self, step: u64) -> Option<Event>;
    /// The noteworthy steps of the current branch, in order.
    fn marks(&self) -> &[Mark];
    /// How the properties stand at the cursor, in the order of [`About::properties`].
    fn properties(&self) -> Vec<PropertyStatus>;
    /// What the cluster as a whole shows of itself at the cursor: charts, tables of figures.
    fn pictures(&self) -> Vec<Picture>;
    /// What clients called and what they heard, as far as the current branch is recorded, oldest first, without the first
    /// `from`: a list that only grows, in each branch. Empty where clients share no object ([`About::shares`]).
    fn calls(&self, from: usize) -> Vec<CallEvent>;
    /// What may be asked of a node at the cursor: why what it is there for has not come about.
    fn why_not(&self, node: NodeId) -> Vec<WhyNot>;
    /// A node's volatile state at the cursor, as a tree; `None` while it is down. Of lists and maps longer than
    /// [`crate::LISTED_MAX`] all but the last so many are null: what is looked at step by step must not cost what it has grown to.
    fn node_state(&self, node: NodeId) -> Option<serde_json::Value>;
    /// A node's disk at the cursor, as a tree, shortened in the same way.
    fn disk_state(&self, node: NodeId) -> Option<serde_json::Value>;
    /// The last step at or before the virtual time `at_us`.
    fn step_at(&self, at_us: u64) -> u64;
    /// The virtual time of `step`.
    fn time_of(&self, step: u64) -> u64;
    /// The name of the event of `step` (from 1); `None` beyond what is recorded.
    fn name_of(&self, step: u64) -> Option<Name>;
    /// The step of the event of this name, the last before the step `before` of the current branch.
    fn step_of(&self, name: Name, before: u64) -> Option<u64>;
    /// Moves the cursor.
    ///
    /// # Errors
    /// A step beyond the end.
    fn seek(&mut self, step: u64) -> Result<(), SimError>;
    /// Of what happened elsewhere: what the views show before the first event, and what its file says of where it came from.
    fn recorded(&self) -> Option<(Frame, serde_json::Value)> {
        None
    }
    /// Words that came along with what happened elsewhere, if any did.
    fn brought(&self) -> Option<&trace::Brought> {
        None
    }
    /// Why nobody can act upon it, as a part of a sentence: it happened elsewhere. `None` where one can.
    fn fixed(&self) -> Option<Phrase> {
        None
    }
    /// The record itself, where it grows by what comes from elsewhere: whoever feeds it knows its type.
    fn growing(&mut self) -> Option<&mut dyn Any> {
        None
    }
}

/// A simulated cluster: everything a [`Source`] shows, and the levers.
pub trait Playable: Source {
    /// The run of the current branch.
    fn run(&self) -> Run;
    /// The digest of the run up to the cursor: the same on every platform.
    fn digest(&self) -> Name;
    /// What waits to happen at the cursor, earliest first; the first is what [`Playable::advance`] does at the end.
    fn pending(&self) -> Vec<Pending>;
    /// Everything that can be done at the cursor, in a stable order: what waits, then the faults. What takes a value of its own
    /// (a parameter, an operation, a clock's drift, another cut than round one node) and who comes or leaves is not listed.
    fn enabled(&self) -> Vec<Action>;
    /// The cluster at the cursor, to search from; `None` where it is [`Source::fixed`].
    fn moment(&self) -> Option<Rc<dyn Moment>>;
    /// In the past, what went next; `None` at the end.
    fn went_next(&self) -> Option<Action>;
    /// One step of timed play: in the past the recorded next one, at the end the earliest due one. `None` if nothing waits.
    fn advance(&mut self) -> Option<Stepped>;
    /// Does `action` at the cursor, at virtual time `at_us` or as soon after as is legal (before the next due event, or `now`).
    /// At the end it extends the branch. In the past it starts a new one, unless it is just what went next.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed then.
    fn act(&mut self, action: &Action, at_us: u64) -> Result<Stepped, SimError>;
    /// The branches, in the order of their making.
    fn branches(&self) -> Vec<Branch>;
    /// The id of the current branch.
    fn branch(&self) -> u32;
    /// Makes another branch the current one, with the cursor at its end or at `step`.
    ///
    /// # Errors
    /// No such branch, or a step beyond its end.
    fn switch(&mut self, branch: u32, step: Option<u64>) -> Result<(), SimError>;
    /// A branch as a tree of its own, with the cursor at its beginning, its record and its edits: to look at while another is the
    /// current one. It shares the checkpoints; what happens in the one is nothing to the other.
    ///
    /// # Errors
    /// No such branch.
    fn alone(&self, branch: u32) -> Result<Box<dyn Playable>, SimError>;
    /// Starts a branch at the cursor with the same past and no recorded future: where undo leaves the reader, so that Play
    /// does not do again what was undone. At the end, and where such a branch is there already, no other is made.
    /// Answers with the branch, which is the current one now.
    fn fork(&mut self) -> u32;
    /// The step of the last edit at or before the cursor, with its action: what undo goes back before.
    fn last_edit(&self) -> Option<(u64, Action)>;
    /// Edits that came to nothing in the current branch, with the reason.
    fn unmet_edits(&self) -> Vec<(Edit, SimError)>;
    /// The value of a parameter at the cursor, of the protocol or of the network.
    fn parameter(&self, key: &str) -> Option<Value>;
    /// The edits of the branches other than the current one, in the order of their making: what a link with all branches carries.
    fn other_edits(&self) -> Vec<Vec<Edit>>;
    /// Grows branches with these edits, in the order of their making, as a link with all branches does; the cursor stays where it
    /// is. Each ends behind its last edit, or with its parent if it lacks edits that the parent has. The first branch, which was
    /// there before, becomes the `place`-th of all: so each has the id that it had where the link was made.
    fn grow(&mut self, others: Vec<Vec<Edit>>, place: u32);
}
