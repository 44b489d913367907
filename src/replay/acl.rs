//! Lists of privileges (`acl.c`): what can be granted on what, and how a list changes. Who granted something
//! is not kept, and the owner of an object is in none of its lists.

use pg_query::protobuf::ObjectType;

use crate::catalog::kind::Grant;
use crate::catalog::{Facts, Kind};
use crate::sql::Ident;

/// Whom PUBLIC stands for.
pub(super) const PUBLIC: &str = "public";

/// The words of GRANT for an object of a sort (`ACL_ALL_RIGHTS_…`); none for what is not granted, or what
/// the model does not hold.
pub(super) fn all_rights(sort: ObjectType, version: u32) -> Vec<&'static str> {
    match sort {
        ObjectType::ObjectTable => {
            let mut words = vec!["delete", "insert", "references", "select", "trigger", "truncate", "update"];
            words.extend((version >= 17).then_some("maintain"));
            words
        }
        ObjectType::ObjectColumn => vec!["insert", "references", "select", "update"],
        ObjectType::ObjectSequence => vec!["select", "update", "usage"],
        ObjectType::ObjectDatabase => vec!["connect", "create", "temporary"],
        ObjectType::ObjectSchema => vec!["create", "usage"],
        ObjectType::ObjectTablespace => vec!["create"],
        ObjectType::ObjectLargeobject => vec!["select", "update"],
        ObjectType::ObjectParameterAcl => vec!["alter system", "set"],
        ObjectType::ObjectFunction
        | ObjectType::ObjectProcedure
        | ObjectType::ObjectRoutine
        | ObjectType::ObjectAggregate => vec!["execute"],
        ObjectType::ObjectType
        | ObjectType::ObjectDomain
        | ObjectType::ObjectLanguage
        | ObjectType::ObjectFdw
        | ObjectType::ObjectForeignServer => vec!["usage"],
        _ => Vec::new(),
    }
}

/// What the words of GRANT call things of a kind; none where nothing is granted on them.
pub(super) fn sort_of(facts: &Facts) -> Option<ObjectType> {
    facts.privileges()?;
    match facts.kind() {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::ForeignTable => Some(ObjectType::ObjectTable),
        Kind::Sequence => Some(ObjectType::ObjectSequence),
        Kind::Column => Some(ObjectType::ObjectColumn),
        Kind::Function | Kind::Procedure | Kind::Aggregate => Some(ObjectType::ObjectRoutine),
        Kind::Schema => Some(ObjectType::ObjectSchema),
        Kind::Language => Some(ObjectType::ObjectLanguage),
        Kind::ForeignDataWrapper => Some(ObjectType::ObjectFdw),
        Kind::ForeignServer => Some(ObjectType::ObjectForeignServer),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType => Some(ObjectType::ObjectType),
        _ => None,
    }
}

/// Gives a role these privileges (`aclupdate()`).
pub(super) fn grant(grants: &mut Vec<Grant>, grantee: &Ident, words: &[String], with_option: bool) {
    let known = grants.iter().position(|grant| grant.grantee == *grantee);
    let at = known.unwrap_or_else(|| {
        grants.push(Grant { grantee: grantee.clone(), privileges: Vec::new() });
        grants.len() - 1
    });
    for word in words {
        match grants[at].privileges.iter_mut().find(|(known, _)| known == word) {
            Some((_, option)) => *option |= with_option,
            None => grants[at].privileges.push((word.clone(), with_option)),
        }
    }
    tidy(grants);
}

/// Takes these privileges from a role, or only the right to pass them on (`aclupdate()`).
pub(super) fn revoke(grants: &mut Vec<Grant>, grantee: &Ident, words: &[String], only_option: bool) {
    for grant in grants.iter_mut().filter(|grant| grant.grantee == *grantee) {
        if only_option {
            grant
                .privileges
                .iter_mut()
                .filter(|(word, _)| words.contains(word))
                .for_each(|(_, option)| *option = false);
        } else {
            grant.privileges.retain(|(word, _)| !words.contains(word));
        }
    }
    tidy(grants);
}

/// Both together (`aclmerge()`).
pub(super) fn merge(grants: &mut Vec<Grant>, others: &[Grant]) {
    for other in others {
        for (word, option) in &other.privileges {
            grant(grants, &other.grantee, std::slice::from_ref(word), *option);
        }
    }
}

/// The same with another name for a role; what two roles had, one has.
pub(super) fn rename(grants: &mut Vec<Grant>, from: &Ident, to: &Ident) {
    for grant in grants.iter_mut().filter(|grant| grant.grantee == *from) {
        grant.grantee = to.clone();
    }
    let all = std::mem::take(grants);
    merge(grants, &all);
}

/// Sorted, and without those that hold nothing.
fn tidy(grants: &mut Vec<Grant>) {
    grants.retain(|grant| !grant.privileges.is_empty());
    grants.iter_mut().for_each(|grant| grant.privileges.sort());
    grants.sort();
}
