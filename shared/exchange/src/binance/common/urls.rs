//! Where Binance is.

use std::net::IpAddr;

use url::{Host, Url};

/// Which of Binance's exchanges is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// The exchange on which real money is traded.
    Live,
    /// Play money, in markets of its own; emptied every month.
    Testnet,
    /// Play money, at prices like those of the real markets.
    Demo,
}

/// The addresses of one exchange. Each can be replaced: by another host of Binance, or by an emulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    environment: Environment,
    rest: Url,
    streams: Url,
    ws_api: Url,
}

/// An address that is not to be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not an absolute URL, or one with a user, a query or a fragment.
    #[error("the {0} address must be an absolute URL without user, query and fragment")]
    Malformed(&'static str),
    /// Not encrypted although the host is not on a private network.
    #[error(
        "the {name} address must begin with {scheme}:// unless its host is on this machine or a private network"
    )]
    NotEncrypted {
        /// Which of the addresses is wrong.
        name: &'static str,
        /// The scheme that is needed.
        scheme: &'static str,
    },
}

impl Environment {
    /// Binance's own addresses of REST, of streams and of the WebSocket API.
    pub const fn addresses(self) -> [&'static str; 3] {
        match self {
            Self::Live => [
                "https://api.binance.com",
                "wss://stream.binance.com:9443",
                "wss://ws-api.binance.com/ws-api/v3",
            ],
            Self::Testnet => [
                "https://testnet.binance.vision",
                "wss://stream.testnet.binance.vision",
                "wss://ws-api.testnet.binance.vision/ws-api/v3",
            ],
            Self::Demo => [
                "https://demo-api.binance.com",
                "wss://demo-stream.binance.com",
                "wss://demo-ws-api.binance.com/ws-api/v3",
            ],
        }
    }
}

impl Urls {
    /// Binance's own addresses.
    ///
    /// # Errors
    /// Never for these; it is the check that replaced addresses pass.
    pub fn of(environment: Environment) -> Result<Self, UrlError> {
        let [rest, streams, ws_api] = environment.addresses();
        Self::custom(environment, rest, streams, ws_api)
    }

    /// Other addresses for an exchange: `rest` without `/api`, `streams` without `/stream`, `ws_api` whole.
    ///
    /// Keys travel there, so `https` and `wss` are required. `http` and `ws` are allowed to this machine and to private
    /// networks: loopback, private and unique local IP addresses, `localhost`, names under `.localhost` and `.internal`,
    /// and names without a dot, as containers have them, which no public resolver answers.
    ///
    /// # Errors
    /// [`UrlError`] for the first address that is not to be used.
    pub fn custom(
        environment: Environment,
        rest: &str,
        streams: &str,
        ws_api: &str,
    ) -> Result<Self, UrlError> {
        Ok(Self {
            environment,
            rest: checked("REST", rest, ["https", "http"])?,
            streams: checked("stream", streams, ["wss", "ws"])?,
            ws_api: checked("WebSocket API", ws_api, ["wss", "ws"])?,
        })
    }

    /// Which exchange the addresses stand for.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// Whether REST is at one of Binance's own hosts, rather than at one that stands for it.
    pub(crate) fn is_rest_of_binance(&self) -> bool {
        self.rest.domain().is_some_and(|name| {
            let name = name.trim_end_matches('.');
            name == "binance.com" || name.ends_with(".binance.com")
        })
    }

    /// The URL of a REST path that begins with a slash.
    pub(crate) fn rest(&self, path: &str) -> Url {
        joined(&self.rest, path)
    }

    /// Where streams of several markets are opened.
    pub(crate) fn combined_streams(&self) -> Url {
        joined(&self.streams, "/stream")
    }

    /// Where the WebSocket API is.
    pub(crate) const fn ws_api(&self) -> &Url {
        &self.ws_api
    }
}

fn joined(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let prefix = base.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}{path}"));
    url
}

fn checked(
    name: &'static str,
    text: &str,
    [encrypted, plain]: [&'static str; 2],
) -> Result<Url, UrlError> {
    let url = Url::parse(text).map_err(|_| UrlError::Malformed(name))?;
    let has_more = !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some();
    let Some(host) = url.host().filter(|_| !has_more) else {
        return Err(UrlError::Malformed(name));
    };
    let is_allowed = url.scheme() == encrypted || (url.scheme() == plain && is_private(&host));
    if is_allowed {
        Ok(url)
    } else {
        Err(UrlError::NotEncrypted {
            name,
            scheme: encrypted,
        })
    }
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback() || address.is_private(),
        Host::Ipv6(address) => match IpAddr::V6(*address).to_canonical() {
            IpAddr::V4(address) => address.is_loopback() || address.is_private(),
            IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
        },
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || name.ends_with(".localhost") || name.ends_with(".internal")
        }
    }
}
