internal import JSON
internal import Memory

/// The selectors of a set's policies and of their bindings: by the name of the namespace, by its other labels, and by the
/// object's labels. Shared by all workers.
///
/// Of an UPDATE the policy's object selector may accept one object and the binding's the other, so each is asked of both.
struct PolicySelectors: BitwiseCopyable {
  private let names: SelectorIndex
  private let namespaces: SelectorIndex
  private let objects: SelectorIndex
  private let bindingObjects: SelectorIndex

  /// Labels of one of a request's objects.
  enum Labels {
    /// There is no such object.
    case absent
    /// As they stand in the object; nil where it has none.
    case of(Cursor?)
  }

  init(_ entries: [MatchEntry], _ arena: Arena.Handle) {
    var names = SelectorIndexBuilder(total: entries.count)
    var namespaces = SelectorIndexBuilder(total: entries.count)
    var objects = SelectorIndexBuilder(total: entries.count)
    var bindingObjects = SelectorIndexBuilder(total: entries.count)
    for (policy, entry) in entries.enumerated() where entry.isActive {
      for constraints in [entry.constraints, entry.bindingConstraints] {
        for requirement in constraints.namespaceSelector.requirements {
          if requirement.key == NamespaceLabels.nameLabel {
            names.add(requirement, of: policy)
          } else {
            namespaces.add(requirement, of: policy)
          }
        }
      }
      for requirement in entry.constraints.objectSelector.requirements { objects.add(requirement, of: policy) }
      for requirement in entry.bindingConstraints.objectSelector.requirements {
        bindingObjects.add(requirement, of: policy)
      }
    }
    self.names = names.build(arena)
    self.namespaces = namespaces.build(arena)
    self.objects = objects.build(arena)
    self.bindingObjects = bindingObjects.build(arena)
  }

  /// Takes the marks from policies whose selectors do not accept the namespace, or neither of the objects.
  /// - Parameter labels: those of the object and of the old object, asked for only where there are object selectors.
  @inline(__always)
  func restrict(
    _ marks: CandidateMarks, _ namespace: NamespaceLabels, _ labels: () -> (new: Labels, old: Labels)
  ) {
    if !names.isEmpty || !namespaces.isEmpty { restrict(marks, namespace) }
    if !objects.isEmpty || !bindingObjects.isEmpty {
      let labels = labels()
      restrict(marks, objects, labels.new, labels.old)
      restrict(marks, bindingObjects, labels.new, labels.old)
    }
  }

  private func restrict(_ marks: CandidateMarks, _ namespace: NamespaceLabels) {
    switch namespace.source {
    case .none: break
    case .nameOnly(let name):
      // What else its selector says of the namespace cannot be told, which is for the policy to fail by.
      restrict(marks, name: name)
    case .metadata(let metadata, let name):
      let labels = metadata?.member("labels")
      guard labels?.count ?? 0 <= SelectorIndex.maximumLabels else { return }
      if !name.isEmpty {
        restrict(marks, name: name)
      } else if !names.isEmpty {
        let pass = SelectorPass(names, marks)
        if let value = labels?.member(NamespaceLabels.nameLabel) {
          pass.take(NamespaceLabels.nameLabel, value.isString ? value.string(in: marks.arena) : nil)
        }
        pass.finish()
      }
      namespaces.restrict(marks, to: labels)
    }
  }

  private func restrict(_ marks: CandidateMarks, name: ByteSlice) {
    if names.isEmpty { return }
    let pass = SelectorPass(names, marks)
    pass.take(NamespaceLabels.nameLabel, name)
    pass.finish()
  }

  private func restrict(_ marks: CandidateMarks, _ index: SelectorIndex, _ new: Labels, _ old: Labels) {
    if index.isEmpty { return }
    switch (new, old) {
    case (.absent, .absent): break
    case (.of(let labels), .absent), (.absent, .of(let labels)): index.restrict(marks, to: labels)
    case (.of(let new), .of(let old)):
      // One of them is enough.
      let others = CandidateMarks(copyOf: marks)
      index.restrict(marks, to: new)
      index.restrict(others, to: old)
      marks.formUnion(others)
    }
  }
}
