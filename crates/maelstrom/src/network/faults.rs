//! How the network is disturbed and put right: links are cut, messages wait.

use super::{Fault, Flight, Network, Role};
use crate::journal::Entry;

impl Network {
    /// The links that are cut: who is not heard, by whom.
    pub fn cuts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cuts.iter().map(|(src, dest)| (&**src, &**dest))
    }

    /// Disturbs the network, or puts it right. What concerns processes is only noted: whoever runs them carries it out.
    pub fn disturb(&mut self, now_us: u64, fault: Fault) {
        self.follow(now_us, &fault);
        self.journal.note(now_us, Entry::Fault(fault));
    }

    /// The same, for what is in the journal already because another hub did it.
    pub fn follow(&mut self, now_us: u64, fault: &Fault) {
        match fault {
            Fault::Cut { src, dest } => {
                self.cuts.insert((src.clone(), dest.clone()));
            }
            Fault::Mend { src, dest } => {
                self.cuts.remove(&(src.clone(), dest.clone()));
            }
            Fault::Partition { links, .. } => self.cuts.extend(links.iter().cloned()),
            Fault::Heal => self.cuts.clear(),
            Fault::HoldAll => {
                self.holding = true;
                let under_way: Vec<u64> = self
                    .flights()
                    .filter(|(_, flight)| flight.due_us.is_some() && !self.has_client(flight))
                    .map(|(id, _)| id)
                    .collect();
                for id in under_way {
                    self.hold(now_us, id);
                }
            }
            Fault::ReleaseAll => {
                self.holding = false;
                let held: Vec<u64> = self
                    .flights()
                    .filter(|(_, flight)| flight.due_us.is_none())
                    .map(|(id, _)| id)
                    .collect();
                for id in held {
                    self.release(now_us, id);
                }
            }
            Fault::Kill { .. }
            | Fault::Restart { .. }
            | Fault::Pause { .. }
            | Fault::Resume { .. } => {}
        }
    }

    /// Waits and is cut where an elder hub says so, and nowhere else.
    pub fn align(&mut self, now_us: u64, holding: bool, cuts: Vec<(String, String)>) {
        if holding != self.holding {
            let fault = if holding {
                Fault::HoldAll
            } else {
                Fault::ReleaseAll
            };
            self.follow(now_us, &fault);
        }
        self.cuts = cuts.into_iter().collect();
    }

    /// Whether what `src` sends does not reach `dest`.
    pub fn cut(&self, src: &str, dest: &str) -> bool {
        !self.cuts.is_empty() && self.cuts.contains(&(src.to_owned(), dest.to_owned()))
    }

    fn has_client(&self, flight: &Flight) -> bool {
        let ends = [&flight.message.src, &flight.message.dest];
        ends.iter().any(|end| self.role(end) == Some(Role::Client))
    }
}
