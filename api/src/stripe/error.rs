use http::StatusCode;

/// Why Stripe gave no answer that can be used. Holds neither keys nor what Stripe wrote in prose, which may quote them.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// It cannot be reached, or did not answer in time.
    #[error("Stripe cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It refused or failed.
    #[error("Stripe answered {status}, type {kind:?}, code {code:?}, request {request_id:?}")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// Its type of error, such as `invalid_request_error`.
        kind: Option<String>,
        /// Its code, such as `resource_missing`.
        code: Option<String>,
        /// Its name for the request, for its support.
        request_id: Option<String>,
    },
    /// The answer is not what the pinned version of its API says.
    #[error("Stripe's answer cannot be read")]
    Malformed(#[source] serde_json::Error),
    /// The answer is larger than any that is expected.
    #[error("Stripe's answer is too large")]
    TooLarge,
    /// No client can be made.
    #[error("no HTTP client")]
    Client(#[source] reqwest::Error),
    /// The key is no header value, which the configuration rules out.
    #[error("the secret key is not fit for a header")]
    Key,
}

impl StripeError {
    /// The same call may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT
                    )
            }
            Self::Malformed(_) | Self::TooLarge | Self::Client(_) | Self::Key => false,
        }
    }

    /// The thing is not in a state for that, or the request makes no sense.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::BAD_REQUEST)
    }

    /// There is no such thing at Stripe.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::NOT_FOUND)
    }
}
