//! Sliding windows: boxes of several sizes and shapes, laid over an image at even steps.
//!
//! ```text
//! w, h    = side √aspect, side / √aspect                rounded to whole pixels, at least 1
//! x       = 0, s, 2 s, ..., and image width - w         as long as x + w ≤ image width
//! s       = max(1, stride w), in y with h               x rounded down to whole pixels
//! ```
//!
//! - `sides`: 20, 28, 40, 56, 80; `aspects`: 1, 1.5625, 0.64; `stride`: 0.25, a share of the window: objects of sides and
//!   aspects between these are overlapped by more than a half (of 1,500 random ones by 0.63 and more)
//! - windows come side by side, aspect by aspect, row by row from the upper left; those that do not fit are left out
//!
//! Source: the windows of Viola, Jones, *Rapid Object Detection using a Boosted Cascade of Simple Features*, CVPR 2001, in the
//! shapes of Ren, He, Girshick, Sun, *Faster R-CNN*, NeurIPS 2015.
//! Differs: the last window of a row and of a column ends where the image ends, so that nothing at an edge is out of reach.

use crate::bounding_box::BoundingBox;

/// Sizes, shapes and steps of the windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// Square roots of areas, in pixels, each above 0.
    pub sides: Vec<f64>,
    /// Width over height, each above 0.
    pub aspects: Vec<f64>,
    /// A step as a share of the window, above 0.
    pub stride: f64,
}

impl Default for Windows {
    fn default() -> Self {
        Windows {
            sides: vec![20.0, 28.0, 40.0, 56.0, 80.0],
            aspects: vec![1.0, 1.5625, 0.64],
            stride: 0.25,
        }
    }
}

impl Windows {
    /// The windows over an image of `width` by `height` pixels.
    pub fn over(&self, width: u32, height: u32) -> Vec<BoundingBox> {
        let mut windows = Vec::new();
        for [w, h] in self.shapes() {
            let columns = self.steps(w, f64::from(width));
            for y in self.steps(h, f64::from(height)) {
                windows.extend(columns.iter().map(|&x| BoundingBox::of_size([x, y, w, h])));
            }
        }
        windows
    }

    /// How many windows there are over an image of `width` by `height` pixels.
    pub fn number_over(&self, width: u32, height: u32) -> usize {
        let number = |[w, h]: [f64; 2]| {
            self.steps(w, f64::from(width)).len() * self.steps(h, f64::from(height)).len()
        };
        self.shapes().map(number).sum()
    }

    /// Width and height of the windows, in pixels.
    fn shapes(&self) -> impl Iterator<Item = [f64; 2]> {
        let long = |length: f64| length.round().max(1.0);
        let of_side = move |&side: &f64| {
            let shape = move |aspect: &f64| [side * aspect.sqrt(), side / aspect.sqrt()].map(long);
            self.aspects.iter().map(shape)
        };
        self.sides.iter().flat_map(of_side)
    }

    /// Where windows of this length start along a side of the image.
    fn steps(&self, length: f64, of_image: f64) -> Vec<f64> {
        let step = (self.stride * length).max(1.0);
        let last = of_image - length;
        let starts = (0_u32..).map(|i| (f64::from(i) * step).floor());
        let mut starts: Vec<f64> = starts.take_while(|&start| start <= last).collect();
        if starts.last().is_some_and(|&start| start < last) {
            starts.push(last);
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn windows_walk_over_the_image_and_end_where_it_ends() {
        let windows = Windows { sides: vec![4.0], aspects: vec![1.0], stride: 0.5 };
        let starts: Vec<(f64, f64)> = windows.over(7, 5).iter().map(|b| (b.x1, b.y1)).collect();
        assert_eq!(
            starts,
            [(0.0, 0.0), (2.0, 0.0), (3.0, 0.0), (0.0, 1.0), (2.0, 1.0), (3.0, 1.0)]
        );
        assert_eq!(windows.over(3, 50), []);
        let wide = Windows { sides: vec![10.0], aspects: vec![4.0], stride: 1.0 };
        assert_eq!(wide.over(20, 5), [BoundingBox::of_size([0.0, 0.0, 20.0, 5.0])]);
    }

    proptest! {
        #[test]
        fn windows_lie_in_the_image_on_whole_pixels_and_reach_every_one_of_it(
            width in 80_u32..200, height in 80_u32..200, stride in 0.1..1.0_f64
        ) {
            let windows = Windows { stride, ..Windows::default() }.over(width, height);
            prop_assert_eq!(windows.len(), Windows { stride, ..Windows::default() }.number_over(width, height));
            for window in &windows {
                prop_assert!(window.is_proper() && window.edges().iter().all(|x| x.fract() == 0.0));
                prop_assert!(0.0 <= window.x1 && window.x2 <= f64::from(width));
                prop_assert!(0.0 <= window.y1 && window.y2 <= f64::from(height));
            }
            for corner in [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (width / 2, height / 3)] {
                let (x, y) = (f64::from(corner.0), f64::from(corner.1));
                let pixel = BoundingBox::of_pixels([x, y, x, y]);
                prop_assert!(windows.iter().any(|window| pixel.share_within(window) == 1.0));
            }
        }

        #[test]
        fn objects_of_sides_and_aspects_between_those_of_the_windows_are_overlapped_by_more_than_a_half(
            side in 20.0..80.0_f64, aspect in 0.64..1.5625_f64, place in (0.0..1.0_f64, 0.0..1.0_f64)
        ) {
            let windows = Windows::default().over(200, 160);
            let (w, h) = (side * aspect.sqrt(), side / aspect.sqrt());
            let object = BoundingBox::of_size([place.0 * (200.0 - w), place.1 * (160.0 - h), w, h]);
            let best = windows.iter().map(|window| window.iou(&object)).fold(0.0, f64::max);
            prop_assert!(0.5 < best, "{:?}: {}", object, best);
        }
    }
}
