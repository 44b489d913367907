//! A schema of any size, as applications have them: of each table twelve columns, a primary key, two
//! foreign keys, three indexes, two CHECKs, row security with three policies and three comments, and for
//! every five tables a view and a trigger with its function. About 2.4 kB of SQL and fifteen statements a table.

use std::fmt::Write;

/// Tables share schemas, as those of an application share modules.
const TABLES_OF_A_SCHEMA: usize = 100;

/// The SQL that makes it, in the order in which `pg_dump` would write it: tables, then what refers to others.
pub(crate) fn sql(tables: usize) -> String {
    let mut out = String::new();
    for schema in 0..tables.div_ceil(TABLES_OF_A_SCHEMA) {
        let _ = writeln!(out, "CREATE SCHEMA module_{schema};");
    }
    out.push_str("CREATE TYPE module_0.priority AS ENUM ('low', 'normal', 'high', 'urgent');\n\n");
    (0..tables).for_each(|number| table(&mut out, number));
    (0..tables).for_each(|number| around(&mut out, number));
    (0..tables).step_by(5).for_each(|number| view_and_trigger(&mut out, number));
    out
}

/// A spec of it that says no more than names, types, nullability, keys and row security.
pub(crate) fn structure(tables: usize) -> String {
    const COLUMNS: [(&str, &str, bool); 12] = [
        ("id", "bigint", false),
        ("owner_id", "bigint", false),
        ("parent_id", "bigint", true),
        ("status", "text", false),
        ("priority", "module_0.priority", false),
        ("email", "character varying(320)", true),
        ("amount", "numeric(12,2)", false),
        ("quantity", "integer", false),
        ("payload", "jsonb", false),
        ("tags", "text[]", false),
        ("created_at", "timestamp with time zone", false),
        ("deleted_at", "timestamp with time zone", true),
    ];
    let mut out = String::from("version: 1\ntables:\n");
    for number in 0..tables {
        let _ = writeln!(out, "  {}:\n    row_security: enabled\n    primary_key: [id]\n    columns:", name(number));
        for (column, data_type, nullable) in COLUMNS {
            let _ = writeln!(out, "      {column}: {{ type: \"{data_type}\", nullable: {nullable} }}");
        }
    }
    out
}

fn name(number: usize) -> String {
    format!("module_{}.record_{number}", number / TABLES_OF_A_SCHEMA)
}

fn table(out: &mut String, number: usize) {
    let name = name(number);
    let _ = writeln!(
        out,
        "CREATE TABLE {name} (
    id bigint GENERATED ALWAYS AS IDENTITY,
    owner_id bigint NOT NULL,
    parent_id bigint,
    status text DEFAULT 'open'::text NOT NULL,
    priority module_0.priority DEFAULT 'normal'::module_0.priority NOT NULL,
    email character varying(320),
    amount numeric(12,2) DEFAULT 0 NOT NULL,
    quantity integer DEFAULT {number} NOT NULL,
    payload jsonb DEFAULT '{{}}'::jsonb NOT NULL,
    tags text[] DEFAULT ARRAY[]::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT record_{number}_status_check CHECK (status IN ('open', 'held', 'closed', 'state_{number}')),
    CONSTRAINT record_{number}_amount_check CHECK (amount >= 0 AND quantity < {})
);
ALTER TABLE ONLY {name} ADD CONSTRAINT record_{number}_pkey PRIMARY KEY (id);
",
        1_000_000 + number
    );
}

fn around(out: &mut String, number: usize) {
    let name = name(number);
    let (owner, parent) = (self::name(number / 2), self::name(number / 3));
    let _ = writeln!(
        out,
        "ALTER TABLE ONLY {name} ADD CONSTRAINT record_{number}_owner_fkey FOREIGN KEY (owner_id) REFERENCES {owner}(id) ON DELETE CASCADE;
ALTER TABLE ONLY {name} ADD CONSTRAINT record_{number}_parent_fkey FOREIGN KEY (parent_id) REFERENCES {parent}(id) ON DELETE SET NULL;
CREATE INDEX record_{number}_owner_idx ON {name} USING btree (owner_id, created_at DESC);
CREATE UNIQUE INDEX record_{number}_email_idx ON {name} USING btree (lower(email::text)) WHERE deleted_at IS NULL;
CREATE INDEX record_{number}_payload_idx ON {name} USING gin (payload);
ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
CREATE POLICY record_{number}_read ON {name} FOR SELECT USING (deleted_at IS NULL AND owner_id = current_setting('app.user_{number}'::text, true)::bigint);
CREATE POLICY record_{number}_write ON {name} FOR INSERT WITH CHECK (owner_id = current_setting('app.user_{number}'::text, true)::bigint);
CREATE POLICY record_{number}_change ON {name} FOR UPDATE USING (status <> 'closed'::text) WITH CHECK (status <> 'closed'::text OR amount = {number}::numeric);
COMMENT ON TABLE {name} IS 'What is known of the records of kind {number}.';
COMMENT ON COLUMN {name}.owner_id IS 'Who may see it, kind {number}.';
COMMENT ON COLUMN {name}.payload IS 'What the client of kind {number} sent, as it was sent.';
"
    );
}

fn view_and_trigger(out: &mut String, number: usize) {
    let name = name(number);
    let schema = number / TABLES_OF_A_SCHEMA;
    let _ = writeln!(
        out,
        "CREATE FUNCTION module_{schema}.touch_{number}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER touch BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION module_{schema}.touch_{number}();
CREATE VIEW module_{schema}.open_{number} AS
    SELECT r.id, r.email, r.amount, r.priority, o.email AS owner_email
    FROM {name} r JOIN {} o ON o.id = r.owner_id
    WHERE r.deleted_at IS NULL AND r.status = 'open'::text;
",
        self::name(number / 2)
    );
}
