//! The syntax that is made of operators: IN, BETWEEN, LIKE, IS DISTINCT FROM and so on.

use pg_query::NodeEnum;
use pg_query::protobuf::{AExpr, AExprKind, Node, SqlValueFunction, SqlValueFunctionOp, SubLinkType};

use super::operator::operator_name;
use super::polymorphic::array_of;
use super::resolve::{Resolver, Typed, chain};
use super::types::{Type, is};
use crate::catalog::tree::{BoolOp, Names, Place, Term};
use crate::sql::{QualifiedName, TypeName};

impl Resolver<'_> {
    pub(super) fn a_expr(&mut self, expr: &AExpr, node: &Node) -> Typed {
        let name = operator_name(&expr.name);
        let (left, right) = (expr.lexpr.as_deref(), expr.rexpr.as_deref());
        match expr.kind() {
            AExprKind::AexprOp | AExprKind::AexprLike | AExprKind::AexprIlike | AExprKind::AexprSimilar => {
                self.plain(&name, left, right)
            }
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
                let made = self.operator(&name, Some(left), right);
                let left = Box::new(made.left.unwrap_or(Term::Raw(String::new())));
                Typed::new(Term::NullIf { name: made.name, left, right: Box::new(made.right) }, made.left_of)
            }
            AExprKind::AexprIn => self.in_list(&name, left, right),
            AExprKind::AexprBetween
            | AExprKind::AexprNotBetween
            | AExprKind::AexprBetweenSym
            | AExprKind::AexprNotBetweenSym => self.between(expr.kind(), left, right, node),
            AExprKind::Undefined => self.raw(node),
        }
    }

    /// `transformAExprOp()`
    fn plain(&mut self, name: &QualifiedName, left: Option<&Node>, right: Option<&Node>) -> Typed {
        if let (Some(one), Some(two)) = (row_of(left), row_of(right)) {
            return self.row_comparison(name, one, two);
        }
        if let (Some(row), Some(NodeEnum::SubLink(link))) = (row_of(left), right.and_then(|node| node.node.as_ref()))
            && link.sub_link_type() == SubLinkType::ExprSublink
            && let Some(made) = self.compare_row_with_query(name, row, link)
        {
            return made;
        }
        let left = self.optional(left);
        let right = self.operand(right);
        self.operator(name, left, right).into_term()
    }

    fn row_comparison(&mut self, name: &QualifiedName, one: &[Node], two: &[Node]) -> Typed {
        let left = one.iter().map(|node| self.expr(node)).collect();
        let right = two.iter().map(|node| self.expr(node)).collect();
        self.compare_rows(name, left, right)
    }

    /// `transformAExprIn()`: what holds no column becomes one array, the rest is compared one by one.
    fn in_list(&mut self, name: &QualifiedName, left: Option<&Node>, right: Option<&Node>) -> Typed {
        let Some(NodeEnum::List(list)) = right.and_then(|node| node.node.as_ref()) else {
            return self.plain(name, left, right);
        };
        let negated = name.name == "<>";
        let op = if negated { BoolOp::And } else { BoolOp::Or };
        if let Some(row) = row_of(left) {
            let compare = |item: &Node| match row_of(Some(item)) {
                Some(other) => self.row_comparison(name, row, other).term,
                None => self.plain(name, left, Some(item)).term,
            };
            return Typed::boolean(one_or_chain(op, list.items.iter().map(compare).collect()));
        }
        let left = self.operand(left);
        // Each with whether it reads a column.
        let items: Vec<(bool, Typed)> = list
            .items
            .iter()
            .map(|item| {
                let mut value = self.expr(item);
                (reads_column(&mut value.term), value)
            })
            .collect();
        let constant = || items.iter().filter(|(reads, _)| !reads).map(|(_, value)| value);
        let types: Vec<Type> = [&left].into_iter().chain(constant()).map(|value| value.of.clone()).collect();
        let is_unknown = types.contains(&Type::Opaque);
        let common = self.scope.verified_common_type(&types).filter(|of| !is(of, "record"));
        let whole = common.and_then(|common| Some((array_of(&common)?, common)));
        let mut args = Vec::new();
        let mut single = items;
        if types.len() > 2 && (is_unknown || whole.is_some()) {
            let constant: Vec<(bool, Typed)>;
            (single, constant) = single.into_iter().partition(|(reads, _)| *reads);
            let values = constant.into_iter().map(|(_, value)| value);
            let array = match whole {
                Some((whole, common)) => {
                    let elements = values.map(|value| self.coerce(value, &common).term).collect();
                    Typed::new(Term::Array { elements, of: common }, Type::Known(whole))
                }
                // Where the type that they have in common cannot be told, there still seldom is none.
                None => {
                    let elements = values.map(|value| value.term).collect();
                    Typed::new(Term::Array { elements, of: TypeName::builtin("unknown") }, Type::Opaque)
                }
            };
            args.push(self.any_array(name, negated, left.clone(), array).term);
        }
        for (_, value) in single {
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

    /// `transformAExprDistinct()`: beside a bare NULL it is a test for NULL, of rows one of each column.
    fn distinct(&mut self, negated: bool, left: Option<&Node>, right: Option<&Node>) -> Typed {
        let not = |term: Term| Typed::boolean(if negated { Term::Not(Box::new(term)) } else { term });
        if let (Some(one), Some(two)) = (row_of(left), row_of(right)) {
            let mut pair = |(one, two): (&Node, &Node)| {
                let (one, two) = (self.expr(one), self.expr(two));
                self.distinct_from(one, two)
            };
            let pairs = one.iter().zip(two).map(&mut pair).collect();
            return not(one_or_chain(BoolOp::Or, pairs));
        }
        if is_null(right) || is_null(left) {
            let tested = if is_null(right) { left } else { right };
            let arg = Box::new(self.operand(tested).term);
            return Typed::boolean(Term::NullTest { arg, negated: !negated });
        }
        let (left, right) = (self.operand(left), self.operand(right));
        not(self.distinct_from(left, right))
    }

    pub(super) fn sql_value(&mut self, function: &SqlValueFunction) -> Typed {
        use SqlValueFunctionOp as F;
        self.computed.is_mutable = true;
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

/// `exprIsNullConstant()`
fn is_null(node: Option<&Node>) -> bool {
    matches!(node.and_then(|node| node.node.as_ref()), Some(NodeEnum::AConst(constant)) if constant.val.is_none())
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
fn reads_column(term: &mut Term) -> bool {
    struct Reads {
        depth: usize,
        own: bool,
    }
    impl Names for Reads {
        fn place(&mut self, place: &mut Place) {
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
    term.visit(&mut reads);
    reads.own
}
