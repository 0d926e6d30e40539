//! The operations of the OpenAPI document.

use http::Method;
use utoipa::openapi::path::{Operation, PathItem};

/// The operations of a path.
pub(crate) fn slots(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, slot)| Some((method, slot.as_mut()?)))
}
