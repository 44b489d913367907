//! Scalar expressions (`parse_expr.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AArrayExpr, AConst, BoolExpr, BoolExprType, BoolTestType, CaseExpr, MinMaxOp, Node, NullTestType, TypeCast,
    a_const::Val,
};

use super::Scope;
use super::choose::{Choice, Type, common_type};
use super::fault::{Fault, Wanted};
use super::names::{Entry, Level};
use crate::catalog::Tree;
use crate::catalog::tree::{BoolOp, Subscript, Term};
use crate::sql::parse;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// A term with what is known of its type.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) term: Term,
    pub(super) of: Type,
}

impl Typed {
    pub(super) fn new(term: Term, of: Type) -> Self {
        Self { term, of }
    }

    pub(super) fn boolean(term: Term) -> Self {
        Self::new(term, Type::builtin("bool"))
    }
}

pub(super) struct Resolver<'a> {
    pub(super) scope: &'a Scope<'a>,
    /// The queries around the current place, the outermost first.
    pub(super) levels: Vec<Level>,
    unresolved: Vec<String>,
    /// Why a server would refuse the expression.
    pub(super) fault: Option<Fault>,
}

pub(super) fn tree(node: &Node, scope: &Scope<'_>) -> Tree {
    checked_tree(node, scope, Wanted::Value).0
}

pub(super) fn checked_tree(node: &Node, scope: &Scope<'_>, wanted: Wanted<'_>) -> (Tree, Option<Fault>) {
    let relation = scope.relation.map(|id| id.qualified_name());
    let mut resolver = Resolver { scope, levels: vec![Level::default()], unresolved: Vec::new(), fault: None };
    if let Some(name) = &relation {
        let entry = Entry {
            name: name.name.clone(),
            table: Some(name.clone()),
            columns: resolver.columns_of(name),
            scalar: false,
        };
        resolver.levels[0].entries.push(entry);
    }
    let value = resolver.expr(node);
    resolver.check_root(&value, wanted);
    let (root, shown) = match scope.target {
        None if value.of == Type::Literal && matches!(wanted, Wanted::Condition(_)) => {
            (resolver.cast(value, &TypeName::builtin("bool")), None)
        }
        None => (resolver.settled(value).term, None),
        Some(target) => resolver.assign(value, target),
    };
    let tree = Tree { root: Box::new(root), shown: shown.map(Box::new), relation, unresolved: resolver.unresolved };
    (tree, resolver.fault)
}

impl Resolver<'_> {
    pub(super) fn note(&mut self, what: String) {
        if !self.unresolved.contains(&what) {
            self.unresolved.push(what);
        }
    }

    pub(super) fn raw(&mut self, node: &Node) -> Typed {
        let text = parse::deparse_expr(node).unwrap_or_default();
        self.raw_text(text)
    }

    pub(super) fn raw_text(&mut self, text: String) -> Typed {
        self.note(text.clone());
        Typed::new(Term::Raw(text), Type::Opaque)
    }

    pub(super) fn optional(&mut self, node: Option<&Node>) -> Option<Typed> {
        node.map(|node| self.expr(node))
    }

    /// An operand that the grammar always gives.
    pub(super) fn operand(&mut self, node: Option<&Node>) -> Typed {
        self.optional(node).unwrap_or_else(|| self.raw_text(String::new()))
    }

    /// `transformExprRecurse()`
    pub(super) fn expr(&mut self, node: &Node) -> Typed {
        let Some(kind) = &node.node else { return self.raw(node) };
        match kind {
            NodeEnum::AConst(constant) => self.constant(constant),
            NodeEnum::ColumnRef(column) => {
                let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                if parts.len() == column.fields.len() { self.column(&parts) } else { self.whole_row(&parts, node) }
            }
            NodeEnum::TypeCast(cast) => self.type_cast(cast),
            NodeEnum::AExpr(expr) => self.a_expr(expr, node),
            NodeEnum::BoolExpr(expr) => self.bool_expr(expr),
            NodeEnum::NullTest(test) => {
                let arg = self.operand(test.arg.as_deref());
                let arg = Box::new(self.settled(arg).term);
                Typed::boolean(Term::NullTest { arg, negated: test.nulltesttype() == NullTestType::IsNotNull })
            }
            NodeEnum::BooleanTest(test) => {
                let (value, negated) = match test.booltesttype() {
                    BoolTestType::IsTrue | BoolTestType::Undefined => ("TRUE", false),
                    BoolTestType::IsNotTrue => ("TRUE", true),
                    BoolTestType::IsFalse => ("FALSE", false),
                    BoolTestType::IsNotFalse => ("FALSE", true),
                    BoolTestType::IsUnknown => ("UNKNOWN", false),
                    BoolTestType::IsNotUnknown => ("UNKNOWN", true),
                };
                let arg = Box::new(self.condition(test.arg.as_deref()));
                Typed::boolean(Term::BooleanTest { arg, value, negated })
            }
            NodeEnum::FuncCall(call) => self.func_call(call, node),
            NodeEnum::SqlvalueFunction(function) => self.sql_value(function),
            NodeEnum::CaseExpr(case) => self.case(case),
            NodeEnum::CoalesceExpr(list) => self.listed("COALESCE", &list.args),
            NodeEnum::MinMaxExpr(list) => {
                let keyword = if list.op() == MinMaxOp::IsLeast { "LEAST" } else { "GREATEST" };
                self.listed(keyword, &list.args)
            }
            NodeEnum::AArrayExpr(array) => self.array(array, None),
            NodeEnum::RowExpr(row) => {
                let args = row.args.iter().map(|arg| self.expr(arg).term).collect();
                Typed::new(Term::Listed { keyword: "ROW", args }, Type::builtin("record"))
            }
            NodeEnum::AIndirection(access) => {
                let base = self.operand(access.arg.as_deref());
                self.indirection(base, &access.indirection, node)
            }
            NodeEnum::CollateClause(clause) => {
                let arg = self.operand(clause.arg.as_deref());
                let arg = self.settled(arg);
                let parts: Vec<String> = clause.collname.iter().filter_map(string_of).collect();
                let collation = QualifiedName::from_parts(&parts);
                Typed::new(Term::Collate { arg: Box::new(arg.term), collation }, arg.of)
            }
            NodeEnum::NamedArgExpr(named) => {
                let arg = self.operand(named.arg.as_deref());
                Typed::new(Term::Named { name: Ident::from(&named.name), arg: Box::new(arg.term) }, arg.of)
            }
            NodeEnum::SubLink(link) => self.sublink(link, node),
            _ => self.raw(node),
        }
    }

    /// `t.*` as a value.
    fn whole_row(&mut self, parts: &[String], node: &Node) -> Typed {
        match parts.last().and_then(|name| self.entry(&Ident::from(name))) {
            Some((place, table)) => self.row(place, table),
            None => self.raw(node),
        }
    }

    /// `make_const()`
    fn constant(&mut self, constant: &AConst) -> Typed {
        let typed = |value: Option<String>, name: &str| {
            let of = if name == "unknown" { Type::Literal } else { Type::builtin(name) };
            Typed::new(Term::Const { value, data_type: TypeName::builtin(name) }, of)
        };
        match &constant.val {
            None => typed(None, "unknown"),
            Some(Val::Ival(number)) => typed(Some(number.ival.to_string()), "int4"),
            Some(Val::Fval(number)) => {
                let name = if number.fval.parse::<i64>().is_ok() { "int8" } else { "numeric" };
                let to = TypeName::builtin(name);
                Typed::new(self.literal(Some(&number.fval), &to), Type::Known(to))
            }
            Some(Val::Boolval(value)) => typed(Some(value.boolval.to_string()), "bool"),
            Some(Val::Sval(text)) => typed(Some(text.sval.clone()), "unknown"),
            Some(Val::Bsval(bits)) => {
                let digits = bits.bsval.get(1..).unwrap_or_default();
                let binary: String = if bits.bsval.starts_with('x') {
                    digits.chars().filter_map(|c| c.to_digit(16)).map(|digit| format!("{digit:04b}")).collect()
                } else {
                    digits.to_owned()
                };
                typed(Some(binary), "bit")
            }
        }
    }

    /// `transformTypeCast()`: an array constructor hears the type before its elements are resolved.
    fn type_cast(&mut self, cast: &TypeCast) -> Typed {
        let Some(to) = cast.type_name.as_ref().map(|name| self.type_name(name)) else {
            return self.operand(cast.arg.as_deref());
        };
        let arg = match cast.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
            Some(NodeEnum::AArrayExpr(array)) if to.array => self.array(array, Some(&to.element())),
            _ => self.operand(cast.arg.as_deref()),
        };
        let of = self.type_of(&to);
        Typed::new(self.cast(arg, &to), of)
    }

    /// An explicit cast (`coerce_to_target_type()`); one that changes nothing leaves nothing behind.
    pub(super) fn cast(&mut self, value: Typed, to: &TypeName) -> Term {
        if let (Type::Literal, Term::Const { value, .. }) = (&value.of, &value.term) {
            return self.literal(value.clone().as_deref(), to);
        }
        if value.of.known() == Some(to) {
            return value.term;
        }
        match value.term {
            // A row is of its table's type.
            Term::WholeRow { place, table: Some(table) } if table == to.name && !to.array => {
                Term::WholeRow { place, table: Some(table) }
            }
            Term::Array { elements, of } if to.array => {
                let element = to.element();
                let elements = elements
                    .into_iter()
                    .map(|term| {
                        let nested = matches!(term, Term::Array { .. });
                        let (of, to) = if nested { (of.array_of(), to.clone()) } else { (of.clone(), element.clone()) };
                        self.cast(Typed::new(term, Type::Known(of)), &to)
                    })
                    .collect();
                Term::Array { elements, of: element }
            }
            // The length is applied to what has just become that type.
            Term::Cast { arg, to: base } if base == to.base() && base != *to => Term::Cast { arg, to: to.clone() },
            term => Term::Cast { arg: Box::new(term), to: to.clone() },
        }
    }

    /// An implicit coercion to what an operator or function takes; never to a length.
    pub(super) fn coerce(&mut self, value: Typed, to: &TypeName) -> Term {
        match &value.of {
            Type::Literal => self.cast(value, to),
            Type::Known(from) if from.base() == to.base() => value.term,
            Type::Known(_) => self.cast(value, &to.base()),
            Type::Opaque => value.term,
        }
    }

    /// The coercion to the column that takes the value, and what is left to see of it.
    fn assign(&mut self, value: Typed, target: &TypeName) -> (Term, Option<Term>) {
        if value.of == Type::Literal {
            let shown = self.cast(value.clone(), &target.base());
            let root = self.cast(value, target);
            return if root == shown { (root, None) } else { (root, Some(shown)) };
        }
        if value.of.base().known() == Some(target) || value.of == Type::Opaque {
            return (value.term, None);
        }
        let shown = value.term.clone();
        let root = self.cast(value, target);
        if root == shown { (root, None) } else { (root, Some(shown)) }
    }

    /// A literal that nothing gives a type is text.
    pub(super) fn settled(&mut self, value: Typed) -> Typed {
        if value.of != Type::Literal {
            return value;
        }
        let text = TypeName::builtin("text");
        Typed::new(self.cast(value, &text), Type::Known(text))
    }

    /// `coerce_to_boolean()`
    pub(super) fn condition(&mut self, node: Option<&Node>) -> Term {
        let value = self.operand(node);
        self.check_condition(&value, "a condition");
        self.coerce(value, &TypeName::builtin("bool"))
    }

    fn bool_expr(&mut self, expr: &BoolExpr) -> Typed {
        let op = match expr.boolop() {
            BoolExprType::NotExpr => {
                return Typed::boolean(Term::Not(Box::new(self.condition(expr.args.first()))));
            }
            BoolExprType::OrExpr => BoolOp::Or,
            BoolExprType::AndExpr | BoolExprType::Undefined => BoolOp::And,
        };
        let args = expr.args.iter().map(|arg| self.condition(Some(arg))).collect();
        Typed::boolean(chain(op, args))
    }

    /// COALESCE, GREATEST and LEAST take the type that their arguments have in common.
    fn listed(&mut self, keyword: &'static str, nodes: &[Node]) -> Typed {
        let args: Vec<Typed> = nodes.iter().map(|node| self.expr(node)).collect();
        let (args, of) = self.in_common(args);
        Typed::new(Term::Listed { keyword, args }, of)
    }

    /// Coerces to the common type; beside what is not known a literal is taken for text.
    pub(super) fn in_common(&mut self, values: Vec<Typed>) -> (Vec<Term>, Type) {
        let types: Vec<Type> = values.iter().map(|value| value.of.clone()).collect();
        match common_type(&types) {
            Some(common) => {
                let same = types.windows(2).all(|pair| pair[0] == pair[1]);
                let terms = values.into_iter().map(|value| self.coerce(value, &common)).collect();
                let of = match types.into_iter().next() {
                    Some(Type::Known(of)) if same => Type::Known(of),
                    _ => Type::Known(common),
                };
                (terms, of)
            }
            None => {
                if types.contains(&Type::Literal) {
                    self.note("the type of a literal".into());
                }
                (values.into_iter().map(|value| self.settled(value).term).collect(), Type::Opaque)
            }
        }
    }

    /// `transformCaseExpr()`: `CASE x WHEN y` compares with `=`, of which only `y` is kept.
    fn case(&mut self, case: &CaseExpr) -> Typed {
        let arg = self.optional(case.arg.as_deref()).map(|arg| self.settled(arg));
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for node in &case.args {
            let Some(NodeEnum::CaseWhen(when)) = &node.node else { continue };
            conditions.push(match &arg {
                None => self.condition(when.expr.as_deref()),
                Some(arg) => {
                    let value = self.operand(when.expr.as_deref());
                    self.operator(&QualifiedName::bare("="), Some(arg.clone()), value).right
                }
            });
            results.push(self.operand(when.result.as_deref()));
        }
        let null = Typed::new(Term::Const { value: None, data_type: TypeName::builtin("unknown") }, Type::Literal);
        // The default decides first (`select_common_type()` gets it at the head of the list).
        results.insert(0, self.optional(case.defresult.as_deref()).unwrap_or(null));
        let (mut terms, of) = self.in_common(results);
        let default = Some(Box::new(terms.remove(0)));
        let whens = conditions.into_iter().zip(terms).collect();
        Typed::new(Term::Case { arg: arg.map(|arg| Box::new(arg.term)), whens, default }, of)
    }

    /// `transformArrayExpr()`
    fn array(&mut self, array: &AArrayExpr, element: Option<&TypeName>) -> Typed {
        let values: Vec<Typed> = array
            .elements
            .iter()
            .map(|node| match &node.node {
                Some(NodeEnum::AArrayExpr(inner)) => self.array(inner, element),
                _ => self.expr(node),
            })
            .collect();
        if let Some(element) = element {
            let of = element.clone();
            let elements = values
                .into_iter()
                .map(|value| {
                    let nested = value.of.known().is_some_and(|of| of.array);
                    let to = if nested { element.array_of() } else { element.clone() };
                    self.cast(value, &to)
                })
                .collect();
            return Typed::new(Term::Array { elements, of }, Type::Known(element.array_of()));
        }
        let (elements, of) = self.in_common(values);
        let of = of.known().map_or_else(|| TypeName::builtin("unknown"), |of| of.base().element());
        let whole = if of.is_builtin("unknown") { Type::Opaque } else { Type::Known(of.array_of()) };
        Typed::new(Term::Array { elements, of }, whole)
    }

    fn indirection(&mut self, base: Typed, steps: &[Node], node: &Node) -> Typed {
        let mut value = base;
        for step in steps {
            if let (Term::WholeRow { place, .. }, Some(NodeEnum::String(name))) = (&value.term, &step.node)
                && let Some(column) = self.field(*place, &Ident::from(&name.sval))
            {
                value = column;
                continue;
            }
            let arg = Box::new(value.term);
            value = match &step.node {
                Some(NodeEnum::String(name)) => {
                    Typed::new(Term::Field { arg, name: Ident::from(&name.sval) }, Type::Opaque)
                }
                Some(NodeEnum::AIndices(indices)) => {
                    let is_json = value.of.known().is_some_and(|of| of.is_builtin("jsonb"));
                    let index = TypeName::builtin(if is_json { "text" } else { "int4" });
                    let mut bound = |node: Option<&Node>| {
                        let value = self.optional(node)?;
                        // A jsonb subscript is a number where it is written as one.
                        let number = is_json && value.of == Type::builtin("int4");
                        Some(if number { value.term } else { self.coerce(value, &index) })
                    };
                    let (lower, upper) = (bound(indices.lidx.as_deref()), bound(indices.uidx.as_deref()));
                    let of = match &value.of {
                        Type::Known(of) if of.array && !indices.is_slice => Type::Known(of.element()),
                        other => other.clone(),
                    };
                    let subscript = match (indices.is_slice, upper) {
                        (false, Some(upper)) => Subscript::At(upper),
                        (_, upper) => Subscript::Slice(lower, upper),
                    };
                    match *arg {
                        Term::Subscripts { arg, mut subscripts } => {
                            subscripts.push(subscript);
                            Typed::new(Term::Subscripts { arg, subscripts }, of)
                        }
                        base => {
                            let arg = Box::new(base);
                            Typed::new(Term::Subscripts { arg, subscripts: vec![subscript] }, of)
                        }
                    }
                }
                _ => return self.raw(node),
            };
        }
        value
    }

    pub(super) fn coerce_all(&mut self, values: Vec<Typed>, choice: &Choice) -> Vec<Term> {
        values
            .into_iter()
            .zip(&choice.args)
            .map(|(value, to)| match to {
                Some(to) => self.coerce(value, to),
                None => value.term,
            })
            .collect()
    }
}

/// A chain is flat: `AND` and `OR` are associative, and the grammar flattens what stands on the left.
pub(super) fn chain(op: BoolOp, args: Vec<Term>) -> Term {
    let mut flat = Vec::new();
    for arg in args {
        match arg {
            Term::Bool { op: inner, args } if inner == op => flat.extend(args),
            other => flat.push(other),
        }
    }
    Term::Bool { op, args: flat }
}
