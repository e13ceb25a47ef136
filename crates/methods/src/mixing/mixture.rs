//! What the examples of a batch are blended with, and what a loss says of them then.

use nn::Real;

use crate::losses::PerExample;

/// The second label of each example, and how much the first counts; empty where examples are as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mixture<T> {
    /// The class of each example's partner, `[n_examples]`.
    partners: Vec<u32>,
    /// Share of each example's own label, from 0 to 1, `[n_examples]`.
    own: Vec<T>,
}

impl<T: Real> Mixture<T> {
    /// Nothing is blended.
    pub fn clear(&mut self) {
        self.partners.clear();
        self.own.clear();
    }

    /// The class of each example's partner, and the share of its own label.
    pub fn fill(&mut self, labels: impl Iterator<Item = (u32, T)>) {
        self.clear();
        for (partner, own) in labels {
            self.partners.push(partner);
            self.own.push(own);
        }
    }

    /// Share of each example's own label, `[n_examples]`; empty where nothing is blended.
    pub fn own_shares(&self) -> &[T] {
        &self.own
    }

    /// Fills `out` with what `evaluate` says of a batch with classes `targets`, blended with what it says of the partners'
    /// classes:
    ///
    /// ```text
    /// ℓ̃_i = λ_i ℓ(z_i, y_i) + (1 - λ_i) ℓ(z_i, y'_i)
    /// ```
    ///
    /// and its slopes and masses alike. A side whose share is 0 is not looked at, whatever it is. `other` is a workspace.
    pub fn evaluate(
        &self,
        targets: &[u32],
        [out, other]: [&mut PerExample<T>; 2],
        mut evaluate: impl FnMut(&[u32], &mut PerExample<T>),
    ) {
        evaluate(targets, out);
        if !self.partners.is_empty() {
            evaluate(&self.partners, other);
            out.blend(other, &self.own);
        }
    }
}
