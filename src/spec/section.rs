//! The sections of a spec: which kinds of objects each lists, where it can stand, and what is written in it.

use crate::catalog::{Class, Kind};

/// Declares the sections, with the kinds of objects that each lists and what its SQL form is.
macro_rules! sections {
    ($($Section:ident = $word:literal at $scope:ident, lists $($Kind:ident)+, $help:literal;)+) => {
        /// The sections there are, wherever they can stand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum SectionKey { $($Section),+ }

        impl SectionKey {
            /// In the order in which what they state is tried out: what others need comes first.
            pub const ALL: &'static [Self] = &[$(Self::$Section),+];

            /// The key in a spec.
            pub fn word(self) -> &'static str {
                match self { $(Self::$Section => $word),+ }
            }

            /// The kinds of objects that the section lists.
            pub fn kinds(self) -> &'static [Kind] {
                match self { $(Self::$Section => &[$(Kind::$Kind),+]),+ }
            }

            pub fn scope(self) -> Scope {
                match self { $(Self::$Section => Scope::$scope),+ }
            }

            /// What the SQL form of an entry is, with an example.
            pub fn sql_help(self) -> &'static str {
                match self { $(Self::$Section => $help),+ }
            }
        }
    };
}

/// Where a section can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// At the top, for objects that stand in no schema.
    Database,
    /// At the top, for objects of the schemas that the spec speaks about.
    Schema,
    /// In an entry of a relation.
    Relation,
    /// In an entry of a domain.
    Domain,
}

sections! {
    Schemas = "schemas" at Database, lists Schema,
        "write what stands behind CREATE SCHEMA name: authorization app";
    Roles = "roles" at Database, lists Role,
        "write what stands behind CREATE ROLE name: login connection limit 5";
    Languages = "languages" at Database, lists Language,
        "write what stands behind CREATE LANGUAGE name: handler plperl_call_handler";
    AccessMethods = "access_methods" at Database, lists AccessMethod,
        "write what stands behind CREATE ACCESS METHOD name: type table handler heap_tableam_handler";
    Extensions = "extensions" at Database, lists Extension,
        "write a mapping (`pgcrypto: {}`), or what stands behind CREATE EXTENSION name: `schema public`";
    Collations = "collations" at Schema, lists Collation,
        "write what stands behind CREATE COLLATION name: (provider = icu, locale = 'und')";
    Conversions = "conversions" at Schema, lists Conversion,
        "write what stands behind CREATE CONVERSION name: for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8";
    Types = "types" at Schema, lists Enum Domain Composite Range BaseType,
        "write `enum ('one', 'two')`, `domain text check (value <> '')`, `(street text, zip text)` or `range (subtype = date)`";
    DomainConstraints = "constraints" at Domain, lists DomainCheck,
        "write what stands behind ADD CONSTRAINT name: check (value <> '')";
    Sequences = "sequences" at Schema, lists Sequence,
        "write what stands behind CREATE SEQUENCE name: as bigint start 1000";
    Functions = "functions" at Schema, lists Function,
        "write what stands behind CREATE FUNCTION name: (a int) returns int language sql as $$select a$$";
    Procedures = "procedures" at Schema, lists Procedure,
        "write what stands behind CREATE PROCEDURE name: (a int) language sql as $$select a$$";
    Aggregates = "aggregates" at Schema, lists Aggregate,
        "write what stands behind CREATE AGGREGATE name: (int) (sfunc = int4pl, stype = int)";
    Operators = "operators" at Schema, lists Operator,
        "write what stands behind CREATE OPERATOR name: (function = f, leftarg = int, rightarg = int)";
    OperatorFamilies = "operator_families" at Schema, lists OperatorFamily,
        "write a mapping: the name is `btree.name`";
    OperatorClasses = "operator_classes" at Schema, lists OperatorClass,
        "write what stands behind CREATE OPERATOR CLASS name: for type int using btree as operator 1 <";
    Casts = "casts" at Database, lists Cast,
        "write what stands behind CREATE CAST (source AS target): with inout as implicit";
    TextSearchParsers = "text_search_parsers" at Schema, lists TextSearchParser,
        "write what stands behind CREATE TEXT SEARCH PARSER name";
    TextSearchTemplates = "text_search_templates" at Schema, lists TextSearchTemplate,
        "write what stands behind CREATE TEXT SEARCH TEMPLATE name: (lexize = dsimple_lexize)";
    TextSearchDictionaries = "text_search_dictionaries" at Schema, lists TextSearchDictionary,
        "write what stands behind CREATE TEXT SEARCH DICTIONARY name: (template = simple)";
    TextSearchConfigurations = "text_search_configurations" at Schema, lists TextSearchConfiguration,
        "write what stands behind CREATE TEXT SEARCH CONFIGURATION name: (copy = simple)";
    ForeignDataWrappers = "foreign_data_wrappers" at Database, lists ForeignDataWrapper,
        "write what stands behind CREATE FOREIGN DATA WRAPPER name: options (debug 'true')";
    ForeignServers = "foreign_servers" at Database, lists ForeignServer,
        "write what stands behind CREATE SERVER name: foreign data wrapper postgres_fdw options (host 'db')";
    UserMappings = "user_mappings" at Database, lists UserMapping,
        "write what stands behind CREATE USER MAPPING FOR role SERVER server: options (\"user\" 'app')";
    Tables = "tables" at Schema, lists Table,
        "write a CREATE TABLE statement, or what stands behind the table's name in it";
    ForeignTables = "foreign_tables" at Schema, lists ForeignTable,
        "write what stands behind CREATE FOREIGN TABLE name: (id int) server files";
    Columns = "columns" at Relation, lists Column,
        "write what stands behind a column's name in CREATE TABLE: uuid not null default gen_random_uuid()";
    PrimaryKey = "primary_key" at Relation, lists PrimaryKey,
        "write what stands behind ADD CONSTRAINT name: primary key (id)";
    Constraints = "constraints" at Relation, lists Unique Check ForeignKey Exclusion,
        "write what stands behind ADD CONSTRAINT name: check (size >= 0)";
    Indexes = "indexes" at Relation, lists Index,
        "write what stands behind CREATE INDEX name ON table: (tenant_id, created_at desc)";
    Views = "views" at Schema, lists View,
        "write the query, or what stands behind CREATE VIEW name: with (security_invoker) as select 1";
    MaterializedViews = "materialized_views" at Schema, lists MaterializedView,
        "write the query, or what stands behind CREATE MATERIALIZED VIEW name: as select 1 with no data";
    Policies = "policies" at Relation, lists Policy,
        "write what stands behind CREATE POLICY name ON table: for select to public using (true)";
    Triggers = "triggers" at Relation, lists Trigger,
        "write what stands behind CREATE TRIGGER name, without ON table: before update for each row execute function f()";
    Rules = "rules" at Relation, lists Rule,
        "write what stands behind CREATE RULE name AS, without TO table: on insert do instead nothing";
    Statistics = "statistics" at Schema, lists Statistics,
        "write what stands behind CREATE STATISTICS name: (ndistinct) on a, b from t";
    EventTriggers = "event_triggers" at Database, lists EventTrigger,
        "write what stands behind CREATE EVENT TRIGGER name: on ddl_command_end execute function f()";
    Publications = "publications" at Database, lists Publication,
        "write what stands behind CREATE PUBLICATION name: for table users";
    Subscriptions = "subscriptions" at Database, lists Subscription,
        "write a mapping of what must hold";
    DefaultPrivileges = "default_privileges" at Database, lists DefaultPrivileges,
        "write a mapping: the name is `role.schema.tables`, or `role.tables` for all schemas";
}

impl SectionKey {
    /// The section of that name among some.
    pub fn find(word: &str, among: impl IntoIterator<Item = Self>) -> Option<Self> {
        among.into_iter().find(|section| section.word() == word)
    }

    /// The sections that can stand at the top of a spec.
    pub fn top() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|section| section.is_top())
    }

    /// The sections that can stand in an entry of some kind.
    pub fn within(kind: Kind) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |section| section.stands_in(kind))
    }

    pub fn is_top(self) -> bool {
        matches!(self.scope(), Scope::Database | Scope::Schema)
    }

    /// Whether entries of a kind can have it.
    fn stands_in(self, kind: Kind) -> bool {
        matches!(
            (self, kind),
            (Self::DomainConstraints, Kind::Domain)
                | (Self::Columns | Self::Triggers | Self::Rules, Kind::Table | Kind::View | Kind::ForeignTable)
                | (Self::Columns | Self::Indexes, Kind::MaterializedView)
                | (Self::Constraints, Kind::ForeignTable)
                | (Self::PrimaryKey | Self::Constraints | Self::Indexes | Self::Policies, Kind::Table)
        )
    }

    /// What its objects are called by.
    pub fn class(self) -> Class {
        self.kinds()[0].class()
    }

    /// How many names its objects' full names have.
    pub fn name_parts(self) -> usize {
        self.class().within().parts()
    }

    /// The section that lists objects of a kind.
    pub fn of(kind: Kind) -> Option<Self> {
        Self::ALL.iter().copied().find(|section| section.kinds().contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_section() {
        for kind in Kind::ALL {
            let sections = SectionKey::ALL.iter().filter(|section| section.kinds().contains(kind));
            assert_eq!(sections.count(), 1, "{}", kind.name());
        }
        for section in SectionKey::ALL {
            assert!(section.is_top() || Kind::ALL.iter().any(|kind| section.stands_in(*kind)), "{}", section.word());
            assert!(section.kinds().iter().all(|kind| kind.class() == section.class()), "{}", section.word());
        }
    }
}
