internal import CEL
internal import Memory

/// The exceptions of a policy set, beside its policies.
struct CompiledExceptions {
  let summaries: [ExceptionSummary]
  let texts: UnsafeBufferPointer<ExceptionTexts>
  let index: ExceptionIndex
  /// Of each exception its conditions as written, for explanations; empty unless the set was loaded for them.
  let conditions: [[PolicySource.Expression]]
}

extension PolicyCompiler {
  /// An exception with its compiled conditions.
  typealias ConditionedException = (manifest: ExceptionManifest, conditions: UnsafeBufferPointer<EntryPoint>)

  /// Compiles the conditions of an exception; what is wrong with them is reported.
  mutating func conditions(
    of manifest: ExceptionManifest, _ diagnostics: inout Diagnostics
  ) -> UnsafeBufferPointer<EntryPoint> {
    let environment = PolicyEnvironment.base(.kubernetes).withoutAuthorizer
    let entries = manifest.matchConditions.compactMap { condition in
      compile(condition.expression, in: environment, scope: inputs, as: [.bool], &diagnostics)
    }
    return arena.handle.buffer(entries)
  }

  /// - Parameter policies: the names of the compiled policies, in their order.
  func exceptions(
    _ manifests: [ConditionedException], policies: [String]
  ) -> CompiledExceptions {
    let arena = arena.handle
    // The one that ends last comes first; of two with the same end, the one whose name does.
    let sorted = manifests.sorted {
      ($1.manifest.expiresAt, $0.manifest.name) < ($0.manifest.expiresAt, $1.manifest.name)
    }
    var places: [String: [Int32]] = [:]
    for (place, policy) in policies.enumerated() { places[policy, default: []].append(Int32(place)) }
    var byPolicy: [ExceptionIndex.Key: [CompiledException]] = [:]
    for (position, (manifest, conditions)) in sorted.enumerated() {
      let compiled = CompiledException(
        position: Int32(position), startsAt: manifest.startsAt?.nanoseconds ?? .min,
        expiresAt: manifest.expiresAt.nanoseconds, selector: CompiledSelector(manifest.selector, arena),
        kinds: arena.buffer(
          manifest.kinds.map {
            CompiledException.Kind(
              kind: arena.slice($0.kind), group: arena.slice($0.group ?? ""), isOfAnyGroup: $0.group == nil)
          }), names: arena.slices(manifest.names), conditions: conditions)
      for place in manifest.policies.flatMap({ places[$0.name] ?? [] }) {
        byPolicy[.init(policy: place, namespace: manifest.namespace ?? ""), default: []].append(compiled)
      }
    }
    let texts = sorted.map { (manifest, _) in
      ExceptionTexts(
        name: arena.slice(manifest.name), approvedBy: arena.slice(manifest.approvedBy),
        expiresAt: arena.slice(manifest.expiresAt.description), end: arena.slice(manifest.expiresAt.phrase),
        expiresAtNanoseconds: manifest.expiresAt.nanoseconds)
    }
    return CompiledExceptions(
      summaries: sorted.map { ExceptionSummary($0.manifest) }, texts: arena.buffer(texts),
      index: ExceptionIndex(byPolicy, arena),
      conditions: isTraced
        ? sorted.map { PolicySource.expressions($0.manifest.matchConditions, $0.manifest.source) } : [])
  }
}
