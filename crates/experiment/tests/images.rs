//! Images as networks read them.

use std::fs;

use data::Catalogue;
use experiment::file::ExperimentFile;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::trial::run_trial;

const EXPERIMENT: &str = r#"
[experiment]
name = "images"

[data]
sets = ["colours.toml"]

[protocol]
split = { holdout.test = 0.3 }

[training]
epochs = 3
batch_size = 16

[axes]
dataset = ["colours"]
model = [{ lenet = { filters = [[2]], kernel = 2, units = [[3]] } }]
mixing = ["none", { cutmix.probability = 1 }]
"#;

const SET: &str = r#"
name = "colours"
file = "images.idx"
target = "label"

[format.idx]
labels = "labels.idx"
"#;

const N: usize = 60;
const CHANNELS: usize = 3;
const HEIGHT: usize = 5;
/// Not 4, which could be the channels of pixels.
const WIDTH: usize = 6;

/// An array of bytes in IDX.
fn idx(sizes: &[usize], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, u8::try_from(sizes.len()).unwrap()];
    for &size in sizes {
        bytes.extend(u32::try_from(size).unwrap().to_be_bytes());
    }
    bytes.extend(values);
    bytes
}

/// The digests of the parameters learnt from images whose channels stand before, or after, their lines and pixels.
fn parameters(channels_first: bool) -> Vec<String> {
    let class = |image: usize| image % 3;
    let value = |image: usize, channel: usize, line: usize, pixel: usize| {
        let bright = if channel == class(image) { 100 } else { 0 };
        u8::try_from(bright + (7 * image + 11 * channel + 3 * line + 5 * pixel) % 90).unwrap()
    };
    let mut values = Vec::new();
    for image in 0..N {
        let positions =
            |channel: usize| (0..HEIGHT * WIDTH).map(move |at| (channel, at / WIDTH, at % WIDTH));
        let planes = (0..CHANNELS).flat_map(positions);
        let pixels = (0..HEIGHT * WIDTH)
            .flat_map(|at| (0..CHANNELS).map(move |channel| (channel, at / WIDTH, at % WIDTH)));
        let order: Vec<_> = if channels_first { planes.collect() } else { pixels.collect() };
        values.extend(order.into_iter().map(|(c, line, pixel)| value(image, c, line, pixel)));
    }
    let sizes =
        if channels_first { [N, CHANNELS, HEIGHT, WIDTH] } else { [N, HEIGHT, WIDTH, CHANNELS] };
    let labels: Vec<u8> = (0..N).map(|image| u8::try_from(class(image)).unwrap()).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("images.toml");
    for (name, content) in [
        ("images.idx", idx(&sizes, &values).as_slice()),
        ("labels.idx", &idx(&[N], &labels)),
        ("colours.toml", SET.as_bytes()),
        ("images.toml", EXPERIMENT.as_bytes()),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let file = ExperimentFile::read(&path, &[], &Catalogue::embedded());
    let file = file.unwrap_or_else(|error| panic!("{error}"));
    let data = DataCache::new(file.catalogue.clone());
    let plan = Plan::new(&file, &data).unwrap_or_else(|error| panic!("{error}"));
    let digest = |cell| {
        let results = run_trial(cell, &data, None).trial.results;
        results.expect("the trial completes").parameters_digest.expect("of a network")
    };
    plan.cells.iter().map(|planned| digest(&planned.cell)).collect()
}

#[test]
fn convolutions_read_channels_before_and_after_pixels_alike() {
    let (before, after) = (parameters(true), parameters(false));
    assert_eq!(before, after);
    assert_ne!(before[0], before[1], "one of them blends");
}
