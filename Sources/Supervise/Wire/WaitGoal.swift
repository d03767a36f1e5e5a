/// What `reeve.wait` waits for beside states.
public enum WaitGoal {
    /// Running, or done: ended with an expected code and not to be restarted. Stands among the numbers of states; none has it.
    public static let ready = -1
}
