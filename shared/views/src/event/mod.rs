//! The events of a user: what each type tells, and how the log, the sockets and REST show it.
//!
//! This is the one definition. The engine and the api append an [`EventBody`] to the log, the relay passes its JSON on to
//! the sockets as it was stored, and [`Event`] is its schema in the OpenAPI document. The log keeps events for seven days:
//! what is added to a body has to be readable beside what was written before.

mod account;
mod backtests;
mod billing;
mod bots;
mod connections;
mod orders;

use chrono::{DateTime, Utc};
use events::EventType;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::value::RawValue;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat, Type},
};

pub use account::{
    ApiTokenCreated, ApiTokenRevoked, RegisteredUser, SecondFactorDisabled, SecondFactorEnabled,
    SessionCreated, SessionRevoked, UserRegistered, UserUpdated,
};
pub use backtests::{BacktestCreated, BacktestDeleted, BacktestFinished};
pub use billing::{
    BillingCheckoutCompleted, BillingInvoicePaid, BillingPaymentFailed, BillingPlanDowngraded,
    BillingSubscriptionChanged, InvoiceSum,
};
pub use bots::{BotCreated, BotDeleted, BotStatusChanged, BotUpdated, DealClosed, DealOpened};
pub use connections::{
    AssetBalance, BalanceUpdated, ConnectionCreated, ConnectionDeleted, ConnectionUpdated,
    FeedChange,
};
pub use orders::{OrderCancelled, OrderCreated, OrderFilled, OrderRejected};

/// One body a type of the catalogue, each named like its type: a type without a body does not compile.
macro_rules! bodies {
    ($($body:ident,)+) => {
        /// What an event tells, by type.
        #[derive(Debug, Clone, PartialEq)]
        pub enum EventBody {
            $(#[doc = concat!("Data of [`EventType::", stringify!($body), "`].")] $body($body),)+
        }

        impl EventBody {
            /// Its type.
            pub const fn event_type(&self) -> EventType {
                match self {
                    $(Self::$body(_) => EventType::$body,)+
                }
            }

            /// The JSON of `data`.
            ///
            /// # Errors
            /// None that is known: every body has its JSON.
            pub fn data(&self) -> serde_json::Result<serde_json::Value> {
                match self {
                    $(Self::$body(data) => serde_json::to_value(data),)+
                }
            }
        }

        /// `{"type": …, "data": …}`.
        impl Serialize for EventBody {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut fields = serializer.serialize_struct("EventBody", 2)?;
                fields.serialize_field("type", &self.event_type())?;
                match self {
                    $(Self::$body(data) => fields.serialize_field("data", data)?,)+
                }
                fields.end()
            }
        }

        $(impl From<$body> for EventBody {
            fn from(data: $body) -> Self {
                Self::$body(data)
            }
        })+

        /// The name of the schema of the data of events of a type.
        fn data_name(of: EventType) -> std::borrow::Cow<'static, str> {
            match of {
                $(EventType::$body => $body::name(),)+
            }
        }

        fn data_schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            $(
                schemas.push(($body::name().into_owned(), $body::schema()));
                $body::schemas(schemas);
            )+
        }
    };
}

bodies! {
    UserRegistered,
    UserUpdated,
    SessionCreated,
    SessionRevoked,
    SecondFactorEnabled,
    SecondFactorDisabled,
    ApiTokenCreated,
    ApiTokenRevoked,
    ConnectionCreated,
    ConnectionUpdated,
    ConnectionDeleted,
    BotCreated,
    BotUpdated,
    BotDeleted,
    BotStatusChanged,
    DealOpened,
    DealClosed,
    OrderCreated,
    OrderFilled,
    OrderCancelled,
    OrderRejected,
    BalanceUpdated,
    BacktestCreated,
    BacktestFinished,
    BacktestDeleted,
    BillingCheckoutCompleted,
    BillingSubscriptionChanged,
    BillingInvoicePaid,
    BillingPaymentFailed,
    BillingPlanDowngraded,
}

/// An event of the log, as it was written there: perhaps by another version than this one.
#[derive(Debug, Serialize)]
pub struct Event {
    /// Its place in the user's stream: from 1, without gaps.
    pub seq: i64,
    /// What happened: `noun.verb_past`, from the catalogue of event types.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was written to the log.
    #[serde(with = "platform::time::wire")]
    pub at: DateTime<Utc>,
    /// What there is to know about it, by type.
    pub data: Box<RawValue>,
}

/// By hand: `type` says which `data` it is, one object a type of the catalogue.
impl PartialSchema for Event {
    fn schema() -> RefOr<Schema> {
        let by_type = EventType::ALL
            .iter()
            .fold(OneOfBuilder::new(), |one_of, event| {
                one_of.item(schema_of(*event))
            });
        by_type
            .description(Some("An event of the log: `type` says what `data` holds."))
            .into()
    }
}

impl ToSchema for Event {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        data_schemas(schemas);
    }
}

fn schema_of(event: EventType) -> ObjectBuilder {
    let seq = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1))
        .description(Some(
            "Its place in the user's stream: from 1, without gaps.",
        ));
    let kind = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([event.as_str()]));
    let at = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("When it was written to the log."));
    ObjectBuilder::new()
        .title(Some(event.as_str()))
        .property("seq", seq)
        .property("type", kind)
        .property("at", at)
        .property("data", Ref::from_schema_name(data_name(event)))
        .required("seq")
        .required("type")
        .required("at")
        .required("data")
}

#[cfg(test)]
mod tests;
