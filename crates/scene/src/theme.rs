//! Themes: the colour of every token, light and dark, and the contrast between colours as WCAG 2 computes it.

use crate::Ink;

/// The text face: what the reader's system uses, with its Chinese companions.
pub const FONT_TEXT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
/// The monospaced face.
pub const FONT_MONO: &str = "ui-monospace, 'SF Mono', 'Cascadia Mono', Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace";

/// An opaque colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

/// The colours of all tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Theme {
    css: [&'static str; Ink::COUNT],
}

impl Theme {
    /// Dark ink on light paper.
    pub const LIGHT: Self = Self {
        css: [
            "#fbfaf7", "#1c1e23", "#5a5e66", "#d5d3cc", "#d9d8d3", "#efeeea", "#e6e0cf", "#0b57d0",
            "#c5221f", // hues
            "#86b5ea", "#f0c04d", "#bda7ee", "#83cc98", "#f2a672", "#6dc5cd", "#e69fce", "#c3c56a",
            // pale
            "#dde9f8", "#faeccb", "#e9e2f9", "#dcf0e1", "#fae3d3", "#d6eef0", "#f6e0ef", "#eceecf",
        ],
    };

    /// Light ink on dark paper.
    pub const DARK: Self = Self {
        css: [
            "#15171b", "#e9e7e1", "#a3a7ae", "#34373d", "#44474d", "#26292e", "#3c3a30", "#8ab4f8",
            "#ff8a80", // hues
            "#2863ab", "#7f6100", "#6042ab", "#29733f", "#8c3d12", "#007176", "#953d7c", "#4f5828",
            // pale
            "#1d2c42", "#332a11", "#2b2744", "#1a3022", "#3a2618", "#143034", "#38213f", "#2b2d14",
        ],
    };

    /// The colour of a token, as CSS has it: `#1c1e23`.
    pub const fn css(&self, ink: Ink) -> &'static str {
        self.css[ink.index()]
    }

    /// The colours of all tokens, by [`Ink::index`].
    pub const fn table(&self) -> &[&'static str; Ink::COUNT] {
        &self.css
    }

    /// The colour of a token.
    pub const fn colour(&self, ink: Ink) -> Colour {
        let css = self.css(ink).as_bytes();
        Colour {
            r: digit(css[1]) * 16 + digit(css[2]),
            g: digit(css[3]) * 16 + digit(css[4]),
            b: digit(css[5]) * 16 + digit(css[6]),
        }
    }
}

const fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => hex - b'a' + 10,
    }
}

/// The contrast between two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(one: Colour, other: Colour) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The relative luminance (WCAG 2.2), from 0 to 1.
fn luminance(colour: Colour) -> f64 {
    0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)
}

/// An sRGB channel as an amount of light, from 0 to 1.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 {
        value / 12.92
    } else {
        libm::pow((value + 0.055) / 1.055, 2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [(&str, Theme); 2] = [("light", Theme::LIGHT), ("dark", Theme::DARK)];

    /// OKLab (Ottosson 2020): distances there follow the eye.
    fn oklab(colour: Colour) -> [f64; 3] {
        let (r, g, b) = (linear(colour.r), linear(colour.g), linear(colour.b));
        let l = libm::cbrt(0.412_221_47 * r + 0.536_332_55 * g + 0.051_445_99 * b);
        let m = libm::cbrt(0.211_903_5 * r + 0.680_699_55 * g + 0.107_396_96 * b);
        let s = libm::cbrt(0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b);
        [
            0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_05 * s,
            1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            0.025_904_04 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        ]
    }

    fn difference(theme: &Theme, one: Ink, other: Ink) -> f64 {
        let (one, other) = (oklab(theme.colour(one)), oklab(theme.colour(other)));
        one.iter()
            .zip(other)
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f64>()
            .sqrt()
    }

    #[test]
    fn contrast_is_as_wcag_computes_it() {
        let (black, white) = (
            Colour { r: 0, g: 0, b: 0 },
            Colour {
                r: 255,
                g: 255,
                b: 255,
            },
        );
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        // The grey that WCAG's own material gives as just passing on white.
        let grey = Colour {
            r: 0x76,
            g: 0x76,
            b: 0x76,
        };
        assert!((contrast(grey, white) - 4.54).abs() < 0.01);
    }

    #[test]
    fn text_and_outlines_stand_out_from_every_fill() {
        let fills = (0..Ink::HUES)
            .flat_map(|hue| [Ink::Hue(hue), Ink::Pale(hue)])
            .chain([Ink::Paper, Ink::Neutral, Ink::PaleNeutral, Ink::Halo]);
        for (name, theme) in THEMES {
            for fill in fills.clone() {
                let ratio = contrast(theme.colour(Ink::Ink), theme.colour(fill));
                assert!(ratio >= 4.5, "{name}: ink on {fill:?} has {ratio:.2}");
            }
            // Thin outlines: of what is down, of what is not committed.
            let pale = (0..Ink::HUES).map(Ink::Pale);
            for fill in pale.chain([Ink::Neutral, Ink::Paper]) {
                let ratio = contrast(theme.colour(Ink::Soft), theme.colour(fill));
                assert!(ratio >= 3.0, "{name}: soft on {fill:?} has {ratio:.2}");
            }
            for ground in [Ink::Paper, Ink::PaleNeutral] {
                for (ink, least) in [(Ink::Soft, 4.5), (Ink::Violation, 4.5), (Ink::Focus, 3.0)] {
                    let ratio = contrast(theme.colour(ink), theme.colour(ground));
                    assert!(
                        ratio >= least,
                        "{name}: {ink:?} on {ground:?} has {ratio:.2}"
                    );
                }
            }
        }
    }

    #[test]
    fn hues_can_be_told_apart() {
        for (name, theme) in THEMES {
            for one in 0..Ink::HUES {
                for other in 0..one {
                    let apart = difference(&theme, Ink::Hue(one), Ink::Hue(other));
                    let neighbours =
                        (one + 1) % Ink::HUES == other || (other + 1) % Ink::HUES == one;
                    let least = if neighbours { 0.1 } else { 0.06 };
                    assert!(
                        apart >= least,
                        "{name}: hues {one} and {other} differ by {apart:.3}"
                    );
                }
                let red = difference(&theme, Ink::Hue(one), Ink::Violation);
                assert!(red >= 0.1, "{name}: hue {one} is too near to red: {red:.3}");
            }
        }
    }

    #[test]
    fn every_token_has_its_own_place() {
        let mut all = vec![
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
        all.extend((0..Ink::HUES).map(Ink::Hue));
        all.extend((0..Ink::HUES).map(Ink::Pale));
        let places: Vec<usize> = all.iter().map(|ink| ink.index()).collect();
        assert_eq!(places, (0..Ink::COUNT).collect::<Vec<_>>());
    }
}
