//! Which imbalance ratio a profile reaches.

use std::collections::BTreeMap;

use data::{DatasetSpec, is_met, reached_ratio};
use serde::Serialize;

/// The imbalance ratios that a data set's profile gives to the training parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReachedProfile {
    /// What was asked for.
    pub asked: f64,
    /// The least of all training parts: largest class over smallest.
    pub least: f64,
    /// The most of all training parts.
    pub most: f64,
}

impl ReachedProfile {
    /// Adds a training part of `dataset` with so many rows of each class, if a profile shaped it.
    pub fn note(all: &mut BTreeMap<String, Self>, dataset: &DatasetSpec, train_counts: &[u32]) {
        let Some(profile) = &dataset.profile else { return };
        let Some(ratio) = reached_ratio(train_counts) else { return };
        let new = || ReachedProfile { asked: profile.ratio(), least: ratio, most: ratio };
        let reached = all.entry(dataset.to_string()).or_insert_with(new);
        reached.least = reached.least.min(ratio);
        reached.most = reached.most.max(ratio);
    }

    /// `88.5`, or `88.5 to 91`: the ratios of the training parts.
    pub fn reached(&self) -> String {
        let (least, most) = (short(self.least), short(self.most));
        if least == most { least } else { format!("{least} to {most}") }
    }

    /// Whether every training part has a ratio within a tenth of the one that was asked for.
    pub fn is_met(&self) -> bool {
        is_met(self.asked, self.least) && is_met(self.asked, self.most)
    }
}

/// Warnings of profiles that cannot be met.
pub(super) fn missed(profiles: &BTreeMap<String, ReachedProfile>) -> Vec<String> {
    let missed = profiles.iter().filter(|(_, profile)| !profile.is_met());
    let sentence = |(dataset, profile): (&String, &ReachedProfile)| {
        format!(
            "{dataset}: the profile cannot be met: it asks for an imbalance ratio of {}, and the training parts have \
             {}: classes are whole rows, one at the least",
            short(profile.asked),
            profile.reached()
        )
    };
    missed.map(sentence).collect()
}

/// A ratio to a tenth, or to a whole from a hundred on.
fn short(ratio: f64) -> String {
    let tenths = if ratio < 100.0 { (10.0 * ratio).round() / 10.0 } else { ratio.round() };
    tenths.to_string()
}

#[cfg(test)]
mod tests {
    use crate::plan::Plan;
    use crate::testing::planned;

    fn plan(dataset: &str, protocol: &str) -> Plan {
        let text = format!(
            "[experiment]\nname = \"p\"\n[protocol]\n{protocol}\n[axes]\ndataset = {dataset}\nmodel = \"prior\"\n"
        );
        planned(&text).0
    }

    #[test]
    fn a_profile_that_cannot_be_met_is_warned_about_with_what_is_reached() {
        let holdout = "split = { holdout.test = 0.3 }";
        let plan =
            plan("[{ ecoli4.profile = { exponential.ratio = [10, 100, 1000000] } }]", holdout);
        // 112 rows and 11 are learnt from, 177 and 2, 177 and 1.
        let reached: Vec<String> =
            plan.profiles.values().map(super::ReachedProfile::reached).collect();
        assert_eq!(reached, ["10.2", "88.5", "177"]);
        let warned: Vec<&String> =
            plan.warnings.iter().filter(|warning| warning.contains("cannot be met")).collect();
        assert_eq!(warned.len(), 2, "{warned:?}");
        assert!(
            warned[0].contains("imbalance ratio of 100, and the training parts have 88.5"),
            "{warned:?}"
        );
    }

    #[test]
    fn a_meta_set_does_not_change_the_ratio() {
        for profile in ["exponential", "step"] {
            let dataset = format!("[{{ page-blocks.profile.{profile}.ratio = 10 }}]");
            let plan = plan(&dataset, "meta.per_class = 5");
            assert!(
                plan.profiles.values().all(super::ReachedProfile::is_met),
                "{:?}",
                plan.profiles
            );
        }
    }
}
