//! The role that owns the schema. Migrations run as it: a superuser's rights end where the roles are made.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use super::{Role, code, rights};
use crate::history::sql;

/// What is not the role's yet, as a kind and a name in SQL: the database, the schema and everything in it that belongs to no
/// extension. A sequence of a column follows its table.
const FOREIGN: &str = "
WITH owner AS (SELECT oid FROM pg_roles WHERE rolname = $1),
members AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'a', 'i'))
SELECT 'DATABASE' AS kind, quote_ident(datname) AS name FROM pg_database, owner
WHERE datname = current_database() AND datdba <> owner.oid
UNION ALL
SELECT 'SCHEMA', 'public' FROM pg_namespace, owner
WHERE nspname = 'public' AND nspowner NOT IN (owner.oid, 'pg_database_owner'::regrole)
UNION ALL
SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('public.%I', relname) FROM pg_class c, owner
WHERE relnamespace = 'public'::regnamespace AND relowner <> owner.oid AND relkind IN ('r', 'p', 'v', 'm', 'S')
  AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM members)
UNION ALL
SELECT 'ROUTINE', p.oid::regprocedure::text FROM pg_proc p, owner
WHERE pronamespace = 'public'::regnamespace AND proowner <> owner.oid
  AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM members)
UNION ALL
SELECT 'TYPE', format('public.%I', typname) FROM pg_type t, owner
WHERE typnamespace = 'public'::regnamespace AND typowner <> owner.oid AND typtype IN ('e', 'd')
  AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM members)";

/// Makes the role and gives it the database, its schema `public` and everything in that. True: whoever is connected may act
/// as it. False: the connection is no superuser's, and goes on as who it is.
///
/// # Errors
/// What Postgres says; a lock that is not had in time leaves the rest for another call.
pub(crate) async fn adopt(db: &DatabaseConnection, role: &Role) -> Result<bool, DbErr> {
    let own = rights(db).await?;
    let name = &role.name;
    if !own.is_superuser {
        return Ok(false);
    }
    if own.name == *name {
        tracing::warn!(
            role = name,
            "is the superuser of DIRECT_URL: name another role in MIGRATOR_DB_USER for migrations to run as"
        );
        return Ok(false);
    }
    make(db, name).await?;
    for row in db
        .query_all_raw(sql(FOREIGN, [name.as_str().into()]))
        .await?
    {
        let (kind, object): (String, String) = (row.try_get("", "kind")?, row.try_get("", "name")?);
        let statement = format!("ALTER {kind} {object} OWNER TO \"{name}\"");
        db.execute_unprepared(&statement).await?;
        tracing::info!(role = name, kind, object, "handed over");
    }
    Ok(true)
}

/// Nobody signs in as it, so it has no password.
async fn make(db: &DatabaseConnection, name: &str) -> Result<(), DbErr> {
    const PLAIN: &str = "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";
    let query = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR rolcanlogin AS may
        FROM pg_roles WHERE rolname = $1";
    let there = db
        .query_one_raw(sql(query, [name.into()]))
        .await?
        .map(|row| row.try_get::<bool>("", "may"))
        .transpose()?;
    let statement = match there {
        Some(false) => return Ok(()),
        Some(true) => format!("ALTER ROLE \"{name}\" {PLAIN}"),
        None => format!("CREATE ROLE \"{name}\" {PLAIN}"),
    };
    match db.execute_unprepared(&statement).await {
        Ok(_) => Ok(tracing::info!(role = name, "role for migrations")),
        // duplicate_object, unique_violation: the migrator of another database of this server has just made it.
        Err(error) if matches!(code(&error).as_deref(), Some("42710" | "23505")) => Ok(()),
        Err(error) => Err(error),
    }
}
