//! What each field says of a moment, as far as those before it let it.

use super::calendar::{date2j, days_of_month, j2date};
use super::clock::{Clock, micros};
use super::field::{Meridian, Token, token};

#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) year: i32,
    pub(super) month: i32,
    pub(super) day: i32,
    pub(super) hour: i32,
    pub(super) minute: i32,
    pub(super) second: i32,
    pub(super) micros: i32,
    /// Seconds east of Greenwich; UTC where nothing is said.
    pub(super) zone: i32,
    day_of_year: i32,
    /// The year has only one or two digits.
    is_short: bool,
    is_julian: bool,
    is_bc: bool,
    meridian: Option<Meridian>,
    /// What has been said.
    pub(super) mask: Mask,
}

/// A set of fields; each may be said once.
pub(super) type Mask = u16;
pub(super) const YEAR: Mask = 1;
pub(super) const MONTH: Mask = 1 << 1;
pub(super) const DAY: Mask = 1 << 2;
pub(super) const DATE: Mask = YEAR | MONTH | DAY;
pub(super) const TIME: Mask = 1 << 3;
pub(super) const ZONE: Mask = 1 << 4;
pub(super) const DAY_OF_YEAR: Mask = 1 << 5;
pub(super) const WEEKDAY: Mask = 1 << 6;
pub(super) const MERIDIAN: Mask = 1 << 7;
pub(super) const ERA: Mask = 1 << 8;

/// A word that says what the next field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    Julian,
    Time,
}

impl Fields {
    pub(super) fn has(&self, fields: Mask) -> bool {
        self.mask & fields == fields
    }

    pub(super) fn say(&mut self, said: Mask) -> Option<()> {
        let is_new = self.mask & said == 0;
        self.mask |= said;
        is_new.then_some(())
    }

    pub(super) fn meridian(&mut self, meridian: Meridian) -> Mask {
        self.meridian = Some(meridian);
        MERIDIAN
    }

    pub(super) fn era(&mut self, is_bc: bool) -> Mask {
        self.is_bc = is_bc;
        ERA
    }

    pub(super) fn midnight(&mut self) -> Mask {
        (self.hour, self.minute, self.second) = (0, 0, 0);
        TIME | ZONE
    }

    /// A number behind `J` or `T`.
    pub(super) fn prefixed(&mut self, text: &str, prefix: Prefix) -> Option<Mask> {
        match prefix {
            Prefix::Time => self.concatenated(text, DATE).filter(|said| *said == TIME),
            Prefix::Julian => {
                (self.year, self.month, self.day) = j2date(text.parse().ok()?);
                self.is_julian = true;
                Some(DATE)
            }
        }
    }

    /// `DTK_NUMBER` in `DecodeDateTime()`: a part of a date or a time, or a whole one without delimiters.
    pub(super) fn number(&mut self, text: &str, has_text_month: bool) -> Option<Mask> {
        let whole = text.find('.');
        if whole.is_some() && self.mask & DATE == 0 {
            self.date(text)
        } else if whole.is_some_and(|digits| digits > 2)
            || (whole.is_none() && text.len() >= 6 && (self.mask & DATE == 0 || self.mask & TIME == 0))
        {
            self.concatenated(text, self.mask)
        } else {
            self.part(text, has_text_month, self.mask)
        }
    }

    /// `DecodeDate()`: a date with delimiters.
    pub(super) fn date(&mut self, text: &str) -> Option<Mask> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let is_number = rest.chars().next()?.is_ascii_digit();
            let of_kind = |c: char| if is_number { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
            let (part, behind) = rest.split_at(rest.find(|c| !of_kind(c)).unwrap_or(rest.len()));
            parts.push((is_number, part));
            // Whatever stands behind it counts as the delimiter.
            rest = behind.get(1..).unwrap_or_default();
        }
        let mut said = 0;
        // The month by its name comes first, for then the others are certain.
        for (_, word) in parts.iter().filter(|(is_number, _)| !is_number) {
            let Some(Token::Month(number)) = token(word) else { return None };
            ((self.mask | said) & MONTH == 0).then_some(())?;
            self.month = number;
            said |= MONTH;
        }
        let has_text_month = said & MONTH != 0;
        for (_, part) in parts.iter().filter(|(is_number, _)| *is_number) {
            let more = self.part(part, has_text_month, self.mask | said)?;
            ((self.mask | said) & more == 0).then_some(())?;
            said |= more;
        }
        let all = (self.mask | said) & !(DAY_OF_YEAR | ZONE);
        (all == DATE).then_some(said)
    }

    /// `DecodeNumber()` where `DateStyle` says month, day, year.
    pub(super) fn part(&mut self, text: &str, has_text_month: bool, mask: Mask) -> Option<Mask> {
        let value: i32 = text.parse().ok().filter(|_| super::super::number::all_digits(text))?;
        let dated = mask & DATE;
        if text.len() == 3 && dated == YEAR && (1..=366).contains(&value) {
            self.day_of_year = value;
            return Some(DAY_OF_YEAR | MONTH | DAY);
        }
        const NOTHING: Mask = 0;
        const YEAR_MONTH: Mask = YEAR | MONTH;
        const MONTH_DAY: Mask = MONTH | DAY;
        let said = match dated {
            NOTHING if text.len() >= 3 => YEAR,
            NOTHING => MONTH,
            YEAR => MONTH,
            MONTH if has_text_month && text.len() >= 3 => YEAR,
            MONTH => DAY,
            YEAR_MONTH if has_text_month && text.len() >= 3 && self.is_short => {
                // The first number was no year, but the day.
                self.day = self.year;
                self.year = value;
                self.is_short = false;
                return Some(DAY);
            }
            YEAR_MONTH => DAY,
            DAY => MONTH,
            MONTH_DAY => YEAR,
            DATE => return self.concatenated(text, mask),
            _ => return None,
        };
        match said {
            YEAR => (self.year, self.is_short) = (value, text.len() <= 2),
            MONTH => self.month = value,
            _ => self.day = value,
        }
        Some(said)
    }

    /// `DecodeNumberField()`: `20011225`, `040506.789`.
    pub(super) fn concatenated(&mut self, text: &str, mask: Mask) -> Option<Mask> {
        let (digits, fraction) = match text.find('.') {
            Some(at) => (&text[..at], Some(&text[at..])),
            None => (text, None),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = |digits: &str| digits.parse::<i32>().ok();
        if let Some(fraction) = fraction {
            self.micros = micros(fraction)?;
        } else if mask & DATE != DATE && digits.len() >= 6 {
            let (rest, day) = digits.split_at(digits.len() - 2);
            let (year, month) = rest.split_at(rest.len() - 2);
            (self.year, self.month, self.day) = (number(year)?, number(month)?, number(day)?);
            self.is_short |= year.len() == 2;
            return Some(DATE);
        }
        if mask & TIME != 0 || !matches!(digits.len(), 4 | 6) {
            return None;
        }
        self.hour = number(&digits[..2])?;
        self.minute = number(&digits[2..4])?;
        self.second = if digits.len() == 6 { number(&digits[4..])? } else { 0 };
        Some(TIME)
    }

    /// `040506-08`; the name of a zone is not read.
    pub(super) fn time_with_zone(&mut self, text: &str, only: bool) -> Option<Mask> {
        let (time, _) = text.split_once('-').filter(|(time, _)| self.mask & TIME == 0 && !time.is_empty())?;
        self.zone(&text[time.len()..])?;
        let mask = if only { self.mask | DATE } else { self.mask };
        Some(self.concatenated(time, mask)? | ZONE)
    }

    /// `DecodeTime()`
    pub(super) fn time(&mut self, text: &str) -> Option<Mask> {
        let time = Clock::read(text, false)?;
        self.hour = i32::try_from(time.hour).ok()?;
        (self.minute, self.second, self.micros) = (time.minute, time.second, time.micros);
        Some(TIME)
    }

    /// `DecodeTimezone()`
    pub(super) fn zone(&mut self, text: &str) -> Option<Mask> {
        let digits = &text[1..];
        let mut parts = digits.split(':');
        let mut next = || parts.next().map(|part| if part.is_empty() { Some(0) } else { part.parse::<i32>().ok() });
        let (mut hour, minute, second) = (next()??, next(), next());
        let (mut minute, second) = (minute.unwrap_or(Some(0))?, second.unwrap_or(Some(0))?);
        (parts.next().is_none() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')).then_some(())?;
        if !digits.contains(':') && digits.len() > 2 {
            (hour, minute) = (hour / 100, hour % 100);
        }
        if !(0..=15).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&second) {
            return None;
        }
        let size = (hour * 60 + minute) * 60 + second;
        self.zone = if text.starts_with('-') { -size } else { size };
        Some(ZONE)
    }

    /// `ValidateDate()`
    pub(super) fn validate_date(&mut self) -> Option<()> {
        if self.has(YEAR) && !self.is_julian {
            if self.is_bc {
                self.year = (self.year > 0).then_some(1 - self.year)?;
            } else if self.is_short {
                self.year += if self.year < 70 { 2000 } else { 1900 * i32::from(self.year < 100) };
            } else if self.year <= 0 {
                return None;
            }
        }
        if self.has(DAY_OF_YEAR) {
            // A year that is so far off is none anyhow.
            (self.year.abs() < 5_870_000).then_some(())?;
            (self.year, self.month, self.day) = j2date(date2j(self.year, 1, 1) + self.day_of_year - 1);
        }
        let month_fits = !self.has(MONTH) || (1..=12).contains(&self.month);
        let day_fits = !self.has(DAY) || (1..=31).contains(&self.day);
        let exists = !self.has(DATE) || !month_fits || self.day <= days_of_month(self.year, self.month);
        (month_fits && day_fits && exists).then_some(())
    }

    pub(super) fn apply_meridian(&mut self) -> Option<()> {
        if self.meridian.is_some() && self.hour > 12 {
            return None;
        }
        match self.meridian {
            Some(Meridian::Am) if self.hour == 12 => self.hour = 0,
            Some(Meridian::Pm) if self.hour != 12 => self.hour += 12,
            Some(_) | None => {}
        }
        Some(())
    }

    /// `time_overflows()`: 24:00:00 and the sixtieth second are in.
    pub(super) fn is_within_day(&self) -> bool {
        let time = (i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)) * 1_000_000;
        (0..=24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..=60).contains(&self.second)
            && time + i64::from(self.micros) <= 86_400_000_000
    }
}
