//! Plays a scenario in a cluster, beat by beat, forward and back. It does only what a user could do: what comes of it is an
//! ordinary run with edits.

mod asking;

use crate::sight::{Names, Sight};
use crate::trouble::of_predicate;
use crate::watch::Watch;
use crate::{Act, Failure, Move, Predicate, Scenario, Text, Trouble};
use protocol::{Name, NodeId, Purpose, Verdict};
use sim::{Action, Playable, Stepped};
use std::sync::Arc;

/// What a tick did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tick {
    /// Something was done, or nothing needed to be.
    Moved,
    /// Something happened by itself, on the way to what the beat waits for.
    Played,
    /// The beat is over.
    Over,
}

/// A scenario with its place in it. It holds no cluster: each call is given the one in which the scenario plays.
#[derive(Clone, Debug)]
pub struct Player {
    scenario: Arc<Scenario>,
    /// Where each beat began, up to the present one.
    begun: Vec<Place>,
    here: Place,
    /// The moves of the present beat that are done.
    moves: usize,
    /// When what is done next is done, in microseconds of virtual time, if a place in the run says so.
    act_us: Option<u64>,
    /// What the present wait has seen; none between waits.
    watch: Option<Watch>,
    /// The step at which the present wait began.
    waits_since: u64,
    /// The last step of the wait before: what happens later counts for the next one.
    window: u64,
    /// How far the scenario itself has taken the present branch: what is recorded behind that is the reader's.
    told: u64,
    over: bool,
}

/// A place in the cluster's tree of timelines, and the names given so far.
#[derive(Clone, Debug)]
struct Place {
    step: u64,
    branch: u32,
    names: Names,
}

impl Player {
    /// The scenario, before its first beat, for a cluster at its beginning.
    pub fn new(scenario: Arc<Scenario>) -> Self {
        Self {
            scenario,
            begun: Vec::new(),
            here: Place {
                step: 0,
                branch: 0,
                names: Names::new(),
            },
            moves: 0,
            act_us: None,
            watch: None,
            waits_since: 0,
            window: 0,
            told: 0,
            over: true,
        }
    }

    /// The scenario.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// How many beats have begun: the present one is the last of them. 0 before the first.
    pub fn beat(&self) -> usize {
        self.begun.len()
    }

    /// How many beats there are.
    pub fn len(&self) -> usize {
        self.scenario.beats.len()
    }

    /// Whether there are none; a scenario that was read has one at least.
    pub fn is_empty(&self) -> bool {
        self.scenario.beats.is_empty()
    }

    /// Whether the present beat is over.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Whether everything is over.
    pub fn is_done(&self) -> bool {
        self.over && self.beat() == self.len()
    }

    /// The step and the branch at which the scenario stands, whatever the reader looks at.
    pub const fn place(&self) -> (u64, u32) {
        (self.here.step, self.here.branch)
    }

    /// Whether `world` shows the place at which the scenario stands.
    pub fn is_here(&self, world: &dyn Playable) -> bool {
        world.step() == self.here.step && world.branch() == self.here.branch
    }

    /// Moves the cursor of `world` to where the scenario stands, from wherever the reader went. If the reader went on from there
    /// in the scenario's branch, what they made of it keeps that branch, and the scenario gets another with the same past.
    ///
    /// # Errors
    /// The place is not in this cluster's tree: it is another one.
    pub fn come_back(&mut self, world: &mut dyn Playable) -> Result<(), Failure> {
        if !self.is_here(world) {
            let went = if world.branch() == self.here.branch {
                world.seek(self.here.step)
            } else {
                world.switch(self.here.branch, Some(self.here.step))
            };
            went.map_err(|error| self.failure(Trouble::Refused(error)))?;
        }
        if world.len() > self.told {
            let left = self.here.branch;
            let branch = world.fork();
            for begun in self.begun.iter_mut().filter(|begun| begun.branch == left) {
                begun.branch = branch;
            }
            self.here.branch = branch;
            self.told = self.here.step;
        }
        Ok(())
    }

    /// Whether the next tick lets the run take a step: whatever else there is to do takes no time.
    pub fn waits(&mut self, world: &mut dyn Playable) -> bool {
        let scenario = Arc::clone(&self.scenario);
        let beat = self.beat().checked_sub(1).map(|at| &scenario.beats[at]);
        let next = beat.and_then(|beat| beat.moves.get(self.moves));
        match next.filter(|_| !self.over && self.is_here(world)) {
            Some(Move::Until(predicate)) => self.watches(predicate, world) == Ok(false),
            Some(Move::At { step, .. }) => world.step() < *step,
            _ => false,
        }
    }

    /// Begins the next beat: the one before is played to its end first. Answers whether there was one.
    ///
    /// # Errors
    /// The beat before fails.
    pub fn next(&mut self, world: &mut dyn Playable) -> Result<bool, Failure> {
        self.finish(world)?;
        if self.is_done() {
            return Ok(false);
        }
        self.begun.push(self.here.clone());
        self.begin();
        // Names that the beat gives first can stand in its words.
        while let Some(Move::Let(_)) = self.present() {
            self.tick(world)?;
        }
        Ok(true)
    }

    /// Goes back to where the present beat began; from there, to where the beat before did.
    ///
    /// # Errors
    /// The place is not in this cluster's tree.
    pub fn back(&mut self, world: &mut dyn Playable) -> Result<(), Failure> {
        let at_begin = self.moves == 0
            || self
                .begun
                .last()
                .is_some_and(|begun| begun.step == self.here.step && !self.over);
        if at_begin && self.begun.len() > 1 {
            self.begun.pop();
        }
        let Some(place) = self.begun.last() else {
            return Ok(());
        };
        self.here = place.clone();
        self.begin();
        self.come_back(world)?;
        while let Some(Move::Let(_)) = self.present() {
            self.tick(world)?;
        }
        Ok(())
    }

    /// One thing of the present beat: an act, or one step of the run on the way to what is waited for.
    ///
    /// # Errors
    /// The beat fails: an act is not possible, what it waits for does not come, or what must hold does not.
    pub fn tick(&mut self, world: &mut dyn Playable) -> Result<Tick, Failure> {
        if self.over {
            return Ok(Tick::Over);
        }
        self.come_back(world)?;
        let tick = self.do_next(world);
        let branched = self.here.branch != world.branch();
        self.here.step = world.step();
        self.here.branch = world.branch();
        self.told = if branched {
            self.here.step
        } else {
            self.told.max(self.here.step)
        };
        tick.map_err(|trouble| self.failure(trouble))
    }

    /// Plays the present beat to its end.
    ///
    /// # Errors
    /// The beat fails.
    pub fn finish(&mut self, world: &mut dyn Playable) -> Result<(), Failure> {
        while self.tick(world)? != Tick::Over {}
        Ok(())
    }

    /// Plays everything that is left, and what must hold at the end.
    ///
    /// # Errors
    /// A beat fails, or what must hold at the end does not.
    pub fn play_out(&mut self, world: &mut dyn Playable) -> Result<(), Failure> {
        while self.next(world)? {}
        Ok(())
    }

    /// The words of the present beat, with the names of nodes in place.
    pub fn words(&self, world: &dyn Playable) -> Option<Text> {
        let say = self.beat_now()?.say.as_ref()?;
        Some(self.placed(say, world))
    }

    fn begin(&mut self) {
        self.moves = 0;
        self.act_us = None;
        self.watch = None;
        self.window = self.here.step;
        self.over = false;
    }

    fn beat_now(&self) -> Option<&crate::Beat> {
        self.scenario.beats.get(self.beat().checked_sub(1)?)
    }

    fn present(&self) -> Option<&Move> {
        self.beat_now()?.moves.get(self.moves)
    }

    fn failure(&self, trouble: Trouble) -> Failure {
        Failure {
            beat: self.beat(),
            beats: self.len(),
            line: self.beat_now().map(|beat| beat.line),
            trouble,
        }
    }

    fn do_next(&mut self, world: &mut dyn Playable) -> Result<Tick, Trouble> {
        let scenario = Arc::clone(&self.scenario);
        let beat = &scenario.beats[self.beat() - 1];
        let Some(next) = beat.moves.get(self.moves) else {
            self.check_end(world, &scenario, beat)?;
            self.over = true;
            return Ok(Tick::Over);
        };
        match next {
            Move::Let(names) => {
                for (name, who) in names {
                    let node = Sight::new(world, &self.here.names).node(who)?;
                    self.here.names.insert(name.clone(), node);
                }
            }
            Move::Do(act) => self.act(act, world)?,
            Move::Until(predicate) => {
                if !self.watches(predicate, world)? {
                    let waited = world.step() - self.waits_since;
                    if waited < beat.steps
                        && let Some(stepped) = world.advance()
                    {
                        self.judge(stepped, world)?;
                        return Ok(Tick::Played);
                    }
                    let sight = Sight::new(world, &self.here.names);
                    let unmet = self
                        .watch
                        .as_ref()
                        .map(|watch| watch.unmet(predicate, &sight));
                    let what = Box::new(of_predicate(unmet.unwrap_or(predicate)));
                    return Err(if waited < beat.steps {
                        Trouble::Still(what)
                    } else {
                        Trouble::NotYet(beat.steps, what)
                    });
                }
                self.watch = None;
                self.act_us = None;
                self.window = world.step();
            }
            Move::At { step, us } => {
                if world.step() < *step
                    && let Some(stepped) = world.advance()
                {
                    self.judge(stepped, world)?;
                    return Ok(Tick::Played);
                }
                if world.step() != *step || world.now_us() > *us {
                    return Err(Trouble::Elsewhere {
                        step: *step,
                        us: *us,
                        reached: world.step(),
                    });
                }
                self.act_us = Some(*us);
                self.window = world.step();
            }
        }
        self.moves += 1;
        Ok(Tick::Moved)
    }

    /// Whether what is waited for holds.
    fn watches(
        &mut self,
        predicate: &Predicate,
        world: &mut dyn Playable,
    ) -> Result<bool, Trouble> {
        let watch = self.watch.get_or_insert_with(|| {
            self.waits_since = world.step();
            Watch::new(self.window)
        });
        watch.holds(predicate, world, &self.here.names)
    }

    /// What must hold at the end of a beat, and of the whole behind the last one.
    fn check_end(
        &self,
        world: &mut dyn Playable,
        scenario: &Scenario,
        beat: &crate::Beat,
    ) -> Result<(), Trouble> {
        let names = &self.here.names;
        let begun = self.begun.last().map_or(0, |place| place.step);
        let last = self.beat() == self.len();
        let whole = if last {
            scenario.expect.as_slice()
        } else {
            &[]
        };
        let of_beat = beat.expect.iter().map(|predicate| (begun, predicate));
        let of_whole = whole.iter().map(|predicate| (0, predicate));
        for (since, predicate) in of_beat.chain(of_whole) {
            let mut watch = Watch::new(since);
            if !watch.holds(predicate, world, names)? {
                let sight = Sight::new(world, names);
                let what = of_predicate(watch.unmet(predicate, &sight));
                return Err(Trouble::NotSo(Box::new(what)));
            }
        }
        self.check_choices(world, beat, begun)
    }

    /// A property that is violated without being named fails the beat.
    fn judge(&self, stepped: Stepped, world: &dyn Playable) -> Result<(), Trouble> {
        if !stepped.violated {
            return Ok(());
        }
        for status in world.properties() {
            if let Verdict::Violated(how) = status.verdict
                && !self.may_break(&status.property)
            {
                return Err(Trouble::Violated(status.property.into_owned(), how));
            }
        }
        Ok(())
    }

    fn may_break(&self, property: &str) -> bool {
        let named = |predicate: &Predicate| names_violation(predicate, property);
        self.scenario.expect.iter().any(named)
    }

    fn act(&self, act: &Act, world: &mut dyn Playable) -> Result<(), Trouble> {
        let actions = Sight::new(world, &self.here.names).actions(act)?;
        for action in actions {
            let at_us = self.act_us.unwrap_or_else(|| world.now_us());
            let stepped = world.act(&action, at_us).map_err(Trouble::Refused)?;
            self.judge(stepped, world)?;
        }
        Ok(())
    }
}

fn names_violation(predicate: &Predicate, property: &str) -> bool {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().any(|part| names_violation(part, property))
        }
        Predicate::Violated(id) => id == property,
        _ => false,
    }
}

impl Sight<'_> {
    /// The actions that `act` comes to now.
    fn actions(&self, act: &Act) -> Result<Vec<Action>, Trouble> {
        let each = |group: &[String], action: &dyn Fn(NodeId) -> Action| {
            Ok(self.nodes(group)?.into_iter().map(action).collect())
        };
        let all = |messages: &crate::Messages, action: fn(Name) -> Action| {
            let names = self.flights(messages)?;
            if names.is_empty() {
                return Err(Trouble::no_message(messages, self.frame()));
            }
            Ok(names.into_iter().map(action).collect())
        };
        let one = |action| Ok(vec![action]);
        match act {
            Act::Deliver(messages) => all(messages, Action::Deliver),
            Act::Drop(messages) => all(messages, Action::Drop),
            Act::Duplicate(messages) => all(messages, Action::Duplicate),
            Act::Hold(messages) => all(messages, Action::Hold),
            Act::Release(messages) => all(messages, Action::Release),
            Act::Fire { timer, node } => one(self.fire(timer, node)?),
            Act::Save(group) => each(group, &Action::Save),
            Act::Arrive(group) => each(group, &Action::Arrive),
            Act::Crash { nodes, keep, torn } => each(nodes, &|node| Action::Crash {
                node,
                keep: *keep,
                torn: *torn,
            }),
            Act::Restart(group) => each(group, &Action::Restart),
            Act::Pause(group) => each(group, &Action::Pause),
            Act::Resume(group) => each(group, &Action::Resume),
            Act::Erase(group) => each(group, &Action::Erase),
            Act::Remove(group) => each(group, &Action::Remove),
            Act::Cut { from, to, both } => {
                let (from, to) = self.sides(from, to)?;
                one(Action::Cut {
                    from,
                    to,
                    both: *both,
                })
            }
            Act::Heal => one(Action::Heal),
            Act::Skew {
                node,
                drift_ppm,
                offset_us,
            } => one(Action::Skew {
                node: self.node(node)?,
                drift_ppm: *drift_ppm,
                offset_us: *offset_us,
            }),
            Act::Set(pairs) => Ok(pairs
                .iter()
                .map(|(key, value)| Action::Set {
                    key: key.clone(),
                    value: value.clone(),
                })
                .collect()),
            Act::Ask { client, op, fields } => one(Action::Ask {
                client: self.node(client)?,
                op: op.clone(),
                fields: self.fields(op, fields),
            }),
            Act::Choose {
                of,
                purpose,
                outcome,
            } => {
                let taken = self.actions(of)?;
                let row = taken.first().and_then(|action| self.waiting(action));
                let row = row.ok_or(Trouble::NothingToDecide)?;
                one(Action::Choose {
                    event: row.event,
                    purpose: Purpose::new(purpose).word(),
                    outcome: *outcome,
                })
            }
            Act::Add(kind) => one(Action::Add(*kind)),
        }
    }

    fn fire(&self, timer: &str, who: &str) -> Result<Action, Trouble> {
        let node = self.node(who)?;
        let name = self.about().timer;
        let rows = self.pending().into_iter().map(|row| row.action);
        rows.into_iter()
            .find(|action| match action {
                Action::Fire {
                    node: at,
                    timer: index,
                } => *at == node && name(*index) == timer,
                _ => false,
            })
            .ok_or_else(|| Trouble::NoTimer(node, timer.into()))
    }

    /// The fields of an operation: what is left out is what stands there unless somebody types.
    fn fields(&self, op: &str, given: &[String]) -> Vec<String> {
        let operations = self.about().operations.iter();
        let spec = operations.into_iter().find(|spec| spec.id == op);
        let defaults = spec.map_or(&[] as &[_], |spec| spec.fields);
        let left_out = defaults.iter().skip(given.len());
        let left_out = left_out.map(|field| field.default.to_owned());
        given.iter().cloned().chain(left_out).collect()
    }

    /// `{leader}` becomes the leader's label; what names nobody now stays as it stands.
    fn place_names(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            out.push_str(before);
            let Some((who, after)) = behind.split_once('}') else {
                out.push('{');
                rest = behind;
                break;
            };
            match self.node(who) {
                Ok(node) => out.push_str(&self.labels()[node.index()]),
                Err(_) => {
                    out.push('{');
                    out.push_str(who);
                    out.push('}');
                }
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}
