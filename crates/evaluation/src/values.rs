//! The values of all metrics on one set of predictions.
//!
//! A report holds some of these for each of a million records: they take a place for each metric, and nothing else.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use strum::{EnumCount, IntoEnumIterator};

use crate::evaluation::Reading;
use crate::metrics::{Metric, NameVisitor};

/// What was measured, by metric; written as a map from names to values, `null` where a metric is undefined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// 0 where there is none.
    numbers: [f64; Metric::COUNT],
    /// A bit for each metric: whether it was measured, and whether it has a value.
    measured: u64,
    defined: u64,
}

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
            Reading::Value(self.numbers[metric as usize])
        }
    }

    /// The value of `metric`, if it has one.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match self.reading(metric) {
            Reading::Value(value) => Some(value),
            Reading::Undefined | Reading::NotMeasured => None,
        }
    }

    /// Says that `metric` was measured, and what it is; `None`: it is undefined.
    pub fn insert(&mut self, metric: Metric, value: Option<f64>) {
        self.measured |= bit(metric);
        self.defined &= !bit(metric);
        self.numbers[metric as usize] = value.unwrap_or_default();
        if value.is_some() {
            self.defined |= bit(metric);
        }
    }

    /// Says that `metric` was not measured.
    pub fn remove(&mut self, metric: Metric) {
        self.insert(metric, None);
        self.measured &= !bit(metric);
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
        serializer.collect_map(self.iter())
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
        let mut metrics = Metric::iter();
        while let Some(metric) = map.next_key_seed(Expected(metrics.next()))? {
            values.insert(metric, map.next_value()?);
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
        let all: Values = Metric::iter()
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
    fn a_metric_that_there_is_not_is_refused_by_its_name() {
        let error = serde_json::from_str::<Values>(r#"{"acuracy":1.0}"#).unwrap_err();
        assert!(error.to_string().contains("there is no metric `acuracy`"), "{error}");
    }
}
