//! How values of settings are written: `10s`, `64MiB`, `10.0.0.0/8`.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use bytesize::ByteSize;
use ipnet::IpNet;

/// A time: `500ms`, `10s`, `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Duration);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text).map(Self).map_err(|error| format!("{error}; write it like 500ms, 10s or 1h"))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// A number of bytes: `65536`, `64KiB`, `64MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) usize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size: ByteSize = text.parse().map_err(|error| format!("{error}; write it like 65536, 64KiB or 64MiB"))?;
        usize::try_from(size.as_u64()).map(Self).map_err(|_| "that is more than this machine can address".to_owned())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        let whole = units.iter().find(|(bits, _)| self.0 > 0 && self.0.trailing_zeros() >= *bits);
        match whole {
            Some((bits, unit)) => write!(f, "{}{unit}", self.0 >> bits),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A network, or one address: `10.0.0.0/8`, `::1`.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address)),
        Err(_) => text.parse::<IpNet>().map(|network| network.trunc()),
    };
    network.map_err(|_| "that is no network; write it like 10.0.0.0/8, fd00::/8 or 192.0.2.7".to_owned())
}

/// A name of a node, which stands in lists and in paths.
pub(super) fn node_name(text: &str) -> Result<String, String> {
    const LONGEST: usize = 100;
    let is_fit = |one: char| one.is_ascii_alphanumeric() || "._:-".contains(one);
    if !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_fit) {
        return Ok(text.to_owned());
    }
    Err(format!("a name has letters, digits, `.`, `_`, `:` and `-`, and at most {LONGEST} of them"))
}

/// A number that makes no sense when it is 0.
pub(super) fn at_least_one<T: FromStr + PartialEq + From<u8>>(text: &str) -> Result<T, String> {
    match text.replace('_', "").parse::<T>() {
        Ok(number) if number != T::from(0) => Ok(number),
        _ => Err("that is no number from 1 on".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        for size in [0, 1, 1000, 1 << 10, 64 << 20, 3 << 30, (1 << 20) + 1] {
            assert_eq!(Size(size).to_string().parse(), Ok(Size(size)));
        }
        for milliseconds in [1, 500, 1_000, 90_000, 86_400_000] {
            let time = Time(Duration::from_millis(milliseconds));
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn an_address_is_a_network_of_one() {
        assert_eq!(network("127.0.0.1").map(|network| network.to_string()).as_deref(), Ok("127.0.0.1/32"));
        assert_eq!(network("10.1.2.3/8").map(|network| network.to_string()).as_deref(), Ok("10.0.0.0/8"));
        assert!(network("ten").is_err());
    }

    #[test]
    fn nothing_is_no_number() {
        assert_eq!(at_least_one::<u32>("1_000"), Ok(1000));
        assert!(at_least_one::<usize>("0").is_err() && at_least_one::<u32>("-1").is_err());
    }
}
