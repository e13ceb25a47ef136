//! Rows that are made between others, behind the training rows: one place for every sampler that makes them.

use nn::Matrix;

use crate::examples::Examples;
use crate::sampling::definition::Resampled;

/// The training rows, and what has been made of them so far.
pub(crate) struct Synthesis<'a> {
    train: &'a Examples<f32>,
    values: Vec<f32>,
    targets: Vec<u32>,
    origins: Vec<u32>,
}

impl<'a> Synthesis<'a> {
    pub(crate) fn of(train: &'a Examples<f32>) -> Self {
        Synthesis {
            train,
            values: train.features.values().to_vec(),
            targets: train.targets.clone(),
            origins: (0..train.targets.len() as u32).collect(),
        }
    }

    /// Makes a row of the class of row `i`, a share `u` of the way to row `j`; gives its features.
    pub(crate) fn between(&mut self, i: u32, j: u32, u: f32) -> &mut [f32] {
        let (from, to) = (self.train.features.row(i as usize), self.train.features.row(j as usize));
        let start = self.values.len();
        self.values.extend(from.iter().zip(to).map(|(&a, &b)| a + u * (b - a)));
        self.targets.push(self.train.targets[i as usize]);
        self.origins.push(i);
        &mut self.values[start..]
    }

    pub(crate) fn finish(self) -> Resampled {
        let features = Matrix::from_values(self.train.features.n_columns(), self.values);
        Resampled { examples: Examples { features, targets: self.targets }, origins: self.origins }
    }
}

/// Rows of each class when all are as large as the largest; a class of a single row, which has no neighbours, stays as
/// it is.
pub(crate) fn filled(counts: &[u32]) -> Vec<u32> {
    let largest = counts.iter().copied().max().unwrap_or(0);
    counts.iter().map(|&n| if n < 2 { n } else { largest }).collect()
}

/// The classes that are smaller than [`filled`], and how many rows they lack.
pub(crate) fn missing(counts: &[u32]) -> Vec<(u32, u32)> {
    let lacking = counts.iter().zip(filled(counts)).map(|(&n, wanted)| wanted - n);
    (0..).zip(lacking).filter(|&(_, lacking)| 0 < lacking).collect()
}
