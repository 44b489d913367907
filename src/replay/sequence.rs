//! Sequences, as far as columns need them: their names, and whose they are (`sequence.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterSeqStmt, CreateSeqStmt, Node, RangeVar};

use super::comment::{part_of, strings_of};
use super::database::Space;
use super::refusal::{Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::{Class, Expr, ObjectId, Origin, Unmodelled};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{Ident, names};

const SEQUENCE: &str = "sequence";

impl Replay {
    pub(super) fn create_sequence(&mut self, statement: &Statement<'_>, command: &CreateSeqStmt) -> Outcome {
        let name = command.sequence.clone().unwrap_or_default();
        let schema = self.creation_schema_of(&name)?;
        if self.find_relation(schema.as_str(), &name.relname).is_some() {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::relation_exists(&name.relname));
        }
        let owner = self.owner_option(&command.options)?;
        let id = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname));
        if owner.is_none() {
            self.note(statement, format!("the sequence {id} is not compared yet"));
        }
        self.insert_sequence(id, statement.origin(), owner.flatten());
        Ok(())
    }

    pub(super) fn alter_sequence(&mut self, _statement: &Statement<'_>, command: &AlterSeqStmt) -> Outcome {
        let name = command.sequence.clone().unwrap_or_default();
        if command.missing_ok && self.find_relation(&name.schemaname, &name.relname).is_none() {
            return Ok(());
        }
        let id = self.relation(&name)?;
        match self.owner_option(&command.options)? {
            Some(owner) => {
                if let Some(mut sequence) = self.catalog().unmodelled.get(&id).cloned() {
                    sequence.owned_by = owner;
                    self.database.insert_unmodelled(id, sequence);
                }
                Ok(())
            }
            None => Err(Stop::not_modelled("the options of sequences are not compared yet")),
        }
    }

    /// The sequence that `serial` and identity columns bring along (`generateSerialExtraStmts()`).
    pub(super) fn create_owned_sequence(&mut self, column: &ObjectId, origin: &Origin) -> ObjectId {
        let path = column.path();
        let (schema, table) = (&path[0], &path[1]);
        let taken = |name: &str| self.database.is_taken(Space::Relation, schema, name);
        let name = names::choose_name(table.as_str(), column.name().as_str(), "seq", taken);
        let id = ObjectId::in_schema(Class::Relation, schema, &Ident::new(name));
        self.insert_sequence(id.clone(), origin.clone(), Some(column.clone()));
        id
    }

    fn insert_sequence(&mut self, id: ObjectId, origin: Origin, owned_by: Option<ObjectId>) {
        self.database.insert_unmodelled(id, Unmodelled { owned_by, ..Unmodelled::new(SEQUENCE, origin) });
    }

    /// The sequences that go away with a column.
    pub(super) fn owned_sequences(&self, column: &ObjectId) -> Vec<ObjectId> {
        self.database.owned_by(column).cloned().collect()
    }

    /// `OWNED BY`: `None` where it is not said, `Some(None)` for `OWNED BY NONE`.
    fn owner_option(&self, options: &[Node]) -> Outcome<Option<Option<ObjectId>>> {
        for option in options {
            let Some(NodeEnum::DefElem(option)) = &option.node else { continue };
            if option.defname != "owned_by" {
                continue;
            }
            let parts = option.arg.as_deref().map(strings_of).unwrap_or_default();
            if parts.len() < 2 {
                return Ok(Some(None));
            }
            let (relation, column) = part_of(&parts);
            return Ok(Some(Some(self.column(&self.table(&relation)?, &column)?)));
        }
        Ok(None)
    }

    /// The default of a serial column.
    pub(super) fn nextval(&self, sequence: &ObjectId) -> Expr {
        let literal = sequence.to_string().replace('\'', "''");
        let text = format!("nextval('{literal}'::regclass)");
        let scope = Scope { catalog: self.catalog(), search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
        match expr::resolve_text(&text, &scope) {
            Ok(tree) => Expr::from_tree(tree),
            Err(_) => Expr::new(text),
        }
    }

    /// The schema of a new relation; a temporary one goes to the session's own.
    pub(super) fn creation_schema_of(&self, name: &RangeVar) -> Outcome<Ident> {
        if name.relpersistence == "t" {
            return Ok(Ident::new(super::namespace::TEMPORARY));
        }
        self.creation_schema(&name.schemaname).map_err(|stop| stop.at(name.location))
    }
}
