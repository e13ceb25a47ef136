//! Non-maximum suppression: of boxes that overlap, the best stays.
//!
//! ```text
//! from the best on:  j is left out if a better i that stays has its group and IoU(i, j) > overlap
//! ```
//!
//! - groups are left alone by each other: an image, or an image and a class
//! - at `overlap` 1 everything stays
//!
//! Boxes that stay lie in the cells of a grid which they reach into, so that a box is held against those near it alone: of
//! 10,000 that is a few thousandths of all pairs. What stays does not depend on the grid.
//!
//! Source: greedy suppression as in Girshick, Donahue, Darrell, Malik, CVPR 2014, and torchvision's `nms`.

use std::cmp::Ordering;

use crate::bounding_box::BoundingBox;

/// The positions of the boxes that stay, the best first; of equal scores the earlier is better, and one that is no number
/// is the worst.
pub fn suppress(bounds: &[BoundingBox], scores: &[f64], overlap: f64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    order.sort_by(|&a, &b| better(scores[a as usize], scores[b as usize]));
    Suppression::default().leave_out(&mut order, |_| (), |i| bounds[i as usize], overlap);
    order
}

fn better(a: f64, b: f64) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Non-maximum suppression with its workspace.
#[derive(Clone, Debug, Default)]
pub struct Suppression {
    /// Ranks, group by group, the best of each first.
    ranks: Vec<u32>,
    /// Of a group.
    bounds: Vec<BoundingBox>,
    grid: Grid,
    stays: Vec<bool>,
}

impl Suppression {
    /// Keeps of `order`, the best first, what no better one of its group overlaps by more than `overlap`.
    pub fn leave_out<G: Ord>(
        &mut self,
        order: &mut Vec<u32>,
        group: impl Fn(u32) -> G,
        bounds: impl Fn(u32) -> BoundingBox,
        overlap: f64,
    ) {
        let Suppression { ranks, bounds: of_group, grid, stays } = self;
        ranks.clear();
        ranks.extend(0..order.len() as u32);
        let group_of = |rank: u32| group(order[rank as usize]);
        ranks.sort_by_key(|&rank| group_of(rank));
        stays.clear();
        stays.resize(order.len(), true);
        for ranks in ranks.chunk_by(|&a, &b| group_of(a) == group_of(b)) {
            of_group.clear();
            of_group.extend(ranks.iter().map(|&rank| bounds(order[rank as usize])));
            grid.lay_out(of_group);
            for (&rank, bounds) in ranks.iter().zip(&*of_group) {
                stays[rank as usize] = grid.put(bounds, overlap);
            }
        }
        let mut stays = stays.iter();
        order.retain(|_| stays.next() == Some(&true));
    }
}

/// The boxes that stay, by the cells that they reach into.
#[derive(Clone, Debug, Default)]
struct Grid {
    x: Axis,
    y: Axis,
    /// Row after row; those behind `x.n * y.n` are left over from larger grids.
    cells: Vec<Vec<Kept>>,
}

/// A box that stays.
#[derive(Clone, Copy, Debug)]
struct Kept {
    bounds: BoundingBox,
    area: f64,
}

impl Kept {
    /// Whether `bounds`, of this `area`, may overlap it by more than `least`. Boxes may be no numbers, and rounding may decide:
    /// it is there for speed, as it neither divides nor branches.
    #[inline]
    fn may_overlap(&self, bounds: &BoundingBox, area: f64, least: f64) -> bool {
        let larger = |a: f64, b: f64| if a < b { b } else { a };
        let smaller = |a: f64, b: f64| if a < b { a } else { b };
        let (a, b) = (&self.bounds, bounds);
        let width = larger(0.0, smaller(a.x2, b.x2) - larger(a.x1, b.x1));
        let height = larger(0.0, smaller(a.y2, b.y2) - larger(a.y1, b.y1));
        let both = width * height;
        least * (self.area + area - both) < both
    }
}

/// One side of a grid.
#[derive(Clone, Copy, Debug, Default)]
struct Axis {
    start: f64,
    /// Cells to a unit of length.
    density: f64,
    n: usize,
}

impl Axis {
    /// Cells about as long as the boxes are on average, and no more to a side than all boxes would fill a square of.
    fn of(sides: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let n = sides.clone().count() as f64;
        let start = sides.clone().map(|(from, _)| from).fold(f64::INFINITY, f64::min);
        let end = sides.clone().map(|(_, to)| to).fold(f64::NEG_INFINITY, f64::max);
        let mean = sides.map(|(from, to)| (to - from).max(0.0)).sum::<f64>() / n;
        // What is no number, as of a box without an end, becomes one cell.
        let cells = ((end - start) / mean).min(n.sqrt()).max(1.0).floor();
        let density = cells / (end - start);
        if density.is_finite() {
            Axis { start, density, n: cells as usize }
        } else {
            Axis { start: 0.0, density: 0.0, n: 1 }
        }
    }

    fn cell(&self, at: f64) -> usize {
        (((at - self.start) * self.density) as usize).min(self.n - 1)
    }
}

impl Grid {
    /// Becomes empty, for boxes such as `bounds`.
    fn lay_out(&mut self, bounds: &[BoundingBox]) {
        self.x = Axis::of(bounds.iter().map(|b| (b.x1, b.x2)));
        self.y = Axis::of(bounds.iter().map(|b| (b.y1, b.y2)));
        let n_cells = self.x.n * self.y.n;
        if self.cells.len() < n_cells {
            self.cells.resize_with(n_cells, Vec::new);
        }
        self.cells[..n_cells].iter_mut().for_each(Vec::clear);
    }

    /// Takes in a box, unless one that is in overlaps it by more than `overlap`; whether it was taken in.
    fn put(&mut self, bounds: &BoundingBox, overlap: f64) -> bool {
        if self.hides(bounds, overlap) {
            return false;
        }
        for cell in self.reach(bounds) {
            self.cells[cell].push(Kept { bounds: *bounds, area: bounds.area() });
        }
        true
    }

    fn hides(&self, bounds: &BoundingBox, overlap: f64) -> bool {
        // A little less, so that rounding decides nothing.
        let (area, least) = (bounds.area(), overlap * (1.0 - 1e-9));
        let hides = |kept: &Kept| {
            kept.may_overlap(bounds, area, least) && overlap < bounds.iou(&kept.bounds)
        };
        let hidden_in = |cell: usize| self.cells[cell].iter().any(hides);
        // Boxes that overlap by more than a half share more than half of the width and of the height of each, and so its
        // centre. The rest of a tenth is for rounding.
        if 0.6 <= overlap {
            let (x, y) = bounds.centre();
            hidden_in(self.y.cell(y) * self.x.n + self.x.cell(x))
        } else {
            self.reach(bounds).any(hidden_in)
        }
    }

    /// The cells that a box reaches into.
    fn reach(&self, bounds: &BoundingBox) -> impl Iterator<Item = usize> + use<> {
        let n = self.x.n;
        let columns = self.x.cell(bounds.x1)..=self.x.cell(bounds.x2);
        let rows = self.y.cell(bounds.y1)..=self.y.cell(bounds.y2);
        rows.flat_map(move |row| columns.clone().map(move |column| row * n + column))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bounding_box::testing::boxes;

    /// The definition, pair by pair.
    fn by_definition(bounds: &[BoundingBox], scores: &[f64], overlap: f64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
        let mut kept: Vec<u32> = Vec::new();
        for j in order {
            let hides = |&i: &u32| overlap < bounds[i as usize].iou(&bounds[j as usize]);
            if !kept.iter().any(hides) {
                kept.push(j);
            }
        }
        kept
    }

    fn scores(n: usize) -> Vec<f64> {
        (0..n).map(|i| f64::from((i * 7 % 10) as u8)).collect()
    }

    proptest! {
        #[test]
        fn what_stays_is_what_the_definition_says(bounds in boxes(0..60), overlap in 0.0..1.0_f64) {
            let scores = scores(bounds.len());
            let expected = by_definition(&bounds, &scores, overlap);
            prop_assert_eq!(suppress(&bounds, &scores, overlap), expected);
        }

        #[test]
        fn thresholds_that_boxes_meet_exactly_leave_them_in(bounds in boxes(2..60), pair in (0_usize..60, 0_usize..60)) {
            let (n, scores) = (bounds.len(), scores(bounds.len()));
            let overlap = bounds[pair.0 % n].iou(&bounds[pair.1 % n]);
            prop_assert_eq!(suppress(&bounds, &scores, overlap), by_definition(&bounds, &scores, overlap));
        }

        #[test]
        fn at_an_overlap_of_1_everything_stays_in_the_order_of_its_score(bounds in boxes(0..60)) {
            let scores = scores(bounds.len());
            let mut order: Vec<u32> = (0..scores.len() as u32).collect();
            order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            prop_assert_eq!(suppress(&bounds, &scores, 1.0), order);
        }

        #[test]
        fn groups_leave_each_other_alone(bounds in boxes(0..60), n_groups in 1_u32..5) {
            let mut order: Vec<u32> = (0..bounds.len() as u32).collect();
            Suppression::default().leave_out(&mut order, |i| i % n_groups, |i| bounds[i as usize], 0.3);
            let mut apart: Vec<u32> = Vec::new();
            for group in 0..n_groups {
                let members: Vec<u32> = (0..bounds.len() as u32).filter(|i| i % n_groups == group).collect();
                let of_group: Vec<BoundingBox> = members.iter().map(|&i| bounds[i as usize]).collect();
                let kept = suppress(&of_group, &vec![0.0; of_group.len()], 0.3);
                apart.extend(kept.into_iter().map(|i| members[i as usize]));
            }
            apart.sort_unstable();
            prop_assert_eq!(order, apart);
        }
    }

    #[test]
    fn of_equal_boxes_one_stays_the_earlier_of_equal_scores() {
        let same = [BoundingBox::of_size([0.0, 0.0, 2.0, 2.0]); 4];
        assert_eq!(suppress(&same, &[0.5, 0.9, 0.9, f64::NAN], 0.9), [1]);
        assert_eq!(suppress(&same, &[f64::NAN, f64::NAN, 0.0, -1.0], 0.9), [2]);
    }

    #[test]
    fn what_is_no_box_hides_nothing_and_is_not_hidden() {
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        let bounds = [
            [0.0, 0.0, 9.0, 9.0],
            [9.0, 9.0, 0.0, 0.0],
            [nan; 4],
            [0.0, 0.0, infinity, 1.0],
            [0.0, 0.0, 9.0, 9.0],
        ];
        let bounds = bounds.map(BoundingBox::new);
        assert_eq!(suppress(&bounds, &[0.9, 0.8, 0.7, 0.6, 0.5], 0.5), [0, 1, 2, 3]);
        assert_eq!(suppress(&[], &[], 0.5), [0; 0]);
    }
}
