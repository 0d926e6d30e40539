//! Its pages: paying, and the portal.

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Redirect, Response},
};

use super::{Action, Shared, WorldError, control};

fn page(title: &str, body: &str) -> Response {
    Html(format!(
        "<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>\
         <p>This is not Stripe, and no money moves.</p>{body}"
    ))
    .into_response()
}

fn text(value: &serde_json::Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn missing(kind: &'static str, id: String) -> Response {
    WorldError::Missing { kind, id }.into_response()
}

pub(super) async fn get_payment(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let Some(session) = shared.world().sessions.get(&id).cloned() else {
        return missing("checkout session", id);
    };
    let body = format!(
        "<p>{}: {}</p><form method=post><button>Pay</button></form><p><a href='{}'>Do not</a></p>",
        text(&session, "price"),
        text(&session, "status"),
        text(&session, "cancel_url"),
    );
    page("Checkout", &body)
}

pub(super) async fn pay(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let back = shared
        .world()
        .sessions
        .get(&id)
        .map(|session| text(session, "success_url"));
    match (
        control::act(&shared, Action::PaySession { session: id }),
        back,
    ) {
        (Ok(_), Some(back)) => Redirect::to(&back).into_response(),
        (Ok(_), None) => page("Paid", ""),
        (Err(error), _) => error.into_response(),
    }
}

pub(super) async fn get_portal(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    let world = shared.world();
    let Some(portal) = world.portals.get(&id).cloned() else {
        return missing("portal", id);
    };
    let customer = text(&portal, "customer");
    let own = world
        .subscriptions
        .iter()
        .filter(|(_, one)| text(one, "customer") == customer);
    let body: String = own
        .map(|(id, one)| offers(id, &text(one, "status"), world.prices.keys()))
        .collect();
    let back = text(&portal, "return_url");
    page("Portal", &format!("{body}<p><a href='{back}'>Back</a></p>"))
}

/// What can be done with a subscription.
fn offers<'a>(id: &str, status: &str, prices: impl Iterator<Item = &'a String>) -> String {
    let button = |value: String, label: String| {
        format!("<form method=post><button name=do value='{value}'>{label}</button></form>")
    };
    let fixed = [
        ("pay", "Pay what is owed"),
        ("cancel", "Cancel"),
        ("end", "End now"),
    ];
    let fixed = fixed.map(|(does, label)| button(format!("{does} {id}"), label.to_owned()));
    let changes =
        prices.map(|price| button(format!("change {id} {price}"), format!("Change to {price}")));
    let title = format!("<h2>{id}: {status}</h2>");
    std::iter::once(title).chain(fixed).chain(changes).collect()
}

pub(super) async fn use_portal(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let asked = url::form_urlencoded::parse(body.as_bytes())
        .find(|(name, _)| name == "do")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let words: Vec<&str> = asked.split(' ').collect();
    let action = match words.as_slice() {
        ["pay", id] => Action::Retry {
            subscription: (*id).to_owned(),
            paid: true,
        },
        ["cancel", id] => Action::Cancel {
            subscription: (*id).to_owned(),
            at_period_end: true,
        },
        ["end", id] => Action::Cancel {
            subscription: (*id).to_owned(),
            at_period_end: false,
        },
        ["change", id, price] => Action::ChangePrice {
            subscription: (*id).to_owned(),
            price: (*price).to_owned(),
        },
        _ => return WorldError::Field("do").into_response(),
    };
    match control::act(&shared, action) {
        Ok(_) => Redirect::to(&format!("/portal/{id}")).into_response(),
        Err(error) => error.into_response(),
    }
}
