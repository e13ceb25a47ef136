//! How choices are written in tables: a method by its name and the parameters that tell it apart, a section by what
//! differs between its choices.
//!
//! A parameter is shown if it is not the default, or if the experiment varies it: in a sweep over `gamma` every row
//! shows its `gamma`, that of the default too.

use std::collections::{BTreeMap, BTreeSet};

use methods::named;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::axis::Axis;

/// What an experiment varies. [`Labels::default`] varies nothing: methods are written by what is not the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Of each method of each axis, by name.
    methods: BTreeMap<(Axis, String), Varied>,
    /// Of `training` and `protocol`.
    sections: BTreeMap<Axis, Varied>,
    /// Paths to parameters that a search draws.
    pub(crate) searched: BTreeSet<String>,
    /// Whether every row departs from the first of the plan, as in an ablation: then it is called by what it changes.
    pub departures: bool,
}

/// Which parameters differ, by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Varied {
    /// Values that differ.
    values: BTreeSet<String>,
    /// Methods inside of methods of which there are several, as the scheme of class weights.
    names: BTreeSet<String>,
}

impl Labels {
    /// The labels of an experiment with these choices, every default written out.
    pub(crate) fn of<'a>(choices: impl Iterator<Item = (Axis, &'a Value)>) -> Self {
        let mut methods: BTreeMap<(Axis, String), Vec<&Value>> = BTreeMap::new();
        let mut sections: BTreeMap<Axis, Vec<&Value>> = BTreeMap::new();
        for (axis, choice) in choices {
            if is_section(axis) {
                sections.entry(axis).or_default().push(choice);
            } else if let Some((name, parameters)) = only_entry(choice) {
                methods.entry((axis, name.clone())).or_default().push(parameters);
            }
        }
        Labels {
            methods: methods.into_iter().map(|(key, all)| (key, Varied::among(&all))).collect(),
            sections: sections.into_iter().map(|(axis, all)| (axis, Varied::among(&all))).collect(),
            searched: BTreeSet::new(),
            departures: false,
        }
    }

    /// How a method is written on `axis`; `default_of` gives the method of that name with its defaults.
    pub(crate) fn method(
        &self,
        axis: Axis,
        method: &Value,
        default_of: fn(&str) -> Option<Value>,
    ) -> String {
        let Some((name, parameters)) = only_entry(method) else {
            return method.to_string();
        };
        let default = default_of(name).map(|default| default[name].clone()).unwrap_or_default();
        let nothing = Varied::default();
        let varied = self.methods.get(&(axis, name.clone())).unwrap_or(&nothing);
        let mut parts = Vec::new();
        differences(&mut parts, "", parameters, Some(&default), varied);
        if parts.is_empty() { name.clone() } else { format!("{name}({})", nested(&parts)) }
    }

    /// How a section is written on `axis`: by what differs between the choices or, where nothing does, from the
    /// defaults.
    pub(crate) fn section(&self, axis: Axis, section: &Value, default: fn() -> Value) -> String {
        let mut parts = Vec::new();
        let nothing = Varied::default();
        let varied = self.sections.get(&axis).unwrap_or(&nothing);
        let default = (*varied == nothing).then(default);
        differences(&mut parts, "", section, default.as_ref(), varied);
        if parts.is_empty() { "default".to_owned() } else { flat(&parts, default.is_none()) }
    }
}

/// `training` and `protocol` have no name of their own.
pub(crate) fn is_section(axis: Axis) -> bool {
    matches!(axis, Axis::Training | Axis::Protocol)
}

/// `focal(gamma=0.5)`: the name of a method with the parameters that differ from its defaults.
///
/// ```
/// # use experiment::labels::label;
/// # use methods::losses::LossSpec;
/// let focal: LossSpec = serde_json::from_str(r#"{ "focal": { "gamma": 0.5 } }"#).unwrap();
/// assert_eq!(label(&focal), "focal(gamma=0.5)");
/// ```
pub fn label<M: Serialize + DeserializeOwned>(method: &M) -> String {
    // No axis varies, so that any will do.
    Labels::default().method(Axis::Loss, &to_json(method), default_of::<M>)
}

/// The method of this name with its defaults; `None` if there is none.
pub(crate) fn default_of<M: Serialize + DeserializeOwned>(name: &str) -> Option<Value> {
    named::deserialize::<_, M>(Value::from(name)).ok().map(|method| to_json(&method))
}

/// Any specification as JSON.
pub(crate) fn to_json<S: Serialize>(spec: &S) -> Value {
    serde_json::to_value(spec).expect("specifications are plain data")
}

/// A specification that [`to_json`] wrote.
pub(crate) fn from_json<S: DeserializeOwned>(value: &Value) -> S {
    S::deserialize(value).expect("what a type wrote is read by it")
}

/// The name and the parameters of a method.
pub(crate) fn only_entry(json: &Value) -> Option<(&String, &Value)> {
    json.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next())
}

impl Varied {
    fn among(all: &[&Value]) -> Self {
        let mut varied = Varied::default();
        varied.add("", all);
        varied
    }

    fn add(&mut self, path: &str, all: &[&Value]) {
        let objects: Vec<_> = all.iter().filter_map(|value| value.as_object()).collect();
        if objects.len() < all.len() && all.iter().any(|value| !same(value, all[0])) {
            self.values.insert(path.to_owned());
        }
        let keys: BTreeSet<&String> = objects.iter().flat_map(|map| map.keys()).collect();
        if 1 < keys.len() && objects.iter().all(|map| map.len() == 1) {
            self.names.insert(path.to_owned());
        }
        for key in keys {
            let values: Vec<&Value> = objects.iter().filter_map(|map| map.get(key)).collect();
            self.add(&joined(path, key), &values);
        }
    }

    /// Whether `path`, or a value that it is a part of, differs.
    fn holds(&self, path: &str) -> bool {
        let is_part = |of: &String| {
            path.strip_prefix(of.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.values.iter().any(is_part)
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// What is shown of `given`, as paths and values: what `varied` holds and, where there are defaults, what differs from them.
fn differences(
    parts: &mut Vec<(String, String)>,
    path: &str,
    given: &Value,
    default: Option<&Value>,
    varied: &Varied,
) {
    let Value::Object(map) = given else {
        if varied.holds(path) || default.is_some_and(|default| !same(given, default)) {
            parts.push((path.to_owned(), shown(given)));
        }
        return;
    };
    // A method without parameters, as in `scheme = "inverse"`, still has to be named.
    let unknown = map.is_empty() && !path.is_empty() && default.is_some_and(Value::is_null);
    if unknown && let Some((parent, name)) = path.rsplit_once('.') {
        if !varied.names.contains(parent) {
            parts.push((parent.to_owned(), name.to_owned()));
        }
        return;
    }
    if varied.names.contains(path)
        && let Some((name, _)) = only_entry(given)
    {
        parts.push((path.to_owned(), name.clone()));
    }
    for (key, value) in map {
        let default = default.map(|default| default.get(key).unwrap_or(&Value::Null));
        differences(parts, &joined(path, key), value, default, varied);
    }
}

/// A value as it stands behind its parameter.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

/// `gamma=2, scheme=effective_number(beta=0.99)`.
fn nested(parts: &[(String, String)]) -> String {
    // What a part is a parameter of, and what is left of its path.
    let inside = |path: &str, (of, method): &(String, String)| -> Option<String> {
        let rest = path.strip_prefix(of.as_str())?.strip_prefix('.')?;
        rest.strip_prefix(method.as_str())?.strip_prefix('.').map(str::to_owned)
    };
    let is_own = |(path, _): &&(String, String)| parts.iter().all(|of| inside(path, of).is_none());
    let one = |part: &(String, String)| {
        let parameters =
            parts.iter().filter_map(|(path, value)| Some((inside(path, part)?, value.clone())));
        let parameters: Vec<(String, String)> = parameters.collect();
        let (path, value) = part;
        if parameters.is_empty() {
            return format!("{path}={value}");
        }
        format!("{path}={value}({})", nested(&parameters))
    };
    parts.iter().filter(is_own).map(one).collect::<Vec<_>>().join(", ")
}

/// `gamma=2, alpha=0.25`; `short`: the last name of a path stands for it, unless two paths end alike.
fn flat(parts: &[(String, String)], short: bool) -> String {
    let last = |path: &'_ str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let name = |path: &String| {
        let alike = parts.iter().filter(|(other, _)| last(other) == last(path)).count();
        if short && alike == 1 { last(path) } else { path.clone() }
    };
    let parts: Vec<String> =
        parts.iter().map(|(path, value)| format!("{}={value}", name(path))).collect();
    parts.join(", ")
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

#[cfg(test)]
mod tests {
    use data::Catalogue;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::file::ExperimentFile;
    use crate::plan::Plan;
    use crate::prepare::DataCache;

    /// What stands on the axes of the combinations of an experiment, where they differ.
    fn labels(rest: &str) -> Vec<String> {
        let text = format!(
            "[experiment]\nname = \"l\"\n[axes]\ndataset = \"ecoli4\"\nmodel = \"linear\"\n{rest}"
        );
        let catalogue = Catalogue::embedded();
        let file = ExperimentFile::parse("l.toml", &text, &[], &catalogue)
            .unwrap_or_else(|e| panic!("{e}"));
        let plan = Plan::new(&file, &DataCache::new(catalogue)).unwrap_or_else(|e| panic!("{e}"));
        let differs = |axis: &Axis| {
            plan.combinations
                .iter()
                .any(|c| c.labels.get(axis) != plan.combinations[0].labels.get(axis))
        };
        let axes: Vec<Axis> = Axis::iter().filter(differs).collect();
        let row = |labels: &BTreeMap<Axis, String>| {
            axes.iter().map(|axis| labels[axis].clone()).collect::<Vec<_>>().join(" | ")
        };
        plan.combinations.iter().map(|combination| row(&combination.labels)).collect()
    }

    #[test]
    fn every_row_of_a_sweep_shows_the_swept_value() {
        let sweep = "loss = [{ focal.gamma = [1, 2, 5] }, \"ghm_c\"]";
        assert_eq!(labels(sweep), ["focal(gamma=1)", "focal(gamma=2)", "focal(gamma=5)", "ghm_c"]);
        let single = "loss = [{ focal.gamma = 2 }, { ghm_c.bins = 5 }]";
        assert_eq!(labels(single), ["focal", "ghm_c(bins=5)"]);
    }

    #[test]
    fn a_method_inside_of_a_method_is_shown_where_there_are_several() {
        let schemes = "loss = [{ weighted_cross_entropy.scheme = [\"inverse\", { effective_number.beta = 0.99 }] }]";
        assert_eq!(
            labels(schemes),
            [
                "weighted_cross_entropy(scheme=inverse)",
                "weighted_cross_entropy(scheme=effective_number(beta=0.99))"
            ]
        );
    }

    #[test]
    fn a_section_shows_what_differs_and_nothing_else() {
        let rates = "[training]\nepochs = 2\noptimizer = { sgd.learning_rate = [0.01, 0.05] }\n";
        assert_eq!(labels(rates), ["learning_rate=0.01", "learning_rate=0.05"]);
        let optimizers =
            "[training]\noptimizer = [{ sgd.learning_rate = [0.01, 0.05] }, \"adamw\"]\n";
        assert_eq!(
            labels(optimizers),
            [
                "optimizer=sgd, learning_rate=0.01",
                "optimizer=sgd, learning_rate=0.05",
                "optimizer=adamw"
            ]
        );
        let two = "[training]\nepochs = [2, 60]\n[protocol]\nsplit = { stratified_k_fold.folds = [2, 5] }\n";
        assert_eq!(
            labels(two),
            [
                "folds=2 | epochs=2",
                "folds=2 | epochs=60",
                "folds=5 | epochs=2",
                "folds=5 | epochs=60"
            ]
        );
        let meta = "[protocol]\nmeta = { per_class = [3, 5] }\n";
        assert_eq!(labels(meta), ["per_class=3", "per_class=5"]);
    }

    #[test]
    fn paths_that_end_alike_are_written_out() {
        let part = |path: &str| (path.to_owned(), "1".to_owned());
        assert_eq!(
            flat(&[part("a.rate"), part("b.rate"), part("b.c")], true),
            "a.rate=1, b.rate=1, c=1"
        );
    }
}
