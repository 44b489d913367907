//! COMMENT ON (`comment.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{CommentStmt, Node, ObjectType, RangeVar};

use super::dropcmds::relation_word;
use super::objectaddress::has_address;
use super::refusal::{Outcome, Stop, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE};
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::Column;
use crate::catalog::{Attr, Class, Facts, ObjectId, Value};
use crate::sql::Ident;
use crate::sql::type_name::string_of;

impl Replay {
    pub(super) fn comment(&mut self, statement: &Statement<'_>, command: &CommentStmt) -> Outcome {
        let Some(object) = &command.object else { return Ok(()) };
        let id = match command.objtype() {
            ObjectType::ObjectSchema => schema_id(&self.schema(&name_of(object))?),
            // Its comment is not in the model either.
            ObjectType::ObjectExtension if name_of(object) == super::extension::PLPGSQL => return Ok(()),
            ObjectType::ObjectExtension => self.extension(name_of(object).as_str())?,
            ObjectType::ObjectRole => self.role_to_comment(&name_of(object))?,
            ObjectType::ObjectTable => {
                let name = range_var(&strings_of(object));
                self.is_no_other_kind(&self.relation(&name)?, "")?;
                self.table(&name)?
            }
            sort @ (ObjectType::ObjectSequence
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectForeignTable) => {
                let id = self.relation(&range_var(&strings_of(object)))?;
                self.is_relation_of(&id, relation_word(sort))?;
                id
            }
            ObjectType::ObjectType => self.user_type(&strings_of(object))?,
            ObjectType::ObjectDomain => self.domain(&strings_of(object))?,
            ObjectType::ObjectDomconstraint => match &object.node {
                Some(NodeEnum::List(list)) => match list.items.as_slice() {
                    [domain, name] => {
                        self.domain_constraint(&self.domain(&strings_of(domain))?, name_of(name).as_str())?
                    }
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            },
            ObjectType::ObjectIndex => {
                let name = range_var(&strings_of(object));
                let id = self.relation(&name)?;
                if !matches!(id.class(), Class::Index | Class::Constraint) {
                    return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not an index", name.relname)));
                }
                id
            }
            ObjectType::ObjectColumn => {
                let parts = strings_of(object);
                let (relation, column) = part_of(&parts);
                let owner = self.relation(&relation)?;
                if owner.class() == Class::Type {
                    let comment = Some(command.comment.clone()).filter(|text| !text.is_empty());
                    return self.comment_attribute(&owner, &column, comment, &statement.origin());
                }
                let found = self.relation(&relation)?;
                let is_view = matches!(self.catalog().facts(&found), Some(Facts::View(_) | Facts::MaterializedView(_)));
                self.column(&if is_view { found } else { self.table_or_foreign(&relation)? }, &column)?
            }
            ObjectType::ObjectTabconstraint => {
                let (relation, constraint) = part_of(&strings_of(object));
                let table = self.table_or_foreign(&relation)?;
                if let Some(column) = self.not_null_called(&table, &constraint) {
                    let comment = Some(command.comment.clone()).filter(|text| !text.is_empty());
                    let comment = Attr::Is(comment, statement.origin());
                    self.database.edit::<Column>(&column, |column| column.not_null_comment = comment);
                    return Ok(());
                }
                self.constraint(&table, &constraint)?
            }
            ObjectType::ObjectTrigger => {
                let (relation, trigger) = part_of(&strings_of(object));
                self.trigger(&self.relation(&relation)?, &trigger)?
            }
            ObjectType::ObjectRule => {
                let (relation, rule) = part_of(&strings_of(object));
                self.rule(&self.relation(&relation)?, &rule)?
            }
            ObjectType::ObjectEventTrigger => self.event_trigger(name_of(object).as_str())?,
            ObjectType::ObjectPolicy => {
                let (relation, policy) = part_of(&strings_of(object));
                self.policy(&self.table(&relation)?, &policy)?
            }
            sort if has_address(sort) => match self.address(sort, Some(object))? {
                Some(id) => id,
                None => return Ok(()),
            },
            _ => return Err(Stop::not_modelled("a comment on an object of a kind that is not compared yet")),
        };
        // An empty comment is none.
        let comment = if command.comment.is_empty() { Value::Null } else { Value::Text(command.comment.clone()) };
        if self.catalog().unmodelled.contains_key(&id) {
            return Err(Stop::not_modelled(format!("the comment on {id} is not compared yet")));
        }
        // The index behind a constraint has one of its own.
        let is_behind = command.objtype() == ObjectType::ObjectIndex && id.class() == Class::Constraint;
        self.database.edit_facts(&id, |facts| {
            // Every kind has a comment, and takes any text.
            let _ = facts.set(if is_behind { "index_comment" } else { "comment" }, comment, statement.origin());
        });
        Ok(())
    }

    pub(super) fn constraint(&self, table: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let id = table.part(Class::Constraint, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        let relation = table.name().as_str();
        Err(Stop::refused(UNDEFINED_OBJECT, format!("constraint \"{name}\" of relation \"{relation}\" does not exist")))
    }
}

pub(super) fn strings_of(node: &Node) -> Vec<String> {
    match &node.node {
        Some(NodeEnum::List(list)) => list.items.iter().filter_map(string_of).collect(),
        Some(NodeEnum::TypeName(name)) => name.names.iter().filter_map(string_of).collect(),
        _ => string_of(node).into_iter().collect(),
    }
}

fn name_of(node: &Node) -> Ident {
    Ident::new(strings_of(node).pop().unwrap_or_default())
}

pub(super) fn range_var(parts: &[String]) -> RangeVar {
    let mut name = RangeVar { location: -1, ..RangeVar::default() };
    match parts {
        [.., schema, relation] => (name.schemaname, name.relname) = (schema.clone(), relation.clone()),
        [relation] => name.relname.clone_from(relation),
        [] => {}
    }
    name
}

/// `schema.table.part` as the relation and the name of its part.
pub(super) fn part_of(parts: &[String]) -> (RangeVar, String) {
    match parts {
        [relation @ .., part] => (range_var(relation), part.clone()),
        [] => (range_var(&[]), String::new()),
    }
}
