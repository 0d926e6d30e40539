//! `lint`: what is refused, with file, line and rule, and what is not.

use std::collections::BTreeMap;

use migrator::lint::{self, Rule};
use testkit::process::Binary;

use crate::support::finished;

const DOWN: (&str, &str) = ("0001_x.down.sql", "SELECT 1;");

/// The findings on one migration, as (line, rule).
fn findings(file: &str, sql: &str) -> Vec<(usize, Rule)> {
    let files = BTreeMap::from([
        (file.to_owned(), sql.to_owned()),
        (DOWN.0.to_owned(), DOWN.1.to_owned()),
    ]);
    let findings = lint::check(&files);
    for finding in &findings {
        assert_eq!(finding.file, file, "{finding}");
    }
    findings
        .iter()
        .map(|finding| (finding.line, finding.rule))
        .collect()
}

fn expand(sql: &str) -> Vec<(usize, Rule)> {
    findings("0001_x.expand.sql", sql)
}

fn contract(sql: &str) -> Vec<(usize, Rule)> {
    findings("0001_x.contract.sql", sql)
}

#[test]
fn this_release_is_clean() {
    assert_eq!(lint::check(&migrator::set::embedded_files()), []);
}

#[test]
fn refused_in_both_phases() {
    for (sql, rule) in [
        (
            "ALTER TABLE a ADD COLUMN b int CHECK (b > 0)",
            Rule::ConstraintNotValid,
        ),
        ("ALTER TABLE a SET UNLOGGED", Rule::TableRewrite),
        ("CREATE INDEX CONCURRENTLY i ON a (b)", Rule::Concurrently),
        ("DROP INDEX CONCURRENTLY i", Rule::Concurrently),
        ("TRUNCATE a", Rule::Truncate),
        ("BEGIN", Rule::TransactionControl),
        ("COMMIT", Rule::TransactionControl),
        ("ROLLBACK", Rule::TransactionControl),
        ("SET lock_timeout = '1h'", Rule::TransactionControl),
        (
            "ALTER TABLE a ADD COLUMN b double precision",
            Rule::ColumnType,
        ),
        ("CREATE TABLE a (price real)", Rule::ColumnType),
        ("CREATE TABLE a (price float8)", Rule::ColumnType),
        ("ALTER TABLE a SOMEHOW", Rule::Syntax),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$", Rule::Syntax),
        ("SELECT 'open", Rule::Syntax),
        ("-- only words", Rule::Empty),
    ] {
        // The statement stands on the fourth line, but for what is about the file or its text.
        let text = format!("-- a comment; with a cut\n\nSELECT 1;\n{sql};\n");
        if matches!(rule, Rule::Empty) {
            assert_eq!(expand(sql), [(1, rule)], "{sql}");
            continue;
        }
        assert_eq!(expand(&text), [(4, rule)], "expand: {sql}");
        assert_eq!(contract(&text), [(4, rule)], "contract: {sql}");
    }
}

#[test]
fn refused_in_an_expand_step_only() {
    for (sql, rule) in [
        ("DROP TABLE a", Rule::DropTable),
        ("DROP TABLE IF EXISTS a, b CASCADE", Rule::DropTable),
        ("ALTER TABLE a DROP COLUMN b", Rule::DropColumn),
        (
            "ALTER TABLE a ADD COLUMN c int, DROP COLUMN IF EXISTS b",
            Rule::DropColumn,
        ),
        (
            "ALTER TABLE a ALTER COLUMN b DROP DEFAULT",
            Rule::DropDefault,
        ),
        ("DROP VIEW v", Rule::DropObject),
        ("DROP TYPE t", Rule::DropObject),
        ("DROP SEQUENCE s", Rule::DropObject),
        ("DROP FUNCTION f", Rule::DropObject),
    ] {
        assert_eq!(expand(sql), [(1, rule)], "{sql}");
        assert_eq!(contract(sql), [], "{sql}");
    }
}

#[test]
fn what_only_adds_passes() {
    for sql in [
        "CREATE TABLE a (id uuid PRIMARY KEY, b uuid NOT NULL REFERENCES c (id), n numeric(38,18) CHECK (n > 0));
         CREATE INDEX a_b_idx ON a (b); CREATE UNIQUE INDEX \"A b\" ON \"a\" (b);
         ALTER TABLE a ADD CONSTRAINT k CHECK (b IS NOT NULL); ALTER TABLE public.a ADD COLUMN d int NOT NULL;
         INSERT INTO a SELECT 1; COMMENT ON TABLE a IS 'x'",
        "ALTER TABLE a ADD COLUMN b int",
        "ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0",
        "ALTER TABLE a ADD COLUMN b timestamptz NOT NULL DEFAULT now()",
        "ALTER TABLE a ADD COLUMN b jsonb NOT NULL DEFAULT '{}'::jsonb",
        "ALTER TABLE a ADD CONSTRAINT k CHECK (b > 0) NOT VALID",
        "ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES c (id) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT k",
        "ALTER TABLE a ADD CONSTRAINT k UNIQUE USING INDEX k",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL",
        "ALTER TABLE a ALTER COLUMN b SET DEFAULT 1",
        "ALTER TABLE a DROP CONSTRAINT k",
        "DROP INDEX i",
        "UPDATE a SET b = 1 WHERE b IS NULL",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$",
        "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)",
    ] {
        assert_eq!(expand(sql), [], "{sql}");
    }
}

#[test]
fn what_is_concurrent_may_not_be_cut_short() {
    let build = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b);";
    let drop = "DROP INDEX CONCURRENTLY IF EXISTS i;";
    for header in [
        "lock-timeout: 3s",
        "lock-timeout: 599s",
        "statement-timeout: 59min",
        "statement-timeout: 1ms",
    ] {
        for sql in [build, drop] {
            let file = format!("-- no-transaction\n-- {header}\n{sql}");
            assert_eq!(expand(&file), [(3, Rule::ConcurrentTimeout)], "{file}");
        }
        let other = format!("-- no-transaction\n-- {header}\nALTER TABLE a VALIDATE CONSTRAINT k;");
        assert_eq!(expand(&other), [], "{other}");
    }
    for header in [
        "lock-timeout: 10min",
        "statement-timeout: 60min",
        "statement-timeout: 0s",
    ] {
        let file = format!("-- no-transaction\n-- {header}\n{build}");
        assert_eq!(expand(&file), [], "{file}");
    }
}

#[test]
fn outside_a_transaction_everything_must_bear_a_second_run() {
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON a (b)",
        "CREATE INDEX CONCURRENTLY ON a (b)",
        "CREATE TABLE b (id int)",
        "INSERT INTO a VALUES (1)",
        "ALTER TABLE a ADD COLUMN b int",
        "DROP INDEX CONCURRENTLY i",
    ] {
        assert_eq!(
            expand(&format!("-- no-transaction\n{sql}")),
            [(2, Rule::Rerun)],
            "{sql}"
        );
    }
    for sql in [
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS b int",
        "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING",
        "ALTER TABLE a VALIDATE CONSTRAINT k",
    ] {
        assert_eq!(expand(&format!("-- no-transaction\n{sql}")), [], "{sql}");
    }
}

#[test]
fn an_author_may_overrule_a_rule_with_a_reason() {
    let sql = "ALTER TABLE a ADD COLUMN b real;";
    assert_eq!(
        expand(&format!("-- allow: column-type, it is no money\n{sql}")),
        []
    );
    assert_eq!(
        expand(&format!("-- allow: drop-table, for another reason\n{sql}")),
        [(2, Rule::ColumnType)]
    );
    assert_eq!(
        expand("-- allow: everything, please\nSELECT 1;"),
        [(1, Rule::Header)]
    );
    assert_eq!(
        expand(&format!("-- allow: column-type\n{sql}")),
        [(1, Rule::File)]
    );
}

#[test]
fn files_that_are_no_migrations_and_numbers_that_are_wrong() {
    for (files, expected) in [
        (
            &["0001_a.expand.sql"][..],
            ("0001_a.expand.sql", Rule::MissingDown),
        ),
        (&["0001_a.down.sql"], ("0001_a.down.sql", Rule::File)),
        (
            &["0001_a.expand.sql", "0001_b.down.sql"],
            ("0001_b.down.sql", Rule::File),
        ),
        (&["1_a.expand.sql"], ("1_a.expand.sql", Rule::File)),
        (&["0001_A.expand.sql"], ("0001_A.expand.sql", Rule::File)),
        (&["0001_a.sql"], ("0001_a.sql", Rule::File)),
        (&["0001.expand.sql"], ("0001.expand.sql", Rule::File)),
        (
            &["0001_a.expand.sql", "0001_b.expand.sql", "0001_a.down.sql"],
            ("0001_b.expand.sql", Rule::File),
        ),
        (
            &["0002_a.expand.sql", "0002_a.down.sql"],
            ("0002_a.expand.sql", Rule::Numbering),
        ),
        (
            &[
                "0001_a.expand.sql",
                "0001_a.down.sql",
                "0003_b.expand.sql",
                "0003_b.down.sql",
            ],
            ("0003_b.expand.sql", Rule::Numbering),
        ),
    ] {
        let texts = files
            .iter()
            .map(|name| ((*name).to_owned(), "SELECT 1;".to_owned()));
        let findings = lint::check(&texts.collect());
        let seen: Vec<_> = findings
            .iter()
            .map(|one| (one.file.as_str(), one.rule))
            .collect();
        assert_eq!(seen, [expected], "{files:?}");
    }
}

#[test]
fn a_down_file_is_read_too() {
    let files = [
        ("0001_a.expand.sql", "CREATE TABLE a (id int);"),
        ("0001_a.down.sql", "DROP TABLE a;\nCOMMIT;\nDROP WHAT;"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let findings = lint::check(&files.into());
    let seen: Vec<_> = findings
        .iter()
        .map(|one| (one.file.as_str(), one.line, one.rule))
        .collect();
    assert_eq!(
        seen,
        [
            ("0001_a.down.sql", 3, Rule::Syntax),
            ("0001_a.down.sql", 2, Rule::TransactionControl),
        ]
    );
}

#[tokio::test]
async fn the_binary_names_file_line_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("0001_x.expand.sql"), "\nDROP TABLE a;").unwrap();
    std::fs::write(dir.path().join(DOWN.0), DOWN.1).unwrap();
    let lint = || Binary::migrator().arg("lint");
    let (code, logs) = finished(
        lint()
            .arg("--dir")
            .arg(dir.path().to_str().unwrap())
            .run()
            .await,
    );
    assert_eq!(code, 1, "{logs}");
    assert!(logs.contains("0001_x.expand.sql:2: drop-table: "), "{logs}");
    let (code, logs) = finished(lint().run().await);
    assert_eq!(code, 0, "{logs}");
    let (code, logs) = finished(lint().arg("--dir").arg("/nowhere").run().await);
    assert_eq!(code, 2, "{logs}");
}
