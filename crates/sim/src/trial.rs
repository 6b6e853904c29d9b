//! A cluster that is only tried: it runs in place, is acted upon, and can say which run it has been. It keeps no record, no
//! checkpoint and no tree, so that a search tries many schedules a second.

use crate::cluster::{Cluster, Outcome};
use crate::kernel::Due;
use crate::record::{Record, Recorder};
use crate::run::put_in_order;
use crate::{About, Action, Edit, Run, SimError};
use protocol::{Name, NodeId, NodeKind, Protocol, Say, Verdict};
use std::borrow::Cow;
use std::mem::{Discriminant, discriminant};
use trace::{FlightEnd, NodeStatus};

/// What a stretch of a trial came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stretch {
    /// How many steps were taken.
    pub steps: u64,
    /// Whether the last one broke a property: there a stretch ends.
    pub violated: bool,
    /// The node at which the last turning point was, if one was told on the way.
    pub turned: Option<NodeId>,
}

/// A node, as far as a fault asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// Which.
    pub node: NodeId,
    /// Its kind.
    pub kind: NodeKind,
    /// Whether it runs.
    pub status: NodeStatus,
    /// How many of its writes are not durable yet.
    pub unsaved: u32,
}

/// A message to which chance did something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Struck {
    /// Which.
    pub message: Name,
    /// When it was sent, in microseconds of virtual time.
    pub sent_us: u64,
    /// Whether it was doubled; otherwise it was lost.
    pub doubled: bool,
}

/// Something that waits to happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// What picking it does.
    pub action: Action,
    /// The name that its event will have.
    pub event: Name,
    /// The event that it follows from; `None` for what the workload asks.
    pub cause: Option<Name>,
    /// Whether it is a timer's.
    pub timer: bool,
}

/// A simulated cluster to be tried, without its types.
pub trait Trial {
    /// What the protocol says of itself.
    fn about(&self) -> &'static About;
    /// The virtual time, in microseconds.
    fn now_us(&self) -> u64;
    /// How many steps have happened.
    fn steps(&self) -> u64;
    /// Timed play: all that is due before `until_us`, edits that are to come too, at most `steps_max` steps. It ends behind a step that breaks a property, and
    /// if `to_turn` behind a turning point.
    fn run_to(&mut self, until_us: u64, steps_max: u64, to_turn: bool) -> Stretch;
    /// Does `action` at the virtual time `at_us`, or as soon after as is legal. What is due before that time has to have happened.
    /// Edits that were to come are no longer.
    ///
    /// # Errors
    /// Why it cannot be done; nothing has changed then.
    fn act(&mut self, action: &Action, at_us: u64) -> Result<Stretch, SimError>;
    /// The nodes that are there.
    fn targets(&self) -> Vec<Target>;
    /// The messages that can still arrive, and whether each is held.
    fn messages(&self) -> Vec<(Name, bool)>;
    /// What chance has done to messages that would still fly: which it lost, and which it doubled, with when each was sent.
    fn chances(&self) -> Vec<Struck>;
    /// Everything that can be picked, in a stable order.
    fn waiting(&self) -> Vec<Waiting>;
    /// Whether a link is cut.
    fn is_cut(&self) -> bool;
    /// How the properties stand, in the order of [`About::properties`].
    fn verdicts(&self) -> Vec<&Verdict>;
    /// The step of the last change of each verdict, in the same order.
    fn since(&self) -> Vec<Option<u64>>;
    /// Who the state is, as [`crate::Moment::identity`] says.
    fn identity(&self) -> u64;
    /// The kinds of turning points that were told, by the keys of their words, in the order in which they first were.
    fn told(&self) -> &[Cow<'static, str>];
    /// The run that this is: played from its beginning it comes to this state, and edits that are to come follow.
    fn run(&self) -> Run;
    /// Gives up the edits that are to come.
    fn forget(&mut self);
    /// The edits that came to nothing, by their places in the run.
    fn unmet(&self) -> Vec<usize>;
    /// The same cluster again, to be tried in another way.
    fn fork(&self) -> Box<dyn Trial>;
}

/// A cluster to be tried, or why there is none.
pub type Opened = Result<Box<dyn Trial>, SimError>;

/// Takes note of which kinds of turning points there were, and of nothing else.
#[derive(Clone, Debug)]
struct Told<P: Protocol> {
    kinds: Vec<Discriminant<P::Fact>>,
    words: Vec<Cow<'static, str>>,
}

impl<P: Protocol> Recorder<P> for Told<P> {
    const ON: bool = true;
    const DETAIL: bool = false;
    /// Trials know states by their identity.
    const DIGESTED: bool = false;
    #[inline]
    fn outcome(&mut self, record: Record<P>) {
        if let Record::Told(fact) = record {
            let kind = discriminant(&fact);
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind);
                // Who told it does not matter: the words of one kind have one key.
                self.words.push(fact.phrase(NodeId(0)).key);
            }
        }
    }
}

/// The one implementation.
#[derive(Clone)]
struct Of<P: Protocol> {
    about: &'static About,
    run: Run,
    cluster: Cluster<P>,
    told: Told<P>,
}

/// Opens `run` of protocol `P` to be tried, after the first `steps` steps of it.
///
/// # Errors
/// Another protocol's run, an unknown variant, a configuration that is refused, or fewer steps than that.
pub(crate) fn open<P: Protocol>(about: &'static About, run: &Run, steps: u64) -> Opened {
    let mut run = Run {
        behaviour: P::BEHAVIOUR,
        ..run.clone()
    };
    put_in_order(&mut run.edits);
    let mut cluster = Cluster::<P>::new(&run)?;
    let mut told = Told {
        kinds: Vec::new(),
        words: Vec::new(),
    };
    for step in 0..steps {
        if cluster.step(&run.edits, &mut told).is_none() {
            return Err(SimError::BeyondEnd(steps, step));
        }
    }
    Ok(Box::new(Of {
        about,
        run,
        cluster,
        told,
    }))
}

impl<P: Protocol> Of<P> {
    const fn stretch(outcome: Outcome) -> Stretch {
        Stretch {
            steps: 1,
            violated: outcome.violated,
            turned: if outcome.moment { outcome.node } else { None },
        }
    }
}

impl<P: Protocol> Trial for Of<P> {
    fn about(&self) -> &'static About {
        self.about
    }

    fn now_us(&self) -> u64 {
        self.cluster.kernel().now_us
    }

    fn steps(&self) -> u64 {
        self.cluster.kernel().steps
    }

    fn run_to(&mut self, until_us: u64, steps_max: u64, to_turn: bool) -> Stretch {
        let mut all = Stretch::default();
        while all.steps < steps_max
            && !all.violated
            && let Some(outcome) =
                self.cluster
                    .step_before(until_us, &self.run.edits, &mut self.told)
        {
            all.steps += 1;
            all.violated = outcome.violated;
            if outcome.moment {
                all.turned = outcome.node;
                if to_turn && all.turned.is_some() {
                    break;
                }
            }
        }
        all
    }

    fn act(&mut self, action: &Action, at_us: u64) -> Result<Stretch, SimError> {
        let kernel = self.cluster.kernel();
        let due_us = kernel.peek().map_or(u64::MAX, |next| next.at_us);
        let at_us = at_us.min(due_us).max(kernel.now_us);
        let rank = if at_us == kernel.now_us {
            kernel.rank
        } else {
            0
        };
        let taken = self.cluster.edits_taken as usize;
        let earlier = self.run.edits[..taken].iter().rev();
        let alike = earlier
            .take_while(|other| (other.at_us, other.rank) == (at_us, rank))
            .filter(|other| other.action == *action)
            .count() as u64;
        let edit = Edit {
            at_us,
            rank,
            after: Vec::new(),
            action: action.clone(),
        };
        let outcome = self.cluster.act(&edit, alike, &mut self.told)?;
        self.run.edits.truncate(taken);
        self.run.edits.push(edit);
        self.cluster.edits_taken += 1;
        Ok(Self::stretch(outcome))
    }

    fn targets(&self) -> Vec<Target> {
        let hosts = self.cluster.kernel().hosts.iter().enumerate();
        hosts
            .map(|(index, host)| {
                let node = NodeId(index as u16);
                Target {
                    node,
                    kind: self.cluster.roster()[index].kind,
                    status: host.status,
                    unsaved: self.cluster.unsaved(node).0,
                }
            })
            .filter(|target| target.status != NodeStatus::Removed)
            .collect()
    }

    fn messages(&self) -> Vec<(Name, bool)> {
        let flights = self.cluster.kernel().on_stage();
        flights
            .filter(|(_, flight)| flight.end == FlightEnd::Arrives)
            .map(|(_, flight)| (flight.name, flight.held))
            .collect()
    }

    fn chances(&self) -> Vec<Struck> {
        let on_stage = || self.cluster.kernel().on_stage().map(|(_, flight)| flight);
        let mut all = Vec::new();
        for flight in on_stage() {
            let message = if flight.end == FlightEnd::Lost {
                Some((flight.name, false))
            } else {
                // The second copy has its name from the first.
                let mut others = on_stage();
                let first = others.find(|other| other.name.mix(1) == flight.name);
                first.map(|first| (first.name, true))
            };
            all.extend(message.map(|(message, doubled)| Struck {
                message,
                sent_us: flight.sent_us,
                doubled,
            }));
        }
        all
    }

    fn waiting(&self) -> Vec<Waiting> {
        waiting(&self.cluster)
    }

    fn is_cut(&self) -> bool {
        !self.cluster.kernel().cuts.is_empty()
    }

    fn verdicts(&self) -> Vec<&Verdict> {
        let verdicts = self.cluster.verdicts().iter();
        verdicts.map(|(verdict, _)| verdict).collect()
    }

    fn since(&self) -> Vec<Option<u64>> {
        let verdicts = self.cluster.verdicts().iter();
        verdicts.map(|(_, since)| *since).collect()
    }

    fn identity(&self) -> u64 {
        self.cluster.identity()
    }

    fn told(&self) -> &[Cow<'static, str>] {
        &self.told.words
    }

    fn run(&self) -> Run {
        self.run.clone()
    }

    fn forget(&mut self) {
        self.run.edits.truncate(self.cluster.edits_taken as usize);
    }

    fn unmet(&self) -> Vec<usize> {
        let unmet = self.cluster.unmet.iter();
        unmet.map(|(place, _)| *place as usize).collect()
    }

    fn fork(&self) -> Box<dyn Trial> {
        Box::new(self.clone())
    }
}

/// Everything that can be picked, in a stable order.
pub(crate) fn waiting<P: Protocol>(cluster: &Cluster<P>) -> Vec<Waiting> {
    let kernel = cluster.kernel();
    let runs = |node: NodeId| kernel.hosts[node.index()].status == NodeStatus::Up;
    let waiting = kernel.waiting().into_iter().filter_map(|next| {
        let (action, cause, node) = match next.what {
            Due::Flight(slot) => {
                let flight = &kernel.flights[slot as usize];
                let there = kernel.hosts[flight.to.index()].status != NodeStatus::Paused;
                return (there && !flight.held).then_some(Waiting {
                    action: Action::Deliver(flight.name),
                    event: next.name,
                    cause: Some(flight.cause),
                    timer: false,
                });
            }
            Due::Timer(node, timer) => (
                Action::Fire { node, timer },
                kernel.timer(node, timer).map(|timer| timer.cause),
                node,
            ),
            Due::Save(node) => (Action::Save(node), None, node),
            Due::Arrival(node) => (Action::Arrive(node), None, node),
        };
        let timer = matches!(action, Action::Fire { .. });
        runs(node).then_some(Waiting {
            timer,
            action,
            event: next.name,
            cause,
        })
    });
    waiting.collect()
}
