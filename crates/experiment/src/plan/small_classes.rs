//! Classes that are too small for the protocol.

use std::collections::{BTreeMap, BTreeSet};

use data::SplitWarning;

use crate::plan::lookups::Lookups;
use crate::prepare::SplitFacts;
use crate::spec::TrialSpec;

/// Such classes, by data set and kind of warning.
#[derive(Default)]
pub(super) struct SmallClasses {
    found: BTreeMap<(String, String), Found>,
}

struct Found {
    /// The name in the catalogue.
    dataset: String,
    warning: SplitWarning,
    classes: BTreeSet<usize>,
}

impl SmallClasses {
    pub(super) fn add(&mut self, spec: &TrialSpec, facts: &SplitFacts) {
        for warning in &facts.warnings {
            let kind = (spec.dataset.to_string(), warning.about(""));
            let found = self.found.entry(kind).or_insert_with(|| Found {
                dataset: spec.dataset.name.clone(),
                warning: warning.clone(),
                classes: BTreeSet::new(),
            });
            found.classes.insert(warning.class());
        }
    }

    /// One sentence for each data set and kind.
    pub(super) fn warnings(&self, lookups: &mut Lookups<'_>) -> Vec<String> {
        let sentence = |((shown, _), found): (&(String, String), &Found)| {
            let known = lookups.dataset(&found.dataset).ok();
            let names = known.map_or_else(Vec::new, |known| known.dataset.classes.clone());
            format!("{shown}: {}", found.warning.about(&listed(&found.classes, &names)))
        };
        self.found.iter().map(sentence).collect()
    }
}

/// `class a`, `each of the classes a, b, c` or, of many, `each of 12 of the 19 classes`.
fn listed(classes: &BTreeSet<usize>, all: &[String]) -> String {
    let names: Vec<&str> =
        classes.iter().filter_map(|&class| all.get(class)).map(String::as_str).collect();
    match names.len() {
        1 => format!("class {}", names[0]),
        2..=5 => format!("each of the classes {}", names.join(", ")),
        n => format!("each of {n} of the {} classes", all.len()),
    }
}
