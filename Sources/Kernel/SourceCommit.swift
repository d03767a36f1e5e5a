import CLinux

/// The commit that this executable was built from.
public enum SourceCommit {
    /// 40 hexadecimal digits, with `-modified` behind them if the sources differed from the commit; `unknown` if nobody has
    /// written it into the executable.
    public static var text: String { String(cString: linux_commit()) }
}
