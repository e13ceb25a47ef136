//! Every metric of what embeddings have found.

use crate::class_scores::ClassScores;
use crate::evaluation::Evaluation;
use crate::metrics::definition::Measure;
use crate::metrics::{Metric, TaskKind};
use crate::retrieval::{Asked, Embedded, Gallery, NearestOf, Retrieval, retrieve};
use crate::shots::{ShotThresholds, Shots};
use crate::summary::mean;

/// Nearest that Recall@k looks at, metric by metric.
const RECALL_AT: [usize; 4] = [1, 2, 4, 8];

/// What is known of the classes of a search.
#[derive(Clone, Copy, Debug)]
pub struct Classes<'a> {
    /// Training examples of each, `[n_classes]`.
    pub train_counts: &'a [u32],
    /// Which of them are many, and which few.
    pub shots: &'a ShotThresholds,
    /// Whether a mean over classes is of those that queries are of, as where classes are tested that nobody has learnt from; else
    /// it is of all of them.
    pub of_queries: bool,
}

/// What was found, with what is known of the classes.
pub(crate) struct Retrieved<'a> {
    pub(crate) found: &'a Retrieval,
    classes: Classes<'a>,
}

impl Retrieved<'_> {
    fn over(&self, classes: &[Option<f64>]) -> Option<f64> {
        if self.classes.of_queries {
            return mean(classes.iter().flatten().copied());
        }
        let all: Option<Vec<f64>> = classes.iter().copied().collect();
        mean(all?.into_iter())
    }

    pub(crate) fn macro_recall_at_1(&self) -> Option<f64> {
        self.over(&self.found.class_recall_at_1)
    }

    pub(crate) fn knn_balanced_accuracy(&self) -> Option<f64> {
        self.over(&self.found.class_knn)
    }

    /// Of the classes of a group that there was something to learn of.
    pub(crate) fn shot_recall_at_1(&self, group: Shots) -> Option<f64> {
        let Classes { train_counts, shots, .. } = self.classes;
        let is_meant =
            |class: usize| 0 < train_counts[class] && shots.group(train_counts[class]) == group;
        self.found.macro_recall_at_1(is_meant)
    }
}

/// Measures everything that is of retrieval; `voters` neighbours vote. Of `clusters`, one a query, where they are known.
pub fn evaluate(
    queries: Embedded<'_>,
    gallery: Gallery<'_>,
    voters: usize,
    classes: Classes<'_>,
    clusters: Option<&[u32]>,
) -> Evaluation {
    let metrics = TaskKind::Retrieval.metrics();
    let metrics = metrics.filter(|metric| clusters.is_some() || !metric.is_of_clusters());
    let asked = Asked { recall_at: &RECALL_AT, voters };
    let Some(found) = retrieve(queries, gallery, classes.train_counts.len(), asked) else {
        return Evaluation::new(metrics.map(|metric| (metric, None)).collect(), Vec::new());
    };
    let retrieved = Retrieved { found: &found, classes };
    let value = |metric: Metric| match metric.definition().measure {
        Measure::Found(of) => of(&retrieved),
        Measure::Clustered(of) => of(clusters?, queries.targets),
        _ => None,
    };
    let values = metrics.map(|metric| (metric, value(metric))).collect();
    Evaluation::new(values, found.nearest.iter().map(scores).collect())
}

/// What picks an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scored {
    /// The metric, where it is defined.
    pub value: Option<f64>,
    /// Recall@1 of each class, `[n_classes]`; empty where nothing is measured.
    pub recalls: Vec<Option<f64>>,
}

/// One metric of retrieval, without the others. A mean over classes is of those that queries are of, as epochs are compared on
/// one part; undefined is what needs training counts.
pub fn score(
    metric: Metric,
    queries: Embedded<'_>,
    gallery: Gallery<'_>,
    voters: usize,
    n_classes: usize,
) -> Scored {
    let asked = Asked { recall_at: &RECALL_AT, voters };
    let Some(found) = retrieve(queries, gallery, n_classes, asked) else {
        return Scored::default();
    };
    let classes =
        Classes { train_counts: &[], shots: &ShotThresholds::default(), of_queries: true };
    let value = match metric.definition().measure {
        Measure::Found(of) if metric.selects() => of(&Retrieved { found: &found, classes }),
        _ => None,
    };
    Scored { value, recalls: found.class_recall_at_1 }
}

/// A class as the nearest of a query says it: its recall is Recall@1.
fn scores(nearest: &NearestOf) -> ClassScores {
    let &NearestOf { queries, taken, right } = nearest;
    let share = |of: u32, all: u32| (0 < all).then(|| f64::from(of) / f64::from(all));
    ClassScores {
        support: queries,
        predicted: Some(taken),
        right: Some(right),
        recall: share(right, queries),
        precision: Some(share(right, taken).unwrap_or(0.0)),
        f1: share(2 * right, queries + taken),
        log_loss: None,
        detection: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Reading;

    /// Two classes on a line, and a third that nobody asks for.
    const LINE: [f64; 6] = [0.0, 0.1, 5.0, 5.1, 0.2, 9.0];
    const TARGETS: [u32; 6] = [0, 0, 1, 1, 1, 0];

    fn line() -> Embedded<'static> {
        Embedded { embeddings: &LINE, width: 1, targets: &TARGETS }
    }

    fn measured(of_queries: bool, train_counts: &[u32]) -> Evaluation {
        let shots = ShotThresholds { many: 10, few: 5 };
        let classes = Classes { train_counts, shots: &shots, of_queries };
        evaluate(line(), Gallery::Queries, 3, classes, None)
    }

    #[test]
    fn means_over_classes_are_of_those_that_are_meant() {
        // 0 and 0.1 find each other, 5 and 5.1 too; 0.2 finds 0.1, and 9 finds 5.1.
        let all = measured(false, &[20, 4, 7]);
        assert_eq!(all.values.get(Metric::RecallAt1), Some(4.0 / 6.0));
        assert_eq!(all.values.get(Metric::MacroRecallAt1), None, "nobody asks for the third");
        assert_eq!(all.values.get(Metric::ManyShotRecallAt1), Some(2.0 / 3.0));
        assert_eq!(all.values.get(Metric::FewShotRecallAt1), Some(2.0 / 3.0));
        assert_eq!(all.values.get(Metric::MediumShotRecallAt1), None);
        let of_queries = measured(true, &[0, 0, 9]);
        assert_eq!(of_queries.values.get(Metric::MacroRecallAt1), Some(2.0 / 3.0));
        assert_eq!(
            of_queries.values.get(Metric::FewShotRecallAt1),
            None,
            "nothing was learnt of them"
        );
        assert_eq!(of_queries.classes[0].precision, Some(2.0 / 3.0));
        assert_eq!((of_queries.classes[2].support, of_queries.classes[2].recall), (0, None));
    }

    #[test]
    fn what_picks_an_epoch_is_what_is_measured() {
        let measured = measured(true, &[3, 3, 0]);
        for metric in TaskKind::Retrieval.metrics().filter(|metric| metric.selects()) {
            let picked = score(metric, line(), Gallery::Queries, 3, 3);
            assert_eq!(picked.value, measured.values.get(metric), "{}", metric.name());
            assert_eq!(picked.recalls[2], None);
        }
        for other in [Metric::FewShotRecallAt1, Metric::Accuracy] {
            assert_eq!(score(other, line(), Gallery::Queries, 3, 3).value, None);
        }
    }

    #[test]
    fn of_what_is_no_number_every_metric_is_undefined() {
        let queries = Embedded { embeddings: &[f64::NAN; 6], width: 1, targets: &TARGETS };
        let shots = ShotThresholds::default();
        let classes = Classes { train_counts: &[1, 1, 1], shots: &shots, of_queries: false };
        let evaluation = evaluate(queries, Gallery::Queries, 3, classes, Some(&[0; 6]));
        assert!(evaluation.values.iter().all(|(_, value)| value.is_none()));
        assert_eq!(evaluation.values.iter().count(), TaskKind::Retrieval.metrics().count());
    }

    #[test]
    fn clusters_are_measured_where_they_are_known() {
        let shots = ShotThresholds::default();
        let classes = Classes { train_counts: &[1, 1], shots: &shots, of_queries: false };
        let of = |clusters: Option<&[u32]>| {
            evaluate(line(), Gallery::Queries, 3, classes, clusters).reading(Metric::Nmi)
        };
        assert_eq!(of(None), Reading::NotMeasured);
        assert_eq!(of(Some(&TARGETS)), Reading::Value(1.0));
    }
}
