//! Storage parameters (`reloptions.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, Node};

use super::refusal::{INVALID_PARAMETER_VALUE, Outcome, SYNTAX_ERROR, Stop, WRONG_OBJECT_TYPE};
use crate::catalog::{Attr, Origin};
use crate::expr::parse_bool;
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

/// What a parameter may be (`relopt_bool`, `relopt_int`, `relopt_real`, `relopt_enum`).
#[derive(Clone, Copy)]
enum Value {
    Bool,
    /// From here to there.
    Int(i64, i64),
    Real(f64, f64),
    OneOf(&'static [&'static str]),
    /// Of what comes with an access method of one's own nothing is known.
    Anything,
}

const ANY: i64 = i32::MAX as i64;
const FILLFACTOR: Value = Value::Int(10, 100);

const OF_TABLES_AND_TOAST: [(&str, Value); 19] = [
    ("autovacuum_enabled", Value::Bool),
    ("autovacuum_vacuum_threshold", Value::Int(0, ANY)),
    ("autovacuum_vacuum_max_threshold", Value::Int(-1, ANY)),
    ("autovacuum_vacuum_insert_threshold", Value::Int(-1, ANY)),
    ("autovacuum_vacuum_scale_factor", Value::Real(0.0, 100.0)),
    ("autovacuum_vacuum_insert_scale_factor", Value::Real(0.0, 100.0)),
    ("autovacuum_vacuum_cost_limit", Value::Int(1, 10_000)),
    ("autovacuum_vacuum_cost_delay", Value::Real(0.0, 100.0)),
    ("autovacuum_freeze_min_age", Value::Int(0, 1_000_000_000)),
    ("autovacuum_freeze_max_age", Value::Int(100_000, 2_000_000_000)),
    ("autovacuum_freeze_table_age", Value::Int(0, 2_000_000_000)),
    ("autovacuum_multixact_freeze_min_age", Value::Int(0, 1_000_000_000)),
    ("autovacuum_multixact_freeze_max_age", Value::Int(10_000, 2_000_000_000)),
    ("autovacuum_multixact_freeze_table_age", Value::Int(0, 2_000_000_000)),
    ("log_autovacuum_min_duration", Value::Int(-1, ANY)),
    ("vacuum_index_cleanup", Value::OneOf(&["auto", "on", "off", "true", "false", "yes", "no", "1", "0"])),
    ("vacuum_truncate", Value::Bool),
    ("vacuum_max_eager_freeze_failure_rate", Value::Real(0.0, 1.0)),
    ("oids", Value::OneOf(&["false"])),
];

const OF_TABLES: [(&str, Value); 6] = [
    ("fillfactor", FILLFACTOR),
    ("toast_tuple_target", Value::Int(128, 8160)),
    ("parallel_workers", Value::Int(0, 1024)),
    ("user_catalog_table", Value::Bool),
    ("autovacuum_analyze_threshold", Value::Int(0, ANY)),
    ("autovacuum_analyze_scale_factor", Value::Real(0.0, 100.0)),
];

const OF_COLUMNS: [(&str, Value); 2] =
    [("n_distinct", Value::Real(-1.0, f64::MAX)), ("n_distinct_inherited", Value::Real(-1.0, f64::MAX))];

const OF_INDEXES: [(&str, &[(&str, Value)]); 6] = [
    ("btree", &[("fillfactor", FILLFACTOR), ("deduplicate_items", Value::Bool)]),
    ("hash", &[("fillfactor", FILLFACTOR)]),
    ("spgist", &[("fillfactor", FILLFACTOR)]),
    ("gist", &[("fillfactor", FILLFACTOR), ("buffering", Value::OneOf(&["on", "off", "auto"]))]),
    ("gin", &[("fastupdate", Value::Bool), ("gin_pending_list_limit", Value::Int(64, ANY))]),
    ("brin", &[("pages_per_range", Value::Int(1, 131_072)), ("autosummarize", Value::Bool)]),
];

impl Taker<'_> {
    /// What a parameter of that name may be, if there is one.
    fn knows(self, name: &str) -> Option<Value> {
        let among = |all: &[(&str, Value)], name: &str| Some(all.iter().find(|(known, _)| *known == name)?.1);
        match self {
            Self::Partitioned(_) => None,
            Self::Table => match name.split_once('.') {
                Some(("toast", name)) => among(&OF_TABLES_AND_TOAST, name),
                Some(_) => None,
                None => among(&OF_TABLES_AND_TOAST, name).or_else(|| among(&OF_TABLES, name)),
            },
            Self::Column => among(&OF_COLUMNS, name),
            Self::Index(method) => match OF_INDEXES.iter().find(|(known, _)| *known == method) {
                Some((_, all)) => among(all, name),
                None => Some(Value::Anything),
            },
        }
    }
}

impl Value {
    /// `parse_one_reloption()`
    fn check(self, name: &str, text: &str) -> Outcome {
        let invalid = |sort: &str| {
            Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("invalid value for {sort} option \"{name}\": {text}")))
        };
        let is_within = |is_within: bool| {
            let message = format!("value {text} out of bounds for option \"{name}\"");
            if is_within { Ok(()) } else { Err(Stop::refused(INVALID_PARAMETER_VALUE, message)) }
        };
        match self {
            Self::Bool if parse_bool(text).is_none() => invalid("boolean"),
            Self::Bool => Ok(()),
            Self::Int(from, to) => {
                text.parse().map_or_else(|_| invalid("integer"), |n| is_within((from..=to).contains(&n)))
            }
            Self::Real(from, to) => {
                text.parse().map_or_else(|_| invalid("floating point"), |n| is_within((from..=to).contains(&n)))
            }
            Self::OneOf(all) if !all.iter().any(|one| one.eq_ignore_ascii_case(text)) => invalid("enum"),
            Self::OneOf(_) | Self::Anything => Ok(()),
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
        let bare = name.rsplit('.').next().unwrap_or(name);
        match of.knows(name) {
            None => {
                let message = format!("unrecognized parameter \"{bare}\"");
                return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
            }
            Some(known) => known.check(bare, value)?,
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
