//! One connection: dialled, greeted, lost, dialled again with growing pauses. Knows no sockets: it is told what became of them.

use super::address::Address;
use protocol::{NodeId, Phrase};

/// How long it may take from dialling to the first frame, in microseconds of real time.
const PATIENCE_US: u64 = 8_000_000;
/// The first pause before it is dialled again, and the longest.
const PAUSE_US: (u64, u64) = (500_000, 15_000_000);

/// How a connection stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Link {
    /// It is being made, since then.
    Dialling {
        since_us: u64,
        /// Whether the other side has taken it, and only its first frame is missing.
        open: bool,
    },
    /// It could not be made, and whether anybody is there at all is being found out.
    Probing,
    /// Frames come.
    Watching,
    /// It is lost, and dialled again then.
    Lost { why: Phrase, again_us: u64 },
    /// It is not dialled again unless somebody says so.
    Ended(Phrase),
}

/// One connection.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) address: Address,
    /// The number of its latest socket.
    pub(crate) socket: u32,
    pub(crate) link: Link,
    /// Which node speaks here, once it has said so.
    pub(crate) node: Option<NodeId>,
    /// How many times it has started, as it said last.
    pub(crate) incarnation: u64,
    /// Whether it said that it shuts down.
    pub(crate) closing: bool,
    /// Whether the stage shows it as down, because nobody answers there any more.
    pub(crate) down: bool,
    /// How many events it was too fast for.
    pub(crate) missed: u64,
    /// How often it was dialled in vain since frames came last.
    tries: u32,
}

impl Stream {
    pub(crate) const fn new(address: Address, socket: u32, now_us: u64) -> Self {
        Self {
            address,
            socket,
            link: Link::Dialling {
                since_us: now_us,
                open: false,
            },
            node: None,
            incarnation: 0,
            closing: false,
            down: false,
            missed: 0,
            tries: 0,
        }
    }

    /// It is dialled once more, by this socket.
    pub(crate) fn dial(&mut self, socket: u32, now_us: u64) {
        self.socket = socket;
        self.closing = false;
        self.link = Link::Dialling {
            since_us: now_us,
            open: false,
        };
    }

    /// The other side has taken the connection.
    pub(crate) fn opened(&mut self, now_us: u64) {
        self.link = Link::Dialling {
            since_us: now_us,
            open: true,
        };
    }

    /// The first frame has come.
    pub(crate) fn greeted(&mut self) {
        self.tries = 0;
        self.link = Link::Watching;
    }

    /// It is lost, and will be dialled again: the sooner the fewer times that was in vain.
    pub(crate) fn lose(&mut self, why: Phrase, now_us: u64) {
        let (first, most) = PAUSE_US;
        let pause_us = (first << self.tries.min(10)).min(most);
        self.tries += 1;
        self.link = Link::Lost {
            why,
            again_us: now_us + pause_us,
        };
    }

    /// Whether it is to be dialled now.
    pub(crate) const fn is_due(&self, now_us: u64) -> bool {
        matches!(self.link, Link::Lost { again_us, .. } if again_us <= now_us)
    }

    /// Whether the other side has been silent for too long.
    pub(crate) const fn is_silent(&self, now_us: u64) -> bool {
        matches!(self.link, Link::Dialling { since_us, .. } if now_us - since_us >= PATIENCE_US)
    }

    /// A phrase about where it leads.
    pub(crate) fn phrase(&self, key: &'static str) -> Phrase {
        Phrase::new(key).text("address", self.address.url.clone())
    }

    /// Why it was closed, if the code with which it was tells.
    pub(crate) fn refusal(&self, code: u16) -> Option<Phrase> {
        (code == wire::watch::CLOSED_TOKEN).then(|| self.phrase("ui.join.wrong-token"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew() {
        let address = super::super::address::read("h:1", false).unwrap().remove(0);
        let mut stream = Stream::new(address, 0, 0);
        let mut pause = || {
            stream.lose(Phrase::new("x"), 0);
            match stream.link {
                Link::Lost { again_us, .. } => again_us / 1_000,
                _ => 0,
            }
        };
        let pauses: Vec<_> = (0..7).map(|_| pause()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
        stream.greeted();
        stream.lose(Phrase::new("x"), 0);
        assert!(stream.is_due(500_000) && !stream.is_due(499_999));
    }
}
