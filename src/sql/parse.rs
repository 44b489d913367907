//! One statement of SQL text → its syntax tree, with the place of an error kept.
//!
//! The parser is PostgreSQL's own (`libpg_query`). Its Rust wrapper drops the position of a syntax
//! error, so the C entry point is called here directly; this is the only unsafe code there is.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    CreateFunctionStmt, DefElem, LimitOption, Node, ParseResult, RawStmt, ResTarget, SelectStmt, SetOperation,
    TypeName as TypeNameNode,
};
use prost::Message;

use super::type_name::last_ident;

/// Why a text is not one statement of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// As the server words it.
    pub message: String,
    /// Byte offset in the text, where the parser names one.
    pub offset: Option<usize>,
}

impl SyntaxError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), offset: None }
    }
}

/// Parsed SQL as the parser hands it over: a tenth of what the trees of it take.
#[derive(Clone, Debug)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// # Errors
    /// Where the text is not SQL.
    pub fn parse(sql: &str) -> Result<Self, SyntaxError> {
        let Ok(input) = CString::new(sql) else {
            let mut error = SyntaxError::new("the text holds a NUL character, which SQL cannot");
            error.offset = sql.find('\0');
            return Err(error);
        };
        let bytes = raw_parse(&input).map_err(|(message, cursor)| SyntaxError {
            message: if is_too_deep(&message) { format!("this is nested too deeply ({message})") } else { message },
            // The parser counts characters, from 1.
            offset: cursor.map(|n| sql.char_indices().nth(n).map_or(sql.len(), |(at, _)| at)),
        })?;
        Ok(Self(bytes))
    }

    /// The statements. Positions in the trees are byte offsets in the text.
    ///
    /// # Errors
    /// Where trees nest deeper than they can be read.
    pub fn statements(&self) -> Result<Vec<NodeEnum>, SyntaxError> {
        let tree = ParseResult::decode(self.0.as_slice()).map_err(|e| SyntaxError::new(e.to_string()))?;
        Ok(tree.stmts.into_iter().filter_map(|raw| raw.stmt?.node).collect())
    }

    /// The one statement, or an error where there are none or several.
    pub fn statement(&self) -> Result<NodeEnum, SyntaxError> {
        let mut statements = self.statements()?;
        match statements.len() {
            1 => Ok(statements.remove(0)),
            0 => Err(SyntaxError::new("there is no statement here")),
            n => Err(SyntaxError::new(format!("one statement was expected here, not {n}"))),
        }
    }
}

/// The statements in `sql`. Positions in the trees are byte offsets in `sql`.
pub fn parse(sql: &str) -> Result<Vec<NodeEnum>, SyntaxError> {
    Packed::parse(sql)?.statements()
}

/// Whether the parser gave up for want of a stack, which it words in two ways.
fn is_too_deep(message: &str) -> bool {
    message.starts_with("memory exhausted") || message.starts_with("stack depth limit exceeded")
}

/// The one statement in `sql`, or an error where there are none or several.
pub fn parse_one(sql: &str) -> Result<NodeEnum, SyntaxError> {
    Packed::parse(sql)?.statement()
}

/// One statement of the body of a routine, which may be a RETURN.
pub fn parse_body_statement(sql: &str) -> Result<Node, SyntaxError> {
    const BEFORE: &str = "CREATE FUNCTION f() BEGIN ATOMIC ";
    let not_one = || SyntaxError::new("one statement was expected here");
    let routine = parse_one(&format!("{BEFORE}{sql}\n; END")).map_err(|mut error| {
        error.offset = error.offset.map(|at| at.saturating_sub(BEFORE.len()).min(sql.len()));
        error
    })?;
    let NodeEnum::CreateFunctionStmt(routine) = routine else { return Err(not_one()) };
    match body_statements(&routine) {
        [only] => Ok(only.clone()),
        _ => Err(not_one()),
    }
}

/// The statements of a body that is parsed with its routine.
pub fn body_statements(routine: &CreateFunctionStmt) -> &[Node] {
    match routine.sql_body.as_deref() {
        // BEGIN ATOMIC … END is a list in a list.
        Some(Node { node: Some(NodeEnum::List(block)) }) => match block.items.as_slice() {
            [Node { node: Some(NodeEnum::List(statements)) }] => &statements.items,
            _ => &[],
        },
        Some(only) => std::slice::from_ref(only),
        None => &[],
    }
}

/// The texts of expressions that are printed as a list; none if it is none.
pub fn list_items(text: &str) -> Option<Vec<&str>> {
    const BEFORE: &str = "SELECT ";
    let NodeEnum::SelectStmt(select) = parse_one(&format!("{BEFORE}{text}")).ok()? else { return None };
    let starts = select.target_list.iter().map(|node| match &node.node {
        Some(NodeEnum::ResTarget(target)) => usize::try_from(target.location).ok()?.checked_sub(BEFORE.len()),
        _ => None,
    });
    let starts: Vec<usize> = starts.collect::<Option<_>>()?;
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Some(text.get(*start..end)?.trim_end_matches([',', ' ', '\n'])))
        .collect()
}

/// A scalar expression, as it may stand in a CHECK constraint or a policy.
pub fn parse_expr(text: &str) -> Result<Node, SyntaxError> {
    const BEFORE: &str = "SELECT (";
    let shift = |mut error: SyntaxError| {
        let at = error.offset.map(|at| at.saturating_sub(BEFORE.len()));
        // What stands behind the text is ours.
        if at.is_some_and(|at| at >= text.len()) && error.message.starts_with("syntax error at or near") {
            error.message = "syntax error at end of input".to_owned();
        }
        error.offset = at.map(|at| at.min(text.len()));
        error
    };
    let statement = parse_one(&format!("{BEFORE}{text}\n)")).map_err(shift)?;
    let not_one = || SyntaxError::new("one expression was expected here");
    let NodeEnum::SelectStmt(mut select) = statement else { return Err(not_one()) };
    let mut targets = std::mem::take(&mut select.target_list);
    // Nothing but one target may be there: a text cannot close the parenthesis and go on.
    let rest = SelectStmt { limit_option: 0, op: 0, ..*select };
    if targets.len() != 1 || rest != SelectStmt::default() {
        return Err(not_one());
    }
    let Some(NodeEnum::ResTarget(target)) = targets.remove(0).node else { return Err(not_one()) };
    let node = target.val.filter(|_| target.name.is_empty()).ok_or_else(not_one)?;
    // Only our parentheses make one of it: `a, b` a row, `SELECT …` a sub-select.
    let ours = i32::try_from(BEFORE.len() - 1).ok();
    match &node.node {
        Some(NodeEnum::RowExpr(row)) if Some(row.location) == ours => Err(not_one()),
        Some(NodeEnum::SubLink(link))
            if Some(link.location) == ours && parse_one(&format!("SELECT {text}")).is_err() =>
        {
            Err(SyntaxError::new("one expression was expected here; a query needs parentheses around it"))
        }
        Some(NodeEnum::SetToDefault(_)) => Err(SyntaxError::new("DEFAULT is not allowed in this context")),
        _ => Ok(*node),
    }
}

/// A type name such as `character varying(32)[]`.
pub fn parse_type_name(text: &str) -> Result<TypeNameNode, SyntaxError> {
    const BEFORE: &str = "CAST(NULL AS ";
    let node = parse_expr(&format!("{BEFORE}{text}\n)")).map_err(|mut error| {
        error.offset = error.offset.map(|at| at.saturating_sub(BEFORE.len()).min(text.len()));
        error
    })?;
    match node.node {
        Some(NodeEnum::TypeCast(cast)) if matches!(&cast.arg, Some(arg) if is_null(arg)) => {
            cast.type_name.ok_or_else(|| SyntaxError::new("a type name was expected here"))
        }
        _ => Err(SyntaxError::new("a type name was expected here")),
    }
}

/// The text of an expression's syntax tree.
///
/// # Errors
/// What the parser's own printer says; it knows every tree that the parser makes.
pub fn deparse_expr(node: &Node) -> Result<String, String> {
    const BEFORE: &str = "SELECT ";
    let target = ResTarget { val: Some(Box::new(node.clone())), ..ResTarget::default() };
    let select = SelectStmt {
        target_list: vec![Node { node: Some(NodeEnum::ResTarget(Box::new(target))) }],
        limit_option: LimitOption::Default.into(),
        op: SetOperation::SetopNone.into(),
        ..SelectStmt::default()
    };
    let text = deparse(Node { node: Some(NodeEnum::SelectStmt(Box::new(select))) })?;
    Ok(text.strip_prefix(BEFORE).map(String::from).unwrap_or(text))
}

/// The text of a statement's syntax tree.
///
/// # Errors
/// As of an expression.
pub fn deparse(statement: Node) -> Result<String, String> {
    let stmt = RawStmt { stmt: Some(Box::new(statement)), stmt_location: 0, stmt_len: 0 };
    let tree = ParseResult { version: 0, stmts: vec![stmt] };
    pg_query::deparse(&tree, pg_query::DeparseOptions::default()).map_err(|error| error.to_string())
}

/// Where an expression begins in its text (`exprLocation()`, nodeFuncs.c).
pub fn location(node: &Node) -> Option<i32> {
    let inside = |node: &Option<Box<Node>>| node.as_deref().and_then(location);
    match node.node.as_ref()? {
        NodeEnum::AConst(one) => Some(one.location),
        NodeEnum::ColumnRef(one) => Some(one.location),
        NodeEnum::FuncCall(one) => Some(one.location),
        NodeEnum::ParamRef(one) => Some(one.location),
        NodeEnum::SqlvalueFunction(one) => Some(one.location),
        NodeEnum::AArrayExpr(one) => Some(one.location),
        NodeEnum::CaseExpr(one) => Some(one.location),
        NodeEnum::CoalesceExpr(one) => Some(one.location),
        NodeEnum::RowExpr(one) => Some(one.location),
        NodeEnum::SubLink(one) => inside(&one.testexpr).or(Some(one.location)),
        NodeEnum::AExpr(one) => inside(&one.lexpr).or(Some(one.location)),
        NodeEnum::BoolExpr(one) => one.args.first().and_then(location).or(Some(one.location)),
        NodeEnum::TypeCast(one) => inside(&one.arg).or(Some(one.location)),
        NodeEnum::NullTest(one) => inside(&one.arg).or(Some(one.location)),
        NodeEnum::BooleanTest(one) => inside(&one.arg).or(Some(one.location)),
        NodeEnum::CollateClause(one) => inside(&one.arg).or(Some(one.location)),
        NodeEnum::AIndirection(one) => inside(&one.arg),
        _ => None,
    }
}

/// `WITH (a = 1, b)` as the catalog's `reloptions` hold it, sorted: `["a=1", "b=true"]`.
pub fn options_of(nodes: &[Node]) -> Vec<String> {
    let mut options: Vec<String> = nodes
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::DefElem(option)) => Some(option_of(option)),
            _ => None,
        })
        .collect();
    options.sort();
    options
}

fn option_of(option: &DefElem) -> String {
    let space = if option.defnamespace.is_empty() { String::new() } else { format!("{}.", option.defnamespace) };
    let value = match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        None => "true".to_owned(),
        Some(NodeEnum::String(s)) => s.sval.clone(),
        Some(NodeEnum::Integer(i)) => i.ival.to_string(),
        Some(NodeEnum::Float(f)) => f.fval.clone(),
        Some(NodeEnum::Boolean(b)) => b.boolval.to_string(),
        Some(NodeEnum::TypeName(name)) => last_ident(&name.names).as_str().to_owned(),
        Some(_) => String::new(),
    };
    format!("{space}{}={value}", option.defname)
}

/// The words of a piece of SQL outside of parentheses, in lower case, and where each stands.
pub fn words(sql: &str) -> Vec<(String, Range<usize>)> {
    let Ok(scan) = pg_query::scan(sql) else { return Vec::new() };
    let mut depth = 0;
    let mut found = Vec::new();
    for token in &scan.tokens {
        let span = usize::try_from(token.start).unwrap_or(0)..usize::try_from(token.end).unwrap_or(0);
        match sql.get(span.clone()) {
            Some("(") => depth += 1,
            Some(")") => depth -= 1,
            Some(word) if depth == 0 => found.push((word.to_lowercase(), span)),
            _ => {}
        }
    }
    found
}

/// The words behind CONSTRAINT in a piece of SQL: the names its author gave.
pub fn constraint_names(sql: &str) -> BTreeSet<String> {
    const WORD: &[u8] = b"constraint";
    if !sql.as_bytes().windows(WORD.len()).any(|part| part.eq_ignore_ascii_case(WORD)) {
        return BTreeSet::new();
    }
    let Ok(scan) = pg_query::scan(sql) else { return BTreeSet::new() };
    let words: Vec<&str> = scan
        .tokens
        .iter()
        .filter_map(|token| sql.get(usize::try_from(token.start).ok()?..usize::try_from(token.end).ok()?))
        .collect();
    words
        .windows(2)
        .filter(|pair| pair[0].eq_ignore_ascii_case("constraint"))
        .map(|pair| match pair[1].strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => pair[1].to_lowercase(),
        })
        .collect()
}

fn is_null(node: &Node) -> bool {
    matches!(&node.node, Some(NodeEnum::AConst(constant)) if constant.isnull)
}

#[repr(C)]
struct CError {
    message: *const c_char,
    funcname: *const c_char,
    filename: *const c_char,
    lineno: c_int,
    cursorpos: c_int,
    context: *const c_char,
}

#[repr(C)]
struct CParseResult {
    len: usize,
    data: *const c_char,
    stderr_buffer: *const c_char,
    error: *const CError,
}

#[expect(unsafe_code, reason = "`libpg_query` is a C library, and its wrapper drops error positions")]
fn raw_parse(input: &CStr) -> Result<Vec<u8>, (String, Option<usize>)> {
    unsafe extern "C" {
        fn pg_query_parse_protobuf(input: *const c_char) -> CParseResult;
        fn pg_query_free_protobuf_parse_result(result: CParseResult);
    }
    // SAFETY: `input` is NUL-terminated and outlives the call. The result is read before it is
    // freed, once, by the function that the library provides for it. The structs mirror pg_query.h.
    unsafe {
        let result = pg_query_parse_protobuf(input.as_ptr());
        let outcome = if result.error.is_null() {
            Ok(std::slice::from_raw_parts(result.data.cast::<u8>(), result.len).to_vec())
        } else {
            let error = &*result.error;
            let message = CStr::from_ptr(error.message).to_string_lossy().into_owned();
            Err((message, usize::try_from(error.cursorpos).ok().and_then(|n| n.checked_sub(1))))
        };
        pg_query_free_protobuf_parse_result(result);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_place_in_bytes() {
        let error = parse("select 'é' frm x").unwrap_err();
        assert_eq!(error, SyntaxError { message: "syntax error at or near \"x\"".into(), offset: Some(16) });
    }

    #[test]
    fn an_expression_is_not_a_way_to_write_a_statement() {
        assert!(parse_expr("a > 1").is_ok());
        for text in ["1) from t where (true", "1) limit (1", "1) group by (a", "1) union select (2", "1), (2"] {
            assert!(parse_expr(text).is_err(), "{text}");
        }
        assert_eq!(parse_expr("a >").unwrap_err().offset, Some(3));
        assert!(parse_expr("(a, b)").is_ok() && parse_expr("(select 1)").is_ok());
        for text in ["a, b", "select 1", "default", "values (1)"] {
            assert!(parse_expr(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_chain_parses() {
        let chain = vec!["1"; 400].join(" + ");
        let parsed = std::thread::Builder::new()
            .stack_size(crate::sql::STACK_SIZE)
            .spawn(move || parse_expr(&chain).map(|_| ()))
            .unwrap();
        assert_eq!(parsed.join().unwrap(), Ok(()));
    }
}
