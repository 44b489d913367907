use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Subscription;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = include_str!("pg_subscription.sql");

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    let version = reading.catalog.version;
    for row in rows {
        let mut publications: Vec<String> = row.field("subpublications")?;
        publications.sort();
        let oid: Option<u32> = row.field("oid")?;
        let subscription = Subscription {
            publications: server(publications),
            enabled: server(row.field("subenabled")?),
            slot_name: server(row.field("subslotname")?),
            options: server(options(row, version)?),
            owner: server(row.ident("owner")?),
            comment: server(oid.and_then(|oid| reading.comment("pg_subscription", oid, 0))),
        };
        reading.add(ObjectId::top(Class::Subscription, &row.ident("subname")?), subscription);
    }
    Ok(())
}

/// Those that are not the default, in the words of CREATE SUBSCRIPTION.
fn options(row: &Row, version: u32) -> Result<Vec<String>, Trouble> {
    let streaming = match row.field("substream")? {
        "t" | "true" => "on",
        "p" => "parallel",
        _ => "off",
    };
    let usual = if version >= 18 { "parallel" } else { "off" };
    let mut options = Vec::new();
    let mut flag = |name: &str, column: &str, usual: bool| {
        let value: bool = row.field(column)?;
        if value != usual {
            options.push(format!("{name}={value}"));
        }
        Ok::<_, Trouble>(())
    };
    flag("binary", "subbinary", false)?;
    flag("disable_on_error", "subdisableonerr", false)?;
    flag("failover", "subfailover", false)?;
    flag("password_required", "subpasswordrequired", true)?;
    flag("run_as_owner", "subrunasowner", false)?;
    let texts = [("origin", row.field("suborigin")?, "any"), ("streaming", streaming, usual)];
    options.extend(
        texts.iter().filter(|(_, value, usual)| value != usual).map(|(name, value, _)| format!("{name}={value}")),
    );
    if row.field::<&str>("subtwophasestate")? != "d" {
        options.push("two_phase=true".to_owned());
    }
    options.sort();
    Ok(options)
}
