//! From a message to a mail server, or to a file.

use std::{fmt, io, path::PathBuf, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use tokio::{fs, io::AsyncWriteExt};
use uuid::Uuid;

use super::config::{MailConfig, SmtpConfig, SmtpTls};

/// How long a mail server may take for one command.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Takes messages away.
pub(super) enum Transport {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a directory.
    Folder(PathBuf),
}

/// Why a message could not be taken away. Says what a mail server said, never what the message does.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// The mail server refuses it, or is not to be had.
    #[error("{}", with_causes(.0))]
    Smtp(#[from] smtp::Error),
    /// The file cannot be written.
    #[error("cannot write the file: {0}")]
    Folder(#[from] io::Error),
}

// The library's own text leaves out what the server said.
fn with_causes(error: &smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl TransportError {
    /// True where trying again would end the same.
    pub(super) fn is_permanent(&self) -> bool {
        match self {
            Self::Smtp(error) => error.is_permanent(),
            Self::Folder(_) => false,
        }
    }
}

impl Transport {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub(super) fn new(config: &MailConfig) -> Result<Self, smtp::Error> {
        match &config.smtp {
            None => Ok(Self::Folder(config.dir.clone())),
            Some(server) => smtp(server).map(Self::Smtp),
        }
    }

    /// Hands a message over.
    ///
    /// # Errors
    /// [`TransportError`]
    pub(super) async fn send(&self, id: Uuid, message: Message) -> Result<(), TransportError> {
        match self {
            Self::Smtp(server) => {
                server.send(message).await?;
            }
            Self::Folder(dir) => write(dir, id, &message.formatted()).await?,
        }
        Ok(())
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(_) => f.write_str("Smtp"),
            Self::Folder(dir) => f.debug_tuple("Folder").field(dir).finish(),
        }
    }
}

fn smtp(server: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, smtp::Error> {
    let tls = match server.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::StartTls => Tls::Required(TlsParameters::new(server.host.clone())?),
        SmtpTls::Implicit => Tls::Wrapper(TlsParameters::new(server.host.clone())?),
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
        .port(server.port)
        .tls(tls)
        .timeout(Some(TIMEOUT));
    let builder = match &server.login {
        Some((user, password)) => {
            builder.credentials(Credentials::new(user.clone(), password.expose().clone()))
        }
        None => builder,
    };
    Ok(builder.build())
}

/// Whole or not at all, and for nobody else to read: links are in it. The same mail again is the same file.
async fn write(dir: &std::path::Path, id: Uuid, bytes: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .await?;
    let partial = dir.join(format!("{id}.partial"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&partial)
        .await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&partial, dir.join(format!("{id}.eml"))).await
}
