//! CREATE SCHEMA (`schemacmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::CreateSchemaStmt;

use super::refusal::{DUPLICATE_SCHEMA, Outcome, Stop};
use super::{Replay, Statement, schema_id};
use crate::catalog::Attr;
use crate::catalog::kind::Schema;
use crate::sql::Ident;

impl Replay {
    pub(super) fn create_schema(&mut self, statement: &Statement<'_>, command: &CreateSchemaStmt) -> Outcome {
        let owner = command.authrole.as_ref().map(|role| self.role(role)).transpose()?;
        let name = match &owner {
            Some(owner) if command.schemaname.is_empty() => owner.clone(),
            _ => Ident::new(&command.schemaname),
        };
        if name.as_str().starts_with("pg_") {
            return Err(Stop::refused("42939", format!("unacceptable schema name \"{}\"", name.as_str())));
        }
        if self.catalog().exists(&schema_id(&name)) {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_SCHEMA, format!("schema \"{}\" already exists", name.as_str())));
        }
        // What is made here is made as that role.
        let before = self.database.role.clone();
        if owner.is_some() {
            self.database.role = owner;
        }
        let schema = Schema { comment: Attr::Is(None, statement.origin()), ..Schema::default() };
        self.database.insert(schema_id(&name), schema, statement.origin());
        // The elements are created in the new schema.
        let path = self.session.search_path.clone();
        self.session.search_path.insert(0, name);
        let mut elements: Vec<&NodeEnum> =
            command.schema_elts.iter().filter_map(|element| element.node.as_ref()).collect();
        elements.sort_by_key(|element| turn(element));
        let outcome = elements.into_iter().try_for_each(|element| match self.utility(statement, element) {
            Err(Stop::NotModelled(what)) => {
                self.note(statement, what);
                Ok(())
            }
            outcome => outcome,
        });
        self.session.search_path = path;
        self.database.role = before;
        outcome
    }
}

/// The order in which elements are made, however they are written (`transformCreateSchemaStmtElements()`).
fn turn(element: &NodeEnum) -> u8 {
    match element {
        NodeEnum::CreateSeqStmt(_) => 0,
        NodeEnum::CreateStmt(_) => 1,
        NodeEnum::ViewStmt(_) => 2,
        NodeEnum::IndexStmt(_) => 3,
        NodeEnum::CreateTrigStmt(_) => 4,
        _ => 5,
    }
}
