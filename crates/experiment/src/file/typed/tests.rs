use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use methods::losses::LossSpec;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is read is looked at through Debug")]
struct Everything {
    #[serde(default)]
    number: f64,
    #[serde(default)]
    count: Option<NonZeroUsize>,
    #[serde(default)]
    small: u8,
    #[serde(default)]
    signed: i64,
    #[serde(default)]
    truth: bool,
    #[serde(default)]
    text: String,
    #[serde(default)]
    list: Vec<Spanned<f64>>,
    #[serde(default)]
    table: BTreeMap<String, f64>,
    #[serde(default)]
    choice: Choice,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "what is read is looked at through Debug")]
enum Choice {
    #[default]
    Plain,
    Number(f64),
    Both {
        a: f64,
    },
}

fn everything(text: &str) -> Result<String, String> {
    let table = DeTable::parse(text).unwrap().into_inner();
    let value = Spanned::new(0..text.len(), DeValue::Table(table));
    read::<Everything>(value, "everything").map(|read| format!("{read:?}")).map_err(|mistake| {
        format!(
            "{:?} {}; {}",
            &text[mistake.span.clone()],
            mistake.message,
            mistake.help.unwrap_or_default()
        )
    })
}

#[test]
fn what_toml_can_say_is_read() {
    for (text, part) in [
        ("number = 3", "number: 3.0"),
        ("number = -2.5e-3", "number: -0.0025"),
        ("number = inf", "number: inf"),
        ("count = 0x10", "count: Some(16)"),
        ("count = 1_000", "count: Some(1000)"),
        ("signed = -7", "signed: -7"),
        ("truth = true", "truth: true"),
        ("text = 'a \"b\"'", r#"text: "a \"b\"""#),
        ("list = [1, 2.5]", "value: 2.5"),
        ("table = { a = 1 }", r#"table: {"a": 1.0}"#),
        ("choice = 'plain'", "choice: Plain"),
        ("choice = { plain = {} }", "choice: Plain"),
        ("choice = { number = 2 }", "choice: Number(2.0)"),
        ("choice.both.a = 2", "choice: Both { a: 2.0 }"),
    ] {
        let read = everything(text).unwrap();
        assert!(read.contains(part), "{text}: {read}");
    }
}

#[test]
fn every_kind_of_mistake_has_a_sentence_at_its_place() {
    for (text, sentence) in [
        (
            "number = 'x'",
            r#""'x'" a number is wanted here, and this is the text "x"; write a number"#,
        ),
        ("number = [1]", r#""[1]" a number is wanted here, and this is a list; a list is a sweep"#),
        (
            "number = 1979-05-27",
            r#""1979-05-27" a number is wanted here, and this is the date 1979-05-27"#,
        ),
        ("count = 0", r#""0" a whole number of at least 1 is wanted here, and this is 0"#),
        ("count = -5", r#""-5" a whole number of at least 1 is wanted here, and this is -5"#),
        ("small = 1.5", r#""1.5" a whole number of at least 0 is wanted here, and this is 1.5"#),
        ("small = 300", r#""300" a whole number of at most 255 is wanted here, and this is 300"#),
        ("signed = 'x'", "a whole number is wanted here"),
        ("truth = 1", r#""1" true or false is wanted here, and this is 1"#),
        ("text = 1", r#""1" a text is wanted here, and this is 1"#),
        ("list = 1", r#""1" a list is wanted here, and this is 1"#),
        ("list = [1, 'x']", r#""'x'" a number is wanted here"#),
        ("table = [1]", "a table { name = value } is wanted here, and this is a list"),
        ("table.a = 'x'", r#""'x'" a number is wanted here"#),
        ("choice = 'plan'", r#""'plan'" unknown choice `plan`; did you mean `plain`?"#),
        ("choice = 'other'", r#""'other'" unknown choice `other`; there are plain, number, both"#),
        ("choice.nmber = 1", r#""nmber" unknown choice `nmber`; did you mean `number`?"#),
        ("choice = 3", r#""3" a name, or a name with parameters"#),
        ("choice = { plain = {}, number = 1 }", "this has 2: number, plain; write one alone"),
        ("choice = {}", "this has none; write { name.parameter = value }"),
        ("choice = 'both'", r#""'both'" `a` of `both` is missing; add a = ..."#),
        ("choice.plain = 1", "nothing: `plain` has no parameters is wanted here, and this is 1"),
        ("nmber = 1", r#""nmber" unknown key `nmber` of `everything`; did you mean `number`?"#),
    ] {
        let why = everything(text).unwrap_err();
        assert!(why.contains(sentence), "{text}: {why}");
    }
}

#[test]
fn a_loss_is_read_from_a_line() {
    let why = |text: &str| {
        let mistake = read_entry::<LossSpec>(text, "loss").unwrap_err();
        format!("{}; {}", mistake.message, mistake.help.unwrap_or_default())
    };
    assert!(read_entry::<LossSpec>("focal.gamma = 1", "loss").is_ok());
    assert_eq!(why("focal.gama = 1"), "unknown key `gama` of `focal`; did you mean `gamma`?");
    assert_eq!(why("focl.gama = 1"), "unknown loss `focl`; did you mean `focal`?");
    let all = LossSpec::iter().count();
    let unknown = format!("unknown loss `self_paced`; there are {all}; ");
    assert!(why("self_paced.x = 1").starts_with(&unknown));
    assert!(
        why("focal.gamma = -1")
            .starts_with("-1 is not a finite number of at least 0; write a finite")
    );
    assert!(why("label_smoothing.loss = 'focl'").starts_with("unknown loss `focl`"));
    assert!(why("weighted_cross_entropy.scheme = 'invers'").starts_with("unknown scheme `invers`"));
    assert!(
        why("focal = 2").starts_with(
            "a table of parameters { parameter = value } is wanted here, and this is 2"
        )
    );
    assert!(
        why("focal.alpha = 'x'").starts_with(
            "a number from 0 to 1, or a list with one weight for each class is wanted"
        )
    );
}
