internal import Memory

/// The types whose values only functions can take apart: what ``Value/detail`` of an `opaque` says.
///
/// The payload points to the type's own structure in the request's arena, or in the program's memory for a constant.
enum OpaqueType: UInt8 {
  /// `net.IP`: an ``IPAddress``.
  case address = 1
  /// `net.CIDR`: an ``IPNetwork``.
  case network
  /// `kubernetes.Quantity`: a ``Quantity``.
  case quantity
  /// `kubernetes.URL`: a ``URLReference``.
  case url
  /// `kubernetes.Semver`: a ``SemanticVersion``.
  case version
  /// `kubernetes.NamedFormat`: nothing; `count` is the raw value of a ``NamedFormat``.
  case format
  /// A compiled regular expression in the place of a literal one. No expression sees it.
  case pattern

  var name: ByteSlice {
    switch self {
    case .address: ByteSlice("net.IP")
    case .network: ByteSlice("net.CIDR")
    case .quantity: ByteSlice("kubernetes.Quantity")
    case .url: ByteSlice("kubernetes.URL")
    case .version: ByteSlice("kubernetes.Semver")
    case .format: ByteSlice("kubernetes.NamedFormat")
    case .pattern: ByteSlice("string")
    }
  }

  /// The function that makes such a value, which descriptions show.
  var functionName: StaticString {
    switch self {
    case .address: "ip"
    case .network: "cidr"
    case .quantity: "quantity"
    case .url: "url"
    case .version: "semver"
    case .format: "format.named"
    case .pattern: "pattern"
    }
  }
}

extension CELType {
  static let address = CELType.opaque("net.IP")
  static let network = CELType.opaque("net.CIDR")
  static let quantity = CELType.object("kubernetes.Quantity")
  static let url = CELType.object("kubernetes.URL")
  static let semanticVersion = CELType.object("kubernetes.Semver")
  static let namedFormat = CELType.object("kubernetes.NamedFormat")
}

extension Value {
  /// Which of the types an `opaque` value is of.
  var opaqueType: OpaqueType? { tag == .opaque ? OpaqueType(rawValue: detail) : nil }

  /// What the payload points to. Whoever calls it has looked at the type.
  func opaque<Content: BitwiseCopyable>(as type: Content.Type) -> Content {
    pointer.assumingMemoryBound(to: type).pointee
  }
}

extension EvaluationContext {
  /// A value of an opaque type, its content copied into the arena.
  func opaque<Content: BitwiseCopyable>(_ type: OpaqueType, _ content: Content) -> Value {
    let place = arena.allocate(Content.self, count: 1)
    place.pointee = content
    return Value(tag: .opaque, detail: type.rawValue, payload: Value.address(of: UnsafeRawPointer(place)))
  }

  /// Whether two values of opaque types are equal, as the types define it.
  func equalOpaques(_ left: Value, _ right: Value) -> Bool {
    guard left.detail == right.detail, let type = left.opaqueType else { return false }
    switch type {
    case .address: return left.opaque(as: IPAddress.self) == right.opaque(as: IPAddress.self)
    case .network: return left.opaque(as: IPNetwork.self) == right.opaque(as: IPNetwork.self)
    case .quantity: return Quantity.compare(left.opaque(as: Quantity.self), right.opaque(as: Quantity.self)) == 0
    case .url: return text(of: left.opaque(as: URLReference.self)) == text(of: right.opaque(as: URLReference.self))
    case .version:
      return SemanticVersion.compare(left.opaque(as: SemanticVersion.self), right.opaque(as: SemanticVersion.self)) == 0
    case .format: return left.count == right.count
    case .pattern: return left.payload == right.payload
    }
  }

  /// What `==` says where its left side is of an opaque type: cel-go leaves the answer to that type, which knows no
  /// other.
  @inline(never)
  func opaqueEquality(_ left: Value, _ right: Value, wanted: Bool) -> Value {
    if right.tag == .null { return .bool(!wanted) }
    guard right.tag == .opaque, left.detail == right.detail else { return .noOverload }
    if left.detail == OpaqueType.quantity.rawValue, right.opaque(as: Quantity.self).isComputed { return .noOverload }
    return .bool(equalOpaques(left, right) == wanted)
  }

  /// The text that Go's `String` of the type gives.
  func opaqueText(_ value: Value) -> ByteSlice {
    switch value.opaqueType {
    case .address: text(of: value.opaque(as: IPAddress.self))
    case .network: text(of: value.opaque(as: IPNetwork.self))
    case .quantity: text(of: value.opaque(as: Quantity.self))
    case .url: text(of: value.opaque(as: URLReference.self))
    case .version: text(of: value.opaque(as: SemanticVersion.self))
    case .format: NamedFormat(rawValue: value.count)?.title ?? .empty
    case .pattern, nil: ByteSlice("opaque")
    }
  }
}
