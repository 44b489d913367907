//! Storage parameters (`reloptions.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, Node};

use super::refusal::{INVALID_PARAMETER_VALUE, Outcome, SYNTAX_ERROR, Stop, WRONG_OBJECT_TYPE};
use crate::catalog::{Attr, Origin};
use crate::sql::parse;

/// What takes parameters, and which.
#[derive(Clone, Copy)]
pub(super) enum Taker<'a> {
    Table,
    /// A partitioned table, which has none, on a server of that version.
    Partitioned(u32),
    /// With its access method.
    Index(&'a str),
    /// An attribute of a table.
    Column,
}

const OF_TABLES_AND_TOAST: [&str; 19] = [
    "autovacuum_enabled",
    "autovacuum_vacuum_threshold",
    "autovacuum_vacuum_max_threshold",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_table_age",
    "log_autovacuum_min_duration",
    "vacuum_index_cleanup",
    "vacuum_truncate",
    "vacuum_max_eager_freeze_failure_rate",
    "oids",
];

const OF_TABLES: [&str; 6] = [
    "fillfactor",
    "toast_tuple_target",
    "parallel_workers",
    "user_catalog_table",
    "autovacuum_analyze_threshold",
    "autovacuum_analyze_scale_factor",
];

impl Taker<'_> {
    /// The parameters of what comes with an access method of one's own are not known.
    fn knows(self, name: &str) -> bool {
        match self {
            Self::Partitioned(_) => false,
            Self::Table => match name.split_once('.') {
                Some(("toast", name)) => OF_TABLES_AND_TOAST.contains(&name),
                Some(_) => false,
                None => OF_TABLES_AND_TOAST.contains(&name) || OF_TABLES.contains(&name),
            },
            Self::Column => ["n_distinct", "n_distinct_inherited"].contains(&name),
            Self::Index(method) => match method {
                "btree" => ["fillfactor", "deduplicate_items"].contains(&name),
                "hash" | "spgist" => name == "fillfactor",
                "gist" => ["fillfactor", "buffering"].contains(&name),
                "gin" => ["fastupdate", "gin_pending_list_limit"].contains(&name),
                "brin" => ["pages_per_range", "autosummarize"].contains(&name),
                _ => true,
            },
        }
    }
}

/// `transformRelOptions()` and `parseRelOptions()`: what is written behind WITH or SET, sorted.
pub(super) fn parameters(nodes: &[Node], of: Taker<'_>) -> Outcome<Vec<String>> {
    let mut parameters = parse::options_of(nodes);
    for parameter in &parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if matches!(of, Taker::Partitioned(16..)) {
            let message = "cannot specify storage parameters for a partitioned table";
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        if !of.knows(name) {
            let bare = name.rsplit('.').next().unwrap_or(name);
            let message = format!("unrecognized parameter \"{bare}\"");
            return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        }
        let is_in_bounds = |number: i64| (10..=100).contains(&number);
        if name == "fillfactor" && !value.parse().is_ok_and(is_in_bounds) {
            let message = match value.parse::<i64>() {
                Ok(_) => format!("value {value} out of bounds for option \"fillfactor\""),
                Err(_) => format!("invalid value for integer option \"fillfactor\": {value}"),
            };
            return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        }
    }
    // So that dumps of old servers can be restored.
    parameters.retain(|parameter| parameter != "oids=false");
    Ok(parameters)
}

/// RESET names parameters, and nothing else (`transformRelOptions()`).
pub(super) fn no_values(nodes: &[Node]) -> Outcome {
    let has_value = |node: &Node| match &node.node {
        Some(NodeEnum::DefElem(option)) => option.arg.is_some(),
        _ => false,
    };
    if nodes.iter().any(has_value) {
        return Err(Stop::refused(SYNTAX_ERROR, "RESET must not include values for parameters"));
    }
    Ok(())
}

/// SET, RESET, and what replaces all of them.
pub(super) fn change(
    parameters_before: &mut Attr<Vec<String>>,
    step: &AlterTableCmd,
    of: Taker<'_>,
    origin: &Origin,
) -> Outcome {
    let nodes = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
        Some(NodeEnum::List(list)) => list.items.as_slice(),
        _ => &[],
    };
    let is_reset = matches!(step.subtype(), AlterTableType::AtResetRelOptions | AlterTableType::AtResetOptions);
    if is_reset {
        no_values(nodes)?;
    }
    let said = if is_reset { parse::options_of(nodes) } else { parameters(nodes, of)? };
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let mut all = parameters_before.get().cloned().unwrap_or_default();
    all.retain(|had| !said.iter().any(|new| name(new) == name(had)));
    if !is_reset {
        all.extend(said);
    }
    all.sort();
    *parameters_before = Attr::Is(all, origin.clone());
    Ok(())
}
