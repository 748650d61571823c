//! Functions over moments in time.
//! Knows nothing of how timestamps are read; `timestamp` owns that.

use jiff::tz::TimeZone;

use crate::base::{Type, Value};

use super::declare::{Args, Fault, Function, function};
use super::timestamp::{self, Moment};

pub(super) fn functions() -> Vec<Function> {
    use Type::{Number, String as Text};
    vec![
        function(
            "formatdate",
            "The timestamp by the letters of the format: YYYY, MM, DD, hh, mm, ss and more.",
        )
        .text("format")
        .text("time")
        .gives(Text, format_date),
        function("plantimestamp", "The time of the plan, the same until it is applied.")
            .gives(Text, |a| Ok(time_of(a.env.plan_time))),
        function("timeadd", "The timestamp moved by a duration like 1h30m.")
            .text("timestamp")
            .text("duration")
            .gives(Text, time_add),
        function("timecmp", "-1, 0 or 1, as the first timestamp is before, at or after the second.")
            .text("timestamp_a")
            .text("timestamp_b")
            .gives(Number, |a| {
                let (x, y) = (moment(a, 0)?, moment(a, 1)?);
                Ok(Value::number(x.instant().cmp(&y.instant()) as i32))
            }),
        function("timestamp", "The time of the apply; unknown while planning.")
            .gives(Text, |a| Ok(time_of(a.env.apply_time))),
    ]
}

fn time_of(time: Option<jiff::Timestamp>) -> Value {
    match time {
        Some(time) => time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into(),
        None => Value::unknown(Type::String),
    }
}

fn moment(a: &Args, at: usize) -> Result<Moment, Fault> {
    timestamp::parse(a.text(at)).map_err(|e| e.fault().at(at))
}

fn time_add(a: &Args) -> Result<Value, Fault> {
    let moment = timestamp::parse(a.text(0)).map_err(|e| e.fault())?;
    let duration = timestamp::duration(a.text(1))?;
    let out_of_range = |_| Fault::new("the result is out of the range of timestamps");
    let clock = moment.clock.checked_add(duration).map_err(out_of_range)?;
    Ok(Moment { clock, ..moment }.to_string().into())
}

fn format_date(a: &Args) -> Result<Value, Fault> {
    let moment = moment(a, 1)?;
    let mut out = String::new();
    let mut rest = a.text(0);
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = literal(rest, &mut out)?;
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(c).len();
        let verb = rest.get(..run).unwrap_or_default();
        if c.is_ascii_alphabetic() {
            write_verb(verb, &moment, &mut out)?;
        } else {
            out.push_str(verb);
        }
        rest = rest.get(run..).unwrap_or_default();
    }
    Ok(out.into())
}

/// Copies what is between quotes, in which two quotes stand for one, and gives the rest.
fn literal<'a>(text: &'a str, out: &mut String) -> Result<&'a str, Fault> {
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        let Some((part, after)) = rest.split_once('\'') else {
            return Err(Fault::new("unterminated literal '").at(0));
        };
        out.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Ok(after),
        }
    }
}

fn write_verb(verb: &str, moment: &Moment, out: &mut String) -> Result<(), Fault> {
    let time = moment.clock;
    let minutes = moment.offset.abs() / 60;
    let sign = if moment.offset < 0 { '-' } else { '+' };
    let with_colon = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    let without = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
    let hour12 = (time.hour() + 11) % 12 + 1;
    let text = match verb {
        "YYYY" => format!("{:04}", time.year()),
        "YY" => format!("{:02}", time.year().rem_euclid(100)),
        "M" => time.month().to_string(),
        "MM" => format!("{:02}", time.month()),
        "MMM" => time.strftime("%b").to_string(),
        "MMMM" => time.strftime("%B").to_string(),
        "D" => time.day().to_string(),
        "DD" => format!("{:02}", time.day()),
        "EEE" => time.strftime("%a").to_string(),
        "EEEE" => time.strftime("%A").to_string(),
        "h" => time.hour().to_string(),
        "hh" => format!("{:02}", time.hour()),
        "H" => hour12.to_string(),
        "HH" => format!("{hour12:02}"),
        "m" => time.minute().to_string(),
        "mm" => format!("{:02}", time.minute()),
        "s" => time.second().to_string(),
        "ss" => format!("{:02}", time.second()),
        "aa" => if time.hour() < 12 { "am" } else { "pm" }.into(),
        "AA" => if time.hour() < 12 { "AM" } else { "PM" }.into(),
        "Z" if moment.offset == 0 => "Z".into(),
        "ZZZ" if moment.offset == 0 => "UTC".into(),
        "Z" | "ZZZZZ" => with_colon,
        "ZZZ" | "ZZZZ" => without,
        _ => {
            let hint = match verb.chars().next() {
                Some('Y') => ": year must either be \"YY\" or \"YYYY\"",
                Some('M') => ": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
                Some('D') => ": day of month must either be \"D\" or \"DD\"",
                Some('E') => ": day of week must either be \"EEE\" or \"EEEE\"",
                Some('h') => ": 24-hour must either be \"h\" or \"hh\"",
                Some('H') => ": 12-hour must either be \"H\" or \"HH\"",
                Some('m') => ": minute must either be \"m\" or \"mm\"",
                Some('s') => ": second must either be \"s\" or \"ss\"",
                Some('a') => ": must be \"aa\"",
                Some('A') => ": must be \"AA\"",
                Some('Z') => ": timezone must be Z, ZZZZ, or ZZZZZ",
                _ => "",
            };
            let message = format!("invalid date format verb {{input}}{hint}");
            return Err(Fault::about(message, format!("{verb:?}")).at(0));
        }
    };
    out.push_str(&text);
    Ok(())
}
