//! What a server has stored, read from its own words: the text of a node tree (`outfuncs.c`), as
//! `pg_constraint.conbin::text` shows it, less what says nothing about its meaning. Two stored
//! expressions are the same if what is left of them is equal. This is the judge of our own trees,
//! so it knows nothing about them.

use std::fmt;

/// A value in the text of a node tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Atom(String),
    List(Vec<Node>),
    /// `{TAG :field value …}`. A constant's bytes are several values of one field.
    Object {
        tag: String,
        fields: Vec<(String, Vec<Node>)>,
    },
}

/// Fields that mean nothing, each with its reason.
const IGNORED: &[(&str, &str)] = &[
    ("location", "where a token stood in its text: equal() never compares a ParseLoc"),
    ("stmt_location", "a ParseLoc too"),
    ("stmt_len", "a ParseLoc too"),
    ("list_start", "a ParseLoc too"),
    ("list_end", "a ParseLoc too"),
    ("funcformat", "whether a call is printed as a cast: equal() never compares a CoercionForm"),
    ("coerceformat", "a CoercionForm too"),
    ("convertformat", "a CoercionForm too"),
    ("relabelformat", "a CoercionForm too"),
    ("coercionformat", "a CoercionForm too"),
    ("row_format", "a CoercionForm too"),
    ("varnosyn", "by which alias a column was called: equal_ignore in primnodes.h"),
    ("varattnosyn", "as varnosyn"),
    ("alias", "names by which only the text itself refers to something"),
    ("eref", "names by which only the text itself refers to something"),
    ("returningOldAlias", "names by which only the text itself refers to something"),
    ("returningNewAlias", "names by which only the text itself refers to something"),
    ("isNatural", "NATURAL is USING of the columns that it found, which are in the entry of the join"),
    ("usingClause", "names of columns: which ones is in the entry of the join and in its condition"),
    ("operName", "how the operator before a sub-select was called: which one that is, is in the test"),
    ("queryId", "a hash for statistics: equal_ignore in parsenodes.h"),
    ("rellockmode", "what was locked while the text was read"),
    ("perminfoindex", "what the reader of a query may do, since 16 kept beside it"),
    ("rteperminfos", "what the reader of a query may do, since 16 kept beside it"),
    ("requiredPerms", "what the reader of a query may do"),
    ("checkAsUser", "what the reader of a query may do"),
    ("selectedCols", "what the reader of a query may do: the columns follow from the expressions"),
    ("insertedCols", "what the reader of a query may do"),
    ("updatedCols", "what the reader of a query may do"),
    ("extraUpdatedCols", "what the reader of a query may do"),
];

/// Reads a node tree and takes away what means nothing.
pub(crate) fn meaning(text: &str) -> Result<Node, String> {
    let mut reader = Reader { rest: text };
    let mut node = reader.value()?;
    if !reader.rest.trim().is_empty() {
        return Err(format!("more behind the node: {}", reader.rest));
    }
    normalise(&mut node);
    Ok(node)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// The next token; brackets stand for themselves, and a backslash takes the next character along (`read.c`).
    fn token(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\t']);
        let first = self.rest.chars().next()?;
        let end = if "(){}[]".contains(first) {
            1
        } else if first == '"' {
            quoted_end(self.rest)
        } else {
            word_end(self.rest)
        };
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(token)
    }

    fn peek(&mut self) -> Option<&'a str> {
        let before = self.rest;
        let token = self.token();
        self.rest = before;
        token
    }

    fn value(&mut self) -> Result<Node, String> {
        match self.token().ok_or("the text ends in a node")? {
            "{" => self.object(),
            "(" => self.list(")"),
            "[" => self.list("]"),
            token => Ok(Node::Atom(token.to_owned())),
        }
    }

    fn list(&mut self, end: &str) -> Result<Node, String> {
        let mut items = Vec::new();
        while self.peek() != Some(end) {
            items.push(self.value()?);
        }
        self.token();
        Ok(Node::List(items))
    }

    fn object(&mut self) -> Result<Node, String> {
        let tag = self.token().ok_or("a node without a tag")?.to_owned();
        let mut fields: Vec<(String, Vec<Node>)> = Vec::new();
        loop {
            match self.peek().ok_or("a node without an end")? {
                "}" => {
                    self.token();
                    return Ok(Node::Object { tag, fields });
                }
                name if name.starts_with(':') => {
                    self.token();
                    fields.push((name[1..].to_owned(), Vec::new()));
                }
                _ => {
                    let value = self.value()?;
                    fields.last_mut().ok_or("a value without a field")?.1.push(value);
                }
            }
        }
    }
}

fn quoted_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    text.len()
}

fn word_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && " \n\t(){}[]".contains(character) {
            return at;
        }
        escaped = character == '\\' && !escaped;
    }
    text.len()
}

fn normalise(node: &mut Node) {
    match node {
        Node::Atom(_) => {}
        Node::List(items) => items.iter_mut().for_each(normalise),
        Node::Object { tag, fields } => {
            if tag == "RTE" || tag == "RANGETBLENTRY" {
                read_entry(fields);
            }
            let is_query = |name: &str| ["subquery", "subselect", "ctequery"].contains(&name);
            fields.iter_mut().filter(|(name, _)| is_query(name)).flat_map(|(_, query)| query).for_each(forget_names);
            fields.retain(|(name, _)| IGNORED.iter().all(|(ignored, _)| name != ignored));
            fields.iter_mut().flat_map(|(_, values)| values).for_each(normalise);
            match tag.as_str() {
                "BOOLEXPR" => flatten(fields),
                // It follows from the type of the array.
                "ARRAYEXPR" | "ARRAY" => fields.retain(|(name, _)| name != "element_typeid"),
                "ARRAYCOERCEEXPR" => {
                    if let Some(array) = coerced_elements(fields) {
                        *node = array;
                    }
                }
                _ => {}
            }
        }
    }
}

fn field<'a>(fields: &'a [(String, Vec<Node>)], name: &str) -> Option<&'a Node> {
    fields.iter().find(|(of, _)| of == name).and_then(|(_, values)| values.first())
}

fn field_mut<'a>(fields: &'a mut [(String, Vec<Node>)], name: &str) -> Option<&'a mut Node> {
    fields.iter_mut().find(|(of, _)| of == name).and_then(|(_, values)| values.first_mut())
}

/// `a AND (b AND c)` is `a AND b AND c` to us. The parser flattens only what stands on the left
/// (`makeAndExpr()`), the planner all of it.
fn flatten(fields: &mut [(String, Vec<Node>)]) {
    let op = field(fields, "boolop").cloned();
    if op == Some(atom("not")) {
        return;
    }
    if let Some(Node::List(args)) = field_mut(fields, "args") {
        *args = std::mem::take(args)
            .into_iter()
            .flat_map(|arg| match arg {
                Node::Object { tag, mut fields } if tag == "BOOLEXPR" && field(&fields, "boolop") == op.as_ref() => {
                    match field_mut(&mut fields, "args") {
                        Some(Node::List(inner)) => std::mem::take(inner),
                        _ => Vec::new(),
                    }
                }
                other => vec![other],
            })
            .collect();
    }
}

/// `(ARRAY[a, b])::text[]` is `ARRAY[a::text, b::text]` to us. So it is to a server that reads it
/// (`transformTypeCast()`), though it prints its own coercion of an array like that.
fn coerced_elements(fields: &[(String, Vec<Node>)]) -> Option<Node> {
    let (array, element) = (field(fields, "arg")?, field(fields, "elemexpr")?);
    let of = [("array_typeid", field(fields, "resulttype")?), ("array_collid", field(fields, "resultcollid")?)];
    coerced(array, element, &of)
}

fn coerced(array: &Node, element: &Node, of: &[(&str, &Node)]) -> Option<Node> {
    let Node::Object { tag, fields } = array else { return None };
    // It is called ARRAY before PostgreSQL 15.
    if tag != "ARRAYEXPR" && tag != "ARRAY" {
        return None;
    }
    let mut fields = fields.clone();
    for (name, value) in of {
        if let Some(field) = field_mut(&mut fields, name) {
            field.clone_from(value);
        }
    }
    if let Some(Node::List(elements)) = field_mut(&mut fields, "elements") {
        for one in elements {
            *one = coerced(one, element, of).unwrap_or_else(|| below_collation(element, one));
        }
    }
    Some(Node::Object { tag: tag.clone(), fields })
}

/// A coercion goes below a COLLATE (`coerce_type()`).
fn below_collation(element: &Node, one: &Node) -> Node {
    let mut one = one.clone();
    if let Node::Object { tag, fields } = &mut one
        && tag == "COLLATEEXPR"
        && let Some(arg) = field_mut(fields, "arg")
    {
        *arg = filled(element, arg);
        return one;
    }
    filled(element, &one)
}

/// What is done to each element, done to one.
fn filled(element: &Node, one: &Node) -> Node {
    match element {
        Node::Object { tag, .. } if tag == "CASETESTEXPR" => one.clone(),
        Node::Object { tag, fields } => {
            let fill = |(name, values): &(String, Vec<Node>)| {
                (name.clone(), values.iter().map(|value| filled(value, one)).collect())
            };
            Node::Object { tag: tag.clone(), fields: fields.iter().map(fill).collect() }
        }
        Node::List(items) => Node::List(items.iter().map(|item| filled(item, one)).collect()),
        Node::Atom(_) => element.clone(),
    }
}

/// How the columns of an inner query are called is said where it is read: in an entry of the FROM
/// clause, or nowhere. An operand, and all arms of a set operation but for the first, have no names to
/// others, and the query around repeats those of the first.
fn forget_names(query: &mut Node) {
    if let Node::Object { fields: query, .. } = query
        && let Some(Node::List(targets)) = field_mut(query, "targetList")
    {
        for target in targets {
            if let Node::Object { fields, .. } = target {
                fields.retain(|(name, _)| name != "resname");
            }
        }
    }
}

/// An entry of a range table. The names of its columns can be seen in its whole row, unless that has a type of its own,
/// as the row of a table has.
fn read_entry(fields: &mut Vec<(String, Vec<Node>)>) {
    forget_view(fields);
    let has_names = ["1", "3", "4", "5", "6"].iter().any(|kind| field(fields, "rtekind") == Some(&atom(kind)));
    let is_read = field(fields, "inFromCl") == Some(&atom("true"));
    if let Some(Node::Object { fields: eref, .. }) = field(fields, "eref")
        && let Some(names) = field(eref, "colnames").filter(|_| has_names && is_read)
    {
        let names = names.clone();
        fields.push(("columns".to_owned(), vec![names]));
    }
}

/// Up to 15 the rule of a view starts with entries `old` and `new` for the view itself, which has a number of its own.
fn forget_view(fields: &mut Vec<(String, Vec<Node>)>) {
    let is_itself = |eref: &Node| match eref {
        Node::Object { fields, .. } => {
            field(fields, "aliasname").is_some_and(|name| *name == atom("old") || *name == atom("new"))
        }
        Node::Atom(_) | Node::List(_) => false,
    };
    if field(fields, "eref").is_some_and(is_itself) && field(fields, "inFromCl") == Some(&atom("false")) {
        fields.retain(|(name, _)| name != "relid");
    }
}

fn atom(text: &str) -> Node {
    Node::Atom(text.to_owned())
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Atom(text) => f.write_str(text),
            Self::List(items) => {
                f.write_str("(")?;
                for (number, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if number > 0 { " " } else { "" })?;
                }
                f.write_str(")")
            }
            Self::Object { tag, fields } => {
                write!(f, "{{{tag}")?;
                for (name, values) in fields {
                    write!(f, " :{name}")?;
                    for value in values {
                        write!(f, " {value}")?;
                    }
                }
                f.write_str("}")
            }
        }
    }
}

#[test]
fn what_means_nothing_is_taken_away() {
    let var = |at: u32| format!("{{VAR :varno 1 :varattno {at} :varnosyn 1 :location 7}}");
    let chain = |args: String| format!("{{BOOLEXPR :boolop and :args ({args}) :location -1}}");
    let flat = chain(format!("{} {} {}", var(1), var(2), var(3)));
    let deep = chain(format!("{} {}", var(1), chain(format!("{} {}", var(2), var(3)))));
    assert_eq!(meaning(&flat), meaning(&deep));
    assert_ne!(meaning(&flat), meaning(&chain(format!("{} {}", var(1), var(2)))));
    assert_eq!(meaning(&var(3)).unwrap().to_string(), "{VAR :varno 1 :varattno 3}");
    let constant = "{CONST :consttype 25 :constvalue 5 [ 20 0 0 0 97 ] :location 3}";
    assert_eq!(meaning(constant).unwrap().to_string(), "{CONST :consttype 25 :constvalue 5 (20 0 0 0 97)}");
    assert!(meaning("{VAR :varno 1").is_err() && meaning("{VAR} x").is_err());
}
