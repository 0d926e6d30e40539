//! `api vault`: which keys the stored values need, and how they are moved to the current one while everything runs.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Subcommand;
use platform::{
    config::{ConfigError, DatabaseConfig, Env, Reader, VaultConfig},
    vault::{CheckedKey, Vault, VaultError},
};
use store::{
    Db, StoreError,
    sealed::{self, KeyError, SEALED, SealedColumn},
    users,
};
use uuid::Uuid;

/// Exit code of a configuration that is refused.
const REFUSED: u8 = 2;

/// Exit code of `status` while values wait to be moved.
const PENDING: u8 = 3;

/// Passes over everything before a rotation gives up on processes that still seal under an old key.
const PASSES: u32 = 5;

/// What can be done with sealed values.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Say which keys the stored values need. Exit code 3: some are not under ENCRYPTION_KEY yet.
    Status,
    /// From now on store the hashes of passwords sealed under ENCRYPTION_KEY, and seal those that are there. Only when no copy
    /// of a release before this one runs any more: it could not read them.
    SealPasswords {
        /// Hashes that are written at once.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        batch: u32,
    },
    /// Take that back, so that the release before can be gone back to.
    UnsealPasswords {
        /// Hashes that are written at once.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        batch: u32,
    },
    /// Seal everything under ENCRYPTION_KEY that is sealed under one of ENCRYPTION_KEYS_PREVIOUS.
    Rotate {
        /// Values that are written at once.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        batch: u32,
    },
}

/// Why a rotation was not finished. What it did is kept, and it can be run again.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The keys cannot open what is stored.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database was not to be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody reads what is said.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// Values that do not open are left as they are.
    #[error("{0} values do not open; they were left as they are")]
    Damaged(usize),
    /// A process has an old key as its current one.
    #[error(
        "something still seals under another key: give every process the new ENCRYPTION_KEY first"
    )]
    Contended,
}

/// Runs a command.
///
/// # Errors
/// [`RotateError`], and where the configuration cannot be printed. A bad configuration goes to stderr, with exit code 2.
pub fn run(command: &VaultCommand) -> anyhow::Result<ExitCode> {
    let (vault, database) = match read(Env::from_process()) {
        Ok(read) => read,
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            return Ok(ExitCode::from(REFUSED));
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let db = Db::connect(&database)?;
        let mut out = io::stdout();
        let code = match command {
            VaultCommand::Status => status(&db, &vault, &mut out).await?,
            VaultCommand::Rotate { batch } => {
                rotate(&db, &vault, *batch, &mut out).await?;
                ExitCode::SUCCESS
            }
            VaultCommand::SealPasswords { batch } => {
                seal_passwords(&db, &vault, *batch, &mut out).await?;
                ExitCode::SUCCESS
            }
            VaultCommand::UnsealPasswords { batch } => {
                unseal_passwords(&db, &vault, *batch, &mut out).await?;
                ExitCode::SUCCESS
            }
        };
        db.close().await;
        Ok(code)
    })
}

fn read(env: Env) -> Result<(Vault, DatabaseConfig), ConfigError> {
    let mut reader = Reader::new(env);
    let vault = Vault::new(&VaultConfig::read_for_rotation(&mut reader));
    let database = DatabaseConfig::read(&mut reader);
    reader.finish()?;
    Ok((vault, database))
}

async fn status(db: &Db, vault: &Vault, out: &mut impl Write) -> Result<ExitCode, RotateError> {
    writeln!(out, "current key {}", vault.key_id())?;
    let mut waiting = 0;
    for column in SEALED {
        let keys = column.keys(db.conn()).await?;
        if keys.is_empty() {
            writeln!(out, "{}: nothing", column.name())?;
        }
        for count in keys.into_values() {
            let which = if count.key == vault.key_id() {
                "current"
            } else if vault.knows(count.key) {
                waiting += count.values;
                "previous"
            } else {
                "NOT CONFIGURED"
            };
            let (values, key) = (count.values, count.key);
            writeln!(out, "{}: {values} under {key} ({which})", column.name())?;
        }
    }
    let plain = users::unsealed(db.conn()).await?;
    let is_due = users::are_sealed(db.conn()).await? && plain > 0;
    if plain > 0 {
        writeln!(out, "users.password_hash: {plain} not sealed")?;
    }
    match sealed::verify(db, vault).await? {
        CheckedKey::Current if is_due => {
            writeln!(out, "hashes are to be sealed: run `api vault rotate`")?;
            Ok(ExitCode::from(PENDING))
        }
        CheckedKey::Current if waiting == 0 => {
            writeln!(out, "nothing to rotate")?;
            Ok(ExitCode::SUCCESS)
        }
        CheckedKey::Current | CheckedKey::Previous => {
            writeln!(out, "a rotation is due: run `api vault rotate`")?;
            Ok(ExitCode::from(PENDING))
        }
    }
}

/// Moves everything to the current key. Can be killed at any point and run again: what is done is passed over.
///
/// # Errors
/// [`RotateError`]
pub async fn rotate(
    db: &Db,
    vault: &Vault,
    batch: u32,
    out: &mut impl Write,
) -> Result<(), RotateError> {
    sealed::verify(db, vault).await?;
    if users::are_sealed(db.conn()).await? {
        seal_all(db, vault, batch, out).await?;
    }
    let mut damaged = Vec::new();
    for _ in 0..PASSES {
        damaged.clear();
        for column in SEALED {
            pass(db, vault, column, batch, &mut damaged, out).await?;
        }
        if !damaged.is_empty() {
            for (id, column, error) in &damaged {
                writeln!(out, "{column} of {id}: {error}")?;
            }
            return Err(RotateError::Damaged(damaged.len()));
        }
        if sealed::finish(db.conn(), vault).await? {
            writeln!(out, "everything is sealed under {}", vault.key_id())?;
            return Ok(());
        }
    }
    Err(RotateError::Contended)
}

/// Once over a column, by id.
async fn pass(
    db: &Db,
    vault: &Vault,
    column: &SealedColumn,
    batch: u32,
    damaged: &mut Vec<(Uuid, String, VaultError)>,
    out: &mut impl Write,
) -> Result<(), RotateError> {
    let (mut after, mut moved, mut changed) = (Uuid::nil(), 0, 0);
    loop {
        let rows = column.stale(db.conn(), vault, after, batch).await?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.id;
        let mut resealed = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            match column.reseal(vault, row) {
                Ok(row) => resealed.push(row),
                Err(error) => damaged.push((id, column.name(), error)),
            }
        }
        let count = u64::try_from(resealed.len()).unwrap_or(u64::MAX);
        let replaced = column.replace(db.conn(), vault, resealed).await?;
        moved += replaced;
        // Its user was faster: whatever stands there now is looked at in the next pass.
        changed += count - replaced;
        writeln!(out, "{}: {moved} moved so far", column.name())?;
        out.flush()?;
    }
    let name = column.name();
    Ok(writeln!(
        out,
        "{name}: {moved} moved, {changed} changed meanwhile"
    )?)
}

/// Switches over and seals what is there. Can be killed at any point and run again.
///
/// # Errors
/// [`RotateError`]
pub async fn seal_passwords(
    db: &Db,
    vault: &Vault,
    batch: u32,
    out: &mut impl Write,
) -> Result<(), RotateError> {
    sealed::verify(db, vault).await?;
    users::set_sealing(db.conn(), true).await?;
    seal_all(db, vault, batch, out).await?;
    Ok(writeln!(out, "the hashes of all passwords are sealed")?)
}

/// Switches back and opens what is sealed; names the accounts whose hash does not open, whose users set a new password.
/// Can be killed at any point and run again.
///
/// # Errors
/// [`RotateError`]
pub async fn unseal_passwords(
    db: &Db,
    vault: &Vault,
    batch: u32,
    out: &mut impl Write,
) -> Result<(), RotateError> {
    sealed::verify(db, vault).await?;
    users::set_sealing(db.conn(), false).await?;
    let (mut after, mut opened, mut damaged) = (Uuid::nil(), 0, 0);
    while let Some(done) = users::unseal_batch(db.conn(), vault, after, batch).await? {
        (after, opened) = (done.last, opened + done.done);
        for user in &done.damaged {
            damaged += 1;
            writeln!(out, "users.password_sealed of {user}: does not open")?;
        }
    }
    writeln!(out, "users.password_sealed: {opened} opened")?;
    match damaged {
        0 => Ok(()),
        some => Err(RotateError::Damaged(some)),
    }
}

/// Seals the hashes that are not. A user who changes a password meanwhile has it sealed already.
async fn seal_all(
    db: &Db,
    vault: &Vault,
    batch: u32,
    out: &mut impl Write,
) -> Result<(), RotateError> {
    let (mut after, mut sealed) = (Uuid::nil(), 0);
    while let Some(done) = users::seal_batch(db.conn(), vault, after, batch).await? {
        (after, sealed) = (done.last, sealed + done.done);
    }
    Ok(writeln!(out, "users.password_hash: {sealed} sealed")?)
}
