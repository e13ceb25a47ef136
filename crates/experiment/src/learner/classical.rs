//! Classical learners: they have learnt when they are built.

use baselines::{BaselineSpec, Classifier};
use methods::losses::Epoch;
use methods::sampling::{Batches, Pool};
use methods::setting::Setting;
use nn::Matrix;

use crate::audit::Audit;
use crate::learner::{Learner, Learnt, Outputs};
use crate::prepare::Examples;

/// A fitted classical learner.
pub(crate) struct Fitted {
    classifier: Classifier,
    n_classes: usize,
}

/// Fits `learner` to the rows of the first epoch.
pub(crate) fn fit(
    learner: &BaselineSpec,
    learnt: Learnt<'_>,
    setting: &Setting<'_>,
    audit: Option<&mut Audit>,
) -> Result<Fitted, String> {
    let Learnt { train: rows, mut sampling, parts, .. } = learnt;
    let n_train = rows.targets.len();
    let mut batches = Batches::new(usize::MAX);
    // It has no course: what changes along one stands in its middle.
    sampling.epoch(&Epoch::at(0.5), &Pool::full(n_train), &mut batches);
    let mut order = batches.rows;
    order.sort_unstable();
    if let Some(audit) = audit {
        audit.note_batch(0, &order, vec![1.0 / order.len().max(1) as f32; order.len()]);
    }
    let mut train = Examples::default();
    train.gather(rows, &order);
    let examples = baselines::TrainingSet {
        n_features: parts.n_features,
        features: &widened(&train.features),
        targets: &train.targets,
        n_classes: parts.n_classes,
        seed: setting.streams.stream("learner").bits(),
    };
    let classifier = learner.fit(&examples).map_err(|error| error.to_string())?;
    Ok(Fitted { classifier, n_classes: parts.n_classes })
}

fn widened(features: &Matrix<f32>) -> Vec<f64> {
    features.values().iter().map(|&x| f64::from(x)).collect()
}

impl Learner for Fitted {
    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        let probabilities = self.classifier.probabilities(&widened(&part.features));
        let probabilities = probabilities.map_err(|error| error.to_string())?;
        out.values = Matrix::from_values(self.n_classes, probabilities);
        Ok(())
    }

    fn converged(&self) -> Option<bool> {
        self.classifier.converged()
    }
}
