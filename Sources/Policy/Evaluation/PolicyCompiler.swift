internal import Admission
internal import CEL
internal import Memory

/// Turns manifests into one policy set: type-checks every expression, and lowers all of them into one program.
struct PolicyCompiler: ~Copyable {
  private var builder: ProgramBuilder
  /// What explanations show of each policy; empty unless the program is traced.
  private var sources: [PolicySource] = []
  let isTraced: Bool
  let arena = Arena(blockSize: 16 << 10, retainedLimit: .max)
  private var compiled: [CompiledPolicy] = []
  private var summaries: [PolicySummary] = []
  private(set) var inputs = Scope()
  private let slots: PolicySet.Slots
  private let parameters: [ParameterKind: [ParameterObject]]

  /// - Parameter parameters: the objects of each kind that policies can refer to.
  /// - Parameter isTraced: whether evaluations note what they compute, for explanations. Slow.
  init(parameters: [ParameterKind: [ParameterObject]], isTraced: Bool = false) {
    self.parameters = parameters
    self.isTraced = isTraced
    var options = ProgramBuilder.Options()
    options.isTraced = isTraced
    builder = ProgramBuilder(options)
    slots = PolicySet.Slots(&builder, &inputs)
  }

  /// Adds a policy, compiled once, as often as it is in force: a `Policy` by itself, a ValidatingAdmissionPolicy by each of its
  /// bindings. Policies come in the order of their names. Everything wrong with the expressions is reported.
  mutating func add(_ manifest: PolicyManifest, _ bindings: [BindingManifest], _ diagnostics: inout Diagnostics) {
    let base = PolicyEnvironment.base(manifest)
    var conditionScope = inputs
    // An API server evaluates match conditions without the namespace.
    if manifest.dialect != .policy { conditionScope.bind(PolicyEnvironment.namespaceObject, to: slots.noNamespace) }
    let conditions = manifest.matchConditions.compactMap { condition -> CompiledPolicy.MatchCondition? in
      compile(condition.expression, in: base, scope: conditionScope, as: [.bool], &diagnostics).map {
        CompiledPolicy.MatchCondition(entry: $0, expression: arena.handle.slice(condition.expression.text))
      }
    }
    var (environment, scope) = (base, inputs)
    compileVariables(manifest, &environment, &scope, &diagnostics)
    let validations = manifest.validations.compactMap {
      compile($0, manifest.dialect, in: environment, scope: scope, &diagnostics)
    }
    let annotations = manifest.auditAnnotations.compactMap { annotation -> CompiledPolicy.AuditAnnotation? in
      let key = annotationKey(manifest, annotation)
      return compile(annotation.valueExpression, in: environment, scope: scope, as: [.string, .null], &diagnostics).map
      {
        CompiledPolicy.AuditAnnotation(
          key: arena.handle.slice(key), entry: $0, expression: arena.handle.slice(annotation.valueExpression.text))
      }
    }
    let mutations = compileMutations(manifest, environment, scope, &diagnostics)
    let expressions = Expressions(
      conditions: conditions, validations: validations, annotations: annotations, mutations: mutations)
    if manifest.dialect == .policy {
      enforce(manifest, nil, expressions)
    } else {
      for binding in bindings { enforce(manifest, binding, expressions) }
    }
  }

  /// What a policy's expressions became.
  private struct Expressions {
    let conditions: [CompiledPolicy.MatchCondition]
    let validations: [CompiledPolicy.Validation]
    let annotations: [CompiledPolicy.AuditAnnotation]
    let mutations: [CompiledPolicy.Mutation]
  }

  /// The set of the policies added.
  consuming func finish(namespaces: NamespaceTable, exceptions: [ConditionedException]) -> PolicySet {
    let exceptions = self.exceptions(exceptions, policies: summaries.map(\.name))
    // A policy that has nothing to say in a phase is no candidate in it.
    let index = MatchIndex(zip(compiled, summaries).map { $0.matchEntry(isActive: $1.validates) }, arena.handle)
    let mutationIndex = MatchIndex(zip(compiled, summaries).map { $0.matchEntry(isActive: $1.mutates) }, arena.handle)
    let policies = arena.handle.buffer(compiled)
    return PolicySet(
      policies: summaries, compiled: policies, index: index, mutationIndex: mutationIndex, program: builder.finish(),
      slots: slots, namespaces: namespaces, exceptions: exceptions,
      parameters: parameters.values.flatMap { $0.map(\.document) }, sources: sources, arena: arena)
  }

  // MARK: Expressions

  private mutating func compileVariables(
    _ manifest: PolicyManifest, _ environment: inout Environment, _ scope: inout Scope, _ diagnostics: inout Diagnostics
  ) {
    // Without variables there is no `variables` either.
    if manifest.variables.isEmpty { return }
    var fields: [String: CELType] = [:]
    environment = PolicyEnvironment.environment(manifest, variables: fields)
    for variable in manifest.variables {
      // A variable that does not compile is still declared, so that its users report mistakes of their own only.
      fields[variable.name] = .dyn
      if let checked = check(variable.expression, in: environment, as: nil, &diagnostics) {
        fields[variable.name] = checked.resultType
        do {
          let slot = try builder.lazy(checked, name: variable.name, scope: scope)
          scope.bind(field: variable.name, of: PolicyEnvironment.variables, to: slot)
        } catch {
          report(error, variable.expression, &diagnostics)
        }
      }
      environment = PolicyEnvironment.environment(manifest, variables: fields)
    }
  }

  private mutating func compile(
    _ validation: PolicyManifest.Validation, _ dialect: PolicyManifest.Dialect, in environment: Environment,
    scope: Scope,
    _ diagnostics: inout Diagnostics
  ) -> CompiledPolicy.Validation? {
    let messageEntry = validation.messageExpression.flatMap {
      compile($0, in: environment.withoutAuthorizer, scope: scope, as: [.string], &diagnostics)
    }
    guard let entry = compile(validation.expression, in: environment, scope: scope, as: [.bool], &diagnostics) else {
      return nil
    }
    let message = validation.message?.trimmed ?? "failed expression: \(validation.expression.text.trimmed)"
    return CompiledPolicy.Validation(
      entry: entry, expression: arena.handle.slice(validation.expression.text), messageEntry: messageEntry,
      message: arena.handle.slice(message), reason: reason(validation.reason ?? dialect.defaultReason))
  }

  mutating func compile(
    _ expression: ExpressionSource, in environment: Environment, scope: Scope, as types: [CELType],
    _ diagnostics: inout Diagnostics
  ) -> EntryPoint? {
    guard let checked = check(expression, in: environment, as: types, &diagnostics) else { return nil }
    // What is wrong already will not run; compiling it would only repeat the report.
    do {
      return try builder.add(checked, scope: scope)
    } catch {
      report(error, expression, &diagnostics)
      return nil
    }
  }

  /// - Parameter types: what the expression may give; nil for anything. As in the API server, `dyn` will not do: an expression that
  ///   might give anything is refused when it is loaded, not when a request depends on it.
  private func check(
    _ expression: ExpressionSource, in environment: Environment, as types: [CELType]?, _ diagnostics: inout Diagnostics
  ) -> CheckedExpression? {
    do {
      let checked = try environment.check(expression.text)
      guard let types, !types.contains(checked.resultType) else { return checked }
      let names = types.map { $0 == .null ? "null_type" : $0.description }
      let wanted = names.count == 1 ? names[0] : "one of [\(names.joined(separator: " "))]"
      let advice = checked.resultType == .dyn && types == [.bool] ? "; compare it, for example with `== true`" : ""
      diagnostics.error(expression.node, "must evaluate to \(wanted) but got \(checked.resultType)\(advice)")
      return nil
    } catch {
      report(error, expression, &diagnostics)
      return nil
    }
  }

  private func report(_ errors: CompileErrors, _ expression: ExpressionSource, _ diagnostics: inout Diagnostics) {
    for issue in errors.issues {
      let place = expression.place(of: issue.offset, in: diagnostics.source)
      let advice = issue.suggestion.map { "; did you mean `\($0)`?" } ?? ""
      diagnostics.error(expression.node, at: place, issue.message + advice)
    }
  }

  // MARK: The rest

  private mutating func enforce(_ manifest: PolicyManifest, _ binding: BindingManifest?, _ expressions: Expressions) {
    summaries.append(
      PolicySummary(
        name: manifest.name, binding: binding?.name ?? "", file: manifest.source.name,
        failurePolicy: manifest.failurePolicy, matchConstraints: manifest.matchConstraints,
        includesPodTemplates: manifest.podTemplates == .include,
        validates: !manifest.validations.isEmpty || !manifest.auditAnnotations.isEmpty,
        mutates: !manifest.mutations.isEmpty, isReinvoked: manifest.reinvocationPolicy == .ifNeeded))
    if isTraced { sources.append(PolicySource(manifest, binding)) }
    let arena = arena.handle
    let warningStart =
      binding.map { "Validation failed for ValidatingAdmissionPolicy '\(manifest.name)' with binding '\($0.name)': " }
      ?? "\(manifest.name): "
    let actions = validationActions(manifest, binding)
    let parameters = manifest.paramKind.flatMap { kind in
      (binding?.paramRef ?? manifest.paramRef).map { CompiledParameters($0, self.parameters[kind] ?? [], arena) }
    }
    compiled.append(
      CompiledPolicy(
        name: arena.slice(manifest.name), binding: arena.slice(binding?.name ?? ""),
        warningStart: arena.slice(warningStart), failsOnError: manifest.failurePolicy == .fail,
        actions: CompiledPolicy.Actions(actions),
        actionList: arena.slice("[\(actions.map { "\"\($0.rawValue)\"" }.joined(separator: ","))]"),
        includesPodTemplates: manifest.podTemplates == .include, parameters: parameters,
        constraints: CompiledConstraints(manifest.matchConstraints, arena),
        bindingConstraints: CompiledConstraints(binding?.matchResources ?? MatchConstraints(), arena),
        matchConditions: arena.buffer(expressions.conditions), validations: arena.buffer(expressions.validations),
        auditAnnotations: arena.buffer(expressions.annotations),
        mutations: arena.buffer(expressions.mutations), isReinvoked: manifest.reinvocationPolicy == .ifNeeded,
        errorStart: arena.slice(errorStart(manifest, binding)), defaultReason: defaultReason(manifest)))
  }

  private func validationActions(_ manifest: PolicyManifest, _ binding: BindingManifest?) -> [ValidationAction] {
    // A binding of mutations says nothing of actions: what fails is denied.
    guard let binding, manifest.dialect == .validatingAdmissionPolicy else { return manifest.validationActions }
    return binding.validationActions
  }

  private func errorStart(_ manifest: PolicyManifest, _ binding: BindingManifest?) -> String {
    guard manifest.dialect == .mutatingAdmissionPolicy, let binding else { return "" }
    return "policy '\(manifest.name)' with binding '\(binding.name)' denied request: "
  }

  private func defaultReason(_ manifest: PolicyManifest) -> CompiledPolicy.Reason {
    guard manifest.dialect == .mutatingAdmissionPolicy else { return reason(manifest.dialect.defaultReason) }
    // The API server changes the reason of an error that is forbidden, and leaves its code.
    return CompiledPolicy.Reason(name: ByteSlice("Invalid"), code: 403)
  }

  private mutating func compileMutations(
    _ manifest: PolicyManifest, _ environment: Environment, _ scope: Scope, _ diagnostics: inout Diagnostics
  ) -> [CompiledPolicy.Mutation] {
    if manifest.mutations.isEmpty { return [] }
    var environment = environment
    environment.declarePatchTypes()
    return manifest.mutations.compactMap { mutation in
      let type: CELType =
        switch mutation.patchType {
        case .applyConfiguration: .object("Object")
        case .jsonPatch: .list(.object("JSONPatch"))
        }
      return compile(mutation.expression, in: environment, scope: scope, as: [type], &diagnostics).map {
        CompiledPolicy.Mutation(
          entry: $0, expression: arena.handle.slice(mutation.expression.text), patchType: mutation.patchType)
      }
    }
  }

  /// The policy's name and the annotation's, as far as a webhook's annotation may be long: what is too long is cut, and told apart
  /// by a number made of it.
  private func annotationKey(_ manifest: PolicyManifest, _ annotation: PolicyManifest.AuditAnnotation) -> String {
    let key = "\(manifest.name).\(annotation.key)"
    guard key.utf8.count > AuditAnnotationLimits.maximumKeyLength else { return key }
    var hash = FNV1a()
    key.withByteSlice { hash.add($0) }
    let digits = String(hash.value, radix: 16)
    return
      "\(key.prefix(AuditAnnotationLimits.maximumKeyLength - 17))-\(String(repeating: "0", count: 16 - digits.count))\(digits)"
  }

  private func reason(_ reason: DenialReason) -> CompiledPolicy.Reason {
    CompiledPolicy.Reason(name: arena.handle.slice(reason.rawValue), code: reason.code)
  }
}

extension CompiledPolicy.Actions {
  fileprivate init(_ actions: [ValidationAction]) {
    self = actions.reduce(into: []) { result, action in
      switch action {
      case .deny: result.insert(.deny)
      case .warn: result.insert(.warn)
      case .audit: result.insert(.audit)
      }
    }
  }
}
