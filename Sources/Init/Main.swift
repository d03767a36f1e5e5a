import Kernel

@_cdecl("Init_main")
public func main(_ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    SystemProcess.migrateIfAsked(argc, argv)
    Heap.begin()
    CrashReport.begin()
    return Start.main(CStringArray.bytes(count: argc, argv))
}
