//! What memory a cell will want, and what the machine has: no cell takes the others down.
//!
//! A process that asks for more than there is, is ended by the system with everything that it was doing. So a cell is
//! estimated beforehand, as its time is: one that cannot fit is not begun, and those under way fit together.

use std::sync::{Condvar, Mutex};

use baselines::Sizes;
use data::Dataset;
use nn::{OptimizerSpec, Shape};
use sysinfo::System;

use crate::cost::sizes;
use crate::prepare::shape;
use crate::spec::{BoostedLearner, LearnerSpec, TrialSpec};

/// Rows that a part goes through a network at once when it is measured.
const MEASURED_ROWS: f64 = 1024.0;

/// Estimated memory of a cell that learns from `n_train` rows an epoch, in bytes. As large as the process can say
/// where there is no such number.
pub(crate) fn bytes(spec: &TrialSpec, n_train: usize, n_inputs: usize, dataset: &Dataset) -> u64 {
    let sizes = sizes(n_train, n_inputs, dataset);
    // The parts as matrices of f32 with their labels, what is said of each row, and that again of rows that are measured
    // after the last round and after the best.
    let said = spec.protocol.task.embedding().map_or(sizes.classes, |n| n.get() as f64);
    let of_row = 4.0 * sizes.inputs + 4.0 + 8.0 * said;
    let parts = sizes.rows() * of_row + sizes.others * 2.0 * 8.0 * said;
    let shape = || shape(spec, n_inputs, dataset);
    let work = match &spec.learner {
        LearnerSpec::Network(network) => {
            let of_sampling = spec.sampling.meta_batch_size().is_some();
            let has_meta = network.reweighting.needs_meta() || of_sampling;
            let beyond = Beyond {
                meta: if has_meta { 1.5 } else { 0.0 },
                stages: if network.decoupling.is_none() { 0.0 } else { 6.0 },
                ahead: network.reweighting.networks(),
                mixes: !network.mixing.is_none(),
                holds_features: network.decoupling.learns(),
                references: 0.0,
            };
            training(spec, shape(), &sizes, beyond)
        }
        LearnerSpec::Pairs(pairs) => {
            let batch = (pairs.training.batch_size.get() as f64).min(sizes.train);
            let size = pairs.memory.cross_batch().map_or(0.0, |memory| memory.size as f64);
            let most = sizes.train * pairs.training.epochs.get() as f64;
            let references = batch + size.min(most);
            let holds_features = pairs.mining.surveys();
            let beyond = Beyond { holds_features, references, ..Beyond::default() };
            training(spec, shape(), &sizes, beyond)
        }
        LearnerSpec::Boosted(learner) => boosting(learner, &sizes),
        LearnerSpec::Classical(learner) => learner.bytes(&sizes),
    };
    (parts + work) as u64
}

/// What a training holds besides its network.
#[derive(Clone, Copy, Default)]
struct Beyond {
    /// Directions in the space of parameters, of a look-ahead.
    meta: f64,
    /// Copies of the network for a second stage.
    stages: f64,
    /// Networks that learn to weigh.
    ahead: f64,
    /// Whether the partners of a blended batch are held.
    mixes: bool,
    /// Whether what the network makes of all training rows is held.
    holds_features: bool,
    /// References that an anchor is compared with.
    references: f64,
}

fn training(spec: &TrialSpec, input: Shape, sizes: &Sizes, beyond: Beyond) -> f64 {
    let (Some(architecture), Some(training)) =
        (spec.architecture(input, sizes.classes as usize), spec.steps())
    else {
        return 0.0;
    };
    let Beyond { meta, stages, ahead, mixes, holds_features, references } = beyond;
    let batch = spec.sampling.batch_rows().unwrap_or(training.batch_size.get());
    let batch = (batch as f64).min(sizes.train);
    let outputs = architecture.n_outputs as f64;
    let width = architecture.width() as f64;
    let of_body = architecture.layers().map(|(layer, input, _)| layer.n_parameters(input));
    let parameters = of_body.chain([(width + 1.0) * outputs]).sum::<f64>();
    let kept = architecture.layers().map(|(layer, input, output)| layer.n_kept(input, output));
    let kept = kept.sum::<f64>();
    let state = match &training.optimizer {
        OptimizerSpec::Sgd(_) => 1.0,
        OptimizerSpec::Adamw(_) | OptimizerSpec::Adam(_) => 2.0,
    };
    // The network, its gradient and the best so far; a direction in the space of parameters. A second stage starts from
    // copies of the last and the best, and has its own, its best so far and copies of both.
    let of_network = 4.0 * (3.1 + state + meta + ahead + stages) * parameters;
    let of_layers = architecture.layers().map(|(.., output)| output.n_values() as f64);
    let widest = of_layers.fold(outputs.max(sizes.inputs), f64::max);
    let mixed = if mixes { sizes.inputs + outputs } else { 0.0 };
    // Activations, masks, two layers of gradients, logits, slopes, probabilities.
    let of_row = mixed + kept + 2.0 * widest + 6.0 * outputs + sizes.inputs;
    let of_rows = 4.0 * (batch + MEASURED_ROWS.min(sizes.rows())) * (1.0 + meta) * of_row;
    let history = 24.0 * training.epochs.get() as f64;
    let held = if holds_features { sizes.train * (width + outputs) } else { 0.0 };
    // Cosines and slopes of the batch with its references, what is packed of these for a product, and the references.
    let compared = references * (2.0 * batch + 2.0 * outputs + 8.0);
    of_network + of_rows + history + 4.0 * (held + compared)
}

fn boosting(learner: &BoostedLearner, sizes: &Sizes) -> f64 {
    let outputs = learner.loss.n_outputs(sizes.classes as usize) as f64;
    // A byte for each bin and the sorted values they are made from.
    let bins = sizes.train * sizes.inputs * 5.0;
    // Gradients, curvatures, the loss at three points, in f64.
    let slopes = 8.0 * sizes.train * outputs * 8.0;
    // Logits of this round, of the best and as probabilities.
    let scores = 4.0 * sizes.rows() * outputs * 8.0;
    // A round's rows, passed from node to node.
    let nodes = 2.0 * sizes.train * 24.0;
    bins + slopes + scores + nodes + 24.0 * learner.model.rounds.get() as f64
}

/// What the machine, or the container, lets the program have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// In all, in bytes.
    pub total: u64,
    /// Of that, what nobody uses now.
    pub free: u64,
}

/// Where nothing is known: what one allocation can have at the most.
const UNKNOWN: u64 = isize::MAX as u64;

impl Machine {
    /// This one, now.
    pub fn here() -> Self {
        let mut system = System::new();
        system.refresh_memory();
        let known = |bytes: u64| if bytes == 0 { UNKNOWN } else { bytes };
        let (mut total, mut free) =
            (known(system.total_memory()), known(system.available_memory()));
        if let Some(container) = system.cgroup_limits() {
            total = total.min(known(container.total_memory));
            free = free.min(known(container.free_memory));
        }
        if let Some(left) = address_space_left() {
            total = total.min(left);
        }
        Machine { total, free: free.min(total) }
    }

    /// A cell of so many bytes: `None` if it can fit, else why not, in half a sentence.
    pub fn refuses(&self, bytes: u64) -> Option<String> {
        let usable = usable(self.total);
        (usable < bytes).then(|| {
            let about = if bytes == u64::MAX { "" } else { "about " };
            let (wanted, usable) = (shown(bytes), shown(usable));
            format!("needs {about}{wanted} of memory, and this machine has {usable} for it")
        })
    }

    /// What cells under way may have together.
    pub fn room(&self) -> Room {
        Room::of(usable(self.free))
    }
}

/// The system and the rest of the program live somewhere too.
fn usable(bytes: u64) -> u64 {
    bytes / 10 * 9
}

/// What `ulimit -v` leaves, where there is such a limit; known on Linux.
fn address_space_left() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    left_of(&limits, &status)
}

fn left_of(limits: &str, status: &str) -> Option<u64> {
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = limit.split_whitespace().next()?.parse().ok()?;
    let used = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    let kilobytes: u64 = used.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(kilobytes * 1024))
}

/// `25 GB`, in powers of 1000.
pub fn shown(bytes: u64) -> String {
    let (mut number, mut unit) = (bytes as f64, "bytes");
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if number < 1000.0 {
            break;
        }
        (number, unit) = (number / 1000.0, next);
    }
    match bytes {
        u64::MAX => format!("more than {number:.0} {unit}"),
        _ if number < 10.0 && unit != "bytes" => format!("{number:.1} {unit}"),
        _ => format!("{number:.0} {unit}"),
    }
}

/// Memory that cells under way share.
#[derive(Debug)]
pub struct Room {
    most: u64,
    free: Mutex<u64>,
    given_back: Condvar,
}

/// A part of it, given back when dropped.
#[derive(Debug)]
pub struct Taken<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Room {
    /// So many bytes.
    pub fn of(bytes: u64) -> Self {
        Room { most: bytes, free: Mutex::new(bytes), given_back: Condvar::new() }
    }

    /// As much as there may be.
    pub fn without_limit() -> Self {
        Room::of(u64::MAX)
    }

    /// Waits until there is room. What is larger than the whole room is alone in it.
    pub fn take(&self, bytes: u64) -> Taken<'_> {
        let bytes = bytes.min(self.most);
        let free = self.free.lock().expect("no thread panics while it holds this");
        let wait = |free: &mut u64| *free < bytes;
        let mut free = self.given_back.wait_while(free, wait).expect("as above");
        *free -= bytes;
        Taken { room: self, bytes }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Ok(mut free) = self.room.free.lock() {
            *free += self.bytes;
        }
        self.room.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests;
