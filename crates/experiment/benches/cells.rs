//! What a cell costs beyond its training, and how cells scale with threads.

use std::sync::atomic::AtomicBool;

use data::Catalogue;
use divan::Bencher;
use divan::counter::ItemsCount;
use experiment::file::ExperimentFile;
use experiment::memory::Room;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::run::{Means, run};
use experiment::store::{Contents, Store};
use experiment::trial::{TrialCell, run_trial};

fn main() {
    divan::main();
}

fn cells(epochs: usize) -> (Vec<TrialCell>, DataCache) {
    let text = format!(
        "[experiment]\nname = \"bench\"\nseeds = [0, 1, 2, 3]\n[training]\nepochs = {epochs}\n\
         [axes]\ndataset = [\"ecoli4\", \"glass2\"]\nloss = [\"cross_entropy\", \"focal\", \"ghm_c\"]\n"
    );
    let data = DataCache::new(Catalogue::embedded());
    let file =
        ExperimentFile::parse("bench", &text, &[], data.catalogue()).expect("the file is right");
    let plan = Plan::new(&file, &data).expect("the plan can be made");
    (plan.run_order().into_iter().map(|planned| planned.cell.clone()).collect(), data)
}

/// A cell of one epoch, its data prepared already.
#[divan::bench]
fn one_epoch(bencher: Bencher<'_, '_>) {
    let (cells, data) = cells(1);
    run_trial(&cells[0], &data, None);
    bencher.bench_local(|| run_trial(&cells[0], &data, None));
}

/// Cells a second, from preparing the data to durable records.
#[divan::bench(args = [1, 2], sample_count = 10, sample_size = 1)]
fn cells_per_second(bencher: Bencher<'_, '_>, threads: usize) {
    let (cells, data) = cells(60);
    bencher.counter(ItemsCount::new(cells.len())).bench_local(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::new(folder.path(), "bench");
        let means = Means { threads, room: Room::without_limit() };
        let (known, never) = (Contents::default(), AtomicBool::new(false));
        run(&cells, &data, &store, &known, &means, &never, &mut |_| {}).expect("the cells run")
    });
}
