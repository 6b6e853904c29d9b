//! The outside of a cluster: what nodes see of it, how messages leave, and the parameters that made it.

use super::*;
use crate::run::TIME_MAX_US;

impl<P: Protocol> Setting<P> {
    /// What surrounds a node in the event `name`. The inputs that follow within it (`round` from 1) have chances of their own;
    /// a decision that is overridden is so in all of them.
    #[inline(always)]
    pub(super) fn surroundings(
        &self,
        kernel: &Kernel,
        me: NodeId,
        name: Name,
        round: u64,
    ) -> Surroundings<'_, P> {
        let decisions = if self.decisions.is_empty() {
            None
        } else {
            self.decisions.get(&name)
        };
        Surroundings {
            me,
            roster: &self.roster,
            config: &self.config,
            variant: self.variant,
            now_us: kernel.clock_us(me),
            wall_us: kernel.wall_us(me),
            chance: Chance::new(kernel.seed, if round == 0 { name } else { name.mix(round) }),
            decisions: decisions.map_or(&[], Vec::as_slice),
        }
    }

    /// The `number`-th operation of the workload of `client`.
    #[inline]
    pub(super) fn asked(&self, seed: u64, client: NodeId, number: u64) -> P::Op {
        let chance = Chance::new(seed, Name::arrival(client, number));
        P::asked(&self.config, client, number, chance)
    }

    /// The gap before it.
    pub(super) fn gap_us(&self, seed: u64, client: NodeId, number: u64) -> u64 {
        let chance = Chance::new(seed, Name::arrival(client, number));
        P::gap_us(&self.config, client, number, chance)
    }

    /// The client's next operation counts its gap from now.
    pub(super) fn next_arrival(&self, kernel: &mut Kernel, client: NodeId) {
        let number = kernel.hosts[client.index()].next_number;
        let due_us = kernel.now_us + self.gap_us(kernel.seed, client, number);
        kernel.schedule_arrival(client, due_us, number);
    }
}

impl<P: Protocol> World<P> {
    #[inline(always)]
    pub(super) fn put_body(&mut self, slot: u32, message: P::Message) {
        match self.bodies.get_mut(slot as usize) {
            Some(body) => *body = Some(message),
            // Slots are given out in order.
            None => self.bodies.push(Some(message)),
        }
    }
}

pub(super) const fn travel(flight: &Flight) -> Travel {
    Travel {
        name: flight.name,
        from: flight.from,
        to: flight.to,
        sent_us: flight.sent_us,
    }
}

/// The configurations that `run` amounts to.
pub(super) fn configure<P: Protocol>(run: &Run) -> Result<(P::Config, WorldConfig), SimError> {
    let (mut config, mut world) = (P::Config::default(), WorldConfig::default());
    for (key, value) in &run.config {
        put::<P>(&mut config, &mut world, key, value)?;
    }
    P::validate(&config).map_err(SimError::refused)?;
    validate_world(&world)?;
    if let Some(edit) = run.edits.iter().find(|edit| edit.at_us > TIME_MAX_US) {
        return Err(SimError::refused(
            Phrase::new("error.beyond-time")
                .us("at", edit.at_us)
                .us("most", TIME_MAX_US),
        ));
    }
    Ok((config, world))
}

fn put<P: Protocol>(
    config: &mut P::Config,
    world: &mut WorldConfig,
    key: &str,
    value: &str,
) -> Result<(), SimError> {
    if P::Config::place(key).is_some() {
        return Ok(config.set(key, value)?);
    }
    if WorldConfig::place(key).is_some() {
        return Ok(world.set(key, value)?);
    }
    let all = P::Config::PARAMETERS.iter().chain(WorldConfig::PARAMETERS);
    Err(SimError::from(protocol::ConfigError::Unknown {
        key: key.into(),
        known: all.map(|p| p.key).collect(),
    }))
}

pub(super) fn set_live<P: Protocol>(
    config: &mut P::Config,
    world: &mut WorldConfig,
    key: &str,
    value: &str,
) -> Result<(), SimError> {
    let mut all = P::Config::PARAMETERS.iter().chain(WorldConfig::PARAMETERS);
    if all.any(|parameter| parameter.key == key && !parameter.live) {
        return Err(SimError::refused(
            Phrase::new("error.fixed").text("key", key),
        ));
    }
    put::<P>(config, world, key, value)?;
    P::validate(config).map_err(SimError::refused)?;
    validate_world(world)
}

fn validate_world(world: &WorldConfig) -> Result<(), SimError> {
    if world.latency_min_us > world.latency_max_us {
        return Err(SimError::refused(
            Phrase::new("error.latencies")
                .us("min", world.latency_min_us)
                .us("max", world.latency_max_us),
        ));
    }
    Ok(())
}
