//! What is promised of single decisions, and what is remembered of a balancer for it.

use super::{BOUNDED_LOADS, LEAST_OF_THOSE_KNOWN, RETRY_BUDGET, SMOOTH_WEIGHTS};
use crate::balancer::Balancer;
use crate::config::LoadBalancingConfig;
use crate::decision::{Decision, Standing};
use crate::policy::cost;
use crate::set::ServerSet;
use protocol::{NodeId, Phrase, Verdicts};

/// What is remembered of a balancer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct BalancerMemory {
    /// Whether it was seen since it started.
    pub(super) known: bool,
    /// When it last did anything, and since when it has done so without a long silence: a pause, or a start.
    pub(super) last_us: u64,
    pub(super) awake_us: u64,
    /// Who was out of service after its last step.
    pub(super) out: ServerSet,
    /// What paid for retries since it started, and what they cost, in thousandths of a retry.
    pub(super) paid: u64,
    pub(super) spent: u64,
    /// For whom turns are counted, and how many each had.
    pub(super) turns_for: (ServerSet, ServerSet),
    pub(super) turns: Vec<u64>,
}

/// No server has more than ⌈c (m + 1) / n⌉ once it has this request.
pub(super) fn check_bound(
    config: &LoadBalancingConfig,
    decision: &Decision,
    said: &impl Fn(&'static str) -> Phrase,
    verdicts: &mut Verdicts,
) {
    let Some(winner) = decision.winner() else {
        return;
    };
    let shares = 100 * u64::from(decision.candidates.len().max(1));
    let bound = (config.bound_percent * (decision.open + 1)).div_ceil(shares);
    let now = winner.value.max(0) as u64 + 1;
    if now > bound {
        let how = said("violation.bounded-loads")
            .int("open", now)
            .int("bound", bound);
        verdicts.violated(BOUNDED_LOADS, how);
    }
}

/// Of the servers that were looked at, none had less for its weight, as far as could be known.
pub(super) fn check_least(
    config: &LoadBalancingConfig,
    me: NodeId,
    decision: &Decision,
    verdicts: &mut Verdicts,
) {
    let Some(winner) = decision.winner() else {
        return;
    };
    let least = decision
        .looked
        .iter()
        .filter(|looked| looked.standing == Standing::Fits)
        .min_by_key(|looked| cost(looked.known, looked.weight));
    if let Some(least) = least
        && cost(least.known, least.weight) < cost(winner.known, winner.weight)
    {
        let how = Phrase::new("violation.least-of-those-known")
            .node("balancer", me)
            .node("server", config.server(winner.server))
            .int("load", winner.known)
            .node("other", config.server(least.server))
            .int("less", least.known);
        verdicts.violated(LEAST_OF_THOSE_KNOWN, how);
    }
}

impl BalancerMemory {
    /// Nobody is more than one turn ahead of its share, and after a whole cycle everybody has had its share exactly.
    pub(super) fn check_turns(
        &mut self,
        config: &LoadBalancingConfig,
        balancer: &Balancer,
        decision: &Decision,
        said: &impl Fn(&'static str) -> Phrase,
        verdicts: &mut Verdicts,
    ) {
        let turns_for = (decision.candidates, balancer.warming());
        if self.turns_for != turns_for || self.turns.is_empty() {
            self.turns_for = turns_for;
            self.turns = vec![0; config.servers as usize];
        }
        self.turns[usize::from(decision.chosen)] += 1;
        if !balancer.warming().is_empty() {
            return;
        }
        let weight = |server| balancer.peer(server).weight;
        let sum: u64 = decision.candidates.iter().map(weight).sum();
        let turns: u64 = self.turns.iter().sum();
        let had = |server: u16| self.turns[usize::from(server)] * sum;
        let ahead = had(decision.chosen) >= turns * weight(decision.chosen) + sum;
        let uneven = turns.is_multiple_of(sum)
            && decision
                .candidates
                .iter()
                .any(|server| had(server) != turns * weight(server));
        if ahead || uneven {
            let how = said("violation.smooth-weights")
                .int("had", self.turns[usize::from(decision.chosen)])
                .int("turns", turns)
                .int("weight", weight(decision.chosen))
                .int("sum", sum);
            verdicts.violated(SMOOTH_WEIGHTS, how);
        }
    }

    /// Retries ≤ burst + share · requests.
    pub(super) fn check_budget(
        &mut self,
        config: &LoadBalancingConfig,
        me: NodeId,
        decision: &Decision,
        verdicts: &mut Verdicts,
    ) {
        if decision.attempt == 1 {
            self.paid += config.retry_budget_permille;
            return;
        }
        self.spent += 1000;
        if self.spent > self.paid {
            let how = Phrase::new("violation.retry-budget")
                .node("balancer", me)
                .int("retries", self.spent / 1000)
                .int("allowed", self.paid / 1000);
            verdicts.violated(RETRY_BUDGET, how);
        }
    }
}
