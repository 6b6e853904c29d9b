//! A story in the page: its beats told one after the other, at a pace that can be followed; the reader may leave it and come back.
//!
//! [`scenario::Player`] knows what a beat does; here is when it does it, and what is said meanwhile.

use crate::asking::Asking;
use crate::play::EVENTS_PER_TICK_MAX;
use crate::session::Session;
use crate::{Command, Model, StoryMsg};
use catalog::Entry;
use protocol::{Arg, Phrase};
use scenario::{Failure, Mistake, Player, Scenario, Text, Tick};
use sim::Stepped;
use std::sync::Arc;
use trace::MarkKind;

/// After something was done the story rests for so long, in real microseconds, so that it is seen before the next thing.
const REST_US_REAL: f64 = 700_000.0;
/// So many turning points of a beat are announced, the last ones.
const TOLD_MAX: usize = 8;
/// So many mistakes of a file are listed; the first ones matter.
const MISTAKES_MAX: usize = 6;

/// A story that is being told.
pub(crate) struct Story {
    pub(crate) player: Player,
    /// What names it in the address: `protocol/id`, or where its file lies; nothing for a file of the reader's own.
    pub(crate) address: Option<String>,
    /// The words of the present beat.
    pub(crate) words: Option<Text>,
    /// What whoever presents it reads beside the present beat, and what comes next.
    pub(crate) note: Option<Text>,
    pub(crate) coming: Option<Text>,
    /// What is asked, and was answered.
    pub(crate) asking: Asking,
    /// Whether the reader went on behind the last beat.
    pub(crate) ended: bool,
    /// Why the present beat cannot go on.
    pub(crate) failure: Option<Phrase>,
    /// How long it still rests, in real microseconds.
    rest_us: f64,
    /// Branch and step up to which a listener knows what has happened.
    said: (u32, u64),
}

impl Story {
    pub(crate) fn scenario(&self) -> &Arc<Scenario> {
        self.player.scenario()
    }
}

impl Session {
    /// Whether a story is on, and the cursor where it stands.
    pub(crate) fn follows(&self) -> bool {
        let story = self.story.as_ref();
        story.is_some_and(|story| story.player.is_here(self.playable.as_ref()))
    }

    /// One thing of the present beat, and what the run came to if it took a step.
    fn tell_on(&mut self) -> Result<(Tick, Option<Stepped>), Failure> {
        let Some(story) = &mut self.story else {
            return Ok((Tick::Over, None));
        };
        let world = self.playable.as_mut();
        let before = (world.branch(), world.step());
        let tick = story.player.tick(world)?;
        let (branch, step) = (world.branch(), world.step());
        if (branch, step) == before {
            return Ok((tick, None));
        }
        self.read_marks();
        let mark = self.marks().iter().rev().find(|mark| mark.step <= step);
        let mark = mark.filter(|mark| mark.step == step);
        let stepped = Stepped {
            step,
            branched: branch != before.0,
            violated: mark.is_some_and(|mark| mark.kind == MarkKind::Violation),
            moment: mark.is_some(),
        };
        Ok((tick, Some(stepped)))
    }
}

impl Model {
    pub(crate) fn handle_story(&mut self, msg: StoryMsg) {
        match msg {
            StoryMsg::Open { protocol, id } => self.open_story(&protocol, &id),
            StoryMsg::Next => self.next_beat(),
            StoryMsg::Previous => self.previous_beat(),
            StoryMsg::Search(query) => self.gallery.query = query,
            StoryMsg::Topic(topic) => self.gallery.topic = topic,
            StoryMsg::Choose(choice) => self.choose_answer(choice),
            StoryMsg::ClearScores => self.clear_scores(),
            StoryMsg::Named(name) => self.open_named(&name),
            StoryMsg::Fetched { address, text } => match text {
                Ok(text) => self.read_story(&address, &text, Some(address.clone())),
                Err(why) => self.warn_story(
                    Phrase::new("ui.notice.fetch")
                        .text("address", address)
                        .text("why", why),
                    Phrase::new("ui.notice.fetch-cure"),
                ),
            },
        }
        self.touch();
    }

    /// What the address names: a story of the catalogue, or where a file lies.
    pub(crate) fn open_named(&mut self, name: &str) {
        let plain = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        match name.split_once('/') {
            Some((protocol, id)) if plain(protocol) && plain(id) => self.open_story(protocol, id),
            _ => self.out.push(Command::Fetch(name.to_owned())),
        }
    }

    /// Opens a story of the catalogue, and begins its first beat.
    fn open_story(&mut self, protocol: &str, id: &str) {
        let entry = self.entry(protocol);
        match entry.and_then(|entry| entry.scenario(id)) {
            Some(scenario) => {
                let address = format!("{protocol}/{id}");
                self.begin_story(Arc::clone(scenario), Some(address));
            }
            None => {
                let known = match entry {
                    Some(entry) => entry.scenarios().iter().map(|s| s.id.as_str()).collect(),
                    None => self.entries.iter().map(|entry| entry.about.id).collect(),
                };
                let known: Vec<&str> = known;
                let key = match entry {
                    Some(_) => "ui.notice.no-story",
                    None => "ui.notice.protocol",
                };
                let given = if entry.is_some() { id } else { protocol };
                self.warn_story(
                    Phrase::new(key).text("id", given),
                    Phrase::new("ui.notice.known").text("known", known.join(", ")),
                );
            }
        }
    }

    fn begin_story(&mut self, scenario: Arc<Scenario>, address: Option<String>) {
        let behaviour = self
            .entry(&scenario.protocol)
            .map_or(0, |entry| entry.about.behaviour);
        let title = scenario.title.get(self.language());
        let did = Phrase::new("ui.did.story").text("title", title);
        let mut session = match Session::open(self.entries, &scenario.run(behaviour), false) {
            Ok(session) => session,
            Err(error) => return self.refuse(crate::acts::refusal(&error)),
        };
        session.story = Some(Story {
            player: Player::new(scenario),
            address,
            words: None,
            note: None,
            coming: None,
            asking: Asking::default(),
            ended: false,
            failure: None,
            rest_us: 0.0,
            said: (0, 0),
        });
        self.notice = None;
        self.show_new(session, did);
        self.head.playing = false;
        // A story is told in the caption: on a phone an open sheet would leave it no room.
        self.look.sheet = false;
        self.next_beat();
    }

    /// Plays the story once more, by itself, and hands out what is printed of it.
    #[inline(never)]
    pub(crate) fn make_handout(&mut self) {
        let Some(story) = &self.session.story else {
            return;
        };
        let scenario = Arc::clone(story.scenario());
        let entry = self.entry(&scenario.protocol);
        let Some(entry) = entry else {
            return;
        };
        self.look.menu = None;
        let mut words = crate::words::of(self.language(), entry.about);
        let added = words.add(handout::words(self.language()));
        assert!(added.is_ok(), "built-in words: {added:?}");
        let run = scenario.run(entry.about.behaviour);
        let mut world = match (entry.open)(&run) {
            Ok(world) => world,
            Err(error) => return self.refuse(crate::acts::refusal(&error)),
        };
        match handout::handout(&scenario, world.as_mut(), &words, false) {
            Ok(html) => {
                let name = format!("{}-{}.html", scenario.protocol, scenario.id);
                self.out.push(Command::Show { name, html });
            }
            Err(failure) => self.fail(&failure),
        }
        self.touch();
    }

    /// Reads the text of a file and tells its story; what is wrong with it is said with its place.
    pub(crate) fn read_story(&mut self, name: &str, text: &str, address: Option<String>) {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = file.strip_suffix(".toml").unwrap_or(file);
        let read = scenario::read(stem, text)
            .and_then(|draft| scenario::check(&draft, &catalog::SHELF).map(|()| draft));
        match read {
            Ok(draft) => self.begin_story(Arc::new(draft.scenario), address),
            Err(mistakes) => self.warn_mistakes(file, &mistakes),
        }
    }

    fn warn_mistakes(&mut self, file: &str, mistakes: &[Mistake]) {
        let listed = mistakes.iter().take(MISTAKES_MAX).map(|mistake| {
            Phrase::new("ui.notice.mistake")
                .int("line", mistake.place.line.into())
                .int("column", mistake.place.column.into())
                .with("what", Arg::Phrase(Box::new(mistake.what.clone())))
        });
        let more = mistakes.len().saturating_sub(MISTAKES_MAX) as u64;
        let more = (more > 0).then(|| Phrase::new("ui.notice.more-mistakes").int("n", more));
        let listed = listed.chain(more).collect();
        self.warn_story(
            Phrase::new("ui.notice.mistakes")
                .text("name", file)
                .int("n", mistakes.len() as u64),
            Phrase::new("ui.notice.mistakes-cure"),
        );
        if let Some(notice) = &mut self.notice {
            notice.list = listed;
        }
    }

    fn warn_story(&mut self, detail: Phrase, cure: Phrase) {
        self.look.menu = None;
        self.warn(Phrase::new("ui.notice.bad-story"), detail, cure);
    }

    /// The next beat; before it whatever is in the way: the reader's own try, or the present beat that still plays.
    fn next_beat(&mut self) {
        if self.comes_back() {
            return;
        }
        let Some(story) = &mut self.session.story else {
            return;
        };
        if story.ended || story.failure.is_some() {
            return;
        }
        if story.asks() {
            return self.pass_question();
        }
        if !story.player.is_over() && self.head.playing {
            return self.skip_to_end();
        }
        if !story.player.is_over() {
            let before = self.session.step();
            self.play_story();
            let over = self.session.story.as_ref();
            let over = over.is_some_and(|story| story.player.is_over());
            // A beat that only says something is over with its words: they were read before.
            if !over || self.session.step() != before {
                return;
            }
        }
        let Some(story) = &mut self.session.story else {
            return;
        };
        if story.player.is_done() {
            story.ended = true;
            self.announce_beat();
            return;
        }
        match story.player.next(self.session.playable.as_mut()) {
            Ok(_) => {
                self.begin_beat();
                if self.has_question() {
                    self.head.playing = false;
                } else {
                    self.play_story();
                }
            }
            Err(failure) => self.fail(&failure),
        }
    }

    /// Back to where the present beat began; from there, to the beat before.
    fn previous_beat(&mut self) {
        if self.comes_back() {
            return;
        }
        let Some(story) = &mut self.session.story else {
            return;
        };
        if std::mem::take(&mut story.ended) {
            return self.announce_beat();
        }
        story.failure = None;
        if let Err(failure) = story.player.back(self.session.playable.as_mut()) {
            return self.fail(&failure);
        }
        self.head.playing = false;
        self.session.read_marks();
        self.begin_beat();
    }

    /// Returns to where the story was left. False if it was not left.
    fn comes_back(&mut self) -> bool {
        if self.session.story.is_none() || self.session.follows() {
            return false;
        }
        self.pause(false);
        self.stop_run();
        if let Some(story) = &mut self.session.story
            && let Err(failure) = story.player.come_back(self.session.playable.as_mut())
        {
            self.fail(&failure);
            return true;
        }
        self.session.read_marks();
        self.toast = None;
        self.jumped();
        self.tell_here();
        self.address.dirty();
        self.announce_beat();
        true
    }

    /// The words of the beat that begins are what is said now.
    fn begin_beat(&mut self) {
        self.toast = None;
        self.look.menu = None;
        if let Some(story) = &mut self.session.story {
            let world = self.session.playable.as_ref();
            story.words = story.player.words(world);
            story.asking.ask = story.player.ask(world);
            story.note = story.player.note(world);
            story.coming = story.player.coming(world);
            story.rest_us = 0.0;
            story.said = (self.session.playable.branch(), self.session.playable.step());
        }
        self.jumped();
        self.tell_here();
        self.address.dirty();
        self.announce_beat();
    }

    pub(crate) fn play_story(&mut self) {
        self.goal = None;
        self.cutting = None;
        self.head.playing = true;
        self.play_on(0.0);
        self.touch();
    }

    pub(crate) fn announce_beat(&mut self) {
        if let Some(text) = self.guide_sentence() {
            self.announce(text);
        }
    }

    /// Plays the present beat to its end at once.
    fn skip_to_end(&mut self) {
        let Some(story) = &mut self.session.story else {
            return;
        };
        let finished = story.player.finish(self.session.playable.as_mut());
        self.session.read_marks();
        match finished {
            Ok(()) => self.rest(),
            Err(failure) => self.fail(&failure),
        }
    }

    /// The beat is over: time stands still until somebody goes on. What came of a question is said.
    fn rest(&mut self) {
        self.stand_still();
        self.announce_what_came();
    }

    fn stand_still(&mut self) {
        self.head.playing = false;
        self.jumped();
        self.tell_here();
        self.address.dirty();
        if let Some(reveal) = self.reveal() {
            self.announce(reveal.text());
        }
    }

    /// What a beat came to, for those who did not see it play: its turning points, one after the other; where there were none, the
    /// last thing that happened. The words of the beat were said when it began.
    fn announce_what_came(&mut self) {
        let playable = &mut self.session.playable;
        let (branch, here) = (playable.branch(), playable.step());
        let Some(story) = &mut self.session.story else {
            return;
        };
        let (before, from) = std::mem::replace(&mut story.said, (branch, here));
        // Where the beat began with a branch of its own, what the two share was told.
        let from = if before == branch {
            from
        } else {
            from.min(here)
        };
        if here <= from {
            return;
        }
        let marks = playable.marks().iter().map(|mark| mark.step);
        let mut steps: Vec<u64> = marks
            .filter(|step| (from + 1..=here).contains(step))
            .collect();
        steps.dedup();
        if steps.is_empty() {
            steps.push(here);
        }
        let others = (here - from) - steps.len() as u64;
        let left_out = steps.len().saturating_sub(TOLD_MAX);
        let events = steps[left_out..]
            .iter()
            .filter_map(|step| playable.event(*step));
        let told: Vec<Phrase> = events.map(|event| event.headline()).collect();
        let told = told.into_iter().reduce(crate::view::join);
        let Some(told) = told else { return };
        let others = others + left_out as u64;
        let phrase = if others == 0 {
            told
        } else {
            Phrase::new("ui.announce.others")
                .with("text", Arg::Phrase(Box::new(told)))
                .int("n", others)
        };
        let text = self.say(&phrase);
        self.announce(text);
    }

    fn fail(&mut self, failure: &Failure) {
        let phrase = failure.phrase();
        if let Some(story) = &mut self.session.story {
            story.failure = Some(phrase);
        }
        self.stand_still();
        self.announce_beat();
    }

    /// Whether it is the story that plays, and not the run by itself.
    pub(crate) fn tells(&self) -> bool {
        let story = self.session.story.as_ref();
        story.is_some_and(|story| !story.player.is_over() && story.failure.is_none())
            && self.session.follows()
    }

    /// Goes on telling for so much real time: what takes no time is done, then the run plays towards what the beat waits for.
    #[inline(never)]
    pub(crate) fn play_on(&mut self, elapsed_us: f64) {
        let Some(story) = &mut self.session.story else {
            return;
        };
        story.rest_us -= elapsed_us;
        if story.rest_us > 0.0 || self.skip_on(elapsed_us) {
            return;
        }
        let target_us = self.head.at_us + self.head.virtual_us(elapsed_us);
        let mut events = 0;
        loop {
            let Some(story) = &mut self.session.story else {
                return;
            };
            let waits = story.player.waits(self.session.playable.as_mut());
            let next_us = self.session.playable.next_us().filter(|_| waits);
            if let Some(due_us) = next_us.filter(|due| *due as f64 > target_us) {
                self.head.at_us = target_us.min(due_us as f64).max(self.head.at_us);
                break;
            }
            if events == EVENTS_PER_TICK_MAX {
                break;
            }
            match self.session.tell_on() {
                Ok((Tick::Over, _)) => return self.rest(),
                Ok((tick, stepped)) => {
                    let Some(stepped) = stepped else {
                        continue;
                    };
                    events += 1;
                    self.head.at_us = self.head.at_us.max(self.session.playable.now_us() as f64);
                    self.played(stepped, events);
                    if tick == Tick::Moved {
                        self.rest_after_deed();
                        break;
                    }
                }
                Err(failure) => return self.fail(&failure),
            }
        }
        if events > 0 {
            self.moved();
        }
        self.skip_if_quiet();
    }

    /// Something was done: it is told, and seen before the story goes on.
    fn rest_after_deed(&mut self) {
        self.head.at_us = self.session.playable.now_us() as f64;
        if let Some(story) = &mut self.session.story {
            story.rest_us = REST_US_REAL;
        }
        self.tell_here();
    }

    pub(crate) fn entry(&self, protocol: &str) -> Option<&'static Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.about.id == protocol)
    }

    /// The story that comes after this one: the next of its topic, else the next of its protocol.
    pub(crate) fn story_after(&self, scenario: &Scenario) -> Option<&'static Arc<Scenario>> {
        let all = self.entry(&scenario.protocol)?.scenarios();
        let here = all.iter().position(|other| other.id == scenario.id)?;
        let later = || all.iter().skip(here + 1);
        let mut of_topic = later().filter(|other| other.topic == scenario.topic);
        of_topic.next().or_else(|| later().next())
    }
}

/// What the gallery lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct GalleryState {
    pub(crate) query: String,
    /// The id of the topic; all if none.
    pub(crate) topic: Option<String>,
}
