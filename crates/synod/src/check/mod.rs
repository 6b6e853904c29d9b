//! `synod check`: are recorded histories linearizable? Knows no protocol: a history comes from a file.

mod calls;
mod edn;
mod events;
mod model;
mod picture;

use crate::args::CheckArgs;
use crate::error::{Ended, Error, tell};
use crate::input::content;
use crate::output::Output;
use crate::words::own;
use linearizability::Overall;
use model::Judged;
use protocol::{Arg, Phrase};

/// What is wrong with a history, and where.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// The line of the file, from 1; `None`: the file as a whole.
    line: Option<u32>,
    what: Phrase,
}

impl Mistake {
    fn at(line: u32, what: Phrase) -> Self {
        Self {
            line: Some(line),
            what,
        }
    }

    fn whole(what: Phrase) -> Self {
        Self { line: None, what }
    }
}

/// Checks each file, prints a line for it, and draws all of them if that is asked for.
pub(crate) fn check(args: &CheckArgs) -> Result<Ended, Error> {
    let language = args.language.get();
    let mut output = Output::open(None)?;
    let mut ended = Ended::Well;
    let mut drawn = Vec::new();
    for file in &args.files {
        let judged = judge(file, args);
        let (verdict, now) = match &judged {
            Ok(judged) => match judged.overall {
                Overall::Linearizable => ("ok", Ended::Well),
                Overall::Illegal => ("illegal", Ended::Violated),
                Overall::GaveUp => ("unknown", Ended::Differs),
            },
            Err(error) => {
                crate::output::tell(&error.say(language));
                ("bad-input", Ended::BadInput)
            }
        };
        output.text(&format!("{file}\t{verdict}\n"))?;
        ended = worse(ended, now);
        if let (Ok(judged), true) = (judged, args.html.is_some()) {
            drawn.push((file.as_str(), judged));
        }
    }
    output.finish()?;
    if let Some(path) = &args.html {
        let words = own(language);
        if drawn.is_empty() {
            tell(&words, &Phrase::new("cli.nothing-drawn"), &[]);
        } else {
            let mut output = Output::open(Some(path))?;
            output.text(&picture::page(&drawn, &words))?;
            output.finish()?;
        }
    }
    Ok(ended)
}

/// What is told of several files by one exit code: a file that cannot be read before one that is not linearizable, and that before
/// one for which the budget ran out.
fn worse(one: Ended, other: Ended) -> Ended {
    let rank = |ended: &Ended| match ended {
        Ended::Well => 0,
        Ended::Differs => 1,
        Ended::Violated => 2,
        Ended::BadInput => 3,
    };
    std::cmp::max_by_key(one, other, rank)
}

fn judge(file: &str, args: &CheckArgs) -> Result<Judged, Error> {
    let (place, text) = content(file)?;
    let judge = || {
        let events = events::read(&text, args.format)?;
        let calls = calls::pair(events)?;
        model::judge(args.model, calls, args.budget)
    };
    judge().map_err(|mistake| Error::History {
        place: match mistake.line {
            Some(line) => Arg::Phrase(Box::new(
                Phrase::new("cli.line")
                    .with("place", place)
                    .text("line", line.to_string()),
            )),
            None => place,
        },
        why: mistake.what,
    })
}
