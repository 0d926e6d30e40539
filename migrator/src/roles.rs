//! The roles that the database is used as. One owns the schema, and migrations run as it. Services and backups sign in as two
//! others, which read and write rows, or only read them, and change no schema: made, and given their rights on whatever
//! tables there are, at the end of every `up`.

mod owner;
mod scram;

use platform::{Secret, config::Reader};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, TransactionTrait,
    sqlx::error::DatabaseError,
};

pub(crate) use owner::adopt;

use crate::history::sql;

/// A role, and the password to give it. Without a password a role that is there keeps its own, and none is made.
#[derive(Debug, Clone)]
pub struct Role {
    /// Letters, digits and underscores, checked when it was read.
    name: String,
    password: Option<Secret<String>>,
}

impl Role {
    /// A role of this name; none where the name could be mistaken for anything else in SQL.
    pub fn new(name: &str, password: Option<Secret<String>>) -> Option<Self> {
        let is_plain = !name.is_empty()
            && name.len() <= 63
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.starts_with("pg_")
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        is_plain.then(|| Self {
            name: name.to_owned(),
            password,
        })
    }

    /// As it is in SQL, without quotation marks.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn read(reader: &mut Reader, who: &str, default: &str) -> Option<Self> {
        let password = format!("{who}_DB_PASSWORD");
        let secret = reader.own_secret(&password);
        // Postgres normalises anything else before it compares, and we do not.
        if let Some(secret) = &secret
            && !secret.expose().bytes().all(|byte| byte.is_ascii_graphic())
        {
            reader.problem(&password, "is not made of visible ASCII characters");
        }
        Self::named(reader, who, default, secret)
    }

    fn named(
        reader: &mut Reader,
        who: &str,
        default: &str,
        password: Option<Secret<String>>,
    ) -> Option<Self> {
        let name = format!("{who}_DB_USER");
        let text = reader.text_or(&name, default);
        let role = Self::new(&text, password);
        if role.is_none() {
            let message = "is not the name of a role: lower-case letters, digits and underscores";
            reader.problem(&name, format!("{text:?} {message}"));
        }
        role
    }
}

/// Whom the database is used as.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// `MIGRATOR_DB_USER`: owns the schema, and migrations run as it. None: they run as whoever is connected.
    pub owner: Option<Role>,
    /// `APP_DB_USER`, `APP_DB_PASSWORD`: api and engine. Reads and writes rows.
    pub app: Option<Role>,
    /// `BACKUP_DB_USER`, `BACKUP_DB_PASSWORD`: the backup. Reads.
    pub backup: Option<Role>,
}

impl Roles {
    /// Reads all.
    pub fn read(reader: &mut Reader) -> Self {
        let roles = Self {
            owner: Role::named(reader, "MIGRATOR", "blockbotx_migrator", None),
            app: Role::read(reader, "APP", "blockbotx_app"),
            backup: Role::read(reader, "BACKUP", "blockbotx_backup"),
        };
        let owner = roles.owner.as_ref().map(Role::name);
        let is_owners = |role: &Option<Role>| role.as_ref().map(Role::name) == owner;
        if owner.is_some() && (is_owners(&roles.app) || is_owners(&roles.backup)) {
            reader.problem(
                "MIGRATOR_DB_USER",
                "is the role of services or backups too: nobody signs in as it",
            );
        }
        roles
    }
}

/// What the connection's own role may do.
struct Rights {
    name: String,
    is_superuser: bool,
    makes_roles: bool,
}

/// Makes the roles for services and backups, where `admin`, the connection of `DIRECT_URL`, may; `owner`, that of the owner
/// of the schema, gives each its rights. What is not allowed is said in the log with its remedy, and is no failure: a managed
/// Postgres may have them made by other means.
///
/// # Errors
/// Whatever else Postgres says.
pub(crate) async fn settle(
    admin: &DatabaseConnection,
    owner: &DatabaseConnection,
    roles: &Roles,
) -> Result<(), DbErr> {
    let (own, owning) = (rights(admin).await?, rights(owner).await?);
    for (role, grants) in [(&roles.app, APP), (&roles.backup, BACKUP)] {
        let Some(role) = role else { continue };
        if role.name == own.name || role.name == owning.name {
            tracing::warn!(
                role = role.name,
                "is the owner of the schema: name another role for it"
            );
            continue;
        }
        if make(admin, &own, role).await? {
            grant(owner, &role.name, grants).await?;
        }
    }
    Ok(())
}

async fn rights(db: &DatabaseConnection) -> Result<Rights, DbErr> {
    let query = "SELECT rolname::text AS name, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user";
    let row = db
        .query_one_raw(sql(query, []))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the own role".to_owned()))?;
    Ok(Rights {
        name: row.try_get("", "name")?,
        is_superuser: row.try_get("", "rolsuper")?,
        makes_roles: row.try_get("", "rolcreaterole")?,
    })
}

/// Makes the role or gives it its password. True: it is there.
async fn make(db: &DatabaseConnection, own: &Rights, role: &Role) -> Result<bool, DbErr> {
    let Role { name, password } = role;
    let query = "SELECT rolsuper FROM pg_roles WHERE rolname = $1";
    let there = db
        .query_one_raw(sql(query, [name.as_str().into()]))
        .await?
        .map(|row| row.try_get::<bool>("", "rolsuper"))
        .transpose()?;
    let may = own.is_superuser || own.makes_roles;
    let Some(password) = password else {
        if there.is_none() {
            tracing::warn!(
                role = name,
                "there is no such role and no password for one: whoever would use it signs in as the owner of the schema"
            );
        }
        return Ok(there.is_some());
    };
    if !may {
        if there.is_none() {
            tracing::warn!(
                role = name,
                "there is no such role, and DIRECT_URL may not make one: let an administrator of the database CREATE ROLE {name} LOGIN PASSWORD …, then migrate again"
            );
        }
        return Ok(there.is_some());
    }
    // The server's log may hold statements: what goes there is the verifier that it keeps, never the password.
    if own.is_superuser && there == Some(false) && has_password(db, name, password).await? {
        return Ok(true);
    }
    let verifier = scram::verifier(password);
    let statement = match there {
        None => format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{verifier}'"),
        Some(_) if own.is_superuser => format!(
            "ALTER ROLE \"{name}\" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{verifier}'"
        ),
        Some(_) => format!("ALTER ROLE \"{name}\" LOGIN PASSWORD '{verifier}'"),
    };
    match db.execute_unprepared(&statement).await {
        Ok(_) => {
            let made = there.is_none();
            tracing::info!(role = name, made, "role has its password");
            Ok(true)
        }
        Err(error) if is_forbidden(&error) => {
            tracing::warn!(
                role = name,
                "DIRECT_URL may not make this role or set its password: let an administrator of the database do it"
            );
            Ok(there.is_some())
        }
        Err(error) => Err(error),
    }
}

/// Whether the role has this password. Pooled connections go on with the one that it has: it is not set anew for nothing.
async fn has_password(
    db: &DatabaseConnection,
    name: &str,
    password: &Secret<String>,
) -> Result<bool, DbErr> {
    let query = "SELECT coalesce(rolpassword, '') AS verifier FROM pg_authid WHERE rolname = $1";
    let row = db.query_one_raw(sql(query, [name.into()])).await?;
    let Some(row) = row else { return Ok(false) };
    let verifier: String = row.try_get("", "verifier")?;
    Ok(scram::is_of(&verifier, password))
}

/// Rows of every table, those of later migrations too; of the migrator's own tables no changes. No DDL, no temporary tables.
const APP: &[&str] = &[
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON schema_history, seaql_migrations FROM {role}",
    "GRANT USAGE, SELECT ON SEQUENCE {sequences} TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
];

/// What `pg_dump` reads; and a way to note when a backup succeeded, which is all that it writes.
const BACKUP: &[&str] = &[
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON {tables} TO {role}",
    "GRANT SELECT ON SEQUENCE {sequences} TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {role}",
    "CREATE OR REPLACE FUNCTION record_backup(at bigint, bytes bigint) RETURNS void
     LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
         INSERT INTO public.settings (name, value)
         VALUES ('last_backup', jsonb_build_object('at', at, 'bytes', bytes))
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()
     $$",
    "REVOKE ALL ON FUNCTION record_backup(bigint, bigint) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION record_backup(bigint, bigint) TO {role}",
];

/// The tables of the schema that the connection's role may give rights on. One of an extension, or of somebody else, does not keep
/// services from those that are ours.
const TABLES: &str = "SELECT coalesce(string_agg(format('public.%I', relname), ', '), '') AS names FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE')";

/// The same for its sequences.
const SEQUENCES: &str = "SELECT coalesce(string_agg(format('public.%I', relname), ', '), '') AS names FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND pg_has_role(relowner, 'USAGE')";

async fn owned(db: &DatabaseConnection, query: &str) -> Result<String, DbErr> {
    let row = db.query_one_raw(sql(query, [])).await?;
    row.map_or(Ok(String::new()), |row| row.try_get("", "names"))
}

async fn grant(db: &DatabaseConnection, role: &str, grants: &[&str]) -> Result<(), DbErr> {
    let row = db
        .query_one_raw(sql("SELECT quote_ident(current_database()) AS name", []))
        .await?;
    let database: String = row.map_or(Ok(String::new()), |row| row.try_get("", "name"))?;
    let (tables, sequences) = (owned(db, TABLES).await?, owned(db, SEQUENCES).await?);
    let txn = db.begin().await?;
    for grant in grants {
        let is_of_none = |mark: &str, names: &str| grant.contains(mark) && names.is_empty();
        if is_of_none("{tables}", &tables) || is_of_none("{sequences}", &sequences) {
            continue;
        }
        let statement = grant
            .replace("{database}", &database)
            .replace("{tables}", &tables)
            .replace("{sequences}", &sequences)
            .replace("{role}", &format!("\"{role}\""));
        match txn.execute_unprepared(&statement).await {
            Ok(_) => {}
            Err(error) if is_forbidden(&error) => {
                tracing::warn!(role, %error, "DIRECT_URL does not own everything in the schema public: let its owner give the rights, as DEPLOY.md says");
                return txn.rollback().await;
            }
            Err(error) => return Err(error),
        }
    }
    txn.commit().await
}

/// `insufficient_privilege`.
fn is_forbidden(error: &DbErr) -> bool {
    code(error).as_deref() == Some("42501")
}

/// The code of what Postgres refused.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) =
        error
    else {
        return None;
    };
    let code = source.as_database_error().and_then(DatabaseError::code)?;
    Some(code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn names_that_mean_something_else_in_sql_are_none() {
        for name in [
            "",
            "a\"b",
            "a b",
            "a;",
            "A",
            "1a",
            "pg_monitor",
            "a'",
            "é",
            &"a".repeat(64),
        ] {
            assert!(Role::new(name, None).is_none(), "{name}");
        }
        for name in ["blockbotx_app", "_a1", "a"] {
            assert!(Role::new(name, None).is_some(), "{name}");
        }
    }
}
