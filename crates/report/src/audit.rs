//! What a trial did, as files that any tool reads.
//!
//! ```text
//! cell.json         the cell, all its parameters and measured values; the names of the classes
//! rows.csv          part, index in the part, row of the data set (from 0), target, class
//! predictions.csv   of the validation and the test part after the best epoch: part, index, row, target, predicted
//!                   class, which is the one decided for, and `p:CLASS`, the calibrated probability of each class;
//!                   where embeddings are measured: part, index, row, target and `e:K`, its numbers, of length 1
//! batches.csv       epoch, step, index in the training part, row, weight: what the loss of the example was multiplied
//!                   by before those of its batch were added up
//! arrays.npz        PART_features [n, n_features] and PART_targets [n] of each part as the learner sees them;
//!                   initial_, best_ and last_parameters: layer by layer the weights [n_in, n_out], row by row, then
//!                   the biases [n_out]; best_ and last_buffers of networks with batch norm: layer by layer the
//!                   running means [channels], then the running variances
//! ```
//!
//! Where a sampling makes rows or leaves some out there is a part `resampled` before the others: it is learnt from in
//! place of `train`, `batches.csv` has its indices, and a made row stands with the row of the data set that it was made from.
//!
//! Numbers in text have the fewest digits that give their bits back. The same cell gives the same bytes.

use std::io::{Cursor, Write};
use std::path::Path;

use experiment::audit::Audit;
use experiment::prepare::Examples;
use experiment::record::Reproducible;
use serde::Serialize;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::atomic;
use crate::error::ReportError;

/// A trial and what it did.
#[derive(Clone, Copy, Debug)]
pub struct Audited<'a> {
    /// What was measured.
    pub trial: &'a Reproducible,
    /// Names of the classes.
    pub classes: &'a [String],
    /// The parts of the data; the first is learnt from.
    pub parts: &'a [AuditedPart<'a>],
    /// The notes.
    pub audit: &'a Audit,
}

/// A part of the data.
#[derive(Clone, Copy, Debug)]
pub struct AuditedPart<'a> {
    /// `train`, `meta`, `validation` or `test`; `resampled` of rows that are learnt from in place of `train`.
    pub name: &'static str,
    /// `[n_examples]`, rows of the data set.
    pub rows: &'a [u32],
    /// The prepared features and the targets.
    pub examples: &'a Examples,
    /// `[n_examples, n_classes]`, or embeddings, `[n_examples, dimension]`; empty where nothing was said.
    pub probabilities: &'a [f64],
    /// The classes decided for, `[n_examples]`; `None`: the most probable.
    pub decided: Option<&'a [u32]>,
}

/// Writes `audited` into `folder`, which is created if it is not there; the names of the files.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_audit(folder: &Path, audited: &Audited<'_>) -> Result<[&'static str; 5], ReportError> {
    let files = [
        ("cell.json", cell(audited)),
        ("rows.csv", rows(audited)),
        ("predictions.csv", predictions(audited)),
        ("batches.csv", batches(audited)),
        ("arrays.npz", arrays(audited)),
    ];
    atomic::create_folder(folder)?;
    for (name, bytes) in &files {
        atomic::write(folder, name, bytes)?;
    }
    Ok(files.map(|(name, _)| name))
}

fn cell(audited: &Audited<'_>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Replayed<'a> {
        classes: &'a [String],
        trial: &'a Reproducible,
    }
    let cell = Replayed { classes: audited.classes, trial: audited.trial };
    let mut bytes = serde_json::to_vec_pretty(&cell).expect("records are plain data");
    bytes.push(b'\n');
    bytes
}

fn rows(audited: &Audited<'_>) -> Vec<u8> {
    let mut table = Csv::new(&["part", "index", "row", "target", "class"]);
    for part in audited.parts {
        for (index, (row, &target)) in part.rows.iter().zip(&part.examples.targets).enumerate() {
            let class = &audited.classes[target as usize];
            table.row([
                part.name,
                &index.to_string(),
                &row.to_string(),
                &target.to_string(),
                class,
            ]);
        }
    }
    table.bytes()
}

fn predictions(audited: &Audited<'_>) -> Vec<u8> {
    if let Some(dimension) = audited.audit.embedding {
        return embeddings(audited, dimension);
    }
    let n_classes = audited.classes.len();
    let names: Vec<String> = audited.classes.iter().map(|class| format!("p:{class}")).collect();
    let mut header = vec!["part", "index", "row", "target", "predicted"];
    header.extend(names.iter().map(String::as_str));
    let mut table = Csv::new(&header);
    for part in audited.parts {
        let rows = part.rows.iter().zip(&part.examples.targets);
        let rows = rows.zip(part.probabilities.chunks_exact(n_classes.max(1)));
        for (index, ((row, target), probabilities)) in rows.enumerate() {
            let decided = part.decided.map(|decided| decided[index] as usize);
            let predicted = decided.unwrap_or_else(|| evaluation::most_probable(probabilities));
            let mut fields = vec![part.name.to_owned()];
            fields
                .extend([index, *row as usize, *target as usize, predicted].map(|n| n.to_string()));
            fields.extend(probabilities.iter().map(ToString::to_string));
            table.row(fields);
        }
    }
    table.bytes()
}

fn embeddings(audited: &Audited<'_>, dimension: usize) -> Vec<u8> {
    let names: Vec<String> = (0..dimension).map(|k| format!("e:{k}")).collect();
    let mut header = vec!["part", "index", "row", "target"];
    header.extend(names.iter().map(String::as_str));
    let mut table = Csv::new(&header);
    for part in audited.parts {
        let rows = part.rows.iter().zip(&part.examples.targets);
        let rows = rows.zip(part.probabilities.chunks_exact(dimension));
        for (index, ((row, target), embedding)) in rows.enumerate() {
            let mut fields = vec![part.name.to_owned()];
            fields.extend([index, *row as usize, *target as usize].map(|n| n.to_string()));
            fields.extend(embedding.iter().map(ToString::to_string));
            table.row(fields);
        }
    }
    table.bytes()
}

fn batches(audited: &Audited<'_>) -> Vec<u8> {
    let learnt_from = audited.parts.first().map_or(&[][..], |part| part.rows);
    let mut table = Csv::new(&["epoch", "step", "index", "row", "weight"]);
    for (step, batch) in audited.audit.batches.iter().enumerate() {
        for (index, weight) in batch.examples.iter().zip(&batch.weights) {
            let row = learnt_from[*index as usize];
            let (epoch, step) = (batch.epoch.to_string(), step.to_string());
            table.row([epoch, step, index.to_string(), row.to_string(), weight.to_string()]);
        }
    }
    table.bytes()
}

fn arrays(audited: &Audited<'_>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: Vec<u8>| {
        let options = SimpleFileOptions::default();
        let in_memory = "an archive in memory takes what it is given";
        archive.start_file(format!("{name}.npy"), options).expect(in_memory);
        archive.write_all(&bytes).expect(in_memory);
    };
    for part in audited.parts {
        let Examples { features, targets, .. } = part.examples;
        let shape = [features.n_rows(), features.n_columns()];
        let values = features.values().iter().flat_map(|x| x.to_le_bytes());
        add(&format!("{}_features", part.name), npy("<f4", &shape, values));
        let values = targets.iter().flat_map(|y| y.to_le_bytes());
        add(&format!("{}_targets", part.name), npy("<u4", &[targets.len()], values));
    }
    let audit = audited.audit;
    let parameters = [
        ("initial_parameters", &audit.initial_parameters),
        ("best_parameters", &audit.best_parameters),
        ("last_parameters", &audit.last_parameters),
    ];
    let buffers = [("best_buffers", &audit.best_buffers), ("last_buffers", &audit.last_buffers)];
    let buffers = buffers.into_iter().filter(|(_, buffers)| !buffers.is_empty());
    for (name, numbers) in parameters.into_iter().chain(buffers) {
        let values = numbers.iter().flat_map(|number| number.to_le_bytes());
        add(name, npy("<f4", &[numbers.len()], values));
    }
    archive.finish().expect("an archive in memory can be finished").into_inner()
}

/// An array in NumPy's format, version 1.0: the header is filled up with blanks to a multiple of 64 bytes.
fn npy(kind: &str, shape: &[usize], values: impl Iterator<Item = u8>) -> Vec<u8> {
    let sizes: String = shape.iter().map(|size| format!("{size},")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let start = b"\x93NUMPY\x01\x00";
    while !(start.len() + 2 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a header of two sizes is short");
    let mut bytes = start.to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    bytes
}

/// A table as text.
struct Csv(csv::Writer<Vec<u8>>);

impl Csv {
    fn new(header: &[&str]) -> Self {
        let mut table = Csv(csv::Writer::from_writer(Vec::new()));
        table.row(header);
        table
    }

    fn row<I: IntoIterator<Item: AsRef<[u8]>>>(&mut self, fields: I) {
        self.0.write_record(fields).expect("all rows have the columns of the header");
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("a table in memory can be flushed")
    }
}
