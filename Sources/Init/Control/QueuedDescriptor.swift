import Kernel

/// A queued descriptor: arrays cannot hold non-copyable values.
final class QueuedDescriptor {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }
}
