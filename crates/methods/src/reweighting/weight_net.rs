//! A small network from the loss of an example to its weight, with a head for each group of classes.
//!
//! ```text
//! V(ℓ)  = σ(a),    a = Σ_h b_h max(0, p_h ℓ + q_h) + d          b, d of the head of the example
//! V'(ℓ) = σ'(a) t, t = Σ_h b_h p_h [0 < p_h ℓ + q_h]            the slope in the loss
//! ```
//!
//! Parameters: `p`, `q`, `[n_hidden]` each, then `b`, `[n_hidden]`, and `d` of each head. All start uniform, `p` and `q`
//! between -1 and 1, the others between `±1 / sqrt(n_hidden)`, as PyTorch starts the layers.

use nn::{Real, Stream, wide};

/// The network, and what it says of a batch.
pub(super) struct WeightNet<T> {
    n_hidden: usize,
    pub(super) parameters: Vec<T>,
    /// `V(ℓ_i)`, `[n_examples]`.
    pub(super) values: Vec<T>,
    /// `V'(ℓ_i)`, `[n_examples]`.
    pub(super) slopes: Vec<T>,
    /// `t_i`, `[n_examples]`.
    inner: Vec<T>,
    /// `[n_parameters]`.
    pub(super) gradient: Vec<T>,
}

/// Terms that are summed side by side.
const LANES: usize = 8;

impl<T: Real> WeightNet<T> {
    pub(super) fn new(n_hidden: usize, n_heads: usize, stream: &mut Stream) -> Self {
        let mut uniform = |n: usize, bound: f64| -> Vec<T> {
            (0..n).map(|_| T::of(bound * (2.0 * stream.uniform() - 1.0))).collect()
        };
        let mut parameters = uniform(2 * n_hidden, 1.0);
        let bound = 1.0 / (n_hidden as f64).sqrt();
        parameters.extend(uniform(n_heads * (n_hidden + 1), bound));
        let gradient = vec![T::ZERO; parameters.len()];
        let (values, slopes, inner) = (Vec::new(), Vec::new(), Vec::new());
        WeightNet { n_hidden, parameters, values, slopes, inner, gradient }
    }

    /// Values and slopes at `losses`, each through the head of its example.
    pub(super) fn evaluate(&mut self, losses: &[T], mut heads: impl Iterator<Item = u32>) {
        let WeightNet { n_hidden, parameters, values, slopes, inner, .. } = self;
        let n = *n_hidden;
        values.clear();
        inner.clear();
        wide(
            #[inline(always)]
            || {
                let (p, q) = parameters[..2 * n].split_at(n);
                for (&loss, head) in losses.iter().zip(&mut heads) {
                    let of_head = &parameters[start(n, head)..][..=n];
                    let (sum, t) = sums(p, q, &of_head[..n], loss);
                    values.push(sum + of_head[n]);
                    inner.push(t);
                }
            },
        );
        slopes.clear();
        for (v, t) in values.iter_mut().zip(inner) {
            *v = v.sigmoid();
            slopes.push(*v * (T::ONE - *v) * *t);
        }
    }

    /// `gradient ← ∂F/∂parameters` of an `F` whose slopes at the values and at the slopes of the last evaluation are
    /// `by_value` and `by_slope`.
    pub(super) fn backward(
        &mut self,
        losses: &[T],
        mut heads: impl Iterator<Item = u32>,
        by_value: &[T],
        by_slope: &[T],
    ) {
        self.gradient.fill(T::ZERO);
        wide(
            #[inline(always)]
            || {
                for (i, head) in (&mut heads).enumerate() {
                    let v = self.values[i];
                    let by_a = v * (T::ONE - v);
                    let twice = by_a * (T::ONE - v - v);
                    let d_a = by_value[i] * by_a + by_slope[i] * twice * self.inner[i];
                    self.add(losses[i], head, d_a, by_slope[i] * by_a);
                }
            },
        );
    }

    /// Adds the gradient of one example, whose slopes at `a` and `t` are these.
    #[inline(always)]
    fn add(&mut self, loss: T, head: u32, d_a: T, d_t: T) {
        let n = self.n_hidden;
        let start = start(n, head);
        let (p, q) = self.parameters[..2 * n].split_at(n);
        let b = &self.parameters[start..][..n];
        let (first, rest) = self.gradient.split_at_mut(2 * n);
        let (d_p, d_q) = first.split_at_mut(n);
        let (d_b, d_d) = rest[start - 2 * n..][..=n].split_at_mut(n);
        for h in 0..n {
            let x = p[h] * loss + q[h];
            let on = if T::ZERO < x { T::ONE } else { T::ZERO };
            d_b[h] += on * (d_a * x + d_t * p[h]);
            d_p[h] += on * b[h] * (d_a * loss + d_t);
            d_q[h] += on * b[h] * d_a;
        }
        d_d[0] += d_a;
    }
}

/// Where the numbers of a head start.
#[inline(always)]
fn start(n_hidden: usize, head: u32) -> usize {
    2 * n_hidden + head as usize * (n_hidden + 1)
}

/// `Σ_h b_h max(0, p_h ℓ + q_h)` and `t`, in an order that depends on the number of terms alone.
#[inline(always)]
fn sums<T: Real>(p: &[T], q: &[T], b: &[T], loss: T) -> (T, T) {
    let terms = |p: T, q: T, b: T| {
        let x = p * loss + q;
        let on = if T::ZERO < x { b } else { T::ZERO };
        (on * x, on * p)
    };
    let (mut sum, mut t) = ([T::ZERO; LANES], [T::ZERO; LANES]);
    let whole = p.len() / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        let (p, q, b) = (&p[start..][..LANES], &q[start..][..LANES], &b[start..][..LANES]);
        for lane in 0..LANES {
            let (of_sum, of_t) = terms(p[lane], q[lane], b[lane]);
            sum[lane] += of_sum;
            t[lane] += of_t;
        }
    }
    for h in whole..p.len() {
        let (of_sum, of_t) = terms(p[h], q[h], b[h]);
        sum[h - whole] += of_sum;
        t[h - whole] += of_t;
    }
    (sum.iter().copied().sum(), t.iter().copied().sum())
}

#[cfg(test)]
mod tests;
