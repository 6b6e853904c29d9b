//! The node itself: its volatile state, and round it the timers, what waits for the disk, and the clocks.

use crate::hand::Hand;
use crate::kept::{CLOCK_AHEAD, Kept, Record};
use crate::letter::{Letter, Stamp};
use crate::node::{Happened, Output, Parameters, Setup, Wired};
use crate::{OpenError, Refusal, told};
use protocol::{
    Arrivals, Chance, Config, Context, Input, Name, NodeId, NodeSpec, OperationId, Say,
    Surroundings, TimerName,
};
use std::collections::VecDeque;
use trace::{Cause, Event, Outcome, Stimulus};

/// Of a message whose sender keeps no trace.
const FOREIGN: u64 = 0xf0;

/// What stands still while a node runs.
#[derive(Debug)]
pub(crate) struct Setting<P: Wired> {
    pub(crate) me: NodeId,
    pub(crate) roster: Vec<NodeSpec>,
    pub(crate) labels: Vec<String>,
    pub(crate) config: P::Config,
    pub(crate) variant: P::Variant,
    pub(crate) variant_id: &'static str,
    pub(crate) parameters: Parameters,
    pub(crate) seed: u64,
}

/// What waits for a save, in order.
#[derive(Debug)]
pub(crate) enum Speech<P: Wired> {
    /// A record of this save, made by this event; with the reading that it lets the Lamport clock go up to where it is the node's
    /// own.
    Save {
        number: u64,
        cause: Name,
        own_clock: Option<u64>,
    },
    Send {
        name: Name,
        cause: Name,
        to: NodeId,
        message: P::Message,
        reason: P::Reason,
    },
    Answer(OperationId, P::Answer),
    Tell(P::Fact),
    Notify(u64),
}

/// A timer that is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// The event that its firing will be.
    pub(crate) name: Name,
    /// The event that set it.
    pub(crate) cause: Name,
    pub(crate) due_us: u64,
}

/// Everything of a node but its state.
#[derive(Debug)]
pub(crate) struct Host<P: Wired> {
    /// The newest reading of the clock.
    pub(crate) now_us: u64,
    /// When it booted.
    booted_us: u64,
    pub(crate) incarnation: u64,
    step: u64,
    /// The Lamport clock, the greatest reading that is written down durably, and the greatest that is on its way to the disk.
    pub(crate) clock: u64,
    pub(crate) clock_kept: u64,
    clock_asked: u64,
    /// The last operation of the workload, and the last one by hand.
    pub(crate) workload: u64,
    pub(crate) by_hand: u64,
    pub(crate) timers: Vec<Option<Timer>>,
    /// When the workload's next operation comes.
    pub(crate) arrival: Option<u64>,
    pub(crate) speech: VecDeque<Speech<P>>,
    /// How many of those that wait are the node's own records.
    pub(crate) own_waiting: u32,
    /// The number of the last save that was handed out, and of the last that is durable.
    pub(crate) save: u64,
    pub(crate) durable: u64,
    /// What the present event saves.
    pub(crate) records: Vec<Vec<u8>>,
    /// Messages to itself.
    pub(crate) inbox: VecDeque<Letter<P::Message>>,
    pub(crate) outputs: VecDeque<Output>,
    /// What happened at readings of the Lamport clock that are not durable yet.
    untold: VecDeque<Box<Happened>>,
    pub(crate) watched: bool,
    /// Of the present event: its name, what came of it, whom it told what kind of message, what it told.
    pub(crate) name: Name,
    pub(crate) outcomes: Vec<Outcome>,
    sent: Vec<(NodeId, u8)>,
    pub(crate) notified: Vec<u64>,
    /// What it told, if anybody wants to know.
    pub(crate) facts: Option<Vec<P::Fact>>,
}

impl<P: Wired> Host<P> {
    /// Of the present event: how many messages of this kind it has sent there before this one.
    pub(crate) fn nth_alike(&mut self, to: NodeId, kind: u8) -> u32 {
        let alike = self.sent.iter().filter(|sent| **sent == (to, kind));
        let nth = alike.count() as u32;
        self.sent.push((to, kind));
        nth
    }

    /// The workload's next operation counts its gap from now.
    pub(crate) fn next_arrival(&mut self, setting: &Setting<P>) {
        let number = self.workload + 1;
        let chance = Chance::new(setting.seed, Name::arrival(setting.me, number));
        let gap_us = P::gap_us(&setting.config, setting.me, number, chance);
        self.arrival = Some(self.now_us + gap_us);
    }

    pub(crate) fn boot_name(&self, me: NodeId) -> Name {
        Name::boot(me, self.incarnation)
    }
}

/// One node of protocol `P`, with its types. See [`crate::Node`] for how it is driven.
#[derive(Debug)]
pub struct Live<P: Wired> {
    pub(crate) setting: Setting<P>,
    /// What it boots from, until it has.
    disk: Option<P::Disk>,
    pub(crate) state: Option<P>,
    pub(crate) host: Host<P>,
}

impl<P: Wired> Live<P> {
    /// A node that starts from what its disk holds.
    ///
    /// # Errors
    /// No such node or variant, or parameters that are refused.
    pub fn open(setup: &Setup, kept: Kept<P>) -> Result<Self, OpenError> {
        let setting = Setting::<P>::of(setup)?;
        let clock = kept.clock + CLOCK_AHEAD;
        let mut live = Self {
            state: None,
            host: Host {
                now_us: 0,
                booted_us: 0,
                incarnation: kept.incarnation + 1,
                step: 0,
                clock: kept.clock,
                clock_kept: kept.clock,
                clock_asked: clock,
                workload: kept.workload,
                by_hand: kept.next_by_hand() - OperationId::BY_HAND - 1,
                timers: vec![None; P::Timer::ALL.len()],
                arrival: None,
                speech: VecDeque::new(),
                own_waiting: 0,
                save: 0,
                durable: 0,
                records: Vec::new(),
                inbox: VecDeque::new(),
                outputs: VecDeque::new(),
                untold: VecDeque::new(),
                watched: false,
                name: Name::default(),
                outcomes: Vec::new(),
                sent: Vec::new(),
                notified: Vec::new(),
                facts: None,
            },
            disk: Some(kept.disk),
            setting,
        };
        let incarnation = live.host.incarnation;
        live.hand().keep(&Record::Booted { incarnation, clock });
        live.persist();
        Ok(live)
    }

    /// The volatile state; `None` until it has booted.
    pub const fn state(&self) -> Option<&P> {
        self.state.as_ref()
    }

    /// The parameters.
    pub const fn config(&self) -> &P::Config {
        &self.setting.config
    }

    /// What it told since this was asked last; from the first time on it is kept until it is asked for again.
    pub fn take_facts(&mut self) -> Vec<P::Fact> {
        self.host.facts.replace(Vec::new()).unwrap_or_default()
    }

    /// How often it has started, this time included.
    pub const fn incarnation(&self) -> u64 {
        self.host.incarnation
    }

    const fn hand(&mut self) -> Hand<'_, P> {
        Hand {
            setting: &self.setting,
            host: &mut self.host,
        }
    }

    /// The clock reads `now_us`, and whatever happens happens then.
    pub(crate) fn at(&mut self, now_us: u64) {
        self.host.now_us = self.host.now_us.max(now_us);
    }

    pub(crate) fn is_up(&self) -> Result<(), Refusal> {
        if self.state.is_some() {
            Ok(())
        } else {
            Err(Refusal::NotUp)
        }
    }

    /// An event begins, later than whatever happened at `after` on the Lamport clock.
    fn begin(&mut self, name: Name, after: u64) {
        let host = &mut self.host;
        host.step += 1;
        host.clock = host.clock.max(after) + 1;
        host.name = name;
        host.sent.clear();
        host.outcomes.clear();
        // Long before it is needed, so that nothing has to wait for it.
        if host.clock + CLOCK_AHEAD / 2 > host.clock_asked {
            host.clock_asked = host.clock + CLOCK_AHEAD;
            let clock = host.clock_asked;
            self.hand().keep(&Record::Clock(clock));
        }
    }

    /// Hands one input to the node, and what follows from it within the same event.
    fn hand_over(&mut self, input: Input<P>, mut round: u64) {
        let mut next = Some(input);
        while let Some(input) = next {
            let around = surroundings(&self.setting, &self.host, round);
            let mut hand = Hand {
                setting: &self.setting,
                host: &mut self.host,
            };
            if let Some(state) = &mut self.state {
                state.on(&mut Context::new(&around, &mut hand), input);
            }
            next = self.next_notified(&mut round);
        }
    }

    /// What was durable at once is told at once, within the same event: the next of it.
    fn next_notified(&mut self, round: &mut u64) -> Option<Input<P>> {
        let token = self.host.notified.get(*round as usize).copied();
        *round += 1;
        if token.is_none() {
            self.host.notified.clear();
        }
        token.map(Input::Saved)
    }

    /// The event is over: what it saved goes to the disk, and whoever watches is told.
    fn close(&mut self, stimulus: Option<Stimulus>, cause: Cause) {
        self.persist();
        let host = &mut self.host;
        if let (Some(stimulus), Some(state)) = (stimulus, &self.state) {
            let event = Event {
                step: host.step,
                name: host.name,
                at_us: host.now_us,
                node: Some(self.setting.me),
                stimulus,
                cause,
                outcomes: std::mem::take(&mut host.outcomes),
                view: None,
            };
            host.untold.push_back(Box::new(Happened {
                clock: host.clock,
                event,
                view: state.view(&self.setting.config, self.setting.me),
            }));
        }
        self.tell();
    }

    fn persist(&mut self) {
        let host = &mut self.host;
        if !host.records.is_empty() {
            host.save += 1;
            host.outputs.push_back(Output::Persist {
                number: host.save,
                records: std::mem::take(&mut host.records),
            });
        }
    }

    /// Tells what happened, as far as nothing can happen again at the same readings of the Lamport clock.
    fn tell(&mut self) {
        let host = &mut self.host;
        while let Some(happened) = host
            .untold
            .pop_front_if(|next| next.clock <= host.clock_kept)
        {
            host.outputs.push_back(Output::Happened(happened));
        }
    }

    pub(crate) fn boot(&mut self) {
        let Some(disk) = self.disk.take() else {
            return;
        };
        let incarnation = self.host.incarnation;
        self.host.booted_us = self.host.now_us;
        self.begin(self.host.boot_name(self.setting.me), 0);
        let around = surroundings(&self.setting, &self.host, 0);
        let mut hand = Hand {
            setting: &self.setting,
            host: &mut self.host,
        };
        self.state = Some(P::boot(&mut Context::new(&around, &mut hand), &disk));
        let mut round = 0;
        if let Some(saved) = self.next_notified(&mut round) {
            self.hand_over(saved, round);
        }
        if P::arrivals(&self.setting.config, self.setting.me) != Arrivals::Never {
            self.host.next_arrival(&self.setting);
        }
        let stimulus = self.watched(|_| Stimulus::Booted { incarnation });
        self.close(stimulus, Cause::Start);
    }

    fn watched<T>(&self, make: impl FnOnce(&Setting<P>) -> T) -> Option<T> {
        self.host.watched.then(|| make(&self.setting))
    }

    pub(crate) fn delivered(&mut self, from: NodeId, letter: Letter<P::Message>) {
        let me = self.setting.me;
        let boot = self.host.boot_name(me);
        let (stamp, cause) = match letter.stamp {
            Some(stamp) => (stamp, Cause::Event(stamp.cause)),
            None => {
                let unknown = Stamp {
                    name: boot.mix(FOREIGN).mix(self.host.step),
                    cause: boot,
                    clock: 0,
                    sent_us: self.host.now_us,
                };
                (unknown, Cause::ProgramOrder)
            }
        };
        // The network may bring one message several times, and also to a later start: each is an event of its own.
        let name = stamp.name.delivery().mix(boot.0).mix(self.host.step);
        self.begin(name, stamp.clock);
        let Letter { message, .. } = letter;
        let stimulus = self.watched(|setting| {
            Stimulus::Delivered(told::message(setting, &stamp, (from, me), &message))
        });
        self.hand_over(Input::Message { from, message }, 0);
        self.close(stimulus, cause);
    }

    pub(crate) fn fired(&mut self, index: usize) {
        let Some(timer) = self.host.timers[index].take() else {
            return;
        };
        self.begin(timer.name, 0);
        let which = P::Timer::ALL[index];
        let stimulus = self.watched(|_| Stimulus::Fired {
            timer: which.id().into(),
        });
        self.hand_over(Input::Timer(which), 0);
        self.close(stimulus, Cause::Event(timer.cause));
    }

    pub(crate) fn arrived(&mut self) {
        let Some(due_us) = self.host.arrival.take() else {
            return;
        };
        let client = self.setting.me;
        self.host.workload += 1;
        let number = self.host.workload;
        let name = Name::arrival(client, number);
        let chance = Chance::new(self.setting.seed, name);
        let op = P::asked(&self.setting.config, client, number, chance);
        if P::arrivals(&self.setting.config, client) == Arrivals::Open {
            let next = Chance::new(self.setting.seed, Name::arrival(client, number + 1));
            let gap_us = P::gap_us(&self.setting.config, client, number + 1, next);
            // A node that could not keep up does not make up for all that it missed.
            self.host.arrival = Some((due_us + gap_us).max(self.host.now_us));
        }
        // A number that was not durable when the node went down comes again.
        let name = name.mix(self.host.boot_name(client).0);
        self.asked(name, OperationId { client, number }, op, Cause::Workload);
    }

    pub(crate) fn asked(&mut self, name: Name, id: OperationId, op: P::Op, cause: Cause) {
        self.begin(name, 0);
        let (workload, by_hand) = (self.host.workload, self.host.by_hand);
        self.hand().keep(&Record::Asked { workload, by_hand });
        let stimulus = self.watched(|setting| Stimulus::Asked {
            id,
            op: op.phrase(setting.me),
        });
        self.hand_over(Input::Request { id, op }, 0);
        self.close(stimulus, cause);
    }

    /// What save `number` held is durable: the speech behind it leaves.
    pub(crate) fn saved(&mut self, number: u64) {
        let of = |speech: &Speech<P>| match speech {
            Speech::Save { number, .. } => Some(*number),
            _ => None,
        };
        let waiting = self.host.speech.iter();
        let group = waiting.take_while(|speech| of(speech).is_none_or(|of| of <= number));
        let mut cause = Name::default();
        let (mut count, mut is_event) = (0, false);
        for speech in group {
            count += 1;
            match speech {
                Speech::Save {
                    cause: by,
                    own_clock,
                    ..
                } => {
                    cause = *by;
                    is_event |= own_clock.is_none();
                }
                _ => is_event = true,
            }
        }
        if is_event {
            self.begin(cause.saved(), 0);
        }
        for _ in 0..count {
            if let Some(speech) = self.host.speech.pop_front() {
                self.hand().leave(speech);
            }
        }
        if is_event {
            let mut round = 0;
            if let Some(saved) = self.next_notified(&mut round) {
                self.hand_over(saved, round);
            }
            let stimulus = self.watched(|_| Stimulus::Saved);
            self.close(stimulus, Cause::Event(cause));
        } else {
            self.tell();
        }
    }
}

/// What a node sees of the world in an event: a chance of its own for each input that follows within it.
fn surroundings<'a, P: Wired>(
    setting: &'a Setting<P>,
    host: &Host<P>,
    round: u64,
) -> Surroundings<'a, P> {
    let name = if round == 0 {
        host.name
    } else {
        host.name.mix(round)
    };
    Surroundings {
        me: setting.me,
        roster: &setting.roster,
        config: &setting.config,
        variant: setting.variant,
        now_us: host.now_us - host.booted_us,
        wall_us: host.now_us,
        chance: Chance::new(setting.seed, name),
        decisions: &[],
    }
}

impl<P: Wired> Setting<P> {
    fn of(setup: &Setup) -> Result<Self, OpenError> {
        let mut config = P::Config::default();
        for (key, value) in &setup.parameters {
            let set = config.set(key, value);
            set.map_err(|error| OpenError::Parameters(error.phrase()))?;
        }
        P::validate(&config).map_err(OpenError::Parameters)?;
        let variant = P::VARIANTS
            .iter()
            .find(|variant| variant.id == setup.variant)
            .ok_or_else(|| OpenError::NoVariant {
                variant: setup.variant.clone(),
                known: P::VARIANTS.iter().map(|variant| variant.id).collect(),
            })?;
        let roster = P::roster(&config);
        let labels: Vec<String> = roster.iter().map(|spec| spec.label.clone()).collect();
        let place = labels.iter().position(|label| *label == setup.label);
        let me = place.ok_or_else(|| OpenError::NoNode {
            label: setup.label.clone(),
            known: labels.clone(),
        })?;
        Ok(Self {
            me: NodeId(me as u16),
            roster,
            labels,
            config,
            variant: variant.value,
            variant_id: variant.id,
            parameters: setup.parameters.clone(),
            seed: setup.seed,
        })
    }
}
