internal import Memory

extension Function {
  static let firstOfKubernetes: UInt16 = 1000

  /// As ``signature``, of the functions of Kubernetes' libraries, of sets and of networks.
  var kubernetesSignature: (name: String, isMember: Bool?, counts: ClosedRange<Int>) {
    switch self {
    case .ip: ("ip", false, 1...1)
    case .isIP: ("isIP", false, 1...1)
    // Never named so, see `variant`.
    case .specIP: ("ip@spec", false, 1...1)
    case .specIsIP: ("isIP@spec", false, 1...1)
    case .ipIsCanonical: ("ip.isCanonical", false, 1...1)
    case .networkIP: ("ip", true, 1...1)
    case .cidr: ("cidr", false, 1...1)
    case .isCIDR: ("isCIDR", false, 1...1)
    case .family: ("family", true, 1...1)
    case .isUnspecified: ("isUnspecified", true, 1...1)
    case .isLoopback: ("isLoopback", true, 1...1)
    case .isLinkLocalMulticast: ("isLinkLocalMulticast", true, 1...1)
    case .isLinkLocalUnicast: ("isLinkLocalUnicast", true, 1...1)
    case .isGlobalUnicast: ("isGlobalUnicast", true, 1...1)
    case .containsIP: ("containsIP", true, 2...2)
    case .containsCIDR: ("containsCIDR", true, 2...2)
    case .masked: ("masked", true, 1...1)
    case .prefixLength: ("prefixLength", true, 1...1)
    case .isMask: ("isMask", true, 1...1)
    case .quantity: ("quantity", false, 1...1)
    case .isQuantity: ("isQuantity", false, 1...1)
    case .quantitySign: ("sign", false, 1...1)
    case .asApproximateFloat: ("asApproximateFloat", true, 1...1)
    case .asInteger: ("asInteger", true, 1...1)
    case .isInteger: ("isInteger", true, 1...1)
    case .add: ("add", true, 2...2)
    case .subtract: ("sub", true, 2...2)
    case .semver: ("semver", false, 1...2)
    case .isSemver: ("isSemver", false, 1...2)
    case .major: ("major", true, 1...1)
    case .minor: ("minor", true, 1...1)
    case .patch: ("patch", true, 1...1)
    case .isLessThan: ("isLessThan", true, 2...2)
    case .isGreaterThan: ("isGreaterThan", true, 2...2)
    case .compareTo: ("compareTo", true, 2...2)
    case .url: ("url", false, 1...1)
    case .isURL: ("isURL", false, 1...1)
    case .getScheme: ("getScheme", true, 1...1)
    case .getHost: ("getHost", true, 1...1)
    case .getHostname: ("getHostname", true, 1...1)
    case .getPort: ("getPort", true, 1...1)
    case .getEscapedPath: ("getEscapedPath", true, 1...1)
    case .getQuery: ("getQuery", true, 1...1)
    case .formatNamed: ("format.named", false, 1...1)
    case .validate: ("validate", true, 2...2)
    case .find: ("find", true, 2...2)
    case .findAll: ("findAll", true, 2...3)
    case .setsContains: ("sets.contains", false, 2...2)
    case .setsEquivalent: ("sets.equivalent", false, 2...2)
    case .setsIntersects: ("sets.intersects", false, 2...2)
    case .escapeKey: ("jsonpatch.escapeKey", false, 1...1)
    case .makeObject: ("@object", false, 2...2)
    default: authorizerSignature ?? (NamedFormat(self).map { "format.\($0.name)" } ?? "", false, 0...0)
    }
  }

  /// Whether the second argument is a regular expression, which is compiled at once where it is constant.
  var takesPattern: Bool { self == .find || self == .findAll }

  private var authorizerSignature: (name: String, isMember: Bool?, counts: ClosedRange<Int>)? {
    switch self {
    case .authorizerPath: ("path", true, 2...2)
    case .authorizerGroup: ("group", true, 2...2)
    case .authorizerServiceAccount: ("serviceAccount", true, 3...3)
    case .authorizerResource: ("resource", true, 2...2)
    case .authorizerSubresource: ("subresource", true, 2...2)
    case .authorizerNamespace: ("namespace", true, 2...2)
    case .authorizerName: ("name", true, 2...2)
    case .authorizerCheck: ("check", true, 2...2)
    case .authorizerErrored: ("errored", true, 1...1)
    case .authorizerError: ("error", true, 1...1)
    case .authorizerAllowed: ("allowed", true, 1...1)
    case .authorizerReason: ("reason", true, 1...1)
    case .authorizerFieldSelector: ("fieldSelector", true, 2...2)
    case .authorizerLabelSelector: ("labelSelector", true, 2...2)
    default: nil
    }
  }
}

extension EvaluationContext {
  /// The value of one of these functions.
  func kubernetesCall(
    _ function: Function, _ instruction: Instruction, _ registers: UnsafeMutablePointer<Value>,
    _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    let first = UnsafePointer(registers + Int(instruction.a))
    guard instruction.opcode == .call2 else {
      let count = instruction.opcode == .call1 ? 1 : Int(instruction.b)
      return kubernetesCall(function, UnsafeBufferPointer(start: first, count: count), state)
    }
    let second = registers[Int(instruction.b)]
    return withUnsafeTemporaryAllocation(of: Value.self, capacity: 2) { pair in
      pair.initializeElement(at: 0, to: first.pointee)
      pair.initializeElement(at: 1, to: second)
      return kubernetesCall(function, UnsafeBufferPointer(pair), state)
    }
  }

  private func kubernetesCall(
    _ function: Function, _ arguments: UnsafeBufferPointer<Value>, _ state: UnsafeMutablePointer<MachineState>
  ) -> Value {
    var bytes = 0
    for argument in arguments {
      if argument.isError { return argument }
      bytes &+= Int(argument.count >> 4)
    }
    if bytes > 4, let error = state.pointee.charge(bytes) { return error }
    switch function {
    case .ip, .isIP, .specIP, .specIsIP, .ipIsCanonical, .networkIP, .cidr, .isCIDR, .family, .isUnspecified,
      .isLoopback, .isLinkLocalMulticast, .isLinkLocalUnicast, .isGlobalUnicast, .containsIP, .containsCIDR, .masked,
      .prefixLength, .isMask:
      return networkFunction(function, arguments)
    case .quantity, .isQuantity, .quantitySign, .asApproximateFloat, .asInteger, .isInteger, .add, .subtract:
      return quantityFunction(function, arguments)
    case .semver, .isSemver, .major, .minor, .patch:
      return versionFunction(function, arguments)
    case .isLessThan, .isGreaterThan, .compareTo:
      return arguments[0].opaqueType == .version
        ? versionFunction(function, arguments) : quantityFunction(function, arguments)
    case .url, .isURL, .getScheme, .getHost, .getHostname, .getPort, .getEscapedPath, .getQuery:
      return urlFunction(function, arguments)
    case .find, .findAll: return findFunction(function, arguments, state)
    case .setsContains, .setsEquivalent, .setsIntersects: return setFunction(function, arguments, state)
    case .escapeKey: return escapeKey(arguments)
    case .makeObject: return makeObject(arguments[0], arguments[1])
    case .formatNamed, .validate: return formatFunction(function, arguments)
    default: return NamedFormat(function) == nil ? noOverload(function, arguments) : formatFunction(function, arguments)
    }
  }
}
