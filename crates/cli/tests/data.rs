//! Files of the user's own, as a user meets them: describe, init, run, replay, and every way to be wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tests/samples")
}

fn longtail(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longtail"));
    command.env_remove("LONGTAIL_DATA").current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = longtail(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn fails(folder: &Path, arguments: &[&str]) -> String {
    let output = longtail(folder, arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(!error.contains("panicked"), "{error}");
    error
}

#[test]
fn a_file_of_ones_own_is_run_and_replayed_without_editing_anything() {
    let folder = tempfile::tempdir().unwrap();
    let file = samples().join("keel_feature_named_Positive.dat");
    fs::copy(&file, folder.path().join("mine.dat")).unwrap();
    let shown = succeeds(folder.path(), &["init", "mine.dat"]);
    assert!(shown.contains("next: longtail run mine/experiment.toml"), "{shown}");
    let fast = ["--set", "training.epochs=2", "--quiet"];
    let table = succeeds(folder.path(), &[&["run", "mine/experiment.toml"][..], &fast].concat());
    for row in ["logit_adjustment", "boosted_trees", "prior"] {
        assert!(table.contains(row), "{table}");
    }
    let plan =
        succeeds(folder.path(), &[&["plan", "mine/experiment.toml", "--json"][..], &fast].concat());
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let id = plan["cells"][0]["id"].as_str().unwrap().to_owned();
    assert!(succeeds(folder.path(), &["replay", &id]).contains("identical"));

    // Nothing is written over, and a file that changed is refused.
    assert!(fails(folder.path(), &["init", "mine.dat"]).contains("add --force"));
    let changed =
        fs::read_to_string(folder.path().join("mine.dat")).unwrap() + "\n44, 60, 1, negative\n";
    fs::write(folder.path().join("mine.dat"), changed).unwrap();
    let error = fails(folder.path(), &["run", "mine/experiment.toml"]);
    assert!(error.contains("experiment.toml:9:") && error.contains("it was changed"), "{error}");
    succeeds(folder.path(), &["init", "mine.dat", "--force"]);
}

#[test]
fn files_are_described_with_what_is_suspicious() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|i| format!("{i};{},5;{}\n", i % 7, if i % 6 == 0 { "yes" } else { "no" }))
        .collect();
    fs::write(folder.path().join("own.csv"), format!("id;dose;left\n{rows}")).unwrap();
    let shown = succeeds(folder.path(), &["datasets", "describe", "own.csv", "--target", "left"]);
    for part in
        ["';' between cells", "decimal commas", "imbalance ratio 5.0", "look at id: every row"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let unknown = succeeds(folder.path(), &["datasets", "describe", "own.csv"]);
    assert!(unknown.contains("class: not known"), "{unknown}");
    let error = fails(folder.path(), &["datasets", "describe", "own.csv", "--target", "lft"]);
    assert!(error.contains("did you mean `left`?"), "{error}");
    assert!(fails(folder.path(), &["init", "own.csv"]).contains("add --target COLUMN"));
    succeeds(folder.path(), &["init", "own.csv", "--target", "last"]);
    let pinned = fs::read_to_string(folder.path().join("own/dataset.toml")).unwrap();
    assert!(pinned.contains("id = \"ignored\"  # every row has a value of its own"), "{pinned}");
    let boxes = samples().join("voc_two_class.xml");
    let shown = succeeds(folder.path(), &["datasets", "describe", boxes.to_str().unwrap()]);
    assert!(shown.contains("37 boxes in 1 image"), "{shown}");
}

#[test]
fn a_damaged_catalogue_or_dataset_file_is_located() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("catalog.toml", "[[dataset]]\nname = \"a\"\n");
    let error = fails(folder.path(), &["datasets", "--data-dir", "."]);
    assert!(error.contains("catalog.toml:1:1: missing field"), "{error}");
    write("dataset.toml", "name = \"a\"\nfile = \"a.csv\"\n[format.cvs]\n");
    let error = fails(folder.path(), &["datasets", "describe", "dataset.toml"]);
    assert!(error.contains("dataset.toml:3:9: unknown variant `cvs`"), "{error}");
    assert!(fails(folder.path(), &["datasets", "--data-dir", "nowhere"]).contains("cannot read"));
}

/// A table of 60 rows with the given header and cells; its last column is the class.
fn table(header: &str, cells: impl Fn(usize) -> String) -> String {
    let class = |i: usize| if i.is_multiple_of(6) { "yes" } else { "no" };
    let rows: String = (0..60).map(|i| format!("{},{}\n", cells(i), class(i))).collect();
    format!("{header},class\n{rows}")
}

fn run_once(folder: &Path, experiment: &str) -> String {
    let fast = ["--set", "training.epochs=1", "--json", "--quiet"];
    succeeds(folder, &[&["run", experiment][..], &fast].concat());
    let plan = succeeds(folder, &[&["plan", experiment][..], &fast].concat());
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    plan["cells"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_replay_takes_the_content_that_was_recorded_whatever_else_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for (experiment, shift) in [("a", 0), ("b", 1), ("glass", 2)] {
        let file = format!("{experiment}.csv");
        let text = table("x,z", |i| format!("{}.5,{}.25", i % 7, (i + shift) % 5));
        fs::write(folder.path().join(&file), text).unwrap();
        succeeds(folder.path(), &["init", &file, "--target", "last", "--output", experiment]);
        // All three are called glass, as a set is that the program carries.
        let own = if experiment == "glass" { "glass_own" } else { experiment };
        for (file, key) in [("dataset.toml", "name"), ("experiment.toml", "dataset")] {
            let path = folder.path().join(experiment).join(file);
            let line = |name: &str| format!("{key} = \"{name}\"\n");
            let text = fs::read_to_string(&path).unwrap().replace(&line(own), &line("glass"));
            fs::write(&path, text).unwrap();
        }
        ids.push(run_once(folder.path(), &format!("{experiment}/experiment.toml")));
    }
    for id in &ids {
        assert!(succeeds(folder.path(), &["replay", id]).contains("identical"), "{id}");
    }
    fs::remove_file(folder.path().join("b.csv")).unwrap();
    let output = longtail(folder.path(), &["replay", &ids[1]]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("the content of the data set `glass` that was recorded is not found"),
        "{error}"
    );
}

#[test]
fn a_set_that_the_experiment_had_once_is_found_for_its_replay() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::write(
            folder.path().join(format!("{name}.csv")),
            table("x", |i| format!("{}.5", i % 7)),
        )
        .unwrap();
        succeeds(folder.path(), &["init", &format!("{name}.csv"), "--target", "class"]);
    }
    let experiment = "a/experiment.toml";
    let of_a = run_once(folder.path(), experiment);
    let path = folder.path().join(experiment);
    let other = fs::read_to_string(&path).unwrap();
    let other = other.replace("\"dataset.toml\"", "\"../b/dataset.toml\"");
    fs::write(&path, other.replace("dataset = \"a\"", "dataset = \"b\"")).unwrap();
    let of_b = run_once(folder.path(), experiment);
    for id in [of_a, of_b] {
        assert!(succeeds(folder.path(), &["replay", &id]).contains("identical"), "{id}");
    }
}

#[test]
fn init_gives_no_name_that_the_program_has() {
    let folder = tempfile::tempdir().unwrap();
    let file = table("x", |i| format!("{}.5", i % 7));
    fs::write(folder.path().join("glass.csv"), file).unwrap();
    let shown = succeeds(folder.path(), &["init", "glass.csv", "--target", "class"]);
    assert!(
        shown.contains("named glass_own: the program carries another data set glass"),
        "{shown}"
    );
    assert!(folder.path().join("glass_own/experiment.toml").exists());
    let error =
        fails(folder.path(), &["init", "glass.csv", "--target", "class", "--name", "glass"]);
    assert!(error.contains("choose another --name"), "{error}");
}

#[test]
fn init_of_a_dataset_file_keeps_what_it_says_and_the_file_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = table("x,secret", |i| format!("{}.5,{}", i % 7, i % 3));
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/rows.csv"), file).unwrap();
    let described = "name = \"mine\"\nfile = \"rows.csv\"\ntarget = \"class\"\npositive = \"no\"\nfamily = \"f\"\n\
                     citation = \"c\"\nlicence = \"l\"\n[format.csv]\n[columns]\nsecret = \"ignored\"\n";
    fs::write(folder.path().join("mine/dataset.toml"), described).unwrap();
    let output = longtail(folder.path(), &["datasets", "describe", "mine/dataset.toml"]);
    assert!(text(&output.stderr).contains("next: longtail init mine/dataset.toml\n"));
    let shown = succeeds(folder.path(), &["init", "mine/dataset.toml"]);
    assert!(shown.contains("left out: secret (mine/dataset.toml says so)"), "{shown}");
    let written = fs::read_to_string(folder.path().join("mine_experiment/dataset.toml")).unwrap();
    for line in [
        "file = \"../mine/rows.csv\"",
        "positive = \"no\"",
        "family = \"f\"",
        "citation = \"c\"",
        "licence = \"l\"",
        "secret = \"ignored\"",
        "x = \"numeric\"",
    ] {
        assert!(written.contains(line), "{line}: {written}");
    }
    run_once(folder.path(), "mine_experiment/experiment.toml");
    let output = longtail(folder.path(), &["datasets", "describe", "mine_experiment/dataset.toml"]);
    assert!(text(&output.stderr).contains("next: longtail run mine_experiment/experiment.toml"));

    let over = ["init", "mine/dataset.toml", "--output", "mine", "--force"];
    assert!(fails(folder.path(), &over).contains("mine/dataset.toml is the file that is read"));
    assert_eq!(fs::read_to_string(folder.path().join("mine/dataset.toml")).unwrap(), described);
}

#[test]
fn what_is_left_out_is_said_and_nothing_is_written_without_a_feature() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let row = |i: usize| {
        format!(
            "{i},{},{}",
            20_000 + i * i,
            if i == 9 { "oops".to_owned() } else { format!("{i}.5") }
        )
    };
    write("own.csv", table("a,income,size", row));
    let shown = succeeds(folder.path(), &["init", "own.csv", "--target", "class"]);
    assert!(
        shown.contains("left out: a (identifier), size (numbers and a few texts)\n"),
        "{shown}"
    );
    assert!(
        shown.contains("look at size: 1 of 60 cells is no number: if it stands for a missing value, add to missing: \"oops\""),
        "{shown}"
    );
    let written = fs::read_to_string(folder.path().join("own/dataset.toml")).unwrap();
    assert!(written.contains("income = \"numeric\"\n"), "{written}");

    write("ids.csv", table("id", |i| i.to_string()));
    let error = fails(folder.path(), &["init", "ids.csv", "--target", "class"]);
    assert!(
        error.contains("no column to learn from: id (identifier) would be left out"),
        "{error}"
    );
    write("commas.csv", table("price", |i| format!("\"{},370\"", i + 1)));
    let error = fails(folder.path(), &["init", "commas.csv", "--target", "class"]);
    assert!(
        error.contains("price (numbers with thousands marks) would be left out; `longtail datasets describe` says"),
        "{error}"
    );
    write("bare.csv", "class\n".to_owned() + &"yes\nno\n".repeat(20));
    assert!(
        fails(folder.path(), &["init", "bare.csv", "--target", "class"]).contains("learn from")
    );
    assert!(!folder.path().join("ids").exists() && !folder.path().join("bare").exists());
}

#[test]
fn the_line_that_makes_a_file_one_of_latin_1_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let describe = |content: &[u8]| {
        fs::write(folder.path().join("t.csv"), content).unwrap();
        succeeds(folder.path(), &["datasets", "describe", "t.csv"])
    };
    let shown = describe(b"u,class\n1,\xc3\xa9\n2,\xe9\n");
    assert!(
        shown.contains("look at the encoding: line 3 has the first byte that is no UTF-8"),
        "{shown}"
    );
    assert!(!describe("u,class\n1,é\n2,a\n".as_bytes()).contains("encoding"));
}

#[test]
fn what_gives_the_class_away_is_kept_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let row = |i: usize| {
        let (refund, left) = if i.is_multiple_of(6) { ("paid", "x") } else { ("no", "") };
        format!("{}.5,{},{left}", i % 7, if i == 7 { "" } else { refund })
    };
    fs::write(folder.path().join("own.csv"), table("x,refund,left on", row)).unwrap();
    let shown = succeeds(folder.path(), &["init", "own.csv", "--target", "class"]);
    let expected = "kept: `refund`, `left on`, though each gives the class away; to leave one out, \
                    `refund = \"ignored\"` in [columns] of its dataset.toml\n";
    assert!(shown.contains(expected), "{shown}");
    let written = fs::read_to_string(folder.path().join("own/dataset.toml")).unwrap();
    let expected =
        "refund = \"categorical\"  # its value alone gives the class (in 59 of the 59 rows";
    assert!(written.contains(expected), "{written}");
    let expected = "\"left on\" = \"categorical\"  # it never changes; it is missing for just the rows of class `no`";
    assert!(written.contains(expected), "{written}");
    // What is left out gives nothing away.
    let described = written.replace("refund = \"categorical\"", "refund = \"ignored\"");
    fs::write(folder.path().join("own/dataset.toml"), described).unwrap();
    let shown = succeeds(folder.path(), &["init", "own/dataset.toml", "--output", "again"]);
    assert!(
        shown.contains("kept: `left on`, though it gives the class away; to leave it"),
        "{shown}"
    );
}

#[test]
fn a_class_that_is_a_spelling_of_another_stops_init_with_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|i| format!("{}.5,{}\n", i % 7, ["no", "No", "yes", "no", "yes"][i % 5]))
        .collect();
    fs::write(folder.path().join("own.csv"), format!("x,class\n{rows}")).unwrap();
    let init = ["init", "own.csv", "--target", "class"];
    let error = fails(folder.path(), &init);
    let question = "own.csv: `No` and `no` differ in case alone: one class? If so, add --spellings merge, by which its \
                    dataset.toml has [treat.class] merge = { no = [\"No\"] }; if they are different classes, add \
                    --spellings keep";
    assert!(error.contains(question), "{error}");
    assert!(!folder.path().join("own").exists());

    let shown = succeeds(folder.path(), &[&init[..], &["--spellings", "merge"]].concat());
    assert!(shown.contains("treated: class (merge = { no = [\"No\"] })\n"), "{shown}");
    assert!(shown.contains("to be found: class yes") && !shown.contains("one class?"), "{shown}");
    let path = folder.path().join("own/dataset.toml");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("\n[treat.class]\nmerge = { no = [\"No\"] }\n"), "{written}");
    run_once(folder.path(), "own/experiment.toml");
    succeeds(folder.path(), &["init", "own/dataset.toml", "--output", "again"]);

    // A dataset.toml is the user's: the line is for them to add.
    let without = written.replace("[treat.class]\nmerge = { no = [\"No\"] }\n", "");
    fs::write(&path, without).unwrap();
    let error = fails(folder.path(), &["init", "own/dataset.toml", "--output", "more"]);
    assert!(error.contains("If so, add to this file: [treat.class] merge = {"), "{error}");

    let keep = [&init[..], &["--spellings", "keep", "--output", "kept"]].concat();
    let shown = succeeds(folder.path(), &keep);
    let line = "look at the classes: `No` and `no` differ in case alone: one class?\n";
    assert_eq!(shown.matches(line).count(), 2, "below the classes and at the end: {shown}");
    assert!(!shown.contains("look at x"), "{shown}");
    // Of two that are alike, nothing would be left to tell apart.
    fs::write(folder.path().join("two.csv"), format!("x,class\n{}", rows.replace("yes", "No")))
        .unwrap();
    let shown = succeeds(folder.path(), &["init", "two.csv", "--target", "class"]);
    assert!(shown.contains(line), "{shown}");
}

#[test]
fn rows_without_a_class_are_left_out_only_where_the_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let rows = table("x", |i| format!("{}.5", i % 7)) + "\n1.5,\n2.5,\n";
    fs::write(folder.path().join("own.csv"), rows).unwrap();
    let line = "left out: 2 rows, which have no class, the first on line 63\n";
    let describe =
        |file: &str| succeeds(folder.path(), &["datasets", "describe", file, "--target", "class"]);
    assert!(describe("own.csv").contains(line), "{}", describe("own.csv"));
    let shown = succeeds(folder.path(), &["init", "own.csv", "--target", "class"]);
    assert_eq!(shown.matches(line).count(), 2, "below the classes and at the end: {shown}");
    let path = folder.path().join("own/dataset.toml");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("\nunlabelled = \"drop\"\n"), "{written}");
    run_once(folder.path(), "own/experiment.toml");
    assert!(describe("own/dataset.toml").contains(line), "{}", describe("own/dataset.toml"));

    let refused = "own.csv:63:1: 2 rows have no class in the column `class`, this one first: remove them, or say \
                   unlabelled = \"drop\" in its dataset.toml";
    for other in ["unlabelled = \"refuse\"\n", ""] {
        fs::write(&path, written.replace("unlabelled = \"drop\"\n", other)).unwrap();
        let error = fails(folder.path(), &["run", "own/experiment.toml"]);
        assert!(error.contains(refused), "{error}");
    }
    fs::write(&path, written.replace("\"drop\"", "\"keep\"")).unwrap();
    let error = fails(folder.path(), &["run", "own/experiment.toml"]);
    assert!(error.contains("unknown variant `keep`, expected `refuse` or `drop`"), "{error}");

    let most = table("x", |i| format!("{i}.25")).replace(",no", ",");
    fs::write(folder.path().join("most.csv"), most).unwrap();
    let error = fails(folder.path(), &["init", "most.csv", "--target", "class"]);
    assert!(error.contains("`class` is empty in 50 of 60 rows: is another the class?"), "{error}");
}

#[test]
fn a_damaged_or_foreign_file_in_the_cache_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cache")).unwrap();
    fs::write(folder.path().join("cache/foreign.toml"), "[package]\n").unwrap();
    fs::write(folder.path().join("cache/openml-7.toml"), "name = 7\n").unwrap();
    fs::write(folder.path().join("own.csv"), table("x", |i| format!("{}.5", i % 7))).unwrap();
    let go = |arguments: &[&str]| {
        let output = longtail(folder.path(), &[arguments, &["--cache", "cache"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stderr)
    };
    let error = go(&["datasets"]);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.starts_with("warning: left out of the cache: cache/openml-7.toml:1:8: "),
        "{error}"
    );
    assert!(!go(&["datasets", "describe", "own.csv"]).contains("warning"));
}

#[test]
fn files_are_written_beside_the_data_and_never_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (class, image) in ["cat", "dog"].into_iter().zip(IMAGES) {
        fs::create_dir_all(root.join("imgs").join(class)).unwrap();
        for n in 0..4 {
            let to = root.join("imgs").join(class).join(format!("{n}.png"));
            fs::write(to, image).unwrap();
        }
    }
    succeeds(root, &["init", "imgs"]);
    let written = fs::read_to_string(root.join("imgs_experiment/dataset.toml")).unwrap();
    assert!(written.contains("file = \"../imgs\""), "{written}");
    run_once(root, "imgs_experiment/experiment.toml");
    assert!(
        fails(root, &["init", "imgs", "--output", "imgs/new"])
            .contains("in the folder of the data")
    );
    assert!(!root.join("imgs/new").exists() && !root.join("imgs/dataset.toml").exists());

    let rows = table("x", |i| format!("{}.5", i % 7));
    fs::write(root.join("iris"), &rows).unwrap();
    succeeds(root, &["init", "iris", "--target", "class"]);
    assert!(root.join("iris_experiment/experiment.toml").exists());

    // Either both are written or none is.
    fs::create_dir(root.join("half")).unwrap();
    fs::write(root.join("half/experiment.toml"), "").unwrap();
    let error = fails(root, &["init", "iris", "--target", "class", "--output", "half"]);
    assert!(error.contains("half/experiment.toml is there already"), "{error}");
    assert!(!root.join("half/dataset.toml").exists());
}

#[cfg(unix)]
#[test]
fn odd_names_of_files_and_columns_survive_being_written_and_typed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let rows = table("a\u{7f}b,\u{1b}[31mred", |i| format!("{}.5,{}.5", i % 7, i % 5));
    for file in ["a\\b.csv", "-dash.csv", "two words.csv"] {
        fs::write(root.join(file), &rows).unwrap();
    }
    let init = |file: &str, output: &str| {
        succeeds(root, &["init", file, "--target", "last", "--output", output])
    };
    let shown = init("a\\b.csv", "two words");
    assert!(shown.contains("next: longtail run 'two words/experiment.toml'"), "{shown}");
    assert!(shown.contains("a\\u{7f}b") && shown.contains("\\u{1b}[31mred"), "{shown}");
    assert!(!shown.contains(['\u{1b}', '\u{7f}']), "{shown}");
    run_once(root, "two words/experiment.toml");
    let shown = succeeds(root, &["init", "./-dash.csv", "--target", "last"]);
    assert!(shown.contains("next: longtail run ./-dash/experiment.toml"), "{shown}");
    let output = longtail(root, &["datasets", "describe", "two words.csv", "--target", "last"]);
    assert!(text(&output.stderr).contains("next: longtail init 'two words.csv' --target class"));
}

// Elsewhere a file has no such name.
#[cfg(target_os = "linux")]
#[test]
fn no_command_is_proposed_that_cannot_be_typed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"gr\xf6sse.csv");
    fs::write(folder.path().join(name), table("x", |i| format!("{}.5", i % 7))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_longtail"));
    command.current_dir(folder.path()).args(["datasets", "describe", "--target", "class"]);
    let output = command.arg(name).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("next:"), "{}", text(&output.stderr));
}

#[test]
fn an_experiment_of_few_rows_runs_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |n: usize| (0..n).map(|i| format!("{i}.5,{}\n", i % 2)).collect::<String>();
    fs::write(folder.path().join("four.csv"), format!("x,class\n{}", rows(4))).unwrap();
    succeeds(folder.path(), &["init", "four.csv", "--target", "class"]);
    run_once(folder.path(), "four/experiment.toml");
    let single = format!("x,class\n{}9.5,2\n", rows(40).replace(",1", ",0"));
    fs::write(folder.path().join("single.csv"), single).unwrap();
    let error = fails(folder.path(), &["init", "single.csv", "--target", "class"]);
    assert!(error.contains("the class `2` has a single row"), "{error}");
}

#[test]
fn json_is_honoured_for_boxes_and_names_that_cannot_be_named_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let boxes = samples().join("voc_two_class.xml");
    let shown =
        succeeds(folder.path(), &["datasets", "describe", boxes.to_str().unwrap(), "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["n_boxes"], &shown["n_images"]), (&37.into(), &1.into()));
    for name in ["@all", "", "a\\u001bb"] {
        let described = format!("name = \"{name}\"\nfile = \"a.csv\"\n[format.csv]\n");
        fs::write(folder.path().join("dataset.toml"), described).unwrap();
        let error = fails(folder.path(), &["datasets", "describe", "dataset.toml"]);
        assert!(error.contains("dataset.toml:1:8: no experiment can name"), "{error}");
    }
}

#[test]
fn a_data_set_is_described_by_what_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let rows = table("x,image_id", |i| format!("{}.5,{}", i % 7, i % 5));
    fs::write(folder.path().join("own.csv"), rows).unwrap();
    let described = "name = \"own\"\nfile = \"../own.csv\"\ntarget = \"class\"\n[format.csv]\n\
                     [facts]\nrows = 61\nnumeric = 9\ncategorical = 3\nmissing = 1\ncounts = { yes = 1, no = 60 }\n";
    fs::create_dir(folder.path().join("cache")).unwrap();
    fs::write(folder.path().join("cache/openml-1.toml"), described).unwrap();
    let shown = succeeds(folder.path(), &["datasets", "own", "--cache", "cache"]);
    let counted = "own: 60 rows, 2 numeric and 0 categorical features, 0 missing values";
    assert!(shown.contains(counted) && shown.contains("imbalance ratio 5.0"), "{shown}");
}

/// PNG images of one grey pixel, dark and light.
const IMAGES: [&[u8]; 2] = [
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x0d\
      IDATx\x01\x01\x02\x00\xfd\xff\x00\x0a\x00\x0c\x00\x0b\xde\xfe\xd1g\x00\x00\x00\x00IEND\xaeB`\x82",
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x0d\
      IDATx\x01\x01\x02\x00\xfd\xff\x00\xc8\x00\xca\x00\xc9\xadc#\xb2\x00\x00\x00\x00IEND\xaeB`\x82",
];

/// Bytes of a sample after one change, the `i`-th of many.
fn changed(sample: &[u8], i: usize) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    let at = (i * 7919 + 31) % bytes.len().max(1);
    match i % 5 {
        0 => bytes.truncate(at / 2),
        1 => bytes[at] = 0xff,
        2 => drop(bytes.splice(at..at, *b"\n,,\"{x\n")),
        3 => drop(bytes.drain(at..(at + 60).min(sample.len()))),
        _ => bytes.iter_mut().skip(at).step_by(97).for_each(|byte| *byte ^= 0x15),
    }
    bytes
}

fn is_text(sample: &Path) -> bool {
    let extension = sample.extension().and_then(|extension| extension.to_str());
    ["arff", "csv", "dat", "data", "libsvm", "xml"].contains(&extension.unwrap_or_default())
}

/// Whether `text` is `LINE:COLUMN: ...`, both counted from 1.
fn begins_with_place(text: &str) -> bool {
    let is_number = |part: Option<&str>| {
        part.and_then(|part| part.parse::<u64>().ok()).is_some_and(|number| 0 < number)
    };
    let mut parts = text.split(':');
    is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some()
}

#[test]
fn a_hundred_damaged_files_give_a_sentence_each_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut samples: Vec<PathBuf> =
        fs::read_dir(samples()).unwrap().map(|e| e.unwrap().path()).collect();
    samples.sort();
    let mut refused = 0;
    for (i, sample) in (0..220).zip(samples.iter().cycle()) {
        let name = format!("{i}-{}", sample.file_name().unwrap().to_str().unwrap());
        fs::write(folder.path().join(&name), changed(&fs::read(sample).unwrap(), i)).unwrap();
        let output = longtail(folder.path(), &["datasets", "describe", &name]);
        let error = text(&output.stderr);
        assert!(!error.contains("panicked"), "{name}: {error}");
        if !output.status.success() {
            assert_eq!(output.status.code(), Some(2), "{name}: {error}");
            // A place in text; in bytes, the file alone has one.
            let rest = error.strip_prefix(&format!("error: {name}:"));
            let is_located = rest.is_some_and(|rest| !is_text(sample) || begins_with_place(rest));
            assert!(is_located, "{name}: {error}");
            assert_eq!(error.trim_end().lines().count(), 1, "{name}: {error}");
            refused += 1;
        }
    }
    assert!(100 <= refused, "only {refused} of the damaged files were refused");
}

#[test]
fn the_class_to_be_found_is_said_by_init_and_by_tables_and_so_is_what_is_tested_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |n: usize, positives: usize| -> String {
        (0..n).map(|i| format!("{}.5,{}\n", i * 37 % 101, u8::from(positives <= i))).collect()
    };
    let write = |name: &str, rows: &str| {
        fs::write(folder.path().join(name), format!("x,y\n{rows}")).unwrap();
    };
    write("few.csv", &rows(90, 12));
    let shown = succeeds(folder.path(), &["init", "few.csv", "--target", "y"]);
    for line in [
        "to be found: class 0 (the smaller one), of which average precision and ROC AUC are; init with --positive 1 for \
         the other\n",
        "split: 4 folds, drawn 3 times: of the 12 rows of class 0, 3 are in each test part, where a single one is 0.33 of \
         its recall\n",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let experiment = fs::read_to_string(folder.path().join("few/experiment.toml")).unwrap();
    for part in [
        "# 4 folds, drawn 3 times: of the 12 rows",
        "split = { stratified_k_fold = { folds = 4, repeats = 3 } }",
        "\"logit_adjustment_posthoc\"",
    ] {
        assert!(experiment.contains(part), "{part}: {experiment}");
    }
    let fast = ["--set", "training.epochs=1", "--quiet"];
    let run = [&["run", "few/experiment.toml"][..], &fast].concat();
    let sentence = "Average precision is of the positive class: 0 in few.";
    assert!(succeeds(folder.path(), &run).contains(sentence));
    let plan = succeeds(folder.path(), &["plan", "few/experiment.toml", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["cells"].as_array().unwrap().len(), 8 * 12);

    write("equal.csv", &rows(40, 20));
    let shown = succeeds(folder.path(), &["init", "equal.csv", "--target", "y"]);
    assert!(
        shown.contains("to be found: class 1 (both have 20 rows: the last in order, if nobody"),
        "{shown}"
    );
    let other = ["init", "few.csv", "--target", "y", "--positive", "1", "--force"];
    let shown = succeeds(folder.path(), &other);
    assert!(shown.contains("to be found: class 1 (the larger one)"), "{shown}");
}

#[test]
fn what_can_be_read_in_one_way_is_treated_and_what_is_a_judgement_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let row = |i: usize| {
        format!(
            "{}.5%,\"${},250.00\",{},\"{},370\",{:02}.01.2024,{}",
            i % 37,
            1 + i,
            if i % 9 == 4 { -999.0 } else { (i % 50) as f64 / 4.0 },
            1 + i * 7 % 50,
            1 + i % 31,
            if i == 9 { "oops".to_owned() } else { format!("{i}.5") },
        )
    };
    fs::write(folder.path().join("own.csv"), table("rate,paid,income,size,day,dose", row)).unwrap();
    let shown = succeeds(folder.path(), &["init", "own.csv", "--target", "class"]);
    let treated = "treated: paid (currency = \"$\", thousands = \",\"); rate (percent = true)\n";
    assert!(shown.contains(treated), "{shown}");
    let left_out = "left out: size (numbers with thousands marks), day (dates), dose (numbers and a few texts)\n";
    assert!(shown.contains(left_out), "{shown}");
    let path = folder.path().join("own/dataset.toml");
    let written = fs::read_to_string(&path).unwrap();
    for part in [
        "\n[treat.rate]\npercent = true\n",
        "\n[treat.paid]\ncurrency = \"$\"\nthousands = \",\"\n",
        "\n# [treat.income]\n# missing = [-999]  # -999 in 7 of 60 rows, far from all others\n",
        "\n# [treat.size]\n# thousands = \",\"  # numbers with thousands marks in 60 of 60 cells\n# or decimal = \",\"\n",
        "\n# [treat.day]\n# date = \"day_month_year\"  # dates in 60 of 60 cells\n",
        "\n# [treat.dose]\n# missing = [\"oops\"]  # 1 of 60 cells are no numbers\n",
        "rate = \"numeric\"\n",
        "size = \"ignored\"",
    ] {
        assert!(written.contains(part), "{part}: {written}");
    }
    let id = run_once(folder.path(), "own/experiment.toml");
    assert!(succeeds(folder.path(), &["replay", &id]).contains("identical"));

    // Judged: the keys are those that the program reads.
    let judged: String = written
        .replace("\n# [treat", "\n[treat")
        .replace("\n# missing", "\nmissing")
        .replace("\n# thousands", "\nthousands")
        .replace("\n# date", "\ndate")
        .replace("size = \"ignored\"", "size = \"numeric\"")
        .replace("day = \"ignored\"", "day = \"numeric\"")
        .replace("dose = \"ignored\"", "dose = \"numeric\"");
    fs::write(&path, &judged).unwrap();
    let described = succeeds(folder.path(), &["datasets", "describe", "own/dataset.toml"]);
    assert!(described.contains("60 rows, 6 features, 8 missing values"), "{described}");
    for range in ["1370 to", "19723 to 19753", "1250 to 60250", "0.0050 to 0.3650"] {
        assert!(described.contains(range), "{range}: {described}");
    }
    assert_ne!(run_once(folder.path(), "own/experiment.toml"), id, "the digest follows");
    let shown = succeeds(folder.path(), &["init", "own/dataset.toml", "--output", "again"]);
    assert!(!shown.contains("left out:"), "{shown}");
    let again = fs::read_to_string(folder.path().join("again/dataset.toml")).unwrap();
    assert!(again.contains("[treat.day]\ndate = \"day_month_year\"\n"), "{again}");

    fs::write(&path, judged.replace("percent = true", "percent = 1")).unwrap();
    let error = fails(folder.path(), &["run", "own/experiment.toml"]);
    assert!(error.contains("percent = 1") || error.contains("invalid type"), "{error}");
    assert!(error.contains("own/dataset.toml:"), "{error}");
}

#[test]
fn twins_are_left_out_where_the_file_says_so_and_init_asks() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.csv"), table("x", |i| format!("{}.5", i % 20))).unwrap();
    succeeds(folder.path(), &["init", "own.csv", "--target", "class"]);
    let path = folder.path().join("own/dataset.toml");
    let written = fs::read_to_string(&path).unwrap();
    let line = "\n# twins = \"drop\"  # 60 rows have a twin with the same features: one of each class stays; with \
                \"together\" all stay, on one side of a split by groups\n";
    assert!(written.contains(line), "{written}");
    fs::write(&path, written.replace("# twins", "twins")).unwrap();
    let shown = succeeds(folder.path(), &["datasets", "describe", "own/dataset.toml"]);
    assert!(
        shown.contains("left out: 30 rows, of which others have the features and the class\n"),
        "{shown}"
    );
    run_once(folder.path(), "own/experiment.toml");
    fs::write(&path, written.replace("# twins = \"drop\"", "twins = \"one\"")).unwrap();
    let error = fails(folder.path(), &["run", "own/experiment.toml"]);
    assert!(
        error.contains("unknown variant `one`, expected one of `keep`, `drop`, `together`"),
        "{error}"
    );
}

#[test]
fn a_line_of_totals_decides_nothing_from_the_description_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let rows =
        table("amount,x", |i| format!("{},{}.5", 100 + i * 37 % 600, i % 7)) + "Total,8.5,\n";
    fs::write(folder.path().join("own.csv"), rows).unwrap();
    let shown = succeeds(folder.path(), &["init", "own.csv", "--target", "class"]);
    assert!(!shown.contains("identifier"), "{shown}");
    let written = fs::read_to_string(folder.path().join("own/dataset.toml")).unwrap();
    assert!(written.contains("\namount = \"numeric\"\n"), "{written}");
    run_once(folder.path(), "own/experiment.toml");
}

#[test]
fn classes_of_windows_1252_are_named_as_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let text = table("x", |i| format!("{}.5", i % 7)).replace("yes", "brute – force");
    let bytes: Vec<u8> =
        text.chars().map(|c| if c == '–' { 0x96 } else { u8::try_from(c).unwrap() }).collect();
    fs::write(folder.path().join("own.csv"), bytes).unwrap();
    let init = ["init", "own.csv", "--target", "class", "--positive", "brute – force"];
    succeeds(folder.path(), &init);
    let path = folder.path().join("own/dataset.toml");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("positive = \"brute – force\""), "{written}");
    fs::write(&path, written.replace("\"latin1\"", "\"windows-1252\"")).unwrap();
    let shown = succeeds(folder.path(), &["datasets", "describe", "own/dataset.toml"]);
    assert!(shown.contains("  brute – force       10 "), "{shown}");
}
