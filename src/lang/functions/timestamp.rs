//! Reading RFC 3339 timestamps and durations like `1h30m`.
//! Knows nothing of the functions that use them.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::declare::Fault;

/// A moment: the clock's time and its offset from UTC, in seconds.
///
/// `jiff::Timestamp` would end a day before the year 9999 does, and people write 9999-12-31 for "never".
pub(super) struct Moment {
    pub clock: DateTime,
    pub offset: i32,
}

impl Moment {
    /// The time since the year zero in UTC, by which moments compare.
    pub fn instant(&self) -> SignedDuration {
        self.clock.duration_since(DateTime::constant(0, 1, 1, 0, 0, 0, 0))
            - SignedDuration::from_secs(self.offset.into())
    }
}

impl fmt::Display for Moment {
    /// In RFC 3339, without fractions of a second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.clock.strftime("%Y-%m-%dT%H:%M:%S"))?;
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let minutes = self.offset.abs() / 60;
        let sign = if self.offset < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Why a text is no timestamp.
pub(super) struct TimestampError {
    what: String,
    input: Option<String>,
}

impl TimestampError {
    pub fn fault(self) -> Fault {
        let message = format!("not a valid RFC3339 timestamp: {}", self.what);
        match self.input {
            Some(input) => Fault::about(message, input),
            None => Fault::new(message),
        }
    }
}

fn wrong<T>(what: impl Into<String>) -> Result<T, TimestampError> {
    Err(TimestampError { what: what.into(), input: None })
}

/// Reads an RFC 3339 timestamp, strictly: capital `T` and `Z`, two digits each, an offset.
pub(super) fn parse(text: &str) -> Result<Moment, TimestampError> {
    let mut rest = text;
    let year = part(&mut rest, 4, "year")?;
    expect(&mut rest, '-')?;
    let month = part(&mut rest, 2, "month")?;
    expect(&mut rest, '-')?;
    let day = part(&mut rest, 2, "day of month")?;
    if rest.strip_prefix('T').is_none() {
        return wrong("missing required time introducer 'T'");
    }
    expect(&mut rest, 'T')?;
    let hour = part(&mut rest, 2, "hour")?;
    expect(&mut rest, ':')?;
    let minute = part(&mut rest, 2, "minute")?;
    expect(&mut rest, ':')?;
    let second = part(&mut rest, 2, "second")?;
    let nanosecond = fraction(&mut rest);
    let offset = offset(rest)?;
    for (name, value, most) in [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59)] {
        if value > most {
            return wrong(format!("{name} must be between 0 and {most} inclusive"));
        }
    }
    if !(1..=12).contains(&month) {
        return wrong("month must be between 1 and 12 inclusive");
    }
    let small = |n: i32| i8::try_from(n).unwrap_or(i8::MAX);
    let date = i16::try_from(year).ok().and_then(|year| Date::new(year, small(month), small(day)).ok());
    let time = Time::new(small(hour), small(minute), small(second), nanosecond).ok();
    let (Some(date), Some(time)) = (date, time) else { return wrong("day out of range") };
    Ok(Moment { clock: date.to_datetime(time), offset })
}

fn part(rest: &mut &str, length: usize, name: &str) -> Result<i32, TimestampError> {
    if rest.is_empty() {
        return wrong(format!("end of string before {name}"));
    }
    let digits = rest.get(..length).filter(|s| s.bytes().all(|b| b.is_ascii_digit()));
    let Some(number) = digits.and_then(|digits| digits.parse().ok()) else {
        return Err(TimestampError {
            what: format!("cannot use {{input}} as {name}"),
            input: Some(format!("{rest:?}")),
        });
    };
    *rest = rest.get(length..).unwrap_or_default();
    Ok(number)
}

fn expect(rest: &mut &str, wanted: char) -> Result<(), TimestampError> {
    match rest.strip_prefix(wanted) {
        Some(after) => {
            *rest = after;
            Ok(())
        }
        None if rest.is_empty() => wrong(format!("end of string where \"{wanted}\" is expected")),
        None => Err(TimestampError {
            what: format!("found {{input}} where \"{wanted}\" is expected"),
            input: Some(format!("{rest:?}")),
        }),
    }
}

/// Digits after a point, as nanoseconds; further digits are passed over.
fn fraction(rest: &mut &str) -> i32 {
    let Some(digits) = rest.strip_prefix('.') else { return 0 };
    let after = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = digits.get(..digits.len() - after.len()).unwrap_or_default();
    if digits.is_empty() {
        return 0;
    }
    *rest = after;
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().unwrap_or(0)
}

/// The offset from UTC in seconds.
fn offset(text: &str) -> Result<i32, TimestampError> {
    if text == "Z" {
        return Ok(0);
    }
    if text.is_empty() {
        return wrong("end of string before UTC offset");
    }
    let unusable = || TimestampError {
        what: "cannot use {input} as UTC offset".into(),
        input: Some(format!("{text:?}")),
    };
    let sign = match text.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return Err(unusable()),
    };
    let mut rest = text.get(1..).unwrap_or_default();
    let hours = part(&mut rest, 2, "UTC offset").map_err(|_| unusable())?;
    expect(&mut rest, ':').map_err(|_| unusable())?;
    let minutes = part(&mut rest, 2, "UTC offset").map_err(|_| unusable())?;
    if !rest.is_empty() || hours > 23 || minutes > 59 {
        return Err(unusable());
    }
    Ok(sign * (hours * 3600 + minutes * 60))
}

/// A timestamp in one of YAML's forms, brought to RFC 3339; `None` if the text is none.
pub(super) fn from_yaml(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim_start()),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits =
        |s: &str, most: usize| (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?.trim_end(), time.get(at..)?),
        None => (time, "Z"),
    };
    let clock = if clock.is_empty() && time.is_empty() { "0:0:0" } else { clock };
    let (whole, fraction) = clock.split_once('.').map_or((clock, ""), |(w, f)| (w, f));
    let mut parts = whole.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let point = if fraction.is_empty() { "" } else { "." };
    if parts.next().is_some() || [hour, minute, second].iter().any(|s| !digits(s, 2)) {
        return None;
    }
    let full =
        format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}{point}{fraction}{zone}");
    parse(&full).ok().map(|moment| moment.to_string())
}

/// Reads a duration: a sign, then numbers with the units h, m, s, ms, us and ns.
pub(super) fn duration(text: &str) -> Result<SignedDuration, Fault> {
    let quoted = || format!("{text:?}");
    let invalid = || Fault::about("time: invalid duration {input}", quoted());
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = rest.get(..rest.len() - after.len()).unwrap_or_default();
        let tail = after.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '.');
        let unit = after.get(..after.len() - tail.len()).unwrap_or_default();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        let nanoseconds: i64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(Fault::about("time: missing unit in duration {input}", quoted())),
            _ => {
                return Err(Fault::about("time: unknown unit in duration {input}", quoted()));
            }
        };
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        // Fifteen digits are finer than a nanosecond of any unit.
        let digits: String = fraction.chars().take(15).collect();
        let part: i128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| invalid())? };
        let part = part * i128::from(nanoseconds) / 10_i128.pow(u32::try_from(digits.len()).unwrap_or(0));
        let sum = whole
            .checked_mul(nanoseconds)
            .and_then(|n| n.checked_add(i64::try_from(part).ok()?))
            .and_then(|n| total.checked_add(n));
        total = sum.ok_or_else(invalid)?;
        rest = tail;
    }
    Ok(SignedDuration::from_nanos(if negative { -total } else { total }))
}
