//! A request, and who signs it.

use http::Method;

use super::sign::Params;
use crate::{
    binance::common::credential::Credential,
    budget::{Budget, Priority},
    permit::SendPermit,
};

/// A request to REST, before it is signed.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) params: Params,
    /// Request weight by Binance's documentation; its own count in the headers corrects it.
    pub(crate) weight: u32,
    pub(crate) priority: Priority,
    /// What may not be sent without leave.
    pub(crate) permit: Option<&'a SendPermit>,
    /// It counts as a new order of the account.
    pub(crate) is_order: bool,
}

/// Whose key signs a request, and the limits of that account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer<'a> {
    pub(crate) credential: &'a Credential,
    pub(crate) orders: &'a Budget,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'static str, params: Params, weight: u32, priority: Priority) -> Self {
        Self {
            method: Method::GET,
            path,
            params,
            weight,
            priority,
            permit: None,
            is_order: false,
        }
    }

    pub(crate) fn with_permit(
        method: Method,
        path: &'static str,
        params: Params,
        priority: Priority,
        permit: &'a SendPermit,
    ) -> Self {
        Self {
            method,
            path,
            params,
            weight: 1,
            priority,
            permit: Some(permit),
            is_order: false,
        }
    }
}
