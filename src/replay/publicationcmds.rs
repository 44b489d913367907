//! Publications (`publicationcmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterPublicationAction as Action, AlterPublicationStmt, CreatePublicationStmt, Node, PublicationObjSpec,
    PublicationObjSpecType as Sort, PublicationTable,
};

use super::foreigncmds::def_elems;
use super::refusal::{
    DUPLICATE_OBJECT, INVALID_PARAMETER_VALUE, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, SYNTAX_ERROR, Stop,
    UNDEFINED_COLUMN, UNDEFINED_OBJECT,
};
use super::{Replay, Statement};
use crate::catalog::kind::{Persistence, Publication, PublishedGenerated, PublishedTable};
use crate::catalog::{Attr, Class, Facts, Kind, ObjectId, Origin};
use crate::sql::ident::split_identifiers;
use crate::sql::type_name::{idents_of, string_of};
use crate::sql::{Ident, QualifiedName};

impl Replay {
    /// `CreatePublication()`
    pub(super) fn create_publication(&mut self, statement: &Statement<'_>, command: &CreatePublicationStmt) -> Outcome {
        let id = ObjectId::top(Class::Publication, &Ident::new(&command.pubname));
        if self.catalog().exists(&id) {
            let message = format!("publication \"{}\" already exists", command.pubname);
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let origin = statement.origin();
        let all = ["delete", "insert", "truncate", "update"].map(str::to_owned).to_vec();
        let mut facts = Publication {
            all_tables: Attr::Is(command.for_all_tables, origin.clone()),
            tables: Attr::Is(Vec::new(), origin.clone()),
            schemas: Attr::Is(Vec::new(), origin.clone()),
            operations: Attr::Is(all, origin.clone()),
            via_partition_root: Attr::Is(false, origin.clone()),
            generated_columns: Attr::Is(PublishedGenerated::None, origin.clone()),
            owner: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        set_options(&mut facts, &command.options, &origin)?;
        let published = self.published(&command.pubobjects, true)?;
        facts.tables = Attr::Is(sorted(published.tables), origin.clone());
        facts.schemas = Attr::Is(published.schemas, origin.clone());
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `AlterPublication()`
    pub(super) fn alter_publication(&mut self, statement: &Statement<'_>, command: &AlterPublicationStmt) -> Outcome {
        let id = self.publication(&command.pubname)?;
        let Some(mut facts) = self.database.get::<Publication>(&id).cloned() else { return Ok(()) };
        let origin = statement.origin();
        if command.options.is_empty() {
            self.change_published(&mut facts, command, &origin)?;
        } else {
            set_options(&mut facts, &command.options, &origin)?;
        }
        self.database.edit::<Publication>(&id, |known| *known = facts);
        Ok(())
    }

    /// `AlterPublicationTables()`, `AlterPublicationSchemas()`
    fn change_published(
        &mut self,
        facts: &mut Publication,
        command: &AlterPublicationStmt,
        origin: &Origin,
    ) -> Outcome {
        let published = self.published(&command.pubobjects, command.action() != Action::ApDropObjects)?;
        let name = &command.pubname;
        if facts.all_tables.get() == Some(&true) {
            let message = format!("publication \"{name}\" is defined as FOR ALL TABLES");
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        let mut tables = facts.tables.get().cloned().unwrap_or_default();
        let mut schemas = facts.schemas.get().cloned().unwrap_or_default();
        match command.action() {
            Action::ApSetObjects => (tables, schemas) = (published.tables, published.schemas),
            Action::ApAddObjects | Action::Undefined => {
                if let Some(known) = published.tables.iter().find(|one| is_among(&tables, &one.relation)) {
                    let relation = known.relation.name.as_str();
                    let message = format!("relation \"{relation}\" is already member of publication \"{name}\"");
                    return Err(Stop::refused(DUPLICATE_OBJECT, message));
                }
                if let Some(known) = published.schemas.iter().find(|one| schemas.contains(one)) {
                    let message = format!("schema \"{}\" is already member of publication \"{name}\"", known.as_str());
                    return Err(Stop::refused(DUPLICATE_OBJECT, message));
                }
                tables.extend(published.tables);
                schemas.extend(published.schemas);
            }
            Action::ApDropObjects => {
                if let Some(other) = published.tables.iter().find(|one| !is_among(&tables, &one.relation)) {
                    let message =
                        format!("relation \"{}\" is not part of the publication", other.relation.name.as_str());
                    return Err(Stop::refused(UNDEFINED_OBJECT, message));
                }
                if let Some(other) = published.schemas.iter().find(|one| !schemas.contains(one)) {
                    let message = format!("tables from schema \"{}\" are not part of the publication", other.as_str());
                    return Err(Stop::refused(UNDEFINED_OBJECT, message));
                }
                tables.retain(|known| !is_among(&published.tables, &known.relation));
                schemas.retain(|known| !published.schemas.contains(known));
            }
        }
        schemas.sort();
        facts.tables = Attr::Is(sorted(tables), origin.clone());
        facts.schemas = Attr::Is(schemas, origin.clone());
        Ok(())
    }

    /// `ObjectsInPublicationToOids()`, `OpenTableList()`; what is to be published has to be fit for it.
    fn published(&mut self, objects: &[Node], is_added: bool) -> Outcome<Published> {
        let mut found = Published::default();
        for node in objects {
            let Some(NodeEnum::PublicationObjSpec(object)) = &node.node else { continue };
            match object.pubobjtype() {
                Sort::PublicationobjTablesInSchema => found.schemas.push(self.schema(&Ident::new(&object.name))?),
                Sort::PublicationobjTablesInCurSchema => {
                    let first = self.session.search_path.iter().find(|schema| self.schema(schema).is_ok()).cloned();
                    found.schemas.extend(first);
                }
                Sort::PublicationobjTable | Sort::PublicationobjContinuation | Sort::Undefined => {
                    self.publish_table(object, is_added, &mut found.tables)?;
                }
            }
        }
        found.schemas.sort();
        found.schemas.dedup();
        Ok(found)
    }

    fn publish_table(
        &mut self,
        object: &PublicationObjSpec,
        is_added: bool,
        tables: &mut Vec<PublishedTable>,
    ) -> Outcome {
        let Some(table) = &object.pubtable else { return Ok(()) };
        let PublicationTable { relation, where_clause, columns } = &**table;
        let Some(name) = relation else { return Ok(()) };
        let id = self.relation(name)?;
        let condition = where_clause.as_deref().map(|node| self.row_filter(node, &id)).transpose()?;
        if is_added {
            self.can_be_published(&id)?;
        }
        let named = idents_of(columns);
        let order = self.catalog().facts(&id).and_then(Facts::column_order).cloned().unwrap_or_default();
        if let Some(missing) = named.iter().find(|column| !order.contains(column)) {
            let message =
                format!("column \"{}\" of relation \"{}\" does not exist", missing.as_str(), id.name().as_str());
            return Err(Stop::refused(UNDEFINED_COLUMN, message));
        }
        let columns = (!named.is_empty()).then(|| order.into_iter().filter(|column| named.contains(column)).collect());
        if !is_among(tables, &id.qualified_name()) {
            tables.push(PublishedTable { relation: id.qualified_name(), columns, condition });
        }
        Ok(())
    }

    /// `check_publication_add_relation()`
    fn can_be_published(&self, id: &ObjectId) -> Outcome {
        let is_table = matches!(self.catalog().facts(id).map(Facts::kind), Some(Kind::Table) | None);
        if is_table && self.persistence_of(id) == Persistence::Permanent {
            return Ok(());
        }
        let message = format!("cannot add relation \"{}\" to publication", id.name().as_str());
        Err(Stop::refused(INVALID_PARAMETER_VALUE, message))
    }

    /// `GetRelationPublications()`: whether a publication names a table.
    pub(super) fn is_published(&self, table: &ObjectId) -> bool {
        let mut published =
            self.database.rare(Class::Publication).filter_map(|id| self.database.get::<Publication>(id));
        published.any(|facts| facts.tables.get().is_some_and(|all| is_among(all, &table.qualified_name())))
    }

    pub(super) fn publication(&self, name: &str) -> Outcome<ObjectId> {
        let id = ObjectId::top(Class::Publication, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("publication \"{name}\" does not exist")))
    }

    /// A table or a schema that is gone is not published any more.
    pub(super) fn unpublish(&mut self, gone: &ObjectId) {
        let is_it = |table: &PublishedTable| table.relation == gone.qualified_name();
        let publishes = |id: &&ObjectId| {
            self.database.get::<Publication>(id).is_some_and(|facts| match gone.class() {
                Class::Schema => facts.schemas.get().is_some_and(|all| all.contains(gone.name())),
                _ => facts.tables.get().is_some_and(|all| all.iter().any(is_it)),
            })
        };
        let ids = self.database.rare(Class::Publication);
        for id in ids.filter(publishes).cloned().collect::<Vec<_>>() {
            self.database.edit::<Publication>(&id, |facts| match gone.class() {
                Class::Schema => {
                    facts.schemas.get_mut().into_iter().for_each(|all| all.retain(|known| known != gone.name()));
                }
                _ => facts.tables.get_mut().into_iter().for_each(|all| all.retain(|known| !is_it(known))),
            });
        }
    }

    /// Gives a published schema another name.
    pub(super) fn follow_published_schema(&mut self, from: &Ident, to: &Ident) {
        let ids = self.database.rare(Class::Publication);
        for id in ids.cloned().collect::<Vec<_>>() {
            self.database.edit::<Publication>(&id, |facts| {
                if let Some(all) = facts.schemas.get_mut() {
                    all.iter_mut().filter(|known| *known == from).for_each(|known| known.clone_from(to));
                    all.sort();
                }
            });
        }
    }
}

/// What a statement names.
#[derive(Default)]
struct Published {
    tables: Vec<PublishedTable>,
    schemas: Vec<Ident>,
}

fn is_among(tables: &[PublishedTable], relation: &QualifiedName) -> bool {
    tables.iter().any(|table| table.relation == *relation)
}

fn sorted(mut tables: Vec<PublishedTable>) -> Vec<PublishedTable> {
    tables.sort_by(|one, other| one.relation.cmp(&other.relation));
    tables
}

/// `parse_publication_options()`
fn set_options(facts: &mut Publication, options: &[Node], origin: &Origin) -> Outcome {
    let mut seen = Vec::new();
    for option in def_elems(options) {
        let name = option.defname.as_str();
        if seen.contains(&name) {
            return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
        }
        seen.push(name);
        match name {
            "publish" => {
                let text = option.arg.as_deref().and_then(text_of).unwrap_or_default();
                let words = split_identifiers(&text, ',')
                    .ok_or_else(|| Stop::refused(SYNTAX_ERROR, "invalid list syntax in parameter \"publish\""))?;
                let mut operations: Vec<String> = words.iter().map(|word| word.as_str().to_owned()).collect();
                let known = ["delete", "insert", "truncate", "update"];
                if let Some(other) = operations.iter().find(|word| !known.contains(&word.as_str())) {
                    let message = format!("unrecognized value for publication option \"publish\": \"{other}\"");
                    return Err(Stop::refused(SYNTAX_ERROR, message));
                }
                operations.sort();
                operations.dedup();
                facts.operations = Attr::Is(operations, origin.clone());
            }
            "publish_via_partition_root" => {
                facts.via_partition_root = Attr::Is(boolean(name, option.arg.as_deref())?, origin.clone());
            }
            "publish_generated_columns" => {
                let text = option.arg.as_deref().and_then(text_of).unwrap_or_default();
                let value = match text.to_lowercase().as_str() {
                    "none" => PublishedGenerated::None,
                    "stored" => PublishedGenerated::Stored,
                    _ => {
                        let message = format!("invalid value for publication parameter \"{name}\": \"{text}\"");
                        return Err(Stop::refused(SYNTAX_ERROR, message));
                    }
                };
                facts.generated_columns = Attr::Is(value, origin.clone());
            }
            _ => return Err(Stop::refused(SYNTAX_ERROR, format!("unrecognized publication parameter: \"{name}\""))),
        }
    }
    Ok(())
}

/// `defGetBoolean()`
pub(super) fn boolean(name: &str, arg: Option<&Node>) -> Outcome<bool> {
    let refused = || Stop::refused(SYNTAX_ERROR, format!("{name} requires a Boolean value"));
    match arg.and_then(|arg| arg.node.as_ref()) {
        None => Ok(true),
        Some(NodeEnum::Integer(number)) => match number.ival {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(refused()),
        },
        Some(NodeEnum::Boolean(flag)) => Ok(flag.boolval),
        Some(_) => match arg.and_then(text_of).unwrap_or_default().to_lowercase().as_str() {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err(refused()),
        },
    }
}

/// `defGetString()`: words that are no reserved ones are names of types to the parser.
pub(super) fn text_of(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::TypeName(name) => name.names.iter().rev().find_map(string_of),
        NodeEnum::Boolean(flag) => Some(flag.boolval.to_string()),
        _ => string_of(node),
    }
}
