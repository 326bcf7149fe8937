/// The `metadata` of a cluster-scoped object, checked as an API server checks it.
enum ObjectMetadata {
  private static let fields = [
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
    "managedFields",
  ]

  /// Bytes of all annotations of an object together.
  static let maximumAnnotationSize = 256 << 10

  /// The name, with its place; nil where there is none. All that is wrong is reported.
  static func name(
    of root: ManifestNode, _ metadata: ManifestNode?, _ diagnostics: inout Diagnostics
  ) -> (name: String, node: ManifestNode)? {
    guard let metadata else {
      diagnostics.required(root.absent("metadata").absent("name"), "name or generateName is required")
      return nil
    }
    let known = metadata.fields(fields, &diagnostics)
    if let namespace = known["namespace"], namespace.string(&diagnostics)?.isEmpty == false {
      diagnostics.forbidden(namespace, "not allowed on this type")
    }
    if let labels = known["labels"] {
      _ = labels.stringMap(&diagnostics)
      LabelSelector.checkLabels(labels, &diagnostics)
    }
    if let annotations = known["annotations"] { check(annotations: annotations, &diagnostics) }
    guard let node = known["name"] else {
      diagnostics.required(metadata.absent("name"), "name or generateName is required")
      return nil
    }
    guard let name = node.string(&diagnostics) else { return nil }
    if name.isEmpty {
      diagnostics.required(node, "name or generateName is required")
      return nil
    }
    diagnostics.invalid(node, name, each: Names.subdomainProblems(name))
    return (name, node)
  }

  private static func check(annotations node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let annotations = node.stringMap(&diagnostics)
    for key in annotations.keys.sorted() {
      diagnostics.invalid(node, key, each: Names.labelKeyProblems(key.lowercased()))
    }
    if annotations.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) > maximumAnnotationSize {
      diagnostics.error(node, "Too long: may not be more than \(maximumAnnotationSize) bytes")
    }
  }
}
