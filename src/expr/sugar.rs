//! Operators and the syntax that is made of them: IN, BETWEEN, LIKE, IS DISTINCT FROM and so on.

use pg_query::NodeEnum;
use pg_query::protobuf::{AExpr, AExprKind, Node, SqlValueFunction, SqlValueFunctionOp};

use super::builtins;
use super::choose::{Type, choose, common_type};
use super::resolve::{Resolver, Typed, chain};
use crate::catalog::tree::{BoolOp, Names, Place, Term};
use crate::sql::type_name::string_of;
use crate::sql::{QualifiedName, TypeName};

/// An operator with its operands coerced.
pub(super) struct Operation {
    pub(super) name: QualifiedName,
    pub(super) left: Option<Term>,
    pub(super) right: Term,
    pub(super) of: Type,
}

impl Operation {
    fn into_term(self) -> Typed {
        let left = self.left.map(Box::new);
        Typed::new(Term::Op { name: self.name, left, right: Box::new(self.right) }, self.of)
    }
}

/// An operator's name as it is written; one without a schema has yet to be looked up.
pub(super) fn operator_name(nodes: &[Node]) -> QualifiedName {
    let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
    QualifiedName::from_parts(&parts)
}

impl Resolver<'_> {
    pub(super) fn a_expr(&mut self, expr: &AExpr, node: &Node) -> Typed {
        let name = operator_name(&expr.name);
        let (left, right) = (expr.lexpr.as_deref(), expr.rexpr.as_deref());
        match expr.kind() {
            AExprKind::AexprOp => self.plain(&name, left, right),
            AExprKind::AexprLike | AExprKind::AexprIlike | AExprKind::AexprSimilar => self.plain(&name, left, right),
            AExprKind::AexprOpAny | AExprKind::AexprOpAll => {
                let all = expr.kind() == AExprKind::AexprOpAll;
                let (left, array) = (self.operand(left), self.operand(right));
                self.any_array(&name, all, left, array)
            }
            AExprKind::AexprDistinct | AExprKind::AexprNotDistinct => {
                self.distinct(expr.kind() == AExprKind::AexprNotDistinct, left, right)
            }
            AExprKind::AexprNullif => {
                let (left, right) = (self.operand(left), self.operand(right));
                let of = left.of.clone();
                let made = self.operator(&name, Some(left), right);
                let left = Box::new(made.left.unwrap_or(Term::Raw(String::new())));
                Typed::new(Term::NullIf { name: made.name, left, right: Box::new(made.right) }, of)
            }
            AExprKind::AexprIn => self.in_list(&name, left, right),
            AExprKind::AexprBetween
            | AExprKind::AexprNotBetween
            | AExprKind::AexprBetweenSym
            | AExprKind::AexprNotBetweenSym => self.between(expr.kind(), left, right, node),
            AExprKind::Undefined => self.raw(node),
        }
    }

    fn plain(&mut self, name: &QualifiedName, left: Option<&Node>, right: Option<&Node>) -> Typed {
        if let (Some(one), Some(two)) = (row_of(left), row_of(right))
            && one.len() == two.len()
            && name.schema.is_none()
        {
            let op = match name.name.as_str() {
                "=" => Some(BoolOp::And),
                "<>" => Some(BoolOp::Or),
                _ => None,
            };
            if let Some(op) = op {
                let pairs = one.iter().zip(two);
                let args = pairs.map(|(one, two)| self.plain(name, Some(one), Some(two)).term).collect();
                return Typed::boolean(chain(op, args));
            }
            let (mut lefts, mut rights) = (Vec::new(), Vec::new());
            for (one, two) in one.iter().zip(two) {
                let (one, two) = (self.expr(one), self.expr(two));
                let made = self.operator(name, Some(one), two);
                lefts.extend(made.left);
                rights.push(made.right);
            }
            let row = |args| Box::new(Term::Listed { keyword: "ROW", args });
            return Typed::boolean(Term::Op { name: name.clone(), left: Some(row(lefts)), right: row(rights) });
        }
        let left = self.optional(left);
        let right = self.operand(right);
        self.operator(name, left, right).into_term()
    }

    /// `make_op()`
    pub(super) fn operator(&mut self, name: &QualifiedName, left: Option<Typed>, right: Typed) -> Operation {
        let mut values: Vec<Typed> = left.into_iter().chain([right]).collect();
        let types: Vec<Type> = values.iter().map(|value| value.of.clone()).collect();
        if types.contains(&Type::Opaque) && types.contains(&Type::Literal) {
            self.note(format!("the operands of {}", name.name.as_str()));
        }
        let candidates: &[_] = if name.schema.is_none() { builtins::get().operators(name.name.as_str()) } else { &[] };
        if let Some(choice) = choose(candidates, &types, &|of| self.is_enum(of)) {
            let of = choice.result.clone();
            let mut terms = self.coerce_all(values, &choice);
            let right = terms.pop().unwrap_or(Term::Raw(String::new()));
            return Operation { name: name.clone(), left: terms.pop(), right, of };
        }
        self.check_operator(name, &types);
        // An operator of somebody else's. One that takes a type of its own stands beside that type.
        let own = types.iter().filter_map(Type::known).find(|of| of.name.schema.is_some()).cloned();
        let mut found = name.clone();
        if name.schema.is_none() {
            self.note(name.name.as_str().to_owned());
            match &own {
                Some(own) => found.schema.clone_from(&own.name.schema),
                None if candidates.is_empty() => found.schema = self.scope.search_path.first().cloned(),
                None => {}
            }
        }
        for value in &mut values {
            if value.of == Type::Literal {
                let to = own.as_ref().map_or_else(|| TypeName::builtin("text"), TypeName::base);
                *value = Typed::new(self.cast(value.clone(), &to), Type::Known(to));
            }
        }
        let right = values.pop().map_or(Term::Raw(String::new()), |value| value.term);
        Operation { name: found, left: values.pop().map(|value| value.term), right, of: Type::Opaque }
    }

    /// `make_scalar_array_op()`
    fn any_array(&mut self, name: &QualifiedName, all: bool, left: Typed, array: Typed) -> Typed {
        let element = match &array.of {
            Type::Known(of) if of.array => Type::Known(of.element()),
            Type::Known(_) | Type::Opaque => Type::Opaque,
            Type::Literal => Type::Literal,
        };
        // The operator is found as if the right side were one element.
        let probe = Typed::new(Term::Const { value: None, data_type: TypeName::builtin("unknown") }, element.clone());
        let types = [left.of.clone(), element];
        let candidates = builtins::get().operators(name.name.as_str());
        let choice = if name.schema.is_none() { choose(candidates, &types, &|of| self.is_enum(of)) } else { None };
        let (name, left, array) = match choice {
            Some(choice) => {
                let array = match &choice.args[1] {
                    Some(to) => self.coerce(array, &to.array_of()),
                    None => array.term,
                };
                let left = match &choice.args[0] {
                    Some(to) => self.coerce(left, to),
                    None => left.term,
                };
                (name.clone(), left, array)
            }
            None => {
                let own = left.of.known().map(TypeName::base).filter(|of| of.name.schema.is_some());
                let made = self.operator(name, Some(left), probe);
                let array = match own {
                    Some(own) if array.of == Type::Literal => self.cast(array, &own.array_of()),
                    _ => self.settled(array).term,
                };
                (made.name, made.left.unwrap_or(Term::Raw(String::new())), array)
            }
        };
        Typed::boolean(Term::AnyArray { name, all, left: Box::new(left), array: Box::new(array) })
    }

    /// `transformAExprIn()`: what holds no column becomes one array, the rest is compared one by one.
    fn in_list(&mut self, name: &QualifiedName, left: Option<&Node>, right: Option<&Node>) -> Typed {
        let Some(NodeEnum::List(list)) = right.and_then(|node| node.node.as_ref()) else {
            return self.plain(name, left, right);
        };
        let negated = name.name == "<>";
        let op = if negated { BoolOp::And } else { BoolOp::Or };
        if row_of(left).is_some() {
            let args = list.items.iter().map(|item| self.plain(name, left, Some(item)).term).collect::<Vec<_>>();
            return Typed::boolean(one_or_chain(op, args));
        }
        let left = self.operand(left);
        let values: Vec<Typed> = list.items.iter().map(|item| self.expr(item)).collect();
        let (constant, variable): (Vec<Typed>, Vec<Typed>) =
            values.into_iter().partition(|value| !reads_column(&value.term));
        let mut args = Vec::new();
        let mut single = variable;
        if constant.len() > 1 {
            let types: Vec<Type> = [&left].into_iter().chain(&constant).map(|value| value.of.clone()).collect();
            let common = common_type(&types).or_else(|| match left.of {
                Type::Opaque => common_type(&types[1..]),
                Type::Known(_) | Type::Literal => None,
            });
            match common {
                Some(common) => {
                    let elements = constant.into_iter().map(|value| self.coerce(value, &common)).collect();
                    let of = Type::Known(common.array_of());
                    let array = Typed::new(Term::Array { elements, of: common }, of);
                    args.push(self.any_array(name, negated, left.clone(), array).term);
                }
                None => single.splice(0..0, constant).for_each(drop),
            }
        } else {
            single.splice(0..0, constant);
        }
        for value in single {
            args.push(self.operator(name, Some(left.clone()), value).into_term().term);
        }
        Typed::boolean(one_or_chain(op, args))
    }

    /// `transformAExprBetween()`
    fn between(&mut self, kind: AExprKind, left: Option<&Node>, right: Option<&Node>, node: &Node) -> Typed {
        let Some(NodeEnum::List(list)) = right.and_then(|node| node.node.as_ref()) else { return self.raw(node) };
        let [low, high] = list.items.as_slice() else { return self.raw(node) };
        let compare = |one: &str, two: &str| (QualifiedName::bare(one), QualifiedName::bare(two));
        let inside = matches!(kind, AExprKind::AexprBetween | AExprKind::AexprBetweenSym);
        let symmetric = matches!(kind, AExprKind::AexprBetweenSym | AExprKind::AexprNotBetweenSym);
        let (first, second) = if inside { compare(">=", "<=") } else { compare("<", ">") };
        let (inner, outer) = if inside { (BoolOp::And, BoolOp::Or) } else { (BoolOp::Or, BoolOp::And) };
        let mut pair = |low: &Node, high: &Node| {
            let one = self.plain(&first, left, Some(low)).term;
            let two = self.plain(&second, left, Some(high)).term;
            chain(inner, vec![one, two])
        };
        if symmetric {
            let both = vec![pair(low, high), pair(high, low)];
            Typed::boolean(chain(outer, both))
        } else {
            Typed::boolean(pair(low, high))
        }
    }

    /// `transformAExprDistinct()`: beside a bare NULL it is a test for NULL.
    fn distinct(&mut self, negated: bool, left: Option<&Node>, right: Option<&Node>) -> Typed {
        let (left, right) = (self.operand(left), self.operand(right));
        let is_null =
            |value: &Typed| value.of == Type::Literal && matches!(value.term, Term::Const { value: None, .. });
        for (one, other) in [(&right, &left), (&left, &right)] {
            if is_null(one) {
                let arg = Box::new(self.settled(other.clone()).term);
                return Typed::boolean(Term::NullTest { arg, negated: !negated });
            }
        }
        let made = self.operator(&QualifiedName::bare("="), Some(left), right);
        let left = Box::new(made.left.unwrap_or(Term::Raw(String::new())));
        let term = Term::Distinct { name: made.name, left, right: Box::new(made.right) };
        Typed::boolean(if negated { Term::Not(Box::new(term)) } else { term })
    }

    pub(super) fn sql_value(&mut self, function: &SqlValueFunction) -> Typed {
        use SqlValueFunctionOp as F;
        let (word, of) = match function.op() {
            F::SvfopCurrentDate => ("CURRENT_DATE", "date"),
            F::SvfopCurrentTime | F::SvfopCurrentTimeN => ("CURRENT_TIME", "timetz"),
            F::SvfopCurrentTimestamp | F::SvfopCurrentTimestampN => ("CURRENT_TIMESTAMP", "timestamptz"),
            F::SvfopLocaltime | F::SvfopLocaltimeN => ("LOCALTIME", "time"),
            F::SvfopLocaltimestamp | F::SvfopLocaltimestampN => ("LOCALTIMESTAMP", "timestamp"),
            F::SvfopCurrentRole => ("CURRENT_ROLE", "name"),
            F::SvfopCurrentUser => ("CURRENT_USER", "name"),
            F::SvfopUser => ("USER", "name"),
            F::SvfopSessionUser => ("SESSION_USER", "name"),
            F::SvfopCurrentCatalog => ("CURRENT_CATALOG", "name"),
            F::SvfopCurrentSchema => ("CURRENT_SCHEMA", "name"),
            F::SqlvalueFunctionOpUndefined => ("NULL", "name"),
        };
        let mut data_type = TypeName::builtin(of);
        let mut text = word.to_owned();
        if function.typmod >= 0 {
            data_type.typmod.push(function.typmod.to_string());
            text += &format!("({})", function.typmod);
        }
        Typed::new(Term::SqlValue(text), Type::Known(data_type))
    }
}

/// The parts of a row constructor.
fn row_of(node: Option<&Node>) -> Option<&[Node]> {
    match node?.node.as_ref()? {
        NodeEnum::RowExpr(row) => Some(&row.args),
        _ => None,
    }
}

fn one_or_chain(op: BoolOp, mut args: Vec<Term>) -> Term {
    match args.pop() {
        Some(only) if args.is_empty() => only,
        Some(last) => {
            args.push(last);
            chain(op, args)
        }
        None => Term::Raw(String::new()),
    }
}

/// `contain_vars_of_level(…, 0)`
fn reads_column(term: &Term) -> bool {
    struct Reads {
        depth: usize,
        own: bool,
    }
    impl Names for Reads {
        fn place(&mut self, place: Place) {
            self.own |= place.level == self.depth;
        }
        fn enter(&mut self) {
            self.depth += 1;
        }
        fn leave(&mut self) {
            self.depth -= 1;
        }
    }
    let mut reads = Reads { depth: 0, own: false };
    term.clone().visit(&mut reads);
    reads.own
}
