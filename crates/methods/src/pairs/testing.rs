//! Pair losses and miners as tests want them.

use nn::Streams;

use crate::pairs::definition::{
    MiningDefinition, PairMining, PairTerm, Pairs, References, Said, TermDefinition,
};
use crate::setting::{ClassCounts, Setting};

/// The term of `definition`.
pub(super) fn built(definition: &dyn TermDefinition<f64>) -> Box<dyn PairTerm<f64>> {
    definition.build()
}

/// The pairs of an anchor with these positives and negatives among `n` references.
pub(super) fn pairs(positives: &[u32], negatives: &[u32], n: usize) -> Pairs {
    let mut targets = vec![2; n];
    positives.iter().for_each(|&j| targets[j as usize] = 0);
    negatives.iter().for_each(|&j| targets[j as usize] = 1);
    let mut pairs = Pairs::default();
    let rows: Vec<u32> = (0..n as u32).collect();
    let references = References::<f64> { embeddings: &[], targets: &targets, rows: &rows };
    pairs.list(0, n as u32, references);
    pairs.negatives.retain(|j| negatives.contains(j));
    pairs
}

/// What `term` says of an anchor, and its slopes.
pub(super) fn said(
    term: &mut dyn PairTerm<f64>,
    cosines: &[f64],
    positives: &[u32],
    negatives: &[u32],
) -> (Said, Vec<f64>) {
    let mut slopes = vec![0.0; cosines.len()];
    let told = term.anchor(cosines, &pairs(positives, negatives, cosines.len()), &mut slopes);
    (told, slopes)
}

/// The miner of `definition`.
pub(super) fn miner(definition: &dyn MiningDefinition<f64>) -> Box<dyn PairMining<f64>> {
    let counts = ClassCounts::new(vec![1, 1]);
    definition.build(&Setting { counts: &counts, streams: &Streams::new([4; 32]) })
}

/// The triplets that `miner` leaves of an anchor's.
pub(super) fn kept(
    miner: &mut dyn PairMining<f64>,
    cosines: &[f64],
    positives: &[u32],
    negatives: &[u32],
) -> Pairs {
    let mut pairs = pairs(positives, negatives, cosines.len());
    miner.select(cosines, 16, &mut pairs);
    pairs
}
