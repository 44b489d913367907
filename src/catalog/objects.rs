//! The objects of a catalog: in their order, and each found at once by its identity.
#![expect(clippy::disallowed_types, reason = "what is shown comes out of `order`")]

use std::collections::hash_map::{self, HashMap};
use std::collections::{BTreeMap, BTreeSet, btree_set};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::RangeBounds;

use super::{Class, Object, ObjectId, Within};
use crate::sql::Ident;

/// A map from identities to objects, in the order of the identities. Most of what a catalog is asked is about one object,
/// so those are found by a hash; the order serves what asks for the parts of one.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    found: HashMap<ObjectId, Object, BuildHasherDefault<Ready>>,
    order: BTreeSet<ObjectId>,
    /// How many there are of each class.
    counts: BTreeMap<Class, usize>,
    /// How many that stand in a schema are called so, whatever their schemas.
    called: HashMap<Ident, usize>,
}

impl Objects {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.found.get(id)
    }

    pub fn get_mut(&mut self, id: &ObjectId) -> Option<&mut Object> {
        self.found.get_mut(id)
    }

    pub fn contains_key(&self, id: &ObjectId) -> bool {
        self.found.contains_key(id)
    }

    /// Whether there is any object of a class.
    pub fn has_any(&self, class: Class) -> bool {
        self.counts.get(&class).is_some_and(|count| *count > 0)
    }

    /// Whether anything that stands in a schema is called so, in whichever.
    pub fn has_called(&self, name: &Ident) -> bool {
        self.called.get(name).is_some_and(|count| *count > 0)
    }

    /// What was called so before.
    pub fn insert(&mut self, id: ObjectId, object: Object) -> Option<Object> {
        let before = self.found.insert(id.clone(), object);
        if before.is_none() {
            *self.counts.entry(id.class()).or_default() += 1;
            if let Some(name) = name_in_schema(&id) {
                *self.called.entry(name.clone()).or_default() += 1;
            }
            self.order.insert(id);
        }
        before
    }

    pub fn remove(&mut self, id: &ObjectId) -> Option<Object> {
        let object = self.found.remove(id)?;
        self.order.remove(id);
        self.counts.entry(id.class()).and_modify(|count| *count -= 1);
        if let Some(name) = name_in_schema(id) {
            self.called.entry(name.clone()).and_modify(|count| *count -= 1);
        }
        Some(object)
    }

    pub fn retain(&mut self, mut is_kept: impl FnMut(&ObjectId, &Object) -> bool) {
        let gone: Vec<ObjectId> =
            self.iter().filter(|(id, object)| !is_kept(id, object)).map(|(id, _)| id.clone()).collect();
        gone.iter().for_each(|id| drop(self.remove(id)));
    }

    pub fn iter(&self) -> Iter<'_> {
        Iter { objects: self, ids: self.order.iter() }
    }

    pub fn keys(&self) -> btree_set::Iter<'_, ObjectId> {
        self.order.iter()
    }

    pub fn values(&self) -> impl Iterator<Item = &Object> {
        self.iter().map(|(_, object)| object)
    }

    /// In no order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.found.values_mut()
    }

    pub fn range(&self, range: impl RangeBounds<ObjectId>) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.order.range(range).map(|id| (id, &self.found[id]))
    }
}

fn name_in_schema(id: &ObjectId) -> Option<&Ident> {
    (id.class().within() == Within::Schema).then(|| id.name())
}

impl FromIterator<(ObjectId, Object)> for Objects {
    fn from_iter<T: IntoIterator<Item = (ObjectId, Object)>>(all: T) -> Self {
        let mut objects = Self::new();
        all.into_iter().for_each(|(id, object)| drop(objects.insert(id, object)));
        objects
    }
}

/// All objects in their order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    objects: &'a Objects,
    ids: btree_set::Iter<'a, ObjectId>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a ObjectId, &'a Object);

    fn next(&mut self) -> Option<Self::Item> {
        self.ids.next().map(|id| (id, &self.objects.found[id]))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ids.size_hint()
    }
}

impl<'a> IntoIterator for &'a Objects {
    type Item = (&'a ObjectId, &'a Object);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// In no order.
impl<'a> IntoIterator for &'a mut Objects {
    type Item = (&'a ObjectId, &'a mut Object);
    type IntoIter = hash_map::IterMut<'a, ObjectId, Object>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.iter_mut()
    }
}

/// Takes the hash that an identity has been given when it was made.
#[derive(Clone, Debug, Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        debug_assert!(bytes.is_empty(), "an identity says its hash and nothing else");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Origin;
    use crate::catalog::kind::Table;

    #[test]
    fn what_is_found_is_what_stands_in_order() {
        let table = |name: &str| ObjectId::in_schema(Class::Relation, &"s".into(), &name.into());
        let mut objects = Objects::new();
        for name in ["b", "a", "c", "a"] {
            objects.insert(table(name), Object::new(&table(name), Table::default(), Origin::Server));
        }
        let names = |objects: &Objects| objects.keys().map(|id| id.name().as_str().to_owned()).collect::<String>();
        assert_eq!(names(&objects), "abc");
        assert!(objects.has_called(&"a".into()) && objects.has_any(Class::Relation));

        assert!(objects.remove(&table("a")).is_some() && objects.remove(&table("a")).is_none());
        assert!(!objects.has_called(&"a".into()) && objects.get(&table("a")).is_none());
        objects.retain(|id, _| *id == table("c"));
        assert_eq!(names(&objects), "c");
        assert_eq!(objects.range(table("b")..).count(), 1);
        assert_eq!(objects.len(), 1);
        objects.retain(|_, _| false);
        assert!(!objects.has_any(Class::Relation));
    }
}
