//! Pictures in sentences: one for the whole, one for each part that can be pointed at.

use super::circle::{owner, owners};
use super::{PictureInput, curve};
use crate::Subject;
use protocol::{Axis, Phrase, Picture, QueueItem, RingPoint, Series, TreeItem};

/// What a picture is called; empty for one without a title.
pub fn picture_title(input: &PictureInput<'_>) -> String {
    let key = match input.picture {
        Picture::Table { title, .. }
        | Picture::Queue { title, .. }
        | Picture::Ring { title, .. }
        | Picture::Tree { title, .. }
        | Picture::Gauge { title, .. }
        | Picture::Chart { title, .. } => title,
        Picture::Log { .. } | Picture::Votes(_) => return String::new(),
    };
    input.words.word(key).to_owned()
}

/// A picture as a whole, then part by part; nothing for one that is not drawn by [`crate::Scene::picture`].
pub fn tell_picture(input: &PictureInput<'_>) -> Vec<(Option<Subject>, String)> {
    let teller = Teller { input };
    match input.picture {
        Picture::Queue { items, room, .. } => teller.queue(items, *room),
        Picture::Ring { points, .. } => teller.ring(points),
        Picture::Tree { items, .. } => teller.tree(items),
        Picture::Gauge {
            value, max, unit, ..
        } => {
            let amount = |value| input.words.amount(value, *unit);
            let phrase = match max {
                Some(max) => Phrase::new("drawn.gauge-max").text("max", amount(*max)),
                None => Phrase::new("drawn.gauge"),
            };
            vec![teller.whole(phrase.text("value", amount(*value)))]
        }
        Picture::Chart { x, y, series, .. } => teller.chart(x, y, series),
        Picture::Log { .. } | Picture::Votes(_) | Picture::Table { .. } => Vec::new(),
    }
}

struct Teller<'a> {
    input: &'a PictureInput<'a>,
}

impl Teller<'_> {
    fn say(&self, phrase: &Phrase) -> String {
        self.input.words.say(phrase, self.input.labels)
    }

    fn whole(&self, phrase: Phrase) -> (Option<Subject>, String) {
        let phrase = phrase.text("title", picture_title(self.input));
        (None, self.say(&phrase))
    }

    fn part(&self, place: usize, phrase: &Phrase) -> (Option<Subject>, String) {
        (Some(Subject::Part(place as u32)), self.say(phrase))
    }

    fn queue(&self, items: &[QueueItem], room: Option<u64>) -> Vec<(Option<Subject>, String)> {
        let count = items.len() as u64;
        let whole = match room {
            Some(room) => Phrase::new("drawn.queue-room").int("room", room),
            None => Phrase::new("drawn.queue"),
        };
        let parts = items.iter().enumerate().map(|(place, item)| {
            let phrase = match item.done_permille {
                Some(done) => Phrase::new("drawn.working").int("percent", u64::from(done) / 10),
                None => Phrase::new("drawn.waiting").int("place", place as u64 + 1),
            };
            self.part(place, &phrase.text("item", item.label.clone()))
        });
        let whole = self.whole(whole.int("n", count));
        std::iter::once(whole).chain(parts).collect()
    }

    fn ring(&self, points: &[RingPoint]) -> Vec<(Option<Subject>, String)> {
        let owners = owners(points);
        let keys = (points.len() - owners.len()) as u64;
        let whole = Phrase::new("drawn.ring")
            .int("n", owners.len() as u64)
            .int("keys", keys);
        let parts = points.iter().enumerate().map(|(place, point)| {
            let label = point.label.clone();
            let phrase = match point.node {
                Some(node) => {
                    let nth = owners.iter().position(|owner| *owner == place).unwrap_or(0);
                    let before = points[owners[(nth + owners.len() - 1) % owners.len()]].at;
                    let share = if owners.len() == 1 {
                        u64::MAX
                    } else {
                        point.at.wrapping_sub(before)
                    };
                    let permille = (u128::from(share) * 1000) >> 64;
                    let share = self
                        .input
                        .words
                        .amount(permille as u64, protocol::Unit::Permille);
                    Phrase::new("drawn.owner")
                        .node("node", node)
                        .text("share", share)
                }
                None => match owner(points, &owners, point.at).and_then(|place| points[place].node)
                {
                    Some(node) => Phrase::new("drawn.key").node("node", node),
                    None => Phrase::new("drawn.part"),
                },
            };
            self.part(place, &phrase.text("point", label))
        });
        std::iter::once(self.whole(whole)).chain(parts).collect()
    }

    fn tree(&self, items: &[TreeItem]) -> Vec<(Option<Subject>, String)> {
        let whole = Phrase::new("drawn.tree").int("n", items.len() as u64);
        let parts = items.iter().enumerate().map(|(place, item)| {
            let parent = item.parent.and_then(|parent| items.get(parent as usize));
            let phrase = match parent {
                Some(parent) => Phrase::new("drawn.under").text("parent", parent.label.clone()),
                None => Phrase::new("drawn.part"),
            };
            self.part(place, &phrase.text("point", item.label.clone()))
        });
        std::iter::once(self.whole(whole)).chain(parts).collect()
    }

    fn chart(&self, x: &Axis, y: &Axis, series: &[Series]) -> Vec<(Option<Subject>, String)> {
        let word = |axis: &Axis| protocol::Arg::Word(axis.name.clone());
        let whole = Phrase::new("drawn.chart")
            .with("x", word(x))
            .with("y", word(y))
            .int("n", series.len() as u64);
        let units = (x.unit, y.unit);
        let parts = series.iter().enumerate().flat_map(|(nth, curve)| {
            let points = curve.points.iter().enumerate();
            points.map(move |(place, point)| {
                let subject = Subject::Datum {
                    series: nth as u32,
                    point: place as u32,
                };
                (Some(subject), curve::said(self.input, units, curve, *point))
            })
        });
        std::iter::once(self.whole(whole)).chain(parts).collect()
    }
}
