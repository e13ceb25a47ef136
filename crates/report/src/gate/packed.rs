//! A snapshot as a small file to commit: `baseline.jsonl`.
//!
//! ```text
//! {"format":"longtail-baseline","version":1,"experiment":...,"metrics":[...],"epoch":...,"rope":...,
//!  "cells":...,"families":{...}}
//! {"spec":{...},"data_digest":...}                                          a variant, followed by its cells:
//! [seed, fold, outcome, split, parameters, predictions, [value of each metric, ...]]
//! ```
//!
//! A line a cell, in an order that depends on what the cells are alone: a renewed baseline shows in a diff which moved.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use evaluation::Metric;
use experiment::atomic::replace;
use experiment::file::MeasuredEpoch;
use experiment::record::Outcome;
use experiment::spec::TrialSpec;
use serde::{Deserialize, Serialize};

use crate::gate::snapshot::{Cell, Digests, GateSettings, Snapshot, Variant, key};

const FORMAT: &str = "longtail-baseline";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
    experiment: Option<String>,
    metrics: Vec<Metric>,
    epoch: MeasuredEpoch,
    rope: f64,
    /// How many cells follow: a file that was cut off would let pass what it no longer has. `None` in old ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cells: Option<usize>,
    families: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct VariantLine {
    spec: TrialSpec,
    data_digest: String,
}

#[derive(Serialize, Deserialize)]
struct CellLine(u64, usize, Outcome, String, Option<String>, Option<String>, Vec<Option<f64>>);

impl Snapshot {
    /// The name of the file in the folder of a baseline.
    pub const FILE: &'static str = "baseline.jsonl";

    /// Replaces the file in `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// If it cannot be written; what was there before stays.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        replace(&folder.join(Self::FILE), self.packed().as_bytes())
    }

    /// Reads the file in `folder`.
    ///
    /// # Errors
    /// If it cannot be read or is no baseline of this version of the program, in one sentence.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(Self::FILE);
        let shown = path.display();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {shown}: {error}"))?;
        Snapshot::unpacked(&text).map_err(|(line, why)| {
            format!("{shown}:{line}: {why}; `longtail gate --accept` writes a new baseline")
        })
    }

    fn packed(&self) -> String {
        let GateSettings { metrics, epoch, rope } = self.settings.clone();
        let head = Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            experiment: self.experiment.clone(),
            metrics,
            epoch,
            rope,
            cells: Some(self.n_cells()),
            families: self.families.clone(),
        };
        let mut text = line(&head);
        for variant in self.variants.values() {
            text += &line(&VariantLine {
                spec: variant.spec.clone(),
                data_digest: variant.data_digest.clone(),
            });
            for (&(seed, fold), cell) in &variant.cells {
                let Digests { split, parameters, predictions } = cell.digests.clone();
                let (outcome, values) = (cell.outcome.clone(), cell.values.clone());
                text +=
                    &line(&CellLine(seed, fold, outcome, split, parameters, predictions, values));
            }
        }
        text
    }

    /// The number of a line that is wrong, and why.
    fn unpacked(text: &str) -> Result<Self, (usize, String)> {
        let mut lines = text.lines().zip(1..);
        let head: Option<Head> = lines.next().and_then(|(head, _)| serde_json::from_str(head).ok());
        let head = head.filter(|head| head.format == FORMAT && head.version == VERSION);
        let head = head.ok_or_else(|| (1, "this is no baseline that is known here".to_owned()))?;
        let Head { experiment, metrics, epoch, rope, cells, families, .. } = head;
        let n_metrics = metrics.len();
        let settings = GateSettings { metrics, epoch, rope };
        let mut snapshot = Snapshot { experiment, settings, families, variants: BTreeMap::new() };
        let mut current = None;
        for (line, number) in lines {
            let refuse =
                |error: serde_json::Error| (number, format!("it cannot be read ({error})"));
            if line.starts_with('{') {
                let VariantLine { spec, data_digest } =
                    serde_json::from_str(line).map_err(refuse)?;
                let text = key(&spec);
                let cells = BTreeMap::new();
                let variant = Variant { spec, data_digest, cells };
                current = Some(snapshot.variants.entry(text).or_insert(variant));
                continue;
            }
            let CellLine(seed, fold, outcome, split, parameters, predictions, values) =
                serde_json::from_str(line).map_err(refuse)?;
            let digests = Digests { split, parameters, predictions };
            let variant = current.as_mut().filter(|_| values.len() == n_metrics);
            let variant =
                variant.ok_or_else(|| (number, "this cell is out of place".to_owned()))?;
            let cell = Cell { id: None, outcome, digests, values };
            if variant.cells.insert((seed, fold), cell).is_some() {
                return Err((number, "this cell is there twice".to_owned()));
            }
        }
        let there = snapshot.n_cells();
        match cells {
            Some(cells) if cells != there => {
                Err((1, format!("it should have {cells} cells and has {there}")))
            }
            _ if there == 0 => Err((1, "it has no cells".to_owned())),
            _ => Ok(snapshot),
        }
    }
}

fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("a baseline is plain data") + "\n"
}
