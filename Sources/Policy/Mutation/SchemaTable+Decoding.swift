internal import JSON
internal import Memory

extension SchemaTable {
  /// Reads the facts. README.md describes their form.
  init(decodingFacts: Void) {
    let names = Self.words(of: Self.names)
    var decoder = Decoder(words: Self.words(of: Self.types), names: names)
    decoder.readTypes()
    decoder.readDefaults(Self.keyDefaults)
    let kinds = Self.kinds(from: Self.words(of: Self.kinds))
    guard let custom = kinds.first else { preconditionFailure("the table begins with the type of custom resources") }
    self.init(
      types: Self.kept(decoder.types), typeCount: decoder.types.count, fields: Self.kept(decoder.fields),
      keys: Self.kept(decoder.keys), places: Self.kept(Self.places(of: decoder.fields)),
      kinds: Self.kept(Array(kinds.dropFirst())), kindCount: kinds.count - 1,
      custom: custom.type)
  }

  private static func places(of fields: [FieldRecord]) -> [Int16] {
    precondition(fields.count <= placeMask / 2, "the table's fields leave half of the places free")
    var places = [Int16](repeating: -1, count: placeMask + 1)
    for (index, field) in fields.enumerated() {
      var place = place(of: field.name, in: field.owner)
      while places[place & placeMask] >= 0 { place &+= 1 }
      places[place & placeMask] = Int16(index)
    }
    return places
  }

  private static func kinds(from words: [ByteSlice]) -> [KindRecord] {
    stride(from: 0, to: words.count, by: 4).map { start in
      KindRecord(
        group: words[start] == "-" ? .empty : words[start], version: words[start + 1], kind: words[start + 2],
        type: TypeID(index: number(words[start + 3])))
    }
  }

  /// Memory that lasts as long as the program, as the table does.
  private static func kept<Record: BitwiseCopyable>(_ records: [Record]) -> UnsafePointer<Record> {
    let memory = UnsafeMutablePointer<Record>.allocate(capacity: max(records.count, 1))
    memory.initialize(from: records, count: records.count)
    return UnsafePointer(memory)
  }

  fileprivate static func words(of text: StaticString) -> [ByteSlice] {
    let bytes = ByteSlice(text)
    var words: [ByteSlice] = []
    var start = 0
    for index in 0...bytes.count where index == bytes.count || bytes[index] == 0x20 || bytes[index] == 0x0A {
      if index > start { words.append(bytes[start..<index]) }
      start = index + 1
    }
    return words
  }

  fileprivate static func number(_ word: ByteSlice) -> Int32 {
    guard let number = Numbers.integer(word) else { preconditionFailure("\(word.string) in the table is a number") }
    return Int32(number)
  }

  private struct Decoder {
    let words: [ByteSlice]
    let names: [ByteSlice]
    var place = 0
    var types: [TypeRecord] = []
    var fields: [FieldRecord] = []
    var keys: [KeyRecord] = []

    init(words: [ByteSlice], names: [ByteSlice]) {
      self.words = words
      self.names = names
    }

    mutating func readTypes() {
      while place < words.count {
        var type = TypeRecord()
        type.scalar = scalar(next())
        readList(&type)
        readMap(&type)
        types.append(type)
      }
    }

    /// An element without a key has the default of the key's field.
    mutating func readDefaults(_ text: StaticString) {
      let words = SchemaTable.words(of: text)
      // The cursors point into a tape that lasts as long as the table.
      for start in stride(from: 0, to: words.count, by: 3) {
        let element = TypeID(index: number(words[start]))
        let name = names[Int(number(words[start + 1]))]
        for type in types where type.list == .keyed && type.listElement == element {
          for key in Int(type.firstKey)..<Int(type.firstKey) + Int(type.keyCount) where keys[key].name == name {
            keys[key].defaultValue = value(words[start + 2])
          }
        }
      }
    }

    private func value(_ text: ByteSlice) -> Cursor {
      var tape = Tape()
      guard (try? tape.parse(text)) != nil else { preconditionFailure("\(text.string) in the table is JSON") }
      // A scalar is one word.
      let word = UnsafeMutablePointer<Word>.allocate(capacity: 1)
      word.initialize(to: tape.root.word.pointee)
      return Cursor(word: word, text: text.start)
    }

    private mutating func readList(_ type: inout TypeRecord) {
      let form = next()
      if form == "-" { return }
      type.listElement = TypeID(index: nextNumber())
      type.list = form == "a" ? .atomic : form == "s" ? .set : .keyed
      guard type.list == .keyed else { return }
      type.firstKey = Int32(keys.count)
      type.keyCount = UInt8(nextNumber())
      for _ in 0..<type.keyCount {
        keys.append(KeyRecord(name: names[Int(nextNumber())], defaultValue: nil))
      }
    }

    private mutating func readMap(_ type: inout TypeRecord) {
      let form = next()
      if form == "-" { return }
      type.map = form == "a" ? .atomic : form == "c" ? .custom : .granular
      let element = next()
      type.mapElement = element == "-" ? nil : TypeID(index: number(element))
      type.firstField = Int32(fields.count)
      type.fieldCount = nextNumber()
      for _ in 0..<type.fieldCount {
        let name = names[Int(nextNumber())]
        let fieldType = TypeID(index: nextNumber())
        let owner = TypeID(index: Int32(types.count))
        fields.append(FieldRecord(owner: owner, name: name, type: fieldType, form: fieldForm(next())))
      }
    }

    private func scalar(_ word: ByteSlice) -> Scalar {
      switch word[0] {
      case UInt8(ascii: "s"): .string
      case UInt8(ascii: "n"): .numeric
      case UInt8(ascii: "b"): .boolean
      case UInt8(ascii: "u"): .untyped
      case UInt8(ascii: "q"): .quantity
      default: .none
      }
    }

    private func fieldForm(_ word: ByteSlice) -> FieldForm {
      switch word[0] {
      case UInt8(ascii: "p"): .pointer
      case UInt8(ascii: "e"): .emptyOmitted
      case UInt8(ascii: "s"): .structure
      default: .kept
      }
    }

    private mutating func next() -> ByteSlice {
      place += 1
      return words[place - 1]
    }

    private mutating func nextNumber() -> Int32 { number(next()) }
  }
}
