/// A function's name and the signatures it can be called with.
public struct FunctionDeclaration: Sendable {
  public let name: String
  public let overloads: [Overload]

  public init(_ name: String, _ overloads: [Overload]) {
    self.name = name
    self.overloads = overloads
  }

  public struct Overload: Sendable, Hashable {
    /// Unique in the whole library; the standard ones are those of the CEL specification.
    public let id: String
    /// Called as `receiver.function(…)`: the first of `parameters` is the receiver's type.
    public let isMember: Bool
    public let parameters: [CELType]
    public let result: CELType

    public init(_ id: String, isMember: Bool = false, _ parameters: [CELType], _ result: CELType) {
      self.id = id
      self.isMember = isMember
      self.parameters = parameters
      self.result = result
    }
  }
}
