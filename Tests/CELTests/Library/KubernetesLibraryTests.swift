import CEL
import Foundation
import TestSupport
import Testing

@Suite("Libraries of an API server")
struct KubernetesLibraryTests {
  @Test("find and findAll take a text's matches")
  func regex() {
    Expectations.check([
      "'abc 123'.find('[0-9]+')": #""123""#, "'abc 123'.find('xyz')": #""""#, "'abc 123'.find('[0-9]*')": #""""#,
      "'123 abc 456'.findAll('[0-9]+')": #"["123", "456"]"#, "'123 abc 456'.findAll('[0-9]+', 1)": #"["123"]"#,
      "'123 abc 456'.findAll('[0-9]+', 0)": "[]", "'123 abc 456'.findAll('[0-9]+', -1)": #"["123", "456"]"#,
      "'123'.findAll('xyz')": "[]", "'aäb'.findAll('')": #"["", "", "", ""]"#,
      "'baac'.findAll('a*')": #"["", "aa", ""]"#,
      "'aXbX'.findAll('(a|b)X')": #"["aX", "bX"]"#, "'aba'.findAll('^a')": #"["a"]"#,
      "'abc'.find(dyn('b'))": #""b""#,
      "'abc'.find(dyn('['))": "error: Illegal regex: error parsing regexp: missing closing ]: `[`",
      "'abc'.find('[')": "rejected: error parsing regexp: missing closing ]: `[`",
      "'abc'.findAll('[', 2)": "rejected: error parsing regexp: missing closing ]: `[`",
      "dyn(1).find('a')": "error: no such overload: find(int, string)",
    ])
  }

  @Test("sets compare lists as sets")
  func sets() {
    Expectations.check([
      "sets.contains([], [])": "true", "sets.contains([], [1])": "false", "sets.contains([1, 2, 3, 4], [2, 3])": "true",
      "sets.contains([1, 2.0, 3u].map(x, dyn(x)), [dyn(1.0), dyn(2u)])":
        "rejected: expected type 'int' but found 'double'",
      "sets.equivalent([], [])": "true", "sets.equivalent([1], [1, 1])": "true",
      "sets.equivalent([1, 2], [1])": "false",
      "sets.intersects([1], [])": "false", "sets.intersects([1], [1, 2])": "true",
      "sets.intersects([[1], [2, 3]], [[1, 2], [2, 3]])": "true",
      "sets.contains([1], ['a'])":
        "rejected: found no matching overload for 'sets.contains' applied to '(list(int), list(string))'",
      "sets.contains([dyn(1)], [dyn(1u), dyn(1.0)])": "true",
    ])
  }

  @Test(
    "what a later or an unused library has is not there",
    arguments: [
      "[1].includes(1)", "math.greatest(1, 2)", "math.sign(1)", "base64.encode(b'a')", "cel.bind(x, 1, x)",
      "'a'.reverse()",
      "regex.extract('a', 'a')", "proto.getExt(1, x)", "jsonpatch.escapeKey('a')", "Object{}", "JSONPatch{}",
    ])
  func absent(source: String) {
    #expect(Expectations.result(source).hasPrefix("rejected: "), "\(source)")
  }

  @Test("authorization checks are typed, and need a cluster")
  func authorizer() {
    let needed = "needs a cluster: only an API server can answer authorization checks"
    Expectations.check([
      "authorizer.group('apps').resource('deployments').namespace('n').name('x').subresource('scale').check('get').allowed()":
        "error: `authorizer` \(needed)",
      "authorizer.requestResource.check('get').reason() == ''": "error: `authorizer.requestResource` \(needed)",
      "authorizer.path('/healthz').check('get').errored()": "error: `authorizer` \(needed)",
      "authorizer.serviceAccount('default', 'sa').group('').resource('pods').labelSelector('a=b').fieldSelector('c=d')"
        + ".check('list').error()": "error: `authorizer` \(needed)",
      "false && authorizer.path('/').check('get').allowed()": "false",
      "authorizer.check('get')":
        "rejected: found no matching overload for 'check' applied to 'kubernetes.authorization.Authorizer.(string)'",
      "authorizer.path(1)":
        "rejected: found no matching overload for 'path' applied to 'kubernetes.authorization.Authorizer.(int)'",
      "authorizer.path('/').check('get')  == 1":
        "rejected: found no matching overload for '_==_' applied to '(kubernetes.authorization.Decision, int)'",
      "dyn(1).path('/')": "error: no such overload: path(int, string)",
    ])
  }

  @Test("mutations make objects that know their types")
  func objects() {
    Expectations.check(
      [
        "Object{}": "Object{}",
        "Object{spec: Object.spec{replicas: 3}}": #"Object{"spec": Object.spec{"replicas": 3}}"#,
        "type(Object.spec.template{})": "Object.spec.template",
        "type(Object{}) == Object": "true", "Object{} == Object{}": "true",
        "Object{a: 1} == Object{a: 1}": "true", "Object{a: 1} == Object{a: 2}": "false",
        "dyn(Object{}) == dyn({})": "false", "dyn(Object{}) == dyn(Object.a{})": "false",
        "Object{?a: optional.none(), ?b: optional.of(1)}": #"Object{"b": 1}"#,
        "Object{a: 1 / 0}": "error: division by zero",
        "[Object.spec{a: 1}].map(x, x.a)": "[1]",
        "Objects{}": "rejected: undeclared reference to 'Objects' (in container '')",
        "JSONPatch{op: 'add', path: '/a', value: {'b': 1}}":
          #"JSONPatch{"op": "add", "path": "/a", "value": {"b": 1}}"#,
        "JSONPatch{op: 1}": "rejected: expected type of field 'op' is 'string' but provided type is 'int'",
        "JSONPatch{op: dyn(1)}": "error: unexpected type int64 for JSONPatchType 'op' field",
        "JSONPatch{to: 'a'}": "rejected: undefined field 'to'",
        "[JSONPatch{op: 'remove', path: '/metadata/labels/' + jsonpatch.escapeKey('k8s.io/my~label')}]":
          #"[JSONPatch{"op": "remove", "path": "/metadata/labels/k8s.io~1my~0label"}]"#,
        "jsonpatch.escapeKey('~1')": #""~01""#, "jsonpatch.escapeKey('')": #""""#,
      ], patches: true)
  }

  @Test(
    "recorded mutations are accepted, with the types of results that they must have",
    .enabled(if: SharedData.isPresent, "needs ../shared/data"))
  func recordedMutations() throws {
    var environment = Environment(.kubernetes)
    environment.declarePatchTypes()
    for name in ["object", "namespaceObject", "variables"] { environment.declare(name, .dyn) }
    let text = try String(contentsOf: SharedData.folder.appending(path: "map/policies.yaml"), encoding: .utf8)
    let start = "      expression: '"
    let expressions = text.split(separator: "\n").filter { $0.hasPrefix(start) }.map {
      $0.dropFirst(start.count).dropLast().replacing("''", with: "'")
    }
    #expect(expressions.count >= 12)
    for expression in expressions {
      let type = try environment.check(String(expression)).resultType
      let isPatch = expression.contains("JSONPatch")
      #expect(type == (isPatch ? .list(.object("JSONPatch")) : .object("Object")), "\(expression)")
    }
  }

  @Test("the environment's types of results are those of mutations")
  func resultTypes() throws {
    var environment = Environment(.kubernetes)
    environment.declarePatchTypes()
    #expect(try environment.check("Object{spec: Object.spec{}}").resultType == .object("Object"))
    #expect(try environment.check("[JSONPatch{op: 'test', path: '/'}]").resultType == .list(.object("JSONPatch")))
  }
}
