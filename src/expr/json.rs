//! SQL/JSON (`transformJson…()` of `parse_expr.c`). What the server fills in where nothing is said is spelled out.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    Alias, ColumnRef, JsonAggConstructor, JsonArrayAgg, JsonArrayConstructor, JsonArrayQueryConstructor, JsonBehavior,
    JsonBehaviorType, JsonExprOp, JsonFormatType, JsonFuncExpr, JsonIsPredicate, JsonObjectAgg, JsonObjectConstructor,
    JsonOutput, JsonQuotes, JsonValueExpr, JsonValueType, JsonWrapper, Node, RangeSubselect, ResTarget, SelectStmt,
    String as StringNode, SubLink, SubLinkType,
};

use super::forms::Form;
use super::resolve::{Resolver, Typed};
use super::types::{Type, is};
use crate::catalog::meaning::CastContext;
use crate::catalog::tree::{Func, Term};
use crate::sql::{Ident, QualifiedName, TypeName};

impl Resolver<'_> {
    /// `None` where it is no such form, or not understood.
    pub(super) fn json(&mut self, kind: &NodeEnum) -> Option<Typed> {
        match kind {
            NodeEnum::JsonIsPredicate(test) => Some(self.is_json(test)),
            NodeEnum::JsonObjectConstructor(object) => self.json_object(object),
            NodeEnum::JsonArrayConstructor(array) => self.json_array(array),
            NodeEnum::JsonArrayQueryConstructor(array) => Some(self.json_array_of_query(array)),
            NodeEnum::JsonObjectAgg(aggregate) => self.json_object_agg(aggregate),
            NodeEnum::JsonArrayAgg(aggregate) => self.json_array_agg(aggregate),
            NodeEnum::JsonScalarExpr(scalar) => {
                let value = self.operand(scalar.expr.as_deref());
                let value = self.settled(value);
                Some(Form::new("JSON_SCALAR(").arg(value.term).say(")").of(Type::builtin("json")))
            }
            NodeEnum::JsonParseExpr(parse) => {
                let value = self.json_text(parse.expr.as_deref());
                let form = Form::new("JSON(").arg(value).say_if(parse.unique_keys, " WITH UNIQUE KEYS");
                Some(form.say(")").of(Type::builtin("json")))
            }
            NodeEnum::JsonSerializeExpr(serialize) => {
                let (value, format) = self.json_value(serialize.expr.as_deref());
                let to = self.output_type(serialize.output.as_ref()).unwrap_or_else(|| TypeName::builtin("text"));
                let form = Form::new("JSON_SERIALIZE(").arg(value.term).say(format);
                Some(form.say(" RETURNING ").type_name(&to).say(")").of(Type::Known(to)))
            }
            NodeEnum::JsonFuncExpr(call) => self.json_function(call),
            _ => None,
        }
    }

    /// `transformJsonObjectConstructor()`
    fn json_object(&mut self, object: &JsonObjectConstructor) -> Option<Typed> {
        let mut form = Form::new("JSON_OBJECT(");
        let mut types = Vec::new();
        for (at, node) in object.exprs.iter().enumerate() {
            let Some(NodeEnum::JsonKeyValue(pair)) = &node.node else { return None };
            let key = self.operand(pair.key.as_deref());
            let (value, format) = self.json_value(pair.value.as_deref());
            types.extend([key.of, value.of]);
            form = form.say_if(at > 0, ", ").arg(key.term).say(" : ").arg(value.term).say(format);
        }
        let form = form.say_if(object.absent_on_null, " ABSENT ON NULL");
        let form = form.say_if(object.unique, " WITH UNIQUE KEYS");
        let (form, of) = self.returning(form, object.output.as_ref(), &types);
        Some(form.say(")").of(Type::Known(of)))
    }

    /// `transformJsonArrayConstructor()`
    fn json_array(&mut self, array: &JsonArrayConstructor) -> Option<Typed> {
        let mut form = Form::new("JSON_ARRAY(");
        let mut types = Vec::new();
        for (at, node) in array.exprs.iter().enumerate() {
            let Some(NodeEnum::JsonValueExpr(value)) = &node.node else { return None };
            let (value, format) = self.json_value(Some(value));
            types.push(value.of);
            form = form.say_if(at > 0, ", ").arg(value.term).say(format);
        }
        let form = form.say_if(!array.absent_on_null, " NULL ON NULL");
        let (form, of) = self.returning(form, array.output.as_ref(), &types);
        Some(form.say(")").of(Type::Known(of)))
    }

    /// `transformJsonArrayQueryConstructor()`: `(SELECT JSON_ARRAYAGG(a) FROM (query) q(a))`
    fn json_array_of_query(&mut self, array: &JsonArrayQueryConstructor) -> Typed {
        let node = |kind: NodeEnum| Node { node: Some(kind) };
        let name = |name: &str| node(NodeEnum::String(StringNode { sval: name.to_owned() }));
        let column = node(NodeEnum::ColumnRef(ColumnRef { fields: vec![name("q"), name("a")], location: -1 }));
        let value =
            JsonValueExpr { raw_expr: Some(Box::new(column)), format: array.format, ..JsonValueExpr::default() };
        let constructor = JsonAggConstructor { output: array.output.clone(), ..JsonAggConstructor::default() };
        let aggregate = JsonArrayAgg {
            constructor: Some(Box::new(constructor)),
            arg: Some(Box::new(value)),
            absent_on_null: array.absent_on_null,
        };
        let target = ResTarget {
            val: Some(Box::new(node(NodeEnum::JsonArrayAgg(Box::new(aggregate))))),
            ..ResTarget::default()
        };
        let alias = Alias { aliasname: "q".to_owned(), colnames: vec![name("a")] };
        let range = RangeSubselect { subquery: array.query.clone(), alias: Some(alias), ..RangeSubselect::default() };
        let select = SelectStmt {
            target_list: vec![node(NodeEnum::ResTarget(Box::new(target)))],
            from_clause: vec![node(NodeEnum::RangeSubselect(Box::new(range)))],
            op: pg_query::protobuf::SetOperation::SetopNone.into(),
            ..SelectStmt::default()
        };
        let link = SubLink {
            sub_link_type: SubLinkType::ExprSublink.into(),
            subselect: Some(Box::new(node(NodeEnum::SelectStmt(Box::new(select))))),
            ..SubLink::default()
        };
        self.expr(&node(NodeEnum::SubLink(Box::new(link))))
    }

    /// `transformJsonObjectAgg()`
    fn json_object_agg(&mut self, aggregate: &JsonObjectAgg) -> Option<Typed> {
        let pair = aggregate.arg.as_deref()?;
        let key = self.operand(pair.key.as_deref());
        let (value, format) = self.json_value(pair.value.as_deref());
        let arg = Form::new("").arg(key.term).say(" : ").arg(value.term).say(format).term();
        let clauses = Form::new("").say_if(aggregate.absent_on_null, " ABSENT ON NULL");
        let clauses = clauses.say_if(aggregate.unique, " WITH UNIQUE KEYS");
        self.json_aggregate("JSON_OBJECTAGG", arg, clauses, aggregate.constructor.as_deref()?, &[key.of, value.of])
    }

    /// `transformJsonArrayAgg()`
    fn json_array_agg(&mut self, aggregate: &JsonArrayAgg) -> Option<Typed> {
        let (value, format) = self.json_value(aggregate.arg.as_deref());
        let arg = Form::new("").arg(value.term).say(format).term();
        let clauses = Form::new("").say_if(!aggregate.absent_on_null, " NULL ON NULL");
        self.json_aggregate("JSON_ARRAYAGG", arg, clauses, aggregate.constructor.as_deref()?, &[value.of])
    }

    /// `transformJsonAggConstructor()`
    fn json_aggregate(
        &mut self,
        keyword: &str,
        arg: Term,
        clauses: Form,
        constructor: &JsonAggConstructor,
        types: &[Type],
    ) -> Option<Typed> {
        let order = self.sort(&constructor.agg_order);
        let filter = constructor.agg_filter.as_deref().map(|filter| self.condition(Some(filter)));
        let over = match constructor.over.as_deref() {
            Some(window) => Some(self.window(window)?),
            None => None,
        };
        let (clauses, of) = self.returning(clauses, constructor.output.as_ref(), types);
        let (name, clauses) = (QualifiedName::bare(keyword), Some(clauses.term()));
        let func = Func { name, args: vec![arg], order, clauses, filter, over, ..Func::default() };
        Some(Typed::new(Term::Func(Box::new(func)), Type::Known(of)))
    }

    /// `transformJsonIsPredicate()`
    fn is_json(&mut self, test: &JsonIsPredicate) -> Typed {
        let arg = self.operand(test.expr.as_deref());
        let arg = self.as_json_text(arg);
        let what = match test.item_type() {
            JsonValueType::JsTypeObject => " OBJECT",
            JsonValueType::JsTypeArray => " ARRAY",
            JsonValueType::JsTypeScalar => " SCALAR",
            JsonValueType::JsTypeAny | JsonValueType::Undefined => "",
        };
        let form = Form::new("(").arg(arg).say(" IS JSON").say(what);
        form.say_if(test.unique_keys, " WITH UNIQUE KEYS").say(")").of(Type::builtin("bool"))
    }

    fn json_text(&mut self, value: Option<&JsonValueExpr>) -> Term {
        let (value, _) = self.json_value(value);
        self.as_json_text(value)
    }

    /// `transformJsonParseArg()`: strings are text.
    fn as_json_text(&mut self, value: Typed) -> Term {
        let is_string = match &value.of {
            Type::Literal => true,
            Type::Known(of) => self.scope.category(of) == 'S',
            Type::Opaque => false,
        };
        if !is_string {
            return value.term;
        }
        self.coerce_to_target(value, &TypeName::builtin("text"), CastContext::Implicit).term
    }

    pub(super) fn json_value(&mut self, value: Option<&JsonValueExpr>) -> (Typed, &'static str) {
        let Some(value) = value else { return (self.operand(None), "") };
        let is_json = value.format.as_ref().is_some_and(|format| format.format_type() == JsonFormatType::JsFormatJson);
        let made = self.operand(value.raw_expr.as_deref());
        (self.settled(made), if is_json { " FORMAT JSON" } else { "" })
    }

    fn output_type(&mut self, output: Option<&JsonOutput>) -> Option<TypeName> {
        output?.type_name.as_ref().map(|name| self.type_name(name))
    }

    /// `transformJsonConstructorOutput()`: `jsonb` if there is any in it, else `json`.
    fn returning(&mut self, form: Form, output: Option<&JsonOutput>, types: &[Type]) -> (Form, TypeName) {
        let has_jsonb = types.iter().any(|of| of.known().is_some_and(|of| is(of, "jsonb")));
        let usual = TypeName::builtin(if has_jsonb { "jsonb" } else { "json" });
        let of = self.output_type(output).unwrap_or(usual);
        (form.say(" RETURNING ").type_name(&of), of)
    }

    /// `transformJsonFuncExpr()`: `JSON_EXISTS`, `JSON_VALUE`, `JSON_QUERY`
    fn json_function(&mut self, call: &JsonFuncExpr) -> Option<Typed> {
        let (keyword, usual) = match call.op() {
            JsonExprOp::JsonExistsOp => ("JSON_EXISTS(", "bool"),
            JsonExprOp::JsonQueryOp => ("JSON_QUERY(", "jsonb"),
            JsonExprOp::JsonValueOp => ("JSON_VALUE(", "text"),
            JsonExprOp::JsonTableOp | JsonExprOp::Undefined => return None,
        };
        let (item, format) = self.json_value(call.context_item.as_deref());
        let path = self.operand(call.pathspec.as_deref());
        let path = self.coerce_to_target(path, &TypeName::builtin("jsonpath"), CastContext::Explicit);
        let form = Form::new(keyword).arg(item.term).say(format).say(", ").arg(path.term);
        let form = self.passing(form, &call.passing)?;
        let of = self.output_type(call.output.as_ref()).unwrap_or_else(|| TypeName::builtin(usual));
        let form = if call.op() == JsonExprOp::JsonExistsOp { form } else { form.say(" RETURNING ").type_name(&of) };
        Some(self.json_options(form, call, &of)?.say(")").of(Type::Known(of)))
    }

    /// `PASSING value AS name, …`
    pub(super) fn passing(&mut self, mut form: Form, arguments: &[Node]) -> Option<Form> {
        for (at, node) in arguments.iter().enumerate() {
            let Some(NodeEnum::JsonArgument(argument)) = &node.node else { return None };
            let (value, format) = self.json_value(argument.val.as_deref());
            form = form.say(if at == 0 { " PASSING " } else { ", " }).arg(value.term).say(format);
            form = form.say(&format!(" AS {}", Ident::from(&argument.name)));
        }
        Some(form)
    }

    /// How what is found is wrapped, and what happens where nothing is (`get_json_expr_options()`).
    pub(super) fn json_options(&mut self, form: Form, call: &JsonFuncExpr, of: &TypeName) -> Option<Form> {
        let mut form = form;
        if call.op() == JsonExprOp::JsonQueryOp {
            form = form.say(match call.wrapper() {
                JsonWrapper::JswConditional => " WITH CONDITIONAL WRAPPER",
                JsonWrapper::JswUnconditional => " WITH UNCONDITIONAL WRAPPER",
                JsonWrapper::JswNone | JsonWrapper::JswUnspec | JsonWrapper::Undefined => " WITHOUT WRAPPER",
            });
            form = form.say(if call.quotes() == JsonQuotes::JsQuotesOmit { " OMIT QUOTES" } else { " KEEP QUOTES" });
        }
        let is_exists = call.op() == JsonExprOp::JsonExistsOp;
        let usual = if is_exists { JsonBehaviorType::JsonBehaviorFalse } else { JsonBehaviorType::JsonBehaviorNull };
        let form = self.behavior(form, call.on_empty.as_deref(), usual, of, "EMPTY")?;
        self.behavior(form, call.on_error.as_deref(), usual, of, "ERROR")
    }

    /// `… ON EMPTY`, unless it is what happens anyway.
    pub(super) fn behavior(
        &mut self,
        form: Form,
        behavior: Option<&JsonBehavior>,
        usual: JsonBehaviorType,
        of: &TypeName,
        when: &str,
    ) -> Option<Form> {
        use JsonBehaviorType as B;
        let Some(behavior) = behavior.filter(|behavior| behavior.btype() != usual) else { return Some(form) };
        let form = match behavior.btype() {
            B::JsonBehaviorNull => form.say(" NULL"),
            B::JsonBehaviorError => form.say(" ERROR"),
            B::JsonBehaviorEmpty | B::JsonBehaviorEmptyArray => form.say(" EMPTY ARRAY"),
            B::JsonBehaviorEmptyObject => form.say(" EMPTY OBJECT"),
            B::JsonBehaviorTrue => form.say(" TRUE"),
            B::JsonBehaviorFalse => form.say(" FALSE"),
            B::JsonBehaviorUnknown => form.say(" UNKNOWN"),
            B::JsonBehaviorDefault => {
                let value = self.operand(behavior.expr.as_deref());
                let value = self.coerce_to_target(value, of, CastContext::Assignment);
                form.say(" DEFAULT ").arg(value.term)
            }
            B::Undefined => return None,
        };
        Some(form.say(&format!(" ON {when}")))
    }
}
