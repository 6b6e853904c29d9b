//! The doors of the wasm module: plain functions over plain numbers, for `web/tests`, which holds the clock.
#![expect(
    unsafe_code,
    reason = "a function keeps its name in a wasm module only by `no_mangle`, which counts as unsafe because two could share one; \
              here all of them stand in one file, and none of them touches memory by address"
)]

use crate::cases::cases;
use crate::contender::{Contender, Runner, recorded};
use crate::crowd::Crowd;
use crate::histories::{History, Judge, histories};
use crate::picture::Picture;
use crate::schedules::Searcher;
use sim::Playable;
use std::cell::RefCell;

#[derive(Default)]
struct Desk {
    report: String,
    runner: Option<Box<dyn Runner>>,
    cluster: Option<Box<dyn Playable>>,
    picture: Option<Picture>,
    crowd: Option<Crowd>,
    histories: Vec<(bool, History)>,
}

thread_local! {
    /// What lies between two calls.
    static DESK: RefCell<Desk> = RefCell::default();
}

fn desk<T>(act: impl FnOnce(&mut Desk) -> T) -> T {
    DESK.with_borrow_mut(act)
}

/// How many runs there are to compare.
#[unsafe(no_mangle)]
pub extern "C" fn case_count() -> u32 {
    cases().len() as u32
}

/// Plays run number `place` and writes its report; returns where it begins in memory.
#[unsafe(no_mangle)]
pub extern "C" fn case_report(place: u32) -> *const u8 {
    let report = cases()[place as usize].report();
    desk(|desk| {
        desk.report = report;
        desk.report.as_ptr()
    })
}

/// How many bytes of UTF-8 the last report has.
#[unsafe(no_mangle)]
pub extern "C" fn report_len() -> u32 {
    desk(|desk| desk.report.len() as u32)
}

/// The digest of the measured run of this seed after so many steps.
#[unsafe(no_mangle)]
pub extern "C" fn digest(seed: u64, steps: u64) -> u64 {
    let mut runner = Contender::Plain.start(seed);
    runner.run(steps);
    runner.digest()
}

/// Puts contender number `place` at its beginning.
#[unsafe(no_mangle)]
pub extern "C" fn start(place: u32, seed: u32) {
    desk(|desk| {
        desk.runner = None;
        desk.runner = Some(Contender::ALL[place as usize].start(seed.into()));
    });
}

/// Lets it run.
#[unsafe(no_mangle)]
pub extern "C" fn run(events: u32) {
    desk(|desk| {
        let runner = desk.runner.as_mut();
        runner
            .expect("a contender that was started")
            .run(events.into());
    });
}

/// Lets searcher number `place` try so many schedules, numbered from `first`; returns how many events they had.
#[unsafe(no_mangle)]
pub extern "C" fn schedules(place: u32, first: u32, count: u32) -> u32 {
    let first = u64::from(first);
    Searcher::ALL[place as usize].search(first..first + u64::from(count)) as u32
}

/// Records a run of so many steps, to seek in.
#[unsafe(no_mangle)]
pub extern "C" fn record(steps: u32) {
    desk(|desk| {
        desk.runner = None;
        desk.cluster = None;
        desk.cluster = Some(recorded(steps.into()));
    });
}

/// Goes to `step` of the recorded run.
#[unsafe(no_mangle)]
pub extern "C" fn seek(step: u32) {
    desk(|desk| {
        let cluster = desk.cluster.as_mut().expect("a run that was recorded");
        cluster.seek(step.into()).expect("a step of the run");
    });
}

/// Makes a picture with so many messages.
#[unsafe(no_mangle)]
pub extern "C" fn picture(messages: u32) {
    desk(|desk| desk.picture = Some(Picture::new(messages as usize)));
}

/// Makes its frame `times` times, as after every step.
#[unsafe(no_mangle)]
pub extern "C" fn frames(times: u32) -> u32 {
    desk(|desk| {
        let picture = desk.picture.as_mut().expect("a picture that was made");
        (0..times)
            .map(|_| picture.frame() as u32)
            .max()
            .unwrap_or(0)
    })
}

/// Builds its stage `times` times, as for every repaint.
#[unsafe(no_mangle)]
pub extern "C" fn stages(times: u32) -> u32 {
    desk(|desk| {
        let picture = desk.picture.as_mut().expect("a picture that was made");
        (0..times)
            .map(|nth| picture.stage(nth) as u32)
            .max()
            .unwrap_or(0)
    })
}

/// Makes a crowd with so many messages.
#[unsafe(no_mangle)]
pub extern "C" fn crowd(messages: u32) {
    desk(|desk| desk.crowd = Some(Crowd::new(messages)));
}

/// Builds its stage `times` times, as for every repaint.
#[unsafe(no_mangle)]
pub extern "C" fn crowd_stages(times: u32) -> u32 {
    desk(|desk| {
        let crowd = desk.crowd.as_mut().expect("a crowd that was made");
        (0..times)
            .map(|nth| crowd.stage(nth) as u32)
            .max()
            .unwrap_or(0)
    })
}

/// Unpacks the histories.
#[unsafe(no_mangle)]
pub extern "C" fn unpack() {
    desk(|desk| desk.histories = histories());
}

/// Judge number `place` judges all histories that were unpacked; how many it finds linearizable.
#[unsafe(no_mangle)]
pub extern "C" fn judge(place: u32) -> u32 {
    desk(|desk| {
        let judge = Judge::ALL[place as usize];
        let legal = desk.histories.iter().filter(|(_, one)| judge.judges(one));
        legal.count() as u32
    })
}
