//! SET and RESET, and what they leave set (`guc.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{DiscardMode, Node, VariableSetKind as Kind, VariableSetStmt, a_const::Val};

use super::refusal::{INVALID_PARAMETER_VALUE, Outcome, Stop};
use super::xact::Transaction;
use super::{Replay, Session};
use crate::sql::Ident;
use crate::sql::ident::split_identifiers;

impl Replay {
    pub(super) fn set_variable(&mut self, command: &VariableSetStmt) -> Outcome {
        if matches!(command.name.as_str(), "role" | "session_authorization") {
            return self.set_session_role(command);
        }
        let name = variable_name(&command.name);
        match command.kind() {
            Kind::VarSetValue => {
                let path = (name == "search_path").then(|| path_of(command));
                let value = setting_value(name, &command.args);
                self.change_session(command.is_local, |session, _| {
                    session.set(name, path.as_deref(), value.as_deref())
                });
            }
            Kind::VarSetDefault | Kind::VarReset => {
                self.change_session(command.is_local, |session, new| session.reset(name, new));
            }
            Kind::VarResetAll => self.change_session(false, Session::reset_all),
            Kind::VarSetCurrent | Kind::VarSetMulti | Kind::Undefined => {}
        }
        Ok(())
    }

    /// `set_config()`
    pub(super) fn set_config(&mut self, name: &str, value: &str, is_local: bool) {
        let name = variable_name(name);
        let path = if name == "search_path" { split_identifiers(value, ',') } else { None };
        let path = path.map(|path| without_implicit(path.into_iter()));
        self.change_session(is_local, |session, _| session.set(name, path.as_deref(), Some(value)));
    }

    /// Changes the session, given what a new one would be: for this transaction, or for good if that is committed.
    fn change_session(&mut self, is_local: bool, change: impl Fn(&mut Session, &Session)) {
        let new = self.new_session();
        if !is_local && let Transaction::Open(block) = &mut self.transaction {
            change(&mut block.lasting, &new);
        }
        // Outside of a transaction SET LOCAL has no effect.
        if !is_local || self.in_transaction() {
            change(&mut self.session, &new);
        }
    }

    /// SET ROLE, SET SESSION AUTHORIZATION, and their RESET (`variable.c`).
    fn set_session_role(&mut self, command: &VariableSetStmt) -> Outcome {
        let named = match command.kind() {
            Kind::VarSetValue => command.args.first().and_then(text_of),
            _ => None,
        };
        let (user, set_role) = match (command.name.as_str(), named) {
            ("role", Some(role)) if role.as_str() == "none" => (self.session.user.clone(), None),
            ("role", Some(role)) => (self.session.user.clone(), Some(self.role_to_be(&role)?)),
            ("role", None) => (self.session.user.clone(), None),
            (_, Some(user)) => (Some(self.role_to_be(&user)?), None),
            (_, None) => (self.role.clone(), None),
        };
        self.change_session(command.is_local, |session, _| {
            session.user.clone_from(&user);
            session.set_role.clone_from(&set_role);
        });
        Ok(())
    }

    /// `DiscardCommand()`, as far as it concerns names.
    pub(super) fn discard(&mut self, target: DiscardMode) -> Outcome {
        match target {
            DiscardMode::DiscardAll => {
                self.prevent_in_transaction_block("DISCARD ALL")?;
                self.drop_temporary();
                self.change_session(false, Session::reset_all);
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
}

impl Session {
    /// What a setting was set to (`GetConfigOptionByName()`); none where it is what the server began with.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(variable_name(name)).map(String::as_str)
    }

    /// Gives a setting a value, if that is known; `path` is what it means to the `search_path`.
    fn set(&mut self, name: &str, path: Option<&[Ident]>, value: Option<&str>) {
        if let Some(path) = path {
            self.search_path = path.to_vec();
        }
        match value {
            Some(value) => drop(self.settings.insert(name.to_owned(), value.to_owned())),
            None => drop(self.settings.remove(name)),
        }
    }

    fn reset(&mut self, name: &str, new: &Self) {
        self.set(name, (name == "search_path").then_some(new.search_path.as_slice()), None);
    }

    fn reset_all(&mut self, new: &Self) {
        self.settings.clear();
        self.search_path.clone_from(&new.search_path);
    }
}

/// `GUCArrayAdd()` and its like: settings that are kept, after these clauses; none where a value is not known.
pub(super) fn changed_settings(
    mut now: Vec<String>,
    clauses: &[VariableSetStmt],
    session: &Session,
) -> Option<Vec<String>> {
    for clause in clauses {
        let name = variable_name(&clause.name);
        let is_it =
            |setting: &String| setting.split_once('=').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
        let at = now.iter().position(is_it);
        let value = match clause.kind() {
            Kind::VarResetAll => {
                now.clear();
                continue;
            }
            Kind::VarSetDefault | Kind::VarReset => {
                at.into_iter().for_each(|at| drop(now.remove(at)));
                continue;
            }
            Kind::VarSetValue => setting_value(name, &clause.args)?,
            Kind::VarSetCurrent => session.setting(name)?.to_owned(),
            Kind::VarSetMulti | Kind::Undefined => return None,
        };
        let setting = format!("{name}={value}");
        match at {
            Some(at) => now[at] = setting,
            None => now.push(setting),
        }
    }
    Some(now)
}

/// The name that the server keeps a setting under (`find_option()`).
fn variable_name(name: &str) -> &str {
    match name {
        "timezone" => "TimeZone",
        "datestyle" => "DateStyle",
        "intervalstyle" => "IntervalStyle",
        "sort_mem" => "work_mem",
        "vacuum_mem" => "maintenance_work_mem",
        other => other,
    }
}

/// `flatten_set_variable_args()`
fn setting_value(name: &str, args: &[Node]) -> Option<String> {
    /// What is a list of names (`GUC_LIST_QUOTE`).
    const NAMES: [&str; 6] = [
        "search_path",
        "temp_tablespaces",
        "session_preload_libraries",
        "shared_preload_libraries",
        "local_preload_libraries",
        "unix_socket_directories",
    ];
    let one = |arg: &Node| match constant(arg)? {
        Val::Sval(text) if NAMES.contains(&name) => Some(Ident::new(&text.sval).to_string()),
        Val::Sval(text) => Some(text.sval.clone()),
        Val::Ival(number) => Some(number.ival.to_string()),
        Val::Fval(number) => Some(number.fval.clone()),
        Val::Boolval(flag) => Some(flag.boolval.to_string()),
        Val::Bsval(_) => None,
    };
    Some(args.iter().map(one).collect::<Option<Vec<_>>>()?.join(", "))
}

fn constant(node: &Node) -> Option<&Val> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => constant.val.as_ref(),
        _ => None,
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
        NodeEnum::TypeCast(cast) => text_of(cast.arg.as_ref()?),
        _ => match constant(node)? {
            Val::Sval(text) => Some(Ident::from(&text.sval)),
            _ => None,
        },
    }
}
