//! Whose a personal API token is.

use platform::{Secret, http::subscriber_network};
use serde_json::json;
use store::{
    api_tokens::{self, Grant},
    security_log::{self, SecurityEvent},
};

use super::{Principal, Via, require_active};
use crate::{
    auth::api_token::{hash, network_of},
    error::ApiError,
    extract::ClientInfo,
    state::AppState,
};

/// Whose token this is, where it lives and comes from where it may. Its use is written down.
///
/// # Errors
/// 401 for all others alike; 403 where the account is not active.
pub(crate) async fn resolve(
    state: &AppState,
    token: &Secret<String>,
    client: &ClientInfo,
) -> Result<Principal, ApiError> {
    let now = state.clock.now();
    let grant = api_tokens::find(state.db.conn(), &hash(token), now)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let network = network_of(&grant.allowlist, client.address);
    if network.is_none() && !grant.allowlist.is_empty() {
        if api_tokens::note_refusal(state.db.conn(), &grant, now).await? {
            log(state, &grant, SecurityEvent::ApiTokenRefused, client).await?;
        }
        return Err(ApiError::Unauthenticated);
    }
    require_active(grant.status)?;
    let address = subscriber_network(client.address).to_string();
    if grant.is_use_due
        && api_tokens::note_use(state.db.conn(), &grant, &address, now).await?
        && grant.last_used_address.as_ref() != Some(&address)
    {
        log(state, &grant, SecurityEvent::ApiTokenUsed, client).await?;
    }
    Ok(Principal {
        user: grant.user,
        role: grant.role,
        via: Via::ApiToken {
            id: grant.id,
            scopes: grant.scopes,
            network,
        },
    })
}

async fn log(
    state: &AppState,
    grant: &Grant,
    event: SecurityEvent,
    client: &ClientInfo,
) -> Result<(), ApiError> {
    let (conn, now) = (state.db.conn(), state.clock.now());
    let detail = json!({ "api_token": grant.id });
    security_log::record(conn, Some(grant.user), event, &client.caller, detail, now).await?;
    Ok(())
}
