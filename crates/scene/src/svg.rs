//! A scene as SVG text that stands alone: colours resolved, texts escaped, a title and a description for screen readers.

use crate::{
    Align, Dash, FONT_MONO, FONT_TEXT, Face, Group, HitArea, Item, Paint, Point, Scene, Shape,
    Subject, Theme,
};
use std::f64::consts::TAU;
use std::fmt::{self, Write};

/// The words about a picture that are not in it.
#[derive(Clone, Copy, Debug)]
pub struct SvgText<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its description: the sentences of [`crate::describe`], joined.
    pub description: &'a str,
    /// The language of both, and of the texts in it: `en`, `zh-Hans`.
    pub language: &'a str,
}

/// The scene as a document.
pub fn svg(scene: &Scene, theme: &Theme, text: SvgText<'_>) -> String {
    let mut out = String::new();
    document(&mut out, scene, theme, text).expect("writing to a string cannot fail");
    out
}

/// The scene as a part of a page: no ground of its own, as wide as its place up to its own width. What can be pointed at is told
/// by its sentence: it is a tooltip, a name for screen readers, and can be reached one after the other by keyboard.
///
/// Where `acts`, each part is a button: the page does what it is there for.
///
/// The page's style sheet gives `.figure .s` its weight and `.figure .m` its typeface.
pub fn svg_figure(
    scene: &Scene,
    theme: &Theme,
    name: &str,
    told: &[(Option<Subject>, String)],
    acts: bool,
) -> String {
    let mut out = String::new();
    figure(&mut out, scene, theme, name, told, acts).expect("writing to a string cannot fail");
    out
}

fn figure(
    out: &mut String,
    scene: &Scene,
    theme: &Theme,
    name: &str,
    told: &[(Option<Subject>, String)],
    acts: bool,
) -> fmt::Result {
    let (w, h) = (Number(scene.size().w), Number(scene.size().h));
    // Not an image: what is in it can be pointed at.
    write!(
        out,
        r#"<svg class="figure" viewBox="0 0 {w} {h}" style="max-width:{}rem" role="group" aria-label="{}" "#,
        // The page's type grows with the screen, and pictures with it.
        Number(scene.size().w / 16.0),
        Escaped(name)
    )?;
    writeln!(
        out,
        r#"font-family="{FONT_TEXT}" stroke-linejoin="round" paint-order="stroke">"#
    )?;
    let mut first = true;
    for group in scene.groups() {
        let sentence = group.subject.filter(|_| group.hit != HitArea::None);
        let sentence = sentence.and_then(|subject| {
            let mut told = told.iter();
            told.find(|(of, _)| *of == Some(subject))
        });
        let Some((_, sentence)) = sentence else {
            if group.start < group.end {
                writeln!(out, r#"<g aria-hidden="true">"#)?;
                inside(out, scene, theme, group)?;
            }
            continue;
        };
        // One stop for the keyboard; arrows go on from there.
        let stop = if first { 0 } else { -1 };
        first = false;
        let sentence = Escaped(sentence);
        let role = if acts { "button" } else { "img" };
        if acts {
            // A button's name is its sentence; what is drawn there are signs, and they stand beneath it.
            writeln!(out, r#"<g aria-hidden="true">"#)?;
            inside(out, scene, theme, group)?;
        }
        writeln!(
            out,
            r#"<g role="{role}" tabindex="{stop}" aria-label="{sentence}"><title>{sentence}</title>"#
        )?;
        target(out, group.hit)?;
        if acts {
            writeln!(out, "</g>")?;
        } else {
            inside(out, scene, theme, group)?;
        }
    }
    writeln!(out, "</svg>")
}

/// The items of a group, and its end.
fn inside(out: &mut String, scene: &Scene, theme: &Theme, group: &Group) -> fmt::Result {
    for item in scene.items_of(group) {
        element(out, scene, theme, item)?;
    }
    writeln!(out, "</g>")
}

/// Where a group answers to a pointer, and what is drawn round it when it has the focus.
fn target(out: &mut String, hit: HitArea) -> fmt::Result {
    match hit {
        HitArea::Disc { at, r } => writeln!(
            out,
            r#"<circle class="hit" cx="{}" cy="{}" r="{}" fill="transparent"/>"#,
            Number(at.x),
            Number(at.y),
            Number(r + 3.0)
        ),
        HitArea::Box(rect) => writeln!(
            out,
            r#"<rect class="hit" x="{}" y="{}" width="{}" height="{}" rx="4" fill="transparent"/>"#,
            Number(rect.x - 1.5),
            Number(rect.y - 1.5),
            Number(rect.w + 3.0),
            Number(rect.h + 3.0)
        ),
        HitArea::Segment { .. } | HitArea::None => Ok(()),
    }
}

fn document(out: &mut String, scene: &Scene, theme: &Theme, text: SvgText<'_>) -> fmt::Result {
    let (w, h) = (Number(scene.size().w), Number(scene.size().h));
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" lang="{}" aria-labelledby="title desc">"#,
        Escaped(text.language)
    )?;
    writeln!(out, r#"<title id="title">{}</title>"#, Escaped(text.title))?;
    writeln!(
        out,
        r#"<desc id="desc">{}</desc>"#,
        Escaped(text.description)
    )?;
    writeln!(
        out,
        "<style>text{{font-family:{FONT_TEXT};font-weight:400;paint-order:stroke;stroke-linejoin:round}}\
         .s{{font-weight:600}}.m{{font-family:{FONT_MONO}}}</style>"
    )?;
    writeln!(
        out,
        r#"<rect width="{w}" height="{h}" fill="{}"/>"#,
        theme.css(crate::Ink::Paper)
    )?;
    for group in scene
        .groups()
        .iter()
        .filter(|group| group.start < group.end)
    {
        writeln!(out, "<g>")?;
        for item in scene.items_of(group) {
            element(out, scene, theme, item)?;
        }
        writeln!(out, "</g>")?;
    }
    writeln!(out, "</svg>")
}

fn element(out: &mut String, scene: &Scene, theme: &Theme, item: &Item) -> fmt::Result {
    match item.shape {
        Shape::Disc { at, r } => write!(
            out,
            r#"<circle cx="{}" cy="{}" r="{}""#,
            Number(at.x),
            Number(at.y),
            Number(r)
        )?,
        Shape::Box { rect, radius } => write!(
            out,
            r#"<rect x="{}" y="{}" width="{}" height="{}" rx="{}""#,
            Number(rect.x),
            Number(rect.y),
            Number(rect.w.max(0.0)),
            Number(rect.h.max(0.0)),
            Number(radius)
        )?,
        Shape::Line { from, to } => {
            write!(out, r#"<path d="M{}L{}""#, Pair(from), Pair(to))?;
        }
        Shape::Path { points, closed } => {
            write!(out, r#"<path d=""#)?;
            for (place, point) in scene.points(points).iter().enumerate() {
                let command = if place == 0 { 'M' } else { 'L' };
                write!(out, "{command}{}", Pair(*point))?;
            }
            write!(out, r#"{}""#, if closed { "Z" } else { "" })?;
        }
        Shape::Lines { points } => {
            write!(out, r#"<path d=""#)?;
            for pair in scene.points(points).chunks_exact(2) {
                write!(out, "M{}L{}", Pair(pair[0]), Pair(pair[1]))?;
            }
            write!(out, r#"""#)?;
        }
        Shape::Arc { at, r, sweep, .. } if sweep >= TAU - 1e-6 => write!(
            out,
            r#"<circle cx="{}" cy="{}" r="{}""#,
            Number(at.x),
            Number(at.y),
            Number(r)
        )?,
        Shape::Arc {
            at,
            r,
            start,
            sweep,
        } => {
            let large = u8::from(sweep > TAU / 2.0);
            let (from, to) = (at.towards(start, r), at.towards(start + sweep, r));
            let radius = Number(r);
            write!(
                out,
                r#"<path d="M{}A{radius} {radius} 0 {large} 1 {}""#,
                Pair(from),
                Pair(to)
            )?;
        }
        Shape::Text {
            at,
            text,
            size,
            align,
            face,
        } => {
            let (x, y, size) = (Number(at.x), Number(at.y), Number(size));
            write!(out, r#"<text x="{x}" y="{y}" font-size="{size}""#)?;
            match align {
                Align::Start => {}
                Align::Middle => write!(out, r#" text-anchor="middle""#)?,
                Align::End => write!(out, r#" text-anchor="end""#)?,
            }
            match face {
                Face::Text => {}
                Face::Strong => write!(out, r#" class="s""#)?,
                Face::Mono => write!(out, r#" class="m""#)?,
            }
            style(out, theme, &item.paint)?;
            return writeln!(out, ">{}</text>", Escaped(scene.text(text)));
        }
    }
    style(out, theme, &item.paint)?;
    writeln!(out, "/>")
}

fn style(out: &mut String, theme: &Theme, paint: &Paint) -> fmt::Result {
    match paint.fill {
        Some(ink) => write!(out, r#" fill="{}""#, theme.css(ink))?,
        None => write!(out, r#" fill="none""#)?,
    }
    if let Some(ink) = paint.stroke {
        let width = Number(paint.width);
        write!(
            out,
            r#" stroke="{}" stroke-width="{width}""#,
            theme.css(ink)
        )?;
        if paint.dash != Dash::Solid
            && let Some([ink, gap]) = paint.dash.pattern(paint.width)
        {
            write!(
                out,
                r#" stroke-dasharray="{} {}""#,
                Number(ink),
                Number(gap)
            )?;
        }
    }
    if paint.opacity < 1.0 {
        write!(out, r#" opacity="{}""#, Number(paint.opacity))?;
    }
    Ok(())
}

/// A number with at most two digits after the point.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0 * 100.0).round();
        // Minus nought is nought.
        write!(
            f,
            "{}",
            if hundredths == 0.0 {
                0.0
            } else {
                hundredths / 100.0
            }
        )
    }
}

struct Pair(Point);

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Number(self.0.x), Number(self.0.y))
    }
}

/// Text as XML and HTML have it, in an element or in a quoted attribute.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // XML 1.0 has no other control characters, not even escaped.
                '\t' | '\n' | '\r' => f.write_char(c)?,
                c if c.is_control() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Ink, Rect, Size};

    /// One of each primitive, each paint once: whatever a renderer must be able to do.
    pub(crate) fn sampler() -> Scene {
        let mut scene = Scene::new();
        scene.clear(Size::new(100.0, 50.0));
        scene.group(None, HitArea::None);
        let at = Point::new(10.0, 20.0);
        scene.disc(at, 5.0, Paint::fill(Ink::Hue(1)).outlined(Ink::Ink, 1.5));
        let rect = Rect::new(1.0, 2.0, 30.0, 4.0);
        scene.rect(rect, 2.0, Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dashed));
        scene.line(
            at,
            Point::new(0.0, -0.001),
            Paint::stroke(Ink::Line, 1.0).dash(Dash::Dotted),
        );
        scene.group(None, HitArea::None);
        let corner = Point::new(20.0, 20.0);
        scene.path(
            [at, corner, Point::new(15.0, 1.0 / 3.0)],
            true,
            Paint::fill(Ink::Halo).faded(0.5),
        );
        scene.lines([at, corner, corner, at], Paint::stroke(Ink::Ink, 1.0));
        scene.arc(at, 8.0, 0.0, TAU / 4.0, Paint::stroke(Ink::Focus, 2.0));
        scene.arc(at, 8.0, 0.0, TAU, Paint::stroke(Ink::Focus, 2.0));
        let text = scene.texts.text("x < \"3\" & 领导者\u{1}");
        scene.label(
            at,
            text,
            20.0,
            Align::Middle,
            Face::Strong,
            Paint::fill(Ink::Ink).outlined(Ink::Paper, 3.0),
        );
        scene.disc(at, 1.0, Paint::fill(Ink::Ink).faded(0.0));
        scene
    }

    #[test]
    fn every_primitive_has_its_element() {
        let text = SvgText {
            title: "A <title>",
            description: "Two & more",
            language: "en",
        };
        let drawn = svg(&sampler(), &Theme::LIGHT, text);
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(
            lines[0]
                .contains(r#"width="100" height="50" viewBox="0 0 100 50" role="img" lang="en""#)
        );
        assert_eq!(lines[1], r#"<title id="title">A &lt;title&gt;</title>"#);
        assert_eq!(lines[2], r#"<desc id="desc">Two &amp; more</desc>"#);
        let expected = [
            r##"<rect width="100" height="50" fill="#fbfaf7"/>"##,
            "<g>",
            r##"<circle cx="10" cy="20" r="5" fill="#f0c04d" stroke="#1c1e23" stroke-width="1.5"/>"##,
            r##"<rect x="1" y="2" width="30" height="4" rx="2" fill="none" stroke="#5a5e66" stroke-width="1" stroke-dasharray="3.5 3"/>"##,
            r##"<path d="M10 20L0 0" fill="none" stroke="#d5d3cc" stroke-width="1" stroke-dasharray="1 2.5"/>"##,
            "</g>",
            "<g>",
            r##"<path d="M10 20L20 20L15 0.33Z" fill="#e6e0cf" opacity="0.5"/>"##,
            r##"<path d="M10 20L20 20M20 20L10 20" fill="none" stroke="#1c1e23" stroke-width="1"/>"##,
            r##"<path d="M10 12A8 8 0 0 1 18 20" fill="none" stroke="#0b57d0" stroke-width="2"/>"##,
            r##"<circle cx="10" cy="20" r="8" fill="none" stroke="#0b57d0" stroke-width="2"/>"##,
            "<text x=\"10\" y=\"27\" font-size=\"20\" text-anchor=\"middle\" class=\"s\" fill=\"#1c1e23\" \
             stroke=\"#fbfaf7\" stroke-width=\"3\">x &lt; &quot;3&quot; &amp; 领导者\u{fffd}</text>",
            "</g>",
            "</svg>",
        ];
        assert_eq!(lines[4..], expected);
    }
}
