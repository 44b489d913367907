//! Expressions, resolved over a small catalog.

use std::cell::OnceCell;

use schema_check::catalog::{Catalog, Class, FileId, ObjectId, Tree};
use schema_check::expr::{Around, Scope, Wanted, resolve_text};
use schema_check::replay::Replay;
use schema_check::sql::Ident;

thread_local! {
    static CATALOG: OnceCell<Catalog> = const { OnceCell::new() };
}

fn catalog() -> Catalog {
    let mut replay = Replay::new();
    assert!(replay.file(FileId(0), include_str!("../../tests/it/exprs/schema.sql")).is_empty());
    replay.finish().catalog
}

/// An expression has one meaning; and what it is printed as means that again.
pub fn run(data: &[u8]) {
    let text = super::text(data);
    CATALOG.with(|known| {
        let catalog = known.get_or_init(catalog);
        let docs = ObjectId::in_schema(Class::Relation, &"app".into(), &"docs".into());
        let path = [Ident::from("app"), Ident::from("public")];
        let resolved = |text: &str, search_path: &[Ident]| {
            resolve_text(text, &Scope { catalog, search_path, around: Around::Relation(&docs), wanted: Wanted::Value })
        };
        let Ok(tree) = resolved(text, &path) else { return };
        assert!(resolved(text, &path).as_ref() == Ok(&tree), "{text:?} has two meanings");
        if is_known(&tree) {
            let printed = tree.to_string();
            match resolved(&printed, &[]) {
                Ok(again) => assert!(
                    again == tree,
                    "{text:?} is printed as {printed:?}, which means {again}\n{tree:#?}\n{again:#?}"
                ),
                Err(error) => panic!("{text:?} is printed as {printed:?}: {error:?}"),
            }
        }
    });
}

/// What hangs on a name that nobody knows is kept as it is written. The modifiers of types are judged where a type is
/// that of a column; those of these types are numbers.
fn is_known(tree: &Tree) -> bool {
    let has_modifier = |line: &str| line.starts_with("cast to ") && line.contains('(');
    let is_plain = |line: &str| {
        let inside = line.split(['(', ')']).nth(1).unwrap_or_default();
        inside.split(',').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    tree.unresolved.is_empty() && tree.outline().iter().all(|(_, line)| !has_modifier(line) || is_plain(line))
}
