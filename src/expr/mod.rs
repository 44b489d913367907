//! Expressions: syntax and a scope → a resolved tree. Does no I/O and never guesses: what it
//! cannot look up it keeps as it is written, and says so ([`Tree::unresolved`]).

mod access;
mod call;
mod candidates;
mod clause;
mod coerce;
mod computed;
mod constant;
mod fault;
mod figure;
mod forms;
mod from;
mod grouping;
mod json;
mod names;
mod operator;
mod params;
mod place;
mod polymorphic;
mod resolve;
mod select;
mod settle;
mod statement;
mod sugar;
mod table_function;
mod types;
mod values;
mod window;
mod with;

use pg_query::protobuf::{Node, SelectStmt};

use crate::catalog::kind::{OperatorName, RoutineName};
use crate::catalog::meaning::Argument;
use crate::catalog::tree::Term;
use crate::catalog::{Catalog, Expr, ObjectId, Tree};
use crate::sql::parse::{self, SyntaxError};
use crate::sql::{Ident, QualifiedName, TypeName};
pub use clause::Clause;
pub use computed::Computed;
pub use fault::{Basis, Fault, Wanted, can_be_stored, can_reference};
pub(crate) use figure::figure_name;
pub use place::{resolve_all, resolve_facts};
pub use settle::settle;
pub(crate) use values::{canonical, parse_bool};

/// Where an expression stands: what its names can mean.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub catalog: &'a Catalog,
    /// Searched in order after `pg_catalog`. Empty for text that a server printed under an empty `search_path`.
    pub search_path: &'a [Ident],
    pub around: Around<'a>,
    pub wanted: Wanted<'a>,
}

/// What an expression can name beside what it calls.
#[derive(Clone, Copy)]
pub enum Around<'a> {
    Nothing,
    /// The columns of a relation, without qualification.
    Relation(&'a ObjectId),
    /// The rows `old` and `new` of a relation, in the WHEN of a trigger and in rules; one of them may be there without
    /// being seen.
    OldAndNew {
        of: &'a ObjectId,
        unseen: Option<&'static str>,
    },
    /// `VALUE`, of the type that the domain stands on.
    Domain(&'a TypeName),
    /// The arguments of a routine, by name or as `$1`.
    Arguments {
        routine: Option<&'a Ident>,
        args: &'a [Argument],
    },
}

/// Resolves a parsed expression.
pub fn resolve(node: &Node, scope: &Scope<'_>) -> Tree {
    resolve::checked_tree(node, scope).0
}

/// The same, and why a server would refuse it: the first of these that is certain.
pub fn resolve_checked(node: &Node, scope: &Scope<'_>) -> (Tree, Vec<Fault>) {
    let (tree, faults, _) = resolve::checked_tree(node, scope);
    (tree, faults)
}

/// The same, and what computes it.
pub fn resolve_computed(node: &Node, scope: &Scope<'_>) -> (Tree, Vec<Fault>, Computed) {
    resolve::checked_tree(node, scope)
}

/// Resolves the query of a view, with the names and types of its columns; a type that could not be told is none.
pub fn resolve_query(stmt: &SelectStmt, scope: &Scope<'_>) -> (Tree, Vec<(Ident, Option<TypeName>)>) {
    let (tree, columns, _) = resolve::query_tree(stmt, scope);
    (tree, columns)
}

/// The same, and why a server would refuse it: the first of these that is certain.
pub fn resolve_query_checked(stmt: &SelectStmt, scope: &Scope<'_>) -> (Tree, Outputs, Vec<Fault>) {
    resolve::query_tree(stmt, scope)
}

/// The columns that a query gives; a type that could not be told is none.
pub type Outputs = Vec<(Ident, Option<TypeName>)>;

/// Resolves a statement that can stand in the body of a routine or the action of a rule: a query, one that changes
/// rows, or the RETURN of a body. What it gives has names and types like the columns of a view; and why a server
/// would refuse it: the first of these that is certain.
pub fn resolve_statement(node: &Node, scope: &Scope<'_>) -> (Tree, Outputs, Vec<Fault>) {
    let (tree, outputs, faults, _) = resolve::statement_tree(node, scope);
    (tree, outputs, faults)
}

/// The same, and what computes it.
pub fn resolve_body(node: &Node, scope: &Scope<'_>) -> (Tree, Vec<Fault>, Computed) {
    let (tree, _, faults, computed) = resolve::statement_tree(node, scope);
    (tree, faults, computed)
}

/// The operator of that name that compares two values of the type of an expression, if it is known.
pub fn operator_over(node: &Node, name: &[Node], scope: &Scope<'_>) -> Option<OperatorName> {
    resolve::Resolver::new(scope).operator_over(node, &operator::operator_name(name))
}

/// What a domain stands on, and any other type as it is, without a modifier (`getBaseType()`).
pub fn plain_type(of: &TypeName, scope: &Scope<'_>) -> TypeName {
    scope.plain(of)
}

/// Whether a type stands for the one that an argument has (`IsPolymorphicType()`).
pub fn is_polymorphic(of: &TypeName) -> bool {
    polymorphic::is_polymorphic(of)
}

/// Whether enough is known of a type to tell what becomes of its values.
pub fn is_understood(of: &TypeName, scope: &Scope<'_>) -> bool {
    scope.is_understood(of)
}

/// Whether a value of a type is one of another without anything being computed (`IsBinaryCoercible()`).
pub fn is_binary_coercible(from: &TypeName, to: &TypeName, scope: &Scope<'_>) -> bool {
    scope.is_binary_coercible(from, to)
}

/// Whether a type is the preferred one of the category that another is of (`IsPreferredType()`).
pub fn prefers(of: &TypeName, to: &TypeName, scope: &Scope<'_>) -> bool {
    scope.category(of) == scope.category(to) && scope.is_preferred(to)
}

/// Parses and resolves.
///
/// # Errors
/// Where `text` is not one expression.
pub fn resolve_text(text: &str, scope: &Scope<'_>) -> Result<Tree, SyntaxError> {
    Ok(resolve(&parse::parse_expr(text)?, scope))
}

/// Gives an expression its tree, unless it has one. What does not parse stays a text, and is compared as one.
pub fn resolve_pending(expr: &mut Expr, scope: &Scope<'_>) {
    if expr.tree().is_none()
        && let Ok(tree) = resolve_text(expr.text(), scope)
    {
        *expr = Expr::resolved(expr.text(), tree);
    }
}

/// The routine that a call with arguments of these types means, and the type that it gives them, if that can be told.
pub fn routine_for(parts: &[String], types: &[TypeName], scope: &Scope<'_>) -> Option<(RoutineName, Option<TypeName>)> {
    resolve::Resolver::new(scope).routine_for(parts, types)
}

/// What a built-in type prints of a text, as it is stored; none where it takes no such text, or that is not known.
pub fn stored_text(text: &str, of: &TypeName, version: u32) -> Option<String> {
    values::canonical(text, of, version)
}

/// Takes COLLATE off from around an expression: an index keeps the collation beside its key (`ComputeIndexAttrs()`).
pub fn take_collation(tree: &mut Tree) -> Option<QualifiedName> {
    let mut taken = None;
    while let Term::Collate { arg, collation } = tree.root.as_mut() {
        taken.get_or_insert_with(|| collation.clone());
        tree.root = std::mem::replace(arg, Box::new(Term::Raw(String::new())));
    }
    taken
}

/// The column that an expression consists of, if it does: `(a)` is the column `a`.
pub fn as_column(tree: &Tree) -> Option<&Ident> {
    match tree.root.as_ref() {
        Term::Column(column) => Some(&column.name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::kind::{Check, Column, Enum, Facts, Schema};
    use crate::catalog::{Class, Coverage, Object, Origin, server};

    fn add(catalog: &mut Catalog, id: ObjectId, facts: impl Into<Facts>) {
        let object = Object::new(&id, facts, Origin::Server);
        catalog.objects.insert(id, object);
    }

    fn relation(name: &str) -> ObjectId {
        ObjectId::in_schema(Class::Relation, &"public".into(), &name.into())
    }

    fn sample() -> Catalog {
        let mut catalog = Catalog::new(Coverage::Everything);
        for (table, name, of) in [
            ("docs", "id", "bigint"),
            ("docs", "status", "varchar(20)"),
            ("docs", "v", "integer"),
            ("docs", "price", "numeric(10,2)"),
            ("docs", "mood", "public.mood"),
            ("docs", "email", "public.citext"),
            ("members", "id", "bigint"),
            ("members", "doc_id", "bigint"),
        ] {
            let data_type = server(TypeName::parse(of).unwrap());
            let id = relation(table).part(Class::Column, &name.into());
            add(&mut catalog, id, Column { data_type, ..Column::default() });
        }
        add(&mut catalog, ObjectId::in_schema(Class::Type, &"public".into(), &"mood".into()), Enum::default());
        add(&mut catalog, ObjectId::top(Class::Schema, &"public".into()), Schema::default());
        catalog
    }

    fn tree(text: &str) -> Tree {
        let (catalog, docs, path) = (sample(), relation("docs"), [Ident::from("public")]);
        let scope =
            Scope { catalog: &catalog, search_path: &path, around: Around::Relation(&docs), wanted: Wanted::Value };
        resolve_text(text, &scope).unwrap()
    }

    fn unresolved(tree: &Tree) -> Vec<String> {
        tree.unresolved.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(text: &str, printed: &str) {
        assert_eq!(tree(text).to_string(), printed);
        assert_eq!(tree(printed), tree(text), "{printed} does not read back");
    }

    #[test]
    fn a_tree_prints_as_the_server_does() {
        check(
            "status in ('a', 'b')",
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
        );
        check("v between 1 and 2 and price >= 0", "((v >= 1) AND (v <= 2) AND (price >= (0)::numeric))");
        check("mood = 'ok'", "(mood = 'ok'::public.mood)");
        check("v > -1", "(v > '-1'::integer)");
        check("v > -2147483648", "(v > '-2147483648'::integer)");
        check("v > 0x7fffffffffffffff", "(v > '9223372036854775807'::bigint)");
        check("nextval('docs') > 1", "(nextval('public.docs'::regclass) > 1)");
        check(
            "not exists (select 1 from docs where docs.v = 1)",
            "(NOT (EXISTS ( SELECT 1 FROM public.docs docs_1 WHERE (docs_1.v = 1))))",
        );
    }

    #[test]
    fn what_no_server_takes_does_no_harm() {
        for text in
            ["array[]", "array[] = array[]", "(select * from nowhere)", "x.y.z", "row() = row()", "v in (select)"]
        {
            tree(text);
        }
    }

    #[test]
    fn a_cast_that_changes_the_type_is_kept() {
        assert_ne!(tree("v::integer > 1"), tree("v::numeric > 1"));
        assert_eq!(tree("v::integer > 1"), tree("v > 1"));
        assert_ne!(tree("price::numeric > 1"), tree("price > 1"));
    }

    #[test]
    fn what_is_not_known_is_kept_and_told() {
        let unknown = tree("public.f(v) = 'x' and missing > 1 and v::other = 1");
        // What hangs on these is not told again.
        assert_eq!(unresolved(&unknown), ["the function public.f", "the column missing", "the type public.other"]);
        check("f(v) = 'x'", "(public.f(v) = 'x')");
        check("email = 'x'", "(email = 'x')");
        assert_eq!(unresolved(&tree("v > 1 and lower(status) = 'a'")), [""; 0]);
        let locked = tree("exists (select into x from docs)");
        assert_eq!(unresolved(&locked).len(), 1);
        check(&locked.to_string(), &locked.to_string());
    }

    #[test]
    fn what_hangs_on_unknown_names_may_be_the_same() {
        let may_be = |one: &str, two: &str| tree(one) != tree(two) && tree(one).could_equal(&tree(two));
        let exists = |what: &str, id: u32| format!("exists (select {what} from auth.users u where u.id = {id})");
        assert_eq!(tree(&exists("*", 1)), tree(&exists("u.*", 1)));
        assert!(may_be(&exists("*", 1), &exists("id, name", 1)));
        assert!(!may_be(&exists("*", 1), &exists("*", 2)));
        assert!(!may_be(&exists("id", 1), &exists("name", 1)));
        assert!(may_be("row(u.*) = f(v)", "row(u.*) = f(v::bigint)"));
        // What is not understood stands for one term, and the others count.
        let table = "exists (select from auth.users join auth.members using (id))";
        assert!(may_be(&format!("{table} and v = 1"), "status = 'a' and v = 1"));
        assert!(!may_be(&format!("{table} and v = 1"), "status = 'a' and v = 2"));
        // A position counts columns that nobody knows.
        let ordered = |by: &str| tree(&format!("exists (select *, 1 from auth.users u order by {by})"));
        assert!(ordered("2") == ordered("2") && ordered("2") != ordered("3"));
        // Too much to be resolved is compared as it is written.
        let deep = |n: u32| (0..30).fold(format!("v = {n}"), |inner, _| format!("({inner}) between false and true"));
        assert!(tree(&deep(1)) != tree(&deep(2)) && tree(&deep(1)) == tree(&deep(1)));
    }

    #[test]
    fn renaming_knows_whose_column_it_is() {
        let text = "exists (select 1 from members m where m.id = docs.id and doc_id = docs.id)";
        let docs = QualifiedName::new(&"public".into(), &"docs".into());
        let mut renamed = tree(text);
        assert_eq!(renamed.columns().len(), 3);
        renamed.rename_column(&docs, &"id".into(), &"key".into());
        let printed = "(EXISTS ( SELECT 1 FROM public.members m WHERE ((m.id = docs.key) AND (m.doc_id = docs.key))))";
        assert_eq!(renamed.to_string(), printed);
        renamed.rename_relation(&docs, &QualifiedName::new(&"app".into(), &"files".into()));
        assert_eq!(renamed.to_string(), printed.replace("docs", "files"));
        assert_eq!(
            renamed.relations().into_iter().map(|name| name.to_string()).collect::<Vec<_>>(),
            ["public.members"]
        );
        let mut typed = tree("mood = 'ok'");
        typed.rename_type(
            &QualifiedName::new(&"public".into(), &"mood".into()),
            &QualifiedName::new(&"app".into(), &"mood".into()),
        );
        assert_eq!(typed.to_string(), "(mood = 'ok'::app.mood)");
    }

    #[test]
    fn forms_say_what_is_understood_without_saying() {
        check(
            "xmlparse(document '<a/>') is not null",
            "(XMLPARSE(DOCUMENT '<a/>'::text STRIP WHITESPACE) IS NOT NULL)",
        );
        check("json_value('{}', '$') = 'a'", "(JSON_VALUE('{}'::text, '$'::jsonpath RETURNING text) = 'a'::text)");
        let recursive = "with recursive r as (select 1 as x union select x from r) cycle x set c";
        check(
            &format!("exists ({recursive} to 'y' default 'n' using p select from r where c = 'n')"),
            "(EXISTS ( WITH RECURSIVE r AS ( ( SELECT 1 AS x) UNION ( SELECT r_1.x FROM r r_1)) CYCLE x SET c \
             TO text 'y' DEFAULT text 'n' USING p SELECT FROM r WHERE (r.c = 'n'::text)))",
        );
        check("status is not json object", "(NOT ((status)::text IS JSON OBJECT))");
    }

    #[test]
    fn statements_read_back() {
        let (catalog, path) = (sample(), [Ident::from("public")]);
        let statement = |text: &str| {
            let scope = Scope { catalog: &catalog, search_path: &path, around: Around::Nothing, wanted: Wanted::Value };
            resolve_statement(&Node { node: Some(parse::parse_one(text).unwrap()) }, &scope).0
        };
        let check = |text: &str, printed: &str| {
            assert_eq!(statement(text).to_string(), printed);
            assert_eq!(statement(printed), statement(text), "{printed} does not read back");
        };
        check(
            "insert into members (id, doc_id) values (1, 2) on conflict (id int8_ops) do update set doc_id = excluded.id",
            "INSERT INTO public.members (id, doc_id) VALUES ((1)::bigint, (2)::bigint) \
             ON CONFLICT (id) DO UPDATE SET doc_id = excluded.id",
        );
        check(
            "update docs d set (v, price) = (1, default) from members where doc_id = d.id returning old.v",
            "UPDATE public.docs AS d SET v = 1, price = DEFAULT FROM public.members WHERE (members.doc_id = d.id) \
             RETURNING old.v",
        );
        let unknown = statement("notify x");
        assert_eq!((unknown.to_string().as_str(), unresolved(&unknown).len()), ("NOTIFY x", 1));
    }

    #[test]
    fn arrays() {
        check("array[v] = array[v]", "(ARRAY[v] = ARRAY[v])");
        check("nullif(array[v], array[v]) = array[v]", "(NULLIF(ARRAY[v], ARRAY[v]) = ARRAY[v])");
        assert_eq!(unresolved(&tree("'1' = any (nullif(array[v], array[v]))")), [""; 0]);
    }

    #[test]
    fn settling_compares_what_texts_mean() {
        let id = relation("docs").part(Class::Constraint, &"docs_check".into());
        let with = |text: &str| {
            let mut catalog = sample();
            add(&mut catalog, id.clone(), Check { expression: server(Expr::new(text)), ..Check::default() });
            catalog
        };
        let settled = |one: &str, other: &str| {
            let (mut one, mut other) = (with(one), with(other));
            // A spec need not name the column.
            one.objects.remove(&relation("docs").part(Class::Column, &"status".into()));
            settle(&mut one, &mut other);
            let value = |catalog: &Catalog| catalog.facts(&id).unwrap().attributes()[0].1.as_ref().unwrap().0.clone();
            value(&one) == value(&other)
        };
        assert!(settled("status = 'a'", "((status)::text = 'a'::text)"));
        assert!(!settled("status = 'a'", "((status)::text = 'b'::text)"));
    }
}
