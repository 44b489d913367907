//! Foreign-data wrappers, servers and user mappings (`foreigncmds.c`). Whether an option means anything is known to
//! the validator of the wrapper, which is code. What the options of a user mapping say may be a secret: it is read
//! over.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterFdwStmt, AlterForeignServerStmt, AlterUserMappingStmt, CreateFdwStmt, CreateForeignServerStmt,
    CreateUserMappingStmt, DefElem, DefElemAction, DropUserMappingStmt, ImportForeignSchemaStmt, Node, ObjectType,
    RoleSpec,
};

use super::refusal::{DUPLICATE_OBJECT, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_FUNCTION, UNDEFINED_OBJECT};
use super::{Replay, Statement};
use crate::catalog::kind::{ForeignDataWrapper, ForeignServer, ForeignTable, RoutineName, UserMapping};
use crate::catalog::{Attr, Class, ObjectId};
use crate::library::Library;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    pub(super) fn foreign_command(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Outcome {
        match node {
            NodeEnum::CreateFdwStmt(command) => self.create_wrapper(statement, command),
            NodeEnum::AlterFdwStmt(command) => self.alter_wrapper(statement, command),
            NodeEnum::CreateForeignServerStmt(command) => self.create_server(statement, command),
            NodeEnum::AlterForeignServerStmt(command) => self.alter_server(statement, command),
            NodeEnum::CreateUserMappingStmt(command) => self.create_user_mapping(statement, command),
            NodeEnum::AlterUserMappingStmt(command) => self.alter_user_mapping(statement, command),
            NodeEnum::DropUserMappingStmt(command) => self.drop_user_mapping(statement, command),
            NodeEnum::ImportForeignSchemaStmt(command) => self.import_foreign_schema(statement, command),
            _ => Ok(()),
        }
    }

    /// `CreateForeignDataWrapper()`
    fn create_wrapper(&mut self, statement: &Statement<'_>, command: &CreateFdwStmt) -> Outcome {
        let id = ObjectId::top(Class::ForeignDataWrapper, &Ident::new(&command.fdwname));
        if self.catalog().exists(&id) {
            let message = format!("foreign-data wrapper \"{}\" already exists", command.fdwname);
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let (handler, validator) = self.wrapper_functions(&command.func_options)?;
        let origin = statement.origin();
        let facts = ForeignDataWrapper {
            handler: Attr::Is(handler.flatten(), origin.clone()),
            validator: Attr::Is(validator.flatten(), origin.clone()),
            options: Attr::Is(changed(Vec::new(), &command.options)?, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `AlterForeignDataWrapper()`
    fn alter_wrapper(&mut self, statement: &Statement<'_>, command: &AlterFdwStmt) -> Outcome {
        let id = self.wrapper(&command.fdwname)?;
        let (handler, validator) = self.wrapper_functions(&command.func_options)?;
        let Some(facts) = self.database.get::<ForeignDataWrapper>(&id) else { return Ok(()) };
        let options = changed(facts.options.get().cloned().unwrap_or_default(), &command.options)?;
        let origin = statement.origin();
        self.database.edit::<ForeignDataWrapper>(&id, |facts| {
            if let Some(handler) = handler {
                facts.handler = Attr::Is(handler, origin.clone());
            }
            if let Some(validator) = validator {
                facts.validator = Attr::Is(validator, origin.clone());
            }
            if !command.options.is_empty() {
                facts.options = Attr::Is(options, origin);
            }
        });
        Ok(())
    }

    /// `parse_func_options()`: the handler and the validator, each where it is spoken of.
    #[expect(clippy::type_complexity, reason = "said or not, and there or not")]
    fn wrapper_functions(
        &self,
        options: &[Node],
    ) -> Outcome<(Option<Option<RoutineName>>, Option<Option<RoutineName>>)> {
        let (mut handler, mut validator) = (None, None);
        for option in def_elems(options) {
            let (known, args) = match option.defname.as_str() {
                "handler" => (&mut handler, vec![]),
                _ => (
                    &mut validator,
                    vec![TypeName { array: true, ..TypeName::builtin("text") }, TypeName::builtin("oid")],
                ),
            };
            if known.is_some() {
                return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
            }
            let name = match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                Some(NodeEnum::List(list)) => Some(&list.items),
                _ => None,
            };
            *known = Some(name.map(|name| self.routine_called(name, args)).transpose()?);
        }
        Ok((handler, validator))
    }

    /// `LookupFuncName()`
    fn routine_called(&self, name: &[Node], args: Vec<TypeName>) -> Outcome<RoutineName> {
        let parts: Vec<String> = name.iter().filter_map(string_of).collect();
        let wanted = QualifiedName::from_parts(&parts);
        let is_known = |id: &ObjectId| id.args() == args && self.catalog().exists(id);
        let in_schema = |schema: &Ident| ObjectId::call(Class::Routine, schema, &wanted.name, args.clone());
        let paths = wanted.schema.clone().map_or_else(|| self.search_path(), |schema| vec![schema]);
        if let Some(id) = paths.iter().map(in_schema).find(is_known) {
            return Ok(RoutineName::of(&id));
        }
        let is_built_in =
            wanted.schema.is_none() && !Library::of(self.catalog().version).routines(wanted.name.as_str()).is_empty();
        if is_built_in {
            return Ok(RoutineName { name: wanted, args });
        }
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let message = format!("function {}({}) does not exist", parts.join("."), args.join(", "));
        Err(Stop::refused(UNDEFINED_FUNCTION, message))
    }

    /// `CreateForeignServer()`
    fn create_server(&mut self, statement: &Statement<'_>, command: &CreateForeignServerStmt) -> Outcome {
        let id = server_id(&command.servername);
        if self.catalog().exists(&id) {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("server \"{}\" already exists", command.servername)));
        }
        let wrapper = self.wrapper(&command.fdwname)?;
        let origin = statement.origin();
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        let facts = ForeignServer {
            wrapper: Attr::Is(wrapper.name().clone(), origin.clone()),
            server_type: Attr::Is(said(&command.servertype), origin.clone()),
            version: Attr::Is(said(&command.version), origin.clone()),
            options: Attr::Is(changed(Vec::new(), &command.options)?, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `AlterForeignServer()`
    fn alter_server(&mut self, statement: &Statement<'_>, command: &AlterForeignServerStmt) -> Outcome {
        let id = self.foreign_server(&command.servername)?;
        let Some(facts) = self.database.get::<ForeignServer>(&id) else { return Ok(()) };
        let options = changed(facts.options.get().cloned().unwrap_or_default(), &command.options)?;
        let origin = statement.origin();
        self.database.edit::<ForeignServer>(&id, |facts| {
            if command.has_version {
                let version = (!command.version.is_empty()).then(|| command.version.clone());
                facts.version = Attr::Is(version, origin.clone());
            }
            if !command.options.is_empty() {
                facts.options = Attr::Is(options, origin);
            }
        });
        Ok(())
    }

    /// `CreateUserMapping()`
    fn create_user_mapping(&mut self, statement: &Statement<'_>, command: &CreateUserMappingStmt) -> Outcome {
        // Which role it is cannot always be told.
        let server = self.foreign_server(&command.servername)?;
        let role = self.mapped_role(command.user.as_ref())?;
        let id = ObjectId::user_mapping(server.name(), &role);
        if self.catalog().exists(&id) {
            if command.if_not_exists {
                return Ok(());
            }
            let message = format!(
                "user mapping for \"{}\" already exists for server \"{}\"",
                role.as_str(),
                server.name().as_str()
            );
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let options = names(&changed(Vec::new(), &command.options)?);
        self.database.insert(id, UserMapping { options: Attr::Is(options, statement.origin()) }, statement.origin());
        Ok(())
    }

    /// `AlterUserMapping()`
    fn alter_user_mapping(&mut self, statement: &Statement<'_>, command: &AlterUserMappingStmt) -> Outcome {
        let id = self.user_mapping(command.user.as_ref(), &command.servername)?;
        let Some(facts) = self.database.get::<UserMapping>(&id) else { return Ok(()) };
        let known = facts.options.get().into_iter().flatten().map(|name| format!("{name}="));
        let options = names(&changed(known.collect(), &command.options)?);
        self.database.edit::<UserMapping>(&id, |facts| facts.options = Attr::Is(options, statement.origin()));
        Ok(())
    }

    /// `RemoveUserMapping()`
    fn drop_user_mapping(&mut self, statement: &Statement<'_>, command: &DropUserMappingStmt) -> Outcome {
        match self.user_mapping(command.user.as_ref(), &command.servername) {
            Ok(id) => self.perform_deletion(&[id], false, &statement.origin()),
            Err(Stop::Refused { sqlstate: UNDEFINED_OBJECT, .. }) if command.missing_ok => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    fn user_mapping(&self, role: Option<&RoleSpec>, server: &str) -> Outcome<ObjectId> {
        let role = self.mapped_role(role)?;
        let server = self.foreign_server(server)?;
        let id = ObjectId::user_mapping(server.name(), &role);
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        let message =
            format!("user mapping for \"{}\" does not exist for server \"{}\"", role.as_str(), server.name().as_str());
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    fn mapped_role(&self, role: Option<&RoleSpec>) -> Outcome<Ident> {
        self.role(role.unwrap_or(&RoleSpec::default()))
    }

    pub(super) fn wrapper(&self, name: &str) -> Outcome<ObjectId> {
        let id = ObjectId::top(Class::ForeignDataWrapper, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        let message = format!("foreign-data wrapper \"{name}\" does not exist");
        if self.has_unknown_extension() {
            return Err(Stop::not_modelled(message));
        }
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    pub(super) fn foreign_server(&self, name: &str) -> Outcome<ObjectId> {
        let id = server_id(name);
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("server \"{name}\" does not exist")))
    }

    /// Gives a wrapper or a server another name, and tells who refers to it.
    pub(super) fn rename_foreign(&mut self, sort: ObjectType, name: &str, to: &Ident) -> Outcome {
        let from = match sort {
            ObjectType::ObjectFdw => self.wrapper(name)?,
            _ => self.foreign_server(name)?,
        };
        let renamed = ObjectId::top(from.class(), to);
        if self.catalog().exists(&renamed) {
            let noun = if sort == ObjectType::ObjectFdw { "foreign-data wrapper" } else { "server" };
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("{noun} \"{}\" already exists", to.as_str())));
        }
        let refers: Vec<ObjectId> = self.catalog().objects.keys().cloned().collect();
        let swap = |attr: &mut Attr<Ident>| {
            attr.get_mut().into_iter().filter(|known| *known == from.name()).for_each(|known| known.clone_from(to));
        };
        for id in refers {
            match id.class() {
                Class::ForeignServer if sort == ObjectType::ObjectFdw => {
                    self.database.edit::<ForeignServer>(&id, |server| swap(&mut server.wrapper));
                }
                Class::Relation
                    if sort != ObjectType::ObjectFdw && self.database.get::<ForeignTable>(&id).is_some() =>
                {
                    self.database.edit::<ForeignTable>(&id, |table| swap(&mut table.server));
                }
                Class::UserMapping if sort != ObjectType::ObjectFdw && id.path()[0] == *from.name() => {
                    self.database.rename(&id, ObjectId::user_mapping(to, &id.path()[1]));
                }
                _ => {}
            }
        }
        self.database.rename(&from, renamed);
        Ok(())
    }

    /// What a server on the other side holds is in no file.
    fn import_foreign_schema(&mut self, statement: &Statement<'_>, command: &ImportForeignSchemaStmt) -> Outcome {
        self.foreign_server(&command.server_name)?;
        self.schema(&Ident::new(&command.local_schema))?;
        self.doubts.of_everything();
        let schema = &command.local_schema;
        self.note(
            statement,
            format!("which foreign tables are imported into {schema} is known to the other server only"),
        );
        Ok(())
    }
}

fn server_id(name: &str) -> ObjectId {
    ObjectId::top(Class::ForeignServer, &Ident::new(name))
}

pub(super) fn def_elems(nodes: &[Node]) -> impl Iterator<Item = &DefElem> {
    nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) => Some(&**option),
        _ => None,
    })
}

/// Options after a statement has added, set and dropped some (`transformGenericOptions()`).
pub(super) fn changed(mut options: Vec<String>, said: &[Node]) -> Outcome<Vec<String>> {
    for option in def_elems(said) {
        let name = &option.defname;
        let value = option.arg.as_ref().and_then(|arg| string_of(arg)).unwrap_or_default();
        let known = options.iter().position(|known| known.split_once('=').is_some_and(|(known, _)| known == name));
        let missing = || Stop::refused(UNDEFINED_OBJECT, format!("option \"{name}\" not found"));
        match option.defaction() {
            DefElemAction::DefelemDrop => {
                options.remove(known.ok_or_else(missing)?);
            }
            DefElemAction::DefelemSet => options[known.ok_or_else(missing)?] = format!("{name}={value}"),
            DefElemAction::DefelemAdd | DefElemAction::DefelemUnspec | DefElemAction::Undefined => {
                if known.is_some() {
                    let message = format!("option \"{name}\" provided more than once");
                    return Err(Stop::refused(DUPLICATE_OBJECT, message));
                }
                options.push(format!("{name}={value}"));
            }
        }
    }
    Ok(options)
}

fn names(options: &[String]) -> Vec<String> {
    options.iter().map(|option| option.split_once('=').map_or(option.as_str(), |(name, _)| name).to_owned()).collect()
}
