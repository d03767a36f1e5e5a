extension String {
    /// The string as UTF-8, which is what to walk, cut and compare: every use of the standard library's view of it (`utf8`) brings
    /// hundreds of bytes of code, most of it for strings that are kept in another encoding. There are none here.
    public var bytes: [UInt8] {
        @inline(never) get { utf8.withContiguousStorageIfAvailable { Array($0) } ?? [] }
    }

    /// By code points, as Python sorts, and not by the canonical order of Swift's `<`. Without copies: names are sorted by the
    /// thousand.
    func precedes(_ other: String) -> Bool {
        utf8.withContiguousStorageIfAvailable { a in
            other.utf8.withContiguousStorageIfAvailable { b in a.lexicographicallyPrecedes(b) } ?? false
        } ?? false
    }
}
