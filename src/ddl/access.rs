//! Comments, owners and privileges of whatever has them.

use super::{Printer, Turn, list, literal};
use crate::catalog::kind::Grant;
use crate::catalog::{Class, Facts, Kind, Object, ObjectId, Value};
use crate::sql::Ident;

impl Printer<'_> {
    /// What can be said of any object. Where there is no statement that makes it, it is part of another.
    pub(super) fn access(&mut self, id: &ObjectId, object: &Object, is_made: bool) {
        let kind = object.facts.kind();
        if kind == Kind::Role {
            return;
        }
        if kind == Kind::DefaultPrivileges {
            self.default_privileges(id, &object.facts);
            return;
        }
        let Some(words) = self.words(id, kind) else { return };
        let attributes = object.facts.attributes();
        let comment = attributes.into_iter().find(|(definition, _)| definition.name == "comment").and_then(|(_, v)| v);
        let usual = (id.class() == Class::Schema && *id.name() == "public").then_some("standard public schema");
        match comment {
            Some((Value::Text(text), _)) if Some(text.as_str()) != usual => {
                self.change(Turn::Comment, id, Vec::new(), format!("COMMENT ON {words} IS {}", literal(&text)));
            }
            // An extension brings one of its own.
            Some((Value::Null, _)) if usual.is_some() || kind == Kind::Extension => {
                self.change(Turn::Comment, id, Vec::new(), format!("COMMENT ON {words} IS NULL"));
            }
            _ => {}
        }
        let owned_along =
            matches!(&object.facts, Facts::Sequence(sequence) if matches!(sequence.owned_by.get(), Some(Some(_))));
        if let Some(owner) = object.facts.owner().and_then(|owner| owner.get()).filter(|_| is_made && !owned_along)
            && *owner != "pg_database_owner"
            && !matches!(kind, Kind::Extension)
        {
            self.change(Turn::Owner, id, Vec::new(), format!("ALTER {words} OWNER TO {owner}"));
        }
        self.grants(id, object, &words);
    }

    fn grants(&mut self, id: &ObjectId, object: &Object, words: &str) {
        let Some(wanted) = object.facts.privileges().and_then(|privileges| privileges.get()) else { return };
        let kind = object.facts.kind();
        let usual = match kind {
            Kind::Schema if *id.name() == "public" => public_schema(self.catalog.version),
            _ => kind.built_in_privileges(),
        };
        let target = match kind {
            Kind::Column => None,
            Kind::View | Kind::MaterializedView | Kind::ForeignTable | Kind::Table => Some(format!("TABLE {id}")),
            Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType => Some(format!("TYPE {id}")),
            Kind::ForeignDataWrapper => Some(format!("FOREIGN DATA WRAPPER {}", id.name())),
            Kind::ForeignServer => Some(format!("FOREIGN SERVER {}", id.name())),
            Kind::Aggregate => Some(words.replacen("AGGREGATE", "FUNCTION", 1)),
            _ => Some(words.to_owned()),
        };
        let table = id.parent().filter(|_| kind == Kind::Column);
        let on = target.unwrap_or_else(|| table.map(|table| format!("TABLE {table}")).unwrap_or_default());
        let spelled = |word: &str| match kind {
            Kind::Column => format!("{} ({})", word.to_uppercase(), id.name()),
            _ => word.to_uppercase(),
        };
        for grant in &usual {
            let kept = wanted.iter().find(|one| one.grantee == grant.grantee);
            let lost = grant.privileges.iter().filter(|(word, _)| !kept.is_some_and(|one| has(one, word)));
            let lost: Vec<String> = lost.map(|(word, _)| spelled(word)).collect();
            if !lost.is_empty() {
                let sql = format!("REVOKE {} ON {on} FROM {}", lost.join(", "), role(&grant.grantee));
                self.change(Turn::Grant, id, Vec::new(), sql);
            }
        }
        for grant in wanted {
            let there = usual.iter().find(|one| one.grantee == grant.grantee);
            for with_option in [false, true] {
                let new = grant.privileges.iter().filter(|(word, option)| {
                    *option == with_option && (with_option || !there.is_some_and(|one| has(one, word)))
                });
                let new: Vec<String> = new.map(|(word, _)| spelled(word)).collect();
                if !new.is_empty() {
                    let option = if with_option { " WITH GRANT OPTION" } else { "" };
                    let sql = format!("GRANT {} ON {on} TO {}{option}", new.join(", "), role(&grant.grantee));
                    self.change(Turn::Grant, id, Vec::new(), sql);
                }
            }
        }
    }

    fn default_privileges(&mut self, id: &ObjectId, facts: &Facts) {
        let Facts::DefaultPrivileges(facts) = facts else { return };
        let [creator, schema, sort] = id.path() else { return };
        let for_role = if creator.as_str().is_empty() { String::new() } else { format!(" FOR ROLE {creator}") };
        let in_schema = if schema.as_str().is_empty() { String::new() } else { format!(" IN SCHEMA {schema}") };
        let on = sort.as_str().to_uppercase();
        let usual = match sort.as_str() {
            "functions" if schema.as_str().is_empty() => Kind::Function.built_in_privileges(),
            "types" if schema.as_str().is_empty() => Kind::Domain.built_in_privileges(),
            _ => Vec::new(),
        };
        let wanted = facts.privileges.get().cloned().unwrap_or_default();
        let mut say = |what: String| {
            let sql = format!("ALTER DEFAULT PRIVILEGES{for_role}{in_schema} {what};");
            self.steps.push(super::Step { turn: Turn::Grant, id: id.clone(), makes: true, sql, needs: Vec::new() });
        };
        for grant in usual.iter().filter(|grant| !wanted.iter().any(|one| one.grantee == grant.grantee)) {
            say(format!("REVOKE ALL ON {on} FROM {}", role(&grant.grantee)));
        }
        for grant in &wanted {
            for with_option in [false, true] {
                let words = grant.privileges.iter().filter(|(_, option)| *option == with_option);
                let words = list(words.map(|(word, _)| word.to_uppercase()));
                if !words.is_empty() {
                    let option = if with_option { " WITH GRANT OPTION" } else { "" };
                    say(format!("GRANT {words} ON {on} TO {}{option}", role(&grant.grantee)));
                }
            }
        }
    }

    /// An object as ALTER and COMMENT name it.
    fn words(&self, id: &ObjectId, kind: Kind) -> Option<String> {
        let parent = || id.parent().map(|parent| parent.to_string()).unwrap_or_default();
        let noun = match kind {
            Kind::Enum | Kind::Composite | Kind::Range | Kind::BaseType => "TYPE".to_owned(),
            Kind::Column => return Some(format!("COLUMN {}.{}", parent(), id.name())),
            Kind::DomainCheck => return Some(format!("CONSTRAINT {} ON DOMAIN {}", id.name(), parent())),
            Kind::PrimaryKey | Kind::Unique | Kind::Check | Kind::Exclusion | Kind::ForeignKey => {
                return Some(format!("CONSTRAINT {} ON {}", id.name(), parent()));
            }
            Kind::Policy | Kind::Trigger | Kind::Rule => {
                return Some(format!("{} {} ON {}", kind.noun().to_uppercase(), id.name(), parent()));
            }
            Kind::Index => return Some(format!("INDEX {}.{}", id.path()[0], id.name())),
            Kind::OperatorClass | Kind::OperatorFamily => {
                let noun = kind.noun().to_uppercase();
                return Some(format!("{noun} {}.{} USING {}", id.path()[0], id.name(), id.path()[1]));
            }
            Kind::Operator => {
                let args: Vec<String> = id.args().iter().map(ToString::to_string).collect();
                let args = if args.len() == 1 { format!("NONE, {}", args[0]) } else { args.join(", ") };
                return Some(format!("OPERATOR {}.{} ({args})", id.path()[0], id.name().as_str()));
            }
            Kind::Aggregate if id.args().is_empty() => return Some(format!("AGGREGATE {}(*)", id.qualified_name())),
            // With the mode said, it is not that of another one with OUT in its place.
            Kind::Procedure => {
                let args: Vec<String> = id.args().iter().map(|arg| format!("IN {arg}")).collect();
                return Some(format!("PROCEDURE {}({})", id.qualified_name(), args.join(", ")));
            }
            Kind::Statistics => "STATISTICS".to_owned(),
            Kind::ForeignDataWrapper => "FOREIGN DATA WRAPPER".to_owned(),
            Kind::ForeignServer => "SERVER".to_owned(),
            Kind::UserMapping | Kind::Role | Kind::DefaultPrivileges | Kind::Subscription => return None,
            _ => kind.noun().to_uppercase(),
        };
        Some(format!("{noun} {id}"))
    }
}

fn has(grant: &Grant, word: &str) -> bool {
    grant.privileges.iter().any(|(known, _)| known == word)
}

fn role(grantee: &Ident) -> String {
    if *grantee == "public" { "PUBLIC".to_owned() } else { grantee.to_string() }
}

/// What `template0` grants on the schema public.
fn public_schema(version: u32) -> Vec<Grant> {
    let words: &[&str] = if version >= 15 { &["usage"] } else { &["create", "usage"] };
    let privileges = words.iter().map(|word| ((*word).to_owned(), false)).collect();
    vec![Grant { grantee: "public".into(), privileges }]
}
