use crate::catalog::kind::{Grant, kind};

kind! {
    /// What is granted on whatever a role will create (`pg_default_acl`).
    DefaultPrivileges {
        /// Who but its owner may do what with it (`defaclacl`); in a schema, what is granted beyond the rest.
        privileges as "grants": Vec<Grant>,
    }
}
