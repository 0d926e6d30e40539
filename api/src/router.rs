//! Every route there is.

use axum::{Router, extract::MatchedPath, middleware, routing::get};
use http::{HeaderName, HeaderValue, Method, header};
use platform::telemetry::{self, request::RequestLayer};
use tower_http::cors::CorsLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

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
        admin, auth, backtests, billing, bots, config, connections, console, deals, docs, events,
        fills, health, hooks, markets, me, orders, portfolio,
    },
    state::AppState,
};

/// Lists routes: the budget that the calls of a handler are counted against, whose budget that is, and the handler. What
/// the handler asks of its caller is added to its document.
macro_rules! routes {
    ($state:ident: $($class:ident by $by:ident => $($handler:ident)::+,)+) => {
        OpenApiRouter::new()$(.routes(limited(
            $state,
            (RouteClass::$class, By::$by),
            documented!($($handler)::+),
        )))+
    };
}

/// A handler's route, with what the handler asks of its caller in the document.
macro_rules! documented {
    ($($handler:tt)+) => {
        access::documented(access::of($($handler)+), utoipa_axum::routes!($($handler)+))
    };
}

/// Every route that has a document, by resource. `Auth` is where passwords, codes and tokens are tried, and what is heavy;
/// `Stop`, which ends trading, has a budget of its own: whatever else was done must not keep anybody from it.
fn resources(state: &AppState) -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(documented!(health::get_health))
        .merge(public(state))
        .merge(auth(state))
        .merge(me(state))
        .merge(connections(state))
        .merge(bots(state))
        .merge(trades(state))
        .merge(backtests(state))
        .merge(billing(state))
        .merge(admin(state))
}

fn public(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by Address => config::get_config,
        Read by Address => docs::get_openapi,
        Read by Address => docs::get_asyncapi,
    }
}

fn auth(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Auth by Address => auth::register::register_user,
        Auth by Address => auth::verify_email::verify_email,
        Auth by Address => auth::verify_email::resend_verification,
        Auth by Address => auth::login::login_user,
        Auth by Address => auth::login_totp::login_with_totp,
        Auth by Address => auth::refresh::refresh_session,
        Write by User => auth::logout::logout_session,
        Write by User => auth::logout::logout_everywhere,
        Auth by Address => auth::step_up::step_up_session,
        Write by User => auth::realtime_token::create_realtime_token,
        Read by User => auth::sessions::list_sessions,
        Write by User => auth::sessions::revoke_session,
        Auth by Address => auth::forgot_password::forgot_password,
        Auth by Address => auth::reset_password::reset_password,
        Auth by Address => auth::change_password::change_password,
        Auth by Address => auth::change_email::change_email,
        Auth by Address => auth::change_email::confirm_email_change,
        Auth by Address => auth::change_email::cancel_email_change,
        Read by User => auth::totp::get_totp,
        Write by User => auth::totp::enrol_totp,
        Auth by Address => auth::totp::confirm_totp,
        Write by User => auth::totp::disable_totp,
        Write by User => auth::totp::recovery::renew_recovery_codes,
        Read by User => auth::tokens::list_tokens,
        Write by User => auth::tokens::create_token,
        Write by User => auth::tokens::revoke_token,
    }
}

fn me(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => me::get_me,
        Write by User => me::update_me,
        Auth by Address => me::delete::delete_me,
        Auth by Address => me::export::export_me,
        Read by User => me::preferences::get_preferences,
        Write by User => me::preferences::update_preferences,
        Read by User => me::security_log::list_security_log,
        Read by User => events::list_events,
    }
}

fn connections(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => connections::list_connections,
        Write by User => connections::create::create_connection,
        Read by User => connections::get_connection,
        Write by User => connections::update::update_connection,
        Write by User => connections::delete_connection,
        Write by User => connections::rotate::rotate_credentials,
        Write by User => connections::confirm_live::confirm_live_connection,
        Write by User => connections::feed::control_feed,
        Write by User => connections::test::test_connection,
        Read by User => markets::venues::list_venues,
        Read by User => markets::list_symbols,
        Read by User => markets::get_ticker,
        Read by User => markets::list_candles,
    }
}

fn bots(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => bots::list_bots,
        Write by User => bots::create::create_bot,
        Read by User => bots::preview::preview_bot,
        Read by User => bots::presets::list_bot_presets,
        Write by User => bots::create::clone_bot,
        Read by User => bots::get_bot,
        Write by User => bots::update::update_bot,
        Write by User => bots::delete_bot,
        Trade by User => bots::control::start_bot,
        Trade by User => bots::control::resume_bot,
        Trade by User => bots::deals::take_over_base,
        Trade by User => bots::deals::add_deal_funds,
        Stop by User => bots::control::pause_bot,
        Stop by User => bots::control::stop_bot,
        Stop by User => bots::control::panic_close_bot,
        Stop by User => bots::deals::close_bot_deal,
        Stop by User => bots::deals::cancel_bot_deal,
        Read by User => bots::history::get_bot_state,
        Read by User => bots::history::list_bot_deals,
        Read by User => bots::history::list_bot_orders,
        Read by User => bots::history::list_bot_fills,
        Read by User => bots::history::list_bot_decisions,
        Read by User => bots::performance::get_bot_performance,
        Read by User => bots::signals::list_bot_signals,
        Write by User => bots::signals::create_signal_secret,
        Hook by Address => hooks::receive_signal,
    }
}

/// What all bots of a user did together.
fn trades(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => deals::list_deals,
        Read by User => orders::list_orders,
        Read by User => fills::list_fills,
        Read by User => portfolio::get_balances,
        Read by User => portfolio::get_equity,
        Read by User => portfolio::get_pnl,
        Read by User => portfolio::export::export_trades,
        Stop by User => portfolio::stop_all_bots,
    }
}

fn backtests(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => backtests::list_backtests,
        Write by User => backtests::create::create_backtest,
        Write by User => backtests::search::search_backtests,
        Read by User => backtests::compare::compare_backtests,
        Read by User => backtests::get_backtest,
        Read by User => backtests::list_backtest_trades,
        Write by User => backtests::cancel_backtest,
        Write by User => backtests::delete_backtest,
    }
}

fn billing(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => billing::plans::list_plans,
        Read by User => billing::subscription::get_subscription,
        Read by User => billing::invoices::list_invoices,
        Write by User => billing::checkout::create_checkout,
        Write by User => billing::portal::create_portal,
        Webhook by Address => billing::webhook::receive_webhook,
    }
}

fn admin(state: &AppState) -> OpenApiRouter<AppState> {
    routes! { state:
        Read by User => admin::users::list_users,
        Read by User => admin::users::get_user,
        Write by User => admin::users::status::suspend_user,
        Write by User => admin::users::status::ban_user,
        Write by User => admin::users::status::reactivate_user,
        Write by User => admin::users::role::set_role,
        Read by User => admin::users::sessions::list_user_sessions,
        Write by User => admin::users::sessions::revoke_user_sessions,
        Read by User => admin::users::sockets::list_user_sockets,
        Write by User => admin::users::sockets::disconnect_user_sockets,
        Read by User => admin::plans::list_all_plans,
        Write by User => admin::plans::put_plan,
        Read by User => admin::security_log::list_security_log,
        Read by User => admin::settings::get_settings,
        Write by User => admin::settings::update_settings,
        Write by User => admin::maintenance::set_maintenance,
        Write by User => admin::broadcast::send_broadcast,
        Read by User => admin::figures::get_figures,
    }
}

/// A route whose calls are counted against a budget.
fn limited(
    state: &AppState,
    (class, by): (RouteClass, By),
    (schemas, paths, router): UtoipaMethodRouter<AppState>,
) -> UtoipaMethodRouter<AppState> {
    let limit = rate_limit::Limit {
        state: state.clone(),
        class,
        by,
    };
    let layer = middleware::from_fn_with_state(limit, rate_limit::enforce);
    (schemas, paths, router.layer(layer))
}

/// The routes, with their document.
pub fn build(state: &AppState) -> (Router, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(openapi::Base::openapi())
        .merge(resources(state))
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
        .layer(docs::documents(&document, &state.web))
        .route(console::ASSETS_PATH, get(console::get_asset))
        .fallback(console::get_page)
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
            header::LOCATION,
            header::RETRY_AFTER,
            name("ratelimit-limit"),
            name("ratelimit-remaining"),
            name("ratelimit-reset"),
            name("x-request-id"),
        ])
        .max_age(std::time::Duration::from_mins(10))
}
