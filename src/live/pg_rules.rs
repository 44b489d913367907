use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Rule;
use crate::catalog::{Class, Expr, server};
use crate::sql::{parse, split};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_rules.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = row.relation()?.part(Class::Rule, &row.ident("rulename")?);
        let (condition, actions) = parts(row.field("ruledef")?)
            .ok_or_else(|| Trouble::Surprise(format!("the definition of the rule {id} cannot be read")))?;
        let rule = Rule {
            event: server(row.code("ev_type")?),
            instead: server(row.field("is_instead")?),
            condition: server(condition.map(Expr::new)),
            actions: server(actions.into_iter().map(Expr::new).collect()),
            enabled: server(row.code("ev_enabled")?),
            comment: server(reading.comment("pg_rewrite", row.field("oid")?, 0)),
        };
        reading.add(id, rule);
    }
    Ok(())
}

/// The condition and the actions, from what `make_ruledef()` printed behind the name of the relation.
fn parts(printed: &str) -> Option<(Option<&str>, Vec<&str>)> {
    let rest = printed.trim_start();
    let (condition, rest) = match rest.strip_prefix("WHERE ") {
        Some(rest) => {
            // Within a string, what is before the words is no expression.
            let mut ends = rest.match_indices(" DO").map(|(at, _)| at);
            let end = ends.find(|at| parse::parse_expr(&rest[..*at]).is_ok())?;
            (Some(&rest[..end]), rest[end..].trim_start())
        }
        None => (None, rest),
    };
    let rest = rest.strip_prefix("DO")?.trim_start();
    let rest = rest.strip_prefix("INSTEAD ").unwrap_or(rest).trim().strip_suffix(';')?.trim();
    let actions = match rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        _ if rest == "NOTHING" => Vec::new(),
        Some(several) if several.trim_end().ends_with(';') => {
            split::split(several).into_iter().map(|one| several[one.span].trim()).collect()
        }
        _ => vec![rest],
    };
    Some((condition, actions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_cut_into_its_parts() {
        let check = |printed: &str, condition: Option<&str>, actions: &[&str]| {
            assert_eq!(parts(printed), Some((condition, actions.to_vec())));
        };
        check(" DO INSTEAD NOTHING;", None, &[]);
        check(" DO\n NOTIFY foo;", None, &["NOTIFY foo"]);
        check(
            " DO INSTEAD  DELETE FROM rt\n  WHERE (rt.a = old.a);",
            None,
            &["DELETE FROM rt\n  WHERE (rt.a = old.a)"],
        );
        check(
            "\n   WHERE (new.b <> ' DO '::text) DO ( INSERT INTO rt (b)  SELECT ';'::text;\n UPDATE rt SET a = 1;\n);",
            Some("(new.b <> ' DO '::text)"),
            &["INSERT INTO rt (b)  SELECT ';'::text", "UPDATE rt SET a = 1"],
        );
        check(" DO  ( SELECT 1) UNION ( SELECT 2);", None, &["( SELECT 1) UNION ( SELECT 2)"]);
    }
}
