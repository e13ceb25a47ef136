//! What was measured.

use serde::{Deserialize, Serialize};

use crate::class_scores::ClassScores;
use crate::metrics::Metric;
use crate::values::Values;

/// All metrics of one set of predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Every metric; `None` where it is undefined. One that did not exist when it was recorded is not there.
    pub values: Values,
    /// One entry a class; none where they were not read.
    pub classes: Vec<ClassScores>,
    /// What is known of classes that were not read.
    #[serde(skip)]
    brief: Option<ClassesBrief>,
}

/// What a comparison asks of the classes of a part: of a million records, all that is known of them would take a gigabyte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassesBrief {
    /// How many there are.
    pub n_classes: u32,
    /// Examples of the rarest.
    pub least_support: u32,
    /// The second of two: the positive class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<ClassCounts>,
}

/// What became of the examples of a class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCounts {
    /// Examples of the class.
    pub support: u32,
    /// Examples taken for this class; records of old did not have it.
    pub predicted: Option<u32>,
    /// Those of them that are of it; records of old did not have it.
    pub right: Option<u32>,
}

impl Evaluation {
    /// These metrics and classes.
    pub fn new(values: Values, classes: Vec<ClassScores>) -> Self {
        Evaluation { values, classes, brief: None }
    }

    /// These metrics, and as much of classes.
    pub fn in_brief(values: Values, classes: ClassesBrief) -> Self {
        Evaluation { values, classes: Vec::new(), brief: Some(classes) }
    }

    /// Forgets what is not in brief of the classes.
    pub fn make_brief(&mut self) {
        self.brief = Some(self.classes_brief());
        self.classes = Vec::new();
    }

    /// What is known of `metric`.
    pub fn reading(&self, metric: Metric) -> Reading {
        self.values.reading(metric)
    }

    /// The classes in brief, whether they were read or not.
    pub fn classes_brief(&self) -> ClassesBrief {
        self.brief.unwrap_or_else(|| ClassesBrief::of(&self.classes))
    }

    /// Whether examples were measured, and none of them is of some class.
    pub fn lacks_a_class(&self) -> bool {
        let ClassesBrief { n_classes, least_support, .. } = self.classes_brief();
        0 < n_classes && least_support == 0
    }
}

impl ClassesBrief {
    fn of(classes: &[ClassScores]) -> Self {
        let positive = match *classes {
            [_, ClassScores { support, predicted, right, .. }] => {
                Some(ClassCounts { support, predicted, right })
            }
            _ => None,
        };
        ClassesBrief {
            // A part has as many rows as fit into 32 bits.
            n_classes: u32::try_from(classes.len()).unwrap_or(u32::MAX),
            least_support: classes.iter().map(|class| class.support).min().unwrap_or_default(),
            positive,
        }
    }
}

/// What is known of a metric on some predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// It has this value.
    Value(f64),
    /// It means nothing on them.
    Undefined,
    /// They were recorded before there was what it takes.
    NotMeasured,
}

impl From<Option<f64>> for Reading {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Reading::Undefined, Reading::Value)
    }
}
