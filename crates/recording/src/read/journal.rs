//! The journal of a bridge, as its file: JSON lines, the first of which says so.

use super::Unread;
use super::document::said;
use crate::Recording;
use crate::journal::{Journal, NODES_MAX, TooMany};
use protocol::Phrase;
use serde::Deserialize;
use wire::journal::{FORMAT, Head, Record, Remark};

/// More records than this are refused: nobody looks at them one by one.
pub(super) const RECORDS_MAX: usize = 500_000;

/// Of a line, what sort it is, and in which format.
#[derive(Deserialize)]
struct Sort {
    #[serde(rename = "type")]
    sort: String,
    format: Option<u32>,
}

/// Whether the text is a journal, by its first line.
pub(super) fn begins(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    serde_json::from_str::<Sort>(first).is_ok_and(|line| line.sort == "journal")
}

/// The recording, and what is to be said of it.
pub(super) fn read(text: &str) -> Result<(Recording, Option<Phrase>), Unread> {
    // Whoever writes one ends each line: what stands behind the last end was not written out.
    let (lines, rest) = text.rsplit_once('\n').unwrap_or((text, ""));
    let mut lines = (1..).zip(lines.lines());
    let head = lines.next().map_or("", |(_, line)| line);
    let (mut journal, mut recording) = Journal::begin(&head_of(head)?).map_err(many)?;
    let mut records = 0;
    let mut take = |number: usize, line: &str| -> Result<(), Unread> {
        if line.trim().is_empty() {
            return Ok(());
        }
        records += 1;
        if records > RECORDS_MAX {
            let phrase = Phrase::new("error.log-too-long").int("most", RECORDS_MAX as u64);
            return Err(Unread(phrase));
        }
        let broken = |error: &serde_json::Error| {
            Unread(
                Phrase::new("error.journal-broken")
                    .int("line", number as u64)
                    .text("why", said(error)),
            )
        };
        match serde_json::from_str::<Record>(line) {
            Ok(record) => journal.push(&record, &mut recording).map_err(many),
            Err(error) => match serde_json::from_str(line) {
                Ok(Remark::Missed { records }) => {
                    journal.missed(records, &mut recording);
                    Ok(())
                }
                _ => Err(broken(&error)),
            },
        }
    };
    for (number, line) in lines {
        take(number, line)?;
    }
    let last = text.lines().count();
    let remark = match take(last, rest) {
        Ok(()) => None,
        Err(_) => Some(Phrase::new("remark.cut-short").int("line", last as u64)),
    };
    if recording.events().is_empty() {
        return Err(Unread::new("error.journal-empty"));
    }
    Ok((recording, remark))
}

fn head_of(line: &str) -> Result<Head, Unread> {
    let sort: Option<Sort> = serde_json::from_str(line).ok();
    if let Some(newer) = sort.and_then(|sort| sort.format).filter(|it| *it > FORMAT) {
        let phrase = Phrase::new("error.journal-newer")
            .int("format", newer.into())
            .int("known", FORMAT.into());
        return Err(Unread(phrase));
    }
    let broken = |why: String| {
        let phrase = Phrase::new("error.journal-broken").int("line", 1);
        Unread(phrase.text("why", why))
    };
    match serde_json::from_str(line) {
        Ok(Remark::Journal(head)) => Ok(head),
        Ok(Remark::Missed { .. }) => Err(broken("missed".to_owned())),
        Err(error) => Err(broken(said(&error))),
    }
}

pub(super) fn many(_: TooMany) -> Unread {
    Unread(Phrase::new("error.log-hosts").int("most", NODES_MAX as u64))
}
