//! The course of training, and what is left of it where the rest is not read.

use std::fmt;

use evaluation::summary::mean;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The course of training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Weighted training loss of each epoch, the mean over its steps; `None` where it is not finite, or no step was taken.
    pub loss: Vec<Option<f32>>,
    /// The selection metric on validation after each epoch, where it is defined: of the classes that the part has, if
    /// these are at least two.
    pub validation: Vec<Option<f64>>,
    /// How near what a memory held was, over each epoch, to what had become of it: the mean cosine of the embedding of a row
    /// and of what was remembered of it; `None` where no row came back. Empty without a memory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Option<f32>>,
    /// What is known of a course that was not read: then the others are empty.
    #[serde(skip)]
    pub brief: Option<CourseInBrief>,
}

impl History {
    /// How many epochs were validated, and how many of them have a value.
    pub fn validated(&self) -> Validated {
        self.brief.map_or_else(
            || Validated {
                epochs: self.validation.len(),
                defined: self.validation.iter().flatten().count(),
            },
            |brief| brief.validated,
        )
    }

    /// The mean of [`History::drift`] over the epochs in which rows came back; `None` where none did.
    pub fn mean_drift(&self) -> Option<f64> {
        self.brief.map_or_else(|| mean_of(&self.drift), |brief| brief.mean_drift)
    }
}

fn mean_of(drift: &[Option<f32>]) -> Option<f64> {
    mean(drift.iter().flatten().map(|&cosine| f64::from(cosine)))
}

/// What is known of a course that was not read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CourseInBrief {
    validated: Validated,
    mean_drift: Option<f64>,
}

/// How many epochs were validated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validated {
    /// All of them.
    pub epochs: usize,
    /// Those of which the metric that picks the epoch is defined.
    pub defined: usize,
}

/// A course of which nothing is read but how many epochs were validated: of a million records it would take a gigabyte.
#[derive(Default, Deserialize)]
pub(crate) struct Brief {
    validation: Counted,
    #[serde(default)]
    drift: Vec<Option<f32>>,
}

#[derive(Default)]
struct Counted(Validated);

impl From<Brief> for History {
    fn from(brief: Brief) -> Self {
        let Brief { validation: Counted(validated), drift } = brief;
        let mean_drift = mean_of(&drift);
        History { brief: Some(CourseInBrief { validated, mean_drift }), ..History::default() }
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Counter)
    }
}

struct Counter;

impl<'de> Visitor<'de> for Counter {
    type Value = Counted;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of each epoch")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Counted, A::Error> {
        let mut counted = Validated::default();
        while let Some(value) = values.next_element::<Option<f64>>()? {
            counted.epochs += 1;
            counted.defined += usize::from(value.is_some());
        }
        Ok(Counted(counted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_course_counts_what_the_whole_one_has() {
        for (validation, drift) in [
            (vec![], vec![]),
            (vec![None, Some(0.5), None], vec![None, Some(0.5), Some(1.0)]),
            (vec![None], vec![None]),
        ] {
            let whole = History { loss: vec![Some(1.0)], validation, drift, brief: None };
            let json = serde_json::to_string(&whole).unwrap();
            let packed = rmp_serde::to_vec_named(&whole).unwrap();
            let briefs: [Brief; 2] =
                [serde_json::from_str(&json).unwrap(), rmp_serde::from_slice(&packed).unwrap()];
            for brief in briefs {
                let brief = History::from(brief);
                assert_eq!(brief.validated(), whole.validated());
                assert_eq!(brief.mean_drift(), whole.mean_drift());
                assert!(brief.loss.is_empty() && brief.validation.is_empty());
            }
            assert_eq!(serde_json::from_str::<History>(&json).unwrap(), whole);
        }
        let drift = vec![None, Some(0.5), Some(1.0)];
        assert_eq!(History { drift, ..History::default() }.mean_drift(), Some(0.75));
    }
}
