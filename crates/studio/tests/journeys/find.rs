//! *Find a violation*: workers that do what the page's do, a find that is made small, opened and played.

use super::reader::Reader;
use studio::{Command, CrewCommand, FindMsg, Menu, Msg};

/// Carries out what the crew is told, with `workers` workers, until nothing more is told. Answers with how many jobs were done.
pub(crate) fn work_off(reader: &mut Reader, commands: Vec<Command>, workers: u32) -> u32 {
    let mut jobs = 0;
    let mut waiting = commands;
    while !waiting.is_empty() {
        let mut next = Vec::new();
        for command in std::mem::take(&mut waiting) {
            let Command::Crew(command) = command else {
                continue;
            };
            match command {
                CrewCommand::Hire { most } => {
                    for worker in 0..workers.min(most) {
                        next.extend(reader.model.update(Msg::Find(FindMsg::Ready(worker))));
                    }
                }
                CrewCommand::Give { worker, job } => {
                    jobs += 1;
                    assert!(jobs < 2_000, "it comes to an end");
                    let mut told = Vec::new();
                    let text = studio::work(&job, &mut |text| told.push(text));
                    for text in told {
                        let told = FindMsg::Told { worker, text };
                        next.extend(reader.model.update(Msg::Find(told)));
                    }
                    let answer = FindMsg::Answer { worker, text };
                    next.extend(reader.model.update(Msg::Find(answer)));
                }
                CrewCommand::Dismiss => {}
            }
        }
        waiting = next;
    }
    jobs
}

fn start(reader: &mut Reader) -> Vec<Command> {
    reader.model.update(Msg::Find(FindMsg::Start))
}

#[test]
fn a_broken_rule_is_found_made_small_and_watched() {
    let mut reader = Reader::at_home();
    reader.does(Msg::SelectVariant("no-election-restriction".into()));
    reader.does(Msg::Open(Menu::Find));
    let commands = start(&mut reader);
    assert!(reader.model.find().cancel.is_some());
    let jobs = work_off(&mut reader, commands, 3);
    let find = reader.model.find();
    assert!(jobs > 1 && find.start.is_some() && find.cancel.is_none());
    let card = find.cards.first().expect("a find");
    assert!(card.property.contains("leader"), "{card:?}");
    assert!(
        card.how.contains("S1") || card.how.contains("S2"),
        "{card:?}"
    );
    assert!(card.size.contains("none of them can go"), "{card:?}");
    assert!(
        find.progress.starts_with("Found after"),
        "{}",
        find.progress
    );
    assert!(
        find.coverage.contains("turning points"),
        "{}",
        find.coverage
    );

    // What is copied says the same in another form, and nothing of the page changes.
    let copied = |reader: &mut Reader, place: usize| {
        let copy = reader.model.find().cards[0].copies[place].msg.clone();
        match reader.model.update(copy).as_slice() {
            [Command::Copy(text)] => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    let scenario = copied(&mut reader, 0);
    let draft = scenario::read("found", &scenario).expect("a file in order");
    assert_eq!(scenario::check(&draft, &catalog::SHELF), Ok(()));
    let run = draft.scenario.run(0);
    let mut world = catalog::open(&run).expect("a run");
    scenario::Player::new(draft.scenario.into())
        .play_out(world.as_mut())
        .expect("it breaks what it says");
    assert!(copied(&mut reader, 1).contains("stays_broken("));
    reader.does(Msg::Done(studio::Deed::Copied));
    assert!(reader.model.find().copied.contains("clipboard"));
    reader.does(Msg::Done(studio::Deed::CopyRefused));
    assert!(reader.model.find().note.contains("did not allow"));

    let watch = card.watch.as_ref().expect("it is small").msg.clone();
    reader.does(watch);
    assert_eq!(reader.model.menu(), None);
    let edits = reader.model.link().run.edits.len();
    assert!((1..10).contains(&edits), "{edits}");
    reader.runs_until(studio::Until::Violation);
    assert!(reader.model.caption().violation);
    assert!(
        reader.model.caption().invite.is_none(),
        "it is small already"
    );

    // Of the same search, the run as it was found: it can be made small from where it is shown.
    reader.does(Msg::Find(FindMsg::Open {
        place: 0,
        as_found: true,
    }));
    reader.runs_until(studio::Until::Violation);
    let invite = reader.model.caption().invite.expect("an invitation");
    let commands = reader.model.update(invite.msg);
    assert_eq!(reader.model.menu(), Some(Menu::Find));
    work_off(&mut reader, commands, 1);
    let card = reader.model.find().cards.remove(0);
    assert!(card.size.contains("none of them can go"), "{card:?}");
}

#[test]
fn a_search_is_stopped_and_what_cannot_be_done_is_said() {
    let mut reader = Reader::at_home();
    let commands = start(&mut reader);
    assert!(matches!(
        commands.as_slice(),
        [Command::Crew(CrewCommand::Hire { .. })]
    ));
    reader.model.update(Msg::Find(FindMsg::Ready(0)));
    let stopped = reader.model.update(Msg::Find(FindMsg::Cancel));
    assert!(stopped.contains(&Command::Crew(CrewCommand::Dismiss)));
    assert!(reader.model.find().progress.starts_with("Stopped after 0"));
    // What comes too late changes nothing.
    let late = FindMsg::Answer {
        worker: 0,
        text: "{}".into(),
    };
    assert_eq!(reader.model.update(Msg::Find(late)), []);
    assert!(reader.model.find().cards.is_empty());

    start(&mut reader);
    reader.model.update(Msg::Find(FindMsg::Ready(0)));
    let broken = FindMsg::Answer {
        worker: 0,
        text: "{".into(),
    };
    reader.model.update(Msg::Find(broken));
    assert!(reader.model.find().note.contains("cannot go on"));
    assert!(reader.model.find().start.is_some());

    start(&mut reader);
    let dead = FindMsg::Failed {
        worker: 0,
        why: "no workers here".into(),
    };
    reader.model.update(Msg::Find(dead));
    assert!(reader.model.find().note.contains("no workers here"));

    reader.does(Msg::Find(FindMsg::Shrink));
    let toast = reader.model.toast().expect("a refusal");
    assert!(toast.refusal && toast.sentence.contains("No promise"));
}

#[test]
fn from_here_keeps_what_was_done_here() {
    let mut reader = Reader::at_home();
    reader.does(Msg::SelectVariant("no-election-restriction".into()));
    reader.runs_until(studio::Until::Leader);
    reader.does(Msg::CrashLeader);
    let done = reader.model.link().run.edits;
    assert_eq!(done.len(), 1);
    reader.does(Msg::Find(FindMsg::FromHere(true)));
    reader.does(Msg::Find(FindMsg::Property(Some(
        "leader-completeness".into(),
    ))));
    let commands = start(&mut reader);
    work_off(&mut reader, commands, 2);
    let card = reader.model.find().cards.remove(0);
    reader.does(card.as_found.msg);
    assert_eq!(reader.model.link().run.edits.first(), done.first());

    // Priorities, and what they promise.
    reader.does(Msg::Find(FindMsg::Depth(Some(3))));
    assert!(reader.model.find().strategy_note.contains("bound"));
}

/// While a find is being made small, it is said how far that is; who stops it keeps what there is.
#[test]
fn shrinking_is_told_and_stopped_with_the_best_so_far() {
    let mut reader = Reader::at_home();
    reader.does(Msg::SelectVariant("no-election-restriction".into()));
    reader.does(Msg::Open(Menu::Find));
    start(&mut reader);
    let mut given = reader.model.update(Msg::Find(FindMsg::Ready(0)));
    for _ in 0..2_000 {
        let job = match given.as_slice() {
            [.., Command::Crew(CrewCommand::Give { job, .. })] => job.clone(),
            other => panic!("{other:?}"),
        };
        let shrinks = job.contains("\"shrink\"");
        let mut sizes = Vec::new();
        let text = studio::work(&job, &mut |text| {
            let told = FindMsg::Told { worker: 0, text };
            reader.model.update(Msg::Find(told));
            sizes.push(reader.model.find().cards[0].size.clone());
        });
        if shrinks {
            assert!(sizes.len() > 3, "{sizes:?}");
            assert!(
                sizes.iter().all(|size| size.contains("tries…")),
                "{sizes:?}"
            );
            sizes.dedup_by_key(|size| size.split(" of ").next().map(str::to_owned));
            assert!(sizes.len() > 1, "it becomes smaller: {sizes:?}");
            break;
        }
        let answer = FindMsg::Answer { worker: 0, text };
        given = reader.model.update(Msg::Find(answer));
    }
    reader.does(Msg::Find(FindMsg::Cancel));
    let card = reader.model.find().cards.remove(0);
    assert!(card.size.contains("perhaps more could go"), "{card:?}");
    reader.does(card.watch.expect("what there is").msg);
    reader.runs_until(studio::Until::Violation);
    assert!(reader.model.caption().violation);
}
