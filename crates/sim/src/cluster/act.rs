//! Acting: what somebody chooses to do to the cluster, checked first and then done.

use super::world::{set_live, travel};
use super::*;

impl<P: Protocol> Cluster<P> {
    /// Does the action of `edit` at its time or as soon as it is legal; it is the `nth` of its kind there, from 0. Nothing has
    /// changed if it fails.
    pub(crate) fn act<R: Recorder<P>>(
        &mut self,
        edit: &Edit,
        nth: u64,
        recorder: &mut R,
    ) -> Result<Outcome, SimError> {
        let action = &edit.action;
        let at_us = edit.at_us.max(self.world.kernel.now_us);
        if action.is_pick() {
            let (next, earliest_us) = self.pick(action)?;
            let at_us = at_us.max(earliest_us);
            if let Due::Flight(slot) = next.what {
                self.world.kernel.unqueue_flight(slot);
            }
            let next = Next { at_us, ..next };
            return self
                .take(Some(next), u64::MAX, recorder)
                .ok_or(SimError::Nothing("error.nothing-waits"));
        }
        self.check(action)?;
        let name = match action {
            // A boot is named by the node and its incarnation, whatever made it boot.
            Action::Restart(node) => {
                Name::boot(*node, self.world.kernel.host(*node)?.incarnation + 1)
            }
            Action::Add(_) => Name::boot(NodeId(self.world.kernel.hosts.len() as u16), 1),
            _ => Name(EDIT)
                .mix(protocol::digest_of(action))
                .mix(edit.at_us)
                .mix(edit.rank.into())
                .mix(nth),
        };
        self.enter::<R>(at_us, name, false);
        Ok(self.perform(action, name, recorder))
    }

    /// What a pick takes, and the earliest that it may happen.
    pub(super) fn pick(&self, action: &Action) -> Result<(Next, u64), SimError> {
        let kernel = &self.world.kernel;
        let next = |name, what| Next {
            at_us: kernel.now_us,
            name,
            what,
        };
        let up = |node: NodeId| match kernel.host(node)?.status {
            NodeStatus::Up => Ok(()),
            NodeStatus::Paused => Err(SimError::NodeState(node, "error.node-paused")),
            NodeStatus::Crashed | NodeStatus::Removed => {
                Err(SimError::NodeState(node, "error.node-down"))
            }
        };
        match *action {
            Action::Deliver(name) => {
                let slot = kernel.find_flight(name)?;
                if kernel.host(kernel.flights[slot as usize].to)?.status == NodeStatus::Paused {
                    return Err(SimError::NodeState(
                        kernel.flights[slot as usize].to,
                        "error.node-paused",
                    ));
                }
                Ok((
                    next(kernel.delivery_name(slot), Due::Flight(slot)),
                    kernel.now_us,
                ))
            }
            Action::Fire { node, timer } => {
                up(node)?;
                let set = kernel
                    .timer(node, timer)
                    .ok_or(SimError::NoTimer(node, timer))?;
                Ok((next(set.name, Due::Timer(node, timer)), set.earliest_us))
            }
            Action::Save(node) => {
                up(node)?;
                let (_, name) = kernel
                    .host(node)?
                    .save
                    .ok_or(SimError::Nothing("error.nothing-to-save"))?;
                Ok((next(name, Due::Save(node)), kernel.now_us))
            }
            Action::Arrive(node) => {
                up(node)?;
                let (due_us, number) = kernel
                    .host(node)?
                    .arrival
                    .ok_or(SimError::Nothing("error.nothing-asked"))?;
                Ok((
                    next(Name::arrival(node, number), Due::Arrival(node)),
                    due_us,
                ))
            }
            _ => unreachable!("not a pick"),
        }
    }

    /// Whether `action`, which is no pick, can be done now.
    pub(super) fn check(&self, action: &Action) -> Result<(), SimError> {
        let kernel = &self.world.kernel;
        let state = |node: NodeId| kernel.host(node).map(|host| host.status);
        let wants = |node: NodeId, wanted: &[NodeStatus], otherwise: &'static str| {
            if wanted.contains(&state(node)?) {
                Ok(())
            } else {
                Err(SimError::NodeState(node, otherwise))
            }
        };
        use NodeStatus::{Crashed, Paused, Removed, Up};
        match action {
            Action::Deliver(_) | Action::Fire { .. } | Action::Save(_) | Action::Arrive(_) => {
                Ok(())
            }
            Action::Drop(name) | Action::Duplicate(name) => kernel.find_flight(*name).map(|_| ()),
            Action::Hold(name) | Action::Release(name) => {
                let slot = kernel.find_flight(*name)?;
                let held = matches!(action, Action::Release(_));
                if kernel.flights[slot as usize].held == held {
                    Ok(())
                } else {
                    Err(SimError::NotHeld(*name))
                }
            }
            Action::Crash { node, .. } => wants(*node, &[Up, Paused], "error.node-down-already"),
            Action::Restart(node) => wants(*node, &[Crashed], "error.node-not-down"),
            Action::Erase(node) => wants(*node, &[Crashed], "error.node-erase-running"),
            Action::Pause(node) => wants(*node, &[Up], "error.node-not-running"),
            Action::Resume(node) => wants(*node, &[Paused], "error.node-not-paused"),
            Action::Remove(node) => wants(*node, &[Up, Paused, Crashed], "error.node-left"),
            Action::Cut { from, to, .. } => {
                for node in from.iter().chain(to) {
                    wants(*node, &[Up, Paused, Crashed, Removed], "error.no-node")?;
                }
                if from.is_empty() || to.is_empty() || from.iter().any(|node| to.contains(node)) {
                    return Err(SimError::refused(Phrase::new("error.cut-groups")));
                }
                Ok(())
            }
            Action::Heal if kernel.cuts.is_empty() => Err(SimError::Nothing("error.nothing-cut")),
            Action::Heal | Action::Choose { .. } => Ok(()),
            Action::Skew {
                node, drift_ppm, ..
            } => {
                state(*node)?;
                if (-500_000..=1_000_000).contains(drift_ppm) {
                    Ok(())
                } else {
                    Err(SimError::refused(
                        Phrase::new("error.drift").text("drift", drift_ppm.to_string()),
                    ))
                }
            }
            Action::Set { key, value } => {
                let (mut config, mut world) =
                    ((*self.setting.config).clone(), kernel.world.clone());
                set_live::<P>(&mut config, &mut world, key, value)
            }
            Action::Ask { client, op, fields } => {
                wants(*client, &[Up], "error.node-not-running")?;
                if self.setting.roster[client.index()].kind != NodeKind::Client {
                    return Err(SimError::NodeState(*client, "error.node-no-client"));
                }
                P::operation(op, fields)
                    .map(|_| ())
                    .map_err(SimError::refused)
            }
            Action::Add(NodeKind::Client) if kernel.hosts.len() >= NODES_MAX => Err(
                SimError::refused(Phrase::new("error.stage-full").int("most", NODES_MAX as u64)),
            ),
            Action::Add(NodeKind::Client) => Ok(()),
            Action::Add(_) => Err(SimError::refused(Phrase::new("error.clients-only"))),
        }
    }

    pub(super) fn perform<R: Recorder<P>>(
        &mut self,
        action: &Action,
        name: Name,
        recorder: &mut R,
    ) -> Outcome {
        let mut changed = None;
        let act = || What::Acted(Box::new(action.clone()));
        match action {
            Action::Deliver(_) | Action::Fire { .. } | Action::Save(_) | Action::Arrive(_) => {
                unreachable!("picks are taken, not performed")
            }
            Action::Drop(message)
            | Action::Duplicate(message)
            | Action::Hold(message)
            | Action::Release(message) => {
                let slot = self.world.kernel.find_flight(*message).expect("checked");
                let flight = self.world.kernel.flights[slot as usize];
                let body = self.body(slot).expect("the body of a flight").clone();
                let mut copied = None;
                let handling = match action {
                    Action::Drop(_) => {
                        self.world.kernel.unqueue_flight(slot);
                        self.world.kernel.end_flight(slot, FlightEnd::Dropped);
                        Handling::Dropped
                    }
                    Action::Duplicate(_) => {
                        let copy = self.world.kernel.duplicate(slot, name);
                        self.world.put_body(copy, body.clone());
                        copied = Some(copy);
                        Handling::Duplicated
                    }
                    Action::Hold(_) => {
                        self.world.kernel.hold(slot, true).expect("checked");
                        Handling::Held
                    }
                    _ => {
                        self.world.kernel.hold(slot, false).expect("checked");
                        Handling::Released
                    }
                };
                let node = Some(flight.to);
                self.begin(recorder, name, node, Cause::Choice, |_| {
                    What::Handled(travel(&flight), body, handling)
                });
                if let Some(copy) = copied.filter(|_| R::DETAIL) {
                    let flight = &self.world.kernel.flights[copy as usize];
                    let message = self.body(copy).expect("the body of a copy").clone();
                    recorder.outcome(Record::Copied(travel(flight), flight.due_us, message));
                }
            }
            Action::Crash { node, keep, torn } => {
                changed = Some(*node);
                let (kept, lost) = self.crash(*node, *keep, *torn);
                self.begin(recorder, name, changed, Cause::Choice, |_| What::Crashed {
                    kept,
                    lost,
                });
            }
            Action::Restart(node) => {
                let incarnation = self.world.kernel.hosts[node.index()].incarnation + 1;
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| {
                    What::Booted(incarnation)
                });
                return self.boot(*node, recorder);
            }
            Action::Pause(node) => {
                self.world.kernel.pause(*node);
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Resume(node) => {
                self.world.kernel.wake(*node);
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Erase(node) => {
                self.world.disks[node.index()] = P::Disk::default();
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Cut { from, to, both } => {
                let cut = trace::Cut {
                    from: from.clone(),
                    to: to.clone(),
                    both: *both,
                };
                self.world.kernel.cut(cut);
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Heal => {
                self.world.kernel.heal();
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Skew {
                node,
                drift_ppm,
                offset_us,
            } => {
                self.world.kernel.skew(*node, *drift_ppm, *offset_us);
                self.begin(recorder, name, Some(*node), Cause::Choice, |_| act());
            }
            Action::Set { key, value } => {
                let before = self.setting.config.clone();
                let config = Rc::make_mut(&mut self.setting.config);
                set_live::<P>(config, &mut self.world.kernel.world, key, value).expect("checked");
                self.world.kernel.remake_network();
                self.follow_arrivals(&before);
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Ask { client, op, fields } => {
                let op = P::operation(op, fields).expect("checked");
                let asked = &mut self.world.asked[client.index()];
                *asked += 1;
                let id = OperationId {
                    client: *client,
                    number: OperationId::BY_HAND + *asked,
                };
                changed = Some(*client);
                self.begin(recorder, name, changed, Cause::Choice, |_| {
                    What::Asked(id, op.clone())
                });
                self.input(*client, name, Input::Request { id, op }, recorder);
            }
            Action::Choose {
                event,
                purpose,
                outcome,
            } => {
                let decisions = Rc::make_mut(&mut self.setting.decisions);
                let of_event = decisions.entry(*event).or_default();
                of_event.retain(|(word, _)| word != purpose);
                of_event.push((*purpose, *outcome));
                self.begin(recorder, name, None, Cause::Choice, |_| act());
            }
            Action::Add(kind) => {
                let roster = Rc::make_mut(&mut self.setting.roster);
                let nth = roster.iter().filter(|spec| spec.kind == *kind).count() + 1;
                let like = roster.iter().rfind(|spec| spec.kind == *kind);
                let tier = like.map_or(0, |spec| spec.tier);
                roster.push(NodeSpec::new(format!("C{nth}"), *kind).tier(tier));
                let node = self.host();
                self.begin(recorder, name, Some(node), Cause::Choice, |_| act());
                return self.boot(node, recorder);
            }
            Action::Remove(node) => {
                changed = Some(*node);
                self.crash(*node, 0, false);
                self.world.kernel.hosts[node.index()].status = NodeStatus::Removed;
                self.begin(recorder, name, changed, Cause::Choice, |_| act());
            }
        }
        self.finish(name, changed, false, recorder)
    }

    /// Clients whose operations follow each other in another way than under `before` start or stop with it.
    fn follow_arrivals(&mut self, before: &P::Config) {
        for index in 0..self.nodes.len() {
            let client = NodeId(index as u16);
            let now = P::arrivals(&self.setting.config, client);
            if self.nodes[index].is_none() || now == P::arrivals(before, client) {
                continue;
            }
            let waits = self.world.kernel.hosts[index].arrival.is_some();
            match now {
                Arrivals::Never => self.world.kernel.hosts[index].arrival = None,
                Arrivals::Open | Arrivals::Closed if !waits => {
                    self.setting.next_arrival(&mut self.world.kernel, client);
                }
                Arrivals::Open | Arrivals::Closed => {}
            }
        }
    }

    /// A crash: memory and waiting speech go; the oldest `keep` unsaved writes reach the disk, and what `torn` leaves of the
    /// next. Returns how many writes were kept and lost.
    pub(super) fn crash(&mut self, node: NodeId, keep: u32, torn: bool) -> (u32, u32) {
        let index = node.index();
        let (mut kept, mut lost) = (0, 0);
        for item in std::mem::take(&mut self.world.speech[index]) {
            let Speech::Save(_, write) = item else {
                continue;
            };
            if kept < keep && lost == 0 {
                kept += 1;
                P::persist(&mut self.world.disks[index], &write);
            } else {
                if lost == 0
                    && torn
                    && let Some(rest) = P::torn(&write)
                {
                    P::persist(&mut self.world.disks[index], &rest);
                }
                lost += 1;
            }
        }
        self.nodes[index] = None;
        self.world.disk_free_us[index] = 0;
        // The workload of a client that is down waits for its restart.
        self.world.kernel.hosts[index].arrival = None;
        self.world.kernel.silence(node, NodeStatus::Crashed);
        (kept, lost)
    }
}
