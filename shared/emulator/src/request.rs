//! A request on its way: faults, limits, proof of who asks, and the work itself.

use std::{net::IpAddr, sync::Arc, time::Duration};

use serde_json::Value;
use trading::order::Millis;

use crate::{
    error::ApiError,
    exchange::Exchange,
    faults::{Fault, RequestPlan},
    rest::{Call, Params, Route, Security, carry_out},
    signing::{self, Timing},
    state::Shared,
};

/// A request, over REST or the WebSocket API.
pub(crate) struct Request {
    pub(crate) route: &'static Route,
    pub(crate) params: Params,
    pub(crate) ip: IpAddr,
    pub(crate) credentials: Credentials,
}

/// What proves who asks.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) api_key: Option<String>,
    /// What was signed.
    pub(crate) payload: String,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Value),
    Refused(ApiError),
    /// A status without a body that means anything.
    Bare(u16),
    /// The connection is dropped.
    Dropped,
}

/// An outcome with what the headers tell.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) outcome: Outcome,
    pub(crate) used_weight: u32,
    /// Orders of the user in these ten seconds and today, where the request placed one.
    pub(crate) orders: Option<[u32; 2]>,
}

/// A user whose key and signature are right.
pub(crate) struct Proven {
    pub(crate) user: String,
    timing: Timing,
}

/// Tests key, timestamp and signature, and takes their parameters out.
pub(crate) fn prove(
    exchange: &Exchange,
    params: &mut Params,
    credentials: &Credentials,
    now: Millis,
) -> Result<Proven, ApiError> {
    let api_key = credentials.api_key.as_deref().unwrap_or_default();
    if api_key.is_empty()
        || !api_key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(ApiError::KeyFormat);
    }
    let timestamp = params.number("timestamp")?;
    let window = params.number("recvWindow")?;
    let signature = params.required("signature")?;
    let timing = Timing::new(timestamp.ok_or(ApiError::Mandatory("timestamp"))?, window)?;
    let user = exchange.user_of_key(api_key).ok_or(ApiError::Key)?;
    timing.check(now)?;
    signing::verify(&user.secret_key, &credentials.payload, &signature)?;
    Ok(Proven {
        user: user.name.clone(),
        timing,
    })
}

impl Shared {
    /// Carries a request through all its stages, also when the client does not wait for the answer.
    pub(crate) async fn perform(self: &Arc<Self>, request: Request) -> Reply {
        let (shared, stop, ip) = (Arc::clone(self), self.stop.clone(), request.ip);
        let stages = async move { shared.begin(request).await };
        let task = self.tasks.spawn(stop.run_until_cancelled_owned(stages));
        match task.await {
            Ok(Some(reply)) => reply,
            // The emulator stops.
            Ok(None) | Err(_) => self.reply(ip, Outcome::Dropped, None),
        }
    }

    /// The stages before a request is looked at.
    async fn begin(self: &Arc<Self>, request: Request) -> Reply {
        let arrived = self.now();
        let user = self.act(|exchange, _| {
            let key = request.credentials.api_key.as_deref()?;
            exchange.user_of_key(key).map(|user| user.name.clone())
        });
        let mut plan = self
            .faults()
            .for_request(request.route.name, user.as_deref());
        if let Some(Fault::LateAccept { ms }) = plan.before {
            plan.latency_ms += ms;
            let (shared, stop, ip) = (Arc::clone(self), self.stop.clone(), request.ip);
            let later = async move { shared.carry_on(request, &plan, user, arrived).await };
            self.tasks.spawn(stop.run_until_cancelled_owned(later));
            return self.reply(ip, Outcome::Dropped, None);
        }
        if let Some(outcome) = self.before(&request, &plan).await {
            return self.reply(request.ip, outcome, None);
        }
        self.carry_on(request, &plan, user, arrived).await
    }

    /// Limits, proof of who asks, the work, and what a fault makes of the answer.
    async fn carry_on(
        &self,
        mut request: Request,
        plan: &RequestPlan,
        user: Option<String>,
        arrived: Millis,
    ) -> Reply {
        let route = request.route;
        let weight = route.weight(&request.params);
        let charged = self.limiter().charge(request.ip, weight, arrived);
        if let Err(error) = charged {
            return self.reply(request.ip, Outcome::Refused(error), None);
        }
        let proven = match route.security {
            Security::Public => Ok(None),
            Security::Signed => self
                .act(|exchange, now| {
                    prove(exchange, &mut request.params, &request.credentials, now)
                })
                .map(Some),
        };
        let worked = match proven {
            Ok(proven) => {
                self.work(request.params, route, proven, plan, arrived)
                    .await
            }
            Err(error) => Err(error),
        };
        if worked.is_ok() && route.is_free_on_success() {
            self.limiter().refund(request.ip, weight, arrived);
        }
        let orders = user
            .filter(|_| route.places_orders())
            .map(|user| self.limiter().orders(&user, arrived));
        let outcome = after(worked, plan).await;
        self.reply(request.ip, outcome, orders)
    }

    /// What a fault makes of a request before it is looked at.
    async fn before(&self, request: &Request, plan: &RequestPlan) -> Option<Outcome> {
        if self.is_in_maintenance() {
            return Some(Outcome::Refused(ApiError::Maintenance));
        }
        Some(match plan.before.as_ref()? {
            Fault::TimeoutBeforeAccept { hang_ms } => {
                tokio::time::sleep(Duration::from_millis(*hang_ms)).await;
                Outcome::Dropped
            }
            Fault::RateLimited { retry_after_s } => {
                let now = self.now();
                let limited = self.limiter().limit(request.ip, *retry_after_s, now);
                Outcome::Refused(limited)
            }
            Fault::OutsideRecvWindow => Outcome::Refused(ApiError::OutsideRecvWindow),
            Fault::KeyRefused => Outcome::Refused(ApiError::Key),
            Fault::Maintenance => Outcome::Refused(ApiError::Maintenance),
            _ => Outcome::Refused(ApiError::Overloaded),
        })
    }

    /// Waits as long as the request takes, tests its timestamp again and does the work.
    async fn work(
        &self,
        params: Params,
        route: &'static Route,
        proven: Option<Proven>,
        plan: &RequestPlan,
        arrived: Millis,
    ) -> Result<Value, ApiError> {
        tokio::time::sleep(Duration::from_millis(plan.latency_ms)).await;
        let late = arrived + i64::try_from(plan.latency_ms).unwrap_or(0);
        if let Some(proven) = &proven {
            proven.timing.check(self.now().max(late))?;
        }
        let user = proven.map(|proven| proven.user);
        let mut limiter = self.limiter();
        if let Some(user) = user.as_ref().filter(|_| route.places_orders()) {
            limiter.charge_order(user, arrived)?;
        }
        let orders = user
            .as_ref()
            .map_or([0, 0], |user| limiter.orders(user, arrived));
        let limits = *limiter.limits();
        drop(limiter);
        self.act(|exchange, now| {
            let mut call = Call {
                params,
                user,
                now,
                circumstances: plan.circumstances.clone(),
                limits: &limits,
                orders,
            };
            carry_out(route, exchange, &mut call)
        })
    }

    fn reply(&self, ip: IpAddr, outcome: Outcome, orders: Option<[u32; 2]>) -> Reply {
        Reply {
            outcome,
            used_weight: self.used_weight(ip),
            orders,
        }
    }
}

/// What a fault makes of an answer.
async fn after(worked: Result<Value, ApiError>, plan: &RequestPlan) -> Outcome {
    match &plan.after {
        Some(Fault::TimeoutAfterAccept { hang_ms }) => {
            tokio::time::sleep(Duration::from_millis(*hang_ms)).await;
            Outcome::Dropped
        }
        Some(Fault::ErrorAfterAccept { status: 500 }) => {
            Outcome::Refused(ApiError::UnexpectedResponse)
        }
        Some(Fault::ErrorAfterAccept { status: 504 }) => Outcome::Refused(ApiError::BackendTimeout),
        Some(Fault::ErrorAfterAccept { status }) => Outcome::Bare(*status),
        _ => match worked {
            Ok(answer) => Outcome::Answered(answer),
            Err(error) => Outcome::Refused(error),
        },
    }
}
