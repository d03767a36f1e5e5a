extension String {
    /// The string as UTF-8, by less code than `Array(utf8)`, which is prepared for other encodings.
    var bytes: [UInt8] {
        @inline(never) get { utf8.withContiguousStorageIfAvailable { Array($0) } ?? [] }
    }
}
