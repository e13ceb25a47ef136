//! Hard example mining (HEM) by survey: part of every batch are rows of other classes that lie nearest to the rest of it, among
//! all training rows.
//!
//! ```text
//! survey   before the epochs 0, every, 2 every, ...: x of all training rows, without dropout; N_i: the rows of other classes
//!          than that of row i, the largest ⟨x_i, x_j⟩ first, of equals the first row
//! batch    of the B rows that the sampler has drawn, ⌊share B⌋, the last ones, make room. There come in turns, for each row i that
//!          stays, the first of N_i that has not come yet and is none of those that stay
//! P, N     all pairs of that batch
//! ```
//!
//! - `x`: embeddings of length 1, `[n_train, width]`; `B`: rows of a batch, at least one of which stays
//! - `share`: 0.5, one negative for each row that stays (ours); `every`: epochs from survey to survey, 1 (ours)
//! - `draw`: `nearest`, or `random`: as many rows of other classes, drawn at random, of which `N_i` is then made. It is the
//!   control: batches with as many negatives that were brought in, whatever they are like
//! - `N_i` are the first 32; where all of them have come, and where embeddings are no numbers, the sampler's row stays
//!
//! A miner of pairs chooses among those of a batch. In a batch of 64 of 10,000 rows the nearest negative of a row is hardly ever there;
//! here it is brought in, and both sides learn.
//!
//! Source: Sung, Poggio, *Example-Based Learning for View-Based Human Face Detection*, IEEE TPAMI 1998 (the survey); Schroff,
//! Kalenichenko, Philbin, *FaceNet: A Unified Embedding for Face Recognition and Clustering*, CVPR 2015 (of embeddings, offline, every n
//! steps).
//! Differs: FaceNet looks for the farthest positives too, among a part of the rows; here positives are those that the sampler draws
//! (`class_aware`).
//! Trap: a row with a wrong label is nearest to the class that it is of, and is brought in first.
//! Trap: what was nearest at the survey moves away as it is learnt from: with a large `every` the rows grow old.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use nn::range::OpenUnit;
use nn::{Matrix, Real, Stream};
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::mining::{Mining, Survey};
use crate::pairs::definition::{MiningDefinition, PairMining};
use crate::pairs::embedding::Embeddings;
use crate::pairs::mining::all::AllPairs;
use crate::sampling::by_class::members;
use crate::sampling::neighbors::nearest;
use crate::sampling::{Batches, Pool};
use crate::setting::Setting;

/// Rows of other classes that are known of each row.
const REACH: usize = 32;

/// Parameters of hard example mining by survey.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearestNegatives {
    /// Share of a batch that is brought in; default 0.5.
    pub share: OpenUnit,
    /// Epochs from survey to survey, at least 1; default 1.
    pub every: NonZeroU32,
    /// Which rows are brought in; default `nearest`.
    pub draw: Brought,
}

/// Which rows of other classes are brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brought {
    /// The nearest.
    #[default]
    Nearest,
    /// Any.
    Random,
}

impl Default for NearestNegatives {
    fn default() -> Self {
        NearestNegatives {
            share: OpenUnit::new(0.5),
            every: NonZeroU32::MIN,
            draw: Brought::default(),
        }
    }
}

impl<T: Real> MiningDefinition<T> for NearestNegatives {
    fn code(&self) -> &'static str {
        include_str!("nearest_negatives.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn leaves_out(&self) -> bool {
        false
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(AllPairs {})
    }

    fn of_rows(&self, targets: &[u32], setting: &Setting<'_>) -> Option<Box<dyn Mining<T>>> {
        Some(Box::new(Bringing {
            parameters: *self,
            members: members(targets, setting.counts.n_classes()),
            targets: targets.to_vec(),
            negatives: vec![Vec::new(); targets.len()],
            stream: setting.streams.stream("brought in"),
        }))
    }

    fn surveys(&self) -> bool {
        self.draw == Brought::Nearest
    }
}

/// Hard example mining by survey.
struct Bringing {
    parameters: NearestNegatives,
    targets: Vec<u32>,
    /// Rows of each class.
    members: Vec<Vec<u32>>,
    /// `N_i`, `[n_train][at most REACH]`.
    negatives: Vec<Vec<u32>>,
    stream: Stream,
}

impl Bringing {
    fn is_due(&self, epoch: &Epoch<'_>) -> bool {
        epoch.number.is_multiple_of(self.parameters.every.get() as usize)
    }

    /// Finds the nearest of each row.
    fn look<T: Real>(&mut self, outputs: &Matrix<T>) {
        let mut embeddings = Embeddings::default();
        embeddings.read(outputs);
        let values = embeddings.unit().values().iter().map(|x| x.to_f64() as f32);
        let unit = Matrix::from_values(outputs.n_columns(), values.collect());
        self.negatives.iter_mut().for_each(Vec::clear);
        if !unit.values().iter().all(|x| x.is_finite()) {
            return;
        }
        for (class, of) in (0..).zip(&self.members) {
            let others = self.others(class);
            for (&row, found) in of.iter().zip(nearest(&unit, of, &others, REACH)) {
                self.negatives[row as usize] = found;
            }
        }
    }

    /// Draws rows of other classes for each row.
    fn draw(&mut self) {
        for class in 0..self.members.len() {
            let others = self.others(class as u32);
            for &row in &self.members[class] {
                let negatives = &mut self.negatives[row as usize];
                negatives.clear();
                let n = REACH.min(others.len());
                negatives.extend((0..n).map(|_| others[self.stream.below(others.len())]));
            }
        }
    }

    fn others(&self, class: u32) -> Vec<u32> {
        let rows = (0..).zip(&self.targets);
        rows.filter(|&(_, &y)| y != class).map(|(row, _)| row).collect()
    }

    /// Makes room in a batch, and fills it.
    fn bring(&self, batch: &mut [u32]) {
        let n_brought = (self.parameters.share.get() * batch.len() as f64) as usize;
        let (stay, room) = batch.split_at_mut(batch.len() - n_brought);
        let mut there: BTreeSet<u32> = stay.iter().copied().collect();
        let mut rests: Vec<_> =
            stay.iter().map(|&row| self.negatives[row as usize].iter()).collect();
        let mut room = room.iter_mut();
        while room.len() != 0 && !rests.is_empty() {
            rests.retain_mut(|rest| {
                let Some(&row) = rest.find(|row| !there.contains(*row)) else { return false };
                if let Some(place) = room.next() {
                    *place = row;
                    there.insert(row);
                }
                true
            });
        }
    }
}

impl<T: Real> Mining<T> for Bringing {
    fn surveys(&self, epoch: &Epoch<'_>) -> bool {
        self.parameters.draw == Brought::Nearest && self.is_due(epoch)
    }

    fn pool(&mut self, epoch: &Epoch<'_>, survey: &Survey<'_, T>, _: &mut Pool) {
        match self.parameters.draw {
            _ if !self.is_due(epoch) => {}
            Brought::Nearest => self.look(survey.outputs),
            Brought::Random => self.draw(),
        }
    }

    fn arrange(&mut self, batches: &mut Batches) {
        for i in 0..batches.ends.len() {
            self.bring(batches.batch_mut(i));
        }
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;
    use crate::setting::ClassCounts;

    /// Angles of eight rows of three classes, in degrees.
    const ANGLES: [f64; 8] = [0.0, 2.0, 10.0, 11.0, 13.0, 50.0, 52.0, 90.0];
    const TARGETS: [u32; 8] = [0, 0, 1, 0, 1, 2, 2, 2];

    fn outputs() -> Matrix<f64> {
        // Lengths do not matter.
        let points = ANGLES.iter().enumerate().flat_map(|(i, angle)| {
            let (radians, length) = (angle.to_radians(), 1.0 + i as f64);
            [length * libm::cos(radians), length * libm::sin(radians)]
        });
        Matrix::from_values(2, points.collect())
    }

    fn miner(parameters: NearestNegatives) -> Box<dyn Mining<f64>> {
        let counts = ClassCounts::new(vec![3, 2, 3]);
        let streams = Streams::new([7; 32]);
        parameters.of_rows(&TARGETS, &Setting { counts: &counts, streams: &streams }).unwrap()
    }

    /// The batch `rows` in the epoch `number`, in whose survey the rows were at `outputs`.
    fn arranged(
        miner: &mut dyn Mining<f64>,
        number: usize,
        outputs: &Matrix<f64>,
        rows: &[u32],
    ) -> Vec<u32> {
        let epoch = Epoch { number, ..Epoch::at(0.0) };
        miner.pool(&epoch, &Survey { losses: &[], outputs }, &mut Pool::full(TARGETS.len()));
        let mut batches = Batches::new(rows.len());
        batches.walk(rows.len(), |all| all.extend(rows));
        miner.arrange(&mut batches);
        batches.rows
    }

    #[test]
    fn the_nearest_of_each_row_that_stays_come_in_turns() {
        let mut miner = miner(NearestNegatives::default());
        let of = |miner: &mut dyn Mining<f64>, rows: &[u32]| arranged(miner, 0, &outputs(), rows);
        // Of 0: 2, 4, then 5. Of 5: 4, 3, 2.
        assert_eq!(of(&mut *miner, &[0, 5, 1, 6]), [0, 5, 2, 4]);
        // Both have 2 first, then 4.
        assert_eq!(of(&mut *miner, &[0, 1, 3, 6]), [0, 1, 2, 4]);
        // Of five rows two make room; what stays is not brought in.
        assert_eq!(of(&mut *miner, &[4, 3, 5, 0, 0]), [4, 3, 5, 1, 2]);
        assert_eq!(of(&mut *miner, &[6]), [6]);
    }

    #[test]
    fn once_all_have_come_the_rows_of_the_sampler_stay() {
        let mut miner =
            miner(NearestNegatives { share: OpenUnit::new(0.9), ..NearestNegatives::default() });
        let rows = [0, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        // One stays, five are of other classes.
        assert_eq!(arranged(&mut *miner, 0, &outputs(), &rows), [0, 2, 4, 5, 6, 7, 1, 1, 1, 1]);
        let nowhere = Matrix::from_values(2, vec![f64::NAN; 16]);
        assert_eq!(arranged(&mut *miner, 1, &nowhere, &rows), rows);
    }

    #[test]
    fn surveys_are_as_often_as_they_are_asked_for() {
        let every = NonZeroU32::new(2).unwrap();
        let mut miner = miner(NearestNegatives { every, ..NearestNegatives::default() });
        let due =
            |miner: &dyn Mining<f64>, number| miner.surveys(&Epoch { number, ..Epoch::at(0.0) });
        assert!(due(&*miner, 0) && !due(&*miner, 1) && due(&*miner, 2));
        let mut turned = outputs();
        turned.row_mut(7).copy_from_slice(&[1.0, 0.0]);
        assert_eq!(arranged(&mut *miner, 0, &outputs(), &[0, 1]), [0, 2]);
        assert_eq!(arranged(&mut *miner, 1, &turned, &[0, 1]), [0, 2], "nobody looked");
        assert_eq!(arranged(&mut *miner, 2, &turned, &[0, 1]), [0, 7]);
    }

    #[test]
    fn its_control_brings_in_any_row_of_another_class() {
        let mut miner =
            miner(NearestNegatives { draw: Brought::Random, ..NearestNegatives::default() });
        assert!(!miner.surveys(&Epoch::at(0.0)));
        let nothing = Matrix::default();
        let mut times = [0; 8];
        for number in 0..200 {
            let rows = arranged(&mut *miner, number, &nothing, &[2, 4, 2, 4]);
            assert_eq!(rows[..2], [2, 4]);
            assert_ne!(rows[2], rows[3]);
            rows[2..].iter().for_each(|&row| times[row as usize] += 1);
        }
        // 400 rows of six, each 67 times in the mean.
        assert_eq!((times[2], times[4]), (0, 0));
        let others = [0, 1, 3, 5, 6, 7].map(|row| times[row]);
        assert!(others.iter().all(|times| (40..95).contains(times)), "{others:?}");
    }
}
