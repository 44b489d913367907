//! Calls of functions and aggregates (`parse_func.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{FuncCall, Node};

use super::builtins;
use super::choose::{Type, choose};
use super::resolve::{Resolver, Typed};
use super::select::sort_key;
use crate::catalog::tree::{Func, Sort, Term, Window};
use crate::sql::TypeName;

impl Resolver<'_> {
    /// `ParseFuncOrColumn()`
    pub(super) fn func_call(&mut self, call: &FuncCall, node: &Node) -> Typed {
        /// `FRAMEOPTION_DEFAULTS`
        const DEFAULT_FRAME: i32 = 1058;
        let (name, builtin) = self.routine(&call.funcname);
        let values: Vec<Typed> = call.args.iter().map(|arg| self.expr(arg)).collect();
        let types: Vec<Type> = values.iter().map(|value| value.of.clone()).collect();
        let named = values.iter().any(|value| matches!(value.term, Term::Named { .. }));
        let over = match call.over.as_deref() {
            None => None,
            Some(window)
                if window.name.is_empty() && window.refname.is_empty() && window.frame_options == DEFAULT_FRAME =>
            {
                let partition = window.partition_clause.iter().map(|key| self.expr(key).term).collect();
                Some(Window { partition, order: self.sort(&window.order_clause) })
            }
            Some(_) => return self.raw(node),
        };
        // What WITHIN GROUP orders by are arguments too.
        let mut ordered = Vec::new();
        let (args, of) = if !builtin || named {
            if types.contains(&Type::Literal) {
                self.note(name.to_string());
            }
            if !named {
                self.check_function(&name, false, &types);
            }
            (values.into_iter().map(|value| self.settled(value).term).collect(), Type::Opaque)
        } else {
            let candidates: Vec<_> = builtins::get().functions(name.name.as_str()).to_vec();
            let candidates: Vec<_> = candidates
                .into_iter()
                .map(|mut one| {
                    one.variadic &= !call.func_variadic;
                    one
                })
                .collect();
            let mut types = types;
            if call.agg_within_group {
                types.extend(call.agg_order.iter().map(|key| self.sort_value(key).of));
            }
            match choose(&candidates, &types, &|of| self.is_enum(of)) {
                Some(choice) => {
                    let of = choice.result.clone();
                    ordered = choice.args.get(values.len()..).unwrap_or_default().to_vec();
                    (self.coerce_all(values, &choice), of)
                }
                None => {
                    // A function called like a type is a cast of its one argument.
                    if let [value] = values.as_slice()
                        && crate::sql::type_name::is_builtin(name.name.as_str())
                    {
                        let to = TypeName::builtin(name.name.as_str());
                        return Typed::new(self.cast(value.clone(), &to), Type::Known(to));
                    }
                    self.note(name.to_string());
                    if !call.func_variadic && !call.agg_within_group {
                        self.check_function(&name, true, &types);
                    }
                    (values.into_iter().map(|value| self.settled(value).term).collect(), Type::Opaque)
                }
            }
        };
        let mut order = self.sort(&call.agg_order);
        for ((key, to), node) in order.iter_mut().zip(ordered).zip(&call.agg_order) {
            if let Some(to) = to {
                let value = self.sort_value(node);
                key.term = self.coerce(value, &to);
            }
        }
        let func = Func {
            name,
            args,
            star: call.agg_star,
            distinct: call.agg_distinct,
            variadic: call.func_variadic,
            within_group: call.agg_within_group,
            order,
            filter: call.agg_filter.as_deref().map(|filter| self.condition(Some(filter))),
            over,
        };
        Typed::new(Term::Func(Box::new(func)), of)
    }

    fn sort_value(&mut self, node: &Node) -> Typed {
        match &node.node {
            Some(NodeEnum::SortBy(key)) => self.operand(key.node.as_deref()),
            _ => self.raw(node),
        }
    }

    pub(super) fn sort(&mut self, nodes: &[Node]) -> Vec<Sort> {
        nodes
            .iter()
            .filter_map(|node| match &node.node {
                Some(NodeEnum::SortBy(key)) => {
                    let value = self.operand(key.node.as_deref());
                    Some(sort_key(self.settled(value).term, key))
                }
                _ => None,
            })
            .collect()
    }
}
