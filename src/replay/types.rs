//! Types that are not compared, as far as expressions need them: domains, composite types, ranges and base
//! types (`typecmds.c`, and `ATExecAddColumn()` and its like for attributes).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, CompositeTypeStmt, CreateDomainStmt, CreateRangeStmt,
    DefineStmt, Node,
};

use super::comment::strings_of;
use super::functioncmds::schema_and_name;
use super::operatorcmds::{option, type_option};
use super::refusal::{DUPLICATE_COLUMN, DUPLICATE_OBJECT, Outcome, Stop, UNDEFINED_COLUMN};
use super::{Replay, Statement};
use crate::catalog::kind::Enum;
use crate::catalog::meaning::{Argument, CallKind, CastContext, CastMeaning, Signature, TypeMeaning, TypeSort};
use crate::catalog::{Class, Meaning, ObjectId, Unmodelled};
use crate::library::Library;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    /// `DefineDomain()`
    pub(super) fn create_domain(&mut self, statement: &Statement<'_>, command: &CreateDomainStmt) -> Outcome {
        let base = match &command.type_name {
            Some(node) => self.resolve_type(TypeName::from_node(node))?,
            None => return Ok(()),
        };
        let meaning = self.type_meaning(&base).map(|of| TypeMeaning {
            sort: TypeSort::Domain(base),
            preferred: false,
            element: None,
            ..of
        });
        self.create_type(statement, &command.domainname, "domain", meaning)
    }

    /// `DefineCompositeType()`
    pub(super) fn create_composite(&mut self, statement: &Statement<'_>, command: &CompositeTypeStmt) -> Outcome {
        let Some(name) = &command.typevar else { return Ok(()) };
        let attributes = self.columns_of(&command.coldeflist)?;
        let meaning = attributes.map(|attributes| plain('C', TypeSort::Composite(attributes)));
        self.create_unmodelled_type(statement, &name.schemaname, &name.relname, "composite type", meaning)
    }

    /// The columns that a definition lists; none if it does more than list them.
    pub(super) fn columns_of(&self, elements: &[Node]) -> Outcome<Option<Vec<(Ident, TypeName)>>> {
        let mut columns = Vec::new();
        for element in elements {
            match &element.node {
                Some(NodeEnum::ColumnDef(column)) => {
                    columns.push((Ident::new(&column.colname), self.column_type(column)?))
                }
                Some(NodeEnum::Constraint(_)) => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(columns))
    }

    fn column_type(&self, column: &ColumnDef) -> Outcome<TypeName> {
        self.resolve_type(column.type_name.as_ref().map(TypeName::from_node).unwrap_or_default())
    }

    /// `DefineRange()`
    pub(super) fn create_range(&mut self, statement: &Statement<'_>, command: &CreateRangeStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.type_name);
        let schema = self.creation_schema(&schema)?;
        let subtype = self.signature_type(type_option(&command.params, "subtype"))?;
        let (multi_schema, multi_name) =
            match option(&command.params, "multirange_type_name").map(strings_of).as_deref() {
                Some([.., schema, name]) => (self.creation_schema(schema)?, name.clone()),
                Some([name]) => (schema.clone(), name.clone()),
                _ => (schema.clone(), multirange_name(&name)),
            };
        // An older server has none.
        self.doubts.of_text(&multi_name);
        let has_multirange = self.catalog().version >= 14;
        let range = QualifiedName::new(&schema, &Ident::new(&name));
        let multirange = has_multirange.then(|| QualifiedName::new(&multi_schema, &Ident::new(&multi_name)));
        let sort = subtype.clone().map(|subtype| TypeSort::Range { subtype, multirange: multirange.clone() });
        let meaning = sort.map(|sort| plain('R', sort));
        self.create_unmodelled_type(statement, schema.as_str(), &name, "range type", meaning)?;

        let origin = statement.origin();
        let of = |name: &QualifiedName| TypeName { name: name.clone(), ..TypeName::default() };
        let constructor = |replay: &mut Self, name: &QualifiedName, types: Vec<TypeName>, variadic: bool| {
            let id = ObjectId::call(Class::Routine, &schema, &name.name, types.clone());
            let args = types.into_iter().map(|of| Argument { name: Ident::default(), of }).collect();
            let signature = Signature {
                kind: CallKind::Function,
                args,
                defaults: 0,
                variadic,
                result: of(name),
                returns_set: false,
                outputs: Vec::new(),
            };
            replay.add_call(id, "function", &origin, Some(signature));
        };
        if let Some(subtype) = subtype {
            constructor(self, &range, vec![subtype.clone(), subtype.clone()], false);
            constructor(self, &range, vec![subtype.clone(), subtype, TypeName::builtin("text")], false);
        }
        if let Some(multirange) = multirange {
            constructor(self, &multirange, Vec::new(), false);
            constructor(self, &multirange, vec![of(&range)], false);
            constructor(self, &multirange, vec![of(&range).array_of()], true);
            let id = ObjectId::in_schema(Class::Type, &multi_schema, &multirange.name);
            let meaning = Meaning::Type(plain('R', TypeSort::Multirange(range.clone())));
            let unmodelled = Unmodelled { meaning, ..Unmodelled::new("multirange type", statement.origin()) };
            self.database.insert_unmodelled(id, unmodelled);
            let cast = Unmodelled {
                meaning: Meaning::Cast(CastMeaning { context: CastContext::Explicit, binary: false }),
                ..Unmodelled::new("cast", statement.origin())
            };
            self.database.insert_unmodelled(ObjectId::cast(&of(&range), &of(&multirange)), cast);
        }
        Ok(())
    }

    /// `DefineType()`: a shell, or what fills it in.
    pub(super) fn create_base_type(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        if command.definition.is_empty() {
            return self.create_type(statement, &command.defnames, "base type", Some(plain('P', TypeSort::Pseudo)));
        }
        let is = |word: &str| match option(&command.definition, word) {
            Some(node) => {
                strings_of(node).first().is_some_and(|word| ["true", "t", "on", "1"].contains(&word.as_str()))
            }
            None => false,
        };
        let category = option(&command.definition, "category").and_then(string_of).and_then(|text| text.chars().next());
        let element = self.signature_type(type_option(&command.definition, "element"))?;
        let meaning = TypeMeaning {
            preferred: is("preferred"),
            collatable: is("collatable"),
            element,
            ..plain(category.unwrap_or('U'), TypeSort::Base)
        };
        self.create_type(statement, &command.defnames, "base type", Some(meaning))
    }

    fn create_type(
        &mut self,
        statement: &Statement<'_>,
        name: &[Node],
        what: &str,
        meaning: Option<TypeMeaning>,
    ) -> Outcome {
        let (schema, name) = schema_and_name(name);
        self.create_unmodelled_type(statement, &schema, &name, what, meaning)
    }

    fn create_unmodelled_type(
        &mut self,
        statement: &Statement<'_>,
        schema: &str,
        name: &str,
        what: &str,
        meaning: Option<TypeMeaning>,
    ) -> Outcome {
        let schema = self.creation_schema(schema)?;
        let id = ObjectId::in_schema(Class::Type, &schema, &Ident::new(name));
        // A type that was only announced (a shell) is filled in by a second CREATE TYPE.
        if self.catalog().exists(&id) && what != "base type" {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("type \"{name}\" already exists")));
        }
        self.note(statement, format!("the {what} {id} is not compared yet"));
        let meaning = meaning.map_or(Meaning::Unknown, Meaning::Type);
        let unmodelled = Unmodelled { meaning, ..Unmodelled::new(what, statement.origin()) };
        self.database.insert_unmodelled(id, unmodelled);
        Ok(())
    }

    /// ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE: what becomes of the attributes is followed, not compared.
    pub(super) fn alter_attributes(&mut self, statement: &Statement<'_>, command: &AlterTableStmt) -> Outcome {
        self.note(statement, "the attributes of types are not compared yet");
        let Some(name) = &command.relation else { return Ok(()) };
        let Some(id) = self.find_type(&QualifiedName::from_parts(&parts_of(&name.schemaname, &name.relname))) else {
            return Ok(());
        };
        for node in &command.cmds {
            let Some(NodeEnum::AlterTableCmd(step)) = &node.node else { continue };
            self.edit_attributes(&id, |replay, attributes| replay.alter_attribute(&id, attributes, step))?;
        }
        Ok(())
    }

    fn alter_attribute(&self, id: &ObjectId, attributes: &mut Vec<(Ident, TypeName)>, step: &AlterTableCmd) -> Outcome {
        let position = |name: &str| attributes.iter().position(|(attribute, _)| *attribute == name);
        let missing = |name: &str| {
            let message = format!("column \"{name}\" of relation \"{}\" does not exist", id.name().as_str());
            Stop::refused(UNDEFINED_COLUMN, message)
        };
        let definition = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::ColumnDef(column)) => Some(column),
            _ => None,
        };
        match (step.subtype(), definition) {
            (AlterTableType::AtAddColumn, Some(column)) => {
                if position(&column.colname).is_some() {
                    let message =
                        format!("column \"{}\" of relation \"{}\" already exists", column.colname, id.name().as_str());
                    return Err(Stop::refused(DUPLICATE_COLUMN, message));
                }
                attributes.push((Ident::new(&column.colname), self.column_type(column)?));
            }
            (AlterTableType::AtDropColumn, _) => match position(&step.name) {
                Some(at) => drop(attributes.remove(at)),
                None if step.missing_ok => {}
                None => return Err(missing(&step.name)),
            },
            (AlterTableType::AtAlterColumnType, Some(column)) => {
                let at = position(&step.name).ok_or_else(|| missing(&step.name))?;
                attributes[at].1 = self.column_type(column)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// `RenameRelation…`: ALTER TYPE … RENAME ATTRIBUTE
    pub(super) fn rename_attribute(&mut self, id: &ObjectId, from: &str, to: &Ident) -> Outcome {
        self.edit_attributes(id, |_, attributes| {
            attributes.iter_mut().filter(|(name, _)| *name == from).for_each(|(name, _)| *name = to.clone());
            Ok(())
        })
    }

    fn edit_attributes(
        &mut self,
        id: &ObjectId,
        change: impl FnOnce(&Self, &mut Vec<(Ident, TypeName)>) -> Outcome,
    ) -> Outcome {
        let Some(mut known) = self.catalog().unmodelled.get(id).cloned() else { return Ok(()) };
        if let Meaning::Type(TypeMeaning { sort: TypeSort::Composite(attributes), .. }) = &mut known.meaning {
            change(self, attributes)?;
            self.database.insert_unmodelled(id.clone(), known);
        }
        Ok(())
    }

    /// What is known of a type, whoever made it.
    fn type_meaning(&self, of: &TypeName) -> Option<TypeMeaning> {
        if of.array {
            let collatable = self.type_meaning(&of.element())?.collatable;
            return Some(TypeMeaning { collatable, ..plain('A', TypeSort::Base) });
        }
        let Some(schema) = &of.name.schema else {
            return Library::of(self.catalog().version).data_type(of.name.name.as_str()).cloned();
        };
        let id = ObjectId::in_schema(Class::Type, schema, &of.name.name);
        if self.database.get::<Enum>(&id).is_some() {
            return Some(plain('E', TypeSort::Enum));
        }
        match self.catalog().unmodelled.get(&id).map(|known| &known.meaning) {
            Some(Meaning::Type(meaning)) => Some(meaning.clone()),
            Some(_) => None,
            None => {
                let row = ObjectId::in_schema(Class::Relation, schema, &of.name.name);
                self.catalog().exists(&row).then(|| plain('C', TypeSort::Composite(Vec::new())))
            }
        }
    }
}

fn plain(category: char, sort: TypeSort) -> TypeMeaning {
    TypeMeaning { sort, category, preferred: false, collatable: false, element: None }
}

fn parts_of(schema: &str, name: &str) -> Vec<String> {
    [schema, name].into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `makeMultirangeTypeName()`
fn multirange_name(range: &str) -> String {
    let name = match range.find("range") {
        Some(at) => format!("{}multi{}", &range[..at], &range[at..]),
        None => format!("{range}_multirange"),
    };
    crate::sql::names::truncate(&name).to_owned()
}
