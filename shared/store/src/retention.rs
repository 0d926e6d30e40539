//! Rows that have served their time.

use chrono::{DateTime, Duration, Utc};
use sea_orm::ConnectionTrait;

use crate::{StoreError, backtests, billing, events, idempotency, mails, sql, trading::signals};

/// Rows of one table deleted at once: short transactions, so that nobody waits for a big one.
const BATCH: i64 = 5_000;

/// Users whose old events are deleted at once.
const USERS: u32 = 100;

/// What is pruned, and how: delete at most `$2` rows older than `$1`.
struct Rule {
    table: &'static str,
    kept: Duration,
    sql: &'static str,
}

const RULES: [Rule; 11] = [
    Rule {
        table: "account_tokens",
        kept: Duration::days(1),
        sql: "DELETE FROM account_tokens WHERE ctid IN (
                  SELECT ctid FROM account_tokens WHERE expires_at < $1 LIMIT $2)",
    },
    Rule {
        table: "mails",
        kept: mails::KEPT,
        sql: "DELETE FROM mails WHERE ctid IN (
                  SELECT ctid FROM mails WHERE ended_at < $1 LIMIT $2)",
    },
    Rule {
        table: "mail_budgets",
        kept: Duration::zero(),
        sql: "DELETE FROM mail_budgets WHERE ctid IN (
                  SELECT ctid FROM mail_budgets WHERE long_until < $1 AND burst_until < $1 LIMIT $2)",
    },
    Rule {
        table: "idempotency_keys",
        kept: idempotency::KEPT,
        sql: "DELETE FROM idempotency_keys WHERE ctid IN (
                  SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2)",
    },
    Rule {
        table: "sessions",
        kept: Duration::days(1),
        sql: "DELETE FROM sessions WHERE ctid IN (
                  SELECT ctid FROM sessions WHERE expires_at < $1 LIMIT $2)",
    },
    Rule {
        table: "api_tokens",
        kept: Duration::days(90),
        sql: "DELETE FROM api_tokens WHERE ctid IN (
                  SELECT ctid FROM api_tokens WHERE expires_at < $1 LIMIT $2)",
    },
    Rule {
        table: "login_failures",
        kept: Duration::days(1),
        sql: "DELETE FROM login_failures WHERE ctid IN (
                  SELECT ctid FROM login_failures
                  WHERE last_at < $1 AND coalesce(locked_until, last_at) < $1 LIMIT $2)",
    },
    Rule {
        table: "security_log",
        kept: Duration::days(365),
        sql: "DELETE FROM security_log WHERE ctid IN (
                  SELECT ctid FROM security_log WHERE created_at < $1 LIMIT $2)",
    },
    Rule {
        table: "signals",
        kept: signals::KEPT,
        // Each goes with the command that told its bot.
        sql: "WITH old AS (SELECT id FROM signals WHERE received_at < $1 LIMIT $2),
                  told AS (DELETE FROM bot_commands w USING old WHERE w.id = old.id)
              DELETE FROM signals s USING old WHERE s.id = old.id",
    },
    Rule {
        table: "backtests",
        kept: backtests::KEPT,
        // Few at once: the fills of each go with it.
        sql: "DELETE FROM backtests WHERE ctid IN (
                  SELECT ctid FROM backtests WHERE finished_at < $1 LIMIT least($2, 20))",
    },
    Rule {
        table: "billing_events",
        kept: billing::events::KEPT,
        sql: "DELETE FROM billing_events WHERE ctid IN (
                  SELECT ctid FROM billing_events WHERE created_at < $1 LIMIT $2)",
    },
];

/// Deletes what is too old as of `now`, in small steps; returns the rows deleted by table. May be interrupted anywhere.
///
/// # Errors
/// Any [`StoreError`] of a statement; what was deleted until then stays deleted.
pub async fn prune(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<(&'static str, u64)>, StoreError> {
    let mut pruned = Vec::with_capacity(RULES.len() + 1);
    for rule in &RULES {
        let before = now - rule.kept;
        let mut rows = 0;
        loop {
            let gone = sql::execute(conn, rule.sql, [before.into(), BATCH.into()])
                .await?
                .rows_affected();
            if gone == 0 {
                break;
            }
            rows += gone;
        }
        pruned.push((rule.table, rows));
    }
    let mut rows = 0;
    loop {
        match events::prune(conn, now - events::KEPT, USERS).await? {
            0 => break,
            gone => rows += gone,
        }
    }
    pruned.push(("events", rows));
    Ok(pruned)
}
