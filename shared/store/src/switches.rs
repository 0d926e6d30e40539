//! What admins switch for everybody: kept in `settings`.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{StoreError, Txn, column, entity::settings, sql};

const MAINTENANCE: &str = "maintenance";
const PLATFORM: &str = "platform";

/// When callers are told to come back unless an admin says otherwise, in seconds.
pub const RETRY_AFTER_S: u32 = 300;

/// Everything that can be switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Switches {
    /// Whether only admins are served.
    pub maintenance: Maintenance,
    /// Whether accounts can be made.
    pub registration: Registration,
    /// Raised by each change, but for those of maintenance.
    pub version: i32,
}

/// Whether only admins are served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Maintenance {
    /// Whether maintenance mode is on.
    pub enabled: bool,
    /// What everybody else is told.
    #[serde(default)]
    pub message: Option<String>,
    /// When everybody else should come back, in seconds.
    #[serde(default = "retry_after")]
    #[schema(minimum = 1, maximum = 86400)]
    pub retry_after_s: u32,
}

/// Whether accounts can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// By anybody.
    Open,
    /// By nobody.
    Closed,
}

/// What the setting of this name is beside maintenance.
#[derive(Debug, Deserialize)]
struct Platform {
    registration: Option<Registration>,
    version: Option<i32>,
}

fn retry_after() -> u32 {
    RETRY_AFTER_S
}

impl Default for Maintenance {
    fn default() -> Self {
        Self {
            enabled: false,
            message: None,
            retry_after_s: RETRY_AFTER_S,
        }
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            maintenance: Maintenance::default(),
            registration: Registration::Open,
            version: 1,
        }
    }
}

/// How everything is switched.
///
/// # Errors
/// [`StoreError`] of the query, or of rows that hold something else.
pub async fn read(conn: &impl ConnectionTrait) -> Result<Switches, StoreError> {
    let mut switches = Switches::default();
    let rows = settings::Entity::find()
        .filter(settings::Column::Name.is_in([MAINTENANCE, PLATFORM]))
        .all(conn)
        .await?;
    for row in rows {
        if row.name == MAINTENANCE {
            switches.maintenance = column::json(row.value)?;
        } else {
            let platform: Platform = column::json(row.value)?;
            switches.registration = platform.registration.unwrap_or(switches.registration);
            switches.version = platform.version.unwrap_or(switches.version);
        }
    }
    Ok(switches)
}

/// Switches maintenance mode.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_maintenance(
    txn: &Txn,
    maintenance: &Maintenance,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let value = serde_json::json!(maintenance);
    put(txn, MAINTENANCE, value, now).await
}

/// How everything is switched, held until the end of the transaction.
///
/// # Errors
/// [`StoreError`] of the queries.
pub async fn lock(txn: &Txn) -> Result<Switches, StoreError> {
    sql::execute(
        txn,
        "SELECT name FROM settings WHERE name IN ($1, $2) ORDER BY name FOR UPDATE",
        [MAINTENANCE.into(), PLATFORM.into()],
    )
    .await?;
    read(txn).await
}

/// Opens or closes registration. `before` is what was read under [`lock`].
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_registration(
    txn: &Txn,
    before: &Switches,
    registration: Registration,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let version = before.version + 1;
    let value = serde_json::json!({ "registration": registration, "version": version });
    put(txn, PLATFORM, value, now).await
}

async fn put(
    txn: &Txn,
    name: &str,
    value: serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        [name.into(), value.into(), now.into()],
    )
    .await?;
    Ok(())
}
