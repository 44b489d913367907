//! What the rows of a partition have in common, as a condition (`get_qual_from_partbound()` in `partbounds.c`): DETACH
//! CONCURRENTLY leaves it behind as a check.

use std::cmp::Ordering;

use super::Replay;
use super::heap::Clause;
use super::partbounds::{compare_ends, compare_texts, literal};
use super::refusal::{Outcome, Stop};
use crate::catalog::kind::{BoundDatum, Check, IndexKey, KeyTerm, PartitionBound, PartitionStrategy, Table};
use crate::catalog::tree::{BoolOp, Term};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin};
use crate::sql::{TypeName, parse};

impl Replay {
    /// `DetachAddConstraintIfNeeded()`
    pub(super) fn keep_bounds(&mut self, partition: &ObjectId, origin: &Origin) -> Outcome {
        let strategy = self.parents_of(partition).first().and_then(|table| self.strategy_of(table));
        if strategy == Some(PartitionStrategy::Hash) {
            return Ok(());
        }
        let clauses = self.partition_qual(partition)?;
        let known = self.known_of_rows(partition);
        let mut is_implied = true;
        for clause in &clauses {
            let clause = self.condition(clause, partition)?;
            let term = clause.tree().map(|tree| &*tree.root);
            is_implied &= term.is_some_and(|term| known.iter().any(|known| implies(known, term)));
        }
        if is_implied {
            return Ok(());
        }
        let text = match clauses.as_slice() {
            [only] => only.clone(),
            all => all.iter().map(|clause| format!("({clause})")).collect::<Vec<_>>().join(" AND "),
        };
        let expression = self.condition(&text, partition)?;
        let name = self.choose_check_name(partition, &expression);
        for table in self.inheritors(partition, false) {
            let facts = Check {
                expression: Attr::Is(self.condition(&text, &table)?, origin.clone()),
                no_inherit: Attr::Is(false, origin.clone()),
                validated: Attr::Is(true, origin.clone()),
                enforced: Attr::Is(true, origin.clone()),
                local: Attr::Is(table == *partition, origin.clone()),
                comment: Attr::Is(None, origin.clone()),
            };
            self.database.insert(table.part(Class::Constraint, &name), facts, origin.clone());
        }
        Ok(())
    }

    fn condition(&self, text: &str, table: &ObjectId) -> Outcome<Expr> {
        let node = parse::parse_expr(text).map_err(|error| Stop::not_modelled(error.message))?;
        self.expression(&node, table, Clause::Check)
    }

    fn strategy_of(&self, table: &ObjectId) -> Option<PartitionStrategy> {
        self.database.get::<Table>(table)?.partition_by.get().copied().flatten()
    }

    /// What surely holds of each row, by checks and NOT NULL (`ConstraintImpliedByRelConstraint()`).
    fn known_of_rows(&self, table: &ObjectId) -> Vec<Term> {
        let mut known = Vec::new();
        for (id, object) in self.catalog().children(table) {
            match &object.facts {
                Facts::Check(check) if check.validated.get() == Some(&true) && check.enforced.get() != Some(&false) => {
                    match check.expression.get().and_then(Expr::tree).map(|tree| &*tree.root) {
                        Some(Term::Bool { op: BoolOp::And, args }) => known.extend(args.iter().cloned()),
                        Some(term) => known.push(term.clone()),
                        None => {}
                    }
                }
                Facts::Column(column) if column.nullable.get() == Some(&false) => {
                    let not_null = self.condition(&format!("{} IS NOT NULL", id.name()), table);
                    known.extend(not_null.ok().and_then(|expr| expr.tree().map(|tree| (*tree.root).clone())));
                }
                _ => {}
            }
        }
        known
    }

    /// `generate_partition_qual()`: those of the tables above come first.
    fn partition_qual(&self, partition: &ObjectId) -> Outcome<Vec<String>> {
        let Some(parent) = self.parents_of(partition).into_iter().next().filter(|_| self.is_partition(partition))
        else {
            return Ok(Vec::new());
        };
        let mut clauses = self.partition_qual(&parent)?;
        let bound = self.catalog().facts(partition).and_then(|facts| facts.partition_bound().cloned());
        let keys = self.database.get::<Table>(&parent).and_then(|table| table.partition_key.get());
        let keys = keys.map_or(&[][..], Vec::as_slice);
        if keys.iter().any(|key| key.opclass.is_some() || key.collation.is_some()) {
            return Err(unknown());
        }
        match (bound, keys) {
            (Some(PartitionBound::List(values)), [key]) => {
                let of = self.type_of_key(&parent, key).ok_or_else(unknown)?;
                clauses.extend(list_qual(&term_of(key), &of, &values, &self.constants_in(&parent, key))?);
            }
            (Some(PartitionBound::Range { from, to }), keys) => {
                let collations = keys.iter().map(|key| self.constants_in(&parent, key));
                let keys: Vec<(String, String)> = keys.iter().map(term_of).zip(collations).collect();
                clauses.extend(range_qual(&keys, &from, &to));
            }
            _ => return Err(unknown()),
        }
        Ok(clauses)
    }

    /// What stands behind the constants that a key is compared with, which have the collation of its column.
    fn constants_in(&self, table: &ObjectId, key: &IndexKey) -> String {
        let column = match &key.term {
            KeyTerm::Column(name) => self.catalog().column(table, name),
            KeyTerm::Expr(_) => None,
        };
        let collation = column.and_then(|column| column.collation.get()?.as_ref());
        collation.map_or_else(String::new, |collation| format!(" COLLATE {}", collation.0))
    }
}

/// The condition would name the table by its OID, or hang on what else there is.
fn unknown() -> Stop {
    Stop::not_modelled("the check that DETACH CONCURRENTLY leaves of such bounds is not compared")
}

fn term_of(key: &IndexKey) -> String {
    match &key.term {
        KeyTerm::Column(name) => name.to_string(),
        KeyTerm::Expr(expr) => format!("({})", expr.text()),
    }
}

/// `get_qual_for_list()`
fn list_qual(key: &str, of: &TypeName, values: &[Expr], collation: &str) -> Outcome<Vec<String>> {
    let (nulls, values): (Vec<&Expr>, Vec<&Expr>) = values.iter().partition(|value| is_null(value));
    let texts: Option<Vec<String>> = values.iter().map(|value| literal(value)).collect();
    let texts = texts.ok_or_else(unknown)?;
    let is_one_of = match (values.as_slice(), texts.as_slice()) {
        ([], _) => None,
        // A comparison with a truth is one.
        ([_], [truth]) if of.is_builtin("bool") => Some(if is_true(truth) { key.into() } else { format!("NOT {key}") }),
        ([only], _) => Some(format!("{key} = {}{collation}", only.text())),
        (_, texts) => {
            let elements: Vec<String> = texts.iter().map(|text| element(text)).collect();
            Some(format!("{key} = ANY ('{{{}}}'::{of}[]{collation})", elements.join(",")))
        }
    };
    Ok(match (is_one_of, nulls.is_empty()) {
        (Some(is_one_of), true) => vec![format!("{key} IS NOT NULL"), is_one_of],
        (Some(is_one_of), false) => vec![format!("{key} IS NULL OR {is_one_of}")],
        (None, _) => vec![format!("{key} IS NULL")],
    })
}

fn is_null(value: &Expr) -> bool {
    let mut term = value.tree().map(|tree| &*tree.root);
    while let Some(Term::Cast { arg, .. }) = term {
        term = Some(arg);
    }
    matches!(term, Some(Term::Const { value: None, .. }))
}

fn is_true(truth: &str) -> bool {
    matches!(truth, "t" | "true")
}

/// An element as an array prints it (`array_out()`).
fn element(text: &str) -> String {
    let is_special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_ascii_whitespace();
    if !text.is_empty() && !text.contains(is_special) && !text.eq_ignore_ascii_case("null") {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `get_qual_for_range()`
fn range_qual(keys: &[(String, String)], from: &[BoundDatum], to: &[BoundDatum]) -> Vec<String> {
    let mut clauses: Vec<String> = keys.iter().map(|(key, _)| format!("{key} IS NOT NULL")).collect();
    let mut same = 0;
    for ((key, collation), ends) in keys.iter().zip(from.iter().zip(to)) {
        let (BoundDatum::Value(low), BoundDatum::Value(high)) = ends else { break };
        if compare_ends(std::slice::from_ref(ends.0), std::slice::from_ref(ends.1)) != Some(Ordering::Equal)
            && low.text() != high.text()
        {
            break;
        }
        clauses.push(format!("{key} = {}{collation}", low.text()));
        same += 1;
    }
    let rest = |ends: &[BoundDatum]| ends.get(same..).unwrap_or_default().to_vec();
    let keys = keys.get(same..).unwrap_or_default();
    clauses.extend(arms(keys, &rest(from), &BoundDatum::MinValue, [">", ">=", ">="]));
    clauses.extend(arms(keys, &rest(to), &BoundDatum::MaxValue, ["<", "<=", "<"]));
    clauses
}

/// One side of a range: the first key decides, and where it is at the bound the next one does.
fn arms(
    keys: &[(String, String)],
    ends: &[BoundDatum],
    open: &BoundDatum,
    [beyond, up_to, at_the_end]: [&str; 3],
) -> Option<String> {
    let mut arms: Vec<String> = Vec::new();
    for last in 0..keys.len() {
        let mut parts = Vec::new();
        for (at, ((key, collation), end)) in keys.iter().zip(ends).enumerate().take(last + 1) {
            let BoundDatum::Value(value) = end else { break };
            let operator = match () {
                () if at < last => "=",
                () if ends.get(at + 1) == Some(open) => up_to,
                () if at + 1 == keys.len() => at_the_end,
                () => beyond,
            };
            parts.push(format!("{key} {operator} {}{collation}", value.text()));
        }
        if !parts.is_empty() {
            arms.push(if parts.len() > 1 { format!("({})", parts.join(" AND ")) } else { parts.remove(0) });
        }
        let goes_on = |at: usize| matches!(ends.get(at), Some(BoundDatum::Value(_)));
        if !goes_on(last) || !goes_on(last + 1) {
            break;
        }
    }
    (!arms.is_empty()).then(|| arms.join(" OR "))
}

/// `predicate_implied_by()`, for the comparisons that bounds are made of.
fn implies(known: &Term, wanted: &Term) -> bool {
    if known == wanted {
        return true;
    }
    let (Term::Op { name, left, right }, Term::Op { name: wanted_name, left: wanted_left, right: wanted_right }) =
        (known, wanted)
    else {
        return false;
    };
    let (Term::Const { value: Some(one), .. }, Term::Const { value: Some(two), .. }) = (&**right, &**wanted_right)
    else {
        return false;
    };
    if left != wanted_left {
        return false;
    }
    let order = compare_texts(one, two);
    match (name.name.as_str(), wanted_name.name.as_str()) {
        ("=" | ">=" | ">", ">=") => order.is_some_and(Ordering::is_ge),
        ("=" | ">=", ">") => order.is_some_and(Ordering::is_gt),
        (">", ">") => order.is_some_and(Ordering::is_ge),
        ("=" | "<=" | "<", "<=") => order.is_some_and(Ordering::is_le),
        ("=" | "<=", "<") => order.is_some_and(Ordering::is_lt),
        ("<", "<") => order.is_some_and(Ordering::is_le),
        _ => false,
    }
}
