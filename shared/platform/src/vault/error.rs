//! Why a sealed value does not open.

use super::KeyId;

/// Why a sealed value does not open. Says nothing about what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Too short to have been sealed.
    #[error("the sealed value is cut off")]
    Truncated,
    /// Sealed in a format that this program does not know.
    #[error("the sealed value has the unknown format version {0}")]
    UnknownVersion(u8),
    /// Sealed under a key that is neither `ENCRYPTION_KEY` nor one of `ENCRYPTION_KEYS_PREVIOUS`.
    #[error("the value was sealed under the key {0}, which is not configured")]
    UnknownKey(KeyId),
    /// Changed since it was sealed, or sealed for something else.
    #[error("the sealed value was changed, or belongs to something else")]
    Tampered,
}
