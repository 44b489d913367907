use crate::catalog::kind::{FamilyMember, IndexKey, OperatorFamily, OperatorName, RoutineName, kind};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::sql::{Ident, QualifiedName, TypeName};

/// What belongs to an operator class or family, of one sort.
type Members<T> = Attr<Vec<FamilyMember<T>>>;

kind! {
    /// An operator class (`pg_opclass`).
    OperatorClass {
        /// The type it is for (`opcintype`).
        data_type as "type": TypeName,
        /// Whether it is the default one of the type (`opcdefault`).
        default: bool,
        /// The operator family it is in (`opcfamily`).
        family: QualifiedName,
        /// The type that is stored, if it is another (`opckeytype`).
        storage: Option<TypeName>,
        /// The operators that belong to it, by number (`pg_amop`).
        operators: Vec<FamilyMember<OperatorName>>,
        /// The functions that belong to it, by number (`pg_amproc`).
        functions: Vec<FamilyMember<RoutineName>>,
        /// The role that owns it (`opcowner`).
        owner: Ident,
        /// The comment on the operator class.
        comment: Option<String>,
    }
}

impl Facts {
    /// Shows `visit` each operator class and family that an object names, with the access method that it is of.
    pub fn visit_opclasses(&mut self, id: &ObjectId, visit: &mut dyn FnMut(Class, &Ident, &mut QualifiedName)) {
        let btree = Ident::new("btree");
        self.visit_keys(&mut |method, key| {
            key.opclass.iter_mut().for_each(|name| visit(Class::OperatorClass, method, name));
        });
        match self {
            Self::Range(range) => {
                let name = range.opclass.get_mut().and_then(Option::as_mut);
                name.into_iter().for_each(|name| visit(Class::OperatorClass, &btree, name));
            }
            Self::OperatorClass(class) => {
                let family = class.family.get_mut();
                family.into_iter().for_each(|name| visit(Class::OperatorFamily, &id.path()[1], name));
                of_orders(&mut class.operators, &btree, visit);
            }
            Self::OperatorFamily(family) => of_orders(&mut family.operators, &btree, visit),
            _ => {}
        }
    }

    /// Shows `visit` each key of an index, an exclusion constraint or a partitioned table, with the access method.
    pub fn visit_keys(&mut self, visit: &mut dyn FnMut(&Ident, &mut IndexKey)) {
        let btree = Ident::new("btree");
        let (keys, method) = match self {
            Self::Index(index) => {
                let method = index.method.get().cloned().unwrap_or(btree);
                (&mut index.keys, method)
            }
            Self::Exclusion(exclusion) => {
                let method = exclusion.method.get().cloned().unwrap_or(btree);
                (&mut exclusion.keys, method)
            }
            Self::Table(table) => {
                let strategy = table.partition_by.get().copied().flatten();
                let method = strategy.map_or(btree, |strategy| Ident::new(strategy.access_method()));
                (&mut table.partition_key, method)
            }
            _ => return,
        };
        keys.get_mut().into_iter().flatten().for_each(|key| visit(&method, key));
    }

    /// Sorts the members of an operator class or family anew: what their types are called may have changed.
    pub fn put_members_in_order(&mut self) {
        let Some((operators, functions)) = self.members_mut() else { return };
        operators.get_mut().into_iter().for_each(|all| FamilyMember::put_in_order(all));
        functions.get_mut().into_iter().for_each(|all| FamilyMember::put_in_order(all));
    }

    /// The operators and the functions that belong to an operator class, or to a family alone.
    pub fn members_mut(&mut self) -> Option<(&mut Members<OperatorName>, &mut Members<RoutineName>)> {
        match self {
            Self::OperatorClass(class) => {
                let OperatorClass { operators, functions, .. } = &mut **class;
                Some((operators, functions))
            }
            Self::OperatorFamily(family) => {
                let OperatorFamily { operators, functions, .. } = &mut **family;
                Some((operators, functions))
            }
            _ => None,
        }
    }
}

fn of_orders(
    operators: &mut Members<OperatorName>,
    btree: &Ident,
    visit: &mut dyn FnMut(Class, &Ident, &mut QualifiedName),
) {
    for name in operators.get_mut().into_iter().flatten().filter_map(|one| one.order_by.as_mut()) {
        visit(Class::OperatorFamily, btree, name);
    }
}
