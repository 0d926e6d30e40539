//! Why a session cookie is refused.

/// Longer tokens, joined from their chunks, are refused unread.
pub const MAX_SESSION_BYTES: usize = 16 * 1024;

/// Why a session cookie is refused. The reason is for our logs; every caller is answered alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NextAuthError {
    /// More than [`MAX_SESSION_BYTES`].
    #[error("the session cookie is too long")]
    TooLong,
    /// A chunk of the cookie is missing.
    #[error("a part of the session cookie is missing")]
    MissingChunk,
    /// Not five parts of base64url, a header that is no JSON object, or authentic and yet impossible to decrypt.
    #[error("the session cookie is malformed")]
    Malformed,
    /// `alg` or `enc` is not the one that this cookie has, or the header says something that we do not know, such as
    /// `zip` or `crit`.
    #[error("the session cookie has an unexpected header")]
    Header,
    /// An encrypted key, where the key is agreed.
    #[error("the session cookie carries a key")]
    EncryptedKey,
    /// An initialisation vector of another length than the algorithm's.
    #[error("the session cookie has an initialisation vector of a wrong length")]
    IvLength,
    /// A tag of another length than the algorithm's.
    #[error("the session cookie has a tag of a wrong length")]
    TagLength,
    /// The tag is wrong: another secret, another cookie's name, or changed since.
    #[error("the session cookie was not made with our secret")]
    Tag,
    /// Authentic, but a claim is missing or of a wrong type: `email`, `iat` and `exp` are required.
    #[error("the session cookie lacks a claim")]
    Claims,
    /// Authentic, and from the future.
    #[error("the session is not valid yet")]
    NotYetValid,
    /// Authentic, and over.
    #[error("the session has expired")]
    Expired,
}
