//! What goes wrong in the yardstick: lost messages, and servers that crash and restart.

use super::{CLIENTS, Handwritten, KEYS, NEVER, Role};
use std::cmp::Reverse;

impl Handwritten {
    /// Runs all that is due before `until_us`; returns how many messages were delivered and timers fired.
    pub fn run_to(&mut self, until_us: u64) -> u64 {
        let mut count = 0;
        while let Some(Reverse(due)) = self.queue.peek().copied()
            && due.at_us < until_us
        {
            self.queue.pop();
            count += u64::from(self.happen(due));
        }
        self.now_us = self.now_us.max(until_us);
        count
    }

    /// A server crashes: what it does not keep on its disk is gone, and so is what arrives until it restarts.
    pub fn crash(&mut self, server: u16) {
        let this = &mut self.servers[server as usize];
        (this.up, this.role, this.leader) = (false, Role::Follower, None);
        (this.commit, this.applied) = (0, 0);
        this.store = [0; KEYS as usize];
        this.done = [0; CLIENTS];
        this.election.at_us = NEVER;
        this.heartbeat.at_us = NEVER;
    }

    /// It boots from its term, its vote and its log.
    pub fn restart(&mut self, server: u16) {
        self.servers[server as usize].up = true;
        self.expect_leader(server);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handwritten::GAP_US;

    #[test]
    fn it_goes_on_behind_a_crash_and_losses() {
        let mut all = Handwritten::with(1, 50, GAP_US);
        all.run_to(3_000_000);
        let before = all.committed();
        let leads = |all: &Handwritten| {
            let mut servers = all.servers.iter();
            servers.position(|server| server.up && server.role == Role::Leader)
        };
        let leader = leads(&all).expect("a leader after three seconds") as u16;
        all.crash(leader);
        all.run_to(6_000_000);
        assert!(leads(&all).is_some_and(|other| other != usize::from(leader)));
        all.restart(leader);
        all.run_to(10_000_000);
        // Two clients, ten operations a second each, but for the time of two elections.
        assert!(
            all.committed() > before + 60,
            "{before} {}",
            all.committed()
        );
        let back = &all.servers[usize::from(leader)];
        assert!(back.applied + 10 > all.committed());
        // The logs agree as far as they are committed.
        for server in &all.servers {
            let alike = server.log.iter().zip(&back.log);
            let agreed = server.commit.min(back.commit) as usize;
            assert!(
                alike
                    .take(agreed)
                    .all(|(one, other)| one.term == other.term)
            );
        }
    }
}
