//! The three levels of recording: the run is the same at each, and each holds what it says.

mod toy;

use sim::measure::{Bare, Recording};
use toy::Toy;
use toy::play::run_with;
use trace::{Event, Outcome};

fn recorded(recording: Recording) -> (protocol::Name, Vec<Event>) {
    let lossy = run_with(11, &[("loss_permille", "100"), ("save_us", "2000")]);
    let mut bare = Bare::<Toy>::open(&lossy).unwrap();
    assert_eq!(bare.advance(600, recording, false), 600);
    (bare.digest(), bare.events())
}

#[test]
fn each_level_holds_what_it_says_and_changes_nothing() {
    let (plain, nothing) = recorded(Recording::Nothing);
    let (summarized, summary) = recorded(Recording::Summary);
    let (digest, full) = recorded(Recording::Full);
    assert!(nothing.is_empty());
    assert_eq!([plain, summarized], [digest; 2]);
    assert_eq!([summary.len(), full.len()], [600; 2]);

    let is_gist = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Told(_) | Outcome::Answered { .. } | Outcome::Judged { .. }
        )
    };
    let sends = |events: &[Event]| {
        let all = events.iter().flat_map(|event| &event.outcomes);
        all.filter(|outcome| matches!(outcome, Outcome::Sent { .. }))
            .count()
    };
    assert!(sends(&full) > 100, "the toy talks");
    for (short, long) in summary.iter().zip(full) {
        let gist = Event {
            outcomes: long.outcomes.into_iter().filter(is_gist).collect(),
            ..long
        };
        assert_eq!(*short, gist);
    }
}
