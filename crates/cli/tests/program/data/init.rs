//! What `init` makes of a file, and says of it.

use std::fs;

use super::{run_once, table};
use crate::support::{Ended, command, fails, folder_with, longtail, succeeds};

/// PNG images of one grey pixel, dark and light.
const IMAGES: [&[u8]; 2] = [
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x0d\
      IDATx\x01\x01\x02\x00\xfd\xff\x00\x0a\x00\x0c\x00\x0b\xde\xfe\xd1g\x00\x00\x00\x00IEND\xaeB`\x82",
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\x0d\
      IDATx\x01\x01\x02\x00\xfd\xff\x00\xc8\x00\xca\x00\xc9\xadc#\xb2\x00\x00\x00\x00IEND\xaeB`\x82",
];

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
    assert!(output.said.contains("next: longtail init mine/dataset.toml\n"));
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
    assert!(output.said.contains("next: longtail run mine_experiment/experiment.toml"));

    let over = ["init", "mine/dataset.toml", "--output", "mine", "--force"];
    assert!(fails(folder.path(), &over).contains("mine/dataset.toml is the file that is read"));
    assert_eq!(fs::read_to_string(folder.path().join("mine/dataset.toml")).unwrap(), described);
}

#[test]
fn the_class_to_be_found_is_one_of_the_file_in_its_spelling_or_ours() {
    let rows: String = (0..40)
        .map(|i| format!("{}.5,{}\n", i * 37 % 101, if i % 4 == 0 { "TRUE" } else { "FALSE" }))
        .collect();
    let folder = folder_with("a.csv", &format!("x,y\n{rows}"));
    succeeds(folder.path(), &["init", "a.csv", "--target", "y", "--positive", "FALSE"]);
    let path = folder.path().join("a/dataset.toml");
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("positive = \"false\""), "{written}");

    fs::write(&path, written.replace("positive = \"false\"", "positive = \"1\"")).unwrap();
    let refused = fails(folder.path(), &["init", "a/dataset.toml"]);
    let sentence =
        "no row is of the class `1`, which is said to be positive; the classes are `false`, `true`";
    assert!(refused.contains("dataset.toml:") && refused.contains(sentence), "{refused}");
    let refused = fails(folder.path(), &["init", "a/dataset.toml", "--target", "y"]);
    assert!(refused.contains("there is no class `1`: classes are false, true"), "{refused}");
    let other = ["init", "a/dataset.toml", "--target", "y", "--positive", "True"];
    succeeds(folder.path(), &other);
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
    assert!(output.said.contains("next: longtail init 'two words.csv' --target class"));
}

#[test]
fn no_command_is_proposed_that_cannot_be_typed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"gr\xf6sse.csv");
    fs::write(folder.path().join(name), table("x", |i| format!("{}.5", i % 7))).unwrap();
    let mut describe = command(folder.path(), &["datasets", "describe", "--target", "class"]);
    let output: Ended = describe.arg(name).output().unwrap().into();
    assert!(output.succeeded(), "{}", output.said);
    assert!(!output.said.contains("next:"), "{}", output.said);
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
        "decision = [\"argmax\", { threshold.maximise = \"g_mean\" }]",
    ] {
        assert!(experiment.contains(part), "{part}: {experiment}");
    }
    let fast = ["--set", "training.epochs=1", "--quiet"];
    let run = [&["run", "few/experiment.toml"][..], &fast].concat();
    let sentence = "Average precision is of the positive class: 0 in few.";
    assert!(succeeds(folder.path(), &run).contains(sentence));
    let plan = succeeds(folder.path(), &["plan", "few/experiment.toml", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["cells"].as_array().unwrap().len(), 2 * 8 * 12);

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
