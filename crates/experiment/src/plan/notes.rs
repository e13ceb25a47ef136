//! What the reader of a plan should know of its cells, each thing once.

use std::collections::BTreeSet;

use data::{Dataset, SplitSpec};
use methods::losses::LossSpec;
use methods::sampling::SamplingSpec;
use nn::Shape;

use crate::axes::ROWS;
use crate::axis::Axis;
use crate::file::condition::Combination;
use crate::plan::{Plan, design, embedded, mined};
use crate::spec::{LearnerSpec, TrialSpec};

/// Sentences on the cells of a plan, gathered combination by combination.
#[derive(Default)]
pub(super) struct Notes {
    splits: BTreeSet<usize>,
    straddling: BTreeSet<String>,
    without_effect: BTreeSet<String>,
    limited_reproducibility: BTreeSet<String>,
    corrections: BTreeSet<String>,
    mining: BTreeSet<String>,
    decoupling: BTreeSet<String>,
    late_schedules: BTreeSet<String>,
}

impl Notes {
    /// What is to be known of the cells of `spec`, whatever their fold and seed; `split` numbers what they are split by.
    pub(super) fn add(&mut self, spec: &TrialSpec, dataset: &Dataset, split: usize) {
        if self.splits.insert(split) {
            self.straddling.extend(straddling(spec, dataset));
        }
        self.limited_reproducibility.extend(limited_reproducibility(spec));
        self.corrections.extend(corrections(spec));
        self.late_schedules.extend(late_schedule(spec));
        let note = spec.network().and_then(|network| network.mining.note());
        self.mining.extend(note.map(str::to_owned));
        let counts = dataset.class_counts();
        self.mining.extend(mined::note(spec, &counts));
        self.mining.extend(mined::note_on_classes(spec, &counts));
        self.decoupling.extend(nothing_to_keep(spec));
    }

    /// What is to be known of pairs of rows of a split.
    pub(super) fn add_of_pairs(&mut self, spec: &TrialSpec, learnt_counts: &[u32]) {
        self.mining.extend(embedded::note(spec, learnt_counts));
    }

    /// What was chosen for a learner that does not take it.
    pub(super) fn add_without_effect(&mut self, spec: &TrialSpec, combination: &Combination<'_>) {
        self.without_effect.extend(without_effect(spec, combination));
    }

    /// Tells all of them, of one kind after the other.
    pub(super) fn tell(self, plan: &mut Plan) {
        plan.warnings.extend([self.straddling, self.late_schedules].into_iter().flatten());
        let notes = [self.without_effect, self.limited_reproducibility, self.corrections];
        plan.notes.extend(notes.into_iter().flatten());
        plan.notes.extend(self.mining);
        plan.notes.extend(self.decoupling);
        plan.notes.extend(undefined_metrics(plan));
        plan.notes.extend(design::too_few_families(plan));
    }
}

/// Metrics of two classes that are shown for data sets of more.
fn undefined_metrics(plan: &Plan) -> Option<String> {
    let binary = plan.report.metrics.iter().filter(|metric| metric.is_binary());
    let binary: Vec<&str> = binary.map(|metric| metric.name()).collect();
    let more = plan.datasets.iter().filter(|(_, facts)| facts.positive.is_none());
    let more: Vec<&str> = more.map(|(name, _)| name.as_str()).collect();
    (!binary.is_empty() && !more.is_empty()).then(|| {
        let (metrics, names) = (binary.join(", "), more.join(", "));
        format!("{metrics}: of the positive class of two, undefined on {names}")
    })
}

/// `svm takes no loss, box_loss, mixing, ... or memory: focal, l2rw have no effect on it`: what was chosen for a learner that
/// does not take it.
fn without_effect(spec: &TrialSpec, combination: &Combination<'_>) -> Option<String> {
    let mut names = Vec::new();
    let mut chosen = Vec::new();
    for row in ROWS.iter().filter(|row| !(row.has)(spec)) {
        let Some(default) = row.default_name() else { continue };
        names.push(row.axis.name());
        let label = combination[&row.axis].label.as_str();
        chosen.extend((label != default).then_some(label));
    }
    let (last, others) = names.split_last()?;
    let takes_no = if others.is_empty() {
        (*last).to_owned()
    } else {
        format!("{} or {last}", others.join(", "))
    };
    let have = match chosen.len() {
        0 => return None,
        1 => "has",
        _ => "have",
    };
    let model = &combination[&Axis::Model].label;
    Some(format!("{model} takes no {takes_no}: {} {have} no effect on it", chosen.join(", ")))
}

/// A split that takes apart what belongs together as the data set says. Proposals of an image are divided on purpose where those
/// that reach into both parts are named as unused, and where there are none.
fn straddling(spec: &TrialSpec, dataset: &Dataset) -> Option<String> {
    let rows = dataset.rows();
    if let (Some(proposed), SplitSpec::Given(given)) = (&dataset.proposed, &spec.protocol.split) {
        let mingle = || given.sides(&rows).any(|sides| proposed.mingle(&sides));
        if !given.unused.is_empty() || !mingle() {
            return None;
        }
    }
    let group = spec.protocol.split.takes_apart(&rows)?;
    Some(format!(
        "{}: rows of one `{group}` are tested and learnt from: split = \"group_k_fold\" keeps them together",
        spec.dataset.name
    ))
}

/// A classifier that is learnt anew over features that nobody has learnt.
fn nothing_to_keep(spec: &TrialSpec) -> Option<String> {
    let network = spec.network().filter(|network| network.decoupling.learns())?;
    let body = network.model.architecture(Shape::flat(1), 1).body;
    (body.is_empty() && !network.decoupling.scales_classes()).then(|| {
        format!(
            "{} keeps the features of a network, and a linear model has none: it learns anew from balanced batches",
            network.decoupling.name()
        )
    })
}

/// A learner whose bits are promised on one platform only.
fn limited_reproducibility(spec: &TrialSpec) -> Vec<String> {
    let (LearnerSpec::Classical(learner), Some(reason)) = (&spec.learner, spec.platform_bound())
    else {
        return Vec::new();
    };
    vec![format!("{} (reproducible = false): {reason}", learner.name())]
}

/// Classes whose balance is moved from more than one side.
fn corrections(spec: &TrialSpec) -> Vec<String> {
    let Some(loss) = spec.loss() else { return Vec::new() };
    let others = [within(loss), beside_sampling(loss, &spec.sampling), after(loss, spec)];
    others.into_iter().flatten().collect()
}

/// A loss that moves the balance before a decision that does.
fn after(loss: &LossSpec, spec: &TrialSpec) -> Option<String> {
    let decision = &spec.decision;
    let loss = loss.corrections().first().copied().filter(|_| decision.corrects())?;
    let name = decision.name();
    Some(if decision.needs_validation() {
        format!(
            "{loss} corrects for the classes' frequencies, and {name} for what is left of that on the validation part: \
             what one gains beside the other says nothing of either alone"
        )
    } else {
        format!(
            "{loss} corrects for the classes' frequencies, and so does {name} after training: together they correct twice"
        )
    })
}

fn within(loss: &LossSpec) -> Option<String> {
    match loss.corrections()[..] {
        [outer, inner, ..] => Some(format!(
            "{outer} corrects for the classes' frequencies, and so does {inner} inside it: together they correct \
             twice"
        )),
        _ => None,
    }
}

fn beside_sampling(loss: &LossSpec, sampling: &SamplingSpec) -> Option<String> {
    // What is learnt is what the loss leaves to correct.
    if sampling.meta_batch_size().is_some() {
        return None;
    }
    let sampling = sampling.name();
    if sampling == "instance_balanced" {
        return None;
    }
    if let Some(weighted) = loss.given_weights() {
        return Some(format!(
            "{weighted} weighs the classes as given, whatever is sampled, and {sampling} sampling corrects for \
             their frequencies too: together they correct twice, unless the weights are meant for what is \
             sampled"
        ));
    }
    loss.traits().reads_counts.then(|| {
        format!(
            "{} takes the classes' frequencies as {sampling} sampling shows them: it corrects for what the \
             sampling leaves of the imbalance, and for nothing where that leaves none",
            loss.name()
        )
    })
}

/// A loss or a reweighting that acts from a share of the epochs on that none of them reaches.
fn late_schedule(spec: &TrialSpec) -> Vec<String> {
    let (n, unit) = match &spec.learner {
        LearnerSpec::Network(network) => (network.training.epochs.get(), "epochs"),
        LearnerSpec::Boosted(boosted) => (boosted.model.rounds.get(), "rounds"),
        LearnerSpec::Pairs(_) | LearnerSpec::Classical(_) => return Vec::new(),
    };
    let last = (n - 1) as f64 / n as f64;
    let loss = spec.loss().map(|loss| (loss.name(), loss.traits().acts_from));
    let reweighting = spec.network().map(|network| &network.reweighting);
    let reweighting = reweighting.map(|method| (method.name(), method.acts_from()));
    let late = loss.into_iter().chain(reweighting).filter(|&(_, share)| last < share);
    late.map(|(name, share)| {
        format!("{name} acts after {share} of the {n} {unit}, when none is left: it never acts")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::planned;

    fn notes(axes: &str) -> Vec<String> {
        let text =
            format!("[experiment]\nname = \"notes\"\n[axes]\ndataset = [\"ecoli4\"]\n{axes}");
        let (plan, _) = planned(&text);
        [plan.warnings, plan.notes].concat()
    }

    #[test]
    fn corrections_that_add_up_are_named_and_published_pairs_are_not() {
        for (axes, sentence) in [
            (
                "loss = [{ weighted_cross_entropy.scheme.given.weights = [[1, 9]] }]\nsampling = [\"class_balanced\"]",
                "weighted_cross_entropy weighs the classes as given",
            ),
            (
                "loss = [{ super_loss.loss.focal.alpha = [[1, 9]] }]\nsampling = [\"square_root\"]",
                "focal weighs the classes as given",
            ),
            (
                "loss = [{ deferred_reweighting.loss = \"vector_scaling\" }]",
                "deferred_reweighting corrects for the classes' frequencies, and so does vector_scaling inside it",
            ),
            (
                "loss = [{ deferred_reweighting.loss.super_loss.loss = \"balanced_softmax\" }]",
                "so does balanced_softmax inside it: together they correct twice",
            ),
            (
                "loss = [\"logit_adjustment\"]\nsampling = [\"class_balanced\"]",
                "corrects for what the sampling leaves of the imbalance",
            ),
            (
                "loss = \"logit_adjustment\"\ndecision = [\"argmax\", \"prior_shift\"]",
                "and so does prior_shift after training: together they correct twice",
            ),
            (
                "loss = \"balanced_softmax\"\ndecision = \"threshold\"",
                "threshold for what is left of that on the validation part",
            ),
        ] {
            let notes = notes(axes);
            assert!(notes.len() == 1 && notes[0].contains(sentence), "{axes}: {notes:?}");
        }
        for axes in [
            "loss = [\"cross_entropy\", \"focal\"]\ndecision = [\"prior_shift\", \"threshold\"]",
            "loss = [\"deferred_reweighting\", \"logit_adjustment\", { focal.alpha = [[1, 9]] }]",
            "loss = [\"focal\", \"cross_entropy\"]\nsampling = [\"class_balanced\"]",
        ] {
            assert_eq!(notes(axes), [""; 0], "{axes}");
        }
    }

    #[test]
    fn what_a_learner_does_not_take_is_named() {
        let notes = |axes: &str| {
            let mut notes = notes(axes);
            notes.retain(|note| note.contains("no effect"));
            notes
        };
        let methods = "loss = \"focal\"\nmining = { ohem.keep = 0.5 }\nsampling = [\"instance_balanced\", \"square_root\"]";
        assert_eq!(
            notes(&format!(
                "model = [\"nearest_neighbors\", \"boosted_trees\", \"mlp\"]\n{methods}"
            )),
            [
                "boosted_trees takes no box_loss, mixing, mining, reweighting, control, decoupling or memory: ohem(keep=0.5) has no effect on it",
                "nearest_neighbors takes no loss, box_loss, mixing, mining, reweighting, control, decoupling or memory: focal, ohem(keep=0.5) have no effect on it",
            ]
        );
        assert_eq!(
            notes("model = \"nearest_neighbors\"\nloss = [\"cross_entropy\", \"focal\"]"),
            [""; 0]
        );
        assert_eq!(notes("model = \"mlp\"\nloss = \"focal\""), [""; 0]);
    }

    #[test]
    fn metrics_of_two_classes_are_named_where_there_are_more() {
        let shown = |metric: &str| {
            notes(&format!(
                "model = \"prior\"\n[[grid]]\ndataset = [\"glass\", \"pima\"]\n[report]\nmetrics = [\"{metric}\"]"
            ))
        };
        let binary = shown("positive_f1");
        let sentence = "positive_f1: of the positive class of two, undefined on glass";
        assert!(binary.iter().any(|note| note == sentence), "{binary:?}");
        assert!(!shown("macro_f1").iter().any(|note| note.contains("undefined on")));
    }

    #[test]
    fn self_pacing_that_may_leave_out_a_small_class_is_named() {
        let notes = notes("mining = [\"self_paced\", { self_paced.scope = \"global\" }]");
        assert!(notes.len() == 1 && notes[0].contains("may leave out a small class"), "{notes:?}");
    }

    #[test]
    fn what_never_acts_is_named() {
        for (axes, name) in [
            ("loss = [\"ldam\", \"deferred_reweighting\"]", "deferred_reweighting"),
            (
                "reweighting = [\"l2rw\", \"meta_class_weights\"]\n[protocol]\nmeta = { per_class = 2 }",
                "meta_class_weights",
            ),
        ] {
            let notes = notes(&format!("{axes}\n[training]\nepochs = 2"));
            let expected =
                format!("{name} acts after 0.8 of the 2 epochs, when none is left: it never acts");
            assert_eq!(notes, [expected]);
        }
    }
}
