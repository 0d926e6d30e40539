//! Cuts a file into its statements, aware of comments, quotes and dollar quotes.

use sqlparser::{
    dialect::PostgreSqlDialect,
    keywords::Keyword,
    tokenizer::{Location, Token, Tokenizer},
};

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The line, from 1, on which its first token stands.
    pub line: usize,
    /// Its text, without the semicolon and without comments before it.
    pub text: String,
}

/// Cuts `sql` at its semicolons.
///
/// # Errors
/// What the tokenizer could not read, and the line.
pub fn split(sql: &str) -> Result<Vec<Piece>, (usize, String)> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| (line_of(error.location), error.message))?;
    let offsets = Offsets::of(sql);
    let mut pieces = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for token in tokens {
        match token.token {
            Token::Whitespace(_) | Token::EOF => {}
            Token::SemiColon => {
                if let Some((line, from)) = open.take() {
                    pieces.push(piece(sql, line, from, offsets.byte(token.span.start)));
                }
            }
            _ => {
                open.get_or_insert_with(|| {
                    (line_of(token.span.start), offsets.byte(token.span.start))
                });
            }
        }
    }
    if let Some((line, from)) = open {
        pieces.push(piece(sql, line, from, sql.len()));
    }
    Ok(pieces)
}

/// Whether a statement is `CONCURRENTLY`: it builds, drops or rebuilds an index without locking anybody out.
pub fn is_concurrent(text: &str) -> bool {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else {
        return false;
    };
    let mut words = tokens.iter().filter_map(|token| match token {
        Token::Word(word) => Some(word.keyword),
        _ => None,
    });
    let begins = matches!(
        words.next(),
        Some(Keyword::CREATE | Keyword::DROP | Keyword::REINDEX)
    );
    begins && words.take(3).any(|word| word == Keyword::CONCURRENTLY)
}

fn piece(sql: &str, line: usize, from: usize, to: usize) -> Piece {
    Piece {
        line,
        text: sql[from..to].trim_end().to_owned(),
    }
}

fn line_of(location: Location) -> usize {
    usize::try_from(location.line).unwrap_or(usize::MAX)
}

/// Turns the tokenizer's lines and columns, counted in characters, into byte offsets.
struct Offsets<'a> {
    sql: &'a str,
    lines: Vec<usize>,
}

impl<'a> Offsets<'a> {
    fn of(sql: &'a str) -> Self {
        let starts = sql.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            sql,
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }

    fn byte(&self, location: Location) -> usize {
        let start = line_of(location)
            .checked_sub(1)
            .and_then(|line| self.lines.get(line))
            .copied()
            .unwrap_or(self.sql.len());
        let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
        self.sql[start..]
            .char_indices()
            .nth(column)
            .map_or(self.sql.len(), |(at, _)| start + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_inside_quotes_comments_and_bodies_do_not_cut() {
        let sql = "-- a; b\nSELECT 'ä;'; /* ; */\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $x$ SELECT ';é'; $x$;\n\n  SELECT \"a;b\"  ";
        let pieces = split(sql).unwrap();
        let seen: Vec<_> = pieces.iter().map(|p| (p.line, p.text.as_str())).collect();
        assert_eq!(
            seen,
            [
                (2, "SELECT 'ä;'"),
                (
                    3,
                    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $x$ SELECT ';é'; $x$"
                ),
                (5, "SELECT \"a;b\""),
            ]
        );
    }

    #[test]
    fn what_is_concurrent_is_told_from_what_only_says_so() {
        for text in [
            "CREATE INDEX CONCURRENTLY i ON a (b)",
            "create unique index /* x */ concurrently if not exists i on a (b)",
            "DROP INDEX CONCURRENTLY IF EXISTS i",
            "REINDEX INDEX CONCURRENTLY i",
        ] {
            assert!(is_concurrent(text), "{text}");
        }
        for text in [
            "CREATE INDEX \"concurrently\" ON a (b)",
            "COMMENT ON INDEX i IS 'CONCURRENTLY'",
            "UPDATE concurrently SET b = 1",
            "DROP INDEX i",
        ] {
            assert!(!is_concurrent(text), "{text}");
        }
    }

    #[test]
    fn a_file_of_comments_holds_no_statement() {
        assert_eq!(split("-- nothing\n;;\n/* here */").unwrap(), []);
    }

    #[test]
    fn an_open_quote_is_named_with_its_line() {
        let (line, _) = split("SELECT 1;\nSELECT 'open").unwrap_err();
        assert_eq!(line, 2);
    }
}
