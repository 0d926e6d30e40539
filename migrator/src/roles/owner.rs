//! The role that owns the schema. Migrations run as it: a superuser's rights end where the roles are made.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use super::{Role, code, rights};
use crate::history::sql;

/// What is not the role's yet, as a kind, a name in SQL, and whether it is a superuser's: the database, the schema, and the
/// tables, sequences, functions and types in it that belong to no extension. A sequence of a column follows its table. Views are
/// left to whoever made them: they read with the rights of their owner.
const FOREIGN: &str = "
WITH owner AS (SELECT oid FROM pg_roles WHERE rolname = $1),
extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
columns AS (SELECT objid FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i')),
objects (kind, name, held_by) AS (
    SELECT 'DATABASE', quote_ident(datname), datdba FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'SCHEMA', 'public', nspowner FROM pg_namespace
    WHERE nspname = 'public' AND nspowner <> 'pg_database_owner'::regrole
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('public.%I', relname), relowner FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace
      AND (relkind IN ('r', 'p') OR relkind = 'S' AND c.oid NOT IN (SELECT objid FROM columns))
      AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM extended)
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text, proowner FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace
      AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM extended)
    UNION ALL
    SELECT 'TYPE', format('public.%I', typname), typowner FROM pg_type t
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
      AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM extended)
)
SELECT kind, name, rolsuper AS is_superusers, rolname::text AS held_by
FROM objects JOIN pg_roles held ON held.oid = held_by, owner WHERE held_by <> owner.oid";

/// Makes the role and gives it the database, its schema `public` and what is in that. True: whoever is connected may act as it.
/// False: the connection is no superuser's, or somebody else who is none owns the schema already; it goes on as who it is.
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
    let mut foreign = Vec::new();
    for row in db
        .query_all_raw(sql(FOREIGN, [name.as_str().into()]))
        .await?
    {
        let (kind, object): (String, String) = (row.try_get("", "kind")?, row.try_get("", "name")?);
        if !row.try_get::<bool>("", "is_superusers")? {
            let held_by: String = row.try_get("", "held_by")?;
            tracing::warn!(
                kind,
                object,
                held_by,
                "belongs to a role that is no superuser: the schema is left to it. Let DIRECT_URL sign in as that role"
            );
            return Ok(false);
        }
        foreign.push((kind, object));
    }
    for (kind, object) in foreign {
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
        Ok(_) => {
            tracing::info!(role = name, "role for migrations");
            Ok(())
        }
        // duplicate_object, unique_violation: the migrator of another database of this server has just made it.
        Err(error) if matches!(code(&error).as_deref(), Some("42710" | "23505")) => Ok(()),
        Err(error) => Err(error),
    }
}
