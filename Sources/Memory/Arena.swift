/// Memory for one request: allocation moves a pointer, and everything ends at once with `reset()`.
///
/// An arena belongs to a worker, which resets it between requests. Blocks are kept up to `retainedLimit`, so that the
/// steady state allocates nothing from the heap. Alignment is 16 bytes.
///
/// What code passes around is `Arena.Handle`, a trivial value: using an arena costs no reference counting.
public struct Arena: ~Copyable, @unchecked Sendable {
  public let handle: Handle

  /// - Parameters:
  ///   - blockSize: bytes of a block; a larger single allocation gets a block of its own.
  ///   - retainedLimit: bytes of blocks that `reset()` keeps.
  public init(blockSize: Int = 64 << 10, retainedLimit: Int = 4 << 20) {
    precondition(blockSize >= 1024)
    let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    state.initialize(to: State(blockSize: blockSize, retainedLimit: retainedLimit))
    state.pointee.addBlock(holding: 0)
    handle = Handle(state: state)
  }

  deinit {
    handle.state.pointee.freeAll()
    handle.state.deinitialize(count: 1)
    handle.state.deallocate()
  }

  /// Ends everything that was allocated. Costs O(blocks), normally one.
  public mutating func reset() {
    handle.state.pointee.reset()
  }

  /// Bytes handed out since the last reset, rounded up to the alignment.
  public var bytesInUse: Int { handle.bytesInUse }

  /// Bytes of heap that the arena holds.
  public var bytesReserved: Int { handle.state.pointee.reserved }
}

extension Arena {
  /// What allocates. Valid as long as the arena; what it returns is valid until the arena's next reset.
  @frozen
  public struct Handle: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline let state: UnsafeMutablePointer<State>

    @usableFromInline
    init(state: UnsafeMutablePointer<State>) { self.state = state }

    /// Uninitialised memory of `byteCount` bytes, aligned to 16.
    @inlinable @inline(__always)
    public func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
      assert(byteCount >= 0)
      let size = (byteCount &+ 15) & ~15
      let start = state.pointee.next
      if state.pointee.end - start < size { return state.pointee.allocateInNewBlock(size) }
      state.pointee.next = start + size
      return start
    }

    /// Uninitialised memory for `count` values of a trivial type.
    @inlinable @inline(__always)
    public func allocate<Element: BitwiseCopyable>(
      _ type: Element.Type, count: Int
    ) -> UnsafeMutablePointer<Element> {
      allocate(byteCount: count * MemoryLayout<Element>.stride).bindMemory(to: type, capacity: count)
    }

    /// A copy of the bytes that lives as long as the request.
    public func copy(_ slice: ByteSlice) -> ByteSlice {
      let place = allocate(UInt8.self, count: slice.count)
      place.update(from: slice.start, count: slice.count)
      return ByteSlice(start: place, count: slice.count)
    }

    /// One slice with the bytes of both, `first` before `second`.
    public func concatenate(_ first: ByteSlice, _ second: ByteSlice) -> ByteSlice {
      let place = allocate(UInt8.self, count: first.count + second.count)
      place.update(from: first.start, count: first.count)
      (place + first.count).update(from: second.start, count: second.count)
      return ByteSlice(start: place, count: first.count + second.count)
    }

    public var bytesInUse: Int { state.pointee.bytesInUse }
  }

  /// The blocks and the place in the last one. Not for use outside `Arena`.
  public struct State {
    @usableFromInline var next: UnsafeMutableRawPointer
    @usableFromInline var end: UnsafeMutableRawPointer
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private var full = 0
    private let blockSize: Int
    private let retainedLimit: Int
    private(set) var reserved = 0

    init(blockSize: Int, retainedLimit: Int) {
      self.blockSize = blockSize
      self.retainedLimit = retainedLimit
      // Replaced by the first block before anything is allocated.
      next = UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
      end = next
    }

    var bytesInUse: Int {
      guard let last = blocks.last, let base = last.baseAddress else { return 0 }
      return full + (next - base)
    }

    mutating func addBlock(holding size: Int) {
      if let last = blocks.last, let base = last.baseAddress { full += next - base }
      let block = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, blockSize), alignment: 16)
      blocks.append(block)
      reserved += block.count
      guard let base = block.baseAddress else { preconditionFailure("a block has at least \(blockSize) bytes") }
      next = base
      end = base + block.count
    }

    @usableFromInline
    mutating func allocateInNewBlock(_ size: Int) -> UnsafeMutableRawPointer {
      addBlock(holding: size)
      let start = next
      next = start + size
      return start
    }

    mutating func reset() {
      if blocks.count > 1 {
        // Several blocks become one that holds what this request needed, so that the next one needs no second block.
        let wanted = min(reserved, max(retainedLimit, blockSize))
        freeAll()
        addBlock(holding: wanted)
      } else if !blocks.isEmpty, let base = blocks[0].baseAddress {
        // Not `blocks.first`, which in an unoptimised build takes memory from the heap and so spoils the tests that count.
        next = base
      }
      full = 0
    }

    mutating func freeAll() {
      for block in blocks { block.deallocate() }
      blocks.removeAll(keepingCapacity: true)
      reserved = 0
    }
  }
}
