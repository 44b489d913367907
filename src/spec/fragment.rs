//! The SQL form of an object → the whole statement that would create it.

use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::ObjectType;

use super::SectionKey;
use super::document::Text;
use crate::catalog::{Class, ObjectId};
use crate::sql::parse::{self, Packed, SyntaxError};
use crate::sql::{Ident, TypeName};

/// A statement made around a fragment, and where the parts of the fragment stand in it.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) statement: String,
    /// What the statement calls what it makes.
    name: Ident,
    /// Parts of the statement, and where each begins in the fragment.
    pieces: Vec<(Range<usize>, usize)>,
}

/// What a fragment is about.
pub(super) struct Subject<'a> {
    pub(super) section: SectionKey,
    pub(super) id: &'a ObjectId,
    /// Whether the types by which it is told from others are part of its name, not of the fragment.
    pub(super) has_args: bool,
    /// Whether what it belongs to is a foreign table.
    pub(super) of_foreign: bool,
}

impl Fragment {
    pub(super) fn new(subject: &Subject<'_>, sql: &str) -> Self {
        let mut fragment = Self { statement: String::new(), name: subject.id.name().clone(), pieces: Vec::new() };
        if subject.section.is_top() && starts_with_word(sql, "create") {
            fragment.copy(sql, 0..sql.len());
            return fragment;
        }
        let Frame { before, skip, insert } = subject.frame(sql);
        fragment.say(&before);
        match insert {
            Some((at, between)) => {
                fragment.copy(sql, skip..at);
                fragment.say(&between);
                fragment.copy(sql, at..sql.len());
            }
            None => fragment.copy(sql, skip..sql.len()),
        }
        fragment
    }

    fn say(&mut self, text: &str) {
        self.statement.push_str(text);
    }

    fn copy(&mut self, sql: &str, part: Range<usize>) {
        let start = self.statement.len();
        self.statement.push_str(&sql[part.clone()]);
        self.pieces.push((start..self.statement.len(), part.start));
    }

    /// Where a byte of the statement stands in the fragment, or the nearest one that does.
    pub(super) fn offset(&self, at: usize) -> usize {
        let piece = self.pieces.iter().find(|(piece, _)| at < piece.end).or(self.pieces.last());
        piece.map_or(0, |(piece, from)| at.clamp(piece.start, piece.end) - piece.start + from)
    }

    /// # Errors
    /// With the place in the fragment, where the statement is not SQL or does something else.
    pub(super) fn parse(&self, section: SectionKey) -> Result<Parsed, SyntaxError> {
        let at_home = |mut error: SyntaxError| {
            error.offset = error.offset.map(|at| self.offset(at));
            error
        };
        let tree = Packed::parse(&self.statement).map_err(at_home)?;
        let node = tree.statement()?;
        if makes(&node, section) {
            return Ok(Parsed { name: self.name.clone(), statement: self.statement.clone(), tree });
        }
        let word = section.word();
        let message = match &node {
            NodeEnum::AlterTableStmt(alter) if alter.cmds.len() > 1 => {
                format!("this is more than one entry of `{word}` can say")
            }
            _ => format!("this is not what an entry of `{word}` can say"),
        };
        Err(SyntaxError { message, offset: None })
    }
}

/// A fragment that was parsed as a statement about what stands in for its owner.
#[derive(Debug)]
pub(super) struct Parsed {
    name: Ident,
    statement: String,
    tree: Packed,
}

impl Parsed {
    /// The same statement about a table, and the text that its tree has its places in. None where a fragment may say
    /// itself what it is about, and of what is about no table.
    pub(super) fn about(&self, owner: &ObjectId) -> Option<(&str, NodeEnum)> {
        let mut node = self.tree.statement().ok()?;
        let relation = match &mut node {
            NodeEnum::AlterTableStmt(alter) => &mut alter.relation,
            NodeEnum::IndexStmt(index) => &mut index.relation,
            NodeEnum::CreatePolicyStmt(policy) => &mut policy.table,
            _ => return None,
        };
        let name = owner.qualified_name();
        let relation = relation.as_mut()?;
        relation.schemaname = name.schema?.as_str().to_owned();
        relation.relname = name.name.as_str().to_owned();
        Some((&self.statement, node))
    }
}

/// What makes a statement of a fragment.
#[derive(Default)]
struct Frame {
    before: String,
    /// Bytes of the fragment that are in `before`: UNIQUE stands ahead of the name.
    skip: usize,
    /// What has to be put into the fragment, and where.
    insert: Option<(usize, String)>,
}

impl Subject<'_> {
    /// The statement that reading the spec has parsed, where that differs from this one's in the owner alone.
    pub(super) fn parsed<'t>(&self, text: &'t Text) -> Option<(&'t str, NodeEnum)> {
        let is_other = self.section.is_top() || self.of_foreign;
        let parsed = text.parsed.get().filter(|parsed| !is_other && parsed.name == *self.id.name())?;
        parsed.about(&self.id.parent()?)
    }

    fn frame(&self, sql: &str) -> Frame {
        let name = self.id.name();
        let full = self.id.qualified_name();
        let owner = self.id.parent().map(|parent| parent.qualified_name().to_string()).unwrap_or_default();
        let lead = |word: &str| if starts_with_word(sql, word) { lead_length(sql, word) } else { 0 };
        let plain = |before: String| Frame { before, ..Frame::default() };
        let table = if self.of_foreign { "FOREIGN TABLE" } else { "TABLE" };
        let args = || self.id.args().iter().map(TypeName::to_string).collect::<Vec<_>>().join(", ");
        match self.section {
            SectionKey::Schemas => plain(format!("CREATE SCHEMA {name} ")),
            SectionKey::Roles => plain(format!("CREATE ROLE {name} ")),
            SectionKey::Languages => plain(format!("CREATE LANGUAGE {name} ")),
            SectionKey::AccessMethods => plain(format!("CREATE ACCESS METHOD {name} ")),
            SectionKey::Extensions => plain(format!("CREATE EXTENSION {name} ")),
            SectionKey::Collations => plain(format!("CREATE COLLATION {full} ")),
            SectionKey::Conversions => match lead("default") {
                0 => plain(format!("CREATE CONVERSION {full} ")),
                skip => Frame { before: format!("CREATE DEFAULT CONVERSION {full} "), skip, insert: None },
            },
            SectionKey::Types => match lead("domain") {
                0 => plain(format!("CREATE TYPE {full} AS ")),
                skip => Frame { before: format!("CREATE DOMAIN {full} AS "), skip, insert: None },
            },
            SectionKey::DomainConstraints => plain(format!("ALTER DOMAIN {owner} ADD CONSTRAINT {name} ")),
            SectionKey::Sequences => plain(format!("CREATE SEQUENCE {full} ")),
            SectionKey::Functions | SectionKey::Procedures | SectionKey::Aggregates => {
                let noun = self.section.kinds()[0].noun().to_uppercase();
                // A definition in parentheses would be taken for the arguments.
                let writes_args = sql.trim_start().starts_with('(') && self.section != SectionKey::Aggregates;
                let args = if self.has_args && !writes_args { format!("({}) ", args()) } else { " ".to_owned() };
                plain(format!("CREATE {noun} {full}{args}"))
            }
            SectionKey::Operators => {
                let schema = full.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
                plain(format!("CREATE OPERATOR {schema}{} ", name.as_str()))
            }
            SectionKey::OperatorFamilies => {
                let method = self.id.path().get(1).map(Ident::to_string).unwrap_or_default();
                plain(format!("CREATE OPERATOR FAMILY {full} USING {method} "))
            }
            SectionKey::OperatorClasses => plain(format!("CREATE OPERATOR CLASS {full} ")),
            SectionKey::Casts => {
                let types: Vec<String> = self.id.args().iter().map(TypeName::to_string).collect();
                plain(format!("CREATE CAST ({}) ", types.join(" AS ")))
            }
            SectionKey::TextSearchParsers
            | SectionKey::TextSearchTemplates
            | SectionKey::TextSearchDictionaries
            | SectionKey::TextSearchConfigurations => {
                plain(format!("CREATE {} {full} ", self.section.kinds()[0].noun().to_uppercase()))
            }
            SectionKey::ForeignDataWrappers => plain(format!("CREATE FOREIGN DATA WRAPPER {name} ")),
            SectionKey::ForeignServers => plain(format!("CREATE SERVER {name} ")),
            SectionKey::UserMappings => {
                let server = self.id.path().first().map(Ident::to_string).unwrap_or_default();
                plain(format!("CREATE USER MAPPING FOR {name} SERVER {server} "))
            }
            SectionKey::Tables => match lead("unlogged") {
                0 => plain(format!("CREATE TABLE {full} ")),
                skip => Frame { before: format!("CREATE UNLOGGED TABLE {full} "), skip, insert: None },
            },
            SectionKey::ForeignTables => plain(format!("CREATE FOREIGN TABLE {full} ")),
            SectionKey::Columns => plain(format!("ALTER {table} {owner} ADD COLUMN {name} ")),
            SectionKey::PrimaryKey | SectionKey::Constraints => {
                plain(format!("ALTER {table} {owner} ADD CONSTRAINT {name} "))
            }
            SectionKey::Indexes => match lead("unique") {
                0 => plain(format!("CREATE INDEX {name} ON {owner} ")),
                skip => Frame { before: format!("CREATE UNIQUE INDEX {name} ON {owner} "), skip, insert: None },
            },
            SectionKey::Views => plain(format!("CREATE VIEW {full} {}", before_query(sql))),
            SectionKey::MaterializedViews => plain(format!("CREATE MATERIALIZED VIEW {full} {}", before_query(sql))),
            SectionKey::Policies => plain(format!("CREATE POLICY {name} ON {owner} ")),
            SectionKey::Triggers => {
                let skip = lead("constraint");
                let constraint = if skip > 0 { "CONSTRAINT " } else { "" };
                let insert = behind_events(&sql[skip..]).map(|at| (at + skip, format!(" ON {owner} ")));
                Frame { before: format!("CREATE {constraint}TRIGGER {name} "), skip, insert }
            }
            SectionKey::Rules => {
                let insert = behind_rule_event(sql).map(|at| (at, format!(" TO {owner} ")));
                Frame { before: format!("CREATE RULE {name} AS "), skip: 0, insert }
            }
            SectionKey::Statistics => plain(format!("CREATE STATISTICS {full} ")),
            SectionKey::EventTriggers => plain(format!("CREATE EVENT TRIGGER {name} ")),
            SectionKey::Publications => plain(format!("CREATE PUBLICATION {name} ")),
            SectionKey::Subscriptions => plain(format!("CREATE SUBSCRIPTION {name} ")),
            SectionKey::DefaultPrivileges => plain(String::new()),
        }
    }
}

/// A view may be given by its query alone.
fn before_query(sql: &str) -> &'static str {
    let is_query = ["select", "values", "table"].iter().any(|word| starts_with_word(sql, word))
        || parse::parse_one(sql).is_ok_and(|node| matches!(node, NodeEnum::SelectStmt(_)));
    if is_query { "AS " } else { "" }
}

/// Where `ON table` belongs in a trigger, if it is not there.
fn behind_events(sql: &str) -> Option<usize> {
    const NEXT: [&str; 8] = ["from", "not", "deferrable", "initially", "referencing", "for", "when", "execute"];
    let words = parse::words(sql);
    let next = words.iter().position(|(word, _)| NEXT.contains(&word.as_str()))?;
    let is_there = words[..next].iter().any(|(word, _)| word == "on");
    (!is_there).then(|| words[next].1.start)
}

/// Where `TO table` belongs in a rule, if it is not there.
fn behind_rule_event(sql: &str) -> Option<usize> {
    let words = parse::words(sql);
    let event = words.get(1).filter(|_| words.first().is_some_and(|(word, _)| word == "on"))?;
    let is_there = words.get(2).is_some_and(|(word, _)| word == "to");
    (!is_there).then_some(event.1.end)
}

fn starts_with_word(sql: &str, word: &str) -> bool {
    let sql = sql.trim_start();
    sql.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && !sql[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// How many bytes a word takes at the start of a text, with the white space before it.
fn lead_length(sql: &str, word: &str) -> usize {
    sql.len() - sql.trim_start().len() + word.len()
}

/// Whether a statement makes one object of a section.
fn makes(node: &NodeEnum, section: SectionKey) -> bool {
    use SectionKey as S;
    match (node, section) {
        (NodeEnum::AlterTableStmt(alter), S::Columns | S::PrimaryKey | S::Constraints) => alter.cmds.len() == 1,
        (NodeEnum::AlterDomainStmt(_), S::DomainConstraints)
        | (NodeEnum::CreatePolicyStmt(_), S::Policies)
        | (NodeEnum::IndexStmt(_), S::Indexes)
        | (NodeEnum::CreateTrigStmt(_), S::Triggers)
        | (NodeEnum::RuleStmt(_), S::Rules)
        | (NodeEnum::CreateEnumStmt(_) | NodeEnum::CreateDomainStmt(_), S::Types)
        | (NodeEnum::CompositeTypeStmt(_) | NodeEnum::CreateRangeStmt(_), S::Types)
        | (NodeEnum::CreateStmt(_), S::Tables)
        | (NodeEnum::CreateForeignTableStmt(_), S::ForeignTables)
        | (NodeEnum::CreateSchemaStmt(_), S::Schemas)
        | (NodeEnum::CreateRoleStmt(_), S::Roles)
        | (NodeEnum::CreatePlangStmt(_), S::Languages)
        | (NodeEnum::CreateAmStmt(_), S::AccessMethods)
        | (NodeEnum::CreateExtensionStmt(_), S::Extensions)
        | (NodeEnum::CreateConversionStmt(_), S::Conversions)
        | (NodeEnum::CreateSeqStmt(_), S::Sequences)
        | (NodeEnum::CreateOpFamilyStmt(_), S::OperatorFamilies)
        | (NodeEnum::CreateOpClassStmt(_), S::OperatorClasses)
        | (NodeEnum::CreateCastStmt(_), S::Casts)
        | (NodeEnum::CreateFdwStmt(_), S::ForeignDataWrappers)
        | (NodeEnum::CreateForeignServerStmt(_), S::ForeignServers)
        | (NodeEnum::CreateUserMappingStmt(_), S::UserMappings)
        | (NodeEnum::ViewStmt(_), S::Views)
        | (NodeEnum::CreateStatsStmt(_), S::Statistics)
        | (NodeEnum::CreateEventTrigStmt(_), S::EventTriggers)
        | (NodeEnum::CreatePublicationStmt(_), S::Publications)
        | (NodeEnum::CreateSubscriptionStmt(_), S::Subscriptions) => true,
        (NodeEnum::CreateFunctionStmt(function), S::Functions) => !function.is_procedure,
        (NodeEnum::CreateFunctionStmt(function), S::Procedures) => function.is_procedure,
        (NodeEnum::CreateTableAsStmt(made), S::MaterializedViews) => made.objtype() == ObjectType::ObjectMatview,
        (NodeEnum::DefineStmt(define), section) => defines(define.kind(), section),
        _ => false,
    }
}

fn defines(kind: ObjectType, section: SectionKey) -> bool {
    use SectionKey as S;
    matches!(
        (kind, section),
        (ObjectType::ObjectType, S::Types)
            | (ObjectType::ObjectAggregate, S::Aggregates)
            | (ObjectType::ObjectOperator, S::Operators)
            | (ObjectType::ObjectCollation, S::Collations)
            | (ObjectType::ObjectTsparser, S::TextSearchParsers)
            | (ObjectType::ObjectTstemplate, S::TextSearchTemplates)
            | (ObjectType::ObjectTsdictionary, S::TextSearchDictionaries)
            | (ObjectType::ObjectTsconfiguration, S::TextSearchConfigurations)
    )
}

/// A name to check the syntax of a fragment with, before it is known what it belongs to.
pub(super) fn stand_in(class: Class, name: &Ident, args: Vec<TypeName>) -> ObjectId {
    let before = ["s", "t"].into_iter().take(class.within().parts() - 1).map(Ident::new);
    let path = before.chain([name.clone()]).collect();
    ObjectId::from_path(class, path, args).unwrap_or_else(|| ObjectId::top(class, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(section: SectionKey, sql: &str, statement: &str) {
        let id = stand_in(section.class(), &"x".into(), Vec::new());
        let fragment = Fragment::new(&Subject { section, id: &id, has_args: false, of_foreign: false }, sql);
        assert_eq!(fragment.statement, statement);
        fragment.parse(section).unwrap_or_else(|error| panic!("{statement}: {}", error.message));
        let word = sql.split_whitespace().next_back().unwrap();
        let (at, from) = (statement.rfind(word).unwrap(), sql.rfind(word).unwrap());
        assert_eq!(fragment.offset(at), from);
    }

    #[test]
    fn what_a_name_leaves_out_is_put_in() {
        check(SectionKey::Columns, "int not null", "ALTER TABLE s.t ADD COLUMN x int not null");
        check(SectionKey::Indexes, "unique (a, b)", "CREATE UNIQUE INDEX x ON s.t  (a, b)");
        check(SectionKey::Types, "domain text not null", "CREATE DOMAIN s.x AS  text not null");
        check(SectionKey::Types, "(a int, b text)", "CREATE TYPE s.x AS (a int, b text)");
        check(SectionKey::Views, "select 1 as a", "CREATE VIEW s.x AS select 1 as a");
        check(
            SectionKey::Views,
            "with a as (select 1) select * from a",
            "CREATE VIEW s.x AS with a as (select 1) select * from a",
        );
        check(
            SectionKey::Views,
            "with (security_barrier) as select 1",
            "CREATE VIEW s.x with (security_barrier) as select 1",
        );
        check(
            SectionKey::Functions,
            "(a int) returns int return 1",
            "CREATE FUNCTION s.x (a int) returns int return 1",
        );
        check(
            SectionKey::Triggers,
            "before update of a, b for each row execute function f()",
            "CREATE TRIGGER x before update of a, b  ON s.t for each row execute function f()",
        );
        check(
            SectionKey::Triggers,
            "constraint after insert on t deferrable for each row execute function f()",
            "CREATE CONSTRAINT TRIGGER x  after insert on t deferrable for each row execute function f()",
        );
        check(
            SectionKey::Rules,
            "on insert where new.a > 0 do instead nothing",
            "CREATE RULE x AS on insert TO s.t  where new.a > 0 do instead nothing",
        );
        check(SectionKey::Tables, "create table s.x (a int)", "create table s.x (a int)");
    }
}
