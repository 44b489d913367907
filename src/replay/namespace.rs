//! Names → objects, along the `search_path` (`namespace.c`).

use pg_query::protobuf::RangeVar;

use super::database::Space;
use super::refusal::{
    INVALID_PARAMETER_VALUE, INVALID_SCHEMA_NAME, INVALID_TABLE_DEFINITION, Outcome, SYNTAX_ERROR, Stop,
    UNDEFINED_COLUMN, UNDEFINED_OBJECT, UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use super::{Replay, schema_id};
use crate::catalog::kind::{Column, Table};
use crate::catalog::{Class, ObjectId};
use crate::library::Library;
use crate::sql::{Ident, QualifiedName, TypeName};

/// The schema that stands for the session's own, whatever number the server gives it.
pub(super) const TEMPORARY: &str = "pg_temp";

impl Replay {
    /// The schemas that an unqualified name is looked for in.
    pub(super) fn search_path(&self) -> Vec<Ident> {
        std::iter::once(Ident::new(TEMPORARY)).chain(self.session.search_path.iter().cloned()).collect()
    }

    /// `RangeVarGetCreationNamespace()`: the schema a new object goes to.
    pub(super) fn creation_schema(&self, schema: &str) -> Outcome<Ident> {
        if schema.is_empty() {
            let first = self.session.search_path.iter().find(|name| self.schema_exists(name));
            return first
                .cloned()
                .ok_or_else(|| Stop::refused(INVALID_SCHEMA_NAME, "no schema has been selected to create in"));
        }
        self.schema(&Ident::new(schema))
    }

    /// The schema of a new relation; a temporary one goes to the session's own
    /// (`RangeVarAdjustRelationPersistence()`).
    pub(super) fn creation_schema_of(&self, name: &RangeVar) -> Outcome<Ident> {
        if name.relpersistence == "t" && name.schemaname.is_empty() {
            return Ok(Ident::new(TEMPORARY));
        }
        let schema = self.creation_schema(&name.schemaname).map_err(|stop| stop.at(name.location))?;
        if name.relpersistence == "t" && schema != TEMPORARY {
            let message = "cannot create temporary relation in non-temporary schema";
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message).at(name.location));
        }
        Ok(schema)
    }

    /// `get_namespace_oid()`
    pub(super) fn schema(&self, name: &Ident) -> Outcome<Ident> {
        if self.schema_exists(name) {
            return Ok(name.clone());
        }
        Err(Stop::refused(INVALID_SCHEMA_NAME, format!("schema \"{}\" does not exist", name.as_str())))
    }

    fn schema_exists(&self, name: &Ident) -> bool {
        *name == TEMPORARY || is_system_schema(name) || self.catalog().exists(&schema_id(name))
    }

    /// The schemas a name is looked for in: its own, or the path.
    pub(super) fn schemas_of(&self, schema: &str) -> Vec<Ident> {
        if schema.is_empty() { self.search_path() } else { vec![Ident::new(schema)] }
    }

    /// Whatever in `pg_class` bears the name: a relation, an index, an index behind a constraint.
    pub(super) fn find_relation(&self, schema: &str, name: &str) -> Option<ObjectId> {
        let name = Ident::new(name);
        self.schemas_of(schema)
            .iter()
            .find_map(|schema| self.database.named(Space::Relation, schema, &name).next().cloned())
    }

    /// A table to be changed. Something else by that name is not modelled, or of the wrong sort.
    pub(super) fn table(&self, name: &RangeVar) -> Outcome<ObjectId> {
        match self.relation(name)? {
            id if self.database.get::<Table>(&id).is_some() => Ok(id),
            id => match self.catalog().unmodelled.get(&id) {
                Some(other) => Err(Stop::not_modelled(format!("{id} is a {}, which is not replayed yet", other.what))),
                None => Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not a table", name.relname))),
            },
        }
    }

    /// What a relation is; one made in a way that is not modelled is what it would be.
    pub(super) fn relation_noun(&self, id: &ObjectId) -> &str {
        match (self.catalog().facts(id), self.catalog().unmodelled.get(id)) {
            (Some(facts), _) => facts.kind().noun(),
            (None, Some(other)) if other.is_a("table") || other.what.starts_with("table ") => "table",
            (None, Some(other)) => other.what.as_str(),
            (None, None) => "table",
        }
    }

    /// That a relation is what a statement calls it (`RangeVarCallbackForAlterRelation()`).
    pub(super) fn is_relation_of(&self, id: &ObjectId, noun: &str) -> Outcome {
        let is = self.relation_noun(id);
        if is == noun || is.starts_with("member of ") {
            return Ok(());
        }
        let article = if noun == "index" { "an" } else { "a" };
        Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not {article} {noun}", id.name().as_str())))
    }

    /// That a relation which has to be a table is none of the kinds that surely are not.
    pub(super) fn is_no_other_kind(&self, id: &ObjectId, words: &str) -> Outcome {
        if ["view", "materialized view", "sequence"].contains(&self.relation_noun(id)) {
            let message = format!("{words}\"{}\" is not a table", id.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        Ok(())
    }

    /// Any relation; the server's words where there is none.
    pub(super) fn relation(&self, name: &RangeVar) -> Outcome<ObjectId> {
        if let Some(id) = self.find_relation(&name.schemaname, &name.relname) {
            return Ok(id);
        }
        if name.schemaname.is_empty() {
            if Library::of(self.catalog().version).has_relation("pg_catalog", &name.relname) {
                return Err(Stop::not_modelled(format!("pg_catalog.{} belongs to the system", name.relname)));
            }
            let message = format!("relation \"{}\" does not exist", name.relname);
            let lacking = QualifiedName::bare(&name.relname);
            return Err(Stop::refused(UNDEFINED_TABLE, message).at(name.location).lacking(lacking));
        }
        let schema = self.schema(&Ident::new(&name.schemaname)).map_err(|stop| stop.at(name.location))?;
        if is_system_schema(&schema) {
            return Err(Stop::not_modelled(format!("{}.{} belongs to the system", name.schemaname, name.relname)));
        }
        let message = format!("relation \"{}.{}\" does not exist", name.schemaname, name.relname);
        let lacking = QualifiedName::new(&schema, &Ident::new(&name.relname));
        Err(Stop::refused(UNDEFINED_TABLE, message).at(name.location).lacking(lacking))
    }

    pub(super) fn column(&self, table: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let id = table.part(Class::Column, &Ident::new(name));
        if self.database.get::<Column>(&id).is_some() {
            return Ok(id);
        }
        let relation = table.name().as_str();
        let message = format!("column \"{name}\" of relation \"{relation}\" does not exist");
        Err(Stop::refused(UNDEFINED_COLUMN, message))
    }

    /// A type that the schema itself defines, as one name: an enum, or one that is not modelled.
    pub(super) fn user_type(&self, parts: &[String]) -> Outcome<ObjectId> {
        let name = QualifiedName::from_parts(parts);
        self.find_type(&name).ok_or_else(|| self.no_type(&name))
    }

    fn no_type(&self, name: &QualifiedName) -> Stop {
        if let Some(schema) = &name.schema
            && let Err(stop) = self.schema(schema)
        {
            return stop;
        }
        let name = TypeName { name: name.clone(), ..TypeName::default() };
        Stop::refused(UNDEFINED_OBJECT, format!("type \"{}\" does not exist", name.to_string().replace('"', "")))
    }

    pub(super) fn find_type(&self, name: &QualifiedName) -> Option<ObjectId> {
        if !self.catalog().has_called(&name.name) {
            return None;
        }
        let schema = name.schema.as_ref().map_or("", Ident::as_str);
        let candidates =
            self.schemas_of(schema).into_iter().map(|schema| ObjectId::in_schema(Class::Type, &schema, &name.name));
        candidates.into_iter().find(|id| self.catalog().exists(id))
    }

    /// `typenameType()`: gives a type the schema it is found in.
    pub(super) fn resolve_type(&self, name: TypeName) -> Outcome<TypeName> {
        let found = self.look_up_type(name)?;
        self.is_no_shell(&found)?;
        Ok(found)
    }

    /// `LookupTypeName()`: the same, of a type that may be a shell.
    pub(super) fn look_up_type(&self, mut name: TypeName) -> Outcome<TypeName> {
        if name.name.schema.is_none() && !name.is_unresolved() {
            return modifier_fits(&name, self.catalog().version).map(|()| name);
        }
        if let Some(id) = self.find_type(&name.name) {
            name.name = id.qualified_name();
            return Ok(name);
        }
        // Every relation has a type of the same name.
        let schema = name.name.schema.as_ref().map_or("", Ident::as_str);
        if let Some(id) = self.find_relation(schema, name.name.name.as_str()) {
            name.name = id.qualified_name();
            return Ok(name);
        }
        // So do those of the server's own catalogs.
        if name.name.schema.is_none()
            && Library::of(self.catalog().version).relation("pg_catalog", name.name.name.as_str()).is_some()
        {
            return Ok(name);
        }
        if let Some(schema) = self.schema_of_unknown_member()
            && name.name.schema.is_none()
        {
            name.name.schema = Some(schema);
            return Ok(name);
        }
        if name.name.schema.as_ref().is_some_and(is_system_schema) {
            return Ok(name);
        }
        if self.lenient || self.doubts.cover(&name.name.to_string()) {
            if name.name.schema.is_none() {
                name.name.schema = self.session.search_path.first().cloned();
            }
            return Ok(name);
        }
        Err(self.no_type(&name.name))
    }
}

/// What the server's own types take for modifiers (`typenameTypeMod()`, and the functions behind `typmodin`).
fn modifier_fits(of: &TypeName, version: u32) -> Outcome {
    if of.typmod.is_empty() {
        return Ok(());
    }
    let name = of.name.name.as_str();
    let numbers: Option<Vec<i64>> = of.typmod.iter().map(|part| part.parse().ok()).collect();
    let invalid = |message: String| Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
    /// `MaxAttrSize`
    const LONGEST: i64 = 10 * 1024 * 1024;
    let (word, longest) = match name {
        "varchar" => ("varchar", LONGEST),
        "bpchar" => ("char", LONGEST),
        "bit" => ("bit", LONGEST * 8),
        "varbit" => ("bit varying", LONGEST * 8),
        "numeric" => return numeric_fits(numbers.as_deref().unwrap_or_default(), version),
        "time" | "timetz" | "timestamp" | "timestamptz" | "interval" => return Ok(()),
        _ => {
            let message = format!("type modifier is not allowed for type \"{name}\"");
            return Err(Stop::refused(SYNTAX_ERROR, message));
        }
    };
    match numbers.as_deref() {
        Some([length]) if *length < 1 => invalid(format!("length for type {word} must be at least 1")),
        Some([length]) if *length > longest => invalid(format!("length for type {word} cannot exceed {longest}")),
        Some([_]) | None => Ok(()),
        Some(_) => invalid("invalid type modifier".to_owned()),
    }
}

/// `numerictypmodin()`
fn numeric_fits(numbers: &[i64], version: u32) -> Outcome {
    let invalid = |message: String| Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
    match *numbers {
        [precision, ..] if !(1..=1000).contains(&precision) => {
            invalid(format!("NUMERIC precision {precision} must be between 1 and 1000"))
        }
        [precision, scale] if version < 15 && !(0..=precision).contains(&scale) => {
            invalid(format!("NUMERIC scale {scale} must be between 0 and precision {precision}"))
        }
        [_, scale] if !(-1000..=1000).contains(&scale) => {
            invalid(format!("NUMERIC scale {scale} must be between -1000 and 1000"))
        }
        [] | [_] | [_, _] => Ok(()),
        _ => invalid("invalid NUMERIC type modifier".to_owned()),
    }
}

/// Schemas that every database has and that no file creates.
pub(super) fn is_system_schema(name: &Ident) -> bool {
    ["pg_catalog", "information_schema", "pg_toast"].contains(&name.as_str())
}
