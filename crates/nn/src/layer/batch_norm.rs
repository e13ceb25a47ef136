//! Batch norm: each channel of a batch to mean 0 and variance 1, then to a scale and a shift.
//!
//! ```text
//! x̂ = (x − μ) / σ,   y = γ x̂ + β,   σ² = variance + ε        over all examples and positions of the batch
//! ∂L/∂x = γ/σ P(∂L/∂y),   ∂L/∂γ = Σ ∂L/∂y x̂,   ∂L/∂β = Σ ∂L/∂y
//! ẏ = γ/σ P(ẋ) + γ̇ x̂ + β̇
//! P(d) = d − Σd / n − x̂ Σ(d x̂) / n
//! ```
//!
//! The batch's own mean and variance move with its values: `P` takes that out. In evaluation both are running statistics,
//! which do not move, and `P(d) = d`.
//!
//! Running means begin at 0 and running variances at 1, and move a tenth of the way to those of a batch, whose variance
//! is then taken with `n − 1`. `ε` = 1e-5. All as in PyTorch's `BatchNorm2d`. A channel with one value in the batch is
//! its shift, and has no gradient.
//!
//! Sums run over the positions of an example, then over the examples.
//!
//! Parameters: `γ`, then `β`, `[channels]`. Buffers: running means, then running variances.
//!
//! Source: Ioffe, Szegedy, *Batch Normalization*, ICML 2015.
//!
//! Trap: every example of a batch moves the logits of all. A gradient, or a tangent, taken one example at a time is that
//! of another function.

use crate::layer::builder::Builder;
use crate::layer::memory::Memory;
use crate::layer::moments::{
    Moments, add_alongs, add_squares, add_values, inverse, project, scale, zeros,
};
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::scaling::Scaling;
use crate::wide::wide;
use crate::{Matrix, Real};

/// What running statistics move of the way to those of a batch.
const MOMENTUM: f64 = 0.1;

/// A batch norm layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BatchNorm {
    scaling: Scaling,
    buffer: usize,
}

impl BatchNorm {
    /// A layer over examples of `channels` channels.
    pub(crate) fn new<T: Real>(channels: usize, builder: &mut Builder<'_, T>) -> Self {
        let scaling = Scaling::new(channels, builder);
        let buffers = &mut builder.values.buffers;
        let buffer = buffers.len();
        buffers.extend(std::iter::repeat_n(T::ZERO, channels));
        buffers.extend(std::iter::repeat_n(T::ONE, channels));
        BatchNorm { scaling, buffer }
    }

    /// The moments of the batch.
    fn measure<T: Real>(&self, x: &Matrix<T>, moments: &mut Moments<T>) {
        let channels = self.scaling.channels;
        let Moments { means, variances, count, .. } = moments;
        let (means, variances) = (zeros(means, channels), zeros(variances, channels));
        *count = x.values().len() / channels;
        let n = T::of(*count as f64);
        wide(
            #[inline(always)]
            || {
                for x in x.rows() {
                    add_values(x, means);
                }
                means.iter_mut().for_each(|mean| *mean /= n);
                // Around the mean, so that the squares do not cancel.
                for x in x.rows() {
                    add_squares(x, means, variances);
                }
                variances.iter_mut().for_each(|variance| *variance /= n);
            },
        );
    }

    /// `f = γ/σ`, `a = f Σ(d x̂) / (n σ)` and `t = f Σd / n`; the latter two are 0 where the statistics do not move.
    fn project_numbers<T: Real>(scales: &[T], moments: &mut Moments<T>) {
        let Moments { inverses, count, sums: [totals, alongs], numbers: [f, a, t], .. } = moments;
        let per_n = if *count == 0 { T::ZERO } else { T::ONE / T::of(*count as f64) };
        f.clear();
        f.extend(scales.iter().zip(&*inverses).map(|(&scale, &inverse)| scale * inverse));
        t.clear();
        t.extend(f.iter().zip(&*totals).map(|(&f, &total)| f * (total * per_n)));
        a.clear();
        let of_channels = f.iter().zip(&*alongs).zip(&*inverses);
        a.extend(of_channels.map(|((&f, &along), &i)| f * (along * per_n) * i * i));
    }
}

/// `Σd` and `Σd (x − μ)` of the batch.
fn sum<T: Real>(d: &Matrix<T>, x: &Matrix<T>, moments: &mut Moments<T>) {
    let Moments { means, sums: [totals, alongs], .. } = moments;
    let (totals, alongs) = (zeros(totals, means.len()), zeros(alongs, means.len()));
    wide(
        #[inline(always)]
        || {
            for (d, x) in d.rows().zip(x.rows()) {
                add_alongs(d, x, means, [&mut *totals, &mut *alongs]);
            }
        },
    );
}

/// `out = d f − ((x − μ) a + t)`.
fn project_rows<T: Real>(d: &Matrix<T>, x: &Matrix<T>, moments: &Moments<T>, out: &mut Matrix<T>) {
    let Moments { means, numbers: [f, a, t], .. } = moments;
    out.reshape(x.n_rows(), x.n_columns());
    wide(
        #[inline(always)]
        || {
            for ((d, x), out) in d.rows().zip(x.rows()).zip(out.rows_mut()) {
                project((d, x), means, [f, a, t], out);
            }
        },
    );
}

/// `y = (x − μ) f + s`.
fn scale_rows<T: Real>(x: &Matrix<T>, means: &[T], numbers: [&[T]; 2], y: &mut Matrix<T>) {
    y.reshape(x.n_rows(), x.n_columns());
    wide(
        #[inline(always)]
        || {
            for (x, y) in x.rows().zip(y.rows_mut()) {
                scale(x, means, numbers, y);
            }
        },
    );
}

impl<T: Real> Passes<T> for BatchNorm {
    fn forward(&self, at: Context<'_, T>, mode: &mut Mode<'_>) {
        let Memory { output, moments, .. } = at.memory;
        if let Mode::Training(_) = mode {
            self.measure(at.x, moments);
        } else {
            let buffers = &at.values.buffers[self.buffer..][..2 * self.scaling.channels];
            let (means, variances) = buffers.split_at(self.scaling.channels);
            moments.means.clear();
            moments.means.extend_from_slice(means);
            moments.variances.clear();
            moments.variances.extend_from_slice(variances);
            moments.count = 0;
        }
        let (scales, shifts) = self.scaling.of(&at.values.parameters);
        let Moments { means, inverses, variances, numbers: [f, ..], .. } = moments;
        inverses.clear();
        inverses.extend(variances.iter().map(|&variance| inverse(variance)));
        f.clear();
        f.extend(scales.iter().zip(&*inverses).map(|(&scale, &inverse)| scale * inverse));
        scale_rows(at.x, means, [f, shifts], output);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    ) {
        let (scales, _) = self.scaling.of(&at.values.parameters);
        let (d_scales, d_shifts) = self.scaling.of_mut(gradient);
        let moments = &mut at.memory.moments;
        sum(dy, at.x, moments);
        let Moments { inverses, sums: [totals, alongs], .. } = moments;
        d_shifts.copy_from_slice(totals);
        let products = alongs.iter().zip(&*inverses).map(|(&along, &inverse)| along * inverse);
        d_scales.iter_mut().zip(products).for_each(|(d, product)| *d = product);
        if let Some(dx) = dx {
            BatchNorm::project_numbers(scales, moments);
            project_rows(dy, at.x, moments, dx);
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
        let Some(x_dot) = x_dot else {
            let Moments { means, inverses, numbers: [f, ..], .. } = moments;
            f.clear();
            f.extend(moved.iter().zip(&*inverses).map(|(&moved, &inverse)| moved * inverse));
            scale_rows(at.x, means, [f, shifted], y_dot);
            return;
        };
        sum(x_dot, at.x, moments);
        BatchNorm::project_numbers(scales, moments);
        // γ̇ x̂ + β̇ lies along x and 1, as what is taken out does.
        let Moments { inverses, numbers: [_, a, t], .. } = moments;
        let moved = moved.iter().zip(&*inverses).map(|(&moved, &inverse)| moved * inverse);
        a.iter_mut().zip(moved).for_each(|(a, moved)| *a -= moved);
        t.iter_mut().zip(shifted).for_each(|(t, &shifted)| *t -= shifted);
        project_rows(x_dot, at.x, moments, y_dot);
    }

    fn absorb(&self, memory: &Memory<T>, buffers: &mut [T]) {
        let Moments { means, variances, count, .. } = &memory.moments;
        if *count == 0 {
            return;
        }
        let (kept, taken) = (T::of(1.0 - MOMENTUM), T::of(MOMENTUM));
        let unbiased = T::of(*count as f64 / (*count - 1).max(1) as f64);
        let buffers = &mut buffers[self.buffer..][..2 * self.scaling.channels];
        let (of_means, of_variances) = buffers.split_at_mut(self.scaling.channels);
        for (running, &mean) in of_means.iter_mut().zip(means) {
            *running = kept * *running + taken * mean;
        }
        for (running, &variance) in of_variances.iter_mut().zip(variances) {
            *running = kept * *running + taken * (unbiased * variance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;
    use crate::layer::tests::alone::Alone;
    use crate::shape::Shape;

    const CHANNELS: usize = 3;

    fn random(n_rows: usize, n_columns: usize, name: &str) -> Matrix<f64> {
        let mut stream = Streams::new([6; 32]).stream(name);
        let values = (0..n_rows * n_columns).map(|_| 5.0 + 2.0 * stream.normal());
        Matrix::from_values(n_columns, values.collect())
    }

    fn layer(positions: usize) -> Alone<f64, BatchNorm> {
        let mut layer = Alone::new(Shape::flat(positions * CHANNELS), |builder| {
            BatchNorm::new(CHANNELS, builder)
        });
        layer.values.parameters = vec![0.5, -2.0, 1.5, 1.0, 0.0, -3.0];
        layer
    }

    #[test]
    fn the_outputs_of_a_channel_have_the_mean_of_its_shift_and_the_variance_of_its_scale() {
        let x = random(50, 4 * CHANNELS, "x");
        let y = layer(4).forward(&x, true);
        for (k, (scale, shift)) in
            [(0.5, 1.0), (-2.0, 0.0), (1.5, -3.0_f64)].into_iter().enumerate()
        {
            let of = |m: &Matrix<f64>| {
                let values = || m.values().iter().skip(k).step_by(CHANNELS);
                let mean = values().sum::<f64>() / 200.0;
                (mean, values().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 200.0)
            };
            let ((_, before), (mean, variance)) = (of(&x), of(&y));
            let expected = scale * scale * before / (before + 1e-5);
            assert!((mean - shift).abs() < 1e-12, "{k}");
            assert!((variance - expected).abs() < 1e-12, "{k}");
        }
    }

    #[test]
    fn in_evaluation_a_value_depends_on_no_other() {
        let (x, mut layer) = (random(5, 2 * CHANNELS, "x"), layer(2));
        layer.values.buffers = vec![5.0, 4.0, 6.0, 4.0, 1.0, 9.0];
        let together = layer.forward(&x, false);
        for (i, row) in x.rows().enumerate() {
            let x = Matrix::from_values(x.n_columns(), row.to_vec());
            assert_eq!(layer.forward(&x, false).values(), together.row(i));
        }
        let expected = 0.5 * (x.row(0)[0] - 5.0) / (4.0 + EPSILON).sqrt() + 1.0;
        assert!((together.row(0)[0] - expected).abs() < 1e-14);
    }

    const EPSILON: f64 = 1e-5;

    #[test]
    fn a_channel_with_one_value_is_its_shift_and_has_no_gradient() {
        let (x, mut layer) = (random(1, CHANNELS, "x"), layer(1));
        assert_eq!(layer.forward(&x, true).values(), [1.0, 0.0, -3.0]);
        let dy = Matrix::from_rows(&[[1.0, -2.0, 3.0]]);
        let (dx, gradient) = layer.backward(&x, &dy);
        assert_eq!(dx.values(), [0.0; 3]);
        assert_eq!(gradient, [0.0, 0.0, 0.0, 1.0, -2.0, 3.0]);
        let y_dot = layer.tangent(&x, &[9.0, 9.0, 9.0, 1.0, 2.0, 3.0], &dy);
        assert_eq!(y_dot.values(), [1.0, 2.0, 3.0]);
        let mut buffers = layer.values.buffers.clone();
        layer.layer.absorb(&layer.memory, &mut buffers);
        assert!(buffers.iter().all(|b| b.is_finite()));
        assert_eq!(buffers[CHANNELS..], [0.9; 3]);
    }

    /// Each example as a batch of its own: another function, with another tangent and another gradient.
    #[test]
    fn one_example_at_a_time_is_not_the_batch() {
        let positions = 4;
        let (x, d) = (random(6, 12, "x"), random(6, 12, "d"));
        let direction = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let mut layer = layer(positions);
        layer.forward(&x, true);
        let together = [layer.tangent(&x, &direction, &d), layer.backward(&x, &d).0];
        let mut apart = [Vec::new(), Vec::new()];
        for (x, d) in x.rows().zip(d.rows()) {
            let [x, d] = [x, d].map(|row| Matrix::from_values(12, row.to_vec()));
            layer.forward(&x, true);
            apart[0].extend_from_slice(layer.tangent(&x, &direction, &d).values());
            apart[1].extend_from_slice(layer.backward(&x, &d).0.values());
        }
        for (together, apart) in together.iter().zip(&apart) {
            let differences = together.values().iter().zip(apart).map(|(a, b)| (a - b).abs());
            assert!(0.1 < differences.fold(0.0, f64::max));
        }
    }

    #[test]
    fn a_value_that_is_not_a_number_is_not_hidden() {
        let (mut x, mut layer) = (random(4, CHANNELS, "x"), layer(1));
        x.values_mut()[1] = f64::NAN;
        let y = layer.forward(&x, true);
        assert!(y.rows().all(|row| row[0].is_finite() && row[1].is_nan() && row[2].is_finite()));
    }

    #[test]
    fn a_channel_far_from_zero_keeps_its_variance() {
        let far = |x: f64| (1e4 + x) as f32;
        let x = Matrix::<f32>::from_values(1, (0..1000).map(|i| far(f64::from(i % 2))).collect());
        let mut layer = Alone::new(Shape::flat(1), |builder| BatchNorm::new(1, builder));
        let y = layer.forward(&x, true);
        assert!(y.values().iter().all(|y| (y.abs() - 1.0).abs() < 1e-3), "{:?}", y.row(0));
    }
}
