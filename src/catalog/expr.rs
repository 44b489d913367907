//! An expression of SQL as a value: its text, and once it has been resolved, what it means.

use super::Tree;
use super::shared::Shared;

/// Equal exactly when the resolved trees are equal; as long as one of the two is not resolved,
/// when the texts are.
#[derive(Clone, Debug)]
pub struct Expr {
    text: String,
    tree: Option<Shared<Tree>>,
}

impl Expr {
    /// Not resolved yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), tree: None }
    }

    /// Resolved, and shown as `text`.
    pub fn resolved(text: impl Into<String>, tree: Tree) -> Self {
        Self { text: text.into(), tree: Some(Shared::new(tree)) }
    }

    /// Resolved, and shown as the canonical text of the tree.
    pub fn from_tree(tree: Tree) -> Self {
        Self { text: tree.to_string(), tree: Some(Shared::new(tree)) }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_deref()
    }

    /// Rewrites the tree, and the text with it where that changed something.
    pub fn rewrite(&mut self, change: impl FnOnce(&mut Tree)) {
        if let Some(tree) = &mut self.tree {
            let mut changed = Tree::clone(tree);
            change(&mut changed);
            if changed != **tree {
                self.text = changed.to_string();
            }
            *tree = Shared::new(changed);
        }
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        match (&self.tree, &other.tree) {
            (Some(one), Some(two)) => one.is_same(two) || **one == **two,
            _ => self.text == other.text,
        }
    }
}

impl Eq for Expr {}
