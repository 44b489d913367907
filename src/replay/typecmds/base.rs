//! Base types and shells (`DefineType()`, `AlterType()`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTypeStmt, DefElem, DefineStmt, Node};

use crate::catalog::kind::{Alignment, BaseType, Domain, RoutineName, Storage};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, AttrValue, Class, ObjectId, Origin, Value};
use crate::library::Library;
use crate::replay::comment::strings_of;
use crate::replay::functioncmds::schema_and_name;
use crate::replay::refusal::{
    DUPLICATE_OBJECT, INVALID_OBJECT_DEFINITION, INVALID_PARAMETER_VALUE, Outcome, SYNTAX_ERROR, Stop,
    UNDEFINED_FUNCTION, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use crate::replay::{Replay, Statement};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Replay {
    pub(in crate::replay) fn create_base_type(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        let id = self.new_type(&schema, &name)?;
        let is_shell = self.database.get::<BaseType>(&id).is_some();
        let origin = statement.origin();
        if command.definition.is_empty() {
            if is_shell {
                return Err(Stop::refused(DUPLICATE_OBJECT, format!("type \"{name}\" already exists")));
            }
            self.make_shell(id, &origin);
            return Ok(());
        }
        if !is_shell && !self.doubts.cover(&name) {
            let hint = "Create the type as a shell type, then create its I/O functions, then do a full CREATE TYPE.";
            let message = format!("type \"{name}\" does not exist");
            return Err(Stop::refused(DUPLICATE_OBJECT, message).with_hint(hint));
        }
        let options = Options::of(&command.definition)?;
        let base = self.base_type(&id, &options, &origin)?;
        self.database.insert(id, base, origin);
        Ok(())
    }

    /// `TypeShellMake()`
    pub(in crate::replay) fn make_shell(&mut self, id: ObjectId, origin: &Origin) {
        let routine = |name: &str, of: &str| {
            let name = crate::sql::QualifiedName::bare(name);
            Some(RoutineName { name, args: vec![TypeName::builtin(of)] })
        };
        let is = |name: Option<RoutineName>| Attr::Is(name, origin.clone());
        let shell = BaseType {
            defined: Attr::Is(false, origin.clone()),
            input: is(routine("shell_in", "cstring")),
            output: is(routine("shell_out", "void")),
            receive: is(None),
            send: is(None),
            modifier_input: is(None),
            modifier_output: is(None),
            analyze: is(None),
            subscript: is(None),
            length: Attr::Is(4, origin.clone()),
            by_value: Attr::Is(true, origin.clone()),
            alignment: Attr::Is(Alignment::Int4, origin.clone()),
            storage: Attr::Is(Storage::Plain, origin.clone()),
            category: Attr::Is("P".to_owned(), origin.clone()),
            preferred: Attr::Is(false, origin.clone()),
            default: Attr::Is(None, origin.clone()),
            element: Attr::Is(None, origin.clone()),
            delimiter: Attr::Is(",".to_owned(), origin.clone()),
            collatable: Attr::Is(false, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, shell, origin.clone());
    }

    fn base_type(&self, id: &ObjectId, options: &Options<'_>, origin: &Origin) -> Outcome<BaseType> {
        let own = TypeName { name: id.qualified_name(), ..TypeName::default() };
        let layout = self.layout(options, origin)?;
        let functions = |name: &str, word: &str| match options.name(name) {
            Some(parts) => {
                self.support_function(&parts, &arguments(word, &own)).map(|found| Attr::Is(found, origin.clone()))
            }
            None => Ok(Attr::Is(None, origin.clone())),
        };
        for (name, message) in
            [("input", "type input function must be specified"), ("output", "type output function must be specified")]
        {
            if options.get(name).is_none() {
                return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
            }
        }
        if options.get("typmod_in").is_none() && options.get("typmod_out").is_some() {
            let message = "type modifier output function is useless without a type modifier input function";
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        let first = |name: &str, usual: &str| {
            options.text(name).and_then(|text| text.chars().next()).map_or_else(|| usual.to_owned(), |c| c.to_string())
        };
        let element = options.type_name("element");
        let element = element.map(|of| self.resolve_type(of)).transpose()?.map(|of| of.base());
        let analyze = if options.get("analyse").is_some() { "analyse" } else { "analyze" };
        let mut subscript = functions("subscript", "subscript")?;
        if self.catalog().version >= 14 && element.is_some() && options.get("subscript").is_none() {
            subscript = Attr::Is(
                self.support_function(&["raw_array_subscript_handler".to_owned()], &arguments("subscript", &own))?,
                origin.clone(),
            );
        }
        Ok(BaseType {
            defined: Attr::Is(true, origin.clone()),
            input: functions("input", "input")?,
            output: functions("output", "own")?,
            receive: functions("receive", "receive")?,
            send: functions("send", "own")?,
            modifier_input: functions("typmod_in", "typmod_in")?,
            modifier_output: functions("typmod_out", "typmod_out")?,
            analyze: functions(analyze, "analyze")?,
            subscript,
            category: Attr::Is(first("category", "U"), origin.clone()),
            preferred: Attr::Is(options.is("preferred"), origin.clone()),
            default: Attr::Is(options.text("default"), origin.clone()),
            element: Attr::Is(element, origin.clone()),
            delimiter: Attr::Is(first("delimiter", ","), origin.clone()),
            collatable: Attr::Is(options.is("collatable"), origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
            ..layout
        })
    }

    /// How values are kept: as it is said, or as those of another type are.
    fn layout(&self, options: &Options<'_>, origin: &Origin) -> Outcome<BaseType> {
        let like = options.type_name("like").map(|of| self.resolve_type(of)).transpose()?;
        let known = match &like {
            Some(like) => self.layout_of(like),
            None => Some((-1, false, Alignment::Int4, Storage::Plain)),
        };
        let mut layout = BaseType::default();
        if let Some((length, by_value, alignment, storage)) = known {
            layout.length = Attr::Is(length, origin.clone());
            layout.by_value = Attr::Is(by_value, origin.clone());
            layout.alignment = Attr::Is(alignment, origin.clone());
            layout.storage = Attr::Is(storage, origin.clone());
        }
        if let Some(length) = options.get("internallength").and_then(length_of) {
            layout.length = Attr::Is(length, origin.clone());
        }
        if options.get("passedbyvalue").is_some() {
            layout.by_value = Attr::Is(options.is("passedbyvalue"), origin.clone());
        }
        if let Some(word) = options.text("alignment") {
            layout.alignment = Attr::Is(alignment_of(&word)?, origin.clone());
        }
        if let Some(word) = options.text("storage") {
            layout.storage = Attr::Is(storage_of(&word)?, origin.clone());
        }
        Ok(layout)
    }

    /// `typlen`, `typbyval`, `typalign` and `typstorage`
    fn layout_of(&self, of: &TypeName) -> Option<(i64, bool, Alignment, Storage)> {
        use Alignment::{Char, Double, Int2, Int4};
        use Storage::{Extended, Main, Plain};
        if of.array {
            return None;
        }
        if of.name.schema.is_some() {
            let id = self.find_type(&of.name)?;
            if let Some(base) = self.database.get::<BaseType>(&id) {
                let (length, by_value) = (*base.length.get()?, *base.by_value.get()?);
                return Some((length, by_value, *base.alignment.get()?, *base.storage.get()?));
            }
            if let Some(domain) = self.database.get::<Domain>(&id) {
                return self.layout_of(domain.data_type.get()?);
            }
            return match self.type_sort(of)? {
                TypeSort::Enum => Some((4, true, Int4, Plain)),
                TypeSort::Composite(_) => Some((-1, false, Double, Extended)),
                _ => None,
            };
        }
        Some(match of.name.name.as_str() {
            "bool" | "char" => (1, true, Char, Plain),
            "int2" => (2, true, Int2, Plain),
            "int4" | "float4" | "oid" | "date" => (4, true, Int4, Plain),
            "int8" | "float8" | "time" | "timestamp" | "timestamptz" | "money" => (8, true, Double, Plain),
            "uuid" => (16, false, Char, Plain),
            "name" => (64, false, Char, Plain),
            "interval" | "point" => (16, false, Double, Plain),
            "text" | "varchar" | "bpchar" | "bytea" | "json" | "jsonb" | "xml" => (-1, false, Int4, Extended),
            "numeric" | "inet" | "cidr" => (-1, false, Int4, Main),
            _ => return None,
        })
    }

    /// `LookupFuncName()` for a function that a type is made with: the first that takes such arguments.
    pub(super) fn support_function(&self, parts: &[String], takes: &[Vec<TypeName>]) -> Outcome<Option<RoutineName>> {
        let (schema, name) = match parts {
            [.., schema, name] => (schema.as_str(), name.as_str()),
            [name] => ("", name.as_str()),
            [] => return Ok(None),
        };
        for args in takes {
            let is_built_in = |signature: &&crate::catalog::meaning::Signature| signature.types().eq(args.iter());
            let built_in = Library::of(self.catalog().version).routines(name).iter().find(is_built_in);
            if built_in.is_some() && ["", "pg_catalog"].contains(&schema) {
                return Ok(Some(RoutineName { name: crate::sql::QualifiedName::bare(name), args: args.clone() }));
            }
            let ids = self.schemas_of(schema).into_iter();
            let mut ids = ids.map(|schema| ObjectId::call(Class::Routine, &schema, &Ident::new(name), args.clone()));
            if let Some(id) = ids.find(|id| self.catalog().exists(id)) {
                return Ok(Some(RoutineName::of(&id)));
            }
        }
        let types: Vec<String> = takes.first().into_iter().flatten().map(ToString::to_string).collect();
        let message = format!("function {}({}) does not exist", parts.join("."), types.join(", "));
        Err(Stop::refused(UNDEFINED_FUNCTION, message))
    }

    /// ALTER TYPE … SET
    pub(in crate::replay) fn alter_type(&mut self, statement: &Statement<'_>, command: &AlterTypeStmt) -> Outcome {
        let parts: Vec<String> = command.type_name.iter().filter_map(string_of).collect();
        let id = self.any_type(&parts)?;
        let own = TypeName { name: id.qualified_name(), ..TypeName::default() };
        self.is_no_shell(&own)?;
        let mut changes: Vec<(&str, Value)> = Vec::new();
        for node in &command.options {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            let (attribute, word) = match option.defname.as_str() {
                "storage" => {
                    let word = option.arg.as_deref().map(strings_of).and_then(|words| words.into_iter().next());
                    let storage = storage_of(&word.unwrap_or_default())?;
                    self.can_be_stored_so(&id, storage)?;
                    changes.push(("storage", storage.to_value()));
                    continue;
                }
                "receive" => ("receive", "receive"),
                "send" => ("send", "own"),
                "typmod_in" => ("modifier_input", "typmod_in"),
                "typmod_out" => ("modifier_output", "typmod_out"),
                "analyze" => ("analyze", "analyze"),
                "subscript" if self.catalog().version >= 14 => ("subscript", "subscript"),
                name => {
                    let what = if CREATE_ONLY.contains(&name) { "cannot be changed" } else { "not recognized" };
                    return Err(Stop::refused(SYNTAX_ERROR, format!("type attribute \"{name}\" {what}")));
                }
            };
            let function = match option.arg.as_deref() {
                Some(name) => self.support_function(&strings_of(name), &arguments(word, &own))?,
                None => None,
            };
            changes.push((attribute, function.to_value()));
        }
        if self.database.get::<BaseType>(&id).is_none() {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("{own} is not a base type")));
        }
        self.database.edit_facts(&id, |facts| {
            for (attribute, value) in changes {
                // Each is an attribute of base types, and takes such values.
                let _ = facts.set(attribute, value, statement.origin());
            }
        });
        Ok(())
    }

    /// `typenameType()`: nothing can have a type that is only announced.
    pub(in crate::replay) fn is_no_shell(&self, of: &TypeName) -> Outcome {
        let id = of.name.schema.as_ref().map(|schema| ObjectId::in_schema(Class::Type, schema, &of.name.name));
        let base = id.as_ref().and_then(|id| self.database.get::<BaseType>(id));
        if base.is_some_and(|base| base.defined.get() == Some(&false)) && !self.lenient {
            let name = of.name.to_string().replace('"', "");
            return Err(Stop::refused(UNDEFINED_OBJECT, format!("type \"{name}\" is only a shell")));
        }
        Ok(())
    }

    fn can_be_stored_so(&self, id: &ObjectId, storage: Storage) -> Outcome {
        let Some(base) = self.database.get::<BaseType>(id) else { return Ok(()) };
        let refused = |message: &str| Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        if storage != Storage::Plain && base.length.get().is_some_and(|length| *length != -1) {
            return refused("fixed-size types must have storage PLAIN");
        }
        if storage == Storage::Plain && base.storage.get().is_some_and(|before| *before != Storage::Plain) {
            return refused("cannot change type's storage to PLAIN");
        }
        Ok(())
    }
}

/// What CREATE TYPE takes and ALTER TYPE does not.
const CREATE_ONLY: [&str; 12] = [
    "input",
    "output",
    "internallength",
    "passedbyvalue",
    "alignment",
    "like",
    "category",
    "preferred",
    "default",
    "element",
    "delimiter",
    "collatable",
];

/// What the functions of a type take, in the order in which they are looked for (`findTypeInputFunction()` …).
fn arguments(word: &str, own: &TypeName) -> Vec<Vec<TypeName>> {
    let builtin = |names: &[&str]| names.iter().map(|name| TypeName::builtin(name)).collect::<Vec<_>>();
    match word {
        "input" => vec![builtin(&["cstring"]), builtin(&["cstring", "oid", "int4"])],
        "receive" => vec![builtin(&["internal"]), builtin(&["internal", "oid", "int4"])],
        "typmod_in" => vec![vec![TypeName::builtin("cstring").array_of()]],
        "typmod_out" => vec![builtin(&["int4"])],
        "analyze" | "subscript" => vec![builtin(&["internal"])],
        _ => vec![vec![own.clone()]],
    }
}

struct Options<'a>(Vec<&'a DefElem>);

impl<'a> Options<'a> {
    fn of(nodes: &'a [Node]) -> Outcome<Self> {
        let mut options: Vec<&DefElem> = Vec::new();
        for node in nodes {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            if options.iter().any(|other| other.defname == option.defname) {
                return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
            }
            options.push(option);
        }
        Ok(Self(options))
    }

    fn get(&self, name: &str) -> Option<&'a DefElem> {
        self.0.iter().copied().find(|option| option.defname == name)
    }

    fn name(&self, name: &str) -> Option<Vec<String>> {
        self.get(name)?.arg.as_deref().map(strings_of)
    }

    /// `defGetString()`
    fn text(&self, name: &str) -> Option<String> {
        let arg = self.get(name)?.arg.as_deref()?;
        match &arg.node {
            Some(NodeEnum::Integer(number)) => Some(number.ival.to_string()),
            Some(NodeEnum::Float(number)) => Some(number.fval.clone()),
            _ => strings_of(arg).pop(),
        }
    }

    /// `defGetBoolean()`
    fn is(&self, name: &str) -> bool {
        let Some(option) = self.get(name) else { return false };
        if option.arg.is_none() {
            return true;
        }
        self.text(name).is_some_and(|word| ["true", "on", "1"].contains(&word.to_lowercase().as_str()))
    }

    fn type_name(&self, name: &str) -> Option<TypeName> {
        match self.get(name)?.arg.as_deref()?.node.as_ref()? {
            NodeEnum::TypeName(node) => Some(TypeName::from_node(node)),
            _ => None,
        }
    }
}

/// `defGetTypeLength()`
fn length_of(option: &DefElem) -> Option<i64> {
    match option.arg.as_deref()?.node.as_ref()? {
        NodeEnum::Integer(number) => Some(number.ival.into()),
        // VARIABLE
        _ => Some(-1),
    }
}

fn alignment_of(word: &str) -> Outcome<Alignment> {
    Ok(match word.to_lowercase().as_str() {
        "double" | "float8" => Alignment::Double,
        "int4" => Alignment::Int4,
        "int2" => Alignment::Int2,
        "char" | "bpchar" => Alignment::Char,
        _ => return Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("alignment \"{word}\" not recognized"))),
    })
}

fn storage_of(word: &str) -> Outcome<Storage> {
    let found = Storage::ALL.iter().copied().find(|storage| storage.word().eq_ignore_ascii_case(word));
    found.ok_or_else(|| Stop::refused(INVALID_PARAMETER_VALUE, format!("storage \"{word}\" not recognized")))
}
