//! What mails say.

use std::str::FromStr;

use crate::StoreError;

/// What a mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// A link that proves the address of a new account.
    VerifyEmail,
    /// A link that sets a new password; nothing where the recipient has no account.
    ResetPassword,
    /// A link that makes the recipient the account's address.
    ConfirmEmail,
    /// To the present address: another one was named.
    EmailChangeRequested,
    /// To the address before: it is no longer the account's.
    EmailChanged,
    /// The password is another one.
    PasswordChanged,
    /// Codes are asked for from now on.
    SecondFactorEnabled,
    /// Codes are no longer asked for.
    SecondFactorDisabled,
    /// The operator took the second factor away, for its owner had lost it.
    SecondFactorReset,
    /// New recovery codes took the place of the old ones.
    RecoveryCodesRenewed,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A code of the authenticator came again.
    TotpReplayed,
    /// An API token was made.
    ApiTokenCreated,
    /// An API token was revoked.
    ApiTokenRevoked,
    /// The account was closed.
    AccountDeleted,
    /// Somebody tried to make an account with the address of this one.
    RegistrationAttempted,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::ConfirmEmail,
        Self::EmailChangeRequested,
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::SecondFactorEnabled,
        Self::SecondFactorDisabled,
        Self::SecondFactorReset,
        Self::RecoveryCodesRenewed,
        Self::RecoveryCodeUsed,
        Self::TotpReplayed,
        Self::ApiTokenCreated,
        Self::ApiTokenRevoked,
        Self::AccountDeleted,
        Self::RegistrationAttempted,
    ];

    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ConfirmEmail => "confirm_email",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::SecondFactorEnabled => "second_factor_enabled",
            Self::SecondFactorDisabled => "second_factor_disabled",
            Self::SecondFactorReset => "second_factor_reset",
            Self::RecoveryCodesRenewed => "recovery_codes_renewed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::TotpReplayed => "totp_replayed",
            Self::ApiTokenCreated => "api_token_created",
            Self::ApiTokenRevoked => "api_token_revoked",
            Self::AccountDeleted => "account_deleted",
            Self::RegistrationAttempted => "registration_attempted",
        }
    }

    /// Whether it only tells what was done to an account: such mails to one recipient may be put together into one. Those
    /// with a link are written one by one.
    pub fn is_notice(self) -> bool {
        match self {
            Self::VerifyEmail
            | Self::ResetPassword
            | Self::ConfirmEmail
            | Self::EmailChangeRequested
            | Self::RegistrationAttempted => false,
            Self::EmailChanged
            | Self::PasswordChanged
            | Self::SecondFactorEnabled
            | Self::SecondFactorDisabled
            | Self::SecondFactorReset
            | Self::RecoveryCodesRenewed
            | Self::RecoveryCodeUsed
            | Self::TotpReplayed
            | Self::ApiTokenCreated
            | Self::ApiTokenRevoked
            | Self::AccountDeleted => true,
        }
    }

    /// Whether it tells of what can take an account away from its owner: such mails have a budget of their own, which nothing
    /// else that happens to the account uses up.
    pub fn is_alarm(self) -> bool {
        match self {
            Self::EmailChangeRequested
            | Self::EmailChanged
            | Self::PasswordChanged
            | Self::SecondFactorEnabled
            | Self::SecondFactorDisabled
            | Self::SecondFactorReset
            | Self::AccountDeleted => true,
            Self::VerifyEmail
            | Self::ResetPassword
            | Self::ConfirmEmail
            | Self::RegistrationAttempted
            | Self::RecoveryCodesRenewed
            | Self::RecoveryCodeUsed
            | Self::TotpReplayed
            | Self::ApiTokenCreated
            | Self::ApiTokenRevoked => false,
        }
    }

    /// Whether anybody can cause it who knows an address.
    pub fn is_caused_by_strangers(self) -> bool {
        match self {
            Self::VerifyEmail
            | Self::ResetPassword
            | Self::ConfirmEmail
            | Self::RegistrationAttempted => true,
            Self::EmailChangeRequested
            | Self::EmailChanged
            | Self::PasswordChanged
            | Self::SecondFactorEnabled
            | Self::SecondFactorDisabled
            | Self::SecondFactorReset
            | Self::RecoveryCodesRenewed
            | Self::RecoveryCodeUsed
            | Self::TotpReplayed
            | Self::ApiTokenCreated
            | Self::ApiTokenRevoked
            | Self::AccountDeleted => false,
        }
    }
}

impl FromStr for MailKind {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(StoreError::broken("mails.kind"))
    }
}
