//! Dates and times (date.c, timestamp.c): what their input functions read, what their output functions print.
//!
//! Not read: `now`, `today` and the like, which mean another moment each time; names of zones and their
//! abbreviations but for those of UTC; units in front of numbers (`y2001`).

mod calendar;
mod clock;
mod decode;
mod field;
mod fields;

use calendar::{EPOCH, UNIX_EPOCH, date2j, is_valid_julian, print_date, print_time, print_zone};
use decode::Decoded;
use fields::Fields;

pub(super) use calendar::print_fraction;
pub(super) use clock::{Clock, fraction};
pub(super) use field::{Kind, parse, significant};

/// What stands before and behind all others.
pub(super) const NOBEGIN: i64 = i64::MIN;
pub(super) const NOEND: i64 = i64::MAX;

const DAY: i64 = 86_400_000_000;
/// The end of dates (`DATE_END_JULIAN`), and that of timestamps.
const DATE_END: i32 = 2_147_483_494 - EPOCH;
const TIMESTAMP_END: i64 = 9_223_371_331_200_000_000;

/// `date_in()`: days since 2000-01-01.
pub(super) fn date_in(text: &str) -> Option<i64> {
    let date = match decode::date_time(&field::parse(text)?)? {
        Decoded::Fields(fields) => days(&fields)?,
        Decoded::Epoch => UNIX_EPOCH - EPOCH,
        Decoded::Infinity => return Some(NOEND),
        Decoded::MinusInfinity => return Some(NOBEGIN),
    };
    (-EPOCH..DATE_END).contains(&date).then_some(date.into())
}

/// `date_out()`; `None` for what is no date.
pub(super) fn date_out(date: i64) -> Option<String> {
    infinity(date).or_else(|| {
        let date = i32::try_from(date).ok().filter(|date| (-EPOCH..DATE_END).contains(date))?;
        let (printed, era) = print_date(date + EPOCH);
        Some(printed + era)
    })
}

/// `timestamp_in()`, or `timestamptz_in()` where the session is in UTC: microseconds since 2000-01-01.
pub(super) fn timestamp_in(text: &str, with_zone: bool) -> Option<i64> {
    let timestamp = match decode::date_time(&field::parse(text)?)? {
        Decoded::Fields(fields) => {
            let zone = if with_zone { fields.zone } else { 0 };
            let local = i64::from(days(&fields)?).checked_mul(DAY)?.checked_add(micros(&fields))?;
            local.checked_sub(i64::from(zone) * 1_000_000)?
        }
        Decoded::Epoch => i64::from(UNIX_EPOCH - EPOCH) * DAY,
        Decoded::Infinity => return Some(NOEND),
        Decoded::MinusInfinity => return Some(NOBEGIN),
    };
    (i64::from(-EPOCH) * DAY..TIMESTAMP_END).contains(&timestamp).then_some(timestamp)
}

/// `timestamp_out()`, or `timestamptz_out()` in UTC.
pub(super) fn timestamp_out(timestamp: i64, with_zone: bool) -> Option<String> {
    infinity(timestamp).or_else(|| {
        let (date, era) = print_date(i32::try_from(timestamp.div_euclid(DAY)).ok()? + EPOCH);
        let zone = if with_zone { "+00" } else { "" };
        Some(format!("{date} {}{zone}{era}", print_time(timestamp.rem_euclid(DAY))))
    })
}

/// `time_in()` and `time_out()`: a zone is read, and forgotten.
pub(super) fn time(text: &str) -> Option<String> {
    Some(print_time(micros(&decode::time_only(&field::parse(text)?)?)))
}

/// `timetz_in()` and `timetz_out()` where the session is in UTC.
pub(super) fn timetz(text: &str) -> Option<String> {
    let fields = decode::time_only(&field::parse(text)?)?;
    Some(print_time(micros(&fields)) + &print_zone(fields.zone))
}

fn infinity(value: i64) -> Option<String> {
    match value {
        NOBEGIN => Some("-infinity".to_owned()),
        NOEND => Some("infinity".to_owned()),
        _ => None,
    }
}

fn days(fields: &Fields) -> Option<i32> {
    is_valid_julian(fields.year, fields.month).then(|| date2j(fields.year, fields.month, fields.day) - EPOCH)
}

fn micros(fields: &Fields) -> i64 {
    let minutes = i64::from(fields.hour) * 60 + i64::from(fields.minute);
    (minutes * 60 + i64::from(fields.second)) * 1_000_000 + i64::from(fields.micros)
}
