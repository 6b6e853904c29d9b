//! Hubs in virtual time, with a way between them that can be cut.

use super::*;
use crate::hub::Effect;
use crate::journal::NodeState;
use crate::network::{Fault, Weather};
use protocol::Distribution;

struct One {
    cluster: Cluster,
    hub: Hub,
}

impl One {
    /// Hub `place`, which began so many seconds after 1970, with a node of this name.
    fn new(place: u64, node: &str) -> Self {
        let weather = Weather {
            latency_us: Distribution::Constant(0),
            loss_permille: 0,
        };
        let mut hub = Hub::new(1, weather, Vec::new(), 1_000);
        hub.settle(place);
        hub.joined(0, node);
        let mut cluster = Cluster::new(place * 77, place * 1_000_000);
        (cluster.me.hub, cluster.keeper) = (place, place);
        cluster.settle();
        Self { cluster, hub }
    }

    fn advance(&mut self, now_us: u64) -> Vec<(To, Say)> {
        self.hub.advance(now_us);
        self.cluster.advance(now_us, &mut self.hub, |hub| {
            let members = hub.members();
            let here = members.filter(|(node, _)| hub.network.away(node).is_none());
            let seats = here.map(|(node, member)| Seat {
                node: node.to_owned(),
                now: member.state,
                end: member.end.clone(),
                own: true,
                paused: false,
            });
            seats.collect()
        });
        self.cluster.take_out()
    }

    /// What has been handed to its nodes since this was asked last: of which type.
    fn delivered(&mut self, now_us: u64) -> Vec<String> {
        self.hub.advance(now_us);
        let effects = std::iter::from_fn(|| self.hub.next_effect());
        let kinds = effects.filter_map(|effect| match effect {
            Effect::Deliver { message, .. } => message.kind().map(str::to_owned),
            _ => None,
        });
        kinds.filter(|kind| kind != "init").collect()
    }

    fn says(&mut self, now_us: u64, src: &str, dest: &str, kind: &str) {
        let line = Envelope::new(src, dest, kind).line();
        self.hub.line(now_us, src, line.as_bytes()).unwrap();
    }

    fn entries(&self) -> Vec<(Option<u64>, Entry)> {
        let records = self.hub.network.journal.since(0).1;
        records.map(|it| (it.hub, it.entry.clone())).collect()
    }

    fn losses(&self) -> Vec<Loss> {
        let entries = self.entries().into_iter();
        let losses = entries.filter_map(|(_, entry)| match entry {
            Entry::Lost { why, .. } => Some(why),
            _ => None,
        });
        losses.collect()
    }
}

/// All say what they have to say until all are quiet; what `passes` does not let through is lost.
fn talk(now_us: u64, all: &mut [One], passes: impl Fn(&Say) -> bool) {
    loop {
        let mut said = Vec::new();
        for (place, one) in all.iter_mut().enumerate() {
            said.extend(one.advance(now_us).into_iter().map(|it| (place, it)));
        }
        if said.is_empty() {
            return;
        }
        for (from, (to, say)) in said {
            // Through JSON, as it travels.
            let line = serde_json::to_string(&say).unwrap();
            for (place, one) in all.iter_mut().enumerate() {
                let own = To::Hub(one.cluster.place());
                if place != from && (to == To::All || to == own) && passes(&say) {
                    let say = serde_json::from_str(&line).unwrap();
                    one.cluster.hear(now_us, &mut one.hub, say);
                }
            }
        }
    }
}

fn pair() -> Vec<One> {
    let mut all = vec![One::new(1, "a"), One::new(2, "b")];
    talk(0, &mut all, |_| true);
    all
}

#[test]
fn messages_pass_and_all_hubs_note_the_same() {
    let mut all = pair();
    all.push(One::new(3, "c"));
    talk(10, &mut all, |_| true);
    all[0].says(10, "a", "b", "hi");
    talk(10, &mut all, |_| true);
    assert_eq!(all[1].delivered(10), ["hi"]);
    talk(20, &mut all, |_| true);
    for one in &all {
        let own = one.cluster.place();
        let sent = one
            .entries()
            .into_iter()
            .find_map(|(hub, entry)| match entry {
                Entry::Send { message, .. } if message.kind() == Some("hi") => {
                    Some((hub, message.id))
                }
                _ => None,
            });
        let (hub, id) = sent.unwrap();
        assert_eq!(hub, (own != 1).then_some(1));
        let came = one
            .entries()
            .into_iter()
            .find_map(|(hub, entry)| match entry {
                Entry::Receive { id: its, .. } if Some(its) == id => Some(hub),
                _ => None,
            });
        assert_eq!(came, Some((own != 2).then_some(2)));
    }
    // It was confirmed: nothing is lost later.
    talk(2 * PASS_US_MAX, &mut all, |_| true);
    assert_eq!(all[0].losses(), []);
}

#[test]
fn what_is_not_confirmed_is_lost_and_told() {
    let mut all = pair();
    all[0].says(10, "a", "b", "hi");
    talk(10, &mut all, |say| !matches!(say, Say::Pass { .. }));
    for second in 1..=PASS_US_MAX / 1_000_000 {
        assert_eq!(all[0].losses(), []);
        talk(10 + second * 1_000_000, &mut all, |_| true);
    }
    assert_eq!(all[0].losses(), [Loss::NotPassed]);
    assert_eq!(all[1].losses(), [Loss::NotPassed], "every hub hears of it");
    // What is too long is not even tried, and what cannot leave is lost at once.
    let long = Envelope::new("a", "b", "long").with("text", "a".repeat(PASS_BYTES_MAX));
    all[0]
        .hub
        .line(6_000_000, "a", long.line().as_bytes())
        .unwrap();
    talk(6_000_000, &mut all, |_| true);
    all[0].cluster.set_open(false);
    all[0].says(6_000_001, "a", "b", "hi");
    talk(6_000_001, &mut all, |_| true);
    assert_eq!(all[0].losses()[1..], [Loss::TooLong, Loss::NotPassed]);
    // The journal waits meanwhile, and goes on without a gap; what was too long to be told is counted.
    all[0].cluster.set_open(true);
    talk(6_000_002, &mut all, |_| true);
    let missed: Vec<_> = all[1]
        .entries()
        .into_iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Missed { records } => Some(records),
            _ => None,
        })
        .collect();
    assert_eq!(missed, [1]);
    assert_eq!(all[1].losses().len(), 3);
}

#[test]
fn a_silent_hub_is_gone_with_its_nodes_and_the_services_go_to_the_next() {
    let mut all = pair();
    assert_eq!(all[1].hub.network.away("lin-kv"), Some(1), "the eldest");
    all[1].says(10, "b", "a", "hi");
    // Hub 1 dies with the message on its way.
    let dead = all.remove(0);
    for second in 1..=4 {
        talk(second * 1_000_000, &mut all, |_| true);
    }
    drop(dead);
    assert_eq!(all[0].losses(), [Loss::NotPassed]);
    let (hub, last) = all[0]
        .entries()
        .into_iter()
        .rev()
        .find(|(hub, _)| hub.is_some())
        .unwrap();
    let said = Some("its hub gives no sign".to_owned());
    let down = Entry::Node {
        node: "a".into(),
        now: NodeState::Down,
        said,
    };
    assert_eq!((hub, last), (Some(1), down));
    assert_eq!(all[0].hub.network.role("a"), None);
    assert_eq!(all[0].hub.network.away("lin-kv"), None);
    let heard = all[0].cluster.take_heard();
    let warns = |what: &str| {
        heard
            .iter()
            .any(|it| matches!(it, Heard::Warn(text) if text.contains(what)))
    };
    assert!(warns("hub 1 is gone") && warns("begin anew"), "{heard:?}");
}

#[test]
fn faults_hold_at_all_hubs_and_whoever_comes_finds_them() {
    let mut all = pair();
    let cut = Fault::Cut {
        src: "a".into(),
        dest: "b".into(),
    };
    all[1].hub.network.disturb(10, cut);
    all[1].hub.network.disturb(10, Fault::HoldAll);
    all[1]
        .hub
        .network
        .disturb(10, Fault::Kill { node: "a".into() });
    talk(10, &mut all, |_| true);
    assert!(all[0].hub.network.cut("a", "b") && all[0].hub.network.holding());
    let kill = Heard::Fault(Fault::Kill { node: "a".into() });
    assert!(all[0].cluster.take_heard().contains(&kill));
    all.push(One::new(3, "c"));
    talk(20, &mut all, |_| true);
    assert!(all[2].hub.network.cut("a", "b") && all[2].hub.network.holding());
    // One that was away for the end of it learns that as well.
    all[0].hub.network.disturb(30, Fault::Heal);
    all[0].hub.network.disturb(30, Fault::ReleaseAll);
    let mut late = all.remove(2);
    talk(30, &mut all, |_| true);
    for second in 1..=5 {
        late.advance(second * 1_000_000);
        talk(second * 1_000_000, &mut all, |_| true);
    }
    all.push(late);
    talk(7_000_000, &mut all, |_| true);
    assert!(!all[2].hub.network.cut("a", "b") && !all[2].hub.network.holding());
}

#[test]
fn of_two_nodes_with_one_name_the_one_at_the_elder_hub_stays() {
    let mut all = vec![One::new(1, "x"), One::new(2, "x")];
    talk(0, &mut all, |_| true);
    let evict = Heard::Evict { node: "x".into() };
    assert!(!all[0].cluster.take_heard().contains(&evict));
    assert!(all[1].cluster.take_heard().contains(&evict));
    // A third hub knows the elder's alone, also when the younger one has given its own up.
    all.push(One::new(3, "c"));
    talk(10, &mut all, |_| true);
    assert_eq!(all[2].hub.network.away("x"), Some(1));
    let One { cluster, hub } = &mut all[1];
    cluster.give_up(20, hub, "x");
    assert_eq!(all[1].hub.network.away("x"), Some(1), "at once");
    all[1].cluster.set_named();
    for (_, say) in all[1].advance(20) {
        let One { cluster, hub } = &mut all[2];
        cluster.hear(20, hub, say);
    }
    assert_eq!(all[2].hub.network.away("x"), Some(1));
    talk(1_100_000, &mut all, |_| true);
    // That the younger one gave it up takes nothing from the elder.
    assert!(all[0].hub.names().contains(&"x".to_owned()));
    assert_eq!(all[0].hub.network.away("x"), None);
}

#[test]
fn of_two_hubs_with_one_number_the_younger_cannot_go_on() {
    let mut all = vec![One::new(5, "a"), One::new(5, "b")];
    all[1].cluster.me.began_us += 1;
    all[1].cluster.me.id += 1;
    talk(0, &mut all, |_| true);
    let fatal = |one: &mut One| {
        let heard = one.cluster.take_heard();
        heard.iter().any(|it| matches!(it, Heard::Fatal(_)))
    };
    assert!(!fatal(&mut all[0]));
    assert!(fatal(&mut all[1]));
}

#[test]
fn hubs_that_drew_one_number_draw_again_before_they_give_any_out() {
    // Two ids whose first numbers are the same, by trial.
    let first = draw(1, 0);
    let other = (2..).find(|id| draw(*id, 0) == first).unwrap();
    let hub = |id, began_us, node: &str| {
        let mut one = One::new(first, node);
        one.cluster = Cluster::new(id, began_us);
        one
    };
    // The elder has long begun; the younger comes, and a third that has the number of neither.
    let mut all = vec![hub(1, 5, "a"), One::new(first % PLACE_MAX + 1, "c")];
    all[0].cluster.settle();
    talk(0, &mut all, |_| true);
    all.push(hub(other, 6, "b"));
    talk(10, &mut all, |_| true);
    let place = all[2].cluster.place();
    assert_ne!(place, first);
    assert!((1..=PLACE_MAX).contains(&place));
    assert_eq!(all[0].cluster.place(), first);
    for one in &mut all {
        assert_eq!(one.cluster.hubs(), 3);
        let heard = one.cluster.take_heard();
        let bad = |it: &Heard| matches!(it, Heard::Fatal(_) | Heard::Gone { .. } | Heard::Warn(_));
        assert!(!heard.iter().any(bad), "{heard:?}");
    }
    // What it gives out from now on has the new number, and comes to where it is to.
    all[2].cluster.settle();
    all[2].says(20, "b", "a", "hi");
    talk(20, &mut all, |_| true);
    assert_eq!(all[0].delivered(20), ["hi"]);
    assert_eq!(all[0].hub.network.away("b"), Some(place));
    assert_eq!(all[2].hub.network.away("lin-kv"), Some(first));
    let sent = all[2]
        .entries()
        .into_iter()
        .find_map(|(_, entry)| match entry {
            Entry::Send { message, .. } if message.kind() == Some("hi") => message.id,
            _ => None,
        });
    assert_eq!(sent.unwrap() >> 40, place);
}

#[test]
fn a_message_waits_for_the_records_that_it_follows_from() {
    let mut all = pair();
    all[0].says(10, "a", "b", "hi");
    let said = all[0].advance(10);
    let (late, early): (Vec<_>, Vec<_>) = said
        .into_iter()
        .partition(|(_, say)| matches!(say, Say::Records { .. }));
    assert!(early.iter().any(|(_, say)| matches!(say, Say::Pass { .. })));
    let place = |entries: &[(Option<u64>, Entry)], is: fn(&Entry) -> bool| {
        entries.iter().rposition(|(_, entry)| is(entry))
    };
    let One { cluster, hub } = &mut all[1];
    for (_, say) in early {
        cluster.hear(10, hub, say);
    }
    assert!(all[1].delivered(10).is_empty());
    let One { cluster, hub } = &mut all[1];
    for (_, say) in late {
        cluster.hear(10, hub, say);
    }
    assert_eq!(all[1].delivered(10), ["hi"]);
    let entries = all[1].entries();
    let sent = place(&entries, |it| matches!(it, Entry::Send { .. }));
    let came = place(&entries, |it| matches!(it, Entry::Receive { .. }));
    assert!(sent < came, "{entries:?}");
    // Records that never come keep nothing waiting for longer than a second.
    all[0].says(20, "a", "b", "again");
    talk(20, &mut all, |say| !matches!(say, Say::Records { .. }));
    assert!(all[1].delivered(20).is_empty());
    talk(1_100_000, &mut all, |_| true);
    assert_eq!(all[1].delivered(1_100_000), ["again"]);
}

#[test]
fn that_a_node_runs_is_known_before_what_it_receives() {
    let mut all = pair();
    all[1].hub.left(10, "b", "killed", true);
    talk(10, &mut all, |_| true);
    all[1].hub.joined(20, "b");
    talk(20, &mut all, |_| true);
    let entries = all[0].entries();
    let starts = |it: &Entry| matches!(it, Entry::Node { node, now: NodeState::Starting, .. } if node == "b");
    let hears = |it: &Entry| matches!(it, Entry::Receive { dest, .. } if dest == "b");
    let last = |is: &dyn Fn(&Entry) -> bool| entries.iter().rposition(|(_, it)| is(it));
    let (started, heard) = (last(&starts), last(&hears));
    assert!(started.is_some() && started < heard, "{entries:?}");
}

/// What is under way anywhere, as this hub knows it: of which type, and whether it is held.
fn under_way(one: &One) -> Vec<(String, bool)> {
    let here = one.hub.network.flights();
    let here = here.map(|(_, flight)| (flight.message.clone(), flight.due_us));
    let afar = one.hub.network.flights_afar();
    let afar = afar.map(|flight| (flight.message.clone(), flight.due_us));
    let mut all: Vec<_> = here
        .chain(afar)
        .map(|(message, due_us)| (message.kind().unwrap().to_owned(), due_us.is_none()))
        .collect();
    all.sort();
    all
}

#[test]
fn every_hub_knows_what_is_under_way_at_any() {
    let mut all = pair();
    all[0].hub.network.disturb(10, Fault::HoldAll);
    talk(10, &mut all, |_| true);
    // From hub to hub, and within the second one.
    all[0].says(20, "a", "b", "over");
    all[1].says(20, "b", "b", "within");
    all[1].says(20, "b", "a", "back");
    talk(20, &mut all, |_| true);
    let expected = [("back", true), ("over", true), ("within", true)];
    let expected = expected.map(|(kind, held)| (kind.to_owned(), held));
    assert_eq!(under_way(&all[0]), expected);
    assert_eq!(under_way(&all[1]), expected);
    // Whoever comes later is told.
    let view = serde_json::json!({"role": "primary"});
    let shows = Envelope::new("b", "synod", "view").with("view", view.clone());
    all[1].hub.line(25, "b", shows.line().as_bytes()).unwrap();
    all.push(One::new(3, "c"));
    talk(30, &mut all, |_| true);
    assert_eq!(under_way(&all[2]), expected);
    assert_eq!(all[2].hub.view("b"), Some(&view));
    assert_eq!(all[0].hub.view("b"), Some(&view));
    // What ends, ends for all.
    let ids: Vec<u64> = all[1].hub.network.flights().map(|(id, _)| id).collect();
    let copy = all[1].hub.network.duplicate(40, ids[0]).unwrap();
    talk(40, &mut all, |_| true);
    assert_eq!(under_way(&all[2]).len(), 4);
    all[1].hub.network.drop_message(50, ids[0]);
    all[1].hub.network.release(50, copy);
    talk(50, &mut all, |_| true);
    assert_eq!(under_way(&all[2]).len(), 2);
    all[0].hub.network.disturb(60, Fault::ReleaseAll);
    talk(60, &mut all, |_| true);
    for one in &mut all {
        assert_eq!(under_way(one), []);
    }
    // Records that are missed may have been an end: it is asked for again.
    all[0].hub.network.disturb(70, Fault::HoldAll);
    talk(70, &mut all, |_| true);
    all[0].says(80, "a", "b", "over");
    talk(80, &mut all, |_| true);
    let (id, _) = all[1].hub.network.flights().next().unwrap();
    all[1].hub.network.drop_message(90, id);
    talk(90, &mut all, |say| !matches!(say, Say::Records { .. }));
    assert_eq!(under_way(&all[2]).len(), 1);
    all[1].says(100, "b", "a", "next");
    talk(1_200_000, &mut all, |_| true);
    assert_eq!(under_way(&all[2]), [("next".to_owned(), true)]);
}

#[test]
fn how_a_node_at_another_hub_ended_is_known_and_whether_somebody_wanted_it() {
    let mut all = pair();
    all[1].delivered(0);
    all[1].hub.left(10, "b", "exit status: 3", false);
    talk(10, &mut all, |_| true);
    all[0].hub.advance(10);
    let effects: Vec<_> = std::iter::from_fn(|| all[0].hub.next_effect()).collect();
    let end = End {
        said: "exit status: 3".into(),
        expected: false,
    };
    let left = Effect::Left {
        node: "b".into(),
        end,
    };
    assert!(effects.contains(&left), "{effects:?}");
    let told = all[0].entries().into_iter().any(|(hub, entry)| {
        let Entry::Node { node, said, .. } = entry else {
            return false;
        };
        hub == Some(2) && node == "b" && said.as_deref() == Some("exit status: 3")
    });
    assert!(told);
}
