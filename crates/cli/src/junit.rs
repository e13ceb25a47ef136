//! Results as JUnit XML, as CI servers read it.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// One thing that was checked.
pub(crate) struct TestCase {
    /// What it is about.
    pub(crate) suite: String,
    /// What was checked.
    pub(crate) name: String,
    /// What went wrong, a sentence each; empty if nothing did.
    pub(crate) failures: Vec<String>,
    /// Why nothing was checked.
    pub(crate) skipped: Option<String>,
}

/// The document for all cases; cases of one suite stand together.
pub(crate) fn document(cases: &[TestCase]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, cases).expect("writing to memory cannot fail");
    let mut text = String::from_utf8(writer.into_inner()).expect("all that is written is UTF-8");
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, cases: &[TestCase]) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = tallies(cases);
    let all = writer.create_element("testsuites").with_attribute(("name", "longtail check"));
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

/// Tests, failures, skipped.
fn tallies(cases: &[TestCase]) -> [String; 3] {
    let count = |which: &dyn Fn(&TestCase) -> bool| {
        cases.iter().filter(|case| which(case)).count().to_string()
    };
    [
        count(&|_| true),
        count(&|case| !case.failures.is_empty()),
        count(&|case| case.skipped.is_some()),
    ]
}

fn attributes(tallies: &[String; 3]) -> impl Iterator<Item = (&str, &str)> {
    ["tests", "failures", "skipped"].into_iter().zip(tallies.iter().map(String::as_str))
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &TestCase) -> std::io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", &*case.suite))
        .with_attribute(("name", &*case.name));
    if let Some(why) = &case.skipped {
        let skipped = |writer: &mut Writer<Vec<u8>>| {
            writer.create_element("skipped").with_attribute(("message", &**why)).write_empty()?;
            Ok(())
        };
        element.write_inner_content(skipped)?;
    } else if case.failures.is_empty() {
        element.write_empty()?;
    } else {
        let failure = |writer: &mut Writer<Vec<u8>>| {
            writer
                .create_element("failure")
                .with_attribute(("message", &*case.failures[0]))
                .write_text_content(BytesText::new(&case.failures.join("\n")))?;
            Ok(())
        };
        element.write_inner_content(failure)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_xml_would_interpret_is_escaped() {
        let case = |name: &str, failures: &[&str], skipped: Option<&str>| TestCase {
            suite: "focal".to_owned(),
            name: name.to_owned(),
            failures: failures.iter().map(|&failure| failure.to_owned()).collect(),
            skipped: skipped.map(str::to_owned),
        };
        let cases = [
            case("slopes", &[], None),
            case("golden", &["1 < 2 & \"quoted\"", "more"], None),
            case("client", &[], Some("no <b>")),
        ];
        assert_eq!(
            document(&cases),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="longtail check" tests="3" failures="1" skipped="1">
  <testsuite name="focal" tests="3" failures="1" skipped="1">
    <testcase classname="focal" name="slopes"/>
    <testcase classname="focal" name="golden">
      <failure message="1 &lt; 2 &amp; &quot;quoted&quot;">1 &lt; 2 &amp; &quot;quoted&quot;
more</failure>
    </testcase>
    <testcase classname="focal" name="client">
      <skipped message="no &lt;b&gt;"/>
    </testcase>
  </testsuite>
</testsuites>
"#
        );
    }
}
