//! CREATE VIEW and ALTER VIEW (`view.c`), and the columns of relations that are not compared.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as Type, Node, ViewCheckOption, ViewStmt};

use super::namespace::TEMPORARY;
use super::query::Analyzed;
use super::refusal::{
    DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_PARAMETER_VALUE, INVALID_TABLE_DEFINITION, Outcome, SYNTAX_ERROR,
    Stop, WRONG_OBJECT_TYPE,
};
use super::reloptions;
use super::{Replay, Statement};
use crate::catalog::kind::{CheckOption, Persistence, View};
use crate::catalog::{Attr, Class, Facts, Meaning, ObjectId, Origin, Unmodelled};
use crate::expr::{self, Around, Scope, Wanted, parse_bool};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName, parse};

impl Replay {
    /// `DefineView()`
    pub(super) fn define_view(&mut self, statement: &Statement<'_>, command: &ViewStmt) -> Outcome {
        let mut name = command.view.clone().unwrap_or_default();
        let analyzed = self.analyze(command.query.as_deref(), &command.aliases)?;
        let mut options = parse::options_of(&command.options);
        match command.with_check_option() {
            ViewCheckOption::LocalCheckOption => options.push("check_option=local".to_owned()),
            ViewCheckOption::CascadedCheckOption => options.push("check_option=cascaded".to_owned()),
            ViewCheckOption::NoCheckOption | ViewCheckOption::Undefined => {}
        }
        let Some(analyzed) = analyzed else {
            let meaning = self.query_meaning(command.query.as_deref(), &command.aliases);
            return self.create_unmodelled_relation(statement, &name, "view", command.replace, meaning);
        };
        if options.iter().any(|option| is_check_option(option)) {
            self.takes_check_option(&analyzed.tree)?;
        }
        if analyzed.reads_temporary() && name.schemaname.is_empty() {
            "t".clone_into(&mut name.relpersistence);
        }
        let schema = self.creation_schema_of(&name)?;
        let origin = statement.origin();
        let id = match self.find_relation(schema.as_str(), &name.relname) {
            Some(taken) if command.replace => {
                self.can_be_replaced(&taken, &name.relname, &analyzed)?;
                self.may_be_columns(&analyzed)?;
                taken
            }
            taken => {
                self.may_be_columns(&analyzed)?;
                taken.map_or(Ok(()), |_| Err(Stop::relation_exists(&name.relname)))?;
                self.has_no_type(&schema, &name.relname)?;
                ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname))
            }
        };
        self.database.remove_unmodelled(&id);
        if self.database.get::<View>(&id).is_none() {
            let is_temporary = schema == TEMPORARY;
            let persistence = if is_temporary { Persistence::Temporary } else { Persistence::Permanent };
            let facts = View {
                persistence: Attr::Is(persistence, origin.clone()),
                comment: Attr::Is(None, origin.clone()),
                ..View::default()
            };
            self.database.insert(id.clone(), facts, origin.clone());
        }
        self.make_columns(&id, &analyzed, &origin);
        let mut changed = Ok(());
        self.database.edit::<View>(&id, |view| {
            view.query = Attr::Is(analyzed.expr(), origin.clone());
            view.column_order = Attr::Is(analyzed.names(), origin.clone());
            view.security_barrier = Attr::Is(false, origin.clone());
            view.security_invoker = Attr::Is(false, origin.clone());
            view.check_option = Attr::Is(None, origin.clone());
            changed = options.iter().try_for_each(|option| set_option(view, option, &origin));
        });
        changed
    }

    /// Makes those columns of a relation that are not there yet.
    pub(super) fn make_columns(&mut self, relation: &ObjectId, analyzed: &Analyzed, origin: &Origin) {
        for output in &analyzed.columns {
            let id = relation.part(Class::Column, &output.name);
            if !self.catalog().exists(&id) {
                self.database.insert(id, output.column(origin), origin.clone());
            }
        }
    }

    /// Every relation with columns has a type of its name.
    pub(super) fn has_no_type(&self, schema: &Ident, name: &str) -> Outcome {
        if self.catalog().exists(&ObjectId::in_schema(Class::Type, schema, &Ident::new(name))) {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("type \"{name}\" already exists")));
        }
        Ok(())
    }

    /// `checkViewColumns()`
    fn can_be_replaced(&self, id: &ObjectId, name: &str, analyzed: &Analyzed) -> Outcome {
        let refused = |message: String| Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        let Some(view) = self.database.get::<View>(id) else {
            let is_unknown = self.catalog().unmodelled.get(id).is_some_and(|other| other.what == "view");
            let message = format!("\"{name}\" is not a view");
            return if is_unknown { Ok(()) } else { Err(Stop::refused(WRONG_OBJECT_TYPE, message)) };
        };
        let had = view.column_order.get().map_or(&[][..], Vec::as_slice);
        if analyzed.columns.len() < had.len() {
            return refused("cannot drop columns from view".to_owned());
        }
        for (old, new) in had.iter().zip(&analyzed.columns) {
            if *old != new.name {
                let (old, new) = (old.as_str(), new.name.as_str());
                return refused(format!("cannot change name of view column \"{old}\" to \"{new}\""));
            }
            let Some(column) = self.catalog().column(id, old) else { continue };
            if let (Some(old_type), Some(new_type)) = (column.data_type.get(), &new.of)
                && old_type != new_type
            {
                let old = old.as_str();
                return refused(format!(
                    "cannot change data type of view column \"{old}\" from {old_type} to {new_type}"
                ));
            }
            if let (Some(old_one), Some(new_one)) = (column.collation.get(), &new.collation)
                && old_one != new_one
                && self.catalog().version >= 15
            {
                return refused(format!("cannot change collation of view column \"{}\"", old.as_str()));
            }
        }
        Ok(())
    }

    /// ALTER VIEW, and what ALTER TABLE can do to a view.
    pub(super) fn alter_view(&mut self, view: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        match step.subtype() {
            Type::AtColumnDefault => {
                let id = self.column(view, &step.name)?;
                self.set_default(&id, step.def.as_deref(), origin)
            }
            subtype @ (Type::AtSetRelOptions | Type::AtReplaceRelOptions | Type::AtResetRelOptions) => {
                let nodes = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
                    Some(NodeEnum::List(list)) => list.items.as_slice(),
                    _ => &[],
                };
                if subtype == Type::AtResetRelOptions {
                    reloptions::no_values(nodes)?;
                }
                let options = parse::options_of(nodes);
                let mut changed = Ok(());
                let query = self.database.get::<View>(view).and_then(|view| view.query.get()?.tree().cloned());
                self.database.edit::<View>(view, |view| {
                    changed = options.iter().try_for_each(|option| match subtype {
                        Type::AtResetRelOptions => reset_option(view, option, origin),
                        _ => set_option(view, option, origin),
                    });
                });
                changed?;
                let sets = subtype != Type::AtResetRelOptions && options.iter().any(|option| is_check_option(option));
                query.filter(|_| sets).map_or(Ok(()), |query| self.takes_check_option(&query))
            }
            Type::AtChangeOwner => Ok(()),
            _ => {
                let message = format!("ALTER action cannot be performed on relation \"{}\"", view.name().as_str());
                Err(Stop::refused(WRONG_OBJECT_TYPE, message))
            }
        }
    }

    /// `renameatt()` of a view and its like: what its query gives is called so from now on.
    pub(super) fn rename_output(&mut self, relation: &ObjectId, from: &Ident, to: &Ident) {
        self.database.edit_facts(relation, |facts| {
            let names = facts.column_order_mut().map(|order| {
                order.iter_mut().filter(|column| *column == from).for_each(|column| column.clone_from(to));
                order.clone()
            });
            let query = match facts {
                Facts::View(view) => view.query.get_mut(),
                Facts::MaterializedView(view) => view.query.get_mut(),
                _ => None,
            };
            if let (Some(query), Some(names)) = (query, names) {
                query.rewrite(|tree| tree.name_columns(&names));
            }
        });
    }

    /// `RememberAllDependentForRebuilding()`: that nothing reads the column which cannot be made again.
    pub(super) fn no_other_reads(&self, column: &ObjectId) -> Outcome {
        let what = |id: &ObjectId, facts: &Facts| match facts {
            Facts::View(_) | Facts::MaterializedView(_) | Facts::Rule(_) => Some("by a view or rule"),
            Facts::Trigger(_) => Some("in a trigger definition"),
            Facts::Policy(_) => Some("in a policy definition"),
            Facts::Function(_) | Facts::Procedure(_) => Some("by a function or procedure"),
            Facts::Publication(_) => Some("by a publication WHERE clause"),
            Facts::Column(_) if id != column => Some("by a generated column"),
            _ => None,
        };
        let all = self.database.may_refer_to(column).into_iter();
        let mut readers = all.filter_map(|id| {
            let what = what(&id, self.catalog().facts(&id)?)?;
            Some((id, what))
        });
        match readers.find(|(id, _)| self.reads_column(id, column)) {
            Some((reader, what)) => {
                let hint = format!("{} depends on column \"{}\"", self.describe(&reader), column.name().as_str());
                let message = format!("cannot alter type of a column used {what}");
                let is_syntax = reader.class() == Class::Column && self.catalog().version < 15;
                let sqlstate = if is_syntax { SYNTAX_ERROR } else { FEATURE_NOT_SUPPORTED };
                Err(Stop::refused(sqlstate, message).with_hint(hint))
            }
            None => Ok(()),
        }
    }

    /// What a query is to who reads from it, under the names it is given.
    pub(super) fn query_meaning(&self, query: Option<&Node>, names: &[Node]) -> Meaning {
        let Some(mut columns) = query.and_then(|query| self.query_columns(query)) else { return Meaning::Unknown };
        for (column, name) in columns.iter_mut().zip(names.iter().filter_map(string_of)) {
            column.0 = Ident::new(name);
        }
        Meaning::Columns(columns)
    }

    /// The columns of a query, if the types of all can be told.
    fn query_columns(&self, query: &Node) -> Option<Vec<(Ident, TypeName)>> {
        let Some(NodeEnum::SelectStmt(select)) = &query.node else { return None };
        let search_path = self.search_path();
        let scope = Scope {
            catalog: self.catalog(),
            search_path: &search_path,
            around: Around::Nothing,
            wanted: Wanted::Value,
        };
        let (_, columns) = expr::resolve_query(select, &scope);
        let columns: Option<Vec<_>> = columns.into_iter().map(|(name, of)| Some((name, of?))).collect();
        columns.filter(|columns| !columns.is_empty())
    }

    /// Changes the columns of a relation that is not modelled, if they are known.
    pub(super) fn edit_columns(&mut self, id: &ObjectId, change: impl FnOnce(&mut Vec<(Ident, TypeName)>)) {
        let Some(mut known) = self.catalog().unmodelled.get(id).cloned() else { return };
        if let Meaning::Columns(columns) = &mut known.meaning {
            change(columns);
            self.database.insert_unmodelled(id.clone(), known);
        }
    }

    /// Nothing is known any more of the columns of a relation that is not modelled.
    pub(super) fn forget_columns(&mut self, id: &ObjectId) {
        if let Some(known) = self.catalog().unmodelled.get(id).cloned() {
            self.database.insert_unmodelled(id.clone(), Unmodelled { meaning: Meaning::Unknown, ..known });
        }
    }

    /// The columns of any relation, if they are known.
    pub(super) fn relation_columns(&self, id: &ObjectId) -> Option<Vec<(Ident, TypeName)>> {
        self.catalog().columns_of(id)
    }
}

fn is_check_option(option: &str) -> bool {
    option.split('=').next() == Some("check_option")
}

/// `view_reloptions()`
fn set_option(view: &mut View, option: &str, origin: &Origin) -> Outcome {
    let (name, value) = option.split_once('=').unwrap_or((option, "true"));
    match name {
        "security_barrier" => view.security_barrier = Attr::Is(boolean(name, value)?, origin.clone()),
        "security_invoker" => view.security_invoker = Attr::Is(boolean(name, value)?, origin.clone()),
        "check_option" => {
            let word = CheckOption::ALL.iter().find(|one| one.word().eq_ignore_ascii_case(value));
            let unknown = || Stop::refused(INVALID_PARAMETER_VALUE, "invalid value for enum option \"check_option\"");
            view.check_option = Attr::Is(Some(*word.ok_or_else(unknown)?), origin.clone());
        }
        _ => return Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("unrecognized parameter \"{name}\""))),
    }
    Ok(())
}

fn reset_option(view: &mut View, option: &str, origin: &Origin) -> Outcome {
    let name = option.split('=').next().unwrap_or_default();
    match name {
        "check_option" => view.check_option = Attr::Is(None, origin.clone()),
        "security_barrier" | "security_invoker" => set_option(view, &format!("{name}=false"), origin)?,
        // No name is wrong to take away.
        _ => {}
    }
    Ok(())
}

fn boolean(name: &str, value: &str) -> Outcome<bool> {
    let message = || format!("invalid value for boolean option \"{name}\": {value}");
    parse_bool(value).ok_or_else(|| Stop::refused(INVALID_PARAMETER_VALUE, message()))
}
