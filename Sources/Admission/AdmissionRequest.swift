public import JSON
public import Memory

@frozen
public enum Operation: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  case create, update, delete, connect

  public var name: StaticString {
    switch self {
    case .create: "CREATE"
    case .update: "UPDATE"
    case .delete: "DELETE"
    case .connect: "CONNECT"
    }
  }
}

public struct GroupVersionKind: BitwiseCopyable, Equatable, Sendable {
  public var group: ByteSlice
  public var version: ByteSlice
  public var kind: ByteSlice

  public init(group: ByteSlice, version: ByteSlice, kind: ByteSlice) {
    self.group = group
    self.version = version
    self.kind = kind
  }
}

public struct GroupVersionResource: BitwiseCopyable, Equatable, Sendable {
  public var group: ByteSlice
  public var version: ByteSlice
  public var resource: ByteSlice

  public init(group: ByteSlice, version: ByteSlice, resource: ByteSlice) {
    self.group = group
    self.version = version
    self.resource = resource
  }
}

/// What somebody wants to do to an object. Absent strings are empty; absent or null objects are nil.
public struct AdmissionRequest: BitwiseCopyable, Sendable {
  public let uid: ByteSlice
  /// The kind that the object was converted to for this webhook.
  public let kind: GroupVersionKind
  public let resource: GroupVersionResource
  public let subResource: ByteSlice
  /// The kind, resource and subresource of the request as the user made it; those above where the review does not say.
  public let requestKind: GroupVersionKind
  public let requestResource: GroupVersionResource
  public let requestSubResource: ByteSlice
  /// Empty on a CREATE with `generateName`.
  public let name: ByteSlice
  /// Empty for objects without a namespace. For a Namespace it is the namespace's own name.
  public let namespace: ByteSlice
  public let operation: Operation
  public let username: ByteSlice
  public let userInfo: Cursor?
  public private(set) var object: Cursor?
  public let oldObject: Cursor?
  public let options: Cursor?
  public let dryRun: Bool
  /// The whole `request`.
  public let json: Cursor

  init(_ json: Cursor, arena: Arena.Handle) throws(AdmissionReviewError) {
    let reader = FieldReader(json: json, arena: arena)
    self.json = json
    uid = try reader.string("uid", "request.uid")
    guard !uid.isEmpty else { throw AdmissionReviewError(.missing, field: "request.uid") }
    guard uid.count <= AdmissionReview.maximumUIDLength else {
      throw AdmissionReviewError(.tooLong, field: "request.uid")
    }
    operation = try Self.operation(json.member("operation"))

    guard let kind = try reader.kind("kind", "request.kind") else {
      throw AdmissionReviewError(.missing, field: "request.kind")
    }
    guard let resource = try reader.resource("resource", "request.resource") else {
      throw AdmissionReviewError(.missing, field: "request.resource")
    }
    self.kind = kind
    self.resource = resource
    subResource = try reader.string("subResource", "request.subResource")
    requestKind = try reader.kind("requestKind", "request.requestKind") ?? kind
    let requestResource = try reader.resource("requestResource", "request.requestResource")
    self.requestResource = requestResource ?? resource
    requestSubResource =
      requestResource == nil ? subResource : try reader.string("requestSubResource", "request.requestSubResource")

    name = try reader.string("name", "request.name")
    namespace = try reader.string("namespace", "request.namespace")
    userInfo = try reader.object("userInfo", "request.userInfo")
    username =
      try userInfo.map { (info) throws(AdmissionReviewError) in
        try FieldReader(json: info, arena: arena).string("username", "request.userInfo.username")
      } ?? .empty
    object = try reader.object("object", "request.object")
    oldObject = try reader.object("oldObject", "request.oldObject")
    options = try reader.object("options", "request.options")
    switch json.member("dryRun") {
    case .some(let value) where !value.isNull:
      guard let flag = value.bool else { throw AdmissionReviewError(.notABool, field: "request.dryRun") }
      dryRun = flag
    default: dryRun = false
    }
  }

  /// The same request with its object as mutations have changed it. `json` stays what it was.
  public func replacingObject(_ object: Cursor) -> AdmissionRequest {
    var request = self
    request.object = object
    return request
  }

  private static func operation(_ value: Cursor?) throws(AdmissionReviewError) -> Operation {
    guard let value, !value.isNull else { throw AdmissionReviewError(.missing, field: "request.operation") }
    if value.isString("CREATE") { return .create }
    if value.isString("UPDATE") { return .update }
    if value.isString("DELETE") { return .delete }
    if value.isString("CONNECT") { return .connect }
    throw AdmissionReviewError(.unknownOperation, field: "request.operation")
  }
}

/// Members of one object, with the types they must have. `null` counts as absent, as for Go's decoder.
private struct FieldReader {
  let json: Cursor
  let arena: Arena.Handle

  func string(_ name: StaticString, _ field: StaticString) throws(AdmissionReviewError) -> ByteSlice {
    guard let value = json.member(name), !value.isNull else { return .empty }
    guard value.isString else { throw AdmissionReviewError(.notAString, field: field.description) }
    return value.string(in: arena)
  }

  func object(_ name: StaticString, _ field: StaticString) throws(AdmissionReviewError) -> Cursor? {
    guard let value = json.member(name), !value.isNull else { return nil }
    guard value.isObject else { throw AdmissionReviewError(.notAnObjectField, field: field.description) }
    return value
  }

  func kind(_ name: StaticString, _ field: StaticString) throws(AdmissionReviewError) -> GroupVersionKind? {
    guard let value = try object(name, field) else { return nil }
    let reader = FieldReader(json: value, arena: arena)
    let kind = GroupVersionKind(
      group: try reader.string("group", field), version: try reader.string("version", field),
      kind: try reader.string("kind", field))
    guard !kind.kind.isEmpty else { throw AdmissionReviewError(.missing, field: "\(field).kind") }
    return kind
  }

  func resource(_ name: StaticString, _ field: StaticString) throws(AdmissionReviewError) -> GroupVersionResource? {
    guard let value = try object(name, field) else { return nil }
    let reader = FieldReader(json: value, arena: arena)
    let resource = GroupVersionResource(
      group: try reader.string("group", field), version: try reader.string("version", field),
      resource: try reader.string("resource", field))
    guard !resource.resource.isEmpty else { throw AdmissionReviewError(.missing, field: "\(field).resource") }
    return resource
  }
}
