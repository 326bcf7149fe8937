import Memory
import Testing

@Suite("A byte buffer")
struct ByteBufferTests {
  @Test("grows, keeps what it holds, and drops from the front")
  func growth() {
    var buffer = ByteBuffer(capacity: 16)
    for number in 0..<1000 { buffer.append(UInt8(truncatingIfNeeded: number)) }
    #expect(buffer.count == 1000)
    #expect((0..<1000).allSatisfy { buffer.bytes[$0] == UInt8(truncatingIfNeeded: $0) })
    buffer.removeFirst(990)
    #expect(buffer.bytes.buffer.map { $0 } == (990..<1000).map { UInt8(truncatingIfNeeded: $0) })
    buffer.truncate(to: 0)
    let isEmpty = buffer.isEmpty
    #expect(isEmpty)
  }

  @Test("gives back a block above what is to be kept")
  func retention() {
    var buffer = ByteBuffer()
    buffer.reserve(1 << 20)
    buffer.removeAll(keepingCapacity: 4096)
    #expect(buffer.capacity == 4096)
    buffer.removeAll(keepingCapacity: 8192)
    #expect(buffer.capacity == 4096)
  }

  @Test("writes numbers in decimal", arguments: [0, 9, 10, 99, 100, -1, .min, .max] as [Int64])
  func decimals(number: Int64) {
    var buffer = ByteBuffer(capacity: 0)
    buffer.append(decimal: number)
    #expect(buffer.bytes.string == String(number))
  }
}

@Suite("A byte slice")
struct ByteSliceTests {
  @Test("compares bytes of every length and at every difference")
  func equality() {
    for length in 0..<40 {
      let text = String(repeating: "a", count: length)
      text.withByteSlice { left in
        (text + "").withByteSlice { #expect(left == $0) }
        for place in 0..<length {
          var other = Array(text.utf8)
          other[place] = UInt8(ascii: "b")
          other.withUnsafeBufferPointer { #expect(left != ByteSlice($0) && left < ByteSlice($0)) }
        }
      }
    }
  }

  @Test("finds bytes and parts")
  func search() {
    let text = ByteSlice("registry.k8s.io/pause@sha256:ab")
    #expect(text.firstIndex(of: UInt8(ascii: "@")) == 21)
    #expect(text.firstIndex(of: UInt8(ascii: "#")) == nil)
    #expect(text.firstIndex(of: ByteSlice("sha256")) == 22)
    #expect(text.firstIndex(of: ByteSlice("s"), from: 4) == 4)
    #expect(text.firstIndex(of: ByteSlice("")) == 0)
    #expect(text.firstIndex(of: ByteSlice("x"), from: text.count) == nil)
    #expect(text.hasPrefix(ByteSlice("registry")) && !text.hasPrefix(ByteSlice("Registry")))
    #expect(text.hasSuffix(ByteSlice("ab")) && !text.hasSuffix(ByteSlice("abc")))
  }
}

@Suite("An arena")
struct ArenaTests {
  @Test("hands out aligned memory that does not overlap, also beyond its block")
  func allocation() {
    var arena = Arena(blockSize: 1024)
    var places: [(UnsafeMutableRawPointer, Int)] = []
    for size in [1, 15, 16, 17, 100, 5000, 3, 1024, 0, 900] {
      let place = arena.handle.allocate(byteCount: size)
      #expect(UInt(bitPattern: place) % 16 == 0)
      place.initializeMemory(as: UInt8.self, repeating: UInt8(places.count), count: size)
      places.append((place, size))
    }
    for (index, (place, size)) in places.enumerated() {
      let bytes = UnsafeRawBufferPointer(start: place, count: size)
      #expect(bytes.allSatisfy { $0 == UInt8(index) })
    }
    arena.reset()
    #expect(arena.bytesInUse == 0)
  }

  @Test("needs no second block for the next request of the same size, and keeps no more than its limit")
  func retention() {
    var arena = Arena(blockSize: 1024, retainedLimit: 64 << 10)
    for _ in 0..<20 { _ = arena.handle.allocate(byteCount: 1000) }
    arena.reset()
    let reserved = arena.bytesReserved
    for _ in 0..<20 { _ = arena.handle.allocate(byteCount: 1000) }
    #expect(arena.bytesReserved == reserved)
    _ = arena.handle.allocate(byteCount: 1 << 20)
    arena.reset()
    #expect(arena.bytesReserved <= 64 << 10)
  }

  @Test("copies and joins slices")
  func slices() {
    var arena = Arena()
    let joined = arena.handle.concatenate(ByteSlice("ab"), arena.handle.copy(ByteSlice("cd")))
    #expect(joined == "abcd")
    arena.reset()
  }
}
