//! Event triggers (`event_trigger.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterEventTrigStmt, CreateEventTrigStmt};

use super::comment::strings_of;
use super::refusal::{DUPLICATE_OBJECT, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT};
use super::{Replay, Statement};
use crate::catalog::kind::{EventTrigger, TriggerEnabled};
use crate::catalog::{Attr, Class, ObjectId};
use crate::sql::Ident;

impl Replay {
    /// `CreateEventTrigger()`
    pub(super) fn create_event_trigger(&mut self, statement: &Statement<'_>, command: &CreateEventTrigStmt) -> Outcome {
        const EVENTS: [&str; 5] = ["ddl_command_start", "ddl_command_end", "sql_drop", "login", "table_rewrite"];
        let is_known = EVENTS.contains(&command.eventname.as_str())
            && (command.eventname != "login" || self.catalog().version >= 17);
        if !is_known {
            let message = format!("unrecognized event name \"{}\"", command.eventname);
            return Err(Stop::refused(SYNTAX_ERROR, message));
        }
        let mut tags = Vec::new();
        for node in &command.whenclause {
            let Some(NodeEnum::DefElem(filter)) = &node.node else { continue };
            if filter.defname != "tag" {
                let message = format!("unrecognized filter variable \"{}\"", filter.defname);
                return Err(Stop::refused(SYNTAX_ERROR, message));
            }
            tags.extend(filter.arg.as_deref().map(strings_of).unwrap_or_default());
        }
        let mut tags: Vec<String> = tags.iter().map(|tag| tag.to_uppercase()).collect();
        tags.sort();
        let id = ObjectId::top(Class::EventTrigger, &Ident::new(&command.trigname));
        if self.catalog().exists(&id) {
            return Err(exists(&command.trigname));
        }
        let function = self.trigger_function(&command.funcname, "event_trigger")?;
        let origin = statement.origin();
        let facts = EventTrigger {
            event: Attr::Is(command.eventname.clone(), origin.clone()),
            function: Attr::Is(function, origin.clone()),
            tags: Attr::Is(tags, origin.clone()),
            enabled: Attr::Is(TriggerEnabled::Origin, origin.clone()),
            owner: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `AlterEventTrigger()`
    pub(super) fn alter_event_trigger(&mut self, statement: &Statement<'_>, command: &AlterEventTrigStmt) -> Outcome {
        let id = self.event_trigger(&command.trigname)?;
        let enabled = command.tgenabled.chars().next().and_then(|code| TriggerEnabled::try_from(code).ok());
        let Some(enabled) = enabled else { return Ok(()) };
        self.database.edit::<EventTrigger>(&id, |trigger| trigger.enabled = Attr::Is(enabled, statement.origin()));
        Ok(())
    }

    pub(super) fn rename_event_trigger(&mut self, from: &str, to: &Ident) -> Outcome {
        let id = self.event_trigger(from)?;
        let to = ObjectId::top(Class::EventTrigger, to);
        if self.catalog().exists(&to) {
            return Err(exists(to.name().as_str()));
        }
        self.database.rename(&id, to);
        Ok(())
    }

    /// `get_event_trigger_oid()`
    pub(super) fn event_trigger(&self, name: &str) -> Outcome<ObjectId> {
        let id = ObjectId::top(Class::EventTrigger, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("event trigger \"{name}\" does not exist")))
    }
}

fn exists(name: &str) -> Stop {
    Stop::refused(DUPLICATE_OBJECT, format!("event trigger \"{name}\" already exists"))
}
