import CLinux

/// What a crash handler still writes: bytes that wait for the end of a turn.
public enum CrashNotes {
    /// `bytes` must stay in place, unchanged, until the next note. There is one note at a time: the log's.
    public static func unwritten(_ bytes: UnsafeRawBufferPointer, of file: Int32) {
        linux_note_unwritten(file, bytes.baseAddress, bytes.count)
    }

    public static func allWritten() { linux_note_unwritten(-1, nil, 0) }

    /// Writes it as the handler does.
    public static func write() { linux_write_unwritten(0) }
}
