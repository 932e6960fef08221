//! Moments of the system's clock.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;
use std::{env, fmt};

/// A moment of the system's clock (`CLOCK_REALTIME`). Displayed and serialized as RFC 3339 in local time, with
/// milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(Timestamp);

impl WallTime {
    /// This moment.
    pub fn now() -> WallTime {
        WallTime(Timestamp::now())
    }

    /// The moment `time` later. Stays within the range of the calendar.
    pub fn after(self, time: Duration) -> WallTime {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        WallTime(self.0.saturating_add(time).unwrap_or(Timestamp::MAX))
    }

    /// The moment `time` earlier. Stays within the range of the calendar.
    pub fn before(self, time: Duration) -> WallTime {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        WallTime(self.0.saturating_sub(time).unwrap_or(Timestamp::MIN))
    }

    /// Seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Date and time in the system's time zone.
    pub fn local(self) -> ZonedDateTime {
        self.0.to_zoned_datetime(zone())
    }

    /// The date in the system's time zone: `2026-11-26`.
    pub fn local_date(self) -> String {
        self.local().date().to_string()
    }
}

/// The system's time zone. UTC if TZ names a device or a FIFO: jiff (1.0.1) reads to the end of the file, which they may not
/// have (`TZ=:/dev/zero`).
fn zone() -> TimeZone {
    match env::var_os("TZ") {
        Some(tz) if is_endless(&tz) => TimeZone::UTC,
        _ => TimeZone::system(),
    }
}

/// Whether TZ names no zone but a file that is neither regular nor a directory.
fn is_endless(tz: &OsStr) -> bool {
    let name = tz.as_bytes().strip_prefix(b":").unwrap_or(tz.as_bytes());
    let path = Path::new(OsStr::from_bytes(name));
    let special = path
        .metadata()
        .is_ok_and(|found| !found.is_file() && !found.is_dir());
    special
        && path
            .to_str()
            .is_none_or(|name| TimeZone::get(name).is_err())
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z"))
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for WallTime {
    fn schema_name() -> Cow<'static, str> {
        "WallTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_moment_in_milliseconds() {
        let time = WallTime(Timestamp::new(1_795_000_000, 123_999_999).unwrap());
        let later = time.after(Duration::from_millis(1500));
        assert_eq!(later.before(Duration::from_millis(1500)), time);
        let text = later.to_string();
        assert_eq!(text.len(), "2026-11-18T12:26:41.623+00:00".len(), "{text}");
        let read: Timestamp = text.parse().unwrap();
        assert_eq!(read.as_millisecond(), 1_795_000_001_623);
    }

    #[test]
    fn the_calendar_ends() {
        let long = Duration::from_secs(u64::MAX);
        assert_eq!(WallTime::now().after(long), WallTime(Timestamp::MAX));
        assert_eq!(WallTime::now().before(long), WallTime(Timestamp::MIN));
    }
}
