//! The user's own settings.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    preferences,
    security_log::{self, SecurityEvent},
};
use utoipa::ToSchema;
use views::{
    account::{NotificationPreferences, PreferencesDocument},
    event::UserUpdated,
};

use crate::{
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, Check, ClientInfo, IfMatch, Person, Reader, with_etag},
    state::AppState,
};

/// The user's own settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preferences {
    /// Language and region, as BCP 47 names them.
    pub locale: String,
    /// A zone of the IANA database.
    pub timezone: String,
    /// In what sums are shown.
    pub quote_currency: String,
    /// What the user wants to hear of.
    pub notifications: NotificationPreferences,
    /// The account's version: raised by each change, sent back with the next one.
    pub version: i32,
}

impl TryFrom<preferences::Preferences> for Preferences {
    type Error = ApiError;

    fn try_from(kept: preferences::Preferences) -> Result<Self, ApiError> {
        let document: PreferencesDocument =
            serde_json::from_value(kept.document).map_err(ApiError::internal)?;
        Ok(Self {
            locale: document.locale,
            timezone: document.timezone,
            quote_currency: document.quote_currency,
            notifications: document.notifications,
            version: kept.version,
        })
    }
}

/// A change of the settings. What is not there stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePreferences {
    /// Language and region, as BCP 47 names them: `en`, `pt-BR`, `zh-Hant-TW`.
    #[schema(
        nullable = false,
        max_length = 12,
        pattern = "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
    )]
    locale: Option<String>,
    /// A zone of the IANA database, such as `Europe/Vienna`.
    #[schema(nullable = false, max_length = 64, pattern = "^[A-Za-z0-9_+/-]+$")]
    timezone: Option<String>,
    /// In what sums are shown, such as `USDT` or `EUR`.
    #[schema(nullable = false, max_length = 10, pattern = "^[A-Z0-9]{2,10}$")]
    quote_currency: Option<String>,
    /// What the user wants to hear of. Events that are not named stay as they are.
    #[schema(nullable = false)]
    notifications: Option<NotificationPreferences>,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

impl Check for UpdatePreferences {
    fn check(&self, found: &mut Vec<FieldError>) {
        if let Some(name) = &self.timezone
            && name.parse::<chrono_tz::Tz>().is_err()
        {
            found.push(FieldError::new(
                "/timezone",
                FieldCode::InvalidTimezone,
                "is not a known time zone",
            ));
        }
    }
}

impl UpdatePreferences {
    fn apply(self, document: &mut PreferencesDocument) {
        if let Some(locale) = self.locale {
            document.locale = locale;
        }
        if let Some(timezone) = self.timezone {
            document.timezone = timezone;
        }
        if let Some(quote_currency) = self.quote_currency {
            document.quote_currency = quote_currency;
        }
        if let Some(NotificationPreferences(changes)) = self.notifications {
            document.notifications.0.extend(changes);
        }
    }
}

/// The user's own settings
#[utoipa::path(
    get, path = "/api/v1/me/preferences", tag = "me",
    responses((
        status = 200, description = "The settings", body = Preferences,
        headers(("ETag" = String, description = "The version, for `If-Match`")),
    )),
)]
pub async fn get_preferences(
    State(state): State<AppState>,
    Reader(principal): Reader,
) -> Result<Response, ApiError> {
    let kept = preferences::find(state.db.conn(), principal.user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    answer(kept)
}

/// Changes the user's own settings
///
/// A stale version is refused with 409 and the current one.
#[utoipa::path(
    patch, path = "/api/v1/me/preferences", tag = "me",
    params(("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
        pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#)),
    request_body = UpdatePreferences,
    responses(
        (
            status = 200, description = "The settings after the change", body = Preferences,
            headers(("ETag" = String, description = "The version, for `If-Match`")),
        ),
        (status = 409, description = "`version_conflict`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn update_preferences(
    State(state): State<AppState>,
    client: ClientInfo,
    Person(principal): Person,
    if_match: IfMatch,
    ApiJson { value: request, .. }: ApiJson<UpdatePreferences>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(request.version)?;
    let (user, now) = (principal.user, state.clock.now());
    let mut change = state.begin_change(user).await?;
    let before = preferences::find(&change.txn, user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let version = expected.check(before.version)?;
    let mut document: PreferencesDocument =
        serde_json::from_value(before.document).map_err(ApiError::internal)?;
    request.apply(&mut document);
    let kept = serde_json::to_value(&document).map_err(ApiError::internal)?;
    let Some(kept) = preferences::replace(&change.txn, user, version, kept, now).await? else {
        return Err(ApiError::VersionConflict {
            current_version: before.version,
        });
    };
    let event = SecurityEvent::SettingsChanged;
    security_log::record(
        &change.txn,
        Some(user),
        event,
        &client.caller,
        json!({}),
        now,
    )
    .await?;
    change.event(UserUpdated {
        preferences: Some(document),
        ..UserUpdated::to(kept.version)
    });
    change.commit(now).await?;
    answer(kept)
}

fn answer(kept: preferences::Preferences) -> Result<Response, ApiError> {
    let version = kept.version;
    Ok(with_etag(
        StatusCode::OK,
        version,
        &Preferences::try_from(kept)?,
    ))
}
