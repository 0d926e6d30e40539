//! Proof at boot that the configured key is the one that the stored values were sealed under.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Binding, Vault, VaultError};
use crate::Secret;

/// Which of the configured keys the stored check value was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckedKey {
    /// The current one.
    Current,
    /// A previous one: values wait to be sealed again.
    Previous,
}

impl Vault {
    /// A text to store beside the sealed values: at the first boot, and again when a rotation has resealed all of
    /// them, not before.
    pub fn check_value(&self) -> String {
        STANDARD.encode(self.seal(Binding::check(), &Secret::new(Vec::new())))
    }

    /// Refuses to go on with a key that cannot open what is stored.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] when the keys are the wrong ones; the others when the stored text is damaged.
    pub fn verify_check_value(&self, stored: &str) -> Result<CheckedKey, VaultError> {
        let sealed = STANDARD.decode(stored).map_err(|_| VaultError::Tampered)?;
        self.open(Binding::check(), &sealed)?;
        Ok(if self.needs_reseal(&sealed) {
            CheckedKey::Previous
        } else {
            CheckedKey::Current
        })
    }
}
