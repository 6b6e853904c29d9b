//! A reader at the page: sends messages, lets time pass, keeps what the page was told to do.

use protocol::{NodeId, Ring};
use studio::{Command, Model, Msg, Setup, Until};
use trace::NodeStatus;

/// One animation frame at sixty a second, in microseconds.
pub(crate) const FRAME_US: u64 = 16_667;

pub(crate) struct Reader {
    pub(crate) model: Model,
    pub(crate) commands: Vec<Command>,
    pub(crate) us: u64,
}

impl Reader {
    pub(crate) fn at_home() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let (model, commands) = Model::new(setup).expect("the home run opens");
        Self {
            model,
            commands,
            us: 0,
        }
    }

    /// Opens a link in a profile that has never seen the page.
    pub(crate) fn with_address(address: &str) -> Self {
        Self::with(Setup {
            address: address.into(),
            ..Setup::default()
        })
    }

    /// The fragment of a link to this moment; empty where there is none.
    pub(crate) fn fragment(&self) -> String {
        let link = self.model.share().link;
        link.split('#').nth(1).unwrap_or_default().to_owned()
    }

    pub(crate) fn does(&mut self, msg: Msg) -> &mut Self {
        self.commands.extend(self.model.update(msg));
        self
    }

    /// Watches for so many milliseconds of real time.
    pub(crate) fn waits(&mut self, ms: u64) -> &mut Self {
        self.waits_until(ms, |_| false);
        self
    }

    /// Watches until something is seen; the real time since the opening, in microseconds, if it was within `ms`.
    pub(crate) fn waits_until(&mut self, ms: u64, seen: impl Fn(&Model) -> bool) -> Option<u64> {
        let end = self.us + ms * 1_000;
        while self.us < end {
            if seen(&self.model) {
                return Some(self.us);
            }
            self.does(Msg::Tick {
                elapsed_us_real: FRAME_US,
            });
            self.us += FRAME_US;
        }
        None
    }

    /// Runs to a goal and the rest of its portions.
    pub(crate) fn runs_until(&mut self, until: Until) -> &mut Self {
        self.does(Msg::RunUntil(until));
        for _ in 0..400 {
            if self.model.run_until_menu().running.is_none() {
                return self;
            }
            self.does(Msg::Tick {
                elapsed_us_real: FRAME_US,
            });
        }
        panic!("the run does not end: {}", self.model.caption().note);
    }

    pub(crate) fn step(&self) -> u64 {
        self.model.transport().step_now
    }

    /// The running leader of the newest epoch.
    pub(crate) fn leader(&self) -> Option<(NodeId, u64)> {
        leader(&self.model)
    }

    pub(crate) fn announced(&self) -> Vec<&str> {
        let said = self.commands.iter().filter_map(|command| match command {
            Command::Announce(text) => Some(text.as_str()),
            _ => None,
        });
        said.collect()
    }

    pub(crate) fn addresses(&self) -> Vec<&str> {
        let written = self.commands.iter().filter_map(|command| match command {
            Command::ReplaceAddress(text) => Some(text.as_str()),
            _ => None,
        });
        written.collect()
    }
}

pub(crate) fn leader(model: &Model) -> Option<(NodeId, u64)> {
    let nodes = model.frame().nodes.iter();
    nodes
        .filter(|node| node.view.ring == Ring::Double && node.status == NodeStatus::Up)
        .filter_map(|node| Some((node.id, node.view.epoch?)))
        .max_by_key(|(_, epoch)| *epoch)
}
