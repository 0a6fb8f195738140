//! How long each minor version of Python is maintained (*Status of Python versions*, Python Developer's Guide; the release
//! schedules of the PEPs it names). Where the page names only a month, its last day counts.

use std::fmt;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

/// When a minor version was first released, and from when on nobody mends it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    pub minor: (u64, u64),
    pub released: Date,
    pub ends: Date,
}

/// Every minor version that is dated, oldest first.
pub static ALL: &[Lifetime] = &[
    of((2, 7), (2010, 7, 3), (2020, 1, 1)),
    of((3, 0), (2008, 12, 3), (2009, 6, 27)),
    of((3, 1), (2009, 6, 27), (2012, 4, 9)),
    of((3, 2), (2011, 2, 20), (2016, 2, 20)),
    of((3, 3), (2012, 9, 29), (2017, 9, 29)),
    of((3, 4), (2014, 3, 16), (2019, 3, 18)),
    of((3, 5), (2015, 9, 13), (2020, 9, 30)),
    of((3, 6), (2016, 12, 23), (2021, 12, 23)),
    of((3, 7), (2018, 6, 27), (2023, 6, 27)),
    of((3, 8), (2019, 10, 14), (2024, 10, 7)),
    of((3, 9), (2020, 10, 5), (2025, 10, 31)),
    of((3, 10), (2021, 10, 4), (2026, 10, 31)),
    of((3, 11), (2022, 10, 24), (2027, 10, 31)),
    of((3, 12), (2023, 10, 2), (2028, 10, 31)),
    of((3, 13), (2024, 10, 7), (2029, 10, 31)),
    of((3, 14), (2025, 10, 7), (2030, 10, 31)),
    of((3, 15), (2026, 10, 1), (2031, 10, 31)),
];

/// The lifetime of a minor version; `None` for one that is not dated here.
#[must_use]
pub fn lifetime(minor: (u64, u64)) -> Option<&'static Lifetime> {
    ALL.iter().find(|it| it.minor == minor)
}

const fn of(minor: (u64, u64), released: (u16, u8, u8), ends: (u16, u8, u8)) -> Lifetime {
    Lifetime { minor, released: date(released), ends: date(ends) }
}

const fn date((year, month, day): (u16, u8, u8)) -> Date {
    Date { year, month, day }
}

impl Date {
    /// The day so many days after 1 January 1970, by the proleptic Gregorian calendar (the algorithm of H. Hinnant,
    /// *chrono-Compatible Low-Level Date Algorithms*, `civil_from_days`).
    #[must_use]
    pub fn of_epoch_days(days: u32) -> Date {
        // Years begin in March here, so that the day that comes and goes is the last.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + u32::from(month <= 2);
        let small = |it: u32| u8::try_from(it).unwrap_or(u8::MAX);
        Date { year: u16::try_from(year).unwrap_or(u16::MAX), month: small(month), day: small(day) }
    }

    /// Reads `2026-11-22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.trim().split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
