//! The losses of boxes: they are no losses of classes, and so their slopes, their stability and their precision are
//! checked here.

use methods::losses::PerExample;
use methods::losses::proposals::{BoxBatch, BoxLoss, BoxLossSpec};
use nn::{Matrix, Real};
use strum::IntoEnumIterator;

use crate::OURS;
use crate::batches::streams;
use crate::finding::{Finding, Proof};

/// Predictions and the label weight of each coordinate; the targets are 0, as only differences count.
#[derive(Clone)]
struct Boxes {
    predictions: Matrix<f64>,
    label_weights: Matrix<f64>,
}

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    let random = random();
    for spec in BoxLossSpec::iter().filter(|spec| wanted(spec.name())) {
        found(slopes(&spec, &random));
        found(stability(&spec));
        found(precision(&spec, &random));
    }
}

/// Errors about as large as the `μ` of GHM-R, larger and smaller; every fifth coordinate is left out, others count twice.
fn random() -> Vec<Boxes> {
    let mut stream = streams().stream("boxes");
    let mut boxes = |spread: f64| Boxes {
        predictions: Matrix::from_values(4, (0..48).map(|_| spread * stream.normal()).collect()),
        label_weights: Matrix::from_values(
            4,
            (0..48).map(|i| [0.0, 1.0, 2.0, 1.0, 0.5][i % 5]).collect(),
        ),
    };
    [1.0, 0.03, 0.002].map(&mut boxes).to_vec()
}

impl Boxes {
    /// The mean loss and its gradient.
    fn evaluate<T: Real>(&self, loss: &mut dyn BoxLoss<T>) -> (T, Matrix<T>) {
        let real = |matrix: &Matrix<f64>| {
            let values = matrix.values().iter().map(|&x| T::of(x)).collect();
            Matrix::from_values(4, values)
        };
        let (predictions, label_weights) = (real(&self.predictions), real(&self.label_weights));
        let targets = Matrix::zeros(predictions.n_rows(), 4);
        let batch = BoxBatch {
            predictions: &predictions,
            targets: &targets,
            label_weights: &label_weights,
        };
        let mut out = PerExample::default();
        loss.evaluate(&batch, &mut out);
        let mass: T = out.mass.iter().copied().sum();
        let share = if mass == T::ZERO { T::ZERO } else { T::ONE / mass };
        out.weigh(&vec![share; out.losses.len()]);
        (out.losses.iter().copied().sum::<T>() * share, out.gradient)
    }
}

fn slopes(spec: &BoxLossSpec, random: &[Boxes]) -> Finding {
    const H: f64 = 1e-6;
    let (against, allowed) = ("central differences", "1e-7 (1 + |slope|)");
    let mut finding = Finding::new(spec.name(), Proof::Slopes, against, allowed);
    for boxes in random {
        let (_, gradient) = boxes.evaluate::<f64>(spec.build().as_mut());
        for (at, &slope) in gradient.values().iter().enumerate() {
            let moved = |step: f64| {
                let mut boxes = boxes.clone();
                boxes.predictions.values_mut()[at] += step;
                boxes.evaluate::<f64>(spec.build().as_mut()).0
            };
            let difference = (moved(H) - moved(-H)) / (2.0 * H);
            let what = || format!("slope {at}");
            finding.compare(&what, slope, difference, 1e-7 * (1.0 + difference.abs()));
        }
    }
    finding
}

/// No error and errors of any size, some of them or all left out, in one batch after another.
fn stability(spec: &BoxLossSpec) -> Finding {
    let mut finding = Finding::new(spec.name(), Proof::Stability, "|error| up to 1e4", "finite");
    let (mut double, mut single) = (spec.build(), spec.build());
    for size in [0.0, 1e-30, 1.0, 50.0, 1e4] {
        for label_weights in [[1.0; 4], [1.0, 0.0, 0.0, 3.0], [0.0; 4]] {
            let boxes = Boxes {
                predictions: Matrix::from_rows(&[[size, -size, 0.0, size]]),
                label_weights: Matrix::from_rows(&[label_weights]),
            };
            let (loss, slopes) = boxes.evaluate::<f64>(double.as_mut());
            let (loss_in_32_bits, slopes_in_32_bits) = boxes.evaluate::<f32>(single.as_mut());
            let slopes_in_32_bits = slopes_in_32_bits.values().iter().map(|x| x.to_f64());
            let numbers = slopes.values().iter().copied().chain(slopes_in_32_bits);
            for x in numbers.chain([loss, loss_in_32_bits.to_f64()]) {
                let what = || format!("{x} at errors of ±{size:e}, weights {label_weights:?}");
                finding.require(&what, x.is_finite());
            }
        }
    }
    finding
}

fn precision(spec: &BoxLossSpec, random: &[Boxes]) -> Finding {
    let allowed = format!("{OURS} ulp of the largest of the batch");
    let mut finding = Finding::new(spec.name(), Proof::Precision, "64 bits", &allowed);
    for boxes in random {
        let mut boxes = boxes.clone();
        // What both see is what 32 bits hold.
        boxes.predictions.values_mut().iter_mut().for_each(|x| *x = f64::from(*x as f32));
        let (loss, slopes) = boxes.evaluate::<f64>(spec.build().as_mut());
        let (single_loss, single_slopes) = boxes.evaluate::<f32>(spec.build().as_mut());
        let ulps = |largest: f64| OURS * f64::from(f32::EPSILON) * largest;
        finding.compare(&|| "loss".to_owned(), single_loss.to_f64(), loss, ulps(loss));
        let largest = slopes.values().iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        for (at, (&single, &double)) in
            single_slopes.values().iter().zip(slopes.values()).enumerate()
        {
            finding.compare(&|| format!("slope {at}"), single.to_f64(), double, ulps(largest));
        }
    }
    finding
}
