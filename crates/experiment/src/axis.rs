//! The axes of an experiment, and one choice on one of them.

use std::fmt;
use std::ops::Range;

use data::DatasetSpec;
use methods::losses::LossSpec;
use methods::mining::MiningSpec;
use methods::named;
use methods::reweighting::ReweightingSpec;
use methods::sampling::SamplingSpec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{EnumIter, IntoStaticStr};

use crate::spec::{ModelSpec, ProtocolSpec, TrainingSpec};

/// What an experiment can vary. `training` and `protocol` are axes too: a list in them is a sweep.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Axis {
    /// The data set.
    Dataset,
    /// The split and what is measured on it.
    Protocol,
    /// The network or classical learner.
    Model,
    /// The loss.
    Loss,
    /// Which examples meet in a batch.
    Sampling,
    /// Which examples of a batch are learnt from.
    Mining,
    /// How much each example counts.
    Reweighting,
    /// Optimiser, schedule, epochs, batch size.
    Training,
}

impl Axis {
    /// The name in an experiment file.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A typed value on one axis.
#[derive(Clone, Debug, PartialEq)]
pub enum AxisValue {
    /// On [`Axis::Dataset`].
    Dataset(DatasetSpec),
    /// On [`Axis::Protocol`].
    Protocol(ProtocolSpec),
    /// On [`Axis::Model`].
    Model(ModelSpec),
    /// On [`Axis::Loss`].
    Loss(LossSpec),
    /// On [`Axis::Sampling`].
    Sampling(SamplingSpec),
    /// On [`Axis::Mining`].
    Mining(MiningSpec),
    /// On [`Axis::Reweighting`].
    Reweighting(ReweightingSpec),
    /// On [`Axis::Training`].
    Training(TrainingSpec),
}

/// One choice on an axis: its value, how it is written in tables, and where it stands in the file.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The value.
    pub value: AxisValue,
    /// Short name: the method and those of its parameters that differ from the defaults.
    pub label: String,
    /// The value with every default written out.
    pub json: Value,
    /// Its place in the source.
    pub span: Range<usize>,
}

/// `focal(gamma=0.5)`: the name of a method with the parameters that differ from its defaults.
///
/// ```
/// # use experiment::axis::label;
/// # use methods::losses::LossSpec;
/// let focal: LossSpec = serde_json::from_str(r#"{ "focal": { "gamma": 0.5 } }"#).unwrap();
/// assert_eq!(label(&focal), "focal(gamma=0.5)");
/// ```
pub fn label<M: Serialize + DeserializeOwned>(method: &M) -> String {
    let json = to_json(method);
    let Some((name, parameters)) = json.as_object().and_then(|map| map.iter().next()) else {
        return json.to_string();
    };
    let default = named::deserialize::<_, M>(Value::String(name.clone())).ok();
    let default = default.map(|default| to_json(&default)[name].clone()).unwrap_or_default();
    let mut parts = Vec::new();
    differences(&mut parts, "", parameters, &default);
    if parts.is_empty() { name.clone() } else { format!("{name}({})", parts.join(", ")) }
}

/// `training` and `protocol` have no name of their own: only what differs from the defaults.
pub(crate) fn section_label<S: Serialize + Default>(section: &S) -> String {
    let mut parts = Vec::new();
    differences(&mut parts, "", &to_json(section), &to_json(&S::default()));
    if parts.is_empty() { "default".to_owned() } else { parts.join(", ") }
}

/// Any specification as JSON.
pub(crate) fn to_json<S: Serialize>(spec: &S) -> Value {
    serde_json::to_value(spec).expect("specifications are plain data")
}

fn differences(parts: &mut Vec<String>, key: &str, given: &Value, default: &Value) {
    match given {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                differences(parts, &path, value, default.get(name).unwrap_or(&Value::Null));
            }
            // A method without parameters, as in `scheme = "inverse"`, still has to be named.
            if map.is_empty() && default.is_null() && !key.is_empty() {
                parts.push(key.replacen('.', "=", 1));
            }
        }
        _ if same(given, default) => {}
        Value::String(text) => parts.push(format!("{key}={text}")),
        Value::Number(number) => {
            parts.push(format!("{key}={}", number.as_f64().unwrap_or_default()));
        }
        other => parts.push(format!("{key}={other}")),
    }
}

/// Equality in which 2 is 2.0.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => a == b,
    }
}
