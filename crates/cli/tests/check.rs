//! `longtail check` as a user meets it, and the example clients of other languages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn longtail(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longtail"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn our_losses_are_right_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let checked = longtail(folder.path(), &["check", "focal", "ghm_r", "--junit", "report.xml"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("none wrong"), "{}", text(&checked.stdout));
    let report = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert!(report.contains("<testsuite name=\"focal\"") && report.contains("failures=\"0\""));

    let checked = longtail(folder.path(), &["check", "focal = { gamma = 0.3 }", "--json"]);
    let findings: Vec<Value> = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(findings.len(), 3, "slopes, stability, precision");
}

#[test]
fn vectors_are_the_same_every_time_and_say_what_a_loss_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.json", "b.json"] {
        let arguments = ["check", "focal.gamma = 1", "--counts", "9,1", "--vectors", name];
        let written = longtail(folder.path(), &arguments);
        assert!(written.status.success(), "{}", text(&written.stderr));
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("a.json"), read("b.json"));
    let file: Value = serde_json::from_slice(&read("a.json")).unwrap();
    assert_eq!(
        (file["format"].as_str(), file["version"].as_u64()),
        (Some("longtail-vectors"), Some(1))
    );
    let loss = &file["losses"][0];
    assert_eq!(loss["loss"]["focal"]["gamma"], 1.0);
    assert_eq!(loss["counts"], serde_json::json!([9.0, 1.0]));
    let case = &loss["cases"][0];
    let number = |value: &Value| value.as_f64().unwrap();
    for (i, y) in case["targets"].as_array().unwrap().iter().enumerate() {
        let (z, y) = (&case["logits"][i], y.as_u64().unwrap() as usize);
        let margin = number(&z[y]) - number(&z[1 - y]);
        let rest = 1.0 / (1.0 + libm::exp(margin));
        let expected = rest * libm::log1p(libm::exp(-margin));
        assert!((number(&case["losses"][i]) - expected).abs() < 1e-14);
    }
}

#[test]
fn wrong_use_and_peers_that_misbehave_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |arguments: &[&str], code: i32, sentence: &str| {
        let output = longtail(folder.path(), arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    };
    fails(&["check", "focl"], 2, "there is no loss `focl`; did you mean `focal`?");
    fails(&["check", "focal.gama = 1"], 2, "`focal.gama = 1` is no loss: unknown field `gama`");
    fails(&["check", "focal.alpha = [1, 2]"], 2, "`focal.alpha` has 2 weights, and there are 3");
    fails(&["check", "focal", "--counts", "9,1"], 2, "as in `longtail check 'focal = {}'`");
    fails(&["check", "softmax_equalization", "--vectors", "x.json"], 2, "draws at random");
    fails(&["check", "focal", "--vectors", "no/such/x.json"], 2, "cannot write no/such/x.json");
    fails(&["check", "focal", "--tolerance", "1"], 2, "--against");
    if cfg!(unix) {
        fails(&["check", "focal", "--against", "true"], 1, "ended before it answered request 0");
        let slow = ["check", "focal", "--against", "sleep 3", "--timeout", "1"];
        fails(&slow, 1, "did not answer request 0 within 1 s");
        fails(&["check", "focal", "--against", "cat"], 1, "request 0 is not as the protocol says");
        let peer = r#"while read -r _; do echo '{"id": 0, "unsupported": "it"}'; done"#;
        fails(&["check", "focal", "--against", peer], 1, "knows none of the losses");
        let peer = r#"read -r _; echo '{"id": 0, "error": "out of memory"}'"#;
        fails(&["check", "focal", "--against", peer], 1, "request 0 failed: out of memory");
        let peer = r#"read -r _; echo '{"id": 0, "losses": [1], "gradient": [[0]]}'"#;
        fails(&["check", "focal", "--against", peer], 1, "it has 1 losses for 8 examples");
    }
}

/// A Python that has `module`: that of `LONGTAIL_PYTHON`, or the one on the path.
fn python_with(module: &str) -> Option<String> {
    let given = std::env::var("LONGTAIL_PYTHON").ok();
    let python = given.unwrap_or_else(|| "python3".to_owned());
    let import = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if import.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!("skipped: `{python}` has no {module}");
    None
}

fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients").join(name)
}

#[test]
fn the_numpy_client_is_right_and_a_mistake_in_it_is_named() {
    let Some(python) = python_with("numpy") else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = std::fs::read_to_string(client("numpy_client.py")).unwrap();
    let ask = |name: &str, source: &str, losses: &[&str]| {
        std::fs::write(folder.path().join(name), source).unwrap();
        let command = format!("'{python}' {name}");
        let arguments = [&["check"], losses, &["--against", &command]].concat();
        longtail(folder.path(), &arguments)
    };
    let losses = ["cross_entropy", "focal", "binary_cross_entropy", "dice"];
    let right = ask("right.py", &source, &losses);
    assert!(right.status.success(), "{}{}", text(&right.stdout), text(&right.stderr));
    let said = text(&right.stdout);
    assert!(said.contains("3 equal, 0 different, 1 not compared"), "{said}");

    for (right, wrong, cause) in [
        (r#"request["targets"])"#, r#"request["targets"]) - 1"#, "labels are taken to begin at 1"),
        ("return -weight * ln_p_y,", "return weight * ln_p_y,", "has the wrong sign"),
        ("(1 - gamma * p_y * ln_p_y / rest)", "1", "held constant"),
    ] {
        assert!(source.contains(right), "{right}");
        let output = ask("wrong.py", &source.replace(right, wrong), &["focal"]);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(cause), "{}", text(&output.stdout));
    }
}

#[test]
fn the_pytorch_client_is_right() {
    let Some(python) = python_with("torch") else { return };
    let command = format!("'{python}' '{}'", client("pytorch_client.py").display());
    let losses = ["cross_entropy", "weighted_cross_entropy", "label_smoothing", "focal"];
    let folder = tempfile::tempdir().unwrap();
    let checked =
        longtail(folder.path(), &[&["check"], &losses[..], &["--against", &command]].concat());
    let said = text(&checked.stdout);
    assert!(checked.status.success(), "{said}{}", text(&checked.stderr));
    assert!(said.contains("4 equal, 0 different, 0 not compared"), "{said}");
}
