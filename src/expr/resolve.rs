//! Scalar expressions (`parse_expr.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AArrayExpr, AConst, BoolExpr, BoolExprType, BoolTestType, CaseExpr, MinMaxOp, Node, NullTestType, RowExpr,
    SelectStmt, TypeCast, a_const::Val,
};

use super::computed::Computed;
use super::fault::{Fault, Wanted};
use super::names::{Columns, Level, are_known};
use super::select::{NotUnderstood, Understood};
use super::types::Type;
use super::{Around, Clause, Outputs, Scope};
use crate::catalog::tree::{BoolOp, Query, Standing, Term, Unresolved};
use crate::catalog::{Class, Tree};
use crate::sql::parse;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// A term with what is known of its type.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) term: Term,
    pub(super) of: Type,
    /// Its fields, if it is a row that has no type of its own.
    pub(super) fields: Columns,
}

impl Typed {
    pub(super) fn new(term: Term, of: Type) -> Self {
        Self { term, of, fields: Vec::new() }
    }

    pub(super) fn boolean(term: Term) -> Self {
        Self::new(term, Type::builtin("bool"))
    }

    pub(super) fn null() -> Self {
        Self::new(Term::Const { value: None, data_type: TypeName::builtin("unknown") }, Type::Literal)
    }
}

pub(super) struct Resolver<'a> {
    pub(super) scope: &'a Scope<'a>,
    /// The queries around the current place, the outermost first.
    pub(super) levels: Vec<Level>,
    pub(super) unresolved: Vec<Unresolved>,
    /// Why a server would refuse the expression, in the order in which it looks.
    pub(super) faults: Vec<Fault>,
    pub(super) computed: Computed,
    /// What the current place is a part of.
    pub(super) clause: Clause<'a>,
    /// How many nodes have been resolved.
    nodes: usize,
}

/// BETWEEN resolves its left side twice, so one within the other a hundred times would never end.
const MAX_NODES: usize = 200_000;

pub(super) fn checked_tree(node: &Node, scope: &Scope<'_>) -> (Tree, Vec<Fault>, Computed) {
    let mut resolver = Resolver::new(scope);
    let value = resolver.expr(node);
    if resolver.is_exhausted() {
        return (resolver.kept_as_written(node), Vec::new(), Computed::default());
    }
    resolver.check_root(&value);
    let (root, shown) = match scope.wanted.plain() {
        Wanted::Stored { of, .. } => resolver.assign(value, of),
        Wanted::Condition(_) => (resolver.coerce(value, &TypeName::builtin("bool")).term, None),
        Wanted::Value | Wanted::In(_) => (resolver.settled(value).term, None),
    };
    let faults = std::mem::take(&mut resolver.faults);
    let computed = std::mem::take(&mut resolver.computed);
    (resolver.finish(root, shown), faults, computed)
}

pub(super) fn query_tree(stmt: &SelectStmt, scope: &Scope<'_>) -> (Tree, Outputs, Vec<Fault>) {
    let mut resolver = Resolver::new(scope);
    let made = resolver.query(stmt);
    let faults = resolver.take_faults();
    let (tree, columns) =
        resolver.finish_query(made, || Node { node: Some(NodeEnum::SelectStmt(Box::new(stmt.clone()))) });
    (tree, columns, faults)
}

pub(super) fn statement_tree(node: &Node, scope: &Scope<'_>) -> (Tree, Outputs, Vec<Fault>, Computed) {
    let mut resolver = Resolver::new(scope);
    let Some(NodeEnum::ReturnStmt(stmt)) = &node.node else {
        let made = resolver.statement(node);
        let faults = resolver.take_faults();
        let computed = std::mem::take(&mut resolver.computed);
        let (tree, columns) = resolver.finish_query(made, || node.clone());
        return (tree, columns, faults, computed);
    };
    let value = resolver.operand(stmt.returnval.as_deref());
    let value = resolver.settled(value);
    let column = (Ident::new("?column?"), value.of.known().cloned());
    let root = Term::Syntax { words: vec!["RETURN ".to_owned(), String::new()], args: vec![value.term] };
    let faults = resolver.take_faults();
    let computed = std::mem::take(&mut resolver.computed);
    (resolver.finish(root, None), vec![column], faults, computed)
}

impl<'a> Resolver<'a> {
    pub(super) fn new(scope: &'a Scope<'a>) -> Self {
        let mut resolver = Resolver {
            scope,
            levels: vec![Level::default()],
            unresolved: Vec::new(),
            faults: Vec::new(),
            computed: Computed::default(),
            clause: scope.wanted.clause(),
            nodes: 0,
        };
        match scope.around {
            Around::Nothing | Around::Domain(_) | Around::Arguments { .. } => {}
            Around::Relation(relation) => resolver.see_relation(&relation.qualified_name(), None),
            Around::OldAndNew { of, unseen } => {
                for name in ["old", "new"] {
                    if unseen == Some(name) {
                        resolver.next_item();
                    } else {
                        resolver.see_relation(&of.qualified_name(), Some(Ident::from(name)));
                    }
                }
            }
        }
        resolver
    }

    fn finish(self, root: Term, shown: Option<Term>) -> Tree {
        let standing = match self.scope.around {
            Around::Nothing | Around::Domain(_) | Around::Arguments { .. } => Standing::Alone,
            Around::Relation(relation) => Standing::On(relation.qualified_name()),
            Around::OldAndNew { of, .. } => Standing::OldAndNew(of.qualified_name()),
        };
        Tree { root: Box::new(root), shown: shown.map(Box::new), standing, unresolved: self.unresolved }
    }

    /// A whole statement, with the names and types of what it gives.
    fn finish_query(
        mut self,
        made: Understood<(Query, Columns)>,
        node: impl FnOnce() -> Node,
    ) -> (Tree, Vec<(Ident, Option<TypeName>)>) {
        let (root, columns) = match made {
            Ok((mut query, columns)) if !self.is_exhausted() => {
                let columns = if are_known(&columns) { columns } else { Columns::new() };
                let names: Vec<Ident> = columns.iter().map(|(name, _)| name.clone()).collect();
                query.name_columns(&names);
                (Term::Query { query: Box::new(query), columns: names }, columns)
            }
            Ok(_) | Err(NotUnderstood) => (self.raw_text(written_statement(node())).term, Vec::new()),
        };
        let columns = columns.into_iter().map(|(name, of)| (name, of.known().cloned())).collect();
        (self.finish(root, None), columns)
    }

    /// Says of the faults that are found on the way where they are, unless they know better.
    pub(super) fn placed<T>(&mut self, place: i32, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.faults.len();
        let made = work(self);
        for fault in &mut self.faults[before..] {
            fault.location = fault.location.or(Some(place).filter(|place| *place >= 0));
        }
        made
    }

    /// What was cut short was not looked at.
    fn take_faults(&mut self) -> Vec<Fault> {
        let faults = std::mem::take(&mut self.faults);
        if self.is_exhausted() { Vec::new() } else { faults }
    }

    /// Keeps in mind a name that could not be looked up.
    pub(super) fn note(&mut self, class: Class, name: impl ToString) {
        let name = name.to_string();
        self.check_missing(class, &name);
        self.note_what(Unresolved::Name(Some(class), name));
    }

    /// The same, of something that is no object.
    pub(super) fn note_other(&mut self, words: String) {
        self.note_what(Unresolved::Name(None, words));
    }

    pub(super) fn note_what(&mut self, what: Unresolved) {
        if !self.unresolved.contains(&what) {
            self.unresolved.push(what);
        }
    }

    pub(super) fn raw(&mut self, node: &Node) -> Typed {
        self.raw_text(written(node))
    }

    pub(super) fn raw_text(&mut self, text: String) -> Typed {
        self.note_what(Unresolved::Syntax(text.clone()));
        Typed::new(Term::Raw(text), Type::Opaque)
    }

    fn is_exhausted(&self) -> bool {
        self.nodes > MAX_NODES
    }

    /// All of it as it is written, since not all of it was resolved.
    fn kept_as_written(mut self, node: &Node) -> Tree {
        self.unresolved.clear();
        let root = self.raw(node).term;
        self.finish(root, None)
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
        self.nodes += 1;
        if self.is_exhausted() {
            return Typed::null();
        }
        match kind {
            NodeEnum::AConst(constant) => self.constant(constant),
            NodeEnum::ColumnRef(column) => self.placed(column.location, |this| {
                this.check_column_is_allowed(column.location);
                let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                if parts.len() == column.fields.len() {
                    this.column(&parts)
                } else {
                    this.check_missing_row(&parts);
                    this.row_called(&parts).unwrap_or_else(|| this.raw(node))
                }
            }),
            NodeEnum::ParamRef(param) => self.parameter(param.number),
            NodeEnum::TypeCast(cast) => self.type_cast(cast),
            NodeEnum::AExpr(expr) => self.a_expr(expr, node),
            NodeEnum::BoolExpr(expr) => self.bool_expr(expr),
            NodeEnum::NullTest(test) => {
                // The argument can be of any type, and a literal of none.
                let arg = Box::new(self.operand(test.arg.as_deref()).term);
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
            NodeEnum::FuncCall(call) => self.placed(call.location, |this| this.func_call(call, node)),
            NodeEnum::SqlvalueFunction(function) => self.sql_value(function),
            NodeEnum::CaseExpr(case) => self.case(case),
            NodeEnum::CoalesceExpr(list) => self.listed("COALESCE", &list.args),
            NodeEnum::MinMaxExpr(list) => {
                let keyword = if list.op() == MinMaxOp::IsLeast { "LEAST" } else { "GREATEST" };
                self.listed(keyword, &list.args)
            }
            NodeEnum::AArrayExpr(array) => self.array(array, None),
            NodeEnum::RowExpr(row) => self.row(row),
            NodeEnum::AIndirection(access) => {
                let base = self.operand(access.arg.as_deref());
                self.indirection(base, &access.indirection, node)
            }
            NodeEnum::CollateClause(clause) => {
                let arg = self.operand(clause.arg.as_deref());
                let collation = self.collation_name(&clause.collname);
                Typed::new(Term::Collate { arg: Box::new(arg.term), collation }, arg.of)
            }
            NodeEnum::NamedArgExpr(named) => {
                let arg = self.operand(named.arg.as_deref());
                Typed::new(Term::Named { name: Ident::from(&named.name), arg: Box::new(arg.term) }, arg.of)
            }
            NodeEnum::SubLink(link) => self.sublink(link, node),
            _ => self.special(kind, node),
        }
    }

    /// `make_const()`
    fn constant(&mut self, constant: &AConst) -> Typed {
        let typed = |value: Option<String>, name: &str| {
            let of = if name == "unknown" { Type::Literal } else { Type::builtin(name) };
            Typed::new(Term::Const { value, data_type: TypeName::builtin(name) }, of)
        };
        match &constant.val {
            None => Typed::null(),
            Some(Val::Ival(number)) => typed(Some(number.ival.to_string()), "int4"),
            Some(Val::Fval(number)) => {
                // The lowest integer is read as a float that is negated.
                let whole =
                    super::values::canonical(&number.fval, &TypeName::builtin("int8"), self.scope.catalog.version);
                let name = match whole.as_deref().map(str::parse::<i32>) {
                    Some(Ok(_)) => "int4",
                    Some(Err(_)) => "int8",
                    None => "numeric",
                };
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
        let below = self.scope.base_type(&to);
        let arg = match cast.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
            Some(NodeEnum::AArrayExpr(array)) if below.array => self.array(array, Some(&below.element())),
            _ => self.operand(cast.arg.as_deref()),
        };
        self.cast(arg, &to)
    }

    /// `coerce_to_boolean()`
    pub(super) fn condition(&mut self, node: Option<&Node>) -> Term {
        let value = self.operand(node);
        self.check_condition(&value, "a condition");
        self.coerce(value, &TypeName::builtin("bool")).term
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
        let (args, of) = self.in_common(args, keyword);
        Typed::new(Term::Listed { keyword, args }, of)
    }

    /// `transformRowExpr()`
    fn row(&mut self, row: &RowExpr) -> Typed {
        let name = |position: usize| Ident::new(format!("f{}", position + 1));
        let values = self.expressions(&row.args).into_iter().enumerate();
        let (args, fields) = values.map(|(position, value)| (value.term, (name(position), value.of))).unzip();
        Typed { term: Term::Listed { keyword: "ROW", args }, of: Type::builtin("record"), fields }
    }

    /// `transformExpressionList()`: `t.*` is all the columns.
    pub(super) fn expressions(&mut self, nodes: &[Node]) -> Vec<Typed> {
        let mut values = Vec::new();
        for node in nodes {
            match self.expanded(node) {
                Ok(Some(columns)) => values.extend(columns.into_iter().map(|(_, value)| value)),
                Ok(None) | Err(NotUnderstood) => values.push(self.expr(node)),
            }
        }
        values
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
                    let test = Typed::new(Term::Raw(String::new()), arg.of.clone());
                    self.operator(&QualifiedName::bare("="), Some(test), value).right
                }
            });
            results.push(self.operand(when.result.as_deref()));
        }
        // The default decides first (`select_common_type()` gets it at the head of the list).
        results.insert(0, self.optional(case.defresult.as_deref()).unwrap_or_else(Typed::null));
        let (mut terms, of) = self.in_common(results, "CASE");
        let default = Some(Box::new(terms.remove(0)));
        let whens = conditions.into_iter().zip(terms).collect();
        Typed::new(Term::Case { arg: arg.map(|arg| Box::new(arg.term)), whens, default }, of)
    }

    /// `transformArrayExpr()`
    pub(super) fn array(&mut self, array: &AArrayExpr, element: Option<&TypeName>) -> Typed {
        let values: Vec<Typed> = array
            .elements
            .iter()
            .map(|node| match &node.node {
                Some(NodeEnum::AArrayExpr(inner)) => self.array(inner, element),
                _ => self.expr(node),
            })
            .collect();
        let is_array = |of: &Type| of.known().is_some_and(|of| self.scope.element_of(of).is_some());
        if let Some(element) = element {
            let whole = element.array_of();
            let to = if values.iter().any(|value| is_array(&value.of)) { &whole } else { element };
            let elements = values.into_iter().map(|value| self.cast(value, to).term).collect();
            return Typed::new(Term::Array { elements, of: element.base() }, Type::Known(whole));
        }
        let (elements, of) = self.in_common(values, "ARRAY");
        match of {
            Type::Known(of) => {
                let element = if of.array { of.element() } else { of };
                let whole = Type::Known(element.array_of());
                Typed::new(Term::Array { elements, of: element.base() }, whole)
            }
            Type::Literal | Type::Opaque => {
                Typed::new(Term::Array { elements, of: TypeName::builtin("unknown") }, Type::Opaque)
            }
        }
    }
}

/// The text of an expression; what the parser's printer does not know is told apart all the same.
fn written(node: &Node) -> String {
    parse::deparse_expr(node).unwrap_or_else(|_| format!("{node:?}"))
}

fn written_statement(node: Node) -> String {
    parse::deparse(node.clone()).unwrap_or_else(|_| format!("{node:?}"))
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
