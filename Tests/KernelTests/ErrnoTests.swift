import Testing

@testable import Kernel

@Suite struct ErrnoTests {
    @Test func errorsNameThemselves() {
        #expect(Errno.noEntry.description == "No such file or directory (ENOENT)")
        #expect(Errno(number: 4095).name == "4095")
    }
}
