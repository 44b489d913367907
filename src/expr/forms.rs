//! Forms with a syntax of their own: SQL/JSON (`transformJson…()` of `parse_expr.c`), XML, GROUPING.
//! What the server fills in where nothing is said is spelled out.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    JsonBehavior, JsonBehaviorType, JsonExprOp, JsonFormatType, JsonFuncExpr, JsonIsPredicate, JsonOutput, JsonQuotes,
    JsonValueExpr, JsonValueType, JsonWrapper, Node, XmlExpr, XmlExprOp, XmlOptionType, XmlSerialize,
};

use super::figure::figure_name;
use super::resolve::{Resolver, Typed};
use super::types::{Type, is};
use crate::catalog::meaning::CastContext;
use crate::catalog::tree::Term;
use crate::sql::{Ident, TypeName};

/// A form in the making: words, and terms between them.
struct Form {
    words: Vec<String>,
    args: Vec<Term>,
}

impl Form {
    fn new(word: impl Into<String>) -> Self {
        Self { words: vec![word.into()], args: Vec::new() }
    }

    fn say(mut self, word: &str) -> Self {
        if let Some(last) = self.words.last_mut() {
            last.push_str(word);
        }
        self
    }

    fn say_if(self, is_so: bool, word: &str) -> Self {
        if is_so { self.say(word) } else { self }
    }

    fn arg(mut self, term: Term) -> Self {
        self.args.push(term);
        self.words.push(String::new());
        self
    }

    fn list(self, terms: Vec<Term>) -> Self {
        terms.into_iter().enumerate().fold(self, |form, (at, term)| form.say_if(at > 0, ", ").arg(term))
    }

    fn of(self, of: Type) -> Typed {
        Typed::new(Term::Syntax { words: self.words, args: self.args }, of)
    }
}

impl Resolver<'_> {
    pub(super) fn special(&mut self, kind: &NodeEnum, node: &Node) -> Typed {
        let made = match kind {
            NodeEnum::GroupingFunc(call) => {
                let args = call.args.iter().map(|arg| self.expr(arg).term).collect();
                Some(Form::new("GROUPING(").list(args).say(")").of(Type::builtin("int4")))
            }
            NodeEnum::JsonIsPredicate(test) => Some(self.is_json(test)),
            NodeEnum::JsonObjectConstructor(object) => {
                let mut form = Form::new("JSON_OBJECT(");
                let mut types = Vec::new();
                for (at, node) in object.exprs.iter().enumerate() {
                    let Some(NodeEnum::JsonKeyValue(pair)) = &node.node else { return self.raw(node) };
                    let key = self.operand(pair.key.as_deref());
                    let (value, format) = self.json_value(pair.value.as_deref());
                    types.extend([key.of, value.of]);
                    form = form.say_if(at > 0, ", ").arg(key.term).say(" : ").arg(value.term).say(format);
                }
                let form = form.say_if(object.absent_on_null, " ABSENT ON NULL");
                Some(self.returning(form.say_if(object.unique, " WITH UNIQUE KEYS"), object.output.as_ref(), &types))
            }
            NodeEnum::JsonArrayConstructor(array) => {
                let mut form = Form::new("JSON_ARRAY(");
                let mut types = Vec::new();
                for (at, node) in array.exprs.iter().enumerate() {
                    let Some(NodeEnum::JsonValueExpr(value)) = &node.node else { return self.raw(node) };
                    let (value, format) = self.json_value(Some(value));
                    types.push(value.of);
                    form = form.say_if(at > 0, ", ").arg(value.term).say(format);
                }
                Some(self.returning(form.say_if(!array.absent_on_null, " NULL ON NULL"), array.output.as_ref(), &types))
            }
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
                Some(form.say(&format!(" RETURNING {to})")).of(Type::Known(to)))
            }
            NodeEnum::JsonFuncExpr(call) => self.json_function(call),
            NodeEnum::XmlExpr(expr) => self.xml(expr),
            NodeEnum::XmlSerialize(serialize) => Some(self.xml_serialize(serialize)),
            _ => None,
        };
        made.unwrap_or_else(|| self.raw(node))
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

    fn json_value(&mut self, value: Option<&JsonValueExpr>) -> (Typed, &'static str) {
        let Some(value) = value else { return (self.operand(None), "") };
        let is_json = value.format.as_ref().is_some_and(|format| format.format_type() == JsonFormatType::JsFormatJson);
        let made = self.operand(value.raw_expr.as_deref());
        (self.settled(made), if is_json { " FORMAT JSON" } else { "" })
    }

    fn output_type(&mut self, output: Option<&JsonOutput>) -> Option<TypeName> {
        output?.type_name.as_ref().map(|name| self.type_name(name))
    }

    /// `transformJsonConstructorOutput()`: `jsonb` if there is any in it, else `json`.
    fn returning(&mut self, form: Form, output: Option<&JsonOutput>, types: &[Type]) -> Typed {
        let has_jsonb = types.iter().any(|of| of.known().is_some_and(|of| is(of, "jsonb")));
        let usual = TypeName::builtin(if has_jsonb { "jsonb" } else { "json" });
        let of = self.output_type(output).unwrap_or(usual);
        form.say(&format!(" RETURNING {of})")).of(Type::Known(of))
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
        let mut form = Form::new(keyword).arg(item.term).say(format).say(", ").arg(path.term);
        for (at, node) in call.passing.iter().enumerate() {
            let Some(NodeEnum::JsonArgument(argument)) = &node.node else { return None };
            let (value, format) = self.json_value(argument.val.as_deref());
            form = form.say(if at == 0 { " PASSING " } else { ", " }).arg(value.term).say(format);
            form = form.say(&format!(" AS {}", Ident::from(&argument.name)));
        }
        let of = self.output_type(call.output.as_ref()).unwrap_or_else(|| TypeName::builtin(usual));
        let is_exists = call.op() == JsonExprOp::JsonExistsOp;
        let mut form = form.say_if(!is_exists, &format!(" RETURNING {of}"));
        if call.op() == JsonExprOp::JsonQueryOp {
            form = form.say(match call.wrapper() {
                JsonWrapper::JswConditional => " WITH CONDITIONAL WRAPPER",
                JsonWrapper::JswUnconditional => " WITH UNCONDITIONAL WRAPPER",
                JsonWrapper::JswNone | JsonWrapper::JswUnspec | JsonWrapper::Undefined => " WITHOUT WRAPPER",
            });
            form = form.say(if call.quotes() == JsonQuotes::JsQuotesOmit { " OMIT QUOTES" } else { " KEEP QUOTES" });
        }
        let usual = if is_exists { JsonBehaviorType::JsonBehaviorFalse } else { JsonBehaviorType::JsonBehaviorNull };
        let form = self.behavior(form, call.on_empty.as_deref(), usual, &of, "EMPTY")?;
        let form = self.behavior(form, call.on_error.as_deref(), usual, &of, "ERROR")?;
        Some(form.say(")").of(Type::Known(of)))
    }

    /// `… ON EMPTY`, unless it is what happens anyway.
    fn behavior(
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

    /// `transformXmlExpr()`
    fn xml(&mut self, expr: &XmlExpr) -> Option<Typed> {
        let name = Ident::from(&expr.name);
        let is_document = expr.op() == XmlExprOp::IsDocument;
        let wanted: &[&str] = match expr.op() {
            XmlExprOp::IsXmlparse => &["text", "bool"],
            XmlExprOp::IsXmlpi => &["text"],
            XmlExprOp::IsXmlroot => &["xml", "text", "int4"],
            XmlExprOp::IsXmlconcat | XmlExprOp::IsDocument => &["xml"],
            XmlExprOp::IsXmlelement | XmlExprOp::IsXmlforest => &[],
            XmlExprOp::IsXmlserialize | XmlExprOp::Undefined => return None,
        };
        let mut args = Vec::new();
        for (at, node) in expr.args.iter().enumerate() {
            let value = self.expr(node);
            args.push(match wanted.get(at).or(wanted.last()) {
                Some(of) => self.coerce(value, &TypeName::builtin(of)).term,
                None => value.term,
            });
        }
        let mut named = Form::new("");
        for (at, node) in expr.named_args.iter().enumerate() {
            let Some(NodeEnum::ResTarget(target)) = &node.node else { return None };
            let value = target.val.as_deref()?;
            let label = if target.name.is_empty() { figure_name(value)? } else { Ident::from(&target.name) };
            named = named.say_if(at > 0, ", ").arg(self.expr(value).term).say(&format!(" AS {label}"));
        }
        let form = match expr.op() {
            XmlExprOp::IsXmlconcat => Form::new("XMLCONCAT(").list(args).say(")"),
            XmlExprOp::IsXmlforest => Form::new("XMLFOREST(").with(named).say(")"),
            XmlExprOp::IsXmlelement => {
                let mut form = Form::new(format!("XMLELEMENT(NAME {name}"));
                if !expr.named_args.is_empty() {
                    form = form.say(", XMLATTRIBUTES(").with(named).say(")");
                }
                form.say_if(!args.is_empty(), ", ").list(args).say(")")
            }
            XmlExprOp::IsXmlparse => {
                let is_kept = matches!(args.get(1), Some(Term::Const { value: Some(value), .. }) if value == "true");
                args.truncate(1);
                let form = Form::new(format!("XMLPARSE({} ", option_word(expr.xmloption()))).list(args);
                form.say(if is_kept { " PRESERVE WHITESPACE)" } else { " STRIP WHITESPACE)" })
            }
            XmlExprOp::IsXmlpi => {
                Form::new(format!("XMLPI(NAME {name}")).say_if(!args.is_empty(), ", ").list(args).say(")")
            }
            XmlExprOp::IsXmlroot => {
                let mut args = args.into_iter();
                let form = Form::new("XMLROOT(").arg(args.next()?).say(", VERSION ");
                let form = match args.next()? {
                    Term::Const { value: None, .. } => form.say("NO VALUE"),
                    version => form.arg(version),
                };
                let form = match args.next() {
                    Some(Term::Const { value: Some(value), .. }) => form.say(match value.as_str() {
                        "0" => ", STANDALONE YES",
                        "1" => ", STANDALONE NO",
                        "2" => ", STANDALONE NO VALUE",
                        _ => "",
                    }),
                    _ => form,
                };
                form.say(")")
            }
            XmlExprOp::IsDocument => Form::new("(").list(args).say(" IS DOCUMENT)"),
            XmlExprOp::IsXmlserialize | XmlExprOp::Undefined => return None,
        };
        Some(form.of(Type::builtin(if is_document { "bool" } else { "xml" })))
    }

    fn xml_serialize(&mut self, serialize: &XmlSerialize) -> Typed {
        let value = self.operand(serialize.expr.as_deref());
        let value = self.coerce(value, &TypeName::builtin("xml"));
        let to = serialize.type_name.as_ref().map_or_else(|| TypeName::builtin("text"), |name| self.type_name(name));
        let form = Form::new(format!("XMLSERIALIZE({} ", option_word(serialize.xmloption()))).arg(value.term);
        let form = form.say(&format!(" AS {to}")).say_if(serialize.indent, " INDENT");
        form.say(")").of(Type::Known(to))
    }
}

impl Form {
    /// Goes on with another form.
    fn with(mut self, other: Self) -> Self {
        let mut words = other.words.into_iter();
        if let Some(first) = words.next() {
            self = self.say(&first);
        }
        self.words.extend(words);
        self.args.extend(other.args);
        self
    }
}

fn option_word(option: XmlOptionType) -> &'static str {
    if option == XmlOptionType::XmloptionDocument { "DOCUMENT" } else { "CONTENT" }
}
