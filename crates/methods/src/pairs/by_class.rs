//! Where the references of each class lie: anchors of one class have the same pairs but for their own row, and those of other
//! classes are what lies between.

/// Positions among the references, class by class.
#[derive(Clone, Debug, Default)]
pub(super) struct ByClass {
    positions: Vec<Vec<u32>>,
}

impl ByClass {
    /// Becomes that of references of these classes, `[n_references]`.
    pub(super) fn fill(&mut self, targets: &[u32]) {
        self.positions.iter_mut().for_each(Vec::clear);
        for (j, &target) in targets.iter().enumerate() {
            let class = target as usize;
            if self.positions.len() <= class {
                self.positions.resize_with(class + 1, Vec::new);
            }
            self.positions[class].push(j as u32);
        }
    }

    /// Those of one class, in their order.
    pub(super) fn of(&self, target: u32) -> &[u32] {
        self.positions.get(target as usize).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_last_references() {
        let mut by_class = ByClass::default();
        by_class.fill(&[2, 0, 2, 5]);
        assert_eq!(
            [0, 1, 2, 5, 9].map(|y| by_class.of(y).to_vec()),
            [vec![1], vec![], vec![0, 2], vec![3], vec![]]
        );
        by_class.fill(&[1]);
        assert_eq!([1, 2].map(|y| by_class.of(y).to_vec()), [vec![0], vec![]]);
    }
}
