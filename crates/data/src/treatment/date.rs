//! Dates of the Gregorian calendar, with or without a time of day.
//!
//! ```text
//! date = day [("T" | " ") hh ":" mm [":" ss ["." digits]] ["Z" | ("+" | "-") hh ":" mm]]
//! day  = three numbers with one of - . / between them, or YYYYMMDD
//! ```
//!
//! A year of two digits is one of 1969 to 2068, as POSIX has it. A time is a share of the day.
//!
//! Source: H. Hinnant, *chrono-compatible low-level date algorithms* (days from a date).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The columns that a date becomes, after its own name and a `_`; the last only if there are times.
pub(super) const PARTS: [&str; 5] = ["year", "month", "day", "weekday", "hour"];

/// In which order a date says what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// `2024-01-31`.
    YearMonthDay,
    /// `31.01.2024`.
    DayMonthYear,
    /// `01/31/2024`.
    MonthDayYear,
}

/// A day from which others are counted, as `2024-01-31`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    text: String,
    number: i64,
}

/// A date with its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    /// Of the day, in hours; `None` where none is given.
    pub(super) hour: Option<f64>,
    /// East of Greenwich, in hours.
    offset: f64,
}

impl Order {
    /// All of them.
    pub(crate) const ALL: [Order; 3] =
        [Order::YearMonthDay, Order::DayMonthYear, Order::MonthDayYear];

    fn shape(self) -> &'static str {
        match self {
            Order::YearMonthDay => "2024-01-31",
            Order::DayMonthYear => "31.01.2024",
            Order::MonthDayYear => "01/31/2024",
        }
    }

    /// The date that a cell holds; an error says what it is not.
    pub(super) fn moment(self, cell: &str) -> Result<Moment, String> {
        self.parsed(cell.trim()).ok_or_else(|| format!("`{cell}` is no date like {}", self.shape()))
    }

    /// Whether a cell is a date in this order.
    pub(crate) fn reads(self, cell: &str) -> bool {
        self.moment(cell).is_ok()
    }

    fn parsed(self, text: &str) -> Option<Moment> {
        let (day, time) = match text.split_once(['T', ' ']) {
            Some((day, time)) => (day, Some(time.trim())),
            None => (text, None),
        };
        let parts: [&str; 3] = match day.find(|c| "-./".contains(c)) {
            Some(at) => day.split(&day[at..=at]).collect::<Vec<_>>().try_into().ok()?,
            None if self == Order::YearMonthDay && day.len() == 8 && day.is_ascii() => {
                [&day[..4], &day[4..6], &day[6..]]
            }
            None => return None,
        };
        let (year, month, day) = match self {
            Order::YearMonthDay => (parts[0], parts[1], parts[2]),
            Order::DayMonthYear => (parts[2], parts[1], parts[0]),
            Order::MonthDayYear => (parts[2], parts[0], parts[1]),
        };
        let year = match (year.len(), whole(year)?) {
            (4, year) => year,
            (2, year @ 69..) => 1900 + year,
            (2, year) => 2000 + year,
            _ => return None,
        };
        let is_short = |part: &str| part.len() <= 2;
        let (m, d) = (whole(month)?, whole(day)?);
        let is_day = is_short(month)
            && is_short(day)
            && (1..=12).contains(&m)
            && (1..=days_of(year, m)).contains(&d);
        let (hour, offset) = match time {
            Some(time) => time_of_day(time).map(|(hour, offset)| (Some(hour), offset))?,
            None => (None, 0.0),
        };
        is_day.then_some(Moment { year, month: m, day: d, hour, offset })
    }
}

/// The hours of a time, and how far east of Greenwich it is.
fn time_of_day(text: &str) -> Option<(f64, f64)> {
    let (time, offset) = match text.find(['Z', '+', '-']) {
        Some(at) if &text[at..] == "Z" => (&text[..at], 0.0),
        Some(at) => {
            let east = if text[at..].starts_with('-') { -1.0 } else { 1.0 };
            (&text[..at], east * clock(&text[at + 1..])?)
        }
        None => (text, 0.0),
    };
    Some((clock(time.trim_end())?, offset))
}

/// `hh:mm` or `hh:mm:ss.sss`, in hours.
fn clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    let (seconds, fraction) = match parts.get(2).map(|seconds| seconds.split_once('.')) {
        Some(Some((seconds, digits))) => (seconds, format!("0.{digits}")),
        Some(None) => (parts[2], "0".to_owned()),
        None => ("0", "0".to_owned()),
    };
    let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let (hour, minute, second) = (whole(parts[0])?, whole(parts.get(1)?)?, whole(seconds)?);
    let is_time = is_fraction && parts.len() <= 3 && hour < 24 && minute < 60 && second < 61;
    let seconds = (3600 * hour + 60 * minute + second) as f64 + fraction.parse::<f64>().ok()?;
    is_time.then_some(seconds / 3600.0)
}

/// Digits alone, few enough for any number of a date.
fn whole(text: &str) -> Option<i64> {
    let are_digits =
        (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the day that leap years have is their last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Moment {
    fn number(self) -> i64 {
        day_number(self.year, self.month, self.day)
    }

    /// Days since the beginning of another day; times are those of Greenwich where their distance to it is given.
    pub(super) fn days_since(self, day: Option<&Day>) -> f64 {
        let hours = self.hour.map_or(0.0, |hour| hour - self.offset);
        (self.number() - day.map_or(0, |day| day.number)) as f64 + hours / 24.0
    }

    /// 1 is Monday.
    pub(super) fn weekday(self) -> i64 {
        (self.number() + 3).rem_euclid(7) + 1
    }
}

impl TryFrom<String> for Day {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match Order::YearMonthDay.parsed(&text) {
            Some(moment) if moment.hour.is_none() => Ok(Day { number: moment.number(), text }),
            _ => Err(format!("{text:?} is no day: write it like \"2024-01-31\"")),
        }
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.text
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(order: Order, cell: &str) -> f64 {
        order.moment(cell).unwrap().days_since(None)
    }

    #[test]
    fn days_are_counted_in_the_gregorian_calendar() {
        for (cell, number) in [
            ("1970-01-01", 0.0),
            ("1969-12-31", -1.0),
            ("2000-02-29", 11_016.0),
            ("2000-03-01", 11_017.0),
            ("1900-03-01", -25_508.0),
            ("2024-01-31", 19_753.0),
            ("20240131", 19_753.0),
            ("2024-01-31T12:00", 19_753.5),
            ("2024-01-31 06:00:00.000", 19_753.25),
            ("2024-01-31T10:00:00Z", 19_753.0 + 10.0 / 24.0),
            ("2024-01-31T01:30:00+01:30", 19_753.0),
            ("2024/1/31", 19_753.0),
        ] {
            assert_eq!(days(Order::YearMonthDay, cell), number, "{cell}");
        }
        assert_eq!(days(Order::DayMonthYear, "31.01.2024"), 19_753.0);
        assert_eq!(days(Order::MonthDayYear, "1/31/24"), 19_753.0);
        assert_eq!(days(Order::DayMonthYear, "01-01-69"), -365.0);
        let since = Day::try_from("2024-01-01".to_owned()).unwrap();
        let moment = Order::DayMonthYear.moment("31.01.2024").unwrap();
        assert_eq!((moment.days_since(Some(&since)), moment.weekday()), (30.0, 3));
        assert_eq!(Order::YearMonthDay.moment("1970-01-04").unwrap().weekday(), 7);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for cell in [
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-00-10",
            "2024-13-01",
            "2024-1",
            "2024-01-31 25:00",
            "2024-01-31 10",
            "2024-01-31 x",
            "024-01-31",
            "2024-001-31",
            "2024-01.31",
            "31.01.2024",
            "",
            "é",
            "2024013é",
        ] {
            assert!(!Order::YearMonthDay.reads(cell), "{cell}");
        }
        let error = Order::DayMonthYear.moment("12/31/2024").unwrap_err();
        assert_eq!(error, "`12/31/2024` is no date like 31.01.2024");
        assert!(Day::try_from("yesterday".to_owned()).unwrap_err().contains("like \"2024-01-31\""));
    }
}
