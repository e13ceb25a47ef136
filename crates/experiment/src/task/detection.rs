//! Detection: a learner says of each proposal how sure each class is and where the object's box lies to it; what is left of that
//! after suppression is held against the objects of the images.
//!
//! ```text
//! outputs     [logits of the background and the K classes of objects | deltas]
//! scores      s_ik = the probability of class k as the loss reads its logits
//! detections  decoded, cut to the image, suppressed by image and class, the surest of each image: see evaluation's `Detecting`
//! ```
//!
//! - deltas are standardised by 0.1, 0.1, 0.2, 0.2, as in Fast R-CNN
//! - the validation part scores an epoch by a metric of its detections

use boxes::DeltaCoder;
use evaluation::Evaluation;
use evaluation::curves::Curves;
use evaluation::detection::{ClassDetection, Detecting, Detection as Found, Proposed};
use evaluation::detection::{evaluate, measure, score};
use methods::losses::Readout;
use methods::losses::proposals::DeltaColumns;
use methods::setting::ClassCounts;
use nn::Matrix;
use nn::range::{BelowOne, Fraction, NonNegative};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

use crate::audit::Audit;
use crate::learner::{Learner, Outputs};
use crate::placed::{Placed, PlacedPart};
use crate::prepare::{Examples, Prepared};
use crate::record::{Measured, digest};
use crate::spec::TrialSpec;
use crate::task::{Scored, Task};
use crate::trained::State;

/// Parameters of detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Detection {
    /// Whether classes share their deltas; default `shared`, or `per_class`.
    pub deltas: DeltaColumns,
    /// A detection is surer than that; default 0.05.
    pub least_score: BelowOne,
    /// Overlap above which the less sure of two detections of an image and a class is left out; default 0.3.
    pub overlap: Fraction,
    /// Detections of an image, at most; default 100.
    pub most: NonZeroUsize,
    /// False positives to an image, on average, at which recall is read; default 1.
    pub false_positives: NonNegative,
}

impl Default for Detection {
    fn default() -> Self {
        let Detecting { least_score, overlap, most, .. } = Detecting::default();
        Detection {
            deltas: DeltaColumns::Shared,
            least_score: BelowOne::new(least_score),
            overlap: Fraction::new(overlap),
            most: NonZeroUsize::new(most).expect("some stay"),
            false_positives: NonNegative::new(1.0),
        }
    }
}

impl Detection {
    /// Raised when what a detector learns from, or what is measured of it, changes.
    pub(crate) const VERSION: u32 = 2;

    /// How detections are made of what a network says.
    fn detecting(&self) -> Detecting {
        Detecting {
            least_score: self.least_score.get(),
            overlap: self.overlap.get(),
            most: self.most.get(),
            coder: DeltaCoder::default(),
        }
    }
}

/// The parts that are measured, and what was found in them.
pub(super) struct Detector<'a> {
    spec: &'a TrialSpec,
    parameters: &'a Detection,
    readout: Readout,
    extents: &'a [(f64, f64)],
    /// What the learner says of the validation part, round by round.
    outputs: Outputs,
    validation: Searched<'a>,
    test: Searched<'a>,
}

/// One part and what was found in it last.
struct Searched<'a> {
    examples: &'a Examples,
    places: &'a PlacedPart,
    /// Classes, the background first.
    n_classes: usize,
    /// The outputs as the precision that trains has them.
    said: Matrix<f32>,
    /// `[n_rows, n_classes]`.
    probabilities: Vec<f64>,
    /// The surest first.
    found: Vec<Found>,
}

impl<'a> Detector<'a> {
    /// `counts`: the classes as they are sampled in training.
    pub(super) fn new(
        spec: &'a TrialSpec,
        parameters: &'a Detection,
        parts: &'a Prepared,
        counts: &ClassCounts,
    ) -> Result<Self, String> {
        let no_places = || format!("the rows of {} are no proposals", spec.dataset.name);
        let placed: &Placed = parts.placed.as_ref().ok_or_else(no_places)?;
        let no_network = || "a detector is a network".to_owned();
        let network = spec.network().ok_or_else(no_network)?;
        let readout = network.readout(counts, placed.n_columns());
        let searched = |examples, places| Searched {
            examples,
            places,
            n_classes: parts.n_classes,
            said: Matrix::default(),
            probabilities: Vec::new(),
            found: Vec::new(),
        };
        Ok(Detector {
            spec,
            parameters,
            readout: readout.map_err(|error| error.to_string())?,
            extents: &placed.extents,
            outputs: Outputs::default(),
            validation: searched(&parts.validation, &placed.validation),
            test: searched(&parts.test, &placed.test),
        })
    }

    fn figures(&self, part: &Searched<'_>) -> Vec<ClassDetection> {
        let rates = [self.parameters.false_positives.get()];
        let PlacedPart { objects, n_images, .. } = part.places;
        measure(&part.found, objects, part.n_classes - 1, *n_images, &rates)
    }

    fn measured(&self, part: &Searched<'_>) -> Evaluation {
        evaluate(&self.figures(part), part.places.n_background as u32)
    }
}

impl Task for Detector<'_> {
    fn score(&mut self, learner: &mut dyn Learner) -> Result<Scored, String> {
        let mut value = None;
        if !self.validation.is_empty() {
            learner.outputs(self.validation.examples, &mut self.outputs)?;
            let Detector { parameters, readout, extents, outputs, validation, .. } = self;
            validation.search(outputs, readout, &parameters.detecting(), extents);
            value = score(self.spec.protocol.select_by, &self.figures(&self.validation));
        }
        Ok(Scored { value, recalls: Vec::new(), collapsed: None })
    }

    fn measure(&mut self, state: &State) -> Measured {
        let Detector { parameters, readout, extents, validation, test, .. } = self;
        let detecting = parameters.detecting();
        if !validation.is_empty() {
            validation.search(&state.validation, readout, &detecting, extents);
        }
        test.search(&state.test, readout, &detecting, extents);
        Measured {
            epoch: state.epoch,
            validation: (!self.validation.is_empty()).then(|| self.measured(&self.validation)),
            test: self.measured(&self.test),
            after_training: None,
            spread: None,
        }
    }

    fn digest(&self) -> String {
        let numbers = self.test.found.iter().flat_map(|found| {
            let [x1, y1, x2, y2] = found.bounds.edges();
            [f64::from(found.image), f64::from(found.class), x1, y1, x2, y2, found.score]
        });
        digest(numbers.map(f64::to_le_bytes))
    }

    fn curves(&self) -> Option<Curves> {
        None
    }

    fn note(&self, audit: &mut Audit) {
        audit.validation.clone_from(&self.validation.probabilities);
        audit.test.clone_from(&self.test.probabilities);
        audit.found = [&self.validation, &self.test].map(|part| part.found.clone());
    }
}

impl Searched<'_> {
    fn is_empty(&self) -> bool {
        self.examples.targets.is_empty()
    }

    /// Makes detections of what a learner says of the part.
    fn search(
        &mut self,
        outputs: &Outputs,
        readout: &Readout,
        detecting: &Detecting,
        extents: &[(f64, f64)],
    ) {
        let values = &outputs.values;
        self.said.reshape(values.n_rows(), values.n_columns());
        let said = self.said.values_mut().iter_mut().zip(values.values());
        said.for_each(|(said, &z)| *said = z as f32);
        self.probabilities.clear();
        readout.probabilities(&self.said, self.n_classes, &mut self.probabilities);
        let of_objects = self.probabilities.chunks(self.n_classes).flat_map(|row| &row[1..]);
        let scores: Vec<f64> = of_objects.copied().collect();
        let n_logits = values.n_columns() - readout.beside;
        let deltas: Vec<f64> = values.rows().flat_map(|row| &row[n_logits..]).copied().collect();
        self.found = detecting.detections(&Proposed {
            images: &self.places.images,
            bounds: &self.places.bounds,
            scores: &scores,
            deltas: &deltas,
            extents,
        });
    }
}
