//! What somebody did, in the words in which the reader is told of it: "You crashed S3". Knows no model: phrases in, phrases out.

use protocol::{Arg, NodeId, Phrase};
use std::borrow::Cow;

/// A cut, the smaller side first: it is what the reader looks for, and the first to be cut short where there is little room.
pub(crate) fn cut(from: &[NodeId], to: &[NodeId], both: bool) -> Phrase {
    let to_is_few = to.len() <= from.len();
    let (few, many) = if to_is_few { (to, from) } else { (from, to) };
    let key = match (both, to_is_few) {
        (true, _) => "ui.did.cut",
        (false, true) => "ui.did.cut-to",
        (false, false) => "ui.did.cut-from",
    };
    Phrase::new(key)
        .nodes("few", few.iter().copied())
        .nodes("many", many.iter().copied())
}

/// The deed behind an event that somebody caused, told by the event's own phrase; the phrase itself where no words for such a
/// deed are known.
pub(crate) fn of(event: &Phrase) -> Phrase {
    let key = match event.key.as_ref() {
        "event.crashed" | "event.crashed-unsaved" => "ui.did.crash",
        "event.restarted" => "ui.did.restart",
        "event.paused" => "ui.did.pause",
        "event.resumed" => "ui.did.resume",
        "event.erased" => "ui.did.erase",
        "event.removed" => "ui.did.remove",
        "event.skewed" => "ui.did.skew",
        "event.healed" => "ui.did.heal",
        "event.set" => "ui.did.set",
        "event.dropped" => "ui.did.drop",
        "event.duplicated" => "ui.did.duplicate",
        "event.held" => "ui.did.hold",
        "event.released" => "ui.did.release",
        "event.added" => "ui.did.add",
        "event.decided" => "ui.did.choose",
        "event.cut" => return cut(nodes(event, "from"), nodes(event, "to"), true),
        "event.cut-one-way" => return cut(nodes(event, "from"), nodes(event, "to"), false),
        "event.asked" => return with_key(event, "ui.did.asked"),
        "event.delivered" => return picked(with_key(event, "pending.deliver")),
        "event.fired" => return picked(with_key(event, "pending.fire")),
        _ => return event.clone(),
    };
    with_key(event, key)
}

fn picked(what: Phrase) -> Phrase {
    Phrase::new("ui.did.pick").with("what", Arg::Phrase(Box::new(what)))
}

/// The same values in another template: it takes those that it names.
fn with_key(event: &Phrase, key: &'static str) -> Phrase {
    Phrase {
        key: Cow::Borrowed(key),
        args: event.args.clone(),
        rule: None,
    }
}

fn nodes<'a>(event: &'a Phrase, name: &str) -> &'a [NodeId] {
    let mut args = event.args.iter();
    match args.find(|(known, _)| known == name) {
        Some((_, Arg::Nodes(nodes))) => nodes,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_side_of_a_cut_comes_first() {
        let (two, three) = ([NodeId(0), NodeId(3)], [1, 2, 4].map(NodeId));
        let few = |phrase: Phrase| nodes(&phrase, "few").to_vec();
        assert_eq!(few(cut(&two, &three, true)), two);
        assert_eq!(few(cut(&three, &two, true)), two);
        let key = |from, to| cut(from, to, false).key;
        assert_eq!(key(&two, &three), "ui.did.cut-from");
        assert_eq!(key(&three, &two), "ui.did.cut-to");
    }

    #[test]
    fn an_event_is_told_as_what_was_done() {
        let crashed = Phrase::new("event.crashed-unsaved")
            .node("node", NodeId(3))
            .int("lost", 1);
        let did = of(&crashed);
        assert_eq!(did.key, "ui.did.crash");
        assert_eq!(did.args[0].1, Arg::Node(NodeId(3)));
        let foreign = Phrase::new("event.of-another-kind");
        assert_eq!(of(&foreign), foreign);
    }
}
