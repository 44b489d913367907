use crate::catalog::kind::{RoutineName, TriggerEnabled, kind};
use crate::sql::Ident;

kind! {
    /// An event trigger (`pg_event_trigger`).
    EventTrigger {
        /// What it fires at (`evtevent`).
        event: String,
        /// The function it calls (`evtfoid`).
        function: RoutineName,
        /// The commands it fires for, sorted; none for all (`evttags`).
        tags: Vec<String>,
        /// In which roles of replication it fires (`evtenabled`).
        enabled: TriggerEnabled,
        /// The role that owns it (`evtowner`).
        owner: Ident,
        /// The comment on the event trigger.
        comment: Option<String>,
    }
}
