//! Nothing is allocated after the first batch.

use super::chain::Chain;
use super::memory::Trace;
use super::*;
use crate::gemm::Scratch;

/// Where all of a chain's memory lies.
fn addresses(trace: &Trace<f64>, found: &mut Vec<*const f64>) {
    let mut moving: Vec<_> = trace.moving.iter().map(|m| m.values().as_ptr()).collect();
    // They trade places.
    moving.sort_unstable();
    found.extend(moving);
    for Memory { output, mask, moments, lengths, traces, .. } in &trace.memories {
        found.extend([output, mask].map(|m| m.values().as_ptr()));
        let moments::Moments { means, inverses, variances, sums, numbers, .. } = moments;
        let of_moments = [means, inverses, variances].into_iter().chain(sums).chain(numbers);
        found.extend(of_moments.chain([lengths]).map(Vec::as_ptr));
        traces.iter().for_each(|trace| addresses(trace, found));
    }
}

#[test]
fn nothing_is_allocated_after_the_first_batch() {
    let mut init = stream("init");
    let mut builder = Builder::new(INPUT, Initialization::XavierNormal, &mut init);
    let kinds = kinds().into_iter().chain(kinds());
    let chain = Chain::new(kinds.map(|kind| layer(&kind, &mut builder)).collect());
    let values = &builder.finish();
    let x = &random(INPUT.n_values(), "x");
    let (mut trace, mut scratch) = (Trace::default(), Scratch::default());
    let mut gradient = vec![0.0; values.parameters.len()];
    let mut seen = Vec::new();
    for _ in 0..4 {
        for training in [false, true] {
            let mut dropout = stream("dropout");
            let mut mode = if training { Mode::Training(&mut dropout) } else { Mode::Evaluation };
            let at = Context { values, x, memory: &mut trace, scratch: &mut scratch };
            chain.forward(at, &mut mode);
        }
        let dy = memory::output(x, &trace.memories).clone();
        let at = Context { values, x, memory: &mut trace, scratch: &mut scratch };
        chain.backward(at, Some(&dy), true, &mut gradient);
        let at = Context { values, x, memory: &mut trace, scratch: &mut scratch };
        chain.tangent(at, &gradient, None);
        let mut found = Vec::new();
        addresses(&trace, &mut found);
        found.extend(scratch.addresses());
        seen.push(found);
    }
    assert_eq!(seen[2], seen[3]);
}
