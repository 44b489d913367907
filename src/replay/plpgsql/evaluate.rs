//! Expressions over what is known: variables, the catalog, and the functions that code about schemas is made of.
//! Everything else is unknown, and so is what hangs on it.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AExpr, AExprKind, BoolExprType, BoolTestType, CaseExpr, FuncCall, MinMaxOp, Node, NullTestType, SubLink,
    SubLinkType, TypeCast, a_const::Val,
};

use super::operator::{all, any_or_all, binary, equal, like, not};
use super::query::{AGGREGATES, Scope};
use super::value::{Value, Variables};
use crate::catalog::{Class, ObjectId};
use crate::replay::refusal::{Outcome, Stop, UNDEFINED_OBJECT, UNDEFINED_TABLE};
use crate::replay::{Replay, Statement};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName, parse};

/// Asks what expressions are worth. Functions that are called on the way do what they do.
pub(super) struct Evaluator<'a> {
    pub(super) replay: &'a mut Replay,
    /// The statement that stands for all that is done.
    pub(super) place: Statement<'a>,
}

impl Evaluator<'_> {
    /// What an expression is worth, with these variables.
    pub(super) fn expression(&mut self, text: &str, variables: &Variables) -> Outcome<Value> {
        match parse::parse_expr(text) {
            Ok(node) => self.value(&Scope::of(variables), &node),
            // More than one, or clauses of a query: it is what stands behind SELECT.
            Err(_) => match parse::parse_one(&format!("SELECT {text}")) {
                Ok(NodeEnum::SelectStmt(query)) => {
                    let rows = self.rows(&Scope::of(variables), &query)?;
                    let first = rows.map(|rows| rows.into_iter().next().and_then(|row| row.into_iter().next()));
                    Ok(first.map_or(Value::Unknown, |first| first.map_or(Value::Null, |(_, value)| value)))
                }
                _ => Ok(Value::Unknown),
            },
        }
    }

    fn optional(&mut self, scope: &Scope<'_>, node: Option<&Node>) -> Outcome<Value> {
        node.map_or(Ok(Value::Null), |node| self.value(scope, node))
    }

    pub(super) fn values(&mut self, scope: &Scope<'_>, nodes: &[Node]) -> Outcome<Vec<Value>> {
        nodes.iter().map(|node| self.value(scope, node)).collect()
    }

    pub(super) fn value(&mut self, scope: &Scope<'_>, node: &Node) -> Outcome<Value> {
        Ok(match &node.node {
            Some(NodeEnum::AConst(constant)) => match &constant.val {
                None => Value::Null,
                Some(Val::Ival(number)) => Value::Number(i64::from(number.ival)),
                Some(Val::Boolval(value)) => Value::Bool(value.boolval),
                Some(Val::Sval(text)) => Value::Text(text.sval.clone()),
                Some(Val::Fval(number)) => number.fval.parse().map_or(Value::Unknown, Value::Number),
                Some(Val::Bsval(_)) => Value::Unknown,
            },
            Some(NodeEnum::ColumnRef(column)) => {
                let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                if parts.len() == column.fields.len() { scope.named(&parts) } else { Value::Unknown }
            }
            Some(NodeEnum::ParamRef(parameter)) => scope.named(&[format!("${}", parameter.number)]),
            Some(NodeEnum::TypeCast(cast)) => self.cast(scope, cast)?,
            Some(NodeEnum::CollateClause(clause)) => self.optional(scope, clause.arg.as_deref())?,
            Some(NodeEnum::NamedArgExpr(arg)) => self.optional(scope, arg.arg.as_deref())?,
            Some(NodeEnum::BoolExpr(expr)) => {
                let wanted = match expr.boolop() {
                    BoolExprType::NotExpr => return Ok(not(&self.optional(scope, expr.args.first())?)),
                    BoolExprType::OrExpr => true,
                    BoolExprType::AndExpr | BoolExprType::Undefined => false,
                };
                let mut values = Vec::new();
                for arg in &expr.args {
                    values.push(self.value(scope, arg)?);
                    if values.last() == Some(&Value::Bool(wanted)) {
                        break;
                    }
                }
                all(&values, wanted)
            }
            Some(NodeEnum::NullTest(test)) => match self.optional(scope, test.arg.as_deref())? {
                Value::Unknown => Value::Unknown,
                value => Value::Bool((value == Value::Null) == (test.nulltesttype() == NullTestType::IsNull)),
            },
            Some(NodeEnum::BooleanTest(test)) => {
                let (wanted, is_not) = match test.booltesttype() {
                    BoolTestType::IsTrue => (Value::Bool(true), false),
                    BoolTestType::IsNotTrue => (Value::Bool(true), true),
                    BoolTestType::IsFalse => (Value::Bool(false), false),
                    BoolTestType::IsNotFalse => (Value::Bool(false), true),
                    BoolTestType::IsUnknown => (Value::Null, false),
                    BoolTestType::IsNotUnknown => (Value::Null, true),
                    BoolTestType::Undefined => return Ok(Value::Unknown),
                };
                match self.optional(scope, test.arg.as_deref())? {
                    value @ (Value::Bool(_) | Value::Null) => Value::Bool((value == wanted) != is_not),
                    _ => Value::Unknown,
                }
            }
            Some(NodeEnum::CoalesceExpr(list)) => {
                for arg in &list.args {
                    let value = self.value(scope, arg)?;
                    if value != Value::Null {
                        return Ok(value);
                    }
                }
                Value::Null
            }
            Some(NodeEnum::MinMaxExpr(list)) => {
                let mut values = self.values(scope, &list.args)?;
                values.retain(|value| *value != Value::Null);
                super::aggregate::extreme(&values, list.op() == MinMaxOp::IsGreatest)
            }
            Some(NodeEnum::CaseExpr(case)) => self.case(scope, case)?,
            Some(NodeEnum::AArrayExpr(array)) => Value::Array(self.values(scope, &array.elements)?),
            Some(NodeEnum::RowExpr(row)) => {
                let values = self.values(scope, &row.args)?;
                Value::Row(values.into_iter().enumerate().map(|(at, value)| (format!("f{}", at + 1), value)).collect())
            }
            Some(NodeEnum::AIndirection(part)) => {
                let whole = self.optional(scope, part.arg.as_deref())?;
                self.part(scope, whole, &part.indirection)?
            }
            Some(NodeEnum::AExpr(expr)) => self.operator(scope, expr)?,
            Some(NodeEnum::FuncCall(call)) => self.function(scope, call)?,
            Some(NodeEnum::SubLink(link)) => self.sublink(scope, link)?,
            Some(NodeEnum::SqlvalueFunction(_)) => Value::Unknown,
            _ => Value::Unknown,
        })
    }

    fn case(&mut self, scope: &Scope<'_>, case: &CaseExpr) -> Outcome<Value> {
        let subject = match &case.arg {
            Some(subject) => Some(self.value(scope, subject)?),
            None => None,
        };
        for node in &case.args {
            let Some(NodeEnum::CaseWhen(when)) = &node.node else { return Ok(Value::Unknown) };
            let mut holds = self.optional(scope, when.expr.as_deref())?;
            if let Some(subject) = &subject {
                holds = equal(subject, &holds);
            }
            match holds.truth() {
                Some(true) => return self.optional(scope, when.result.as_deref()),
                Some(false) => {}
                None => return Ok(Value::Unknown),
            }
        }
        self.optional(scope, case.defresult.as_deref())
    }

    /// `(value).field` and `array[1]`
    fn part(&mut self, scope: &Scope<'_>, mut whole: Value, steps: &[Node]) -> Outcome<Value> {
        for step in steps {
            whole = match (&step.node, whole) {
                (Some(NodeEnum::String(name)), Value::Row(row)) => {
                    super::value::field(&row, &name.sval).unwrap_or(Value::Unknown)
                }
                (Some(NodeEnum::AIndices(index)), Value::Array(values)) if !index.is_slice => {
                    match self.optional(scope, index.uidx.as_deref())? {
                        Value::Number(at) => {
                            let at = usize::try_from(at).ok().and_then(|at| at.checked_sub(1));
                            at.and_then(|at| values.get(at).cloned()).unwrap_or(Value::Null)
                        }
                        _ => Value::Unknown,
                    }
                }
                (Some(NodeEnum::AIndices(index)), Value::Vector(values)) if !index.is_slice => {
                    match self.optional(scope, index.uidx.as_deref())? {
                        Value::Number(at) => {
                            usize::try_from(at).ok().and_then(|at| values.get(at).cloned()).unwrap_or(Value::Null)
                        }
                        _ => Value::Unknown,
                    }
                }
                (_, Value::Null) => Value::Null,
                _ => Value::Unknown,
            };
        }
        Ok(whole)
    }

    fn sublink(&mut self, scope: &Scope<'_>, link: &SubLink) -> Outcome<Value> {
        let Some(NodeEnum::SelectStmt(query)) = link.subselect.as_deref().and_then(|node| node.node.as_ref()) else {
            return Ok(Value::Unknown);
        };
        let Some(rows) = self.rows(scope, query)? else { return Ok(Value::Unknown) };
        let mut first = rows.into_iter().map(|row| row.into_iter().next().map_or(Value::Null, |(_, value)| value));
        Ok(match link.sub_link_type() {
            SubLinkType::ExistsSublink => Value::Bool(first.next().is_some()),
            SubLinkType::ExprSublink => first.next().unwrap_or(Value::Null),
            SubLinkType::ArraySublink => Value::Array(first.collect()),
            SubLinkType::AnySublink | SubLinkType::AllSublink => {
                let is_any = link.sub_link_type() == SubLinkType::AnySublink;
                let name = link.oper_name.last().and_then(string_of).unwrap_or_else(|| "=".into());
                let left = self.optional(scope, link.testexpr.as_deref())?;
                any_or_all(&name, &left, &Value::Array(first.collect()), is_any)
            }
            _ => Value::Unknown,
        })
    }

    fn operator(&mut self, scope: &Scope<'_>, expr: &AExpr) -> Outcome<Value> {
        let name = &expr.name.last().and_then(string_of).unwrap_or_default();
        let left = self.optional(scope, expr.lexpr.as_deref())?;
        let right = match expr.rexpr.as_deref() {
            Some(Node { node: Some(NodeEnum::List(list)) }) => Value::Array(self.values(scope, &list.items)?),
            other => self.optional(scope, other)?,
        };
        Ok(match (expr.kind(), &right) {
            (AExprKind::AexprOp, Value::Number(number)) if expr.lexpr.is_none() && name == "-" => {
                Value::Number(number.saturating_neg())
            }
            (AExprKind::AexprOp, _) => binary(name, &left, &right),
            (AExprKind::AexprIn, _) => {
                let found = any_or_all("=", &left, &right, true);
                if name == "<>" { not(&found) } else { found }
            }
            (AExprKind::AexprOpAny, _) => any_or_all(name, &left, &right, true),
            (AExprKind::AexprOpAll, _) => any_or_all(name, &left, &right, false),
            (kind @ (AExprKind::AexprLike | AExprKind::AexprIlike), _) => match (&left, &right) {
                (Value::Null, _) | (_, Value::Null) => Value::Null,
                (left, right) => match (left.words(), right.words()) {
                    (Some(text), Some(pattern)) => {
                        let fold =
                            |text: String| if kind == AExprKind::AexprIlike { text.to_lowercase() } else { text };
                        Value::Bool(like(&fold(text), &fold(pattern)) != name.starts_with('!'))
                    }
                    _ => Value::Unknown,
                },
            },
            (AExprKind::AexprDistinct | AExprKind::AexprNotDistinct, _) => {
                let is_distinct = match (&left, &right) {
                    (Value::Null, Value::Null) => Value::Bool(false),
                    (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
                    (Value::Null, _) | (_, Value::Null) => Value::Bool(true),
                    (left, right) => not(&equal(left, right)),
                };
                if expr.kind() == AExprKind::AexprDistinct { is_distinct } else { not(&is_distinct) }
            }
            (AExprKind::AexprNullif, _) => match equal(&left, &right).truth() {
                Some(true) => Value::Null,
                Some(false) => left,
                None => Value::Unknown,
            },
            (kind @ (AExprKind::AexprBetween | AExprKind::AexprNotBetween), Value::Array(bounds)) => {
                let [from, to] = bounds.as_slice() else { return Ok(Value::Unknown) };
                let within = all(&[binary(">=", &left, from), binary("<=", &left, to)], false);
                if kind == AExprKind::AexprBetween { within } else { not(&within) }
            }
            _ => Value::Unknown,
        })
    }

    /// Names become what they stand for; everything else keeps its value.
    fn cast(&mut self, scope: &Scope<'_>, cast: &TypeCast) -> Outcome<Value> {
        let value = self.optional(scope, cast.arg.as_deref())?;
        let to = cast.type_name.as_ref().map(TypeName::from_node).unwrap_or_default();
        self.cast_to(value, &to)
    }

    /// A value as one of that type.
    pub(super) fn cast_to(&mut self, value: Value, to: &TypeName) -> Outcome<Value> {
        let is = |name: &str| to.is_builtin(name) && !to.array;
        let missing = |text: &str, sqlstate, what: &str| {
            Stop::refused(sqlstate, format!("{what} \"{}\" does not exist", text.replace('"', "")))
        };
        Ok(match value {
            Value::Text(text) if is("regclass") => match self.relation(&text) {
                Some(id) => Value::Object(id),
                None if self.may_exist(&text) => Value::Unknown,
                None => return Err(missing(&text, UNDEFINED_TABLE, "relation")),
            },
            Value::Text(text) if is("regtype") => match self.replay.type_named(&text) {
                Some(of) => Value::Type(of),
                None if self.may_exist(&text) => Value::Unknown,
                None => return Err(missing(&text, UNDEFINED_OBJECT, "type")),
            },
            Value::Text(text) if is("regnamespace") => {
                let id = ObjectId::top(Class::Schema, &QualifiedName::parse(&text).unwrap_or_default().name);
                if self.replay.catalog().exists(&id) { Value::Object(id) } else { Value::Unknown }
            }
            Value::Text(text) if is("regrole") => {
                Value::Object(ObjectId::top(Class::Role, &QualifiedName::parse(&text).unwrap_or_default().name))
            }
            Value::Text(text) if is("regproc") || is("regprocedure") => match self.replay.routine_named(&text) {
                Some(Value::Null) if !self.may_exist(&text) => {
                    return Err(missing(&text, crate::replay::refusal::UNDEFINED_FUNCTION, "function"));
                }
                found => found.filter(|found| *found != Value::Null).unwrap_or(Value::Unknown),
            },
            // Without the types that it takes.
            Value::Object(id) if is("regproc") && id.class() == Class::Routine => {
                let name = Value::Object(ObjectId::in_schema(Class::Relation, &id.path()[0], id.name()));
                name.words().map_or(Value::Unknown, Value::Text)
            }
            // A label has to be one of its type.
            Value::Text(label) if to.name.schema.is_some() && !to.array => Value::Text(label),
            Value::Text(text) if !to.array && to.is_unresolved() => match self.replay.find_type(&to.name) {
                Some(_) => Value::Text(text),
                None if self.may_exist(&to.name.to_string()) || self.replay.resolve_type(to.clone()).is_ok() => {
                    Value::Unknown
                }
                None => return Err(missing(&to.name.to_string(), UNDEFINED_OBJECT, "type")),
            },
            value => match value.cast(to) {
                Value::Text(text) if !is_texty(to) => {
                    if to.array {
                        Value::Unknown
                    } else {
                        opaque_text(text, to)
                    }
                }
                value => value,
            },
        })
    }

    /// Whether what was passed over may have made it.
    pub(super) fn may_exist(&self, text: &str) -> bool {
        self.replay.lenient || self.replay.doubts.cover(text)
    }

    /// The relation of a name, as `regclass` reads it.
    pub(super) fn relation(&self, text: &str) -> Option<ObjectId> {
        let QualifiedName { schema, name } = QualifiedName::parse(text)?;
        let schema = schema.as_ref().map(Ident::as_str).unwrap_or_default();
        self.replay.find_relation(schema, name.as_str())
    }

    fn function(&mut self, scope: &Scope<'_>, call: &FuncCall) -> Outcome<Value> {
        let parts: Vec<String> = call.funcname.iter().filter_map(string_of).collect();
        let name = parts.last().map_or("", String::as_str);
        if call.over.is_some() {
            return Ok(Value::Unknown);
        }
        if AGGREGATES.contains(&name)
            && let Some(group) = scope.group
        {
            return self.aggregate(scope, name, call, group);
        }
        if self.replay.is_builtin_function(&parts) {
            let args = self.values(scope, &call.args)?;
            return self.builtin(name, &args);
        }
        let returned = self.function_result(scope, call, &parts, false)?;
        Ok(returned.map_or(Value::Unknown, super::routine::Returned::into_value))
    }
}

fn is_texty(to: &TypeName) -> bool {
    ["text", "varchar", "name", "bpchar", "\"char\"", "char"].iter().any(|name| to.is_builtin(name))
}

/// A text that stands for a value of another type, printed as it was written, where that does not matter.
fn opaque_text(text: String, to: &TypeName) -> Value {
    let keeps = ["json", "uuid", "oid", "regconfig"].iter().any(|name| to.is_builtin(name));
    if keeps { Value::Text(text) } else { Value::Unknown }
}
