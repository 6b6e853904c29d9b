//! Lamport 2002, *Specifying systems*: the hour clock, the asynchronous interface and what the alternating bit protocol is to do,
//! as in tlaplus/Examples.

use search::model::Model;

/// `HourClock.tla`.
pub(crate) struct HourClock;

impl Model for HourClock {
    type State = u8;
    type Action = ();

    fn initial(&self) -> Vec<u8> {
        (1..=12).collect()
    }

    fn actions(&self, _: &u8, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next(&self, hour: &u8, (): ()) -> Option<u8> {
        Some(if *hour == 12 { 1 } else { hour + 1 })
    }
}

/// `AsynchInterface.tla`: a value, and two bits that say whether it was sent and whether it was taken.
pub(crate) struct Handshake {
    pub(crate) data: u8,
}

impl Model for Handshake {
    /// Value, ready, acknowledged.
    type State = (u8, bool, bool);
    /// What is sent; `None`: what was sent is taken.
    type Action = Option<u8>;

    fn initial(&self) -> Vec<Self::State> {
        let bits = [false, true];
        (0..self.data)
            .flat_map(|value| bits.map(|bit| (value, bit, bit)))
            .collect()
    }

    fn actions(&self, (_, ready, acknowledged): &Self::State, actions: &mut Vec<Option<u8>>) {
        if ready == acknowledged {
            actions.extend((0..self.data).map(Some));
        } else {
            actions.push(None);
        }
    }

    fn next(
        &self,
        (value, ready, acknowledged): &Self::State,
        sent: Option<u8>,
    ) -> Option<Self::State> {
        Some(match sent {
            Some(sent) => (sent, !ready, *acknowledged),
            None => (*value, *ready, !acknowledged),
        })
    }
}

/// `ABCorrectness.tla`: a value is sent, received, and its receipt is received.
pub(crate) struct AlternatingBit {
    pub(crate) data: u8,
}

#[derive(Clone, Hash)]
pub(crate) struct Bits {
    sender: bool,
    acknowledged: bool,
    receiver: bool,
    sent: u8,
    received: u8,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(u8),
    Receive,
    ReceiveAck,
}

impl Model for AlternatingBit {
    type State = Bits;
    type Action = Step;

    fn initial(&self) -> Vec<Bits> {
        let mut all = Vec::new();
        for bit in [false, true] {
            for sent in 0..self.data {
                all.extend((0..self.data).map(|received| Bits {
                    sender: bit,
                    acknowledged: bit,
                    receiver: bit,
                    sent,
                    received,
                }));
            }
        }
        all
    }

    fn actions(&self, bits: &Bits, actions: &mut Vec<Step>) {
        if bits.acknowledged == bits.sender {
            actions.extend((0..self.data).map(Step::Send));
        }
        if bits.receiver != bits.sender {
            actions.push(Step::Receive);
        }
        if bits.receiver != bits.acknowledged {
            actions.push(Step::ReceiveAck);
        }
    }

    fn next(&self, bits: &Bits, step: Step) -> Option<Bits> {
        let mut next = bits.clone();
        match step {
            Step::Send(value) => (next.sent, next.sender) = (value, !bits.sender),
            Step::Receive => (next.receiver, next.received) = (bits.sender, bits.sent),
            Step::ReceiveAck => next.acknowledged = bits.receiver,
        }
        Some(next)
    }
}
