import Policy
import TestSupport
import Testing

@Suite("Exceptions in any number")
struct ExceptionPropertyTests {
  /// A generator whose numbers depend on its seed alone (SplitMix64).
  struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
      return mixed ^ mixed >> 31
    }
  }

  private static let policies = ["net", "other", "third"]

  private static let manifests = policies.map { name in
    podPolicy("validations: [{expression: '!object.spec.?hostNetwork.orValue(false)', message: \(name)}]", name: name)
      + "---\n"
  }.joined()

  private static func pick<T>(_ values: [T], _ numbers: inout Numbers) -> T {
    values[Int.random(in: 0..<values.count, using: &numbers)]
  }

  private static func randomException(_ name: String, _ numbers: inout Numbers) -> String {
    var lines = ["policy: \(pick(policies, &numbers))"]
    if let namespace = pick(["a", "b", nil], &numbers) { lines.append("namespace: \(namespace)") }
    let value = pick(["v", "w"], &numbers)
    let key = pick(["k", "l"], &numbers)
    lines.append(
      pick(
        [
          "resourceSelector: {matchLabels: {\(key): \(value)}}",
          "resourceSelector: {matchExpressions: [{key: \(key), operator: NotIn, values: [\(value)]}]}",
          "resourceSelector: {matchExpressions: [{key: \(key), operator: Exists}]}", "kinds: [Pod]",
          "kinds: [DaemonSet]",
          "names: [web, 'n*']",
        ], &numbers))
    if Bool.random(using: &numbers) {
      lines.append(
        "matchConditions: [{name: c, expression: \"\(pick(["true", "object.metadata.name == 'web'", "object.x == 1"], &numbers))\"}]"
      )
    }
    if Bool.random(using: &numbers) { lines.append("startsAt: 2026-08-15") }
    lines.append("expiresAt: \(pick(["2026-08-31", "2026-09-15", "2026-10-01"], &numbers))")
    return exception(lines.joined(separator: "\n"), name: name)
  }

  private static func randomRequest(_ numbers: inout Numbers) -> String {
    let labels = ["{}", "{\"k\":\"v\"}", "{\"k\":\"w\",\"l\":\"v\"}", "{\"l\":\"w\"}"]
    let own = pick(labels, &numbers)
    let template = pick(labels, &numbers)
    let namespace = pick(["a", "b", ""], &numbers)
    let name = pick(["web", "node", "x"], &numbers)
    if Bool.random(using: &numbers) {
      return request(namespace: namespace, name: name, object: ExceptionCase.object(own, name: name))
    }
    let object =
      "{\"metadata\":{\"name\":\"\(name)\",\"labels\":\(own)},\"spec\":{\"template\":\(ExceptionCase.object(template, name: nil))}}"
    return request(
      group: "apps", resource: "daemonsets", kind: "DaemonSet", namespace: namespace, name: name, object: object)
  }

  @Test("never deny what fewer of them allow, and never touch a policy that they do not name", arguments: 0..<40)
  func removal(_ seed: Int) throws {
    var numbers = Numbers(state: UInt64(seed))
    let exceptions = (0..<Int.random(in: 1...6, using: &numbers)).map { Self.randomException("x\($0)", &numbers) }
    let removed = Int.random(in: 0..<exceptions.count, using: &numbers)
    let fewer = exceptions.enumerated().filter { $0.offset != removed }.map(\.element)
    let now = Self.pick(["2026-08-10", "2026-08-31", "2026-09-10", "2026-09-30T23:59:59Z", "2026-10-01"], &numbers)
    let all = try ExceptionFixture(Self.manifests + exceptions.joined(), now: now)
    let less = try ExceptionFixture(Self.manifests + fewer.joined(), now: now)
    let policy = try #require(Self.policies.first { exceptions[removed].contains("policy: \($0)\n") })
    for _ in 0..<20 {
      let request = Self.randomRequest(&numbers)
      let before = try all.judge(request)
      let after = try less.judge(request)
      // Removing an exception never turns a denial into an allow …
      if !before.allowed { #expect(!after.allowed, "\(exceptions.joined()) \(request)") }
      // … and another policy says what it said, word for word.
      for name in Self.policies where name != policy {
        #expect(before.results[name] == after.results[name])
        #expect(before.exceptions[name] == after.exceptions[name])
      }
      // Every use is visible.
      #expect((before.annotations["exception"] != nil) == before.exceptions.values.contains { !$0.isEmpty })
    }
  }

  @Test("lift in their hundreds what one of them lifts alone, and nothing else", arguments: 0..<4)
  func many(_ seed: Int) throws {
    var numbers = Numbers(state: UInt64(seed))
    let exceptions = (0..<150).map { Self.randomException("x\($0)", &numbers) }
    let now = Self.pick(["2026-08-10", "2026-09-10", "2026-09-30T23:59:59Z"], &numbers)
    let all = try ExceptionFixture(Self.manifests + exceptions.joined(), now: now)
    let alone = try exceptions.map { try ExceptionFixture(Self.manifests + $0, now: now) }
    for _ in 0..<10 {
      let request = Self.randomRequest(&numbers)
      let together = try all.judge(request)
      var single: [String: Set<String>] = [:]
      for fixture in alone {
        for (policy, names) in try fixture.judge(request).exceptions { single[policy, default: []].formUnion(names) }
      }
      for policy in Self.policies {
        let named = Set(together.exceptions[policy] ?? [])
        let known = single[policy] ?? []
        #expect(named.isSubset(of: known) && named.isEmpty == known.isEmpty, "\(request)")
      }
    }
  }
}
