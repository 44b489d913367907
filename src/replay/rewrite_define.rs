//! Rewrite rules (`rewriteDefine.c`, `transformRuleStmt()` of `parse_utilcmd.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as Type, CmdType, Node, RuleStmt};

use super::query::place_of;
use super::refusal::{
    DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome,
    Stop, UNDEFINED_COLUMN, UNDEFINED_OBJECT, UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use super::trigger::{Rows, missing_column};
use super::{Replay, Statement};
use crate::catalog::kind::{Rule, RuleEvent, TriggerEnabled};
use crate::catalog::{Attr, Class, Expr, ObjectId, Origin, Tree};
use crate::expr::{self, Around, Fault, Scope, Wanted};
use crate::sql::Ident;

/// `ViewSelectRuleName`
const RETURN: &str = "_RETURN";

impl Replay {
    /// `DefineRule()`
    pub(super) fn create_rule(&mut self, statement: &Statement<'_>, command: &RuleStmt) -> Outcome {
        let relation = self.relation(&command.relation.clone().unwrap_or_default())?;
        if self.relation_noun(&relation) == "materialized view" {
            return Err(unsupported("rules on materialized views are not supported"));
        }
        let event = match command.event() {
            CmdType::CmdSelect => RuleEvent::Select,
            CmdType::CmdUpdate => RuleEvent::Update,
            CmdType::CmdInsert => RuleEvent::Insert,
            _ => RuleEvent::Delete,
        };
        let (condition, actions) = self.transform_rule(command, &relation, event)?;
        if !matches!(self.relation_noun(&relation), "table" | "view") {
            let message = format!("relation \"{}\" cannot have rules", relation.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        command.actions.iter().try_for_each(writes_to_no_row)?;
        if event == RuleEvent::Select {
            return self.select_rule(command, &relation);
        }
        returns_once(command)?;
        if command.rulename == RETURN {
            let relation = relation.name().as_str();
            let message = format!("non-view rule for \"{relation}\" must not be named \"{RETURN}\"");
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        let id = relation.part(Class::Rule, &Ident::new(&command.rulename));
        let before = self.database.get::<Rule>(&id);
        if before.is_some() && !command.replace {
            let (rule, relation) = (&command.rulename, relation.name().as_str());
            let message = format!("rule \"{rule}\" for relation \"{relation}\" already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let origin = statement.origin();
        let facts = Rule {
            event: Attr::Is(event, origin.clone()),
            instead: Attr::Is(command.instead, origin.clone()),
            condition: Attr::Is(condition, origin.clone()),
            actions: Attr::Is(actions, origin.clone()),
            // What is replaced stays as enabled as it was.
            enabled: before.map_or(Attr::Is(TriggerEnabled::Origin, origin.clone()), |rule| rule.enabled.clone()),
            comment: before.map_or(Attr::Is(None, origin.clone()), |rule| rule.comment.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `transformRuleStmt()`: the condition and the actions, which know the rows `old` and `new`.
    fn transform_rule(
        &self,
        command: &RuleStmt,
        relation: &ObjectId,
        event: RuleEvent,
    ) -> Outcome<(Option<Expr>, Vec<Expr>)> {
        let search_path = self.search_path();
        let scope = |wanted| Scope {
            catalog: self.catalog(),
            search_path: &search_path,
            around: Around::OldAndNew(relation),
            wanted,
        };
        let condition = match command.where_clause.as_deref() {
            Some(node) => {
                let (tree, fault) = expr::resolve_checked(node, &scope(Wanted::Condition("WHERE")));
                self.rule_is_sound(&tree, fault, relation, event, true).map_err(|stop| stop.at_node(node))?;
                Some(Expr::from_tree(tree))
            }
            None => None,
        };
        let mut actions = Vec::new();
        for node in &command.actions {
            if condition.is_some() && matches!(node.node, Some(NodeEnum::NotifyStmt(_))) {
                let message = "rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or DELETE actions";
                return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
            }
            let (tree, _, fault) = expr::resolve_statement(node, &scope(Wanted::Value));
            self.rule_is_sound(&tree, fault, relation, event, false).map_err(|stop| {
                let place = node.node.as_ref().and_then(|node| place_of(node, &stop.to_string()));
                place.map_or(stop.clone(), |place| stop.at(place))
            })?;
            actions.push(Expr::from_tree(tree));
        }
        Ok((condition, actions))
    }

    /// That all is there which a condition or an action names, and that the event has the rows that it reads.
    fn rule_is_sound(
        &self,
        tree: &Tree,
        fault: Option<Fault>,
        relation: &ObjectId,
        event: RuleEvent,
        is_condition: bool,
    ) -> Outcome {
        if self.lenient {
            return Ok(());
        }
        if let Some(name) = missing_column(tree)
            && self.relation_columns(relation).is_some()
            && !self.doubts.cover(relation.name().as_str())
        {
            return Err(Stop::refused(UNDEFINED_COLUMN, format!("column {name} does not exist")));
        }
        self.relations_are_there(tree)?;
        if let Some(fault) = fault.filter(|fault| self.is_certain(fault)) {
            return Err(Stop::refused(fault.sqlstate, fault.message));
        }
        self.names_exist(tree)?;
        let rows = Rows::in_tree(tree);
        // A condition does not see the row that its event lacks.
        let unseen = match event {
            RuleEvent::Insert if rows.old => Some("old"),
            RuleEvent::Delete | RuleEvent::Select if rows.new => Some("new"),
            _ => None,
        };
        if let Some(row) = unseen.filter(|_| is_condition) {
            let message = format!("missing FROM-clause entry for table \"{row}\"");
            return Err(Stop::refused(UNDEFINED_TABLE, message));
        }
        let refused = |words: &str| Err(Stop::refused(INVALID_OBJECT_DEFINITION, words));
        match event {
            RuleEvent::Select if rows.old => refused("ON SELECT rule cannot use OLD"),
            RuleEvent::Select if rows.new => refused("ON SELECT rule cannot use NEW"),
            RuleEvent::Insert if rows.old => refused("ON INSERT rule cannot use OLD"),
            RuleEvent::Delete if rows.new => refused("ON DELETE rule cannot use NEW"),
            _ => Ok(()),
        }
    }

    /// A rule on SELECT is what makes a view.
    fn select_rule(&self, command: &RuleStmt, relation: &ObjectId) -> Outcome {
        let name = relation.name().as_str();
        if self.relation_noun(relation) == "table" {
            if self.catalog().version < 16 {
                return Err(Stop::not_modelled("a rule that makes a table a view is not followed"));
            }
            let message = format!("relation \"{name}\" cannot have ON SELECT rules");
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        match command.actions.as_slice() {
            [Node { node: Some(NodeEnum::SelectStmt(_)) }] if command.instead => {}
            [] | [_] => return Err(unsupported("rules on SELECT must have action INSTEAD SELECT")),
            _ => return Err(unsupported("multiple actions for rules on SELECT are not implemented")),
        }
        if command.where_clause.is_some() {
            return Err(unsupported("event qualifications are not implemented for rules on SELECT"));
        }
        if !command.replace {
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, format!("\"{name}\" is already a view")));
        }
        Err(Stop::not_modelled("a rule that replaces the query of a view is not followed"))
    }

    /// `get_rewrite_oid()`
    pub(super) fn rule(&self, relation: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let id = relation.part(Class::Rule, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        let message = format!("rule \"{name}\" for relation \"{}\" does not exist", relation.name().as_str());
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    /// `RenameRewriteRule()`
    pub(super) fn rename_rule(&mut self, relation: &ObjectId, from: &str, to: &Ident) -> Outcome {
        let id = self.rule(relation, from)?;
        let renamed = relation.part(Class::Rule, to);
        if self.catalog().exists(&renamed) {
            let (to, relation) = (to.as_str(), relation.name().as_str());
            let message = format!("rule \"{to}\" for relation \"{relation}\" already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        self.database.rename(&id, renamed);
        Ok(())
    }

    /// `EnableDisableRule()`
    pub(super) fn enable_rule(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let enabled = match step.subtype() {
            Type::AtEnableRule => TriggerEnabled::Origin,
            Type::AtEnableAlwaysRule => TriggerEnabled::Always,
            Type::AtEnableReplicaRule => TriggerEnabled::Replica,
            _ => TriggerEnabled::Disabled,
        };
        let id = self.rule(table, &step.name)?;
        self.database.edit::<Rule>(&id, |rule| rule.enabled = Attr::Is(enabled, origin.clone()));
        Ok(())
    }
}

fn unsupported(message: &str) -> Stop {
    Stop::refused(FEATURE_NOT_SUPPORTED, message)
}

/// The table that an action writes to is neither `old` nor `new`.
fn writes_to_no_row(action: &Node) -> Outcome {
    let relation = match &action.node {
        Some(NodeEnum::InsertStmt(insert)) => insert.relation.as_ref(),
        Some(NodeEnum::UpdateStmt(update)) => update.relation.as_ref(),
        Some(NodeEnum::DeleteStmt(delete)) => delete.relation.as_ref(),
        _ => None,
    };
    let is_row = |word: &str| relation.is_some_and(|name| name.schemaname.is_empty() && name.relname == word);
    match () {
        () if is_row("old") => Err(unsupported("rule actions on OLD are not implemented")),
        () if is_row("new") => Err(unsupported("rule actions on NEW are not implemented")),
        () => Ok(()),
    }
}

/// RETURNING stands once, and only in a rule that replaces every row's command.
fn returns_once(command: &RuleStmt) -> Outcome {
    let returns = |action: &&Node| match &action.node {
        Some(NodeEnum::InsertStmt(insert)) => insert.returning_clause.is_some(),
        Some(NodeEnum::UpdateStmt(update)) => update.returning_clause.is_some(),
        Some(NodeEnum::DeleteStmt(delete)) => delete.returning_clause.is_some(),
        _ => false,
    };
    match command.actions.iter().filter(returns).count() {
        0 => Ok(()),
        _ if command.where_clause.is_some() => {
            Err(unsupported("RETURNING lists are not supported in conditional rules"))
        }
        _ if !command.instead => Err(unsupported("RETURNING lists are not supported in non-INSTEAD rules")),
        1 => Ok(()),
        _ => Err(unsupported("cannot have multiple RETURNING lists in a rule")),
    }
}
