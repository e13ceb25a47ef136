//! Hard example mining in rounds: all positives and a few negatives at first, and round by round the negatives that are
//! taken for positives.
//!
//! ```text
//! g_i     = z_{y_i} - max_{k ≠ y_i} z_k, or ±z where two classes share a logit: the margin of row i
//! start   pool = P and ⌈ratio |P|⌉ rows of each negative class, drawn at random, at least 1
//! round   before the epochs every, 2 every, 3 every, ..., of a negative class, each in its turn:
//!           out  rows of the class in the pool with g_i > drop_margin, the largest first, as far as the pool keeps as
//!                many of the class as it had at the start
//!           in   rows of the class that were not in the pool: all with g_i < 0, or the ⌈ratio' |P|⌉ of the least g_i
//! L       = Σ_i ℓ_i / Σ_i m_i over a batch of rows of the pool
//! ```
//!
//! - `z`: logits as they are read, of a survey of all training rows before the epoch, `[n_train, n_outputs]`; `ℓ`, `m`: the
//!   loss that is learnt by, and what each example adds to the divisor. Of two classes `g_i < 0` is a plain loss above ln 2
//! - `ratio`: negatives to each positive at the start, 1; `every`: epochs from round to round, 5 (ours)
//! - `add`: what comes in, `false_positives`, or `hardest` with `hardest.ratio`, `ratio'`, 1 (ours): so many whether they
//!   are taken for positives or not
//! - `drop_margin`: none, so that what is in stays in; Felzenszwalb and others drop from 1 on
//! - `negatives`: `one_class` (ours): of two classes the first, of more the largest of the rows that are learnt from (of
//!   equals, the first); `P` are the rows of all others. `in_turn`: every class but the smallest (of equals, the first),
//!   one class a round; `P` are the rows of the smallest
//!
//! Positives are never left out, and no row is in the pool twice. An epoch has as many steps as any other: what is in the
//! pool is shown again until they are taken.
//!
//! Source: Sung, Poggio, *Example-Based Learning for View-Based Human Face Detection*, IEEE TPAMI 1998; dropping what has
//! become easy: Felzenszwalb, Girshick, McAllester, Ramanan, *Object Detection with Discriminatively Trained Part-Based
//! Models*, IEEE TPAMI 2010.
//! Differs: the sources train anew, or to convergence, from round to round; here the network learns on, and the rounds stand
//! at fixed epochs. A round without a false positive changes nothing, and does not end the rounds.
//! Differs: the sources have one background; `in_turn` makes each class the background of the others.
//! Differs: the sources may drop every negative; here a class never has fewer rows than at the start.
//! Trap: rows with a wrong label are taken for what they are, and are the first that come in.
//! Trap: a network that has seen as many negatives as positives finds the rare class more often than it is there: its
//! probabilities are those of the pool.

use std::num::NonZeroU32;

use nn::Real;
use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};

use crate::losses::{Epoch, Readout};
use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::hardness::hardest_first;
use crate::mining::sides::negative_class;
use crate::mining::{Mining, Survey};
use crate::named;
use crate::sampling::Pool;
use crate::setting::counts_of;

/// Parameters of hard example mining in rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HardRounds {
    /// Negatives to each positive at the start, above 0; default 1.
    pub ratio: Positive,
    /// Epochs from round to round, at least 1; default 5.
    pub every: NonZeroU32,
    /// Which negatives come in; default `false_positives`.
    #[serde(deserialize_with = "named::deserialize")]
    pub add: Added,
    /// The margin above which a negative is dropped, at least 0.
    pub drop_margin: Option<NonNegative>,
    /// Which classes are negative; default `one_class`.
    pub negatives: Negatives,
}

impl Default for HardRounds {
    fn default() -> Self {
        HardRounds {
            ratio: Positive::new(1.0),
            every: NonZeroU32::MIN.saturating_add(4),
            add: Added::FalsePositives {},
            drop_margin: None,
            negatives: Negatives::OneClass,
        }
    }
}

/// Which negatives come in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Added {
    /// Those that are taken for positives.
    FalsePositives {},
    /// See [`HardestAdded`].
    Hardest(HardestAdded),
}

/// So many of the least margin to each positive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HardestAdded {
    /// Above 0; default 1.
    pub ratio: Positive,
}

impl Default for HardestAdded {
    fn default() -> Self {
        HardestAdded { ratio: Positive::new(1.0) }
    }
}

/// Which classes are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negatives {
    /// The first of two, the largest of more.
    OneClass,
    /// Every class but the smallest, one a round.
    InTurn,
}

impl<T: Real> Definition<T> for HardRounds {
    fn code(&self) -> &'static str {
        include_str!("hard_rounds.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        Acts::OnRows
    }

    fn keeps_positives(&self) -> bool {
        true
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(self.rounds(mined))
    }
}

impl HardRounds {
    fn rounds(&self, mined: &Mined<'_>) -> Rounds {
        let classes = self.negative_classes(mined);
        let is_negative = |class| classes.contains(&class);
        let targets = mined.targets;
        let n_positive = targets.iter().filter(|&&class| !is_negative(class)).count();
        let mut in_pool: Vec<bool> = targets.iter().map(|&class| !is_negative(class)).collect();
        let order = mined.setting.streams.stream("mining").permutation(targets.len());
        let n_wanted = times(self.ratio, n_positive).max(1);
        let negatives = classes.into_iter().map(|class| {
            let mut rows = order.clone();
            rows.retain(|&row| targets[row as usize] == class);
            let n_start = n_wanted.min(rows.len());
            rows[..n_start].iter().for_each(|&row| in_pool[row as usize] = true);
            NegativeClass { rows, n_start }
        });
        Rounds {
            negatives: negatives.collect(),
            parameters: self.clone(),
            readout: mined.readout.clone(),
            targets: targets.to_vec(),
            in_pool,
            n_positive,
            done: 0,
        }
    }

    /// In the order in which they have their turn.
    fn negative_classes(&self, mined: &Mined<'_>) -> Vec<u32> {
        if self.negatives == Negatives::OneClass {
            return vec![negative_class(mined)];
        }
        let counts = counts_of(mined.targets, mined.setting.counts.n_classes());
        let present = (0..counts.len()).filter(|&class| counts[class] != 0);
        let smallest = present.min_by_key(|&class| counts[class]);
        (0..counts.len() as u32).filter(|&class| Some(class as usize) != smallest).collect()
    }
}

/// `⌈ratio n⌉`.
fn times(ratio: Positive, n: usize) -> usize {
    // 0.07 * 100 is 7.000000000000001, which is not to be 8.
    (ratio.get() * n as f64 - 1e-9).ceil() as usize
}

/// Hard example mining in rounds with its pool.
struct Rounds {
    parameters: HardRounds,
    readout: Readout,
    /// The class of each row.
    targets: Vec<u32>,
    negatives: Vec<NegativeClass>,
    in_pool: Vec<bool>,
    n_positive: usize,
    /// Rounds that are done.
    done: usize,
}

/// A class that is negative.
struct NegativeClass {
    rows: Vec<u32>,
    /// Rows that were in the pool at the start.
    n_start: usize,
}

impl Rounds {
    fn is_round(&self, epoch: &Epoch<'_>) -> bool {
        epoch.number != 0 && epoch.number.is_multiple_of(self.parameters.every.get() as usize)
    }

    /// Lets rows of the class whose turn it is out of the pool, and others in.
    fn round(&mut self, margins: &[f64]) {
        let Some(turn) = self.done.checked_rem(self.negatives.len()) else { return };
        self.done += 1;
        let NegativeClass { rows, n_start } = &self.negatives[turn];
        let (inside, mut outside): (Vec<u32>, Vec<u32>) =
            rows.iter().partition(|&&row| self.in_pool[row as usize]);
        if let Some(least) = self.parameters.drop_margin {
            let n_most = inside.len() - n_start;
            let mut easy = inside;
            easy.retain(|&row| least.get() < margins[row as usize]);
            let n_dropped = n_most.min(easy.len());
            hardest_first(&mut easy, n_dropped, margins);
            easy[..n_dropped].iter().for_each(|&row| self.in_pool[row as usize] = false);
        }
        match &self.parameters.add {
            Added::FalsePositives {} => outside.retain(|&row| margins[row as usize] < 0.0),
            Added::Hardest(HardestAdded { ratio }) => {
                let n_added = times(*ratio, self.n_positive).min(outside.len());
                let hardness: Vec<f64> = margins.iter().map(|margin| -margin).collect();
                hardest_first(&mut outside, n_added, &hardness);
                outside.truncate(n_added);
            }
        }
        outside.into_iter().for_each(|row| self.in_pool[row as usize] = true);
    }
}

/// How far the logit of class `y` as it is read lies above that of every other.
fn margin<T: Real>(readout: &Readout, logits: &[T], y: u32) -> f64 {
    let read = |(k, z): (usize, &T)| {
        readout.scale * z.to_f64() + readout.offsets.get(k).copied().unwrap_or(0.0)
    };
    let mut read = logits.iter().enumerate().map(read);
    if logits.len() == 1 {
        let z = read.next().unwrap_or(0.0);
        return if y == 1 { z } else { -z };
    }
    let (mut own, mut other) = (f64::NAN, f64::NEG_INFINITY);
    for (k, z) in read.enumerate() {
        if k == y as usize {
            own = z;
        } else {
            other = other.max(z);
        }
    }
    own - other
}

impl<T: Real> Mining<T> for Rounds {
    fn surveys(&self, epoch: &Epoch<'_>) -> bool {
        self.is_round(epoch)
    }

    fn pool(&mut self, epoch: &Epoch<'_>, survey: &Survey<'_, T>, pool: &mut Pool) {
        if self.is_round(epoch) {
            let rows = survey.outputs.rows().zip(&self.targets);
            let margins: Vec<f64> = rows
                .map(|(said, &y)| margin(&self.readout, self.readout.logits(said), y))
                .collect();
            self.round(&margins);
        }
        pool.change(|weights| {
            for (weight, &is_in) in weights.iter_mut().zip(&self.in_pool) {
                *weight = f64::from(u8::from(is_in));
            }
        });
    }
}

#[cfg(test)]
mod tests;
