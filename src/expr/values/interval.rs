//! Intervals (timestamp.c, datetime.c), as `IntervalStyle = postgres` prints them.

mod iso8601;

use super::datetime::{self, Clock, Kind, fraction, print_fraction, significant};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `interval_in()` and `interval_out()`. Which field a bare number counts, and which ones are cut off, is
/// part of the type: its `fields` (`day to second`) and the digits behind the second.
pub(super) fn interval(text: &str, typmod: &[String], version: u32) -> Option<String> {
    let (fields, precision) = match typmod {
        [] => ("", None),
        [one] if one.starts_with(|c: char| c.is_ascii_digit()) => ("", Some(one)),
        [fields] => (fields.as_str(), None),
        [fields, precision] => (fields.as_str(), Some(precision)),
        _ => return None,
    };
    // More digits are none.
    let precision = precision.map(|digits| digits.parse().ok()).map_or(Some(None), |p: Option<u32>| p.map(Some))?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let ([word], 17..) = (words.as_slice(), version) {
        match word.to_ascii_lowercase().as_str() {
            "infinity" => return Some("infinity".to_owned()),
            "-infinity" => return Some("-infinity".to_owned()),
            _ => {}
        }
    }
    let decoded = decode(text, fields, version).or_else(|| iso8601::decode(text, version))?;
    Some(decoded.finished()?.adjusted(fields, precision)?.print())
}

/// Months, days and microseconds, which an interval keeps apart.
struct Interval {
    months: i32,
    days: i32,
    micros: i64,
}

/// What has been read of it so far (`pg_itm_in`).
struct Sum {
    years: i32,
    months: i32,
    days: i32,
    micros: i64,
    /// Before PostgreSQL 15 numbers were smaller, and fractions were rounded in another way.
    is_old: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
    Century,
    Millennium,
}

/// A bit for each unit, as each may be counted once.
fn mask(unit: Unit) -> u16 {
    1 << unit as u16
}

/// A time with colons counts all of these.
fn clock_mask() -> u16 {
    mask(Unit::Hour) | mask(Unit::Minute) | seconds_mask()
}

fn seconds_mask() -> u16 {
    mask(Unit::Second) | mask(Unit::Millisecond) | mask(Unit::Microsecond)
}

/// `DecodeUnits()`; quarters and zones are units of other things.
fn unit(word: &str) -> Option<Unit> {
    Some(match significant(word) {
        "us" | "usec" | "usecs" | "useconds" | "microsecon" => Unit::Microsecond,
        "ms" | "msec" | "msecs" | "mseconds" | "millisecon" => Unit::Millisecond,
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        _ => return None,
    })
}

/// The field that a bare number counts: the last one that the type has.
fn last_unit(fields: &str) -> Option<Unit> {
    unit(fields.rsplit(' ').next().unwrap_or_default())
}

/// `DecodeInterval()`: from the end, where the units stand behind their numbers.
fn decode(text: &str, fields: &str, version: u32) -> Option<Sum> {
    let mut sum = Sum::new(version);
    let parsed = datetime::parse(text)?;
    let (mut current, mut waits_for_number, mut is_ago, mut seen) = (None, false, false, 0);
    for (at, (kind, text)) in parsed.iter().enumerate().rev() {
        let said = match kind {
            Kind::Word | Kind::Special => {
                (!waits_for_number).then_some(())?;
                match text.as_str() {
                    "ago" if at + 1 == parsed.len() => is_ago = true,
                    word => {
                        current = Some(unit(word)?);
                        waits_for_number = true;
                    }
                }
                continue;
            }
            Kind::Time => sum.set_clock(text, fields, 1)?,
            Kind::Zone if text.contains(':') => {
                sum.set_clock(&text[1..], fields, if text.starts_with('-') { -1 } else { 1 })?
            }
            Kind::Zone | Kind::Date | Kind::Number => {
                // Behind "ago" there are no units.
                let of = current.or_else(|| if is_ago { None } else { last_unit(fields).or(Some(Unit::Second)) })?;
                let (of, value, fraction) = number(text, of)?;
                sum.add(of, value, fraction)?;
                // A number in front of hours counts days.
                current = Some(if of == Unit::Hour { Unit::Day } else { of });
                waits_for_number = false;
                let with_fraction = of == Unit::Second && fraction != 0.0;
                let said = if with_fraction { seconds_mask() } else { mask(of) };
                (seen & said == 0).then_some(())?;
                seen |= said;
                continue;
            }
        };
        (current, waits_for_number) = (Some(Unit::Day), false);
        (seen & said == 0).then_some(())?;
        seen |= said;
    }
    if seen == 0 || waits_for_number {
        return None;
    }
    if is_ago {
        sum.negate()?;
    }
    Some(sum)
}

/// `1.5`, `-3`, or years and months as in `1-2`.
fn number(text: &str, of: Unit) -> Option<(Unit, i64, f64)> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    // A point may come first.
    let value: i64 = if end == 0 { 0 } else { digits[..end].parse().ok()? };
    let (of, value, part) = match digits.as_bytes().get(end) {
        None => (of, value, 0.0),
        Some(b'.') => (of, value, fraction(&digits[end..])?),
        Some(b'-') => {
            let months = digits[end + 1..].parse::<u8>().ok().filter(|months| *months < 12)?;
            (Unit::Month, value.checked_mul(12)?.checked_add(months.into())?, 0.0)
        }
        Some(_) => return None,
    };
    Some((of, sign * value, if sign < 0 { -part } else { part }))
}

impl Sum {
    fn new(version: u32) -> Self {
        Self { years: 0, months: 0, days: 0, micros: 0, is_old: version < 15 }
    }

    /// `DecodeTimeForInterval()`
    fn set_clock(&mut self, text: &str, fields: &str, sign: i64) -> Option<u16> {
        let Clock { hour, minute, second, micros } = Clock::read(text, fields == "minute to second")?;
        self.fits(hour)?;
        let below = i64::from(minute) * MINUTE + i64::from(second) * SECOND + i64::from(micros);
        self.micros = hour.checked_mul(HOUR)?.checked_add(below)? * sign;
        Some(clock_mask())
    }

    /// `AdjustMicroseconds()` and its like: a number of units, of which the fraction is carried over.
    fn add(&mut self, unit: Unit, value: i64, part: f64) -> Option<()> {
        match unit {
            Unit::Microsecond => self.add_micros(value, part, 1),
            Unit::Millisecond => self.add_micros(value, part, 1000),
            Unit::Second => self.add_micros(value, part, SECOND),
            Unit::Minute => self.add_micros(value, part, MINUTE),
            Unit::Hour => self.add_micros(value, part, HOUR),
            Unit::Day => self.add_days(value, 1, part),
            Unit::Week => self.add_days(value, 7, part),
            Unit::Month => {
                self.months = self.months.checked_add(i32::try_from(value).ok()?)?;
                self.add_days(0, 30, part)
            }
            Unit::Year => self.add_years(value, 1, part),
            Unit::Decade => self.add_years(value, 10, part),
            Unit::Century => self.add_years(value, 100, part),
            Unit::Millennium => self.add_years(value, 1000, part),
        }
    }

    /// Before PostgreSQL 15 these were 32 bits wide, and what is carried over has to fit as well.
    fn fits(&self, value: i64) -> Option<()> {
        (!self.is_old || value.abs() <= 2_000_000_000).then_some(())
    }

    fn add_micros(&mut self, value: i64, part: f64, scale: i64) -> Option<()> {
        self.fits(value)?;
        self.micros = self.micros.checked_add(value.checked_mul(scale)?)?;
        self.add_fraction(part * float(scale))
    }

    /// `AdjustFractMicroseconds()`
    fn add_fraction(&mut self, micros: f64) -> Option<()> {
        let rest = micros - micros.trunc();
        if self.is_old && (micros - micros.round()).abs() > 1e-3 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a part of a day, in microseconds")]
        let whole = micros.trunc() as i64 + i64::from(rest > 0.5) - i64::from(rest < -0.5);
        self.micros = self.micros.checked_add(whole)?;
        Some(())
    }

    /// `AdjustDays()`, `AdjustFractDays()`
    fn add_days(&mut self, value: i64, scale: i32, part: f64) -> Option<()> {
        let days = part * f64::from(scale);
        #[expect(clippy::cast_possible_truncation, reason = "30 at most")]
        let more = days.trunc() as i32;
        let whole = i32::try_from(value).ok()?.checked_mul(scale)?;
        self.days = self.days.checked_add(whole)?.checked_add(more)?;
        self.add_fraction((days - days.trunc()) * float(DAY))
    }

    /// `AdjustYears()`, `AdjustFractYears()`
    fn add_years(&mut self, value: i64, scale: i32, part: f64) -> Option<()> {
        let months = part * f64::from(scale) * 12.0;
        let other_months = part * 12.0 * f64::from(scale);
        if self.is_old && (months.fract() != 0.0 || other_months.fract() != 0.0) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "12,000 at most")]
        let more = months.round_ties_even() as i32;
        self.years = self.years.checked_add(i32::try_from(value).ok()?.checked_mul(scale)?)?;
        self.months = self.months.checked_add(more)?;
        Some(())
    }

    fn negate(&mut self) -> Option<()> {
        self.years = self.years.checked_neg()?;
        self.months = self.months.checked_neg()?;
        self.days = self.days.checked_neg()?;
        self.micros = self.micros.checked_neg()?;
        Some(())
    }

    /// `itmin2interval()`
    fn finished(self) -> Option<Interval> {
        let Self { years, months, days, micros, .. } = self;
        let months = years.checked_mul(12)?.checked_add(months)?;
        // The ends of all three together have come to mean infinity.
        let is_finite =
            ![(i32::MIN, i32::MIN, i64::MIN), (i32::MAX, i32::MAX, i64::MAX)].contains(&(months, days, micros));
        is_finite.then_some(Interval { months, days, micros })
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a day are far fewer than 2^53")]
fn float(number: i64) -> f64 {
    number as f64
}

impl Interval {
    /// `AdjustIntervalForTypmod()`
    fn adjusted(mut self, fields: &str, precision: Option<u32>) -> Option<Self> {
        match last_unit(fields) {
            Some(Unit::Year) => (self.months, self.days, self.micros) = (self.months / 12 * 12, 0, 0),
            Some(Unit::Month) => (self.days, self.micros) = (0, 0),
            Some(Unit::Day) => self.micros = 0,
            Some(Unit::Hour) => self.micros -= self.micros % HOUR,
            Some(Unit::Minute) => self.micros -= self.micros % MINUTE,
            _ => {}
        }
        let step = 10_i64.pow(6 - precision.unwrap_or(6).min(6));
        if step > 1 {
            let half = if self.micros < 0 { -step / 2 } else { step / 2 };
            let rounded = self.micros.checked_add(half)?;
            self.micros = rounded - rounded % step;
        }
        Some(self)
    }

    /// `EncodeInterval()`
    fn print(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut was_negative = false;
        for (number, unit) in [(self.months / 12, "year"), (self.months % 12, "mon"), (self.days, "day")] {
            if number != 0 {
                // After a negative part a positive one carries its sign.
                let plus = if was_negative && number > 0 { "+" } else { "" };
                parts.push(format!("{plus}{number} {unit}{}", if number == 1 { "" } else { "s" }));
                was_negative = number < 0;
            }
        }
        if self.micros != 0 || parts.is_empty() {
            let sign = match (self.micros < 0, was_negative) {
                (true, _) => "-",
                (false, true) => "+",
                (false, false) => "",
            };
            let (seconds, micros) = (self.micros.abs() / SECOND, self.micros.abs() % SECOND);
            let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            parts.push(format!("{sign}{clock}{}", print_fraction(micros)));
        }
        parts.join(" ")
    }
}
