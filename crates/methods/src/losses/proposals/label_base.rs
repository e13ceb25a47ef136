//! What a class label of a detector means. There are two ways of counting, and -1 leaves a proposal out in both.

use nn::{Matrix, Real};

use crate::MethodError;

/// Where the background stands among the labels: which column of the one-hot labels a label sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelBase {
    /// 0 is the background, class `k` is `k + 1`: the authors' code.
    OneBasedBackgroundFirst,
    /// Class `k` is `k`, and the number of classes is the background: later versions of mmdetection.
    ZeroBasedBackgroundLast,
}

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// -1: neither learnt from nor counted.
    LeftOut,
    /// No object.
    Background,
    /// An object of this class, from 0.
    Object(usize),
}

impl LabelBase {
    /// What `label` says of one of `n_classes` classes of objects; `None` if it is neither -1, nor the background, nor a class.
    pub fn read(self, label: i64, n_classes: usize) -> Option<Label> {
        if label == -1 {
            return Some(Label::LeftOut);
        }
        let place = usize::try_from(label).ok().filter(|&label| label <= n_classes)?;
        Some(match self {
            LabelBase::OneBasedBackgroundFirst => {
                place.checked_sub(1).map_or(Label::Background, Label::Object)
            }
            LabelBase::ZeroBasedBackgroundLast if place == n_classes => Label::Background,
            LabelBase::ZeroBasedBackgroundLast => Label::Object(place),
        })
    }

    /// The label of the background.
    pub fn background(self, n_classes: usize) -> u32 {
        match self {
            LabelBase::OneBasedBackgroundFirst => 0,
            LabelBase::ZeroBasedBackgroundLast => n_classes as u32,
        }
    }

    /// Labels and label weights of the elements, both `[n_examples, n_classes]`: labels are one-hot, or all 0
    /// for the background; label weights are 1, or all 0 for the label -1, which leaves an example out.
    ///
    /// # Errors
    /// If a label is neither -1, nor the background, nor a class.
    pub fn expand<T: Real>(
        self,
        labels: &[i64],
        n_classes: usize,
    ) -> Result<(Matrix<T>, Matrix<T>), MethodError> {
        let mut one_hot = Matrix::zeros(labels.len(), n_classes);
        let mut weights = Matrix::zeros(labels.len(), n_classes);
        let rows = one_hot.rows_mut().zip(weights.rows_mut());
        for (example, ((row, weights), &label)) in rows.zip(labels).enumerate() {
            let read = self.read(label, n_classes);
            let read = read.ok_or(MethodError::LabelOutOfRange { label, example, n_classes })?;
            if let Label::Object(class) = read {
                row[class] = T::ONE;
            }
            if read != Label::LeftOut {
                weights.fill(T::ONE);
            }
        }
        Ok((one_hot, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_first_or_last_and_minus_1_is_left_out_by_both() {
        let read = |base: LabelBase| [-1, 0, 1, 2, 3].map(|label| base.read(label, 2));
        let (left_out, background) = (Some(Label::LeftOut), Some(Label::Background));
        let object = |class| Some(Label::Object(class));
        let (first, last) =
            (LabelBase::OneBasedBackgroundFirst, LabelBase::ZeroBasedBackgroundLast);
        assert_eq!(read(first), [left_out, background, object(0), object(1), None]);
        assert_eq!(read(last), [left_out, object(0), object(1), background, None]);
        assert_eq!((first.read(-2, 2), last.read(-2, 2)), (None, None));
        assert_eq!((first.background(2), last.background(2)), (0, 2));
    }
}
