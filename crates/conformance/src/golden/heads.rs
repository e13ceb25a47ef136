//! What is done to logits before or after a loss: the cosine head, and adjusted logits.

use methods::losses::{Batch, LossSpec, PerExample};
use nn::{
    Architecture, Head, Initialization, Kernel, LayerSpec, Matrix, Network, Pass, Shape, Streams,
};
use serde_json::json;

use super::case::{GoldenCase, built, flat, get, matrix, real, reduced};

/// Positions of the kernel below the head.
const SIZE: usize = 3;

/// The features as images of one line, and a network that leaves them as they are before the head: the middle weight of its
/// kernel is 1, so that the slopes of the kernel are those of the features, moved by a position or two.
fn convolved(weights: &Matrix<f64>) -> Network<f64> {
    let kernel = Kernel { filters: 1, size: SIZE, stride: 1, padding: 1, biases: true };
    let architecture = Architecture {
        input: Shape { height: 1, width: weights.n_rows(), channels: 1 },
        body: vec![LayerSpec::Conv2d(kernel)],
        n_outputs: weights.n_columns(),
        initialization: Initialization::HeNormal,
        head: Head::Cosine,
        output_biases: Vec::new(),
    };
    let mut network = Network::new(architecture, &mut Streams::new([0; 32]).stream("init"));
    let (body, head) = network.parameters_mut().split_at_mut(SIZE * SIZE + 1);
    body.fill(0.0);
    body[SIZE * SIZE / 2] = 1.0;
    head[..weights.values().len()].copy_from_slice(weights.values());
    network
}

/// `Σ_i Σ_u slopes[i, u] x[i, u + j - 1]` for each position `j` of the middle line of the kernel, and `Σ_i Σ_u slopes[i, u]`;
/// the other lines see nothing.
fn kernel_slopes(features: &Matrix<f64>, slopes: &Matrix<f64>) -> Vec<f64> {
    let mut sums = vec![0.0; SIZE * SIZE + 1];
    for (x, slopes) in features.rows().zip(slopes.rows()) {
        for (u, slope) in slopes.iter().enumerate() {
            for j in 0..SIZE {
                let read = (u + j).checked_sub(1).and_then(|at| x.get(at));
                sums[SIZE + j] += slope * read.copied().unwrap_or(0.0);
            }
            sums[SIZE * SIZE] += slope;
        }
    }
    sums
}

pub(super) fn cosine_head(case: &mut GoldenCase<'_>) {
    let features = matrix(&case.inputs["features"]);
    let weights = matrix(&case.inputs["weight_DxK"]);
    let targets: Vec<u32> = get(&case.inputs["targets"]);
    let n_outputs = weights.n_columns();
    let network = convolved(&weights);
    let mut pass = Pass::default();
    network.forward(&features, &mut pass);
    case.near("cosine", pass.logits().values(), &flat(&case.expected["cosines"]));

    let counts = case.counts(n_outputs);
    let ldam = json!({"ldam": {"max_margin": case.params["max_m"], "scale": case.params["s"]}});
    let deferred = json!({"deferred_reweighting": {"loss": ldam, "start": 0,
        "scheme": {"effective_number": {"beta": case.params["drw_beta"]}}}});
    for (spec, value, [of_features, gradient]) in [
        (ldam, "mean", ["grad_features", "grad_weight"]),
        (deferred, "drw_wmean", ["drw_grad_features", "drw_grad_weight"]),
    ] {
        let mut loss = built(&spec, &counts);
        loss.begin_epoch(&methods::losses::Epoch::at(0.5));
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(pass.logits(), &targets), &mut out);
        let (mean, slopes) = reduced(out);
        case.near(value, &[mean], &[real(&case.expected[value])]);
        let mut parameters = Vec::new();
        network.backward(&features, &slopes, None, &mut pass, &mut parameters);
        let (body, head) = parameters.split_at(SIZE * SIZE + 1);
        let head = &head[..weights.values().len()];
        case.near(gradient, head, &flat(&case.expected[gradient]));
        let slopes = matrix(&case.expected[of_features]);
        case.near(of_features, body, &kernel_slopes(&features, &slopes));
    }
}

/// Proxies are the columns of the head.
pub(super) fn proxy_anchor(case: &mut GoldenCase<'_>) {
    let features = matrix(&case.inputs["embeddings"]);
    let targets: Vec<u32> = get(&case.inputs["labels"]);
    let network = convolved(&transposed(&matrix(&case.inputs["proxies"])));
    let mut pass = Pass::default();
    network.forward(&features, &mut pass);
    let (alpha, margin) = (&case.params["alpha"], &case.params["margin"]);
    let spec = json!({"proxy_anchor": {"alpha": alpha, "margin": margin}});
    let counts = case.counts(pass.logits().n_columns());
    let mut out = PerExample::default();
    built(&spec, &counts).evaluate(&Batch::new(pass.logits(), &targets), &mut out);
    let (mean, slopes) = reduced(out);
    case.near("loss", &[mean], &[real(&case.expected["loss"])]);
    let mut parameters = Vec::new();
    network.backward(&features, &slopes, None, &mut pass, &mut parameters);
    let (body, head) = parameters.split_at(SIZE * SIZE + 1);
    let expected = transposed(&matrix(&case.expected["grad_proxies"]));
    let head = &head[..expected.values().len()];
    case.near("slope of proxies", head, expected.values());
    let slopes = matrix(&case.expected["grad_embeddings"]);
    case.near("slope of embeddings", body, &kernel_slopes(&features, &slopes));
}

fn transposed(rows: &Matrix<f64>) -> Matrix<f64> {
    let column = |k: usize| rows.rows().map(move |row| row[k]);
    Matrix::from_values(rows.n_rows(), (0..rows.n_columns()).flat_map(column).collect())
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
