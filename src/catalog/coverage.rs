//! What a source has looked at, so that what it does not hold is known to be absent.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, Kind, Object, ObjectId, Origin};
use crate::sql::Ident;

/// The places where a catalog is complete.
#[derive(Clone, Debug)]
pub enum Coverage {
    /// All that the model knows of: a server, or a replay.
    Everything,
    /// Only what is claimed: a spec.
    Claimed(Claims),
}

#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// "These are all the objects of that kind under that parent", and the place that says so.
    /// What has no parent has the key `None`.
    pub listed: BTreeMap<(Kind, Option<ObjectId>), Origin>,
    /// What must not be there, of all that is: as what it was named, and the place that says so.
    pub forbidden: BTreeMap<ObjectId, (Kind, Origin)>,
    /// What need not be listed to be there.
    pub allowed: BTreeSet<ObjectId>,
    /// Objects that were spoken of only because a pattern selected them: something is expected of
    /// them if they are there, but nobody said that they should be.
    pub by_pattern: BTreeSet<ObjectId>,
}

/// Why an absence is stated, and where.
#[derive(Clone, Copy, Debug)]
pub enum Claim<'a> {
    /// It is not among those listed here.
    Listed(&'a Origin),
    /// It is forbidden here.
    Forbidden(&'a Origin),
    /// The whole source has been read, and it is not there.
    Read,
}

impl Coverage {
    /// Whether this source has looked where `id` would be.
    pub fn claim(&self, kind: Kind, id: &ObjectId) -> Option<Claim<'_>> {
        let claims = match self {
            Self::Everything => return Some(Claim::Read),
            Self::Claimed(claims) => claims,
        };
        let forbidden = claims.forbidden.get(id).map(|(_, origin)| Claim::Forbidden(origin));
        forbidden.or_else(|| claims.listed.get(&(kind, id.parent())).map(Claim::Listed))
    }

    /// The claim that an object which is there should not be. What follows from another is not listed, and what
    /// all databases of a cluster share is not this one's, unless it is named.
    pub fn unexpected(&self, id: &ObjectId, object: &Object, observed: &Catalog) -> Option<Claim<'_>> {
        let kind = object.facts.kind();
        match self.claim(kind, id)? {
            Claim::Listed(_) if object.facts.goes_with(id, observed).is_some() || self.allows(id) => None,
            Claim::Read if kind.is_shared() => None,
            claim => Some(claim),
        }
    }

    /// Whether it can be there without being listed.
    fn allows(&self, id: &ObjectId) -> bool {
        matches!(self, Self::Claimed(claims) if claims.allowed.contains(id))
    }

    /// As what something must not be there, and the place that says so.
    pub fn forbids(&self, id: &ObjectId) -> Option<&(Kind, Origin)> {
        match self {
            Self::Everything => None,
            Self::Claimed(claims) => claims.forbidden.get(id),
        }
    }

    /// Whether an object that is spoken of is also said to belong there.
    pub fn lists(&self, id: &ObjectId) -> bool {
        match self {
            Self::Everything => true,
            Self::Claimed(claims) => !claims.by_pattern.contains(id),
        }
    }
}

/// A name in which `*` stands for any characters and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where it can stand for more than one name.
    pub fn is_glob(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    pub fn matches(&self, name: &Ident) -> bool {
        self.matches_text(name.as_str())
    }

    /// Greedy with one step back to the last `*`, so the time is at most the product of the lengths.
    pub fn matches_text(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        let (mut p, mut n) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    retry = Some((p + 1, n));
                    p += 1;
                }
                Some(c) if *c == '?' || *c == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some((after_star, tried)) = retry else { return false };
                    retry = Some((after_star, tried + 1));
                    (p, n) = (after_star, tried + 1);
                }
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expected: bool) {
        assert_eq!(Pattern::new(pattern).matches_text(name), expected, "{pattern} against {name}");
    }

    #[test]
    fn patterns() {
        check("users", "users", true);
        check("users", "Users", false);
        check("*", "", true);
        check("*migration*", "v_migration_metrics", true);
        check("tmp_*_?", "tmp_a_b_c", true);
        check("tmp_*_?", "tmp_a_", false);
        check("*a*a*a*b", &"a".repeat(200), false);
        check("é?", "éé", true);
    }
}
