//! A calibration, fitted: what is done to probabilities.

use serde::{Deserialize, Serialize};

use crate::calibration::isotonic::Curve;
use crate::calibration::platt::Sigmoid;
use crate::calibration::temperature;
use crate::judged::{Judged, renormalise};

/// What is done to probabilities. Of two classes the second is mapped, and the first has the rest; of more each is mapped
/// and all are renormalised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// Their logarithms are divided by it.
    Temperature(f64),
    /// Their logits go through sigmoids: one of two classes, else `[n_classes]`; `None` of a class that was not there.
    Platt(Vec<Option<Sigmoid>>),
    /// They go through curves: one of two classes, else `[n_classes]`; `None` of a class that was not there.
    Isotonic(Vec<Option<Curve>>),
}

impl Calibrator {
    /// Changes `probabilities`, `[n_examples, n_classes]`.
    pub fn apply(&self, probabilities: &mut [f64], n_classes: usize) {
        match self {
            Calibrator::Temperature(temperature) => {
                temperature::apply(probabilities, n_classes, *temperature);
            }
            Calibrator::Platt(sigmoids) => {
                map_each(probabilities, n_classes, sigmoids, Sigmoid::at);
            }
            Calibrator::Isotonic(curves) => map_each(probabilities, n_classes, curves, Curve::at),
        }
    }
}

/// A map for each class against the rest, by `fit` to its probabilities and whether it is the true class; of two classes
/// for the second alone. `None` for a class of which there is no example.
pub(crate) fn one_against_rest<M>(
    validation: &Judged<'_>,
    fit: impl Fn(&[(f64, bool)]) -> M,
) -> Vec<Option<M>> {
    let classes = if validation.n_classes == 2 { 1..2 } else { 0..validation.n_classes };
    let of = |class| validation.has(class).then(|| fit(&validation.against_rest(class)));
    classes.map(of).collect()
}

/// Maps each class; the probability of one without a map stays, until all are renormalised.
fn map_each<M>(
    probabilities: &mut [f64],
    n_classes: usize,
    maps: &[Option<M>],
    at: impl Fn(&M, f64) -> f64,
) {
    for row in probabilities.chunks_exact_mut(n_classes.max(1)) {
        if let ([map], [first, second]) = (maps, &mut *row) {
            *second = map.as_ref().map_or(*second, |map| at(map, *second));
            *first = 1.0 - *second;
        } else {
            let mapped = row.iter_mut().zip(maps);
            mapped.for_each(|(p, map)| *p = map.as_ref().map_or(*p, |map| at(map, *p)));
        }
    }
    if maps.len() == n_classes {
        renormalise(probabilities, n_classes);
    }
}
