//! Rewrite rules (`rewriteDefine.c`, `transformRuleStmt()` of `parse_utilcmd.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as Type, CmdType, Node, RuleStmt};

use super::query::place_of;
use super::refusal::{
    DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome,
    Stop, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use super::trigger::Rows;
use super::{Replay, Statement};
use crate::catalog::kind::{Rule, RuleEvent, Table, TriggerEnabled, View};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin, Tree};
use crate::expr::{self, Around, Clause, Fault, Outputs, Scope, Wanted};
use crate::sql::Ident;

/// What a rule does, and what that gives.
type Action = (Expr, Outputs);

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
            return self.select_rule(command, &relation, &statement.origin());
        }
        for (at, node) in command.actions.iter().enumerate().filter(|(_, node)| returns(node)) {
            may_return(command, at)?;
            let outputs = &actions[at].1;
            // Unless it is not known what is returned.
            if !outputs.is_empty() && !self.lenient {
                self.fits_columns(&relation, outputs, false).map_err(|stop| stop.at_node(node))?;
            }
        }
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
            actions: Attr::Is(actions.into_iter().map(|(action, _)| action).collect(), origin.clone()),
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
    ) -> Outcome<(Option<Expr>, Vec<Action>)> {
        let search_path = self.search_path();
        let scope = |unseen, wanted| Scope {
            catalog: self.catalog(),
            search_path: &search_path,
            around: Around::OldAndNew { of: relation, unseen },
            wanted,
        };
        // A condition does not see the row that its event lacks; an action does, and must not use it.
        let lacking = match event {
            RuleEvent::Insert => Some("old"),
            RuleEvent::Delete | RuleEvent::Select => Some("new"),
            RuleEvent::Update => None,
        };
        let condition = match command.where_clause.as_deref() {
            Some(node) => {
                let (tree, faults) = expr::resolve_checked(node, &scope(lacking, Wanted::In(Clause::Where)));
                self.no_fault(&faults).map_err(|stop| stop.at_node(node))?;
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
            let (tree, outputs, faults) = expr::resolve_statement(node, &scope(None, Wanted::Value));
            self.action_is_sound(&tree, &faults, event).map_err(|stop| {
                let place = node.node.as_ref().and_then(|node| place_of(node, &stop.to_string()));
                place.map_or(stop.clone(), |place| stop.at(place))
            })?;
            actions.push((Expr::from_tree(tree), outputs));
        }
        Ok((condition, actions))
    }

    /// That all is there which an action names, and that the event has the rows that it reads.
    fn action_is_sound(&self, tree: &Tree, faults: &[Fault], event: RuleEvent) -> Outcome {
        if self.lenient {
            return Ok(());
        }
        self.no_fault(faults)?;
        let rows = Rows::in_tree(tree);
        let refused = |words: &str| Err(Stop::refused(INVALID_OBJECT_DEFINITION, words));
        match event {
            RuleEvent::Select if rows.old => refused("ON SELECT rule cannot use OLD"),
            RuleEvent::Select if rows.new => refused("ON SELECT rule cannot use NEW"),
            RuleEvent::Insert if rows.old => refused("ON INSERT rule cannot use OLD"),
            RuleEvent::Delete if rows.new => refused("ON DELETE rule cannot use NEW"),
            _ => Ok(()),
        }
    }

    /// A rule on SELECT is what makes a view, and up to 15 it could make one of a table.
    fn select_rule(&mut self, command: &RuleStmt, relation: &ObjectId, origin: &Origin) -> Outcome {
        let name = relation.name().as_str();
        let is_table = self.relation_noun(relation) == "table";
        if is_table && self.catalog().version >= 16 {
            let message = format!("relation \"{name}\" cannot have ON SELECT rules");
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        let query = match command.actions.as_slice() {
            [query @ Node { node: Some(NodeEnum::SelectStmt(_)) }] if command.instead => query,
            [] | [_] => return Err(unsupported("rules on SELECT must have action INSTEAD SELECT")),
            _ => return Err(unsupported("multiple actions for rules on SELECT are not implemented")),
        };
        if command.where_clause.is_some() {
            return Err(unsupported("event qualifications are not implemented for rules on SELECT"));
        }
        let analyzed = self.analyze(Some(query), &[])?;
        if let Some(analyzed) = &analyzed {
            let outputs = analyzed.columns.iter().map(|output| (output.name.clone(), output.of.clone())).collect();
            self.fits_columns(relation, &outputs, true)?;
        }
        if !is_table && !command.replace {
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, format!("\"{name}\" is already a view")));
        }
        if command.rulename != RETURN {
            let message = format!("view rule for \"{name}\" must be named \"{RETURN}\"");
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        let Some(analyzed) = analyzed else {
            return Err(Stop::not_modelled("a rule makes a view of a query that is not known"));
        };
        if is_table {
            self.may_become_view(relation)?;
            self.become_view(relation, origin);
        }
        if self.database.get::<View>(relation).is_none() {
            return Err(Stop::not_modelled(format!("the view {relation} is not compared yet")));
        }
        self.database.edit::<View>(relation, |view| view.query = Attr::Is(analyzed.expr(), origin.clone()));
        Ok(())
    }

    /// `checkRuleResultList()`: a rule gives the very columns that the relation has; RETURNING may call them otherwise.
    fn fits_columns(&self, relation: &ObjectId, outputs: &Outputs, is_select: bool) -> Outcome {
        let refused = |message: String| Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        let (list, its) = if is_select {
            ("SELECT rule's target list", "SELECT rule's target")
        } else {
            ("RETURNING list", "RETURNING list's")
        };
        let Some(order) = self.catalog().facts(relation).and_then(Facts::column_order) else { return Ok(()) };
        for (at, (output, of)) in outputs.iter().enumerate() {
            let Some(name) = order.get(at) else {
                return refused(format!("{list} has too many entries"));
            };
            let (entry, column) = (at + 1, name.as_str());
            if is_select && name != output {
                return refused(format!("{its} entry {entry} has different column name from column \"{column}\""));
            }
            let ours = self.catalog().column(relation, name).and_then(|column| column.data_type.get());
            let (Some(ours), Some(theirs)) = (ours, of) else { continue };
            let is_same_type = (&ours.name, ours.array) == (&theirs.name, theirs.array);
            if !is_same_type {
                return refused(format!("{its} entry {entry} has different type from column \"{column}\""));
            }
            // One of them may leave it open.
            if ours.typmod != theirs.typmod && !ours.typmod.is_empty() && !theirs.typmod.is_empty() {
                return refused(format!("{its} entry {entry} has different size from column \"{column}\""));
            }
        }
        if outputs.len() < order.len() {
            return refused(format!("{list} has too few entries"));
        }
        Ok(())
    }

    /// What a table must not have for a rule to make a view of it (`DefineQueryRewrite()`, up to 15).
    fn may_become_view(&self, table: &ObjectId) -> Outcome {
        let name = table.name().as_str();
        let Some(facts) = self.database.get::<Table>(table) else { return Ok(()) };
        for (is, noun) in [(self.is_partitioned(table), "partitioned table"), (self.is_partition(table), "partition")] {
            if is {
                let message = format!("cannot convert {noun} \"{name}\" to a view");
                return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
            }
        }
        if !self.is_empty(table) {
            return Err(Stop::not_modelled(
                "a rule makes a view of a table without rows alone, which is not known here",
            ));
        }
        let has = |class: Class| self.catalog().parts(table, class).next().is_some();
        let secured = facts.row_security.get().is_some_and(|security| security.flags().0);
        let keys =
            self.catalog().parts(table, Class::Constraint).any(|(_, object)| object.facts.kind().stands_on_index());
        let references = self.catalog().parts(table, Class::Constraint);
        let references = references.into_iter().any(|(_, object)| matches!(object.facts, Facts::ForeignKey(_)));
        let obstacles = [
            (references || has(Class::Trigger), "it has triggers"),
            (keys || has(Class::Index), "it has indexes"),
            (!self.children_of(table).is_empty(), "it has child tables"),
            (!self.parents_of(table).is_empty(), "it has parent tables"),
            (secured, "it has row security enabled"),
            (has(Class::Policy), "it has row security policies"),
        ];
        if let Some((_, why)) = obstacles.iter().find(|(is, _)| *is) {
            let message = format!("could not convert table \"{name}\" to a view because {why}");
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        Ok(())
    }

    /// The columns stay as they are; what else the table had does not.
    fn become_view(&mut self, table: &ObjectId, origin: &Origin) {
        let Some(facts) = self.database.get::<Table>(table).cloned() else { return };
        let parts: Vec<ObjectId> = self.catalog().parts(table, Class::Constraint).map(|(id, _)| id.clone()).collect();
        for part in parts {
            self.database.remove(&part);
        }
        let view = View {
            column_order: facts.column_order,
            security_barrier: Attr::Is(false, origin.clone()),
            security_invoker: Attr::Is(false, origin.clone()),
            check_option: Attr::Is(None, origin.clone()),
            persistence: facts.persistence,
            owner: facts.owner,
            privileges: facts.privileges,
            comment: facts.comment,
            ..View::default()
        };
        self.database.remove(table);
        self.database.insert(table.clone(), view, origin.clone());
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

fn returns(action: &Node) -> bool {
    match &action.node {
        Some(NodeEnum::InsertStmt(insert)) => insert.returning_clause.is_some(),
        Some(NodeEnum::UpdateStmt(update)) => update.returning_clause.is_some(),
        Some(NodeEnum::DeleteStmt(delete)) => delete.returning_clause.is_some(),
        _ => false,
    }
}

/// RETURNING stands once, and only in a rule that replaces every row's command.
fn may_return(command: &RuleStmt, at: usize) -> Outcome {
    match () {
        () if command.actions[..at].iter().any(returns) => {
            Err(unsupported("cannot have multiple RETURNING lists in a rule"))
        }
        () if command.where_clause.is_some() => {
            Err(unsupported("RETURNING lists are not supported in conditional rules"))
        }
        () if !command.instead => Err(unsupported("RETURNING lists are not supported in non-INSTEAD rules")),
        () => Ok(()),
    }
}
