//! Tasks: what a learner's outputs mean. A task knows the parts that are measured, and neither how is learnt nor which
//! round is the best.

mod after;
mod classification;
pub(crate) mod detection;
mod retrieval;

use evaluation::curves::Curves;
use methods::setting::ClassCounts;

use crate::audit::Audit;
use crate::learner::Learner;
use crate::prepare::Prepared;
use crate::record::Measured;
use crate::spec::{TaskSpec, TrialSpec};
use crate::task::classification::Measurer;
use crate::task::detection::Detector;
use crate::task::retrieval::Searcher;
use crate::trained::State;

/// The task of one trial.
pub(crate) trait Task {
    /// What the validation part says of a round: the metric that picks one.
    fn score(&mut self, learner: &mut dyn Learner) -> Result<Scored, String>;

    /// Everything that is measured of `state`.
    fn measure(&mut self, state: &State) -> Measured;

    /// Whether it asks what a learner says of the training part.
    fn reads_training(&self) -> bool {
        false
    }

    /// BLAKE3 of what was measured last on the test part.
    fn digest(&self) -> String;

    /// The curves of what was measured last on the test part.
    fn curves(&self) -> Option<Curves>;

    /// Writes down what was measured last on the validation and the test part.
    fn note(&self, audit: &mut Audit);
}

/// What the validation part says of a round.
pub(crate) struct Scored {
    /// The selection metric, where it is defined.
    pub(crate) value: Option<f64>,
    /// How well each class is recognised; empty if the loss does not ask for it.
    pub(crate) recalls: Vec<Option<f64>>,
    /// Why nothing can be learnt any more, if that is so.
    pub(crate) collapsed: Option<String>,
}

impl TrialSpec {
    /// The task of one trial; `counts`: the classes as they are sampled in training.
    pub(crate) fn build_task<'a>(
        &'a self,
        parts: &'a Prepared,
        counts: &ClassCounts,
    ) -> Result<Box<dyn Task + 'a>, String> {
        match &self.protocol.task {
            TaskSpec::Classification {} => Ok(Box::new(Measurer::new(self, parts, counts)?)),
            TaskSpec::Detection(detection) => {
                Ok(Box::new(Detector::new(self, detection, parts, counts)?))
            }
            TaskSpec::Retrieval(retrieval) => Ok(Box::new(Searcher::new(self, retrieval, parts))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cell_id::CellId;
    use crate::labels::to_json;
    use crate::testing::planned;

    #[test]
    fn the_task_that_everybody_has_is_not_written() {
        let cell = |task: &str| {
            let text = format!(
                "[experiment]\nname = \"t\"\n[protocol]\n{task}split = {{ holdout.test = 0.3 }}\n\
                 [axes]\ndataset = [\"glass2\"]\nmodel = \"prior\"\n"
            );
            planned(&text).0.cells.remove(0).cell
        };
        let (named, silent) = (cell("task = \"classification\"\n"), cell(""));
        assert_eq!((named.id, &named.spec), (silent.id, &silent.spec));
        assert!(to_json(&named.spec)["protocol"].get("task").is_none());
        assert_eq!(named.id, CellId::of(&named.spec, &named.data_digest, &named.split_digest));
    }
}
