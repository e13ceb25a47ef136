//! The same bytes for any number of threads, any shards, any interruption.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use data::Catalogue;
use experiment::CellId;
use experiment::file::ExperimentFile;
use experiment::memory::Room;
use experiment::plan::{Plan, Shard};
use experiment::prepare::DataCache;
use experiment::record::{Outcome, Reproducible, TrialRecord};
use experiment::replay::{find, replay};
use experiment::run::{Event, Means, Summary, run};
use experiment::store::{Contents, Store, print};
use experiment::trial::TrialCell;

const FILE: &str = r#"
[experiment]
name = "small"

[protocol]
split = { holdout.test = 0.3 }
meta = { per_class = 5 }

[training]
epochs = 3
batch_size = 32

[axes]
dataset = ["glass2", "newthyroid"]
model = [{ mlp = { hidden = [[8]], dropout = 0.2 } }, "linear", "nearest_neighbors"]
loss = ["cross_entropy", "focal", "ghm_c"]
sampling = ["instance_balanced", "class_balanced"]
mining = ["none", "ohem"]
reweighting = ["none", "l2rw"]
"#;

fn plan(text: &str) -> (Plan, DataCache) {
    let data = DataCache::new(Catalogue::embedded());
    let file = ExperimentFile::parse("small.toml", text, &[], data.catalogue()).unwrap();
    (Plan::new(&file, &data).unwrap(), data)
}

fn cells(plan: &Plan) -> Vec<TrialCell> {
    plan.run_order().into_iter().map(|planned| planned.cell.clone()).collect()
}

fn means(threads: usize) -> Means {
    Means { threads, room: Room::without_limit() }
}

fn go(cells: &[TrialCell], data: &DataCache, store: &Store, threads: usize) -> Summary {
    let (known, never) = (Contents::default(), AtomicBool::new(false));
    run(cells, data, store, &known, &means(threads), &never, &mut |_| {}).unwrap()
}

fn results(store: &Store) -> BTreeMap<CellId, Reproducible> {
    let contents = store.read().unwrap();
    assert!(contents.disagreements.is_empty(), "{:?}", contents.warnings);
    contents.records.into_iter().map(|(id, record)| (id, record.trial)).collect()
}

fn segments(store: &Store) -> Vec<PathBuf> {
    let folder = store.folder().join("segments");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn store(folder: &Path, name: &str) -> Store {
    Store::new(&folder.join(name), "small")
}

#[test]
fn threads_shards_and_interruptions_change_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, data) = plan(FILE);
    let cells = cells(&plan);
    // Two networks with 3 x 2 x 2 x 2 methods and one classical learner with 2 samplings, on 2 data sets.
    assert_eq!(cells.len(), 2 * (2 * 24 + 2));

    let one = store(folder.path(), "one");
    let summary = go(&cells, &data, &one, 1);
    assert_eq!((summary.completed, summary.left), (cells.len(), 0));
    let expected = results(&one);
    assert_eq!(expected.len(), cells.len());

    let three = store(folder.path(), "three");
    go(&cells, &data, &three, 3);
    assert!(results(&three) == expected, "three threads");

    let shards = store(folder.path(), "shards");
    for shard in ["1/3", "2/3", "3/3"] {
        let shard: Shard = shard.parse().unwrap();
        let part: Vec<TrialCell> =
            cells.iter().filter(|cell| shard.contains(cell.id)).cloned().collect();
        assert!(part.len() < cells.len());
        go(&part, &data, &shards, 2);
    }
    assert!(results(&shards) == expected, "three shards in one folder");

    // A crash in the middle of a block: what was finished stays, the torn cell is run again.
    let segment = one_by_one(&one);
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() / 2]).unwrap();
    let contents = one.read().unwrap();
    assert!(contents.warnings[0].contains("the last block is cut off"), "{:?}", contents.warnings);
    let kept = contents.records.len();
    assert!(0 < kept && kept < cells.len());
    let missing: Vec<TrialCell> =
        cells.iter().filter(|cell| !contents.records.contains_key(&cell.id)).cloned().collect();
    go(&missing, &data, &one, 2);
    assert!(results(&one) == expected, "resumed");
}

#[test]
fn an_interrupted_run_keeps_what_it_finished() {
    let folder = tempfile::tempdir().unwrap();
    // Minutes of work, so that the word to stop comes before the last cell however slow the disk is.
    let seeds = "name = \"small\"\nseeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]";
    let long = FILE.replace("epochs = 3", "epochs = 100");
    let (plan, data) = plan(&long.replace("name = \"small\"", seeds));
    let (cells, store) = (cells(&plan), store(folder.path(), "stop"));
    let stop = AtomicBool::new(false);
    let known = Contents::default();
    let mut listen = |_: Event<'_>| stop.store(true, Ordering::SeqCst);
    let summary = run(&cells, &data, &store, &known, &means(1), &stop, &mut listen).unwrap();
    let kept = results(&store).len();
    assert!(0 < kept && kept < cells.len());
    assert_eq!(summary.completed + summary.left, cells.len());
    assert_eq!(kept, summary.completed);
}

fn lines(store: &Store) -> usize {
    printed(store).lines().count()
}

/// The records of all segments, as lines.
fn printed(store: &Store) -> String {
    let mut text = String::new();
    for segment in segments(store) {
        let left_out = print(&segment, &mut |line| {
            text += line;
            true
        });
        assert_eq!(left_out.unwrap(), [""; 0]);
    }
    text
}

/// Keeps the same records in a segment that has a block for each.
fn one_by_one(store: &Store) -> PathBuf {
    let records = store.read().unwrap().records;
    segments(store).iter().for_each(|path| fs::remove_file(path).unwrap());
    let mut writer = store.writer().unwrap();
    for record in records.into_values() {
        writer.commit(&[*record]).unwrap();
    }
    segments(store).remove(0)
}

#[test]
fn runs_that_are_at_work_at_once_share_the_cells_and_each_ends_when_all_are_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, data) = plan(FILE);
    let (cells, store) = (cells(&plan), store(folder.path(), "shared"));
    let met = AtomicBool::new(false);
    let shared = || {
        let mut listen = |event: Event<'_>| {
            if matches!(event, Event::AnotherRun) {
                met.store(true, Ordering::SeqCst);
            }
        };
        let known = Contents::default();
        let summary =
            run(&cells, &data, &store, &known, &means(2), &AtomicBool::new(false), &mut listen)
                .unwrap();
        assert_eq!(results(&store).len(), cells.len(), "whoever ends finds all cells finished");
        summary
    };
    let summaries = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(shared)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(met.into_inner(), "that another is at work is told");
    assert_eq!(lines(&store), cells.len(), "no cell was run twice");
    assert_eq!(summaries.iter().map(|s| s.completed).sum::<usize>(), cells.len());
    for Summary { completed, elsewhere, left, .. } in summaries {
        assert_eq!((completed + elsewhere, left), (cells.len(), 0));
    }
    assert!(!store.folder().join("at-work").exists(), "nothing is left behind");
}

#[test]
fn what_another_run_finished_since_the_store_was_read_is_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, data) = plan(FILE);
    let (cells, store) = (cells(&plan), store(folder.path(), "since"));
    go(&cells[..3], &data, &store, 1);
    let known = store.read().unwrap();
    go(&cells[3..7], &data, &store, 1);
    let never = AtomicBool::new(false);
    // As after `--retry-failed`, what is known to be in the store is wanted again.
    let summary = run(&cells[..9], &data, &store, &known, &means(1), &never, &mut |_| {}).unwrap();
    assert_eq!((summary.completed, summary.elsewhere, summary.left), (5, 4, 0));
}

#[test]
fn a_store_that_goes_while_a_run_is_at_work_is_an_error_with_the_number_of_cells() {
    let folder = tempfile::tempdir().unwrap();
    // Long enough that the store goes before the last cell, however late the thread is that keeps records.
    let (plan, data) = plan(&FILE.replace("epochs = 3", "epochs = 100"));
    let cells = cells(&plan);
    let remove = |store: &Store| fs::remove_dir_all(store.folder()).unwrap();
    let cut = |store: &Store| fs::write(&segments(store)[0], "").unwrap();
    for (name, harm, said) in [
        ("removed", &remove as &(dyn Fn(&Store) + Sync), "was removed while the run was at work: "),
        ("cut", &cut, "was changed while the run was at work: "),
    ] {
        let store = store(folder.path(), name);
        let mut finished = 0;
        let mut listen = |event: Event<'_>| {
            if matches!(event, Event::Finished(_)) {
                finished += 1;
                if finished == 1 {
                    harm(&store);
                }
            }
        };
        let (known, never) = (Contents::default(), AtomicBool::new(false));
        let error = run(&cells, &data, &store, &known, &means(1), &never, &mut listen).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(said) && error.contains("no longer in the store"), "{error}");
        assert!(error.contains("segments"), "{error}");
        assert!(finished < cells.len(), "no further cell is begun");
    }
}

#[test]
fn a_segment_of_lines_that_is_cut_anywhere_is_read_up_to_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, data) = plan(FILE);
    let (cells, store) = (cells(&plan), store(folder.path(), "cut"));
    go(&cells[..4], &data, &store, 1);
    // As versions of old wrote it: a line a record.
    let bytes = printed(&store).into_bytes();
    segments(&store).iter().for_each(|path| fs::remove_file(path).unwrap());
    let path = store.folder().join("segments/old.jsonl");
    for cut in (0..bytes.len()).step_by(997).chain([bytes.len()]) {
        fs::write(&path, &bytes[..cut]).unwrap();
        let whole = bytes[..cut].iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(store.read().unwrap().records.len(), whole, "cut at {cut}");
    }
    let mut damaged = bytes.clone();
    let middle = bytes.iter().position(|&byte| byte == b'\n').unwrap() / 2;
    damaged[middle] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let contents = store.read().unwrap();
    assert_eq!((contents.records.len(), contents.warnings.len()), (3, 1));
    assert!(contents.warnings[0].contains(":1: "), "{:?}", contents.warnings);
}

#[test]
fn a_cell_is_replayed_bit_for_bit_and_a_changed_record_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, data) = plan(FILE);
    let (cells, store) = (cells(&plan), store(folder.path(), "replay"));
    go(&cells[..2], &data, &store, 2);
    let id = cells[0].id.to_string();
    let found = find(&folder.path().join("replay"), None, &id[..12]).unwrap();
    let mut found: Vec<TrialRecord> = found.records.into_values().map(|record| *record).collect();
    assert_eq!(found.len(), 1);
    let replayed = replay(found[0].clone(), &data, None).unwrap();
    assert_eq!(replayed.differences, Vec::<String>::new());

    let results = found[0].trial.results.as_mut().unwrap();
    results.predictions_digest.replace_range(..1, "x");
    let replayed = replay(found.remove(0), &data, None).unwrap();
    assert_eq!(replayed.differences.len(), 1);
    assert!(replayed.differences[0].starts_with("predictions: x"), "{:?}", replayed.differences);
}

#[test]
fn methods_learn_from_the_same_rows() {
    let (plan, data) = plan(FILE);
    let glass: Vec<TrialCell> =
        cells(&plan).into_iter().filter(|cell| cell.spec.dataset.name == "glass2").collect();
    assert!(glass.iter().all(|cell| cell.split_digest == glass[0].split_digest));
    let prepared: Vec<_> = glass.iter().map(|cell| data.prepared(&cell.spec).unwrap()).collect();
    assert!(prepared.iter().all(|parts| parts.train == prepared[0].train));
}

#[test]
fn comments_and_key_order_do_not_change_an_identity_and_parameters_do() {
    let ids =
        |text: &str| -> Vec<CellId> { plan(text).0.cells.iter().map(|p| p.cell.id).collect() };
    let small = "[experiment]\nname = \"a\"\n[training]\nepochs = 2\nbatch_size = 8\n[axes]\ndataset = [\"zoo\"]\n";
    let turned = "# why\n[axes]\ndataset = [\"zoo\"]\n[training]\nbatch_size = 8\nepochs = 2\n[experiment]\nname = \"b\"\n";
    assert_eq!(ids(small), ids(turned));
    let spelt_out = small.to_owned() + "loss = [{ cross_entropy = {} }]\n";
    assert_eq!(ids(small), ids(&spelt_out));
    let other = small.replace("epochs = 2", "epochs = 3");
    assert!(ids(small).iter().all(|id| !ids(&other).contains(id)));
}

#[test]
fn a_learning_rate_that_explodes_is_a_recorded_divergence() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[experiment]\nname = \"d\"\n[protocol]\nmeta = { per_class = 5 }\n[training]\nepochs = 4\n\
                optimizer = { sgd.learning_rate = 1e30 }\n[axes]\ndataset = [\"pima\"]\n\
                reweighting = [\"none\", \"l2rw\"]\n";
    let (plan, data) = plan(text);
    let (cells, store) = (cells(&plan), store(folder.path(), "diverged"));
    let summary = go(&cells, &data, &store, 1);
    assert_eq!(summary.diverged, cells.len());
    assert!(store.read().unwrap().warnings.is_empty(), "every record can be read again");
    let records = results(&store);
    assert_eq!(records.len(), cells.len());
    assert!(records.values().all(|record| matches!(record.outcome, Outcome::Diverged { .. })));
}

const SEARCH: &str = r#"
[experiment]
name = "small"
seeds = [0, 1]

[protocol]
split = { stratified_k_fold.folds = 2 }

[training]
epochs = 9
batch_size = 32

[axes]
dataset = ["glass2", "newthyroid"]
model = "linear"
loss = ["cross_entropy", "focal"]

[search]
method = { hyperband = { factor = 3, min_epochs = 1 } }

[search.parameters]
"loss.focal.gamma" = { uniform = [0, 5] }
"training.optimizer.sgd.learning_rate" = { log_uniform = [1e-3, 10] }
"#;

/// Cells of a search that are known to be missing.
fn missing(plan: &mut Plan, store: &Store, shard: Option<Shard>) -> Vec<TrialCell> {
    let records = store.read().unwrap().records;
    plan.go_on(&records);
    let mut cells = cells(plan);
    cells.retain(|cell| {
        !records.contains_key(&cell.id) && shard.is_none_or(|shard| plan.is_in(shard, cell))
    });
    cells
}

/// Runs a search to its end.
fn go_on(store: &Store, threads: usize, shard: Option<Shard>) {
    let (mut plan, data) = plan(SEARCH);
    loop {
        let missing = missing(&mut plan, store, shard);
        if missing.is_empty() {
            return;
        }
        go(&missing, &data, store, threads);
    }
}

#[test]
fn a_search_runs_the_same_cells_for_any_threads_shards_and_interruptions() {
    let folder = tempfile::tempdir().unwrap();
    let one = store(folder.path(), "one");
    go_on(&one, 1, None);
    let expected = results(&one);
    // Two data sets, two folds, two seeds, two losses: 9 + 3 + 1, 5 + 1 and 3 settings.
    assert_eq!(expected.len(), 16 * (13 + 6 + 3));

    let three = store(folder.path(), "three");
    go_on(&three, 3, None);
    assert!(results(&three) == expected, "three threads");

    // Stopped again and again, after a few cells of whatever is under way.
    let stopped = store(folder.path(), "stopped");
    let (mut plan, data) = plan(SEARCH);
    let mut stops = 0;
    loop {
        let missing = missing(&mut plan, &stopped, None);
        if missing.is_empty() {
            break;
        }
        let begun = missing.len().min(30);
        go(&missing[..begun], &data, &stopped, 2);
        stops += usize::from(begun < missing.len());
    }
    assert!(results(&stopped) == expected && 0 < stops, "{stops} interruptions");

    // Machines that know nothing of each other, their folders put together.
    let merged = store(folder.path(), "merged");
    fs::create_dir_all(merged.folder().join("segments")).unwrap();
    for shard in ["1/3", "2/3", "3/3"] {
        let own = store(folder.path(), &shard.replace('/', "-"));
        go_on(&own, 2, Some(shard.parse().unwrap()));
        for segment in segments(&own) {
            let name = segment.file_name().unwrap();
            fs::copy(&segment, merged.folder().join("segments").join(name)).unwrap();
        }
    }
    assert!(results(&merged) == expected, "three shards");
    assert!(missing(&mut plan, &merged, None).is_empty());
}
