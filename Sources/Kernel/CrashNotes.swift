import CLinux

/// What the handler of a crash still writes: bytes that wait for the end of a turn.
public enum CrashNotes {
    /// `bytes` stay where they are, unchanged, until something else is noted. One note at a time: the log's.
    public static func unwritten(_ bytes: UnsafeRawBufferPointer, of file: Int32) {
        linux_note_unwritten(file, bytes.baseAddress, bytes.count)
    }

    public static func allWritten() { linux_note_unwritten(-1, nil, 0) }

    /// As the handler does it.
    public static func write() { linux_write_unwritten(0) }
}
