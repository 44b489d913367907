//! Fields → year, month, day, hour, … (`DecodeDateTime()`, `DecodeTimeOnly()`).

use super::calendar::{date2j, days_of_month, j2date};
use super::clock::{Clock, micros};
use super::field::{Field, Kind, Meridian, Token, is_utc, token};

/// What a text says, before it is a value.
pub(super) enum Decoded {
    Fields(Fields),
    Epoch,
    Infinity,
    MinusInfinity,
}

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
    mask: Mask,
}

/// A set of fields; each may be said once.
type Mask = u16;
const YEAR: Mask = 1;
const MONTH: Mask = 1 << 1;
const DAY: Mask = 1 << 2;
const DATE: Mask = YEAR | MONTH | DAY;
const TIME: Mask = 1 << 3;
const ZONE: Mask = 1 << 4;
const DAY_OF_YEAR: Mask = 1 << 5;
const WEEKDAY: Mask = 1 << 6;
const MERIDIAN: Mask = 1 << 7;
const ERA: Mask = 1 << 8;

/// A word that says what the next field is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Julian,
    Time,
}

/// `DecodeDateTime()`
pub(super) fn date_time(parsed: &[Field]) -> Option<Decoded> {
    // With anything else they would be said twice.
    if let [(_, only)] = parsed {
        match token(only) {
            Some(Token::Epoch) => return Some(Decoded::Epoch),
            Some(Token::Infinity) => return Some(Decoded::Infinity),
            Some(Token::MinusInfinity) => return Some(Decoded::MinusInfinity),
            _ => {}
        }
    }
    let mut fields = Fields::default();
    let (mut prefix, mut has_text_month) = (None, false);
    for (kind, text) in parsed {
        let is_prefixed = prefix.is_some();
        let said = match kind {
            Kind::Zone | Kind::Word | Kind::Special if is_prefixed => return None,
            Kind::Date if prefix == Some(Prefix::Julian) => return None,
            Kind::Date if prefix.is_some() || fields.has(MONTH | DAY) => {
                prefix = None;
                fields.time_with_zone(text, false)?
            }
            Kind::Date => fields.date(text)?,
            Kind::Time => {
                (prefix.take() != Some(Prefix::Julian)).then_some(())?;
                let said = fields.time(text)?;
                fields.is_within_day().then_some(said)?
            }
            Kind::Zone => fields.zone(text)?,
            Kind::Number => match prefix.take() {
                Some(prefix) => fields.prefixed(text, prefix)?,
                None => fields.number(text, has_text_month)?,
            },
            Kind::Word | Kind::Special if is_utc(text) => ZONE,
            Kind::Word | Kind::Special => match token(text)? {
                Token::Ignored => continue,
                Token::Month(number) => {
                    // A number in front of it was not the month.
                    let was_day = fields.has(MONTH) && !has_text_month && !fields.has(DAY);
                    let was_day = was_day && (1..=31).contains(&fields.month);
                    if was_day {
                        fields.day = fields.month;
                    }
                    has_text_month = true;
                    fields.month = number;
                    if was_day { DAY } else { MONTH }
                }
                Token::Weekday => WEEKDAY,
                Token::Midnight => fields.midnight(),
                Token::IsoTime if fields.has(DATE) => {
                    prefix = Some(Prefix::Time);
                    0
                }
                Token::Julian => {
                    prefix = Some(Prefix::Julian);
                    0
                }
                Token::Meridian(meridian) => fields.meridian(meridian),
                Token::Era(is_bc) => fields.era(is_bc),
                _ => return None,
            },
        };
        fields.say(said)?;
    }
    prefix.is_none().then_some(())?;
    fields.validate_date()?;
    fields.apply_meridian()?;
    fields.has(DATE).then_some(Decoded::Fields(fields))
}

/// `DecodeTimeOnly()`; the text may tell a date, for the sake of its zone.
pub(super) fn time_only(parsed: &[Field]) -> Option<Fields> {
    let mut fields = Fields::default();
    let mut prefix = None;
    let last_is_date = parsed.len() > 1 && parsed.last().is_some_and(|(kind, _)| *kind == Kind::Date);
    let second_is_time = parsed.get(1).is_some_and(|(kind, _)| *kind == Kind::Time);
    for (at, (kind, text)) in parsed.iter().enumerate() {
        let is_prefixed = prefix.is_some();
        let said = match kind {
            Kind::Zone | Kind::Word | Kind::Special if is_prefixed => return None,
            Kind::Date if at == 0 && (last_is_date || second_is_time) => fields.date(text)?,
            Kind::Date => fields.time_with_zone(text, true)?,
            Kind::Time => {
                (prefix.take() != Some(Prefix::Julian)).then_some(())?;
                fields.time(text)?
            }
            Kind::Zone => fields.zone(text)?,
            Kind::Number => match prefix.take() {
                Some(prefix) => fields.prefixed(text, prefix)?,
                None if at == 0 && last_is_date && text.contains('.') => fields.date(text)?,
                None => fields.concatenated(text, DATE)?,
            },
            Kind::Word | Kind::Special if is_utc(text) => ZONE,
            Kind::Word | Kind::Special => match token(text)? {
                Token::Ignored => continue,
                Token::Midnight => fields.midnight(),
                Token::IsoTime => {
                    prefix = Some(Prefix::Time);
                    0
                }
                Token::Julian => {
                    prefix = Some(Prefix::Julian);
                    0
                }
                Token::Meridian(meridian) => fields.meridian(meridian),
                Token::Era(is_bc) => fields.era(is_bc),
                _ => return None,
            },
        };
        fields.say(said)?;
    }
    prefix.is_none().then_some(())?;
    fields.validate_date()?;
    fields.apply_meridian()?;
    // A zone is looked up on a day: on that of the text, or today, but not on a part of one.
    let has_whole_date = fields.has(DATE) || fields.mask & DATE == 0;
    (fields.is_within_day() && fields.has(TIME) && has_whole_date).then_some(fields)
}

impl Fields {
    fn has(&self, fields: Mask) -> bool {
        self.mask & fields == fields
    }

    fn say(&mut self, said: Mask) -> Option<()> {
        let is_new = self.mask & said == 0;
        self.mask |= said;
        is_new.then_some(())
    }

    fn meridian(&mut self, meridian: Meridian) -> Mask {
        self.meridian = Some(meridian);
        MERIDIAN
    }

    fn era(&mut self, is_bc: bool) -> Mask {
        self.is_bc = is_bc;
        ERA
    }

    fn midnight(&mut self) -> Mask {
        (self.hour, self.minute, self.second) = (0, 0, 0);
        TIME | ZONE
    }

    /// A number behind `J` or `T`.
    fn prefixed(&mut self, text: &str, prefix: Prefix) -> Option<Mask> {
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
    fn number(&mut self, text: &str, has_text_month: bool) -> Option<Mask> {
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
    fn date(&mut self, text: &str) -> Option<Mask> {
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
    fn part(&mut self, text: &str, has_text_month: bool, mask: Mask) -> Option<Mask> {
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
    fn concatenated(&mut self, text: &str, mask: Mask) -> Option<Mask> {
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
    fn time_with_zone(&mut self, text: &str, only: bool) -> Option<Mask> {
        let (time, _) = text.split_once('-').filter(|(time, _)| self.mask & TIME == 0 && !time.is_empty())?;
        self.zone(&text[time.len()..])?;
        let mask = if only { self.mask | DATE } else { self.mask };
        Some(self.concatenated(time, mask)? | ZONE)
    }

    /// `DecodeTime()`
    fn time(&mut self, text: &str) -> Option<Mask> {
        let time = Clock::read(text, false)?;
        self.hour = i32::try_from(time.hour).ok()?;
        (self.minute, self.second, self.micros) = (time.minute, time.second, time.micros);
        Some(TIME)
    }

    /// `DecodeTimezone()`
    fn zone(&mut self, text: &str) -> Option<Mask> {
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
    fn validate_date(&mut self) -> Option<()> {
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

    fn apply_meridian(&mut self) -> Option<()> {
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
    fn is_within_day(&self) -> bool {
        let time = (i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)) * 1_000_000;
        (0..=24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..=60).contains(&self.second)
            && time + i64::from(self.micros) <= 86_400_000_000
    }
}
