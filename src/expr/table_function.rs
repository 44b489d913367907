//! `XMLTABLE` and `JSON_TABLE` in FROM (`parse_clause.c`, `parse_jsontable.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    JsonBehaviorType, JsonExprOp, JsonFuncExpr, JsonQuotes, JsonTable, JsonTableColumn, JsonTableColumnType,
    JsonTablePathSpec, JsonWrapper, Node, RangeTableFunc, RangeTableFuncCol, a_const::Val,
};

use super::forms::Form;
use super::from::Made;
use super::names::{Columns, Known};
use super::resolve::Resolver;
use super::select::{NotUnderstood, Understood};
use super::types::{Type, is};
use super::values::escape_json;
use crate::catalog::meaning::CastContext;
use crate::catalog::tree::{ItemKind, Term};
use crate::sql::{Ident, TypeName};

impl Resolver<'_> {
    /// `transformRangeTableFunc()`, printed as `get_xmltable()` does.
    pub(super) fn xml_table(&mut self, table: &RangeTableFunc) -> Understood<Made> {
        let mut form = Form::new("");
        for (at, node) in table.namespaces.iter().enumerate() {
            let Some(NodeEnum::ResTarget(target)) = &node.node else { return Err(NotUnderstood) };
            let uri = self.text_of(target.val.as_deref());
            form = form.say(if at == 0 { "XMLNAMESPACES (" } else { ", " });
            form = if target.name.is_empty() {
                form.say("DEFAULT ").arg(uri)
            } else {
                form.arg(uri).say(&format!(" AS {}", Ident::from(&target.name)))
            };
        }
        let rows = self.text_of(table.rowexpr.as_deref());
        let document = self.operand(table.docexpr.as_deref());
        let document = self.coerce(document, &TypeName::builtin("xml")).term;
        let form = form.say_if(!table.namespaces.is_empty(), "), ");
        let mut form = form.say("(").arg(rows).say(") PASSING (").arg(document).say(")");
        let mut columns = Columns::new();
        for (at, node) in table.columns.iter().enumerate() {
            let Some(NodeEnum::RangeTableFuncCol(column)) = &node.node else { return Err(NotUnderstood) };
            let name = Ident::from(&column.colname);
            form = form.say(&format!("{} {name}", if at == 0 { " COLUMNS" } else { "," }));
            let of;
            (form, of) = self.xml_column(form, column);
            columns.push((name, of));
        }
        let what = ItemKind::TableFunction { keyword: "XMLTABLE", clauses: form.term() };
        Ok(self.item(what, false, table.alias.as_ref(), None, Known::These(columns)))
    }

    /// That the path is the column's name is not stored.
    fn xml_column(&mut self, form: Form, column: &RangeTableFuncCol) -> (Form, Type) {
        let Some(of) = column.type_name.as_ref().filter(|_| !column.for_ordinality) else {
            return (form.say(" FOR ORDINALITY"), Type::builtin("int4"));
        };
        let of = self.type_name(of);
        let mut form = form.say(" ").type_name(&of);
        if let Some(default) = self.optional(column.coldefexpr.as_deref()) {
            let default = self.coerce_to_target(default, &of, CastContext::Assignment);
            form = form.say(" DEFAULT (").arg(default.term).say(")");
        }
        if let Some(path) = column.colexpr.as_deref() {
            form = form.say(" PATH (").arg(self.text_of(Some(path))).say(")");
        }
        (form.say_if(column.is_not_null, " NOT NULL"), Type::Known(of))
    }

    fn text_of(&mut self, node: Option<&Node>) -> Term {
        let value = self.operand(node);
        self.coerce(value, &TypeName::builtin("text")).term
    }

    /// `transformJsonTable()`, printed as `get_json_table()` does.
    pub(super) fn json_table(&mut self, table: &JsonTable) -> Understood<Made> {
        let (item, format) = self.json_value(table.context_item.as_deref());
        let root = table.pathspec.as_deref().ok_or(NotUnderstood)?;
        let mut unnamed = 0;
        let form = self.row_path(Form::new("").arg(item.term).say(format).say(", "), root, &mut unnamed)?;
        let form = self.passing(form, &table.passing).ok_or(NotUnderstood)?;
        let mut columns = Columns::new();
        let form = self.json_columns(form, &table.columns, &mut columns, &mut unnamed)?;
        let usual = JsonBehaviorType::JsonBehaviorEmptyArray;
        let nothing = TypeName::builtin("jsonb");
        let form = self.behavior(form, table.on_error.as_deref(), usual, &nothing, "ERROR").ok_or(NotUnderstood)?;
        let what = ItemKind::TableFunction { keyword: "JSON_TABLE", clauses: form.term() };
        Ok(self.item(what, false, table.alias.as_ref(), None, Known::These(columns)))
    }

    /// A path to rows; one without a name is given a number (`generateJsonTablePathName()`).
    fn row_path(&mut self, form: Form, path: &JsonTablePathSpec, unnamed: &mut usize) -> Understood<Form> {
        let mut name = Ident::from(&path.name);
        if path.name.is_empty() {
            name = Ident::new(format!("json_table_path_{unnamed}"));
            *unnamed += 1;
        }
        Ok(form.arg(self.path(path)?).say(&format!(" AS {name}")))
    }

    /// The grammar takes but a plain string for a path.
    fn path(&mut self, path: &JsonTablePathSpec) -> Understood<Term> {
        match path.string.as_ref().and_then(|node| node.node.as_ref()) {
            Some(NodeEnum::AConst(constant)) => match &constant.val {
                Some(Val::Sval(text)) => Ok(self.path_of(&text.sval)),
                _ => Err(NotUnderstood),
            },
            _ => Err(NotUnderstood),
        }
    }

    fn path_of(&mut self, text: &str) -> Term {
        match self.literal(Some(text), &TypeName::builtin("jsonpath")) {
            Term::Const { value, .. } => Term::Const { value, data_type: TypeName::builtin("unknown") },
            other => other,
        }
    }

    /// `transformJsonTableColumns()`: those that are nested come behind all others of their level.
    fn json_columns(
        &mut self,
        form: Form,
        nodes: &[Node],
        columns: &mut Columns,
        unnamed: &mut usize,
    ) -> Understood<Form> {
        let mut form = form.say(" COLUMNS (");
        let (mut plain, mut nested) = (Vec::new(), Vec::new());
        for node in nodes {
            let Some(NodeEnum::JsonTableColumn(column)) = &node.node else { return Err(NotUnderstood) };
            let is_nested = column.coltype() == JsonTableColumnType::JtcNested;
            if is_nested { nested.push(column) } else { plain.push(column) }
        }
        for (at, column) in plain.iter().enumerate() {
            let name = Ident::from(&column.name);
            form = form.say_if(at > 0, ", ").say(&name.to_string());
            let of;
            (form, of) = self.json_column(form, column)?;
            columns.push((name, of));
        }
        for (at, column) in nested.iter().enumerate() {
            form = form.say_if(at > 0 || !plain.is_empty(), ", ").say("NESTED PATH ");
            form = self.row_path(form, column.pathspec.as_deref().ok_or(NotUnderstood)?, unnamed)?;
            form = self.json_columns(form, &column.columns, columns, unnamed)?;
        }
        Ok(form.say(")"))
    }

    /// `transformJsonTableColumn()`: each is a `JSON_VALUE`, `JSON_QUERY` or `JSON_EXISTS` of its row.
    fn json_column(&mut self, form: Form, column: &JsonTableColumn) -> Understood<(Form, Type)> {
        let Some(of) = &column.type_name else { return Ok((form.say(" FOR ORDINALITY"), Type::builtin("int4"))) };
        let of = self.type_name(of);
        let op = match column.coltype() {
            JsonTableColumnType::JtcExists => JsonExprOp::JsonExistsOp,
            JsonTableColumnType::JtcFormatted => JsonExprOp::JsonQueryOp,
            _ if self.is_json_composite(&of)
                || !matches!(column.quotes(), JsonQuotes::JsQuotesUnspec | JsonQuotes::Undefined)
                || !matches!(column.wrapper(), JsonWrapper::JswUnspec | JsonWrapper::Undefined) =>
            {
                JsonExprOp::JsonQueryOp
            }
            _ => JsonExprOp::JsonValueOp,
        };
        let path = match column.pathspec.as_deref() {
            Some(path) => self.path(path)?,
            None => self.path_of(&format!("$.{}", escape_json(&column.name))),
        };
        let is_text = self.scope.category(&of) == 'S';
        let form = form.say(" ").type_name(&of).say_if(op == JsonExprOp::JsonExistsOp, " EXISTS");
        let form = form.say_if(op == JsonExprOp::JsonQueryOp && is_text, " FORMAT JSON").say(" PATH ").arg(path);
        let call = JsonFuncExpr {
            op: op.into(),
            on_empty: column.on_empty.clone(),
            on_error: column.on_error.clone(),
            wrapper: column.wrapper,
            quotes: column.quotes,
            ..JsonFuncExpr::default()
        };
        Ok((self.json_options(form, &call, &of).ok_or(NotUnderstood)?, Type::Known(of)))
    }

    /// `isCompositeType()`: what `JSON_QUERY` makes better than `JSON_VALUE`.
    fn is_json_composite(&self, of: &TypeName) -> bool {
        let of = self.scope.base_type(of);
        of.array || ["json", "jsonb", "record"].iter().any(|name| is(&of, name)) || self.scope.is_complex(&of)
    }
}
