import CLinux
import Testing

@testable import Kernel

struct RevisionTests {
    @Test func whoeverHasTheFileReadsItAndCannotWriteIt() throws {
        let file = try Revision.file()
        let page = try RevisionPage(file: file.number)
        let before = page.number
        Revision.advance()
        #expect(page.number == before + 1)
        let written = "x".utf8.withContiguousStorageIfAvailable { write(file.number, $0.baseAddress, 1) }
        #expect(written == -1 && Errno.last == .notPermitted)
        #expect(ftruncate(file.number, 0) == -1 && Errno.last == .notPermitted)
        // Each call returns the same page.
        let other = try Revision.file()
        let again = try RevisionPage(file: other.number)
        Revision.advance()
        #expect(again.number == page.number)
    }
}
