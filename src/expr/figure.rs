//! The names that the server invents for output columns (`parse_target.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{
    AConst, AExprKind, CoercionForm, JsonExprOp, MinMaxOp, Node, SelectStmt, SubLinkType, XmlExprOp,
};

use crate::sql::Ident;
use crate::sql::type_name::{last_ident, string_of};

/// `FigureColname()` of that major version.
pub(crate) fn figure_name(node: &Node, version: u32) -> Option<Ident> {
    figure(node, version).map(|(name, _)| name)
}

/// A name and how good it is: a cast's own name gives way to what it casts.
fn figure(node: &Node, version: u32) -> Option<(Ident, u8)> {
    let good = |name: &str| Some((Ident::from(name), 2));
    let inner = |node: &Option<Box<Node>>| node.as_deref().and_then(|node| figure(node, version));
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(column) => column.fields.iter().rev().find_map(string_of).map(|name| (Ident::new(name), 2)),
        NodeEnum::AIndirection(access) => match access.indirection.iter().rev().find_map(string_of) {
            Some(name) => Some((Ident::new(name), 2)),
            None => inner(&access.arg),
        },
        // Before PostgreSQL 14 EXTRACT is read as a call of `date_part()`.
        NodeEnum::FuncCall(call)
            if version < 14
                && call.funcformat() == CoercionForm::CoerceSqlSyntax
                && last_ident(&call.funcname) == "extract" =>
        {
            good("date_part")
        }
        NodeEnum::FuncCall(call) => Some((last_ident(&call.funcname), 2)),
        // Before PostgreSQL 15 `true` is read as a cast to `bool`.
        NodeEnum::AConst(AConst { val: Some(Val::Boolval(_)), .. }) if version < 15 => Some((Ident::from("bool"), 1)),
        NodeEnum::AExpr(expr) if expr.kind() == AExprKind::AexprNullif => good("nullif"),
        NodeEnum::TypeCast(cast) => match inner(&cast.arg) {
            Some(named) if named.1 == 2 => Some(named),
            _ => cast.type_name.as_ref().map(|name| (last_ident(&name.names), 1)),
        },
        NodeEnum::CollateClause(clause) => inner(&clause.arg),
        NodeEnum::GroupingFunc(_) => good("grouping"),
        NodeEnum::MergeSupportFunc(_) => good("merge_action"),
        NodeEnum::SubLink(link) => match link.sub_link_type() {
            SubLinkType::ExistsSublink => good("exists"),
            SubLinkType::ArraySublink => good("array"),
            SubLinkType::ExprSublink => match link.subselect.as_ref().and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::SelectStmt(stmt)) => first_output(stmt, version),
                _ => None,
            },
            _ => None,
        },
        NodeEnum::CaseExpr(case) => match inner(&case.defresult) {
            Some(named) if named.1 == 2 => Some(named),
            _ => Some((Ident::new("case"), 1)),
        },
        NodeEnum::AArrayExpr(_) => good("array"),
        NodeEnum::RowExpr(_) => good("row"),
        NodeEnum::CoalesceExpr(_) => good("coalesce"),
        NodeEnum::MinMaxExpr(list) => good(if list.op() == MinMaxOp::IsLeast { "least" } else { "greatest" }),
        NodeEnum::JsonFuncExpr(call) => good(match call.op() {
            JsonExprOp::JsonExistsOp => "json_exists",
            JsonExprOp::JsonQueryOp => "json_query",
            JsonExprOp::JsonValueOp => "json_value",
            JsonExprOp::JsonTableOp | JsonExprOp::Undefined => return None,
        }),
        NodeEnum::JsonObjectConstructor(_) => good("json_object"),
        NodeEnum::JsonArrayConstructor(_) | NodeEnum::JsonArrayQueryConstructor(_) => good("json_array"),
        NodeEnum::JsonObjectAgg(_) => good("json_objectagg"),
        NodeEnum::JsonArrayAgg(_) => good("json_arrayagg"),
        NodeEnum::JsonParseExpr(_) => good("json"),
        NodeEnum::JsonScalarExpr(_) => good("json_scalar"),
        NodeEnum::JsonSerializeExpr(_) => good("json_serialize"),
        NodeEnum::XmlSerialize(_) => good("xmlserialize"),
        NodeEnum::XmlExpr(expr) => good(match expr.op() {
            XmlExprOp::IsXmlconcat => "xmlconcat",
            XmlExprOp::IsXmlelement => "xmlelement",
            XmlExprOp::IsXmlforest => "xmlforest",
            XmlExprOp::IsXmlparse => "xmlparse",
            XmlExprOp::IsXmlpi => "xmlpi",
            XmlExprOp::IsXmlroot => "xmlroot",
            XmlExprOp::IsXmlserialize | XmlExprOp::IsDocument | XmlExprOp::Undefined => return None,
        }),
        NodeEnum::SqlvalueFunction(function) => {
            let name = function.op().as_str_name().trim_start_matches("SVFOP_").trim_end_matches("_N").to_lowercase();
            good(&name)
        }
        _ => None,
    }
}

/// The first output column of a query; those of a set operation are called as in its first arm.
fn first_output(stmt: &SelectStmt, version: u32) -> Option<(Ident, u8)> {
    if let Some(first) = &stmt.larg {
        return first_output(first, version);
    }
    if !stmt.values_lists.is_empty() {
        return Some((Ident::from("column1"), 2));
    }
    match &stmt.target_list.first()?.node {
        Some(NodeEnum::ResTarget(target)) if !target.name.is_empty() => Some((Ident::from(&target.name), 2)),
        Some(NodeEnum::ResTarget(target)) => target.val.as_deref().and_then(|node| figure(node, version)),
        _ => None,
    }
}
