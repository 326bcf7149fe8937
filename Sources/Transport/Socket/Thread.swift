internal import CLinux

/// A thread of the system's, on which every signal is blocked.
package struct Thread: ~Copyable {
  private let native: UInt

  /// Starts a thread that runs `body`.
  package init(name: String, _ body: @escaping @Sendable () -> Void) throws(TransportError) {
    final class Start {
      let name: String
      let body: @Sendable () -> Void
      init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
      }
    }
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var native: UInt = 0
    let code = clinux_start_thread(
      &native,
      { context in
        guard let context else { return }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        clinux_name_thread(String(start.name.prefix(15)))
        start.body()
      }, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw .system(call: "pthread_create", errno: code, about: name)
    }
    self.native = native
  }

  /// Lets it go: it ends when it ends, or with the process.
  package consuming func detach() { clinux_detach_thread(native) }

  /// Waits for its end.
  package consuming func join() {
    let code = clinux_join_thread(native)
    assert(code == 0, "a thread is joined once, and not by itself")
  }
}
