//! Parameters that the validation part chooses, as `[report] select` names them: `loss.gamma`,
//! `training.optimizer.sgd.learning_rate`.
//!
//! The name of a method may be left out of a path: `loss.gamma` is that of every loss that has one. Trials that differ in
//! such parameters alone are candidates for one place in a table; [`tuned`] says which these are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use strum::IntoEnumIterator;

use crate::axes::{AxisRow, ROWS};
use crate::axis::Axis;
use crate::canonical::canonical;
use crate::labels::{Labels, is_section, only_entry, shown};
use crate::spec::TrialSpec;

/// What stands in the place of a parameter that is chosen.
const TUNED: &str = "tuned";

/// A parameter of what stands on an axis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    pub(crate) axis: Axis,
    /// At least one name.
    path: Vec<String>,
}

impl Parameter {
    /// The keys that lead to it in `value`, which stands on its axis; `None` if it is no parameter of that.
    pub(crate) fn place<'v>(&'v self, value: &'v Value) -> Option<Vec<&'v str>> {
        let path = || self.path.iter().map(String::as_str);
        let leads =
            |keys: &[&str]| keys.iter().try_fold(value, |value, key| value.get(key)).is_some();
        if is_section(self.axis) {
            return Some(path().collect()).filter(|keys: &Vec<&str>| leads(keys));
        }
        let (name, _) = only_entry(value)?;
        let within = [name.as_str()].into_iter().chain(path()).collect::<Vec<_>>();
        let named = path().collect::<Vec<_>>();
        [within, named].into_iter().find(|keys| 1 < keys.len() && leads(keys))
    }

    /// Whether it is how long a network is trained.
    pub(crate) fn is_epochs(&self) -> bool {
        self.axis == Axis::Training && self.path == ["epochs"]
    }

    /// Its value in `value`.
    pub(crate) fn of<'v>(&'v self, value: &'v Value) -> Option<&'v Value> {
        self.place(value)?.into_iter().try_fold(value, |value, key| value.get(key))
    }

    /// Its value in a trial; `None` of one that has no such parameter.
    pub fn of_trial(&self, spec: &TrialSpec) -> Option<Value> {
        let given = (AxisRow::of(self.axis).get)(spec)?;
        self.of(&given).cloned()
    }

    /// Its own name, without those that lead to it.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Puts the word for what is chosen in its place.
    pub(crate) fn blur(&self, value: &mut Value) {
        self.put(value, Value::from(TUNED));
    }

    /// Puts `given` in its place; whether it has one.
    pub(crate) fn put(&self, value: &mut Value, given: Value) -> bool {
        let place: Option<Vec<String>> =
            self.place(value).map(|keys| keys.into_iter().map(str::to_owned).collect());
        let place = place.unwrap_or_default();
        let at = place.iter().try_fold(value, |value, key| value.get_mut(key));
        match at.filter(|_| !place.is_empty()) {
            Some(at) => {
                *at = given;
                true
            }
            None => false,
        }
    }

    /// Every path to a parameter of what stands on `axis`, without the names of methods.
    pub(crate) fn all_of(axis: Axis, values: &[&Value]) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for value in values {
            let parameters =
                if is_section(axis) { Some(*value) } else { only_entry(value).map(|e| e.1) };
            if let Some(Value::Object(map)) = parameters {
                add_paths(&mut paths, axis.name(), map);
            }
        }
        paths
    }
}

fn add_paths(paths: &mut BTreeSet<String>, before: &str, map: &Map<String, Value>) {
    for (key, value) in map {
        let path = format!("{before}.{key}");
        if let Value::Object(map) = value {
            add_paths(paths, &path, map);
        }
        paths.insert(path);
    }
}

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut names = text.split('.').map(str::to_owned);
        let first = names.next().unwrap_or_default();
        let path: Vec<String> = names.collect();
        let axis = Axis::iter()
            .find(|axis| axis.name() == first)
            .ok_or_else(|| format!("there is no axis `{first}`"))?;
        if matches!(axis, Axis::Dataset | Axis::Protocol) {
            return Err(format!(
                "what stands on the axis `{axis}` is what is measured, and nothing that could be chosen by it"
            ));
        }
        if path.is_empty() || path.iter().any(String::is_empty) {
            return Err(format!("`{text}` names no parameter, as `loss.gamma` does"));
        }
        Ok(Parameter { axis, path })
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.axis, self.path.join("."))
    }
}

impl Serialize for Parameter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A trial without the values that are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The same for all trials that differ in chosen parameters, fold and seed alone.
    pub key: String,
    /// How what has a chosen parameter is written: `focal(gamma=tuned)`.
    pub labels: BTreeMap<Axis, String>,
    /// The values of this trial: `gamma=2, learning_rate=0.05`.
    pub values: String,
    /// The same by the names of their parameters, in the order of `select` on each axis.
    pub parts: Vec<(String, String)>,
    /// Whether some were drawn by a search: others may stand in other trials, even where these have one alone.
    pub searched: bool,
    /// Those of them that are numbers of a list, and not drawn, by the names of their parameters.
    pub numbers: Vec<(String, f64)>,
}

/// `spec` without the values of `select`; `None` if it has no such parameter.
pub fn tuned(spec: &TrialSpec, select: &[Parameter], labels: &Labels) -> Option<Tuned> {
    let (mut all, mut of_axes, mut parts) = (Map::new(), BTreeMap::new(), Vec::new());
    let mut searched = false;
    let mut numbers = Vec::new();
    for row in &ROWS {
        let Some(given) = (row.get)(spec) else { continue };
        let mut blurred = given.clone();
        let chosen = select.iter().filter(|parameter| parameter.axis == row.axis);
        for parameter in chosen.clone() {
            if let Some(value) = parameter.of(&given) {
                let name = parameter.name();
                parts.push((name.to_owned(), written(value)));
                let is_drawn = labels.searched.contains(&parameter.to_string());
                searched |= is_drawn;
                let number = value.as_f64().filter(|_| !is_drawn);
                numbers.extend(number.map(|number| (name.to_owned(), number)));
            }
            parameter.blur(&mut blurred);
        }
        if blurred != given {
            of_axes.insert(
                row.axis,
                (AxisRow::of(row.axis).written.label)(labels, row.axis, &blurred),
            );
        }
        all.insert(row.axis.name().to_owned(), blurred);
    }
    let values: Vec<String> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!parts.is_empty()).then(|| Tuned {
        key: canonical(&Value::Object(all)),
        labels: of_axes,
        values: values.join(", "),
        parts,
        searched,
        numbers,
    })
}

/// A value behind its parameter; of a method its name.
pub fn written(value: &Value) -> String {
    match only_entry(value) {
        Some((name, Value::Object(parameters))) if parameters.is_empty() => name.clone(),
        _ => shown(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::planned;

    fn all(select: &[&str], rest: &str) -> Vec<Option<Tuned>> {
        let text = format!(
            "[experiment]\nname = \"s\"\n[axes]\ndataset = \"ecoli4\"\nmodel = \"linear\"\n{rest}"
        );
        let select: Vec<Parameter> = select.iter().map(|path| path.parse().unwrap()).collect();
        let (plan, _) = planned(&text);
        let of = |c: &crate::plan::PlannedCell| tuned(&c.cell.spec, &select, &plan.labels);
        plan.cells.iter().filter(|c| c.cell.spec.fold == 0).map(of).collect()
    }

    #[test]
    fn trials_that_differ_in_what_is_chosen_have_one_name() {
        let losses = "loss = [{ focal.gamma = [1, 2] }, \"cross_entropy\"]";
        for path in ["loss.gamma", "loss.focal.gamma"] {
            let [Some(one), Some(two), None] = &all(&[path], losses)[..] else { panic!("{path}") };
            assert_eq!((&one.key, &one.labels), (&two.key, &two.labels));
            assert_eq!(one.labels[&Axis::Loss], "focal(gamma=tuned)");
            assert_eq!((one.values.as_str(), two.values.as_str()), ("gamma=1", "gamma=2"));
        }
        let [Some(one), Some(two), None] = &all(&["loss.alpha"], losses)[..] else {
            panic!("alpha")
        };
        assert_ne!(one.key, two.key);
    }

    #[test]
    fn any_key_of_any_axis_can_be_chosen() {
        let rates = "[training]\noptimizer = [{ sgd.learning_rate = [0.01, 0.1] }, \"adamw\"]";
        let path = "training.optimizer.sgd.learning_rate";
        let [Some(one), Some(two), None] = &all(&[path], rates)[..] else { panic!("rates") };
        assert_eq!(one.key, two.key);
        assert_eq!(one.labels[&Axis::Training], "optimizer=sgd, learning_rate=tuned");
        assert_eq!(two.values, "learning_rate=0.1");
        assert_eq!(two.numbers, [("learning_rate".to_owned(), 0.1)]);
        assert_eq!(two.parts, [("learning_rate".to_owned(), "0.1".to_owned())]);
        let schemes = "loss = [{ weighted_cross_entropy.scheme = [\"inverse\", { effective_number.beta = 0.9 }] }]";
        let [Some(one), Some(two)] = &all(&["loss.scheme"], schemes)[..] else { panic!("schemes") };
        assert_eq!((&one.key, one.values.as_str()), (&two.key, "scheme=inverse"));
        assert!(one.numbers.is_empty());
        assert_eq!(one.labels[&Axis::Loss], "weighted_cross_entropy(scheme=tuned)");
    }

    #[test]
    fn what_names_no_parameter_is_refused() {
        let wrong = |text: &str| text.parse::<Parameter>().unwrap_err();
        assert!(wrong("los.gamma").contains("no axis `los`"));
        assert!(
            wrong("loss").contains("names no parameter")
                && wrong("loss.").contains("names no parameter")
        );
        assert!(wrong("protocol.validation").contains("what is measured"));
    }
}
