//! What of a combination goes together where embeddings are measured, and what does not.

use methods::control::Does;
use methods::pairs::CrossBatchMemory;

use crate::axis::Axis;
use crate::file::condition::Combination;
use crate::labels::{from_json, only_entry};
use crate::objective::{Miner, Objective};
use crate::plan::checks::{Objection, impossible};
use crate::spec::{GallerySpec, LearnerSpec, PairLearner, TaskSpec, TrialSpec};

/// Whether task, model, loss, miner and memory are of one kind. A specification does not hold what its learner has no place
/// for, so that the combination is asked.
pub(super) fn check(spec: &TrialSpec, combination: &Combination<'_>) -> Result<(), Objection> {
    let chosen = Chosen { spec, combination };
    chosen.task()?;
    chosen.mining()?;
    chosen.memory()?;
    match spec.pairs() {
        Some(pairs) => chosen.not_of_pairs(pairs),
        None => Ok(()),
    }
}

struct Chosen<'a> {
    spec: &'a TrialSpec,
    combination: &'a Combination<'a>,
}

impl Chosen<'_> {
    fn label(&self, axis: Axis) -> &str {
        &self.combination[&axis].label
    }

    /// The name of what stands on `axis`.
    fn name(&self, axis: Axis) -> &str {
        only_entry(&self.combination[&axis].value).map_or("", |(name, _)| name)
    }

    fn objective(&self) -> Objective {
        from_json(&self.combination[&Axis::Loss].value)
    }

    /// Embeddings are of networks, and losses of pairs are of embeddings.
    fn task(&self) -> Result<(), Objection> {
        let embeds = self.spec.protocol.task.embedding().is_some();
        let of_pairs = matches!(self.objective(), Objective::Pairs(_));
        if !embeds && of_pairs {
            let reason = format!(
                "`{}` compares embeddings with one another and says no class: {} cannot be learnt by it",
                self.name(Axis::Loss),
                self.spec.protocol.task.measures().name()
            );
            let help = "set task = \"retrieval\" in [protocol], or choose another loss";
            return impossible(Axis::Loss, reason, help);
        }
        if !embeds {
            return Ok(());
        }
        if matches!(self.spec.learner, LearnerSpec::Classical(_) | LearnerSpec::Boosted(_)) {
            let reason = format!(
                "{} says classes, and retrieval is of what a network makes of a row below them",
                self.name(Axis::Model)
            );
            return impossible(Axis::Model, reason, "choose a network, as in model = \"mlp\"");
        }
        let TaskSpec::Retrieval(retrieval) = &self.spec.protocol.task else { return Ok(()) };
        let searches_training = retrieval.gallery == GallerySpec::Training;
        if searches_training && self.spec.protocol.split.keeps_classes_apart() {
            let reason = "the gallery is the training part, and a `class_disjoint` split tests classes that are not there: nothing is \
                          found of any"
                .to_owned();
            return impossible(
                Axis::Protocol,
                reason,
                "set gallery = \"part\", or choose another split",
            );
        }
        let after = [
            (Axis::Decoupling, "none", "learns the classifier anew"),
            (Axis::Calibration, "none", "changes probabilities"),
            (Axis::Decision, "argmax", "decides for classes"),
        ];
        for (axis, nothing, does) in after {
            if self.name(axis) != nothing {
                let reason = format!(
                    "`{}` {does}, and retrieval measures embeddings, which no classifier reads any more",
                    self.name(axis)
                );
                return impossible(axis, reason, "leave it out here");
            }
        }
        Ok(())
    }

    /// Miners of examples go with losses of examples, miners of pairs with losses of pairs.
    fn mining(&self) -> Result<(), Objection> {
        let value = &self.combination[&Axis::Mining].value;
        let (mining, loss) = (self.name(Axis::Mining), self.name(Axis::Loss));
        match (self.objective(), from_json::<Miner>(value)) {
            (Objective::Examples(_), Miner::Pairs(_)) if self.spec.network().is_some() => {
                impossible(
                    Axis::Mining,
                    format!(
                        "`{mining}` chooses pairs of embeddings, and `{loss}` is a loss of single examples"
                    ),
                    "choose a pair loss, as in loss = \"contrastive\", or another miner",
                )
            }
            (Objective::Pairs(_), Miner::Examples(_)) if Miner::of_pairs(value).is_none() => {
                impossible(
                    Axis::Mining,
                    format!(
                        "`{mining}` chooses examples by their losses, and `{loss}` has losses of pairs alone"
                    ),
                    "choose a pair miner, as in mining = \"batch_hard\"",
                )
            }
            _ => Ok(()),
        }
    }

    /// Only pairs are made with what is remembered, and a memory has to hold more than a batch.
    fn memory(&self) -> Result<(), Objection> {
        let name = self.name(Axis::Memory);
        if name == "none" {
            return Ok(());
        }
        let Some(pairs) = self.spec.pairs() else {
            let loss = self.name(Axis::Loss);
            let reason = format!(
                "`{name}` remembers embeddings to make pairs with, and `{loss}` makes none"
            );
            return impossible(Axis::Memory, reason, "choose a pair loss, or leave it out here");
        };
        let batch = pairs.training.batch_size.get();
        match pairs.memory.cross_batch() {
            Some(&CrossBatchMemory { size: 0, .. }) => impossible(
                Axis::Memory,
                format!("`{}` holds nothing", self.label(Axis::Memory)),
                "write memory = \"none\"",
            ),
            Some(&CrossBatchMemory { size, .. }) if size < batch => impossible(
                Axis::Memory,
                format!(
                    "a memory of {size} is smaller than a batch of {batch}: it holds less than what it is compared with"
                ),
                "raise size, or lower training.batch_size",
            ),
            _ => Ok(()),
        }
    }

    /// What is of single examples acts on no pair.
    fn not_of_pairs(&self, pairs: &PairLearner) -> Result<(), Objection> {
        let loss = pairs.loss.name();
        let of_examples = [
            (
                Axis::Mixing,
                "blends two examples into one of two labels, and a pair is of one label or of two",
            ),
            (
                Axis::Reweighting,
                "weighs examples by their losses, and there are losses of pairs alone",
            ),
        ];
        for (axis, does) in of_examples {
            if self.name(axis) != "none" {
                let reason = format!("`{}` {does} (`{loss}`)", self.name(axis));
                return impossible(axis, reason, "choose \"none\", or a loss of single examples");
            }
        }
        let control = match pairs.control.does() {
            Does::Nothing => None,
            Does::Turns => pairs.steps_plainly().then_some(
                "takes a step of all pairs of the batch, as long as that of the method, which is that step here",
            ),
            Does::Deals | Does::DealsWithinClasses | Does::Levels => {
                Some("changes the weights of examples, and there are losses of pairs alone")
            }
        };
        if let Some(does) = control {
            let reason = format!("`{}` {does} (`{loss}`)", pairs.control.name());
            let help =
                "choose \"norm_matched\" beside a pair miner or a memory, or leave it out here";
            return impossible(Axis::Control, reason, help);
        }
        if self.spec.sampling.meta_batch_size().is_some() {
            let reason = format!(
                "`{}` learns from the losses of single examples, and `{loss}` has losses of pairs alone",
                self.spec.sampling.name()
            );
            return impossible(Axis::Sampling, reason, "choose another sampling");
        }
        Ok(())
    }
}

/// Whether a memory acts at all in the steps of a training from `n_learnt` rows.
pub(super) fn acts(spec: &TrialSpec, n_learnt: usize) -> Result<(), Objection> {
    let Some(pairs) = spec.pairs() else { return Ok(()) };
    let Some(memory) = pairs.memory.cross_batch() else { return Ok(()) };
    let steps = n_learnt.div_ceil(pairs.training.batch_size.get()) * pairs.training.epochs.get();
    if memory.start < steps as u64 {
        return Ok(());
    }
    let reason = format!(
        "the memory is compared with from step {} on, and {} has a training of {steps}: it never acts",
        memory.start, spec.dataset
    );
    impossible(Axis::Memory, reason, "lower start, or train longer")
}

/// What is to be known of pairs in the batches of a training from classes of so many rows.
pub(super) fn note(spec: &TrialSpec, counts: &[u32]) -> Vec<String> {
    let Some(pairs) = spec.pairs() else { return Vec::new() };
    let mut notes = Vec::new();
    let n: usize = counts.iter().map(|&n| n as usize).sum();
    if let Some(memory) = pairs.memory.cross_batch().filter(|memory| n <= memory.size) {
        notes.push(format!(
            "a memory of {} holds every training row of {}, some of them as they were several epochs ago: of {n} rows it has no \
             negatives that another batch would not have",
            memory.size, spec.dataset
        ));
    }
    let smallest = counts.iter().filter(|&&n| 0 < n).min();
    if let Some((turn, &smallest)) = spec.sampling.turn().zip(smallest)
        && (smallest as usize) < turn.get()
    {
        notes.push(format!(
            "{} shows {turn} examples of a class in a row, and the smallest class of {} has {smallest}: the same row comes again, \
             and makes no pair with itself",
            spec.sampling.name(),
            spec.dataset
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::testing::planned;

    fn plan(axes: &str) -> Plan {
        let text = format!(
            "[experiment]\nname = \"e\"\n[protocol]\ntask = \"retrieval\"\nsplit = {{ holdout.test = 0.3 }}\n\
             [training]\nepochs = 3\nbatch_size = 32\n[axes]\ndataset = \"glass\"\n{axes}"
        );
        planned(&text).0
    }

    #[track_caller]
    fn left_out(axes: &str, n_left: usize, reason: &str) {
        let plan = plan(axes);
        assert_eq!(plan.combinations.len(), n_left, "{axes}");
        let reasons: Vec<&str> = plan.left_out.iter().map(|left| left.reason.as_str()).collect();
        assert!(
            reasons.iter().all(|given| given.contains(reason)) && !reasons.is_empty(),
            "{axes}: {reasons:?}"
        );
    }

    #[test]
    fn miners_of_examples_and_of_pairs_go_with_losses_of_their_kind() {
        let losses = "loss = [\"contrastive\", \"proxy_anchor\"]\n";
        left_out(
            &format!("{losses}mining = \"batch_hard\""),
            1,
            "`batch_hard` chooses pairs of embeddings, and `proxy_anchor`",
        );
        let losses = "loss = [\"contrastive\", \"normalized_softmax\"]\n";
        left_out(
            &format!("{losses}mining = \"ohem\""),
            1,
            "`ohem` chooses examples by their losses, and `contrastive`",
        );
        assert_eq!(plan(&format!("{losses}mining = [\"none\", \"random\"]")).combinations.len(), 4);
    }

    #[test]
    fn what_is_of_single_examples_is_left_out_beside_pairs() {
        for (axes, reason) in [
            ("mixing = [\"none\", \"mixup\"]", "`mixup` blends two examples"),
            ("reweighting = [\"none\", \"l2rw\"]", "`l2rw` weighs examples by their losses"),
            (
                "control = [\"none\", \"norm_matched\"]",
                "`norm_matched` takes a step of all pairs of the batch",
            ),
            ("control = [\"none\", \"permuted\"]", "`permuted` changes the weights of examples"),
            (
                "mining = \"nearest_negatives\"\ncontrol = [\"none\", \"norm_matched\"]",
                "which is that step here",
            ),
            (
                "sampling = [\"class_aware\", \"meta_sampler\"]",
                "`meta_sampler` learns from the losses of single",
            ),
            ("decoupling = [\"none\", \"crt\"]", "`crt` learns the classifier anew"),
            ("calibration = [\"none\", \"temperature\"]", "`temperature` changes probabilities"),
            ("decision = [\"argmax\", \"offsets\"]", "`offsets` decides for classes"),
            ("model = [\"mlp\", \"random_forest\"]", "random_forest says classes"),
            ("model = [\"mlp\", \"boosted_trees\"]", "boosted_trees says classes"),
        ] {
            left_out(&format!("loss = \"triplet\"\n{axes}"), 1, reason);
        }
    }

    #[test]
    fn a_memory_is_of_pairs_larger_than_a_batch_and_acts_before_the_end() {
        let memory =
            |options: &str| format!("memory = [\"none\", {{ cross_batch = {{ {options} }} }}]");
        let of = |options: &str| format!("loss = \"triplet\"\n{}", memory(options));
        left_out(&of("size = 16, start = 0"), 1, "a memory of 16 is smaller than a batch of 32");
        left_out(&of("size = 0, start = 0"), 1, "holds nothing");
        left_out(&of("size = 64"), 1, "from step 1000 on, and glass has a training of 12");
        let proxies = format!("loss = \"proxy_nca\"\n{}", memory("size = 64, start = 0"));
        left_out(&proxies, 1, "`proxy_nca` makes none");
        assert_eq!(plan(&of("size = 64, start = 2")).combinations.len(), 2);
        let notes = plan(&of("size = 500, start = 2")).notes;
        assert!(
            notes.iter().any(|note| note.contains("holds every training row of glass")),
            "{notes:?}"
        );
    }

    #[test]
    fn turns_longer_than_a_class_are_noted() {
        let of = |n: usize| {
            let notes = plan(&format!(
                "loss = \"triplet\"\nsampling = {{ class_aware.samples_per_class = {n} }}"
            ))
            .notes;
            notes.iter().filter(|note| note.contains("the same row comes again")).count()
        };
        assert_eq!((of(4), of(100)), (0, 1));
    }

    #[test]
    fn a_loss_of_pairs_is_not_for_classification() {
        let text = "[experiment]\nname = \"e\"\n[axes]\ndataset = \"glass\"\nmodel = [\"mlp\", \"boosted_trees\"]\n\
                    loss = [\"cross_entropy\", \"triplet\"]\n";
        let plan = planned(text).0;
        assert_eq!((plan.combinations.len(), plan.left_out.len()), (2, 2));
        assert!(
            plan.left_out.iter().all(|left| left.reason.contains("`triplet` compares embeddings"))
        );
    }
}
