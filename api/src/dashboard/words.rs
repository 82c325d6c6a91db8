//! Numbers, days and shares as a reader of the language writes them.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use domain::{
    rate::{Estimate, MilestoneStatus, NoForecast},
    time::Instant,
};

use crate::language::Language;

/// What stands where there is no number.
pub const NOTHING: &str = "–";
/// A space at which no line ends.
const NO_BREAK: char = '\u{a0}';

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How much of the true share may be lost in a float: less than lies between any two shares of fewer than 10⁸ petitions.
const FLOAT_ERROR: f64 = 1e-9;

impl Language {
    /// How many: `1.460`, `1,460`.
    pub fn count(self, count: u64) -> String {
        let digits = count.to_string();
        let separator = self.choose(".", ",");
        let mut text = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        text
    }

    /// With one decimal: `5,1`, `5.1`.
    pub fn decimal(self, number: f64) -> String {
        format!("{number:.1}").replace('.', self.choose(",", "."))
    }

    /// A share: `73,0 %`, `73.0%`. Rounded down, so that 69,96 % is not taken for the 70 % that it does not reach.
    pub fn share(self, share: Option<f64>) -> String {
        let Some(share) = share else { return NOTHING.to_owned() };
        let tenths = (share * 1_000.0 + FLOAT_ERROR).floor();
        self.percent(&self.decimal(tenths / 10.0))
    }

    /// A rate that is required: `70 %`, or `72,5 %` where it is no whole number.
    pub fn required(self, basis_points: u32) -> String {
        let percent = f64::from(basis_points) / 100.0;
        let text = format!("{percent}").replace('.', self.choose(",", "."));
        self.percent(&text)
    }

    /// A share without decimals: `80 %`.
    pub fn percent_of(self, share: f64) -> String {
        self.percent(&format!("{:.0}", share * 100.0))
    }

    /// What is expected: `71,2 %`. An expectation is rounded as numbers are.
    pub fn expected(self, share: f64) -> String {
        self.percent(&self.decimal(share * 100.0))
    }

    /// What is expected, with its interval: `71,2 % (68,0–74,5)`.
    pub fn estimate(self, estimate: &Estimate) -> String {
        let Estimate { rate, low, high } = *estimate;
        let [low, high] = [low, high].map(|share| self.decimal(share * 100.0));
        format!("{} ({low}–{high})", self.expected(rate))
    }

    fn percent(self, number: &str) -> String {
        match self {
            Self::Vietnamese => format!("{number}{NO_BREAK}%"),
            Self::English => format!("{number}%"),
        }
    }

    /// By how many points a share rose or fell: `+2,1`, `−0,4`.
    pub fn points(self, change: Option<f64>) -> String {
        let Some(change) = change else { return NOTHING.to_owned() };
        let tenths = (change * 1_000.0).round() / 10.0;
        let sign = if tenths > 0.0 {
            "+"
        } else if tenths < 0.0 {
            "−"
        } else {
            "±"
        };
        format!("{sign}{}", self.decimal(tenths.abs()))
    }

    /// A day: `01/9/2022` (a zero before a day below 10 and a month below 3, as administrative writing has it), `1 September 2022`.
    pub fn day(self, day: NaiveDate) -> String {
        match self {
            Self::Vietnamese => format!("{}/{}", self.day_of_year(day), day.year()),
            Self::English => format!("{} {}", self.day_of_year(day), day.year()).replace(' ', &NO_BREAK.to_string()),
        }
    }

    /// A day without its year: `01/9`, `1 September`.
    pub fn day_of_year(self, day: NaiveDate) -> String {
        match self {
            Self::Vietnamese if day.month() < 3 => format!("{:02}/{:02}", day.day(), day.month()),
            Self::Vietnamese => format!("{:02}/{}", day.day(), day.month()),
            Self::English => format!("{}{NO_BREAK}{}", day.day(), self.month(day.month0())),
        }
    }

    /// A month, counted from 0: `Tháng 9`, `September`.
    pub fn month(self, month0: u32) -> String {
        match self {
            Self::Vietnamese => format!("Tháng{NO_BREAK}{}", month0 + 1),
            Self::English => {
                let name = usize::try_from(month0).ok().and_then(|month| ENGLISH_MONTHS.get(month));
                (*name.unwrap_or(&NOTHING)).to_owned()
            }
        }
    }

    /// A month where there is little room: `T9`, `Sep`.
    pub fn short_month(self, month0: u32) -> String {
        match self {
            Self::Vietnamese => format!("T{}", month0 + 1),
            Self::English => self.month(month0).chars().take(3).collect(),
        }
    }

    /// An instant that figures stand before: `trước ngày 01/9/2022` where a day begins, else `đến 10:30 ngày 01/9/2022`.
    pub fn before(self, instant: Instant) -> String {
        let (day, time) = (self.day(instant.local_date()), instant.local_time());
        if time == NaiveTime::MIN {
            return format!("{} {day}", self.choose("trước ngày", "before"));
        }
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        match self {
            Self::Vietnamese => format!("đến {clock} ngày {day}"),
            Self::English => format!("until {clock} on {day}"),
        }
    }

    /// An instant to the minute: `10:30 01/9/2022`.
    pub fn moment(self, instant: Instant) -> String {
        let time = instant.local_time();
        format!("{:02}:{:02}{NO_BREAK}{}", time.hour(), time.minute(), self.day(instant.local_date()))
    }

    /// Why there is no forecast, or none so far ahead.
    pub fn silence(self, why: NoForecast) -> &'static str {
        match why {
            NoForecast::TooFewDays => self.choose("chưa đủ số tuần để dự báo", "too few weeks to forecast from"),
            NoForecast::TooFewPetitions => {
                self.choose("chưa đủ phản ánh để dự báo", "too few petitions to forecast from")
            }
            NoForecast::NoCalendar => {
                self.choose("lịch làm việc chưa được xác nhận đến đó", "the working calendar does not reach so far")
            }
            NoForecast::TooFar => self.choose("quá xa để dự báo", "too far ahead to forecast"),
        }
    }

    /// How a milestone stands.
    pub fn milestone(self, status: MilestoneStatus) -> &'static str {
        match status {
            MilestoneStatus::Met => self.choose("Đạt", "Met"),
            MilestoneStatus::Missed => self.choose("Không đạt", "Missed"),
            MilestoneStatus::Ahead => self.choose("Chưa đến hạn", "Still ahead"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VI: Language = Language::Vietnamese;
    const EN: Language = Language::English;

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        for (count, vietnamese, english) in
            [(0, "0", "0"), (999, "999", "999"), (1_000, "1.000", "1,000"), (12_345_678, "12.345.678", "12,345,678")]
        {
            assert_eq!((VI.count(count).as_str(), EN.count(count).as_str()), (vietnamese, english));
        }
        assert_eq!((VI.share(Some(0.73)).as_str(), EN.share(Some(0.73)).as_str()), ("73,0\u{a0}%", "73.0%"));
        assert_eq!((VI.share(None), EN.points(None)), (NOTHING.to_owned(), NOTHING.to_owned()));
        assert_eq!((VI.required(7_000).as_str(), EN.required(7_250).as_str()), ("70\u{a0}%", "72.5%"));
        assert_eq!(VI.points(Some(0.0214)), "+2,1");
        assert_eq!(EN.points(Some(-0.004)), "−0.4");
        assert_eq!(EN.points(Some(0.0004)), "±0.0");
    }

    #[test]
    fn a_share_is_never_shown_as_one_that_it_does_not_reach() {
        assert_eq!(EN.share(Some(0.69996)), "69.9%");
        assert_eq!(EN.share(Some(0.7)), "70.0%");
        // Every tenth of a percent comes out as itself, whatever floats make of it.
        for tenths in 0..=1_000_u32 {
            let expected = format!("{}.{}%", tenths / 10, tenths % 10);
            assert_eq!(EN.share(Some(f64::from(tenths) / 1_000.0)), expected);
            assert_eq!(EN.share(Some(f64::from(tenths * 37) / 37_000.0)), expected);
        }
    }

    #[test]
    fn days_and_instants_are_written_as_the_language_writes_them() {
        let at = |text| Instant::parse(text).unwrap();
        let september = at("2022-09-01");
        assert_eq!(VI.before(september), "trước ngày 01/9/2022");
        assert_eq!(EN.before(september), "before 1\u{a0}September\u{a0}2022");
        assert_eq!(VI.before(at("2022-12-01T10:05:00+07:00")), "đến 10:05 ngày 01/12/2022");
        assert_eq!(VI.day(at("2022-02-09").local_date()), "09/02/2022");
        assert_eq!((VI.short_month(8), EN.short_month(8)), ("T9".to_owned(), "Sep".to_owned()));
        assert_eq!(EN.month(12), NOTHING);
    }
}
