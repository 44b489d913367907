use crate::catalog::kind::{RoutineName, TriggerEnabled, kind};
use crate::sql::Ident;

kind! {
    /// An event trigger (`pg_event_trigger`).
    EventTrigger {
        /// What it fires at, such as `ddl_command_end` (`evtevent`).
        event: String,
        /// The function it calls (`evtfoid`).
        function: RoutineName,
        /// The commands it fires for, such as `DROP TABLE`, sorted; none for all (`evttags`).
        tags: Vec<String>,
        /// In which roles of replication it fires (`evtenabled`).
        enabled: TriggerEnabled,
        /// The role that owns it (`evtowner`).
        owner: Ident,
        /// The comment on the event trigger.
        comment: Option<String>,
    }
}
