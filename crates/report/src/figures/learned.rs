//! What a reweighting has learnt in a small training: its weight by the loss, where that is a function, after several
//! epochs; and how much the examples counted at the end, by class, and by whether their label is a wrong one.

use experiment::audit::losses;
use experiment::record::gradients::N_RATIOS;
use experiment::watched::Watched;

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, LINES, Panel, edges, legend, steps};
use crate::html::ratios::{ONE, edge, shares};
use crate::html::scale::Scale;

/// Draws it, as SVG.
pub fn learned_weights(name: &str, watched: &Watched) -> String {
    let mut canvas = Canvas::default();
    let title = format!("What {name} weighs");
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let mut top = 42.0;
    if !watched.functions.is_empty() {
        top = functions(&mut canvas, top, watched);
    }
    let lines = watched.classes.iter().zip(&watched.weights.groups);
    let lines: Vec<_> = lines.map(|(class, bins)| (class.as_str(), shares(bins))).collect();
    top = histogram(&mut canvas, top, "by class", &lines);
    if let Some(wrong) = &watched.weights.flipped {
        let of_bin = |bin: usize| watched.weights.groups.iter().map(|bins| bins[bin]).sum::<u32>();
        let right: Vec<u32> = (0..N_RATIOS).map(|bin| of_bin(bin) - wrong[bin]).collect();
        let lines = [("right label", shares(&right)), ("wrong label", shares(wrong))];
        histogram(&mut canvas, top, "by label", &lines);
    }
    canvas.note(
        "A training of 60 epochs on the table `car`, of four classes, with a fifth of the labels replaced by wrong ones and a \
         clean meta set of ten examples a class; one seed. Histograms: share of the examples of the last epoch, by how many \
         times as much as in the plain mean they count.",
    );
    canvas.finished(&title)
}

/// Epochs whose functions are drawn: the first, two between, and the last.
fn epochs(n: usize) -> Vec<usize> {
    let mut all = vec![1, (n / 6).max(1), (n / 2).max(1), n];
    all.dedup();
    all
}

/// A panel for each function, with the classes that share it; where they end.
fn functions(canvas: &mut Canvas, top: f64, watched: &Watched) -> f64 {
    let shown = epochs(watched.functions.len());
    let names: Vec<String> = shown.iter().map(|epoch| format!("after epoch {epoch}")).collect();
    let entries: Vec<(&str, &str)> =
        LINES.iter().zip(&names).map(|(style, name)| (*style, name.as_str())).collect();
    let top = legend(canvas, top, &entries);
    let losses = losses();
    let values =
        shown.iter().flat_map(|&epoch| watched.functions[epoch - 1].values.iter().flatten());
    let (low, high) = edges(values.map(|&value| f64::from(value)));
    let x = Scale::linear(0.0, f64::from(losses[losses.len() - 1])).tight();
    let y = Scale::linear(low, high);
    let mut bottom = top;
    for (i, (first, classes)) in shared(watched).iter().enumerate() {
        let panel = Panel::small(i, top, &x, &y);
        panel.ground(
            canvas,
            &classes.join(", "),
            &Axis { title: "loss of the example", tick: &|tick| tick.to_string() },
            &Axis { title: "weight", tick: &|tick| format!("{tick:.2}") },
        );
        for (style, &epoch) in LINES.iter().zip(&shown) {
            let values = &watched.functions[epoch - 1].values[*first];
            let points = losses.iter().zip(values).map(|(&x, &y)| (f64::from(x), f64::from(y)));
            panel.line(canvas, style, &points.collect::<Vec<_>>());
        }
        bottom = panel.bottom();
    }
    bottom + BELOW
}

/// Room for what stands under a panel, and for the next legend.
const BELOW: f64 = 56.0;

/// Classes by function: the first that has it, and the names of all.
fn shared(watched: &Watched) -> Vec<(usize, Vec<&str>)> {
    let mut found: Vec<(usize, Vec<&str>)> = Vec::new();
    for (class, name) in watched.classes.iter().enumerate() {
        let same = |other: usize| {
            watched
                .functions
                .iter()
                .all(|function| function.values[other] == function.values[class])
        };
        match found.iter_mut().find(|(first, _)| same(*first)) {
            Some((_, names)) => names.push(name),
            None => found.push((class, vec![name])),
        }
    }
    found
}

/// A panel with the bins of each line; where it ends.
fn histogram(
    canvas: &mut Canvas,
    top: f64,
    title: &str,
    lines: &[(&str, Option<Vec<f64>>)],
) -> f64 {
    let styled = || LINES.iter().zip(lines);
    let entries: Vec<(&str, &str)> = styled().map(|(style, (name, _))| (*style, *name)).collect();
    let top = legend(canvas, top, &entries);
    let (_, high) = edges(lines.iter().filter_map(|(_, bins)| bins.as_ref()).flatten().copied());
    let (x, y) = (Scale::linear(0.0, N_RATIOS as f64).tight(), Scale::linear(0.0, high).tight());
    let panel = Panel::small(0, top, &x, &y);
    panel.ground(
        canvas,
        title,
        &Axis { title: "times as much as in the plain mean", tick: &|tick| edge(tick as usize) },
        &Axis { title: "", tick: &|tick| format!("{:.0} %", 100.0 * tick) },
    );
    panel.line(canvas, "zero", &[(ONE as f64, 0.0), (ONE as f64, high)]);
    for (style, (_, bins)) in styled() {
        let Some(bins) = bins else { continue };
        let points = steps(bins).into_iter().map(|(x, y)| (x * N_RATIOS as f64, y));
        panel.line(canvas, style, &points.collect::<Vec<_>>());
    }
    panel.bottom() + BELOW
}

#[cfg(test)]
mod tests {
    use super::*;
    use experiment::audit::WeightFunction;
    use experiment::record::gradients::ExampleWeights;

    fn watched(n_epochs: usize) -> Watched {
        let function = |epoch: usize| WeightFunction {
            values: [0.5, 0.5, 0.4]
                .map(|v| vec![v + epoch as f32 / 100.0; losses().len()])
                .to_vec(),
        };
        let bins = |at: usize| (0..N_RATIOS).map(|bin| u32::from(bin == at) * 4).collect();
        Watched {
            classes: ["<many>", "some", "few"].map(str::to_owned).to_vec(),
            functions: (0..n_epochs).map(function).collect(),
            weights: ExampleWeights {
                groups: vec![bins(7), bins(7), bins(9)],
                flipped: Some(bins(7).iter().map(|n: &u32| n / 2).collect()),
            },
        }
    }

    #[test]
    fn classes_that_share_a_function_share_a_panel() {
        assert_eq!(shared(&watched(2)), [(0, vec!["<many>", "some"]), (2, vec!["few"])]);
        let svg = learned_weights("meta_weight_net", &watched(60));
        assert!(svg.contains("&lt;many>, some") || svg.contains("&lt;many&gt;, some"), "{svg}");
        for line in ["after epoch 1<", "after epoch 10<", "after epoch 30<", "after epoch 60<"] {
            assert!(svg.contains(line), "{line}: {svg}");
        }
    }

    #[test]
    fn a_method_without_a_function_has_its_histograms() {
        let svg = learned_weights("l2rw", &watched(0));
        assert!(
            !svg.contains("after epoch") && svg.contains("by class") && svg.contains("wrong label")
        );
    }

    #[test]
    fn epochs_are_never_drawn_twice() {
        assert_eq!(epochs(60), [1, 10, 30, 60]);
        assert_eq!(epochs(1), [1]);
        assert_eq!(epochs(4), [1, 2, 4]);
    }
}
