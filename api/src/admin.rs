//! `api admin`: what nobody who is signed in can do.

use std::{
    io::{self, BufRead, IsTerminal, Read, Write},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use console::Term;
use platform::{
    Clock, Secret, SystemClock,
    config::{DatabaseConfig, Env, Reader, VaultConfig},
    token::Role,
    vault::Vault,
};
use serde_json::json;
use store::{
    Db, StoreError,
    admin::{self, users as accounts},
    credentials::Reach,
    factors,
    mails::MailKind,
    security_log::{self, Caller, SecurityEvent},
    sessions::{self, RevokeReason},
    users::{self, NewUser},
};
use views::event::{RegisteredUser, SecondFactorDisabled, UserRegistered};

use crate::{
    auth::{
        email::Email,
        password::{self, MAX_BYTES, Passwords, Refused},
    },
    change::UserChange,
    error::ApiError,
    mail::notice,
    routes::auth::end_logins,
};

/// Exit code of what is refused.
const REFUSED: u8 = 2;

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make the first superadmin. The password is read from standard input, or asked for on a terminal.
    Create(CreateArgs),
    /// Make the account of a user, also while registration is closed. The password is read like that of `create`.
    CreateUser(CreateArgs),
    /// Take the second factor away from somebody who has lost app and recovery codes, and end all their sessions.
    ResetSecondFactor(ResetArgs),
}

/// Whose account is made.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The address of the new account.
    #[arg(long)]
    email: String,
    /// What others see.
    #[arg(long, default_value = "")]
    name: String,
}

/// Who has lost the second factor.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// The address of the account.
    email: String,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum AdminError {
    #[error("there is a superadmin already, who can name others")]
    Exists,
    #[error("{0:?} is not an e-mail address")]
    Email(String),
    #[error("an account with this address exists")]
    EmailTaken,
    #[error("no account has this address")]
    NoAccount,
    #[error("the account has no second factor")]
    NoSecondFactor,
    #[error("the two passwords differ")]
    Differ,
    #[error("the password {0}")]
    Password(&'static str),
    #[error("the name must have at most 100 characters, and no control characters")]
    Name,
    #[error("the schema is not ready: {0}")]
    Schema(store::schema::SchemaState),
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Runs a command.
///
/// # Errors
/// When nothing can be printed. What is refused goes to stderr, with exit code 2.
pub fn run(command: &AdminCommand) -> anyhow::Result<ExitCode> {
    let mut reader = Reader::new(Env::from_process());
    let database = DatabaseConfig::read(&mut reader);
    // Without the key the hash is sealed at the first login.
    let vault = reader
        .secret("ENCRYPTION_KEY")
        .map(|_| Vault::new(&VaultConfig::read(&mut reader)));
    if let Err(error) = reader.finish() {
        writeln!(io::stderr(), "{error}")?;
        return Ok(ExitCode::from(REFUSED));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let db = Db::connect(&database)?;
        let done = match command {
            AdminCommand::Create(args) => create(&db, vault.as_ref(), args, Role::Superadmin).await,
            AdminCommand::CreateUser(args) => create(&db, vault.as_ref(), args, Role::User).await,
            AdminCommand::ResetSecondFactor(args) => reset_second_factor(&db, args).await,
        };
        db.close().await;
        done
    });
    match done {
        Ok(said) => {
            writeln!(io::stdout(), "{said}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::from(REFUSED))
        }
    }
}

fn address(text: &str) -> Result<Email, AdminError> {
    Email::parse(text).ok_or_else(|| AdminError::Email(text.to_owned()))
}

async fn require_schema(db: &Db) -> Result<(), AdminError> {
    let schema = store::schema::state(db).await?;
    if schema.is_ready() {
        Ok(())
    } else {
        Err(AdminError::Schema(schema))
    }
}

/// Makes an account whose address counts as proven: who has this console says whose it is.
async fn create(
    db: &Db,
    vault: Option<&Vault>,
    args: &CreateArgs,
    role: Role,
) -> Result<String, AdminError> {
    let is_first = role == Role::Superadmin;
    let email = address(&args.email)?;
    if args.name.chars().count() > 100 || args.name.chars().any(char::is_control) {
        return Err(AdminError::Name);
    }
    require_schema(db).await?;
    // Before anybody is asked for a password; looked at again under the lock.
    if is_first && accounts::has_superadmin(db.conn()).await? {
        return Err(AdminError::Exists);
    }
    let password = read_password()?;
    let known = [email.as_str(), &args.name, "blockbotx"];
    password::judge(password.expose(), &known).map_err(|refused| {
        AdminError::Password(match refused {
            Refused::TooShort => "must have at least 12 characters",
            Refused::TooLong => "must have at most 128 characters",
            Refused::Weak => "would be guessed too easily; use several unusual words",
        })
    })?;
    let password_hash = Passwords::new().hash(password).await?;
    let now = SystemClock.now();
    let txn = db.begin().await?;
    admin::lock(&txn).await?;
    if is_first && accounts::has_superadmin(&txn).await? {
        return Err(AdminError::Exists);
    }
    let new = NewUser {
        email: email.as_str().to_owned(),
        password_hash,
        display_name: args.name.clone(),
    };
    let user = users::insert(&txn, vault, new, now)
        .await
        .map_err(|error| {
            if error.is_conflict_on(users::EMAIL_KEY) {
                AdminError::EmailTaken
            } else {
                error.into()
            }
        })?;
    let event = if is_first {
        accounts::promote(&txn, user.id, now).await?;
        SecurityEvent::RoleChanged
    } else {
        users::set_verified_email(&txn, user.id, email.as_str(), now).await?;
        SecurityEvent::Registered
    };
    let detail = json!({ "actor": "console", "target": user.id, "to": role.as_str() });
    let caller = Caller::default();
    security_log::record(&txn, Some(user.id), event, &caller, detail, now).await?;
    let mut change = UserChange::new(txn, user.id, None);
    change.event(UserRegistered {
        user: RegisteredUser {
            id: user.id.0,
            email: user.email.clone(),
            role: role.into(),
            email_verified: None,
            display_name: None,
            version: None,
            created_at: None,
            updated_at: None,
        },
    });
    change.commit(now).await?;
    let role = role.as_str();
    Ok(format!("{} is {role} and can sign in", user.email))
}

/// Copies of the api send the mail, and an engine's heartbeat closes the sockets.
async fn reset_second_factor(db: &Db, args: &ResetArgs) -> Result<String, AdminError> {
    let email = address(&args.email)?;
    require_schema(db).await?;
    let user = users::find_by_email(db.conn(), email.as_str())
        .await?
        .ok_or(AdminError::NoAccount)?;
    let (now, caller) = (SystemClock.now(), Caller::default());
    let txn = db.begin().await?;
    // First of all, as everybody does who ends sessions.
    sessions::lock(&txn, user.id).await?;
    if !factors::remove(&txn, user.id).await? {
        return Err(AdminError::NoSecondFactor);
    }
    let how = (RevokeReason::Admin, Reach::Sessions);
    let mut change = UserChange::new(txn, user.id, None);
    end_logins(&mut change, None, how, &caller, now).await?;
    let detail = json!({ "actor": "console", "target": user.id });
    let logged = SecurityEvent::TotpReset;
    security_log::record(&change.txn, Some(user.id), logged, &caller, detail, now).await?;
    let mail = (MailKind::SecondFactorReset, None);
    notice::leave(&change.txn, user.id, mail, &caller, now).await?;
    change.event(SecondFactorDisabled { reason: None });
    change.commit(now).await?;
    Ok(format!(
        "{} signs in with the password alone now; all sessions have ended",
        user.email
    ))
}

/// Never an argument: those are in everybody's list of processes.
fn read_password() -> Result<Secret<String>, AdminError> {
    if io::stdin().is_terminal() {
        let term = Term::stderr();
        let ask = |what: &str| -> io::Result<Secret<String>> {
            term.write_str(what)?;
            Ok(Secret::new(term.read_secure_line()?))
        };
        let (password, again) = (ask("Password: ")?, ask("Again: ")?);
        if password.expose() != again.expose() {
            return Err(AdminError::Differ);
        }
        return Ok(password);
    }
    // Allocated once, with room for more than is taken: growing would leave copies behind.
    let mut line = String::with_capacity(MAX_BYTES * 2);
    let limit = u64::try_from(MAX_BYTES + 2).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(Secret::new(line))
}
