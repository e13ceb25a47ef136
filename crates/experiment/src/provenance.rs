//! What a run was: the file as it stood, what was not run and why, the program, the machine. It tells where numbers come
//! from, and no number depends on it: records are compared and replayed without.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, System};

use crate::file::ExperimentFile;
use crate::plan::Plan;
use crate::trial::host;

/// One run, as it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Provenance {
    /// When it began, in seconds since 1970 (UTC); 0 where the machine does not know.
    pub started: u64,
    /// Version of the program.
    pub version: String,
    /// The commit that the program was built at, if it was built from a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Processor type and operating system.
    pub host: String,
    /// The processor by its maker's name, where the system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    /// Cells under way at once, at the most.
    pub threads: usize,
    /// The experiment file, as it was named.
    pub file: String,
    /// Its text.
    pub text: String,
    /// What `--set` laid over it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// The family of each data set.
    pub families: BTreeMap<String, String>,
    /// What was not run, by reason, in the order of the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutFor>,
}

/// Combinations that are left out for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftOutFor {
    /// The reason, in one sentence.
    pub reason: String,
    /// How many combinations.
    pub combinations: usize,
    /// Cells that they would have had.
    pub cells: usize,
}

impl Provenance {
    /// What the file and its plan tell; the program, the machine and the time are those of [`Provenance::begun`].
    pub fn of(file: &ExperimentFile, sets: &[String], plan: &Plan) -> Self {
        let (name, text) = file.source.whole_file();
        let family = |(name, facts): (&String, &crate::plan::DatasetFacts)| {
            (name.clone(), facts.family.clone())
        };
        Provenance {
            file: name.to_owned(),
            text: text.to_owned(),
            sets: sets.to_vec(),
            families: plan.datasets.iter().map(family).collect(),
            left_out: by_reason(plan),
            ..Provenance::default()
        }
    }

    /// The same of a run that begins here and now on `threads`; `commit` is the program's.
    pub fn begun(&self, threads: usize, commit: Option<&str>) -> Self {
        let host = host();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Provenance {
            started: now.map_or(0, |since| since.as_secs()),
            version: host.version.to_string(),
            commit: commit.map(str::to_owned),
            host: host.host.to_string(),
            processor: processor(),
            threads,
            ..self.clone()
        }
    }
}

fn by_reason(plan: &Plan) -> Vec<LeftOutFor> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all: Vec<LeftOutFor> = Vec::new();
    for left_out in &plan.left_out {
        let place = *places.entry(&left_out.reason).or_insert(all.len());
        if place == all.len() {
            let reason = left_out.reason.clone();
            all.push(LeftOutFor { reason, combinations: 0, cells: 0 });
        }
        all[place].combinations += 1;
        all[place].cells += left_out.n_cells;
    }
    all
}

fn processor() -> Option<String> {
    let mut system = System::new();
    system.refresh_cpu_list(CpuRefreshKind::nothing());
    let brand = system.cpus().first()?.brand().trim();
    (!brand.is_empty()).then(|| brand.to_owned())
}

#[cfg(test)]
mod tests {
    use data::Catalogue;

    use super::*;
    use crate::prepare::DataCache;

    #[test]
    fn it_has_the_file_as_it_stood_and_each_reason_once() {
        let text = "[experiment]\nname = \"p\"\n# as it stood\n[axes]\ndataset = [\"ecoli4\", \"glass2\"]\nmodel = \"linear\"\n\
                    loss = [\"cross_entropy\", \"focal\"]\n[[exclude]]\nloss = \"focal\"\n";
        let sets = vec!["training.epochs=3".to_owned()];
        let catalogue = Catalogue::embedded();
        let file = ExperimentFile::parse("p.toml", text, &sets, &catalogue).unwrap();
        let plan = Plan::new(&file, &DataCache::new(catalogue)).unwrap();
        let planned = Provenance::of(&file, &sets, &plan);
        assert_eq!((planned.file.as_str(), planned.text.as_str()), ("p.toml", text));
        assert_eq!((&planned.sets, planned.families.len()), (&sets, 2));
        let [left_out] = &planned.left_out[..] else { panic!("{:?}", planned.left_out) };
        assert_eq!((left_out.combinations, left_out.cells), (2, 10));
        let begun = planned.begun(2, Some("abc"));
        assert_eq!((begun.threads, begun.commit.as_deref()), (2, Some("abc")));
        assert!(begun.version == env!("CARGO_PKG_VERSION") && begun.text == text);
    }
}
