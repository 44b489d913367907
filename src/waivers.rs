//! Findings that a spec waives are taken out of the verdict, and waivers that do no good become findings.

use crate::catalog::ObjectId;
use crate::catalog::coverage::Pattern;
use crate::findings::{Finding, Severity};
use crate::spec::waiver::{Date, Waiver};

/// A finding that is put up with, and why.
#[derive(Clone, Debug)]
pub struct Waived {
    pub finding: Finding,
    pub waiver: Waiver,
}

/// Parts the findings from those that are waived on a day.
pub fn apply(findings: Vec<Finding>, waivers: &[Waiver], today: Date) -> (Vec<Finding>, Vec<Waived>) {
    // What is said of the others is known only when they are done.
    let (of_waivers, others): (Vec<&Waiver>, Vec<&Waiver>) =
        waivers.iter().partition(|waiver| waiver.finding.text.starts_with(ITSELF));
    let mut round = Round { today, kept: Vec::new(), waived: Vec::new() };
    let said = round.pass(findings, &others);
    let said = round.pass(said, &of_waivers);
    round.kept.extend(said);
    (round.kept, round.waived)
}

/// What the codes about waivers begin with.
const ITSELF: &str = "waiver::";

struct Round {
    today: Date,
    kept: Vec<Finding>,
    waived: Vec<Waived>,
}

impl Round {
    /// Parts some findings by some waivers, and returns what there is to say about these.
    fn pass(&mut self, findings: Vec<Finding>, waivers: &[&Waiver]) -> Vec<Finding> {
        let mut uses = vec![0; waivers.len()];
        for finding in findings {
            let mut by = None;
            for (waiver, uses) in waivers.iter().zip(&mut uses).filter(|(waiver, _)| covers(waiver, &finding)) {
                *uses += 1;
                if !self.is_over(waiver) {
                    by = by.or(Some(*waiver));
                }
            }
            match by {
                Some(waiver) => self.waived.push(Waived { finding, waiver: waiver.clone() }),
                None => self.kept.push(finding),
            }
        }
        waivers.iter().zip(uses).filter_map(|(waiver, uses)| self.complaint(waiver, uses)).collect()
    }

    fn is_over(&self, waiver: &Waiver) -> bool {
        waiver.expires.as_ref().is_some_and(|expires| expires.date < self.today)
    }

    fn complaint(&self, waiver: &Waiver, uses: usize) -> Option<Finding> {
        let (code, object) = (&waiver.finding.text, &waiver.object.text);
        let (last, severity, what, help, place) = match &waiver.expires {
            Some(expires) if self.is_over(waiver) => {
                let what = format!("expired on {}", expires.date);
                let help = match uses {
                    0 => "nothing would need it any more: take it out",
                    _ => "what it was for counts again: mend that, or give the waiver another date",
                };
                ("expired", Severity::Error, what, help, &expires.place)
            }
            _ if uses == 0 => {
                let help = "take it out; or is the code, or the name, another one?";
                ("unused", Severity::Warning, "matches no finding".to_owned(), help, &waiver.place)
            }
            _ => return None,
        };
        let message = format!("the waiver of {code} for {object} {what}");
        Some(Finding {
            notes: vec![said(waiver)],
            help: Some(help.to_owned()),
            waiver: Some(object.clone()),
            ..Finding::new(format!("{ITSELF}{last}"), severity, message, place.clone())
        })
    }
}

/// Why, and by whom.
pub fn said(waiver: &Waiver) -> String {
    match &waiver.owner {
        Some(owner) => format!("{} ({owner})", waiver.reason),
        None => waiver.reason.clone(),
    }
}

/// What a server would refuse, and what is wrong with waivers, is only meant by who says so.
fn covers(waiver: &Waiver, finding: &Finding) -> bool {
    let code = &waiver.finding.text;
    let has_to_be_named = ["replay::", ITSELF].iter().any(|prefix| finding.code.starts_with(prefix));
    let code_fits =
        if has_to_be_named { *code == finding.code } else { Pattern::new(code).matches_text(&finding.code) };
    code_fits && {
        let object = Pattern::new(&waiver.object.text);
        names(finding).iter().any(|name| object.matches_text(name))
    }
}

/// All that what a finding is about can be called; nothing, where that is no one thing.
fn names(finding: &Finding) -> Vec<String> {
    let subject = finding.assertion.as_ref().map(|assertion| &assertion.name).or(finding.waiver.as_ref());
    match (&finding.object, subject) {
        (Some((_, id)), _) => names_of(id),
        (None, Some(name)) => vec![name.clone()],
        (None, None) => vec![String::new()],
    }
}

/// As reports write it and as specs do, with the schema and without.
fn names_of(id: &ObjectId) -> Vec<String> {
    let plain: Vec<&str> = id.path().iter().map(crate::sql::Ident::as_str).collect();
    let mut names = vec![id.to_string(), plain.join(".")];
    if let (Some(schema), true) = (id.schema(), id.path().len() > 1) {
        let short = |name: &String, schema: &str| name.strip_prefix(&format!("{schema}.")).map(str::to_owned);
        let shorter = [short(&names[0], &schema.to_string()), short(&names[1], schema.as_str())];
        names.extend(shorter.into_iter().flatten());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Class, Kind, Origin};
    use crate::findings::Asserted;
    use crate::spec::document::Name;
    use crate::spec::waiver::Expiry;
    use crate::sql::{Ident, TypeName};

    fn waiver(finding: &str, object: &str, expires: Option<&str>) -> Waiver {
        let name = |text: &str| Name { text: text.into(), place: Origin::Server };
        let expiry = |text| Expiry { date: Date::parse(text).unwrap(), place: Origin::Server };
        Waiver {
            finding: name(finding),
            object: name(object),
            reason: "load test".into(),
            owner: Some("platform".into()),
            expires: expires.map(expiry),
            place: Origin::Server,
        }
    }

    fn index(name: &str) -> ObjectId {
        ObjectId::in_schema(Class::Relation, &Ident::from("public"), &Ident::from("Jobs"))
            .part(Class::Index, &Ident::from(name))
    }

    fn finding(code: &str, object: Option<ObjectId>) -> Finding {
        let object = object.map(|id| (Kind::Index, id));
        Finding { object, ..Finding::new(code, Severity::Error, "…", Origin::Server) }
    }

    /// What is left, and how many are waived.
    fn left(findings: &[Finding], waivers: &[Waiver]) -> (Vec<String>, usize) {
        let (kept, waived) = apply(findings.to_vec(), waivers, Date::parse("2026-11-29").unwrap());
        (
            kept.into_iter().map(|finding| format!("{} {}", finding.severity.word(), finding.code)).collect(),
            waived.len(),
        )
    }

    const CODE: &str = "drift::index::unexpected";

    #[track_caller]
    fn waives(code: &str, object: &str, id: ObjectId, expected: bool) {
        let left = left(&[finding(CODE, Some(id))], &[waiver(code, object, None)]);
        assert_eq!(left.1 == 1, expected, "{code} {object}: {left:?}");
        assert_eq!(left.0.contains(&"warning waiver::unused".to_owned()), !expected);
    }

    #[test]
    fn names_are_those_of_reports_and_of_specs() {
        for object in [
            "public.\"Jobs\".tmp_a",
            "\"Jobs\".tmp_a",
            "public.Jobs.tmp_a",
            "Jobs.tmp_a",
            "Jobs.tmp_?",
            "*.tmp_*",
            "*",
            "public.*",
        ] {
            waives(CODE, object, index("tmp_a"), true);
        }
        for object in ["tmp_a", "jobs.tmp_a", "Jobs", "app.Jobs.tmp_a", "Jobs.tmp_", ""] {
            waives(CODE, object, index("tmp_a"), false);
        }
        waives("drift::index::*", "*", index("a"), true);
        waives("drift::*", "*", index("a"), true);
        waives("drift::index", "*", index("a"), false);
        waives("drift::table::*", "*", index("a"), false);
        waives(CODE, "public", ObjectId::top(Class::Schema, &Ident::from("public")), true);
        let routine = |args| ObjectId::call(Class::Routine, &Ident::from("app"), &Ident::from("f"), args);
        let integer = || vec![TypeName::parse("int").unwrap()];
        waives(CODE, "app.f(integer)", routine(integer()), true);
        waives(CODE, "f(integer)", routine(integer()), true);
        waives(CODE, "app.f", routine(integer()), true);
        waives(CODE, "f(text)", routine(integer()), false);
    }

    #[test]
    fn a_waiver_counts_up_to_its_last_day() {
        let found = [finding(CODE, Some(index("a")))];
        for date in ["2026-11-29", "2026-11-30", "2027-01-31"] {
            assert_eq!(left(&found, &[waiver(CODE, "*", Some(date))]), (vec![], 1), "{date}");
        }
        let expired = |findings: &[Finding]| left(findings, &[waiver(CODE, "*", Some("2026-11-28"))]);
        let (drift, over) = (format!("error {CODE}"), "error waiver::expired".to_owned());
        assert_eq!(expired(&found), (vec![drift, over.clone()], 0));
        assert_eq!(expired(&[]), (vec![over], 0));
    }

    #[test]
    fn two_that_cover_the_same_are_both_used() {
        let found = [finding(CODE, Some(index("a")))];
        let waivers = [waiver(CODE, "*", Some("2026-11-28")), waiver("drift::*", "*", None), waiver(CODE, "*", None)];
        assert_eq!(left(&found, &waivers), (vec!["error waiver::expired".into()], 1));
    }

    #[test]
    fn refusals_and_waivers_have_to_be_named() {
        let refused = [finding("replay::42P01", None)];
        let unused = "warning waiver::unused".to_owned();
        assert_eq!(left(&refused, &[waiver("replay::42P01", "*", None)]), (vec![], 1));
        let kept = (vec!["error replay::42P01".into(), unused.clone()], 0);
        assert_eq!(left(&refused, &[waiver("replay::*", "*", None)]), kept);
        assert_eq!(left(&refused, &[waiver("*", "*", None)]), kept);
        let idle = || waiver(CODE, "Jobs.tmp_*", None);
        assert_eq!(left(&[], &[idle(), waiver("waiver::unused", "Jobs.*", None)]), (vec![], 1));
        assert_eq!(left(&[], &[idle(), waiver("*::unused", "*", None)]), (vec![unused.clone(), unused.clone()], 0));
        assert_eq!(left(&[], &[waiver("waiver::unused", "*", None)]), (vec![unused], 0));
    }

    #[test]
    fn assertions_are_known_by_their_names() {
        let asserted = Asserted { name: "every user is there".into(), ..Asserted::default() };
        let failed = Finding { assertion: Some(asserted), ..finding("assertion::failed", None) };
        assert_eq!(left(std::slice::from_ref(&failed), &[waiver("assertion::*", "every user *", None)]).1, 1);
        assert_eq!(left(&[failed], &[waiver("assertion::*", "no user *", None)]).1, 0);
    }
}
