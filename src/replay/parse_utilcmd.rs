//! What a table definition means: columns and constraints spelled out as the server spells them
//! out before it makes anything (`parse_utilcmd.c`).

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{ColumnDef, ConstrType, Constraint, CreateStmt, Node, TypeName as TypeNameNode};

use super::generated::{OwnValue, is_virtual};
use super::heap::SYSTEM_COLUMNS;
use super::index_constraint::no_column_twice;
use super::inherit::same_type;
use super::not_null::{Declared, Said, conflicting_no_inherit};
use super::refusal::{DUPLICATE_COLUMN, FEATURE_NOT_SUPPORTED, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT};
use super::sequence::is_integer;
use super::storage::compression_of;
use super::{Replay, Statement};
use crate::catalog::kind::{Column, Identity};
use crate::catalog::{Attr, Class, ObjectId, Origin};
use crate::sql::type_name::{idents_of, string_of};
use crate::sql::{Ident, TypeName};

/// A constraint as it was written, with what was written behind it.
pub(super) struct Pending<'a> {
    pub(super) constraint: &'a Constraint,
    /// The column it was written at.
    pub(super) column: Option<Ident>,
    pub(super) deferrable: bool,
    pub(super) initially_deferred: bool,
    pub(super) validated: bool,
    pub(super) enforced: bool,
    pub(super) origin: Origin,
}

impl<'a> Pending<'a> {
    pub(super) fn of_table(statement: &Statement<'_>, constraint: &'a Constraint) -> Self {
        let has_said = matches!(constraint.contype(), ConstrType::ConstrCheck | ConstrType::ConstrForeign);
        Self {
            enforced: constraint.is_enforced || !has_said,
            constraint,
            column: None,
            deferrable: constraint.deferrable || constraint.initdeferred,
            initially_deferred: constraint.initdeferred,
            validated: !constraint.skip_validation,
            origin: statement.origin_at(constraint.location),
        }
    }

    /// The columns it names, or the one it was written at.
    pub(super) fn columns(&self, named: &[Node]) -> Vec<Ident> {
        match &self.column {
            Some(column) if named.is_empty() => vec![column.clone()],
            _ => idents_of(named),
        }
    }
}

/// What is left to be done once all columns of a command are there, in the server's order.
#[derive(Default)]
pub(super) struct Work<'a> {
    /// The table alone is meant, not what inherits from it.
    pub(super) only: bool,
    /// The table is new, and what it says may say again what a parent says (`allow_merge`).
    pub(super) creates: bool,
    /// Columns that have got another type, and what reads them has not been made again.
    pub(super) retyped: Vec<ObjectId>,
    /// Columns that the rows which are there get.
    pub(super) fresh: Vec<ObjectId>,
    /// Why a column that has been told twice is refused, once all are told.
    pub(super) twice: Option<Stop>,
    /// Columns whose parents do not agree on their values, and of which the table itself has not said any.
    pub(super) undecided: BTreeSet<ObjectId>,
    /// Columns that children do not have yet.
    added: Vec<ObjectId>,
    defaults: Vec<(ObjectId, &'a Node, Origin)>,
    generated: Vec<(ObjectId, &'a Constraint, Origin)>,
    not_nulls: Vec<Declared>,
    pub(super) checks: Vec<Pending<'a>>,
    pub(super) indexes: Vec<Pending<'a>>,
    pub(super) foreign_keys: Vec<Pending<'a>>,
}

impl<'a> Work<'a> {
    pub(super) fn of(only: bool) -> Self {
        Self { only, ..Self::default() }
    }

    /// Of CREATE TABLE.
    pub(super) fn of_new(undecided: BTreeSet<ObjectId>) -> Self {
        Self { creates: true, undecided, ..Self::default() }
    }

    /// Nothing yet, of the same command.
    fn same(&self) -> Self {
        Self { creates: self.creates, ..Self::of(self.only) }
    }

    /// What belongs to the columns themselves.
    pub(super) fn take_values(&mut self) -> Self {
        let (defaults, generated) = (std::mem::take(&mut self.defaults), std::mem::take(&mut self.generated));
        let (added, not_nulls) = (std::mem::take(&mut self.added), std::mem::take(&mut self.not_nulls));
        Self { added, defaults, generated, not_nulls, ..self.same() }
    }

    pub(super) fn take_retyped(&mut self) -> Self {
        Self { retyped: std::mem::take(&mut self.retyped), ..self.same() }
    }

    pub(super) fn take_checks(&mut self) -> Self {
        Self { checks: std::mem::take(&mut self.checks), ..self.same() }
    }

    /// What a new table says is NOT NULL, in the words of its primary key too (`transformIndexConstraint()`).
    pub(super) fn take_not_nulls(&mut self) -> Outcome<Vec<Declared>> {
        let mut all = std::mem::take(&mut self.not_nulls);
        for key in self.indexes.iter().filter(|one| one.constraint.contype() == ConstrType::ConstrPrimary) {
            for column in key.columns(&key.constraint.keys) {
                match all.iter().find(|one| *one.column() == column) {
                    Some(one) if one.said().no_inherit => return Err(conflicting_no_inherit(&column)),
                    Some(_) => {}
                    None => all.push(Declared::new(&column, Said::default(), &key.origin)),
                }
            }
        }
        Ok(all)
    }

    pub(super) fn take_indexes(&mut self) -> Self {
        Self { indexes: std::mem::take(&mut self.indexes), ..self.same() }
    }

    pub(super) fn take_all(&mut self) -> Self {
        let rest = self.same();
        std::mem::replace(self, rest)
    }

    pub(super) fn say_not_null(&mut self, declared: Declared) {
        self.not_nulls.push(declared);
    }

    /// Puts a constraint where its turn is.
    ///
    /// # Errors
    /// For a sort that the model does not hold.
    pub(super) fn add(&mut self, pending: Pending<'a>) -> Outcome {
        match pending.constraint.contype() {
            ConstrType::ConstrCheck => self.checks.push(pending),
            ConstrType::ConstrPrimary | ConstrType::ConstrUnique | ConstrType::ConstrExclusion => {
                self.indexes.push(pending);
            }
            ConstrType::ConstrForeign => self.foreign_keys.push(pending),
            ConstrType::ConstrNotnull => {
                let said = Said::of(pending.constraint);
                let columns = pending.columns(&pending.constraint.keys);
                self.not_nulls.extend(columns.iter().map(|column| Declared::new(column, said, &pending.origin)));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Replay {
    /// `transformCreateStmt()`: what is said of a table by itself, before its parents are looked for.
    pub(super) fn elements_are_sound(&self, command: &CreateStmt) -> Outcome {
        let mut own = Vec::new();
        for element in &command.table_elts {
            let Some(NodeEnum::ColumnDef(column)) = &element.node else { continue };
            own.push(Ident::new(&column.colname));
            if let Some(node) = column.type_name.as_ref() {
                let name = TypeName::from_node(node);
                let of = if serial_type(&name).is_some() { Ok(name) } else { self.resolve_type(name) };
                of.map_err(|stop| stop.at(node.location))?;
            }
        }
        for element in command.table_elts.iter().chain(&command.constraints) {
            let Some(NodeEnum::Constraint(constraint)) = &element.node else { continue };
            // Columns that are not its own may be those of a parent.
            let columns = constraint.keys.iter().filter_map(string_of).map(Ident::new);
            let columns: Vec<Ident> = columns.take_while(|column| own.contains(column)).collect();
            no_column_twice(constraint, &columns).map_err(|stop| stop.at(constraint.location))?;
        }
        Ok(())
    }

    /// `transformColumnDefinition()`: makes the column, and leaves in `work` what has to wait.
    pub(super) fn add_column<'a>(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        definition: &'a ColumnDef,
        work: &mut Work<'a>,
    ) -> Outcome {
        let at = |stop: Stop| stop.at(definition.location);
        let name = Ident::new(&definition.colname);
        let id = table.part(Class::Column, &name);
        let origin = statement.origin_at(definition.location);
        if self.catalog().exists(&id) {
            return Err(at(self.column_taken(table, &name)));
        }
        no_system_column(&name).map_err(at)?;
        let node = definition.type_name.as_ref().ok_or_else(|| Stop::not_modelled("a column without a type"))?;
        let data_type = self.type_of_column(node)?;
        let collation = definition.coll_clause.as_ref().map_or(&[][..], |clause| &clause.collname);
        let collation = self.collation_beside(&data_type, collation).map_err(at)?;
        if work.creates && data_type.name == table.qualified_name() {
            let message = format!("type \"{data_type}\" does not exist");
            return Err(Stop::refused(UNDEFINED_OBJECT, message).at(node.location));
        }
        if !work.creates {
            self.is_no_pseudo_type(&name, &data_type)?;
            if is_virtual(definition) {
                self.may_be_virtual(&name, &data_type)?;
            }
        }
        self.holds_no_other(&data_type, table).map_err(at)?;
        let mut column = plain_column(data_type.clone(), &origin);
        column.collation = Attr::Is(collation, origin.clone());
        column.storage = Attr::Is(self.storage_of(&data_type, &definition.storage_name).map_err(at)?, origin.clone());
        column.compression = Attr::Is(compression_of(&data_type, &definition.compression).map_err(at)?, origin.clone());
        let options = self.column_options(table, &definition.fdwoptions).map_err(at)?;
        column.fdw_options = Attr::Is(options, origin.clone());
        self.insert_column(table, &name, column, &origin);
        work.added.push(id.clone());
        if is_serial(definition) {
            self.make_serial(&id, &origin).map_err(at)?;
        }
        self.column_constraints(statement, &id, definition, work).map_err(at)
    }

    /// The type of a column; `serial` is an integer.
    fn type_of_column(&self, node: &TypeNameNode) -> Outcome<TypeName> {
        let data_type = TypeName::from_node(node);
        let data_type = match serial_type(&data_type) {
            Some(_) if data_type.array => {
                Err(Stop::refused(FEATURE_NOT_SUPPORTED, "array of serial is not implemented"))
            }
            Some(integer) => Ok(TypeName::builtin(integer)),
            None => self.resolve_type(data_type),
        };
        data_type.map_err(|stop| stop.at(node.location))
    }

    /// What is transformed of a column before its name is found to be taken: its type, its keys, and a sequence, which is
    /// called like that of the first that has one.
    pub(super) fn transform_second_column<'a>(
        &mut self,
        statement: &Statement<'_>,
        id: &ObjectId,
        definition: &'a ColumnDef,
        work: &mut Work<'a>,
    ) -> Outcome {
        let Some(node) = &definition.type_name else { return Ok(()) };
        self.type_of_column(node)?;
        let is_serial = is_serial(definition);
        let mut is_identity = false;
        for node in &definition.constraints {
            let Some(NodeEnum::Constraint(constraint)) = &node.node else { continue };
            is_identity |= constraint.contype() == ConstrType::ConstrIdentity;
            if matches!(constraint.contype(), ConstrType::ConstrPrimary | ConstrType::ConstrUnique) {
                let column = Some(id.name().clone());
                work.add(Pending { column, ..Pending::of_table(statement, constraint) })?;
            }
        }
        if !(is_serial || is_identity) {
            return Ok(());
        }
        if let Some(sequence) = self.database.owned_by(id).next() {
            return Err(Stop::relation_exists(sequence.name().as_str()));
        }
        let origin = statement.origin_at(definition.location);
        self.create_owned_sequence(id, &TypeName::builtin("int4"), &[], is_identity, &origin).map(|_| ())
    }

    /// `MergeChildAttribute()`: more about a column that comes from a parent, or from the type of the table.
    pub(super) fn merge_column<'a>(
        &mut self,
        statement: &Statement<'_>,
        table: &ObjectId,
        definition: &'a ColumnDef,
        work: &mut Work<'a>,
    ) -> Outcome {
        let at = |stop: Stop| stop.at(definition.location);
        let id = table.part(Class::Column, &Ident::new(&definition.colname));
        let Some(ours) = self.database.get::<Column>(&id).cloned() else { return Ok(()) };
        let origin = statement.origin_at(definition.location);
        if let Some(node) = &definition.type_name {
            let data_type = self.type_of_column(node)?;
            let collation = definition.coll_clause.as_ref().map_or(&[][..], |clause| &clause.collname);
            let collation = self.collation_beside(&data_type, collation).map_err(at)?;
            let options = self.column_options(table, &definition.fdwoptions).map_err(at)?;
            self.database.edit::<Column>(&id, |column| {
                column.data_type = Attr::Is(data_type, origin.clone());
                column.collation = Attr::Is(collation, origin.clone());
                column.fdw_options = Attr::Is(options, origin.clone());
                column.local = Attr::Is(true, origin.clone());
            });
        }
        if is_serial(definition) {
            self.make_serial(&id, &origin).map_err(at)?;
        }
        self.column_constraints(statement, &id, definition, work).map_err(at)?;
        if let Some(said) = self.database.get::<Column>(&id) {
            same_type(&ours, said, &format!("column \"{}\"", definition.colname)).map_err(at)?;
        }
        let own = OwnValue::of(definition);
        if own.is_expression() {
            work.undecided.remove(&id);
        }
        self.suits_generation(&id, &ours, own)
    }

    fn column_taken(&self, table: &ObjectId, name: &Ident) -> Stop {
        let (column, relation) = (name.as_str(), table.name().as_str());
        Stop::refused(DUPLICATE_COLUMN, format!("column \"{column}\" of relation \"{relation}\" already exists"))
    }

    fn column_constraints<'a>(
        &mut self,
        statement: &Statement<'_>,
        id: &ObjectId,
        definition: &'a ColumnDef,
        work: &mut Work<'a>,
    ) -> Outcome {
        let name = id.name().as_str().to_owned();
        let is_serial = is_serial(definition);
        let (mut has_default, mut has_identity, mut is_generated) = (is_serial, false, false);
        let (mut said_null, mut said_not_null) = (false, is_serial);
        let mut waiting: Vec<Pending<'a>> = Vec::new();
        let constraints = definition.constraints.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::Constraint(constraint)) => Some(constraint.as_ref()),
            _ => None,
        });
        let is_never_null = |sort| matches!(sort, ConstrType::ConstrIdentity | ConstrType::ConstrPrimary);
        let is_implied = is_serial || constraints.clone().any(|one| is_never_null(one.contype()));
        let mut not_null: Option<Declared> = None;
        for constraint in constraints {
            let origin = statement.origin_at(definition.location);
            match constraint.contype() {
                ConstrType::ConstrNotnull => {
                    said_not_null = true;
                    let said = Said::of(constraint);
                    if is_implied && said.no_inherit {
                        return Err(conflicting_no_inherit(id.name()));
                    }
                    match &mut not_null {
                        Some(before) => before.merge(said, self.names_not_nulls())?,
                        None => not_null = Some(Declared::new(id.name(), said, &origin)),
                    }
                }
                ConstrType::ConstrNull => said_null = true,
                ConstrType::ConstrDefault => {
                    if std::mem::replace(&mut has_default, true) {
                        return Err(said_twice(id, "default values").at(constraint.location));
                    }
                    if let Some(node) = &constraint.raw_expr {
                        work.defaults.push((id.clone(), node, origin));
                    }
                }
                ConstrType::ConstrIdentity => {
                    said_not_null = true;
                    self.may_have_identity(id)?;
                    if std::mem::replace(&mut has_identity, true) {
                        return Err(said_twice(id, "identity specifications").at(constraint.location));
                    }
                    self.make_identity(id, &constraint.generated_when, &constraint.options, &origin)?;
                }
                ConstrType::ConstrGenerated => {
                    self.may_be_generated(id)?;
                    if std::mem::replace(&mut is_generated, true) {
                        return Err(said_twice(id, "generation clauses").at(constraint.location));
                    }
                    work.generated.push((id.clone(), constraint, origin));
                }
                ConstrType::ConstrAttrDeferrable => {
                    edit_last(&mut waiting, "DEFERRABLE", |last| last.deferrable = true)?;
                }
                ConstrType::ConstrAttrDeferred => edit_last(&mut waiting, "INITIALLY DEFERRED", |last| {
                    last.deferrable = true;
                    last.initially_deferred = true;
                })?,
                ConstrType::ConstrAttrNotDeferrable
                | ConstrType::ConstrAttrImmediate
                | ConstrType::ConstrAttrEnforced
                | ConstrType::Undefined => {}
                ConstrType::ConstrAttrNotEnforced => edit_last(&mut waiting, "NOT ENFORCED", |last| {
                    last.enforced = false;
                    last.validated = false;
                })?,
                ConstrType::ConstrCheck
                | ConstrType::ConstrPrimary
                | ConstrType::ConstrUnique
                | ConstrType::ConstrExclusion
                | ConstrType::ConstrForeign => {
                    said_not_null |= constraint.contype() == ConstrType::ConstrPrimary;
                    let mut pending = Pending::of_table(statement, constraint);
                    pending.column = Some(id.name().clone());
                    waiting.push(pending);
                }
            }
            let Some(both) = two_values(has_default, has_identity, is_generated) else { continue };
            let message = format!("both {both} specified for column \"{name}\" of table \"{}\"", id.path()[1].as_str());
            return Err(Stop::refused(SYNTAX_ERROR, message).at(constraint.location));
        }
        if said_null && said_not_null {
            return Err(Stop::refused(
                SYNTAX_ERROR,
                format!(
                    "conflicting NULL/NOT NULL declarations for column \"{name}\" of table \"{}\"",
                    id.path()[1].as_str()
                ),
            ));
        }
        let implied = || Declared::new(id.name(), Said::default(), &statement.origin_at(definition.location));
        if let Some(declared) = not_null.or_else(|| is_implied.then(implied)) {
            // Children that get the column take no NULL either, whatever becomes of the constraint.
            self.store_not_null(id, None, false, declared.origin());
            work.not_nulls.extend(self.names_not_nulls().then_some(declared));
        }
        waiting.into_iter().try_for_each(|pending| work.add(pending))
    }

    /// `transformColumnDefinition()`; up to 15 partitions have no generated columns of their own.
    fn may_be_generated(&self, column: &ObjectId) -> Outcome {
        let Some(table) = column.parent().filter(|_| !self.lenient) else { return Ok(()) };
        let whose = match () {
            () if self.is_typed(&table) => "typed tables",
            () if self.is_partition(&table) && self.catalog().version < 16 => "partitions",
            () => return Ok(()),
        };
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, format!("generated columns are not supported on {whose}")))
    }

    /// `transformColumnDefinition()`
    fn may_have_identity(&self, column: &ObjectId) -> Outcome {
        let Some(table) = column.parent().filter(|_| !self.lenient) else { return Ok(()) };
        let whose = if self.is_typed(&table) {
            "typed tables"
        } else if self.is_partition(&table) {
            "partitions"
        } else {
            return Ok(());
        };
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, format!("identity columns are not supported on {whose}")))
    }

    /// The default of a `serial` is the next value of a sequence of its own.
    fn make_serial(&mut self, column: &ObjectId, origin: &Origin) -> Outcome {
        let data_type = self.database.get::<Column>(column).and_then(|column| column.data_type.get().cloned());
        let sequence = self.create_owned_sequence(column, &data_type.unwrap_or_default(), &[], false, origin)?;
        let default = self.nextval(&sequence);
        self.database.edit::<Column>(column, |column| column.default = Attr::Is(Some(default), origin.clone()));
        Ok(())
    }

    /// An identity column is NOT NULL and has a sequence of its own.
    pub(super) fn make_identity(
        &mut self,
        column: &ObjectId,
        when: &str,
        options: &[Node],
        origin: &Origin,
    ) -> Outcome {
        let data_type = self.database.get::<Column>(column).and_then(|column| column.data_type.get().cloned());
        let data_type = data_type.unwrap_or_default();
        if !self.lenient {
            is_integer(&data_type, true)?;
        }
        let identity = when.chars().next().and_then(|code| Identity::try_from(code).ok());
        self.create_owned_sequence(column, &data_type, options, true, origin)?;
        self.database.edit::<Column>(column, |column| {
            column.identity = Attr::Is(identity, origin.clone());
        });
        Ok(())
    }

    /// All that had to wait for the columns.
    pub(super) fn carry_out(&mut self, table: &ObjectId, work: Work<'_>) -> Outcome {
        self.resolve_readers_again(&work.retyped)?;
        for (column, node, origin) in &work.defaults {
            // Up to PostgreSQL 15 a partition may say otherwise of what its table generates.
            match self.generated_kind(column) {
                Some(kind) => self.generate(column, node, kind, origin)?,
                None => self.set_default(column, Some(node), origin)?,
            }
        }
        for (column, constraint, origin) in &work.generated {
            self.set_generated(column, constraint, origin)?;
        }
        for column in &work.added {
            if work.only {
                self.has_no_children(table, "column must be added to child tables too")?;
            }
            let origin = self.catalog().objects.get(column).map_or(Origin::Server, |object| object.origin.clone());
            self.pass_column_on(column, &origin)?;
        }
        for declared in &work.not_nulls {
            let id = self.not_null_column(table, declared.column())?;
            self.add_not_null(&id, declared.said(), work.only, true, declared.origin())?;
        }
        for pending in &work.checks {
            self.add_check(table, pending, &work).map_err(|stop| stop.at(pending.constraint.location))?;
        }
        self.add_index_constraints(table, &work.indexes, work.only)?;
        for pending in &work.foreign_keys {
            self.add_foreign_key(table, pending, work.only).map_err(|stop| stop.at(pending.constraint.location))?;
        }
        Ok(())
    }
}

fn said_twice(column: &ObjectId, what: &str) -> Stop {
    let (name, table) = (column.name().as_str(), column.path()[1].as_str());
    Stop::refused(SYNTAX_ERROR, format!("multiple {what} specified for column \"{name}\" of table \"{table}\""))
}

/// A column of which nothing is said but its type.
pub(super) fn plain_column(data_type: TypeName, origin: &Origin) -> Column {
    Column {
        data_type: Attr::Is(data_type, origin.clone()),
        nullable: Attr::Is(true, origin.clone()),
        default: Attr::Is(None, origin.clone()),
        identity: Attr::Is(None, origin.clone()),
        generated: Attr::Is(None, origin.clone()),
        collation: Attr::Is(None, origin.clone()),
        not_null_constraint: Attr::Is(None, origin.clone()),
        not_null_comment: Attr::Is(None, origin.clone()),
        storage: Attr::Is(None, origin.clone()),
        compression: Attr::Is(None, origin.clone()),
        statistics: Attr::Is(None, origin.clone()),
        options: Attr::Is(Vec::new(), origin.clone()),
        fdw_options: Attr::Is(Vec::new(), origin.clone()),
        local: Attr::Is(true, origin.clone()),
        privileges: Attr::Unstated,
        comment: Attr::Is(None, origin.clone()),
    }
}

/// `check_for_column_name_collision()`
pub(super) fn no_system_column(name: &Ident) -> Outcome {
    if SYSTEM_COLUMNS.contains(&name.as_str()) {
        let message = format!("column name \"{}\" conflicts with a system column name", name.as_str());
        return Err(Stop::refused(DUPLICATE_COLUMN, message));
    }
    Ok(())
}

/// Changes the constraint that an attribute such as DEFERRABLE was written behind.
fn edit_last(waiting: &mut [Pending<'_>], words: &str, change: impl FnOnce(&mut Pending<'_>)) -> Outcome {
    match waiting.last_mut() {
        Some(last) => {
            change(last);
            Ok(())
        }
        None => Err(Stop::refused(SYNTAX_ERROR, format!("misplaced {words} clause"))),
    }
}

pub(super) fn is_serial(definition: &ColumnDef) -> bool {
    definition.type_name.as_ref().is_some_and(|node| serial_type(&TypeName::from_node(node)).is_some())
}

/// The integer type behind `serial` and its like.
fn serial_type(name: &TypeName) -> Option<&'static str> {
    if name.name.schema.is_some() {
        return None;
    }
    match name.name.name.as_str() {
        "smallserial" | "serial2" => Some("int2"),
        "serial" | "serial4" => Some("int4"),
        "bigserial" | "serial8" => Some("int8"),
        _ => None,
    }
}

/// What two of the values are that a column can have but one of.
fn two_values(has_default: bool, has_identity: bool, is_generated: bool) -> Option<&'static str> {
    match (has_default, has_identity, is_generated) {
        (true, true, _) => Some("default and identity"),
        (true, _, true) => Some("default and generation expression"),
        (_, true, true) => Some("identity and generation expression"),
        _ => None,
    }
}
