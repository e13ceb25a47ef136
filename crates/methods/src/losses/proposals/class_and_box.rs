//! A loss of proposals: the first columns of what a network says go to a loss of classes, the last to a loss of boxes.
//!
//! ```text
//! z_i   = [class logits | deltas]                              deltas: 4, or 4 for each class of objects
//! L     = Σ_i v_i C_i / Σ_i v_i m_i + Σ_i v_i B_i / Σ_i v_i m'_i
//! ℓ_i   = C_i + B_i                                            what miners rank by
//! ```
//!
//! - `C`, `m`: losses and masses of the loss of classes, over the classes of objects and the background
//! - `m`: where the loss of classes is shared among objects ([`Reduction::Objects`]), 0 of background, and `Σ_i v_i m_i` is taken
//!   for 1 where it is less, as in a batch without objects
//! - `B`, `m'`: those of the loss of boxes, at the four deltas of the row's class; 0 for the background
//! - `v`: what a selection keeps. Each loss keeps its own divisor, of what is kept ([`PerExample::settle`])
//!
//! Source: the two losses of Girshick, *Fast R-CNN*, ICCV 2015; their own divisors as in Li, Liu, Wang, *Gradient Harmonized
//! Single-stage Detector*, AAAI 2019.
//! Differs: a detector on sigmoids has no logit for the background; here a loss of sigmoids has one for each class of objects
//! and one for the background, but a single one where there is one class of objects.

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::Reduction;
use crate::losses::definition::{Epoch, Loss};
use crate::losses::per_example::{Batch, PerExample};
use crate::losses::proposals::box_loss::{BoxBatch, BoxLoss};
use crate::losses::proposals::regions::Regions;

/// Whether classes share their deltas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeltaColumns {
    /// Four for all classes.
    #[default]
    Shared,
    /// Four for each class of objects.
    PerClass,
}

impl DeltaColumns {
    /// Those that so many columns are. Of one class of objects both are the same.
    pub fn of(n_columns: usize) -> Self {
        if n_columns == 4 { DeltaColumns::Shared } else { DeltaColumns::PerClass }
    }

    /// How many columns they are.
    pub fn n_columns(self, n_classes: usize) -> usize {
        match self {
            DeltaColumns::Shared => 4,
            DeltaColumns::PerClass => 4 * n_classes,
        }
    }

    /// Where those of a class start.
    fn start(self, class: usize) -> usize {
        match self {
            DeltaColumns::Shared => 0,
            DeltaColumns::PerClass => 4 * class,
        }
    }
}

/// A loss of classes and one of boxes, with their workspace.
#[expect(missing_debug_implementations, reason = "losses are trait objects")]
pub struct Proposals<T> {
    classes: Box<dyn Loss<T>>,
    reduction: Reduction,
    boxes: Box<dyn BoxLoss<T>>,
    columns: DeltaColumns,
    logits: Matrix<T>,
    of_classes: PerExample<T>,
    /// `[n_rows, 4]` each.
    predictions: Matrix<T>,
    targets: Matrix<T>,
    label_weights: Matrix<T>,
    of_boxes: PerExample<T>,
}

impl<T: Real> Proposals<T> {
    /// Both losses over proposals, that of classes with its reduction.
    pub fn new(
        classes: Box<dyn Loss<T>>,
        reduction: Reduction,
        boxes: Box<dyn BoxLoss<T>>,
        columns: DeltaColumns,
    ) -> Self {
        Proposals {
            classes,
            reduction,
            boxes,
            columns,
            logits: Matrix::default(),
            of_classes: PerExample::default(),
            predictions: Matrix::default(),
            targets: Matrix::default(),
            label_weights: Matrix::default(),
            of_boxes: PerExample::default(),
        }
    }

    /// Takes the four deltas of each row out of its columns from `start` on.
    fn gather_deltas(&mut self, batch: &Batch<'_, T>, regions: &Regions, start: usize) {
        let n = batch.logits.n_rows();
        for matrix in [&mut self.predictions, &mut self.targets, &mut self.label_weights] {
            matrix.reshape(n, 4);
            matrix.values_mut().fill(T::ZERO);
        }
        for (i, (&target, &row)) in batch.targets.iter().zip(batch.rows).enumerate() {
            if let Some(class) = regions.object(target) {
                let from = start + self.columns.start(class);
                self.predictions.row_mut(i).copy_from_slice(&batch.logits.row(i)[from..from + 4]);
                let deltas = regions.deltas[row as usize].map(T::of);
                self.targets.row_mut(i).copy_from_slice(&deltas);
                self.label_weights.row_mut(i).fill(T::ONE);
            }
        }
    }
}

impl<T: Real> Loss<T> for Proposals<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.classes.begin_epoch(epoch);
    }

    /// # Panics
    /// If the batch does not know the regions of its rows.
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let regions = batch.regions.expect("a batch of proposals knows where they lie");
        let n = batch.logits.n_rows();
        let width = batch.logits.n_columns() - self.columns.n_columns(regions.n_classes);
        self.gather_deltas(batch, regions, width);
        let Proposals {
            classes,
            reduction,
            boxes,
            columns,
            logits,
            of_classes,
            predictions,
            targets,
            label_weights,
            of_boxes,
        } = self;
        logits.reshape(n, width);
        for (to, from) in logits.rows_mut().zip(batch.logits.rows()) {
            to.copy_from_slice(&from[..width]);
        }
        classes.evaluate(&Batch { logits, ..*batch }, of_classes);
        boxes.evaluate(&BoxBatch { predictions, targets, label_weights }, of_boxes);

        std::mem::swap(&mut out.losses, &mut of_classes.losses);
        std::mem::swap(&mut out.mass, &mut of_classes.mass);
        std::mem::swap(&mut out.hidden_gradient, &mut of_classes.hidden_gradient);
        out.losses.iter_mut().zip(&of_boxes.losses).for_each(|(loss, &of_box)| *loss += of_box);
        out.gradient.reshape(n, batch.logits.n_columns());
        let slopes = of_classes.gradient.rows().zip(of_boxes.gradient.rows());
        for ((row, (of_classes, of_box)), &target) in
            out.gradient.rows_mut().zip(slopes).zip(batch.targets)
        {
            let (classes, deltas) = row.split_at_mut(width);
            classes.copy_from_slice(of_classes);
            deltas.fill(T::ZERO);
            if let Some(class) = regions.object(target) {
                let start = columns.start(class);
                deltas[start..start + 4].copy_from_slice(of_box);
            }
        }
        out.least_divisor = T::ZERO;
        if *reduction == Reduction::Objects {
            out.least_divisor = T::ONE;
            let background = |target: &u32| regions.object(*target).is_none();
            let masses = out.mass.iter_mut().zip(batch.targets);
            masses.filter(|(_, target)| background(target)).for_each(|(m, _)| *m = T::ZERO);
        }
        out.aside.set(width, &of_boxes.losses, &of_boxes.mass);
    }
}
