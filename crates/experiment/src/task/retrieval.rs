//! Retrieval: a learner's outputs are embeddings, and what is measured is whether the nearest of each are of its class.

use evaluation::curves::Curves;
use std::collections::BTreeSet;

use evaluation::retrieval::{Classes, Embedded, Gallery, Spread, evaluate, sameness, score};
use methods::sampling::cluster;
use nn::{Matrix, Streams};

use crate::audit::Audit;
use crate::learner::{Learner, Outputs};
use crate::prepare::{Examples, Prepared};
use crate::record::{EmbeddingSpread, Measured, digest};
use crate::spec::{GallerySpec, ProtocolSpec, RetrievalSpec, TrialSpec};
use crate::task::{Scored, Task};
use crate::trained::State;

/// Sameness ([`sameness`]) from which on embeddings are one point for all: half of the rows of every class, or more, are then
/// nearer to it than 0.01, and what is left of their distances is nothing that a loss of distances can take hold of.
const COLLAPSED: f64 = 0.99995;

/// The parts that are searched.
pub(crate) struct Searcher<'a> {
    retrieval: &'a RetrievalSpec,
    protocol: &'a ProtocolSpec,
    parts: &'a Prepared,
    /// Whether the loss asks how well each class is recognised.
    reads_recalls: bool,
    /// What the learner says of a part, round by round.
    outputs: Outputs,
    training: Unit,
    validation: Unit,
    test: Unit,
}

/// The embeddings of a part, of length 1.
#[derive(Default)]
struct Unit {
    /// `[n_examples, dimension]`.
    values: Vec<f64>,
}

impl Unit {
    /// Becomes `outputs`, each divided by its length; one below 1e-12 counts as 1e-12, as where losses read them.
    fn read(&mut self, outputs: &Outputs) {
        self.values.clear();
        self.values.extend_from_slice(outputs.values.values());
        let width = outputs.values.n_columns();
        for row in self.values.chunks_exact_mut(width.max(1)) {
            let square: f64 = row.iter().map(|x| x * x).sum();
            let length = square.sqrt().max(1e-12);
            row.iter_mut().for_each(|x| *x /= length);
        }
    }

    fn embedded<'a>(&'a self, part: &'a Examples, retrieval: &RetrievalSpec) -> Embedded<'a> {
        Embedded {
            embeddings: &self.values,
            width: retrieval.dimension.get(),
            targets: &part.targets,
        }
    }

    /// The cluster of each row, of as many as the part has classes; none of embeddings that are no numbers. What is drawn is
    /// the same for all cells, whose clusters differ then by their embeddings alone.
    fn clusters(&self, part: &Examples, retrieval: &RetrievalSpec) -> Vec<u32> {
        if !self.values.iter().all(|x| x.is_finite()) {
            return Vec::new();
        }
        let values = self.values.iter().map(|&x| x as f32).collect();
        let embeddings = Matrix::from_values(retrieval.dimension.get(), values);
        let rows: Vec<u32> = (0..part.targets.len() as u32).collect();
        let n_classes = part.targets.iter().collect::<BTreeSet<_>>().len();
        let mut stream = Streams::new([0; 32]).stream("clusters");
        cluster(&embeddings, &rows, n_classes, &mut stream).assigned
    }
}

impl<'a> Searcher<'a> {
    pub(crate) fn new(
        spec: &'a TrialSpec,
        retrieval: &'a RetrievalSpec,
        parts: &'a Prepared,
    ) -> Self {
        Searcher {
            retrieval,
            protocol: &spec.protocol,
            parts,
            reads_recalls: spec.loss().is_some_and(|loss| loss.traits().reads_recalls),
            outputs: Outputs::default(),
            training: Unit::default(),
            validation: Unit::default(),
            test: Unit::default(),
        }
    }

    /// Where the queries of a part look.
    fn gallery(&self) -> Gallery<'_> {
        match self.retrieval.gallery {
            GallerySpec::Part => Gallery::Queries,
            GallerySpec::Training => {
                Gallery::Others(self.training.embedded(&self.parts.train, self.retrieval))
            }
        }
    }

    /// Reads what `learner` says of a part.
    fn ask(
        learner: &mut dyn Learner,
        part: &Examples,
        outputs: &mut Outputs,
        unit: &mut Unit,
    ) -> Result<(), String> {
        learner.outputs(part, outputs)?;
        unit.read(outputs);
        Ok(())
    }
}

impl Task for Searcher<'_> {
    fn score(&mut self, learner: &mut dyn Learner) -> Result<Scored, String> {
        let (parts, retrieval) = (self.parts, self.retrieval);
        let has_validation = !parts.validation.targets.is_empty();
        let outputs = &mut self.outputs;
        if self.retrieval.gallery == GallerySpec::Training || !has_validation {
            Self::ask(learner, &parts.train, outputs, &mut self.training)?;
        }
        if has_validation {
            Self::ask(learner, &parts.validation, outputs, &mut self.validation)?;
        }
        // What nobody validates has not collapsed where its training rows have not.
        let (unit, part) = if has_validation {
            (&self.validation, &parts.validation)
        } else {
            (&self.training, &parts.train)
        };
        let embedded = unit.embedded(part, retrieval);
        let collapsed = sameness(embedded).filter(|sameness| COLLAPSED <= *sameness);
        let collapsed = collapsed.and_then(|sameness| {
            let Spread { mean_cosine, effective_rank } = Spread::of(embedded)?;
            Some(format!(
                "the embeddings are one point for all: the cosine with it of the median row of every class is {sameness:.6} or \
                 more; mean cosine {mean_cosine:.6}, effective rank {effective_rank:.2}"
            ))
        });
        let (mut value, mut recalls) = (None, Vec::new());
        if has_validation {
            let (gallery, voters) = (self.gallery(), retrieval.neighbors.get());
            let select_by = self.protocol.select_by;
            let scored = score(select_by, embedded, gallery, voters, parts.n_classes);
            value = scored.value;
            if self.reads_recalls {
                recalls = scored.recalls;
            }
        }
        Ok(Scored { value, recalls, collapsed })
    }

    fn measure(&mut self, state: &State) -> Measured {
        let (parts, retrieval) = (self.parts, self.retrieval);
        if let Some(training) = &state.training {
            self.training.read(training);
        }
        self.validation.read(&state.validation);
        self.test.read(&state.test);
        let classes = Classes {
            train_counts: &parts.train_counts,
            shots: &self.protocol.shots,
            of_queries: self.protocol.split.keeps_classes_apart(),
        };
        let measured = |unit: &Unit, part| {
            let queries = unit.embedded(part, retrieval);
            let clusters = retrieval.clusters.then(|| unit.clusters(part, retrieval));
            let (gallery, voters) = (self.gallery(), retrieval.neighbors.get());
            evaluate(queries, gallery, voters, classes, clusters.as_deref())
        };
        let has_validation = !parts.validation.targets.is_empty();
        let spread = Spread::of(self.test.embedded(&parts.test, retrieval));
        let spread = spread.map(|Spread { mean_cosine, effective_rank }| {
            Box::new(EmbeddingSpread { mean_cosine, effective_rank })
        });
        Measured {
            epoch: state.epoch,
            validation: has_validation.then(|| measured(&self.validation, &parts.validation)),
            test: measured(&self.test, &parts.test),
            after_training: None,
            spread,
        }
    }

    fn reads_training(&self) -> bool {
        self.retrieval.gallery == GallerySpec::Training
    }

    fn digest(&self) -> String {
        digest(self.test.values.iter().map(|x| x.to_le_bytes()))
    }

    fn curves(&self) -> Option<Curves> {
        None
    }

    fn note(&self, audit: &mut Audit) {
        audit.validation.clone_from(&self.validation.values);
        audit.test.clone_from(&self.test.values);
        audit.embedding = Some(self.retrieval.dimension.get());
    }
}
