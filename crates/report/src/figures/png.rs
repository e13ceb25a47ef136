//! Figures as pixels, for programs that read no SVG: two to a unit, on white.
//!
//! Text is set in DejaVu Sans, of which there is a part beside this file, and no font of the machine is asked: the same figure is
//! the same picture everywhere. It has Latin, Greek and Cyrillic letters; another stands as an empty box.

use std::sync::Arc;

use resvg::render;
use resvg::tiny_skia::{Color, Pixmap, PixmapPaint, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::figures::canvas::{GROUND, Place};

const REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSans-Bold.ttf");
/// Pixels to a unit of the figure, in both directions.
const SCALE: f32 = 2.0;

/// Paints figures.
pub(super) struct Painter<'a> {
    options: Options<'a>,
}

impl Painter<'_> {
    pub(super) fn new() -> Self {
        let mut fonts = Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(BOLD.to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        Painter { options: Options { fontdb: Arc::new(fonts), ..Options::default() } }
    }

    /// The figure `svg` as PNG.
    ///
    /// # Errors
    /// If it is no SVG, or as large that there is no room for it.
    pub(super) fn paint(&self, svg: &str) -> Result<Vec<u8>, String> {
        self.paint_on(svg, None)
    }

    /// The same over the PNG file of a picture, if there is one, with its upper left corner at a place and so many units to a
    /// pixel: pictures within an SVG are not painted.
    ///
    /// # Errors
    /// As [`Painter::paint`], and if the picture is none.
    pub(super) fn paint_on(
        &self,
        svg: &str,
        beneath: Option<(&[u8], Place, f64)>,
    ) -> Result<Vec<u8>, String> {
        let without_ground = beneath.map(|_| svg.replacen(GROUND, "", 1));
        let svg = without_ground.as_deref().unwrap_or(svg);
        let tree = Tree::from_str(svg, &self.options).map_err(|error| error.to_string())?;
        let [width, height] =
            [tree.size().width(), tree.size().height()].map(|side| (SCALE * side).ceil() as u32);
        let mut pixels = Pixmap::new(width, height).ok_or("it has no size")?;
        if let Some((png, (x, y), scale)) = beneath {
            let picture = Pixmap::decode_png(png).map_err(|error| error.to_string())?;
            let [x, y, scale] = [x, y, scale].map(|of| SCALE * of as f32);
            let place = Transform::from_row(scale, 0.0, 0.0, scale, x, y);
            pixels.fill(Color::WHITE);
            pixels.draw_pixmap(0, 0, picture.as_ref(), &PixmapPaint::default(), place, None);
        }
        render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(inside: &str) -> Vec<u8> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"20\"><rect width=\"60\" height=\"20\" fill=\"#fff\"/>\
             {inside}</svg>"
        );
        Painter::new().paint(&svg).unwrap()
    }

    #[test]
    fn letters_are_painted_without_a_font_of_the_machine_and_bold_ones_in_bold() {
        let text = |style: &str, text: &str| {
            painted(&format!(
                "<text x=\"2\" y=\"15\" style=\"font:12px Helvetica,sans-serif;{style}\">{text}</text>"
            ))
        };
        let (nothing, plain, bold) =
            (painted(""), text("", "γ = −2 →"), text("font-weight:bold", "γ = −2 →"));
        assert_ne!(nothing, plain);
        assert_ne!(plain, bold);
        assert_eq!(plain, text("", "γ = −2 →"));
    }

    #[test]
    fn a_picture_is_painted_beneath_the_figure() {
        let dot = Painter::new();
        let svg = |inside: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"20\">{GROUND}{inside}</svg>"
            )
        };
        let black = "<rect width=\"10\" height=\"10\" fill=\"#000\"/>";
        let picture = dot.paint(&svg(black)).unwrap();
        let painted =
            |svg: &str, beneath| Pixmap::decode_png(&dot.paint_on(svg, beneath).unwrap()).unwrap();
        // The picture is of two pixels to a unit, and laid down as one of one.
        let on = painted(&svg(""), Some((&picture[..], (0.0, 0.0), 0.5)));
        assert_eq!(on, painted(&svg(black), None));
    }

    #[test]
    fn what_is_no_figure_is_refused() {
        assert!(Painter::new().paint("<svg").is_err());
    }
}
