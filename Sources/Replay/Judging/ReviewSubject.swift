package import Admission
internal import JSON
internal import Memory

/// Who wanted to do what to which object: what a report shows of a review, and what it groups reviews by.
package struct ReviewSubject: Sendable, Equatable {
  package var operation: String
  package var kind: String
  /// With the subresource where there is one: `pods/exec`.
  package var resource: String
  package var isSubresource: Bool
  /// Empty for what is in no namespace.
  package var namespace: String
  /// With `*` where the name is to be generated.
  package var name: String
  /// The label `owner` of the object, or else of its Pod template; empty where there is none.
  package var owner: String
  package var user: String

  package init(_ request: AdmissionRequest) {
    operation = request.operation.name.description
    kind = request.kind.kind.string
    isSubresource = !request.subResource.isEmpty
    resource =
      isSubresource
      ? "\(request.resource.resource.string)/\(request.subResource.string)" : request.resource.resource.string
    namespace = request.resource.resource == "namespaces" ? "" : request.namespace.string
    name = request.name.isEmpty ? Self.generatedName(request) : request.name.string
    user = request.username.string
    owner = Self.owner(of: request.object ?? request.oldObject)
  }

  /// `CREATE Pod default/web`, with the subresource where there is one.
  package var text: String {
    let subject = isSubresource ? "\(kind) (\(resource))" : kind
    return "\(operation) \(subject) \(namespace.isEmpty ? "" : namespace + "/")\(name)"
  }

  /// Appends ``text`` as ``Printable`` shows it.
  /// - Returns: how many characters that are.
  func write(to buffer: inout ByteBuffer) -> Int {
    let start = buffer.count
    writePlainly(to: &buffer)
    if Printable.isPlain(buffer.bytes.dropFirst(start)) { return buffer.count - start }
    buffer.truncate(to: start)
    return buffer.append(printable: text)
  }

  /// Appends ``text`` as it is.
  func writePlainly(to buffer: inout ByteBuffer) {
    buffer.append(operation)
    buffer.append(" ")
    buffer.append(kind)
    if isSubresource {
      buffer.append(" (")
      buffer.append(resource)
      buffer.append(")")
    }
    buffer.append(" ")
    if !namespace.isEmpty {
      buffer.append(namespace)
      buffer.append("/")
    }
    buffer.append(name)
  }

  /// `Pod default/web`.
  package var object: String { "\(kind) \(namespace.isEmpty ? "" : namespace + "/")\(name)" }

  private static func generatedName(_ request: AdmissionRequest) -> String {
    guard let prefix = request.object?.member("metadata")?.member("generateName")?.stringValue else { return "" }
    return prefix + "*"
  }

  private static func owner(of object: Cursor?) -> String {
    guard let object else { return "" }
    if let owner = label(of: object) { return owner }
    guard let spec = object.member("spec") else { return "" }
    if let owner = spec.member("template").flatMap({ label(of: $0) }) { return owner }
    let template = spec.member("jobTemplate")?.member("spec")?.member("template")
    return template.flatMap { label(of: $0) } ?? ""
  }

  private static func label(of object: Cursor) -> String? {
    object.member("metadata")?.member("labels")?.member("owner")?.stringValue
  }
}
