//! From what fails to the smallest thing that still fails.

use super::expression::{Node, Path, Piece};
use super::grammar::GRAMMAR;

/// All that one step makes smaller of some expressions: the same step in each that is the same there, or in
/// one alone. Best ones first.
pub(crate) fn smaller(nodes: &[Node]) -> Vec<Vec<Node>> {
    let mut found = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        for path in node.paths() {
            let Some(place) = node.at(&path) else { continue };
            for new in smaller_here(place) {
                let together: Vec<Node> = nodes
                    .iter()
                    .map(
                        |other| {
                            if other.at(&path) == Some(place) { replaced(other, &path, &new) } else { other.clone() }
                        },
                    )
                    .collect();
                let mut alone = nodes.to_vec();
                alone[number] = replaced(node, &path, &new);
                found.push(together);
                found.push(alone);
            }
        }
        // The same step where the change itself is: both sides have the same form.
        if let [one, other] = nodes {
            found.extend(in_step(one, other));
        }
    }
    found.sort_by_key(|nodes| nodes.iter().map(size).sum::<usize>());
    found.dedup();
    found.retain(|new| new != nodes && new.iter().map(size).sum::<usize>() <= nodes.iter().map(size).sum::<usize>());
    found
}

/// A measure that each step has to make smaller.
pub(crate) fn size(node: &Node) -> usize {
    let forms: usize = node.slots().flat_map(|(_, slot)| &slot.items).map(|item| size(item) + 2).sum();
    forms * 8 + node.sql(false).len()
}

fn replaced(node: &Node, path: &Path, new: &Node) -> Node {
    let mut node = node.clone();
    if let Some(place) = node.at_mut(path) {
        place.clone_from(new);
    }
    node
}

fn smaller_here(place: &Node) -> Vec<Node> {
    let mut found: Vec<Node> = place.slots().flat_map(|(_, slot)| slot.items.iter().cloned()).collect();
    if let Some(of) = GRAMMAR.types.get(&place.of)
        && !place.is_leaf()
    {
        found.extend(of.columns.first().map(|column| Node::word(&place.of, column)));
        found.extend(of.bare.first().map(|bare| Node::word(&place.of, bare)));
        found.extend(of.texts.first().map(|text| Node::word(&place.of, &format!("'{text}'::{}", place.of))));
    }
    for (at, slot) in place.slots().filter(|(_, slot)| slot.items.len() > 1) {
        for item in 0..slot.items.len() {
            let mut less = place.clone();
            if let Piece::Slot(slot) = &mut less.pieces[at] {
                slot.items.remove(item);
            }
            found.push(less);
        }
    }
    found
}

/// Down to the same slot in both.
fn in_step(one: &Node, other: &Node) -> Vec<Vec<Node>> {
    let mut found = Vec::new();
    for path in one.paths().into_iter().skip(1) {
        if let (Some(one), Some(other)) = (one.at(&path), other.at(&path)) {
            found.push(vec![one.clone(), other.clone()]);
        }
    }
    found
}
