//! This hub among others: what its driver does for them, and asks of them.

use super::args::BridgeArgs;
use super::drive::Driver;
use super::nats::{self, FromNats, Nats};
use super::process::Order;
use super::rooms::Rooms;
use super::{Input, commands, random, refused};
use crate::error::Error;
use maelstrom::cluster::{Cluster, Errand, Heard, Say, Seat, To};
use maelstrom::network::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long others have to answer whoever comes.
const ANSWERS: Duration = Duration::from_millis(600);
/// How long other hubs may take to find a message that a page names.
const WISH: Duration = Duration::from_secs(2);

/// What a page here wants of other hubs.
struct Wish {
    page: u64,
    reference: Option<Value>,
    until: Instant,
}

/// The other hubs.
pub(super) struct Hubs {
    pub(super) cluster: Cluster,
    rooms: Rooms,
    nats: Nats,
    connected: bool,
    wanted: usize,
    wishes: BTreeMap<u64, Wish>,
    wished: u64,
    fatal: Option<String>,
}

impl Hubs {
    /// Connects with the others, if there is to be more than one.
    pub(super) async fn connect(
        args: &BridgeArgs,
        rooms: &Rooms,
        inputs: &mpsc::Sender<Input>,
    ) -> Result<Option<Self>, Error> {
        let Some(url) = &args.nats else {
            return Ok(None);
        };
        let id = u64::from_le_bytes(random()?) >> 12;
        let nats = nats::connect(url, &args.cluster, inputs).await?;
        Ok(Some(Self {
            cluster: Cluster::new(id, since_1970_us()),
            rooms: rooms.clone(),
            nats,
            connected: true,
            wanted: usize::from(args.hubs),
            wishes: BTreeMap::new(),
            wished: 0,
            fatal: None,
        }))
    }

    /// When something is due, in microseconds since the beginning.
    pub(super) fn wake_us(&self) -> u64 {
        self.cluster.wake_us()
    }

    /// What is new in rooms here goes to the others.
    pub(super) fn tell_rooms(&mut self, everything: bool) {
        let hub = self.cluster.place();
        for news in self.rooms.news(everything) {
            let news = json!(news);
            let errand = Errand::Room { hub, news };
            self.cluster.say(To::All, Say::Errand(errand));
        }
    }

    /// The others hear that this hub ends, and everything that was said before.
    pub(super) async fn finish(mut self) {
        let bye = Say::Bye {
            hub: self.cluster.place(),
        };
        self.cluster.say(To::All, bye);
        for frame in self.cluster.take_out() {
            self.nats.say(frame);
        }
        self.nats.finish().await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "hubs on several machines have no other time in common"
)]
fn since_1970_us() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}

impl Driver {
    /// Meets the other hubs, and finds names for the nodes that are to be started here.
    pub(super) async fn meet(&mut self, inputs: &mut mpsc::Receiver<Input>) -> Result<(), Error> {
        let Some(hubs) = &self.hubs else {
            return Ok(());
        };
        let wanted = hubs.wanted;
        self.settle(inputs).await?;
        for node in std::mem::take(&mut self.own) {
            // The name may have gone to another hub meanwhile.
            let node = match self.session.hub.network.role(&node) {
                None => node,
                Some(_) => self.free_name(),
            };
            self.session.hub.expect(&node);
            self.own.push(node);
        }
        self.set_named();
        let (mut told, mut all) = (0, false);
        loop {
            let before = self.session.hub.names().to_vec();
            self.gather(inputs, &mut None).await?;
            let (there, named) = self.hubs.as_ref().map_or((0, false), |hubs| {
                (hubs.cluster.hubs(), hubs.cluster.all_named())
            });
            // Who has been there may have gone again.
            all |= there >= wanted;
            if all && named && before == self.session.hub.names() {
                return Ok(());
            }
            if there != told {
                told = there;
                tracing::info!("{there} of {wanted} hubs are there");
            }
        }
    }

    /// Finds a number that no other hub has. Until then nothing is given a name or a number here: whoever comes waits.
    async fn settle(&mut self, inputs: &mut mpsc::Receiver<Input>) -> Result<(), Error> {
        let place = |driver: &Self| driver.hubs.as_ref().map_or(0, |hubs| hubs.cluster.place());
        self.session.hub.settle(place(self));
        let mut later = Some(Vec::new());
        loop {
            let before = place(self);
            self.gather(inputs, &mut later).await?;
            if before == place(self) {
                break;
            }
            tracing::info!("another hub has the number {before}: a new one is drawn");
        }
        let Some(hubs) = &mut self.hubs else {
            return Ok(());
        };
        let place = hubs.cluster.place();
        hubs.cluster.settle();
        hubs.rooms.settle(place);
        hubs.nats.listen(To::Hub(place)).await?;
        tracing::info!("this is hub {place}");
        later
            .into_iter()
            .flatten()
            .for_each(|input| self.take(input));
        Ok(())
    }

    /// The nodes that are to be started here have their names.
    fn set_named(&mut self) {
        if let Some(hubs) = &mut self.hubs {
            hubs.cluster.set_named();
        }
    }

    /// Says what there is to say, and hears what others answer. Everything else is kept for later, if there is a place for it.
    async fn gather(
        &mut self,
        inputs: &mut mpsc::Receiver<Input>,
        later: &mut Option<Vec<Input>>,
    ) -> Result<(), Error> {
        let until = Instant::now() + ANSWERS;
        loop {
            self.share()?;
            match (
                tokio::time::timeout_at(until, inputs.recv()).await,
                &mut *later,
            ) {
                (Ok(Some(input @ Input::Nats(_))), _) | (Ok(Some(input)), None) => self.take(input),
                (Ok(Some(input)), Some(later)) => later.push(input),
                (Ok(None) | Err(_), _) => return Ok(()),
            }
        }
    }

    /// What came from other hubs.
    pub(super) fn hear_nats(&mut self, from: FromNats) {
        let now_us = self.now_us();
        let Some(hubs) = &mut self.hubs else {
            return;
        };
        match from {
            FromNats::Said(say) => hubs.cluster.hear(now_us, &mut self.session.hub, *say),
            FromNats::Malformed(why) => {
                tracing::warn!("somebody says in this cluster what no hub says: {why}");
            }
            FromNats::Connected(connected) if connected == hubs.connected => {}
            FromNats::Connected(true) => {
                tracing::warn!("NATS is there again");
                hubs.connected = true;
                hubs.tell_rooms(true);
            }
            FromNats::Connected(false) => {
                tracing::warn!(
                    "NATS is gone: what is for other hubs is lost until it is there again"
                );
                hubs.connected = false;
            }
        }
        let heard = hubs.cluster.take_heard();
        for heard in heard {
            self.heard(heard);
        }
    }

    fn heard(&mut self, heard: Heard) {
        let Some(hubs) = &mut self.hubs else {
            return;
        };
        match heard {
            Heard::Fault(fault) => {
                let own = super::drive::process(&fault).is_some_and(|node| self.own.contains(node));
                if own && let Err(why) = self.fault(&fault) {
                    tracing::warn!("{why}");
                }
            }
            Heard::Errand(errand) => self.do_errand(errand),
            Heard::Came { hub } => {
                tracing::info!("hub {hub} is there");
                hubs.tell_rooms(true);
            }
            Heard::Gone { hub } => hubs.rooms.gone(hub),
            Heard::Evict { node } => self.evict(&node),
            Heard::Warn(text) => tracing::warn!("{text}"),
            Heard::Fatal(text) => hubs.fatal = Some(text),
        }
    }

    /// Whoever runs another hub wants something.
    fn do_errand(&mut self, errand: Errand) {
        let Some(hubs) = &mut self.hubs else {
            return;
        };
        match errand {
            Errand::Act {
                hub,
                number,
                command,
            } => {
                if let Some(said) = commands::act_for(self, command)
                    && let Some(hubs) = &mut self.hubs
                {
                    let done = Errand::Done { number, said };
                    hubs.cluster.say(To::Hub(hub), Say::Errand(done));
                }
            }
            Errand::Done { number, said } => {
                if let Some(wish) = hubs.wishes.remove(&number) {
                    let said = commands::with_reference(said, wish.reference);
                    self.pages.tell(wish.page, &said);
                }
            }
            Errand::Room { hub, news } => match serde_json::from_value(news) {
                Ok(news) => hubs.rooms.hear(hub, news),
                Err(error) => tracing::warn!("hub {hub} tells of a room what cannot be: {error}"),
            },
        }
    }

    /// A node of this name is at an elder hub.
    fn evict(&mut self, node: &str) {
        let runs = self.nodes.contains_key(node);
        if runs {
            let said = format!("an elder hub has a node called {node} as well");
            tracing::warn!("{node} is let go: {said}");
            self.let_go(node, &said);
        }
        let now_us = self.now_us();
        let place = self.own.iter().position(|own| own == node);
        let Some(hubs) = &self.hubs else {
            return;
        };
        if runs || place.is_some() {
            hubs.cluster.give_up(now_us, &mut self.session.hub, node);
        }
        if let Some(place) = place {
            // It does not run yet, and gets another name.
            self.own[place] = self.free_name();
            self.session.hub.expect(&self.own[place].clone());
            self.set_named();
        }
    }

    /// A node's connection ends, or its process.
    pub(super) fn let_go(&mut self, node: &str, said: &str) {
        let Some(gone) = self.nodes.remove(node) else {
            return;
        };
        if let Some(orders) = &gone.orders {
            let _ = orders.send(Order::Kill);
        }
        let now_us = self.now_us();
        self.session.left(now_us, node, said, true);
        self.session.hub.forget(node);
        self.own.retain(|own| own != node);
    }

    /// A name that no node has, at whatever hub.
    pub(super) fn free_name(&self) -> String {
        let network = &self.session.hub.network;
        let seat = |name: &str| self.hubs.as_ref().and_then(|it| it.cluster.seat(name));
        let mut free = (0..).map(|place| format!("n{place}"));
        free.find(|name| network.role(name).is_none() && seat(name).is_none())
            .unwrap_or_default()
    }

    /// A page wants something done to a message that is not here.
    pub(super) fn wish(&mut self, page: u64, reference: Option<Value>, command: Value) -> bool {
        let Some(hubs) = self.hubs.as_mut().filter(|hubs| hubs.cluster.hubs() > 1) else {
            return false;
        };
        hubs.wished += 1;
        let (number, hub) = (hubs.wished, hubs.cluster.place());
        let act = Errand::Act {
            hub,
            number,
            command,
        };
        hubs.cluster.say(To::All, Say::Errand(act));
        let until = Instant::now() + WISH;
        let wish = Wish {
            page,
            reference,
            until,
        };
        hubs.wishes.insert(number, wish);
        true
    }

    /// What is new goes to the other hubs.
    ///
    /// # Errors
    /// This hub cannot be one of them.
    pub(super) fn share(&mut self) -> Result<(), Error> {
        let now_us = self.now_us();
        let Some(hubs) = &mut self.hubs else {
            return Ok(());
        };
        if let Some(why) = hubs.fatal.take() {
            return Err(refused("--nats", why));
        }
        let open = hubs.connected && hubs.nats.keeps_up();
        hubs.cluster.set_open(open);
        let (own, nodes) = (&self.own, &self.nodes);
        hubs.cluster.advance(now_us, &mut self.session.hub, |hub| {
            let participants = hub.network.participants();
            let here = participants
                .filter(|(name, role)| *role == Role::Node && hub.network.away(name).is_none());
            let seats = here.map(|(node, _)| Seat {
                node: node.to_owned(),
                now: hub.state(node),
                end: hub.end(node).cloned(),
                own: own.iter().any(|own| own == node),
                paused: nodes.get(node).is_some_and(|it| it.paused),
            });
            seats.collect()
        });
        for frame in hubs.cluster.take_out() {
            hubs.nats.say(frame);
        }
        let now = Instant::now();
        let late: Vec<u64> = hubs
            .wishes
            .iter()
            .filter(|(_, wish)| wish.until <= now)
            .map(|(number, _)| *number)
            .collect();
        for number in late {
            if let Some(wish) = self.hubs.as_mut().and_then(|it| it.wishes.remove(&number)) {
                let error = json!({"type": "error", "text": commands::NO_MESSAGE});
                let said = commands::with_reference(error, wish.reference);
                self.pages.tell(wish.page, &said);
            }
        }
        let heard = self.hubs.as_mut().map(|it| it.cluster.take_heard());
        for heard in heard.into_iter().flatten() {
            self.heard(heard);
        }
        Ok(())
    }
}
