//! A scene as TikZ for a paper: a `tikzpicture` to be input, in named colours on no ground, of the same shapes as the SVG.
//!
//! A pixel is 0.75 big points, as in CSS. Texts are set in the paper's own sans-serif and typewriter faces.

use crate::{
    Align, Dash, Face, Group, Ink, Item, Paint, Point, Scene, Shape, Subject, SvgText, Theme,
};
use std::fmt::{self, Write};

/// Big points to a CSS pixel.
const BP: f64 = 0.75;
/// No coordinate lies further out, in pixels: TeX knows no longer lengths.
const FAR: f64 = 14_000.0;

/// The scene as a picture for LaTeX, with what it shows as comments.
///
/// Latin texts compile with any LaTeX; Chinese ones want XeLaTeX or LuaLaTeX, which the picture then says.
pub fn tikz(scene: &Scene, text: SvgText<'_>) -> String {
    let mut out = String::new();
    document(&mut out, scene, text).expect("writing to a string cannot fail");
    out
}

fn document(out: &mut String, scene: &Scene, text: SvgText<'_>) -> fmt::Result {
    let mut body = String::new();
    let mut used = [false; Ink::COUNT];
    for group in scene.groups() {
        // Neither what is wholly clear nor what lies beyond the picture is worth a line.
        let items = scene.items_of(group).iter();
        let items: Vec<&Item> = items.filter(|item| item.paint.opacity > 0.0).collect();
        if items.is_empty() {
            continue;
        }
        comment_of(&mut body, group)?;
        for item in items {
            element(&mut body, scene, item)?;
            for ink in [item.paint.fill, item.paint.stroke].into_iter().flatten() {
                used[ink.index()] = true;
            }
        }
    }
    for line in text.title.lines().chain(text.description.lines()) {
        writeln!(out, "% {line}")?;
    }
    writeln!(
        out,
        "%\n% \\usepackage{{tikz}} in the preamble; then \\resizebox{{\\linewidth}}{{!}}{{\\input{{…}}}} makes it as wide as the text."
    )?;
    if body.contains(is_foreign) {
        writeln!(
            out,
            "% It holds Chinese: compile it with XeLaTeX or LuaLaTeX and \\usepackage{{ctex}}."
        )?;
    }
    let (w, h) = (Number(scene.size().w), Number(scene.size().h));
    writeln!(
        out,
        "\\begin{{tikzpicture}}[x={BP}bp, y=-{BP}bp, line join=round, every node/.style={{inner sep=0pt, outer sep=0pt, font=\\sffamily}}]"
    )?;
    for ink in inks().filter(|ink| used[ink.index()]) {
        let colour = colour(ink).trim_start_matches('#').to_ascii_uppercase();
        writeln!(out, "\\definecolor{{{}}}{{HTML}}{{{colour}}}", Colour(ink))?;
    }
    writeln!(out, "\\clip (0,0) rectangle ({w},{h});")?;
    out.push_str(&body);
    writeln!(out, "\\end{{tikzpicture}}")
}

/// Every token.
fn inks() -> impl Iterator<Item = Ink> {
    let plain = [
        Ink::Paper,
        Ink::Ink,
        Ink::Soft,
        Ink::Line,
        Ink::Neutral,
        Ink::PaleNeutral,
        Ink::Halo,
        Ink::Focus,
        Ink::Violation,
    ];
    let hues = (0..Ink::HUES).flat_map(|hue| [Ink::Hue(hue), Ink::Pale(hue)]);
    plain.into_iter().chain(hues)
}

/// The colour of a token on white paper.
fn colour(ink: Ink) -> &'static str {
    match ink {
        Ink::Paper => "#ffffff",
        ink => Theme::LIGHT.css(ink),
    }
}

/// What whoever edits the picture may look for.
fn comment_of(out: &mut String, group: &Group) -> fmt::Result {
    match group.subject {
        Some(Subject::Event(step)) => writeln!(out, "% step {step}"),
        Some(Subject::Message { name, .. }) => writeln!(out, "% message {name}"),
        Some(Subject::Node(node)) => writeln!(out, "% node {}", node.0),
        _ => Ok(()),
    }
}

fn element(out: &mut String, scene: &Scene, item: &Item) -> fmt::Result {
    let paint = &item.paint;
    match item.shape {
        Shape::Disc { at, r } => {
            path(out, paint)?;
            writeln!(out, "{} circle[radius={}];", Pair(at), Number(r))
        }
        Shape::Box { rect, radius } => {
            let (from, to) = (
                Point::new(rect.x, rect.y),
                Point::new(rect.x + rect.w.max(0.0), rect.y + rect.h.max(0.0)),
            );
            path(out, paint)?;
            if radius > 0.0 {
                write!(out, "[rounded corners={}bp] ", Number(radius * BP))?;
            }
            writeln!(out, "{} rectangle {};", Pair(from), Pair(to))
        }
        Shape::Line { from, to } => {
            path(out, paint)?;
            writeln!(out, "{} -- {};", Pair(from), Pair(to))
        }
        Shape::Path { points, closed } => {
            let points = scene.points(points);
            if points.is_empty() {
                return Ok(());
            }
            path(out, paint)?;
            for (place, point) in points.iter().enumerate() {
                let joint = if place == 0 { "" } else { " -- " };
                write!(out, "{joint}{}", Pair(*point))?;
            }
            writeln!(out, "{};", if closed { " -- cycle" } else { "" })
        }
        Shape::Lines { points } => {
            path(out, paint)?;
            for pair in scene.points(points).chunks_exact(2) {
                write!(out, "{} -- {} ", Pair(pair[0]), Pair(pair[1]))?;
            }
            writeln!(out, ";")
        }
        Shape::Arc {
            at,
            r,
            start,
            sweep,
        } => {
            path(out, paint)?;
            // The picture's y goes down, so that angles go clockwise; TikZ counts them from three o'clock.
            let (from, turn) = (start.to_degrees() - 90.0, sweep.to_degrees());
            writeln!(
                out,
                "{} arc[start angle={}, delta angle={}, radius={}];",
                Pair(at.towards(start, r)),
                Number(from),
                Number(turn),
                Number(r)
            )
        }
        Shape::Text {
            at,
            text,
            size,
            align,
            face,
        } => {
            let text = scene.text(text);
            if text.is_empty() {
                return Ok(());
            }
            label(out, paint, size, align, face)?;
            writeln!(out, " at {} {{{}}};", Pair(at), Escaped(text))
        }
    }
}

/// The beginning of a path.
fn path(out: &mut String, paint: &Paint) -> fmt::Result {
    let mut options: Vec<String> = Vec::new();
    options.extend(paint.fill.map(|ink| format!("fill={}", Colour(ink))));
    if let Some(ink) = paint.stroke {
        let width = Number(paint.width * BP);
        options.push(format!("draw={}, line width={width}bp", Colour(ink)));
        if paint.dash != Dash::Solid
            && let Some([ink, gap]) = paint.dash.pattern(paint.width)
        {
            let (ink, gap) = (Number(ink * BP), Number(gap * BP));
            options.push(format!("dash pattern=on {ink}bp off {gap}bp"));
        }
    }
    options.extend(faded(paint));
    write!(out, "\\path[{}] ", options.join(", "))
}

/// The beginning of a text. What is stroked round it on the screen is a ground behind it on paper.
fn label(out: &mut String, paint: &Paint, size: f64, align: Align, face: Face) -> fmt::Result {
    let anchor = match align {
        Align::Start => "base west",
        Align::Middle => "base",
        Align::End => "base east",
    };
    let face = match face {
        Face::Text => "\\sffamily",
        Face::Strong => "\\sffamily\\bfseries",
        Face::Mono => "\\ttfamily",
    };
    let mut options = vec![format!("anchor={anchor}")];
    options.extend(paint.fill.map(|ink| format!("text={}", Colour(ink))));
    options.extend(
        paint
            .stroke
            .map(|ink| format!("fill={}, fill opacity=0.8, text opacity=1", Colour(ink))),
    );
    options.extend(faded(paint));
    let (size, line) = (Number(size * BP), Number(size * BP * 1.2));
    options.push(format!(
        "font=\\fontsize{{{size}bp}}{{{line}bp}}\\selectfont{face}"
    ));
    write!(out, "\\node[{}]", options.join(", "))
}

fn faded(paint: &Paint) -> Option<String> {
    (paint.opacity < 1.0).then(|| format!("opacity={}", Number(paint.opacity)))
}

/// A token as the name of a colour.
struct Colour(Ink);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            Ink::Paper => "Paper",
            Ink::Ink => "Ink",
            Ink::Soft => "Soft",
            Ink::Line => "Line",
            Ink::Neutral => "Neutral",
            Ink::PaleNeutral => "PaleNeutral",
            Ink::Halo => "Halo",
            Ink::Focus => "Focus",
            Ink::Violation => "Violation",
            Ink::Hue(hue) => return write!(f, "synodHue{}", hue % Ink::HUES),
            Ink::Pale(hue) => return write!(f, "synodPale{}", hue % Ink::HUES),
        };
        write!(f, "synod{name}")
    }
}

/// A number with at most two digits after the point, never so large that TeX knows it no more.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0.clamp(-FAR, FAR) * 100.0).round();
        // Minus nought is nought.
        let value = if hundredths == 0.0 {
            0.0
        } else {
            hundredths / 100.0
        };
        write!(f, "{value}")
    }
}

struct Pair(Point);

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", Number(self.0.x), Number(self.0.y))
    }
}

/// Whether a character needs an engine and a font of its own.
fn is_foreign(c: char) -> bool {
    c > '\u{2e7f}'
}

/// Text as LaTeX sets it: its own signs escaped, and those of the page that a text font lacks in words of mathematics.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            let sign = match c {
                '\\' => "\\textbackslash{}",
                '{' => "\\{",
                '}' => "\\}",
                '$' => "\\$",
                '&' => "\\&",
                '#' => "\\#",
                '%' => "\\%",
                '_' => "\\_",
                '^' => "\\textasciicircum{}",
                '~' => "\\textasciitilde{}",
                '<' => "$<$",
                '>' => "$>$",
                '|' => "$|$",
                '"' => "''",
                '\u{a0}' | '\u{2009}' | '\u{202f}' => "~",
                '→' => "$\\rightarrow$",
                '←' => "$\\leftarrow$",
                '↓' | '⤓' => "$\\downarrow$",
                '↑' => "$\\uparrow$",
                '⇒' => "$\\Rightarrow$",
                '↦' => "$\\mapsto$",
                '≫' => "$\\gg$",
                '≠' => "$\\neq$",
                '≤' => "$\\leq$",
                '≥' => "$\\geq$",
                '×' => "$\\times$",
                '÷' => "$\\div$",
                '±' => "$\\pm$",
                '−' => "$-$",
                '∞' => "$\\infty$",
                '⊥' => "$\\bot$",
                '∅' => "$\\emptyset$",
                '·' | '∙' | '⋅' => "$\\cdot$",
                '•' => "$\\bullet$",
                '●' => "$\\bullet$",
                '○' => "$\\circ$",
                '★' => "$\\star$",
                '✓' => "$\\surd$",
                '✗' | '✕' => "$\\times$",
                '▸' | '▶' => "$\\triangleright$",
                '…' => "\\dots{}",
                '–' => "--",
                '—' => "---",
                '“' => "``",
                '”' => "''",
                '‘' => "`",
                '’' | '′' => "'",
                'µ' | 'μ' => "$\\mu$",
                '§' => "\\S{}",
                '‖' => "$\\|$",
                '√' => "$\\surd$",
                'α' => "$\\alpha$",
                'λ' => "$\\lambda$",
                'ε' => "$\\varepsilon$",
                '²' => "$^2$",
                c if c.is_control() => " ",
                // The other signs of the page have no LaTeX of their own; letters of any script are left to the engine.
                c if !c.is_ascii() && !c.is_alphanumeric() && !is_foreign(c) => "?",
                c => {
                    f.write_char(c)?;
                    continue;
                }
            };
            f.write_str(sign)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::tests::sampler;

    #[test]
    fn every_primitive_has_its_path() {
        let text = SvgText {
            title: "50 % of it",
            description: "One\nafter the other",
            language: "en",
        };
        let drawn = tikz(&sampler(), text);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[..3], ["% 50 % of it", "% One", "% after the other"]);
        assert!(drawn.contains("\\usepackage{ctex}"), "the label is Chinese");
        assert!(drawn.contains("\\definecolor{synodPaper}{HTML}{FFFFFF}"));
        let begin = lines.iter().position(|line| line.starts_with("\\clip"));
        let expected = [
            r"\clip (0,0) rectangle (100,50);",
            r"\path[fill=synodHue1, draw=synodInk, line width=1.13bp] (10,20) circle[radius=5];",
            r"\path[draw=synodSoft, line width=0.75bp, dash pattern=on 2.63bp off 2.25bp] [rounded corners=1.5bp] (1,2) rectangle (31,6);",
            r"\path[draw=synodLine, line width=0.75bp, dash pattern=on 0.75bp off 1.88bp] (10,20) -- (0,0);",
            r"\path[fill=synodHalo, opacity=0.5] (10,20) -- (20,20) -- (15,0.33) -- cycle;",
            r"\path[draw=synodInk, line width=0.75bp] (10,20) -- (20,20) (20,20) -- (10,20) ;",
            r"\path[draw=synodFocus, line width=1.5bp] (10,12) arc[start angle=-90, delta angle=90, radius=8];",
            r"\path[draw=synodFocus, line width=1.5bp] (10,12) arc[start angle=-90, delta angle=360, radius=8];",
            concat!(
                r"\node[anchor=base, text=synodInk, fill=synodPaper, fill opacity=0.8, text opacity=1, ",
                r"font=\fontsize{15bp}{18bp}\selectfont\sffamily\bfseries] at (10,27) {x $<$ ''3'' \& 领导者 };",
            ),
            r"\end{tikzpicture}",
        ];
        assert_eq!(lines[begin.expect("a beginning")..], expected);
    }

    #[test]
    fn whatever_is_written_is_shown_and_obeyed_by_nobody() {
        let signs = "\\ { } $ & # % _ ^ ~ → ✓ § ☃ é 界";
        assert_eq!(
            Escaped(signs).to_string(),
            r"\textbackslash{} \{ \} \$ \& \# \% \_ \textasciicircum{} \textasciitilde{} $\rightarrow$ $\surd$ \S{} ? é 界"
        );
    }
}
