//! Pair losses with a memory, in 32 bits on one thread, beside the products that they stand on: of the batch with its
//! references, and of the slopes with these. A batch of 128 embeddings of 64 numbers, a memory of 8192.

use divan::Bencher;
use methods::losses::{Batch, Loss, PerExample};
use methods::pairs::{
    AllPairs, Compared, CosineContrastive, CrossBatchMemory, PairLoss, PairMiningSpec, PairTermSpec,
};
use methods::setting::{ClassCounts, Setting};
use nn::gemm::{Scratch, Shape, Start, View};
use nn::{Matrix, Real, Streams};
use strum::IntoEnumIterator;

fn main() {
    divan::main();
}

const BATCH: usize = 128;
const WIDTH: usize = 64;
const MEMORY: usize = 8192;
const CLASSES: u32 = 32;

fn embeddings(n: usize) -> Matrix<f32> {
    let mut stream = Streams::new([0; 32]).stream("embeddings");
    Matrix::from_values(WIDTH, (0..n * WIDTH).map(|_| stream.normal() as f32).collect())
}

/// There and back: `[128, 64] · [64, 8192]`, and `[128, 8192] · [8192, 64]`.
#[divan::bench]
fn products(bencher: Bencher<'_, '_>) {
    let (x, r) = (embeddings(BATCH), embeddings(MEMORY));
    let mut cosines = vec![0.0; BATCH * MEMORY];
    let mut gradient = vec![0.0; BATCH * WIDTH];
    let mut scratch = Scratch::default();
    bencher.bench_local(|| {
        let (x, r) = (View::new(x.values(), WIDTH), View::new(r.values(), WIDTH));
        let there = Shape { m: BATCH, n: MEMORY, k: WIDTH };
        f32::product(there, x, r.transposed(), &mut cosines, Start::Zero, &mut scratch);
        let back = Shape { m: BATCH, n: WIDTH, k: MEMORY };
        let slopes = View::new(&cosines, MEMORY);
        f32::product(back, slopes, r, &mut gradient, Start::Zero, &mut scratch);
    });
}

fn compared(spec: &PairLoss) -> Compared<f32> {
    let counts = ClassCounts::new(vec![1; CLASSES as usize]);
    spec.build(&Setting { counts: &counts, streams: &Streams::new([1; 32]) })
}

/// A loss that has filled its memory.
fn bench(bencher: Bencher<'_, '_>, spec: &PairLoss) {
    let mut loss = compared(spec);
    let z = embeddings(BATCH);
    let targets: Vec<u32> = (0..BATCH as u32).map(|i| i % CLASSES).collect();
    let (mut out, mut first) = (PerExample::default(), 0);
    let mut step = || {
        let rows: Vec<u32> = (first..first + BATCH as u32).collect();
        first += BATCH as u32;
        loss.evaluate(&Batch { rows: &rows, ..Batch::new(&z, &targets) }, &mut out);
    };
    (0..MEMORY / BATCH).for_each(|_| step());
    bencher.bench_local(step);
}

fn spec(term: PairTermSpec, mining: PairMiningSpec) -> PairLoss {
    let memory = CrossBatchMemory { size: MEMORY, start: 0, ..CrossBatchMemory::default() };
    PairLoss { term, mining, memory: Some(memory) }
}

#[divan::bench(args = PairTermSpec::iter().filter(|term| term.name() != "triplet").map(|term| term.name()))]
fn terms(bencher: Bencher<'_, '_>, name: &str) {
    let term = PairTermSpec::iter().find(|term| term.name() == name).expect("a term");
    bench(bencher, &spec(term, PairMiningSpec::None(AllPairs {})));
}

#[divan::bench(args = PairMiningSpec::iter().map(|mining| mining.name()))]
fn miners(bencher: Bencher<'_, '_>, name: &str) {
    let mining = PairMiningSpec::iter().find(|mining| mining.name() == name).expect("a miner");
    bench(bencher, &spec(PairTermSpec::CosineContrastive(CosineContrastive::default()), mining));
}
