//! Whether an expression is the same whenever it is computed (`contain_mutable_functions_after_planning()`,
//! `clauses.c`).

use pg_query::protobuf::Node;

use super::Replay;
use super::refusal::Outcome;
use crate::catalog::ObjectId;
use crate::catalog::kind::{Function, Volatility};
use crate::catalog::meaning::Argument;
use crate::catalog::tree::{Body, Label, Names, Query, Select, Term};
use crate::expr::{self, Around, Clause, Computed, Scope, Wanted};
use crate::sql::{Ident, parse};

/// How many functions deep calls are replaced by what they do.
const DEPTH: usize = 8;

impl Replay {
    /// Whether what computes a clause can give another value another time.
    ///
    /// # Errors
    /// What a body that replaces a call names may not be in the way that an index is made by.
    pub(super) fn is_mutable(&self, computed: &Computed, clause: Clause<'_>) -> Outcome<bool> {
        // `RestrictSearchPath()` in `DefineIndex()`
        let is_restricted = clause.is_of_index() && self.catalog().version >= 17;
        let search_path = if is_restricted { Vec::new() } else { self.search_path() };
        self.is_mutable_at(computed, &search_path, 0)
    }

    fn is_mutable_at(&self, computed: &Computed, search_path: &[Ident], depth: usize) -> Outcome<bool> {
        let mut is_mutable = computed.is_mutable;
        for id in &computed.functions {
            is_mutable |= self.gives_anything(id, search_path, depth)?;
        }
        Ok(is_mutable)
    }

    /// Whether a function is not IMMUTABLE, and a call of it is not replaced by what is.
    fn gives_anything(&self, id: &ObjectId, search_path: &[Ident], depth: usize) -> Outcome<bool> {
        let Some(function) = self.database.get::<Function>(id) else { return Ok(false) };
        let is_said = matches!(function.volatility.get(), Some(Volatility::Stable | Volatility::Volatile));
        match self.inlined(id, function, search_path)? {
            Some(computed) if is_said && depth < DEPTH => self.is_mutable_at(&computed, search_path, depth + 1),
            _ => Ok(is_said),
        }
    }

    /// `inline_function()`: what computes the expression that stands for a call, if one does.
    fn inlined(&self, id: &ObjectId, function: &Function, search_path: &[Ident]) -> Outcome<Option<Computed>> {
        let is_plain = function.language.get().is_some_and(|language| *language == "sql")
            && function.returns_set.get() == Some(&false)
            && function.security_definer.get() == Some(&false)
            && function.configuration.get().is_some_and(Vec::is_empty)
            && function.result.get().is_some_and(|result| !result.is_builtin("record"));
        if !is_plain {
            return Ok(None);
        }
        let inputs = function.parameters.get().into_iter().flatten().filter(|one| one.mode.is_input());
        let args: Vec<Argument> = inputs.map(|one| Argument { name: one.name.clone(), of: one.of.clone() }).collect();
        let (node, search_path) = match (function.source.get(), function.body.get().map(Vec::as_slice)) {
            (Some(Some(source)), _) => (parse::parse_one(source).map(|node| Node { node: Some(node) }), search_path),
            // Everything in it was found when it was made.
            (_, Some([only])) => (parse::parse_body_statement(only.text()), [].as_slice()),
            _ => return Ok(None),
        };
        let Ok(node) = node else { return Ok(None) };
        let around = Around::Arguments { routine: Some(id.name()), args: &args };
        let scope = Scope { catalog: self.catalog(), search_path, around, wanted: Wanted::Value };
        let (tree, faults, computed) = expr::resolve_body(&node, &scope);
        // The place is one in the body.
        self.no_fault(&faults).map_err(|stop| stop.moved(|_| None))?;
        let is_strict = function.strict.get() == Some(&true);
        let term = only_value(*tree.root);
        Ok(term.filter(|term| !is_strict || is_strict_in_all(term, args.len())).map(|_| computed))
    }
}

/// What a body consists of: `SELECT x`, or `RETURN x`.
fn only_value(body: Term) -> Option<Term> {
    match body {
        Term::Query { query, .. } => {
            let Query { ctes, body: Body::Select(select), order, limit: None, offset: None, .. } = *query else {
                return None;
            };
            let Select { distinct: None, mut targets, from, filter: None, group, having: None, .. } = *select else {
                return None;
            };
            let is_bare = ctes.is_empty() && order.is_empty() && from.is_empty() && group.is_empty();
            (is_bare && targets.len() == 1).then(|| targets.remove(0).term)
        }
        Term::Syntax { words, mut args } if words.first().is_some_and(|word| word == "RETURN ") => args.pop(),
        _ => None,
    }
}

/// Whether NULL for any of the arguments makes NULL of all (`contain_nonstrict_functions()`): they all are used, and
/// by operators and functions alone.
fn is_strict_in_all(term: &Term, count: usize) -> bool {
    struct Strict {
        used: Vec<usize>,
        is_strict: bool,
    }
    impl Names for Strict {
        fn term(&mut self, term: &mut Term) {
            match term {
                Term::Param { number, name: Label(_) } => self.used.push(*number),
                Term::Const { .. } | Term::Cast { .. } | Term::Op { .. } | Term::Func(_) | Term::Collate { .. } => {}
                _ => self.is_strict = false,
            }
        }
    }
    let mut strict = Strict { used: Vec::new(), is_strict: true };
    term.clone().visit(&mut strict);
    strict.is_strict && (1..=count).all(|number| strict.used.contains(&number))
}
