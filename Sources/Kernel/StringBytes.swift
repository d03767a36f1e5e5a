extension String {
    /// The string as UTF-8, with less code than `Array(utf8)`, which also handles other encodings.
    var bytes: [UInt8] {
        @inline(never) get { utf8.withContiguousStorageIfAvailable { Array($0) } ?? [] }
    }
}
