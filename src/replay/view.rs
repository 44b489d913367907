//! The columns of views, and of tables that are made of queries (`view.c`, `createas.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::Node;

use super::Replay;
use super::tablecmds::PARTITION;
use crate::catalog::{Meaning, ObjectId, Unmodelled};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Replay {
    /// What a query is to who reads from it, under the names it is given.
    pub(super) fn query_meaning(&self, query: Option<&Node>, names: &[Node]) -> Meaning {
        let Some(mut columns) = query.and_then(|query| self.query_columns(query)) else { return Meaning::Unknown };
        for (column, name) in columns.iter_mut().zip(names.iter().filter_map(string_of)) {
            column.0 = Ident::new(name);
        }
        Meaning::Columns(columns)
    }

    /// The columns of a query, if the types of all can be told.
    fn query_columns(&self, query: &Node) -> Option<Vec<(Ident, TypeName)>> {
        let Some(NodeEnum::SelectStmt(select)) = &query.node else { return None };
        let search_path = self.search_path();
        let scope = Scope {
            catalog: self.catalog(),
            search_path: &search_path,
            around: Around::Nothing,
            wanted: Wanted::Value,
        };
        let (_, columns) = expr::resolve_query(select, &scope);
        let columns: Option<Vec<_>> = columns.into_iter().map(|(name, of)| Some((name, of?))).collect();
        columns.filter(|columns| !columns.is_empty())
    }

    /// Changes the columns of a relation that is not modelled, if they are known.
    pub(super) fn edit_columns(&mut self, id: &ObjectId, change: impl FnOnce(&mut Vec<(Ident, TypeName)>)) {
        let Some(mut known) = self.catalog().unmodelled.get(id).cloned() else { return };
        if let Meaning::Columns(columns) = &mut known.meaning {
            change(columns);
            self.database.insert_unmodelled(id.clone(), known);
        }
    }

    /// Nothing is known any more of the columns of a relation that is not modelled.
    pub(super) fn forget_columns(&mut self, id: &ObjectId) {
        if let Some(known) = self.catalog().unmodelled.get(id).cloned() {
            self.database.insert_unmodelled(id.clone(), Unmodelled { meaning: Meaning::Unknown, ..known });
        }
    }

    /// Partitions have the columns of their table, whatever becomes of those.
    pub(super) fn refresh_partitions(&mut self, table: &ObjectId) {
        let is_partition = |other: &Unmodelled| other.owned_by.as_ref() == Some(table) && other.what == PARTITION;
        let partitions: Vec<ObjectId> =
            self.catalog().unmodelled.iter().filter(|(_, one)| is_partition(one)).map(|(id, _)| id.clone()).collect();
        let Some(now) = self.relation_columns(table).filter(|_| !partitions.is_empty()) else { return };
        for id in partitions {
            self.edit_columns(&id, |columns| columns.clone_from(&now));
        }
    }

    /// The columns of any relation, if they are known.
    pub(super) fn relation_columns(&self, id: &ObjectId) -> Option<Vec<(Ident, TypeName)>> {
        self.catalog().columns_of(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Class, FileId};

    #[test]
    fn a_partition_has_the_columns_of_its_table() {
        let mut replay = Replay::new();
        let text = "CREATE TABLE t (id bigint, label text) PARTITION BY RANGE (id);
            CREATE TABLE part PARTITION OF t FOR VALUES FROM (1) TO (2);
            ALTER TABLE t ADD COLUMN more jsonb; ALTER TABLE t RENAME COLUMN label TO name;";
        assert_eq!(replay.file(FileId(0), text), []);
        let id = |name: &str| ObjectId::in_schema(Class::Relation, &"public".into(), &name.into());
        let columns = replay.relation_columns(&id("part")).unwrap_or_default();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["id", "name", "more"]);
    }
}
