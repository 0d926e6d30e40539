//! Refuses migrations that are unsafe beside running services.
//!
//! Statements are parsed, never searched for words. What cannot be parsed cannot be judged, and is refused too.
//! An author who knows better says so in the header: `-- allow: RULE, REASON`.

mod alter;
mod column;
mod context;
mod finding;
mod rerun;
mod rules;
mod statement;

use std::{collections::BTreeMap, time::Duration};

use sqlparser::{
    ast::Statement,
    dialect::PostgreSqlDialect,
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::{Token, Tokenizer},
};

pub use finding::Finding;
pub use rules::Rule;

use crate::{
    header::Header,
    set::{Migration, Set, SetError},
    statements,
};
use context::Context;

/// Shorter than a backup, during which a `CONCURRENTLY` can only wait.
const LEAST_LOCK_TIMEOUT: Duration = Duration::from_mins(10);
const LEAST_STATEMENT_TIMEOUT: Duration = Duration::from_hours(1);

const TIMEOUT: &str = "a CONCURRENTLY that gives up leaves an invalid index, and beside a backup it has to wait: leave lock-timeout \
     and statement-timeout out, or give it 10min and 60min at least";

const CONCURRENTLY: &str =
    "CONCURRENTLY cannot run in a transaction: begin the file with -- no-transaction";

/// Judges a whole set of files, by file name.
pub fn check(files: &BTreeMap<String, String>) -> Vec<Finding> {
    let set = match Set::from_files(files.clone()) {
        Ok(set) => set,
        Err(SetError::Files(problems)) => {
            let finding = |problem: crate::set::FileProblem| Finding {
                file: problem.file,
                line: problem.line,
                rule: Rule::File,
                message: problem.message,
            };
            return problems.into_iter().map(finding).collect();
        }
        Err(SetError::Read { path, source }) => {
            return vec![Finding {
                file: path,
                line: 1,
                rule: Rule::File,
                message: source.to_string(),
            }];
        }
    };
    let mut findings = Vec::new();
    for (expected, migration) in (1..).zip(set.migrations()) {
        if migration.version != expected {
            findings.push(Finding {
                file: migration.file(),
                line: 1,
                rule: Rule::Numbering,
                message: format!("{expected:04} is missing before it: numbers have no gaps"),
            });
            break;
        }
    }
    for migration in set.migrations() {
        findings.extend(judge(migration));
    }
    findings
}

fn judge(migration: &Migration) -> Vec<Finding> {
    let mut context = Context::new(migration);
    for name in &migration.header.allow {
        if Rule::named(name).is_none() {
            context.find(
                1,
                Rule::Header,
                format!("there is no rule {name:?} to allow"),
            );
        }
    }
    for (line, parsed) in parse(&mut context, &migration.up) {
        context.line = line;
        statement::judge(&mut context, &parsed);
        if context.is_outside_transaction() {
            rerun::judge(&mut context, &parsed);
        }
    }
    judge_down(&mut context, migration);
    let allowed = |finding: &Finding| {
        let allow = &migration.header.allow;
        allow.iter().any(|name| name == finding.rule.name())
    };
    let mut findings = context.into_findings();
    findings.retain(|finding| !allowed(finding));
    findings
}

/// The way back is for emergencies and drops things by nature: it only has to be there and to be SQL.
fn judge_down(context: &mut Context<'_>, migration: &Migration) {
    let Some(down) = &migration.down else {
        let file = format!("{}.down.sql", migration.label());
        return context.find(1, Rule::MissingDown, format!("{file} is missing"));
    };
    context.turn_back();
    for (line, parsed) in parse(context, down) {
        context.line = line;
        statement::judge_transaction(context, &parsed);
        if context.is_outside_transaction() {
            rerun::judge(context, &parsed);
        }
    }
}

/// The statements of a file with their lines.
fn parse(context: &mut Context<'_>, sql: &str) -> Vec<(usize, Statement)> {
    let pieces = match statements::split(sql) {
        Ok(pieces) => pieces,
        Err((line, message)) => {
            context.find(line, Rule::Syntax, message);
            return Vec::new();
        }
    };
    if pieces.is_empty() {
        context.find(1, Rule::Empty, "holds no statement".to_owned());
    }
    let mut parsed = Vec::new();
    for piece in pieces {
        let one = parse_one(&piece.text).map(|(one, concurrently)| {
            if concurrently && !context.is_outside_transaction() {
                context.find(piece.line, Rule::Concurrently, CONCURRENTLY.to_owned());
            } else if concurrently && gives_up_early(context.header()) {
                context.find(piece.line, Rule::ConcurrentTimeout, TIMEOUT.to_owned());
            }
            (piece.line, one)
        });
        match one {
            Ok(one) => parsed.push(one),
            Err(error) => {
                context.find(
                    piece.line,
                    Rule::Syntax,
                    format!("cannot be judged: {error}"),
                );
            }
        }
    }
    parsed
}

/// Whether a file cuts what it does short. Zero is no limit.
fn gives_up_early(header: &Header) -> bool {
    let is_less = |timeout: Option<Duration>, least| {
        timeout.is_some_and(|timeout| !timeout.is_zero() && timeout < least)
    };
    is_less(header.lock_timeout, LEAST_LOCK_TIMEOUT)
        || is_less(header.statement_timeout, LEAST_STATEMENT_TIMEOUT)
}

/// Parses one statement, and says whether it is `CONCURRENTLY`. The parser does not know that word behind `DROP INDEX`.
fn parse_one(text: &str) -> Result<(Statement, bool), ParserError> {
    let dialect = PostgreSqlDialect {};
    let mut tokens = Tokenizer::new(&dialect, text).tokenize()?;
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    let is = |at: usize, keyword: Keyword| match tokens.get(at) {
        Some(Token::Word(word)) => word.keyword == keyword,
        _ => false,
    };
    let drops = is(0, Keyword::DROP) && is(1, Keyword::INDEX) && is(2, Keyword::CONCURRENTLY);
    if drops {
        tokens.remove(2);
    }
    let statement = Parser::new(&dialect)
        .with_tokens(tokens)
        .parse_statements()?;
    let one = statement.into_iter().next();
    let one = one.ok_or_else(|| ParserError::ParserError("no statement".to_owned()))?;
    let creates = matches!(&one, Statement::CreateIndex(index) if index.concurrently);
    Ok((one, drops || creates))
}
