//! `longtail methods --plot LOSS...`: losses and their slopes against the probability of the true class,
//! as SVG; `longtail methods --plot REWEIGHTING`: what it weighs in a small training.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use experiment::file::read_entry;
use experiment::labels::label;
use experiment::watched::watch;
use methods::losses::{Batch, Epoch, LossSpec, PerExample};
use methods::reweighting::ReweightingSpec;
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Streams};
use report::learned_weights;
use strum::IntoEnumIterator;

use crate::commands::check::read_losses;
use crate::exit::{Failure, SUCCESS};
use crate::output::Output;

/// Classes of nine and of one in ten.
const COUNTS: [u32; 2] = [900, 100];
const POINTS: usize = 491;

/// A loss of one class, as points of `p`, loss and slope.
struct Curve {
    label: String,
    colour: &'static str,
    dashed: bool,
    points: Vec<[f64; 3]>,
}

/// Colours that stay apart for colour-blind readers (Okabe and Ito).
const COLOURS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/// Draws the losses, or the reweighting, into `path`, or into a file with the name of the first.
pub(crate) fn plot(
    names: &[String],
    path: Option<&Path>,
    output: Output,
) -> Result<ExitCode, Failure> {
    if let Some(spec) = reweighting(names)? {
        let refused = |why| Failure::Usage(format!("`{}` is not drawn: {why}", spec.name()));
        let svg = learned_weights(&label(&spec), &watch(&spec).map_err(refused)?);
        return write(spec.name(), path, &svg, output);
    }
    let specs = read_losses(names)?;
    if COLOURS.len() < specs.len() {
        let most = COLOURS.len();
        return Err(Failure::Usage(format!(
            "{} losses are too many to tell apart: draw {most}",
            specs.len()
        )));
    }
    let mut curves = Vec::new();
    for (spec, colour) in specs.iter().zip(COLOURS) {
        let [frequent, rare] = [0, 1].map(|class| points(spec, class));
        let (frequent, rare) = (frequent?, rare?);
        let name = label(spec);
        let differ = frequent
            .iter()
            .zip(&rare)
            .any(|(a, b)| a.iter().zip(b).any(|(a, b)| 1e-9 * (1.0 + a.abs()) < (a - b).abs()));
        let curve = |label: String, dashed: bool, points| Curve { label, colour, dashed, points };
        if differ {
            curves.push(curve(format!("{name}, class of 90 %"), false, frequent));
            curves.push(curve(format!("{name}, class of 10 %"), true, rare));
        } else {
            curves.push(curve(name, false, frequent));
        }
    }
    write(specs[0].name(), path, &svg(&curves), output)
}

/// The reweighting that is asked for, if it is one: by name, or as an experiment file has it.
fn reweighting(names: &[String]) -> Result<Option<ReweightingSpec>, Failure> {
    let named = |text: &str| {
        let name = text.split(['.', '=', ' ']).next().unwrap_or_default();
        ReweightingSpec::iter().find(|spec| spec.name() == name)
    };
    match names {
        [text] if text.contains('=') && named(text).is_some() => {
            read_entry(text, "reweighting").map(Some).map_err(|mistake| {
                let help = mistake.help.map_or(String::new(), |help| format!("; {help}"));
                Failure::Usage(format!("`{text}` is no reweighting: {}{help}", mistake.message))
            })
        }
        [text] => Ok(named(text)),
        _ => match names.iter().find_map(|text| named(text)) {
            Some(spec) => {
                let name = spec.name();
                Err(Failure::Usage(format!(
                    "draw `{name}` by itself: it has a training of its own"
                )))
            }
            None => Ok(None),
        },
    }
}

fn write(name: &str, path: Option<&Path>, svg: &str, output: Output) -> Result<ExitCode, Failure> {
    let named = PathBuf::from(format!("{name}.svg"));
    let path = path.unwrap_or(&named);
    std::fs::write(path, svg)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))?;
    output.note(&format!("{}", path.display()));
    Ok(ExitCode::from(SUCCESS))
}

/// Loss and slope of a class where its probability runs from 0.01 to 0.99, all in one batch.
fn points(spec: &LossSpec, class: u32) -> Result<Vec<[f64; 3]>, Failure> {
    let refused = |why: String| Failure::Usage(format!("`{}` has no curve: {why}", spec.name()));
    if spec.is_batch_level() {
        return Err(refused("it is a loss of whole batches".to_owned()));
    }
    let counts = ClassCounts::new(COUNTS.to_vec());
    let setting = Setting { counts: &counts, streams: &Streams::new([0; 32]) };
    let mut loss = spec.build::<f64>(&setting).map_err(|error| refused(error.to_string()))?;
    let p: Vec<f64> = (0..POINTS).map(|i| 0.01 + 0.98 * i as f64 / (POINTS - 1) as f64).collect();
    let width = spec.n_outputs(2);
    let scale = spec.traits().scale;
    // The column that speaks for the class, and whether it is high where the class is likely.
    let (own, sign) =
        if width == 1 { (0, if class == 1 { 1.0 } else { -1.0 }) } else { (class as usize, 1.0) };
    let mut logits = Matrix::zeros(POINTS, width);
    for (row, p) in logits.rows_mut().zip(&p) {
        row[own] = sign * libm::log(p / (1.0 - p)) / scale;
    }
    // A loss with a schedule is drawn as it ends.
    loss.begin_epoch(&Epoch::at(1.0 - f64::EPSILON));
    let targets = vec![class; POINTS];
    let mut out = PerExample::default();
    loss.evaluate(&Batch::new(&logits, &targets), &mut out);
    let slopes = out.gradient.rows().map(|row| -sign * row[own]);
    Ok(p.iter().zip(&out.losses).zip(slopes).map(|((&p, &loss), slope)| [p, loss, slope]).collect())
}

const PANEL: (f64, f64) = (340.0, 260.0);
const LEFT: f64 = 56.0;
const TOP: f64 = 34.0;

fn svg(curves: &[Curve]) -> String {
    let legend = TOP + PANEL.1 + 52.0;
    let (width, height) = (2.0 * (PANEL.0 + LEFT) + 24.0, legend + 20.0 * curves.len() as f64);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    panel(&mut text, LEFT, "loss", curves, 1);
    panel(&mut text, 2.0 * LEFT + PANEL.0 + 12.0, "−∂L/∂z of the true class", curves, 2);
    for (i, curve) in curves.iter().enumerate() {
        let y = legend + 20.0 * i as f64;
        let Curve { label, colour, dashed, .. } = curve;
        let dash = if *dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let label = label.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            text,
            "<line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>\n\
             <text x=\"{}\" y=\"{}\">{label}</text>",
            LEFT + 30.0,
            LEFT + 38.0,
            y + 4.0
        );
    }
    text + "</svg>\n"
}

fn panel(text: &mut String, left: f64, title: &str, curves: &[Curve], of: usize) {
    let values = || curves.iter().flat_map(|curve| curve.points.iter().map(|point| point[of]));
    let highest = values().filter(|x| x.is_finite()).fold(0.0, f64::max);
    let lowest = values().filter(|x| x.is_finite()).fold(0.0, f64::min);
    let step = step((highest - lowest).max(1e-9));
    let (low, high) = ((lowest / step).floor() * step, (highest / step).ceil() * step);
    let x = |p: f64| left + PANEL.0 * p;
    let y = |value: f64| TOP + PANEL.1 * (high - value) / (high - low);
    let _ = writeln!(
        text,
        "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>",
        TOP - 12.0
    );
    for i in 0..=((high - low) / step).round() as usize {
        let value = low + step * i as f64;
        let decimals = (-libm::log10(step).floor()).max(0.0) as usize;
        line(text, [x(0.0), y(value), x(1.0), y(value)]);
        let (at, label) = (y(value) + 4.0, format!("{value:.decimals$}"));
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{at:.1}\" text-anchor=\"end\">{label}</text>",
            left - 6.0
        );
    }
    for i in 0..=5 {
        let p = f64::from(i) / 5.0;
        line(text, [x(p), TOP, x(p), TOP + PANEL.1]);
        let below = TOP + PANEL.1 + 16.0;
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{below}\" text-anchor=\"middle\">{p}</text>",
            x(p)
        );
    }
    let _ = writeln!(
        text,
        "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">probability of the true class</text>",
        x(0.5),
        TOP + PANEL.1 + 32.0
    );
    for Curve { colour, dashed, points, .. } in curves {
        let dash = if *dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let points: Vec<String> =
            points.iter().map(|point| format!("{:.1},{:.1}", x(point[0]), y(point[of]))).collect();
        let points = points.join(" ");
        let _ = writeln!(
            text,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>"
        );
    }
}

fn line(text: &mut String, [x1, y1, x2, y2]: [f64; 4]) {
    let _ = writeln!(
        text,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#dddddd\"/>"
    );
}

/// A round distance between lines that gives about five.
fn step(range: f64) -> f64 {
    let rough = range / 5.0;
    let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| rough <= factor * power);
    round.unwrap_or(10.0) * power
}
