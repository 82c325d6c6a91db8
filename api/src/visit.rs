//! Where a request comes from: the client's address, behind proxies too, and what the device calls itself.

use std::{future::Ready, net::IpAddr};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use domain::text::{Lines, normalise};

use crate::{auth::app_of, problem::Problem};

const FORWARDED_FOR: &str = "x-forwarded-for";
/// How much of a device's name is kept, in characters.
const DEVICE_MAX: usize = 200;

/// The address that a request is counted for: one of IPv4, or the 64 bits of an IPv6 network, within which a client may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    network: IpAddr,
    /// Whether it is one client's, and not that of a proxy that all of them come through. What counts by address leaves others alone: it would
    /// be a limit for everybody together.
    pub is_clients: bool,
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// Whether an address is within an operator's own network, where a proxy may stand that nobody told us of.
fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// An address of `X-Forwarded-For`, some proxies add the port.
fn forwarded(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    bracketed.unwrap_or(text).parse().ok().or_else(with_port)
}

impl ClientAddress {
    /// The address before so many trusted proxies. Each adds who spoke to it at the end of `X-Forwarded-For`, so it is counted from there:
    /// what stands further left is what the client claims.
    fn of(peer: Option<IpAddr>, headers: &HeaderMap, trusted_hops: usize) -> Self {
        let peer = peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
        let said: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        if trusted_hops == 0 {
            // A proxy that nobody told us of: its address is everybody's.
            let is_proxys = peer.to_canonical().is_loopback() || (is_internal(peer) && !said.is_empty());
            return Self { network: network(peer), is_clients: !is_proxys };
        }
        // Fewer than there should be proxies: the setting is too high, and the first is the client's all the same.
        let at = said.len().saturating_sub(trusted_hops);
        match said.get(at).map(|text| forwarded(text)) {
            Some(Some(address)) => Self { network: network(address), is_clients: true },
            // No proxy writes that.
            Some(None) => Self { network: network(peer), is_clients: false },
            // Past the proxies: a health check from within, or somebody who found a way around.
            None => Self { network: network(peer), is_clients: !is_internal(peer) },
        }
    }

    /// The address as bytes, to be digested.
    pub fn bytes(&self) -> Vec<u8> {
        match self.network {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The address.
    pub address: ClientAddress,
    /// What the device calls itself, where it says so.
    pub device: Option<String>,
    /// Whether it seems to come through a proxy that the settings do not count.
    pub through_unknown_proxy: bool,
}

impl Visit {
    /// Where this one comes from.
    pub fn of(request: &HttpRequest, trusted_hops: usize) -> Self {
        let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let device = agent.and_then(|agent| {
            let agent: String = agent.chars().take(DEVICE_MAX).collect();
            normalise(&agent, DEVICE_MAX, Lines::One).ok()
        });
        let peer = request.peer_addr().map(|address| address.ip());
        let address = ClientAddress::of(peer, request.headers(), trusted_hops);
        let is_forwarded = request.headers().contains_key(FORWARDED_FOR);
        let through_unknown_proxy = trusted_hops == 0 && !address.is_clients && is_forwarded;
        Self { address, device, through_unknown_proxy }
    }
}

impl FromRequest for Visit {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(app_of(request).map(|app| Self::of(request, app.trusted_hops)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn address(peer: &str, said: &[&str], hops: usize) -> (String, bool) {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(HeaderName::from_static(FORWARDED_FOR), HeaderValue::from_str(value).unwrap());
        }
        let address = ClientAddress::of(Some(peer.parse().unwrap()), &headers, hops);
        (address.network.to_string(), address.is_clients)
    }

    #[test]
    fn without_proxies_the_address_is_whoever_speaks() {
        assert_eq!(address("203.0.113.7", &[], 0), ("203.0.113.7".to_owned(), true));
        assert_eq!(address("203.0.113.7", &["198.51.100.1"], 0), ("203.0.113.7".to_owned(), true), "a claim");
        assert_eq!(address("::ffff:203.0.113.7", &[], 0), ("203.0.113.7".to_owned(), true));
        assert_eq!(address("2001:db8:1:2:3:4:5:6", &[], 0), ("2001:db8:1:2::".to_owned(), true));
        assert_eq!(address("10.1.2.3", &[], 0), ("10.1.2.3".to_owned(), true), "an office's own network");
    }

    #[test]
    fn a_proxy_that_nobody_told_us_of_is_not_taken_for_a_client() {
        assert!(!address("127.0.0.1", &[], 0).1);
        assert!(!address("::1", &["203.0.113.7"], 0).1);
        assert!(!address("172.18.0.5", &["203.0.113.7"], 0).1);
    }

    #[test]
    fn behind_proxies_it_is_counted_from_the_right() {
        let is = |said: &[&str], hops| address("172.18.0.5", said, hops);
        assert_eq!(is(&["203.0.113.7"], 1), ("203.0.113.7".to_owned(), true));
        assert_eq!(is(&["1.1.1.1, 203.0.113.7"], 1), ("203.0.113.7".to_owned(), true), "the claim is further left");
        assert_eq!(is(&["1.1.1.1", "203.0.113.7"], 1), ("203.0.113.7".to_owned(), true));
        assert_eq!(is(&["1.1.1.1, 203.0.113.7, 10.0.0.1"], 2), ("203.0.113.7".to_owned(), true));
        assert_eq!(is(&["203.0.113.7:51234"], 1), ("203.0.113.7".to_owned(), true));
        assert_eq!(is(&["[2001:db8:1:2::9]:443"], 1), ("2001:db8:1:2::".to_owned(), true));
        // One hop too many is no limit for all together.
        assert_eq!(is(&["203.0.113.7"], 2), ("203.0.113.7".to_owned(), true));
        assert!(!is(&["unknown"], 1).1);
        assert!(!is(&[], 1).1);
        assert_eq!(address("198.51.100.1", &[], 1), ("198.51.100.1".to_owned(), true), "around the proxy");
    }
}
