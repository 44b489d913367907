//! Names → operator classes and families, and the class that a type has by default (`indexcmds.c`, `namespace.c`).

use super::Replay;
use super::refusal::{DATATYPE_MISMATCH, Outcome, Stop, UNDEFINED_OBJECT};
use crate::catalog::kind::{Extension, OperatorClass};
use crate::catalog::{Class, ObjectId};
use crate::expr::{self, Around, Scope, Wanted};
use crate::library::{KnownClass, Library};
use crate::sql::{Ident, QualifiedName, TypeName};

/// An operator class, wherever it comes from.
#[derive(Clone, Debug)]
pub(super) struct OpClass {
    /// What has to be there for it: itself, or the extension that brings it. None of the server's own.
    pub(super) from: Option<ObjectId>,
    /// Without a schema if that is `pg_catalog`.
    pub(super) name: QualifiedName,
    pub(super) of: TypeName,
    pub(super) family: QualifiedName,
    pub(super) is_default: bool,
}

impl OpClass {
    fn known(from: Option<(ObjectId, Ident)>, known: KnownClass) -> Self {
        let schema = from.as_ref().map(|(_, schema)| schema.clone()).filter(|schema| *schema != "pg_catalog");
        Self {
            from: from.map(|(extension, _)| extension),
            name: QualifiedName { schema: schema.clone(), name: known.name.into() },
            of: known.of,
            family: QualifiedName { schema, name: known.family.into() },
            is_default: known.is_default,
        }
    }
}

impl Replay {
    /// All operator classes of an access method.
    pub(super) fn opclasses(&self, method: &Ident) -> Vec<OpClass> {
        let all = Library::of(self.catalog().version).opclasses().iter();
        let of_server = all.filter(|known| *method == known.method).map(|known| OpClass::known(None, known.clone()));
        of_server.chain(self.opclasses_of_others(method)).collect()
    }

    /// Those that are not the server's own, by name.
    pub(super) fn opclasses_of_others(&self, method: &Ident) -> Vec<OpClass> {
        let mut found = Vec::new();
        for extension in self.database.rare(Class::Extension) {
            let Some(schema) = self.database.get::<Extension>(extension).and_then(|known| known.schema.get()) else {
                continue;
            };
            let known = self.opclasses_of(extension).into_iter().filter(|known| *method == known.method);
            found.extend(known.map(|known| OpClass::known(Some((extension.clone(), schema.clone())), known)));
        }
        for id in self.database.rare(Class::OperatorClass).filter(|id| id.path()[1] == *method) {
            let Some(class) = self.database.get::<OperatorClass>(id) else { continue };
            let (Some(of), Some(family)) = (class.data_type.get(), class.family.get()) else { continue };
            found.push(OpClass {
                from: Some(id.clone()),
                name: id.qualified_name(),
                of: of.clone(),
                family: family.clone(),
                is_default: class.default.get() == Some(&true),
            });
        }
        found.sort_by(|one, other| one.name.name.cmp(&other.name.name));
        found
    }

    /// Whether there are no other operator classes than those.
    pub(super) fn knows_opclasses(&self) -> bool {
        !self.lenient && !self.doubts.cover_operators() && !self.has_unknown_extension()
    }

    /// `OpclassnameGetOpcid()`: what the server has goes before all else.
    pub(super) fn opclass_called(&self, method: &Ident, name: &QualifiedName) -> Option<OpClass> {
        let mut classes = self.opclasses(method);
        classes.retain(|class| class.name.name == name.name);
        let at = self.place_on_path(name, classes.iter().map(|class| &class.name))?;
        Some(classes.swap_remove(at))
    }

    /// Which of these, that are all called so, a name stands for.
    fn place_on_path<'a>(
        &self,
        name: &QualifiedName,
        all: impl Iterator<Item = &'a QualifiedName> + Clone,
    ) -> Option<usize> {
        let at = |schema: Option<&Ident>| all.clone().position(|one| one.schema.as_ref() == schema);
        match &name.schema {
            Some(schema) => at(Some(schema)),
            None => at(None).or_else(|| self.search_path().iter().find_map(|schema| at(Some(schema)))),
        }
    }

    /// `get_opfamily_oid()`: none where it cannot be told.
    pub(super) fn opfamily_called(&self, method: &Ident, parts: &[String]) -> Outcome<Option<QualifiedName>> {
        let name = QualifiedName::from_parts(parts);
        if let Some(schema) = &name.schema {
            self.schema(schema)?;
        }
        let of_classes = self.opclasses(method).into_iter().map(|class| class.family);
        let families = self.database.rare(Class::OperatorFamily).filter(|id| id.path()[1] == *method);
        let mut all: Vec<QualifiedName> = of_classes.chain(families.map(ObjectId::qualified_name)).collect();
        all.retain(|one| one.name == name.name);
        match self.place_on_path(&name, all.iter()) {
            Some(at) => Ok(Some(all.swap_remove(at))),
            None if !self.knows_opclasses() => Ok(None),
            None => {
                let name = parts.join(".");
                let message = format!("operator family \"{name}\" does not exist for access method \"{method}\"");
                Err(Stop::refused(UNDEFINED_OBJECT, message))
            }
        }
    }

    /// The name of an operator class, or a family, with the schema that it has along the search path.
    pub(super) fn with_schema(&self, class: Class, method: &Ident, name: &QualifiedName) -> QualifiedName {
        let found = match class {
            Class::OperatorFamily => self.opfamily_called(method, &[name.name.as_str().to_owned()]).ok().flatten(),
            _ => self.opclass_called(method, name).map(|found| found.name),
        };
        found.unwrap_or_else(|| {
            let schema = if class == Class::OperatorClass { self.schema_of_opclass(&name.name) } else { None };
            QualifiedName { schema, name: name.name.clone() }
        })
    }

    /// The class that a statement names, which begins with the access method; none where it is not in the model.
    pub(super) fn find_opclass(&self, parts: &[String]) -> Outcome<Option<ObjectId>> {
        let Some((method, parts)) = parts.split_first() else { return Ok(None) };
        let method = self.index_method(method)?.name;
        let name = QualifiedName::from_parts(parts);
        if let Some(schema) = &name.schema {
            self.schema(schema)?;
        }
        match self.opclass_called(&method, &name) {
            Some(found) => Ok(found.from.filter(|from| from.class() == Class::OperatorClass)),
            None if !self.knows_opclasses() => Ok(None),
            None => {
                let name = parts.join(".");
                let message = format!("operator class \"{name}\" does not exist for access method \"{method}\"");
                Err(Stop::refused(UNDEFINED_OBJECT, message))
            }
        }
    }

    /// The same for a family.
    pub(super) fn find_opfamily(&self, parts: &[String]) -> Outcome<Option<ObjectId>> {
        let Some((method, parts)) = parts.split_first() else { return Ok(None) };
        let method = self.index_method(method)?.name;
        let family = self.opfamily_called(&method, parts)?;
        let id = family.and_then(|name| {
            Some(ObjectId::of_method(Class::OperatorFamily, name.schema.as_ref()?, &method, &name.name))
        });
        Ok(id.filter(|id| self.catalog().exists(id)))
    }

    /// `ResolveOpClass()` for something of a type, if that is known; none where it is the default one anyway.
    pub(super) fn opclass(
        &self,
        method: &Ident,
        of: Option<&TypeName>,
        written: Option<QualifiedName>,
    ) -> Outcome<Option<QualifiedName>> {
        let usual = of.and_then(|of| self.default_opclass(method, of));
        let is_certain = self.knows_opclasses();
        let Some(written) = written else {
            return match of {
                Some(of) if usual.is_none() && is_certain && self.is_understood(of) => {
                    let of = of.base();
                    let message =
                        format!("data type {of} has no default operator class for access method \"{method}\"");
                    Err(Stop::refused(UNDEFINED_OBJECT, message))
                }
                _ => Ok(None),
            };
        };
        if let Some(schema) = &written.schema
            && is_certain
        {
            self.schema(schema)?;
        }
        let Some(found) = self.opclass_called(method, &written) else {
            if is_certain {
                let message = format!("operator class \"{written}\" does not exist for access method \"{method}\"");
                return Err(Stop::refused(UNDEFINED_OBJECT, message));
            }
            let schema = written.schema.or_else(|| self.schema_of_opclass(&written.name));
            return Ok(Some(QualifiedName { schema, name: written.name }));
        };
        if let Some(of) = of
            && is_certain
            && self.is_understood(of)
            && !self.in_scope(|scope| expr::is_binary_coercible(of, &found.of, scope))
        {
            let message = format!("operator class \"{written}\" does not accept data type {}", of.base());
            return Err(Stop::refused(DATATYPE_MISMATCH, message));
        }
        let is_usual = is_usual(&found, usual.as_ref());
        Ok(Some(found.name).filter(|_| !is_usual))
    }

    /// Whether an operator class is the one that something of a type has by itself.
    pub(super) fn is_default_opclass(&self, method: &Ident, of: &TypeName, name: &QualifiedName) -> bool {
        let found = self.opclass_called(method, name);
        found.is_some_and(|found| is_usual(&found, self.default_opclass(method, of).as_ref()))
    }

    /// `GetDefaultOpClass()`
    pub(super) fn default_opclass(&self, method: &Ident, of: &TypeName) -> Option<OpClass> {
        self.in_scope(|scope| {
            let of = expr::plain_type(of, scope);
            let mut of_server = Library::of(self.catalog().version).opclasses().iter();
            if let Some(usual) = of_server.find(|known| *method == known.method && known.is_default && known.of == of) {
                return Some(OpClass::known(None, usual.clone()));
            }
            let mut classes = self.opclasses(method);
            classes.retain(|class| class.is_default);
            if let Some(exact) = classes.iter().position(|class| class.of == of) {
                return Some(classes.swap_remove(exact));
            }
            classes.retain(|class| expr::is_binary_coercible(&of, &class.of, scope));
            if classes.iter().any(|class| expr::prefers(&of, &class.of, scope)) {
                classes.retain(|class| expr::prefers(&of, &class.of, scope));
            }
            if classes.len() == 1 { classes.pop() } else { None }
        })
    }

    /// Whether enough is known of a type to say which operator classes take it.
    fn is_understood(&self, of: &TypeName) -> bool {
        self.in_scope(|scope| expr::is_understood(of, scope))
    }

    fn in_scope<T>(&self, ask: impl FnOnce(&Scope<'_>) -> T) -> T {
        let search_path = self.search_path();
        let wanted = Wanted::Value;
        ask(&Scope { catalog: self.catalog(), search_path: &search_path, around: Around::Nothing, wanted })
    }

    /// The schema of the extension that brings an operator class.
    fn schema_of_opclass(&self, opclass: &Ident) -> Option<Ident> {
        let brings = |id: &ObjectId| self.opclasses_of(id).iter().any(|known| *opclass == known.name);
        self.schema_of_extension(brings).or_else(|| self.schema_of_unknown_member())
    }
}

/// Whether an operator class need not be written: it is the default one of the type, or of its own where that is not known.
fn is_usual(class: &OpClass, default: Option<&OpClass>) -> bool {
    default.map_or(class.is_default, |default| default.name == class.name)
}
