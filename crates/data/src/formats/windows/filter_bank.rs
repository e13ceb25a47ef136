//! A small fixed bank of filters: numbers that say what a window shows, found from sums over rectangles.
//!
//! ```text
//! of the window        mean and deviation of red, green, blue, excess green, grey              10
//! of its middle        mean of red, green, blue, excess green, grey, less that of the window    5
//! gradients            share of each of 8 directions, in each of 2 x 2 cells                   32
//!                      mean length; share of it within the middle                               2
//! shape                ln of the side √(w h), ln(w / h)                                         2
//!
//! excess green  2 g - r - b          grey  (r + g + b) / 3           all from 0 to 1
//! gradient      (grey right - grey left, grey below - grey above) / 2, at the edges of the image to the pixel itself
//! direction     ⌊8 θ / π⌋ of the angle θ in [0, π) of the gradient or of its opposite, weighed by its length
//! middle        the inner half in width and in height
//! ```
//!
//! - sums over rectangles are differences of four sums from the corner of the image, which run line by line
//! - a window without gradients has shares of 0; a grey image has three equal colours
//!
//! Source: the sums are those of Viola, Jones, *Rapid Object Detection using a Boosted Cascade of Simple Features*, CVPR 2001;
//! the directions those of Dalal, Triggs, *Histograms of Oriented Gradients for Human Detection*, CVPR 2005; excess green is that of
//! Woebbecke, Meyer, Von Bargen, Mortensen, *Color Indices for Weed Identification*, ASAE 1995.
//! Differs: gradients are binned without interpolation, and cells are normalised by the whole window.

use boxes::BoundingBox;

use crate::formats::picture::Image;

/// Directions of a gradient.
const N_DIRECTIONS: usize = 8;
/// Red, green, blue, excess green, grey.
const N_COLOURS: usize = 5;
/// Numbers that are said of a window.
pub(crate) const N_FEATURES: usize = 2 * N_COLOURS + N_COLOURS + 4 * N_DIRECTIONS + 2 + 2;

/// Sums over the rectangles of an image from its upper left corner.
struct Sums {
    /// Columns of `sums`: one more than the image has.
    width: usize,
    sums: Vec<f64>,
}

impl Sums {
    /// Of `value(x, y)` in an image of this size.
    fn of(width: usize, height: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let mut sums = vec![0.0; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut line = 0.0;
            for x in 0..width {
                line += value(x, y);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + line;
            }
        }
        Sums { width: width + 1, sums }
    }

    /// Over the pixels of a rectangle.
    fn over(&self, [x1, y1, x2, y2]: [usize; 4]) -> f64 {
        let at = |x: usize, y: usize| self.sums[y * self.width + x];
        at(x2, y2) - at(x1, y2) - at(x2, y1) + at(x1, y1)
    }
}

/// What an image's windows are described by.
pub(crate) struct FilterBank {
    /// Of each colour and of its square, in whole numbers.
    colours: Vec<[Sums; 2]>,
    /// What each colour's values are divided by.
    units: [f64; N_COLOURS],
    directions: Vec<Sums>,
    size: [usize; 2],
}

impl FilterBank {
    pub(crate) fn of(image: &Image) -> Self {
        let size @ [width, height] = image.size.map(|n| n as usize);
        let channel = |x: usize, y: usize, c: usize| {
            let at = (y * width + x) * image.channels + if image.channels == 1 { 0 } else { c };
            f64::from(image.values[at])
        };
        let colour = |c: usize, x: usize, y: usize| {
            let [r, g, b] = [0, 1, 2].map(|c| channel(x, y, c));
            [r, g, b, 2.0 * g - r - b, r + g + b][c]
        };
        let full = f64::from(u16::MAX);
        let grey = |x: usize, y: usize| colour(4, x, y) / (3.0 * full);
        let gradient = |x: usize, y: usize| {
            let dx = grey((x + 1).min(width - 1), y) - grey(x.saturating_sub(1), y);
            let dy = grey(x, (y + 1).min(height - 1)) - grey(x, y.saturating_sub(1));
            (0.5 * dx, 0.5 * dy)
        };
        let lengths: Vec<(usize, f64)> = (0..width * height)
            .map(|at| {
                let (dx, dy) = gradient(at % width, at / width);
                (direction(dx, dy), (dx * dx + dy * dy).sqrt())
            })
            .collect();
        let colours = (0..N_COLOURS).map(|c| {
            let value = |x, y| colour(c, x, y);
            [
                Sums::of(width, height, value),
                Sums::of(width, height, |x, y| value(x, y) * value(x, y)),
            ]
        });
        let of_direction = |k: usize| {
            Sums::of(width, height, |x, y| {
                let (direction, length) = lengths[y * width + x];
                if direction == k { length } else { 0.0 }
            })
        };
        FilterBank {
            colours: colours.collect(),
            units: [full, full, full, full, 3.0 * full],
            directions: (0..N_DIRECTIONS).map(of_direction).collect(),
            size,
        }
    }

    /// Appends what is said of a window, which lies in the image on whole pixels.
    pub(crate) fn describe(&self, window: &BoundingBox, out: &mut Vec<f64>) {
        let [x1, y1, x2, y2] = window.edges().map(|edge| edge as usize);
        let [x2, y2] = [x2.min(self.size[0]), y2.min(self.size[1])];
        let (w, h) = (x2 - x1, y2 - y1);
        let whole = [x1, y1, x2, y2];
        let middle = [x1 + w / 4, y1 + h / 4, x2 - w / 4, y2 - h / 4];
        let area = |[x1, y1, x2, y2]: [usize; 4]| ((x2 - x1) * (y2 - y1)) as f64;
        let start = out.len();
        for ([values, squares], unit) in self.colours.iter().zip(self.units) {
            let mean = values.over(whole) / area(whole);
            let variance = squares.over(whole) / area(whole) - mean * mean;
            out.extend([mean / unit, variance.max(0.0).sqrt() / unit]);
        }
        for (c, ([values, _], unit)) in self.colours.iter().zip(self.units).enumerate() {
            out.push(values.over(middle) / area(middle) / unit - out[start + 2 * c]);
        }
        let (cx, cy) = (x1 + w / 2, y1 + h / 2);
        let cells = [[x1, y1, cx, cy], [cx, y1, x2, cy], [x1, cy, cx, y2], [cx, cy, x2, y2]];
        let over = |rectangle| self.directions.iter().map(|of| of.over(rectangle)).sum::<f64>();
        let total = over(whole);
        // What is left of differences of sums where nothing is.
        let share = |part: f64| if 1e-9 < total { (part / total).clamp(0.0, 1.0) } else { 0.0 };
        for cell in cells {
            out.extend(self.directions.iter().map(|direction| share(direction.over(cell))));
        }
        out.extend([total.max(0.0) / area(whole), share(over(middle))]);
        let (w, h) = (window.width(), window.height());
        out.extend([0.5 * libm::log(w * h), libm::log(w / h)]);
    }

    /// What the numbers are called, in their order.
    pub(crate) fn names() -> Vec<String> {
        let colours = ["red", "green", "blue", "excess_green", "grey"];
        let of_window =
            colours.iter().flat_map(|c| [format!("mean_{c}"), format!("deviation_{c}")]);
        let of_middle = colours.iter().map(|c| format!("middle_{c}"));
        let cells = ["upper_left", "upper_right", "lower_left", "lower_right"];
        let directions = cells
            .iter()
            .flat_map(|cell| (0..N_DIRECTIONS).map(move |k| format!("gradient_{cell}_{k}")));
        let others = ["gradient_length", "gradient_middle", "ln_side", "ln_aspect"];
        let others = others.iter().map(|name| (*name).to_owned());
        of_window.chain(of_middle).chain(directions).chain(others).collect()
    }
}

/// The direction of a gradient or of its opposite, from 0 to 7.
fn direction(dx: f64, dy: f64) -> usize {
    let (dx, dy) = if dy < 0.0 || (dy == 0.0 && dx < 0.0) { (-dx, -dy) } else { (dx, dy) };
    let angle = libm::atan2(dy, dx);
    let part = (N_DIRECTIONS as f64 * angle / std::f64::consts::PI).floor();
    (part as usize).min(N_DIRECTIONS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(
        width: u32,
        height: u32,
        channels: usize,
        value: impl Fn(u32, u32, usize) -> f64,
    ) -> Image {
        let mut values = Vec::new();
        for y in 0..height {
            for x in 0..width {
                values.extend((0..channels).map(|c| (65_535.0 * value(x, y, c)).round() as u16));
            }
        }
        Image { size: [width, height], channels, values }
    }

    fn described(image: &Image, window: [f64; 4]) -> Vec<(String, f64)> {
        let mut out = Vec::new();
        FilterBank::of(image).describe(&BoundingBox::new(window), &mut out);
        assert_eq!(out.len(), N_FEATURES);
        FilterBank::names().into_iter().zip(out).collect()
    }

    fn of(described: &[(String, f64)], name: &str) -> f64 {
        described.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name}")).1
    }

    #[test]
    fn every_number_has_a_name_of_its_own() {
        let mut names = FilterBank::names();
        assert_eq!(names.len(), N_FEATURES);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), N_FEATURES);
    }

    #[test]
    fn colours_are_means_and_deviations_over_the_window_alone() {
        // Green from x = 10 on, of which a window sees half.
        let image = image(20, 8, 3, |x, _, c| f64::from(u8::from(c == 1 && 10 <= x)));
        let seen = described(&image, [8.0, 0.0, 12.0, 8.0]);
        assert!((of(&seen, "mean_green") - 0.5).abs() < 1e-12);
        assert!((of(&seen, "deviation_green") - 0.5).abs() < 1e-12);
        assert!((of(&seen, "mean_excess_green") - 1.0).abs() < 1e-12);
        assert_eq!((of(&seen, "mean_red"), of(&seen, "deviation_red")), (0.0, 0.0));
        assert!(of(&described(&image, [0.0, 0.0, 8.0, 8.0]), "mean_green").abs() < 1e-12);
    }

    #[test]
    fn a_dark_middle_is_seen_as_such() {
        let image = image(16, 16, 1, |x, y, _| {
            f64::from(u8::from(!((4..12).contains(&x) && (4..12).contains(&y))))
        });
        let seen = described(&image, [0.0, 0.0, 16.0, 16.0]);
        assert!((of(&seen, "mean_grey") - 0.75).abs() < 1e-12);
        assert!((of(&seen, "middle_grey") + 0.75).abs() < 1e-12);
        assert_eq!(of(&seen, "mean_red"), of(&seen, "mean_blue"), "grey has three equal colours");
    }

    #[test]
    fn gradients_have_directions_and_a_plain_window_has_none() {
        // Brighter to the right: direction 0 alone. Brighter downwards: the middle one of 8.
        let right = image(16, 16, 1, |x, _, _| f64::from(x) / 16.0);
        let down = image(16, 16, 1, |_, y, _| f64::from(y) / 16.0);
        for (image, direction) in [(right, 0), (down, 4)] {
            let seen = described(&image, [0.0, 0.0, 16.0, 16.0]);
            let share: f64 = ["upper_left", "upper_right", "lower_left", "lower_right"]
                .map(|cell| of(&seen, &format!("gradient_{cell}_{direction}")))
                .iter()
                .sum();
            assert!((share - 1.0).abs() < 1e-9, "{share}");
            assert!(of(&seen, "gradient_length") > 0.05);
        }
        let plain = described(&image(16, 16, 1, |_, _, _| 0.3), [0.0, 0.0, 16.0, 16.0]);
        assert!(
            plain
                .iter()
                .filter(|(name, _)| name.starts_with("gradient"))
                .all(|(_, x)| x.abs() < 1e-9)
        );
    }

    #[test]
    fn a_window_shows_the_same_wherever_it_lies() {
        let pattern = |x: u32, y: u32| f64::from((7 * x * x + 3 * y + x * y) % 11) / 10.0;
        let image = image(40, 40, 3, |x, y, c| pattern(x % 20, y % 20) * (1.0 - 0.2 * c as f64));
        let (one, other) = (
            described(&image, [2.0, 2.0, 14.0, 12.0]),
            described(&image, [22.0, 22.0, 34.0, 32.0]),
        );
        for ((name, a), (_, b)) in one.iter().zip(&other) {
            // Differences of sums of lengths round apart.
            assert!((a - b).abs() < 1e-9, "{name}: {a}, not {b}");
        }
    }

    #[test]
    fn shape_is_said_by_side_and_aspect() {
        let seen = described(&image(40, 40, 1, |_, _, _| 0.5), [0.0, 0.0, 32.0, 8.0]);
        assert!((of(&seen, "ln_side") - libm::log(16.0)).abs() < 1e-12);
        assert!((of(&seen, "ln_aspect") - libm::log(4.0)).abs() < 1e-12);
    }
}
