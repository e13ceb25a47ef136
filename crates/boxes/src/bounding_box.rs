//! A box with edges along the axes.
//!
//! ```text
//! |a|            = (x2 - x1) (y2 - y1)
//! |a ∩ b|        = max(0, min(x2, x2') - max(x1, x1')) max(0, min(y2, y2') - max(y1, y1'))
//! IoU(a, b)      = |a ∩ b| / (|a| + |b| - |a ∩ b|)
//! share within b = |a ∩ b| / |a|
//! ```
//!
//! A box whose second edge lies before its first, and one with a coordinate that is no number, has no area and overlaps
//! nothing.

/// A box with edges along the axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BoundingBox {
    /// Left edge.
    pub x1: f64,
    /// Upper edge.
    pub y1: f64,
    /// Right edge.
    pub x2: f64,
    /// Lower edge.
    pub y2: f64,
}

impl BoundingBox {
    /// From the edges `x1, y1, x2, y2`.
    pub const fn new([x1, y1, x2, y2]: [f64; 4]) -> Self {
        BoundingBox { x1, y1, x2, y2 }
    }

    /// From the first and the last pixels inside, `x1, y1, x2, y2`, as PASCAL VOC and py-faster-rcnn count: a box of one
    /// pixel has both edges alike, and is 1 wide.
    pub fn of_pixels([x1, y1, x2, y2]: [f64; 4]) -> Self {
        BoundingBox { x1, y1, x2: x2 + 1.0, y2: y2 + 1.0 }
    }

    /// From the upper left corner and the size, `x, y, width, height`, as COCO writes them.
    pub fn of_size([x, y, width, height]: [f64; 4]) -> Self {
        BoundingBox { x1: x, y1: y, x2: x + width, y2: y + height }
    }

    /// The edges `x1, y1, x2, y2`.
    pub fn edges(&self) -> [f64; 4] {
        [self.x1, self.y1, self.x2, self.y2]
    }

    /// Below 0 if the second edge lies before the first.
    pub fn width(&self) -> f64 {
        self.x2 - self.x1
    }

    /// Below 0 if the second edge lies before the first.
    pub fn height(&self) -> f64 {
        self.y2 - self.y1
    }

    /// The middle, x and y.
    pub fn centre(&self) -> (f64, f64) {
        (self.x1 + 0.5 * self.width(), self.y1 + 0.5 * self.height())
    }

    /// 0 if a second edge lies before its first, or a coordinate is no number.
    pub fn area(&self) -> f64 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    /// Whether every coordinate is finite and the box has an area.
    pub fn is_proper(&self) -> bool {
        self.edges().iter().all(|x| x.is_finite()) && 0.0 < self.width() && 0.0 < self.height()
    }

    /// The same, so much further to the right and down.
    pub fn moved_by(&self, dx: f64, dy: f64) -> Self {
        let BoundingBox { x1, y1, x2, y2 } = *self;
        BoundingBox { x1: x1 + dx, y1: y1 + dy, x2: x2 + dx, y2: y2 + dy }
    }

    /// What of it lies in an image of this size; no proper box where nothing does.
    #[must_use]
    pub fn cut_to(&self, width: f64, height: f64) -> Self {
        let [x1, x2] = [self.x1, self.x2].map(|x| x.clamp(0.0, width));
        let [y1, y2] = [self.y1, self.y2].map(|y| y.clamp(0.0, height));
        BoundingBox { x1, y1, x2, y2 }
    }

    /// The least box around both.
    #[must_use]
    pub fn around(&self, other: &BoundingBox) -> Self {
        BoundingBox {
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
            x2: self.x2.max(other.x2),
            y2: self.y2.max(other.y2),
        }
    }

    /// The area that is in both.
    pub fn intersection(&self, other: &BoundingBox) -> f64 {
        let side = |[a1, a2]: [f64; 2], [b1, b2]: [f64; 2]| {
            // A comparison with what is no number is false.
            if a1 < a2 && b1 < b2 { (a2.min(b2) - a1.max(b1)).max(0.0) } else { 0.0 }
        };
        side([self.x1, self.x2], [other.x1, other.x2])
            * side([self.y1, self.y2], [other.y1, other.y2])
    }

    /// Intersection over union, from 0, apart, to 1, the same box.
    pub fn iou(&self, other: &BoundingBox) -> f64 {
        let both = self.intersection(other);
        if 0.0 < both { both / (self.area() + other.area() - both) } else { 0.0 }
    }

    /// How much of this box lies in `other`, from 0 to 1.
    pub fn share_within(&self, other: &BoundingBox) -> f64 {
        let both = self.intersection(other);
        if 0.0 < both { both / self.area() } else { 0.0 }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Boxes to try things on.

    use proptest::prelude::*;

    use super::BoundingBox;

    /// Boxes that often overlap, some of them the same.
    pub(crate) fn boxes(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<BoundingBox>> {
        let one = (0_i8..40, 0_i8..40, 1_i8..20, 1_i8..20);
        let bounds = one.prop_map(|(x, y, w, h)| BoundingBox::of_size([x, y, w, h].map(f64::from)));
        prop::collection::vec(bounds, n)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::testing::boxes;
    use super::*;

    const UNIT: BoundingBox = BoundingBox::new([0.0, 0.0, 1.0, 1.0]);

    #[test]
    fn overlap_is_the_shared_area_over_the_area_of_either() {
        let half = BoundingBox::new([0.5, 0.0, 1.5, 1.0]);
        assert_eq!(UNIT.iou(&half), 0.5 / 1.5);
        assert_eq!(UNIT.share_within(&BoundingBox::new([0.0, 0.0, 9.0, 0.25])), 0.25);
        assert_eq!(UNIT.iou(&BoundingBox::new([1.0, 0.0, 2.0, 1.0])), 0.0, "edges have no area");
    }

    #[test]
    fn a_pixel_is_one_wide() {
        let pixel = BoundingBox::of_pixels([3.0, 4.0, 3.0, 4.0]);
        assert_eq!((pixel.area(), pixel.edges()), (1.0, [3.0, 4.0, 4.0, 5.0]));
        assert_eq!(BoundingBox::of_size([3.0, 4.0, 1.0, 1.0]), pixel);
    }

    #[test]
    fn what_lies_outside_an_image_is_cut_off() {
        let cut = |edges| BoundingBox::new(edges).cut_to(10.0, 5.0);
        assert_eq!(cut([-3.0, 1.0, 4.0, 9.0]).edges(), [0.0, 1.0, 4.0, 5.0]);
        assert!(!cut([12.0, 1.0, 14.0, 2.0]).is_proper() && !cut([f64::NAN; 4]).is_proper());
    }

    #[test]
    fn what_is_no_box_overlaps_nothing_and_has_no_area() {
        let nan = f64::NAN;
        for bounds in [[1.0, 0.0, 0.0, 1.0], [0.0, 0.0, nan, 1.0], [nan; 4], [0.5, 0.5, 0.5, 0.5]] {
            let bounds = BoundingBox::new(bounds);
            assert_eq!((bounds.area(), bounds.iou(&UNIT), UNIT.iou(&bounds)), (0.0, 0.0, 0.0));
            assert_eq!((bounds.iou(&bounds), bounds.share_within(&UNIT)), (0.0, 0.0));
            assert!(!bounds.is_proper());
        }
        assert!(UNIT.is_proper() && !BoundingBox::new([0.0, 0.0, f64::INFINITY, 1.0]).is_proper());
    }

    proptest! {
        #[test]
        fn overlap_is_symmetric_one_of_equals_and_never_above_the_share_within(pair in boxes(2..3)) {
            let (a, b) = (pair[0], pair[1]);
            prop_assert_eq!(a.iou(&b), b.iou(&a));
            prop_assert_eq!(a.iou(&a), 1.0);
            prop_assert!(a.iou(&b) <= a.share_within(&b) && a.share_within(&b) <= 1.0);
            prop_assert_eq!(a.iou(&b) == 1.0, a == b);
        }
    }
}
