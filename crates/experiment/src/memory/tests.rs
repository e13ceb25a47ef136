//! Estimates against what is allocated, and room that is shared.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::testing::planned;

fn estimate(axes: &str) -> u64 {
    let text = format!("[experiment]\nname = \"m\"\n[axes]\ndataset = \"ecoli4\"\n{axes}");
    planned(&text).0.cells[0].cell.bytes
}

#[test]
fn what_has_many_parameters_or_trees_is_large_and_the_rest_small() {
    for small in
        ["model = \"linear\"", "model = \"boosted_trees\"", "model = \"svm\"", "model = \"mlp\""]
    {
        assert!(estimate(small) < 20_000_000, "{small}: {}", estimate(small));
    }
    // 10^12 weights in f32, four times.
    let mlp = estimate("model = { mlp.hidden = [[1000000, 1000000]] }");
    assert!((16e12..17e12).contains(&(mlp as f64)), "{mlp}");
    assert_eq!(
        estimate("model = { mlp.hidden = [[1000000000000000000, 1000000000000000000]] }"),
        u64::MAX
    );
    let forest = estimate("model = { random_forest.trees = 60000 }");
    assert!(1_000_000_000 < forest, "{forest}");
    let epochs =
        estimate("model = \"linear\"\n[training]\nbatch_size = 1000000000000\nepochs = 10");
    assert!(epochs < 1_000_000, "a batch is no larger than the data: {epochs}");
}

#[test]
fn a_cell_that_cannot_fit_is_refused_with_both_numbers() {
    let machine = Machine { total: 25_000_000_000, free: 10_000_000_000 };
    assert_eq!(machine.refuses(22_000_000_000), None);
    assert_eq!(
        machine.refuses(4_000_032_000_000).unwrap(),
        "needs about 4.0 TB of memory, and this machine has 22 GB for it"
    );
    let close = "needs about 24 GB of memory, and this machine has 22 GB for it";
    assert_eq!(machine.refuses(24_000_000_000).unwrap(), close, "what is kept free is not for it");
    assert!(machine.refuses(u64::MAX).unwrap().contains("more than 18 EB"));
    let here = Machine::here();
    assert!(0 < here.free && here.free <= here.total, "{here:?}");
}

#[test]
fn a_limit_on_the_address_space_counts() {
    let limits = |limit: &str| {
        format!("Max data size   unlimited\nMax address space   {limit}   unlimited   bytes\n")
    };
    let status = "Name:\tx\nVmSize:\t    1000 kB\n";
    assert_eq!(left_of(&limits("4096000"), status), Some(4_096_000 - 1_024_000));
    assert_eq!(left_of(&limits("1"), status), Some(0));
    assert_eq!(left_of(&limits("unlimited"), status), None);
}

#[test]
fn cells_under_way_fit_together() {
    let room = Room::of(100);
    let under_way = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for i in 0..8_u64 {
            let (room, under_way) = (&room, &under_way);
            scope.spawn(move || {
                for bytes in [30 + i, 1, 60, 1000] {
                    let taken = room.take(bytes);
                    let bytes = bytes.min(100);
                    assert!(under_way.fetch_add(bytes, Ordering::SeqCst) + bytes <= 100);
                    std::thread::yield_now();
                    under_way.fetch_sub(bytes, Ordering::SeqCst);
                    drop(taken);
                }
            });
        }
    });
    assert_eq!(*room.free.lock().unwrap(), 100);
}

#[test]
fn what_a_convolution_makes_of_an_image_counts() {
    let estimate = |model: &str| {
        let text = format!(
            "[experiment]\nname = \"m\"\n[axes]\ndataset = \"fashion-mnist-lt-mini\"\nmodel = {model}\n"
        );
        planned(&text).0.cells[0].cell.bytes as f64
    };
    let small = estimate("{ lenet = { filters = [[16, 32]] } }");
    let large = estimate("{ lenet = { filters = [[160, 32]] } }");
    // Of a batch and of all 856 rows 24 x 24 + 12 x 12 values of each filter more, and gradients of the first, in f32.
    let more = 4.0 * (128.0 + 856.0) * 144.0 * (576.0 + 144.0 + 2.0 * 576.0);
    assert!((large - small - more).abs() < 0.05 * more, "{small} {large} {more}");
    let beyond = estimate("{ lenet = { filters = [[1000000000000000000]] } }");
    assert!(1e18 < beyond, "{beyond}");
}
