use crate::catalog::kind::kind;
use crate::catalog::kind::words::words;
use crate::sql::Ident;

words! {
    /// Whether and how a table outlives a crash (`relpersistence`).
    Persistence {
        Permanent = 'p', "permanent";
        Unlogged = 'u', "unlogged";
        Temporary = 't', "temporary";
    }
}

words! {
    /// `relrowsecurity` and `relforcerowsecurity` together; the codes are ours.
    RowSecurity {
        Disabled = 'd', "disabled";
        Enabled = 'e', "enabled";
        Forced = 'f', "forced";
        ForcedButDisabled = 'x', "forced but disabled";
    }
}

impl RowSecurity {
    pub fn from_flags(enabled: bool, forced: bool) -> Self {
        match (enabled, forced) {
            (false, false) => Self::Disabled,
            (true, false) => Self::Enabled,
            (true, true) => Self::Forced,
            (false, true) => Self::ForcedButDisabled,
        }
    }

    /// `(relrowsecurity, relforcerowsecurity)`
    pub fn flags(self) -> (bool, bool) {
        match self {
            Self::Disabled => (false, false),
            Self::Enabled => (true, false),
            Self::Forced => (true, true),
            Self::ForcedButDisabled => (false, true),
        }
    }
}

kind! {
    /// A table (`pg_class`, relkind `r` or `p`).
    Table {
        /// Permanent, unlogged or temporary (`relpersistence`).
        persistence: Persistence,
        /// Whether row-level security is enabled, and forced on the owner too (`relrowsecurity`, `relforcerowsecurity`).
        row_security: RowSecurity,
        /// The names of the columns in their physical order (`attnum`).
        column_order: Vec<Ident>,
        /// The comment on the table.
        comment: Option<String>,
    }
}
