/// A time of the wall clock as a person reads it; the driver knows the time zone.
public struct CalendarTime: Equatable, Sendable {
    /// 1...12.
    public var month: Int
    /// 1...31.
    public var day: Int
    /// 0...23.
    public var hour: Int
    public var minute: Int

    public init(month: Int, day: Int, hour: Int, minute: Int) {
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
    }

    /// `Jan 05 03:07 PM`.
    var text: String {
        let twelve = hour % 12 == 0 ? 12 : hour % 12
        let (day, clock) = (Self.twoDigits(day), "\(Self.twoDigits(twelve)):\(Self.twoDigits(minute))")
        return "\(Self.name(ofMonth: month)) \(day) \(clock) \(hour < 12 ? "AM" : "PM")"
    }

    /// `Jan` for 1; `???` for what is no month.
    public static func name(ofMonth month: Int) -> StaticString {
        let names: [StaticString] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        return names.indices.contains(month - 1) ? names[month - 1] : "???"
    }

    /// With a zero in front where it has one digit.
    public static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
