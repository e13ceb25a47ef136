use std::fs;

use super::line::{line, sealed};
use super::*;
use crate::cell_id::CellId;
use crate::prepare::DataCache;
use crate::record::{Outcome, Timings};
use crate::testing;
use crate::trial::{TrialCell, run_trial};

pub(crate) fn planned() -> (TrialCell, DataCache) {
    let text = "[experiment]\nname = \"one\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[axes]\n\
                dataset = \"ecoli4\"\nmodel = \"nearest_neighbors\"\n";
    let (plan, data) = testing::planned(text);
    (plan.cells[0].cell.clone(), data)
}

/// A cell that was really run.
pub(crate) fn completed() -> TrialRecord {
    let (cell, data) = planned();
    run_trial(&cell, &data, None)
}

fn failed(record: &TrialRecord, message: &str) -> TrialRecord {
    let mut record = record.clone();
    record.trial.outcome = Outcome::Failed { message: message.to_owned() };
    record.trial.results = None;
    record
}

fn other_result(record: &TrialRecord) -> TrialRecord {
    let mut record = record.clone();
    record.trial.results.as_mut().unwrap().predictions_digest.replace_range(..2, "xx");
    record
}

/// What a store says whose segments hold these records, one each, in the order of their names; which of them count depends
/// neither on how much of them is read, nor on whether they are lines or blocks.
fn read(records: &[&TrialRecord]) -> Contents {
    let told = |contents: &Contents| {
        let records = contents.records.values();
        let records = records.map(|record| (record.trial.id, record.timings.clone()));
        let differing = contents.disagreements.iter().map(|(id, attempts)| (*id, attempts.len()));
        let warnings = contents.warnings.iter().map(|warning| {
            let (warning, _) = warning.split_once("; to make lines of").unwrap_or((warning, ""));
            // Folders have other names each time.
            let words = warning.replace(".blocks", ".jsonl");
            let names = words.split(' ').map(|word| word.rsplit('/').next().unwrap_or_default());
            names.collect::<Vec<_>>().join(" ")
        });
        (records.collect::<Vec<_>>(), differing.collect::<Vec<_>>(), warnings.collect::<Vec<_>>())
    };
    let mut first: Option<Contents> = None;
    let ways: [fn(usize) -> bool; 4] = [|_| false, |_| true, |i| i % 2 == 0, |i| i % 2 == 1];
    for is_packed in ways {
        let results = tempfile::tempdir().unwrap();
        let store = Store::new(results.path(), "one");
        fs::create_dir_all(store.segments()).unwrap();
        for (i, &record) in records.iter().enumerate() {
            let segment = store.segments().join(i.to_string());
            if is_packed(i) {
                let blocks = packed::blocks(std::slice::from_ref(record), &schema()).unwrap();
                fs::write(segment.with_extension(BLOCKS), blocks).unwrap();
            } else {
                fs::write(segment.with_extension(LINES), line(record)).unwrap();
            }
        }
        for depth in
            [Depth::Whole, Depth::End, Depth::Measures, Depth::Tables, Depth::Files, Depth::Report]
        {
            let contents = store.read_to(depth).unwrap();
            let first = first.get_or_insert_with(|| store.read().unwrap());
            assert_eq!(told(&contents), told(first), "{depth:?}");
        }
    }
    first.unwrap()
}

fn only(contents: &Contents) -> &TrialRecord {
    assert_eq!((contents.records.len(), contents.disagreements.len()), (1, 0));
    assert!(contents.warnings.is_empty(), "{:?}", contents.warnings);
    contents.records.values().next().unwrap()
}

#[test]
fn a_cell_that_was_completed_once_is_completed_whatever_failed_before_or_after() {
    let good = completed();
    let (one, two) = (failed(&good, "out of memory"), failed(&good, "a bug"));
    for order in [[&good, &one, &two], [&one, &good, &two], [&two, &one, &good]] {
        assert_eq!(only(&read(&order)), &good);
    }
    let mut diverged = good.clone();
    diverged.trial.outcome = Outcome::Diverged { epoch: 3, reason: None };
    assert_eq!(only(&read(&[&one, &diverged])), &diverged);
}

#[test]
fn of_two_failures_the_same_one_is_told_in_any_order() {
    let good = completed();
    let (one, two) = (failed(&good, "one"), failed(&good, "two"));
    assert_eq!(only(&read(&[&one, &two])), only(&read(&[&two, &one])));
}

#[test]
fn equal_results_are_one_and_no_file_name_decides_about_their_timings() {
    let good = completed();
    let timings = Timings { wall_seconds: 1e9, ..good.timings.clone() };
    let slow = TrialRecord { timings, ..good.clone() };
    assert_eq!(only(&read(&[&slow, &good])), &good);
    assert_eq!(only(&read(&[&good, &slow])), &good);
    let timings = Timings { shared_seconds: 1.0, ..good.timings.clone() };
    let shared = TrialRecord { timings, ..good.clone() };
    assert_eq!(only(&read(&[&shared, &good])), &good);
    assert_eq!(only(&read(&[&good, &shared])), &good);
}

#[test]
fn a_record_of_a_version_that_measured_less_is_no_other_result() {
    let full = completed();
    let mut less = full.clone();
    let results = less.trial.results.as_mut().unwrap();
    assert!(results.curves.take().is_some());
    assert!(results.best.test.values.get(evaluation::Metric::Brier).is_some());
    results.best.test.values.remove(evaluation::Metric::Brier);
    // What was measured most is kept, however long it took.
    let timings = Timings { wall_seconds: 1e9, ..full.timings.clone() };
    let full = TrialRecord { timings, ..full };
    for order in [[&less, &full, &less], [&full, &less, &less]] {
        assert_eq!(only(&read(&order)), &full);
    }
    let mut other = less.clone();
    other.trial.results.as_mut().unwrap().train_counts[0] += 1;
    for order in [[&less, &full, &other], [&other, &less, &full]] {
        assert_eq!(read(&order).disagreements.values().map(Vec::len).collect::<Vec<_>>(), [2]);
    }
}

#[test]
fn of_two_different_results_neither_counts_and_both_are_named() {
    let good = completed();
    let other = other_result(&good);
    let fail = failed(&good, "out of memory");
    for order in [[&good, &fail, &other, &good], [&other, &other, &good, &fail]] {
        let contents = read(&order);
        assert!(contents.records.is_empty());
        let ids: Vec<&CellId> = contents.disagreements.keys().collect();
        assert_eq!(ids, [&good.trial.id]);
        assert_eq!(contents.disagreements[ids[0]].len(), 2);
        let [warning] = &contents.warnings[..] else { panic!("{:?}", contents.warnings) };
        assert!(warning.contains(&ids[0].short()) && warning.contains("2 different results"));
        assert!(warning.contains("0.jsonl:1") && warning.contains(".jsonl:1"), "{warning}");
    }
}

#[test]
fn a_record_that_no_report_can_read_is_finished_for_no_command() {
    let record = completed();
    let json = serde_json::to_string(&record).unwrap();
    // As a version would write it that has another metric, or another history.
    let others = [
        ("\"accuracy\":", "\"exactness\":"),
        ("\"history\":{\"loss\":", "\"history\":{\"losses\":"),
    ];
    for (own, other) in others {
        assert!(json.contains(own));
        let results = tempfile::tempdir().unwrap();
        let store = Store::new(results.path(), "one");
        fs::create_dir_all(store.segments()).unwrap();
        let line = resealed(&json.replacen(own, other, 1));
        fs::write(store.segments().join("0.jsonl"), line).unwrap();
        for depth in [Depth::End, Depth::Report, Depth::Whole] {
            let contents = store.read_to(depth).unwrap();
            assert!(contents.records.is_empty(), "{depth:?}");
            let [warning] = &contents.warnings[..] else { panic!("{:?}", contents.warnings) };
            assert!(
                warning.contains("this record is of another version of the program"),
                "{warning}"
            );
        }
    }
}

/// A line whose checksum fits `record`.
fn resealed(record: &str) -> String {
    let raw = serde_json::value::RawValue::from_string(record.to_owned()).unwrap();
    sealed(&raw)
}

#[cfg(unix)]
#[test]
fn a_pipe_among_the_segments_is_left_out_and_not_waited_for() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    fs::create_dir_all(store.segments().join("folder.jsonl")).unwrap();
    let pipe = store.segments().join("pipe.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let contents = store.read().unwrap();
    assert_eq!(contents.warnings.len(), 2);
    assert!(contents.warnings[1].contains("pipe.jsonl: this is no ordinary file"));
}

/// Records of three cells, of which one failed.
fn three() -> Vec<TrialRecord> {
    let good = completed();
    let other = |digit: &str| {
        let mut record = good.clone();
        let id = record.trial.id.to_string();
        record.trial.id = format!("{digit}{}", &id[1..]).parse().unwrap();
        record.trial.spec.seed += 1;
        record
    };
    let (one, two) = (other("0"), other("f"));
    vec![good, failed(&one, "out of \"memory\"\n"), two]
}

fn written(store: &Store, segment: &[u8]) {
    fs::create_dir_all(store.segments()).unwrap();
    fs::write(store.segments().join("0.blocks"), segment).unwrap();
}

fn ids(contents: &Contents) -> Vec<CellId> {
    contents.records.keys().copied().collect()
}

#[test]
fn a_block_gives_back_what_was_committed_as_far_as_it_is_read() {
    let results = tempfile::tempdir().unwrap();
    let [lines, blocks] = ["lines", "blocks"].map(|name| Store::new(results.path(), name));
    // More than a block holds.
    let records = [three(), three(), vec![completed()]].concat();
    let mut writer = blocks.writer().unwrap();
    records.chunks(5).for_each(|group| writer.commit(group).unwrap());
    let text: String = records.iter().map(line).collect();
    fs::create_dir_all(lines.segments()).unwrap();
    fs::write(lines.segments().join("0.jsonl"), &text).unwrap();
    for depth in
        [Depth::End, Depth::Measures, Depth::Tables, Depth::Files, Depth::Report, Depth::Whole]
    {
        let [lines, blocks] = [&lines, &blocks].map(|store| store.read_to(depth).unwrap());
        assert_eq!(lines.records, blocks.records, "{depth:?}");
        assert_eq!((lines.records.len(), blocks.warnings), (3, vec![]), "{depth:?}");
    }
    let mut printed = String::new();
    let warnings = print(writer.path(), &mut |line| {
        printed += line;
        true
    });
    assert_eq!((printed, warnings.unwrap()), (text, vec![]));
}

#[test]
fn the_digest_of_what_was_recorded_is_that_of_results_times_and_hosts() {
    let results = tempfile::tempdir().unwrap();
    let digest = |name: &str, records: &[TrialRecord]| {
        let store = Store::new(results.path(), name);
        store.writer().unwrap().commit(records).unwrap();
        [Depth::End, Depth::Tables, Depth::Whole].map(|depth| {
            let contents = store.read_to(depth).unwrap();
            let mut records: Vec<&TrialRecord> =
                contents.records.values().map(AsRef::as_ref).collect();
            records.reverse();
            contents.digest_of(&records).unwrap()
        })
    };
    let records = three();
    let whole = digest("whole", &records);
    assert!(whole.iter().all(|of_depth| *of_depth == whole[0]), "{whole:?}");
    let mut others = vec![records[..2].to_vec()];
    let changes: [fn(&mut TrialRecord); 4] = [
        |record| *record = other_result(record),
        |record| record.timings.wall_seconds += 1.0,
        |record| record.timings.version = "0.0.0".into(),
        |record| record.timings.panicked_at = Some("here".to_owned()),
    ];
    others.extend(changes.map(|change| {
        let mut records = records.clone();
        change(&mut records[0]);
        records
    }));
    for (i, other) in others.iter().enumerate() {
        assert_ne!(digest(&i.to_string(), other), whole, "{i}");
    }
    // A segment of lines keeps none.
    let contents = read(&[&records[0]]);
    assert_eq!(contents.digest_of(&[&records[0]]), None);
}

#[test]
fn of_a_segment_that_is_cut_anywhere_everything_in_front_stays() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    let records = three();
    let mut bytes = Vec::new();
    let mut ends = vec![0];
    for record in &records {
        bytes.extend(packed::blocks(std::slice::from_ref(record), &schema()).unwrap());
        ends.push(bytes.len());
    }
    for length in 0..=bytes.len() {
        written(&store, &bytes[..length]);
        let n_whole = ends[1..].iter().filter(|&&end| end <= length).count();
        let depths = [Depth::End, Depth::Whole];
        for &depth in &depths[..if length % 32 == 0 { 2 } else { 1 }] {
            let contents = store.read_to(depth).unwrap();
            let mut expected: Vec<CellId> =
                records[..n_whole].iter().map(|record| record.trial.id).collect();
            expected.sort();
            assert_eq!(ids(&contents), expected, "{length}");
            let is_cut = !ends.contains(&length);
            assert_eq!(contents.warnings.len(), usize::from(is_cut), "{length}");
            let told = format!("0.blocks:{}: the last block is cut off", n_whole + 1);
            assert!(!is_cut || contents.warnings[0].contains(&told), "{:?}", contents.warnings);
        }
    }
}

#[test]
fn a_flipped_byte_costs_the_records_of_its_block_and_no_other() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    let records = three();
    let block = |record| packed::blocks(std::slice::from_ref(record), &schema()).unwrap();
    let [before, hit, behind] = [0, 1, 2].map(|i| block(&records[i]));
    let others = {
        let mut others = vec![records[0].trial.id, records[2].trial.id];
        others.sort();
        others
    };
    let whole = [before.clone(), hit.clone(), behind.clone()].concat();
    // The last byte is an end of a line that nothing depends on.
    for place in before.len()..before.len() + hit.len() - 1 {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        written(&store, &bytes);
        let depth = if place % 2 == 0 { Depth::Report } else { Depth::Whole };
        let contents = store.read_to(depth).unwrap();
        assert_eq!(ids(&contents), others, "{place}");
        let [warning] = &contents.warnings[..] else { panic!("{:?}", contents.warnings) };
        assert!(warning.contains("0.blocks:2: "), "{warning}");
        // Who asks how trials ended believes nothing that does not fit either, of what it reads.
        let contents = store.read_to(Depth::End).unwrap();
        assert_eq!(contents.records.len() + contents.warnings.len(), 3, "{place}");
        let hit = contents.records.get(&records[1].trial.id);
        assert!(hit.is_none_or(|hit| hit.trial.outcome == records[1].trial.outcome));
    }
}

#[test]
fn what_stands_between_blocks_is_left_out_and_the_blocks_behind_it_are_read() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    let records = three();
    let block = |record| packed::blocks(std::slice::from_ref(record), &schema()).unwrap();
    let blocks: Vec<Vec<u8>> = records.iter().map(block).collect();
    let long = vec![b'x'; 70_000];
    let cut = &blocks[1][..blocks[1].len() / 2];
    let marks = b"longtail block longtail block 3 \nlongtail block 3 {} ".to_vec();
    for between in [b"?", &b"\n\n"[..], &long, cut, &marks, &[&long[..], cut].concat()] {
        written(&store, &[&blocks[0], between, &blocks[2]].concat());
        let contents = store.read().unwrap();
        assert_eq!(contents.records.len(), 2, "{:?}", contents.warnings);
        assert!(!contents.warnings.is_empty());
        for warning in &contents.warnings {
            assert!(warning.contains("0.blocks:2: "), "{warning}");
            assert!(warning.contains("is no block"), "{warning}");
        }
    }
}

#[test]
fn a_block_of_another_version_counts_for_no_command_that_could_not_read_its_results() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    let record = completed();
    let measured = packed::parts(std::slice::from_ref(&record));
    for (own, other) in [("accuracy", "exactity"), ("history", "courses"), ("support", "backing")] {
        let replaced = measured.clone().map(|mut part| {
            if let Some(at) = memchr::memmem::find(&part, own.as_bytes()) {
                part[at..at + own.len()].copy_from_slice(other.as_bytes());
            }
            part
        });
        assert_ne!(replaced, measured);
        written(&store, &block::written(1, "another", &replaced).unwrap());
        for depth in [Depth::End, Depth::Report, Depth::Whole] {
            let contents = store.read_to(depth).unwrap();
            assert!(contents.records.is_empty(), "{depth:?}");
            let [warning] = &contents.warnings[..] else { panic!("{:?}", contents.warnings) };
            assert!(warning.contains("this record is of another version"), "{warning}");
        }
    }
    // What it could read, it reads.
    written(&store, &block::written(1, "another", &measured).unwrap());
    assert_eq!(ids(&store.read_to(Depth::End).unwrap()), [record.trial.id]);
}

#[test]
fn a_part_that_claims_to_be_huge_is_refused_before_any_memory_is_taken() {
    let results = tempfile::tempdir().unwrap();
    let store = Store::new(results.path(), "one");
    let block = packed::blocks(&[completed()], &schema()).unwrap();
    let end = block.iter().position(|&byte| byte == b'\n').unwrap();
    let line = std::str::from_utf8(&block[..end]).unwrap();
    let (told, _) = line.rsplit_once(' ').unwrap();
    let at = told.find("[\"measured\",").unwrap();
    let unpacked = told[at..].split(',').nth(2).unwrap();
    let told = format!("{}{}", &told[..at], told[at..].replacen(unpacked, "99999999999999", 1));
    let sum = &blake3::hash(told.as_bytes()).to_hex()[..16];
    let bytes = [format!("{told} {sum}").as_bytes(), &block[end..]].concat();
    written(&store, &bytes);
    let contents = store.read().unwrap();
    assert!(contents.records.is_empty());
    assert!(contents.warnings[0].contains("is no block"), "{:?}", contents.warnings);
}
