//! CREATE and ALTER EXTENSION (`extension.c`). What an extension brings is not in any SQL file, so
//! only those that the library has are known.

use std::collections::BTreeMap;

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterExtensionStmt, CreateExtensionStmt, Node};

use super::database::unstated;
use super::refusal::{DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, Outcome, Stop, UNDEFINED_OBJECT};
use super::rename::Move;
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::{Extension, Schema};
use crate::catalog::{Attr, Class, Meaning, ObjectId, Unmodelled};
use crate::library::{self, KnownClass};
use crate::sql::Ident;

/// The one that `template0` holds. The model leaves it out, as what belongs to every database.
pub(super) const PLPGSQL: &str = "plpgsql";

impl Replay {
    pub(super) fn create_extension(&mut self, statement: &Statement<'_>, command: &CreateExtensionStmt) -> Outcome {
        let name = Ident::new(&command.extname);
        let id = ObjectId::top(Class::Extension, &name);
        if self.catalog().exists(&id) || name == PLPGSQL {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("extension \"{}\" already exists", name.as_str())));
        }
        let schema = self.extension_schema(statement, command)?;
        let version = option(&command.options, "new_version");
        let facts = Extension {
            schema: Attr::Is(schema.clone(), statement.origin()),
            version: version.map_or_else(unstated, |version| Attr::Is(version, statement.origin())),
            comment: unstated(),
            ..Extension::default()
        };
        self.require(statement, command, &schema)?;
        self.database.insert(id.clone(), facts, statement.origin());
        for (member, meaning) in self.library_members(&id) {
            let unmodelled = Unmodelled { meaning, ..Unmodelled::new(member_of(&id), statement.origin()) };
            self.database.insert_unmodelled(member, unmodelled);
        }
        Ok(())
    }

    /// Where it goes: its control file may insist on a schema, which is made if need be.
    fn extension_schema(&mut self, statement: &Statement<'_>, command: &CreateExtensionStmt) -> Outcome<Ident> {
        let wanted = option(&command.options, "schema").map(Ident::new);
        match (wanted, self.known(&command.extname).and_then(|known| known.schema)) {
            (Some(wanted), Some(fixed)) if wanted != fixed && !has_option(&command.options, "cascade") => {
                let name = &command.extname;
                let message = format!("extension \"{name}\" must be installed in schema \"{fixed}\"");
                Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
            }
            (_, Some(fixed)) => {
                let schema = Ident::new(fixed);
                if self.schema(&schema).is_err() {
                    self.database.insert(
                        schema_id(&schema),
                        Schema { comment: unstated(), ..Schema::default() },
                        statement.origin(),
                    );
                }
                Ok(schema)
            }
            (Some(wanted), None) => self.schema(&wanted),
            (None, None) => self.creation_schema(""),
        }
    }

    /// What is known of an extension, by its name.
    fn known(&self, name: &str) -> Option<&'static library::Extension> {
        library::extension(name, self.catalog().version)
    }

    /// What an installed extension has brought. What stands in `pg_catalog` is the system's.
    fn library_members(&self, extension: &ObjectId) -> BTreeMap<ObjectId, Meaning> {
        match self.known(extension.name().as_str()) {
            Some(known) if known.schema != Some("pg_catalog") => known.members(&|name| self.installed_in(name)),
            _ => BTreeMap::new(),
        }
    }

    pub(super) fn members_of(&self, extension: &ObjectId) -> Vec<ObjectId> {
        let what = member_of(extension);
        let members = self.catalog().unmodelled.iter().filter(|(_, other)| other.what == what);
        members.map(|(id, _)| id.clone()).collect()
    }

    /// Moves all of it to another schema (`AlterExtensionNamespace()`).
    pub(super) fn move_members(&mut self, extension: &ObjectId, schema: &Ident) {
        let is_call = |id: &ObjectId| matches!(id.class(), Class::Routine | Class::Operator);
        // What takes types is called after them, so it goes first.
        let (calls, others): (Vec<_>, Vec<_>) = self.members_of(extension).into_iter().partition(is_call);
        let to = |id: &ObjectId| id.in_other_schema(schema);
        let steps: Vec<Move> = calls.into_iter().map(|from| Move { to: to(&from), from }).collect();
        self.follow_calls(&steps);
        for Move { from, to } in steps {
            self.database.rename(&from, to);
        }
        for from in others.into_iter().filter(|id| id.class() != Class::Cast) {
            let step = Move { to: to(&from), from };
            self.follow(&step);
            self.database.rename(&step.from, step.to);
        }
    }

    /// The operator classes that an extension is known to bring.
    pub(super) fn opclasses_of(&self, extension: &ObjectId) -> Vec<KnownClass> {
        let known = self.known(extension.name().as_str());
        known.map(|known| known.opclasses(&|name| self.installed_in(name))).unwrap_or_default()
    }

    /// The schema that an extension is installed in, if it is.
    fn installed_in(&self, name: &str) -> Option<Ident> {
        self.database.get::<Extension>(&ObjectId::top(Class::Extension, &Ident::new(name)))?.schema.get().cloned()
    }

    /// `get_required_extension()`
    fn require(&mut self, statement: &Statement<'_>, command: &CreateExtensionStmt, schema: &Ident) -> Outcome {
        let cascade = has_option(&command.options, "cascade");
        let requires = self.known(&command.extname).map_or(&[][..], |known| &known.requires);
        for required in requires.iter().copied() {
            if self.catalog().exists(&ObjectId::top(Class::Extension, &Ident::new(required))) {
                continue;
            }
            if !cascade {
                let message = format!("required extension \"{required}\" is not installed");
                return Err(Stop::refused(UNDEFINED_OBJECT, message)
                    .with_hint("Use CREATE EXTENSION ... CASCADE to install required extensions too."));
            }
            let also = CreateExtensionStmt { extname: required.into(), ..command.clone() };
            let also = CreateExtensionStmt {
                options: also.options.into_iter().filter(|option| !is_option(option, "new_version")).collect(),
                ..also
            };
            let path = self.session.search_path.clone();
            self.session.search_path.insert(0, schema.clone());
            let outcome = self.create_extension(statement, &also);
            self.session.search_path = path;
            outcome?;
        }
        Ok(())
    }

    pub(super) fn alter_extension(&mut self, statement: &Statement<'_>, command: &AlterExtensionStmt) -> Outcome {
        if command.extname == PLPGSQL {
            return Ok(());
        }
        let id = self.extension(&command.extname)?;
        let version = option(&command.options, "new_version");
        self.database.edit::<Extension>(&id, |extension| {
            extension.version = version.map_or_else(unstated, |version| Attr::Is(version, statement.origin()));
        });
        Ok(())
    }

    pub(super) fn extension(&self, name: &str) -> Outcome<ObjectId> {
        let id = ObjectId::top(Class::Extension, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        if name == PLPGSQL {
            return Err(Stop::not_modelled("what becomes of the extension plpgsql is not followed"));
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("extension \"{name}\" does not exist")))
    }

    /// Where a type that nobody defined may come from: the schema of an extension whose members are not known.
    pub(super) fn schema_of_unknown_member(&self) -> Option<Ident> {
        self.schema_of_extension(|id| !self.known(id.name().as_str()).is_some_and(|known| known.is_complete))
    }

    /// Whether there may be functions and types that nobody has listed.
    pub(super) fn has_unknown_extension(&self) -> bool {
        self.schema_of_unknown_member().is_some()
    }

    pub(super) fn schema_of_extension(&self, wanted: impl Fn(&ObjectId) -> bool) -> Option<Ident> {
        let extensions = self.database.rare(Class::Extension).filter(|id| wanted(id));
        extensions.filter_map(|id| self.database.get::<Extension>(id)).find_map(|one| one.schema.get().cloned())
    }
}

fn member_of(extension: &ObjectId) -> String {
    format!("member of the extension {}", extension.name())
}

fn option(options: &[Node], wanted: &str) -> Option<String> {
    options.iter().find_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == wanted => match option.arg.as_ref()?.node.as_ref()? {
            NodeEnum::String(text) => Some(text.sval.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn has_option(options: &[Node], wanted: &str) -> bool {
    options.iter().any(|node| is_option(node, wanted))
}

fn is_option(node: &Node, wanted: &str) -> bool {
    matches!(&node.node, Some(NodeEnum::DefElem(option)) if option.defname == wanted)
}
