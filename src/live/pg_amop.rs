//! What belongs to operator classes and families.

use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{FamilyMember, OperatorName, RoutineName};

/// The operators and the functions of one class or family.
#[derive(Default)]
pub(super) struct Belongings {
    pub(super) operators: Vec<FamilyMember<OperatorName>>,
    pub(super) functions: Vec<FamilyMember<RoutineName>>,
}

impl Belongings {
    /// Of the rows about one object.
    pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<Self, Trouble> {
        let mut all = Self::default();
        for row in rows {
            let Some(sort) = row.field::<Option<&str>>("sort")? else { continue };
            let (number, object) = (row.field("number")?, row.field("object")?);
            let types = vec![reading.type_name(row.field("lefttype")?)?, reading.type_name(row.field("righttype")?)?];
            if sort == "operator" {
                let order_by = row.qualified_name("sortschema", "sortname")?;
                all.operators.push(FamilyMember { number, member: reading.operator(object)?, types, order_by });
            } else {
                all.functions.push(FamilyMember { number, member: reading.routine(object)?, types, order_by: None });
            }
        }
        FamilyMember::put_in_order(&mut all.operators);
        FamilyMember::put_in_order(&mut all.functions);
        Ok(all)
    }
}

/// The rows, by the object that they are about, which all follow each other.
pub(super) fn by_object(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    let oid = |row: &Row| row.field::<u32>("oid").unwrap_or_default();
    rows.chunk_by(move |one, next| oid(one) == oid(next))
}
