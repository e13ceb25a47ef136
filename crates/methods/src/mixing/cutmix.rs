//! CutMix: a box of every image is that of another of its batch, and so much of its label is the other's.
//!
//! ```text
//! λ' ~ Beta(α, α)                                   one a batch
//! a  = ⌊⌊√(1 - λ') H⌋ / 2⌋,  b = ⌊⌊√(1 - λ') W⌋ / 2⌋    half of the sides of the box
//! r ~ U{0, ..., H - 1},  c ~ U{0, ..., W - 1}       its centre
//! box = lines max(0, r - a) to min(H, r + a) and columns max(0, c - b) to min(W, c + b), the last of each excluded
//! x̃_i = x_{π(i)} in the box, x_i elsewhere          π a random permutation of the batch
//! λ   = 1 - |box| / (H W)
//! ℓ̃_i = λ ℓ(z_i, y_i) + (1 - λ) ℓ(z_i, y_{π(i)})
//! ```
//!
//! - `x`: images of a batch as features, `[n_examples, n_features]`, of `H` lines of `W` pixels; all channels of a pixel go
//!   together; `z`: the network's logits of `x̃`; `y`: classes; `ℓ`: the loss, as in `mixup`
//! - `alpha`: 1, at which `λ'` is uniform (the authors'); `probability`: share of the batches that are mixed, 0.5, the
//!   authors' for CIFAR, whose images are as small as ours (1 for ImageNet)
//!
//! Only for rows that are known to be images: IDX, folders of images, NumPy arrays with lines and columns, and sets whose
//! catalogue gives their `shape`. A plan leaves it out on others.
//!
//! Source: Yun, Han, Oh, Chun, Choe, Yoo, *CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
//! Features*, ICCV 2019, and the authors' code clovaai/CutMix-PyTorch (`train.py`), which has one box a batch, half sides
//! that are rounded down, and the share of the label from the box as it is.
//! Differs: nothing for a mean over a batch. Where examples are mined or weighed, each brings its blended loss.
//! Trap: a box that leaves the image is clipped, so that `λ` is above `λ'` more often than not: labels are mixed less than
//! those of `mixup` at the same `alpha`.
//! Trap: methods that ask for the class of an example (miners that keep positives, controls within classes) see its own,
//! `y_i`, also where `λ` is small.

use std::ops::Range;

use nn::range::{Fraction, Positive};
use nn::{Matrix, Real, Stream};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::mixing::blender::Blender;
use crate::mixing::definition::Definition;
use crate::mixing::pixels::Pixels;
use crate::mixing::{Mixing, Mixture};
use crate::setting::Setting;

/// Parameters of CutMix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CutMix {
    /// Shape of the distribution of shares, above 0; default 1, at which it is uniform.
    pub alpha: Positive,
    /// Share of the batches that are mixed, above 0; default 0.5.
    pub probability: Fraction,
}

impl Default for CutMix {
    fn default() -> Self {
        CutMix { alpha: Positive::new(1.0), probability: Fraction::new(0.5) }
    }
}

impl<T: Real> Definition<T> for CutMix {
    fn code(&self) -> &'static str {
        include_str!("cutmix.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn needs_images(&self) -> bool {
        true
    }

    fn build(
        &self,
        setting: &Setting<'_>,
        pixels: Option<Pixels>,
    ) -> Result<Box<dyn Mixing<T>>, MethodError> {
        let pixels = pixels.ok_or(MethodError::NoImages { method: "cutmix" })?;
        Ok(Box::new(Cut {
            probability: self.probability.get(),
            pixels,
            blender: Blender::new(self.alpha.get(), setting.streams),
        }))
    }
}

/// CutMix with its workspace.
struct Cut<T> {
    probability: f64,
    pixels: Pixels,
    blender: Blender<T>,
}

/// The part of an image that is another's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cutout {
    lines: Range<usize>,
    columns: Range<usize>,
}

impl Cutout {
    /// The box around a centre that is as large as to leave `share` of an image, as far as it is inside.
    fn around([line, column]: [usize; 2], share: f64, pixels: &Pixels) -> Self {
        let side = (1.0 - share).sqrt();
        let along = |centre: usize, length: usize| {
            let half = (side * length as f64) as usize / 2;
            centre.saturating_sub(half)..(centre + half).min(length)
        };
        Cutout { lines: along(line, pixels.height), columns: along(column, pixels.width) }
    }

    fn draw(share: f64, pixels: &Pixels, stream: &mut Stream) -> Self {
        let centre = [stream.below(pixels.height), stream.below(pixels.width)];
        Cutout::around(centre, share, pixels)
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty() || self.columns.is_empty()
    }

    /// The share of the image that is outside.
    fn share_left(&self, pixels: &Pixels) -> f64 {
        let all = pixels.height * pixels.width;
        (all - self.lines.len() * self.columns.len()) as f64 / all as f64
    }
}

impl<T: Real> Mixing<T> for Cut<T> {
    fn mix(&mut self, features: &mut Matrix<T>, targets: &[u32], mixture: &mut Mixture<T>) {
        let Cut { probability, pixels, blender } = self;
        let (share, mut stream) = blender.draw(features.n_rows());
        let cutout = Cutout::draw(share, pixels, &mut stream);
        if *probability <= stream.uniform() || cutout.is_empty() {
            return;
        }
        let others = blender.gather(features);
        for (image, other) in features.rows_mut().zip(others.rows()) {
            for values in pixels.values_of(&cutout.lines, &cutout.columns) {
                image[values.clone()].copy_from_slice(&other[values]);
            }
        }
        let share = T::of(cutout.share_left(pixels));
        let partners = blender.partners().iter();
        mixture.fill(partners.map(|&partner| (targets[partner as usize], share)));
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;
    use crate::setting::ClassCounts;

    const PLANES: Pixels = Pixels { planes: 3, height: 5, width: 8, depth: 1 };
    const INTERLEAVED: Pixels = Pixels { planes: 1, height: 5, width: 8, depth: 3 };

    /// Two images that say of each value which of them it is of, batch after batch, with the share of the label.
    fn mixed(
        parameters: &CutMix,
        pixels: Pixels,
        n_batches: usize,
    ) -> Vec<(Matrix<f64>, Mixture<f64>)> {
        let counts = ClassCounts::new(vec![1, 1]);
        let setting = Setting { counts: &counts, streams: &Streams::new([2; 32]) };
        let mut mixing: Box<dyn Mixing<f64>> = parameters.build(&setting, Some(pixels)).unwrap();
        let batch = |_| {
            let mut features = Matrix::from_rows(&[[0.0; 120], [1.0; 120]]);
            let mut mixture = Mixture::default();
            mixing.mix(&mut features, &[0, 1], &mut mixture);
            (features, mixture)
        };
        (0..n_batches).map(batch).collect()
    }

    fn always() -> CutMix {
        CutMix { probability: Fraction::new(1.0), ..CutMix::default() }
    }

    #[test]
    fn what_is_pasted_is_the_share_that_the_label_gives_away() {
        for pixels in [PLANES, INTERLEAVED] {
            let mut n_pasted = 0;
            for (features, mixture) in mixed(&always(), pixels, 200) {
                let pasted = features.row(0).iter().filter(|&&x| x == 1.0).count();
                let swapped = features.row(1).iter().filter(|&&x| x == 0.0).count();
                assert_eq!(pasted, swapped);
                if pasted != 0 {
                    let kept = (120 - pasted) as f64 / 120.0;
                    assert!(mixture.own_shares().iter().all(|share| *share == kept));
                    n_pasted += 1;
                }
            }
            assert!((50..150).contains(&n_pasted), "{n_pasted}");
        }
    }

    #[test]
    fn a_pixel_goes_with_all_its_channels_and_a_box_has_four_sides() {
        let of_pixels = |pixels: Pixels, at: fn(usize, usize) -> usize| {
            let batches = mixed(&always(), pixels, 60);
            let image = |(features, _): &(Matrix<f64>, _)| -> Vec<[f64; 3]> {
                let row = features.row(0);
                (0..40).map(|pixel| [0, 1, 2].map(|channel| row[at(pixel, channel)])).collect()
            };
            batches.iter().map(image).collect::<Vec<_>>()
        };
        let planes = of_pixels(PLANES, |pixel, channel| 40 * channel + pixel);
        assert_eq!(planes, of_pixels(INTERLEAVED, |pixel, channel| 3 * pixel + channel));
        for image in planes {
            let pasted: Vec<usize> = (0..40).filter(|&i| image[i] == [1.0; 3]).collect();
            assert!(image.iter().all(|pixel| [[0.0; 3], [1.0; 3]].contains(pixel)));
            let extent = |of: fn(usize) -> usize| {
                let ends =
                    (pasted.iter().map(|&i| of(i)).min(), pasted.iter().map(|&i| of(i)).max());
                if let (Some(first), Some(last)) = ends { last - first + 1 } else { 0 }
            };
            assert_eq!(pasted.len(), extent(|i| i / 8) * extent(|i| i % 8));
        }
    }

    #[test]
    fn boxes_are_those_of_the_source() {
        // Its `rand_bbox` of (W, H) = (28, 28) and (8, 5), written line first.
        let square = Pixels { planes: 1, height: 28, width: 28, depth: 1 };
        let around = |centre, share, pixels: &Pixels| {
            let Cutout { lines, columns } = Cutout::around(centre, share, pixels);
            [lines.start, lines.end, columns.start, columns.end]
        };
        assert_eq!(around([14, 14], 0.75, &square), [7, 21, 7, 21]);
        // 28 sqrt(0.3) = 15.3: half of 15 is 7.
        assert_eq!(around([3, 27], 0.7, &square), [0, 10, 20, 28]);
        assert_eq!(around([0, 0], 0.0, &square), [0, 14, 0, 14]);
        assert_eq!(around([2, 4], 0.0, &PLANES), [0, 4, 0, 8]);
        assert!(Cutout::around([2, 4], 1.0, &PLANES).is_empty());
        assert_eq!(Cutout { lines: 0..4, columns: 0..8 }.share_left(&PLANES), 0.2);
    }

    #[test]
    fn so_many_batches_are_mixed_as_asked_for_and_the_others_left_alone() {
        let square = Pixels { planes: 1, height: 8, width: 15, depth: 1 };
        let large = |probability| CutMix {
            alpha: Positive::new(100.0),
            probability: Fraction::new(probability),
        };
        let is_mixed = |parameters: &CutMix| -> Vec<bool> {
            let batches = mixed(parameters, square, 400);
            let alone = Matrix::from_rows(&[[0.0; 120], [1.0; 120]]);
            let is_alone = |(features, mixture): &(Matrix<f64>, Mixture<f64>)| {
                *mixture == Mixture::default() && *features == alone
            };
            batches.iter().map(|batch| !is_alone(batch)).collect()
        };
        let count = |mixed: &[bool]| mixed.iter().filter(|&&mixed| mixed).count();
        let all = is_mixed(&large(1.0));
        let some = is_mixed(&large(0.25));
        // Every second permutation of two leaves them where they are, with labels that are blended all the same.
        assert_eq!(count(&all), 400);
        // Five standard deviations of a binomial: 5 sqrt(400 / 4 * 3 / 4).
        assert!((57..144).contains(&count(&some)), "{}", count(&some));
    }
}
