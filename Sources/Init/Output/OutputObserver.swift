/// Sees what a program writes, before anything is stripped from it.
protocol OutputObserver: AnyObject {
    func received(_ bytes: UnsafeRawBufferPointer, on channel: OutputChannel)
}
