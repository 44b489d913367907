//! `JUnit` XML, which most CIs show: a suite for each table, a case for each thing that was looked at.

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use super::outcome::{self, Case, Outcome};
use super::told::Told;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut xml = Xml::new("schema-check");
    let told = report.told();
    for suite in outcome::suites(report, &told) {
        let heading = suite.heading.xml();
        let mut of_suite = TestSuite::new(heading.as_str());
        for case in suite.cases {
            of_suite.add_test_case(test_case(report, &heading, &case));
        }
        xml.add_test_suite(of_suite);
    }
    // It fails only for bytes that are not UTF-8, and these are.
    xml.to_string().unwrap_or_default()
}

fn test_case(report: &Report<'_>, heading: &str, case: &Case<'_>) -> TestCase {
    let status = match &case.outcome {
        Outcome::Passed | Outcome::Tolerated(_) => TestCaseStatus::success(),
        Outcome::Failed(found) => failure(found),
        Outcome::NotCovered(why) if report.is_strict => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("not covered").set_message(why.xml());
            status
        }
        Outcome::Skipped(why) | Outcome::NotCovered(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.xml());
            status
        }
    };
    let mut test_case = TestCase::new(case.name.xml(), status);
    test_case.set_classname(heading);
    match &case.outcome {
        Outcome::Tolerated(found) => {
            test_case.set_system_out(text(found));
        }
        Outcome::Failed(found) => {
            if let Some(place) = found.first().and_then(|told| told.main_place()) {
                test_case.extra.insert("file".into(), place.path.xml().into());
                test_case.extra.insert("line".into(), place.line.to_string().into());
            }
        }
        Outcome::Passed | Outcome::Skipped(_) | Outcome::NotCovered(_) => {}
    }
    test_case
}

fn failure(found: &[&Told<'_>]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    if let Some(first) = found.iter().max_by_key(|told| told.severity()) {
        status.set_type(first.code()).set_message(first.message.xml());
    }
    status.set_description(text(found));
    status
}

fn text(found: &[&Told<'_>]) -> String {
    let one = |told: &&Told<'_>| outcome::lines(told).iter().map(|line| line.xml()).collect::<Vec<_>>().join("\n");
    found.iter().map(one).collect::<Vec<_>>().join("\n\n")
}
