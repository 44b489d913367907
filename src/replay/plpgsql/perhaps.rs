//! What may have been carried out, or not: nobody knows.

use pg_query::NodeEnum;

use super::run::{Flow, Leave, Run};
use super::syntax::{Loop, Over, Step, Target, What};
use super::value::Value;
use crate::replay::Statement;
use crate::replay::utility::leaves_the_schema_alone;
use crate::sql::parse;

impl Run<'_> {
    /// Says so of each statement that may have changed the schema, and where control may have gone.
    pub(super) fn perhaps(&mut self, steps: &[Step]) -> Option<Leave> {
        let leaves: Vec<Leave> = steps.iter().filter_map(|step| self.perhaps_step(step)).collect();
        leaves.into_iter().reduce(Leave::or)
    }

    fn perhaps_step(&mut self, step: &Step) -> Option<Leave> {
        match &step.what {
            What::Block(block) => {
                for declaration in &block.declarations {
                    self.variables.assign(&declaration.name, Value::Unknown);
                }
                let handlers: Vec<&[Step]> = block.handlers.iter().map(|handler| handler.body.as_slice()).collect();
                let bodies = [block.body.as_slice()].into_iter().chain(handlers);
                bodies.filter_map(|body| self.perhaps(body)).collect::<Vec<_>>().into_iter().reduce(Leave::or)
            }
            What::If { arms, otherwise } => {
                let bodies = arms.iter().map(|(_, body)| body).chain([otherwise]);
                bodies.filter_map(|body| self.perhaps(body)).collect::<Vec<_>>().into_iter().reduce(Leave::or)
            }
            What::Loop(of) => match self.perhaps_loop(of) {
                Flow::Perhaps(leave) => Some(leave),
                Flow::On | Flow::Leave(_) => None,
            },
            What::Assign { target, .. } => {
                self.forget(std::slice::from_ref(target));
                None
            }
            What::Sql { into, .. } => {
                self.forget(into);
                let statement = self.code.statement(&step.span);
                self.perhaps_sql(&statement, "whether this is run hangs on what is not known here");
                None
            }
            What::Perform(_) => {
                let statement = self.code.statement(&step.span);
                if self.replay.doubts.calls_change(statement.text) {
                    self.tell(&statement, "whether this is run hangs on what is not known here");
                }
                self.replay.doubts.of_rows(statement.text);
                None
            }
            What::Execute { into, .. } => {
                self.forget(into);
                let statement = self.code.statement(&step.span);
                if self.replay.doubts.may_change(statement.text) {
                    self.tell(&statement, "what this runs is not known here");
                }
                self.replay.doubts.of_rows(statement.text);
                None
            }
            What::Diagnostics { items, .. } => {
                items.iter().for_each(|(target, _)| self.forget(std::slice::from_ref(target)));
                None
            }
            What::Leave { is_exit: true, label, .. } => Some(Leave::Exit(label.clone())),
            What::Leave { is_exit: false, label, .. } => Some(Leave::Continue(label.clone())),
            What::Return(_) | What::ReturnNext(_) | What::ReturnQuery(_) => Some(Leave::Return),
            // That it is raised would be the end of all.
            What::Raise(_) | What::Assert(_) | What::Nothing => None,
        }
    }

    /// Whether a loop's body runs is not known.
    pub(super) fn perhaps_loop(&mut self, of: &Loop) -> Flow {
        match &of.over {
            Over::Rows { targets, .. } => self.forget(targets),
            Over::Array { target, .. } => self.forget(std::slice::from_ref(target)),
            Over::Range { variable, .. } => drop(self.variables.declare(variable, Value::Unknown, None)),
            Over::Forever | Over::While(_) => {}
        }
        self.variables.assign("found", Value::Unknown);
        match self.perhaps(&of.body) {
            Some(Leave::Exit(label) | Leave::Continue(label)) if label.is_none() || label == of.label => Flow::On,
            Some(leave) => Flow::Perhaps(leave),
            None => Flow::On,
        }
    }

    fn perhaps_sql(&mut self, statement: &Statement<'_>, message: &str) {
        let says_nothing = |node: &NodeEnum| leaves_the_schema_alone(node) || is_query(node);
        let is_harmless = parse::parse(statement.text).is_ok_and(|nodes| nodes.iter().all(says_nothing));
        if !is_harmless || self.replay.doubts.calls_change(statement.text) {
            self.tell(statement, message);
        }
        self.replay.doubts.of_rows(statement.text);
    }

    fn forget(&mut self, targets: &[Target]) {
        for target in targets {
            if let Some(name) = target.path.first() {
                self.variables.assign(name, Value::Unknown);
            }
        }
    }

    fn tell(&mut self, statement: &Statement<'_>, message: &str) {
        self.replay.doubts.of_code(statement.text);
        self.replay.note(statement, message);
    }
}

fn is_query(node: &NodeEnum) -> bool {
    matches!(node, NodeEnum::SelectStmt(select) if select.into_clause.is_none())
}
