//! Stepping: one thing that waits is taken, its node reacts, and what it wants is carried out.

use super::hand::Hand;
use super::world::travel;
use super::*;

impl<P: Protocol> Cluster<P> {
    /// When the next step happens, and whether it is an edit.
    #[inline]
    pub(crate) fn next(&self, edits: &[Edit]) -> Option<(u64, bool)> {
        let due = self.world.kernel.peek();
        match edits.get(self.edits_taken as usize) {
            Some(edit) if self.is_time(edit, due) => {
                Some((edit.at_us.max(self.world.kernel.now_us), true))
            }
            _ => due.map(|next| (next.at_us, false)),
        }
    }

    #[inline]
    pub(super) fn is_time(&self, edit: &Edit, due: Option<Next>) -> bool {
        let kernel = &self.world.kernel;
        let Some(next) = due else { return true };
        if edit.at_us < next.at_us {
            return true;
        }
        if edit.at_us > next.at_us {
            return false;
        }
        if !edit.after.is_empty() {
            return !kernel.awaits(&edit.after, edit.at_us);
        }
        let rank = if next.at_us > kernel.now_us {
            0
        } else {
            kernel.rank
        };
        edit.rank <= rank
    }

    /// One step: the next edit if its time has come, otherwise what is due first. `None` if nothing waits.
    #[inline]
    pub(crate) fn step<R: Recorder<P>>(
        &mut self,
        edits: &[Edit],
        recorder: &mut R,
    ) -> Option<Outcome> {
        if (self.edits_taken as usize) < edits.len()
            && let Some(outcome) = self.step_by_edit(edits, recorder)
        {
            return Some(outcome);
        }
        self.take(None, u64::MAX, recorder)
    }

    /// The same if that happens before `until_us`.
    #[inline]
    pub(crate) fn step_before<R: Recorder<P>>(
        &mut self,
        until_us: u64,
        edits: &[Edit],
        recorder: &mut R,
    ) -> Option<Outcome> {
        if (self.edits_taken as usize) < edits.len() {
            let (at_us, _) = self.next(edits)?;
            return if at_us < until_us {
                self.step(edits, recorder)
            } else {
                None
            };
        }
        self.take(None, until_us, recorder)
    }

    /// One step that is an edit, if the time of one has come. Those that come to nothing are passed over.
    #[inline(never)]
    fn step_by_edit<R: Recorder<P>>(
        &mut self,
        edits: &[Edit],
        recorder: &mut R,
    ) -> Option<Outcome> {
        while let Some(edit) = edits.get(self.edits_taken as usize)
            && self.is_time(edit, self.world.kernel.peek())
        {
            let place = self.edits_taken;
            self.edits_taken += 1;
            // Of two edits that are the same at the same time and rank, the second has a name of its own.
            let earlier = edits[..place as usize].iter().rev();
            let nth = earlier
                .take_while(|other| (other.at_us, other.rank) == (edit.at_us, edit.rank))
                .filter(|other| other.action == edit.action)
                .count() as u64;
            match self.act(edit, nth, recorder) {
                Ok(outcome) => {
                    return Some(Outcome {
                        edit: Some(place),
                        ..outcome
                    });
                }
                Err(error) => self.unmet.push((place, error)),
            }
        }
        None
    }

    /// Carries out what somebody `picked`, which has left the queue, or else what is due first, if anything is before `until_us`.
    ///
    /// Every event passes through here, and what it is made of stands in this one function when it is built: calls cost more
    /// than what they do.
    #[inline(never)]
    pub(super) fn take<R: Recorder<P>>(
        &mut self,
        picked: Option<Next>,
        until_us: u64,
        recorder: &mut R,
    ) -> Option<Outcome> {
        let (next, picked) = match picked {
            Some(next) => (next, true),
            None => (self.world.kernel.take_next(until_us)?, false),
        };
        let Next { at_us, name, what } = next;
        self.enter::<R>(at_us, name, !picked);
        let chosen = |cause| if picked { Cause::Choice } else { cause };
        let (node, input) = match what {
            Due::Flight(slot) => {
                let to = self.world.kernel.flights[slot as usize].to;
                if self.nodes[to.index()].is_none() {
                    return Some(self.bounce(slot, name, picked, recorder));
                }
                let flight = self.world.kernel.land(slot);
                let cause = chosen(Cause::Event(flight.cause));
                let body = &mut self.world.bodies[slot as usize];
                if R::ON {
                    let message = body.as_ref().expect("the body of a flight");
                    let header = header(&self.world.kernel, name, Some(to), cause);
                    recorder.delivered(header, travel(&flight), message);
                }
                let from = flight.from;
                let message = body.take().expect("the body of a flight");
                (to, Input::Message { from, message })
            }
            Due::Timer(node, timer) => {
                let set_by = self
                    .world
                    .kernel
                    .cancel_timer(node, timer)
                    .expect("a timer that was due");
                let cause = chosen(Cause::Event(set_by));
                self.begin(recorder, name, Some(node), cause, |_| What::Fired(timer));
                (node, Input::Timer(P::Timer::ALL[timer as usize]))
            }
            Due::Save(node) => return Some(self.save_done(node, name, picked, recorder)),
            Due::Arrival(client) => {
                let (id, op) = self.arrived(client);
                let cause = chosen(Cause::Workload);
                self.begin(recorder, name, Some(client), cause, |_| {
                    What::Asked(id, op.clone())
                });
                (client, Input::Request { id, op })
            }
        };
        self.fresh_scratch();
        self.hand(node, name, 0, input, recorder);
        if !self.scratch.notified.is_empty() {
            self.answer_notified(node, name, recorder);
        }
        Some(self.close(name, Some(node), false, recorder))
    }

    /// A message reaches a node that is down.
    #[cold]
    fn bounce<R: Recorder<P>>(
        &mut self,
        slot: u32,
        name: Name,
        picked: bool,
        recorder: &mut R,
    ) -> Outcome {
        let flight = self.world.kernel.flights[slot as usize];
        self.world.kernel.end_flight(slot, FlightEnd::Bounced);
        let cause = if picked {
            Cause::Choice
        } else {
            Cause::Event(flight.cause)
        };
        self.begin(recorder, name, Some(flight.to), cause, |cluster| {
            What::Bounced(
                travel(&flight),
                cluster.body(slot).expect("the body of a flight").clone(),
            )
        });
        self.finish(name, Some(flight.to), false, recorder)
    }

    /// The node's oldest save is durable.
    #[inline(never)]
    fn save_done<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        picked: bool,
        recorder: &mut R,
    ) -> Outcome {
        let cause = match self.world.speech[node.index()].front() {
            _ if picked => Cause::Choice,
            Some(Speech::Save(cause, _)) => Cause::Event(*cause),
            _ => Cause::ProgramOrder,
        };
        self.begin(recorder, name, Some(node), cause, |_| What::Saved);
        self.durable(node, name, recorder);
        self.finish(name, Some(node), false, recorder)
    }

    /// The client's next operation is here: which it is, and what is asked. The one after it is on its way.
    #[inline(never)]
    fn arrived(&mut self, client: NodeId) -> (OperationId, P::Op) {
        let kernel = &mut self.world.kernel;
        let (due_us, number) = kernel.hosts[client.index()]
            .arrival
            .take()
            .expect("an arrival that was due");
        kernel.hosts[client.index()].next_number = number + 1;
        let op = self.setting.asked(kernel.seed, client, number);
        if P::arrivals(&self.setting.config, client) == Arrivals::Open {
            let gap_us = self.setting.gap_us(kernel.seed, client, number + 1);
            kernel.schedule_arrival(client, due_us + gap_us, number + 1);
        }
        (OperationId { client, number }, op)
    }

    pub(super) fn boot<R: Recorder<P>>(&mut self, node: NodeId, recorder: &mut R) -> Outcome {
        self.world.kernel.boot_clock(node);
        let incarnation = self.world.kernel.hosts[node.index()].incarnation;
        let name = Name::boot(node, incarnation);
        self.fresh_scratch();
        let (setting, world) = (&self.setting, &mut self.world);
        let around = setting.surroundings(&world.kernel, node, name, 0);
        // What the node writes while it boots is not what it boots from.
        let disk = world.disks[node.index()].clone();
        let mut hand = Hand::new(setting, world, &mut self.scratch, recorder, node, name);
        let state = P::boot(&mut Context::new(&around, &mut hand), &disk);
        self.nodes[node.index()] = Some(state);
        self.answer_notified(node, name, recorder);
        if P::arrivals(&self.setting.config, node) != Arrivals::Never {
            self.setting.next_arrival(&mut self.world.kernel, node);
        }
        self.finish(name, Some(node), true, recorder)
    }

    #[inline(always)]
    fn fresh_scratch(&mut self) {
        self.scratch.sent.clear();
        self.scratch.saved_us = None;
    }

    /// Hands one input to a node that is up, and carries out what it wants.
    #[inline(never)]
    pub(super) fn input<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        input: Input<P>,
        recorder: &mut R,
    ) {
        self.fresh_scratch();
        self.hand(node, name, 0, input, recorder);
        self.answer_notified(node, name, recorder);
    }

    /// Hands over the event's own input (`round` 0), or a [`Input::Saved`] that follows within the same event.
    #[inline(always)]
    pub(super) fn hand<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        round: u64,
        input: Input<P>,
        recorder: &mut R,
    ) {
        let Some(state) = &mut self.nodes[node.index()] else {
            return;
        };
        let (setting, world) = (&self.setting, &mut self.world);
        let around = setting.surroundings(&world.kernel, node, name, round);
        let mut hand = Hand::new(setting, world, &mut self.scratch, recorder, node, name);
        state.on(&mut Context::new(&around, &mut hand), input);
    }

    /// The hand of `node` in the event `name`.
    fn hand_of<'a, R: Recorder<P>>(
        &'a mut self,
        node: NodeId,
        name: Name,
        recorder: &'a mut R,
    ) -> Hand<'a, P, R> {
        let (setting, world) = (&self.setting, &mut self.world);
        Hand::new(setting, world, &mut self.scratch, recorder, node, name)
    }

    /// Saves that were durable at once are told at once, within the same event.
    #[inline(never)]
    pub(super) fn answer_notified<R: Recorder<P>>(
        &mut self,
        node: NodeId,
        name: Name,
        recorder: &mut R,
    ) {
        let mut round = 0;
        while let Some(&token) = self.scratch.notified.get(round) {
            round += 1;
            self.hand(node, name, round as u64, Input::Saved(token), recorder);
        }
        self.scratch.notified.clear();
    }

    /// The node's oldest save is durable: its writes reach the disk, and the speech behind them leaves.
    pub(super) fn durable<R: Recorder<P>>(&mut self, node: NodeId, name: Name, recorder: &mut R) {
        let index = node.index();
        let Some((_, save)) = self.world.kernel.hosts[index].save.take() else {
            return;
        };
        self.fresh_scratch();
        while let Some(item) = self.world.speech[index].pop_front() {
            if let Speech::Save(of, _) = item
                && of.saved() != save
            {
                self.world.speech[index].push_front(item);
                let save_us = self.world.kernel.world.save_us;
                // A later save takes its own time from now on; the disk serves one after the other.
                let due_us = self.world.kernel.now_us + save_us;
                self.world.disk_free_us[index] = self.world.disk_free_us[index].max(due_us);
                let save = of.saved();
                self.world.kernel.schedule_save(node, Some((due_us, save)));
                break;
            }
            self.hand_of(node, name, recorder).leave(item);
        }
        self.answer_notified(node, name, recorder);
    }

    #[inline(always)]
    pub(super) fn begin<R: Recorder<P>>(
        &self,
        recorder: &mut R,
        name: Name,
        node: Option<NodeId>,
        cause: Cause,
        what: impl FnOnce(&Self) -> What<P>,
    ) {
        if R::ON {
            let header = header(&self.world.kernel, name, node, cause);
            recorder.begin(header, what(self));
        }
    }

    /// Looks at the properties, and leaves the queue settled.
    #[inline(never)]
    pub(super) fn finish<R: Recorder<P>>(
        &mut self,
        name: Name,
        changed: Option<NodeId>,
        booted: bool,
        recorder: &mut R,
    ) -> Outcome {
        self.close(name, changed, booted, recorder)
    }

    /// The same, where it is called.
    #[inline(always)]
    fn close<R: Recorder<P>>(
        &mut self,
        name: Name,
        changed: Option<NodeId>,
        booted: bool,
        recorder: &mut R,
    ) -> Outcome {
        let mut outcome = Outcome {
            name,
            at_us: self.world.kernel.now_us,
            node: changed,
            moment: !self.scratch.facts.is_empty(),
            ..Outcome::default()
        };
        let look = Look {
            config: &*self.setting.config,
            nodes: &self.nodes,
            changed,
            booted,
            facts: &self.scratch.facts,
            now_us: self.world.kernel.now_us,
            loss_permille: self.world.kernel.world.loss_permille,
        };
        P::count(&mut self.tally, &look);
        P::observe(&mut self.memory, &look, &mut self.scratch.verdicts);
        self.scratch.facts.clear();
        if !self.scratch.verdicts.is_empty() {
            self.judge(&mut outcome, recorder);
        }
        self.world.kernel.settle();
        outcome
    }

    /// Takes over what the properties reported.
    #[inline(never)]
    fn judge<R: Recorder<P>>(&mut self, outcome: &mut Outcome, recorder: &mut R) {
        let mut reported = std::mem::take(&mut self.scratch.verdicts);
        for (index, verdict) in reported.drain() {
            let (stands, since) = &mut self.verdicts[index];
            // A breach is not taken back, and the first one counts.
            if matches!(stands, Verdict::Violated(_)) || *stands == verdict {
                continue;
            }
            outcome.violated |= matches!(verdict, Verdict::Violated(_));
            outcome.moment = true;
            if R::ON {
                recorder.outcome(Record::Judged(index as u8, verdict.clone()));
            }
            (*stands, *since) = (verdict, Some(self.world.kernel.steps));
        }
        self.scratch.verdicts = reported;
    }

    /// An event begins: it moves time on, and what left the stage meanwhile can go.
    #[inline(always)]
    pub(super) fn enter<R: Recorder<P>>(&mut self, at_us: u64, name: Name, by_itself: bool) {
        self.world.kernel.enter(at_us, by_itself);
        if R::DIGESTED {
            self.world.kernel.link(name);
        }
        while let Some(slot) = self.world.kernel.freed.pop() {
            self.world.bodies[slot as usize] = None;
        }
    }
}

#[inline(always)]
const fn header(kernel: &Kernel, name: Name, node: Option<NodeId>, cause: Cause) -> Header {
    Header {
        step: kernel.steps,
        name,
        at_us: kernel.now_us,
        node,
        cause,
    }
}
