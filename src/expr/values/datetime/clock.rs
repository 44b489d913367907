//! Times with colons, and fractions of seconds.

/// Hours, minutes and seconds with colons between them.
pub(in crate::expr::values) struct Clock {
    pub(in crate::expr::values) hour: i64,
    pub(in crate::expr::values) minute: i32,
    pub(in crate::expr::values) second: i32,
    pub(in crate::expr::values) micros: i32,
}

impl Clock {
    /// `DecodeTimeCommon()`; of two parts the first are minutes where the type says so, or there is a fraction.
    pub(in crate::expr::values) fn read(text: &str, minute_to_second: bool) -> Option<Self> {
        let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        let mut parts = whole.split(':');
        let mut next = || parts.next().map(|part| if part.is_empty() { Some(0) } else { part.parse::<i32>().ok() });
        let hour: i64 = whole.split(':').next()?.parse().ok()?;
        next();
        let (minute, second) = (next()??, next());
        parts.next().is_none().then_some(())?;
        let micros = if fraction.is_empty() { 0 } else { micros(fraction)? };
        let (hour, minute, second) = match second {
            Some(second) => (hour, minute, second?),
            None if minute_to_second || !fraction.is_empty() => (0, i32::try_from(hour).ok()?, minute),
            None => (hour, minute, 0),
        };
        let fits = hour >= 0 && (0..60).contains(&minute) && (0..=60).contains(&second);
        fits.then_some(Self { hour, minute, second, micros })
    }
}

/// `ParseFraction()`: a point and digits; without any it is refused before PostgreSQL 15.
pub(in crate::expr::values) fn fraction(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('.').filter(|digits| super::super::number::all_digits(digits))?;
    format!("0.{digits}").parse().ok()
}

/// `ParseFractionalSecond()`
pub(super) fn micros(text: &str) -> Option<i32> {
    let rounded = (fraction(text)? * 1e6).round_ties_even();
    #[expect(clippy::cast_possible_truncation, reason = "a whole number, a million at most")]
    Some(rounded as i32)
}
