/// Which requests a policy is about: the `matchConstraints` of a ValidatingAdmissionPolicy.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-v1/
public struct MatchConstraints: Sendable, Equatable {
  public var resourceRules: [ResourceRule] = []
  public var excludeResourceRules: [ResourceRule] = []
  public var namespaceSelector = LabelSelector()
  public var objectSelector = LabelSelector()
  public var matchPolicy = MatchPolicy.equivalent

  public init() {}
}

public enum MatchPolicy: String, Sendable, CaseIterable {
  case exact = "Exact"
  case equivalent = "Equivalent"
}

/// Operations on resources; `*` stands for all of a kind.
public struct ResourceRule: Sendable, Equatable {
  public var apiGroups: [String] = []
  public var apiVersions: [String] = []
  /// `pods`, `pods/status`, `pods/*`, `*`, `*/*`, `*/scale`.
  public var resources: [String] = []
  public var operations: [String] = []
  /// Empty: any name.
  public var resourceNames: [String] = []
  public var scope = Scope.all

  public init() {}

  public enum Scope: String, Sendable, CaseIterable {
    case all = "*"
    case namespaced = "Namespaced"
    case cluster = "Cluster"
  }
}

/// Labels that an object must have; empty: any labels.
public struct LabelSelector: Sendable, Equatable {
  public var matchLabels: [String: String] = [:]
  public var matchExpressions: [Requirement] = []

  public init() {}

  public var isEmpty: Bool { matchLabels.isEmpty && matchExpressions.isEmpty }

  public struct Requirement: Sendable, Equatable {
    public var key: String
    public var comparison: Comparison
    public var values: [String]

    public init(key: String, comparison: Comparison, values: [String]) {
      self.key = key
      self.comparison = comparison
      self.values = values
    }
  }

  public enum Comparison: String, Sendable, CaseIterable, BitwiseCopyable {
    case isIn = "In"
    case notIn = "NotIn"
    case exists = "Exists"
    case doesNotExist = "DoesNotExist"
  }
}
