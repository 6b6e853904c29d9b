//! What replicates by different algorithms can be compared: with the same seed the same clients ask the same at the same time.

use protocol::{NodeId, Phrase};
use sim::Run;
use trace::Stimulus;

/// The first operations that clients ask for: when, who, what.
fn asked(protocol: &str, seed: u64, config: &[(&str, &str)]) -> Vec<(u64, NodeId, u64, Phrase)> {
    let pairs = config.iter();
    let run = Run {
        protocol: protocol.into(),
        seed,
        config: pairs
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect(),
        ..Run::default()
    };
    let mut sim = catalog::open(&run).expect("a sensible run");
    let mut asked = Vec::new();
    while asked.len() < 40 {
        sim.advance().expect("there is always something to come");
        let step = sim.step();
        let event = sim.event(step).expect("it has just happened");
        if let Stimulus::Asked { id, op } = event.stimulus {
            asked.push((sim.now_us(), id.client, id.number, op));
        }
    }
    asked
}

#[test]
fn raft_and_multi_paxos_run_one_workload() {
    for seed in 0..3 {
        let open = [("arrivals", "open"), ("clients", "3")];
        let workload = asked("raft", seed, &open);
        assert_eq!(workload, asked("multi-paxos", seed, &open));
        let clients = |client| workload.iter().any(|(_, who, ..)| *who == NodeId(client));
        assert!((5..8).all(clients), "{workload:?}");
    }
}
