//! Views, indexes, statistics objects, and what stands at relations beside columns and constraints.

use super::constraints::index_words;
use super::{Printer, Turn, is, list, literal, options, some, stated};
use crate::catalog::kind::{
    Index, KeyTerm, Policy, PolicyCommand, PolicyType, RelationName, Rule, Statistics, StatisticsKind, Trigger,
    TriggerEnabled, TriggerEvent, View,
};
use crate::catalog::{Attr, Expr, Facts, ObjectId};
use crate::sql::Ident;

impl Printer<'_> {
    pub(super) fn relation(&mut self, id: &ObjectId, facts: &Facts) {
        match facts {
            Facts::View(view) => self.make(Turn::View, id, self.view_sql(id, view)),
            Facts::MaterializedView(view) => {
                let mut sql = format!("CREATE MATERIALIZED VIEW {id}{}", columns(&view.column_order));
                if let Some(method) = some(&view.access_method).filter(|method| **method != "heap") {
                    sql += &format!(" USING {method}");
                }
                let with = stated(&view.storage_parameters);
                if !with.is_empty() {
                    sql += &format!(" WITH ({})", options(&with));
                }
                if let Some(tablespace) = some(&view.tablespace) {
                    sql += &format!(" TABLESPACE {tablespace}");
                }
                sql += &format!(" AS\n{}", self.query(&view.query));
                if view.populated.get() == Some(&false) {
                    sql += "\n    WITH NO DATA";
                }
                self.make(Turn::View, id, sql);
            }
            Facts::Index(index) => self.index(id, index),
            Facts::Statistics(statistics) => self.statistics(id, statistics),
            Facts::Policy(policy) => self.make(Turn::Logic, id, policy_sql(id, policy)),
            Facts::Trigger(trigger) => {
                self.make(Turn::Logic, id, trigger_sql(id, trigger));
                self.enabled(id, "TRIGGER", &trigger.enabled);
            }
            Facts::Rule(rule) => {
                self.make(Turn::Logic, id, rule_sql(id, rule));
                self.enabled(id, "RULE", &rule.enabled);
            }
            _ => {}
        }
    }

    fn index(&mut self, id: &ObjectId, index: &Index) {
        let Some(table) = id.parent() else { return };
        let unique = if is(&index.unique) { "UNIQUE " } else { "" };
        let only = if self.is_partitioned(&table) { "ONLY " } else { "" };
        let method = index.method.get().map_or("btree", Ident::as_str);
        let mut sql = format!(
            "CREATE {unique}INDEX {} ON {only}{table} USING {method} ({})",
            id.name(),
            list(stated(&index.keys))
        );
        let include = stated(&index.include);
        if !include.is_empty() {
            sql += &format!(" INCLUDE ({})", list(include));
        }
        if is(&index.nulls_not_distinct) {
            sql += " NULLS NOT DISTINCT";
        }
        sql +=
            &index_words(&index.storage_parameters, &index.tablespace).replace("USING INDEX TABLESPACE", "TABLESPACE");
        if let Some(condition) = some(&index.predicate) {
            sql += &format!(" WHERE {}", condition.text());
        }
        self.make(Turn::Index, id, sql);
        for target in stated(&index.statistics) {
            if let Some((position, target)) = target.split_once('=') {
                let sql = format!(
                    "ALTER INDEX {}.{} ALTER COLUMN {position} SET STATISTICS {target}",
                    id.path()[0],
                    id.name()
                );
                self.change(Turn::ForeignKey, id, Vec::new(), sql);
            }
        }
        self.index_settings(id, some(&index.derived_from), is(&index.clustered));
        if index.valid.get() == Some(&false) && only.is_empty() {
            self.leave_out(id, "index", "that it is not valid cannot be said in SQL");
        }
    }

    fn statistics(&mut self, id: &ObjectId, statistics: &Statistics) {
        // One expression alone has statistics of its own, and nothing to correlate with.
        let kinds: Vec<&str> = stated(&statistics.kinds)
            .into_iter()
            .filter(|kind| *kind != StatisticsKind::Expressions)
            .map(StatisticsKind::word)
            .collect();
        let keys: Vec<String> = stated(&statistics.keys)
            .iter()
            .map(|key| match key {
                KeyTerm::Column(name) => name.to_string(),
                KeyTerm::Expr(expr) => format!("({})", expr.text()),
            })
            .collect();
        let kinds = if kinds.is_empty() || keys.len() < 2 { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let relation = statistics.relation.get().map(|name: &RelationName| name.0.to_string()).unwrap_or_default();
        self.make(
            Turn::Statistics,
            id,
            format!("CREATE STATISTICS {id}{kinds} ON {} FROM {relation}", keys.join(", ")),
        );
        if let Some(target) = some(&statistics.target) {
            self.change(Turn::Statistics, id, Vec::new(), format!("ALTER STATISTICS {id} SET STATISTICS {target}"));
        }
    }

    /// The query of a view.
    fn query(&self, query: &Attr<Expr>) -> String {
        let text = query.get().map(|query| self.catalog.text_of(query)).unwrap_or_default();
        text.trim().trim_end_matches(';').to_owned()
    }

    fn view_sql(&self, id: &ObjectId, view: &View) -> String {
        let mut with = Vec::new();
        with.extend(is(&view.security_barrier).then(|| "security_barrier = true".to_owned()));
        with.extend(is(&view.security_invoker).then(|| "security_invoker = true".to_owned()));
        with.extend(some(&view.check_option).map(|option| format!("check_option = {}", option.word())));
        let with = if with.is_empty() { String::new() } else { format!(" WITH ({})", with.join(", ")) };
        format!("CREATE VIEW {id}{}{with} AS\n{}", columns(&view.column_order), self.query(&view.query))
    }

    fn enabled(&mut self, id: &ObjectId, noun: &str, enabled: &Attr<TriggerEnabled>) {
        let Some(table) = id.parent() else { return };
        let words = match enabled.get() {
            None | Some(TriggerEnabled::Origin) => return,
            Some(TriggerEnabled::Disabled) => "DISABLE",
            Some(TriggerEnabled::Replica) => "ENABLE REPLICA",
            Some(TriggerEnabled::Always) => "ENABLE ALWAYS",
        };
        self.change(Turn::Logic, id, Vec::new(), format!("ALTER TABLE {table} {words} {noun} {}", id.name()));
    }
}

/// The grammar knows no list without names.
fn columns(names: &Attr<Vec<Ident>>) -> String {
    let names = list(stated(names));
    if names.is_empty() { names } else { format!(" ({names})") }
}

fn policy_sql(id: &ObjectId, policy: &Policy) -> String {
    let table = id.parent().map(|table| table.to_string()).unwrap_or_default();
    let mut sql = format!("CREATE POLICY {} ON {table}", id.name());
    if policy.policy_type.get() == Some(&PolicyType::Restrictive) {
        sql += " AS RESTRICTIVE";
    }
    if let Some(command) = policy.command.get().filter(|command| **command != PolicyCommand::All) {
        sql += &format!(" FOR {}", command.word().to_uppercase());
    }
    let roles = stated(&policy.roles);
    if roles != ["public"] {
        sql += &format!(" TO {}", list(roles));
    }
    if let Some(using) = some(&policy.using) {
        sql += &format!(" USING ({})", using.text());
    }
    if let Some(check) = some(&policy.with_check) {
        sql += &format!(" WITH CHECK ({})", check.text());
    }
    sql
}

fn trigger_sql(id: &ObjectId, trigger: &Trigger) -> String {
    let table = id.parent().map(|table| table.to_string()).unwrap_or_default();
    let constraint = if is(&trigger.constraint) { "CONSTRAINT " } else { "" };
    let timing = trigger.timing.get().map_or("after", |timing| timing.word()).to_uppercase();
    let columns = stated(&trigger.columns);
    let events = stated(&trigger.events).into_iter().map(|event| match event {
        TriggerEvent::Update if !columns.is_empty() => format!("UPDATE OF {}", list(&columns)),
        other => other.word().to_uppercase(),
    });
    let events = events.collect::<Vec<_>>().join(" OR ");
    let mut sql = format!("CREATE {constraint}TRIGGER {} {timing} {events} ON {table}", id.name());
    if let Some(from) = some(&trigger.from) {
        sql += &format!(" FROM {}", from.0);
    }
    if is(&trigger.constraint) {
        sql += match (is(&trigger.deferrable), is(&trigger.initially_deferred)) {
            (_, true) => " DEFERRABLE INITIALLY DEFERRED",
            (true, false) => " DEFERRABLE",
            (false, false) => "",
        };
    }
    let tables = [("OLD", some(&trigger.old_table)), ("NEW", some(&trigger.new_table))];
    let tables = tables.iter().filter_map(|(word, name)| Some(format!(" {word} TABLE AS {}", (*name)?)));
    let tables: String = tables.collect();
    if !tables.is_empty() {
        sql += &format!(" REFERENCING{tables}");
    }
    sql += &format!(" FOR EACH {}", trigger.level.get().map_or("row", |level| level.word()).to_uppercase());
    if let Some(condition) = some(&trigger.condition) {
        sql += &format!(" WHEN ({})", condition.text());
    }
    let function = trigger.function.get().map(super::types::function).unwrap_or_default();
    let arguments = list(stated(&trigger.arguments).iter().map(|text| literal(text)));
    sql + &format!(" EXECUTE FUNCTION {function}({arguments})")
}

fn rule_sql(id: &ObjectId, rule: &Rule) -> String {
    let table = id.parent().map(|table| table.to_string()).unwrap_or_default();
    let event = rule.event.get().map_or("select", |event| event.word()).to_uppercase();
    let mut sql = format!("CREATE RULE {} AS ON {event} TO {table}", id.name());
    if let Some(condition) = some(&rule.condition) {
        sql += &format!(" WHERE {}", condition.text());
    }
    sql += if is(&rule.instead) { " DO INSTEAD " } else { " DO ALSO " };
    let actions: Vec<String> = stated(&rule.actions).iter().map(|action| action.text().trim().to_owned()).collect();
    match actions.as_slice() {
        [] => sql + "NOTHING",
        [only] => sql + only,
        all => sql + &format!("({})", all.join("; ")),
    }
}
