//! What a deployment decides about a node, beyond its limits: plain values, read from settings by the command.
//!
//! Each field says who acts on it. Limits are in [`crate::limits`].

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use ipnet::IpNet;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Who may read the description of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiDocs {
    /// Everybody who reaches the application's port.
    #[default]
    On,
    /// Nobody.
    Off,
    /// Whoever reaches the administration's port.
    Admin,
}

/// How a node speaks HTTP. The module [`crate::http`] acts on all of it.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Proxies whose word about the client is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// The address under which clients know the application, whatever a request says.
    pub root_url: Option<RootUrl>,
    /// Who may read the description of the interface.
    pub api_docs: ApiDocs,
    /// The secret of the administration's interface; without one there is none.
    pub admin_token: Option<AdminToken>,
    /// How long a node that is to stop is not ready but still serves: as long as a load balancer needs to notice.
    pub drain_delay: Duration,
    /// How long calls that are under way may take to end then.
    pub drain_time: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            root_url: None,
            api_docs: ApiDocs::On,
            admin_token: None,
            drain_delay: Duration::from_secs(1),
            drain_time: Duration::from_secs(30),
        }
    }
}

impl HttpOptions {
    /// Whether an address is that of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

/// The secret of the administration's interface. Only its hash is kept.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// The token of that text; none when it is blank.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(Sha256::digest(text).into()))
    }

    /// Whether somebody's word is the token, in a time that says nothing about either.
    pub fn is(&self, said: &str) -> bool {
        let said: [u8; 32] = Sha256::digest(said).into();
        self.0.ct_eq(&said).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// `https://shop.example/app`: a scheme, a host with or without a port, a path with or without content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootUrl {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// `shop.example` or `127.0.0.1:8080`.
    pub host: Arc<str>,
    /// `/app`; empty when the application is at the root.
    pub prefix: Arc<str>,
}

impl std::str::FromStr for RootUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write it like https://shop.example or https://example.org/shop";
        let (scheme, rest) = if let Some(rest) = text.strip_prefix("https://") {
            ("https", rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            ("http", rest)
        } else {
            return Err(format!("it does not begin with http:// or https://; {example}"));
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = crate::http::origin::host(host).ok_or_else(|| format!("`{host}` is no host; {example}"))?;
        let prefix =
            crate::http::origin::prefix(path).ok_or_else(|| format!("`{path}` is no path for links; {example}"))?;
        Ok(Self { scheme, host: host.into(), prefix: prefix.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_url_is_taken_apart() {
        let root: RootUrl = "https://example.org:8443/shop/".parse().expect("it is well formed");
        assert_eq!((root.scheme, &*root.host, &*root.prefix), ("https", "example.org:8443", "/shop"));
        let root: RootUrl = "http://[::1]".parse().expect("it is well formed");
        assert_eq!((root.scheme, &*root.host, &*root.prefix), ("http", "[::1]", ""));
        for wrong in ["example.org", "https://", "https://a b/", "https://a/?q", "ftp://a", "https://ann@a"] {
            assert!(wrong.parse::<RootUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_knows_itself_and_hides() {
        let token = AdminToken::new(" s3cret\n").expect("it is not blank");
        assert!(token.is("s3cret") && !token.is("s3cre") && !token.is(""));
        assert_eq!(format!("{token:?}"), "AdminToken(…)");
        assert!(AdminToken::new(" \n").is_none(), "an empty file is no token that everybody knows");
    }

    #[test]
    fn a_mapped_address_is_the_address() {
        let options =
            HttpOptions { trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")], ..HttpOptions::default() };
        assert!(options.trusts("::ffff:10.1.2.3".parse().expect("an address")));
        assert!(!options.trusts("11.1.2.3".parse().expect("an address")));
    }
}
