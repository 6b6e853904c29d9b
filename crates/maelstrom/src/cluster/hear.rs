//! What a hub makes of what others say.

use super::*;
use wire::journal::NodeState;

impl Cluster {
    /// Another hub said something.
    pub fn hear(&mut self, now_us: u64, hub: &mut Hub, say: Say) {
        match say {
            Say::Here(here) => self.here(now_us, hub, here),
            Say::Bye { hub: place } => self.gone(now_us, hub, place, "its hub ended"),
            Say::Pass {
                hub: place,
                after,
                lamport,
                message,
            } => match self.others.get_mut(&place) {
                Some(other) if other.records < after => {
                    other.early.push_back((after, message, lamport));
                }
                _ => self.accept(now_us, hub, place, message, lamport),
            },
            Say::Got { ids } => {
                for id in ids {
                    self.passed.remove(&id);
                }
            }
            Say::Records {
                hub: place,
                first,
                records,
            } => self.records(now_us, hub, place, first, records),
            Say::Weather(weather) => hub.network.set_weather(weather),
            Say::Ask => self.asked = true,
            Say::Stands {
                hub: place,
                flights,
                views,
            } => {
                let Some(other) = self.others.get(&place) else {
                    return;
                };
                let own_us = |us| self.own_us(&other.here, us);
                for flight in flights {
                    let sent_us = own_us(flight.sent_us);
                    let due_us = flight.due_us.map(own_us);
                    let flight = Flight {
                        sent_us,
                        due_us,
                        ..flight
                    };
                    hub.network.afar.add(place, flight);
                }
                for (node, view) in views {
                    hub.show(&node, view);
                }
            }
            Say::Errand(errand) => self.heard.push(Heard::Errand(errand)),
        }
    }

    /// A message has come from another hub.
    fn accept(&mut self, now_us: u64, hub: &mut Hub, place: u64, message: Envelope, lamport: u64) {
        self.got.entry(place).or_default().extend(message.id.iter());
        // What becomes of it is in the journal.
        let _ = hub.network.accept(now_us, message, lamport);
    }

    /// A time of another hub on this hub's axis, as far as their clocks agree.
    const fn own_us(&self, there: &Here, us: u64) -> u64 {
        there
            .began_us
            .saturating_add(us)
            .saturating_sub(self.me.began_us)
    }

    /// So many records of another hub have come or never will: what waited for them is taken.
    fn take_early(&mut self, now_us: u64, hub: &mut Hub, place: u64) {
        while let Some(other) = self.others.get_mut(&place)
            && let Some((_, message, lamport)) = other
                .early
                .pop_front_if(|(after, ..)| *after <= other.records)
        {
            self.accept(now_us, hub, place, message, lamport);
        }
    }

    fn here(&mut self, now_us: u64, hub: &mut Hub, here: Here) {
        let place = here.hub;
        if here.format != FORMAT {
            let format = here.format;
            let text = format!(
                "hub {place} speaks version {format} between hubs, and this one {FORMAT}: it is passed over; take the same Synod for all"
            );
            self.heard.push(Heard::Warn(text));
            return;
        }
        if place == self.me.hub && here.id != self.me.id && !self.makes_way(now_us, hub, &here) {
            return;
        }
        let known = self.others.get(&place);
        let younger = |it: &&Other| (it.here.began_us, it.here.id) < (here.began_us, here.id);
        if known
            .filter(younger)
            .is_some_and(|it| it.here.id != here.id)
        {
            // It draws another number, or follows one that is gone and has not been missed yet.
            return;
        }
        let elder = (here.began_us, place) < (self.me.began_us, self.me.hub);
        let known = known.filter(|it| it.here.id == here.id);
        let came = known.is_none();
        if came {
            self.heard.push(Heard::Came { hub: place });
            self.out.push((To::All, Say::Ask));
            // It is told who is here at once.
            self.here_us = now_us;
        }
        if came && elder {
            // Whoever comes, for the first time or again, finds the network as it is.
            hub.network.align(now_us, here.holding, here.cuts.clone());
        }
        let before: BTreeSet<&str> = known
            .iter()
            .flat_map(|other| &other.here.nodes)
            .map(|seat| &*seat.node)
            .collect();
        let now: BTreeSet<&str> = here.nodes.iter().map(|seat| &*seat.node).collect();
        for node in before.difference(&now) {
            // What another hub gave up may be here meanwhile, or have been all along.
            if hub.network.away(node) == Some(place) {
                hub.lost(now_us, node, place, "it left its hub");
            }
        }
        for seat in &here.nodes {
            let own = hub.names().contains(&seat.node);
            if own && hub.network.away(&seat.node).is_none() {
                if !elder {
                    continue;
                }
                let node = seat.node.clone();
                self.heard.push(Heard::Evict { node });
                continue;
            }
            let at = hub.network.away(&seat.node).filter(|at| *at != place);
            let at_elder = at.and_then(|at| self.others.get(&at)).is_some_and(|it| {
                (it.here.began_us, it.here.hub) < (here.began_us, place)
                    && it.here.nodes.iter().any(|it| it.node == seat.node)
            });
            // Of two others with one name the elder keeps it.
            if !at_elder {
                hub.elsewhere(now_us, &seat.node, place, seat.now, seat.end.clone());
            }
        }
        let said = here.said;
        let known = self
            .others
            .remove(&place)
            .filter(|it| it.here.id == here.id);
        let other = Other {
            here,
            until_us: now_us.saturating_add(GONE_AFTER_US),
            records: known.as_ref().map_or(said, |other| other.records),
            early: known.map(|other| other.early).unwrap_or_default(),
        };
        self.others.insert(place, other);
        self.missing(now_us, hub, place, said);
        self.keep(hub);
    }

    /// Another hub has the number of this one: the younger draws again, unless it has given out its own. Answers whether this one did.
    fn makes_way(&mut self, now_us: u64, hub: &mut Hub, here: &Here) -> bool {
        if (self.me.began_us, self.me.id) < (here.began_us, here.id) {
            // Whoever comes hears at once whose the number is.
            self.here_us = now_us;
            return false;
        }
        if self.settled {
            let place = self.me.hub;
            let text = format!("another hub has the number {place} as well; start this one again");
            self.heard.push(Heard::Fatal(text));
            return false;
        }
        while self.me.hub == here.hub || self.others.contains_key(&self.me.hub) {
            self.drawn += 1;
            self.me.hub = draw(self.me.id, self.drawn);
        }
        hub.settle(self.me.hub);
        self.keeper = self.me.hub;
        true
    }

    /// `first` records of another hub were said, and those that have not come never will.
    fn missing(&mut self, now_us: u64, hub: &mut Hub, place: u64, first: u64) {
        let Some(other) = self.others.get_mut(&place) else {
            return;
        };
        let missed = first.saturating_sub(other.records);
        if missed > 0 {
            other.records = first;
            let entry = Entry::Missed { records: missed };
            hub.network.journal.adopt(now_us, place, entry);
            // What was under way there may have ended, and something else be under way.
            hub.network.afar.forget(place);
            self.out.push((To::All, Say::Ask));
        }
        self.take_early(now_us, hub, place);
    }

    /// A hub is gone, and all its nodes with it.
    pub(super) fn gone(&mut self, now_us: u64, hub: &mut Hub, place: u64, why: &str) {
        let Some(other) = self.others.remove(&place) else {
            return;
        };
        for seat in other.here.nodes {
            if hub.network.away(&seat.node) == Some(place) {
                hub.lost(now_us, &seat.node, place, why);
            }
        }
        let lost: Vec<u64> = self
            .passed
            .iter()
            .filter(|(_, passed)| passed.hub == place)
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            if let Some(passed) = self.passed.remove(&id) {
                hub.network.lose(now_us, &passed.message, Loss::NotPassed);
            }
        }
        // What it had sent to others, and they never got, nobody else can tell.
        hub.network.afar.clear();
        self.out.push((To::All, Say::Ask));
        self.heard.push(Heard::Gone { hub: place });
        let text = format!("hub {place} is gone: {why}");
        self.heard.push(Heard::Warn(text));
        self.keep(hub);
    }

    /// The eldest hub has the services.
    fn keep(&mut self, hub: &mut Hub) {
        let here = self
            .others
            .values()
            .map(|other| &other.here)
            .chain([&self.me]);
        let eldest = here.min_by_key(|here| (here.began_us, here.hub));
        let keeper = eldest.map_or(self.me.hub, |here| here.hub);
        let mine = keeper == self.me.hub;
        for service in SERVICES {
            hub.network.send_away(service, (!mine).then_some(keeper));
        }
        if mine && self.keeper != keeper {
            let text =
                "the hub that had the services is gone: they begin anew here, with nothing in them";
            self.heard.push(Heard::Warn(text.into()));
        }
        self.keeper = keeper;
    }

    fn records(
        &mut self,
        now_us: u64,
        hub: &mut Hub,
        place: u64,
        first: u64,
        records: Vec<Record>,
    ) {
        self.missing(now_us, hub, place, first);
        let Some(other) = self.others.get_mut(&place) else {
            return;
        };
        other.records = first + records.len() as u64;
        let there = other.here.clone();
        for record in records {
            let time_us = self.own_us(&there, record.time_us);
            let mut entry = record.entry;
            match &mut entry {
                Entry::Fault(fault) => {
                    hub.network.follow(now_us, fault);
                    self.heard.push(Heard::Fault(fault.clone()));
                }
                Entry::Send {
                    due_us: Some(due_us),
                    ..
                }
                | Entry::Released { due_us, .. } => *due_us = self.own_us(&there, *due_us),
                Entry::View { node, view } => hub.show(node, view.clone()),
                // How a node ended is told by `Here`, which comes behind. That it runs is known before what it receives.
                Entry::Node { node, now, .. } => {
                    let runs = matches!(now, NodeState::Starting | NodeState::Ready);
                    if runs && hub.network.away(node) == Some(place) {
                        hub.elsewhere(now_us, node, place, *now, None);
                    }
                    continue;
                }
                _ => {}
            }
            hub.network.adopt(time_us, place, entry);
        }
        self.take_early(now_us, hub, place);
    }
}
