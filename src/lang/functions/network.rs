//! Functions over IP address blocks in CIDR notation.
//! Knows nothing of cloud networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bigdecimal::ToPrimitive;
use ipnet::IpNet;

use crate::base::{Number, Type, Value};

use super::declare::{Args, Fault, Function, WHOLE, function};

pub(super) fn functions() -> Vec<Function> {
    use Type::{Number, String as Text};
    vec![
        function("cidrhost", "The address of a host by its number in the block.")
            .text("prefix")
            .number("hostnum")
            .gives(Text, host),
        function("cidrnetmask", "The block's prefix length as an IPv4 netmask.").text("prefix").gives(
            Text,
            |a| match block(a)? {
                IpNet::V4(net) => Ok(net.netmask().to_string().into()),
                IpNet::V6(_) => Err(Fault::about("IPv6 addresses cannot have a netmask: {input}", a.text(0))),
            },
        ),
        function("cidrsubnet", "A block inside the block, by bits to extend it and its number.")
            .text("prefix")
            .number("newbits")
            .number("netnum")
            .gives(Text, subnet),
        function("cidrsubnets", "Blocks inside the block, one after the other.")
            .text("prefix")
            .rest("newbits", Number)
            .gives(Type::list(Text), subnets),
    ]
}

fn block(a: &Args) -> Result<IpNet, Fault> {
    let text = a.text(0);
    let wrong = || Fault::about("invalid CIDR expression: invalid CIDR address: {input}", text);
    let (address, length) = text.split_once('/').ok_or_else(wrong)?;
    let length: u8 = length.parse().map_err(|_| wrong())?;
    // Leading zeros are decimal here, as they were in Terraform before it knew better.
    let address: IpAddr = match address.parse() {
        Ok(address) => address,
        Err(_) => {
            let parts: Option<Vec<u8>> = address.split('.').map(|p| p.parse().ok()).collect();
            let parts: [u8; 4] = parts.and_then(|p| p.try_into().ok()).ok_or_else(wrong)?;
            IpAddr::from(parts)
        }
    };
    Ok(IpNet::new(address, length).map_err(|_| wrong())?.trunc())
}

/// The bits of a block's first address, right-aligned, and the length of an address.
fn bits(net: &IpNet) -> (u128, u8) {
    match net.network() {
        IpAddr::V4(ip) => (u32::from(ip).into(), 32),
        IpAddr::V6(ip) => (ip.into(), 128),
    }
}

fn address(bits: u128, width: u8) -> IpAddr {
    if width == 32 { Ipv4Addr::from(bits as u32).into() } else { Ipv6Addr::from(bits).into() }
}

/// The greatest number that fits the bits.
fn most(bits: u8) -> u128 {
    u128::MAX.checked_shr(128 - u32::from(bits)).unwrap_or(0)
}

fn write(bits: u128, width: u8, length: u8) -> String {
    format!("{}/{length}", address(bits, width))
}

fn host(a: &Args) -> Result<Value, Fault> {
    let net = block(a)?;
    let number: &Number = a.number(1);
    if !number.is_integer() {
        return Err(Fault::new("value must be a whole number"));
    }
    let (start, width) = bits(&net);
    let most = most(width - net.prefix_len());
    // A negative number counts from the end of the block.
    let distance = if number.is_negative() { number.neg() } else { number.clone() };
    let offset = distance
        .to_decimal()
        .to_u128()
        .and_then(|n| if number.is_negative() { most.checked_sub(n - 1) } else { (n <= most).then_some(n) });
    match offset {
        Some(offset) => Ok(address(start | offset, width).to_string().into()),
        None => Err(Fault::about(
            format!("prefix of {} does not accommodate a host numbered {{input}}", net.prefix_len()),
            number.to_string(),
        )),
    }
}

fn subnet(a: &Args) -> Result<Value, Fault> {
    let net = block(a)?;
    let new_bits = a.whole(1)?;
    if !a.number(2).is_integer() {
        return Err(Fault::new(WHOLE));
    }
    let (start, width) = bits(&net);
    let length = net.prefix_len();
    let insufficient =
        || Fault::new(format!("insufficient address space to extend prefix of {length} by {new_bits}"));
    let new_bits = u8::try_from(new_bits).map_err(|_| match new_bits {
        ..0 => Fault::new("must not extend prefix by a negative number of bits").at(1),
        _ => insufficient(),
    })?;
    let new_length = length.checked_add(new_bits).filter(|n| *n <= width).ok_or_else(insufficient)?;
    let number = a.number(2).to_decimal().to_u128().filter(|n| *n <= most(new_bits));
    let Some(number) = number else {
        return Err(Fault::about(
            format!("prefix extension of {new_bits} does not accommodate a subnet numbered {{input}}"),
            a.number(2).to_string(),
        ));
    };
    let shifted = number.checked_shl(u32::from(width - new_length)).unwrap_or(0);
    Ok(write(start | shifted, width, new_length).into())
}

fn subnets(a: &Args) -> Result<Value, Fault> {
    let net = block(a).map_err(|f| f.at(0))?;
    let (start, width) = bits(&net);
    let last = start | most(width - net.prefix_len());
    let mut next = Some(start);
    let mut blocks: Vec<Value> = Vec::new();
    let mut before = String::new();
    for (i, _) in a.values.iter().enumerate().skip(1) {
        let wrong = |what: String| Fault::new(what).at(i);
        let new_bits = a.whole(i).map_err(|f| f.at(i))?;
        if new_bits < 1 {
            return Err(wrong("must extend prefix by at least one bit".into()));
        }
        if new_bits > 32 {
            return Err(wrong("may not extend prefix by more than 32 bits".into()));
        }
        let length = i64::from(net.prefix_len()) + new_bits;
        let Some(length) = u8::try_from(length).ok().filter(|n| *n <= width) else {
            let version = if width == 32 { 4 } else { 6 };
            let what = "bits, which is too long for an";
            return Err(wrong(format!("would extend prefix to {length} {what} IPv{version} address")));
        };
        // A block starts at a multiple of its size.
        let size = most(width - length).saturating_add(1);
        let aligned = next.and_then(|at| at.checked_next_multiple_of(size)).filter(|at| *at <= last);
        let Some(at) = aligned else {
            let what =
                format!("not enough remaining address space for a subnet with a prefix of {length} bits");
            return Err(Fault::about(format!("{what} after {{input}}"), before).at(i));
        };
        before = write(at, width, length);
        blocks.push(before.as_str().into());
        next = at.checked_add(size);
    }
    Ok(Value::list(Type::String, blocks))
}
