import CLinux
import Glibc
import Testing

@testable import Kernel

/// Queries without a helper process give the same answers as those with one.
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

    /// The kernel always has the root folder in its cache.
    @Test func theRootIsNear() throws {
        #expect(linux_near_exists("/") == 1)
    }

    @Test func onlyFilesAreOpened() {
        #expect(linux_near_open("/") == -1)
        #expect(linux_near_open("/dev/null") == -1)
    }

    /// The kernel's answer about one mount agrees with its list of all mounts.
    @Test(arguments: ["/", "/proc", "/dev", "/sys", "/tmp", "/run"])
    func bothWaysToAskForAMountAgree(path: String) throws {
        let folder = try Descriptor.open(path, O_RDONLY)
        var asked: Int32 = 0
        let listed = linux_near_mount(folder.number, &asked)
        #expect(listed == 1 || path != "/proc")
        #expect(asked == listed || asked == -1)
    }
}
