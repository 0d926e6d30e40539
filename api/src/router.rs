//! Every route there is.

use axum::{Router, extract::MatchedPath, middleware};
use http::{HeaderName, HeaderValue, Method, header};
use platform::telemetry::{self, request::RequestLayer};
use tower_http::cors::CorsLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    access,
    error::ApiError,
    limits::RouteClass,
    middleware::{
        conditional, csrf, deadline, envelope, maintenance, query_guard,
        rate_limit::{self, By},
        readiness,
    },
    openapi,
    routes::{
        admin, auth, backtests, billing, bots, config, connections, deals, docs, events, fills,
        health, markets, me, orders, portfolio,
    },
    state::AppState,
};

/// A route, with what its handler asks of its caller.
macro_rules! routes {
    ($($handler:tt)+) => {
        access::documented(access::of($($handler)+), utoipa_axum::routes!($($handler)+))
    };
}

/// Routes without a budget.
fn unlimited() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health::get_health))
}

/// Where passwords, codes and tokens are tried, and what is heavy.
fn guessable() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(auth::register::register_user))
        .routes(routes!(auth::login::login_user))
        .routes(routes!(auth::login_totp::login_with_totp))
        .routes(routes!(auth::refresh::refresh_session))
        .routes(routes!(auth::step_up::step_up_session))
        .routes(routes!(auth::totp::confirm_totp))
        .routes(routes!(auth::verify_email::verify_email))
        .routes(routes!(auth::verify_email::resend_verification))
        .routes(routes!(auth::forgot_password::forgot_password))
        .routes(routes!(auth::reset_password::reset_password))
        .routes(routes!(auth::change_password::change_password))
        .routes(routes!(auth::change_email::change_email))
        .routes(routes!(auth::change_email::confirm_email_change))
        .routes(routes!(auth::change_email::cancel_email_change))
        .routes(routes!(me::export::export_me))
        .routes(routes!(me::delete::delete_me))
}

/// Reads.
fn reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(me::get_me))
        .routes(routes!(me::preferences::get_preferences))
        .routes(routes!(me::security_log::list_security_log))
        .routes(routes!(auth::sessions::list_sessions))
        .routes(routes!(auth::totp::get_totp))
        .routes(routes!(auth::tokens::list_tokens))
        .routes(routes!(events::list_events))
        .routes(routes!(connections::list_connections))
        .routes(routes!(connections::get_connection))
        .routes(routes!(markets::list_venues))
        .routes(routes!(markets::list_symbols))
        .routes(routes!(markets::get_ticker))
        .routes(routes!(markets::list_candles))
        .routes(routes!(bots::list_bots))
        .routes(routes!(bots::get_bot))
        .routes(routes!(bots::history::get_bot_state))
        .routes(routes!(bots::history::list_bot_deals))
        .routes(routes!(bots::history::list_bot_orders))
        .routes(routes!(bots::history::list_bot_fills))
        .routes(routes!(bots::history::list_bot_decisions))
        .routes(routes!(bots::performance::get_bot_performance))
        .routes(routes!(backtests::list_backtests))
        .routes(routes!(backtests::get_backtest))
        .routes(routes!(backtests::list_backtest_trades))
        .routes(routes!(backtests::compare::compare_backtests))
        .routes(routes!(deals::list_deals))
        .routes(routes!(orders::list_orders))
        .routes(routes!(fills::list_fills))
        .routes(routes!(portfolio::get_balances))
        .routes(routes!(portfolio::get_equity))
        .routes(routes!(portfolio::get_pnl))
        .routes(routes!(portfolio::export::export_trades))
}

/// Reads that ask for no user.
fn public_reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(config::get_config))
        .routes(routes!(docs::get_openapi))
}

/// Writes.
fn writes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(me::update_me))
        .routes(routes!(me::preferences::update_preferences))
        .routes(routes!(auth::logout::logout_session))
        .routes(routes!(auth::logout::logout_everywhere))
        .routes(routes!(auth::realtime_token::create_realtime_token))
        .routes(routes!(auth::sessions::revoke_session))
        .routes(routes!(connections::create::create_connection))
        .routes(routes!(connections::update::update_connection))
        .routes(routes!(connections::rotate::rotate_credentials))
        .routes(routes!(connections::confirm_live::confirm_live_connection))
        .routes(routes!(auth::totp::enrol_totp))
        .routes(routes!(auth::totp::disable_totp))
        .routes(routes!(auth::totp::recovery::renew_recovery_codes))
        .routes(routes!(auth::tokens::create_token))
        .routes(routes!(auth::tokens::revoke_token))
        .routes(routes!(connections::delete_connection))
        .routes(routes!(connections::feed::control_feed))
        .routes(routes!(connections::test::test_connection))
        .routes(routes!(bots::create::create_bot))
        .routes(routes!(bots::create::clone_bot))
        .routes(routes!(bots::update::update_bot))
        .routes(routes!(bots::delete_bot))
        .routes(routes!(backtests::create::create_backtest))
        .routes(routes!(backtests::search::search_backtests))
        .routes(routes!(backtests::cancel_backtest))
        .routes(routes!(backtests::delete_backtest))
}

/// Orders and bots.
fn trades() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bots::control::start_bot))
        .routes(routes!(bots::control::resume_bot))
}

/// What ends trading. With a budget of its own: whatever else was done must not keep anybody from it.
fn stops() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bots::control::stop_bot))
        .routes(routes!(bots::control::pause_bot))
        .routes(routes!(bots::control::panic_close_bot))
        .routes(routes!(bots::deals::close_bot_deal))
        .routes(routes!(bots::deals::cancel_bot_deal))
        .routes(routes!(portfolio::stop_all_bots))
}

/// Plans, and what was subscribed to.
fn plan_reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(billing::plans::list_plans))
        .routes(routes!(billing::subscription::get_subscription))
        .routes(routes!(billing::invoices::list_invoices))
        .routes(routes!(admin::plans::list_all_plans))
}

/// Buying plans, and making them.
fn plan_writes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(billing::checkout::create_checkout))
        .routes(routes!(billing::portal::create_portal))
        .routes(routes!(admin::plans::put_plan))
}

/// Calls from other systems.
fn webhooks() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(billing::webhook::receive_webhook))
}

/// The routes, with their document.
pub fn build(state: &AppState) -> (Router, utoipa::openapi::OpenApi) {
    let limited = |class: RouteClass, by: By, router: OpenApiRouter<AppState>| {
        let limit = rate_limit::Limit {
            state: state.clone(),
            class,
            by,
        };
        router.route_layer(middleware::from_fn_with_state(limit, rate_limit::enforce))
    };
    let by_address = |class, router| limited(class, By::Address, router);
    let by_user = |class, router| limited(class, By::User, router);
    let (router, document) = OpenApiRouter::with_openapi(openapi::Base::openapi())
        .merge(unlimited())
        .merge(by_address(RouteClass::Auth, guessable()))
        .merge(by_address(RouteClass::Read, public_reads()))
        .merge(by_user(RouteClass::Read, reads().merge(admin_reads())))
        .merge(by_user(RouteClass::Write, writes().merge(admin_writes())))
        .merge(by_user(RouteClass::Trade, trades()))
        .merge(by_user(RouteClass::Stop, stops()))
        .merge(by_user(RouteClass::Read, plan_reads()))
        .merge(by_user(RouteClass::Write, plan_writes()))
        .merge(by_address(RouteClass::Webhook, webhooks()))
        .split_for_parts();
    let document = openapi::complete(document);
    let with_query = query_guard::WithQuery::of(&document);
    let router = router
        .route_layer(middleware::from_fn_with_state(
            with_query,
            query_guard::guard,
        ))
        .route_layer(middleware::from_fn(conditional::answer))
        .merge(docs::pages(&state.web))
        .layer(docs::document(&document))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(state.clone(), csrf::guard))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            maintenance::gate,
        ))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            readiness::gate,
        ))
        .layer(middleware::from_fn(deadline::enforce))
        .layer(envelope::catch_panics())
        .layer(cors(&state.web.origins))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            envelope::wrap,
        ))
        .layer(telemetry::sentry_layers::<axum::body::Body>())
        .layer(RequestLayer::new(template))
        .with_state(state.clone());
    (router, document)
}

fn admin_reads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(admin::users::list_users))
        .routes(routes!(admin::users::get_user))
        .routes(routes!(admin::users::sessions::list_user_sessions))
        .routes(routes!(admin::users::sockets::list_user_sockets))
        .routes(routes!(admin::security_log::list_security_log))
        .routes(routes!(admin::settings::get_settings))
        .routes(routes!(admin::figures::get_figures))
}

fn admin_writes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(admin::users::status::suspend_user))
        .routes(routes!(admin::users::status::ban_user))
        .routes(routes!(admin::users::status::reactivate_user))
        .routes(routes!(admin::users::role::set_role))
        .routes(routes!(admin::users::sessions::revoke_user_sessions))
        .routes(routes!(admin::users::sockets::disconnect_user_sockets))
        .routes(routes!(admin::settings::update_settings))
        .routes(routes!(admin::maintenance::set_maintenance))
        .routes(routes!(admin::broadcast::send_broadcast))
}

fn template(_: &http::Uri, extensions: &http::Extensions) -> Option<String> {
    extensions
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned())
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    let name = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            name("idempotency-key"),
            name("x-request-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            name("ratelimit-limit"),
            name("ratelimit-remaining"),
            name("ratelimit-reset"),
            name("x-request-id"),
        ])
        .max_age(std::time::Duration::from_mins(10))
}
