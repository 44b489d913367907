//! Range types, with what comes along (`DefineRange()`).

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateRangeStmt, Node};

use crate::catalog::kind::{BaseType, Range, RoutineName};
use crate::catalog::meaning::{
    Argument, CallKind, CastContext, CastMeaning, MutableIo, Signature, TypeMeaning, TypeSort,
};
use crate::catalog::{Attr, Class, Meaning, ObjectId, Origin, Unmodelled};
use crate::replay::comment::strings_of;
use crate::replay::functioncmds::schema_and_name;
use crate::replay::operatorcmds::{option, type_option};
use crate::replay::refusal::{
    DATATYPE_MISMATCH, DUPLICATE_OBJECT, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop, WRONG_OBJECT_TYPE,
};
use crate::replay::{Replay, Statement};
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    pub(in crate::replay) fn create_range(&mut self, statement: &Statement<'_>, command: &CreateRangeStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.type_name);
        let id = self.new_type(&schema, &name)?;
        only_known_options(&command.params, self.catalog().version)?;
        let Some(subtype) = self.signature_type(type_option(&command.params, "subtype"))? else {
            return Err(Stop::refused(SYNTAX_ERROR, "type attribute \"subtype\" is required"));
        };
        if !subtype.array && matches!(self.type_sort(&subtype), Some(TypeSort::Pseudo)) {
            return Err(Stop::refused(DATATYPE_MISMATCH, format!("range subtype cannot be {subtype}")));
        }
        let own = TypeName { name: id.qualified_name(), ..TypeName::default() };
        let range = self.range_of(&id, &own, &subtype, &command.params, &statement.origin())?;
        let multirange = range.multirange.get().cloned().flatten().map(|of| of.name);
        self.database.insert(id.clone(), range, statement.origin());
        self.make_range_constructors(&id, &own, &subtype, &statement.origin());
        if let Some(multirange) = multirange {
            self.make_multirange(&id, &own, &multirange, &statement.origin());
        }
        Ok(())
    }

    fn range_of(
        &self,
        id: &ObjectId,
        own: &TypeName,
        subtype: &TypeName,
        params: &[Node],
        origin: &Origin,
    ) -> Outcome<Range> {
        let opclass = option(params, "subtype_opclass").map(|name| QualifiedName::from_parts(&strings_of(name)));
        let opclass = self.opclass(&Ident::new("btree"), Some(subtype), opclass)?;
        let collation = match option(params, "collation") {
            Some(name) => {
                let stop = "range collation specified but subtype does not support collation";
                self.named_collation_beside(subtype, &strings_of(name), || Stop::refused(WRONG_OBJECT_TYPE, stop))?
            }
            None => None,
        };
        let canonical = match option(params, "canonical") {
            Some(_) if self.database.get::<BaseType>(id).is_none() => {
                let message = "cannot specify a canonical function without a pre-created shell type";
                return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
            }
            Some(name) => self.support_function(&strings_of(name), &[vec![own.clone()]])?,
            None => None,
        };
        let subtype_diff = match option(params, "subtype_diff") {
            Some(name) => self.support_function(&strings_of(name), &[vec![subtype.clone(), subtype.clone()]])?,
            None => None,
        };
        let multirange = self.multirange_name(id, params)?.map(|name| TypeName { name, ..TypeName::default() });
        let is = |name: Option<RoutineName>| Attr::Is(name, origin.clone());
        Ok(Range {
            subtype: Attr::Is(subtype.clone(), origin.clone()),
            opclass: Attr::Is(opclass, origin.clone()),
            collation: Attr::Is(collation, origin.clone()),
            canonical: is(canonical),
            subtype_diff: is(subtype_diff),
            multirange: Attr::Is(multirange, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        })
    }

    /// What several such ranges are called; an older server has none.
    fn multirange_name(&self, range: &ObjectId, params: &[Node]) -> Outcome<Option<QualifiedName>> {
        if self.catalog().version < 14 {
            return Ok(None);
        }
        let schema = &range.path()[0];
        let (schema, name) = match option(params, "multirange_type_name").map(strings_of).as_deref() {
            Some([.., schema, name]) => (self.creation_schema(schema)?, name.clone()),
            Some([name]) => (self.creation_schema("")?, name.clone()),
            _ => (schema.clone(), chosen_multirange_name(range.name().as_str())),
        };
        let id = ObjectId::in_schema(Class::Type, &schema, &Ident::new(&name));
        if self.catalog().exists(&id) || id == *range {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("type \"{name}\" already exists")));
        }
        Ok(Some(id.qualified_name()))
    }

    /// `makeRangeConstructors()`
    fn make_range_constructors(&mut self, id: &ObjectId, own: &TypeName, subtype: &TypeName, origin: &Origin) {
        let (schema, name) = (&id.path()[0], id.name());
        let two = vec![subtype.clone(), subtype.clone()];
        let three = vec![subtype.clone(), subtype.clone(), TypeName::builtin("text")];
        for types in [two, three] {
            self.make_constructor(id, &QualifiedName::new(schema, name), own, types, false, origin);
        }
    }

    /// The multirange type, `makeMultirangeConstructors()`, and the cast to it.
    fn make_multirange(&mut self, id: &ObjectId, own: &TypeName, multirange: &QualifiedName, origin: &Origin) {
        let Some(schema) = multirange.schema.clone() else { return };
        let of = TypeName { name: multirange.clone(), ..TypeName::default() };
        // Wherever the type is, its constructors are beside the range type.
        let constructor = QualifiedName::new(&id.path()[0], &multirange.name);
        for (types, variadic) in [(vec![], false), (vec![own.clone()], false), (vec![own.array_of()], true)] {
            self.make_constructor(id, &constructor, &of, types, variadic, origin);
        }
        let meaning = TypeMeaning {
            sort: TypeSort::Multirange(own.name.clone()),
            category: 'R',
            preferred: false,
            collatable: false,
            element: None,
            io: MutableIo::default(),
        };
        let come_along = |what: &str, meaning| Unmodelled {
            meaning,
            owned_by: Some(id.clone()),
            ..Unmodelled::new(what, origin.clone())
        };
        let type_id = ObjectId::in_schema(Class::Type, &schema, &multirange.name);
        self.database.insert_unmodelled(type_id, come_along("multirange type", meaning.into()));
        let meaning = Meaning::Cast(CastMeaning { context: CastContext::Explicit, binary: false, is_mutable: false });
        self.database.insert_unmodelled(ObjectId::cast(own, &of), come_along("cast", meaning));
    }

    fn make_constructor(
        &mut self,
        range: &ObjectId,
        name: &QualifiedName,
        result: &TypeName,
        types: Vec<TypeName>,
        variadic: bool,
        origin: &Origin,
    ) {
        let Some(schema) = &name.schema else { return };
        let id = ObjectId::call(Class::Routine, schema, &name.name, types.clone());
        let signature = Signature {
            kind: CallKind::Function,
            args: types.into_iter().map(|of| Argument { name: Ident::default(), of }).collect(),
            defaults: 0,
            variadic,
            result: result.clone(),
            returns_set: false,
            outputs: Vec::new(),
            is_mutable: false,
        };
        let meaning = Meaning::from(signature);
        let owned_by = Some(range.clone());
        let constructor = Unmodelled { meaning, owned_by, ..Unmodelled::new("function", origin.clone()) };
        self.database.insert_unmodelled(id, constructor);
    }
}

fn only_known_options(params: &[Node], version: u32) -> Outcome {
    let mut seen: Vec<&str> = Vec::new();
    for node in params {
        let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
        let name = option.defname.as_str();
        let is_known = match name {
            "subtype" | "subtype_opclass" | "collation" | "canonical" | "subtype_diff" => true,
            "multirange_type_name" => version >= 14,
            _ => false,
        };
        if !is_known {
            return Err(Stop::refused(SYNTAX_ERROR, format!("type attribute \"{name}\" not recognized")));
        }
        if seen.contains(&name) {
            return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
        }
        seen.push(name);
    }
    Ok(())
}

/// `makeMultirangeTypeName()`
fn chosen_multirange_name(range: &str) -> String {
    let name = match range.find("range") {
        Some(at) => format!("{}multi{}", &range[..at], &range[at..]),
        None => format!("{range}_multirange"),
    };
    crate::sql::names::truncate(&name).to_owned()
}
