//! Whether an expression is the same whenever it is computed (`contain_mutable_functions_after_planning()`,
//! `clauses.c`).

use super::Replay;
use crate::catalog::kind::{Function, Volatility};
use crate::catalog::meaning::Argument;
use crate::catalog::tree::{Body, Label, Names, Query, Select, Term};
use crate::catalog::{Class, ObjectId};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{QualifiedName, TypeName, parse};

/// How many functions deep calls are replaced by what they do.
const DEPTH: usize = 8;

impl Replay {
    pub(super) fn is_mutable(&self, term: &Term) -> bool {
        self.is_mutable_at(term, 0)
    }

    fn is_mutable_at(&self, term: &Term, depth: usize) -> bool {
        let mut content = Content::default();
        term.clone().visit(&mut content);
        content.values || content.functions.iter().any(|(name, declared)| self.gives_anything(name, declared, depth))
    }

    /// Whether a function is not IMMUTABLE, and a call of it is not replaced by what is.
    fn gives_anything(&self, name: &QualifiedName, declared: &[TypeName], depth: usize) -> bool {
        let Some(schema) = &name.schema else { return is_mutable_builtin(name.name.as_str()) };
        let id = ObjectId::call(Class::Routine, schema, &name.name, declared.to_vec());
        let Some(function) = self.database.get::<Function>(&id) else { return false };
        match function.volatility.get() {
            None | Some(Volatility::Immutable) => false,
            Some(Volatility::Stable | Volatility::Volatile) => match self.inlined(&id, function) {
                Some(term) => depth == DEPTH || self.is_mutable_at(&term, depth + 1),
                None => true,
            },
        }
    }

    /// `inline_function()`: the expression that stands for a call, if one does.
    fn inlined(&self, id: &ObjectId, function: &Function) -> Option<Term> {
        let is_plain = function.language.get().is_some_and(|language| *language == "sql")
            && function.returns_set.get() == Some(&false)
            && function.security_definer.get() == Some(&false)
            && function.configuration.get().is_some_and(Vec::is_empty)
            && function.result.get().is_some_and(|result| !result.is_builtin("record"));
        if !is_plain {
            return None;
        }
        let inputs = function.parameters.get()?.iter().filter(|one| one.mode.is_input());
        let args: Vec<Argument> = inputs.map(|one| Argument { name: one.name.clone(), of: one.of.clone() }).collect();
        let body = match (function.source.get()?, function.body.get()?.as_slice()) {
            (Some(source), _) => {
                let node = pg_query::protobuf::Node { node: Some(parse::parse_one(source).ok()?) };
                let search_path = self.search_path();
                let around = Around::Arguments { routine: Some(id.name()), args: &args };
                let scope = Scope { catalog: self.catalog(), search_path: &search_path, around, wanted: Wanted::Value };
                expr::resolve_statement(&node, &scope).0.root
            }
            (None, [only]) => only.tree()?.root.clone(),
            (None, _) => return None,
        };
        let term = only_value(*body)?;
        let is_strict = function.strict.get() == Some(&true);
        (!is_strict || is_strict_in_all(&term, args.len())).then_some(term)
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
