use super::pg_class::RelKind;
use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{CheckOption, MaterializedView, View};
use crate::catalog::{Expr, server};
use crate::sql::Ident;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_rewrite.sql"));

/// After the columns, whose order they state.
pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let (id, oid) = (row.relation()?, row.field("oid")?);
        let options = row.options("reloptions")?;
        if let RelKind::MaterializedView = row.code("relkind")? {
            let view = MaterializedView {
                query: server(query(row)?),
                column_order: server(reading.column_order(oid)),
                populated: server(row.field("relispopulated")?),
                access_method: server(row.field::<Option<&str>>("amname")?.map(Ident::new)),
                tablespace: server(row.field::<Option<&str>>("spcname")?.map(Ident::new)),
                storage_parameters: server(options),
                owner: server(reading.owner("pg_class", oid)?),
                privileges: server(reading.privileges("pg_class", oid, 0)),
                comment: server(reading.comment("pg_class", oid, 0)),
            };
            reading.add(id, view);
            continue;
        }
        let view = View {
            query: server(query(row)?),
            column_order: server(reading.column_order(oid)),
            security_barrier: server(is_on(&options, "security_barrier")),
            security_invoker: server(is_on(&options, "security_invoker")),
            check_option: server(check_option(&options)),
            persistence: server(row.code("relpersistence")?),
            owner: server(reading.owner("pg_class", oid)?),
            privileges: server(reading.privileges("pg_class", oid, 0)),
            comment: server(reading.comment("pg_class", oid, 0)),
        };
        reading.add(id, view);
    }
    Ok(())
}

/// The query as `pg_get_viewdef()` prints it, which ends with a semicolon.
fn query(row: &Row) -> Result<Expr, Trouble> {
    let text: &str = row.field("viewdef")?;
    Ok(Expr::new(text.trim().trim_end_matches(';')))
}

fn option<'a>(options: &'a [String], name: &str) -> Option<&'a str> {
    options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

/// The server keeps the word that was written; it begins one of those that `parse_bool()` knows.
fn is_on(options: &[String], name: &str) -> bool {
    let value = option(options, name).map(str::to_lowercase).unwrap_or_default();
    value == "1" || value == "on" || value.starts_with(['t', 'y'])
}

fn check_option(options: &[String]) -> Option<CheckOption> {
    let word = option(options, "check_option")?;
    CheckOption::ALL.iter().copied().find(|one| one.word().eq_ignore_ascii_case(word))
}
