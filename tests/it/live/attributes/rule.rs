//! What can change of rewrite rules.

use super::{Change, change};

const RULE: &str = "CREATE RULE r AS ON UPDATE TO app.t WHERE old.c > 1 DO ALSO DELETE FROM app.u";

pub(super) const CHANGES: &[Change] = &[
    change("", RULE, &["+rule"]),
    change(RULE, "DROP RULE r ON app.t", &["-rule"]),
    change(
        RULE,
        "CREATE OR REPLACE RULE r AS ON DELETE TO app.t WHERE old.c > 1 DO ALSO DELETE FROM app.u",
        &["rule.event"],
    ),
    change(
        RULE,
        "CREATE OR REPLACE RULE r AS ON UPDATE TO app.t WHERE old.c > 1 DO INSTEAD DELETE FROM app.u",
        &["rule.instead"],
    ),
    change(
        RULE,
        "CREATE OR REPLACE RULE r AS ON UPDATE TO app.t WHERE new.c > 1 DO ALSO DELETE FROM app.u",
        &["rule.where"],
    ),
    change(
        RULE,
        "CREATE OR REPLACE RULE r AS ON UPDATE TO app.t WHERE old.c > 1 DO ALSO DELETE FROM app.u WHERE id = new.u_id",
        &["rule.actions"],
    ),
    change(
        RULE,
        "CREATE OR REPLACE RULE r AS ON UPDATE TO app.t WHERE old.c > 1
             DO ALSO (DELETE FROM app.u; INSERT INTO app.u (n) VALUES (old.c))",
        &["rule.actions"],
    ),
    change(RULE, "ALTER TABLE app.t DISABLE RULE r", &["rule.enabled"]),
    change(RULE, "COMMENT ON RULE r ON app.t IS 'x'", &["rule.comment"]),
];
