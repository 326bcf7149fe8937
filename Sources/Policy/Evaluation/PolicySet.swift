internal import Admission
internal import CEL
public import JSON
public import Memory

/// A compiled set of policies: immutable, shared by all workers, replaced as a whole.
public final class PolicySet: @unchecked Sendable {
  /// What reports and metrics need to know of each policy, in the order of ``PolicyOutcome/policy``: by name, then by binding.
  public let policies: [PolicySummary]

  /// The exceptions, those that have ended included; the one that ends last comes first.
  public var exceptions: [ExceptionSummary] { compiledExceptions.summaries }

  /// Of each exception, what goes into answers and logs.
  public var exceptionTexts: UnsafeBufferPointer<ExceptionTexts> { compiledExceptions.texts }

  let compiledExceptions: CompiledExceptions
  let compiled: UnsafeBufferPointer<CompiledPolicy>
  let index: MatchIndex
  /// Of the policies with mutations.
  let mutationIndex: MatchIndex
  let program: Program
  let slots: Slots
  /// What explanations show of each policy, in the order of ``policies``; empty unless the set was loaded for them.
  let sources: [PolicySource]
  private let namespaces: NamespaceTable
  /// What parameters in `compiled` point to.
  private let parameters: [ParsedDocument]
  /// Owns what `compiled`, `compiledExceptions` and `index` point to.
  private let arena: Arena

  /// The inputs of the program.
  struct Slots {
    let object: VariableSlot
    let oldObject: VariableSlot
    let request: VariableSlot
    let namespaceObject: VariableSlot
    let allContainers: VariableSlot
    let params: VariableSlot
    /// What `namespaceObject` is where it is always null.
    let noNamespace: VariableSlot

    /// Makes the inputs known to a program, under the names that expressions have for them.
    init(_ builder: inout ProgramBuilder, _ scope: inout Scope) {
      func input(_ name: String) -> VariableSlot {
        let slot = builder.variable(name)
        scope.bind(name, to: slot)
        return slot
      }
      object = input(PolicyEnvironment.object)
      oldObject = input(PolicyEnvironment.oldObject)
      request = input(PolicyEnvironment.request)
      namespaceObject = input(PolicyEnvironment.namespaceObject)
      allContainers = input(PolicyEnvironment.allContainers)
      params = input(PolicyEnvironment.params)
      noNamespace = builder.variable("no namespace")
    }

    /// Gives the inputs their values for one view of a request; `params` is null until a policy's own are bound.
    /// - Parameter document: the request's text among the machine's documents.
    func bind(
      _ request: AdmissionRequest, document: UInt16, _ view: ObjectView, _ namespaceObject: Cursor?,
      to machine: inout Machine
    ) {
      machine.bind(object, view.object)
      machine.bind(oldObject, view.oldObject)
      machine.bind(allContainers, view.allContainers)
      machine.bind(self.request, machine.context.value(request.json, document: document))
      machine.bind(params, .null)
      machine.bind(noNamespace, .null)
      var value = Value.null
      if let namespaceObject {
        value = machine.context.value(namespaceObject, document: machine.addDocument(text: namespaceObject.text))
      }
      machine.bind(self.namespaceObject, value)
    }
  }

  init(
    policies: [PolicySummary], compiled: UnsafeBufferPointer<CompiledPolicy>, index: MatchIndex,
    mutationIndex: MatchIndex, program: Program, slots: Slots, namespaces: NamespaceTable,
    exceptions: CompiledExceptions, parameters: [ParsedDocument], sources: [PolicySource], arena: consuming Arena
  ) {
    self.policies = policies
    self.compiled = compiled
    self.index = index
    self.mutationIndex = mutationIndex
    self.program = program
    self.slots = slots
    self.namespaces = namespaces
    compiledExceptions = exceptions
    self.parameters = parameters
    self.sources = sources
    self.arena = arena
  }

  /// The Namespace of that name among the manifests, where no cluster supplies it.
  public func namespace(named name: ByteSlice) -> Cursor? {
    namespaces.namespace(named: name)
  }
}

/// A policy as reports, metrics and registration see it.
public struct PolicySummary: Sendable {
  public let name: String
  /// The binding that puts it into force; empty for a `Policy`.
  public let binding: String
  /// Where it was read, for messages: `policies/x/policy.yaml`.
  public let file: String
  /// `Fail` or `Ignore`.
  public let failurePolicy: FailurePolicy
  public let matchConstraints: MatchConstraints
  /// Whether it also judges the Pod templates of workloads.
  public let includesPodTemplates: Bool
  /// Whether it has validations or audit annotations.
  public let validates: Bool
  /// Whether it has mutations.
  public let mutates: Bool
  /// Whether its mutations are carried out once more when others have changed the object.
  public let isReinvoked: Bool

  /// The name in tables: with its binding, where it has one.
  public var title: String { binding.isEmpty ? name : "\(name) (\(binding))" }
}

public enum FailurePolicy: String, Sendable, CaseIterable {
  case fail = "Fail"
  case ignore = "Ignore"
}
