//! The bounds of partitions: what they mean, and whether two have rows in common (`partbounds.c`).

use std::cmp::Ordering;

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, PartitionBoundSpec};

use super::Replay;
use super::refusal::{INVALID_OBJECT_DEFINITION, INVALID_TABLE_DEFINITION, Outcome, Stop};
use crate::catalog::kind::{BoundDatum, IndexKey, PartitionBound, PartitionStrategy, Table, bound_literal};
use crate::catalog::{Expr, Facts, ObjectId};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::TypeName;

impl Replay {
    /// `transformPartitionBound()`
    pub(super) fn partition_bound(&self, parent: &ObjectId, spec: &PartitionBoundSpec) -> Outcome<PartitionBound> {
        let facts = self.database.get::<Table>(parent);
        let Some(strategy) = facts.and_then(|table| table.partition_by.get().copied().flatten()) else {
            let message = format!("\"{}\" is not partitioned", parent.name().as_str());
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        };
        let keys = facts.and_then(|table| table.partition_key.get().cloned()).unwrap_or_default();
        if spec.is_default {
            if strategy == PartitionStrategy::Hash {
                let message = "a hash-partitioned table may not have a default partition";
                return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
            }
            return Ok(PartitionBound::Default);
        }
        let (code, word) = match strategy {
            PartitionStrategy::List => ("l", "list"),
            PartitionStrategy::Range => ("r", "range"),
            PartitionStrategy::Hash => ("h", "hash"),
        };
        let invalid = |message: String| Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        if spec.strategy != code {
            return invalid(format!("invalid bound specification for a {word} partition"));
        }
        if strategy == PartitionStrategy::Hash && spec.modulus <= 0 {
            return invalid("modulus for hash partition must be an integer value greater than zero".into());
        }
        if strategy == PartitionStrategy::Hash && spec.remainder >= spec.modulus {
            return invalid("remainder for hash partition must be less than modulus".into());
        }
        for (datums, end) in [(&spec.lowerdatums, "FROM"), (&spec.upperdatums, "TO")] {
            if strategy == PartitionStrategy::Range && datums.len() != keys.len() {
                return invalid(format!("{end} must specify exactly one value per partitioning column"));
            }
        }
        PartitionBound::from_node(spec, |position, node| self.bound_value(parent, keys.get(position), node))
    }

    /// `transformPartitionBoundValue()`: a constant of the key's type.
    fn bound_value(&self, parent: &ObjectId, key: Option<&IndexKey>, node: &Node) -> Outcome<Expr> {
        let of = key.and_then(|key| self.type_of_key(parent, key));
        let inner = match &node.node {
            Some(NodeEnum::TypeCast(cast)) => {
                let to = cast.type_name.as_ref().map(TypeName::from_node).unwrap_or_default();
                let is_same = of.as_ref().is_some_and(|of| self.resolve_type(to).is_ok_and(|to| to.name == of.name));
                cast.arg.as_deref().filter(|_| is_same)
            }
            _ => Some(node),
        };
        let search_path = self.search_path();
        let wanted = of.as_ref().map_or(Wanted::Value, |of| Wanted::Stored { column: "", of });
        let scope = |search_path| Scope { catalog: self.catalog(), search_path, around: Around::Nothing, wanted };
        let literal = inner.and_then(bound_literal).zip(of.as_ref());
        if let Some((literal, of)) = literal
            && let Ok(tree) = expr::resolve_text(&format!("{}::{of}", to_scale(literal, of)), &scope(&[]))
        {
            return Ok(Expr::from_tree(tree));
        }
        Ok(Expr::from_tree(expr::resolve(node, &scope(&search_path))))
    }

    /// `check_new_partition_bound()`, as far as the order of the values is certain.
    pub(super) fn is_free_bound(&self, table: &ObjectId, parent: &ObjectId, bound: &PartitionBound) -> Outcome {
        let name = table.name().as_str();
        let refuse = |message: String| Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        if let PartitionBound::Range { from, to } = bound
            && compare_ends(from, to).is_some_and(Ordering::is_ge)
        {
            return refuse(format!("empty range bound specified for partition \"{name}\""));
        }
        for other in self.children_of(parent).into_iter().filter(|other| other != table) {
            let Some(theirs) = self.catalog().facts(&other).and_then(Facts::partition_bound) else { continue };
            let other = other.name().as_str();
            match (bound, theirs) {
                (PartitionBound::Default, PartitionBound::Default) => {
                    return refuse(format!(
                        "partition \"{name}\" conflicts with existing default partition \"{other}\""
                    ));
                }
                (PartitionBound::Hash { modulus, .. }, PartitionBound::Hash { modulus: known, .. })
                    if modulus.max(known) % modulus.min(known) != 0 =>
                {
                    return refuse("every hash partition modulus must be a factor of the next larger modulus".into());
                }
                _ if overlap(bound, theirs) => {
                    return refuse(format!("partition \"{name}\" would overlap partition \"{other}\""));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A constant of `numeric(p, s)` has all the digits that the type has.
fn to_scale(literal: String, of: &TypeName) -> String {
    let scale = of.typmod.get(1).and_then(|scale| scale.parse::<usize>().ok());
    let (Some(scale), Some(digits)) = (scale.filter(|_| of.is_builtin("numeric")), literal.strip_suffix('\'')) else {
        return literal;
    };
    let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let point = if fraction == 0 && scale > 0 { "." } else { "" };
    format!("{digits}{point}{}'", "0".repeat(scale.saturating_sub(fraction)))
}

/// Whether two bounds surely have rows in common.
fn overlap(one: &PartitionBound, two: &PartitionBound) -> bool {
    match (one, two) {
        (PartitionBound::List(one), PartitionBound::List(two)) => one.iter().any(|value| two.contains(value)),
        (PartitionBound::Range { from, to }, PartitionBound::Range { from: other_from, to: other_to }) => {
            compare_ends(from, other_to).is_some_and(Ordering::is_lt)
                && compare_ends(other_from, to).is_some_and(Ordering::is_lt)
        }
        (
            PartitionBound::Hash { modulus, remainder },
            PartitionBound::Hash { modulus: other_modulus, remainder: other_remainder },
        ) => {
            let common = *modulus.min(other_modulus);
            common > 0 && remainder % common == other_remainder % common
        }
        _ => false,
    }
}

/// `partition_rbound_cmp()`; none where the order is not certain.
pub(super) fn compare_ends(one: &[BoundDatum], two: &[BoundDatum]) -> Option<Ordering> {
    for (one, two) in one.iter().zip(two) {
        let order = match (one, two) {
            (BoundDatum::Value(one), BoundDatum::Value(two)) => compare_values(one, two)?,
            (one, two) => rank(one).cmp(&rank(two)),
        };
        // Behind an infinite value nothing is looked at.
        if order != Ordering::Equal || !matches!(one, BoundDatum::Value(_)) {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

fn rank(datum: &BoundDatum) -> u8 {
    match datum {
        BoundDatum::MinValue => 0,
        BoundDatum::Value(_) => 1,
        BoundDatum::MaxValue => 2,
    }
}

/// Whole numbers, days and moments.
fn compare_values(one: &Expr, two: &Expr) -> Option<Ordering> {
    if one == two {
        return Some(Ordering::Equal);
    }
    let (one, two) = (literal(one)?, literal(two)?);
    compare_texts(&one, &two)
}

pub(super) fn compare_texts(one: &str, two: &str) -> Option<Ordering> {
    if let (Ok(one), Ok(two)) = (one.parse::<i64>(), two.parse::<i64>()) {
        return Some(one.cmp(&two));
    }
    // All moments are kept in one zone.
    let (one, two) = (one.strip_suffix("+00").unwrap_or(one), two.strip_suffix("+00").unwrap_or(two));
    let is_time = |text: &str| {
        text.len() >= 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                0..10 => byte.is_ascii_digit(),
                _ => byte.is_ascii_digit() || [b' ', b':', b'.'].contains(&byte),
            })
    };
    ((one.len() == 10) == (two.len() == 10) && is_time(one) && is_time(two)).then(|| one.cmp(two))
}

/// What stands between the quotes of a constant, or a bare number.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    let text = expr.text();
    let text = text.rsplit_once("::").map_or(text, |(value, _)| value);
    let text = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(text);
    (!text.contains('\'')).then(|| text.to_owned())
}
