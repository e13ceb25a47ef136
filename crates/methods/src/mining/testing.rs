//! Miners as tests want them.

use nn::{Matrix, Streams};

use crate::losses::{Batch, Link, PerExample, Readout};
use crate::mining::definition::{Definition, Mined};
use crate::mining::{Mining, Selection};
use crate::setting::{ClassCounts, Setting};

/// What `build` makes of rows of these classes, of `n_classes`, whose logits are read by a softmax.
pub(super) fn of_rows<R>(
    targets: &[u32],
    n_classes: usize,
    scores: Option<&[f32]>,
    build: impl FnOnce(&Mined<'_>) -> R,
) -> R {
    let counts = ClassCounts::new(vec![1; n_classes]);
    let (streams, readout) = (Streams::new([5; 32]), Readout::plain(Link::Softmax));
    let setting = Setting { counts: &counts, streams: &streams };
    build(&Mined { targets, setting: &setting, scores, readout: &readout, background: None })
}

/// The miner of rows of these classes, of two.
pub(super) fn miner(spec: &impl Definition<f64>, targets: &[u32]) -> Box<dyn Mining<f64>> {
    of_rows(targets, 2, None, |mined| spec.build(mined))
}

/// What is kept of a batch with these losses, logits of 0, and masses that count up from 1.
pub(super) fn select(
    miner: &mut dyn Mining<f64>,
    losses: &[f64],
    targets: &[u32],
) -> Selection<f64> {
    let n = losses.len();
    let (mut selection, mass) = (Selection::default(), (1..=n).map(|m| m as f64).collect());
    let evaluated = PerExample::new(losses.to_vec(), Matrix::zeros(n, 2), mass);
    miner.select(&Batch::new(&evaluated.gradient, targets), &evaluated, &mut selection);
    selection
}
