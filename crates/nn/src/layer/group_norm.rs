//! Group norm: each group of an example's channels to mean 0 and variance 1, then each channel to a scale and a shift.
//!
//! The formulas are those of [batch norm](super::batch_norm), with `μ`, `σ` and the sums of `P` over the channels and
//! positions of a group of one example, and `γ` within `P`, as the channels of a group have each their own:
//!
//! ```text
//! ∂L/∂x = P(γ ∂L/∂y) / σ,   ẏ = γ/σ P(ẋ) + γ̇ x̂ + β̇
//! ```
//!
//! No example sees another, and training and evaluation are the same. `ε` = 1e-5, as in PyTorch's `GroupNorm`.
//!
//! Parameters: `γ`, then `β`, `[channels]`.
//!
//! Source: Wu, He, *Group Normalization*, ECCV 2018.

use crate::layer::builder::Builder;
use crate::layer::moments::{
    Moments, add_alongs, add_squares, add_values, inverse, project, scale, zeros,
};
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::scaling::Scaling;
use crate::wide::wide;
use crate::{Matrix, Real};

/// A group norm layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupNorm {
    scaling: Scaling,
    /// Channels of a group.
    width: usize,
}

impl GroupNorm {
    /// A layer over examples of `channels` channels, in `groups` groups of as many.
    pub(crate) fn new<T: Real>(
        channels: usize,
        groups: usize,
        builder: &mut Builder<'_, T>,
    ) -> Self {
        GroupNorm { scaling: Scaling::new(channels, builder), width: channels / groups }
    }

    /// Sums of channels to the mean over their group, in the place of each of its channels.
    #[inline(always)]
    fn pool<T: Real>(&self, sums: &mut [T], per_n: T) {
        for group in sums.chunks_exact_mut(self.width) {
            let mean = group.iter().fold(T::ZERO, |total, &sum| total + sum) * per_n;
            group.fill(mean);
        }
    }

    /// `1 / n` of examples of `len` values.
    fn per_n<T: Real>(&self, len: usize) -> T {
        T::ONE / T::of((len / self.scaling.channels * self.width) as f64)
    }

    /// `Σd` and `Σd (x − μ)` of each channel, example after example.
    fn sum<T: Real>(&self, d: &Matrix<T>, x: &Matrix<T>, moments: &mut Moments<T>) {
        let channels = self.scaling.channels;
        let Moments { means, sums: [totals, alongs], .. } = moments;
        let (totals, alongs) = (zeros(totals, means.len()), zeros(alongs, means.len()));
        wide(
            #[inline(always)]
            || {
                let sums = totals.chunks_exact_mut(channels).zip(alongs.chunks_exact_mut(channels));
                let rows = d.rows().zip(x.rows()).zip(means.chunks_exact(channels));
                for (((d, x), means), (totals, alongs)) in rows.zip(sums) {
                    add_alongs(d, x, means, [totals, alongs]);
                }
            },
        );
    }

    /// Of the sums of `d`, `out = P(γ d)/σ`, or with `ahead = [γ̇, β̇]`, `out = γ/σ P(d) + γ̇ x̂ + β̇`.
    fn project_rows<T: Real>(
        &self,
        (d, x): (&Matrix<T>, &Matrix<T>),
        scales: &[T],
        ahead: Option<[&[T]; 2]>,
        moments: &mut Moments<T>,
        out: &mut Matrix<T>,
    ) {
        let channels = self.scaling.channels;
        let per_n = self.per_n::<T>(x.n_columns());
        let Moments { means, inverses, sums: [totals, alongs], numbers, .. } = moments;
        let [f, a, t] = numbers.each_mut().map(|numbers| zeros(numbers, channels));
        out.reshape(x.n_rows(), x.n_columns());
        wide(
            #[inline(always)]
            || {
                let rows = d.rows().zip(x.rows()).zip(out.rows_mut());
                let sums = totals.chunks_exact_mut(channels).zip(alongs.chunks_exact_mut(channels));
                let moments = means.chunks_exact(channels).zip(inverses.chunks_exact(channels));
                let numbers = moments.zip(sums);
                for (((d, x), out), ((means, inverses), (totals, alongs))) in rows.zip(numbers) {
                    if ahead.is_none() {
                        for k in 0..channels {
                            totals[k] *= scales[k];
                            alongs[k] *= scales[k];
                        }
                    }
                    self.pool(totals, per_n);
                    self.pool(alongs, per_n);
                    for k in 0..channels {
                        f[k] = scales[k] * inverses[k];
                        let outer = if ahead.is_none() { inverses[k] } else { f[k] };
                        a[k] = outer * alongs[k] * inverses[k] * inverses[k];
                        t[k] = outer * totals[k];
                        if let Some([moved, shifted]) = ahead {
                            a[k] -= moved[k] * inverses[k];
                            t[k] -= shifted[k];
                        }
                    }
                    project((d, x), means, [&*f, &*a, &*t], out);
                }
            },
        );
    }

    /// `y = γ x̂ + β`, example after example.
    fn scale_rows<T: Real>(
        x: &Matrix<T>,
        (scales, shifts): (&[T], &[T]),
        moments: &mut Moments<T>,
        y: &mut Matrix<T>,
    ) {
        let channels = scales.len();
        let Moments { means, inverses, numbers: [f, ..], .. } = moments;
        let f = zeros(f, channels);
        y.reshape(x.n_rows(), x.n_columns());
        wide(
            #[inline(always)]
            || {
                let moments = means.chunks_exact(channels).zip(inverses.chunks_exact(channels));
                for ((x, y), (means, inverses)) in x.rows().zip(y.rows_mut()).zip(moments) {
                    for k in 0..channels {
                        f[k] = scales[k] * inverses[k];
                    }
                    scale(x, means, [&*f, shifts], y);
                }
            },
        );
    }
}

impl<T: Real> Passes<T> for GroupNorm {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        let channels = self.scaling.channels;
        let (x, moments) = (at.x, &mut at.memory.moments);
        let Moments { means, inverses, .. } = &mut *moments;
        let means = zeros(means, x.n_rows() * channels);
        let inverses = zeros(inverses, x.n_rows() * channels);
        let per_n = self.per_n::<T>(x.n_columns());
        wide(
            #[inline(always)]
            || {
                let moments =
                    means.chunks_exact_mut(channels).zip(inverses.chunks_exact_mut(channels));
                for (x, (means, inverses)) in x.rows().zip(moments) {
                    add_values(x, means);
                    self.pool(means, per_n);
                    add_squares(x, means, inverses);
                    self.pool(inverses, per_n);
                    inverses.iter_mut().for_each(|variance| *variance = inverse(*variance));
                }
            },
        );
        let scaling = self.scaling.of(&at.values.parameters);
        GroupNorm::scale_rows(x, scaling, moments, &mut at.memory.output);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    ) {
        let channels = self.scaling.channels;
        let (scales, _) = self.scaling.of(&at.values.parameters);
        let (d_scales, d_shifts) = self.scaling.of_mut(gradient);
        let moments = &mut at.memory.moments;
        self.sum(dy, at.x, moments);
        d_scales.fill(T::ZERO);
        d_shifts.fill(T::ZERO);
        let Moments { inverses, sums: [totals, alongs], .. } = &*moments;
        let sums = totals.chunks_exact(channels).zip(alongs.chunks_exact(channels));
        for (inverses, (totals, alongs)) in inverses.chunks_exact(channels).zip(sums) {
            for k in 0..channels {
                d_scales[k] += alongs[k] * inverses[k];
                d_shifts[k] += totals[k];
            }
        }
        if let Some(dx) = dx {
            self.project_rows((dy, at.x), scales, None, moments, dx);
        }
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        let (scales, _) = self.scaling.of(&at.values.parameters);
        let (moved, shifted) = self.scaling.of(direction);
        let moments = &mut at.memory.moments;
        if let Some(x_dot) = x_dot {
            self.sum(x_dot, at.x, moments);
            let ahead = Some([moved, shifted]);
            self.project_rows((x_dot, at.x), scales, ahead, moments, y_dot);
        } else {
            GroupNorm::scale_rows(at.x, (moved, shifted), moments, y_dot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;
    use crate::layer::tests::alone::Alone;
    use crate::shape::Shape;

    fn random(n_rows: usize, n_columns: usize) -> Matrix<f64> {
        let mut stream = Streams::new([6; 32]).stream("x");
        let values = (0..n_rows * n_columns).map(|_| 5.0 + 2.0 * stream.normal());
        Matrix::from_values(n_columns, values.collect())
    }

    #[test]
    fn the_values_of_a_group_have_mean_0_and_variance_1() {
        let (x, positions, channels, groups) = (random(3, 5 * 6), 5, 6, 2);
        let mut layer =
            Alone::new(Shape::flat(30), |builder| GroupNorm::new(channels, groups, builder));
        let y = layer.forward(&x, true);
        for y in y.rows() {
            for g in 0..groups {
                let width = channels / groups;
                let group: Vec<f64> = (0..positions)
                    .flat_map(|p| &y[p * channels + g * width..][..width])
                    .copied()
                    .collect();
                let mean = group.iter().sum::<f64>() / 15.0;
                let variance = group.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 15.0;
                assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn no_example_sees_another() {
        let (x, d) = (random(4, 12), random(4, 12));
        let mut layer = Alone::new(Shape::flat(12), |builder| GroupNorm::new(6, 3, builder));
        let together = layer.forward(&x, true);
        let (dx, _) = layer.backward(&x, &d);
        for i in 0..4 {
            let [x, d] = [&x, &d].map(|m| Matrix::from_values(12, m.row(i).to_vec()));
            assert_eq!(layer.forward(&x, true).values(), together.row(i));
            assert_eq!(layer.backward(&x, &d).0.values(), dx.row(i));
        }
    }

    #[test]
    fn training_and_evaluation_are_the_same() {
        let x = random(4, 12);
        let mut layer = Alone::new(Shape::flat(12), |builder| GroupNorm::new(6, 3, builder));
        assert_eq!(layer.forward(&x, true), layer.forward(&x, false));
    }
}
