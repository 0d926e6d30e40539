//! Everything that is known of a user, table by table and page by page, as text of JSON: amounts never become floating
//! point numbers on the way, and no page is larger than a few hundred rows.

use platform::ids::UserId;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{StoreError, sql};

/// Rows of a page.
const PAGE: i64 = 500;

/// What the rows of a table belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    User,
    Connection,
    Bot,
    Backtest,
}

impl Owner {
    /// The ids of all that a user has of this kind.
    fn ids(self) -> &'static str {
        match self {
            Self::User => "SELECT $1::uuid AS id",
            Self::Connection => "SELECT id FROM connections WHERE user_id = $1 ORDER BY id",
            Self::Bot => "SELECT id FROM bots WHERE user_id = $1 ORDER BY id",
            Self::Backtest => "SELECT id FROM backtests WHERE user_id = $1 ORDER BY id",
        }
    }
}

/// One table of the document.
#[derive(Debug)]
pub struct Section {
    /// The table, and its name in the document.
    pub table: &'static str,
    owner: Owner,
    /// The column that names the owner.
    owned_by: &'static str,
    /// What tells the rows of one owner apart and orders them, and its type.
    key: (&'static str, &'static str),
    /// What is shown; everything where nothing is listed. Tables that hold a secret list what is none.
    columns: &'static [&'static str],
}

const fn all(
    table: &'static str,
    owner: Owner,
    owned_by: &'static str,
    key: (&'static str, &'static str),
) -> Section {
    Section {
        table,
        owner,
        owned_by,
        key,
        columns: &[],
    }
}

const ID: (&str, &str) = ("id", "uuid");
const ID_NUMBER: (&str, &str) = ("id", "bigint");

/// The document's sections, in their order.
pub const SECTIONS: &[Section] = &[
    Section {
        columns: &[
            "id",
            "email",
            "email_verified_at",
            "display_name",
            "role",
            "status",
            "preferences",
            "created_at",
            "updated_at",
        ],
        ..all("users", Owner::User, "id", ID)
    },
    Section {
        columns: &[
            "id",
            "family",
            "expires_at",
            "rotated_at",
            "revoked_at",
            "revoke_reason",
            "address",
            "agent",
            "created_at",
            "last_used_at",
        ],
        ..all("sessions", Owner::User, "user_id", ID)
    },
    Section {
        columns: &["confirmed_at", "created_at"],
        ..all("totp", Owner::User, "user_id", ("user_id", "uuid"))
    },
    Section {
        columns: &[
            "id",
            "name",
            "hint",
            "scopes",
            "allowlist",
            "expires_at",
            "last_used_at",
            "last_used_address",
            "revoked_at",
            "created_at",
        ],
        ..all("api_tokens", Owner::User, "user_id", ID)
    },
    all("security_log", Owner::User, "user_id", ID),
    Section {
        columns: &[
            "id",
            "recipient",
            "kind",
            "status",
            "ended_at",
            "created_at",
        ],
        ..all("mails", Owner::User, "user_id", ID)
    },
    Section {
        columns: &[
            "id",
            "venue",
            "testnet",
            "label",
            "key_hint",
            "venue_account",
            "live_confirmed_at",
            "paper",
            "created_at",
            "updated_at",
        ],
        ..all("connections", Owner::User, "user_id", ID)
    },
    all(
        "feeds",
        Owner::Connection,
        "connection_id",
        ("connection_id", "uuid"),
    ),
    all(
        "balances",
        Owner::Connection,
        "connection_id",
        ("asset", "text"),
    ),
    all(
        "equity",
        Owner::Connection,
        "connection_id",
        ("at", "bigint"),
    ),
    Section {
        columns: &[
            "id",
            "connection_id",
            "name",
            "type",
            "symbol",
            "config",
            "status",
            "status_reason",
            "version",
            "created_at",
            "updated_at",
            "deleted_at",
        ],
        ..all("bots", Owner::User, "user_id", ID)
    },
    all("bot_states", Owner::Bot, "bot_id", ("bot_id", "uuid")),
    all("bot_commands", Owner::Bot, "bot_id", ("position", "bigint")),
    all("signals", Owner::Bot, "bot_id", ("position", "bigint")),
    all("deals", Owner::Bot, "bot_id", ID),
    all("trades", Owner::Bot, "bot_id", ID_NUMBER),
    all("orders", Owner::Bot, "bot_id", ID),
    all("fills", Owner::Bot, "bot_id", ID),
    all("decisions", Owner::Bot, "bot_id", ID_NUMBER),
    all("subscriptions", Owner::User, "user_id", ("user_id", "uuid")),
    all(
        "billing_events",
        Owner::User,
        "user_id",
        ("stripe_event_id", "text"),
    ),
    all("backtests", Owner::User, "user_id", ID),
    all(
        "backtest_trades",
        Owner::Backtest,
        "backtest_id",
        ("number", "integer"),
    ),
    all("events", Owner::User, "user_id", ("seq", "bigint")),
];

/// Tables that belong to a user and are left out, with the reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("account_tokens", "hashes of links in mails"),
    ("account_deletions", "only of accounts that are closed"),
    (
        "ended_frontend_logins",
        "random ids of logins that are over",
    ),
    ("idempotency_keys", "answers that were given, for a day"),
    ("ledger", "the legs of fills, which are there"),
    ("recovery_codes", "hashes"),
    ("user_streams", "the number of the last event"),
];

/// The owners of a section's rows.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owners(
    conn: &impl ConnectionTrait,
    section: &Section,
    user: UserId,
) -> Result<Vec<Uuid>, StoreError> {
    sql::values(conn, section.owner.ids(), [user.0.into()]).await
}

/// Some rows of a section, and where the next begin.
#[derive(Debug)]
pub struct Rows {
    /// Each an object of JSON.
    pub rows: Vec<String>,
    /// The key of the last row; none if there are no more.
    pub next: Option<String>,
}

/// The rows of one owner after the key `after`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn page(
    conn: &impl ConnectionTrait,
    section: &Section,
    owner: Uuid,
    after: Option<&str>,
) -> Result<Rows, StoreError> {
    let rows = sql::values::<(String, String)>(
        conn,
        &section.sql(),
        [owner.into(), after.map(str::to_owned).into(), PAGE.into()],
    )
    .await?;
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) == PAGE;
    let next = match rows.last() {
        Some((key, _)) if full => Some(key.clone()),
        _ => None,
    };
    Ok(Rows {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        next,
    })
}

impl Section {
    /// Amounts become strings, exact ones without the zeros that their column adds; the rest is Postgres' own JSON.
    fn sql(&self) -> String {
        let Self {
            table,
            owned_by,
            key: (key, kind),
            columns,
            ..
        } = self;
        let shown = if columns.is_empty() {
            "true".to_owned()
        } else {
            format!("e.key IN ('{}')", columns.join("', '"))
        };
        format!(
            "SELECT page.key, (
                 SELECT jsonb_object_agg(e.key, CASE WHEN n.attname IS NULL OR e.value = 'null' THEN e.value
                     ELSE to_jsonb(trim_scale((e.value #>> '{{}}')::numeric)::text) END)::text
                 FROM jsonb_each(page.row) e
                 LEFT JOIN pg_attribute n ON n.attrelid = '{table}'::regclass AND n.attname = e.key
                     AND n.atttypid = 'numeric'::regtype
                 WHERE {shown} AND e.key <> 'user_id'
             ) AS row
             FROM (
                 SELECT t.{key}::text AS key, to_jsonb(t) AS row FROM {table} t
                 WHERE t.{owned_by} = $1 AND ($2::text IS NULL OR t.{key} > $2::{kind})
                 ORDER BY t.{key} LIMIT $3
             ) page"
        )
    }
}
