//! Sends requests to Binance's REST and reads what comes back.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Client, Request, redirect::Policy};
use serde::de::DeserializeOwned;
use trading::order::Millis;
use url::Url;

use super::{
    body::{GuardedBody, Handover},
    call::{Call, Signer},
    error::{Answer, Failure},
    limits::Told,
    lost::{lost, unreadable},
    models::{Anything, ServerTime},
    sign::Params,
};
use crate::{
    binance::{
        Config,
        common::clock::{Comparison, ServerClock},
    },
    breaker::{Admission, Breaker},
    budget::{Budget, Priority},
    error::{NotSent, VenueError},
    moment::MomentClock,
    permit::{ACCEPT_WITHIN, SendPermit},
};

const API_KEY: HeaderName = HeaderName::from_static("x-mbx-apikey");

/// Bytes of an answer that are read. The list of all markets is the longest; it has some 20 MB.
const MOST: usize = 128 * 1024 * 1024;

/// How long after its timestamp the exchange may accept a request that needs no permit, in milliseconds.
const WINDOW_MS: u64 = 5_000;

/// One exchange, reached from this address: connections, limits and clock are shared by all accounts.
#[derive(Debug)]
pub(crate) struct HttpClient {
    http: Client,
    config: Config,
    /// Request weight of this address.
    pub(crate) budget: Budget,
    /// New sockets of this address.
    pub(crate) sockets: Budget,
    pub(crate) breaker: Breaker,
    pub(crate) clock: ServerClock,
}

/// What is written, and when on this machine's wall clock.
struct Prepared {
    request: Request,
    /// Of what needs a permit: who decided about its body.
    handover: Option<Handover>,
    sent_at: Millis,
}

impl HttpClient {
    pub(crate) fn new(config: Config) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .user_agent(concat!("blockbotx/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.connect_timeout)
            .timeout(config.request_timeout)
            .pool_idle_timeout(config.idle_timeout)
            .tcp_nodelay(true)
            // Neither key nor signature goes anywhere else, and nothing is sent twice behind our back.
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            budget: Budget::new(config.weights.iter().copied(), config.moments.clone()),
            sockets: Budget::new(config.sockets.iter().copied(), config.moments.clone()),
            breaker: Breaker::new(config.breaker),
            clock: ServerClock::new(config.wall.clone(), config.moments.clone()),
            config,
        })
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    /// Sends a request that needs no key.
    pub(crate) async fn public<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
    ) -> Result<T, VenueError> {
        self.admitted().await?;
        self.attempt(&call, None).await
    }

    /// Sends a request that an account signs. A timestamp that the exchange refuses makes the clocks be compared again
    /// and the request sent once more, as nothing was executed; a permit is checked again then.
    pub(crate) async fn signed<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        signer: Signer<'_>,
    ) -> Result<T, VenueError> {
        self.admitted().await?;
        match self.attempt(&call, Some(signer)).await {
            Err(VenueError::OutsideTimeWindow) => {
                self.clock.distrust();
                self.attempt(&call, Some(signer)).await
            }
            result => result,
        }
    }

    /// Reads the exchange's clock. False if the answer took too long to tell anything about it.
    async fn compare_clocks(&self) -> Result<bool, VenueError> {
        let sent_at = self.clock.moment();
        let call = Call::get("/api/v3/time", Params::new(), 1, Priority::Cancel);
        let answer: ServerTime = self.attempt(&call, None).await?;
        Ok(self.clock.compare(sent_at, answer.server_time))
    }

    /// Makes sure that timestamps can be made.
    pub(crate) async fn timed(&self) -> Result<(), VenueError> {
        match self.clock.comparison().await {
            Comparison::Valid => Ok(()),
            Comparison::Due(held) => {
                let compared = self.compare_clocks().await;
                drop(held);
                match compared {
                    Ok(is_recent) if is_recent || self.clock.is_usable() => Ok(()),
                    Err(limited @ VenueError::RateLimited { .. }) => Err(limited),
                    Ok(_) | Err(_) => Err(NotSent::NoServerTime.into()),
                }
            }
        }
    }

    /// Lets a request through, or the one that finds out whether the exchange is back.
    async fn admitted(&self) -> Result<(), VenueError> {
        let now = self.clock.local();
        match self.breaker.admit(now) {
            Admission::Pass => Ok(()),
            Admission::Refused { until } => Err(NotSent::BreakerOpen { until }.into()),
            Admission::Probe => {
                let call = Call::get("/api/v3/ping", Params::new(), 1, Priority::Cancel);
                match self.attempt::<Anything>(&call, None).await {
                    Ok(_) => Ok(()),
                    Err(limited @ VenueError::RateLimited { .. }) => Err(limited),
                    Err(_) => match self.breaker.admit(self.clock.local()) {
                        Admission::Refused { until } => Err(NotSent::BreakerOpen { until }.into()),
                        Admission::Pass | Admission::Probe => {
                            Err(NotSent::BreakerOpen { until: now }.into())
                        }
                    },
                }
            }
        }
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        signer: Option<Signer<'_>>,
    ) -> Result<T, VenueError> {
        if signer.is_some() {
            // Boxed: comparing the clocks is an attempt itself.
            Box::pin(self.timed()).await?;
        }
        self.spend(call, signer)?;
        let prepared = self.prepare(call, signer)?;
        let (sent_at, handover) = (prepared.sent_at, prepared.handover.clone());
        let answer = self.exchange(prepared).await;
        let now = self.clock.local();
        match answer {
            Ok((status, headers, body)) => {
                if status >= 500 {
                    self.breaker.failed(now);
                } else {
                    self.breaker.succeeded();
                }
                let told = Told::read(&headers);
                self.account_for(&told, sent_at, now, signer);
                self.read(call, signer, (status, told, body), now)
            }
            Err(error) => {
                let error = lost(&error, handover.as_ref());
                if !matches!(error, VenueError::NotSent(NotSent::Permit(_))) {
                    self.breaker.failed(now);
                }
                Err(error)
            }
        }
    }

    fn prepare(&self, call: &Call<'_>, signer: Option<Signer<'_>>) -> Result<Prepared, VenueError> {
        let sent_at = self.clock.local();
        let mut url = self.config.urls.rest(call.path);
        let Some(Signer { credential, .. }) = signer else {
            let query = call.params.encoded();
            url.set_query((!query.is_empty()).then_some(&query));
            return Ok(Prepared {
                request: Request::new(call.method.clone(), url),
                handover: None,
                sent_at,
            });
        };
        let from = call
            .permit
            .map_or_else(|| self.clock.moment(), SendPermit::renewed_at);
        let timestamp = self.clock.timestamp(from).ok_or(NotSent::NoServerTime)?;
        let window = match call.permit {
            Some(_) => u64::try_from(ACCEPT_WITHIN.as_millis()).unwrap_or(WINDOW_MS),
            None => WINDOW_MS,
        };
        let params = call.params.clone().with("recvWindow", window);
        let payload = params.with("timestamp", timestamp).signed(credential);
        let (mut request, handover) = if let Some(permit) = call.permit {
            self.guarded(call, url, payload, *permit)?
        } else {
            url.set_query(Some(&payload));
            (Request::new(call.method.clone(), url), None)
        };
        request.headers_mut().insert(API_KEY, credential.header());
        Ok(Prepared {
            request,
            handover,
            sent_at,
        })
    }

    /// A request whose parameters are its body, which the permit guards until it is written.
    fn guarded(
        &self,
        call: &Call<'_>,
        url: Url,
        payload: String,
        permit: SendPermit,
    ) -> Result<(Request, Option<Handover>), VenueError> {
        let moments: MomentClock = self.clock.moments().clone();
        permit.check(moments.now()).map_err(NotSent::Permit)?;
        let mut request = Request::new(call.method.clone(), url);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(header::CONTENT_TYPE, form);
        let body = GuardedBody::new(payload, permit, moments);
        let handover = body.handover();
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        Ok((request, Some(handover)))
    }

    async fn exchange(
        &self,
        prepared: Prepared,
    ) -> Result<(u16, HeaderMap, Vec<u8>), reqwest::Error> {
        let mut answer = self.http.execute(prepared.request).await?;
        let headers = std::mem::take(answer.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            append(&mut body, &chunk);
        }
        Ok((answer.status().as_u16(), headers, body))
    }

    fn read<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        signer: Option<Signer<'_>>,
        (status, told, body): (u16, Told, Vec<u8>),
        at: Millis,
    ) -> Result<T, VenueError> {
        if (200..300).contains(&status) {
            return serde_json::from_slice(&body).map_err(|error| unreadable(call.path, &error));
        }
        let answer = Answer {
            status,
            failure: serde_json::from_slice::<Failure>(&body).unwrap_or_default(),
            retry_after_s: told.retry_after_s,
            at,
        };
        let key = signer.map(|signer| signer.credential.key().expose().as_str());
        let error = answer.into_error(key);
        self.hold_back(&error, signer, at);
        Err(error)
    }
}

/// Keeps what fits; an answer that is cut off is no JSON and is reported as unreadable.
fn append(body: &mut Vec<u8>, chunk: &Bytes) {
    let room = MOST.saturating_sub(body.len());
    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
}
