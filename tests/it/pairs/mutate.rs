//! Small changes: some mean something, some do not. Which is which, the server says.

use super::expression::{Generator, Node, Piece, Slot};
use super::grammar::{Form, GRAMMAR, Hole, Part};

/// The expression with one small change, if the one that was drawn is possible.
pub(crate) fn mutated(node: &Node, generator: &mut Generator<'_>) -> Option<Node> {
    let mut changed = node.clone();
    let paths = node.paths();
    let path = generator.random.pick(&paths).clone();
    let place = changed.at_mut(&path)?;
    match generator.random.below(14) {
        0 | 1 => *place = leaf_like(place, generator),
        2 | 3 => another_word(place, generator)?,
        4 => *place = generator.node(&place.of.clone(), 1),
        5 => *place = cast(place, generator)?,
        6 => *place = only_item(place)?.clone(),
        7 | 8 => change_list(place, generator)?,
        9 => swap_operands(place, generator)?,
        10 => *place = twin(place, generator)?,
        11 => *place = Node::around(&place.of, 16, ("(", ")"), 0, place.clone()),
        12 => qualify(place, generator)?,
        _ => *place = wrapped(place)?,
    }
    Some(changed).filter(|changed| changed != node)
}

/// A column or constant in the place of what stands there, of the same type or one that is like it.
fn leaf_like(place: &Node, generator: &mut Generator<'_>) -> Node {
    let classes = ["num", "str", "stamp"].map(|class| &GRAMMAR.classes[class]);
    let class = classes.into_iter().find(|types| types.contains(&place.of));
    match class {
        Some(types) if generator.random.chance(30) => {
            let of = generator.random.pick(types).clone();
            generator.leaf(&of)
        }
        _ if !GRAMMAR.types.contains_key(&place.of) => generator.node(&place.of, 0),
        _ if generator.random.chance(30) => generator.constant(&place.of, true),
        _ => generator.leaf(&place.of),
    }
}

/// Another operator, function, keyword, or another name of a type.
fn another_word(place: &mut Node, generator: &mut Generator<'_>) -> Option<()> {
    let mut choices: Vec<(&mut String, &String)> = place
        .pieces
        .iter_mut()
        .filter_map(|piece| match piece {
            Piece::Word { text, of: Some(of) } => Some((text, &*of)),
            Piece::Word { .. } | Piece::Slot(_) => None,
        })
        .collect();
    let at = generator.random.below(choices.len());
    let (text, of) = choices.get_mut(at)?;
    **text = match of.strip_prefix("type ") {
        Some(of) if generator.random.chance(50) => generator.spelling(of),
        Some(_) => {
            let types: Vec<&String> = GRAMMAR.types.keys().collect();
            (*generator.random.pick(&types)).clone()
        }
        None => generator.random.pick(&GRAMMAR.words[of.as_str()]).clone(),
    };
    Some(())
}

/// A cast to its own type, or to another that it can be cast to.
fn cast(place: &Node, generator: &mut Generator<'_>) -> Option<Node> {
    GRAMMAR.types.get(&place.of)?;
    let classes = ["num", "str", "stamp", "jsons"].map(|class| &GRAMMAR.classes[class]);
    let to = match classes.into_iter().find(|types| types.contains(&place.of)) {
        Some(types) if generator.random.chance(50) => generator.random.pick(types).clone(),
        Some(_) | None if generator.random.chance(20) => "text".to_owned(),
        _ => place.of.clone(),
    };
    let spelling = generator.spelling(&to);
    let behind = format!("::{spelling}");
    if generator.random.chance(30) {
        let behind = format!(" AS {spelling})");
        return Some(Node::around(&to, 16, ("CAST(", &behind), 0, place.clone()));
    }
    Some(Node::around(&to, 15, ("", &behind), 15, place.clone()))
}

/// What stands in the only slot, as under a cast, in parentheses or behind NOT.
fn only_item(place: &Node) -> Option<&Node> {
    let mut slots = place.slots();
    let (_, slot) = slots.next()?;
    (slots.next().is_none() && slot.items.len() == 1).then(|| &slot.items[0])
}

/// One more, one less, or another order.
fn change_list(place: &mut Node, generator: &mut Generator<'_>) -> Option<()> {
    let list = place.pieces.iter_mut().find_map(|piece| match piece {
        Piece::Slot(slot) if slot.separator.is_some() => Some(slot),
        Piece::Slot(_) | Piece::Word { .. } => None,
    })?;
    let at = generator.random.below(list.items.len());
    match generator.random.below(3) {
        0 if list.items.len() > 1 => drop(list.items.remove(at)),
        1 => {
            let of = list.items[at].of.clone();
            let new = if generator.random.chance(50) { generator.node(&of, 0) } else { list.items[at].clone() };
            list.items.insert(at, new);
        }
        _ => list.items.swap(0, at),
    }
    Some(())
}

fn swap_operands(place: &mut Node, generator: &mut Generator<'_>) -> Option<()> {
    let slots: Vec<usize> = place.slots().map(|(at, _)| at).collect();
    let (one, other) = (*slots.first()?, *slots.get(1 + generator.random.below(slots.len().checked_sub(1)?))?);
    let items = |piece: &mut Piece| match piece {
        Piece::Slot(slot) => std::mem::take(&mut slot.items),
        Piece::Word { .. } => Vec::new(),
    };
    let (first, second) = (items(&mut place.pieces[one]), items(&mut place.pieces[other]));
    for (at, new) in [(one, second), (other, first)] {
        if let Piece::Slot(slot) = &mut place.pieces[at] {
            slot.items = new;
        }
    }
    Some(())
}

/// Another way to write the same, as IN and = ANY, BETWEEN and two comparisons.
fn twin(place: &Node, generator: &mut Generator<'_>) -> Option<Node> {
    let twins = GRAMMAR.twins.get(place.tag.as_ref()?)?;
    let form: &Form = generator.random.pick(twins);
    let slots: Vec<&Slot> = place.slots().map(|(_, slot)| slot).collect();
    let word = |text: &str| Piece::Word { text: text.to_owned(), of: None };
    let pieces = form.parts.iter().map(|part| match part {
        Part::Text(text) | Part::Words(text) | Part::Hole(Hole { of: text, .. }) => word(text),
        Part::Back(number) => Piece::Slot(Slot {
            needs: if slots[*number].separator.is_some() { 0 } else { 8 },
            ..slots[*number].clone()
        }),
    });
    Some(Node { of: place.of.clone(), level: form.level, tag: None, pieces: pieces.collect() })
}

/// With the schema before a built-in function or operator, or with the table before a column.
fn qualify(place: &mut Node, generator: &mut Generator<'_>) -> Option<()> {
    let of = place.of.clone();
    let is_leaf = place.is_leaf();
    let at = generator.random.below(place.pieces.len());
    let Piece::Word { text, of: words } = &mut place.pieces[at] else { return None };
    let columns = GRAMMAR.types.get(&of).map(|one| &one.columns);
    if is_leaf && columns.is_some_and(|columns| columns.contains(text)) && !text.contains("docs") {
        *text = format!("{}{text}", generator.random.pick(&["docs.", "app.docs."]));
    } else if matches!(words.as_deref(), Some("cmp" | "arith" | "regex" | "contain" | "eq")) && text != "IN" {
        *text = format!("OPERATOR(pg_catalog.{text})");
        place.level = place.level.min(7);
        for piece in &mut place.pieces {
            if let Piece::Slot(slot) = piece {
                slot.needs = slot.needs.max(8);
            }
        }
    } else if text.ends_with('(') && text[..text.len() - 1].chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        *text = format!("pg_catalog.{text}");
    } else {
        return None;
    }
    Some(())
}

/// NOT before a condition, a collation behind a text.
fn wrapped(place: &Node) -> Option<Node> {
    match place.of.as_str() {
        "boolean" | "qbool" | "tbool" => Some(Node::around(&place.of, 3, ("NOT ", ""), 3, place.clone())),
        "text" | "varchar" | "varchar(20)" | "name" => {
            Some(Node::around(&place.of, 12, ("", " COLLATE \"C\""), 13, place.clone()))
        }
        "timestamptz" => Some(Node::around("timestamp", 11, ("", " AT TIME ZONE 'UTC'"), 12, place.clone())),
        "integer" | "numeric" => Some(Node::around(&place.of, 13, ("- ", ""), 14, place.clone())),
        _ => None,
    }
}
