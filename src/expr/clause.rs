//! Where an expression stands (`ParseExprKind`), and what must not stand there.

use super::fault::{Basis, Fault, Wanted};
use super::grouping::nearest_level;
use super::resolve::Resolver;
use crate::catalog::meaning::{CallKind, Signature};
use crate::catalog::tree::Func;
use crate::sql::{Ident, TypeName};

/// What an expression is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clause<'a> {
    Check,
    DomainCheck,
    /// The default of that column, or of a domain.
    Default(&'a str, &'a TypeName),
    ParameterDefault(&'a TypeName),
    IndexKey,
    IndexPredicate,
    Statistics,
    PartitionKey,
    Policy,
    /// WHERE of a published table.
    Publication,
    /// WHEN of a trigger.
    When,
    /// `ALTER COLUMN … TYPE … USING`, alone, and with the column and its new type.
    Using,
    Transform(&'a Ident, &'a TypeName),
    Generated(&'a Ident, &'a TypeName),
    /// WHERE of a query, of a rule.
    Where,
    Having,
    JoinOn,
    /// A function in FROM.
    FromFunction,
    Limit,
    /// Of several rows.
    Values,
    UpdateSource,
    Returning,
    /// What a query gives, and wherever else anything can stand.
    Anything,
}

impl<'a> Clause<'a> {
    /// `ParseExprKindName()` and the words of messages beside it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Check | Self::DomainCheck => "check constraint",
            Self::Default(..) | Self::ParameterDefault(_) => "DEFAULT expression",
            Self::IndexKey => "index expression",
            Self::IndexPredicate => "index predicate",
            Self::Statistics => "statistics expressions",
            Self::PartitionKey => "partition key expression",
            Self::Policy => "policy expression",
            Self::Publication => "publication WHERE expression",
            Self::When => "trigger WHEN condition",
            Self::Using | Self::Transform(..) => "transform expression",
            Self::Generated(..) => "column generation expression",
            Self::Where => "WHERE",
            Self::Having => "HAVING",
            Self::JoinOn => "JOIN conditions",
            Self::FromFunction => "functions in FROM",
            Self::Limit => "LIMIT",
            Self::Values => "VALUES",
            Self::UpdateSource => "UPDATE",
            Self::Returning => "RETURNING",
            Self::Anything => "SELECT",
        }
    }

    /// What has to come out there.
    pub(super) fn wanted(self) -> Wanted<'a> {
        match self {
            Self::Check | Self::DomainCheck => Wanted::Condition("CHECK"),
            Self::IndexPredicate | Self::Where => Wanted::Condition("WHERE"),
            Self::Publication => Wanted::Condition("PUBLICATION WHERE"),
            Self::Policy => Wanted::Condition("POLICY"),
            Self::When => Wanted::Condition("WHEN"),
            Self::Having => Wanted::Condition("HAVING"),
            Self::JoinOn => Wanted::Condition("JOIN/ON"),
            Self::Transform(column, of) | Self::Generated(column, of) => Wanted::Stored { column: column.as_str(), of },
            Self::Default(column, of) => Wanted::Stored { column, of },
            Self::ParameterDefault(of) => Wanted::Stored { column: "", of },
            Self::IndexKey
            | Self::Statistics
            | Self::PartitionKey
            | Self::Using
            | Self::FromFunction
            | Self::Limit
            | Self::Values
            | Self::UpdateSource
            | Self::Returning
            | Self::Anything => Wanted::Value,
        }
    }

    /// Whether it is a part of a query or a policy, and not of something that has to be judged row by row.
    fn takes_queries(self) -> bool {
        matches!(self, Self::Policy | Self::Anything) || self.is_of_query()
    }

    fn is_of_query(self) -> bool {
        matches!(
            self,
            Self::Where
                | Self::Having
                | Self::JoinOn
                | Self::FromFunction
                | Self::Limit
                | Self::Values
                | Self::UpdateSource
                | Self::Returning
        )
    }

    fn takes_sets(self) -> bool {
        matches!(self, Self::Anything | Self::FromFunction)
    }

    fn takes_aggregates(self) -> bool {
        matches!(self, Self::Anything | Self::Having)
    }

    pub fn is_of_index(self) -> bool {
        matches!(self, Self::IndexKey | Self::IndexPredicate)
    }

    /// Whether all has to be the same whenever it is computed.
    pub fn is_immutable(self) -> bool {
        matches!(self, Self::IndexKey | Self::PartitionKey | Self::IndexPredicate | Self::Generated(..))
    }
}

impl<'a> Resolver<'a> {
    /// Resolves what stands in a clause of its own.
    pub(super) fn within<T>(&mut self, clause: Clause<'a>, work: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::replace(&mut self.clause, clause);
        let made = work(self);
        self.clause = around;
        made
    }

    /// `transformSubLink()`
    pub(super) fn check_query_is_allowed(&mut self, place: i32) {
        if !self.clause.takes_queries() {
            let message = format!("cannot use subquery in {}", self.clause.words());
            self.fault(Fault::new("0A000", message, Basis::Place).at(place));
        }
    }

    /// `transformColumnRef()`
    pub(super) fn check_column_is_allowed(&mut self, place: i32) {
        if let Clause::Default(..) = self.clause {
            let message = "cannot use column reference in DEFAULT expression";
            self.fault(Fault::new("0A000", message.into(), Basis::Place).at(place));
        }
    }

    /// What sort of routine is called (`ParseFuncOrColumn()`), and whether its rows, what it makes of many rows, or what
    /// it sees through a window can stand here (`check_srf_call_placement()`, `check_agglevels_and_constraints()`,
    /// `transformWindowFuncCall()`).
    pub(super) fn check_call(&mut self, called: &Signature, call: &Func, place: i32) {
        let name = call.name.name.as_str();
        let words = self.clause.words();
        let is_anywhere = matches!(self.clause, Clause::Anything);
        let not_here = |what: &str| format!("{what} are not allowed in {words}");
        let (sqlstate, message) = match (called.kind, call.over.is_some()) {
            (CallKind::Procedure, _) => ("42809", format!("{name}() is a procedure")),
            (CallKind::Function | CallKind::Operator, true) => {
                ("42809", format!("OVER specified, but {name} is not a window function nor an aggregate function"))
            }
            (CallKind::Window, false) => ("42809", format!("window function {name} requires an OVER clause")),
            (CallKind::Function | CallKind::Operator, false) if called.returns_set && !self.clause.takes_sets() => {
                ("0A000", not_here("set-returning functions"))
            }
            (CallKind::Function | CallKind::Operator, false) => return,
            (_, true) if !is_anywhere => ("42P20", not_here("window functions")),
            (_, true) => return,
            // It belongs to the query that it stands in where it reads a column of that, or none at all.
            (_, false) if !self.clause.takes_aggregates() && nearest_level(call).is_none_or(|level| level == 0) => {
                ("42803", not_here("aggregate functions"))
            }
            (_, false) => return self.groups_by(call),
        };
        self.fault(Fault::new(sqlstate, message, Basis::Place).at(place));
    }
}
