//! What a server stores of expressions and prints of them, by the thousand.

use postgres::Client;

/// Where an expression is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Check,
    Policy,
    Predicate,
    Key,
    View,
    /// A statement of a routine with the arguments `a integer` and `b text`.
    Body,
    /// What a rule does when a row of `docs` is changed.
    Action,
    /// A generated column of the type with this number in [`DEFAULTS`].
    Generated(usize),
    /// Of the column for the type with this number in [`DEFAULTS`].
    Default(usize),
}

/// The types of the columns that defaults are stored for.
pub(crate) const DEFAULTS: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(10,2)",
    "real",
    "double precision",
    "text",
    "varchar",
    "varchar(20)",
    "char(3)",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
    "timestamptz(3)",
    "interval",
    "uuid",
    "json",
    "jsonb",
    "bytea",
    "inet",
    "bit(8)",
    "integer[]",
    "text[]",
    "varchar[]",
    "mood",
    "mood[]",
    "email",
    "positive",
    "int4range",
    "money",
    "name",
    "time",
];

/// What a server made of a text, or why it refused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) tree: String,
    pub(crate) printed: String,
    pub(crate) refused: Option<String>,
}

/// Each statement is run and read in a transaction of its own that leaves nothing: the variables of a
/// function outlive it. What is printed is printed under an empty search path.
const STORE: &str = r"
CREATE FUNCTION public.stored(path text, statements text[], reading text[])
RETURNS TABLE (tree text, printed text, refused text) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. array_length(statements, 1) LOOP
    tree := NULL; printed := NULL; refused := NULL;
    BEGIN
      PERFORM set_config('search_path', path, true);
      EXECUTE statements[i];
      PERFORM set_config('search_path', '', true);
      EXECUTE reading[i] INTO STRICT tree, printed;
      RAISE 'stored' USING ERRCODE = 'PROOF';
    EXCEPTION
      WHEN SQLSTATE 'PROOF' THEN NULL;
      WHEN OTHERS THEN refused := SQLSTATE || ' ' || SQLERRM;
    END;
    RETURN NEXT;
  END LOOP;
END $$;";

/// Makes all that [`stored`] needs.
pub(crate) fn prepare(client: &mut Client) {
    let columns: Vec<String> = DEFAULTS.iter().enumerate().map(|(n, of)| format!("d_{n} {of}")).collect();
    let schema = include_str!("schema.sql");
    let setting = "SET client_min_messages = error; SET timezone = 'UTC'; SET check_function_bodies = off";
    let path = "SET search_path = app, util, public";
    let table = format!("CREATE TABLE app.defaults ({})", columns.join(", "));
    for sql in [setting, schema, path, &table, STORE] {
        client.batch_execute(sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    }
}

/// The name of a type wherever it stands.
pub(crate) fn qualified(of: &str) -> String {
    match of {
        "mood" | "mood[]" | "email" | "positive" => format!("app.{of}"),
        _ => of.to_owned(),
    }
}

fn statement(place: Place, text: &str) -> (String, String) {
    let of = "= 'app.docs'::regclass";
    match place {
        Place::Check => (
            format!("ALTER TABLE app.docs ADD CONSTRAINT proof CHECK ({text}) NOT VALID"),
            format!(
                "SELECT conbin::text, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid {of} AND contype = 'c'"
            ),
        ),
        Place::Policy => (
            format!("CREATE POLICY proof ON app.docs USING ({text})"),
            format!("SELECT polqual::text, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid {of}"),
        ),
        Place::Predicate => (
            format!("CREATE INDEX proof ON app.docs (n) WHERE {text}"),
            format!("SELECT indpred::text, pg_get_expr(indpred, indrelid) FROM pg_index WHERE indrelid {of}"),
        ),
        Place::Key => (
            format!("CREATE INDEX proof ON app.docs (({text}))"),
            format!("SELECT indexprs::text, pg_get_expr(indexprs, indrelid) FROM pg_index WHERE indrelid {of}"),
        ),
        Place::Generated(number) => (
            format!(
                "ALTER TABLE app.docs ADD proof {} GENERATED ALWAYS AS ({text}) STORED",
                qualified(DEFAULTS[number])
            ),
            format!("SELECT adbin::text, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid {of}"),
        ),
        Place::View => (
            format!("CREATE VIEW app.proof AS {}", text.trim_end_matches(';')),
            "SELECT ev_action::text, pg_get_viewdef(ev_class) FROM pg_rewrite WHERE ev_class = 'app.proof'::regclass"
                .to_owned(),
        ),
        Place::Body => (
            format!(
                "CREATE FUNCTION app.proof(a integer, b text) RETURNS void LANGUAGE sql BEGIN ATOMIC {}; END",
                text.trim_end_matches(';')
            ),
            r"SELECT prosqlbody::text, regexp_replace(pg_get_function_sqlbody(oid), '^BEGIN ATOMIC\s+(.*);\s+END$', '\1')
              FROM pg_proc WHERE oid = 'app.proof(integer, text)'::regprocedure"
                .to_owned(),
        ),
        Place::Action => (
            format!("CREATE RULE proof AS ON UPDATE TO app.docs DO INSTEAD {}", text.trim_end_matches(';')),
            r"SELECT ev_action::text, regexp_replace(pg_get_ruledef(oid), '^CREATE RULE proof AS\s+ON UPDATE TO \S+ DO INSTEAD\s+', '')
              FROM pg_rewrite WHERE rulename = 'proof'"
                .to_owned(),
        ),
        Place::Default(number) => (
            format!("ALTER TABLE app.defaults ALTER d_{number} SET DEFAULT {text}"),
            "SELECT adbin::text, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'app.defaults'::regclass"
                .to_owned(),
        ),
    }
}

/// What the server makes of each text, as it is written or as it has printed it.
pub(crate) fn stored(client: &mut Client, texts: &[(Place, String)], is_printed: bool) -> Vec<Stored> {
    if texts.is_empty() {
        return Vec::new();
    }
    let (statements, reading): (Vec<String>, Vec<String>) =
        texts.iter().map(|(place, text)| statement(*place, text)).unzip();
    let path = if is_printed { "" } else { "app, util, public" };
    let rows = client.query("SELECT * FROM public.stored($1, $2, $3)", &[&path, &statements, &reading]).unwrap();
    let text = |row: &postgres::Row, at: usize| row.try_get::<_, Option<String>>(at).unwrap();
    rows.iter()
        .map(|row| Stored {
            tree: text(row, 0).unwrap_or_default(),
            printed: text(row, 1).unwrap_or_default(),
            // A key that is only a column is no expression.
            refused: text(row, 2).or_else(|| text(row, 0).is_none().then(|| "42P17 no expression".to_owned())),
        })
        .collect()
}
