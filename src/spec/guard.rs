//! Whether a spec may be checked against a database at all.

use super::document::{Guard, GuardKey};
use crate::catalog::Origin;
use crate::catalog::coverage::Pattern;

/// What a live source knows of itself.
#[derive(Clone, Debug)]
pub struct Identity<'a> {
    pub host: &'a str,
    pub database: &'a str,
    /// The major version.
    pub major: u32,
}

/// A rule that a database does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub message: String,
    pub place: Origin,
}

impl Guard {
    /// The rules that `identity` does not meet.
    pub fn mismatches(&self, identity: &Identity<'_>) -> Vec<Mismatch> {
        let fits_any =
            |patterns: &[String], text: &str| patterns.iter().any(|pattern| Pattern::new(pattern).matches_text(text));
        let version_fits =
            |rule: &String| version_rule(rule).is_some_and(|(compare, wanted)| compare(&identity.major, &wanted));
        self.rules
            .iter()
            .filter_map(|rule| {
                let patterns = &rule.patterns;
                let wanted = patterns.join(" or ");
                let message = match rule.key {
                    GuardKey::Name if !fits_any(patterns, identity.database) => {
                        format!("the database is \"{}\", and the spec is for {wanted}", identity.database)
                    }
                    GuardKey::Host if !fits_any(patterns, identity.host) => {
                        format!("the host is \"{}\", and the spec is for {wanted}", identity.host)
                    }
                    GuardKey::NotHost if fits_any(patterns, identity.host) => {
                        format!("the host is \"{}\", which the spec rules out ({wanted})", identity.host)
                    }
                    GuardKey::ServerVersion if !patterns.iter().all(version_fits) => {
                        format!(
                            "the server is PostgreSQL {}, and the spec is for {}",
                            identity.major,
                            patterns.join(" and ")
                        )
                    }
                    GuardKey::Name | GuardKey::Host | GuardKey::NotHost | GuardKey::ServerVersion => return None,
                };
                Some(Mismatch { message, place: rule.place.clone() })
            })
            .collect()
    }
}

type Comparison = fn(&u32, &u32) -> bool;

/// `>=15` as a comparison and a major version.
pub(super) fn version_rule(text: &str) -> Option<(Comparison, u32)> {
    const RULES: [(&str, Comparison); 6] =
        [(">=", u32::ge), ("<=", u32::le), (">", u32::gt), ("<", u32::lt), ("==", u32::eq), ("=", u32::eq)];
    let text = text.trim();
    let (compare, number) =
        RULES.iter().find_map(|(sign, compare)| Some((*compare, text.strip_prefix(sign)?))).unwrap_or((u32::eq, text));
    number.trim().parse().ok().map(|major| (compare, major))
}
