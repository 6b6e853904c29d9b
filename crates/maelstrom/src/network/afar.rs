//! The messages that are under way at other hubs, as what those have noted tells. Knows nothing of how it comes here.

use super::FLIGHT_BYTES_MAX;
use crate::journal::{Entry, weight};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::Envelope;
use wire::journal::Flight;

/// What is under way elsewhere, by number, and at which hub. What would take more memory than the network's own is not in it.
#[derive(Clone, Default, Debug)]
pub(crate) struct Afar {
    flights: BTreeMap<u64, (u64, Flight)>,
    bytes: usize,
}

impl Afar {
    /// The messages, by number.
    pub(crate) fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.flights.values().map(|(_, flight)| flight)
    }

    /// A message is under way at this hub.
    pub(crate) fn add(&mut self, hub: u64, flight: Flight) {
        let id = flight.message.id.unwrap_or_default();
        self.end(id);
        let bytes = self.bytes.saturating_add(weight(&flight.message));
        if bytes <= FLIGHT_BYTES_MAX {
            self.bytes = bytes;
            self.flights.insert(id, (hub, flight));
        }
    }

    /// A message is under way no longer.
    pub(crate) fn end(&mut self, id: u64) {
        if let Some((_, flight)) = self.flights.remove(&id) {
            self.bytes -= weight(&flight.message);
        }
    }

    /// Nobody knows any longer what is under way at this hub.
    pub(crate) fn forget(&mut self, hub: u64) {
        let theirs: Vec<u64> = self
            .flights
            .iter()
            .filter(|(_, (at, _))| *at == hub)
            .map(|(id, _)| *id)
            .collect();
        theirs.into_iter().for_each(|id| self.end(id));
    }

    /// Nobody knows any longer what is under way anywhere else.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Another hub has noted this; what was sent is under way at hub `at`, if that is another than this one. When a message is due its
    /// receiver's hub alone knows: for others it is due since it was sent, unless it is held.
    pub(crate) fn note(&mut self, time_us: u64, entry: &Entry, at: Option<u64>) {
        match entry {
            Entry::Send {
                lamport,
                due_us,
                message,
            } => {
                if let Some(hub) = at {
                    let flight = Flight {
                        message: message.clone(),
                        sent_us: time_us,
                        due_us: due_us.or(Some(time_us)),
                        lamport: *lamport,
                    };
                    self.add(hub, flight);
                }
            }
            Entry::Receive { id, .. } | Entry::Lost { id, .. } => self.end(*id),
            Entry::Held { id } => self.set_due(*id, None),
            Entry::Released { id, due_us } => self.set_due(*id, Some(*due_us)),
            Entry::Copied { id, of } => {
                if let Some((hub, mut flight)) = self.flights.get(of).cloned() {
                    let mut message = Envelope::clone(&flight.message);
                    message.id = Some(*id);
                    flight.message = Arc::new(message);
                    self.add(hub, flight);
                }
            }
            _ => {}
        }
    }

    fn set_due(&mut self, id: u64, due_us: Option<u64>) {
        if let Some((_, flight)) = self.flights.get_mut(&id) {
            flight.due_us = due_us;
        }
    }
}
