//! Cells, rows and classes that are not learnt from as they are written.

use std::fs;

use super::{run_once, table};
use crate::support::{fails, succeeds};

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
