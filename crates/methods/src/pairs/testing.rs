//! Pair losses and miners as tests want them.

use nn::Streams;

use crate::pairs::definition::{
    MiningDefinition, PairMining, PairTerm, Pairs, References, Said, TermDefinition,
};
use crate::pairs::far::negatives;
use crate::setting::{ClassCounts, Setting};

/// The term of `definition`.
pub(super) fn built(definition: &dyn TermDefinition<f64>) -> Box<dyn PairTerm<f64>> {
    definition.build()
}

/// The pairs of an anchor with these positives and negatives among the references with which it has these cosines, and the row of
/// the negatives.
pub(super) fn pairs(
    cosines: &[f64],
    positives: &[u32],
    negatives: &[u32],
) -> (Pairs<f64>, Vec<f64>) {
    let n = cosines.len();
    let mut targets = vec![1; n];
    positives.iter().for_each(|&j| targets[j as usize] = 0);
    let rows: Vec<u32> = (0..n as u32).collect();
    let references = References { embeddings: &[], targets: &targets, rows: &rows };
    let (mut pairs, mut far) = (Pairs::default(), cosines.to_vec());
    pairs.list(0, n as u32, references, &mut far);
    pairs.keep_at(negatives.iter().copied(), &mut far);
    (pairs, far)
}

/// What `term` says of an anchor, and its slopes.
pub(super) fn said(
    term: &mut dyn PairTerm<f64>,
    cosines: &[f64],
    positives: &[u32],
    negatives: &[u32],
) -> (Said, Vec<f64>) {
    let (pairs, mut far) = pairs(cosines, positives, negatives);
    let told = term.anchor(&pairs, &mut far);
    (told, far)
}

/// The miner of `definition`.
pub(super) fn miner(definition: &dyn MiningDefinition<f64>) -> Box<dyn PairMining<f64>> {
    let counts = ClassCounts::new(vec![1, 1]);
    definition.build(&Setting { counts: &counts, streams: &Streams::new([4; 32]) })
}

/// The pairs that `miner` leaves of an anchor's.
pub(super) fn kept(
    miner: &mut dyn PairMining<f64>,
    cosines: &[f64],
    positives: &[u32],
    negatives: &[u32],
) -> (Pairs<f64>, Vec<f64>) {
    let (mut pairs, mut far) = pairs(cosines, positives, negatives);
    miner.select(16, &mut pairs, &mut far);
    (pairs, far)
}

/// Positions of the positives and of the negatives.
pub(super) fn sides((pairs, far): (Pairs<f64>, Vec<f64>)) -> (Vec<u32>, Vec<u32>) {
    (pairs.positives.iter().map(|&(p, _)| p).collect(), negatives(&far).collect())
}
