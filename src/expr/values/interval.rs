//! Intervals in the common spellings, as `IntervalStyle = postgres` prints them.

/// Months, days and microseconds, which an interval keeps apart.
#[derive(Default)]
struct Interval {
    months: i64,
    days: i64,
    micros: i64,
}

const SECOND: i64 = 1_000_000;

/// `interval_in()` for `1 week`, `2 hours 30 min`, `1 day 04:05:06`; `None` for anything else.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut words = text.split_whitespace().peekable();
    let mut total = Interval::default();
    words.peek()?;
    while let Some(word) = words.next() {
        if word.contains(':') {
            total.micros += clock(word)?;
            continue;
        }
        // The unit may follow without a space: 7days.
        let split = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
        let (number, unit) = word.split_at(split);
        let unit = if unit.is_empty() { words.next().unwrap_or("seconds") } else { unit };
        total.add(number, unit)?;
    }
    Some(total.print())
}

fn clock(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let whole = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok().filter(|m| (0..60).contains(m))?;
    Some(sign * (i64::from(whole) * 60 * SECOND + scaled(seconds, SECOND)?))
}

/// A decimal number of units, if it is a whole number of the smaller ones.
fn scaled(text: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let mut result = i64::from(whole.parse::<i32>().ok()?).checked_mul(unit)?;
    let mut part = unit;
    for digit in fraction.chars() {
        if part % 10 != 0 {
            return None;
        }
        part /= 10;
        let value = i64::from(digit.to_digit(10)?) * part;
        result += if negative { -value } else { value };
    }
    Some(result)
}

impl Interval {
    fn add(&mut self, number: &str, unit: &str) -> Option<()> {
        let whole = || number.parse::<i32>().ok().map(i64::from);
        match unit.to_ascii_lowercase().trim_end_matches(',') {
            "s" | "sec" | "secs" | "second" | "seconds" => self.micros += scaled(number, SECOND)?,
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => self.micros += scaled(number, 1_000)?,
            "us" | "usec" | "microsecond" | "microseconds" => self.micros += whole()?,
            "m" | "min" | "mins" | "minute" | "minutes" => self.micros += scaled(number, 60 * SECOND)?,
            "h" | "hr" | "hrs" | "hour" | "hours" => self.micros += scaled(number, 3600 * SECOND)?,
            "d" | "day" | "days" => self.days += whole()?,
            "w" | "week" | "weeks" => self.days += whole()? * 7,
            "mon" | "mons" | "month" | "months" => self.months += whole()?,
            "y" | "yr" | "yrs" | "year" | "years" => self.months += whole()? * 12,
            "decade" | "decades" => self.months += whole()? * 120,
            _ => return None,
        }
        Some(())
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
            let size = self.micros.unsigned_abs();
            let (seconds, micros) = (size / 1_000_000, size % 1_000_000);
            let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
            let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            parts.push(format!("{sign}{clock}{}", fraction.trim_end_matches('0')));
        }
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, printed: &str) {
        assert_eq!(canonical(text).as_deref(), Some(printed));
    }

    #[test]
    fn intervals_print_as_the_server_prints_them() {
        check("1 week", "7 days");
        check("7days", "7 days");
        check("90 minutes", "01:30:00");
        check("1.5 hours", "01:30:00");
        check("24 hours", "24:00:00");
        check("14 months", "1 year 2 mons");
        check("1 year 3 months 10 days 04:05:06.70", "1 year 3 mons 10 days 04:05:06.7");
        check("-1 day", "-1 days");
        check("-1 day 2 hours", "-1 days +02:00:00");
        check("0", "00:00:00");
        check("30", "00:00:30");
        assert_eq!(canonical("P1D"), None);
        assert_eq!(canonical("1 day ago"), None);
        assert_eq!(canonical("1.5 months"), None);
    }
}
