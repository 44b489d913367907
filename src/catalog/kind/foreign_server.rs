use crate::catalog::kind::{Grant, RoutineName, kind};
use crate::sql::Ident;

kind! {
    /// A foreign-data wrapper (`pg_foreign_data_wrapper`).
    ForeignDataWrapper {
        /// The function that hands it out (`fdwhandler`).
        handler: Option<RoutineName>,
        /// The function that checks options (`fdwvalidator`).
        validator: Option<RoutineName>,
        /// The options, in their order (`fdwoptions`).
        options: Vec<String>,
        /// The role that owns it (`fdwowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`fdwacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the foreign-data wrapper.
        comment: Option<String>,
    }
}

kind! {
    /// A server that has foreign tables (`pg_foreign_server`).
    ForeignServer {
        /// The foreign-data wrapper that reaches it (`srvfdw`).
        wrapper: Ident,
        /// What it says of its type (`srvtype`).
        server_type as "type": Option<String>,
        /// What it says of its version (`srvversion`).
        version: Option<String>,
        /// The options, in their order (`srvoptions`).
        options: Vec<String>,
        /// The role that owns it (`srvowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`srvacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the server.
        comment: Option<String>,
    }
}

kind! {
    /// How a role is known to a foreign server (`pg_user_mapping`).
    UserMapping {
        /// The names of the options, in their order; their values may be secrets (`umoptions`).
        options: Vec<String>,
    }
}
