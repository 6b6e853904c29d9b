//! Two runs side by side: the second always stands where the first does, meets the same arrivals and the same faults.

use crate::reader::Reader;
use protocol::NodeId;
use scene::{Size, Theme};
use studio::show::{ControlKind, Drawn};
use studio::{CompareMsg, CutMsg, Model, Msg, Tab, Until};

const SIZE: Size = Size { w: 600.0, h: 400.0 };

/// Load balancing with `random`, and with `power-of-d` beside it.
fn compared() -> Reader {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::SelectProtocol("load-balancing".into()))
        .does(Msg::SetParameter {
            key: "policy".into(),
            value: "random".into(),
        })
        .does(Msg::Pause)
        .does(Msg::Compare(CompareMsg::Value("power-of-d".into())))
        .does(Msg::Compare(CompareMsg::Start));
    reader
}

/// The virtual time, step and nodes of the second stage.
fn there(model: &Model) -> (u64, u64, Vec<String>) {
    let input = model.beside_input(SIZE).expect("a second run");
    let frame = input.frame;
    (frame.now_us, frame.step, model.beside_description())
}

fn here_us(model: &Model) -> f64 {
    model.play_us()
}

/// The second run stands at the last of its events that is due by the time of the first.
fn stands_together(model: &Model) {
    let frame = model.beside_input(SIZE).expect("a second run").frame;
    let here = here_us(model) as u64;
    assert!(frame.now_us <= here, "{} behind {here}", frame.now_us);
    assert!(
        frame.next_us.is_none_or(|next_us| next_us > here),
        "{:?} after {here}",
        frame.next_us
    );
}

fn described(model: &Model) -> Vec<String> {
    let all = model.description().into_iter();
    all.map(|(_, sentence)| sentence).collect()
}

#[test]
fn it_differs_in_what_was_chosen_and_in_nothing_else() {
    let reader = compared();
    let beside = reader.model.beside().expect("two runs");
    assert_eq!(beside.here, "Policy: random");
    assert_eq!(beside.there, "Policy: power of d choices");
    assert!(beside.violated.is_none());
    // What differs is offered without what this run has.
    let form = reader.model.compare();
    let Some(ControlKind::Choice(values)) = form.kind else {
        panic!("named values")
    };
    assert!(values.iter().all(|value| value.value != "random"));
    assert!(form.end.is_some());
    assert!(form.now.contains("power of d"), "{}", form.now);
}

#[test]
fn playing_stepping_and_seeking_move_both() {
    let mut reader = compared();
    stands_together(&reader.model);
    reader.does(Msg::Faster).does(Msg::PlayPause);
    for _ in 0..40 {
        reader.waits(200);
        stands_together(&reader.model);
    }
    let (_, steps, _) = there(&reader.model);
    assert!(steps > 40, "{steps} steps");
    reader.does(Msg::Pause);
    let (at, seen) = (reader.step(), there(&reader.model));
    for msg in [
        Msg::Step,
        Msg::Back,
        Msg::SeekTime(1_000_000),
        Msg::SeekStep(3),
        Msg::PreviousMoment,
        Msg::NextMoment,
        Msg::GoLive,
    ] {
        reader.does(msg.clone());
        stands_together(&reader.model);
    }
    reader.does(Msg::SeekStep(at));
    assert_eq!(
        there(&reader.model),
        seen,
        "going back and forth changes nothing"
    );
    reader.does(Msg::ToStart);
    assert_eq!(there(&reader.model).1, 0);
    // Far ahead it comes in portions, with the ticks.
    reader.does(Msg::RunUntil(Until::Time(60_000_000)));
    let arrived = |model: &Model| model.run_until_menu().running.is_none() && !model.wants_ticks();
    reader.waits_until(20_000, arrived).expect("both arrive");
    stands_together(&reader.model);
}

#[test]
fn a_crash_a_cut_and_their_undoing_are_in_both() {
    let mut reader = compared();
    reader.does(Msg::PlayPause).waits(3_000).does(Msg::Pause);
    let server = NodeId(5);
    let down = |model: &Model| {
        let down = |all: Vec<String>| {
            all.iter()
                .any(|line| line.starts_with("S2") && line.contains("down"))
        };
        (down(described(model)), down(model.beside_description()))
    };
    assert_eq!(down(&reader.model), (false, false));
    reader.does(Msg::CrashOrRestart(server));
    assert_eq!(down(&reader.model), (true, true));
    reader.does(Msg::PlayPause).waits(2_000).does(Msg::Pause);
    assert_eq!(down(&reader.model), (true, true));
    reader.does(Msg::Undo);
    stands_together(&reader.model);
    assert_eq!(down(&reader.model), (false, false));
    reader.does(Msg::PlayPause).waits(1_000).does(Msg::Pause);
    assert_eq!(
        down(&reader.model),
        (false, false),
        "the undone crash does not come back"
    );
    reader.does(Msg::Redo);
    assert_eq!(down(&reader.model), (true, true));
    stands_together(&reader.model);
    reader.does(Msg::CrashOrRestart(server));
    assert_eq!(down(&reader.model), (false, false), "restarted in both");
    reader
        .does(Msg::Cut(CutMsg::Choose(server)))
        .does(Msg::Cut(CutMsg::Apply));
    let frame = reader.model.beside_input(SIZE).unwrap().frame;
    assert_eq!(frame.cuts.len(), 1);
    // The branch with the crash is still there, in both.
    reader.does(Msg::SwitchBranch(0));
    stands_together(&reader.model);
}

#[test]
fn what_differs_stays_different_when_the_first_changes_it() {
    let mut reader = compared();
    reader.does(Msg::PlayPause).waits(500).does(Msg::Pause);
    reader.does(Msg::SetParameter {
        key: "policy".into(),
        value: "round-robin".into(),
    });
    let beside = reader.model.beside().expect("two runs");
    assert_eq!(
        (&*beside.here, &*beside.there),
        ("Policy: round robin", "Policy: power of d choices")
    );
    // Another parameter changes in both.
    reader.does(Msg::SetParameter {
        key: "gap_us".into(),
        value: "50000".into(),
    });
    reader.does(Msg::Compare(CompareMsg::Parameter("gap_us".into())));
    assert_eq!(reader.model.compare().here, "In this run: 50 ms");
    // A new run with another seed keeps what is compared.
    reader.does(Msg::NewRun { seed: Some(9) });
    assert_eq!(
        reader.model.beside().expect("two runs").there,
        "Policy: power of d choices"
    );
    // One that has it already ends the comparison, and so does another protocol.
    reader.does(Msg::SelectProtocol("raft".into()));
    assert!(reader.model.beside().is_none());
}

#[test]
fn several_parameters_and_a_variant_can_differ() {
    let mut reader = compared();
    reader
        .does(Msg::Compare(CompareMsg::Parameter("gap_us".into())))
        .does(Msg::Compare(CompareMsg::Value("zero".into())));
    let form = reader.model.compare();
    assert!(!form.start.unwrap().enabled);
    assert!(
        form.note.contains("zero") && form.note.contains("100 µs"),
        "{}",
        form.note
    );
    reader
        .does(Msg::Compare(CompareMsg::Value("12.5".into())))
        .does(Msg::Compare(CompareMsg::Start));
    let beside = reader.model.beside().expect("two runs");
    assert_eq!(
        beside.there,
        "Mean pause: 12.5 ms · Policy: power of d choices"
    );
    let mut raft = Reader::at_home();
    raft.does(Msg::Compare(CompareMsg::Parameter("variant".into())));
    let form = raft.model.compare();
    let Some(ControlKind::Choice(variants)) = form.kind else {
        panic!("the variants")
    };
    assert_eq!(variants.iter().filter(|variant| variant.chosen).count(), 1);
    raft.does(Msg::Compare(CompareMsg::Start));
    assert!(
        raft.model
            .beside()
            .expect("two runs")
            .there
            .starts_with("Variant: ")
    );
}

#[test]
fn the_charts_of_both_stand_in_pairs_and_the_figures_in_one_table() {
    let mut reader = compared();
    reader
        .does(Msg::Tab(Tab::Charts))
        .does(Msg::RunUntil(Until::Time(20_000_000)));
    reader.waits_until(20_000, |model| !model.wants_ticks());
    let drawn = reader.model.charts(400.0, &Theme::LIGHT);
    let (Some(Drawn::Table(table)), charts) = (drawn.last(), &drawn[..drawn.len() - 1]) else {
        panic!("the figures come last")
    };
    assert_eq!(
        table.head[1..],
        ["Policy: random", "Policy: power of d choices"]
    );
    assert!(table.rows.iter().all(|row| row.cells.len() == 3));
    // The same arrivals: as many requests; and who draws two keeps the servers more even.
    let row = |place: usize| -> Vec<&str> {
        table.rows[place].cells[1..]
            .iter()
            .map(|cell| &*cell.text)
            .collect()
    };
    assert_eq!(row(0)[0], row(0)[1], "requests");
    let figures: Vec<_> = charts
        .iter()
        .map(|drawn| match drawn {
            Drawn::Figure(figure) => figure,
            Drawn::Table(table) => panic!("{}", table.title),
        })
        .collect();
    assert_eq!(figures.len() % 2, 0);
    for pair in figures.chunks(2) {
        assert_eq!(pair[0].title, pair[1].title);
        assert_eq!(
            (&*pair[0].of, &*pair[1].of),
            ("Policy: random", "Policy: power of d choices")
        );
        assert!(
            pair[1].sentence.starts_with("Policy: power of d choices"),
            "{}",
            pair[1].sentence
        );
        assert_ne!(pair[0].svg, pair[1].svg);
    }
}

#[test]
fn a_link_keeps_the_comparison_and_ending_it_takes_it_out() {
    let mut reader = compared();
    reader.does(Msg::PlayPause).waits(3_000).does(Msg::Pause);
    reader.does(Msg::CrashOrRestart(NodeId(5)));
    reader.does(Msg::PlayPause).waits(1_000).does(Msg::Pause);
    let share = reader.model.share();
    let mut friend = Reader::with_address(&share.link);
    friend.waits_until(10_000, |model| !model.wants_ticks());
    assert!(
        friend.model.notice().is_none(),
        "{:?}",
        friend.model.notice()
    );
    assert_eq!(friend.model.beside(), reader.model.beside());
    friend.does(Msg::SeekTime(reader.model.play_us() as u64));
    reader.does(Msg::SeekTime(reader.model.play_us() as u64));
    assert_eq!(there(&friend.model), there(&reader.model));
    reader.does(Msg::Compare(CompareMsg::End));
    assert!(reader.model.beside().is_none() && reader.model.beside_input(SIZE).is_none());
    assert!(reader.model.link().beside.is_none());
    assert!(reader.model.charts(400.0, &Theme::LIGHT).len() > 3);
}

#[test]
fn a_comparison_that_does_not_open_is_said_and_the_run_opens() {
    let mut link = compared().model.link();
    let difference = link.beside.as_mut().expect("a difference");
    difference.config.insert("policy".into(), "wishful".into());
    let mut friend = Reader::with_address(&sim::encode_link(&link));
    friend.waits_until(10_000, |model| !model.wants_ticks());
    let notice = friend.model.notice().expect("it is said");
    assert!(notice.detail.contains("wishful"), "{}", notice.detail);
    assert!(friend.model.beside().is_none());
    assert_eq!(friend.model.digest(), compared().model.digest());
}
