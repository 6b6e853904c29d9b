//! The dialog *From here*: what is asked, how far the search for an answer is, and the answer.

use crate::find::End;
use crate::from_here::Inquiry;
use crate::show::{Choice, Choices, FromHere, HereAnswer, HerePredicate};
use crate::{FromHereMsg, HereKind, HereLimit, Model, Msg};
use protocol::{NodeId, Phrase};
use search::exhaustive::Ended;
use search::from_here::{Answer, Budget};

/// What bounds the search, the words of each, and its values.
const LIMITS: [(HereLimit, &str, &[u64]); 6] = [
    (
        HereLimit::Steps,
        "ui.from-here.steps",
        &[4, 6, 8, 10, 12, 16, 24],
    ),
    (
        HereLimit::States,
        "ui.from-here.states",
        &[10_000, 50_000, 200_000, 1_000_000],
    ),
    (HereLimit::Crashes, "ui.from-here.crashes", &[0, 1, 2, 3]),
    (HereLimit::Repairs, "ui.from-here.repairs", &[0, 1, 2, 3]),
    (HereLimit::Drops, "ui.from-here.drops", &[0, 1, 2, 3]),
    (HereLimit::Duplicates, "ui.from-here.duplicates", &[0, 1, 2]),
];

impl Model {
    /// The dialog: what is asked, how far the search for an answer is, and the answer.
    pub fn from_here(&self) -> FromHere {
        let state = &self.from_here;
        let kind = self.here_kind();
        let on = state.is_on();
        let inquiry = state.inquiry.as_ref();
        let button = |key, msg| self.button(key, Msg::FromHere(msg));
        FromHere {
            about: self.word("ui.from-here.about"),
            parts: self.here_parts(kind),
            predicate: (kind == HereKind::Predicate).then(|| HerePredicate {
                label: self.word("ui.from-here.text"),
                help: self.word("ui.from-here.text.help"),
                text: state.text.clone(),
            }),
            sentence: match self.here_goal() {
                // What was typed stands in its field.
                Ok((_, said)) if kind != HereKind::Predicate => self.say(&said),
                _ => String::new(),
            },
            limits_title: self.word("ui.from-here.limits"),
            limits_summary: self.say(&within("ui.from-here.limits.summary", &state.budget)),
            limits: self.here_limits(),
            limits_note: self.word("ui.from-here.limits.note"),
            start: (!on).then(|| button("ui.from-here.start", FromHereMsg::Start)),
            cancel: on.then(|| button("ui.from-here.cancel", FromHereMsg::Cancel)),
            progress: inquiry
                .filter(|inquiry| inquiry.end.is_none())
                .map_or_else(String::new, |inquiry| self.here_progress(inquiry)),
            note: {
                let notes: Vec<String> = state.note.iter().map(|note| self.say(note)).collect();
                notes.join(" · ")
            },
            answer: inquiry
                .filter(|inquiry| matches!(inquiry.end, Some(End::Found | End::Cancelled)))
                .map(|inquiry| self.here_answer(inquiry)),
        }
    }

    fn here_choice(&self, value: String, label: String, chosen: bool, msg: FromHereMsg) -> Choice {
        Choice {
            value,
            label,
            help: String::new(),
            chosen,
            msg: Msg::FromHere(msg),
        }
    }

    fn here_choices(&self, key: &str, choices: Vec<Choice>) -> Choices {
        Choices {
            label: self.word(key),
            choices,
        }
    }

    /// What is asked, and what that needs to know.
    fn here_parts(&self, kind: HereKind) -> Vec<Choices> {
        let kinds = self.here_kinds().into_iter().map(|one| {
            let (value, key) = match one {
                HereKind::Role => ("role", "ui.from-here.kind.role"),
                HereKind::Entry => ("entry", "ui.from-here.kind.entry"),
                HereKind::Answer => ("answer", "ui.from-here.kind.answer"),
                HereKind::Property => ("property", "ui.from-here.kind.property"),
                HereKind::Predicate => ("predicate", "ui.from-here.kind.predicate"),
            };
            self.here_choice(
                value.into(),
                self.word(key),
                one == kind,
                FromHereMsg::Kind(one),
            )
        });
        let mut parts = vec![self.here_choices("ui.from-here.kind", kinds.collect())];
        match kind {
            HereKind::Role => {
                parts.push(self.here_node_choices(kind));
                parts.push(self.here_switch(
                    "ui.from-here.change",
                    ["ui.from-here.becomes", "ui.from-here.ends"],
                    self.from_here.ends,
                    FromHereMsg::Ends,
                ));
                let chosen = self.here_role();
                let roles = self.here_roles().into_iter().map(|role| {
                    let label = self.word(&format!("role.{role}"));
                    let is_it = chosen.as_ref() == Some(&role);
                    self.here_choice(role.clone(), label, is_it, FromHereMsg::Role(role))
                });
                parts.push(self.here_choices("ui.from-here.which-role", roles.collect()));
            }
            HereKind::Entry => {
                parts.push(self.here_node_choices(kind));
                let chosen = self.here_entry().map(|(index, ..)| index);
                let entries = self
                    .here_entries()
                    .into_iter()
                    .map(|(index, epoch, label)| {
                        let said = Phrase::new("ui.from-here.entry-label")
                            .int("index", index)
                            .int("epoch", epoch)
                            .text("label", label);
                        let is_it = chosen == Some(index);
                        let msg = FromHereMsg::Entry(index);
                        self.here_choice(index.to_string(), self.say(&said), is_it, msg)
                    });
                parts.push(self.here_choices("ui.from-here.which-entry", entries.collect()));
                parts.push(self.here_switch(
                    "ui.from-here.fate",
                    ["ui.from-here.gone", "ui.from-here.replaced"],
                    self.from_here.committed,
                    FromHereMsg::Committed,
                ));
            }
            HereKind::Answer => {
                parts.push(self.here_node_choices(kind));
                let known = self.here_answers();
                let chosen = self.from_here.answer.as_ref();
                let chosen = chosen.filter(|id| known.contains(id));
                let any = self.here_choice(
                    "any".into(),
                    self.word("ui.from-here.any"),
                    chosen.is_none(),
                    FromHereMsg::Answer(None),
                );
                let each = known.iter().map(|id| {
                    let msg = FromHereMsg::Answer(Some(id.clone()));
                    let label = self.here_answer_text(id);
                    self.here_choice(format!("answer-{id}"), label, chosen == Some(id), msg)
                });
                let all = std::iter::once(any).chain(each).collect();
                parts.push(self.here_choices("ui.from-here.which-answer", all));
            }
            HereKind::Property => {
                let chosen = self.here_property().map(|one| one.id);
                let all = self.session.about().properties.iter().map(|one| {
                    let label = self.word(&format!("property.{}", one.id));
                    let msg = FromHereMsg::Property(one.id.into());
                    self.here_choice(one.id.into(), label, chosen == Some(one.id), msg)
                });
                parts.push(self.here_choices("ui.from-here.which-property", all.collect()));
            }
            HereKind::Predicate => {}
        }
        parts
    }

    fn here_node_choices(&self, kind: HereKind) -> Choices {
        let chosen = self.here_node(kind);
        let label = |node: NodeId| self.session.labels()[node.index()].clone();
        let nodes = self.here_nodes(kind).into_iter().map(|node| {
            let is_it = chosen == Some(node);
            self.here_choice(label(node), label(node), is_it, FromHereMsg::Node(node))
        });
        self.here_choices("ui.from-here.node", nodes.collect())
    }

    /// One of two.
    fn here_switch(
        &self,
        label: &str,
        keys: [&str; 2],
        second: bool,
        msg: fn(bool) -> FromHereMsg,
    ) -> Choices {
        let choices = [false, true].map(|is_second| {
            let key = keys[usize::from(is_second)];
            let value = is_second.to_string();
            self.here_choice(value, self.word(key), second == is_second, msg(is_second))
        });
        self.here_choices(label, choices.into())
    }

    fn here_limits(&self) -> Vec<Choices> {
        let limits = LIMITS.iter().map(|(limit, key, values)| {
            let chosen = self.from_here.limited(*limit);
            let values = values.iter().map(|value| {
                let label = self.say(&Phrase::new("ui.from-here.number").int("n", *value));
                let msg = FromHereMsg::Limit(*limit, *value);
                self.here_choice(value.to_string(), label, chosen == *value, msg)
            });
            self.here_choices(key, values.collect())
        });
        limits.collect()
    }

    /// "Every schedule of up to 5 steps: 12,400 states, 8,000 steps a second…"
    fn here_progress(&self, inquiry: &Inquiry) -> String {
        // In the first tenth of a second a rate says nothing.
        let took_us = inquiry.took_us(self.real_us).max(100_000);
        let phrase = match &inquiry.looked {
            None => {
                let progress = &inquiry.progress;
                Phrase::new("ui.from-here.looking")
                    .int("depth", u64::from(progress.depth) + 1)
                    .int("states", progress.distinct)
                    .int(
                        "rate",
                        progress.generated.saturating_mul(1_000_000) / took_us,
                    )
            }
            Some(looked) => Phrase::new("ui.from-here.drawing")
                .int("depth", looked.steps.into())
                .int("states", looked.states)
                .int("n", inquiry.drawn.schedules)
                .int("most", inquiry.question.budget.schedules)
                .int("events", inquiry.question.budget.events.into()),
        };
        self.say(&phrase)
    }

    fn here_answer(&self, inquiry: &Inquiry) -> HereAnswer {
        let answer = inquiry.answer();
        let way = inquiry.way();
        let steps = way.map_or_else(Vec::new, |way| {
            let said = way.deeds.iter().filter_map(|deed| deed.said.as_ref());
            said.map(|said| self.say(said)).collect()
        });
        let watch = way.filter(|way| !way.deeds.is_empty());
        HereAnswer {
            question: self.say(&inquiry.said),
            sign: match answer {
                Answer::Now | Answer::Shortest | Answer::Yes => "✓",
                Answer::Never | Answer::NotWithin => "✗",
                Answer::Unknown => "?",
            },
            headline: self.here_headline(inquiry),
            detail: self.here_detail(inquiry, answer),
            steps,
            watch: watch
                .map(|_| self.button("ui.from-here.watch", Msg::FromHere(FromHereMsg::Watch))),
        }
    }

    /// The answer in a few words.
    pub(crate) fn here_headline(&self, inquiry: &Inquiry) -> String {
        let known = inquiry.known();
        let steps = inquiry.way().map_or(0, |way| way.deeds.len() as u64);
        let phrase = match known.answer(&inquiry.drawn) {
            Answer::Now => Phrase::new("ui.from-here.now"),
            Answer::Shortest | Answer::Yes => Phrase::new("ui.from-here.yes").int("n", steps),
            Answer::Never => Phrase::new("ui.from-here.never"),
            Answer::NotWithin => {
                Phrase::new("ui.from-here.not-within").int("n", known.steps.into())
            }
            Answer::Unknown if known.ended == Ended::Cancelled => {
                Phrase::new("ui.from-here.stopped")
            }
            Answer::Unknown => Phrase::new("ui.from-here.unknown"),
        };
        self.say(&phrase)
    }

    /// What is known, with its numbers.
    fn here_detail(&self, inquiry: &Inquiry, answer: Answer) -> String {
        let known = inquiry.known();
        let budget = &inquiry.question.budget;
        let numbers = |key| {
            within(key, budget)
                .int("depth", known.steps.into())
                .int("states", known.states)
                .int("seed", inquiry.drawn.seed)
                .int("schedules", inquiry.drawn.schedules)
                .int("events", budget.events.into())
        };
        let key = match answer {
            Answer::Now => return String::new(),
            Answer::Shortest => "ui.from-here.yes.detail",
            Answer::Yes => "ui.from-here.yes-drawn.detail",
            Answer::Never => "ui.from-here.never.detail",
            Answer::NotWithin => "ui.from-here.not-within.detail",
            Answer::Unknown => "ui.from-here.unknown.detail",
        };
        let detail = self.say(&numbers(key));
        let drew = matches!(answer, Answer::NotWithin | Answer::Unknown);
        if drew && inquiry.drawn.schedules > 0 {
            return format!("{detail} {}", self.say(&numbers("ui.from-here.drew")));
        }
        detail
    }
}

/// A sentence that says what a schedule may have.
fn within(key: &'static str, budget: &Budget) -> Phrase {
    let count = |key: &'static str, n: u32| {
        protocol::Arg::Phrase(Box::new(Phrase::new(key).int("n", n.into())))
    };
    Phrase::new(key)
        .int("steps", budget.steps.into())
        .with(
            "crashes",
            count("ui.from-here.with-crashes", budget.faults.crashes),
        )
        .with(
            "repairs",
            count("ui.from-here.with-repairs", budget.repairs),
        )
        .with(
            "drops",
            count("ui.from-here.with-drops", budget.faults.drops),
        )
        .with(
            "duplicates",
            count("ui.from-here.with-duplicates", budget.faults.duplicates),
        )
}
