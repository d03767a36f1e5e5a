import Kernel
import Supervise

/// The time format of HTTP (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    static var now: String { text(Int(SystemClock.realtime / 1_000_000_000)) }

    /// - Parameter seconds: since 1970, UTC.
    static func text(_ seconds: Int) -> String {
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(days)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
        let name = CalendarTime.name(ofMonth: month)
        let clock = "\(two(rest / 3600)):\(two(rest % 3600 / 60)):\(two(rest % 60))"
        return "\(weekday), \(two(day)) \(name) \(year) \(clock) GMT"
    }

    private static func two(_ number: Int) -> String { CalendarTime.twoDigits(number) }

    /// The date of a day counted from 1970-01-01, in years that begin in March: their leap day comes last.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1)
    }
}
