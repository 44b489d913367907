use crate::catalog::kind::words::words;
use crate::catalog::kind::{Grant, RoutineName, Storage, kind};
use crate::sql::{Ident, TypeName};

words! {
    /// How values are aligned (`typalign`).
    Alignment {
        Char = 'c', "char";
        Int2 = 's', "int2";
        Int4 = 'i', "int4";
        Double = 'd', "double";
    }
}

kind! {
    /// A base type, or a shell that is none yet (`pg_type`, typtype `b` and `p`).
    BaseType {
        /// Whether it is more than a name (`typisdefined`).
        defined: bool,
        /// The function that reads values (`typinput`).
        input: Option<RoutineName>,
        /// The function that prints values (`typoutput`).
        output: Option<RoutineName>,
        /// The function that reads binary values (`typreceive`).
        receive: Option<RoutineName>,
        /// The function that writes binary values (`typsend`).
        send: Option<RoutineName>,
        /// The function that reads modifiers (`typmodin`).
        modifier_input: Option<RoutineName>,
        /// The function that prints modifiers (`typmodout`).
        modifier_output: Option<RoutineName>,
        /// The function that gathers statistics (`typanalyze`).
        analyze: Option<RoutineName>,
        /// The function that handles subscripts (`typsubscript`, from 14).
        subscript: Option<RoutineName>,
        /// The bytes of a value, or -1 for a variable length (`typlen`).
        length: i64,
        /// Whether values are passed by value (`typbyval`).
        by_value: bool,
        /// How values are aligned (`typalign`).
        alignment: Alignment,
        /// How long values are kept (`typstorage`).
        storage: Storage,
        /// The category that conversions go by (`typcategory`).
        category: String,
        /// Whether conversions prefer it in its category (`typispreferred`).
        preferred: bool,
        /// The default, as text (`typdefault`).
        default: Option<String>,
        /// What a subscript gives (`typelem`).
        element: Option<TypeName>,
        /// What parts the elements of an array of it (`typdelim`).
        delimiter: String,
        /// Whether values can have a collation (`typcollation`).
        collatable: bool,
        /// The role that owns it (`typowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`typacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the type.
        comment: Option<String>,
    }
}
