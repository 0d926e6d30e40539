//! How HTTP answers are written.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

/// An answer with its whole body.
pub(crate) type Answer = Response<Full<Bytes>>;

/// An answer with a status only.
pub(crate) fn bare(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// An answer with a JSON body.
pub(crate) fn json_answer(status: StatusCode, body: &serde_json::Value) -> Answer {
    let mut answer = Response::new(Full::from(body.to_string()));
    *answer.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    answer
}
