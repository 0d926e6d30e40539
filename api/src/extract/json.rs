//! JSON bodies.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::{
    access::RequiresAccess,
    error::{ApiError, FieldCode, FieldError},
    schema,
    state::AppState,
};

/// The largest body that is read.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What a schema cannot say about a request.
pub trait Check {
    /// Adds a finding for each field that is wrong.
    fn check(&self, _found: &mut Vec<FieldError>) {}
}

/// A body that is JSON, fits the schema of `T` and passes its checks. All that is wrong with it is said at once.
#[derive(Debug)]
pub struct ApiJson<T> {
    /// The request.
    pub value: T,
    /// The body as it came: what an idempotency key is bound to.
    pub bytes: Bytes,
}

impl<T> RequiresAccess for ApiJson<T> {}

impl<T> FromRequest<AppState> for ApiJson<T>
where
    T: DeserializeOwned + ToSchema + Check + 'static,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        let bytes = read(request, MAX_BODY_BYTES).await?;
        let body = schema::json::parse(&bytes).map_err(ApiError::MalformedJson)?;
        let errors = schema::schema_of::<T>()?.check(&body, "");
        if !errors.is_empty() {
            return Err(ApiError::Invalid(errors));
        }
        let value: T = serde_json::from_value(body)
            .map_err(|error| ApiError::field("", FieldCode::Invalid, error.to_string()))?;
        let mut found = Vec::new();
        value.check(&mut found);
        if found.is_empty() {
            Ok(Self { value, bytes })
        } else {
            Err(ApiError::Invalid(found))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut declared = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (declared.next(), declared.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else {
        return false;
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let charset_fits =
        parameters
            .split(';')
            .map(str::trim)
            .all(|parameter| match parameter.split_once('=') {
                Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                    value.trim_matches('"').eq_ignore_ascii_case("utf-8")
                }
                _ => true,
            });
    essence.trim().eq_ignore_ascii_case("application/json") && charset_fits
}

/// The whole body.
pub(crate) async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    // What announces itself as too large is not read at all.
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(ApiError::BodyTooLarge { limit });
    }
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::BodyTooLarge { limit }),
        // The server loop answers for a body that stalled; for one that broke off nobody is left to read this.
        Err(_) => Err(ApiError::BadRequest("The body could not be read".into())),
    }
}

/// No body and no content type: nothing was sent.
impl<T> axum::extract::OptionalFromRequest<AppState> for ApiJson<T>
where
    T: DeserializeOwned + ToSchema + Check + 'static,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Option<Self>, ApiError> {
        if http_body::Body::is_end_stream(request.body())
            && !request.headers().contains_key(header::CONTENT_TYPE)
        {
            return Ok(None);
        }
        <Self as FromRequest<AppState>>::from_request(request, state)
            .await
            .map(Some)
    }
}
