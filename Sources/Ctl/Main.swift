import Kernel
import Supervise

@_cdecl("Ctl_main")
public func main(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    File.print("\(Wire.version)\n")
    return 0
}
