use proptest::prelude::*;

use super::correlate::{Correlate, correlate_plain};
use super::gradient::{Gradient, gradient_plain};
use super::*;
use crate::Streams;
use crate::gemm::{Scratch, Start};
use crate::wide::tests::every_arch;

fn random(n: usize, name: &str) -> Vec<f32> {
    let mut stream = Streams::new([1; 32]).stream(name);
    (0..n).map(|_| (stream.uniform() * 2.0 - 1.0) as f32).collect()
}

/// A kernel of `size` lines and positions, moved by `stride`, over images of `height` lines.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    height: usize,
    channels: usize,
    size: usize,
    stride: usize,
    margin: usize,
    n: usize,
}

const WIDTH: usize = 7;
const N_IMAGES: usize = 11;
const KEPT: [u32; 9] = [0, 1, 3, 4, 5, 6, 7, 8, 10];

impl Geometry {
    /// Lines and positions of the output.
    fn outputs(self) -> [usize; 2] {
        [self.height, WIDTH].map(|n| (n + 2 * self.margin - self.size) / self.stride + 1)
    }

    fn framed(self) -> (Frame, Patches) {
        let Geometry { height, channels, size, stride, margin, .. } = self;
        let frame = Frame { size: [height, WIDTH], channels, margins: [[margin; 2]; 2] };
        let [h, w] = self.outputs();
        let patches = Patches {
            starts: (0..h * w).map(|i| frame.at(stride * (i / w), stride * (i % w))).collect(),
            segments: (0..size).map(|y| frame.at(y, 0)).collect(),
            depth: size * channels,
        };
        (frame, patches)
    }

    /// What is inside of the image, a run for each position.
    fn places(self) -> Places {
        let Geometry { height, channels, size, stride, margin, n } = self;
        let [h, w] = self.outputs();
        let place = |at: usize| {
            let taps = (0..size * size).filter_map(|tap| {
                let y = (stride * (at / w) + tap / size).checked_sub(margin)?;
                let x = (stride * (at % w) + tap % size).checked_sub(margin)?;
                let from = (y * WIDTH + x) * channels;
                (y < height && x < WIDTH).then_some(Run {
                    from,
                    row: tap * channels,
                    len: channels,
                })
            });
            Place { out: at * n, runs: taps.collect() }
        };
        let lens = [height * WIDTH * channels, h * w * n];
        Places::new((0..h * w).map(place).collect(), size * size * channels, lens)
    }
}

fn check(geometry: Geometry) {
    let n = geometry.n;
    let places = &geometry.places();
    let images = random(N_IMAGES * places.lens[0], "images");
    let (b, deltas) = (random(places.k * n, "b"), random(N_IMAGES * places.lens[1], "deltas"));
    let all: Vec<u32> = (0..N_IMAGES as u32).collect();
    let a = Surroundings { places, images: &images, kept: None };
    let biases = random(n, "biases");
    for start in [Start::Zero, Start::Out, Start::Row(&biases)] {
        let mut expected = deltas.clone();
        correlate_plain(a, &b, &mut expected, start);
        for (path, arch) in every_arch() {
            let (mut out, mut scratch) = (deltas.clone(), Scratch::default());
            let scratch = &mut scratch;
            arch.dispatch(Correlate { a, b: &b, out: &mut out, start, scratch });
            assert_eq!(out, expected, "{geometry:?} {path}");
            let (mut out, a) = (deltas.clone(), Surroundings { kept: Some(&KEPT), ..a });
            arch.dispatch(Correlate { a, b: &b, out: &mut out, start, scratch });
            let per_image = places.lens[1];
            for image in 0..N_IMAGES {
                let source = if KEPT.contains(&(image as u32)) { &expected } else { &deltas };
                let [found, source] = [&out, source].map(|all| &all[image * per_image..]);
                assert_eq!(found[..per_image], source[..per_image], "{geometry:?} {path} {image}");
            }
        }
    }
    // Images that are left out say nothing: theirs are zeros.
    let silent = |(at, d): (usize, &f32)| {
        if KEPT.contains(&((at / places.lens[1]) as u32)) { *d } else { 0.0 }
    };
    let some: Vec<f32> = deltas.iter().enumerate().map(silent).collect();
    for (deltas, kept) in [(&deltas, all.as_slice()), (&some, &KEPT)] {
        check_gradient(geometry, &images, deltas, (&all, kept));
    }
}

/// Of images that are `kept`, held against the plain loop over `all`.
fn check_gradient(
    geometry: Geometry,
    images: &[f32],
    deltas: &[f32],
    (all, kept): (&[u32], &[u32]),
) {
    let (frame, patches) = &geometry.framed();
    let a = Gathered { frame, patches, images, kept };
    let mut expected = vec![f32::NAN; patches.k() * geometry.n];
    let whole = Gathered { kept: all, ..a };
    gradient_plain(whole, deltas, &mut expected, &mut Scratch::default());
    for (path, arch) in every_arch() {
        let (mut out, mut scratch) = (vec![f32::NAN; expected.len()], Scratch::default());
        let scratch = &mut scratch;
        arch.dispatch(Gradient { a, deltas, out: &mut out, scratch });
        assert_eq!(out, expected, "{geometry:?} {path}");
    }
}

#[test]
fn every_path_is_the_plain_loop_to_the_bit() {
    for n in [1, 6, 16, 20, 32, 33, 48, 64, 70] {
        for (channels, size, stride, margin) in
            [(1, 5, 1, 0), (3, 3, 1, 1), (16, 3, 1, 1), (5, 1, 1, 0), (4, 3, 2, 1), (2, 2, 3, 0)]
        {
            check(Geometry { height: 9, channels, size, stride, margin, n });
        }
    }
}

#[test]
fn the_gradient_of_an_image_with_many_patches_is_a_sum_of_chains() {
    // 45 x 7 patches: more than one chain.
    let geometry = Geometry { height: 45, channels: 2, size: 3, stride: 1, margin: 1, n: 3 };
    assert!(CHAIN < geometry.framed().1.starts.len());
    check(geometry);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_geometry_is_the_plain_loop_to_the_bit(
        height in 4..12_usize, channels in 1..20_usize, size in 1..5_usize, stride in 1..4_usize,
        margin in 0..3_usize, n in 1..70_usize,
    ) {
        check(Geometry { height, channels, size, stride, margin, n });
    }
}

#[test]
fn both_are_the_products_with_patches_that_are_copied_out() {
    let (height, channels, size, stride, margin, n) = (5, 2, 3, 2, 1, 4);
    let geometry = Geometry { height, channels, size, stride, margin, n };
    let (frame, patches) = geometry.framed();
    let value = |i: usize| f64::from(u8::try_from(i * 37 % 101).expect("below 101")) - 50.0;
    let images: Vec<f64> = (0..N_IMAGES * frame.image_len()).map(value).collect();
    let [h, w] = geometry.outputs();
    let pixel = |image: usize, y: usize, x: usize, c: usize| {
        let inside =
            (margin..margin + height).contains(&y) && (margin..margin + WIDTH).contains(&x);
        let at = |y: usize, x: usize| ((image * height + y) * WIDTH + x) * channels + c;
        if inside { images[at(y - margin, x - margin)] } else { 0.0 }
    };
    let k = size * size * channels;
    let mut rows = Vec::new();
    for at in 0..N_IMAGES * h * w {
        let (image, v, u) = (at / (h * w), at / w % h, at % w);
        for p in 0..k {
            let (i, j, c) = (p / (size * channels), p / channels % size, p % channels);
            rows.push(pixel(image, stride * v + i, stride * u + j, c));
        }
    }
    let (b, deltas): (Vec<f64>, Vec<f64>) =
        ((0..k * n).map(value).collect(), (0..rows.len() / k * n).map(value).collect());
    let mut out = vec![0.0; deltas.len()];
    let a = Surroundings { places: &geometry.places(), images: &images, kept: None };
    correlate_plain(a, &b, &mut out, Start::Zero);
    for (row, out) in rows.chunks_exact(k).zip(out.chunks_exact(n)) {
        for (j, &out) in out.iter().enumerate() {
            let sum: f64 = row.iter().enumerate().map(|(p, x)| x * b[p * n + j]).sum();
            assert_eq!(out, sum, "whole numbers are added exactly");
        }
    }
    let mut out = vec![0.0; b.len()];
    let kept: Vec<u32> = (0..N_IMAGES as u32).collect();
    let a = Gathered { frame: &frame, patches: &patches, images: &images, kept: &kept };
    gradient_plain(a, &deltas, &mut out, &mut Scratch::default());
    for (p, out) in out.chunks_exact(n).enumerate() {
        for (j, &out) in out.iter().enumerate() {
            let places = rows.chunks_exact(k).zip(deltas.chunks_exact(n));
            assert_eq!(out, places.map(|(row, delta)| row[p] * delta[j]).sum::<f64>());
        }
    }
}
