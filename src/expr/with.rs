//! WITH (`parse_cte.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{CommonTableExpr, CteCycleClause, CteMaterialize, CteSearchClause, Node, WithClause};

use super::from::renamed;
use super::names::{Columns, Declared};
use super::resolve::Resolver;
use super::select::{NotUnderstood, Understood};
use super::types::Type;
use crate::catalog::tree::{Cte, Cycle, Search};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Resolver<'_> {
    /// `transformWithClause()`: its queries, and whether they may name themselves.
    pub(super) fn with_clause(&mut self, with: Option<&WithClause>) -> Understood<(Vec<Cte>, bool)> {
        let Some(with) = with else { return Ok((Vec::new(), false)) };
        let mut ctes = Vec::new();
        for node in &with.ctes {
            let Some(NodeEnum::CommonTableExpr(cte)) = &node.node else { return Err(NotUnderstood) };
            ctes.push(self.cte(cte, with.recursive)?);
        }
        Ok((ctes, with.recursive))
    }

    fn cte(&mut self, cte: &CommonTableExpr, recursive: bool) -> Understood<Cte> {
        let stmt = cte.ctequery.as_deref().ok_or(NotUnderstood)?;
        let name = Ident::from(&cte.ctename);
        let aliases = names_of(&cte.aliascolnames);
        let mut added = Columns::new();
        let search = cte.search_clause.as_ref().map(|clause| search(clause, &mut added));
        let cycle = cte.cycle_clause.as_deref().map(|clause| self.cycle(clause, &mut added));
        let declare = |resolver: &mut Self, columns: Columns| {
            resolver.declare(Declared { name: name.clone(), columns, added: added.clone() });
        };
        if recursive
            && let Some(NodeEnum::SelectStmt(select)) = &stmt.node
            && let Some(first) = select.larg.as_deref()
        {
            // What the first arm gives is what the second can name.
            let (_, columns) = self.query(first)?;
            declare(self, renamed(columns, &aliases));
        }
        let (query, columns) = self.statement(stmt)?;
        let columns = renamed(columns, &aliases);
        let names = columns.iter().map(|(name, _)| name.clone()).filter(|name| *name != "").collect();
        declare(self, columns);
        let materialized = match cte.ctematerialized() {
            CteMaterialize::Always => Some(true),
            CteMaterialize::Never => Some(false),
            CteMaterialize::Default | CteMaterialize::CtematerializeUndefined => None,
        };
        Ok(Cte { name, columns: names, materialized, query, search, cycle })
    }

    fn declare(&mut self, cte: Declared) {
        if let Some(level) = self.levels.last_mut() {
            level.ctes.retain(|known| known.name != cte.name);
            level.ctes.push(cte);
        }
    }

    /// The two marks have a type in common.
    fn cycle(&mut self, clause: &CteCycleClause, added: &mut Columns) -> Cycle {
        let marks = [&clause.cycle_mark_value, &clause.cycle_mark_default];
        let marks = marks.map(|mark| self.operand(mark.as_deref())).to_vec();
        let (mut marks, of) = self.in_common(marks, "CYCLE");
        let (default, value) = (marks.remove(1), marks.remove(0));
        let (mark, path) = (Ident::from(&clause.cycle_mark_column), Ident::from(&clause.cycle_path_column));
        added.push((mark.clone(), of));
        added.push((path.clone(), Type::Known(TypeName::builtin("record").array_of())));
        Cycle { by: names_of(&clause.cycle_col_list), mark, value, default, path }
    }
}

fn search(clause: &CteSearchClause, added: &mut Columns) -> Search {
    let column = Ident::from(&clause.search_seq_column);
    let breadth_first = clause.search_breadth_first;
    let record = TypeName::builtin("record");
    added.push((column.clone(), Type::Known(if breadth_first { record } else { record.array_of() })));
    Search { breadth_first, by: names_of(&clause.search_col_list), column }
}

fn names_of(nodes: &[Node]) -> Vec<Ident> {
    nodes.iter().filter_map(string_of).map(Ident::new).collect()
}
