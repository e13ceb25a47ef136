//! Whether embeddings have collapsed: how near the rows of every class are to one point for all.
//!
//! ```text
//! u_c   median of the rows of class c, number by number
//! u     median of the u_c, number by number, divided by its length
//! s     min_c median_{i in c} ⟨x_i, u⟩
//! ```
//!
//! - `s = 1` where half of the rows of every class, or more, are one point; whatever the others are, they move it as little as they
//!   move a median
//! - a class that is apart lowers `s`, however few rows it has: where 99 of 100 rows are of a class that has become a point, as it
//!   may in a training that succeeds, the mean cosine of all pairs is nearly 1 and says nothing
//! - between classes that are apart, the median is near none of them, or near one and far from another

use crate::retrieval::Embedded;
use crate::summary;

/// `s` of `items`, whose embeddings have length 1; `None` of a single class, and where one is no number.
pub fn sameness(items: Embedded<'_>) -> Option<f64> {
    let n_classes = items.targets.iter().max().map_or(0, |&last| last as usize + 1);
    let mut of_class = vec![Vec::new(); n_classes];
    for (row, &target) in items.rows().zip(items.targets) {
        of_class[target as usize].push(row);
    }
    of_class.retain(|rows| !rows.is_empty());
    if of_class.len() < 2 || !items.measurable() {
        return None;
    }
    let medians: Vec<Vec<f64>> = of_class.iter().map(|rows| middle(rows, items.width)).collect();
    let mut point = middle(&medians.iter().map(Vec::as_slice).collect::<Vec<_>>(), items.width);
    let length = dot(&point, &point).sqrt();
    if length == 0.0 {
        return Some(0.0);
    }
    point.iter_mut().for_each(|x| *x /= length);
    let of_rows = |rows: &Vec<&[f64]>| median(rows.iter().map(|row| dot(row, &point)).collect());
    of_class.iter().map(of_rows).reduce(f64::min)
}

/// The median of rows, number by number.
fn middle(rows: &[&[f64]], width: usize) -> Vec<f64> {
    (0..width).map(|k| median(rows.iter().map(|row| row[k]).collect())).collect()
}

/// Of one or more numbers.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    summary::median(&values).expect("a class has rows")
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(embeddings: &[[f64; 3]], targets: &[u32]) -> Option<f64> {
        sameness(Embedded { embeddings: embeddings.as_flattened(), width: 3, targets })
    }

    const HERE: [f64; 3] = [0.6, 0.8, 0.0];
    const THERE: [f64; 3] = [0.0, -0.6, 0.8];

    #[test]
    fn one_point_for_all_is_found_whatever_single_rows_are() {
        assert!((of(&[HERE; 5], &[0, 0, 1, 1, 2]).unwrap() - 1.0).abs() < 1e-15);
        // One row of 103, as a network of rectified units leaves it, and one of each class.
        let mut rows = vec![HERE; 103];
        let targets: Vec<u32> = (0..103).map(|i| i % 10).collect();
        rows[17] = THERE;
        assert!((of(&rows, &targets).unwrap() - 1.0).abs() < 1e-15);
        (0..10).for_each(|class| rows[class] = THERE);
        assert!((of(&rows, &targets).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_class_of_its_own_is_no_collapse_however_few_rows_it_has() {
        let mut rows = vec![HERE; 1000];
        let mut targets = vec![0; 1000];
        rows.push(THERE);
        targets.push(1);
        assert!(of(&rows, &targets).unwrap() < 0.9);
        // Of three classes, two are one point.
        assert!(of(&[HERE, HERE, THERE], &[0, 1, 2]).unwrap() < 0.0);
    }

    #[test]
    fn what_spreads_within_its_classes_has_not_collapsed() {
        let tilted = |angle: f64| [libm::cos(angle), libm::sin(angle), 0.0];
        let rows: Vec<[f64; 3]> = (0..20).map(|i| tilted(0.1 * f64::from(i % 10))).collect();
        let targets: Vec<u32> = (0..20).map(|i| i / 10).collect();
        assert!(of(&rows, &targets).unwrap() < 0.99);
    }

    #[test]
    fn opposite_points_have_no_middle() {
        let opposite = HERE.map(|x| -x);
        assert_eq!(of(&[HERE, opposite], &[0, 1]), Some(0.0));
    }

    #[test]
    fn a_single_class_and_what_is_no_number_are_not_measured() {
        assert_eq!(of(&[HERE, HERE], &[1, 1]), None);
        assert_eq!(of(&[HERE, [f64::NAN, 0.0, 0.0]], &[0, 1]), None);
        assert_eq!(of(&[], &[]), None);
    }
}
