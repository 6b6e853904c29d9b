//! Who is in service: active probes, ejection for failures in a row or for a low success rate, the panic threshold, and the slow
//! start of who comes back.
//!
//! Knows nothing of policies.

use crate::balancer::Balancer;
use crate::config::LoadBalancingConfig;
use crate::fact::{EjectedFor, Fact};
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::reason::Reason;
use crate::set::ServerSet;
use crate::variant::Variant;
use protocol::Context;
use serde::Serialize;

/// The share with which a server begins that comes back, in thousandths.
const FIRST_SHARE: u64 = 100;

/// The longest ejection, in first ejections.
const EJECTIONS_MAX: u32 = 10;

/// Success rates are compared where so many servers have one.
const RATES_MIN: usize = 3;

/// What a balancer knows of a server's health.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub(crate) struct Health {
    /// How many probes in a row spoke against how the server counts.
    pub(crate) contrary: u64,
    /// How many requests in a row failed.
    pub(crate) failures: u64,
    /// How many requests succeeded, and how many there were, since rates were compared.
    pub(crate) rate: (u64, u64),
    /// How often the server was ejected lately.
    pub(crate) ejections: u32,
    /// Until when it is ejected.
    pub(crate) ejected_until_us: u64,
    /// When it came back.
    pub(crate) back_us: u64,
    /// What it has of its next turn while it warms up, in thousandths.
    credit: u64,
}

impl Balancer {
    /// The servers that can be used, and whether that is all of them because too few are well.
    pub(crate) fn in_service(&mut self, cx: &mut Context<'_, Node>) -> (ServerSet, bool) {
        let config = cx.config();
        if cx.variant() == Variant::HealthCheckOff {
            return (ServerSet::first(config.servers), false);
        }
        let (pool, panic) = self.usable(config);
        if panic != self.panics {
            self.panics = panic;
            let (well, servers) = (self.well(config).len().into(), config.servers);
            cx.tell(if panic {
                Fact::Panics { well, servers }
            } else {
                Fact::PanicOver { well, servers }
            });
        }
        (pool, panic)
    }

    /// The same, as it follows from the checks.
    pub(crate) fn usable(&self, config: &LoadBalancingConfig) -> (ServerSet, bool) {
        let well = self.well(config);
        let panic =
            u64::from(well.len()) * 100 < config.panic_percent * config.servers || well.is_empty();
        let all = ServerSet::first(config.servers);
        (if panic { all } else { well }, panic)
    }

    /// The servers that are neither down nor ejected.
    fn well(&self, config: &LoadBalancingConfig) -> ServerSet {
        let all = ServerSet::first(config.servers);
        all.without(self.down()).without(self.ejected())
    }

    // ---- active checks ----

    /// Sets the timer for the first round of probes. It comes at any time, so that balancers do not probe in step.
    pub(crate) fn begin_probing(cx: &mut Context<'_, Node>) {
        let every = cx.config().probe_us;
        if every > 0 {
            cx.set_timer(Timer::Probe, 1, every, Reason::AwaitsProbe);
        }
    }

    /// Sets the timer of comparisons, which a live parameter may have switched on.
    pub(crate) fn keep_comparing(&mut self, cx: &mut Context<'_, Node>) {
        let config = cx.config();
        if config.outlier_us > 0 && !self.compares {
            self.compares = true;
            let every = config.outlier_us;
            cx.set_timer(Timer::Rates, every, every, Reason::AwaitsRates);
        }
    }

    /// Time for a round of probes.
    pub(crate) fn on_probe(&mut self, cx: &mut Context<'_, Node>) {
        let config = cx.config();
        self.missing(cx);
        self.round += 1;
        let all = ServerSet::first(config.servers);
        for server in all.iter() {
            let round = self.round;
            cx.send(
                config.server(server),
                Message::Probe { round },
                Reason::Probes {
                    to: config.server(server),
                    round,
                },
            );
        }
        self.awaited = all;
        let within = config.probe_timeout_us;
        cx.set_timer(
            Timer::ProbeTimeout,
            within,
            within,
            Reason::AwaitsWell {
                round: self.round,
                within_us: within,
            },
        );
        let (min, max) = (config.probe_us * 9 / 10, config.probe_us * 11 / 10);
        cx.set_timer(Timer::Probe, min, max, Reason::AwaitsProbe);
    }

    /// A server says it is well.
    pub(crate) fn on_well(&mut self, cx: &mut Context<'_, Node>, server: u16, round: u64) {
        let node = cx.config().server(server);
        if round != self.round || !self.awaited.contains(server) {
            cx.note(Reason::LateWell {
                server: node,
                round,
            });
            return;
        }
        self.awaited.remove(server);
        if self.awaited.is_empty() {
            cx.cancel_timer(Timer::ProbeTimeout);
        }
        let need = cx.config().probe_up;
        let is_down = self.down().contains(server);
        let health = &mut self.peer_mut(server).health;
        if !is_down {
            health.contrary = 0;
            cx.note(Reason::StaysUp { server: node });
            return;
        }
        health.contrary += 1;
        let good = health.contrary;
        cx.note(Reason::WellAgain {
            server: node,
            good,
            need,
        });
        if good >= need {
            self.comes_up(cx, server);
        }
    }

    /// The probes that are not answered by now have failed.
    pub(crate) fn missing(&mut self, cx: &mut Context<'_, Node>) {
        let need = cx.config().probe_down;
        for server in std::mem::take(&mut self.awaited).iter() {
            let node = cx.config().server(server);
            let was_down = self.down().contains(server);
            let health = &mut self.peer_mut(server).health;
            if was_down {
                health.contrary = 0;
                cx.note(Reason::StaysDown { server: node });
                continue;
            }
            health.contrary += 1;
            let failed = health.contrary;
            cx.note(Reason::ProbeFailed {
                server: node,
                failed,
                need,
            });
            if failed >= need {
                health.contrary = 0;
                self.goes_down(server);
                cx.tell(Fact::Down {
                    server: node,
                    failed,
                });
            }
        }
    }

    fn comes_up(&mut self, cx: &mut Context<'_, Node>, server: u16) {
        self.peer_mut(server).health.contrary = 0;
        self.goes_up(server);
        // Who proves to be well serves no rest of an ejection (Envoy, successful_active_health_check_uneject_host).
        self.comes_in(server);
        self.comes_back(cx.config(), server, cx.now_us());
        cx.tell(Fact::Up {
            server: cx.config().server(server),
        });
    }

    // ---- ejection ----

    /// A request succeeded at a server.
    pub(crate) fn counts_success(&mut self, server: u16) {
        let health = &mut self.peer_mut(server).health;
        health.failures = 0;
        health.rate.0 += 1;
        health.rate.1 += 1;
    }

    /// A request failed at a server: by an error, or because nothing was heard.
    pub(crate) fn counts_failure(&mut self, cx: &mut Context<'_, Node>, server: u16) {
        let limit = cx.config().passive_failures;
        let health = &mut self.peer_mut(server).health;
        health.failures += 1;
        health.rate.1 += 1;
        let failures = health.failures;
        cx.note(Reason::CountsFailure {
            server: cx.config().server(server),
            failures,
            limit,
        });
        if limit > 0 && failures >= limit {
            self.eject(cx, server, EjectedFor::InARow { failures });
        }
    }

    fn eject(&mut self, cx: &mut Context<'_, Node>, server: u16, why: EjectedFor) {
        let config = cx.config();
        let (ejected, max) = (self.ejected().len(), config.ejected_max());
        if self.ejected().contains(server) {
            return;
        }
        let node = config.server(server);
        if ejected >= max && cx.variant() != Variant::EjectsAll {
            cx.note(Reason::MayNotEject {
                server: node,
                ejected: ejected.into(),
                max: max.into(),
            });
            return;
        }
        let health = &mut self.peer_mut(server).health;
        health.failures = 0;
        health.ejections = (health.ejections + 1).min(EJECTIONS_MAX);
        let for_us = config.eject_us * u64::from(health.ejections);
        health.ejected_until_us = cx.now_us() + for_us;
        self.goes_out(server);
        cx.tell(Fact::Ejected {
            server: node,
            why,
            for_us,
        });
        self.await_return(cx);
    }

    /// Sets the timer for the first ejection that ends.
    fn await_return(&mut self, cx: &mut Context<'_, Node>) {
        let ends = |server| (self.peer(server).health.ejected_until_us, server);
        if let Some((until_us, server)) = self.ejected().iter().map(ends).min() {
            let left = until_us.saturating_sub(cx.now_us());
            let server = cx.config().server(server);
            cx.set_timer(Timer::Return, left, left, Reason::AwaitsReturn { server });
        }
    }

    /// Ejections end.
    pub(crate) fn on_return(&mut self, cx: &mut Context<'_, Node>) {
        let now_us = cx.now_us();
        for server in self.ejected().iter() {
            if self.peer(server).health.ejected_until_us <= now_us {
                self.comes_in(server);
                let node = cx.config().server(server);
                if self.down().contains(server) {
                    cx.note(Reason::EndsWhileDown { server: node });
                    continue;
                }
                self.comes_back(cx.config(), server, now_us);
                cx.tell(Fact::Returned { server: node });
            }
        }
        self.await_return(cx);
    }

    /// Time to compare success rates: who lies far below the mean is ejected.
    pub(crate) fn on_rates(&mut self, cx: &mut Context<'_, Node>) {
        let config = cx.config();
        if config.outlier_us == 0 {
            self.compares = false;
        } else {
            let every = config.outlier_us;
            cx.set_timer(Timer::Rates, every, every, Reason::AwaitsRates);
        }
        let mut rates = Vec::new();
        for server in ServerSet::first(config.servers).iter() {
            let is_out = self.ejected().contains(server);
            let health = &mut self.peer_mut(server).health;
            let (good, all) = std::mem::take(&mut health.rate);
            if all > 0 && good == all && !is_out {
                health.ejections = health.ejections.saturating_sub(1);
            }
            if all >= config.outlier_volume && !is_out {
                rates.push((server, good as f64 / all as f64));
            }
        }
        if rates.len() < RATES_MIN {
            let counted = rates.len() as u64;
            cx.note(Reason::TooFewRates {
                counted,
                need: RATES_MIN as u64,
            });
            return;
        }
        let count = rates.len() as f64;
        let mean = rates.iter().map(|(_, rate)| rate).sum::<f64>() / count;
        let square = |(_, rate): &(u16, f64)| (rate - mean) * (rate - mean);
        let deviation = (rates.iter().map(square).sum::<f64>() / count).sqrt();
        let least = mean - deviation * config.outlier_deviations_permille as f64 / 1000.0;
        let permille = |rate: f64| (rate.max(0.0) * 1000.0 + 0.5) as u64;
        cx.note(Reason::ComparesRates {
            mean: permille(mean),
            least: permille(least),
        });
        // Rates that are all the same have no outlier, however they are rounded.
        for (server, rate) in rates {
            if rate < least && deviation > 1e-9 {
                let why = EjectedFor::Rate {
                    rate: permille(rate),
                    mean: permille(mean),
                    least: permille(least),
                };
                self.eject(cx, server, why);
            }
        }
    }

    // ---- slow start ----

    fn comes_back(&mut self, config: &LoadBalancingConfig, server: u16, now_us: u64) {
        let health = &mut self.peer_mut(server).health;
        health.failures = 0;
        health.credit = 0;
        health.back_us = now_us;
        if config.slow_start_us > 0 {
            self.warming.insert(server);
        }
    }

    /// Who has its whole share again is no longer warming up.
    pub(crate) fn warm_up(&mut self, config: &LoadBalancingConfig, now_us: u64) {
        for server in self.warming.iter() {
            if self.share_permille(config, server, now_us) >= 1000 {
                self.warming.remove(server);
            }
        }
    }

    /// The part of its share that a server takes, in thousandths.
    pub(crate) fn share_permille(
        &self,
        config: &LoadBalancingConfig,
        server: u16,
        now_us: u64,
    ) -> u64 {
        if !self.warming.contains(server) {
            return 1000;
        }
        let back_us = now_us.saturating_sub(self.peer(server).health.back_us);
        (back_us * 1000)
            .checked_div(config.slow_start_us)
            .unwrap_or(1000)
            .clamp(FIRST_SHARE, 1000)
    }

    /// The weight of a server in thousandths, its slow start counted in.
    pub(crate) fn weight_permille(
        &self,
        config: &LoadBalancingConfig,
        server: u16,
        now_us: u64,
    ) -> u64 {
        self.peer(server).weight * self.share_permille(config, server, now_us)
    }

    /// Whether a server takes this turn: all of them, unless it is warming up.
    pub(crate) fn admits(
        &mut self,
        config: &LoadBalancingConfig,
        server: u16,
        now_us: u64,
    ) -> bool {
        let share = self.share_permille(config, server, now_us);
        if share >= 1000 {
            return true;
        }
        let health = &mut self.peer_mut(server).health;
        health.credit += share;
        let admitted = health.credit >= 1000;
        if admitted {
            health.credit -= 1000;
        }
        admitted
    }
}
