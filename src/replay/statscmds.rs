//! Extended statistics objects (`statscmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterStatsStmt, CreateStatsStmt, Node, RangeVar, StatsElem};

use super::functioncmds::schema_and_name;
use super::heap::Clause;
use super::indexcmds::bare_column;
use super::inherit::for_table;
use super::refusal::{
    DUPLICATE_COLUMN, DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop,
    TOO_MANY_COLUMNS, UNDEFINED_COLUMN, WRONG_OBJECT_TYPE,
};
use super::storage::statistics_target;
use super::{Replay, Statement};
use crate::catalog::kind::{ForeignTable, KeyTerm, MaterializedView, RelationName, Statistics, StatisticsKind, Table};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, names};

/// `STATS_MAX_DIMENSIONS`
const MAX_KEYS: usize = 8;

impl Replay {
    /// `CreateStatistics()`
    pub(super) fn create_statistics(&mut self, statement: &Statement<'_>, command: &CreateStatsStmt) -> Outcome {
        let [Node { node: Some(NodeEnum::RangeVar(relation)) }] = command.relations.as_slice() else {
            let message = "only a single relation is allowed in CREATE STATISTICS";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        };
        if command.defnames.is_empty() && self.catalog().version < 16 {
            return Err(Stop::refused(
                SYNTAX_ERROR,
                "syntax error: CREATE STATISTICS needs a name before PostgreSQL 16",
            ));
        }
        let relation = self.with_statistics(relation)?;
        let elements: Vec<&StatsElem> = command.exprs.iter().filter_map(element).collect();
        // Expressions are looked at before all else (`transformStatsStmt()`).
        let mut terms = Vec::new();
        for element in &elements {
            terms.push(match &element.expr {
                Some(node) => bare_column(KeyTerm::Expr(self.expression(node, &relation, Clause::Statistics)?)),
                None => KeyTerm::Column(Ident::new(&element.name)),
            });
        }
        let id = self.statistics_id(&command.defnames, &relation, &terms)?;
        if self.catalog().exists(&id) {
            let message = format!("statistics object \"{}\" already exists", id.name().as_str());
            return if command.if_not_exists { Ok(()) } else { Err(Stop::refused(DUPLICATE_OBJECT, message)) };
        }
        if elements.len() > MAX_KEYS {
            let message = format!("cannot have more than {MAX_KEYS} columns in statistics");
            return Err(Stop::refused(TOO_MANY_COLUMNS, message));
        }
        let (mut columns, expressions) = self.statistics_keys(&relation, terms)?;
        let kinds = kinds(command, elements.len(), expressions.len())?;
        let order = self.relation_columns(&relation).unwrap_or_default();
        let place = |name: &Ident| order.iter().position(|(known, _)| known == name);
        columns.sort_by_key(place);
        if columns.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Stop::refused(DUPLICATE_COLUMN, "duplicate column name in statistics definition"));
        }
        if expressions.iter().enumerate().any(|(at, one)| expressions[..at].contains(one)) {
            return Err(Stop::refused(DUPLICATE_COLUMN, "duplicate expression in statistics definition"));
        }
        let keys = columns.into_iter().map(KeyTerm::Column).chain(expressions).collect();
        let origin = statement.origin();
        let facts = Statistics {
            relation: Attr::Is(RelationName::of(&relation), origin.clone()),
            kinds: Attr::Is(kinds, origin.clone()),
            keys: Attr::Is(keys, origin.clone()),
            target: Attr::Is(None, origin.clone()),
            owner: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// What statistics can be about.
    fn with_statistics(&self, name: &RangeVar) -> Outcome<ObjectId> {
        let id = self.relation(&RangeVar { location: -1, ..name.clone() })?;
        let is_such = self.database.get::<Table>(&id).is_some()
            || self.database.get::<MaterializedView>(&id).is_some()
            || self.database.get::<ForeignTable>(&id).is_some();
        if is_such || self.catalog().unmodelled.contains_key(&id) {
            return Ok(id);
        }
        let message = format!("cannot define statistics for relation \"{}\"", name.relname);
        Err(Stop::refused(WRONG_OBJECT_TYPE, message))
    }

    /// The name that is written, or that the server would choose (`ChooseExtendedStatisticName()`).
    fn statistics_id(&self, written: &[Node], relation: &ObjectId, terms: &[KeyTerm]) -> Outcome<ObjectId> {
        if !written.is_empty() {
            let (schema, name) = schema_and_name(written);
            return Ok(ObjectId::in_schema(Class::Statistics, &self.creation_schema(&schema)?, &Ident::new(name)));
        }
        let of_term = |term: &KeyTerm| match term {
            KeyTerm::Column(name) => name.as_str().to_owned(),
            KeyTerm::Expr(_) => "expr".to_owned(),
        };
        let parts: Vec<String> = terms.iter().map(of_term).collect();
        let addition = names::columns_addition(parts.iter().map(String::as_str));
        let id = |name: &str| ObjectId::in_schema(Class::Statistics, &relation.path()[0], &Ident::new(name));
        let taken = |name: &str| self.catalog().exists(&id(name));
        Ok(id(&names::choose_name(relation.name().as_str(), &addition, "stat", taken)))
    }

    /// The columns and the expressions, apart.
    fn statistics_keys(&self, relation: &ObjectId, terms: Vec<KeyTerm>) -> Outcome<(Vec<Ident>, Vec<KeyTerm>)> {
        let (mut columns, mut expressions) = (Vec::new(), Vec::new());
        let known = self.relation_columns(relation);
        for term in terms {
            match term {
                KeyTerm::Column(name) => {
                    if known.as_ref().is_some_and(|known| known.iter().all(|(column, _)| *column != name)) {
                        let message = format!("column \"{}\" does not exist", name.as_str());
                        return Err(Stop::refused(UNDEFINED_COLUMN, message));
                    }
                    columns.push(name);
                }
                expression @ KeyTerm::Expr(_) => expressions.push(expression),
            }
        }
        Ok((columns, expressions))
    }

    /// `AlterStatistics()`
    pub(super) fn alter_statistics(&mut self, statement: &Statement<'_>, command: &AlterStatsStmt) -> Outcome {
        let target = statistics_target(command.stxstattarget.as_deref())?;
        let name: Vec<String> = command.defnames.iter().filter_map(string_of).collect();
        let found = self.named_object(Class::Statistics, "statistics object", &name);
        let id = match found {
            Ok(Some(id)) => id,
            Ok(None) => return Ok(()),
            Err(Stop::Refused { .. }) if command.missing_ok => return Ok(()),
            Err(stop) => return Err(stop),
        };
        self.database.edit::<Statistics>(&id, |statistics| statistics.target = Attr::Is(target, statement.origin()));
        Ok(())
    }

    /// `generateClonedExtStatsStmt()` for each statistics object of a table.
    pub(super) fn clone_statistics(
        &mut self,
        from: &ObjectId,
        to: &ObjectId,
        comments: bool,
        origin: &Origin,
    ) -> Outcome {
        let is_about =
            |statistics: &Statistics| statistics.relation.get().and_then(RelationName::id).as_ref() == Some(from);
        let all = self.catalog().objects.values().filter_map(|object| match &object.facts {
            Facts::Statistics(statistics) if is_about(statistics) => Some(for_table(&**statistics, from, to, origin)),
            _ => None,
        });
        for copy in all.collect::<Vec<_>>() {
            let id = self.statistics_id(&[], to, copy.keys.get().map_or(&[], Vec::as_slice))?;
            let facts = Statistics {
                relation: Attr::Is(RelationName::of(to), origin.clone()),
                target: Attr::Is(None, origin.clone()),
                owner: Attr::Unstated,
                comment: if comments { copy.comment } else { Attr::Is(None, origin.clone()) },
                ..copy
            };
            self.database.insert(id, facts, origin.clone());
        }
        Ok(())
    }
}

fn element(node: &Node) -> Option<&StatsElem> {
    match &node.node {
        Some(NodeEnum::StatsElem(element)) => Some(element),
        _ => None,
    }
}

/// What is gathered: what is asked for, or all that these keys allow.
fn kinds(command: &CreateStatsStmt, keys: usize, expressions: usize) -> Outcome<Vec<StatisticsKind>> {
    const OF_SEVERAL: [StatisticsKind; 3] =
        [StatisticsKind::Ndistinct, StatisticsKind::Dependencies, StatisticsKind::Mcv];
    let asked: Vec<String> = command.stat_types.iter().filter_map(string_of).collect();
    if keys == 1 && expressions == 1 && !asked.is_empty() {
        let message = "when building statistics on a single expression, statistics kinds may not be specified";
        return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
    }
    if let Some(word) = asked.iter().find(|word| OF_SEVERAL.iter().all(|kind| kind.word() != word.as_str())) {
        return Err(Stop::refused(SYNTAX_ERROR, format!("unrecognized statistics kind \"{word}\"")));
    }
    if keys < 2 && expressions != 1 {
        return Err(Stop::refused(INVALID_OBJECT_DEFINITION, "extended statistics require at least 2 columns"));
    }
    let is_wanted = |kind: &StatisticsKind| {
        if asked.is_empty() { keys >= 2 } else { asked.iter().any(|word| word == kind.word()) }
    };
    let mut kinds: Vec<StatisticsKind> = OF_SEVERAL.into_iter().filter(is_wanted).collect();
    if expressions > 0 {
        kinds.push(StatisticsKind::Expressions);
    }
    Ok(kinds)
}
