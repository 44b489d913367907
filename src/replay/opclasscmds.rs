//! CREATE and ALTER of operator classes and families (`opclasscmds.c`).

mod members;
mod method;

use pg_query::protobuf::{AlterOpFamilyStmt, CreateOpClassStmt, CreateOpFamilyStmt, Node};

use super::functioncmds::{schema_and_name, stated};
use super::refusal::{
    DEPENDENT_OBJECTS_STILL_EXIST, DUPLICATE_OBJECT, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop,
    UNDEFINED_OBJECT,
};
use super::{Replay, Statement};
use crate::catalog::kind::{FamilyMember, OperatorClass, OperatorFamily, OperatorName, RoutineName};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin, Unmodelled};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};
use members::{Members, Slot};
use method::Method;

const UNIQUE_VIOLATION: &str = "23505";

/// What something that is added to a family belongs to.
enum Home {
    Family,
    /// None of those that are not in the model.
    Class(Option<ObjectId>),
}

impl Replay {
    /// `DefineOpFamily()`
    pub(super) fn create_opfamily(&mut self, statement: &Statement<'_>, command: &CreateOpFamilyStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.opfamilyname);
        let schema = self.creation_schema(&schema)?;
        let method = self.index_method(&command.amname)?;
        let id = ObjectId::of_method(Class::OperatorFamily, &schema, &method.name, &Ident::new(name));
        self.insert_opfamily(id, statement.origin())
    }

    /// `CreateOpFamily()`
    fn insert_opfamily(&mut self, id: ObjectId, origin: Origin) -> Outcome {
        if self.catalog().exists(&id) {
            let (name, method) = (id.name().as_str(), id.path()[1].as_str());
            let message = format!("operator family \"{name}\" for access method \"{method}\" already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let family = OperatorFamily {
            operators: stated(Vec::new(), &origin),
            functions: stated(Vec::new(), &origin),
            owner: Attr::Unstated,
            comment: stated(None, &origin),
        };
        self.database.insert(id, family, origin);
        Ok(())
    }

    /// `DefineOpClass()`
    pub(super) fn create_opclass(&mut self, statement: &Statement<'_>, command: &CreateOpClassStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.opclassname);
        let schema = self.creation_schema(&schema)?;
        let method = self.index_method(&command.amname)?;
        let id = ObjectId::of_method(Class::OperatorClass, &schema, &method.name, &Ident::new(&name));
        let origin = statement.origin();
        let of = self.signature_type(command.datatype.as_ref())?;
        if let Some(of) = &of {
            self.is_no_shell(of)?;
        }
        let family = self.family_of_new_class(&id, &method, command, &origin)?;
        let members = match &of {
            Some(of) => self.members(&method, &command.items, Some(of))?,
            None => None,
        };
        let (Some(of), Some(family), Some(members)) = (of, family, members) else {
            self.doubts.of_operators();
            self.note(
                statement,
                format!("not all that the operator class {id} is made of is known, so it is not compared"),
            );
            self.database.insert_unmodelled(id, Unmodelled::new("operator class", origin));
            return Ok(());
        };
        let storage = members.storage.clone().filter(|storage| *storage != of);
        if storage.is_some() && method.traits.is_some_and(|traits| !traits.stores_other_types) {
            let message = format!(
                "storage type cannot be different from data type for access method \"{}\"",
                method.name.as_str()
            );
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        if self.catalog().exists(&id) {
            let message =
                format!("operator class \"{name}\" for access method \"{}\" already exists", method.name.as_str());
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        if command.is_default {
            self.is_the_only_default(&name, &method.name, &of)?;
        }
        let class = OperatorClass {
            data_type: stated(of.clone(), &origin),
            default: stated(command.is_default, &origin),
            family: stated(family.clone(), &origin),
            storage: stated(storage, &origin),
            operators: stated(Vec::new(), &origin),
            functions: stated(Vec::new(), &origin),
            owner: Attr::Unstated,
            comment: stated(None, &origin),
        };
        self.database.insert(id.clone(), class, origin.clone());
        self.store_members(&method, &family, Some((&id, &of)), members, &origin)
    }

    /// The family that is named, or the one that is called like the class, which is made if there is none.
    fn family_of_new_class(
        &mut self,
        class: &ObjectId,
        method: &Method,
        command: &CreateOpClassStmt,
        origin: &Origin,
    ) -> Outcome<Option<QualifiedName>> {
        if !command.opfamilyname.is_empty() {
            return self.opfamily_called(&method.name, &strings(&command.opfamilyname));
        }
        let family = ObjectId::of_method(Class::OperatorFamily, &class.path()[0], &method.name, class.name());
        if !self.catalog().exists(&family) {
            self.insert_opfamily(family.clone(), origin.clone())?;
        }
        Ok(Some(family.qualified_name()))
    }

    fn is_the_only_default(&self, name: &str, method: &Ident, of: &TypeName) -> Outcome {
        let is_other = |class: &super::opclass::OpClass| class.is_default && class.of == *of;
        match self.opclasses(method).iter().any(is_other) {
            true if !self.lenient => {
                let message = format!("could not make operator class \"{name}\" be default for type {of}");
                Err(Stop::refused(DUPLICATE_OBJECT, message))
            }
            _ => Ok(()),
        }
    }

    /// `AlterOpFamily()`
    pub(super) fn alter_opfamily(&mut self, statement: &Statement<'_>, command: &AlterOpFamilyStmt) -> Outcome {
        let method = self.index_method(&command.amname)?;
        let words = strings(&command.opfamilyname);
        let family = self.opfamily_called(&method.name, &words)?;
        let slots = if command.is_drop { Some(self.slots(&method, &command.items)?) } else { None };
        let members = if command.is_drop { None } else { self.members(&method, &command.items, None)? };
        let id = family.as_ref().and_then(|family| family_id(&method.name, family));
        let Some(id) = id.filter(|id| self.database.get::<OperatorFamily>(id).is_some()) else {
            return Err(Stop::not_modelled("what is changed of this operator family is not compared"));
        };
        let origin = statement.origin();
        match (slots, members, family) {
            (Some(slots), ..) => {
                slots.iter().try_for_each(|slot| self.drop_member(&id, slot, &words.join("."), &origin))
            }
            (None, Some(members), Some(family)) => self.store_members(&method, &family, None, members, &origin),
            _ => {
                self.doubts.of_operators();
                Err(Stop::not_modelled(format!("not all that is added to the operator family {id} is known")))
            }
        }
    }

    /// `storeOperators()`, `storeProcedures()`
    fn store_members(
        &mut self,
        method: &Method,
        family: &QualifiedName,
        class: Option<(&ObjectId, &TypeName)>,
        members: Members,
        origin: &Origin,
    ) -> Outcome {
        let mut last = class.map(|(id, of)| (of.clone(), Some(id.clone())));
        for operator in members.operators {
            let slot = Slot::of(false, &operator);
            let home = self.home(method, family, class, &slot, &mut last);
            self.is_free_slot(method, family, class.is_none(), &slot)?;
            self.is_new_operator(method, family, &operator)?;
            self.add_member(method, family, home, origin, |operators, _| operators.push(operator));
        }
        for function in members.functions {
            let slot = Slot::of(true, &function);
            let home = self.home(method, family, class, &slot, &mut last);
            self.is_free_slot(method, family, class.is_none(), &slot)?;
            self.add_member(method, family, home, origin, |_, functions| functions.push(function));
        }
        Ok(())
    }

    /// `amadjustmembers`: what a new member belongs to. `last` is the class that was found last, and its type.
    fn home(
        &self,
        method: &Method,
        family: &QualifiedName,
        class: Option<(&ObjectId, &TypeName)>,
        slot: &Slot,
        last: &mut Option<(TypeName, Option<ObjectId>)>,
    ) -> Home {
        let as_written = || class.map_or(Home::Family, |(id, _)| Home::Class(Some(id.clone())));
        // Before PostgreSQL 14 no access method had a say in it.
        let Some(traits) = method.traits.filter(|_| self.catalog().version >= 14) else { return as_written() };
        if !traits.adjusts {
            return as_written();
        }
        if !traits.has_same_types_only {
            return if slot.is_function && traits.requires.contains(&slot.number) {
                as_written()
            } else {
                Home::Family
            };
        }
        let (left, right) = (&slot.types[0], &slot.types[1]);
        if slot.is_function && slot.number != 1 || left != right {
            return Home::Family;
        }
        if last.as_ref().is_none_or(|(of, _)| of != left) {
            let mut classes = self.opclasses(&method.name).into_iter();
            let found = classes.find(|one| one.family == *family && one.of == *left);
            let Some(found) = found else { return Home::Family };
            let id = found.from.filter(|from| from.class() == Class::OperatorClass);
            *last = Some((left.clone(), id));
        }
        Home::Class(last.as_ref().and_then(|(_, id)| id.clone()))
    }

    fn add_member(
        &mut self,
        method: &Method,
        family: &QualifiedName,
        home: Home,
        origin: &Origin,
        add: impl FnOnce(&mut Vec<FamilyMember<OperatorName>>, &mut Vec<FamilyMember<RoutineName>>),
    ) {
        let id = match home {
            Home::Family => family_id(&method.name, family),
            Home::Class(id) => id,
        };
        if let Some(id) = id {
            self.change_members(&id, origin, add);
        }
    }

    /// Changes what belongs to a class, or to a family alone.
    pub(super) fn change_members(
        &mut self,
        id: &ObjectId,
        origin: &Origin,
        change: impl FnOnce(&mut Vec<FamilyMember<OperatorName>>, &mut Vec<FamilyMember<RoutineName>>),
    ) {
        self.database.edit_facts(id, |facts| {
            let Some((operators, functions)) = facts.members_mut() else { return };
            let before = (operators.get().cloned().unwrap_or_default(), functions.get().cloned().unwrap_or_default());
            let (mut o, mut f) = before.clone();
            change(&mut o, &mut f);
            FamilyMember::put_in_order(&mut o);
            FamilyMember::put_in_order(&mut f);
            if o != before.0 {
                *operators = stated(o, origin);
            }
            if f != before.1 {
                *functions = stated(f, origin);
            }
        });
    }

    /// What takes a place in a family, and what that belongs to.
    fn in_slot(&self, method: &Ident, family: &QualifiedName, slot: &Slot) -> Option<ObjectId> {
        let homes = self.homes(method, family);
        homes.into_iter().find(|id| self.catalog().facts(id).is_some_and(|facts| slot.is_taken_in(facts)))
    }

    /// A family that is in the model, and its classes.
    fn homes(&self, method: &Ident, family: &QualifiedName) -> Vec<ObjectId> {
        let classes = self.opclasses_of_others(method).into_iter().filter(|class| class.family == *family);
        let classes = classes.filter_map(|class| class.from).filter(|from| from.class() == Class::OperatorClass);
        family_id(method, family).into_iter().chain(classes).collect()
    }

    fn is_free_slot(&self, method: &Method, family: &QualifiedName, is_added: bool, slot: &Slot) -> Outcome {
        if self.in_slot(&method.name, family, slot).is_none() {
            return Ok(());
        }
        if !is_added {
            let index = if slot.is_function { "pg_amproc_fam_proc_index" } else { "pg_amop_fam_strat_index" };
            let message = format!("duplicate key value violates unique constraint \"{index}\"");
            return Err(Stop::refused(UNIQUE_VIOLATION, message));
        }
        let message = format!("{slot} already exists in operator family \"{family}\"");
        Err(Stop::refused(DUPLICATE_OBJECT, message))
    }

    /// `pg_amop_opr_fam_index`: an operator is in a family once, for searches and for orders apart.
    fn is_new_operator(
        &self,
        method: &Method,
        family: &QualifiedName,
        operator: &FamilyMember<OperatorName>,
    ) -> Outcome {
        let is_same = |one: &FamilyMember<OperatorName>| {
            one.member == operator.member && one.order_by.is_some() == operator.order_by.is_some()
        };
        let has_it = |id: &ObjectId| match self.catalog().facts(id) {
            Some(Facts::OperatorClass(class)) => class.operators.get().is_some_and(|all| all.iter().any(is_same)),
            Some(Facts::OperatorFamily(family)) => family.operators.get().is_some_and(|all| all.iter().any(is_same)),
            _ => false,
        };
        if self.homes(&method.name, family).iter().any(has_it) {
            let message = "duplicate key value violates unique constraint \"pg_amop_opr_fam_index\"";
            return Err(Stop::refused(UNIQUE_VIOLATION, message));
        }
        Ok(())
    }

    /// `dropOperators()`, `dropProcedures()`: only what belongs to no class can be taken out.
    fn drop_member(&mut self, family: &ObjectId, slot: &Slot, words: &str, origin: &Origin) -> Outcome {
        let method = &family.path()[1];
        let Some(home) = self.in_slot(method, &family.qualified_name(), slot) else {
            let message = format!("{slot} does not exist in operator family \"{words}\"");
            return Err(Stop::refused(UNDEFINED_OBJECT, message));
        };
        if home != *family || self.is_required(method, slot) {
            let home = self.describe(&home);
            let message = format!("cannot drop {slot} of operator family {words} because {home} requires it");
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
                .with_hint(format!("You can drop {home} instead.")));
        }
        self.remove_member(family, slot, origin);
        Ok(())
    }

    pub(super) fn remove_member(&mut self, family: &ObjectId, slot: &Slot, origin: &Origin) {
        self.change_members(family, origin, |operators, functions| {
            operators.retain(|one| Slot::of(false, one) != *slot);
            functions.retain(|one| Slot::of(true, one) != *slot);
        });
    }

    /// Whether a family cannot do without a member that belongs to no class.
    pub(super) fn is_required(&self, method: &Ident, slot: &Slot) -> bool {
        let traits = self.index_method(method.as_str()).ok().and_then(|method| method.traits);
        let traits = traits.filter(|traits| traits.adjusts && self.catalog().version >= 14);
        slot.is_function && traits.is_some_and(|traits| traits.requires.contains(&slot.number))
    }
}

/// What is not the server's own.
fn family_id(method: &Ident, family: &QualifiedName) -> Option<ObjectId> {
    let schema = family.schema.as_ref()?;
    Some(ObjectId::of_method(Class::OperatorFamily, schema, method, &family.name))
}

fn strings(nodes: &[Node]) -> Vec<String> {
    nodes.iter().filter_map(string_of).collect()
}

fn wrong(message: impl Into<String>) -> Stop {
    Stop::refused(INVALID_OBJECT_DEFINITION, message)
}

fn wrong_syntax(message: &str) -> Stop {
    Stop::refused(SYNTAX_ERROR, message)
}

pub(super) use members::Slot as FamilySlot;
