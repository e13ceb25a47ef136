//! Sampling by image: a batch is some images, with their proposals.
//!
//! ```text
//! of each image    its rows in random order, in pieces of at most `proposals`
//! batch            the next `images` pieces of all, in random order
//! ```
//!
//! - for rows that are regions of images; `training.batch_size` is not read. Rows of no image are sampled as by
//!   `instance_balanced`, and no plan asks for that
//! - `images`: 2; `proposals`: 2000, about as many as Fast R-CNN has of an image. An image with more of them comes in several
//!   pieces, which are cut anew in every epoch; with as many as there are, a batch has all of `images` images
//! - an epoch shows every row once. What a pool leaves out is left out of the pieces, and an epoch has as many batches whatever
//!   that is: images are walked again
//!
//! Source: Girshick, *Fast R-CNN*, ICCV 2015 (2 images a batch), with all of their proposals as in Shrivastava, Gupta,
//! Girshick, *Training Region-based Object Detectors with Online Hard Example Mining*, CVPR 2016.
//! Differs: Fast R-CNN draws 64 of the proposals of an image, a quarter of them objects; here all are seen, and a miner chooses.
//! Trap: two pieces of a batch may be of the same image, where an image has several.

use std::num::NonZeroUsize;

use nn::{Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::definition::Definition;
use crate::sampling::{Batches, Pool, Sampling};

/// Parameters of sampling by image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerImageSampling {
    /// Images of a batch.
    pub images: NonZeroUsize,
    /// Proposals of an image in a batch, at most.
    pub proposals: NonZeroUsize,
}

impl Default for PerImageSampling {
    fn default() -> Self {
        PerImageSampling {
            images: const { NonZeroUsize::new(2).unwrap() },
            proposals: const { NonZeroUsize::new(2000).unwrap() },
        }
    }
}

impl Definition for PerImageSampling {
    fn code(&self) -> &'static str {
        include_str!("per_image.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn needs_images(&self) -> bool {
        true
    }

    fn batch_rows(&self) -> Option<usize> {
        Some(self.images.get().saturating_mul(self.proposals.get()))
    }

    fn build_in_images(
        &self,
        images: &[u32],
        _targets: &[u32],
        _n_classes: usize,
        streams: &Streams,
    ) -> Box<dyn Sampling> {
        let n_images = images.iter().max().map_or(0, |&last| last as usize + 1);
        let mut rows = vec![Vec::new(); n_images];
        images.iter().zip(0..).for_each(|(&image, row)| rows[image as usize].push(row));
        rows.retain(|of_image| !of_image.is_empty());
        Box::new(ByImage { parameters: self.clone(), images: rows, streams: streams.clone() })
    }
}

/// The rows of each image.
struct ByImage {
    parameters: PerImageSampling,
    images: Vec<Vec<u32>>,
    streams: Streams,
}

impl ByImage {
    /// Batches of an epoch that shows every row.
    fn n_batches(&self) -> usize {
        let pieces = |rows: &Vec<u32>| rows.len().div_ceil(self.parameters.proposals.get());
        self.images.iter().map(pieces).sum::<usize>().div_ceil(self.parameters.images.get())
    }

    /// All rows that `pool` shows, in pieces in random order.
    fn pieces(&self, pool: &Pool, stream: &mut Stream) -> Vec<Vec<u32>> {
        let mut pieces: Vec<Vec<u32>> = Vec::new();
        for rows in &self.images {
            let mut rows = rows.clone();
            stream.shuffle(&mut rows);
            rows.retain(|&row| pool.shows(row));
            pieces.extend(rows.chunks(self.parameters.proposals.get()).map(<[u32]>::to_vec));
        }
        let order = stream.permutation(pieces.len());
        order.into_iter().map(|at| std::mem::take(&mut pieces[at as usize])).collect()
    }
}

impl Sampling for ByImage {
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let mut stream = self.streams.indexed("batches", epoch.number as u64);
        let n_batches = self.n_batches();
        batches.rows.clear();
        batches.ends.clear();
        while batches.ends.len() < n_batches {
            let pieces = self.pieces(pool, &mut stream);
            if pieces.is_empty() {
                break;
            }
            let left = n_batches - batches.ends.len();
            for batch in pieces.chunks(self.parameters.images.get()).take(left) {
                batch.iter().for_each(|piece| batches.rows.extend(piece));
                batches.ends.push(batches.rows.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three images of 5, 1 and 12 rows, not next to each other.
    fn images() -> Vec<u32> {
        let image = |row: u32| match row {
            3 => 7,
            row if row % 3 == 0 => 2,
            _ => 0,
        };
        (0..18).map(image).collect()
    }

    fn epoch(images: usize, proposals: usize, number: usize, pool: &Pool) -> Batches {
        let count = |n| NonZeroUsize::new(n).unwrap();
        let spec = PerImageSampling { images: count(images), proposals: count(proposals) };
        let (of_row, mut batches) = (self::images(), Batches::new(1));
        let mut sampling = spec.build_in_images(&of_row, &[0; 18], 1, &Streams::new([1; 32]));
        sampling.epoch(&Epoch { number, ..Epoch::at(0.0) }, pool, &mut batches);
        batches
    }

    #[test]
    fn a_batch_has_all_rows_of_its_images_and_an_epoch_each_row_once() {
        let of_row = images();
        for number in 0..5 {
            let batches = epoch(2, 100, number, &Pool::full(18));
            let mut seen: Vec<u32> = batches.rows.clone();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..18));
            assert_eq!(batches.iter().len(), 2);
            for batch in batches.iter() {
                let mut of_batch: Vec<u32> =
                    batch.iter().map(|&row| of_row[row as usize]).collect();
                of_batch.sort_unstable();
                of_batch.dedup();
                let all = of_row.iter().filter(|image| of_batch.contains(image)).count();
                assert!(of_batch.len() <= 2 && batch.len() == all);
            }
        }
        assert_ne!(epoch(2, 100, 0, &Pool::full(18)), epoch(2, 100, 1, &Pool::full(18)));
    }

    #[test]
    fn a_large_image_comes_in_pieces() {
        let of_row = images();
        let batches = epoch(1, 4, 0, &Pool::full(18));
        let mut sizes: Vec<usize> = batches.iter().map(<[u32]>::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 4, 4, 4, 4]);
        for batch in batches.iter() {
            assert!(batch.iter().all(|&row| of_row[row as usize] == of_row[batch[0] as usize]));
        }
    }

    #[test]
    fn what_a_pool_leaves_out_is_not_shown_and_the_number_of_batches_stays() {
        let mut pool = Pool::full(18);
        pool.change(|weights| weights.iter_mut().skip(4).for_each(|weight| *weight = 0.0));
        let batches = epoch(2, 3, 0, &pool);
        assert!(batches.rows.iter().all(|&row| row < 4) && !batches.rows.is_empty());
        assert_eq!(batches.iter().len(), epoch(2, 3, 0, &Pool::full(18)).iter().len());
        pool.change(|weights| weights.fill(0.0));
        assert_eq!(epoch(2, 3, 0, &pool).iter().len(), 0);
    }
}
