//! Triggers (`trigger.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as Type, CreateTrigStmt, Node, TriggerTransition};

use super::heap::Clause;
use super::refusal::{
    DUPLICATE_COLUMN, DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, Outcome, Stop,
    UNDEFINED_COLUMN, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use super::{Replay, Statement};
use crate::catalog::kind::{
    RelationName, RoutineName, Trigger, TriggerEnabled, TriggerEvent, TriggerLevel, TriggerTiming,
};
use crate::catalog::tree::{Names, Place};
use crate::catalog::{Attr, Class, Expr, ObjectId, Origin, Tree};
use crate::expr::Around;
use crate::library::Library;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName};

impl Replay {
    /// `CreateTriggerFiringOn()`
    pub(super) fn create_trigger(&mut self, statement: &Statement<'_>, command: &CreateTrigStmt) -> Outcome {
        let relation = self.relation(&command.relation.clone().unwrap_or_default())?;
        self.can_have_trigger(&relation, command)?;
        let from = command.constrrel.as_ref().map(|name| self.relation(name)).transpose()?;
        let shape = Shape::of(command);
        shape.is_supported(command)?;
        let [old_table, new_table] = self.transition_tables(&relation, &shape, command)?;
        let condition = match &command.when_clause {
            Some(node) => Some(self.trigger_condition(node, &relation, &shape)?),
            None => None,
        };
        let function = self.trigger_function(&command.funcname, "trigger")?;
        let id = relation.part(Class::Trigger, &Ident::new(&command.trigname));
        let before = self.database.get::<Trigger>(&id);
        let mut comment = None;
        if let Some(before) = before {
            let named = format!("trigger \"{}\" for relation \"{}\"", command.trigname, relation.name().as_str());
            if !command.replace {
                return Err(Stop::refused(DUPLICATE_OBJECT, format!("{named} already exists")));
            }
            if before.constraint.get() == Some(&true) {
                return Err(Stop::refused(DUPLICATE_OBJECT, format!("{named} is a constraint trigger")));
            }
            comment = before.comment.get().cloned().flatten();
        }
        let columns = self.trigger_columns(&relation, &command.columns)?;
        let origin = statement.origin();
        let arguments = command.args.iter().filter_map(string_of).collect();
        let facts = Trigger {
            timing: Attr::Is(shape.timing, origin.clone()),
            events: Attr::Is(shape.events, origin.clone()),
            columns: Attr::Is(columns, origin.clone()),
            level: Attr::Is(shape.level, origin.clone()),
            condition: Attr::Is(condition, origin.clone()),
            old_table: Attr::Is(old_table, origin.clone()),
            new_table: Attr::Is(new_table, origin.clone()),
            function: Attr::Is(function, origin.clone()),
            arguments: Attr::Is(arguments, origin.clone()),
            constraint: Attr::Is(command.isconstraint, origin.clone()),
            deferrable: Attr::Is(command.deferrable || command.initdeferred, origin.clone()),
            initially_deferred: Attr::Is(command.initdeferred, origin.clone()),
            from: Attr::Is(from.as_ref().map(RelationName::of), origin.clone()),
            enabled: Attr::Is(TriggerEnabled::Origin, origin.clone()),
            comment: Attr::Is(comment, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    fn can_have_trigger(&self, relation: &ObjectId, command: &CreateTrigStmt) -> Outcome {
        let shape = Shape::of(command);
        let refused = |words: &str| {
            let message = format!("\"{}\" {words}", relation.name().as_str());
            Err(Stop::refused(WRONG_OBJECT_TYPE, message))
        };
        if matches!(relation.class(), Class::Index | Class::Constraint) {
            return refused("cannot have triggers");
        }
        let is_before_or_after = shape.timing != TriggerTiming::InsteadOf;
        if self.is_partitioned(relation) && shape.level == TriggerLevel::Row && !command.transition_rels.is_empty() {
            let message = format!("\"{}\" is a partitioned table", relation.name().as_str());
            let hint = "ROW triggers with transition tables are not supported on partitioned tables";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message).with_hint(hint.to_owned()));
        }
        match self.relation_noun(relation) {
            "table" if !is_before_or_after => refused("is a table"),
            "view" if is_before_or_after && shape.level == TriggerLevel::Row => refused("is a view"),
            "view" if shape.events.contains(&TriggerEvent::Truncate) => refused("is a view"),
            "foreign table" if !is_before_or_after || command.isconstraint => refused("is a foreign table"),
            "materialized view" | "sequence" => refused("cannot have triggers"),
            _ => Ok(()),
        }
    }

    /// The names of the old and of the new rows.
    fn transition_tables(
        &self,
        relation: &ObjectId,
        shape: &Shape,
        command: &CreateTrigStmt,
    ) -> Outcome<[Option<Ident>; 2]> {
        let invalid = |message: &str| Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        let refused = |message: &str| Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        let mut names = [None, None];
        for transition in command.transition_rels.iter().filter_map(transition_of) {
            if !transition.is_table {
                return refused("ROW variable naming in the REFERENCING clause is not supported");
            }
            match self.relation_noun(relation) {
                sort @ ("foreign table" | "view") => {
                    let message = format!("\"{}\" is a {sort}", relation.name().as_str());
                    return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
                }
                _ if shape.level == TriggerLevel::Row && !self.parents_of(relation).is_empty() => {
                    let whose = if self.is_partition(relation) { "partitions" } else { "inheritance children" };
                    return refused(&format!("ROW triggers with transition tables are not supported on {whose}"));
                }
                _ => {}
            }
            if shape.timing != TriggerTiming::After {
                return invalid("transition table name can only be specified for an AFTER trigger");
            }
            if shape.events.contains(&TriggerEvent::Truncate) {
                return refused("TRUNCATE triggers with transition tables are not supported");
            }
            if shape.events.len() != 1 {
                return refused("transition tables cannot be specified for triggers with more than one event");
            }
            if !command.columns.is_empty() {
                return refused("transition tables cannot be specified for triggers with column lists");
            }
            let (other, message) = match transition.is_new {
                true => (TriggerEvent::Delete, "NEW TABLE can only be specified for an INSERT or UPDATE trigger"),
                false => (TriggerEvent::Insert, "OLD TABLE can only be specified for a DELETE or UPDATE trigger"),
            };
            if shape.events.contains(&other) {
                return invalid(message);
            }
            let name = &mut names[usize::from(transition.is_new)];
            if name.replace(Ident::new(&transition.name)).is_some() {
                let which = if transition.is_new { "NEW" } else { "OLD" };
                return invalid(&format!("{which} TABLE cannot be specified multiple times"));
            }
        }
        if names[0].is_some() && names[0] == names[1] {
            return invalid("OLD TABLE name and NEW TABLE name cannot be the same");
        }
        Ok(names)
    }

    /// `FindTriggerIncompatibleWithInheritance()`: no trigger sees rows of a child as a table that go to its parent.
    pub(super) fn can_become(&self, table: &ObjectId, what: &str) -> Outcome {
        let looks_at_rows = |trigger: &Trigger| {
            let tables = [trigger.old_table.get(), trigger.new_table.get()];
            trigger.level.get() == Some(&TriggerLevel::Row) && tables.into_iter().flatten().any(Option::is_some)
        };
        let mut triggers = self.catalog().parts(table, Class::Trigger).map(|(id, _)| id);
        match triggers.find(|id| self.database.get::<Trigger>(id).is_some_and(looks_at_rows)) {
            Some(id) => {
                let (trigger, table) = (id.name().as_str(), table.name().as_str());
                let message = format!("trigger \"{trigger}\" prevents table \"{table}\" from becoming {what}");
                Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
            }
            None => Ok(()),
        }
    }

    fn trigger_columns(&self, relation: &ObjectId, nodes: &[Node]) -> Outcome<Vec<Ident>> {
        let mut columns: Vec<Ident> = Vec::new();
        for name in nodes.iter().filter_map(string_of).map(Ident::new) {
            let is_known = self.catalog().facts(relation).is_some() && !self.lenient;
            if is_known && !self.catalog().exists(&relation.part(Class::Column, &name)) {
                let (name, relation) = (name.as_str(), relation.name().as_str());
                let message = format!("column \"{name}\" of relation \"{relation}\" does not exist");
                return Err(Stop::refused(UNDEFINED_COLUMN, message));
            }
            if columns.contains(&name) {
                let message = format!("column \"{}\" specified more than once", name.as_str());
                return Err(Stop::refused(DUPLICATE_COLUMN, message));
            }
            columns.push(name);
        }
        Ok(columns)
    }

    /// The WHEN of a trigger, which knows the rows `old` and `new` as far as there are such.
    fn trigger_condition(&self, node: &Node, relation: &ObjectId, shape: &Shape) -> Outcome<Expr> {
        self.condition_of(node, relation, shape).map_err(|stop| stop.at_node(node))
    }

    fn condition_of(&self, node: &Node, relation: &ObjectId, shape: &Shape) -> Outcome<Expr> {
        let tree = self.checked(node, Around::OldAndNew { of: relation, unseen: None }, Clause::When)?;
        if self.lenient {
            return Ok(Expr::from_tree(tree));
        }
        let rows = Rows::in_tree(&tree);
        let refused = |message: &str| Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        match (rows.old, rows.new) {
            (true, _) | (_, true) if shape.level == TriggerLevel::Statement => {
                refused("statement trigger's WHEN condition cannot reference column values")
            }
            (true, _) if shape.events.contains(&TriggerEvent::Insert) => {
                refused("INSERT trigger's WHEN condition cannot reference OLD values")
            }
            (_, true) if shape.events.contains(&TriggerEvent::Delete) => {
                refused("DELETE trigger's WHEN condition cannot reference NEW values")
            }
            _ => Ok(Expr::from_tree(tree)),
        }
    }

    /// `LookupFuncName()`: the function of that name without arguments, which has to give that type.
    pub(super) fn trigger_function(&self, name: &[Node], wanted: &str) -> Outcome<RoutineName> {
        let parts: Vec<String> = name.iter().filter_map(string_of).collect();
        let name = QualifiedName::from_parts(&parts);
        let refused = |sqlstate: &'static str, words: &str| {
            Err(Stop::refused(sqlstate, format!("function {}{words}", parts.join("."))))
        };
        let schema = name.schema.as_ref().map_or("", Ident::as_str);
        let own = self.schemas_of(schema).into_iter().find_map(|schema| {
            let mut overloads = self.catalog().overloads(Class::Routine, &schema, &name.name);
            overloads.find(|(id, _)| id.args().is_empty())
        });
        let builtin = Library::of(self.catalog().version).routines(name.name.as_str());
        let builtin = builtin.iter().find(|routine| routine.args.is_empty() && name.schema.is_none());
        let (found, signature) = match (builtin, own) {
            (Some(signature), _) => (name.clone(), Some(signature)),
            (None, Some((id, meaning))) => (id.qualified_name(), meaning.signature()),
            (None, None) => {
                let is_there = name.schema.as_ref().is_none_or(|schema| self.schema(schema).is_ok());
                let is_certain = (is_there || self.knows_all)
                    && !self.lenient
                    && !self.has_unknown_extension()
                    && !self.doubts.cover(name.name.as_str());
                if is_certain {
                    name.schema.as_ref().map(|schema| self.schema(schema)).transpose()?;
                    return refused(UNDEFINED_FUNCTION, "() does not exist");
                }
                let schema = name.schema.clone().or_else(|| self.creation_schema("").ok());
                (QualifiedName { schema, name: name.name.clone() }, None)
            }
        };
        if signature.is_some_and(|signature| !signature.result.is_builtin(wanted)) {
            return refused(INVALID_OBJECT_DEFINITION, &format!(" must return type {wanted}"));
        }
        Ok(RoutineName { name: found, args: Vec::new() })
    }

    /// `get_trigger_oid()`
    pub(super) fn trigger(&self, relation: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let id = relation.part(Class::Trigger, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        let message = format!("trigger \"{name}\" for table \"{}\" does not exist", relation.name().as_str());
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    /// `renametrig()`
    pub(super) fn rename_trigger(&mut self, relation: &ObjectId, from: &str, to: &Ident) -> Outcome {
        let renamed = relation.part(Class::Trigger, to);
        if *to == from && self.catalog().version >= 15 {
            return self.trigger(relation, from).map(|_| ());
        }
        if self.catalog().exists(&renamed) {
            let (to, relation) = (to.as_str(), relation.name().as_str());
            let message = format!("trigger \"{to}\" for relation \"{relation}\" already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let id = self.trigger(relation, from)?;
        self.database.rename(&id, renamed);
        Ok(())
    }

    /// `EnableDisableTrigger()`
    pub(super) fn enable_triggers(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let (enabled, is_all) = match step.subtype() {
            Type::AtEnableTrig => (TriggerEnabled::Origin, false),
            Type::AtEnableAlwaysTrig => (TriggerEnabled::Always, false),
            Type::AtEnableReplicaTrig => (TriggerEnabled::Replica, false),
            Type::AtDisableTrig => (TriggerEnabled::Disabled, false),
            Type::AtEnableTrigAll | Type::AtEnableTrigUser => (TriggerEnabled::Origin, true),
            _ => (TriggerEnabled::Disabled, true),
        };
        let targets: Vec<ObjectId> = match is_all {
            true => self.catalog().parts(table, Class::Trigger).map(|(id, _)| id.clone()).collect(),
            false => vec![self.trigger(table, &step.name)?],
        };
        for id in targets {
            self.database.edit::<Trigger>(&id, |trigger| trigger.enabled = Attr::Is(enabled, origin.clone()));
        }
        Ok(())
    }
}

/// When a trigger fires, and for what.
struct Shape {
    timing: TriggerTiming,
    events: Vec<TriggerEvent>,
    level: TriggerLevel,
}

impl Shape {
    fn of(command: &CreateTrigStmt) -> Self {
        let bits = i16::try_from(command.timing | command.events).unwrap_or_default() | i16::from(command.row);
        Self {
            timing: TriggerTiming::of_tgtype(bits),
            events: TriggerEvent::of_tgtype(bits),
            level: TriggerLevel::of_tgtype(bits),
        }
    }

    /// What no server can do.
    fn is_supported(&self, command: &CreateTrigStmt) -> Outcome {
        let refused = |message: &str| Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        if self.level == TriggerLevel::Row && self.events.contains(&TriggerEvent::Truncate) {
            return refused("TRUNCATE FOR EACH ROW triggers are not supported");
        }
        if self.timing != TriggerTiming::InsteadOf {
            return Ok(());
        }
        match (self.level, command.when_clause.is_some(), command.columns.is_empty()) {
            (TriggerLevel::Statement, ..) => refused("INSTEAD OF triggers must be FOR EACH ROW"),
            (_, true, _) => refused("INSTEAD OF triggers cannot have WHEN conditions"),
            (_, _, false) => refused("INSTEAD OF triggers cannot have column lists"),
            _ => Ok(()),
        }
    }
}

fn transition_of(node: &Node) -> Option<&TriggerTransition> {
    match &node.node {
        Some(NodeEnum::TriggerTransition(transition)) => Some(transition),
        _ => None,
    }
}

/// Which of the rows `old` and `new` around it something reads.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) old: bool,
    pub(super) new: bool,
    /// How many queries further in the walk is.
    depth: usize,
}

impl Rows {
    pub(super) fn in_tree(tree: &Tree) -> Self {
        let mut rows = Self::default();
        tree.clone().root.visit(&mut rows);
        rows
    }
}

impl Names for Rows {
    fn place(&mut self, place: &mut Place) {
        self.old |= (place.level, place.item) == (self.depth, 0);
        self.new |= (place.level, place.item) == (self.depth, 1);
    }

    fn enter(&mut self) {
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}
