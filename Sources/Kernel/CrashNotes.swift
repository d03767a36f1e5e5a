import CLinux

/// Log lines that the crash handler still writes: the bytes that wait for the end of the turn.
public enum CrashNotes {
    /// Notes `bytes`, which must stay in place, unchanged, until the next note. There is only one note, the log's.
    public static func unwritten(_ bytes: UnsafeRawBufferPointer, of file: Int32) {
        linux_note_unwritten(file, bytes.baseAddress, bytes.count)
    }

    public static func allWritten() { linux_note_unwritten(-1, nil, 0) }

    /// Writes the note, as the crash handler does.
    public static func write() { linux_write_unwritten(0) }
}
