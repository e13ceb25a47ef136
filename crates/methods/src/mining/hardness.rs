//! Which of two examples is harder, and the hardest of a batch.

use std::cmp::Ordering;

use nn::Real;

/// The larger score first; one that is not a number last.
pub(super) fn by_hardness<T: Real>(a: T, b: T) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

fn is_nan<T: Real>(x: T) -> bool {
    x.partial_cmp(&x).is_none()
}

/// The position of the larger score first; of equals the earlier, and what is no number last.
pub(super) fn harder<T: Real>(scores: &[T]) -> impl Fn(&u32, &u32) -> Ordering {
    |&a, &b| by_hardness(scores[a as usize], scores[b as usize]).then(a.cmp(&b))
}

/// Brings the `n` hardest of the positions in `order` to its front, in no order of their own.
pub(super) fn hardest_first<T: Real>(order: &mut [u32], n: usize, scores: &[T]) {
    if n < order.len() {
        order.select_nth_unstable_by(n, harder(scores));
    }
}
