//! Files of SQL, cut into statements.

use pg_query::protobuf::Token;
use schema_check::sql::split::{Statement, split};

/// The pieces stand in order, and between them is nothing but what a parser passes over; where psql has no say in it,
/// they end where PostgreSQL's own scanner has a semicolon outside of parentheses.
pub fn run(data: &[u8]) {
    let text = super::text(data);
    if text.contains('\0') {
        return;
    }
    // A command to psql may stand within a statement.
    let (commands, pieces): (Vec<_>, Vec<_>) = split(text).into_iter().partition(|piece| piece.is_psql_command);
    let end = stand_in_order(text, &commands).max(stand_in_order(text, &pieces));
    assert!(end <= text.len());
    // Commands to psql, its variables and the rows of COPY are not the scanner's.
    let is_of_psql = |text: &str| text.contains(['\\', ':']) || text.to_ascii_lowercase().contains("stdin");
    if is_of_psql(text) {
        return;
    }
    let gaps = pieces.iter().map(|piece| piece.span.end).zip(pieces.iter().skip(1).map(|piece| piece.span.start));
    let first = pieces.first().map_or(text.len(), |piece| piece.span.start);
    for (from, to) in gaps.chain([(0, first), (end, text.len())]) {
        // A byte order mark is nothing to psql, and a character to the scanner.
        let gap = text[from..to].replace('\u{feff}', " ");
        let tokens = pg_query::scan(&gap).unwrap_or_else(|error| panic!("{gap:?} is dropped: {error}")).tokens;
        let kept =
            tokens.iter().find(|token| !matches!(token.token(), Token::SqlComment | Token::CComment | Token::Ascii59));
        assert!(kept.is_none(), "{gap:?} is dropped");
    }
    as_the_scanner(text, &pieces);
}

/// Where the last of them ends.
fn stand_in_order(text: &str, pieces: &[Statement]) -> usize {
    pieces.iter().fold(0, |end, piece| {
        assert!(piece.span.start >= end && piece.span.start < piece.span.end, "{pieces:?}");
        assert!(text.is_char_boundary(piece.span.start) && text.is_char_boundary(piece.span.end), "{pieces:?}");
        piece.span.end
    })
}

/// Bodies in SQL are not judged: the scanner does not know what they are.
fn as_the_scanner(text: &str, pieces: &[Statement]) {
    if text.contains('\u{feff}') || text.to_ascii_lowercase().contains("atomic") {
        return;
    }
    let Ok(scanned) = pg_query::scan(text) else { return };
    let (mut expected, mut depth, mut open) = (Vec::new(), 0, None);
    for token in &scanned.tokens {
        let place = |at: i32| usize::try_from(at).expect("a place in the text");
        let (start, end) = (place(token.start), place(token.end));
        match token.token() {
            Token::SqlComment | Token::CComment => continue,
            Token::Ascii59 if depth == 0 => {
                expected.extend(open.take());
                continue;
            }
            Token::Ascii40 | Token::Ascii91 => depth += 1,
            Token::Ascii41 | Token::Ascii93 => depth = (depth - 1).max(0),
            _ => {}
        }
        open = Some(open.map_or(start, |open: std::ops::Range<usize>| open.start)..end);
    }
    expected.extend(open);
    let found: Vec<_> = pieces.iter().map(|piece| piece.span.clone()).collect();
    assert_eq!(found, expected, "{text:?}");
}
