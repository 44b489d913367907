//! Days since the beginning of the Julian calendar, and how dates and times are printed.

/// The Julian day of 2000-01-01, from which the server counts (`POSTGRES_EPOCH_JDATE`).
pub(super) const EPOCH: i32 = 2_451_545;
/// That of 1970-01-01 (`UNIX_EPOCH_JDATE`).
pub(super) const UNIX_EPOCH: i32 = 2_440_588;

/// `date2j()`: the Julian day of a date; year 0 is 1 BC.
pub(super) fn date2j(year: i32, month: i32, day: i32) -> i32 {
    let (month, year) = if month > 2 { (month + 1, year + 4800) } else { (month + 13, year + 4799) };
    let century = year / 100;
    // In this order it fits up to the last day there is.
    year * 365 - 32167 + (year / 4 - century + century / 4) + 7834 * month / 256 + day
}

/// `j2date()`: year, month and day of a Julian day that is not negative.
pub(super) fn j2date(julian: i32) -> (i32, i32, i32) {
    let mut julian = i64::from(julian) + 32044;
    let mut quad = julian / 146_097;
    let extra = (julian - quad * 146_097) * 4 + 3;
    julian += 60 + quad * 3 + extra / 146_097;
    quad = julian / 1461;
    julian -= quad * 1461;
    let year = julian * 4 / 1461;
    julian = if year != 0 { (julian + 305) % 365 } else { (julian + 306) % 366 } + 123;
    let years = year + quad * 4 - 4800;
    quad = julian * 2141 / 65536;
    let day = julian - 7834 * quad / 256;
    let month = (quad + 10) % 12 + 1;
    #[expect(clippy::cast_possible_truncation, reason = "the years of 2^31 days are fewer than 2^31")]
    (years as i32, month as i32, day as i32)
}

/// `IS_VALID_JULIAN()`
pub(super) fn is_valid_julian(year: i32, month: i32) -> bool {
    (year, month) >= (-4713, 11) && (year, month) < (5_874_898, 6)
}

pub(super) fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `EncodeDateOnly()`, and what says that the year is before Christ.
pub(super) fn print_date(julian: i32) -> (String, &'static str) {
    let (year, month, day) = j2date(julian);
    let (shown, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    (format!("{shown:04}-{month:02}-{day:02}"), era)
}

/// `EncodeTimeOnly()` of microseconds since midnight.
pub(super) fn print_time(micros: i64) -> String {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    whole + &print_fraction(micros)
}

/// `AppendSeconds()`: the fraction without zeros at its end.
pub(in crate::expr::values) fn print_fraction(micros: i64) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}").trim_end_matches('0').to_owned() }
}

/// `EncodeTimezone()`
pub(super) fn print_zone(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.abs();
    let (hour, minute, second) = (size / 3600, size / 60 % 60, size % 60);
    match (minute, second) {
        (0, 0) => format!("{sign}{hour:02}"),
        (_, 0) => format!("{sign}{hour:02}:{minute:02}"),
        (..) => format!("{sign}{hour:02}:{minute:02}:{second:02}"),
    }
}
