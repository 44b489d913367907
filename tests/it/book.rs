//! The book in `docs/`: what it shows is run, and what it links to is there.

mod codes;
mod links;
mod play;
mod reference;

/// A fenced block of a page.
pub(crate) struct Block<'a> {
    /// What stands behind the fence: the language, and what a test is to make of it.
    pub(crate) info: &'a str,
    pub(crate) text: &'a str,
}

/// The fenced blocks of a page, in their order.
pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("```") {
        let (info, inside) = rest[start + 3..].split_once('\n').unwrap();
        let (text, behind) = inside.split_once("```").expect("a block that ends");
        found.push(Block { info, text });
        rest = behind;
    }
    found
}
