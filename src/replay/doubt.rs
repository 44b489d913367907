//! What statements that are not replayed may have done: a refusal that they could have prevented is
//! none, but a note.

use std::collections::{BTreeMap, BTreeSet};

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, RangeVar};

use super::plpgsql::RowDoubts;
use super::refusal::Stop;
use super::{Replay, Statement};
use crate::catalog::{Class, ObjectId};

/// Names whose objects may be other than the catalog says.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// All words of what was not replayed, in lower case.
    words: BTreeSet<String>,
    /// Code was run that puts statements together as it goes.
    everything: bool,
    /// Operators, casts and operator classes of one's own are about.
    operators: bool,
    /// What routines would do, by name.
    bodies: BTreeMap<String, String>,
    /// The tables that it may have filled.
    pub(super) rows: RowDoubts,
}

impl Doubts {
    /// Whether a name, or any name made of several words, was mentioned.
    pub(super) fn cover(&self, name: &str) -> bool {
        let (common, own): (Vec<String>, Vec<String>) = words(name).partition(|word| KEYWORDS.contains(&word.as_str()));
        // What stands everywhere says nothing beside a word that does not.
        let telling = if own.is_empty() { common } else { own };
        let is_said = !telling.is_empty() && telling.iter().all(|word| self.words.contains(word));
        !name.is_empty() && (self.everything || is_said || self.is_part(name))
    }

    /// The server calls what belongs to a table after it: partitions have indexes that nobody named.
    fn is_part(&self, name: &str) -> bool {
        let parts = ["_idx", "_key", "_pkey", "_fkey", "_check", "_excl", "_seq", "_not_null"];
        let is_after = |word: &String| name.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('_'));
        parts.iter().any(|part| name.ends_with(part)) && self.words.iter().any(is_after)
    }

    pub(super) fn cover_operators(&self) -> bool {
        self.everything || self.operators
    }

    /// Something was passed over that may have made anything.
    pub(super) fn of_everything(&mut self) {
        self.everything = true;
    }

    pub(super) fn of_operators(&mut self) {
        self.operators = true;
    }

    /// A statement that was passed over, and may have changed whatever it names.
    pub(super) fn of_text(&mut self, text: &str) {
        self.words.extend(words(text));
    }

    /// What a routine would do if it were called.
    pub(super) fn learn(&mut self, routine: &str, text: &str) {
        let body = self.bodies.entry(routine.to_lowercase()).or_default();
        body.push(' ');
        body.push_str(text);
        if words(text).collect::<Vec<_>>().windows(2).any(|pair| pair == ["returns", "trigger"]) {
            self.rows.triggers_do_anything |= fills_anything(text);
            self.rows.of_triggers.extend(words(text));
        }
    }

    /// Code that may have been run, and may have filled what it names.
    pub(super) fn of_rows(&mut self, text: &str) {
        for code in self.called_by(text) {
            self.rows.has_changed |= fills(&code);
            self.rows.everything |= fills_anything(&code);
            if fills(&code) {
                self.rows.words.extend(words(&code));
            }
        }
    }

    /// Whether rows may have gone into a table by the way of code.
    pub(super) fn may_have_rows(&self, table: &str) -> bool {
        let table = table.to_lowercase();
        let by_triggers = self.rows.triggers_do_anything || self.rows.of_triggers.contains(&table);
        self.rows.everything || self.rows.words.contains(&table) || self.rows.has_changed && by_triggers
    }

    /// A code, and those of the routines that it calls, however far.
    fn called_by(&self, text: &str) -> Vec<String> {
        let (mut seen, mut found) = (BTreeSet::new(), vec![text.to_owned()]);
        let mut at = 0;
        while let Some(code) = found.get(at) {
            let called: Vec<String> = words(code).filter(|word| self.bodies.contains_key(word)).collect();
            let new: Vec<String> = called.into_iter().filter(|name| seen.insert(name.clone())).collect();
            found.extend(new.iter().filter_map(|name| self.bodies.get(name).cloned()));
            at += 1;
        }
        found
    }

    /// Whether a routine that code calls may change the schema.
    pub(super) fn calls_change(&self, text: &str) -> bool {
        self.called_by(text).iter().skip(1).any(|code| effect_of(code) != Effect::None)
    }

    /// Whether code names a routine besides these.
    pub(super) fn calls_besides(&self, text: &str, called: &BTreeSet<String>) -> bool {
        words(text).any(|word| self.bodies.contains_key(&word) && !called.contains(&word))
    }

    /// Code that was run, and the routines that it calls.
    pub(super) fn of_code(&mut self, text: &str) {
        self.of_rows(text);
        for code in self.called_by(text) {
            let says = |wanted: &str| words(&code).any(|word| word == wanted);
            let effect = effect_of(&code);
            self.everything |= effect == Effect::Unknown;
            if effect != Effect::None {
                self.operators |= says("operator") || says("cast");
                self.of_text(&code);
            }
        }
    }

    /// Whether code, or what it calls, may do anything to the schema.
    pub(super) fn may_change(&self, text: &str) -> bool {
        effect_of(text) != Effect::None || self.calls_known(text)
    }

    /// Whether nothing is certain any more.
    pub(super) fn everything(&self) -> bool {
        self.everything
    }

    fn calls_known(&self, text: &str) -> bool {
        words(text).any(|word| self.bodies.contains_key(&word))
    }
}

/// What code may do to the schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    None,
    /// Something to what it names.
    Named,
    /// It puts statements together as it goes.
    Unknown,
}

fn effect_of(code: &str) -> Effect {
    /// Kinds that no refusal hangs on.
    const HARMLESS: [&str; 13] = [
        "role",
        "user",
        "group",
        "database",
        "publication",
        "subscription",
        "trigger",
        "function",
        "procedure",
        "routine",
        "default",
        "system",
        "privileges",
    ];
    const ROWS: [&str; 9] =
        ["grant", "revoke", "insert", "update", "delete", "refresh", "analyze", "vacuum", "truncate"];
    let words: Vec<String> = words(code).collect();
    let pairs = || words.windows(2).map(|pair| (pair[0].as_str(), pair[1].as_str()));
    let is_dynamic = pairs().any(|(word, next)| word == "execute" && !["function", "procedure", "on"].contains(&next));
    let mut changed = pairs()
        .filter(|(word, _)| ["create", "alter", "drop", "rename", "replace"].contains(word))
        .filter(|(_, next)| *next != "or" && *next != "replace")
        .peekable();
    let says_something = changed.peek().is_some();
    let harmless = changed.all(|(_, next)| HARMLESS.contains(&next));
    match (is_dynamic, says_something) {
        (_, true) if harmless => Effect::None,
        (true, false) if words.iter().any(|word| ROWS.contains(&word.as_str())) => Effect::None,
        (true, _) => Effect::Unknown,
        (false, true) => Effect::Named,
        (false, false) => Effect::None,
    }
}

/// Whether code puts rows anywhere.
fn fills(code: &str) -> bool {
    words(code).any(|word| ["insert", "copy", "merge", "call", "perform", "execute"].contains(&word.as_str()))
}

/// Whether it may put rows into what it does not name.
fn fills_anything(code: &str) -> bool {
    let words: Vec<String> = words(code).collect();
    let mut pairs = words.windows(2).map(|pair| (pair[0].as_str(), pair[1].as_str()));
    let is_dynamic = pairs.any(|(word, next)| word == "execute" && !["function", "procedure", "on"].contains(&next));
    let says = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    is_dynamic
        && (says(&["insert", "copy", "merge"]) || !says(&["create", "alter", "drop", "grant", "revoke", "comment"]))
}

impl Replay {
    /// Views, domains and inheritance are not followed: CASCADE may have taken any of them.
    pub(super) fn doubt_relations(&mut self) {
        let names: Vec<String> = self
            .catalog()
            .unmodelled
            .iter()
            .filter(|(id, _)| matches!(id.class(), Class::Relation | Class::Type))
            .map(|(id, _)| id.name().as_str().to_owned())
            .collect();
        names.iter().for_each(|name| self.doubts.of_text(name));
    }

    /// Whether what was not replayed may have made this statement possible.
    pub(super) fn is_doubtful(&self, node: &NodeEnum, stop: &Stop) -> bool {
        let Stop::Refused { sqlstate, message, hint, .. } = stop else { return false };
        // Syntax, and transactions, are what they are.
        if ["42601", "25001", "25P01", "3B001"].contains(sqlstate) {
            return false;
        }
        let mut names: Vec<String> = names_in(message);
        if *sqlstate == super::refusal::DEPENDENT_OBJECTS_STILL_EXIST {
            let told = [Some(message), hint.as_ref()].into_iter().flatten();
            names.extend(told.flat_map(|text| words(text)).filter(|word| !KEYWORDS.contains(&word.as_str())));
        }
        names.extend(subjects(node).into_iter().map(|relation| relation.relname.clone()));
        self.doubts.everything || names.iter().any(|name| self.doubts.cover(name))
    }

    /// Remembers that an index is there though its table is not replayed.
    pub(super) fn note_index(&mut self, statement: &Statement<'_>, table: &ObjectId, name: &str) {
        if name.is_empty() {
            self.doubts.of_text(statement.text);
            return;
        }
        let id = ObjectId::in_schema(Class::Relation, &table.path()[0], &crate::sql::Ident::new(name));
        if !self.catalog().exists(&id) {
            let what = "index".to_owned();
            let unmodelled = crate::catalog::Unmodelled::new(what, statement.origin());
            self.database.insert_unmodelled(id, unmodelled);
        }
    }
}

/// Words that say nothing of what a text is about.
const KEYWORDS: [&str; 71] = [
    "a",
    "add",
    "alter",
    "always",
    "and",
    "as",
    "because",
    "begin",
    "bigint",
    "boolean",
    "by",
    "cannot",
    "cascade",
    "check",
    "column",
    "constraint",
    "create",
    "default",
    "depend",
    "depends",
    "do",
    "drop",
    "else",
    "end",
    "exception",
    "execute",
    "exists",
    "false",
    "for",
    "foreign",
    "from",
    "function",
    "if",
    "in",
    "index",
    "integer",
    "into",
    "is",
    "it",
    "key",
    "loop",
    "not",
    "null",
    "objects",
    "on",
    "only",
    "or",
    "other",
    "owner",
    "perform",
    "plpgsql",
    "policy",
    "primary",
    "public",
    "raise",
    "references",
    "schema",
    "select",
    "sequence",
    "set",
    "table",
    "text",
    "then",
    "to",
    "trigger",
    "true",
    "unique",
    "update",
    "using",
    "view",
    "where",
];

/// The runs of letters and digits, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// What a message quotes, but for columns: who changes one names its table too.
fn names_in(message: &str) -> Vec<String> {
    let parts: Vec<&str> = message.split('"').collect();
    let quoted = parts.windows(2).enumerate().filter(|(position, _)| position % 2 == 0);
    quoted.filter(|(_, pair)| !pair[0].ends_with("column ")).map(|(_, pair)| pair[1].to_owned()).collect()
}

/// The relations that a statement is about.
fn subjects(node: &NodeEnum) -> Vec<&RangeVar> {
    match node {
        NodeEnum::CreateStmt(command) => {
            command.relation.iter().chain(command.table_elts.iter().flat_map(references)).collect()
        }
        NodeEnum::AlterTableStmt(command) => {
            command.relation.iter().chain(command.cmds.iter().flat_map(references)).collect()
        }
        NodeEnum::IndexStmt(command) => command.relation.iter().collect(),
        NodeEnum::CreatePolicyStmt(command) => command.table.iter().collect(),
        NodeEnum::AlterPolicyStmt(command) => command.table.iter().collect(),
        NodeEnum::RenameStmt(command) => command.relation.iter().collect(),
        NodeEnum::AlterObjectSchemaStmt(command) => command.relation.iter().collect(),
        _ => Vec::new(),
    }
}

/// The tables that the foreign keys in an element of a definition refer to.
fn references(node: &Node) -> Vec<&RangeVar> {
    match &node.node {
        Some(NodeEnum::Constraint(constraint)) => constraint.pktable.iter().collect(),
        Some(NodeEnum::ColumnDef(column)) => column.constraints.iter().flat_map(references).collect(),
        Some(NodeEnum::AlterTableCmd(step)) => step.def.iter().flat_map(|def| references(def)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_doubted_as_far_as_it_goes() {
        let mut doubts = Doubts::default();
        doubts.of_code("DO $$ BEGIN UPDATE t SET a = 1; END $$");
        assert!(!doubts.cover("t"));
        doubts.learn("make", "CREATE FUNCTION make() … $$ CREATE TYPE mood AS ENUM () $$");
        assert!(!doubts.cover("mood"));
        doubts.of_code("SELECT public.make()");
        assert!(doubts.cover("mood") && doubts.cover("public.mood") && !doubts.cover("feeling"));
        doubts.of_code("DO $$ BEGIN EXECUTE format('CREATE ROLE %I', name); END $$");
        doubts.of_code("DO $$ BEGIN CREATE TRIGGER t BEFORE UPDATE ON mood EXECUTE FUNCTION f(); END $$");
        assert!(!doubts.cover("feeling"));
        doubts.of_code("DO $$ BEGIN EXECUTE 'DROP TABLE ' || name; END $$");
        assert!(doubts.cover("feeling"));
    }

    #[test]
    fn what_belongs_to_a_table_is_called_after_all_of_its_name() {
        let mut doubts = Doubts::default();
        doubts.of_text("CREATE TABLE t PARTITION OF u DEFAULT");
        assert!(doubts.cover("t_a_idx") && doubts.cover("t_pkey"));
        assert!(!doubts.cover("typo_idx") && !doubts.cover(""));
        doubts.of_code("DO $$ BEGIN EXECUTE 'DROP TABLE ' || name; END $$");
        assert!(doubts.cover("typo_idx") && !doubts.cover(""));
    }

    #[track_caller]
    fn refused(text: &str, expected: &[&str]) {
        let mut replay = Replay::new();
        assert_eq!(replay.file(crate::catalog::FileId(0), text), []);
        let codes: Vec<&str> = replay.finish().refusals.iter().map(|refusal| refusal.sqlstate).collect();
        assert_eq!(codes, expected);
    }

    #[test]
    fn what_was_not_replayed_makes_no_refusals() {
        let block = "DO $$ BEGIN CREATE TYPE mood AS ENUM ('good'); EXCEPTION WHEN duplicate_object THEN null; END $$;";
        refused(
            &format!("{block} CREATE TABLE t (m public.mood DEFAULT 'good'); ALTER TYPE mood ADD VALUE 'bad';"),
            &[],
        );
        refused(&format!("{block} CREATE TABLE t (m feeling);"), &["42704"]);
        refused(
            "CREATE TABLE t (a integer); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t CASCADE; CREATE VIEW v AS SELECT 1;",
            &[],
        );
        refused("CREATE TABLE t (a integer, EXCLUDE (a WITH =)); ALTER TABLE t DROP CONSTRAINT t_a_excl;", &[]);
        refused(
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP TABLE t'; CREATE TABLE t (a integer); SELECT f(); CREATE TABLE t (a integer);",
            &[],
        );
        refused(
            "CREATE FUNCTION f(integer, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR > (FUNCTION = f, LEFTARG = integer, RIGHTARG = text); CREATE TABLE t (a integer CHECK (a > 'x'::text));",
            &[],
        );
        refused(
            "CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION s.f(); DROP SCHEMA s;",
            &[],
        );
    }

    #[test]
    fn what_calls_a_function_goes_with_it() {
        let made = "CREATE FUNCTION f(integer) RETURNS boolean LANGUAGE sql AS 'SELECT true'; \
                    CREATE TABLE t (a integer, CONSTRAINT positive CHECK (f(a)));";
        let again = "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);";
        refused(&format!("{made} DROP FUNCTION f(integer) CASCADE; {again}"), &[]);
        refused(&format!("{made} DROP FUNCTION f(integer); {again}"), &["2BP01", "42710"]);
        refused(&format!("{made} DROP FUNCTION g(integer) CASCADE; {again}"), &["42883", "42710"]);
    }

    #[test]
    fn messages_name_what_they_are_about() {
        assert_eq!(names_in("column \"a\" of relation \"t\" does not exist"), ["t"]);
        assert_eq!(names_in("type \"app.mood\" does not exist"), ["app.mood"]);
        assert_eq!(names_in("operator does not exist: integer > text"), [""; 0]);
    }
}
