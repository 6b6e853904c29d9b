//! Trace, play head, layout and theme to shapes; hit testing; SVG and TikZ text.
//!
//! A picture is data: [`Scene`] holds plain shapes in drawing order, in CSS pixels, coloured by tokens that a [`Theme`]
//! resolves. Renderers only translate. Knows nothing of canvas, Yew or any protocol.
//!
//! One [`Scene`] is kept per view and rebuilt for every repaint ([`Scene::stage`], [`Scene::log_matrix`],
//! [`Scene::timeline`], [`Scene::diagram`], [`Scene::picture`], [`Scene::history`]): its buffers and interned texts are reused.

mod describe;
pub mod diagram;
mod draw;
mod epochs;
mod geometry;
mod history;
mod intern;
mod layout;
mod log;
mod picture;
mod shape;
mod stage;
mod subject;
mod svg;
mod theme;
mod tikz;
mod timeline;

pub use describe::describe;
pub use draw::{Group, HitArea, Scene};
pub use epochs::{Epochs, LegendEntry};
pub use geometry::{Point, Rect, Size};
pub use history::{BarEnd, HistoryBar, HistoryInput, HistoryItem, Wrong};
pub use layout::{Places, Spot};
pub use log::LogInput;
pub use picture::{PictureInput, picture_title, tell_picture};
pub use shape::{Align, Dash, Face, Ink, Item, Paint, Shape, Span, TextId};
pub use stage::{Lit, Options, StageInput};
pub use subject::{End, Subject};
pub use svg::{Escaped, SvgText, svg, svg_figure};
pub use theme::{Colour, FONT_MONO, FONT_TEXT, Theme, contrast};
pub use tikz::tikz;
pub use timeline::{Band, Scale, TimelineInput, Track};
