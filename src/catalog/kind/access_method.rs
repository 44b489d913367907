use crate::catalog::kind::words::words;
use crate::catalog::kind::{RoutineName, kind};

words! {
    /// What an access method is for (`amtype`).
    AccessMethodType {
        Index = 'i', "index";
        Table = 't', "table";
    }
}

kind! {
    /// An access method (`pg_am`).
    AccessMethod {
        /// What it is for (`amtype`).
        method_type as "type": AccessMethodType,
        /// The function that hands it out (`amhandler`).
        handler: RoutineName,
        /// The comment on the access method.
        comment: Option<String>,
    }
}
