//! What is done to logits before or after a loss: the cosine head, and adjusted logits.

use methods::losses::{Batch, LossSpec, PerExample};
use nn::{Architecture, Head, Initialization, Network, Pass, Shape, Streams};
use serde_json::json;

use super::case::{GoldenCase, built, flat, get, matrix, real, reduced};

pub(super) fn cosine_head(case: &mut GoldenCase<'_>) {
    let features = matrix(&case.inputs["features"]);
    let weights = matrix(&case.inputs["weight_DxK"]);
    let targets: Vec<u32> = get(&case.inputs["targets"]);
    let (n_inputs, n_outputs) = (weights.n_rows(), weights.n_columns());
    let architecture = Architecture {
        input: Shape::flat(n_inputs),
        body: Vec::new(),
        n_outputs,
        initialization: Initialization::HeNormal,
        head: Head::Cosine,
        output_bias: 0.0,
    };
    let mut network = Network::new(architecture, &mut Streams::new([0; 32]).stream("init"));
    network.parameters_mut()[..n_inputs * n_outputs].copy_from_slice(weights.values());
    let mut pass = Pass::default();
    network.forward(&features, &mut pass);
    case.near("cosine", pass.logits().values(), &flat(&case.expected["cosines"]));

    let counts = case.counts(n_outputs);
    let ldam = json!({"ldam": {"max_margin": case.params["max_m"], "scale": case.params["s"]}});
    let deferred = json!({"deferred_reweighting": {"loss": ldam, "start": 0,
        "scheme": {"effective_number": {"beta": case.params["drw_beta"]}}}});
    for (spec, value, gradient) in
        [(ldam, "mean", "grad_weight"), (deferred, "drw_wmean", "drw_grad_weight")]
    {
        let mut loss = built(&spec, &counts);
        loss.begin_epoch(&methods::losses::Epoch::at(0.5));
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(pass.logits(), &targets), &mut out);
        let (mean, slopes) = reduced(out);
        case.near(value, &[mean], &[real(&case.expected[value])]);
        let mut parameters = Vec::new();
        network.backward(&features, &slopes, None, &mut pass, &mut parameters);
        let ours = &parameters[..n_inputs * n_outputs];
        case.near(gradient, ours, &flat(&case.expected[gradient]));
    }
}

pub(super) fn posthoc(case: &mut GoldenCase<'_>) {
    let spec: LossSpec = get(&json!({"logit_adjustment_posthoc": {"tau": case.params["tau"]}}));
    let logits = matrix(&case.inputs["logits"]);
    let Ok(readout) = spec.readout(&case.counts(logits.n_columns())) else {
        return case.finding.fail(&|| "the counts are refused".to_owned());
    };
    // Adjusted logits are known up to a constant: the priors are shares, not counts.
    let adjusted: Vec<f64> = logits
        .rows()
        .flat_map(|row| row.iter().zip(&readout.offsets).map(|(z, offset)| z + offset))
        .collect();
    case.near("adjusted logit", &adjusted, &flat(&case.expected["adjusted_logits"]));
}
