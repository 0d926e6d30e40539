//! Everything that is known of the user, as one document that is made while it is read.

use std::{io, vec};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::SecondsFormat;
use futures_util::stream;
use http::header;
use platform::ids::UserId;
use serde_json::json;
use store::{
    StoreError,
    export::{self, SECTIONS, Section},
    security_log::{self, SecurityEvent},
};
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{ClientInfo, Person},
    state::AppState,
};

/// Raised when readers of the document must be told of another form.
const FORMAT: u32 = 1;

/// Everything that is known of the user
///
/// One object with a list for each kind of thing, without secrets and hashes. It is not of one moment: what changes while
/// it is read may or may not be in it. A document that ends early is not valid JSON.
#[utoipa::path(
    get, path = "/api/v1/me/export", tag = "me",
    responses((status = 200, description = "The document", body = Object, content_type = "application/json")),
)]
pub async fn export_me(
    State(state): State<AppState>,
    client: ClientInfo,
    Person(principal): Person,
) -> Result<Response, ApiError> {
    let (user, now) = (principal.user, state.clock.now());
    let event = SecurityEvent::DataExported;
    let conn = state.db.conn();
    security_log::record(conn, Some(user), event, &client.caller, json!({}), now).await?;
    let at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let head = format!("{{\"format\":{FORMAT},\"exported_at\":\"{at}\"");
    let document = Document {
        state,
        user,
        head: Some(head),
        sections: SECTIONS.iter(),
        open: None,
        ended: false,
    };
    let body = Body::from_stream(stream::try_unfold(document, Document::advance));
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"blockbotx-export.json\"",
        ),
    ];
    Ok((headers, body).into_response())
}

/// The document, as far as it has been read.
struct Document {
    state: AppState,
    user: UserId,
    head: Option<String>,
    sections: std::slice::Iter<'static, Section>,
    open: Option<Open>,
    ended: bool,
}

/// A section whose rows are being read.
struct Open {
    section: &'static Section,
    owners: vec::IntoIter<Uuid>,
    owner: Option<Uuid>,
    after: Option<String>,
    /// Rows came before: a comma belongs between.
    has_rows: bool,
}

impl Document {
    /// The next piece: a page at most.
    async fn advance(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if let Some(head) = self.head.take() {
            return Ok(Some((head.into(), self)));
        }
        if self.ended {
            return Ok(None);
        }
        match self.piece().await {
            Ok(piece) => Ok(Some((piece.into(), self))),
            Err(error) => {
                tracing::warn!(%error, "an export broke off");
                Err(io::Error::other(error))
            }
        }
    }

    async fn piece(&mut self) -> Result<String, StoreError> {
        let conn = self.state.db.conn();
        let Some(open) = &mut self.open else {
            let Some(section) = self.sections.next() else {
                self.ended = true;
                return Ok("}\n".to_owned());
            };
            let owners = export::owners(conn, section, self.user).await?;
            self.open = Some(Open {
                section,
                owners: owners.into_iter(),
                owner: None,
                after: None,
                has_rows: false,
            });
            return Ok(format!(",\"{}\":[", section.table));
        };
        let Some(owner) = open.owner.take().or_else(|| open.owners.next()) else {
            self.open = None;
            return Ok("]".to_owned());
        };
        let page = export::page(conn, open.section, owner, open.after.take().as_deref()).await?;
        if page.next.is_some() {
            open.owner = Some(owner);
            open.after = page.next;
        }
        let mut text = page.rows.join(",\n");
        if open.has_rows && !text.is_empty() {
            text.insert(0, ',');
        }
        open.has_rows |= !text.is_empty();
        Ok(text)
    }
}
