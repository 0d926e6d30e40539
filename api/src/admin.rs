//! `api admin`: what has to be done before anybody can sign in.

use std::{
    io::{self, BufRead, IsTerminal, Read, Write},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use console::Term;
use events::EventType;
use platform::{
    Clock, Secret, SystemClock,
    config::{DatabaseConfig, Env, Reader},
};
use serde_json::json;
use store::{
    Db, StoreError,
    admin::{self, users as accounts},
    security_log::{self, Caller, SecurityEvent},
    users::{self, NewUser},
};

use crate::{
    auth::{
        email::Email,
        password::{self, MAX_BYTES, Passwords, Refused},
    },
    error::ApiError,
    routes::auth::new_event,
};

/// Exit code of what is refused.
const REFUSED: u8 = 2;

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make the first superadmin. The password is read from standard input, or asked for on a terminal.
    Create(CreateArgs),
}

/// Who the first superadmin is.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The address of the new account.
    #[arg(long)]
    email: String,
    /// What others see.
    #[arg(long, default_value = "")]
    name: String,
}

/// Why there is no superadmin.
#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("there is a superadmin already, who can name others")]
    Exists,
    #[error("{0:?} is not an e-mail address")]
    Email(String),
    #[error("an account with this address exists")]
    EmailTaken,
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
    Hash(#[from] ApiError),
}

/// Runs a command.
///
/// # Errors
/// When nothing can be printed. What is refused goes to stderr, with exit code 2.
pub fn run(command: &AdminCommand) -> anyhow::Result<ExitCode> {
    let AdminCommand::Create(args) = command;
    let mut reader = Reader::new(Env::from_process());
    let database = DatabaseConfig::read(&mut reader);
    if let Err(error) = reader.finish() {
        writeln!(io::stderr(), "{error}")?;
        return Ok(ExitCode::from(REFUSED));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let made = runtime.block_on(async {
        let db = Db::connect(&database)?;
        let made = create(&db, args).await;
        db.close().await;
        made
    });
    match made {
        Ok(()) => {
            writeln!(io::stdout(), "{} is superadmin", args.email)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::from(REFUSED))
        }
    }
}

async fn create(db: &Db, args: &CreateArgs) -> Result<(), CreateError> {
    let email = Email::parse(&args.email).ok_or_else(|| CreateError::Email(args.email.clone()))?;
    if args.name.chars().count() > 100 || args.name.chars().any(char::is_control) {
        return Err(CreateError::Name);
    }
    let schema = store::schema::state(db).await?;
    if !schema.is_ready() {
        return Err(CreateError::Schema(schema));
    }
    // Before anybody is asked for a password; looked at again under the lock.
    if accounts::has_superadmin(db.conn()).await? {
        return Err(CreateError::Exists);
    }
    let password = read_password()?;
    let known = [email.as_str(), &args.name, "blockbotx"];
    password::judge(password.expose(), &known).map_err(|refused| {
        CreateError::Password(match refused {
            Refused::TooShort => "must have at least 10 characters",
            Refused::TooLong => "must have at most 256 bytes",
            Refused::Weak => "would be guessed too easily; use several unusual words",
        })
    })?;
    let password_hash = Passwords::new().hash(password).await?;
    let now = SystemClock.now();
    let txn = db.begin().await?;
    admin::lock(&txn).await?;
    if accounts::has_superadmin(&txn).await? {
        return Err(CreateError::Exists);
    }
    let new = NewUser {
        email: email.as_str().to_owned(),
        password_hash,
        display_name: args.name.clone(),
    };
    let user = users::insert(&txn, new, now).await.map_err(|error| {
        if error.is_conflict_on(users::EMAIL_KEY) {
            CreateError::EmailTaken
        } else {
            error.into()
        }
    })?;
    accounts::promote(&txn, user.id, now).await?;
    let detail = json!({ "actor": "console", "target": user.id, "to": "superadmin" });
    let (event, caller) = (SecurityEvent::RoleChanged, Caller::default());
    security_log::record(&txn, Some(user.id), event, &caller, detail, now).await?;
    let event = new_event(
        EventType::UserRegistered,
        json!({ "user": { "id": user.id, "email": user.email, "role": "superadmin" } }),
    );
    store::events::append(&txn, now, user.id, &event).await?;
    Ok(txn.commit().await.map_err(StoreError::from)?)
}

/// Never an argument: those are in everybody's list of processes.
fn read_password() -> Result<Secret<String>, CreateError> {
    if io::stdin().is_terminal() {
        let term = Term::stderr();
        let ask = |what: &str| -> io::Result<Secret<String>> {
            term.write_str(what)?;
            Ok(Secret::new(term.read_secure_line()?))
        };
        let (password, again) = (ask("Password: ")?, ask("Again: ")?);
        if password.expose() != again.expose() {
            return Err(CreateError::Differ);
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
