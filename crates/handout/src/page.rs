//! The document itself: HTML with a style sheet for paper. Knows nothing of how the scenario was played.

use crate::{Beat, Inline, letter, run_line};
use protocol::Phrase;
use scenario::{Scenario, Text};
use scene::Escaped;
use sim::{About, Run};
use std::fmt::{Result, Write};
use trace::Words;

/// For paper first: no beat is torn apart, answers begin a page of their own.
const STYLE: &str = "\
@page { margin: 16mm 15mm 18mm; }
* { box-sizing: border-box; }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem; color: #1b1b1b; background: #fff; font: 11pt/1.45 system-ui, sans-serif; }
h1 { margin: 0 0 0.25rem; font-size: 1.7em; line-height: 1.2; }
h2 { margin: 0 0 0.25rem; color: #555; font-size: 0.85em; font-weight: 600; }
.summary { margin: 0 0 0.25rem; font-size: 1.1em; }
.run { margin: 0 0 1.5rem; color: #555; font-size: 0.85em; }
section { margin: 0 0 1.5rem; break-inside: avoid; }
section > p { margin: 0.25rem 0; }
.said { font-size: 1.1em; }
.ask { font-weight: 600; }
ol { margin: 0.25rem 0 0.5rem; padding: 0; list-style: none; }
li::before { content: \"\\25A2\\00A0\"; }
.note { padding: 0.25rem 0.6rem; border-left: 3px solid #888; color: #333; font-size: 0.9em; }
img { display: block; max-width: 100%; max-height: 80mm; margin-top: 0.5rem; border: 1px solid #ccc; }
img + img { max-height: 52mm; }
.answers { break-before: page; }
.answers section { margin-bottom: 1rem; }
.answers h2 { margin-bottom: 0; }
.answers p { margin: 0.15rem 0; }
@media print { body { max-width: none; padding: 0; } .print { display: none; } }
.print { float: right; margin: 0 0 1rem 1rem; padding: 0.5rem 1rem; font: inherit; }
";

pub(super) struct Document<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) about: &'static About,
    pub(super) run: &'a Run,
    pub(super) beats: &'a [Beat],
    pub(super) words: &'a Words,
}

impl Document<'_> {
    pub(super) fn write(&self, out: &mut String) -> Result {
        let title = self.text(&self.scenario.title);
        writeln!(out, "<!doctype html>")?;
        writeln!(out, r#"<html lang="{}">"#, self.words.language().tag())?;
        writeln!(out, r#"<head><meta charset="utf-8" />"#)?;
        writeln!(
            out,
            r#"<meta name="viewport" content="width=device-width, initial-scale=1" />"#
        )?;
        writeln!(out, "<title>{}</title>", Escaped(title))?;
        writeln!(out, "<style>\n{STYLE}</style></head>\n<body><main>")?;
        let print = self.word("handout.print");
        writeln!(
            out,
            r#"<button class="print" type="button" onclick="print()">{}</button>"#,
            Escaped(&print)
        )?;
        writeln!(out, "<h1>{}</h1>", Escaped(title))?;
        let summary = self.text(&self.scenario.summary);
        writeln!(out, r#"<p class="summary">{}</p>"#, Escaped(summary))?;
        let run = run_line(self.about, self.run, self.words);
        writeln!(out, r#"<p class="run">{}</p>"#, Escaped(&run))?;
        for beat in self.beats {
            self.beat(out, beat)?;
        }
        self.answers(out)?;
        writeln!(out, "</main></body>\n</html>")
    }

    fn beat(&self, out: &mut String, beat: &Beat) -> Result {
        writeln!(out, "<section>\n<h2>{}</h2>", Escaped(&beat.place))?;
        if let Some(ask) = &beat.ask {
            writeln!(
                out,
                r#"<p class="ask">{}</p>"#,
                Escaped(self.text(&ask.say))
            )?;
            writeln!(out, "<ol>")?;
            for (place, choice) in ask.choices.iter().enumerate() {
                let say = self.text(&choice.say);
                writeln!(out, "<li>{}. {}</li>", letter(place), Escaped(say))?;
            }
            writeln!(out, "</ol>")?;
        }
        if let Some(said) = &beat.said {
            writeln!(out, r#"<p class="said">{}</p>"#, Escaped(self.text(said)))?;
        }
        if let Some(note) = &beat.note {
            writeln!(out, r#"<p class="note">{}</p>"#, Escaped(self.text(note)))?;
        }
        let picture = |key| Phrase::new(key).text("beat", beat.place.clone());
        let pictures = [
            Some(("handout.picture", &beat.stage)),
            beat.logs.as_ref().map(|logs| ("handout.logs-of", logs)),
        ];
        for (key, drawn) in pictures.into_iter().flatten() {
            let alt = self.words.say(&picture(key), &[]);
            writeln!(
                out,
                r#"<img alt="{}" src="{}" />"#,
                Escaped(&alt),
                Inline(drawn)
            )?;
        }
        writeln!(out, "</section>")
    }

    /// The answers, on a page of their own: whoever hands it out may keep that page.
    fn answers(&self, out: &mut String) -> Result {
        let asked = self
            .beats
            .iter()
            .filter_map(|beat| Some((beat, beat.ask.as_ref()?)));
        let mut asked = asked.peekable();
        if asked.peek().is_none() {
            return Ok(());
        }
        let title = self.word("handout.answers");
        writeln!(out, r#"<div class="answers"><h1>{}</h1>"#, Escaped(&title))?;
        for (beat, ask) in asked {
            writeln!(out, "<section>\n<h2>{}</h2>", Escaped(&beat.place))?;
            writeln!(
                out,
                r#"<p class="ask">{}</p>"#,
                Escaped(self.text(&ask.say))
            )?;
            for (place, choice) in ask.choices.iter().enumerate() {
                let sign = if choice.right { '✓' } else { '✗' };
                let (say, why) = (self.text(&choice.say), self.text(&choice.why));
                writeln!(
                    out,
                    "<p>{sign} <b>{}. {}</b> — {}</p>",
                    letter(place),
                    Escaped(say),
                    Escaped(why)
                )?;
            }
            writeln!(out, "</section>")?;
        }
        writeln!(out, "</div>")
    }

    fn text<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.words.language())
    }

    fn word(&self, key: &'static str) -> String {
        self.words.say(&Phrase::new(key), &[])
    }
}
