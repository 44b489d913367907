use crate::catalog::Expr;
use crate::catalog::kind::words::words;
use crate::catalog::kind::{TriggerEnabled, kind};

words! {
    /// The command a rule rewrites (`ev_type`).
    RuleEvent {
        Select = '1', "select";
        Update = '2', "update";
        Insert = '3', "insert";
        Delete = '4', "delete";
    }
}

kind! {
    /// A rewrite rule (`pg_rewrite`), but for the one that makes a view.
    Rule {
        /// The command it rewrites (`ev_type`).
        event: RuleEvent,
        /// Whether its actions replace the command (`is_instead`).
        instead: bool,
        /// The condition under which it does (`ev_qual`).
        condition as "where": Option<Expr>,
        /// The statements that are done, in order; none for NOTHING (`ev_action`).
        actions: Vec<Expr>,
        /// In which roles of replication it applies (`ev_enabled`).
        enabled: TriggerEnabled,
        /// The comment on the rule.
        comment: Option<String>,
    }
}
