//! Pages of lists: `?limit=`, an opaque cursor, `{"data": […], "next_cursor": …}`.

use axum::Json;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::keys::Keys,
    error::{ApiError, FieldCode},
    state::AppState,
};

/// Rows of a page unless the caller says otherwise.
pub const DEFAULT_LIMIT: u32 = 50;

/// The form of cursors. A later form gets another letter, and cursors of this one are refused then.
const VERSION: u8 = b'1';

/// Bytes of the signature that a cursor ends with.
const TAG: usize = 16;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    /// The rows of the page.
    pub data: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    pub cursor: Option<String>,
    /// Rows of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    pub limit: Option<u32>,
}

impl PageQuery {
    /// How many rows the page has at most.
    pub(crate) fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Where the page begins in the list `list`; none for the first one.
    ///
    /// # Errors
    /// Those of [`decode`].
    pub(crate) fn position<T: DeserializeOwned>(
        &self,
        state: &AppState,
        list: &str,
    ) -> Result<Option<T>, ApiError> {
        self.cursor
            .as_deref()
            .map(|cursor| decode(&state.keys, list, cursor))
            .transpose()
    }

    /// Makes the page of `data`: rows that were read in order, one beyond the limit to see if there is another page. `key`
    /// tells where a row stands.
    ///
    /// # Errors
    /// Those of [`encode`].
    pub(crate) fn page_of<T: ToSchema, K: Serialize>(
        &self,
        state: &AppState,
        list: &str,
        mut data: Vec<T>,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Json<Page<T>>, ApiError> {
        let next_cursor = cut(&mut data, self.limit(), |row| {
            encode(&state.keys, list, &key(row))
        })?;
        Ok(Json(Page { data, next_cursor }))
    }
}

/// Writes a cursor into the list `list`. Its content is the caller's to choose and nobody's to change.
///
/// # Errors
/// When the position has no JSON form.
pub fn encode<T: Serialize>(keys: &Keys, list: &str, position: &T) -> Result<String, ApiError> {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, position).map_err(ApiError::internal)?;
    let tag = tag(keys, list, &bytes);
    bytes.extend_from_slice(&tag);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a cursor that [`encode`] wrote for the same list.
///
/// # Errors
/// 422 at `/query/cursor` for any other text.
pub fn decode<T: DeserializeOwned>(keys: &Keys, list: &str, cursor: &str) -> Result<T, ApiError> {
    let refused = || {
        ApiError::field(
            "/query/cursor",
            FieldCode::Format,
            "is not a cursor of this list; begin again without one",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
    let (signed, given) = bytes
        .len()
        .checked_sub(TAG)
        .map(|at| bytes.split_at(at))
        .ok_or_else(refused)?;
    let (version, position) = signed.split_first().ok_or_else(refused)?;
    let genuine: bool =
        subtle::ConstantTimeEq::ct_eq(tag(keys, list, signed).as_slice(), given).into();
    if *version != VERSION || !genuine {
        return Err(refused());
    }
    serde_json::from_slice(position).map_err(|_| refused())
}

fn tag(keys: &Keys, list: &str, signed: &[u8]) -> [u8; TAG] {
    let mut tag = [0_u8; TAG];
    let whole = keys.hash("cursor", &[list.as_bytes(), signed]);
    tag.copy_from_slice(whole.split_at(TAG).0);
    tag
}

/// Cuts the row that was read beyond the limit, and says where the next page begins if there was one.
///
/// # Errors
/// Those of `cursor`.
pub fn cut<T>(
    rows: &mut Vec<T>,
    limit: u32,
    cursor: impl FnOnce(&T) -> Result<String, ApiError>,
) -> Result<Option<String>, ApiError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return Ok(None);
    }
    rows.truncate(limit);
    rows.last().map(cursor).transpose()
}
