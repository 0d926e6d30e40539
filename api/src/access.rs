//! What routes ask of their callers, read off the types of their handlers' arguments and shown in the OpenAPI: what is
//! documented is what is enforced.

use axum::extract::{Extension, Query, Request, State};
use bytes::Bytes;
use http::{HeaderMap, Method};
use utoipa::openapi::{
    extensions::Extensions,
    path::{Operation, Paths},
    security::SecurityRequirement,
};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::operations;

/// The OpenAPI extension that names a route's [`Access`].
pub const EXTENSION: &str = "x-access";

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// A user, by any credential; of an API token the scope `read`.
    Read,
    /// A user, by any credential; of an API token the scope `trade`.
    Trade,
    /// A user in person: a session of ours or of the frontend, no API token.
    Person,
    /// A session of ours.
    Session,
    /// A session of ours in which a second factor was given lately.
    SteppedUp,
    /// A session of ours of an admin. Reads: also an admin's API token with the scope `admin`.
    Admin,
    /// A session of ours of an admin in which a second factor was given lately: what admins change.
    SteppedUpAdmin,
}

impl Access {
    /// Its name in the OpenAPI.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Person => "person",
            Self::Session => "session",
            Self::SteppedUp => "step_up",
            Self::Admin => "admin",
            Self::SteppedUpAdmin => "admin_step_up",
        }
    }

    /// The credentials that may satisfy it, in terms of the OpenAPI.
    fn security(self, method: &Method) -> Vec<SecurityRequirement> {
        let own = ["bearer", "cookie"];
        let (frontend, scope) = match self {
            Self::Public => return vec![SecurityRequirement::default()],
            Self::Read => (true, Some("read")),
            Self::Trade => (true, Some("trade")),
            Self::Person => (true, None),
            Self::Session | Self::SteppedUp | Self::SteppedUpAdmin => (false, None),
            Self::Admin => (false, method.is_safe().then_some("admin")),
        };
        let without_scopes = own
            .into_iter()
            .chain(frontend.then_some("nextauth"))
            .map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()));
        without_scopes
            .chain(scope.map(|scope| SecurityRequirement::new("api_token", [scope])))
            .collect()
    }
}

/// An argument of a handler, and the access that it requires of the caller; most require none.
#[diagnostic::on_unimplemented(
    message = "the argument `{Self}` does not say what access it requires of the caller",
    note = "implement `access::RequiresAccess` for it; callers are taken as `Reader`, `Trader`, `Person`, `SessionUser`, `SteppedUp`, `Admin` or `SteppedUpAdmin`"
)]
pub trait RequiresAccess {
    /// What it requires.
    const ACCESS: Access = Access::Public;
}

impl<T> RequiresAccess for State<T> {}
impl<T> RequiresAccess for Extension<T> {}
impl<T> RequiresAccess for Query<T> {}
impl<T: RequiresAccess> RequiresAccess for Option<T> {
    const ACCESS: Access = T::ACCESS;
}
impl RequiresAccess for HeaderMap {}
impl RequiresAccess for Bytes {}
impl RequiresAccess for Request {}

/// A handler, whose arguments ask something of the caller.
pub trait Guarded<Arguments> {
    /// The strictest of them.
    const ACCESS: Access;
}

const fn strictest(asked: &[Access]) -> Access {
    let (mut strictest, mut at) = (Access::Public, 0);
    while at < asked.len() {
        if asked[at] as u8 > strictest as u8 {
            strictest = asked[at];
        }
        at += 1;
    }
    strictest
}

macro_rules! guarded {
    ($($argument:ident)*) => {
        impl<F, R, $($argument),*> Guarded<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R,
            $($argument: RequiresAccess,)*
        {
            const ACCESS: Access = strictest(&[$($argument::ACCESS),*]);
        }
    };
}

guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);
guarded!(A B C D);
guarded!(A B C D E);
guarded!(A B C D E G);
guarded!(A B C D E G H);
guarded!(A B C D E G H I);

/// What a handler asks of its caller.
pub fn of<Arguments, H: Guarded<Arguments>>(_: H) -> Access {
    H::ACCESS
}

/// Routes whose document says what they ask.
pub fn documented<S>(
    access: Access,
    (schemas, mut paths, router): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    for (method, operation) in operations(&mut paths) {
        let security = access.security(&method);
        match access {
            // What else it takes, such as a refresh token, only the handler knows.
            Access::Public => {
                operation.security.get_or_insert(security);
            }
            _ => operation.security = Some(security),
        }
        let said = Extensions::from_iter([(EXTENSION, access.as_str())]);
        operation.extensions.get_or_insert_default().merge(said);
    }
    (schemas, paths, router)
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = (Method, &mut Operation)> {
    paths.paths.values_mut().flat_map(operations::slots)
}
