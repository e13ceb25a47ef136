//! A small network from the loss of an example to its weight, with a head for each group of classes.
//!
//! ```text
//! V(ℓ)  = σ(a),    a = Σ_h b_h max(0, p_h ℓ + q_h) + d          b, d of the head of the example
//! V'(ℓ) = σ'(a) t, t = Σ_h b_h p_h [0 < p_h ℓ + q_h]            the slope in the loss
//! ```
//!
//! Parameters: `p`, `q`, `[n_hidden]` each, then `b`, `[n_hidden]`, and `d` of each head. All start uniform, `p` and `q`
//! between -1 and 1, the others between `±1 / sqrt(n_hidden)`, as PyTorch starts the layers.

use nn::{Real, Stream};

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

    /// Where the numbers of a head start.
    fn start(&self, head: u32) -> usize {
        2 * self.n_hidden + head as usize * (self.n_hidden + 1)
    }

    /// Values and slopes at `losses`, each through the head of its example.
    pub(super) fn evaluate(&mut self, losses: &[T], heads: impl Iterator<Item = u32>) {
        self.values.clear();
        self.slopes.clear();
        self.inner.clear();
        for (&loss, head) in losses.iter().zip(heads) {
            let (first, rest) = self.parameters.split_at(2 * self.n_hidden);
            let (p, q) = first.split_at(self.n_hidden);
            let of_head = &rest[self.start(head) - first.len()..][..=self.n_hidden];
            let (sum, t) = sums(p, q, of_head, loss);
            let v = (sum + of_head[self.n_hidden]).sigmoid();
            self.values.push(v);
            self.slopes.push(v * (T::ONE - v) * t);
            self.inner.push(t);
        }
    }

    /// `gradient ← ∂F/∂parameters` of an `F` whose slopes at the values and at the slopes of the last evaluation are
    /// `by_value` and `by_slope`.
    pub(super) fn backward(
        &mut self,
        losses: &[T],
        heads: impl Iterator<Item = u32>,
        by_value: &[T],
        by_slope: &[T],
    ) {
        self.gradient.fill(T::ZERO);
        for (i, head) in heads.enumerate() {
            let v = self.values[i];
            let by_a = v * (T::ONE - v);
            let twice = by_a * (T::ONE - v - v);
            let d_a = by_value[i] * by_a + by_slope[i] * twice * self.inner[i];
            self.add(losses[i], head, d_a, by_slope[i] * by_a);
        }
    }

    /// Adds the gradient of one example, whose slopes at `a` and `t` are these.
    fn add(&mut self, loss: T, head: u32, d_a: T, d_t: T) {
        let (n, start) = (self.n_hidden, self.start(head));
        let (p, q) = self.parameters[..2 * n].split_at(n);
        let b = &self.parameters[start..][..n];
        let (first, rest) = self.gradient.split_at_mut(2 * n);
        let (d_p, d_q) = first.split_at_mut(n);
        let d_head = &mut rest[start - 2 * n..][..=n];
        for h in 0..n {
            let x = p[h] * loss + q[h];
            let on = if T::ZERO < x { T::ONE } else { T::ZERO };
            d_head[h] += on * (d_a * x + d_t * p[h]);
            d_p[h] += on * b[h] * (d_a * loss + d_t);
            d_q[h] += on * b[h] * d_a;
        }
        d_head[n] += d_a;
    }
}

/// `Σ_h b_h max(0, p_h ℓ + q_h)` and `t`, in an order that depends on the number of terms alone.
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
