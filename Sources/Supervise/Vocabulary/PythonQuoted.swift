extension String {
    /// As Python's `repr` writes it: supervisord's messages quote names this way.
    public var pythonQuoted: String { Text(self).quoted.string }
}
