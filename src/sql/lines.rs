//! SQL that is too long for a line → the same on several lines, broken where people break it. Nothing but the white
//! space between its tokens changes.

use std::ops::Range;

/// What stands within something else is that much further in.
const INDENT: usize = 2;

/// A list of single words is filled into lines, where others have an item a line.
const SHORT_ITEM: usize = 3;

/// The same on lines of at most that many characters, as far as there is somewhere to break it. What has lines between
/// its tokens already is left as it is.
pub fn broken(sql: &str, width: usize) -> String {
    let tokens = tokens(sql).filter(|tokens| !tokens.iter().any(|token| token.is_on_new_line));
    let Some(tokens) = tokens else { return sql.to_owned() };
    let all = 0..tokens.len();
    let mut breaker = Breaker { tokens, width, lines: Vec::new() };
    breaker.lay(all, 0, true);
    breaker.lines.join("\n")
}

struct Token<'s> {
    text: &'s str,
    /// In lower case where it is a word of the language, and else nothing.
    word: String,
    /// White space stands before it.
    is_apart: bool,
    is_on_new_line: bool,
    /// What closes the bracket, the CASE or the BEGIN that this is.
    closed_by: Option<usize>,
}

fn tokens(sql: &str) -> Option<Vec<Token<'_>>> {
    let scan = pg_query::scan(sql).ok()?;
    let mut end = 0;
    let token = |token: &pg_query::protobuf::ScanToken| {
        let span = usize::try_from(token.start).ok()?..usize::try_from(token.end).ok()?;
        let between = sql.get(std::mem::replace(&mut end, span.end)..span.start)?;
        let text = sql.get(span)?;
        let is_quoted = text.starts_with('"') || text.starts_with('$') || text.ends_with('\'');
        Some(Token {
            text,
            word: if is_quoted { String::new() } else { text.to_lowercase() },
            is_apart: !between.is_empty(),
            is_on_new_line: between.contains('\n'),
            closed_by: None,
        })
    };
    let mut tokens: Vec<Token<'_>> = scan.tokens.iter().map(token).collect::<Option<_>>()?;
    let mut open: Vec<(usize, &str)> = Vec::new();
    for at in 0..tokens.len() {
        let closer = match tokens[at].word.as_str() {
            "(" => ")",
            "[" => "]",
            "case" => "end",
            "begin" if tokens.get(at + 1).is_some_and(|next| next.word == "atomic") => "end",
            word => {
                if let Some((from, _)) = open.pop_if(|(_, closer)| *closer == word) {
                    tokens[from].closed_by = Some(at);
                }
                continue;
            }
        };
        open.push((at, closer));
    }
    Some(tokens)
}

struct Breaker<'s> {
    tokens: Vec<Token<'s>>,
    width: usize,
    lines: Vec<String>,
}

impl Breaker<'_> {
    /// Writes a piece, on one line if it fits, and else broken at what binds least. `has_head`: it begins with words
    /// that the rest of it belongs to, so that the rest stands further in.
    fn lay(&mut self, piece: Range<usize>, indent: usize, has_head: bool) {
        let within = if has_head { indent + INDENT } else { indent };
        if piece.is_empty() {
            return;
        }
        // Two statements never share a line of their own.
        let statements = self.breaks(&piece, |this, at| this.word(at - 1) == ";");
        if statements.is_empty() && self.fits(&piece, indent) {
            return self.line(piece, indent);
        }
        let clauses = self.breaks(&piece, |this, at| this.begins_clause(&piece, at));
        for breaks in [statements, clauses] {
            if !breaks.is_empty() {
                return parts(&piece, &breaks).for_each(|part| self.lay(part, indent, true));
            }
        }
        let items = self.breaks(&piece, |this, at| this.word(at - 1) == ",");
        if !items.is_empty() {
            return self.list(piece, &items, indent, within);
        }
        let either = self.breaks(&piece, |this, at| this.word(at) == "or");
        let both = self.breaks(&piece, |this, at| this.word(at) == "and" && !this.is_of_between(&piece, at));
        let joined = self.breaks(&piece, |this, at| this.word(at) == "||");
        for breaks in [either, both, joined] {
            if !breaks.is_empty() {
                let first = piece.start..breaks[0];
                self.lay(first, indent, has_head);
                return parts(&(breaks[0]..piece.end), &breaks[1..]).for_each(|part| self.lay(part, within, true));
            }
        }
        match self.widest_group(&piece) {
            Some((open, close)) => {
                self.lay(piece.start..open, indent, has_head);
                self.lay(open..close, indent + INDENT, false);
                self.lay(close..piece.end, indent, has_head);
            }
            None => self.line(piece, indent),
        }
    }

    /// A list: behind words such as SELECT an item a line, below them.
    fn list(&mut self, piece: Range<usize>, breaks: &[usize], indent: usize, within: usize) {
        let head = piece.start + self.head(&piece);
        let items: Vec<Range<usize>> = parts(&(head..piece.end), breaks).collect();
        if head > piece.start {
            self.line(piece.start..head, indent);
            return items.into_iter().for_each(|item| self.lay(item, indent + INDENT, true));
        }
        // The queries that WITH names are none of its own parts to the eye.
        let within = if self.word(piece.start) == "with" { indent } else { within };
        if items.iter().all(|item| item.len() <= SHORT_ITEM) {
            let mut filled = piece.start..piece.start;
            for item in items {
                let indent = if filled.start == piece.start { indent } else { within };
                if !filled.is_empty() && !self.fits(&(filled.start..item.end), indent) {
                    self.line(std::mem::replace(&mut filled, item.start..item.start), indent);
                }
                filled.end = item.end;
            }
            let indent = if filled.start == piece.start { indent } else { within };
            return self.line(filled, indent);
        }
        for (number, item) in items.into_iter().enumerate() {
            self.lay(item, if number == 0 { indent } else { within }, true);
        }
    }

    /// How many words stand before a list, on a line of their own.
    fn head(&self, piece: &Range<usize>) -> usize {
        match (self.word(piece.start), self.word(piece.start + 1)) {
            ("select", "distinct") if self.word(piece.start + 2) == "on" => {
                self.tokens[piece.start + 3].closed_by.map_or(2, |close| close + 1 - piece.start)
            }
            ("select", "distinct" | "all") | ("group" | "order" | "partition", "by") => 2,
            ("select" | "from" | "values" | "returning" | "set", _) => 1,
            _ => 0,
        }
    }

    /// The tokens of a piece that stand within no brackets of it, and before which it can be broken.
    fn breaks(&self, piece: &Range<usize>, is_break: impl Fn(&Self, usize) -> bool) -> Vec<usize> {
        self.outer(piece).filter(|at| *at > piece.start && is_break(self, *at)).collect()
    }

    /// The tokens of a piece that stand within no brackets of it.
    fn outer(&self, piece: &Range<usize>) -> impl Iterator<Item = usize> {
        let end = piece.end;
        let next = move |at: &usize| {
            let close = self.tokens.get(*at)?.closed_by.filter(|close| *close < end);
            Some(close.unwrap_or(*at) + 1)
        };
        std::iter::successors(Some(piece.start), next).take_while(move |at| *at < end)
    }

    fn begins_clause(&self, piece: &Range<usize>, at: usize) -> bool {
        let before = self.word(at - 1);
        let next = self.word(at + 1);
        // A policy FOR SELECT is no query.
        let is_other = |at: usize| at > piece.start && self.word(at - 1) == "for";
        let is_behind =
            |words: &[&str]| self.outer(&(piece.start..at)).any(|at| words.contains(&self.word(at)) && !is_other(at));
        match self.word(at) {
            "select" => !matches!(before, "for" | "on"),
            "insert" | "update" | "delete" => matches!(before, "instead" | "also" | "do"),
            "from" => before != "distinct" && is_behind(&["select"]),
            "where" | "having" | "window" | "union" | "intersect" | "except" | "limit" | "offset" | "fetch"
            | "returning" | "returns" | "language" | "when" | "else" => true,
            "group" | "order" | "partition" => next == "by",
            "join" | "left" | "right" | "full" | "inner" | "cross" | "natural" => {
                let is_of_join = |word: &str| {
                    matches!(word, "join" | "left" | "right" | "full" | "inner" | "outer" | "cross" | "natural")
                };
                let behind = (at..piece.end).map(|at| self.word(at)).take_while(|word| is_of_join(word));
                !is_of_join(before) && behind.last() == Some("join")
            }
            "values" => before != "default",
            "set" => !matches!(next, "null" | "default"),
            "on" => next == "conflict" || matches!(next, "delete" | "update") && is_behind(&["references"]),
            "references" => true,
            "using" => next == "(" && !is_behind(&["join", "select"]),
            "with" => matches!(next, "check" | "cascaded" | "local" | "no" | "data" | "("),
            "for" => next == "each" || matches!(next, "update" | "share" | "no" | "key") && is_behind(&["select"]),
            "execute" => matches!(next, "function" | "procedure"),
            "begin" => next == "atomic",
            "as" => self.tokens.get(at + 1).is_some_and(|next| next.text.starts_with(['$', '\''])),
            _ => false,
        }
    }

    /// Whether an AND is that of BETWEEN.
    fn is_of_between(&self, piece: &Range<usize>, and: usize) -> bool {
        let before: Vec<usize> = self.outer(&(piece.start..and)).collect();
        let last = before.into_iter().rev().map(|at| self.word(at)).find(|word| matches!(*word, "and" | "between"));
        last == Some("between")
    }

    /// Where the contents of the brackets begin and end that are the widest ones in a piece.
    fn widest_group(&self, piece: &Range<usize>) -> Option<(usize, usize)> {
        let groups = self.outer(piece).filter_map(|at| {
            let close = self.tokens[at].closed_by.filter(|close| *close < piece.end)?;
            let inside = at + 1..close;
            // What CASE compares stands on its line, as ATOMIC does on that of BEGIN.
            let open = match self.word(at) {
                "case" => self.outer(&inside).find(|at| self.word(*at) == "when")?,
                "begin" => at + 2,
                _ => at + 1,
            };
            (open < close).then_some((open, close))
        });
        groups.max_by_key(|(open, close)| self.flat(&(*open..*close)).len())
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.word.as_str())
    }

    /// A literal has lines of its own, which are as long as they are.
    fn fits(&self, piece: &Range<usize>, indent: usize) -> bool {
        let flat = self.flat(piece);
        let first = flat.split('\n').next().unwrap_or_default();
        let last = flat.rsplit_once('\n').map_or("", |(_, last)| last);
        indent + first.chars().count() <= self.width && last.chars().count() <= self.width
    }

    fn flat(&self, piece: &Range<usize>) -> String {
        let mut text = String::new();
        for (number, token) in self.tokens[piece.clone()].iter().enumerate() {
            if number > 0 && token.is_apart {
                text.push(' ');
            }
            text.push_str(token.text);
        }
        text
    }

    fn line(&mut self, piece: Range<usize>, indent: usize) {
        let flat = self.flat(&piece);
        self.lines.push(format!("{:indent$}{flat}", ""));
    }
}

/// A piece in parts that begin at the breaks.
fn parts(piece: &Range<usize>, breaks: &[usize]) -> impl Iterator<Item = Range<usize>> {
    let starts = std::iter::once(piece.start).chain(breaks.iter().copied());
    let ends = breaks.iter().copied().chain([piece.end]);
    starts.zip(ends).collect::<Vec<_>>().into_iter().map(|(start, end)| start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, lines: &str) {
        let flat: Vec<&str> = sql.split_whitespace().collect();
        assert_eq!(broken(&flat.join(" "), 50), lines.trim_start_matches('\n'));
    }

    #[test]
    fn a_query_is_broken_at_its_clauses() {
        check("select a, b from t where a > 0 limit 1", "select a, b from t where a > 0 limit 1");
        check(
            "with recent as (select * from orders where placed > now() - '1 day'), other as (select 1 as one)
            select distinct on (r.id) r.id, case r.state when 'o' then 'open' when 'c' then 'closed' else 'x' end as state,
            array(select l.id from lines l where l.order_id = r.id order by l.id) as lines, extract(year from r.placed)
            from recent r left join people p on p.id = r.by and p.gone is distinct from true cross join other
            where r.total between 1 and 100 and (p.id is null or p.name in ('Ann', 'Bob') or exists (select 1 from banned))
            group by 1, 2 having count(*) > 1 union all select 1, 'none', null, null order by 1 for update",
            "
with recent as (
  select *
  from orders
  where placed > now() - '1 day'
),
other as (select 1 as one)
select distinct on (r.id)
  r.id,
  case r.state
    when 'o' then 'open'
    when 'c' then 'closed'
    else 'x'
  end as state,
  array(
    select l.id
    from lines l
    where l.order_id = r.id
    order by l.id
  ) as lines,
  extract(year from r.placed)
from recent r
left join people p on p.id = r.by
  and p.gone is distinct from true
cross join other
where r.total between 1 and 100
  and (
    p.id is null
    or p.name in ('Ann', 'Bob')
    or exists (select 1 from banned)
  )
group by 1, 2
having count(*) > 1
union all
select 1, 'none', null, null
order by 1
for update",
        );
    }

    #[test]
    fn other_sql_is_broken_where_its_parts_begin() {
        check(
            "foreign key (order_id, line_no) references order_lines (order_id, no) on delete set null",
            "
foreign key (order_id, line_no)
references order_lines (order_id, no)
on delete set null",
        );
        check(
            "check (state in ('open', 'closed', 'on hold') or archived and not visible)",
            "
check (
  state in ('open', 'closed', 'on hold')
  or archived and not visible
)",
        );
        check(
            "enum ('open', 'closed', 'cancelled', 'on hold', 'archived')",
            "
enum (
  'open', 'closed', 'cancelled', 'on hold',
  'archived'
)",
        );
        check(
            "for select to authenticated using (owner = current_user) with check (true)",
            "
for select to authenticated
using (owner = current_user)
with check (true)",
        );
        check(
            "after update of a, b for each row when (old.a is distinct from new.a) execute function f()",
            "
after update of a, b
for each row
when (old.a is distinct from new.a)
execute function f()",
        );
        check(
            "on update to v do instead (insert into log values (new.id); update t set a = new.a where id = new.id)",
            "
on update to v do instead (
  insert into log values (new.id);
  update t set a = new.a where id = new.id
)",
        );
        check(
            "(a integer) returns integer language sql begin atomic select a from t where b = a; return a; end",
            "
(a integer)
returns integer
language sql
begin atomic
  select a from t where b = a;
  return a;
end",
        );
    }

    #[test]
    fn literals_keep_their_lines_and_lines_are_kept() {
        let body = "() returns trigger language plpgsql as $$\nbegin\n  return new;\nend\n$$";
        assert_eq!(broken(body, 50), body);
        let long = "() returns trigger language plpgsql set search_path to 'a', 'b' as $$\nbegin\n$$";
        assert_eq!(
            broken(long, 50),
            "()\nreturns trigger\nlanguage plpgsql\nset search_path to 'a', 'b'\nas $$\nbegin\n$$"
        );
        let own = "select a,\n       b from t where something_long_enough = 'to be broken'";
        assert_eq!(broken(own, 50), own);
    }
}
