//! The gallery of stories, and the guide beside the caption.

use crate::asking::Answer;
use crate::show::{Button, Choice, Gallery, Guide, Reveal, Shelf, StoryCard, Topic};
use crate::story::Story;
use crate::{Model, Msg, StoryMsg};
use catalog::Entry;
use protocol::Phrase;
use scenario::{Scenario, Text};

impl Model {
    /// What the caption says while a story is followed: the words of its beat, or of its end, or why it cannot go on.
    pub(crate) fn guide_sentence(&self) -> Option<String> {
        let story = self.session.story.as_ref();
        let story = story.filter(|_| self.session.follows())?;
        if let Some(failure) = &story.failure {
            let why = protocol::Arg::Phrase(Box::new(failure.clone()));
            return Some(self.say(&Phrase::new("ui.story.failed").with("why", why)));
        }
        if story.ended {
            let title = story.scenario().title.get(self.language());
            return Some(self.say(&Phrase::new("ui.story.ended").text("title", title)));
        }
        let words = self.guide_words()?;
        Some(words.get(self.language()).to_owned())
    }

    /// The words of the beat, or its question, in every language; `None` where the story is left, ended, or cannot go on.
    pub(crate) fn guide_words(&self) -> Option<&Text> {
        let story = self.session.story.as_ref();
        let story = story.filter(|_| self.session.follows())?;
        if story.failure.is_some() || story.ended {
            return None;
        }
        let ask = story.asking.ask.as_ref().filter(|_| story.asks());
        ask.map(|ask| &ask.say).or(story.words.as_ref())
    }

    /// What came of the question of the present beat, once it is answered.
    pub(crate) fn reveal(&self) -> Option<Reveal> {
        let story = self.session.story.as_ref();
        let story = story
            .filter(|story| self.session.follows() && !story.ended && story.failure.is_none())?;
        let (ask, answer) = (story.asking.ask.as_ref()?, story.answer()?);
        let language = self.language();
        let right = &ask.choices[ask.right()];
        let said = |key, choice: &scenario::Choice| {
            let phrase = Phrase::new(key).text("choice", choice.say.get(language));
            self.say(&phrase.text("why", choice.why.get(language)))
        };
        let chosen = match answer {
            Answer::Chose(at) => ask.choices.get(at),
            Answer::Passed => None,
        };
        let over = story.player.is_over();
        Some(match chosen {
            Some(chosen) if !over => Reveal {
                right: None,
                lines: vec![said("ui.story.said", chosen)],
            },
            Some(chosen) if chosen.right => Reveal {
                right: Some(true),
                lines: vec![said("ui.story.right", chosen)],
            },
            Some(chosen) => Reveal {
                right: Some(false),
                lines: vec![
                    said("ui.story.wrong", chosen),
                    said("ui.story.answer", right),
                ],
            },
            None if !over => return None,
            None => Reveal {
                right: None,
                lines: vec![said("ui.story.answer", right)],
            },
        })
    }

    /// The answers to choose from, while a question waits.
    fn choices(&self, story: &Story) -> Vec<Button> {
        const KEYS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
        let ask = story.asking.ask.as_ref().filter(|_| self.has_question());
        let choices = ask.map_or(&[][..], |ask| &ask.choices);
        let buttons = choices.iter().zip(KEYS).enumerate();
        buttons
            .map(|(at, (choice, key))| Button {
                label: choice.say.get(self.language()).to_owned(),
                key: if self.letters() { key } else { "" },
                ..self.button("ui.story.choose", Msg::Story(StoryMsg::Choose(at)))
            })
            .collect()
    }

    /// The story's place and the ways on, while one is on.
    pub(crate) fn guide(&self) -> Option<Guide> {
        let story = self.session.story.as_ref()?;
        let follows = self.session.follows();
        let (beat, beats) = (story.player.beat() as u64, story.player.len() as u64);
        let place = Phrase::new(match (follows, story.ended) {
            (false, _) => "ui.story.left",
            (true, true) => "ui.story.end",
            (true, false) => "ui.story.place",
        });
        let next = |key, help, enabled| Button {
            enabled,
            ..self.keyed(key, help, "PageDown", Msg::Story(StoryMsg::Next))
        };
        let stuck = story.failure.is_some();
        let plays = self.head.playing && self.tells();
        Some(Guide {
            title: story.scenario().title.get(self.language()).into(),
            place: self.say(&place.int("beat", beat).int("beats", beats)),
            left: !follows,
            choices: self.choices(story),
            reveal: self.reveal(),
            back: Button {
                enabled: beat > 1 || !self.at_first_begin(story),
                ..self.keyed(
                    "ui.story.back",
                    "ui.story.back.help",
                    "PageUp",
                    Msg::Story(StoryMsg::Previous),
                )
            },
            next: if !follows {
                next("ui.story.return", "ui.story.return.help", true)
            } else if self.has_question() {
                next("ui.story.reveal", "ui.story.reveal.help", true)
            } else if plays {
                next("ui.story.skip", "ui.story.skip.help", true)
            } else {
                next(
                    "ui.story.next",
                    "ui.story.next.help",
                    !stuck && !story.ended,
                )
            },
            then: if story.ended && follows {
                self.ways_on(story)
            } else {
                Vec::new()
            },
        })
    }

    /// Whether the first beat stands at its beginning: there is nothing before it.
    fn at_first_begin(&self, story: &Story) -> bool {
        !story.ended && story.failure.is_none() && story.player.place().0 == 0
    }

    /// What to do behind the end: the next story, the sandbox, all stories.
    fn ways_on(&self, story: &Story) -> Vec<Button> {
        let scenario = story.scenario();
        let next = self.story_after(scenario).map(|next| {
            let title = next.title.get(self.language());
            let open = StoryMsg::Open {
                protocol: next.protocol.clone(),
                id: next.id.clone(),
            };
            self.button_of(
                &Phrase::new("ui.story.then").text("title", title),
                Msg::Story(open),
            )
        });
        let sandbox = Button {
            help: self.word("ui.story.sandbox.help"),
            ..self.button(
                "ui.story.sandbox",
                Msg::SelectProtocol(scenario.protocol.clone()),
            )
        };
        next.into_iter().chain([sandbox]).collect()
    }

    /// All stories, as far as they fit what is searched for.
    pub fn gallery(&self) -> Gallery {
        let shelves: Vec<Shelf> = self
            .entries
            .iter()
            .filter_map(|entry| self.shelf(entry))
            .collect();
        let stories = shelves.iter().flat_map(|shelf| &shelf.topics);
        let found = stories.map(|topic| topic.stories.len() as u64).sum();
        Gallery {
            query: self.gallery.query.clone(),
            search: self.word("ui.stories.search"),
            topics_label: self.word("ui.stories.topics"),
            topics: self.topics(),
            found: if shelves.is_empty() {
                self.word("ui.stories.none")
            } else {
                self.say(&Phrase::new("ui.stories.found").int("n", found))
            },
            score: self.total(),
            clear: (self.scores != crate::asking::Scores::default()).then(|| Button {
                help: self.word("ui.stories.clear.help"),
                ..self.button("ui.stories.clear", Msg::Story(StoryMsg::ClearScores))
            }),
            shelves,
            open_file: self.word("ui.stories.open-file"),
            own: self.word("ui.stories.own"),
        }
    }

    /// How many questions of all stories were answered right.
    fn total(&self) -> String {
        let all = self.entries.iter().flat_map(|entry| entry.scenarios());
        let scores = all.filter_map(|scenario| self.score(scenario));
        let sum = scores.fold((0, 0), |sum, score| (sum.0 + score.0, sum.1 + score.1));
        if sum.1 == 0 {
            return String::new();
        }
        let phrase = Phrase::new("ui.stories.total").int("right", sum.0);
        self.say(&phrase.int("n", sum.1))
    }

    /// A topic's word: shared ones stand with the scenarios, a protocol's own in its words.
    fn topic_word(&self, entry: &Entry, topic: &str) -> String {
        let key = format!("topic.{topic}");
        if self.words.has(&key) {
            return self.word(&key);
        }
        let own = crate::words::line((entry.about.words)(self.language().code()), &key);
        own.unwrap_or(topic).to_owned()
    }

    fn topics(&self) -> Vec<Choice> {
        let choice = |id: Option<&str>, label: String| Choice {
            value: id.unwrap_or_default().into(),
            label,
            help: String::new(),
            chosen: self.gallery.topic.as_deref() == id,
            msg: Msg::Story(StoryMsg::Topic(id.map(str::to_owned))),
        };
        let mut topics = vec![choice(None, self.word("ui.stories.all-topics"))];
        for entry in self.entries {
            for scenario in entry.scenarios() {
                let topic = scenario.topic.as_str();
                if topics.iter().all(|known| known.value != topic) {
                    topics.push(choice(Some(topic), self.topic_word(entry, topic)));
                }
            }
        }
        topics
    }

    /// A protocol with those of its stories that fit; none if nothing of it does.
    fn shelf(&self, entry: &'static Entry) -> Option<Shelf> {
        let language = self.language();
        let title = entry.about.title(language);
        let about = (entry.about.words)(language.code());
        let about = crate::words::line(about, "about").unwrap_or_default();
        let query = self.gallery.query.trim().to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&query);
        // A query that is the protocol's name brings all of it.
        let whole = query.is_empty() || fits(title) || fits(entry.about.id);
        let mut topics: Vec<Topic> = Vec::new();
        for scenario in entry.scenarios() {
            let topic = self.topic_word(entry, &scenario.topic);
            let words = [scenario.title.get(language), scenario.summary.get(language)];
            let wanted = self.gallery.topic.as_ref();
            if wanted.is_some_and(|wanted| *wanted != scenario.topic)
                || !(whole || fits(&topic) || words.into_iter().any(fits))
            {
                continue;
            }
            let card = self.card(scenario);
            match topics.iter_mut().find(|known| known.title == topic) {
                Some(known) => known.stories.push(card),
                None => topics.push(Topic {
                    title: topic,
                    stories: vec![card],
                }),
            }
        }
        let sandbox = whole && self.gallery.topic.is_none();
        (sandbox || !topics.is_empty()).then(|| Shelf {
            id: entry.about.id,
            title: title.into(),
            about: about.into(),
            sandbox: Button {
                help: self.word("ui.stories.sandbox.help"),
                ..self.button_of(
                    &Phrase::new("ui.stories.sandbox").text("protocol", title),
                    Msg::SelectProtocol(entry.about.id.into()),
                )
            },
            topics,
        })
    }

    fn card(&self, scenario: &Scenario) -> StoryCard {
        let language = self.language();
        let shown = self.session.story.as_ref();
        let shown = shown.filter(|story| story.address.is_some());
        let beats = scenario.beats.len() as u64;
        let score = self.score(scenario).map_or(String::new(), |(right, n)| {
            self.say(
                &Phrase::new("ui.stories.score")
                    .int("right", right)
                    .int("n", n),
            )
        });
        StoryCard {
            id: scenario.id.clone(),
            title: scenario.title.get(language).into(),
            summary: scenario.summary.get(language).into(),
            beats: self.say(&Phrase::new("ui.stories.beats").int("n", beats)),
            score,
            current: shown.is_some_and(|story| {
                let shown = story.scenario();
                shown.id == scenario.id && shown.protocol == scenario.protocol
            }),
            msg: Msg::Story(StoryMsg::Open {
                protocol: scenario.protocol.clone(),
                id: scenario.id.clone(),
            }),
        }
    }
}
