//! What can be said of differences that no known mistake explains.

use crate::cases::{Answer, Case, largest};
use crate::protocol::Reply;

/// Of numbers that are none.
pub(super) fn not_finite(cases: &[Case], replies: &[Reply]) -> String {
    let size = |finite: bool| {
        let of = cases.iter().zip(replies).filter(move |(_, reply)| reply.is_finite() == finite);
        of.map(|(case, _)| largest(case))
    };
    let largest_finite = size(true).fold(0.0, f64::max);
    if size(false).all(|size| largest_finite < size) && 0.0 < largest_finite {
        format!(
            "numbers that are not finite where logits are large (right up to {largest_finite:.0}): take the \
             logarithm of a softmax through log-sum-exp, and of a sigmoid through softplus"
        )
    } else {
        "some numbers are not finite".to_owned()
    }
}

/// Of numbers that are right where logits are moderate, and wrong beyond.
pub(super) fn beyond(pairs: &[(&Answer, &Reply)], cases: &[Case], tolerance: f64) -> String {
    let near = |at: &usize| pairs[*at].1.is_near(pairs[*at].0, tolerance);
    let right = (0..pairs.len()).filter(near).map(|at| largest(&cases[at])).fold(0.0, f64::max);
    format!("right up to logits of {right:.0}, and wrong beyond: something is bounded there")
}

/// Of numbers that are finite, in what their differences agree.
pub(super) fn described(pairs: &[(&Answer, &Reply)], tolerance: f64) -> String {
    let pairs: Vec<(Reply, &Reply)> =
        pairs.iter().map(|&(ours, reply)| (reply.like(ours), reply)).collect();
    let agree =
        |theirs: &Reply, ours: &Reply, which: usize| theirs.differences(ours)[which] <= tolerance;
    let ratios = |which: &dyn Fn(&Reply) -> Vec<f64>| {
        let all =
            pairs.iter().flat_map(|(ours, theirs)| which(ours).into_iter().zip(which(theirs)));
        let large = all.filter(|(ours, _)| 1e-3 < ours.abs());
        let ratios: Vec<f64> = large.map(|(ours, theirs)| theirs / ours).collect();
        let first = *ratios.first()?;
        let constant = ratios.iter().all(|r| (r - first).abs() <= 1e3 * tolerance * first.abs());
        (constant && 1e3 * tolerance < (first - 1.0).abs()).then_some(first)
    };
    let value = ratios(&|reply| reply.values.clone());
    let gradient = ratios(&|reply| reply.gradient.concat());
    let same = |which: usize| pairs.iter().all(|(ours, theirs)| agree(theirs, ours, which));
    match (value, gradient) {
        (Some(factor), Some(other)) if (factor - other).abs() <= 1e3 * tolerance => {
            format!("value and gradient are {factor:.6} times ours: a constant factor")
        }
        (Some(factor), _) if same(1) => {
            format!("only the value differs: it is {factor:.6} times ours")
        }
        (_, Some(factor)) if same(0) => {
            format!("only the gradient differs: it is {factor:.6} times ours")
        }
        _ if same(1) => "the gradient is right, the value is not".to_owned(),
        _ if same(0) => "the value is right, the gradient is not".to_owned(),
        _ => "no known mistake explains it".to_owned(),
    }
}
