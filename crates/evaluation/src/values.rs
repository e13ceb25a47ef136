//! The values of all metrics on one set of predictions.
//!
//! A report holds some of these for each of a million records: they take a place for each metric of one task, and nothing
//! else.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use strum::{EnumCount, IntoEnumIterator};

use crate::evaluation::Reading;
use crate::metrics::{Metric, NameVisitor, TaskKind};

/// What was measured, by metric, all of one task; written as a map from names to values, `null` where a metric is undefined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// By their places in the task; 0 where there is none.
    numbers: [f64; MOST],
    /// A bit for each metric: whether it was measured, and whether it has a value.
    measured: u64,
    defined: u64,
}

/// Metrics of the task that has most of them.
const MOST: usize = 20;

const _: () = assert!(Metric::COUNT <= u64::BITS as usize, "a metric has a bit");

impl Values {
    /// What is known of `metric`.
    pub fn reading(&self, metric: Metric) -> Reading {
        let bit = bit(metric);
        if self.measured & bit == 0 {
            Reading::NotMeasured
        } else if self.defined & bit == 0 {
            Reading::Undefined
        } else {
            Reading::Value(self.numbers[metric.place()])
        }
    }

    /// The value of `metric`, if it has one.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match self.reading(metric) {
            Reading::Value(value) => Some(value),
            Reading::Undefined | Reading::NotMeasured => None,
        }
    }

    /// Says that `metric` was measured, and what it is; `None`: it is undefined. What was said of metrics of another task is
    /// forgotten.
    pub fn insert(&mut self, metric: Metric, value: Option<f64>) {
        if !self.is_of(metric.task()) {
            *self = Values::default();
        }
        self.set(metric, value);
    }

    /// The same of a metric of the task that all others are of.
    fn set(&mut self, metric: Metric, value: Option<f64>) {
        self.measured |= bit(metric);
        self.defined &= !bit(metric);
        self.numbers[metric.place()] = value.unwrap_or_default();
        if value.is_some() {
            self.defined |= bit(metric);
        }
    }

    /// Says that `metric` was not measured.
    pub fn remove(&mut self, metric: Metric) {
        self.insert(metric, None);
        self.measured &= !bit(metric);
    }

    /// Whether all that was measured, if anything was, is of `task`.
    fn is_of(&self, task: TaskKind) -> bool {
        let first = self.measured.trailing_zeros() as usize;
        Metric::iter().nth(first).is_none_or(|metric| metric.task() == task)
    }

    /// The metrics that were measured, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, Option<f64>)> {
        let is_measured = |metric: &Metric| self.measured & bit(*metric) != 0;
        Metric::iter().filter(is_measured).map(|metric| (metric, self.get(metric)))
    }
}

fn bit(metric: Metric) -> u64 {
    1 << metric as u32
}

impl FromIterator<(Metric, Option<f64>)> for Values {
    fn from_iter<I: IntoIterator<Item = (Metric, Option<f64>)>>(entries: I) -> Self {
        let mut values = Values::default();
        entries.into_iter().for_each(|(metric, value)| values.insert(metric, value));
        values
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A format that says how many there are should not have to count them.
        let mut map = serializer.serialize_map(Some(self.measured.count_ones() as usize))?;
        self.iter().try_for_each(|(metric, value)| map.serialize_entry(&metric, &value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values by the names of metrics")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Values::default();
        // They were written in this order: most names are the one that is expected, and are not searched for.
        let (mut metrics, mut task) = (Metric::iter(), None);
        while let Some(metric) = map.next_key_seed(Expected(metrics.next()))? {
            // Those of another task than the first come after its own.
            if task.is_none() {
                metrics = Metric::iter();
                metrics.find(|known| *known == metric);
            }
            if *task.get_or_insert(metric.task()) != metric.task() {
                return Err(A::Error::custom("metrics of two tasks"));
            }
            values.set(metric, map.next_value()?);
        }
        Ok(values)
    }
}

/// The name of a metric, most likely of this one.
struct Expected(Option<Metric>);

impl<'de> DeserializeSeed<'de> for Expected {
    type Value = Metric;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Metric, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Expected {
    type Value = Metric;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        NameVisitor.expecting(f)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Metric, E> {
        match self.0.filter(|metric| metric.name() == name) {
            Some(metric) => Ok(metric),
            None => NameVisitor.visit_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_read_as_it_was_written() {
        let all: Values = TaskKind::Classification
            .metrics()
            .enumerate()
            .map(|(i, metric)| (metric, (i % 3 != 0).then_some(i as f64 / 7.0)))
            .collect();
        let mut some = all.clone();
        some.remove(Metric::Accuracy);
        some.remove(Metric::Ece);
        for values in [&all, &some, &Values::default()] {
            let json = serde_json::to_string(values).unwrap();
            assert_eq!(serde_json::from_str::<Values>(&json).unwrap(), *values, "{json}");
        }
        assert_eq!(some.reading(Metric::Ece), Reading::NotMeasured);
        assert_eq!(all.reading(Metric::Accuracy), Reading::Undefined);
    }

    #[test]
    fn values_are_written_in_the_order_of_metrics_and_read_in_any() {
        let json = r#"{"ece":0.25,"accuracy":null,"mcc":1.0}"#;
        let values: Values = serde_json::from_str(json).unwrap();
        let written = serde_json::to_string(&values).unwrap();
        assert_eq!(written, r#"{"accuracy":null,"mcc":1.0,"ece":0.25}"#);
    }

    #[test]
    fn values_are_of_one_task() {
        let tasks = [TaskKind::Classification, TaskKind::Detection, TaskKind::Retrieval];
        assert!(tasks.iter().all(|task| task.metrics().count() <= MOST));
        let of = |task: TaskKind| -> Values {
            task.metrics().map(|metric| (metric, Some(metric as u32 as f64))).collect()
        };
        for task in tasks {
            let values = of(task);
            assert!(values.iter().map(|(metric, _)| metric).eq(task.metrics()));
            let json = serde_json::to_string(&values).unwrap();
            assert_eq!(serde_json::from_str::<Values>(&json).unwrap(), values);
        }
        let mut values = of(TaskKind::Classification);
        assert_eq!(values.reading(Metric::MapAtR), Reading::NotMeasured);
        values.insert(Metric::MapAtR, Some(0.5));
        assert!(values.iter().eq([(Metric::MapAtR, Some(0.5))]));
        let both = serde_json::from_str::<Values>(r#"{"accuracy":1.0,"map_at_r":1.0}"#);
        assert!(both.unwrap_err().to_string().contains("metrics of two tasks"));
    }

    #[test]
    fn a_metric_that_there_is_not_is_refused_by_its_name() {
        let error = serde_json::from_str::<Values>(r#"{"acuracy":1.0}"#).unwrap_err();
        assert!(error.to_string().contains("there is no metric `acuracy`"), "{error}");
    }
}
