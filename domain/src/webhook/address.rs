//! Where nothing is sent: addresses that are not of the public internet, unless an operator allows them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// What is special among IPv4 addresses (IANA IPv4 Special-Purpose Address Registry, RFC 6890), with multicast and what is reserved.
const SPECIAL_V4: [Ipv4Net; 15] = [
    // This network.
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    // Shared by carriers (RFC 6598).
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    // Link-local, and the metadata of clouds.
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    // Documentation.
    v4(192, 0, 2, 0, 24),
    // 6to4 relays, given up.
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    // Benchmarks.
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// All that is given out of IPv6: outside are loopback, link-local, unique local, multicast, and the prefixes that carry an IPv4 address
/// (mapped, NAT64).
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What is special within it (IANA IPv6 Special-Purpose Address Registry).
const SPECIAL_V6: [Ipv6Net; 4] = [
    // Protocols, with Teredo, which carries an IPv4 address.
    v6(0x2001, 0, 23),
    v6(0x2001, 0x0db8, 32),
    // 6to4, which carries an IPv4 address.
    v6(0x2002, 0, 16),
    v6(0x3fff, 0, 20),
];

/// What an operator means who allows private targets without saying which: this machine, and networks of one's own (RFC 1918, RFC 4193).
/// Link-local addresses are not among them, since clouds have their metadata there.
const OWN: [IpNet; 6] = [
    IpNet::V4(v4(127, 0, 0, 0, 8)),
    IpNet::V4(v4(10, 0, 0, 0, 8)),
    IpNet::V4(v4(172, 16, 0, 0, 12)),
    IpNet::V4(v4(192, 168, 0, 0, 16)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
    IpNet::V6(v6(0xfc00, 0, 7)),
];

/// Networks that targets may lie in though they are not public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedNetworks(Vec<IpNet>);

impl AllowedNetworks {
    /// Reads `true`, `false`, nothing, or networks and addresses separated by commas.
    ///
    /// # Errors
    /// The part that is none of them.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" | "false" => Ok(Self::default()),
            "true" => Ok(Self(OWN.to_vec())),
            list => {
                let network = |part: &str| {
                    let part = part.trim();
                    let alone = || part.parse::<IpAddr>().map(IpNet::from);
                    part.parse::<IpNet>().or_else(|_| alone()).map_err(|_| format!("{part:?} is no network"))
                };
                list.split(',').map(network).collect::<Result<_, _>>().map(Self)
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether a target may be connected to at that address: it is public, or lies in one of them. Whoever reads the way there in clear
    /// must be one's own: without TLS only what lies in one of them.
    pub fn permit(&self, address: IpAddr, is_encrypted: bool) -> bool {
        self.contain(address) || is_encrypted && is_public(address)
    }
}

/// Whether an address is of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_public_is_refused() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!AllowedNetworks::default().permit(ip(text), true), "{text}");
        }
    }

    #[test]
    fn what_is_public_is_not_and_never_in_clear() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.255.255",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "2001:200::1",
            "2400:cb00::1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(AllowedNetworks::default().permit(ip(text), true), "{text}");
            assert!(!AllowedNetworks::default().permit(ip(text), false), "{text}");
            assert!(!AllowedNetworks::parse("true").unwrap().permit(ip(text), false), "{text}");
        }
    }

    #[test]
    fn an_operator_allows_what_is_named() {
        let own = AllowedNetworks::parse("true").unwrap();
        for text in ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd00::1", "::ffff:127.0.0.1"] {
            assert!(own.permit(ip(text), false) && own.permit(ip(text), true), "{text}");
        }
        for text in ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "100.64.0.1"] {
            assert!(!own.permit(ip(text), true), "{text}");
        }
        let some = AllowedNetworks::parse(" 10.20.0.0/16, 192.168.7.5,fd12::/16").unwrap();
        assert!(some.contain(ip("10.20.9.9")) && some.contain(ip("192.168.7.5")) && some.contain(ip("fd12:1::5")));
        assert!(!some.contain(ip("10.21.0.1")) && !some.contain(ip("192.168.7.6")) && !some.contain(ip("127.0.0.1")));
        assert!(AllowedNetworks::parse("").unwrap().is_empty() && AllowedNetworks::parse("false").unwrap().is_empty());
        assert_eq!(AllowedNetworks::parse("10.0.0.0/8,x").unwrap_err(), "\"x\" is no network");
        assert!(AllowedNetworks::parse("10.0.0.0/33").is_err());
    }
}
