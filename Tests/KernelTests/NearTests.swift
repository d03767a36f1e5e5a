import CLinux
import Testing

@testable import Kernel

/// What is looked at without anybody's help gives the answers that the others give.
@Suite struct NearTests {
    @Test(arguments: ["/", "/proc", "/tmp", "/dev/null", "/etc/passwd", "/no such file", "", "relative/to/nothing"])
    func theSameIsFound(path: String) {
        var near = linux_path_status()
        guard linux_near_status(path, &near) == 1 else { return }
        #expect(
            (try? Errand.status(of: path))
                == Errand.Status(
                    isDirectory: near.is_directory, isRegular: near.is_regular, isWritable: near.is_writable))
    }

    /// The root folder's name is always in the kernel's memory.
    @Test func theRootIsNear() throws {
        #expect(linux_near_exists("/") == 1)
    }

    @Test func onlyFilesAreOpened() {
        #expect(linux_near_open("/") == -1)
        #expect(linux_near_open("/dev/null") == -1)
    }
}
