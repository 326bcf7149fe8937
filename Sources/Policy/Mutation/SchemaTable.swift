internal import JSON
public import Memory

/// What an API server of Kubernetes 1.36 knows of the types of its built-in kinds: their fields, how lists and maps merge, which
/// are atomic, and what encoding leaves out. README.md names the source.
///
/// The facts are text in the program (`SchemaTable+Facts.swift`) and become records when the table is first used, which takes about a
/// millisecond; the memory is never given back. Looking up allocates nothing.
public struct SchemaTable: @unchecked Sendable {
  /// A type of the table; a small number, so that merging walks without names.
  @frozen
  public struct TypeID: Equatable, Sendable, BitwiseCopyable {
    public let index: Int32

    @inlinable
    init(index: Int32) { self.index = index }
  }

  /// The table of the built-in kinds.
  public static let kubernetes = SchemaTable(decodingFacts: ())

  /// What stands for a custom resource: `metadata` as everywhere, and below anything else maps that merge and lists that are atomic,
  /// as in a CustomResourceDefinition that says nothing about its lists.
  public let custom: TypeID

  let types: UnsafePointer<TypeRecord>
  let fields: UnsafePointer<FieldRecord>
  let keys: UnsafePointer<KeyRecord>
  /// For each place of a field, its index, or -1.
  private let places: UnsafePointer<Int16>
  private let kinds: UnsafePointer<KindRecord>
  let typeCount: Int
  private let kindCount: Int

  init(
    types: UnsafePointer<TypeRecord>, typeCount: Int, fields: UnsafePointer<FieldRecord>,
    keys: UnsafePointer<KeyRecord>, places: UnsafePointer<Int16>, kinds: UnsafePointer<KindRecord>, kindCount: Int,
    custom: TypeID
  ) {
    self.types = types
    self.typeCount = typeCount
    self.fields = fields
    self.keys = keys
    self.places = places
    self.kinds = kinds
    self.kindCount = kindCount
    self.custom = custom
  }

  /// The type of a kind, or nil where it is not built in (a custom resource). Costs O(kinds), some hundred comparisons of a few bytes:
  /// look it up once for a request.
  public func type(group: ByteSlice, version: ByteSlice, kind: ByteSlice) -> TypeID? {
    for index in 0..<kindCount {
      let record = kinds[index]
      if record.kind == kind, record.group == group, record.version == version { return record.type }
    }
    return nil
  }

  /// Whether the table has the type as a plain text, number or truth value.
  public func scalar(_ type: TypeID) -> Scalar { self[type].scalar }

  /// The type of a struct's field or a map's entry, or nil where the type has none of that name.
  public func member(_ name: ByteSlice, of type: TypeID) -> TypeID? {
    field(name, of: type)?.type ?? self[type].mapElement
  }

  /// The type of a list's elements, or nil where the type is no list.
  public func element(of type: TypeID) -> TypeID? { self[type].listElement }

  // MARK: Records

  subscript(type: TypeID) -> TypeRecord {
    // INVARIANT: types come from the table, which has them all.
    assert(type.index >= 0 && type.index < typeCount)
    return types[Int(type.index)]
  }

  /// The field of a struct. Costs one look into a table, as a rule.
  @inline(__always)
  func field(_ name: ByteSlice, of type: TypeID) -> FieldRecord? {
    var place = Self.place(of: name, in: type)
    while true {
      let index = places[place & Self.placeMask]
      if index < 0 { return nil }
      let field = fields[Int(index)]
      if field.owner == type, field.name == name { return field }
      place &+= 1
    }
  }

  /// Where the search for a field begins: 16,384 places for a third as many fields.
  static var placeMask: Int { 1 << 14 - 1 }

  @inline(__always)
  static func place(of name: ByteSlice, in type: TypeID) -> Int {
    let bytes = UnsafeRawPointer(name.start)
    var bits: UInt64
    if name.count >= 8 {
      let tail = bytes.loadUnaligned(fromByteOffset: name.count &- 8, as: UInt64.self)
      bits = bytes.loadUnaligned(as: UInt64.self) &* 0x9E37_79B9_7F4A_7C15 ^ tail
    } else {
      bits = 0
      for index in 0..<name.count { bits = bits << 8 | UInt64(name[index]) }
    }
    bits = (bits ^ UInt64(truncatingIfNeeded: name.count) ^ UInt64(truncatingIfNeeded: type.index) << 40)
    bits &*= 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: bits >> 40)
  }

  /// What a type is when it is a scalar.
  public enum Scalar: UInt8, Sendable, BitwiseCopyable {
    /// Only a list or a map.
    case none
    case string
    /// An integer or a number with a fraction: the source does not tell.
    case numeric
    case boolean
    /// Any scalar: times, integers or strings.
    case untyped
    /// `100m`, `1.5Gi`, `2`: a string, or a number that becomes one.
    case quantity
  }

  struct TypeRecord: BitwiseCopyable {
    enum ListForm: UInt8, BitwiseCopyable {
      case none
      /// Replaced as a whole.
      case atomic
      /// Scalars, each once.
      case set
      /// Objects that their keys tell apart.
      case keyed
    }

    enum MapForm: UInt8, BitwiseCopyable {
      case none
      /// Replaced as a whole.
      case atomic
      /// A struct or map that merges.
      case granular
      /// As granular, of a custom resource: entries count as fields.
      case custom
    }

    var scalar = Scalar.none
    var list = ListForm.none
    var map = MapForm.none
    var keyCount: UInt8 = 0
    var firstKey: Int32 = 0
    var listElement: TypeID?
    /// Nil where only the fields are allowed.
    var mapElement: TypeID?
    var firstField: Int32 = 0
    var fieldCount: Int32 = 0
  }

  struct FieldRecord: BitwiseCopyable {
    var owner: TypeID
    var name: ByteSlice
    var type: TypeID
    var form: FieldForm
  }

  /// How Go's encoder treats a field.
  enum FieldForm: UInt8, BitwiseCopyable {
    /// Always there once set: no `omitempty`. What is `null` becomes the zero value of its type.
    case kept
    /// A pointer with `omitempty`: `null` is left out.
    case pointer
    /// `omitempty` on a scalar, list or map, or `omitzero`: what is zero or empty is left out.
    case emptyOmitted
    /// A struct that is always written, `{}` at least.
    case structure
  }

  /// A key field of a keyed list.
  struct KeyRecord: BitwiseCopyable {
    var name: ByteSlice
    /// What counts where an element lacks the field.
    var defaultValue: Cursor?
  }

  struct KindRecord: BitwiseCopyable {
    var group: ByteSlice
    var version: ByteSlice
    var kind: ByteSlice
    var type: TypeID
  }
}
