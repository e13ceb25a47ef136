//! The lengths that τ-normalisation gives the weights of each class.

use libm::pow;
use methods::decoupling::{Decoupled, DecouplingSpec};
use methods::examples::Examples;
use methods::losses::{Link, Readout};
use nn::{Activation, Architecture, Head, Initialization, LayerSpec, Network, Shape};

use crate::batches::streams;
use crate::finding::Finding;
use crate::laws::Law;
use crate::written::written;

pub(super) const LAWS: &[Law] = &[Law {
    method: "tau_norm",
    states: "‖w'_k‖ = ‖w_k‖^(1 - τ) along w_k: w_k at 0, 1 at 1; no biases; all below as it was",
    allowed: "1e-14 (1 + |weight|)",
    check: tau_norm,
}];

const N_CLASSES: usize = 3;

/// A network whose classes have weights of different lengths, and biases.
fn network() -> Network<f64> {
    let architecture = Architecture {
        input: Shape::flat(3),
        body: LayerSpec::mlp(&[5], Activation::Tanh, 0.0),
        n_outputs: N_CLASSES,
        initialization: Initialization::XavierNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    let mut network = Network::new(architecture, &mut streams().stream("init"));
    let sizes = [10.0, 1.0, 0.1].into_iter().cycle();
    network.head_mut().iter_mut().zip(sizes).for_each(|(w, size)| *w = size * (*w + 0.1));
    network
}

fn tau_norm(finding: &mut Finding) {
    let (before, streams) = (network(), streams());
    let readout = Readout::plain(Link::Softmax);
    let n_below = before.n_parameters() - before.head().len();
    let (weights, biases) = before.head().split_at(before.head().len() - N_CLASSES);
    for tau in [0.0, 0.5, 1.0, 2.0] {
        let toml = format!("tau_norm.tau = {tau:?}");
        let decoupled = Decoupled {
            network: &before,
            hidden: Examples::default(),
            n_classes: N_CLASSES,
            readout: &readout,
            batch_size: 10,
            streams: &streams,
        };
        let spec: DecouplingSpec = written(&toml);
        let Some(mut second) = spec.build(decoupled) else {
            finding.fail(&|| format!("{toml} does nothing"));
            continue;
        };
        second.round(0, &mut |_| {});
        let mut after = before.clone();
        second.write(&mut after);
        let below = after.parameters().iter().zip(&before.parameters()[..n_below]);
        for (ours, expected) in below {
            finding.compare(&|| format!("{toml}, below"), *ours, *expected, 0.0);
        }
        let (ours, biases_after) = after.head().split_at(weights.len());
        for (class, _) in biases.iter().enumerate() {
            let column = |of: &[f64]| of.iter().skip(class).step_by(N_CLASSES).copied().collect();
            let (own, ours): (Vec<f64>, Vec<f64>) = (column(weights), column(ours));
            let length = own.iter().map(|w| w * w).sum::<f64>().sqrt();
            for (ours, own) in ours.iter().zip(&own) {
                let expected = own / length * pow(length, 1.0 - tau);
                let what = || format!("{toml}, class {class}");
                finding.compare(&what, *ours, expected, 1e-14 * (1.0 + expected.abs()));
            }
            finding.compare(&|| format!("{toml}, bias"), biases_after[class], 0.0, 0.0);
        }
    }
}
