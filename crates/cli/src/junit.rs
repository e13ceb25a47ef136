//! Results as JUnit XML, as CI servers read it.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// One thing that was checked.
pub(crate) struct TestCase {
    /// What it is about.
    pub(crate) suite: String,
    /// What was checked.
    pub(crate) name: String,
    /// What became of it.
    pub(crate) outcome: TestOutcome,
}

/// What became of a check.
pub(crate) enum TestOutcome {
    /// Nothing was wrong.
    Passed,
    /// What was wrong, a sentence each.
    Failed(Vec<String>),
    /// Why it could not be done.
    Error(String),
    /// Why it was not done.
    Skipped(String),
}

impl TestOutcome {
    /// Failed if there are failures.
    pub(crate) fn of(failures: Vec<String>) -> Self {
        if failures.is_empty() { TestOutcome::Passed } else { TestOutcome::Failed(failures) }
    }
}

/// The document of `command` for all cases; cases of one suite stand together.
pub(crate) fn document(command: &str, cases: &[TestCase]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, command, cases).expect("writing to memory cannot fail");
    let mut text = String::from_utf8(writer.into_inner()).expect("all that is written is UTF-8");
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, command: &str, cases: &[TestCase]) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = tallies(cases);
    let all = writer.create_element("testsuites").with_attribute(("name", command));
    all.with_attributes(attributes(&total)).write_inner_content(|writer| {
        for suite in cases.chunk_by(|a, b| a.suite == b.suite) {
            let element =
                writer.create_element("testsuite").with_attribute(("name", &*suite[0].suite));
            let tallies = tallies(suite);
            element.with_attributes(attributes(&tallies)).write_inner_content(|writer| {
                suite.iter().try_for_each(|case| write_case(writer, case))
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Tests, failures, errors, skipped.
fn tallies(cases: &[TestCase]) -> [String; 4] {
    let count = |which: &dyn Fn(&TestOutcome) -> bool| {
        cases.iter().filter(|case| which(&case.outcome)).count().to_string()
    };
    [
        count(&|_| true),
        count(&|outcome| matches!(outcome, TestOutcome::Failed(_))),
        count(&|outcome| matches!(outcome, TestOutcome::Error(_))),
        count(&|outcome| matches!(outcome, TestOutcome::Skipped(_))),
    ]
}

fn attributes(tallies: &[String; 4]) -> impl Iterator<Item = (&str, &str)> {
    ["tests", "failures", "errors", "skipped"].into_iter().zip(tallies.iter().map(String::as_str))
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &TestCase) -> std::io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", &*case.suite))
        .with_attribute(("name", &*case.name));
    let (kind, message, text) = match &case.outcome {
        TestOutcome::Passed => {
            element.write_empty()?;
            return Ok(());
        }
        TestOutcome::Failed(failures) => {
            ("failure", failures.first().map_or("", String::as_str), failures.join("\n"))
        }
        TestOutcome::Error(why) => ("error", &**why, why.clone()),
        TestOutcome::Skipped(why) => ("skipped", &**why, String::new()),
    };
    element.write_inner_content(|writer| {
        let told = writer.create_element(kind).with_attribute(("message", message));
        if text.is_empty() {
            told.write_empty()?;
        } else {
            told.write_text_content(BytesText::new(&text))?;
        }
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_xml_would_interpret_is_escaped() {
        let case = |name: &str, outcome: TestOutcome| TestCase {
            suite: "focal".to_owned(),
            name: name.to_owned(),
            outcome,
        };
        let failures = ["1 < 2 & \"quoted\"", "more"].map(str::to_owned).to_vec();
        let cases = [
            case("slopes", TestOutcome::of(Vec::new())),
            case("golden", TestOutcome::of(failures)),
            case("client", TestOutcome::Skipped("no <b>".to_owned())),
            case("crash", TestOutcome::Error("it ended".to_owned())),
        ];
        assert_eq!(
            document("longtail check", &cases),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="longtail check" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="focal" tests="4" failures="1" errors="1" skipped="1">
    <testcase classname="focal" name="slopes"/>
    <testcase classname="focal" name="golden">
      <failure message="1 &lt; 2 &amp; &quot;quoted&quot;">1 &lt; 2 &amp; &quot;quoted&quot;
more</failure>
    </testcase>
    <testcase classname="focal" name="client">
      <skipped message="no &lt;b&gt;"/>
    </testcase>
    <testcase classname="focal" name="crash">
      <error message="it ended">it ended</error>
    </testcase>
  </testsuite>
</testsuites>
"#
        );
    }
}
