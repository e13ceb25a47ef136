//! Minimisation of a smooth function by limited-memory BFGS.
//!
//! ```text
//! d = -H g,   H from the last 10 pairs s = x' - x, y = g' - g (two loops)
//! x' = x + t d,   f(x') <= f(x) + 1e-4 t ⟨g, d⟩,   ⟨g', d⟩ >= 0.9 ⟨g, d⟩
//! ```
//!
//! `t` is found by doubling and halving from 1, the first of all from `1 / ‖g‖`.
//!
//! Source: Liu, Nocedal, *On the limited memory BFGS method for large scale optimization*, 1989; Nocedal, Wright,
//! *Numerical Optimization*, algorithms 7.4 and 7.5.

use std::collections::VecDeque;

/// Pairs that are kept.
const MEMORY: usize = 10;

/// Steps tried along a direction: what they do not find is below what doubles can tell apart.
const TRIALS: usize = 60;

/// A move and what it did to the gradient.
struct Pair {
    s: Vec<f64>,
    y: Vec<f64>,
    product: f64,
}

/// From `x`, at most `max_iterations` steps, until the gradient is no longer than `tolerance` or no step makes
/// the value smaller; the length of the gradient at what was found.
///
/// `f(x, gradient)` returns the value at `x` and writes the gradient, of the length of `x`.
pub(super) fn minimize(
    x: &mut Vec<f64>,
    max_iterations: u64,
    tolerance: f64,
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> f64 {
    let mut gradient = vec![0.0; x.len()];
    let (mut moved, mut turned) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    let mut value = f(x, &mut gradient);
    let mut pairs: VecDeque<Pair> = VecDeque::with_capacity(MEMORY);
    for _ in 0..max_iterations {
        let length = norm(&gradient);
        if length <= tolerance {
            break;
        }
        let direction = direction(&gradient, &pairs);
        let slope = dot(&gradient, &direction);
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut step = if pairs.is_empty() { 1.0 / length } else { 1.0 };
        let mut found = None;
        for _ in 0..TRIALS {
            for ((moved, x), d) in moved.iter_mut().zip(&*x).zip(&direction) {
                *moved = x + step * d;
            }
            let trial = f(&moved, &mut turned);
            // Near the optimum the value changes less than its rounding.
            if trial <= value + 1e-4 * step * slope + 1e-14 * value.abs() {
                if 0.9 * slope <= dot(&turned, &direction) {
                    found = Some(trial);
                    break;
                }
                low = step;
            } else {
                high = step;
            }
            step = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * step };
        }
        let Some(trial) = found else { break };
        let s: Vec<f64> = moved.iter().zip(&*x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = turned.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let product = dot(&s, &y);
        if 0.0 < product {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back(Pair { s, y, product });
        }
        value = trial;
        std::mem::swap(x, &mut moved);
        std::mem::swap(&mut gradient, &mut turned);
    }
    norm(&gradient)
}

/// `-H g`, along which the value falls, since every pair has a positive product.
fn direction(gradient: &[f64], pairs: &VecDeque<Pair>) -> Vec<f64> {
    let mut d: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(pairs.len());
    for Pair { s, y, product } in pairs.iter().rev() {
        let share = dot(s, &d) / product;
        d.iter_mut().zip(y).for_each(|(d, y)| *d -= share * y);
        shares.push(share);
    }
    if let Some(Pair { y, product, .. }) = pairs.back() {
        let scale = product / dot(y, y);
        d.iter_mut().for_each(|d| *d *= scale);
    }
    for (Pair { s, y, product }, share) in pairs.iter().zip(shares.iter().rev()) {
        let correction = share - dot(y, &d) / product;
        d.iter_mut().zip(s).for_each(|(d, s)| *d += correction * s);
    }
    d
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_valley_is_followed_to_its_end() {
        // Rosenbrock's function: its minimum is 0, at (1, 1).
        let mut x = vec![-1.2, 1.0];
        let length = minimize(&mut x, 200, 1e-9, |x, gradient| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            gradient[0] = -2.0 * a - 400.0 * x[0] * b;
            gradient[1] = 200.0 * b;
            a * a + 100.0 * b * b
        });
        assert!(length <= 1e-9 && (x[0] - 1.0).abs() < 1e-8 && (x[1] - 1.0).abs() < 1e-8, "{x:?}");
    }

    #[test]
    fn the_last_iteration_ends_it_with_the_gradient_that_is_left() {
        let quadratic = |x: &[f64], gradient: &mut [f64]| {
            for (i, (g, x)) in gradient.iter_mut().zip(x).enumerate() {
                *g = (i + 1) as f64 * (x - 3.0);
            }
            gradient.iter().zip(x).map(|(g, x)| 0.5 * g * (x - 3.0)).sum()
        };
        let (mut x, mut start) = (vec![0.0; 8], vec![0.0; 8]);
        assert!(1e-3 < minimize(&mut start, 1, 1e-10, quadratic));
        assert!(minimize(&mut x, 100, 1e-10, quadratic) <= 1e-10);
        assert!(x.iter().all(|x| (x - 3.0).abs() < 1e-9), "{x:?}");
    }
}
