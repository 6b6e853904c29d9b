//! The parts by themselves: pauses, budget, breaker, operations, configurations.

use proptest::prelude::*;
use protocol::{Config, NodeId, OperationId, Protocol};
use rpc::{Breaker, Budget, Call, Jitter, Node, Op, RpcConfig, State, ceiling_us, delay_us};
use std::collections::BTreeSet;

#[test]
fn pauses_double_up_to_the_cap() {
    let ceilings: Vec<u64> = (1..=5).map(|retry| ceiling_us(50, 300, retry)).collect();
    assert_eq!(ceilings, [50, 100, 200, 300, 300]);
    assert_eq!(ceiling_us(50, 300, u32::MAX), 300);
    let pause = |jitter, retry| delay_us(jitter, (50, 300), (1, retry), 70, |_, _, max| max);
    assert_eq!(pause(Jitter::None, 2), 100);
    assert_eq!(pause(Jitter::Decorrelated, 2), 210);
}

proptest! {
    #[test]
    fn pauses_keep_to_their_range(
        base in 0u64..1_000_000,
        more in 0u64..1_000_000,
        retry in 1u32..30,
        before in 0u64..2_000_000,
        draw in 0u64..=1000,
    ) {
        let cap = base + more;
        let between = |_, min: u64, max: u64| min + (max - min) * draw / 1000;
        let pause = |jitter| delay_us(jitter, (base, cap), (1, retry), before, between);
        let ceiling = ceiling_us(base, cap, retry);
        prop_assert_eq!(pause(Jitter::None), ceiling);
        prop_assert!(pause(Jitter::Full) <= ceiling);
        prop_assert!((ceiling / 2..=ceiling).contains(&pause(Jitter::Equal)));
        prop_assert!((base.min(cap)..=cap).contains(&pause(Jitter::Decorrelated)));
    }

    #[test]
    fn a_budget_pays_for_no_more_than_it_earned(burst in 0u64..20, calls in 0u64..500, permille in 0u64..=1000) {
        let mut budget = Budget::full(burst);
        let mut retries = 0;
        for _ in 0..calls {
            budget.earn(permille, burst);
            while budget.pays() {
                budget.spend();
                retries += 1;
            }
        }
        prop_assert!(retries * 1000 <= burst * 1000 + calls * permille);
    }
}

#[test]
fn a_breaker_opens_lets_trials_through_and_closes() {
    let mut breaker = Breaker::default();
    for at_us in 1..=3 {
        assert!(breaker.admit(at_us, 100, 2).0);
        breaker.failure(0, at_us, 3, 100);
    }
    assert_eq!(breaker.state, State::Open { until_us: 103 });
    assert!(!breaker.admit(102, 100, 2).0, "it is open");
    let trials = [103, 104, 105].map(|at_us| breaker.admit(at_us, 100, 2).0);
    assert_eq!(trials, [true, true, false], "two trials, no third one");
    assert_eq!(breaker.passed, 5);
    breaker.success(1, 2);
    assert_ne!(breaker.state, State::Closed, "one trial is not enough");
    breaker.success(1, 2);
    assert_eq!(breaker.state, State::Closed);
    for _ in 0..3 {
        breaker.failure(1, 200, 3, 100);
    }
    assert!(breaker.admit(300, 100, 2).0);
    breaker.failure(2, 310, 3, 100);
    let until_us = 410;
    assert_eq!(breaker.state, State::Open { until_us }, "one bad trial");
}

/// What left before a breaker opened is no trial, however late it comes to an end.
#[test]
fn only_trials_decide_over_a_half_open_breaker() {
    let mut breaker = Breaker::default();
    breaker.failure(0, 1, 1, 100);
    assert!(breaker.admit(101, 100, 1).0);
    let half_open = breaker;
    breaker.success(0, 1);
    breaker.failure(0, 102, 1, 100);
    assert_eq!(breaker, half_open);
    breaker.success(1, 1);
    assert_eq!(breaker.state, State::Closed);
}

#[test]
fn every_call_has_a_number_of_its_own() {
    // The last three of these clients joined later.
    let config = RpcConfig::default();
    let mut ids = BTreeSet::new();
    for client in 2..7 {
        for number in (1..=500).chain((1 << 32) + 1..(1 << 32) + 500) {
            let client = NodeId(client);
            let call = Call::new(OperationId { client, number }, &config);
            assert_eq!(call.operation().number, number);
            assert!(ids.insert(call.id), "{client:?} {number}: {}", call.id);
        }
    }
    let first = |client| {
        let client = NodeId(client);
        Call::new(OperationId { client, number: 1 }, &config).id
    };
    assert_ne!(first(4) % 8, first(5) % 8, "two who joined have two hues");
}

#[test]
fn bad_input_is_refused_with_a_sentence() {
    let error = |id: &str, fields: &[&str]| {
        let fields: Vec<String> = fields.iter().map(|field| (*field).into()).collect();
        Node::operation(id, &fields)
            .expect_err("refused")
            .key
            .to_string()
    };
    assert_eq!(error("steal", &[]), "error.no-operation");
    assert_eq!(error("read", &[]), "error.fields");
    assert_eq!(error("read", &["z"]), "error.account");
    assert_eq!(error("set", &["a", "much"]), "error.amount");
    let deposit = Node::operation("deposit", &["b".into(), "7".into()]);
    assert_eq!(
        deposit,
        Ok(Op::Deposit {
            account: 1,
            amount: 7
        })
    );
    let refused = |key: &str, value: &str| {
        let mut config = RpcConfig::default();
        config.set(key, value).expect("in range");
        Node::validate(&config)
            .expect_err("refused")
            .key
            .to_string()
    };
    assert_eq!(refused("timeout_us", "5000000"), "error.timeout");
    assert_eq!(refused("backoff_base_us", "500000"), "error.backoff");
    assert_eq!(refused("dedup_retention_us", "1000000"), "error.retention");
}
