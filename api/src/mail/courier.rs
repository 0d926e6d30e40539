//! Sends what waits in the outbox: at least once, and again later where it did not work.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::future::join_all;
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use platform::random;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{
    StoreError,
    account_tokens::{self, Proof, Purpose},
    mail_budgets,
    mails::{self, Claimed, MailKind, Outcome},
    security_log::{self, Caller, SecurityEvent},
    sessions,
    users::{self, User, UserStatus},
};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    budget,
    config::MailConfig,
    text::{self, Link, Text},
    transport::{Transport, TransportError},
};
use crate::state::AppState;

/// How often to look without being told: for what another copy wrote, and for what is to be tried again.
const POLL_EVERY: Duration = Duration::from_secs(5);

/// Mails under way at once.
const BATCH: u32 = 8;

/// The longest one attempt may take.
const ATTEMPT_LIMIT: Duration = Duration::from_mins(1);

/// When a claimed mail counts as lost, and somebody else may send it.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// Between attempts: doubles up to the second.
const BACKOFF: (TimeDelta, TimeDelta) = (TimeDelta::seconds(30), TimeDelta::hours(1));

/// How long a mail with a link waits for its mailbox's budget: later nobody waits for it any more.
const LINK_WAITS: TimeDelta = TimeDelta::hours(2);

/// When a mail is given up.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("it took too long")]
    TooSlow,
    #[error("it cannot be written: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("no mail can be sent to this address: {0}")]
    Recipient(#[from] lettre::address::AddressError),
}

impl DeliveryError {
    fn is_permanent(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_permanent(),
            Self::Message(_) | Self::Recipient(_) => true,
            Self::Store(_) | Self::TooSlow => false,
        }
    }
}

/// What became of a mail that was tried.
enum Delivery {
    /// The server has it, and these notices with it.
    Sent(Vec<Uuid>),
    /// It was not sent.
    Not(Outcome),
}

/// The task that sends.
pub struct Courier {
    state: AppState,
    transport: Transport,
    from: Mailbox,
    bell: Arc<Notify>,
}

impl Courier {
    /// A courier who has not begun.
    ///
    /// # Errors
    /// Where TLS to the mail server cannot be set up.
    pub fn new(
        state: AppState,
        config: &MailConfig,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        Ok(Self {
            transport: Transport::new(config)?,
            from: config.from.clone(),
            bell: state.mail.bell(),
            state,
        })
    }

    /// Sends until `stop`, then finishes what is under way.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(POLL_EVERY) => {}
            }
            while self.state.fitness.is_ready() && !stop.is_cancelled() {
                match self.round().await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "mails wait");
                        break;
                    }
                }
            }
        }
    }

    /// Sends what is due; answers how many were tried.
    async fn round(&self) -> Result<usize, StoreError> {
        let now = self.state.clock.now();
        let claimed = mails::claim(&self.state.db, BATCH, now, now + LEASE).await?;
        join_all(claimed.iter().map(|mail| self.attend(mail))).await;
        Ok(claimed.len())
    }

    async fn attend(&self, mail: &Claimed) {
        let tried = timeout(ATTEMPT_LIMIT, self.deliver(mail))
            .await
            .unwrap_or(Err(DeliveryError::TooSlow));
        let now = self.state.clock.now();
        let kind = mail.kind.as_str();
        let mut companions = Vec::new();
        let outcome = match tried {
            Ok(Delivery::Sent(with)) => {
                companions = with;
                Outcome::Sent
            }
            Ok(Delivery::Not(outcome)) => outcome,
            Err(error) if error.is_permanent() || now - mail.created_at >= GIVE_UP_AFTER => {
                tracing::error!(%error, mail = %mail.id, kind, "a mail is given up");
                Outcome::Failed {
                    error: error.to_string(),
                }
            }
            Err(error) => {
                tracing::warn!(%error, mail = %mail.id, kind, attempt = mail.attempt, "a mail waits");
                Outcome::Later {
                    at: now + backoff(mail.attempt),
                    error: error.to_string(),
                }
            }
        };
        let label = match &outcome {
            Outcome::Sent => "sent",
            Outcome::Dropped => "dropped",
            Outcome::Later { .. } => "later",
            Outcome::Failed { .. } => "failed",
        };
        metrics::counter!("mails_total", "kind" => kind, "outcome" => label).increment(1);
        // Without this word it is sent again when the lease ends.
        let settled = async {
            mails::settle_companions(&self.state.db, &companions, now).await?;
            mails::settle(&self.state.db, mail, outcome, now).await
        };
        if let Err(error) = settled.await {
            tracing::warn!(%error, mail = %mail.id, kind, "cannot note what became of a mail");
        }
    }

    /// Sends it if its mailbox may get one more; before anything is written, for a link that is made voids the one before.
    async fn deliver(&self, mail: &Claimed) -> Result<Delivery, DeliveryError> {
        let (conn, now) = (self.state.db.conn(), self.state.clock.now());
        let is_proven = self.is_proven(mail).await?;
        let (keys, recipient) = (&self.state.keys, &mail.recipient);
        let is_owners = is_proven || mail.data["was_proven"] == json!(true);
        let (key, budget) = if self.is_way_back(mail).await? {
            (budget::resets(keys, recipient), budget::RESETS)
        } else if is_owners && mail.kind.is_alarm() {
            (budget::alarms(keys, recipient), budget::ALARMS)
        } else if is_owners && !mail.kind.is_caused_by_strangers() {
            (budget::mailbox(keys, recipient), budget::MAILBOX)
        } else {
            let (of_burst, of_long) = budget::LEFT_FOR_OWNER;
            let spared = budget::MAILBOX.sparing(of_burst, of_long);
            (budget::mailbox(keys, recipient), spared)
        };
        if let Some(at) = mail_budgets::charge(conn, &key, budget, now).await? {
            // The alarm about another address is no less one for the link that it may carry.
            let must_come = mail.kind.is_notice() || mail.kind == MailKind::EmailChangeRequested;
            let is_late = !must_come && now - mail.created_at >= LINK_WAITS;
            let error = "the mailbox has had enough mails for now".to_owned();
            return Ok(Delivery::Not(if is_late {
                Outcome::Dropped
            } else {
                Outcome::Later { at, error }
            }));
        }
        let delivery = self.write_and_send(mail, is_proven).await;
        if !matches!(delivery, Ok(Delivery::Sent(_))) {
            mail_budgets::refund(conn, &key, budget).await?;
        }
        delivery
    }

    async fn write_and_send(
        &self,
        mail: &Claimed,
        is_proven: bool,
    ) -> Result<Delivery, DeliveryError> {
        let (text, companions) = if mail.kind.is_notice() {
            let (text, companions) = self.compose_notice(mail, is_proven).await?;
            (Some(text), companions)
        } else {
            (self.compose(mail).await?, Vec::new())
        };
        let Some(text) = text else {
            return Ok(Delivery::Not(Outcome::Dropped));
        };
        let message = self.message(mail, text)?;
        self.transport.send(mail.id, message).await?;
        Ok(Delivery::Sent(companions))
    }

    /// Whether it lets the owner of a proven address into their account again.
    async fn is_way_back(&self, mail: &Claimed) -> Result<bool, StoreError> {
        if mail.kind != MailKind::ResetPassword {
            return Ok(false);
        }
        let owner = users::find_by_email(self.state.db.conn(), &mail.recipient).await?;
        Ok(owner.is_some_and(|owner| owner.email_verified_at.is_some()))
    }

    /// Whether the recipient has shown that the account is theirs.
    async fn is_proven(&self, mail: &Claimed) -> Result<bool, StoreError> {
        let Some(user) = mail.user else {
            return Ok(false);
        };
        let user = users::find(self.state.db.conn(), user).await?;
        Ok(user
            .is_some_and(|user| user.email_verified_at.is_some() && user.email == mail.recipient))
    }

    /// One text of a notice and of those that wait for it, and which those are. What users have written goes only to
    /// addresses that are known to be theirs.
    async fn compose_notice(
        &self,
        mail: &Claimed,
        is_proven: bool,
    ) -> Result<(Text, Vec<Uuid>), StoreError> {
        let companions = mails::companions(self.state.db.conn(), mail).await?;
        let ids = companions.iter().map(|companion| companion.id).collect();
        let mut told = vec![(mail.kind, mail.data.clone())];
        told.extend(companions.into_iter().map(|one| (one.kind, one.data)));
        if !is_proven {
            for (_, facts) in &mut told {
                text::leave_out_names(facts);
            }
        }
        Ok((text::notices(&told), ids))
    }

    /// The words of a mail that stands alone; none where there is nobody to whom they could be said (any more).
    async fn compose(&self, mail: &Claimed) -> Result<Option<Text>, StoreError> {
        match mail.kind {
            MailKind::VerifyEmail => {
                let user = self.addressee(mail).await?.filter(|user| {
                    user.email_verified_at.is_none() && user.email == mail.recipient
                });
                self.with_link(mail, user, Purpose::VerifyEmail).await
            }
            MailKind::ResetPassword => {
                let user = users::find_by_email(self.state.db.conn(), &mail.recipient)
                    .await?
                    .filter(|user| user.status == UserStatus::Active);
                self.with_link(mail, user, Purpose::ResetPassword).await
            }
            MailKind::ConfirmEmail => {
                let conn = self.state.db.conn();
                let owner = users::find_by_email(conn, &mail.recipient).await?;
                if owner.is_some_and(|owner| Some(owner.id) != mail.user) {
                    return Ok(Some(text::address_in_use()));
                }
                let user = self.addressee(mail).await?;
                self.with_link(mail, user, Purpose::ChangeEmail).await
            }
            MailKind::RegistrationAttempted => {
                let owner = users::find_by_email(self.state.db.conn(), &mail.recipient).await?;
                let owner = owner.filter(|owner| owner.email_verified_at.is_some());
                Ok(owner.map(|_| text::of(mail.kind, &mail.data, None)))
            }
            MailKind::EmailChangeRequested => {
                let user = self.addressee(mail).await?;
                let user = user.filter(|user| user.email == mail.recipient);
                let noticed = self
                    .with_link(mail, user, Purpose::CancelEmailChange)
                    .await?;
                // An alarm goes out in any case.
                Ok(Some(
                    noticed.unwrap_or_else(|| text::of(mail.kind, &mail.data, None)),
                ))
            }
            MailKind::EmailChanged
            | MailKind::PasswordChanged
            | MailKind::SecondFactorEnabled
            | MailKind::SecondFactorDisabled
            | MailKind::SecondFactorReset
            | MailKind::RecoveryCodesRenewed
            | MailKind::RecoveryCodeUsed
            | MailKind::TotpReplayed
            | MailKind::ApiTokenCreated
            | MailKind::ApiTokenRevoked
            | MailKind::AccountDeleted => Ok(Some(text::of(mail.kind, &mail.data, None))),
        }
    }

    async fn addressee(&self, mail: &Claimed) -> Result<Option<User>, StoreError> {
        let Some(user) = mail.user else {
            return Ok(None);
        };
        let user = users::find(self.state.db.conn(), user).await?;
        Ok(user.filter(|user| user.status == UserStatus::Active))
    }

    /// Makes the token that the mail carries: it is nowhere before, and afterwards only as a hash. None where the mail may
    /// carry none any more: a later one does, or a change of credentials voided it.
    async fn with_link(
        &self,
        mail: &Claimed,
        user: Option<User>,
        purpose: Purpose,
    ) -> Result<Option<Text>, StoreError> {
        let Some(user) = user else {
            return Ok(None);
        };
        if mails::is_superseded(self.state.db.conn(), mail).await? {
            return Ok(None);
        }
        let token = random::token::<32>();
        let hash = token_hash(token.expose());
        let now = self.state.clock.now();
        let proof = Proof {
            user: user.id,
            email: mail.recipient.clone(),
        };
        let txn = self.state.db.begin().await?;
        // Of a change of credentials and the making of a link one comes first: the link is voided, or not made.
        sessions::lock(&txn, user.id).await?;
        if !mails::may_carry_link(&txn, mail).await? {
            return Ok(None);
        }
        account_tokens::issue(&txn, &proof, purpose, &hash, now + lifetime(purpose), now).await?;
        if purpose == Purpose::ResetPassword && mail.attempt == 1 {
            let caller = Caller {
                address: mail.data["address"].as_str().map(str::to_owned),
                agent: mail.data["agent"].as_str().map(str::to_owned),
            };
            let event = SecurityEvent::PasswordResetRequested;
            security_log::record(&txn, Some(user.id), event, &caller, json!({}), now).await?;
        }
        txn.commit().await?;
        let link = Link {
            app_url: self.state.web.app_url.as_deref(),
            token: token.expose(),
        };
        Ok(Some(text::of(mail.kind, &mail.data, Some(&link))))
    }

    fn message(&self, mail: &Claimed, text: Text) -> Result<Message, DeliveryError> {
        // The same for every attempt, so that a mail that came twice can be told from two.
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Ok(Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.recipient.parse()?))
            .subject(text.subject)
            .date(self.state.clock.now().into())
            .message_id(Some(id))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(text.plain, text.html))?)
    }
}

/// The hash under which a token is kept. It is random, so a fast one is enough.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn lifetime(purpose: Purpose) -> TimeDelta {
    match purpose {
        // A cancellation lives longer than the change can be confirmed, however long its mail was on the way.
        Purpose::VerifyEmail | Purpose::CancelEmailChange => TimeDelta::hours(24),
        Purpose::ResetPassword => TimeDelta::minutes(30),
        Purpose::ChangeEmail => TimeDelta::hours(1),
    }
}

fn backoff(attempt: i32) -> TimeDelta {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(10);
    (BACKOFF.0 * (1 << doublings)).min(BACKOFF.1)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::backoff;

    #[test]
    fn attempts_become_rarer_up_to_once_an_hour() {
        let waits: Vec<_> = (1..=9)
            .map(|attempt| backoff(attempt).num_seconds())
            .collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(backoff(i32::MAX), TimeDelta::hours(1));
    }
}
