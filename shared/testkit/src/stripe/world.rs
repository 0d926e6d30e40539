//! What there is at Stripe, and what becomes of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Things by id. Ids are counted, so their order is the one in which they were made.
type Things = BTreeMap<String, Value>;

const MONTH: i64 = 30 * 24 * 3600;

/// The fields of a form, as they came: `metadata[user_id]` is a name.
pub(super) type Form = BTreeMap<String, String>;

/// What cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// There is none.
    #[error("no such {kind}: {id}")]
    Missing {
        /// What.
        kind: &'static str,
        /// Which.
        id: String,
    },
    /// A field is missing or makes no sense.
    #[error("{0} is missing or wrong")]
    Field(&'static str),
    /// It has ended, or was paid before.
    #[error("that is over")]
    Over,
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct World {
    /// The time, in seconds.
    pub now: i64,
    /// Prices.
    pub prices: Things,
    /// Customers.
    pub customers: Things,
    /// Checkouts.
    pub sessions: Things,
    /// Portals that were opened.
    pub portals: Things,
    /// Subscriptions.
    pub subscriptions: Things,
    /// Invoices.
    pub invoices: Things,
    /// What happened.
    pub events: Things,
    /// How often a webhook was sent and not taken.
    pub refused: u64,
    /// Requests by their idempotency key: the form, and the answer.
    pub(super) kept: BTreeMap<String, (Form, Value)>,
    counted: u64,
}

fn find<'a>(things: &'a Things, kind: &'static str, id: &str) -> Result<&'a Value, WorldError> {
    things.get(id).ok_or_else(|| WorldError::Missing {
        kind,
        id: id.to_owned(),
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn field<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, WorldError> {
    form.get(name)
        .map(String::as_str)
        .ok_or(WorldError::Field(name))
}

impl World {
    fn id(&mut self, prefix: &str) -> String {
        self.counted += 1;
        format!("{prefix}_fake{:08}", self.counted)
    }

    fn tell(&mut self, kind: &str, object: &Value) {
        let id = self.id("evt");
        let event = json!({
            "id": id, "object": "event", "api_version": "2025-08-27.basil", "created": self.now, "type": kind,
            "livemode": false, "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null },
            "data": { "object": object },
        });
        self.events.insert(id, event);
    }

    /// Makes a price that is due every month.
    pub fn add_price(&mut self, id: &str, unit_amount: i64, currency: &str) -> Value {
        let price = json!({
            "id": id, "object": "price", "active": true, "currency": currency, "unit_amount": unit_amount,
            "type": "recurring", "livemode": false, "created": self.now,
            "recurring": { "interval": "month", "interval_count": 1, "usage_type": "licensed" },
        });
        self.prices.insert(id.to_owned(), price.clone());
        price
    }

    /// A price.
    ///
    /// # Errors
    /// When there is none.
    pub fn price(&self, id: &str) -> Result<Value, WorldError> {
        find(&self.prices, "price", id).cloned()
    }

    /// Makes a customer.
    pub(super) fn create_customer(&mut self, form: &Form) -> Value {
        let id = self.id("cus");
        let customer = json!({
            "id": id, "object": "customer", "email": form.get("email"), "created": self.now, "livemode": false,
            "metadata": { "user_id": form.get("metadata[user_id]") },
        });
        self.customers.insert(id, customer.clone());
        customer
    }

    /// Begins a checkout.
    ///
    /// # Errors
    /// When a field is missing, or names nothing.
    pub(super) fn create_session(&mut self, form: &Form, base: &str) -> Result<Value, WorldError> {
        if field(form, "mode")? != "subscription" {
            return Err(WorldError::Field("mode"));
        }
        let customer = field(form, "customer")?;
        find(&self.customers, "customer", customer)?;
        let price = field(form, "line_items[0][price]")?;
        find(&self.prices, "price", price)?;
        field(form, "success_url")?;
        let id = self.id("cs_test");
        let session = json!({
            "id": id, "object": "checkout.session", "mode": "subscription", "status": "open", "livemode": false,
            "payment_status": "unpaid", "customer": customer, "subscription": null, "created": self.now,
            "client_reference_id": form.get("client_reference_id"), "success_url": form.get("success_url"),
            "cancel_url": form.get("cancel_url"), "url": format!("{base}/pay/{id}"), "price": price,
            // Of the subscription, really: it is kept here until there is one.
            "metadata": match form.get("subscription_data[metadata][user_id]") {
                Some(user) => json!({ "user_id": user }),
                None => json!({}),
            },
        });
        self.sessions.insert(id, session.clone());
        Ok(session)
    }

    /// Lets a checkout be paid no more.
    ///
    /// # Errors
    /// When there is none, or it was paid or expired before.
    pub(super) fn expire_session(&mut self, id: &str) -> Result<Value, WorldError> {
        let session = self.sessions.get_mut(id).ok_or(WorldError::Missing {
            kind: "checkout session",
            id: id.to_owned(),
        })?;
        if text(session, "status") != "open" {
            return Err(WorldError::Over);
        }
        session["status"] = json!("expired");
        session["url"] = Value::Null;
        let session = session.clone();
        self.tell("checkout.session.expired", &session);
        Ok(session)
    }

    /// Those of a customer in a state, newest first.
    pub(super) fn sessions_of(&self, customer: &str, status: &str, limit: usize) -> Value {
        let found = self
            .sessions
            .values()
            .rev()
            .filter(|one| text(one, "customer") == customer && text(one, "status") == status);
        page(found.cloned().collect(), limit)
    }

    /// Opens a portal.
    ///
    /// # Errors
    /// When there is no such customer.
    pub(super) fn create_portal(&mut self, form: &Form, base: &str) -> Result<Value, WorldError> {
        let customer = field(form, "customer")?;
        find(&self.customers, "customer", customer)?;
        let id = self.id("bps");
        let portal = json!({
            "id": id, "object": "billing_portal.session", "customer": customer, "created": self.now,
            "return_url": form.get("return_url"), "url": format!("{base}/portal/{id}"), "livemode": false,
        });
        self.portals.insert(id, portal.clone());
        Ok(portal)
    }

    /// Pays a checkout: a subscription begins.
    ///
    /// # Errors
    /// When there is none, or it was paid before.
    pub fn pay_session(&mut self, session: &str) -> Result<Value, WorldError> {
        let found = find(&self.sessions, "checkout session", session)?.clone();
        if text(&found, "status") != "open" {
            return Err(WorldError::Over);
        }
        let id = self.id("sub");
        let item = self.id("si");
        let price = self.price(text(&found, "price"))?;
        let subscription = json!({
            "id": id, "object": "subscription", "customer": found["customer"], "status": "incomplete",
            "created": self.now, "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null,
            "ended_at": null, "latest_invoice": null, "livemode": false,
            "metadata": found["metadata"],
            "items": { "object": "list", "has_more": false, "data": [{
                "id": item, "object": "subscription_item", "price": price, "quantity": 1,
                "current_period_start": self.now, "current_period_end": self.now + MONTH,
            }] },
        });
        self.subscriptions.insert(id.clone(), subscription.clone());
        self.tell("customer.subscription.created", &subscription);
        let invoice = self.bill(&id, "subscription_create")?;
        self.set(&id, "status", json!("active"))?;
        self.settle(&invoice)?;
        let session = self.sessions.entry(session.to_owned()).or_default();
        session["status"] = json!("complete");
        session["payment_status"] = json!("paid");
        session["subscription"] = json!(id);
        let session = session.clone();
        self.tell("checkout.session.completed", &session);
        Ok(find(&self.subscriptions, "subscription", &id)?.clone())
    }

    /// Changes a field of a subscription, unsaid.
    fn set(&mut self, id: &str, name: &str, value: Value) -> Result<(), WorldError> {
        find(&self.subscriptions, "subscription", id)?;
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription[name] = value;
        }
        Ok(())
    }

    /// Says that a subscription changed.
    fn updated(&mut self, id: &str) -> Result<Value, WorldError> {
        let subscription = find(&self.subscriptions, "subscription", id)?.clone();
        self.tell("customer.subscription.updated", &subscription);
        Ok(subscription)
    }

    /// Asks for money: an open invoice.
    fn bill(&mut self, subscription: &str, reason: &str) -> Result<String, WorldError> {
        let found = find(&self.subscriptions, "subscription", subscription)?.clone();
        let price = &found["items"]["data"][0]["price"];
        let id = self.id("in");
        let number = format!("FAKE-{:04}", self.invoices.len() + 1);
        let invoice = json!({
            "id": id, "object": "invoice", "customer": found["customer"], "number": number, "status": "open",
            "currency": price["currency"], "amount_due": price["unit_amount"], "amount_paid": 0,
            "created": self.now, "billing_reason": reason, "livemode": false, "attempt_count": 0,
            "hosted_invoice_url": format!("https://invoice.example.com/{id}"),
            "invoice_pdf": format!("https://invoice.example.com/{id}.pdf"),
            "status_transitions": { "finalized_at": self.now, "paid_at": null },
            "parent": { "type": "subscription_details", "subscription_details": { "subscription": subscription } },
        });
        self.invoices.insert(id.clone(), invoice);
        self.set(subscription, "latest_invoice", json!(id))?;
        Ok(id)
    }

    /// Pays an invoice, and says so.
    fn settle(&mut self, invoice: &str) -> Result<(), WorldError> {
        find(&self.invoices, "invoice", invoice)?;
        let now = self.now;
        let entry = self.invoices.entry(invoice.to_owned()).or_default();
        entry["status"] = json!("paid");
        entry["amount_paid"] = entry["amount_due"].clone();
        entry["status_transitions"]["paid_at"] = json!(now);
        let (paid, subscription) = (
            entry.clone(),
            entry["parent"]["subscription_details"]["subscription"].clone(),
        );
        self.updated(subscription.as_str().unwrap_or_default())?;
        self.tell("invoice.paid", &paid);
        Ok(())
    }

    /// Lets a payment fail, and says so.
    fn fail(&mut self, id: &str, invoice: &str) -> Result<Value, WorldError> {
        let entry = self.invoices.entry(invoice.to_owned()).or_default();
        entry["attempt_count"] = json!(entry["attempt_count"].as_i64().unwrap_or(0) + 1);
        let failed = entry.clone();
        self.set(id, "status", json!("past_due"))?;
        self.tell("invoice.payment_failed", &failed);
        self.updated(id)
    }

    /// The next period begins; its payment succeeds or fails.
    ///
    /// # Errors
    /// When there is no such subscription, or it has ended.
    pub fn renew(&mut self, id: &str, paid: bool) -> Result<Value, WorldError> {
        self.living(id)?;
        let now = self.now;
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            let item = &mut subscription["items"]["data"][0];
            item["current_period_start"] = json!(now);
            item["current_period_end"] = json!(now + MONTH);
        }
        let invoice = self.bill(id, "subscription_cycle")?;
        if paid {
            self.set(id, "status", json!("active"))?;
            self.settle(&invoice)?;
            return Ok(find(&self.subscriptions, "subscription", id)?.clone());
        }
        self.fail(id, &invoice)
    }

    /// The open invoice is tried again.
    ///
    /// # Errors
    /// When there is no such subscription, or nothing is owed.
    pub fn retry(&mut self, id: &str, paid: bool) -> Result<Value, WorldError> {
        self.living(id)?;
        let subscription = find(&self.subscriptions, "subscription", id)?;
        let invoice = text(subscription, "latest_invoice").to_owned();
        if text(find(&self.invoices, "invoice", &invoice)?, "status") != "open" {
            return Err(WorldError::Over);
        }
        if paid {
            self.set(id, "status", json!("active"))?;
            self.settle(&invoice)?;
            return Ok(find(&self.subscriptions, "subscription", id)?.clone());
        }
        self.fail(id, &invoice)
    }

    /// Stripe no longer tries.
    ///
    /// # Errors
    /// When there is no such subscription.
    pub fn give_up(&mut self, id: &str) -> Result<Value, WorldError> {
        self.living(id)?;
        self.set(id, "status", json!("unpaid"))?;
        self.updated(id)
    }

    /// Another price from now on.
    ///
    /// # Errors
    /// When there is no such subscription or price.
    pub fn change_price(&mut self, id: &str, price: &str) -> Result<Value, WorldError> {
        self.living(id)?;
        let price = self.price(price)?;
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription["items"]["data"][0]["price"] = price;
        }
        self.updated(id)
    }

    /// Ends it, now or with the period.
    ///
    /// # Errors
    /// When there is no such subscription, or it has ended.
    pub fn cancel(&mut self, id: &str, at_period_end: bool) -> Result<Value, WorldError> {
        self.living(id)?;
        if at_period_end {
            self.set(id, "cancel_at_period_end", json!(true))?;
            return self.updated(id);
        }
        self.set(id, "status", json!("canceled"))?;
        self.set(id, "canceled_at", json!(self.now))?;
        self.set(id, "ended_at", json!(self.now))?;
        let ended = find(&self.subscriptions, "subscription", id)?.clone();
        self.tell("customer.subscription.deleted", &ended);
        Ok(ended)
    }

    fn living(&self, id: &str) -> Result<(), WorldError> {
        match text(find(&self.subscriptions, "subscription", id)?, "status") {
            "canceled" => Err(WorldError::Over),
            _ => Ok(()),
        }
    }

    /// Those of a customer, newest first, the newest invoice in full.
    pub fn subscriptions_of(&self, customer: &str, limit: usize) -> Value {
        let mut found: Vec<Value> = self
            .subscriptions
            .values()
            .rev()
            .filter(|one| text(one, "customer") == customer)
            .cloned()
            .collect();
        for one in &mut found {
            if let Some(invoice) = self.invoices.get(text(one, "latest_invoice")) {
                one["latest_invoice"] = invoice.clone();
            }
        }
        page(found, limit)
    }

    /// Those of a customer, newest first.
    pub fn invoices_of(&self, customer: &str, after: Option<&str>, limit: usize) -> Value {
        let found = self
            .invoices
            .iter()
            .rev()
            .filter(|(id, one)| {
                text(one, "customer") == customer && after.is_none_or(|after| id.as_str() < after)
            })
            .map(|(_, one)| one.clone());
        page(found.collect(), limit)
    }
}

fn page(mut rows: Vec<Value>, limit: usize) -> Value {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    json!({ "object": "list", "data": rows, "has_more": has_more })
}
