//! The keys of an exchange account: sealed in their row, in the clear only in memory.

use platform::{
    Secret,
    ids::UserId,
    vault::{Binding, Vault, VaultError},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{StoreError, sql};

/// Version of the form in which they are sealed.
const FORM: u8 = 1;

/// Characters of the public part that are shown.
const HINT: usize = 4;

/// What an exchange knows an account by.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The public part.
    pub key: Secret<String>,
    /// What requests are signed with.
    pub secret: Secret<String>,
    /// A third part, where the venue has one.
    pub passphrase: Option<Secret<String>>,
}

/// Why there are no credentials to be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// They do not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// They are sealed in a form that this program does not know.
    #[error("the credentials have an unknown form")]
    Form,
    /// The database was not to be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Credentials {
    /// The end of the public part.
    pub fn hint(&self) -> String {
        let key = self.key.expose();
        let from = key.char_indices().rev().nth(HINT - 1);
        key[from.map_or(0, |(at, _)| at)..].to_owned()
    }

    /// Sealed for a connection of a user.
    pub fn seal(&self, vault: &Vault, user: UserId, connection: Uuid) -> Vec<u8> {
        vault.seal(Binding::connection(user, connection), &self.plain())
    }

    /// What was sealed for a connection of a user.
    ///
    /// # Errors
    /// [`CredentialsError::Vault`], [`CredentialsError::Form`].
    pub fn open(
        vault: &Vault,
        user: UserId,
        connection: Uuid,
        sealed: &[u8],
    ) -> Result<Self, CredentialsError> {
        let plain = vault.open(Binding::connection(user, connection), sealed)?;
        Self::read(plain.expose()).ok_or(CredentialsError::Form)
    }

    /// The form, then each part behind its length. Allocated once: growing would leave copies behind.
    fn plain(&self) -> Secret<Vec<u8>> {
        let parts = || {
            [
                Some(&self.key),
                Some(&self.secret),
                self.passphrase.as_ref(),
            ]
        };
        let parts = || parts().into_iter().flatten().map(Secret::expose);
        let length: usize = parts().map(|part| part.len() + 4).sum();
        let mut plain = Vec::with_capacity(1 + length);
        plain.push(FORM);
        for part in parts() {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            plain.extend_from_slice(&length.to_be_bytes());
            plain.extend_from_slice(part.as_bytes());
        }
        Secret::new(plain)
    }

    fn read(plain: &[u8]) -> Option<Self> {
        let (form, mut rest) = plain.split_first()?;
        if *form != FORM {
            return None;
        }
        let mut next = || {
            let (length, after) = rest.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (part, after) = after.split_at_checked(length)?;
            rest = after;
            Some(Secret::from(std::str::from_utf8(part).ok()?))
        };
        let (key, secret) = (next()?, next()?);
        let passphrase = next();
        rest.is_empty().then_some(Self {
            key,
            secret,
            passphrase,
        })
    }
}

/// The credentials of a user's connection; none where there is no such connection, or it has none.
///
/// # Errors
/// [`CredentialsError`]
pub async fn credentials(
    conn: &impl ConnectionTrait,
    vault: &Vault,
    user: UserId,
    connection: Uuid,
) -> Result<Option<Credentials>, CredentialsError> {
    let sealed: Option<Vec<u8>> = sql::value(
        conn,
        "SELECT credentials FROM connections WHERE user_id = $1 AND id = $2 AND credentials IS NOT NULL",
        [user.0.into(), connection.into()],
    )
    .await?;
    sealed
        .map(|sealed| Credentials::open(vault, user, connection, &sealed))
        .transpose()
}

#[cfg(test)]
mod tests {
    use platform::Secret;

    use super::Credentials;

    fn credentials(passphrase: Option<&str>) -> Credentials {
        Credentials {
            key: Secret::from("abcdefgh"),
            secret: Secret::from("süß"),
            passphrase: passphrase.map(Secret::from),
        }
    }

    #[test]
    fn they_read_back_and_nothing_cut_off_or_longer_does() {
        for passphrase in [None, Some("open sesame")] {
            let plain = credentials(passphrase).plain();
            let read = Credentials::read(plain.expose()).unwrap();
            assert_eq!(read.key.expose(), "abcdefgh");
            assert_eq!(read.secret.expose(), "süß");
            let found = read.passphrase.as_ref().map(|text| text.expose().as_str());
            assert_eq!(found, passphrase);

            let mut longer = plain.expose().clone();
            longer.push(0);
            assert!(Credentials::read(&longer).is_none());
            let mut other_form = plain.expose().clone();
            other_form[0] += 1;
            assert!(Credentials::read(&other_form).is_none());
        }
        let plain = credentials(Some("open sesame")).plain();
        let without = credentials(None).plain().expose().len();
        for end in (0..plain.expose().len()).filter(|end| *end != without) {
            assert!(Credentials::read(&plain.expose()[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn the_hint_is_the_end_of_the_key() {
        assert_eq!(credentials(None).hint(), "efgh");
        let short = Credentials {
            key: Secret::from("ab"),
            ..credentials(None)
        };
        assert_eq!(short.hint(), "ab");
        assert!(!format!("{:?}", credentials(None)).contains("abcd"));
    }
}
