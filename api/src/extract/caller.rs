//! From where and with what somebody calls.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use platform::http::ClientAddr;
use store::security_log::Caller;

use crate::access::RequiresAccess;

/// Characters of a `User-Agent` that are kept.
const MAX_AGENT: usize = 256;

/// The caller's address and agent.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// The address, as far as our own proxies vouch for it.
    pub address: IpAddr,
    /// Both, as they are stored.
    pub caller: Caller,
}

/// The address that the server loop found for this request.
pub(crate) fn address(extensions: &http::Extensions) -> IpAddr {
    extensions
        .get::<ClientAddr>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0)
}

fn agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    Some(
        text.chars()
            .filter(|c| !c.is_control())
            .take(MAX_AGENT)
            .collect(),
    )
}

impl<S: Sync> FromRequestParts<S> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl RequiresAccess for ClientInfo {}

impl ClientInfo {
    /// Of a request that is being taken apart.
    pub(crate) fn of(parts: &Parts) -> Self {
        let address = address(&parts.extensions);
        Self {
            address,
            caller: Caller {
                address: Some(address.to_string()),
                agent: agent(&parts.headers),
            },
        }
    }
}
