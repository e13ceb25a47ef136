//! What the program knows of each axis: one row of one table.

use data::{DatasetSpec, PixelScaling, PreprocessSpec};
use evaluation::Metric;
use methods::augmentation::AugmentationSpec;
use methods::calibration::CalibrationSpec;
use methods::control::ControlSpec;
use methods::decision::DecisionSpec;
use methods::decoupling::DecouplingSpec;
use methods::losses::proposals::BoxLossSpec;
use methods::losses::{InitialProbability, LossSpec};
use methods::mixing::MixingSpec;
use methods::pairs::MemorySpec;
use methods::reweighting::ReweightingSpec;
use methods::sampling::SamplingSpec;
use nn::Initialization;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use crate::axis::Axis;
use crate::file::diagnostic::Diagnostic;
use crate::file::one_of::{asked, asked_by_name};
use crate::file::typed::{read, read_named};
use crate::labels::{Labels, default_of, from_json, to_json};
use crate::model::ModelSpec;
use crate::networks::NetworkSpec;
use crate::noise::NoiseSpec;
use crate::objective::{Miner, Objective};
use crate::spec::{LearnerSpec, NetworkLearner, ProtocolSpec, TrainingSpec, TrialSpec};
use crate::teacher;

/// One axis. What stands on it is JSON, every default written out, until a [`TrialSpec`] is made of it.
pub(crate) struct AxisRow {
    pub(crate) axis: Axis,
    pub(crate) written: Written,
    /// Whether what stands on the axis is anything to the learner of a trial.
    pub(crate) has: fn(&TrialSpec) -> bool,
    /// What stands on the axis in a trial; `None` where the learner has no such thing.
    pub(crate) get: fn(&TrialSpec) -> Option<Value>,
    /// Puts a value there; none where the learner has no such thing.
    pub(crate) put: fn(&mut TrialSpec, &Value),
    /// The versions of what changes the numbers of a trial, by name.
    pub(crate) versions: fn(&TrialSpec) -> Vec<(&'static str, u32)>,
}

/// How the entries of an axis are written, in files and in tables.
pub(crate) struct Written {
    /// What stands on the axis where the file does not name it; `None`: it has to be named.
    pub(crate) default: fn() -> Option<Value>,
    /// One entry of the file.
    pub(crate) read: fn(Spanned<DeValue<'_>>, Axis) -> Result<Value, Diagnostic>,
    /// A value as tables have it.
    pub(crate) label: fn(&Labels, Axis, &Value) -> String,
    /// Whether the table at a path within an entry is one name with its parameters.
    pub(crate) names_one: fn(&[&str]) -> bool,
}

/// Every axis, in the order of [`Axis`]: a model is put before what its learner may have.
pub(crate) static ROWS: [AxisRow; 15] = [
    AxisRow {
        axis: Axis::Dataset,
        written: Written {
            default: || None,
            read: named::<DatasetSpec>,
            label: |_, _, dataset| from_json::<DatasetSpec>(dataset).to_string(),
            names_one: asked::<DatasetSpec>,
        },
        has: |_| true,
        get: |spec| Some(to_json(&spec.dataset)),
        put: |spec, dataset| spec.dataset = from_json(dataset),
        versions: |_| Vec::new(),
    },
    AxisRow {
        axis: Axis::Protocol,
        written: Written { read: protocol, ..section::<ProtocolSpec>() },
        has: |_| true,
        get: |spec| Some(to_json(&spec.protocol)),
        put: |spec, protocol| spec.protocol = from_json(protocol),
        versions: |spec| {
            let own = [("preprocessing", PreprocessSpec::VERSION), ("metrics", Metric::VERSION)];
            let noise = (!spec.protocol.noise.is_none()).then_some(("noise", NoiseSpec::VERSION));
            let pixels = spec.images.then_some(("pixels", PixelScaling::VERSION));
            let task = spec.protocol.task.version();
            own.into_iter().chain(noise).chain(pixels).chain(task).collect()
        },
    },
    AxisRow {
        axis: Axis::Model,
        written: method::<ModelSpec>(),
        has: |_| true,
        get: |spec| Some(to_json(&spec.learner.model())),
        put: |spec, model| spec.learner = LearnerSpec::of(from_json(model)),
        versions: |spec| match &spec.learner {
            LearnerSpec::Network(network) => of_network(&network.model),
            LearnerSpec::Pairs(pairs) => of_network(&pairs.model),
            LearnerSpec::Boosted(_) => {
                vec![("numerics", nn::VERSION), ("trees", baselines::BoostedTrees::VERSION)]
            }
            LearnerSpec::Classical(learner) => vec![("learner", learner.version())],
        },
    },
    AxisRow {
        axis: Axis::Loss,
        written: method::<Objective>(),
        has: |spec| spec.loss().is_some() || spec.pairs().is_some(),
        get: |spec| match spec.pairs() {
            Some(pairs) => Some(to_json(&pairs.loss)),
            None => spec.loss().map(to_json),
        },
        put: |spec, loss| spec.learner.learn_by(from_json(loss)),
        versions: |spec| {
            let of_pairs = spec.pairs().map(|pairs| pairs.loss.version());
            let version = of_pairs.or(spec.loss().map(LossSpec::version));
            let starts = |loss: &&LossSpec| loss.traits().start != InitialProbability::Even;
            let finds_boxes = spec.protocol.task.boxes().is_some();
            let start = spec.loss().filter(|_| finds_boxes).filter(starts);
            let start = start.map(|_| ("initial biases", InitialProbability::VERSION));
            version.map(|version| ("loss", version)).into_iter().chain(start).collect()
        },
    },
    AxisRow {
        axis: Axis::BoxLoss,
        written: method::<BoxLossSpec>(),
        has: |spec| spec.network().is_some(),
        get: |spec| spec.network().map(|network| to_json(&network.box_loss)),
        put: |spec, loss| put(spec.network_mut().map(|network| &mut network.box_loss), loss),
        versions: |spec| {
            let finds_boxes = spec.protocol.task.boxes().is_some();
            let network = spec.network().filter(|_| finds_boxes);
            Vec::from_iter(network.map(|network| ("box loss", network.box_loss.version())))
        },
    },
    AxisRow {
        axis: Axis::Sampling,
        written: method::<SamplingSpec>(),
        has: |_| true,
        get: |spec| Some(to_json(&spec.sampling)),
        put: |spec, sampling| spec.sampling = from_json(sampling),
        versions: |spec| vec![("sampling", spec.sampling.version())],
    },
    AxisRow {
        axis: Axis::Mixing,
        written: method::<MixingSpec>(),
        has: |spec| spec.network().is_some(),
        get: |spec| spec.network().map(|network| to_json(&network.mixing)),
        put: |spec, mixing| put(spec.network_mut().map(|network| &mut network.mixing), mixing),
        versions: |spec| {
            let mixing = spec.network().map(|network| &network.mixing);
            let mixing = mixing.filter(|mixing| !mixing.is_none());
            Vec::from_iter(mixing.map(|mixing| ("mixing", mixing.version())))
        },
    },
    AxisRow {
        axis: Axis::Mining,
        written: method::<Miner>(),
        has: |spec| spec.network_model().is_some(),
        get: |spec| match spec.pairs() {
            Some(pairs) => Some(to_json(&pairs.mining)),
            None => spec.network().map(|network| to_json(&network.mining)),
        },
        // A miner of the other kind is refused by the plan.
        put: |spec, mining| match from_json(mining) {
            Miner::Examples(examples) if spec.pairs().is_none() => {
                if let Some(network) = spec.network_mut() {
                    network.mining = examples;
                }
            }
            _ => {
                if let (Some(pairs), Some(miner)) = (spec.pairs_mut(), Miner::of_pairs(mining)) {
                    pairs.mining = miner;
                }
            }
        },
        versions: |spec| {
            if let Some(pairs) = spec.pairs() {
                return vec![("mining", pairs.mining.version())];
            }
            let Some(network) = spec.network() else { return Vec::new() };
            let scored = network.mining.scores().map(|_| teacher::versions());
            let own = ("mining", network.mining.version());
            scored.into_iter().flatten().chain([own]).collect()
        },
    },
    AxisRow {
        axis: Axis::Reweighting,
        written: method::<ReweightingSpec>(),
        has: |spec| spec.network().is_some(),
        get: |spec| spec.network().map(|network| to_json(&network.reweighting)),
        put: |spec, by| put(spec.network_mut().map(|network| &mut network.reweighting), by),
        versions: |spec| {
            let version = |network: &NetworkLearner| network.reweighting.version(&network.loss);
            Vec::from_iter(spec.network().map(|network| ("reweighting", version(network))))
        },
    },
    AxisRow {
        axis: Axis::Control,
        written: method::<ControlSpec>(),
        has: |spec| spec.controls().is_some(),
        get: |spec| spec.controls().map(to_json),
        put: |spec, control| put(spec.controls_mut(), control),
        versions: |spec| {
            let control = spec.controls().filter(|control| !control.is_none());
            Vec::from_iter(control.map(|control| ("control", control.version())))
        },
    },
    AxisRow {
        axis: Axis::Decoupling,
        written: method::<DecouplingSpec>(),
        has: |spec| spec.network().is_some(),
        get: |spec| spec.network().map(|network| to_json(&network.decoupling)),
        put: |spec, by| put(spec.network_mut().map(|network| &mut network.decoupling), by),
        versions: |spec| {
            spec.network().map(|network| network.decoupling.versions()).unwrap_or_default()
        },
    },
    AxisRow {
        axis: Axis::Training,
        written: section::<TrainingSpec>(),
        has: |spec| spec.steps().is_some(),
        get: |spec| spec.steps().map(to_json),
        put: |spec, training| put(spec.steps_mut(), training),
        versions: |spec| {
            let training = spec.steps();
            let versions = training.map(|training| {
                let augments = !training.augment.is_none();
                let own = [
                    ("optimizer", training.optimizer.version()),
                    ("schedule", training.schedule.version()),
                ];
                own.into_iter().chain(augments.then_some(("augment", AugmentationSpec::VERSION)))
            });
            versions.into_iter().flatten().collect()
        },
    },
    AxisRow {
        axis: Axis::Calibration,
        written: method::<CalibrationSpec>(),
        has: |_| true,
        get: |spec| Some(to_json(&spec.calibration)),
        put: |spec, calibration| spec.calibration = from_json(calibration),
        versions: |spec| {
            let calibration = Some(&spec.calibration).filter(|calibration| !calibration.is_none());
            Vec::from_iter(calibration.map(|by| ("calibration", by.version())))
        },
    },
    AxisRow {
        axis: Axis::Decision,
        written: method::<DecisionSpec>(),
        has: |_| true,
        get: |spec| Some(to_json(&spec.decision)),
        put: |spec, decision| spec.decision = from_json(decision),
        versions: |spec| {
            let decision = Some(&spec.decision).filter(|decision| !decision.is_argmax());
            Vec::from_iter(decision.map(|by| ("decision", by.version())))
        },
    },
    AxisRow {
        axis: Axis::Memory,
        written: method::<MemorySpec>(),
        has: |spec| spec.pairs().is_some(),
        get: |spec| spec.pairs().map(|pairs| to_json(&pairs.memory)),
        put: |spec, memory| put(spec.pairs_mut().map(|pairs| &mut pairs.memory), memory),
        versions: |spec| {
            let memory = spec.pairs().map(|pairs| &pairs.memory);
            let memory = memory.filter(|memory| !memory.is_none());
            Vec::from_iter(memory.map(|memory| ("memory", memory.version())))
        },
    },
];

impl AxisRow {
    /// That of `axis`.
    pub(crate) fn of(axis: Axis) -> &'static AxisRow {
        ROWS.iter().find(|row| row.axis == axis).expect("every axis has a row")
    }

    /// The method that stands there by default; `None` where that is a section, or nothing.
    pub(crate) fn default_name(&self) -> Option<String> {
        let default = (self.written.default)()?;
        let method = default.as_object().filter(|map| map.len() == 1)?;
        method.keys().next().cloned()
    }
}

impl TrialSpec {
    /// What stands on `axis`, by what differs from the defaults; `None` where the learner has no such thing.
    pub fn label(&self, axis: Axis) -> Option<String> {
        self.label_among(&Labels::default(), axis)
    }

    /// What stands on `axis` in the tables of an experiment that has `labels`.
    pub fn label_among(&self, labels: &Labels, axis: Axis) -> Option<String> {
        let row = AxisRow::of(axis);
        (row.get)(self).map(|value| (row.written.label)(labels, axis, &value))
    }
}

/// Entries are methods: a name, with or without parameters.
const fn method<M: Default + Serialize + DeserializeOwned>() -> Written {
    Written {
        default: || Some(to_json(&M::default())),
        read: named::<M>,
        label: |labels, axis, value| labels.method(axis, value, default_of::<M>),
        names_one: asked_by_name::<M>,
    }
}

/// The one entry is a section of the file, whose lists are sweeps.
const fn section<S: Default + Serialize + DeserializeOwned>() -> Written {
    Written {
        default: || Some(to_json(&S::default())),
        read: |entry, axis| Ok(to_json(&read::<S>(entry, axis.name())?)),
        label: |labels, axis, value| labels.section(axis, value, || to_json(&S::default())),
        names_one: |_| false,
    }
}

fn named<T: Serialize + DeserializeOwned>(
    entry: Spanned<DeValue<'_>>,
    axis: Axis,
) -> Result<Value, Diagnostic> {
    Ok(to_json(&read_named::<T>(entry, axis.name())?))
}

/// The protocol, with the metric of its task where the file names none to pick an epoch.
fn protocol(entry: Spanned<DeValue<'_>>, axis: Axis) -> Result<Value, Diagnostic> {
    let table = entry.get_ref().as_table();
    let names_metric = table.is_some_and(|table| table.contains_key("select_by"));
    let mut protocol: ProtocolSpec = read(entry, axis.name())?;
    if !names_metric {
        protocol.select_by = protocol.task.measures().selects_by();
    }
    Ok(to_json(&protocol))
}

fn of_network(network: &NetworkSpec) -> Vec<(&'static str, u32)> {
    vec![
        ("numerics", nn::VERSION),
        ("network", network.version()),
        ("initialisation", Initialization::VERSION),
    ]
}

fn put<T: DeserializeOwned>(place: Option<&mut T>, value: &Value) {
    if let Some(place) = place {
        *place = from_json(value);
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;
    use crate::spec::TrialKind;

    #[test]
    fn every_axis_has_one_row_in_its_place() {
        assert!(Axis::iter().eq(ROWS.iter().map(|row| row.axis)));
    }

    #[test]
    fn an_axis_has_a_value_where_it_is_something_to_the_learner() {
        for model in ModelSpec::iter() {
            let kind = TrialKind {
                dataset: DatasetSpec { name: "ecoli4".to_owned(), profile: None },
                protocol: ProtocolSpec::default(),
                sampling: SamplingSpec::default(),
                learner: LearnerSpec::of(model),
                calibration: CalibrationSpec::default(),
                decision: DecisionSpec::default(),
                images: false,
            };
            let spec = kind.trial(0, 0);
            let mut of_pairs = spec.clone();
            of_pairs.learner.learn_by(from_json(&serde_json::json!({ "triplet": {} })));
            for (row, spec) in ROWS.iter().flat_map(|row| [(row, &spec), (row, &of_pairs)]) {
                assert_eq!((row.has)(spec), (row.get)(spec).is_some(), "{}", row.axis);
            }
        }
    }
}
