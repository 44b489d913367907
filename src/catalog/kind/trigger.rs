use crate::catalog::Expr;
use crate::catalog::kind::words::words;
use crate::catalog::kind::{RelationName, RoutineName, kind};
use crate::sql::Ident;

words! {
    /// When a trigger fires; the codes are ours.
    TriggerTiming {
        Before = 'b', "before";
        After = 'a', "after";
        InsteadOf = 'i', "instead of";
    }
}

words! {
    /// What a trigger fires for; the codes are ours.
    TriggerEvent {
        Insert = 'i', "insert";
        Update = 'u', "update";
        Delete = 'd', "delete";
        Truncate = 't', "truncate";
    }
}

words! {
    /// How often a trigger fires; the codes are ours.
    TriggerLevel {
        Row = 'r', "row";
        Statement = 's', "statement";
    }
}

words! {
    /// In which roles of replication a trigger or a rule fires (`tgenabled`, `ev_enabled`, `evtenabled`).
    TriggerEnabled {
        Origin = 'O', "origin";
        Disabled = 'D', "disabled";
        Replica = 'R', "replica";
        Always = 'A', "always";
    }
}

/// The bits of `tgtype` (`pg_trigger.h`).
const ROW: i16 = 1;
const BEFORE: i16 = 1 << 1;
const EVENTS: [(i16, TriggerEvent); 4] = [
    (1 << 2, TriggerEvent::Insert),
    (1 << 4, TriggerEvent::Update),
    (1 << 3, TriggerEvent::Delete),
    (1 << 5, TriggerEvent::Truncate),
];
const INSTEAD: i16 = 1 << 6;

impl TriggerTiming {
    pub fn of_tgtype(bits: i16) -> Self {
        match (bits & BEFORE != 0, bits & INSTEAD != 0) {
            (true, _) => Self::Before,
            (false, true) => Self::InsteadOf,
            (false, false) => Self::After,
        }
    }
}

impl TriggerEvent {
    /// In the order that they are declared in.
    pub fn of_tgtype(bits: i16) -> Vec<Self> {
        EVENTS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, event)| *event).collect()
    }
}

impl TriggerLevel {
    pub fn of_tgtype(bits: i16) -> Self {
        if bits & ROW != 0 { Self::Row } else { Self::Statement }
    }
}

kind! {
    /// A trigger (`pg_trigger`), also one that is called a constraint.
    Trigger {
        /// When it fires (`tgtype`).
        timing: TriggerTiming,
        /// What it fires for (`tgtype`).
        events: Vec<TriggerEvent>,
        /// The columns whose update it fires for, in order; none for any (`tgattr`).
        columns: Vec<Ident>,
        /// Whether it fires for each row or each statement (`tgtype`).
        level as "for_each": TriggerLevel,
        /// The condition under which it fires (`tgqual`).
        condition as "when": Option<Expr>,
        /// The name that its function sees the old rows by (`tgoldtable`).
        old_table: Option<Ident>,
        /// The name that its function sees the new rows by (`tgnewtable`).
        new_table: Option<Ident>,
        /// The function it calls (`tgfoid`).
        function: RoutineName,
        /// What it gives to the function (`tgargs`).
        arguments: Vec<String>,
        /// Whether it is a constraint trigger (`tgconstraint`).
        constraint: bool,
        /// Whether firing can be put off to the end of the transaction (`tgdeferrable`).
        deferrable: bool,
        /// Whether it is put off unless asked otherwise (`tginitdeferred`).
        initially_deferred: bool,
        /// The other table that a constraint trigger is about (`tgconstrrelid`).
        from: Option<RelationName>,
        /// In which roles of replication it fires (`tgenabled`).
        enabled: TriggerEnabled,
        /// The comment on the trigger.
        comment: Option<String>,
    }
}
