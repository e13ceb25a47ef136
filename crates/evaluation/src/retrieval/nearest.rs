//! The nearest items of a query.

use crate::retrieval::Embedded;

/// Finds the nearest, with its workspace.
pub(super) struct Finder<'a> {
    targets: &'a [u32],
    /// `[width, n_items]`: distances to all items are summed side by side.
    columns: Vec<f64>,
    squares: Vec<f64>,
    order: Vec<u32>,
    found: Vec<u32>,
}

impl<'a> Finder<'a> {
    /// Among `items`.
    pub(super) fn of(items: Embedded<'a>) -> Self {
        let n = items.targets.len();
        let mut columns = vec![0.0; items.embeddings.len()];
        for (i, row) in items.rows().enumerate() {
            row.iter().enumerate().for_each(|(k, &x)| columns[k * n + i] = x);
        }
        Finder {
            targets: items.targets,
            columns,
            squares: vec![0.0; n],
            order: Vec::with_capacity(n),
            found: Vec::new(),
        }
    }

    /// The classes of the `k` items that are nearest to `query`, the nearest first, of equals the first; not of the item `own`.
    pub(super) fn nearest(&mut self, query: &[f64], own: Option<usize>, k: usize) -> &[u32] {
        let Finder { targets, columns, squares, order, found } = self;
        squares.fill(0.0);
        for (column, &q) in columns.chunks_exact(targets.len()).zip(query) {
            for (square, &x) in squares.iter_mut().zip(column) {
                *square += (x - q) * (x - q);
            }
        }
        order.clear();
        order.extend((0..targets.len() as u32).filter(|&j| own != Some(j as usize)));
        let nearer =
            |a: &u32, b: &u32| squares[*a as usize].total_cmp(&squares[*b as usize]).then(a.cmp(b));
        if k < order.len() {
            order.select_nth_unstable_by(k, nearer);
            order.truncate(k);
        }
        order.sort_unstable_by(nearer);
        found.clear();
        found.extend(order.iter().map(|&j| targets[j as usize]));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equals_the_first_is_found_first() {
        let embeddings = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0];
        let items = Embedded { embeddings: &embeddings, width: 2, targets: &[0, 1, 2, 3] };
        let mut finder = Finder::of(items);
        assert_eq!(finder.nearest(&[0.0, 0.0], None, 3), [3, 0, 1]);
        assert_eq!(finder.nearest(&[0.0, 0.0], Some(3), 9), [0, 1, 2]);
        assert_eq!(finder.nearest(&[0.1, 0.0], Some(0), 1), [3]);
    }
}
