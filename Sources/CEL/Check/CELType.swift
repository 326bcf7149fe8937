/// A type of the CEL type system, as the checker sees it.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#values and, for `optional_type` and the Kubernetes types,
/// the libraries that define them.
public indirect enum CELType: Hashable, Sendable {
  /// Anything; what it holds is checked while evaluating.
  case dyn
  case null
  case bool
  case int
  case uint
  case double
  case string
  case bytes
  case timestamp
  case duration
  case list(CELType)
  case map(CELType, CELType)
  case optional(CELType)
  /// The type of a type: `type(1)` is `type(int)`.
  case type(CELType)
  /// A structure with named fields, declared in the environment: `kubernetes.AdmissionRequest`, the type of `variables`.
  case object(String)
  /// A type that only functions can take apart: `kubernetes.Quantity`, `net.IP`.
  case opaque(String)
  /// Such a type that is made of others: `tuple(int, string)`.
  case abstract(String, [CELType])
  /// A type parameter of a function's signature, `T`, or, while the checker runs, a type that is still to be found.
  case parameter(String)
  /// What the checker gives a node in which it has reported an error, so that one mistake is reported once.
  case error
}
