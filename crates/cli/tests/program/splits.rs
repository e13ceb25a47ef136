//! Splits by columns, as a user meets them: groups, given folds, official folds of one's own, and mistakes in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::{fails, longtail, recorded, succeeds};

/// 80 customers with three rows each, two columns of folds and a split; one row in six is positive.
fn visits() -> String {
    let mut text = "customer,day,spent,cv1,cv2,part,left\n".to_owned();
    for i in 0..240 {
        let (customer, left) = (i / 3, if i % 6 == 0 { "yes" } else { "no" });
        let part = if i % 4 == 0 { "test" } else { "train" };
        let (day, spent, cv2) = (i % 28 + 1, i * 37 % 101, (i / 2) % 2);
        writeln!(text, "C{customer:03},2024-01-{day:02},{spent}.5,{},{cv2},{part},{left}", i % 5)
            .unwrap();
    }
    text
}

fn n_cells(folder: &Path, split: &str) -> usize {
    let set = format!("protocol.split={split}");
    let plan = succeeds(folder, &["plan", "e.toml", "--json", "--set", &set]);
    serde_json::from_str::<serde_json::Value>(&plan).unwrap()["cells"].as_array().unwrap().len()
}

const DATASET: &str = "name = \"visits\"\nfile = \"visits.csv\"\ntarget = \"left\"\n";
const EXPERIMENT: &str = "[experiment]\nname = \"e\"\n[data]\nsets = [\"dataset.toml\"]\n[protocol]\nvalidation = 0.25\n\
    [axes]\ndataset = \"visits\"\nmodel = [\"prior\", \"nearest_neighbors\"]\n";

/// A folder with the visits, `lines` in its dataset.toml, and an experiment.
fn visits_with(lines: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("visits.csv", &visits());
    write("dataset.toml", &format!("{DATASET}{lines}"));
    write("e.toml", EXPERIMENT);
    folder
}

#[test]
fn columns_and_roles_split() {
    let roles = "[roles]\ngroup = \"customer\"\nfold = [\"cv1\", \"cv2\"]\nother = \"part\"\n[format.csv]\n";
    let folder = visits_with(roles);
    let folder = folder.path();
    for (split, n_folds) in [
        ("\"group_k_fold\"", 5),
        ("{ group_k_fold = { folds = 4, repeats = 2, group = \"customer\" } }", 8),
        ("{ holdout = { test = 0.3, group = \"customer\" } }", 1),
        ("{ given.column = \"cv1\" }", 5),
        ("{ given.column = [\"cv1\", \"cv2\"] }", 7),
        ("{ given.column = [[\"cv1\", \"cv2\"]] }", 7),
        ("{ given = { column = \"part\", test = \"test\" } }", 1),
        ("\"official_folds\"", 7),
    ] {
        assert_eq!(n_cells(folder, split), 2 * n_folds, "{split}");
    }
    let split = "protocol.split={ group_k_fold.folds = 3 }";
    let table = succeeds(folder, &["run", "e.toml", "--quiet", "--set", split]);
    assert!(table.contains("3 folds"), "{table}");
    // Rows are not grouped by default, and it is said.
    let warnings = longtail(folder, &["plan", "e.toml"]).said;
    assert!(
        warnings.contains("visits: rows of one `customer` are tested and learnt from"),
        "{warnings}"
    );
    let shown = succeeds(folder, &["datasets", "describe", "dataset.toml"]);
    assert!(!shown.contains("cv1") && shown.contains("2 features"), "{shown}");
    assert!(shown.contains("group: customer, 80 values\nofficial folds: 7\n"), "{shown}");
}

#[test]
fn a_feature_that_a_split_names_is_none() {
    let folder = visits_with("[format.csv]\n");
    let learn = |set: &str| {
        let set = format!("protocol.split={set}");
        let model = "axes.model=\"nearest_neighbors\"";
        succeeds(folder.path(), &["run", "e.toml", "--quiet", "--set", model, "--set", &set]);
        let trials = fs::read_to_string(folder.path().join("results/e/trials.csv")).unwrap();
        trials.lines().count()
    };
    assert!(3 <= learn("{ given.column = \"cv2\" }"));
    // A set without the column gives the same cells' predictions, bit for bit.
    let digests = |folder: &Path| {
        let mut found = BTreeMap::new();
        for line in recorded(folder, "e") {
            let field = |name: &str| {
                let rest = line.split_once(&format!("\"{name}\":"))?.1;
                Some(rest.split([',', '}']).next().unwrap_or_default().to_owned())
            };
            if let (Some(fold), Some(digest)) = (field("fold"), field("predictions_digest")) {
                found.insert(fold, digest);
            }
        }
        found
    };
    let named = digests(folder.path());
    assert_eq!(named.len(), 2, "{named:?}");
    let with_role = visits_with("[roles]\nother = \"cv2\"\n[format.csv]\n");
    let set = "protocol.split={ given.column = \"cv2\" }";
    let model = "axes.model=\"nearest_neighbors\"";
    succeeds(with_role.path(), &["run", "e.toml", "--quiet", "--set", model, "--set", set]);
    assert_eq!(named, digests(with_role.path()));
}

#[test]
fn folds_of_ones_own_are_official() {
    let folder = visits_with("official_folds.file = \"folds.csv\"\n[format.csv]\n");
    let folder = folder.path();
    let table = |text: String| fs::write(folder.join("folds.csv"), text).unwrap();
    let rows = |fold: fn(usize) -> usize| -> String {
        (0..240).map(|row| format!("{row},{},1\n", fold(row) + 1)).collect()
    };
    let second: String = (0..240).map(|row| format!("{row},{},2\n", row / 7 % 2 + 1)).collect();
    table(format!("row,fold,repeat\n{}{second}", rows(|row| row / 6 % 2)));
    assert_eq!(n_cells(folder, "\"official_folds\""), 8);
    table(format!("row,fold,repeat\n{}", rows(|row| row / 6 % 2).replace("239,2,1\n", "")));
    let error = fails(folder, &["plan", "e.toml"]);
    assert!(error.contains("folds.csv:1:1: row 239 is in no fold"), "{error}");
    table("a,b\n".to_owned());
    let error = fails(folder, &["plan", "e.toml"]);
    assert!(
        error.contains("folds.csv:1:1: expected a table with the columns row, fold"),
        "{error}"
    );
}

#[test]
fn mistakes_in_roles_and_splits_are_located() {
    for (lines, part) in [
        (
            "[roles]\ngroup = \"custmer\"\n[format.csv]\n",
            "dataset.toml:5:9: no column is called `custmer`; did you mean",
        ),
        (
            "[roles]\nfold = [\"cv1\", \"left\"]\n[format.csv]\n",
            "dataset.toml:5:16: `left` has a role, and is to be the class",
        ),
        ("[roles]\nfold = \"cv1\"\ngroup = \"cv1\"\n[format.csv]\n", "`cv1` has two roles"),
        (
            "[roles]\nfold = \"cv1\"\n[format.csv]\n[columns]\ncv1 = \"numeric\"\n",
            "dataset.toml:8:1: `cv1` has a role and is pinned",
        ),
        ("[roles]\ngroups = \"cv1\"\n[format.csv]\n", "unknown field `groups`"),
    ] {
        let folder = visits_with(lines);
        let error = fails(folder.path(), &["plan", "e.toml"]);
        assert!(error.contains(part), "{lines}: {error}");
    }
    let folder = visits_with("[format.csv]\n[columns]\nday = \"ignored\"\n");
    for (split, part) in [
        ("{ given.column = \"cv3\" }", "`visits`: no column is called `cv3`; did you mean `cv1`?"),
        ("{ given.column = \"day\" }", "what is ignored in [columns] is not read"),
        (
            "{ given = { column = \"part\", test = \"tst\" } }",
            "no row has the value `tst` of `part`",
        ),
        (
            "{ group_k_fold = { folds = 81, group = \"customer\" } }",
            "and `customer` has 80 different values",
        ),
        ("\"group_k_fold\"", "which rows belong together?"),
        ("\"official_folds\"", "`visits`: it has no official folds"),
    ] {
        let error =
            fails(folder.path(), &["plan", "e.toml", "--set", &format!("protocol.split={split}")]);
        assert!(error.contains(part), "{split}: {error}");
    }
}

#[test]
fn init_keeps_the_rows_of_a_customer_together() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("visits.csv"), visits()).unwrap();
    let shown = succeeds(folder.path(), &["init", "visits.csv", "--target", "left"]);
    for part in [
        "look at customer: 80 values on 240 rows: an identifier that repeats?",
        "kept together: rows with the same `customer`, of which there are 80",
        "look at day: days are a possible order",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let read = |name: &str| fs::read_to_string(folder.path().join("visits").join(name)).unwrap();
    let experiment = read("experiment.toml");
    let split = "split = { group_k_fold = { folds = 5, repeats = 3, group = \"customer\" } }";
    assert!(experiment.contains(split), "{experiment}");
    assert!(
        read("dataset.toml").contains("[roles]\ngroup = \"customer\""),
        "{}",
        read("dataset.toml")
    );
    let fast = ["--set", "training.epochs=1", "--quiet"];
    let run = ["run", "visits/experiment.toml"];
    let table = succeeds(folder.path(), &[&run[..], &fast].concat());
    assert!(table.contains("15 folds (3 repeats)"), "{table}");
    // What a dataset.toml says of groups is taken over.
    let again = ["init", "visits/dataset.toml", "--output", "again"];
    succeeds(folder.path(), &again);
    let again = fs::read_to_string(folder.path().join("again/experiment.toml")).unwrap();
    assert!(again.contains(split), "{again}");
}

#[test]
fn a_set_of_another_task_is_listed_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |name: &str, task: &str| {
        format!(
            "[[dataset]]\nname = \"{name}\"\nfamily = \"{name}\"\ntask = \"{task}\"\nfile = \"t.parquet\"\nformat = \
             \"parquet\"\nrows = 2\nn_numeric = 1\nn_categorical = 0\nmissing_cells = 0\ncitation = \"c\"\n\
             class_counts = {{ a = 1, ignore = 1 }}\nlicence.data = \"l\"\n"
        )
    };
    let catalog =
        [entry("windows", "detection"), entry("counts", "regression"), entry("plain", "binary")];
    fs::write(folder.path().join("catalog.toml"), catalog.concat()).unwrap();
    let with_data = |arguments: &[&str]| {
        let arguments = [arguments, &["--data-dir", "."]].concat();
        longtail(folder.path(), &arguments)
    };
    let listed = with_data(&["datasets"]).shown;
    assert!(listed.contains("`windows` is a set for the task `detection`"), "{listed}");
    fs::write(
        folder.path().join("e.toml"),
        EXPERIMENT.replace("visits", "counts").replace("[data]\nsets = [\"dataset.toml\"]\n", ""),
    )
    .unwrap();
    for arguments in [&["plan", "e.toml"][..], &["run", "e.toml"], &["datasets", "counts"]] {
        let output = with_data(arguments);
        let error = output.said;
        assert_eq!(output.code, Some(2), "{error}");
        assert!(
            error.contains("`counts` is a set for the task `regression`: its rows are no examples"),
            "{error}"
        );
    }
    // No group has them.
    let mut entries = EXPERIMENT
        .replace("\"visits\"", "\"@all\"")
        .replace("[data]\nsets = [\"dataset.toml\"]\n", "");
    entries += "[[exclude]]\ndataset = \"windows\"\n";
    fs::write(folder.path().join("all.toml"), entries).unwrap();
    let error = with_data(&["plan", "all.toml"]).said;
    assert!(!error.contains("detection"), "{error}");
}

#[test]
fn twins_that_stay_together_are_split_so_and_a_split_that_does_not_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "customer,spent,grade,left\n".to_owned();
    for i in 0..240 {
        let (kind, left) = (i % 60, if i % 60 % 6 == 0 { "yes" } else { "no" });
        writeln!(text, "C{:03},{kind}.5,g{},{left}", i / 3, kind % 3).unwrap();
    }
    fs::write(folder.path().join("visits.csv"), text).unwrap();
    let describe = ["datasets", "describe", "dataset.toml"];
    let dataset = |lines: &str| {
        fs::write(folder.path().join("dataset.toml"), format!("{DATASET}{lines}")).unwrap();
    };
    dataset("[format.csv]\n[columns]\ncustomer = \"ignored\"\n");
    let plain = succeeds(folder.path(), &describe);
    assert!(
        plain.contains("240 rows (100.0 %) have a twin with the same features, which a"),
        "{plain}"
    );
    let together = "twins = \"together\"\n[format.csv]\n[columns]\ncustomer = \"ignored\"\n";
    dataset(together);
    let shown = succeeds(folder.path(), &describe);
    let said =
        "have a twin with the same features, always of the same `twin_group`: a split by it keeps";
    assert!(shown.contains("group: twin_group, 60 values\n") && shown.contains(said), "{shown}");

    let shown = succeeds(folder.path(), &["init", "dataset.toml", "--output", "own"]);
    assert!(shown.contains("rows of one twin_group together"), "{shown}");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let experiment = read("own/experiment.toml");
    let split = "split = { group_k_fold = { folds = 5, repeats = 3, group = \"twin_group\" } }";
    assert!(experiment.contains(split), "{experiment}");
    let written = read("own/dataset.toml");
    assert!(
        written.contains("\ntwins = \"together\"\n") && !written.contains("# twins"),
        "{written}"
    );
    let warnings = longtail(folder.path(), &["plan", "own/experiment.toml"]).said;
    assert!(!warnings.contains("tested and learnt from"), "{warnings}");
    // The digest of the data is that of a set which keeps twins; a split by rows is told.
    fs::write(folder.path().join("e.toml"), EXPERIMENT).unwrap();
    let ids = || {
        let plan = succeeds(folder.path(), &["plan", "e.toml", "--json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        let ids = plan["cells"].as_array().unwrap().iter().map(|cell| cell["id"].to_string());
        ids.collect::<Vec<String>>()
    };
    let of_together = ids();
    let warnings = longtail(folder.path(), &["plan", "e.toml"]).said;
    let told =
        "visits: rows of one `twin_group` are tested and learnt from: split = \"group_k_fold\"";
    assert!(warnings.contains(told), "{warnings}");
    dataset("[format.csv]\n[columns]\ncustomer = \"ignored\"\n");
    assert_eq!(ids(), of_together);

    // Of a set without [roles], init finds the customers too; twins and they are then one group, here of all rows.
    dataset("twins = \"together\"\n[format.csv]\n");
    succeeds(folder.path(), &["init", "dataset.toml", "--output", "both"]);
    assert!(read("both/dataset.toml").contains("[roles]\ngroup = \"customer\"\n"));
    assert!(read("both/experiment.toml").contains("group = \"twin_group\""));
}
