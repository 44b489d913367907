//! SET and RESET, as far as they decide what names mean (`guc.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{DiscardMode, Node, VariableSetKind as Kind, VariableSetStmt, a_const::Val};

use super::Replay;
use super::refusal::{INVALID_PARAMETER_VALUE, Outcome, Stop};
use super::xact::Transaction;
use crate::sql::Ident;

impl Replay {
    pub(super) fn set_variable(&mut self, command: &VariableSetStmt) -> Outcome {
        if matches!(command.name.as_str(), "role" | "session_authorization") {
            return self.set_session_role(command);
        }
        let search_path = match command.kind() {
            Kind::VarSetValue if command.name == "search_path" => command.args.iter().filter_map(text_of).collect(),
            Kind::VarSetDefault | Kind::VarReset if command.name == "search_path" => self.new_session().search_path,
            Kind::VarResetAll => self.new_session().search_path,
            _ => return Ok(()),
        };
        self.set_path(search_path, command.is_local);
        Ok(())
    }

    /// SET ROLE, SET SESSION AUTHORIZATION, and their RESET (`variable.c`).
    fn set_session_role(&mut self, command: &VariableSetStmt) -> Outcome {
        let named = match command.kind() {
            Kind::VarSetValue => command.args.first().and_then(text_of),
            _ => None,
        };
        let mut session = self.session.clone();
        session.set_role = None;
        match (command.name.as_str(), named) {
            ("role", Some(role)) if role.as_str() == "none" => {}
            ("role", Some(role)) => session.set_role = Some(self.role_to_be(&role)?),
            ("role", None) => {}
            (_, Some(user)) => session.user = Some(self.role_to_be(&user)?),
            (_, None) => session.user = self.role.clone(),
        }
        if !command.is_local
            && let Transaction::Open(block) = &mut self.transaction
        {
            block.lasting.user.clone_from(&session.user);
            block.lasting.set_role.clone_from(&session.set_role);
        }
        if !command.is_local || self.in_transaction() {
            self.session = session;
        }
        Ok(())
    }

    /// `DiscardCommand()`, as far as it concerns names.
    pub(super) fn discard(&mut self, target: DiscardMode) -> Outcome {
        match target {
            DiscardMode::DiscardAll => {
                self.prevent_in_transaction_block("DISCARD ALL")?;
                self.drop_temporary();
                self.set_path(self.new_session().search_path, false);
                (self.session.user, self.session.set_role) = (self.role.clone(), None);
            }
            DiscardMode::DiscardTemp => self.drop_temporary(),
            DiscardMode::DiscardPlans | DiscardMode::DiscardSequences | DiscardMode::Undefined => {}
        }
        Ok(())
    }

    /// `check_role()`
    fn role_to_be(&self, name: &Ident) -> Outcome<Ident> {
        let no_such = |stop| match stop {
            Stop::Refused { message, .. } => Stop::refused(INVALID_PARAMETER_VALUE, message),
            other @ Stop::NotModelled(_) => other,
        };
        self.known_role(name).map_err(no_such)
    }

    pub(super) fn set_path(&mut self, path: Vec<Ident>, local: bool) {
        let search_path = without_implicit(path.into_iter());
        if !local && let Transaction::Open(block) = &mut self.transaction {
            block.lasting.search_path.clone_from(&search_path);
        }
        // Outside of a transaction SET LOCAL has no effect.
        if !local || self.in_transaction() {
            self.session.search_path = search_path;
        }
    }
}

/// The path that SET gives.
pub(super) fn path_of(command: &VariableSetStmt) -> Vec<Ident> {
    without_implicit(command.args.iter().filter_map(text_of))
}

/// What is always looked at, or stands for something else, says nothing.
fn without_implicit(path: impl Iterator<Item = Ident>) -> Vec<Ident> {
    path.filter(|name| !["$user", "pg_catalog", "pg_temp", ""].contains(&name.as_str())).collect()
}

fn text_of(node: &Node) -> Option<Ident> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            Val::Sval(text) => Some(Ident::from(&text.sval)),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => text_of(cast.arg.as_ref()?),
        _ => None,
    }
}
