//! Fields → year, month, day, hour, … (`DecodeDateTime()`, `DecodeTimeOnly()`).

use super::field::{Field, Kind, Token, is_utc, token};
use super::fields::{DATE, DAY, Fields, MONTH, Prefix, TIME, WEEKDAY, ZONE};

/// What a text says, before it is a value.
pub(super) enum Decoded {
    Fields(Fields),
    Epoch,
    Infinity,
    MinusInfinity,
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
                Token::IsoTime if !fields.has(DATE) => return None,
                other => fields.word(other, &mut prefix)?,
            },
        };
        fields.say(said)?;
    }
    prefix.is_none().then_some(())?;
    fields.validate_date()?;
    fields.apply_meridian()?;
    fields.has(DATE).then_some(Decoded::Fields(fields))
}

impl Fields {
    /// The words that mean the same with a date and without one.
    fn word(&mut self, token: Token, prefix: &mut Option<Prefix>) -> Option<u16> {
        match token {
            Token::Midnight => return Some(self.midnight()),
            Token::Meridian(meridian) => return Some(self.meridian(meridian)),
            Token::Era(is_bc) => return Some(self.era(is_bc)),
            Token::IsoTime => *prefix = Some(Prefix::Time),
            Token::Julian => *prefix = Some(Prefix::Julian),
            _ => return None,
        }
        Some(0)
    }
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
                other => fields.word(other, &mut prefix)?,
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
