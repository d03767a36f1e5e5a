/// What `reeve.wait` can wait for besides states.
public enum WaitGoal {
    /// Running, or done: exited with an expected code and not restarted. A number that no state has.
    public static let ready = -1
    /// Its health check says that it is.
    public static let healthy = -2
}
