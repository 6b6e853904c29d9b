//! Stopping, stepping, going back, coming again.

use crate::reader::Reader;
use studio::{EventsMsg, Lever, Msg, Tab, Until};

fn paused_with_a_leader() -> Reader {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Leader);
    assert!(reader.leader().is_some());
    reader
}

#[test]
fn pause_step_and_back() {
    let mut reader = Reader::at_home();
    reader.waits(5_000).does(Msg::PlayPause);
    assert!(!reader.model.is_playing());
    assert_eq!(reader.model.tab(), Tab::UpNext);
    let (step, digest) = (reader.step(), reader.model.digest());
    let waiting = reader.model.up_next().rows[0].clone();
    assert!(waiting.next);
    reader.does(Msg::Step);
    assert_eq!(reader.step(), step + 1);
    assert_ne!(reader.model.digest(), digest);
    let after = reader.model.digest();
    reader.does(Msg::Back);
    assert_eq!(reader.step(), step);
    assert_eq!(reader.model.digest(), digest);
    let past = reader.model.transport();
    assert!(!past.live);
    let place = format!("⏪ Past of A · step {step} of {}", step + 1);
    assert_eq!(past.place, place);
    let rows = reader.model.up_next().rows;
    let went = rows
        .iter()
        .find(|row| row.went_next)
        .expect("the recorded future is marked");
    assert_eq!(went.key, waiting.key);
    reader.does(Msg::Step);
    assert_eq!(reader.model.digest(), after);
    assert_eq!(reader.model.transport().place, "● Live");
}

#[test]
fn stepping_tells_and_announces_every_event() {
    let mut reader = paused_with_a_leader();
    for _ in 0..10 {
        reader.commands.clear();
        reader.does(Msg::Step);
        assert_eq!(reader.announced(), [reader.model.caption().sentence]);
    }
}

#[test]
fn the_recorded_future_plays_again_and_ends_live() {
    let mut reader = Reader::at_home();
    reader.waits(6_000).does(Msg::Pause);
    let (end, digest) = (reader.step(), reader.model.digest());
    reader.does(Msg::ToStart);
    assert_eq!(reader.step(), 0);
    assert!(!reader.model.transport().back.enabled);
    reader.does(Msg::PlayPause);
    let again = reader.waits_until(12_000, |model| model.frame().step == end);
    assert!(again.is_some());
    assert_eq!(reader.model.digest(), digest);
    assert!(reader.model.transport().live);
}

#[test]
fn moments_forward_and_back_are_the_same_ones() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause);
    let mut forward = Vec::new();
    for _ in 0..6 {
        reader.does(Msg::NextMoment);
        forward.push(reader.step());
    }
    assert!(forward.is_sorted_by(|a, b| a < b), "{forward:?}");
    let mut back = vec![reader.step()];
    for _ in 0..5 {
        reader.does(Msg::PreviousMoment);
        back.push(reader.step());
    }
    back.reverse();
    assert_eq!(forward, back);
}

#[test]
fn seeking_by_time_puts_the_head_between_events() {
    let mut reader = paused_with_a_leader();
    let end_us = reader.model.play_us();
    reader.does(Msg::SeekTime(end_us as u64 / 2));
    assert!(!reader.model.transport().live);
    assert!((reader.model.play_us() - end_us / 2.0).abs() <= 1.0);
    reader.does(Msg::GoLive);
    assert!((reader.model.play_us() - end_us).abs() < 1.0);
}

#[test]
fn running_to_a_step_a_time_and_an_answer() {
    let mut reader = Reader::at_home();
    reader.runs_until(Until::Step(1_000));
    assert_eq!(reader.step(), 1_000);
    let now_us = reader.model.frame().now_us;
    reader.runs_until(Until::Time(now_us + 100_000));
    assert!((reader.model.play_us() - (now_us + 100_000) as f64).abs() < 1.0);
    let before = reader.step();
    reader.runs_until(Until::Answer);
    assert!(reader.step() > before);
    assert!(!reader.model.is_playing());
}

#[test]
fn what_never_happens_is_given_up_and_said() {
    let mut reader = Reader::at_home();
    reader.runs_until(Until::Violation);
    let toast = reader.model.toast().expect("it is said");
    assert!(toast.refusal, "{}", toast.sentence);
}

#[test]
fn a_run_under_way_can_be_stopped() {
    let mut reader = Reader::at_home();
    reader.does(Msg::RunUntil(Until::Violation));
    let (progress, stop) = reader
        .model
        .run_until_menu()
        .running
        .expect("it takes many portions");
    assert!(progress.contains("events"));
    reader.does(stop.msg);
    assert!(reader.model.run_until_menu().running.is_none());
    assert!(reader.step() > 0);
}

#[test]
fn events_of_one_node() {
    let mut reader = paused_with_a_leader();
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::SelectNode(Some(leader)));
    assert_eq!(reader.model.tab(), Tab::Node);
    let start = reader.step();
    reader.does(Msg::NextOfNode);
    let next = reader.step();
    assert!(next > start);
    assert!(reader.model.caption().actors.contains(&leader));
    reader.does(Msg::PreviousOfNode);
    assert!(reader.step() <= start);
}

#[test]
fn the_node_tab_shows_what_the_last_step_changed() {
    let mut reader = paused_with_a_leader();
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::SelectNode(Some(leader)));
    let panel = reader.model.node_tab().panel.unwrap();
    let changed = |panel: &studio::show::NodePanel| panel.state.iter().any(|row| row.changed);
    assert!(
        changed(&panel),
        "it has just become leader: {:#?}",
        panel.state
    );
    assert!(!panel.timers.is_empty() && !panel.buttons.is_empty());
    // By a step, by a seek and by a return the same is marked.
    reader.does(Msg::Back).does(Msg::Step);
    assert_eq!(reader.model.node_tab().panel.unwrap().state, panel.state);
}

#[test]
fn the_events_list_pages_folds_and_searches() {
    let mut reader = Reader::at_home();
    reader
        .runs_until(Until::Step(600))
        .does(Msg::Tab(Tab::Events));
    let events = reader.model.events();
    assert!(events.rows.iter().any(|row| row.current));
    let fold = events
        .rows
        .iter()
        .find(|row| row.fold == Some(false))
        .expect("heartbeats fold");
    let open = fold.msg.clone();
    reader.does(open);
    assert!(reader.model.events().rows.len() > events.rows.len());
    let earlier = events.earlier.expect("there is more before").msg;
    reader.does(earlier);
    assert!(reader.model.events().rows.iter().all(|row| !row.current));
    reader.does(Msg::Events(EventsMsg::Follow));
    assert!(reader.model.events().rows.iter().any(|row| row.current));
    reader.does(Msg::Events(EventsMsg::Search("RequestVote".into())));
    reader.waits(1_000);
    let hits = reader.model.events();
    assert!(!hits.rows.is_empty(), "{}", hits.found);
    assert!(
        hits.rows
            .iter()
            .all(|row| row.sentence.contains("RequestVote"))
    );
    let first = hits.rows[0].clone();
    reader.does(first.msg);
    assert_eq!(reader.step(), first.step);
}

#[test]
fn up_next_has_a_cursor_for_the_keyboard() {
    let mut reader = paused_with_a_leader();
    let rows: Vec<String> = reader
        .model
        .up_next()
        .rows
        .iter()
        .map(|row| row.key.clone())
        .collect();
    // The first is marked as what comes next: down from there is the second.
    reader.does(Msg::UpNextMove(1));
    let selected = |reader: &Reader| {
        let rows = reader.model.up_next().rows;
        rows.iter()
            .find(|row| row.selected)
            .map(|row| row.key.clone())
    };
    assert_eq!(selected(&reader).as_ref(), rows.get(1));
    reader.does(Msg::UpNextMove(-1));
    assert_eq!(selected(&reader).as_ref(), rows.first());
    let step = reader.step();
    reader.does(Msg::Lever(Lever::Pick));
    assert_eq!(reader.step(), step + 1);
}

#[test]
fn in_the_past_the_readers_own_act_is_marked_as_what_went_next() {
    let mut reader = paused_with_a_leader();
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::CrashOrRestart(leader));
    let crashed = reader.model.digest();
    let did = reader.model.toast().unwrap().sentence;
    reader.does(Msg::Back);
    let rows = reader.model.up_next().rows;
    let went: Vec<_> = rows.iter().filter(|row| row.went_next).collect();
    assert_eq!(went.len(), 1);
    assert_eq!((&went[0].sentence, went[0].next), (&did, true));
    assert!(rows.iter().filter(|row| row.next).count() == 1);
    // With nothing chosen it has the cursor; it is no message.
    reader.does(Msg::Lever(Lever::Drop));
    assert!(reader.model.toast().unwrap().refusal);
    reader.does(Msg::Lever(Lever::Pick));
    assert_eq!(reader.model.digest(), crashed);
    assert_eq!(reader.model.branches().tracks.len(), 1, "no other branch");
    // The next row is another thing to do, and starts a branch.
    reader.does(Msg::Back).does(Msg::UpNextMove(1));
    let chosen = reader.model.up_next().rows;
    assert!(chosen.iter().any(|row| row.selected && !row.went_next));
    reader.does(Msg::Lever(Lever::Pick));
    assert_eq!(reader.model.branches().tracks.len(), 2);
}

#[test]
fn a_step_marks_in_the_tree_what_it_changed_and_nothing_else() {
    let mut reader = paused_with_a_leader();
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::SelectNode(Some(leader)));
    let leaves = |reader: &Reader| {
        let panel = reader.model.node_tab().panel.unwrap();
        let rows = panel.state.into_iter().chain(panel.disk);
        rows.map(|row| (row.path.clone(), row))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let mut marked = 0;
    for _ in 0..60 {
        let before = leaves(&reader);
        reader.does(Msg::Step);
        for (path, row) in leaves(&reader) {
            let was = before.get(&path);
            let differs = was.is_none_or(|was| was.value != row.value);
            if row.changed && row.open.is_none() {
                assert!(differs, "{path} is marked, but was {} before", row.value);
                marked += 1;
            }
            if row.open == Some(true) && was.is_some() {
                assert!(!row.changed, "{path} is open and was there before");
            }
        }
    }
    assert!(marked > 5, "{marked} leaves changed in 60 steps");
}

#[test]
fn a_long_log_is_cut_short_in_the_tree() {
    let mut reader = Reader::at_home();
    reader.runs_until(Until::Time(30_000_000));
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::SelectNode(Some(leader)));
    let open = |reader: &Reader| reader.model.node_tab().panel.unwrap().state;
    let log = open(&reader)
        .into_iter()
        .find(|row| row.path.ends_with("/log"))
        .unwrap();
    if log.open == Some(false) {
        reader.does(Msg::ToggleRow(log.path.clone()));
    }
    let within = format!("{}/", log.path);
    let state = open(&reader);
    let rows: Vec<_> = state
        .iter()
        .filter(|row| row.path.starts_with(&within) && row.depth == log.depth + 1)
        .collect();
    assert_eq!(rows.len(), 65, "of {}", log.value);
    assert!(rows[0].value.starts_with("… and "), "{}", rows[0].value);
    let last: u64 = rows[64].key.parse().unwrap();
    assert!(
        log.value.starts_with(&last.to_string()),
        "{last}: {}",
        log.value
    );
}

#[test]
fn the_timeline_is_painted_from_the_beginning() {
    let mut reader = Reader::at_home();
    for ms in [0, 2_000, 6_000] {
        reader.waits(ms);
        let size = scene::Size::new(600.0, 40.0);
        reader.model.timeline(size, |input| {
            let first = input.bands.first().expect("there is a band");
            assert_eq!((first.from_us, first.epoch), (0, Some(0)));
            let last = input.bands.last().unwrap();
            assert_eq!(last.to_us, input.len_us);
            let meet = |pair: &[scene::Band]| pair[0].to_us == pair[1].from_us;
            assert!(input.bands.windows(2).all(meet), "{:?}", input.bands);
        });
    }
}

#[test]
fn pausing_keeps_the_turning_point_that_was_being_read() {
    let mut reader = Reader::at_home();
    // Of several that wait to be told, pausing would tell the newest: after the first none waits yet.
    reader.waits_until(10_000, |model| model.caption().can_why);
    reader.waits(500);
    let read = reader.model.caption();
    reader.does(Msg::Pause);
    assert_eq!(reader.model.caption().sentence, read.sentence);
    reader.does(Msg::Step);
    assert_ne!(reader.model.caption().sentence, read.sentence);
}

#[test]
fn before_the_first_event_the_caption_says_what_comes() {
    let mut reader = Reader::at_home();
    reader.does(Msg::ToStart);
    let sentence = reader.model.caption().sentence;
    let next = reader.model.up_next().rows[0].sentence.clone();
    assert!(sentence.contains(&next), "{sentence}");
    assert!(!reader.model.caption().can_why);
}
