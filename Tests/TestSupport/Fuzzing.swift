/// A small random number generator (SplitMix64): the same seed gives the same numbers on every machine, so that what a fuzz
/// test finds can be found again.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to, and without, `bound`; 0 where `bound` is 0.
  public mutating func number(below bound: Int) -> Int {
    bound > 0 ? Int(next() % UInt64(bound)) : 0
  }
}

/// Makes hostile inputs out of real ones: cuts, flips, repeats, joins. Deterministic for a seed.
public struct Mutator: Sendable {
  private let corpus: [[UInt8]]
  /// Pieces that mean something to the parser under test.
  private let dictionary: [[UInt8]]
  private var generator: SeededGenerator

  /// - Parameters:
  ///   - corpus: real inputs, at least one.
  ///   - dictionary: keywords and separators worth inserting.
  public init(corpus: [[UInt8]], dictionary: [String] = [], seed: UInt64) {
    precondition(!corpus.isEmpty)
    self.corpus = corpus
    self.dictionary = dictionary.map { Array($0.utf8) }
    generator = SeededGenerator(seed: seed)
  }

  /// The next input: one of the corpus after one to four changes.
  public mutating func next() -> [UInt8] {
    var bytes = corpus[generator.number(below: corpus.count)]
    for _ in 0...generator.number(below: 4) { change(&bytes) }
    return bytes
  }

  /// A number for the test's own decisions, where to cut for example.
  public mutating func number(below bound: Int) -> Int { generator.number(below: bound) }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = generator.number(below: bytes.count)
    switch generator.number(below: 9) {
    case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(generator.number(below: 8))
    case 1 where !bytes.isEmpty: bytes[place] = UInt8(generator.number(below: 256))
    case 2 where !bytes.isEmpty:
      let interesting: [UInt8] = [0x00, 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x2C, 0x3A, 0x5C, 0x7B, 0x7D, 0x7F, 0x80, 0xFF]
      bytes[place] = interesting[generator.number(below: interesting.count)]
    case 3: bytes.removeSubrange(range(in: bytes))
    case 4: bytes.insert(contentsOf: bytes[range(in: bytes)], at: place)
    case 5: bytes.removeLast(bytes.count - place)
    case 6:
      let other = corpus[generator.number(below: corpus.count)]
      bytes.replaceSubrange(place..., with: other[generator.number(below: other.count)...])
    case 7 where !dictionary.isEmpty:
      bytes.insert(contentsOf: dictionary[generator.number(below: dictionary.count)], at: place)
    default: bytes.insert(UInt8(generator.number(below: 256)), at: place)
    }
  }

  private mutating func range(in bytes: [UInt8]) -> Range<Int> {
    let start = generator.number(below: bytes.count)
    let count = min(bytes.count - start, 1 + generator.number(below: generator.number(below: 8) == 0 ? 4_096 : 16))
    return start..<start + count
  }
}
