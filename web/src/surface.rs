//! A surface: a canvas of the page with its scene and its painter, as large as the element round it.

use crate::painter::Painter;
use scene::{Scene, Size, Theme};
use web_sys::HtmlCanvasElement;
use yew::NodeRef;

/// More device pixels than this to a CSS pixel cost time and show nothing.
const RATIO_MAX: f64 = 3.0;

/// A canvas, its picture, and how it is painted.
#[derive(Default)]
pub(crate) struct Surface {
    /// Where Yew puts the canvas.
    pub(crate) canvas: NodeRef,
    /// The picture.
    pub(crate) scene: Scene,
    painter: Painter,
    size: Size,
    zoom: f64,
}

impl Surface {
    /// Measures the element round the canvas. Reading it makes the browser lay out: only after a resize.
    ///
    /// `zoom` is how many CSS pixels the picture's own pixel takes: pictures whose type has a fixed size grow with the
    /// page's. Says whether anything differs from when it was measured last.
    pub(crate) fn measure(&mut self, zoom: f64) -> bool {
        let before = (self.zoom, self.size);
        self.zoom = zoom;
        if let Some(parent) = self.element().and_then(|canvas| canvas.parent_element()) {
            self.size = Size {
                w: f64::from(parent.client_width()) / zoom,
                h: f64::from(parent.client_height()) / zoom,
            };
        }
        before != (self.zoom, self.size)
    }

    /// The size when it was measured last, in the picture's pixels.
    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    /// How many CSS pixels the picture's own pixel takes.
    pub(crate) const fn zoom(&self) -> f64 {
        self.zoom
    }

    /// Whether there is anything to paint on.
    pub(crate) fn is_open(&self) -> bool {
        self.size.w >= 1.0 && self.size.h >= 1.0
    }

    /// The canvas, while it is in the page.
    pub(crate) fn element(&self) -> Option<HtmlCanvasElement> {
        self.canvas.cast()
    }

    /// Shows the scene.
    pub(crate) fn paint(&mut self, theme: &'static Theme) {
        if let Some(canvas) = self.element() {
            self.painter
                .paint(&canvas, &self.scene, theme, ratio() * self.zoom);
        }
    }

    /// Offers the scene as a PNG file, twice as fine as the screen at least.
    pub(crate) fn save_png(&mut self, name: &str, theme: &'static Theme) {
        self.painter
            .picture(name, &self.scene, theme, ratio().max(2.0));
    }
}

/// How many CSS pixels of the page make what is one on a laptop: the page's type grows with the screen, and when it is presented.
pub(crate) fn page_zoom() -> f64 {
    let size = web_sys::window().and_then(|window| {
        let root = window.document()?.document_element()?;
        let style = window.get_computed_style(&root).ok()??;
        style.get_property_value("font-size").ok()
    });
    // A rem is 16 pixels there.
    let size = size.and_then(|size| size.trim_end_matches("px").parse::<f64>().ok());
    size.map_or(1.0, |size| (size / 16.0).max(0.5))
}

/// Device pixels to a CSS pixel.
fn ratio() -> f64 {
    web_sys::window().map_or(1.0, |window| {
        window.device_pixel_ratio().clamp(1.0, RATIO_MAX)
    })
}
