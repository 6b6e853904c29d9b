//! Subjects: what a drawn thing stands for. One name serves clicks, the keyboard and the accessible description.

use protocol::{Name, NodeId};

/// An end of a flow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum End {
    /// A node.
    Node(NodeId),
    /// All nodes of a tier.
    Tier(u8),
}

/// What a group of shapes stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// A node.
    Node(NodeId),
    /// One copy of a message.
    Message {
        /// Its name.
        name: Name,
        /// Which copy, from 0.
        copy: u32,
    },
    /// Many messages one way, drawn as one.
    Flow {
        /// Their sender or senders.
        from: End,
        /// Their addressee or addressees.
        to: End,
    },
    /// A cut: its place in [`trace::Frame::cuts`].
    Cut(u32),
    /// A vote.
    Vote {
        /// Whose candidacy it is about.
        candidate: NodeId,
        /// Whose vote it is.
        voter: NodeId,
    },
    /// An epoch in the legend.
    Epoch(u64),
    /// A cell of a node's log.
    Cell {
        /// Whose log.
        node: NodeId,
        /// Its index in the log.
        index: u64,
    },
    /// A part of a picture: its place among the items of a queue, a tree or a history, or among the points of a ring.
    Part(u32),
    /// A point of a chart.
    Datum {
        /// Of which series: its place.
        series: u32,
        /// Its place among the points of the series.
        point: u32,
    },
    /// A mark on the timeline: its place in [`crate::TimelineInput::marks`].
    Mark(u32),
    /// A branch on the timeline: its place in [`crate::TimelineInput::tracks`].
    Branch(u32),
    /// An event on the diagram: its step.
    Event(u64),
    /// A fold of the diagram: when it begins, in microseconds.
    Fold(u64),
}
