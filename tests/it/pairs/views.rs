//! The judge's own test, on whole queries: what a server prints of a view, it stores the same again.
//! What its node trees say is then neither too much nor depends on how something was written.

use super::expression::Generator;
use super::store::{self, Place};
use crate::node_tree::meaning;
use crate::random::Random;
use crate::server::on_every_version;

/// Of so many views on each version, so many may be refused.
const VIEWS: usize = 400;
const REFUSED: usize = 40;

/// What a server prints so that it reads as something else, by a part of its text.
const MISPRINTED: &[&str] = &[];

#[test]
fn what_a_server_prints_of_a_view_it_stores_the_same() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let mut client = database.connect();
        store::prepare(&mut client);
        let mut random = Random(cluster.version.into());
        let mut generator = Generator { random: &mut random, version: cluster.version, columns: true, queries: true };
        let texts: Vec<(Place, String)> =
            (0..VIEWS).map(|number| (Place::View, generator.node("qview", 1 + number % 3).sql(false))).collect();
        let stored = store::stored(&mut client, &texts, false);
        let (mut printed, mut meant, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (one, (place, text)) in stored.into_iter().zip(texts) {
            match one.refused {
                Some(why) => refused.push(format!("{why}: {text}")),
                None => {
                    printed.push((place, one.printed));
                    meant.push((text, one.tree));
                }
            }
        }
        assert!(refused.len() < REFUSED, "{} are refused\n{}", refused.len(), refused.join("\n"));
        let again = store::stored(&mut client, &printed, true);
        let mut wrong = Vec::new();
        for (((_, printed), (text, before)), again) in printed.iter().zip(&meant).zip(&again) {
            let is_same = again.refused.is_none() && meaning(before).unwrap() == meaning(&again.tree).unwrap();
            if !is_same && !MISPRINTED.iter().any(|part| printed.contains(part)) {
                let show = |tree: &str| meaning(tree).map_or_else(|why| why, |tree| tree.to_string());
                let why = again.refused.clone().unwrap_or_else(|| show(&again.tree));
                wrong.push(format!("{text}\n{printed}\n  {}\n  {why}", show(before)));
            }
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    });
}
