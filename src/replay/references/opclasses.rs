//! What depends on operator classes and families, and what these depend on.

use super::{Dependency, Dependent, Found};
use crate::catalog::kind::{FamilyMember, IndexKey, OperatorFamily, PartitionStrategy};
use crate::catalog::{Attr, AttrValue, Class, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::opclasscmds::FamilySlot;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Found<'_> {
    /// The operator classes that something uses, and the family that a class is in.
    pub(super) fn of_opclasses(&mut self, id: &ObjectId, facts: &Facts) {
        let btree = Ident::new("btree");
        match facts {
            Facts::PrimaryKey(key) => self.of_usual_classes(id, &key.columns, &key.without_overlaps),
            Facts::Unique(key) => self.of_usual_classes(id, &key.columns, &key.without_overlaps),
            Facts::Index(index) => self.of_classes_of_keys(id, id.parent().as_ref(), index.method.get(), &index.keys),
            Facts::Exclusion(key) => self.of_classes_of_keys(id, id.parent().as_ref(), key.method.get(), &key.keys),
            Facts::Table(table) => {
                let strategy = table.partition_by.get().copied().flatten();
                let method = Ident::new(strategy.map_or("btree", PartitionStrategy::access_method));
                self.of_classes_of_keys(id, Some(id), Some(&method), &table.partition_key);
            }
            Facts::Range(range) => {
                let name = range.opclass.get().and_then(Option::as_ref);
                self.of_class(id, &btree, name, |_| range.subtype.get().cloned());
            }
            Facts::OperatorClass(_) => self.of_families(id, facts),
            _ => {}
        }
    }

    fn of_classes_of_keys(
        &mut self,
        id: &ObjectId,
        relation: Option<&ObjectId>,
        method: Option<&Ident>,
        keys: &Attr<Vec<IndexKey>>,
    ) {
        let (Some(relation), Some(method)) = (relation, method) else { return };
        for key in keys.get().into_iter().flatten() {
            self.of_class(id, method, key.opclass.as_ref(), |replay| replay.type_of_key(relation, key));
        }
    }

    /// Behind a primary key or a unique constraint are the default ones.
    fn of_usual_classes(&mut self, id: &ObjectId, columns: &Attr<Vec<Ident>>, without_overlaps: &Attr<bool>) {
        let Some(relation) = id.parent() else { return };
        let method = Ident::new(if without_overlaps.get() == Some(&true) { "gist" } else { "btree" });
        for column in columns.get().into_iter().flatten() {
            let key = IndexKey::column(column.clone());
            self.of_class(id, &method, None, |replay| replay.type_of_key(&relation, &key));
        }
    }

    /// The operator class that is named, or that a type has by default.
    fn of_class(
        &mut self,
        id: &ObjectId,
        method: &Ident,
        name: Option<&QualifiedName>,
        of: impl FnOnce(&Replay) -> Option<TypeName>,
    ) {
        let replay = self.replay;
        let others = self.opclasses.entry(method.clone()).or_insert_with(|| replay.opclasses_of_others(method));
        let from = match name {
            Some(name) => others.iter().find(|one| one.name == *name).and_then(|one| one.from.clone()),
            None if others.iter().any(|one| one.is_default) => {
                of(replay).and_then(|of| replay.default_opclass(method, &of)?.from)
            }
            None => None,
        };
        from.into_iter().for_each(|from| self.add(id, from, Dependency::Normal));
    }

    /// A class goes with its family. The families of orders it has to be without.
    fn of_families(&mut self, id: &ObjectId, facts: &Facts) {
        let mut named = Vec::new();
        facts.clone().visit_opclasses(id, &mut |class, method, name| {
            let schema = name.schema.as_ref();
            named.extend(schema.map(|schema| ObjectId::of_method(class, schema, method, &name.name)));
        });
        let own = match facts {
            Facts::OperatorClass(class) => class.family.get().cloned(),
            _ => None,
        };
        for family in named {
            let is_own = own.as_ref() == Some(&family.qualified_name()) && family.path()[1] == id.path()[1];
            self.add(id, family, if is_own { Dependency::Auto } else { Dependency::Normal });
        }
    }

    /// What belongs to a family alone goes with whatever it needs, but for what the family cannot do without.
    pub(super) fn of_family(&mut self, id: &ObjectId, family: &OperatorFamily) {
        self.add(id, ObjectId::top(Class::AccessMethod, &id.path()[1]), Dependency::Auto);
        for operator in family.operators.get().into_iter().flatten() {
            let order = operator.order_by.as_ref().and_then(|name| {
                Some(ObjectId::of_method(Class::OperatorFamily, name.schema.as_ref()?, &"btree".into(), &name.name))
            });
            self.of_member(id, FamilySlot::of(false, operator), operator, order);
        }
        for function in family.functions.get().into_iter().flatten() {
            self.of_member(id, FamilySlot::of(true, function), function, None);
        }
    }

    fn of_member<T: AttrValue + Clone + std::fmt::Display>(
        &mut self,
        id: &ObjectId,
        slot: FamilySlot,
        member: &FamilyMember<T>,
        order: Option<ObjectId>,
    ) {
        let is_required = self.replay.is_required(&id.path()[1], &slot);
        for on in self.replay.named_by(&mut member.clone()).into_iter().chain(order) {
            if is_required {
                self.add(id, on, Dependency::Normal);
            } else {
                self.references.push((Dependent::Member(id.clone(), slot.clone()), on, Dependency::Auto));
            }
        }
    }
}
