//! Fetching as a user meets it: a server on the loopback interface, a cache, an experiment.

#[path = "../../../fetch/tests/loopback/server.rs"]
#[expect(dead_code, reason = "the server can do more than these tests ask")]
mod server;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::support::{Ended, command};
use server::{Asked, Reply, Server};

/// 60 rows: a number of the row, a column that may not be learnt from, a feature, a class.
fn arff() -> String {
    let rows: String = (0..60)
        .map(|i| {
            format!("{i},{},{}.5,{}\n", i * 3 % 60, i % 9, if i % 5 == 0 { "bad" } else { "good" })
        })
        .collect();
    format!(
        "@relation credit\n@attribute id numeric\n@attribute secret numeric\n@attribute 'the amount' numeric\n\
         @attribute class {{good,bad}}\n@data\n{rows}"
    )
}

/// The same with one more feature.
fn wide_arff() -> String {
    let narrow = arff();
    let (header, rows) = narrow.split_once("@data\n").unwrap();
    let rows: String =
        rows.lines().enumerate().map(|(i, row)| format!("{},{row}\n", i % 7)).collect();
    let header = header.replace("@attribute id", "@attribute more numeric\n@attribute id");
    format!("{header}@data\n{rows}")
}

/// Categories and small integers, as pandas writes them and OpenML keeps them.
const PARQUET: &[u8] = include_bytes!("../../../data/tests/samples/parquet_small_integers.parquet");

fn answer(asked: &Asked) -> Reply {
    let json = |value: serde_json::Value| Reply::new(200, &[], value.to_string().as_bytes());
    let description = |id: u32, name: &str| {
        json(serde_json::json!({"data_set_description": {
            "id": id, "name": name, "version": 1, "format": "ARFF", "licence": "CC0",
            "url": asked.url("/credit.arff"), "default_target_attribute": "class",
            "ignore_attribute": ["secret"], "row_id_attribute": "id",
        }}))
    };
    let with = |id: u32, target: serde_json::Value, ignored: &str| {
        json(serde_json::json!({"data_set_description": {
            "id": id, "name": format!("set-{id}"), "version": 1, "format": "ARFF",
            "url": asked.url("/wide.arff"), "default_target_attribute": target,
            "ignore_attribute": ignored, "row_id_attribute": "id",
        }}))
    };
    match asked.path.as_str() {
        "/json/data/list/data_name/credit-x/status/active" => json(serde_json::json!({
            "data": {"dataset": [{"did": 31, "name": "credit-x", "version": 1}]}
        })),
        "/json/data/list/data_name/twice/status/active" => json(serde_json::json!({
            "data": {"dataset": [{"did": 8, "name": "twice", "version": 2}, {"did": 7, "name": "twice", "version": 1}]}
        })),
        "/json/data/32" => json(serde_json::json!({"data_set_description": {
            "id": 32, "name": "credit-pq", "version": 1, "format": "ARFF",
            "url": asked.url("/missing.arff"), "parquet_url": asked.url("/credit.pq"),
            "default_target_attribute": "class",
        }})),
        "/wide.arff" => Reply::new(200, &[], wide_arff().as_bytes()),
        "/json/data/50" => with(50, serde_json::json!("'the amount',class"), "'Secret',nowhere"),
        "/json/data/51" => with(51, serde_json::Value::Null, ""),
        "/json/data/52" => with(52, serde_json::json!(["'CLASS'"]), "secret"),
        "/credit.pq" => Reply::new(200, &[], PARQUET),
        "/json/data/31" => description(31, "credit-x"),
        "/json/data/41" => description(41, "glass"),
        "/credit.arff" => Reply::new(200, &[], arff().as_bytes()),
        _ => Reply::new(412, &[], br#"{"error": {"code": "372", "message": "No results"}}"#),
    }
}

struct User {
    folder: tempfile::TempDir,
    server: Server,
}

impl User {
    fn new() -> Self {
        User {
            folder: tempfile::tempdir().unwrap(),
            server: Server::start(|asked, _| answer(asked)),
        }
    }

    fn longtail(&self, arguments: &[&str]) -> Ended {
        let mut command = command(self.folder.path(), arguments);
        let cache = self.folder.path().join("cache");
        command.env("LONGTAIL_CACHE", cache).output().unwrap().into()
    }

    fn fetch(&self, arguments: &[&str]) -> Ended {
        let server = self.server.url();
        self.longtail(&[&["datasets", "fetch", "--server", &server][..], arguments].concat())
    }

    fn cache(&self) -> &Path {
        self.folder.path()
    }
}

#[test]
fn a_set_is_fetched_by_its_name_and_named_in_an_experiment() {
    let user = User::new();
    let text = shown(user.fetch(&["credit-x"]));
    assert!(text.contains("fetched: ") && text.contains("dataset = \"credit-x\""), "{text}");
    assert!(text.contains("left out: id (OpenML says so), secret (OpenML says so)\n"), "{text}");
    assert!(shown(user.fetch(&["credit-x"])).contains("was in the cache: "));

    // What OpenML says is not to be learnt from is not.
    let described = shown(user.longtail(&["datasets", "credit-x", "--json"]));
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!((&described["rows"], &described["numeric"]), (&60.into(), &1.into()));
    assert!(shown(user.longtail(&["datasets"])).contains("credit-x"));

    let experiment = "[experiment]\nname = \"e\"\n[protocol]\nsplit = { holdout.test = 0.4 }\n\
                      [axes]\ndataset = \"credit-x\"\nmodel = \"prior\"\n";
    std::fs::write(user.cache().join("e.toml"), experiment).unwrap();
    assert!(shown(user.longtail(&["run", "e.toml"])).contains("credit-x"));
}

#[test]
fn parquet_with_categories_is_fetched() {
    let user = User::new();
    assert!(shown(user.fetch(&["32"])).contains("dataset = \"credit-pq\""));
    let described = shown(user.longtail(&["datasets", "credit-pq", "--json"]));
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!((&described["numeric"], &described["categorical"]), (&4.into(), &2.into()));
}

#[test]
fn a_name_that_is_taken_is_not_given_twice_and_groups_stay_as_they_are() {
    let user = User::new();
    assert!(shown(user.fetch(&["41"])).contains("dataset = \"openml-41\""));
    let experiment =
        "[experiment]\nname = \"e\"\n[axes]\ndataset = \"@binary\"\nmodel = \"prior\"\n";
    std::fs::write(user.cache().join("e.toml"), experiment).unwrap();
    assert!(!shown(user.longtail(&["plan", "e.toml", "--json"])).contains("openml-41"));
}

#[test]
fn what_cannot_be_fetched_is_said_in_one_sentence() {
    let user = User::new();
    for name in ["", " "] {
        let nameless = error(user.fetch(&[name]));
        assert!(nameless.contains("no data set is named"), "{nameless}");
    }
    let several = error(user.fetch(&["twice"]));
    assert!(several.contains("fetch one by its id, 7 (version 1), 8 (version 2)"), "{several}");
    assert!(error(user.fetch(&["nothing"])).contains("no active data set called `nothing`"));
    let target = error(user.fetch(&["31", "--target", "clas"]));
    assert!(target.contains("`clas`"), "{target}");
    let digest = error(user.fetch(&["31", "--blake3", "12"]));
    assert!(digest.contains("no BLAKE3 digest"), "{digest}");
    assert!(!shown(user.longtail(&["datasets"])).contains("credit-x"));
}

#[test]
fn of_several_targets_one_is_to_be_named_and_the_others_are_no_features() {
    let user = User::new();
    let two = error(user.fetch(&["50"]));
    assert!(
        two.contains("OpenML names two targets, 'the amount' and class: say which with --target"),
        "{two}"
    );
    let text = shown(user.fetch(&["50", "--target", "class"]));
    assert!(text.contains("the amount (OpenML says so)"), "{text}");
    let none = error(user.fetch(&["51"]));
    assert!(none.contains("does not say which column of data set 51 is the class"), "{none}");
    assert!(none.contains("--target, one of ") && none.contains("the amount"), "{none}");
    assert!(shown(user.fetch(&["51", "--target", "class"])).contains("set-51"));
}

#[test]
fn columns_that_are_named_in_another_spelling_are_found_and_those_that_are_not_there_are_told() {
    let user = User::new();
    let output = user.fetch(&["50", "--target", "class", "--json"]);
    let notes = output.said.clone();
    assert!(
        notes.contains("`'Secret'`, and no column has this name; `secret` is taken"),
        "{notes}"
    );
    assert!(notes.contains("`nowhere`, and no column has this name: see whether"), "{notes}");
    let json: serde_json::Value = serde_json::from_str(&shown(output)).unwrap();
    let left_out: Vec<&str> =
        json["left_out"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect();
    assert_eq!(left_out, ["id", "secret", "the amount"]);
    let other = user.fetch(&["52", "--json"]);
    assert!(shown(other).contains("set-52"));
}

#[test]
fn several_at_once_into_one_cache_all_end_well() {
    let user = User::new();
    for _ in 0..5 {
        let cache = user.cache().join("cache");
        let _ = std::fs::remove_dir_all(&cache);
        std::thread::scope(|scope| {
            let fetches: Vec<_> = (0..4).map(|_| scope.spawn(|| user.fetch(&["31"]))).collect();
            for fetch in fetches {
                shown(fetch.join().unwrap());
            }
        });
        let names = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        let expected = ["openml-31.arff", "openml-31.json", "openml-31.lock", "openml-31.toml"];
        assert_eq!(names, expected);
    }
}

#[test]
fn what_cannot_be_read_is_not_kept_and_goes_from_a_cache_that_has_it() {
    let whole = arff();
    let cut = whole[..whole.len() - 9].to_owned();
    let server = Server::start(move |asked, before| match asked.path.as_str() {
        "/credit.arff" if before == 0 => Reply::unmeasured(200, &[], cut.as_bytes()),
        _ => answer(asked),
    });
    let user = User { folder: tempfile::tempdir().unwrap(), server };
    let kept = user.cache().join("cache/openml-31.arff");
    let first = user.fetch(&["31"]);
    assert_eq!(first.code, Some(1), "{}", first.said);
    assert!(first.said.contains("gave no file that can be read"), "{}", first.said);
    assert!(!kept.exists());
    shown(user.fetch(&["31"]));
    for damage in ["<html>", "", &whole[..whole.len() - 9]] {
        std::fs::write(&kept, damage).unwrap();
        let output = user.fetch(&["31"]);
        assert!(output.said.contains("it is fetched again"), "{}", output.said);
        assert!(shown(output).contains("fetched: "));
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), whole);
    }
    // A mistake of the user's is none of the file's.
    let asked = user.server.asked("/credit.arff").len();
    error(user.fetch(&["31", "--target", "nothing"]));
    assert_eq!(user.server.asked("/credit.arff").len(), asked);
}

#[test]
fn a_fetch_that_waits_says_so_and_with_quiet_it_does_not() {
    let (answering, told) = channel();
    let told = Mutex::new(told);
    // The first time the server answers once the program said that it waits, or gives up.
    let server = Server::start(move |asked, before| {
        if asked.path.contains("data_name") {
            let patience = Duration::from_millis(if before == 0 { 60_000 } else { 1500 });
            let _ = told.lock().unwrap().recv_timeout(patience);
        }
        answer(asked)
    });
    let user = User { folder: tempfile::tempdir().unwrap(), server };
    let url = user.server.url();
    let cache = user.cache().join("cache");
    let arguments = ["datasets", "fetch", "--server", &url, "credit-x"];
    let mut command = command(user.cache(), &arguments);
    command.env("LONGTAIL_CACHE", cache).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "asking for credit-x ...");
    answering.send(()).unwrap();
    assert!(said.all(|line| !line.unwrap().contains("error")));
    let mut shown = String::new();
    running.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    assert!(running.wait().unwrap().success());
    assert!(shown.contains("fetched: ") && !shown.contains("asking"), "{shown}");

    // Everyone else is answered after a while.
    assert_eq!(user.fetch(&["credit-x", "--quiet"]).said, "");
}

fn shown(ended: Ended) -> String {
    assert!(ended.succeeded(), "{}", ended.said);
    ended.shown
}

fn error(ended: Ended) -> String {
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    ended.said
}
