//! Sequential specifications: register, compare-and-set register, key-value map, queue, lock. Know nothing of the checker.

use crate::Specification;
use std::collections::{BTreeMap, VecDeque};
use std::hash::Hash;

/// A register that is read and written.
#[derive(Clone, Debug)]
pub struct Register<V> {
    /// What it holds at first.
    pub initial: V,
}

/// An operation on a [`Register`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RegisterOp<V> {
    /// Reads; with the value that was answered, if an answer came.
    Read(Option<V>),
    /// Writes this value.
    Write(V),
}

impl<V: Clone + Eq + Hash> Specification for Register<V> {
    type State = V;
    type Op = RegisterOp<V>;
    type Key = ();

    fn initial(&self) -> V {
        self.initial.clone()
    }

    fn step(&self, state: &V, op: &RegisterOp<V>) -> Option<V> {
        match op {
            RegisterOp::Read(seen) => fits(seen.as_ref(), state).then(|| state.clone()),
            RegisterOp::Write(value) => Some(value.clone()),
        }
    }

    fn key(&self, _: &RegisterOp<V>) {}

    fn reads(&self, op: &RegisterOp<V>) -> bool {
        matches!(op, RegisterOp::Read(_))
    }
}

/// A register that can also be changed on condition that it holds a given value.
#[derive(Clone, Debug)]
pub struct CasRegister<V> {
    /// What it holds at first.
    pub initial: V,
}

/// An operation on a [`CasRegister`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CasRegisterOp<V> {
    /// Reads; with the value that was answered, if an answer came.
    Read(Option<V>),
    /// Writes this value.
    Write(V),
    /// Compare-and-set.
    Cas {
        /// The value that must be there.
        from: V,
        /// The value that takes its place.
        to: V,
        /// Whether it was there, if an answer came.
        swapped: Option<bool>,
    },
}

impl<V: Clone + Eq + Hash> Specification for CasRegister<V> {
    type State = V;
    type Op = CasRegisterOp<V>;
    type Key = ();

    fn initial(&self) -> V {
        self.initial.clone()
    }

    fn step(&self, state: &V, op: &CasRegisterOp<V>) -> Option<V> {
        match op {
            CasRegisterOp::Read(seen) => fits(seen.as_ref(), state).then(|| state.clone()),
            CasRegisterOp::Write(value) => Some(value.clone()),
            CasRegisterOp::Cas { from, to, swapped } => {
                let swaps = from == state;
                fits(swapped.as_ref(), &swaps).then(|| if swaps { to } else { state }.clone())
            }
        }
    }

    fn key(&self, _: &CasRegisterOp<V>) {}

    fn reads(&self, op: &CasRegisterOp<V>) -> bool {
        match op {
            CasRegisterOp::Read(_) => true,
            CasRegisterOp::Write(_) => false,
            CasRegisterOp::Cas { swapped, .. } => *swapped == Some(false),
        }
    }
}

/// A map from keys to texts, all empty at first. Each key is an object of its own.
#[derive(Clone, Copy, Debug)]
pub struct KeyValue;

/// An operation on a [`KeyValue`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyValueOp {
    /// At which key.
    pub key: String,
    /// What is done there.
    pub action: KeyValueAction,
}

/// What an operation does at its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyValueAction {
    /// Reads; with the text that was answered, if an answer came. A key that was never written reads as the empty text.
    Get(Option<String>),
    /// Replaces the text.
    Put(String),
    /// Adds to the end of the text.
    Append(String),
}

impl Specification for KeyValue {
    type State = BTreeMap<String, String>;
    type Op = KeyValueOp;
    type Key = String;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(&self, state: &Self::State, op: &KeyValueOp) -> Option<Self::State> {
        let present = state.get(&op.key).map_or("", String::as_str);
        let text = match &op.action {
            KeyValueAction::Get(seen) => {
                let fits = seen.as_ref().is_none_or(|seen| seen == present);
                return fits.then(|| state.clone());
            }
            KeyValueAction::Put(text) => text.clone(),
            KeyValueAction::Append(text) => [present, text].concat(),
        };
        let mut state = state.clone();
        // Empty and absent are one state.
        if text.is_empty() {
            state.remove(&op.key);
        } else {
            state.insert(op.key.clone(), text);
        }
        Some(state)
    }

    fn key(&self, op: &KeyValueOp) -> String {
        op.key.clone()
    }

    fn reads(&self, op: &KeyValueOp) -> bool {
        matches!(op.action, KeyValueAction::Get(_))
    }
}

/// A queue, first in, first out, empty at first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queue<V>(std::marker::PhantomData<V>);

/// An operation on a [`Queue`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum QueueOp<V> {
    /// Adds this value at the end.
    Enqueue(V),
    /// Takes the first value; with what was answered, if an answer came: `Some(None)` found the queue empty.
    Dequeue(Option<Option<V>>),
}

impl<V: Clone + Eq + Hash> Specification for Queue<V> {
    type State = VecDeque<V>;
    type Op = QueueOp<V>;
    type Key = ();

    fn initial(&self) -> VecDeque<V> {
        VecDeque::new()
    }

    fn step(&self, state: &VecDeque<V>, op: &QueueOp<V>) -> Option<VecDeque<V>> {
        if let QueueOp::Dequeue(Some(seen)) = op
            && seen.as_ref() != state.front()
        {
            return None;
        }
        let mut state = state.clone();
        match op {
            QueueOp::Enqueue(value) => state.push_back(value.clone()),
            QueueOp::Dequeue(_) => {
                state.pop_front();
            }
        }
        Some(state)
    }

    fn key(&self, _: &QueueOp<V>) {}

    fn reads(&self, op: &QueueOp<V>) -> bool {
        // What found the queue empty left it so.
        matches!(op, QueueOp::Dequeue(Some(None)))
    }
}

/// A lock that one client holds at a time, free at first. Whoever holds it does not get it a second time.
#[derive(Clone, Copy, Debug)]
pub struct Lock;

/// An operation on a [`Lock`], that took effect unless nobody heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockOp {
    /// This client gets it.
    Acquire(u32),
    /// This client, which holds it, gives it back.
    Release(u32),
}

impl Specification for Lock {
    type State = Option<u32>;
    type Op = LockOp;
    type Key = ();

    fn initial(&self) -> Option<u32> {
        None
    }

    fn step(&self, holder: &Option<u32>, op: &LockOp) -> Option<Option<u32>> {
        match (op, holder) {
            (LockOp::Acquire(client), None) => Some(Some(*client)),
            (LockOp::Release(client), Some(held)) if client == held => Some(None),
            _ => None,
        }
    }

    fn key(&self, _: &LockOp) {}
}

/// Whether what was heard, if anything, is so.
fn fits<T: Eq>(heard: Option<&T>, present: &T) -> bool {
    heard.is_none_or(|heard| heard == present)
}
