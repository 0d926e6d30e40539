//! What is stored sealed: in which columns, under which keys, and how it is moved to another key.

mod check;

use std::collections::BTreeMap;

use platform::{
    ids::UserId,
    vault::{Binding, HEADER_BYTES, KeyId, Vault, VaultError},
};
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

pub use check::{CHECK, KeyError, finish, verify};

use crate::{StoreError, sql};

/// A column whose values are sealed, each for its row.
#[derive(Debug)]
pub struct SealedColumn {
    /// Its table.
    pub table: &'static str,
    /// The table's primary key, a uuid.
    id: &'static str,
    /// Whose the row is.
    user: &'static str,
    /// The column.
    value: &'static str,
    /// Where the table says which key a value was sealed under, if it does.
    key_id: Option<&'static str>,
    /// What a value is sealed for.
    binding: fn(UserId, Uuid) -> Binding,
}

/// Every one there is. A rotation of the key goes through them.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "connections",
        id: "id",
        user: "user_id",
        value: "credentials",
        key_id: Some("key_id"),
        binding: |user, id| Binding::connection(user, id),
    },
    SealedColumn {
        table: "bots",
        id: "id",
        user: "user_id",
        value: "signal_secret",
        key_id: None,
        binding: |user, id| Binding::signals(user, id),
    },
    SealedColumn {
        table: "totp",
        id: "user_id",
        user: "user_id",
        value: "secret",
        key_id: None,
        binding: |user, _| Binding::totp(user),
    },
    SealedColumn {
        table: "users",
        id: "id",
        user: "id",
        value: "password_sealed",
        key_id: None,
        binding: |user, _| Binding::password(user),
    },
];

/// A sealed value in its row.
#[derive(Debug, Clone)]
pub struct SealedRow {
    /// The row.
    pub id: Uuid,
    user: UserId,
    value: Vec<u8>,
}

/// A value that is to take the place of the one that it was made from.
#[derive(Debug)]
pub struct Resealed {
    id: Uuid,
    from: Vec<u8>,
    to: Vec<u8>,
}

impl SealedColumn {
    /// Its name, for people.
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.value)
    }

    /// Up to `limit` rows after `after`, by id, whose values are not sealed under the current key of `vault`.
    ///
    /// # Errors
    /// [`StoreError`] of the query.
    pub async fn stale(
        &self,
        conn: &impl ConnectionTrait,
        vault: &Vault,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let Self {
            table,
            id,
            user,
            value,
            ..
        } = self;
        let sql = format!(
            "SELECT {id}, {user}, {value} FROM {table}
             WHERE {id} > $1 AND substring({value} FROM 1 FOR {HEADER_BYTES}) <> $2 ORDER BY {id} LIMIT $3"
        );
        let values: [Value; 3] = [
            after.into(),
            vault.current_prefix().into(),
            i64::from(limit).into(),
        ];
        let rows = sql::values(conn, &sql, values).await?;
        let stale = rows.into_iter().map(|(id, user, value)| SealedRow {
            id,
            user: UserId(user),
            value,
        });
        Ok(stale.collect())
    }

    /// A value sealed anew, under the current key.
    ///
    /// # Errors
    /// [`VaultError`] where it does not open.
    pub fn reseal(&self, vault: &Vault, row: SealedRow) -> Result<Resealed, VaultError> {
        let binding = (self.binding)(row.user, row.id);
        Ok(Resealed {
            id: row.id,
            to: vault.reseal(binding, &row.value)?,
            from: row.value,
        })
    }

    /// Puts resealed values into those rows that still hold what they were made from; says how many.
    ///
    /// # Errors
    /// [`StoreError`] of the statement.
    pub async fn replace(
        &self,
        conn: &impl ConnectionTrait,
        vault: &Vault,
        resealed: Vec<Resealed>,
    ) -> Result<u64, StoreError> {
        let Self {
            table, id, value, ..
        } = self;
        let key_id = self.key_id.map_or_else(String::new, |key_id| {
            format!(", {key_id} = '{}'", vault.key_id())
        });
        let sql = format!(
            "UPDATE {table} t SET {value} = n.value{key_id}
             FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, old, value)
             WHERE t.{id} = n.id AND t.{value} = n.old"
        );
        let (mut ids, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for row in resealed {
            ids.push(row.id);
            old.push(row.from);
            new.push(row.to);
        }
        let done = sql::execute(conn, &sql, [ids.into(), old.into(), new.into()]).await?;
        Ok(done.rows_affected())
    }

    /// How many values there are under each key.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] where the beginning of a value names no key.
    pub async fn keys(
        &self,
        conn: &impl ConnectionTrait,
    ) -> Result<BTreeMap<String, KeyCount>, KeyError> {
        let Self {
            table, id, value, ..
        } = self;
        let sql = format!(
            "SELECT substring({value} FROM 1 FOR {HEADER_BYTES}), count(*), min({id}::text) FROM {table}
             WHERE {value} IS NOT NULL GROUP BY 1"
        );
        let mut keys = BTreeMap::new();
        for (prefix, values, row) in sql::values::<(Vec<u8>, i64, String)>(conn, &sql, []).await? {
            let key = KeyId::of_prefix(&prefix).map_err(|source| KeyError::Damaged {
                column: self.name(),
                row,
                source,
            })?;
            keys.insert(key.to_string(), KeyCount { key, values });
        }
        Ok(keys)
    }
}

/// How many values a key has sealed.
#[derive(Debug, Clone, Copy)]
pub struct KeyCount {
    /// The key.
    pub key: KeyId,
    /// How many.
    pub values: i64,
}
