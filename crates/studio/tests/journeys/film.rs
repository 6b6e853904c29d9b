//! An animation, without a browser: its pictures in order, as the page would be asked for them.

use crate::reader::Reader;
use scene::Size;
use studio::{Command, FilmCommand, FilmMsg, Menu, Msg, Setup, Until};

const STAGE: Size = Size { w: 960.0, h: 468.0 };

/// A picture as it is handed to the page: the step and the play head it shows, its sentence, and how long it is seen.
#[derive(Clone, PartialEq, Debug)]
struct Shown {
    step: u64,
    play_us: f64,
    sentence: String,
    ms: u32,
}

fn film(reader: &mut Reader, msg: FilmMsg) -> Vec<FilmCommand> {
    let before = reader.commands.len();
    reader.does(Msg::Film(msg));
    let new = reader.commands[before..].iter();
    new.filter_map(|command| match command {
        Command::Film(command) => Some(command.clone()),
        _ => None,
    })
    .collect()
}

/// Makes the animation: its pictures, and the name of its file.
fn made(reader: &mut Reader) -> (Vec<Shown>, String) {
    assert_eq!(film(reader, FilmMsg::Make), [FilmCommand::Begin]);
    let mut shown = Vec::new();
    for _ in 0..5_000 {
        let asked = film(reader, FilmMsg::Next);
        match asked.as_slice() {
            [FilmCommand::Draw] => {
                let picture = reader
                    .model
                    .film_picture(STAGE, |input| (input.frame.step, input.play_us));
                let (caption, (step, play_us)) = picture.expect("there is a picture");
                shown.push(Shown {
                    step,
                    play_us,
                    sentence: caption.sentence,
                    ms: caption.ms,
                });
            }
            [FilmCommand::Finish(name)] => return (shown, name.clone()),
            other => panic!("asked for {other:?}"),
        }
    }
    panic!("it does not end");
}

/// A leader, with the dialog open.
fn led(setup: Setup) -> Reader {
    let mut reader = Reader::with(setup);
    reader.runs_until(Until::Leader).does(Msg::Open(Menu::Film));
    reader
}

#[test]
fn its_pictures_go_from_the_beginning_to_the_cursor_and_leave_the_cursor_alone() {
    let mut reader = led(Setup::default());
    let (step, at_us) = (reader.step(), reader.model.play_us());
    let note = reader.model.film().note;
    let (shown, name) = made(&mut reader);
    assert!(
        note.contains(&format!("{} pictures", shown.len())),
        "{note}"
    );
    assert!(name.ends_with(&format!("-0-{step}.png")), "{name}");
    assert_eq!((shown[0].step, shown[0].play_us), (0, 0.0));
    let last = &shown[shown.len() - 1];
    assert_eq!((last.step, last.play_us), (step, at_us));
    assert!(last.sentence.contains("leads term 1"), "{}", last.sentence);
    for pair in shown.windows(2) {
        assert!(pair[0].play_us < pair[1].play_us && pair[0].step <= pair[1].step);
    }
    assert!(
        shown
            .iter()
            .any(|one| one.sentence.contains("becomes a candidate"))
    );
    assert_eq!((reader.step(), reader.model.play_us()), (step, at_us));

    reader.does(Msg::Film(FilmMsg::Kept(3_210_000)));
    let said = *reader.announced().last().expect("it is said");
    assert!(said.contains("3.2 MB"), "{said}");
    assert_eq!(made(&mut reader).0, shown, "the same each time");
}

#[test]
fn those_who_want_less_motion_get_a_picture_a_step_from_where_they_marked() {
    let mut reader = led(Setup {
        reduced_motion: true,
        ..Setup::default()
    });
    let from = reader.step();
    reader.does(Msg::Film(FilmMsg::Mark));
    assert_eq!(reader.model.menu(), None, "the reader goes on");
    for _ in 0..4 {
        reader.does(Msg::Step);
    }
    reader.does(Msg::Open(Menu::Film));
    let (shown, _) = made(&mut reader);
    let steps: Vec<u64> = shown.iter().map(|one| one.step).collect();
    assert_eq!(steps, (from..=from + 4).collect::<Vec<_>>());
    assert!(
        shown[0].sentence.contains("leads term 1"),
        "what was told before stands"
    );
}

#[test]
fn what_cannot_be_made_is_said_and_what_is_made_can_be_given_up() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Open(Menu::Film));
    let make = |reader: &Reader| reader.model.film().make.is_some_and(|make| make.enabled);
    assert!(!make(&reader), "nothing has happened");
    assert!(film(&mut reader, FilmMsg::Make).is_empty());

    let mut reader = led(Setup::default());
    // Two hundred times slower it would be much too long.
    for _ in 0..8 {
        reader.does(Msg::Slower);
    }
    assert!(!make(&reader), "{}", reader.model.film().note);
    assert!(reader.model.film().note.contains("60 s are the most"));
    reader.does(Msg::Film(FilmMsg::ByStep(true)));
    assert!(make(&reader), "{}", reader.model.film().note);

    assert_eq!(film(&mut reader, FilmMsg::Make), [FilmCommand::Begin]);
    assert_eq!(film(&mut reader, FilmMsg::Next), [FilmCommand::Draw]);
    reader.does(Msg::Close);
    assert_eq!(
        reader
            .commands
            .iter()
            .rev()
            .find_map(|command| match command {
                Command::Film(command) => Some(command),
                _ => None,
            }),
        Some(&FilmCommand::Drop)
    );
    assert!(
        film(&mut reader, FilmMsg::Next).is_empty(),
        "nobody asks any more"
    );

    reader
        .does(Msg::Open(Menu::Film))
        .does(Msg::Film(FilmMsg::ByStep(true)));
    assert_eq!(film(&mut reader, FilmMsg::Make), [FilmCommand::Begin]);
    reader.does(Msg::Film(FilmMsg::Failed("no canvas".into())));
    assert!(reader.model.film().end.contains("no canvas"));
    assert!(make(&reader), "another try is possible");
}

#[test]
fn of_a_long_run_it_offers_the_last_part() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::Pause)
        .does(Msg::RunUntil(Until::Time(20_000_000)));
    while reader.model.run_until_menu().running.is_some() {
        reader.does(Msg::Tick {
            elapsed_us_real: 16_000,
        });
    }
    let step = reader.step();
    assert!(step > 4_000, "{step} steps are long");
    reader.does(Msg::Open(Menu::Film));
    let film = reader.model.film();
    assert!(film.from.choices.len() > 10, "{}", film.from.choices.len());
    let from = film.from.choices.iter().find(|choice| choice.chosen);
    let from: u64 = from.expect("one is chosen").value.parse().expect("a step");
    assert!(from > 0 && from < step, "{from} of {step}");
    assert!(film.make.is_some_and(|make| make.enabled), "{}", film.note);
    // All of it at once is refused, and it is said why.
    reader.does(Msg::Film(FilmMsg::From(0)));
    let film = reader.model.film();
    assert!(!film.make.is_some_and(|make| make.enabled));
    assert!(
        film.note.contains("choose a later beginning"),
        "{}",
        film.note
    );
}
