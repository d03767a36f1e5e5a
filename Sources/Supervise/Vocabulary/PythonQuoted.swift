extension String {
    /// As Python's `repr` writes it: the texts of supervisord quote names this way.
    public var pythonQuoted: String { Text(self).quoted.string }
}
