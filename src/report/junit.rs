//! `JUnit` XML, which most CIs show: a suite for each table, a case for each thing that was looked at. Its schema is
//! the one of Jenkins, which has the fewest attributes.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Report;
use super::outcome::{self, Case, Outcome, Suite};
use super::told::Told;
use super::untrusted::Untrusted;

pub(super) fn render(report: &Report<'_>) -> String {
    let told = report.told();
    let suites = outcome::suites(report, &told);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Nothing fails that is written to memory.
    let _ = document(&mut writer, &suites, report);
    String::from_utf8(writer.into_inner()).unwrap_or_default() + "\n"
}

type Xml = Writer<Vec<u8>>;

fn document(xml: &mut Xml, suites: &[Suite<'_>], report: &Report<'_>) -> std::io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = Counts::of(suites.iter().flat_map(|suite| &suite.cases), report);
    let (tests, failures) = (all.tests.to_string(), all.failures.to_string());
    xml.create_element("testsuites")
        .with_attributes([("name", "schema-check"), ("tests", &tests), ("failures", &failures), ("errors", "0")])
        .write_inner_content(|xml| suites.iter().try_for_each(|suite| test_suite(xml, suite, report)))?;
    Ok(())
}

struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counts {
    fn of<'c, 'a: 'c>(cases: impl Iterator<Item = &'c Case<'a>>, report: &Report<'_>) -> Self {
        let mut counts = Self { tests: 0, failures: 0, skipped: 0 };
        for case in cases {
            counts.tests += 1;
            match &case.outcome {
                Outcome::Failed(_) => counts.failures += 1,
                Outcome::NotCovered(_) if report.is_strict => counts.failures += 1,
                Outcome::Skipped(_) | Outcome::NotCovered(_) => counts.skipped += 1,
                Outcome::Passed | Outcome::Tolerated(_) => {}
            }
        }
        counts
    }
}

fn test_suite(xml: &mut Xml, suite: &Suite<'_>, report: &Report<'_>) -> std::io::Result<()> {
    let counts = Counts::of(suite.cases.iter(), report);
    let [tests, failures, skipped] = [counts.tests, counts.failures, counts.skipped].map(|count| count.to_string());
    let heading = suite.heading.xml_attribute();
    xml.create_element("testsuite")
        .with_attributes([
            ("name", heading.as_str()),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", "0"),
            ("skipped", &skipped),
        ])
        .write_inner_content(|xml| suite.cases.iter().try_for_each(|case| test_case(xml, &heading, case, report)))?;
    Ok(())
}

fn test_case(xml: &mut Xml, heading: &str, case: &Case<'_>, report: &Report<'_>) -> std::io::Result<()> {
    let name = case.name.xml_attribute();
    let element = xml.create_element("testcase").with_attributes([("name", name.as_str()), ("classname", heading)]);
    match &case.outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Tolerated(found) => element.write_inner_content(|xml| {
            xml.create_element("system-out").write_text_content(escaped(&text(found)))?;
            Ok(())
        })?,
        Outcome::Failed(found) => {
            let worst = found.iter().min_by_key(|told| std::cmp::Reverse(told.severity()));
            let (code, message) = worst.map_or(("", String::new()), |told| (told.code(), told.message.xml_attribute()));
            element.write_inner_content(|xml| failure(xml, code, &message, &text(found)))?
        }
        Outcome::NotCovered(why) if report.is_strict => {
            element.write_inner_content(|xml| failure(xml, "not covered", &why.xml_attribute(), ""))?
        }
        Outcome::Skipped(why) | Outcome::NotCovered(why) => element.write_inner_content(|xml| {
            xml.create_element("skipped").with_attribute(("message", why.xml_attribute().as_str())).write_empty()?;
            Ok(())
        })?,
    };
    Ok(())
}

fn failure(xml: &mut Xml, code: &str, message: &str, text: &str) -> std::io::Result<()> {
    let element = xml.create_element("failure").with_attributes([("type", code), ("message", message)]);
    element.write_text_content(escaped(text))?;
    Ok(())
}

/// With references for line breaks, so that no line begins with what stands behind one: a runner of GitHub Actions
/// would read it.
fn escaped(text: &str) -> BytesText<'static> {
    BytesText::from_escaped(quick_xml::escape::escape(text).replace('\n', "&#10;"))
}

fn text(found: &[&Told<'_>]) -> String {
    let one = |told: &&Told<'_>| outcome::lines(told).iter().map(Untrusted::xml_text).collect::<Vec<_>>().join("\n");
    found.iter().map(one).collect::<Vec<_>>().join("\n\n")
}
