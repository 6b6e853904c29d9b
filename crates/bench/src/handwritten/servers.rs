//! The servers of the yardstick: elections, replication, commitment, as the paper's figure 2 has them and no more.

use super::{Entry, HEARTBEAT_US, Handwritten, MAJORITY, Message, NEVER, Role, SERVERS, What};

impl Handwritten {
    pub(super) fn deliver(&mut self, from: u16, to: u16, message: Message) {
        let server = self.servers.get(to as usize);
        if server.is_some_and(|server| !server.up) {
            return;
        }
        match message {
            Message::Vote {
                term,
                last,
                last_term,
            } => self.vote(to, from, term, last, last_term),
            Message::Voted { term, granted } => self.voted(to, term, granted),
            Message::Append {
                term,
                previous,
                previous_term,
                commit,
                entries,
            } => self.append(to, from, term, (previous, previous_term), commit, entries),
            Message::Appended {
                term,
                fits,
                matches,
            } => self.appended(to, from, term, fits, matches),
            Message::Request { number, key, value } => {
                self.serve(to, from - SERVERS as u16, number, key, value);
            }
            Message::Reply {
                number,
                done,
                leader,
            } => self.reply(to - SERVERS as u16, from, number, done, leader),
        }
    }

    fn observe(&mut self, me: u16, term: u64) {
        let this = &mut self.servers[me as usize];
        if term > this.term {
            if this.role == Role::Leader {
                this.heartbeat.at_us = NEVER;
            }
            (this.term, this.role, this.voted, this.leader) = (term, Role::Follower, None, None);
            if this.election.at_us == NEVER {
                self.expect_leader(me);
            }
        }
    }

    pub(super) fn campaign(&mut self, me: u16) -> bool {
        let this = &mut self.servers[me as usize];
        this.term += 1;
        (this.role, this.voted, this.votes, this.leader) = (Role::Candidate, Some(me), 1, None);
        let (term, last) = (this.term, this.log.len() as u64);
        let last_term = this.log.last().map_or(0, |entry| entry.term);
        for peer in (0..SERVERS as u16).filter(|&peer| peer != me) {
            self.send(
                me,
                peer,
                Message::Vote {
                    term,
                    last,
                    last_term,
                },
            );
        }
        self.expect_leader(me);
        true
    }

    fn vote(&mut self, me: u16, candidate: u16, term: u64, last: u64, last_term: u64) {
        self.observe(me, term);
        let this = &mut self.servers[me as usize];
        let mine = (
            this.log.last().map_or(0, |entry| entry.term),
            this.log.len() as u64,
        );
        let granted = term == this.term
            && this.voted.is_none_or(|voted| voted == candidate)
            && (last_term, last) >= mine;
        let term = this.term;
        if granted {
            this.voted = Some(candidate);
            self.expect_leader(me);
        }
        self.send(me, candidate, Message::Voted { term, granted });
    }

    fn voted(&mut self, me: u16, term: u64, granted: bool) {
        self.observe(me, term);
        let this = &mut self.servers[me as usize];
        if this.role != Role::Candidate || term != this.term || !granted {
            return;
        }
        this.votes += 1;
        if this.votes != MAJORITY {
            return;
        }
        (this.role, this.leader) = (Role::Leader, Some(me));
        this.election.at_us = NEVER;
        this.next = [this.log.len() as u64 + 1; SERVERS];
        this.matches = [0; SERVERS];
        // The no-op of the new term.
        this.log.push(Entry {
            term,
            client: u16::MAX,
            number: 0,
            key: 0,
            value: 0,
        });
        this.matches[me as usize] = this.log.len() as u64;
        self.beat(me);
    }

    /// Appends to everyone, with what each lacks, and sets the next heartbeat.
    pub(super) fn beat(&mut self, me: u16) -> bool {
        for peer in (0..SERVERS as u16).filter(|&peer| peer != me) {
            self.replicate(me, peer);
        }
        self.set(self.now_us + HEARTBEAT_US, What::Heartbeat(me), |all| {
            &mut all.servers[me as usize].heartbeat
        });
        true
    }

    fn replicate(&mut self, me: u16, peer: u16) {
        let this = &mut self.servers[me as usize];
        let previous = this.next[peer as usize] - 1;
        let entries = this.log[previous as usize..].to_vec();
        // Pipelined: what is sent counts as received until somebody objects.
        this.next[peer as usize] = this.log.len() as u64 + 1;
        let message = Message::Append {
            term: this.term,
            previous,
            previous_term: term_at(&this.log, previous),
            commit: this.commit,
            entries,
        };
        self.send(me, peer, message);
    }

    fn append(
        &mut self,
        me: u16,
        leader: u16,
        term: u64,
        (previous, previous_term): (u64, u64),
        commit: u64,
        entries: Vec<Entry>,
    ) {
        self.observe(me, term);
        let this = &mut self.servers[me as usize];
        let current = this.term;
        if term < current {
            let message = Message::Appended {
                term: current,
                fits: false,
                matches: 0,
            };
            return self.send(me, leader, message);
        }
        (this.role, this.leader) = (Role::Follower, Some(leader));
        let fits = previous <= this.log.len() as u64
            && (previous == 0 || term_at(&this.log, previous) == previous_term);
        let mut matches = previous.saturating_sub(1).min(this.log.len() as u64);
        if fits {
            matches = previous + entries.len() as u64;
            for (place, entry) in (previous as usize..).zip(entries) {
                match this.log.get(place) {
                    Some(mine) if mine.term == entry.term => {}
                    Some(_) => {
                        this.log.truncate(place);
                        this.log.push(entry);
                    }
                    None => this.log.push(entry),
                }
            }
            this.commit = this.commit.max(commit.min(matches));
            self.apply(me);
        }
        self.expect_leader(me);
        self.send(
            me,
            leader,
            Message::Appended {
                term,
                fits,
                matches,
            },
        );
    }

    fn appended(&mut self, me: u16, from: u16, term: u64, fits: bool, matches: u64) {
        self.observe(me, term);
        let this = &mut self.servers[me as usize];
        if this.role != Role::Leader || term != this.term {
            return;
        }
        if !fits {
            this.next[from as usize] = matches + 1;
            return self.replicate(me, from);
        }
        let known = &mut this.matches[from as usize];
        if matches <= *known {
            return;
        }
        *known = matches;
        let next = &mut this.next[from as usize];
        *next = (*next).max(matches + 1);
        let mut sorted = this.matches;
        sorted.sort_unstable();
        let agreed = sorted[SERVERS - MAJORITY];
        if agreed > this.commit && term_at(&this.log, agreed) == this.term {
            this.commit = agreed;
            self.apply(me);
        }
    }

    fn serve(&mut self, me: u16, client: u16, number: u64, key: u8, value: u64) {
        let this = &mut self.servers[me as usize];
        let to = SERVERS as u16 + client;
        let leads = this.role == Role::Leader;
        if !leads || this.done[client as usize] >= number {
            let message = Message::Reply {
                number,
                done: leads,
                leader: this.leader,
            };
            return self.send(me, to, message);
        }
        this.log.push(Entry {
            term: this.term,
            client,
            number,
            key,
            value,
        });
        this.matches[me as usize] = this.log.len() as u64;
        for peer in (0..SERVERS as u16).filter(|&peer| peer != me) {
            self.replicate(me, peer);
        }
    }

    fn apply(&mut self, me: u16) {
        loop {
            let this = &mut self.servers[me as usize];
            if this.applied == this.commit {
                return;
            }
            let entry = this.log[this.applied as usize];
            this.applied += 1;
            let Some(done) = this.done.get_mut(entry.client as usize) else {
                continue;
            };
            if entry.number > *done {
                *done = entry.number;
                this.store[entry.key as usize] = entry.value;
            }
            if this.role == Role::Leader {
                let message = Message::Reply {
                    number: entry.number,
                    done: true,
                    leader: Some(me),
                };
                self.send(me, SERVERS as u16 + entry.client, message);
            }
        }
    }
}

fn term_at(log: &[Entry], index: u64) -> u64 {
    index
        .checked_sub(1)
        .map_or(0, |place| log[place as usize].term)
}
