use std::time::Duration;

use form_urlencoded::Serializer;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use platform::Secret;
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    StripeError,
    model::{Checkout, Hosted, Invoice, List, Named, Price, Subscription},
};

/// The version of the API whose answers are read here, whatever the account's default is.
const VERSION: HeaderValue = HeaderValue::from_static("2025-08-27.basil");

const CONNECT: Duration = Duration::from_secs(5);

/// Above what Stripe takes for any of these calls, below what it waits for a webhook's answer.
const WHOLE: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read.
const MOST: usize = 4 * 1024 * 1024;

/// Calls Stripe. Its `Debug` shows no key.
#[derive(Debug, Clone)]
pub struct StripeClient {
    http: Client,
    base: Url,
}

/// What is to be bought, and by whom.
#[derive(Debug)]
pub struct CheckoutOrder<'a> {
    /// The customer at Stripe.
    pub customer: &'a str,
    /// The user's id, shown to operators there.
    pub user: &'a str,
    /// The price.
    pub price: &'a str,
    /// Where the browser goes after payment.
    pub success_url: &'a str,
    /// Where it goes without.
    pub cancel_url: &'a str,
}

#[derive(Debug, Deserialize)]
struct Failure {
    error: FailureDetail,
}

#[derive(Debug, Default, Deserialize)]
struct FailureDetail {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
}

type Fields<'a> = &'a [(&'a str, &'a str)];

impl StripeClient {
    /// A client with this key.
    ///
    /// # Errors
    /// When the system has no TLS to give, or the key is no header value.
    pub fn new(key: &Secret<String>, base: Url) -> Result<Self, StripeError> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose()))
            .map_err(|_| StripeError::Key)?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, authorization),
            (HeaderName::from_static("stripe-version"), VERSION),
        ]);
        let http = Client::builder()
            .default_headers(headers)
            .user_agent(concat!("blockbotx/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // The key goes nowhere else.
            .redirect(Policy::none())
            .https_only(base.scheme() == "https")
            .build()
            .map_err(StripeError::Client)?;
        Ok(Self { http, base })
    }

    /// Makes a customer.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn create_customer(
        &self,
        user: &str,
        email: &str,
        idempotency_key: &str,
    ) -> Result<Named, StripeError> {
        let fields = [("email", email), ("metadata[user_id]", user)];
        self.post(&["v1", "customers"], &fields, idempotency_key)
            .await
    }

    /// Begins a checkout.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn create_checkout(
        &self,
        order: &CheckoutOrder<'_>,
        idempotency_key: &str,
    ) -> Result<Checkout, StripeError> {
        let fields = [
            ("mode", "subscription"),
            ("customer", order.customer),
            ("client_reference_id", order.user),
            ("line_items[0][price]", order.price),
            ("line_items[0][quantity]", "1"),
            ("subscription_data[metadata][user_id]", order.user),
            ("success_url", order.success_url),
            ("cancel_url", order.cancel_url),
        ];
        self.post(&["v1", "checkout", "sessions"], &fields, idempotency_key)
            .await
    }

    /// The checkouts of a customer that can be paid.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn open_checkouts(&self, customer: &str) -> Result<List<Checkout>, StripeError> {
        let query = [("customer", customer), ("status", "open"), ("limit", "100")];
        self.get(&["v1", "checkout", "sessions"], &query).await
    }

    /// Lets a checkout be paid no more.
    ///
    /// # Errors
    /// [`StripeError`], [`StripeError::is_over`] where it is not open any more.
    pub async fn expire_checkout(&self, id: &str) -> Result<Named, StripeError> {
        let key = hex::encode(platform::random::bytes::<16>());
        self.post(&["v1", "checkout", "sessions", id, "expire"], &[], &key)
            .await
    }

    /// Opens the page on which a customer changes, pays or ends the subscription.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn create_portal(
        &self,
        customer: &str,
        return_url: &str,
        idempotency_key: &str,
    ) -> Result<Hosted, StripeError> {
        let fields = [("customer", customer), ("return_url", return_url)];
        self.post(
            &["v1", "billing_portal", "sessions"],
            &fields,
            idempotency_key,
        )
        .await
    }

    /// A price.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn price(&self, id: &str) -> Result<Price, StripeError> {
        self.get(&["v1", "prices", id], &[]).await
    }

    /// The subscriptions of a customer, ended ones too, newest first.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn subscriptions(&self, customer: &str) -> Result<List<Subscription>, StripeError> {
        let query = [
            ("customer", customer),
            ("status", "all"),
            ("limit", "100"),
            ("expand[]", "data.latest_invoice"),
        ];
        self.get(&["v1", "subscriptions"], &query).await
    }

    /// Ends a subscription at once. Nothing is paid back.
    ///
    /// # Errors
    /// [`StripeError`], [`StripeError::is_missing`] where it has ended.
    pub async fn cancel_subscription(&self, id: &str) -> Result<Named, StripeError> {
        let url = self.url(&["v1", "subscriptions", id]);
        self.send(self.http.request(Method::DELETE, url)).await
    }

    /// The invoices of a customer, newest first.
    ///
    /// # Errors
    /// [`StripeError`]
    pub async fn invoices(
        &self,
        customer: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<List<Invoice>, StripeError> {
        let limit = limit.to_string();
        let mut query = vec![("customer", customer), ("limit", &limit)];
        query.extend(after.map(|after| ("starting_after", after)));
        self.get(&["v1", "invoices"], &query).await
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Segment by segment: an id cannot leave its place.
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: Fields<'_>,
    ) -> Result<T, StripeError> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(self.http.request(Method::GET, url)).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        fields: Fields<'_>,
        idempotency_key: &str,
    ) -> Result<T, StripeError> {
        let url = self.url(path);
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .http
            .request(Method::POST, url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("idempotency-key", idempotency_key)
            .body(body);
        self.send(request).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, StripeError> {
        // Without the URL: it names customers.
        let unreachable = |error: reqwest::Error| StripeError::Unreachable(error.without_url());
        let mut answer = request.send().await.map_err(unreachable)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MOST {
                return Err(StripeError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        if answer.status().is_success() {
            return serde_json::from_slice(&body).map_err(StripeError::Malformed);
        }
        let detail = serde_json::from_slice::<Failure>(&body)
            .map(|failure| failure.error)
            .unwrap_or_default();
        Err(StripeError::Refused {
            status: answer.status(),
            kind: detail.kind,
            code: detail.code,
            request_id: answer
                .headers()
                .get("request-id")
                .and_then(|id| id.to_str().ok().map(str::to_owned)),
        })
    }
}
