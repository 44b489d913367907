//! Forms with a syntax of their own: XML, GROUPING. What the server fills in where nothing is said is spelled out.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, XmlExpr, XmlExprOp, XmlOptionType, XmlSerialize};

use super::figure::figure_name;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use crate::catalog::tree::Term;
use crate::sql::{Ident, TypeName};

/// A form in the making: words, and terms between them.
pub(super) struct Form {
    words: Vec<String>,
    args: Vec<Term>,
}

impl Form {
    pub(super) fn new(word: impl Into<String>) -> Self {
        Self { words: vec![word.into()], args: Vec::new() }
    }

    pub(super) fn say(mut self, word: &str) -> Self {
        if let Some(last) = self.words.last_mut() {
            last.push_str(word);
        }
        self
    }

    pub(super) fn say_if(self, is_so: bool, word: &str) -> Self {
        if is_so { self.say(word) } else { self }
    }

    pub(super) fn arg(mut self, term: Term) -> Self {
        self.args.push(term);
        self.words.push(String::new());
        self
    }

    pub(super) fn list(self, terms: Vec<Term>) -> Self {
        terms.into_iter().enumerate().fold(self, |form, (at, term)| form.say_if(at > 0, ", ").arg(term))
    }

    /// Goes on with another form.
    pub(super) fn with(mut self, other: Self) -> Self {
        let mut words = other.words.into_iter();
        if let Some(first) = words.next() {
            self = self.say(&first);
        }
        self.words.extend(words);
        self.args.extend(other.args);
        self
    }

    /// The name of a type.
    pub(super) fn type_name(self, of: &TypeName) -> Self {
        self.arg(Term::Type(of.clone()))
    }

    pub(super) fn term(self) -> Term {
        Term::Syntax { words: self.words, args: self.args }
    }

    pub(super) fn of(self, of: Type) -> Typed {
        Typed::new(self.term(), of)
    }
}

impl Resolver<'_> {
    pub(super) fn special(&mut self, kind: &NodeEnum, node: &Node) -> Typed {
        let made = match kind {
            NodeEnum::GroupingFunc(call) => {
                let args = call.args.iter().map(|arg| self.expr(arg).term).collect();
                Some(Form::new("GROUPING(").list(args).say(")").of(Type::builtin("int4")))
            }
            NodeEnum::MergeSupportFunc(_) => Some(Form::new("MERGE_ACTION()").of(Type::builtin("text"))),
            NodeEnum::XmlExpr(expr) => self.xml(expr),
            NodeEnum::XmlSerialize(serialize) => Some(self.xml_serialize(serialize)),
            _ => self.json(kind),
        };
        made.unwrap_or_else(|| self.raw(node))
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
            let label = if target.name.is_empty() {
                figure_name(value, self.scope.catalog.version)?
            } else {
                Ident::from(&target.name)
            };
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
        let form = form.say(" AS ").type_name(&to).say_if(serialize.indent, " INDENT");
        form.say(")").of(Type::Known(to))
    }
}

fn option_word(option: XmlOptionType) -> &'static str {
    if option == XmlOptionType::XmloptionDocument { "DOCUMENT" } else { "CONTENT" }
}
