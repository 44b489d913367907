//! Exclusion constraints, which are indexes with an operator for each key (`DefineIndex()`, `ComputeIndexAttrs()`).

use pg_query::NodeEnum;
use pg_query::protobuf::{self, AExpr, AExprKind, ColumnRef, IndexElem, Node};

use super::Replay;
use super::amcmds::Ability;
use super::heap::Clause;
use super::indexcmds::{index_column_names, index_element, key_column, tablespace_of};
use super::parse_utilcmd::Pending;
use super::refusal::{Outcome, Stop, WRONG_OBJECT_TYPE};
use super::reloptions::{Taker, parameters};
use crate::catalog::kind::{Exclusion, OperatorName};
use crate::catalog::{Attr, Class, ObjectId};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::type_name::idents_of;
use crate::sql::{Ident, names};

impl Replay {
    pub(super) fn add_exclusion(&mut self, table: &ObjectId, pending: &Pending<'_>, name: &str, only: bool) -> Outcome {
        let constraint = pending.constraint;
        self.may_exclude(table)?;
        let method = Ident::new(&constraint.access_method);
        let version = self.catalog().version;
        if !constraint.including.is_empty() {
            Ability::Include.must_be_of(method.as_str(), version)?;
        }
        if constraint.exclusions.len() > 1 {
            Ability::Columns.must_be_of(method.as_str(), version)?;
        }
        Ability::Exclude.must_be_of(method.as_str(), version)?;
        let (elements, operators): (Vec<Node>, Vec<&[Node]>) = constraint.exclusions.iter().filter_map(element).unzip();
        let keys = self.index_keys(table, &method, &elements, Clause::IndexKey)?;
        let include = idents_of(&constraint.including);
        let predicate = constraint.where_clause.as_ref();
        let predicate = predicate.map(|node| self.expression(node, table, Clause::IndexPredicate)).transpose()?;
        let mut found = Vec::new();
        for (key, operator) in elements.iter().filter_map(index_element).zip(&operators) {
            let operator = self.exclusion_operator(table, key, operator)?;
            operator.as_ref().map_or(Ok(()), |operator| may_exclude_by(operator, method.as_str()))?;
            found.push(operator);
        }
        let operators: Option<Vec<OperatorName>> = found.into_iter().collect();
        let equal = keys.iter().zip(operators.iter().flatten()).filter(|(_, operator)| is_equality(operator));
        let equal: Vec<Ident> = equal.filter_map(|(key, _)| key_column(key)).collect();
        if operators.is_some() {
            self.covers_partition_key(table, &equal, "EXCLUDE constraint")?;
        }
        let columns = index_column_names(elements.iter(), self.catalog().version).into_iter();
        let columns: Vec<String> = columns.chain(include.iter().map(|name| name.as_str().to_owned())).collect();
        let addition = names::columns_addition(columns.iter().map(String::as_str));
        let name = self.indexed_constraint_name(table, name, &addition, "excl")?;
        let storage_parameters = parameters(&constraint.options, Taker::Index(method.as_str()))?;
        let origin = &pending.origin;
        let facts = Exclusion {
            method: Attr::Is(method, origin.clone()),
            keys: Attr::Is(keys, origin.clone()),
            operators: operators.map_or(Attr::Unstated, |operators| Attr::Is(operators, origin.clone())),
            include: Attr::Is(include, origin.clone()),
            predicate: Attr::Is(predicate, origin.clone()),
            deferrable: Attr::Is(pending.deferrable, origin.clone()),
            initially_deferred: Attr::Is(pending.initially_deferred, origin.clone()),
            storage_parameters: Attr::Is(storage_parameters, origin.clone()),
            tablespace: Attr::Is(tablespace_of(&constraint.indexspace), origin.clone()),
            derived_from: Attr::Is(None, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
            index_comment: Attr::Is(None, origin.clone()),
        };
        let id = table.part(Class::Constraint, &name);
        self.database.insert(id.clone(), facts, origin.clone());
        if only { Ok(()) } else { self.pass_on(&id, origin) }
    }

    /// The operator between two values of a key; none where it is not known.
    fn exclusion_operator(
        &self,
        table: &ObjectId,
        key: &IndexElem,
        operator: &[Node],
    ) -> Outcome<Option<OperatorName>> {
        let value = match &key.expr {
            Some(value) => value.as_ref().clone(),
            None => column_node(&key.name),
        };
        let both = Some(Box::new(value.clone()));
        let name = operator.to_vec();
        let kind = AExprKind::AexprOp.into();
        let comparison = AExpr { kind, name, lexpr: both.clone(), rexpr: both, ..AExpr::default() };
        let comparison = Node { node: Some(NodeEnum::AExpr(Box::new(comparison))) };
        self.checked(&comparison, Around::Relation(table), Clause::IndexKey)?;
        let search_path = self.search_path();
        let around = Around::Relation(table);
        let scope = Scope { catalog: self.catalog(), search_path: &search_path, around, wanted: Wanted::Value };
        Ok(expr::operator_over(&value, operator, &scope))
    }
}

/// Of the server's own operators those of trees and hashes are all but equality one-sided, or none of them.
fn may_exclude_by(operator: &OperatorName, method: &str) -> Outcome {
    if operator.schema.is_some() || is_equality(operator) || !["btree", "hash"].contains(&method) {
        return Ok(());
    }
    let name = operator.name.as_str();
    Err(Stop::refused(WRONG_OBJECT_TYPE, format!("operator {name} cannot be used in an exclusion constraint")))
}

/// Whether rows of two partitions can never be in each other's way by it.
pub(super) fn is_equality(operator: &OperatorName) -> bool {
    operator.name.as_str() == "="
}

/// `ExclusionConstraintElem`: a key of an index, and the name of an operator.
fn element(node: &Node) -> Option<(Node, &[Node])> {
    let Some(NodeEnum::List(pair)) = &node.node else { return None };
    match pair.items.as_slice() {
        [key, Node { node: Some(NodeEnum::List(operator)) }] => Some((key.clone(), &operator.items)),
        _ => None,
    }
}

fn column_node(name: &str) -> Node {
    let name = Node { node: Some(NodeEnum::String(protobuf::String { sval: name.to_owned() })) };
    Node { node: Some(NodeEnum::ColumnRef(ColumnRef { fields: vec![name], location: -1 })) }
}
