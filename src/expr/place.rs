//! Where the expressions of an object stand, and so what their names can mean.

use super::{Around, Scope, Wanted, resolve_pending, resolve_statement};
use crate::catalog::kind::{Facts, KeyTerm, Parameter, RelationName};
use crate::catalog::meaning::Argument;
use crate::catalog::{AttrValue, Catalog, Class, Expr, ObjectId, Visitor};
use crate::sql::{Ident, TypeName, parse};

/// Gives all that an object holds of SQL its trees, as far as it has none yet. The texts are what a server printed
/// under an empty `search_path`, or what somebody wrote under this one.
pub fn resolve_facts(facts: &mut Facts, id: &ObjectId, catalog: &Catalog, search_path: &[Ident]) {
    let mut settler = Settler::new(catalog, search_path);
    let relation = id.parent().filter(|parent| parent.class() == Class::Relation);
    let own = relation.as_ref().map_or(Around::Nothing, Around::Relation);
    let both = relation.as_ref().map_or(Around::Nothing, |of| Around::OldAndNew { of, unseen: None });
    match facts {
        Facts::View(_) | Facts::MaterializedView(_) => settler.is_statement = true,
        Facts::Table(_) | Facts::ForeignTable(_) => settler.around = Around::Relation(id),
        Facts::Check(_) | Facts::Policy(_) => (settler.around, settler.is_condition) = (own, true),
        Facts::Trigger(_) => (settler.around, settler.is_condition) = (both, true),
        Facts::Index(index) => {
            settler.around = own;
            index.keys.get_mut().into_iter().flatten().for_each(|key| settler.term(&mut key.term));
            settler.conditions(index.predicate.get_mut().into_iter().flatten());
            return;
        }
        Facts::Exclusion(key) => {
            settler.around = own;
            key.keys.get_mut().into_iter().flatten().for_each(|key| settler.term(&mut key.term));
            settler.conditions(key.predicate.get_mut().into_iter().flatten());
            return;
        }
        Facts::Rule(rule) => {
            settler.around = both;
            settler.conditions(rule.condition.get_mut().into_iter().flatten());
            settler.is_statement = true;
            rule.actions.get_mut().into_iter().flatten().for_each(|action| settler.expr(action));
            return;
        }
        Facts::DomainCheck(check) => {
            let base = id.parent().and_then(|domain| match catalog.facts(&domain)? {
                Facts::Domain(domain) => domain.data_type.get(),
                _ => None,
            });
            settler.around = base.map_or(Around::Nothing, Around::Domain);
            settler.conditions(check.expression.get_mut());
            return;
        }
        Facts::Function(function) => {
            let args = arguments(function.parameters.get());
            function.parameters.get_mut().into_iter().flatten().for_each(|one| settler.parameter(one));
            settler.bodies(function.body.get_mut(), id.name(), &args);
            return;
        }
        Facts::Procedure(procedure) => {
            let args = arguments(procedure.parameters.get());
            procedure.parameters.get_mut().into_iter().flatten().for_each(|one| settler.parameter(one));
            settler.bodies(procedure.body.get_mut(), id.name(), &args);
            return;
        }
        Facts::Statistics(statistics) => {
            let relation = statistics.relation.get().and_then(RelationName::id);
            settler.around = relation.as_ref().map_or(Around::Nothing, Around::Relation);
            statistics.keys.get_mut().into_iter().flatten().for_each(|key| settler.term(key));
            return;
        }
        Facts::Publication(publication) => {
            for table in publication.tables.get_mut().into_iter().flatten() {
                let relation = RelationName(table.relation.clone()).id();
                let around = relation.as_ref().map_or(Around::Nothing, Around::Relation);
                Settler { around, ..Settler::new(catalog, search_path) }.conditions(&mut table.condition);
            }
            return;
        }
        _ => settler.around = own,
    }
    facts.visit(&mut settler);
}

/// The same with a tree for each expression, which alone tells what it names.
pub fn resolve_all(catalog: &Catalog) -> Catalog {
    let mut resolved = catalog.clone();
    for (id, object) in &mut resolved.objects {
        resolve_facts(&mut object.facts, id, catalog, &[]);
    }
    resolved
}

fn arguments(parameters: Option<&Vec<Parameter>>) -> Vec<Argument> {
    let inputs = parameters.into_iter().flatten().filter(|one| one.mode.is_input());
    inputs.map(|one| Argument { name: one.name.clone(), of: one.of.clone() }).collect()
}

struct Settler<'a> {
    catalog: &'a Catalog,
    search_path: &'a [Ident],
    around: Around<'a>,
    /// What stands there are queries and their like.
    is_statement: bool,
    is_condition: bool,
    /// The type of the column or parameter at hand, which is visited before its default.
    target: Option<TypeName>,
}

impl<'a> Settler<'a> {
    fn new(catalog: &'a Catalog, search_path: &'a [Ident]) -> Self {
        Self { catalog, search_path, around: Around::Nothing, is_statement: false, is_condition: false, target: None }
    }

    fn conditions<'e>(&self, conditions: impl IntoIterator<Item = &'e mut Expr>) {
        let mut inside = Settler { is_condition: true, target: None, ..*self };
        conditions.into_iter().for_each(|condition| inside.expr(condition));
    }

    fn parameter(&mut self, parameter: &mut Parameter) {
        self.target = Some(parameter.of.clone());
        parameter.default.iter_mut().for_each(|default| self.expr(default));
    }

    fn term(&mut self, key: &mut KeyTerm) {
        key.visit(self);
    }

    /// The statements of a body, which know its arguments by name. `RETURN x` is one too.
    fn bodies(&self, bodies: Option<&mut Vec<Expr>>, routine: &Ident, args: &[Argument]) {
        let around = Around::Arguments { routine: Some(routine), args };
        let mut inside = Settler { around, is_statement: true, target: None, ..*self };
        bodies.into_iter().flatten().for_each(|body| inside.expr(body));
    }
}

impl Visitor for Settler<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        let wanted = match &self.target {
            _ if self.is_condition => Wanted::Condition(""),
            Some(of) => Wanted::Stored { column: "", of },
            None => Wanted::Value,
        };
        let scope = Scope { catalog: self.catalog, search_path: self.search_path, around: self.around, wanted };
        if !self.is_statement {
            resolve_pending(expr, &scope);
        } else if expr.tree().is_none()
            && let Ok(statement) = parse::parse_body_statement(expr.text())
        {
            let tree = resolve_statement(&statement, &scope).0;
            *expr = Expr::resolved(expr.text(), tree);
        }
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.target = Some(name.clone());
    }
}
