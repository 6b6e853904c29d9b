//! Who a state is, for searching: what the future can depend on, without what two ways to the same state disagree about.
//!
//! Left out: names, `now`, due times, reasons, tallies, and how the state was come to. What follows keeps chance of its own
//! (which goes by names) and clocks of its own, so that of two states of one identity either stands for both as far as a node
//! acts on what it was told, not on how late it is.

use super::*;

impl<P: Protocol> Cluster<P> {
    /// The digest of nodes, disks, unsaved writes and the speech behind them, the multiset of messages, each node's timers in
    /// the order in which they may fire, the workload's place, cuts, parameters, and what the properties remember.
    pub(crate) fn identity(&self) -> u64 {
        self.identity_with(self.remembered())
    }

    /// The same, where the digest of what the properties remember is known.
    pub(crate) fn identity_with(&self, remembered: u64) -> u64 {
        let mut digest = Digest::default();
        self.nodes.hash(&mut digest);
        self.world.disks.hash(&mut digest);
        self.world.asked.hash(&mut digest);
        for speech in &self.world.speech {
            Self::identify_speech(speech, &mut digest);
        }
        for (index, host) in self.world.kernel.hosts.iter().enumerate() {
            self.identify_host(NodeId(index as u16), host, &mut digest);
        }
        self.identify_flights(&mut digest);
        // Cuts forbid what they forbid in any order.
        let mut cuts: Vec<u64> = self.world.kernel.cuts.iter().map(digest_of).collect();
        cuts.sort_unstable();
        cuts.hash(&mut digest);
        self.world.kernel.world.hash(&mut digest);
        self.setting.config.hash(&mut digest);
        self.setting.decisions.hash(&mut digest);
        remembered.hash(&mut digest);
        digest.finish()
    }

    /// The digest of what the properties remember, and of how they stand.
    pub(crate) fn remembered(&self) -> u64 {
        let mut digest = Digest::default();
        self.memory.hash(&mut digest);
        for (verdict, _) in &self.verdicts {
            std::mem::discriminant(verdict).hash(&mut digest);
        }
        digest.finish()
    }

    /// What waits at a disk. Writes of one event are one save: where a save ends, matters.
    fn identify_speech(speech: &VecDeque<Speech<P>>, digest: &mut Digest) {
        speech.len().hash(digest);
        let mut saved_by = None;
        for item in speech {
            std::mem::discriminant(item).hash(digest);
            match item {
                Speech::Save(event, write) => {
                    (saved_by == Some(*event)).hash(digest);
                    saved_by = Some(*event);
                    write.hash(digest);
                }
                Speech::Send { to, message, .. } => (to, message).hash(digest),
                Speech::Answer(id, answer) => (id, answer).hash(digest),
                Speech::Tell(fact) => fact.hash(digest),
                Speech::Notify(token) => token.hash(digest),
            }
        }
    }

    pub(super) fn identify_host(
        &self,
        node: NodeId,
        host: &crate::kernel::Host,
        digest: &mut Digest,
    ) {
        host.status.hash(digest);
        (host.drift_ppm, host.offset_us).hash(digest);
        (host.next_number, host.arrival.map(|(_, number)| number)).hash(digest);
        let timers = self.world.kernel.timers_from(node);
        let mut timers: Vec<(u64, u8)> = timers
            .map(|(index, earliest_us)| (earliest_us, index))
            .collect();
        timers.sort_unstable();
        timers.len().hash(digest);
        let mut before = None;
        for (earliest_us, index) in timers {
            (index, before == Some(earliest_us)).hash(digest);
            before = Some(earliest_us);
        }
    }

    fn identify_flights(&self, digest: &mut Digest) {
        let flights = self.world.kernel.on_stage();
        let arriving = flights.filter(|(_, flight)| flight.end == FlightEnd::Arrives);
        let mut all: Vec<u64> = arriving
            .map(|(slot, flight)| {
                digest_of(&(flight.from, flight.to, flight.held, self.body(slot)))
            })
            .collect();
        all.sort_unstable();
        all.hash(digest);
    }
}
