//! Whether an expression is the same whenever it is computed (`contain_mutable_functions_after_planning()`,
//! `clauses.c`).

use super::Replay;
use super::refusal::Outcome;
use crate::catalog::kind::{Function, Volatility};
use crate::catalog::meaning::Argument;
use crate::catalog::tree::{Body, Label, Names, Query, Select, Term};
use crate::catalog::{Class, ObjectId};
use crate::expr::{self, Around, Clause, Scope, Wanted};
use crate::sql::{Ident, QualifiedName, TypeName, parse};

/// How many functions deep calls are replaced by what they do.
const DEPTH: usize = 8;

impl Replay {
    /// Whether a term of a clause can give another value another time.
    ///
    /// # Errors
    /// What a body that replaces a call names may not be in the way that an index is made by.
    pub(super) fn is_mutable(&self, term: &Term, clause: Clause<'_>) -> Outcome<bool> {
        // `RestrictSearchPath()` in `DefineIndex()`
        let is_restricted = clause.is_of_index() && self.catalog().version >= 17;
        let search_path = if is_restricted { Vec::new() } else { self.search_path() };
        self.is_mutable_at(term, &search_path, 0)
    }

    fn is_mutable_at(&self, term: &Term, search_path: &[Ident], depth: usize) -> Outcome<bool> {
        let mut content = Content::default();
        term.clone().visit(&mut content);
        let mut is_mutable = content.values;
        for (name, declared) in &content.functions {
            is_mutable |= self.gives_anything(name, declared, search_path, depth)?;
        }
        Ok(is_mutable)
    }

    /// Whether a function is not IMMUTABLE, and a call of it is not replaced by what is.
    fn gives_anything(
        &self,
        name: &QualifiedName,
        declared: &[TypeName],
        search_path: &[Ident],
        depth: usize,
    ) -> Outcome<bool> {
        let Some(schema) = &name.schema else { return Ok(is_mutable_builtin(name.name.as_str())) };
        let id = ObjectId::call(Class::Routine, schema, &name.name, declared.to_vec());
        let Some(function) = self.database.get::<Function>(&id) else { return Ok(false) };
        let is_said = matches!(function.volatility.get(), Some(Volatility::Stable | Volatility::Volatile));
        match self.inlined(&id, function, search_path)? {
            Some(term) if is_said && depth < DEPTH => self.is_mutable_at(&term, search_path, depth + 1),
            _ => Ok(is_said),
        }
    }

    /// `inline_function()`: the expression that stands for a call, if one does.
    fn inlined(&self, id: &ObjectId, function: &Function, search_path: &[Ident]) -> Outcome<Option<Term>> {
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
        let body = match (function.source.get(), function.body.get().map(Vec::as_slice)) {
            (Some(Some(source)), _) => {
                let Ok(node) = parse::parse_one(source) else { return Ok(None) };
                let node = pg_query::protobuf::Node { node: Some(node) };
                let around = Around::Arguments { routine: Some(id.name()), args: &args };
                let scope = Scope { catalog: self.catalog(), search_path, around, wanted: Wanted::Value };
                let (tree, _, faults) = expr::resolve_statement(&node, &scope);
                // The place is one in the body.
                self.no_fault(&faults).map_err(|stop| stop.moved(|_| None))?;
                Some(tree.root)
            }
            (_, Some([only])) => only.tree().map(|tree| tree.root.clone()),
            _ => None,
        };
        let is_strict = function.strict.get() == Some(&true);
        let term = body.and_then(|body| only_value(*body));
        Ok(term.filter(|term| !is_strict || is_strict_in_all(term, args.len())))
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

/// Built-in functions that everybody knows to be STABLE or VOLATILE.
fn is_mutable_builtin(name: &str) -> bool {
    const MUTABLE: [&str; 14] = [
        "now",
        "random",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "timeofday",
        "gen_random_uuid",
        "nextval",
        "currval",
        "lastval",
        "setval",
        "current_setting",
        "txid_current",
        "pg_backend_pid",
    ];
    MUTABLE.contains(&name)
}

/// What there is in an expression that may change.
#[derive(Default)]
struct Content {
    /// `CURRENT_DATE` and its like.
    values: bool,
    functions: Vec<(QualifiedName, Vec<TypeName>)>,
}

impl Names for Content {
    fn function(&mut self, name: &mut QualifiedName, declared: Option<&[TypeName]>) {
        self.functions.extend(declared.map(|declared| (name.clone(), declared.to_vec())));
    }

    fn sql_value(&mut self) {
        self.values = true;
    }
}
