//! `longtail check` as a user meets it, and the example clients of other languages.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{longtail, skipped};

#[test]
fn our_losses_are_right_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let checked = longtail(folder.path(), &["check", "focal", "ghm_r", "--junit", "report.xml"]);
    assert!(checked.succeeded(), "{}", checked.said);
    assert!(checked.shown.contains("none wrong"), "{}", checked.shown);
    let report = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert!(report.contains("<testsuite name=\"focal\"") && report.contains("failures=\"0\""));

    let checked = longtail(folder.path(), &["check", "focal = { gamma = 0.3 }", "--json"]);
    let findings: Vec<Value> = serde_json::from_str(&checked.shown).unwrap();
    assert_eq!(findings.len(), 3, "slopes, stability, precision");
}

#[test]
fn other_methods_are_held_to_their_laws_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["self_paced", "ohem", "permuted"];
    let checked = longtail(folder.path(), &[&["check"], &names[..], &["--json"]].concat());
    assert!(checked.succeeded(), "{}", checked.said);
    let findings: Vec<Value> = serde_json::from_str(&checked.shown).unwrap();
    for name in names {
        let own: Vec<&Value> = findings.iter().filter(|f| f["method"] == name).collect();
        assert!(!own.is_empty() && own.iter().all(|f| f["proof"] == "law"), "{name}: {own:?}");
        assert!(own.iter().all(|f| 10 < f["compared"].as_u64().unwrap()), "{name}: {own:?}");
    }
    assert!(findings.iter().all(|finding| names.contains(&finding["method"].as_str().unwrap())));
}

#[test]
fn vectors_are_the_same_every_time_and_say_what_a_loss_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.json", "b.json"] {
        let arguments = ["check", "focal.gamma = 1", "--counts", "9,1", "--vectors", name];
        let written = longtail(folder.path(), &arguments);
        assert!(written.succeeded(), "{}", written.said);
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
fn vectors_of_pair_losses_have_embeddings_and_the_loss_of_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    let asked = ["check", "cosine_contrastive.margin = -1", "focal", "--vectors", "a.json"];
    let written = longtail(folder.path(), &asked);
    assert!(written.succeeded(), "{}", written.said);
    assert!(written.said.contains("14 batches of 2 losses"), "{}", written.said);
    let text = std::fs::read_to_string(folder.path().join("a.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["losses"].as_array().unwrap().len(), 1);
    let loss = &file["pair_losses"][0];
    assert_eq!(loss["loss"]["cosine_contrastive"]["margin"], -1.0);
    for case in loss["cases"].as_array().unwrap() {
        let rows: Vec<Vec<f64>> = serde_json::from_value(case["embeddings"].clone()).unwrap();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut sum = 0.0;
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate().filter(|(j, _)| *j != i) {
                let cosine = product(a, b) / (product(a, a) * product(b, b)).sqrt();
                let alike = case["targets"][i] == case["targets"][j];
                sum += if alike { 1.0 - cosine } else { cosine };
            }
        }
        let value = case["value"].as_f64().unwrap();
        assert!((value - sum / rows.len() as f64).abs() < 1e-12, "{case}");
        assert_eq!(case["gradient"].as_array().unwrap().len(), rows.len());
    }
}

#[test]
fn pair_losses_and_pair_miners_are_checked_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["triplet", "cross_batch", "multi_similarity", "nt_xent.temperature = 1"];
    let checked = longtail(folder.path(), &[&["check"], &names[..], &["--json"]].concat());
    assert!(checked.succeeded(), "{}", checked.said);
    let findings: Vec<Value> = serde_json::from_str(&checked.shown).unwrap();
    let proofs = |name: &str| {
        let own = findings.iter().filter(|finding| finding["method"] == name);
        let mut proofs: Vec<&str> = own.map(|f| f["proof"].as_str().unwrap()).collect();
        proofs.dedup();
        proofs
    };
    assert_eq!(proofs("nt_xent"), ["formula", "precision", "slopes", "stability"]);
    let of_triplet = ["equalities", "formula", "golden", "precision", "slopes", "stability"];
    assert_eq!(proofs("triplet"), of_triplet);
    assert_eq!(proofs("cross_batch"), ["golden", "law"]);
    assert!(proofs("multi_similarity").contains(&"law"), "of the miner of that name");
}

#[test]
fn wrong_use_and_peers_that_misbehave_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |arguments: &[&str], code: i32, sentence: &str| {
        let output = longtail(folder.path(), arguments);
        let said = output.said;
        assert_eq!(output.code, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    };
    fails(&["check", "focl"], 2, "there is no loss `focl`, nor a law of another method; did you");
    fails(&["check", "self_pacd"], 2, "did you mean `self_paced`?");
    fails(&["check", "focal", "ohem", "--vectors", "x.json"], 2, "`ohem` is no loss of classes");
    fails(&["check", "ghm_r", "--against", "true"], 2, "`ghm_r` is no loss of classes");
    fails(&["check", "permuted", "--counts", "9,1"], 2, "`permuted` is no loss of classes");
    fails(&["methods", "--plot", "tau_norm"], 2, "`tau_norm` is no loss of classes");
    fails(&["check", "triplet", "--counts", "9,1"], 2, "`triplet` is no loss of classes: it is of");
    fails(
        &["check", "circle = {}", "--against", "true", "--counts", "9,1"],
        2,
        "pairs of embeddings",
    );
    fails(&["check", "batch_hard", "--vectors", "x.json"], 2, "`batch_hard` is no loss");
    fails(&["check", "triplet.margn = 1"], 2, "unknown key `margn` of `triplet`; did you mean");
    fails(&["methods", "--plot", "triplet"], 2, "`triplet` is no loss of classes: it is of pairs");
    fails(&["methods", "--plot", "none"], 2, "`none` is not drawn: every example counts alike");
    fails(&["methods", "--plot", "focal", "l2rw"], 2, "draw `l2rw` by itself");
    fails(&["methods", "--plot", "l2rw.size = 3"], 2, "is no reweighting: unknown key `size`");
    fails(
        &["check", "focal.gama = 1"],
        2,
        "is no loss: unknown key `gama` of `focal`; did you mean",
    );
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
        fails(&["check", "focal = {}", "--against", peer], 1, "knows none of the losses");
        let peer = r#"read -r _; echo '{"id": 0, "error": "out of memory"}'"#;
        fails(&["check", "focal", "--against", peer], 1, "request 0 failed: out of memory");
        let peer = r#"read -r _; echo '{"id": 0, "losses": [1], "gradient": [[0]]}'"#;
        fails(&["check", "focal", "--against", peer], 1, "it has 1 losses for 8 examples");
    }
}

/// A peer whose answer is `answer` from the second loss on, and that knows no loss before.
fn unknown_then(answer: &str) -> String {
    format!(
        r#"read -r _; echo '{{"id": 0, "unsupported": "no such loss"}}'; read -r _; {answer}; read -r _"#
    )
}

#[cfg(unix)]
#[test]
fn junit_is_written_whatever_becomes_of_the_peer() {
    let folder = tempfile::tempdir().unwrap();
    for (answer, why) in [
        ("exit 1", "ended before it answered request 1"),
        ("echo hello", "it is no line of JSON; it begins with `hello"),
        ("echo '[1]'", "it is no object"),
        (r#"echo '{"id": 1, "loss": 1}'"#, "it has a key `loss`, and there are id, losses, value"),
        (r#"echo '{"id": 1, "losses": "x"}'"#, "its `losses` is not a list of numbers"),
        (r#"echo '{"id": 1, "value": 1, "gradient": [1]}'"#, "is not a list of lists of numbers"),
        (r#"echo '{"id": 1, "losses": [1], "gradient": [[0]]}'"#, "it has 1 losses for 8 examples"),
        (r#"echo '{"losses": [1], "gradient": [[0]]}'"#, "it has no `id`"),
        (r#"printf '{"id": 1, \377\n'"#, "it is no line of JSON"),
        (&format!("printf '{}\\n'", "[".repeat(20_000)), "it is no line of JSON"),
    ] {
        let peer = unknown_then(answer);
        let losses = ["check", "dice = {}", "cross_entropy = {}", "poly_1 = {}"];
        let further = ["--against", &peer, "--junit", "report.xml", "--json"];
        let output = longtail(folder.path(), &[&losses[..], &further].concat());
        let said = output.said;
        assert_eq!(output.code, Some(1), "{answer}: {said}");
        assert!(said.contains(why), "{answer}: {said}");
        let report = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
        let tallies = r#"tests="3" failures="1" errors="1" skipped="1""#;
        assert!(
            report.contains(tallies) && report.contains("<error message="),
            "{answer}: {report}"
        );
        std::fs::remove_file(folder.path().join("report.xml")).unwrap();
        let comparisons: Vec<Value> = serde_json::from_str(&output.shown).unwrap();
        assert!(comparisons[1]["error"].as_str().unwrap().contains(why), "{comparisons:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_loss_that_was_asked_for_and_is_not_known_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    // It knows one loss, which it says is 0.
    let peer = r#"
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    n = [len(row) for row in r["logits"]]
    if "cross_entropy" in r["loss"]:
        a = {"value": 0, "gradient": [[0] * k for k in n]}
    else:
        a = {"unsupported": "no such loss"}
    print(json.dumps({"id": r["id"], **a}), flush=True)
"#;
    let Some(python) = python_with("json") else { return };
    std::fs::write(folder.path().join("peer.py"), peer).unwrap();
    let command = format!("'{python}' peer.py");
    let ask = |losses: &[&str], tolerance: &str| {
        let further = ["--against", &command, "--tolerance", tolerance];
        longtail(folder.path(), &[&["check"], losses, &further].concat())
    };
    // Within a tolerance of 1e9 everything is equal.
    let equal = ask(&["cross_entropy"], "1e9");
    assert_eq!(equal.code, Some(0), "{}", equal.shown);
    let unknown = ask(&["cross_entropy", "dice"], "1e9");
    assert_eq!(unknown.code, Some(3), "{}", unknown.shown);
    assert!(unknown.shown.contains("NOT KNOWN"), "{}", unknown.shown);
    // Nobody asked for these by name.
    let all = ask(&[], "1e9");
    assert_eq!(all.code, Some(0), "{}", all.shown);
    assert!(!all.shown.contains("NOT KNOWN"), "{}", all.shown);
}

#[test]
fn a_difference_shows_the_first_example_and_its_numbers() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().unwrap();
    // A softplus that overflows, in a loss whose gradient goes down where it should go up.
    let client = r#"
import json, math, sys
def exp(x):
    try: return math.exp(x)
    except OverflowError: return math.inf
for line in sys.stdin:
    r = json.loads(line); losses, gradient = [], []
    for z, y in zip(r["logits"], r["targets"]):
        t = [k == y for k in range(len(z))]
        losses.append(sum(math.log(1 + exp(-a if is_y else a)) for a, is_y in zip(z, t)))
        gradient.append([is_y - 1 / (1 + exp(-a)) for a, is_y in zip(z, t)])
    print(json.dumps({"id": r["id"], "losses": losses, "gradient": gradient}), flush=True)
"#;
    std::fs::write(folder.path().join("client.py"), client).unwrap();
    let command = format!("'{python}' client.py");
    let arguments = ["check", "binary_cross_entropy", "--against", &command];
    let shown = longtail(folder.path(), &arguments);
    assert_eq!(shown.code, Some(3), "{}", shown.said);
    let said = shown.shown;
    for part in [
        "first in the batch `ordinary`, example 0 (from 0) of 8: logits [-0.48339844",
        "expected loss ",
        "got      loss ",
        "2 causes would explain it:",
        "- the gradient has the wrong sign",
        "- numbers that are not finite where logits are large",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let json = longtail(folder.path(), &[&arguments[..], &["--json"]].concat());
    let comparisons: Vec<Value> = serde_json::from_str(&json.shown).unwrap();
    let difference = &comparisons[0]["difference"];
    assert_eq!(difference["batch"], "ordinary");
    assert_eq!(difference["logits"].as_array().unwrap().len(), 3);
    let number = |from: &str, k: usize| difference[from]["gradient"][k].as_f64().unwrap();
    assert!((number("expected", 0) + number("got", 0)).abs() < 1e-9, "{difference}");
    assert!(number("expected", 0) < 0.0, "{difference}");
    assert!(difference["expected"]["loss"].as_f64().is_some(), "{difference}");
    assert_eq!(comparisons[0]["largest_logit"], 1e4);
}

/// A Python that has `module`: that of `LONGTAIL_PYTHON`, or the one on the path.
fn python_with(module: &str) -> Option<String> {
    let given = std::env::var("LONGTAIL_PYTHON").ok();
    let python = given.unwrap_or_else(|| "python3".to_owned());
    let import = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if import.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    skipped(&format!("`{python}` has no {module}"));
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
    let losses = ["cross_entropy", "focal", "binary_cross_entropy"];
    let right = ask("right.py", &source, &losses);
    assert!(right.succeeded(), "{}{}", right.shown, right.said);
    let said = right.shown;
    // Of focal loss it is asked the corners too, and does not know the sigmoid form.
    assert!(said.contains("6 equal, 0 different, 3 not compared"), "{said}");
    assert!(said.contains("focal(alpha=[0.2,1.0,3.0], gamma=0.5)"), "{said}");
    assert!(said.contains("logits up to 1e4; classes with 40, 10, 5 examples"), "{said}");

    for (right, wrong, cause) in [
        (r#"request["targets"])"#, r#"request["targets"]) - 1"#, "labels are taken to begin at 1"),
        ("return -weight * ln_p_y,", "return weight * ln_p_y,", "has the wrong sign"),
        ("(1 - gamma * p_y * ratio)", "1", "held constant"),
    ] {
        assert!(source.contains(right), "{right}");
        let output = ask("wrong.py", &source.replace(right, wrong), &["focal"]);
        assert_eq!(output.code, Some(3), "{}", output.said);
        assert!(output.shown.contains(cause), "{}", output.shown);
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
    assert!(checked.succeeded(), "{}{}", checked.shown, checked.said);
    let said = checked.shown;
    assert!(said.contains("6 equal, 0 different, 12 not compared"), "{said}");
}

#[test]
fn the_metric_learning_client_is_right_and_a_mistake_in_it_is_named() {
    let Some(python) = python_with("pytorch_metric_learning") else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = std::fs::read_to_string(client("metric_learning_client.py")).unwrap();
    let ask = |name: &str, source: &str, losses: &[&str]| {
        std::fs::write(folder.path().join(name), source).unwrap();
        let command = format!("'{python}' {name}");
        longtail(folder.path(), &[&["check"], losses, &["--against", &command]].concat())
    };
    let losses = [
        "contrastive",
        "triplet",
        "multi_similarity",
        "nt_xent",
        "circle",
        "sup_con = { temperature = 0.1, base_temperature = 0.1, anchors = 'with_positives' }",
    ];
    let right = ask("right.py", &source, &losses);
    assert!(right.succeeded(), "{}{}", right.shown, right.said);
    let said = right.shown;
    assert!(said.contains("12 equal, 0 different, 1 not compared"), "{said}");

    for (right, wrong, cause) in [
        ("(margin=margin, ", "(", "`margin` is left at its default"),
        ("value = loss(x,", "value = loss(x.detach() + 0 * x,", "none that is known"),
        ("value = loss(x,", "value = -loss(x,", "none that is known; values differ"),
    ] {
        assert!(source.contains(right), "{right}");
        let output = ask("wrong.py", &source.replace(right, wrong), &["triplet.margin = 0.3"]);
        assert_eq!(output.code, Some(3), "{}", output.said);
        assert!(output.shown.contains(cause), "{}", output.shown);
        assert!(output.shown.contains("embedding ["), "{}", output.shown);
    }
}
