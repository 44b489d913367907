//! Languages that routines can be written in (`proclang.c`). One that is named without its handler is an extension.

use pg_query::protobuf::{CreatePLangStmt, Node};

use super::refusal::{
    DUPLICATE_OBJECT, INVALID_OBJECT_DEFINITION, Outcome, Stop, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use super::{Replay, Statement};
use crate::catalog::kind::{Function, Language, Procedure, RoutineName};
use crate::catalog::{Attr, Class, ObjectId};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

/// The languages that every database has.
pub(super) const LANGUAGES: [&str; 4] = ["internal", "c", "sql", "plpgsql"];

impl Replay {
    /// `CreateProceduralLanguage()`
    pub(super) fn create_language(&mut self, statement: &Statement<'_>, command: &CreatePLangStmt) -> Outcome {
        let name = Ident::new(&command.plname);
        let id = ObjectId::top(Class::Language, &name);
        let handler = self.handler_function(&command.plhandler, &[], "language_handler")?;
        let inline = self.optional_support(&command.plinline, "internal")?;
        let validator = self.optional_support(&command.plvalidator, "oid")?;
        let is_there = self.catalog().exists(&id) || LANGUAGES.contains(&name.as_str());
        if is_there && !command.replace {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("language \"{}\" already exists", name.as_str())));
        }
        if LANGUAGES.contains(&name.as_str()) {
            return Ok(());
        }
        let origin = statement.origin();
        let comment = self.database.get::<Language>(&id).map(|before| before.comment.clone());
        let facts = Language {
            trusted: Attr::Is(command.pltrusted, origin.clone()),
            handler: Attr::Is(Some(handler), origin.clone()),
            inline: Attr::Is(inline, origin.clone()),
            validator: Attr::Is(validator, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: comment.unwrap_or_else(|| Attr::Is(None, origin.clone())),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    fn optional_support(&self, name: &[Node], takes: &str) -> Outcome<Option<RoutineName>> {
        if name.is_empty() {
            return Ok(None);
        }
        self.handler_function(name, &[takes], "").map(Some)
    }

    /// `LookupFuncName()`, and that the function gives back what it has to.
    pub(super) fn handler_function(&self, name: &[Node], takes: &[&str], gives: &str) -> Outcome<RoutineName> {
        let parts: Vec<String> = name.iter().filter_map(string_of).collect();
        let types: Vec<TypeName> = takes.iter().map(|of| TypeName::builtin(of)).collect();
        let called = parts.join(".");
        let Some((found, signature)) = self.function(&parts, &types)? else {
            let message = format!("function {called}({}) does not exist", takes.join(", "));
            if self.has_unknown_extension() {
                return Err(Stop::not_modelled(message));
            }
            return Err(Stop::refused(UNDEFINED_FUNCTION, message));
        };
        if !gives.is_empty() && signature.result != TypeName::builtin(gives) {
            let message = format!("function {called} must return type {gives}");
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        Ok(found)
    }

    /// `ExecGrant_Language_check()`: who could write in it could do anything.
    pub(super) fn is_trusted(&self, id: &ObjectId) -> Outcome {
        if self.database.get::<Language>(id).is_some_and(|language| language.trusted.get() == Some(&false)) {
            let message = format!("language \"{}\" is not trusted", id.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message)
                .with_hint("GRANT and REVOKE are not allowed on untrusted languages, because only superusers can use untrusted languages."));
        }
        Ok(())
    }

    /// `get_language_oid()`: none for one that every database has.
    pub(super) fn language(&self, name: &str) -> Outcome<Option<ObjectId>> {
        self.top_object(Class::Language, "language", name, &LANGUAGES)
    }

    /// What stands outside of any schema, and is not one of those that every database has.
    pub(super) fn top_object(
        &self,
        class: Class,
        noun: &str,
        name: &str,
        of_system: &[&str],
    ) -> Outcome<Option<ObjectId>> {
        let id = ObjectId::top(class, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(Some(id));
        }
        let message = format!("{noun} \"{name}\" does not exist");
        match of_system.contains(&name) {
            true => Ok(None),
            false if self.has_unknown_extension() => Err(Stop::not_modelled(message)),
            false => Err(Stop::refused(UNDEFINED_OBJECT, message)),
        }
    }

    /// Tells the routines what their language is called from now on.
    pub(super) fn follow_language(&mut self, from: &Ident, to: &Ident) {
        let routines: Vec<ObjectId> =
            self.catalog().objects.keys().filter(|id| id.class() == Class::Routine).cloned().collect();
        for id in routines {
            let is_in_it = |language: &Attr<Ident>| language.get() == Some(from);
            let swap = |language: &mut Attr<Ident>| language.get_mut().into_iter().for_each(|one| one.clone_from(to));
            if self.database.get::<Function>(&id).is_some_and(|one| is_in_it(&one.language)) {
                self.database.edit::<Function>(&id, |one| swap(&mut one.language));
            } else if self.database.get::<Procedure>(&id).is_some_and(|one| is_in_it(&one.language)) {
                self.database.edit::<Procedure>(&id, |one| swap(&mut one.language));
            }
        }
    }
}
