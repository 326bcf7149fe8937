import Policy
import Testing

@Suite("An ApplyConfiguration that is merged")
struct StructuredMergeTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    let kind: String
    let object: String
    let configuration: String
    let result: String

    var testDescription: String { name }

    init(_ name: String, _ kind: String, _ object: String, _ configuration: String, _ result: String) {
      self.name = name
      self.kind = kind
      self.object = object
      self.configuration = configuration
      self.result = result
    }
  }

  static let maps = [
    Case("nothing", "v1 Pod", #"{"kind":"Pod","spec":{"a":1}}"#, "{}", #"{"kind":"Pod","spec":{"a":1}}"#),
    Case(
      "labels", "v1 Pod", #"{"metadata":{"labels":{"app":"web","b":"1"}}}"#,
      #"{"metadata":{"labels":{"owner":"ada","b":"2"}}}"#,
      #"{"metadata":{"labels":{"app":"web","b":"2","owner":"ada"}}}"#),
    Case(
      "structs that are not there", "v1 Pod", "{}",
      #"{"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}}}"#,
      #"{"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}}}"#),
    Case(
      "structs that are there", "v1 Pod", #"{"spec":{"securityContext":{"fsGroup":1},"hostNetwork":true}}"#,
      #"{"spec":{"securityContext":{"runAsNonRoot":true}}}"#,
      #"{"spec":{"hostNetwork":true,"securityContext":{"fsGroup":1,"runAsNonRoot":true}}}"#),
    Case(
      "apiVersion and kind are the object's", "v1 Pod", #"{"apiVersion":"v1","kind":"Pod"}"#,
      #"{"apiVersion":"v2","kind":7,"spec":{"hostIPC":true}}"#,
      #"{"apiVersion":"v1","kind":"Pod","spec":{"hostIPC":true}}"#),
    Case(
      "replicas", "apps/v1 Deployment", #"{"spec":{"replicas":1,"paused":true}}"#, #"{"spec":{"replicas":2}}"#,
      #"{"spec":{"paused":true,"replicas":2}}"#),
    Case(
      "empty stays empty", "v1 Pod", #"{"metadata":{"labels":{}}}"#, #"{"metadata":{"labels":{}}}"#,
      #"{"metadata":{"labels":{}}}"#),
    Case(
      "an empty map removes nothing", "v1 Pod", #"{"metadata":{"labels":{"a":"b"}}}"#, #"{"metadata":{"labels":{}}}"#,
      #"{"metadata":{"labels":{"a":"b"}}}"#),
    Case(
      "null in the object", "v1 Pod", #"{"metadata":{"labels":null,"creationTimestamp":null}}"#,
      #"{"metadata":{"labels":{"a":"b"}}}"#, #"{"metadata":{"creationTimestamp":null,"labels":{"a":"b"}}}"#),
    Case(
      "what the table does not know of the object stays", "v1 Pod", #"{"spec":{"fromTheFuture":{"x":[1]}}}"#,
      #"{"spec":{"hostPID":true}}"#, #"{"spec":{"fromTheFuture":{"x":[1]},"hostPID":true}}"#),
    Case(
      "quantities take any scalar", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1"}}}]}}"#,
      #"{"spec":{"containers":[{"name":"a","resources":{"limits":{"memory":1024}}}]}}"#,
      #"{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1","memory":1024}}}]}}"#),
    Case(
      "strategies", "apps/v1 Deployment",
      #"{"spec":{"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":1},"type":"RollingUpdate"}}}"#,
      #"{"spec":{"strategy":{"rollingUpdate":{"maxSurge":2}}}}"#,
      #"{"spec":{"strategy":{"rollingUpdate":{"maxSurge":2,"maxUnavailable":1},"type":"RollingUpdate"}}}"#),
    Case(
      "data of a ConfigMap", "v1 ConfigMap", #"{"data":{"a":"1"},"immutable":false}"#, #"{"data":{"b":"2"}}"#,
      #"{"data":{"a":"1","b":"2"},"immutable":false}"#),
    Case(
      "keys that are written in another way", "v1 ConfigMap", #"{"data":{"\u0061":"1"}}"#, #"{"data":{"a":"2"}}"#,
      #"{"data":{"a":"2"}}"#),
  ]

  static let keyedLists = [
    Case(
      "a sidecar goes first where nothing is shared", "v1 Pod", #"{"spec":{"containers":[{"name":"a","image":"x"}]}}"#,
      #"{"spec":{"containers":[{"name":"mesh","image":"y"}]}}"#,
      #"{"spec":{"containers":[{"image":"x","name":"a"},{"image":"y","name":"mesh"}]}}"#),
    Case(
      "containers by name", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","image":"y"},{"name":"c","image":"z"}]}}"#,
      #"{"spec":{"containers":[{"name":"b","imagePullPolicy":"Always"}]}}"#,
      #"{"spec":{"containers":[{"image":"x","name":"a"},{"image":"y","imagePullPolicy":"Always","name":"b"},{"image":"z","name":"c"}]}}"#
    ),
    Case(
      "initContainers, ephemeralContainers", "v1 Pod",
      #"{"spec":{"initContainers":[{"name":"a"}],"ephemeralContainers":[{"name":"b"}]}}"#,
      #"{"spec":{"initContainers":[{"name":"a","tty":true}],"ephemeralContainers":[{"name":"b","tty":true}]}}"#,
      #"{"spec":{"ephemeralContainers":[{"name":"b","tty":true}],"initContainers":[{"name":"a","tty":true}]}}"#),
    Case(
      "env", "apps/v1 Deployment",
      #"{"spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"CLUSTER","value":"old"}]}]}}}}"#,
      #"{"spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"CLUSTER","value":"prod-1"}]}]}}}}"#,
      #"{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"X","value":"1"},{"name":"CLUSTER","value":"prod-1"}],"name":"a"}]}}}}"#
    ),
    Case(
      "env keeps valueFrom", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}]}}"#,
      #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"}]}]}}"#,
      #"{"spec":{"containers":[{"env":[{"name":"X","value":"1","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],"name":"a"}]}}"#
    ),
    Case(
      "container ports by port and protocol, which is TCP unless given", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53,"protocol":"TCP"}]}]}}"#,
      #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"name":"dns-tcp"}]}]}}"#,
      #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":53,"protocol":"UDP"},{"containerPort":53,"name":"dns-tcp","protocol":"TCP"}]}]}}"#
    ),
    Case(
      "service ports by port and protocol", "v1 Service",
      #"{"spec":{"ports":[{"port":80,"protocol":"TCP","targetPort":8080}]}}"#,
      #"{"spec":{"ports":[{"port":80,"targetPort":"http"},{"port":443}]}}"#,
      #"{"spec":{"ports":[{"port":80,"protocol":"TCP","targetPort":"http"},{"port":443}]}}"#),
    Case(
      "volumes by name", "v1 Pod", #"{"spec":{"volumes":[{"name":"tmp","emptyDir":{"sizeLimit":"1Gi"}}]}}"#,
      #"{"spec":{"volumes":[{"name":"mesh","emptyDir":{}},{"name":"tmp","emptyDir":{"medium":"Memory"}}]}}"#,
      #"{"spec":{"volumes":[{"emptyDir":{},"name":"mesh"},{"emptyDir":{"medium":"Memory","sizeLimit":"1Gi"},"name":"tmp"}]}}"#
    ),
    Case(
      "volumeMounts by mountPath", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","volumeMounts":[{"name":"v","mountPath":"/a"},{"name":"v","mountPath":"/b"}]}]}}"#,
      #"{"spec":{"containers":[{"name":"a","volumeMounts":[{"name":"v","mountPath":"/b","readOnly":true}]}]}}"#,
      #"{"spec":{"containers":[{"name":"a","volumeMounts":[{"mountPath":"/a","name":"v"},{"mountPath":"/b","name":"v","readOnly":true}]}]}}"#
    ),
    Case(
      "hostAliases by ip", "v1 Pod", #"{"spec":{"hostAliases":[{"ip":"10.0.0.1"}]}}"#,
      #"{"spec":{"hostAliases":[{"ip":"10.0.0.2"}]}}"#,
      #"{"spec":{"hostAliases":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]}}"#),
    Case(
      "topologySpreadConstraints by two keys", "v1 Pod",
      #"{"spec":{"topologySpreadConstraints":[{"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","maxSkew":1}]}}"#,
      #"{"spec":{"topologySpreadConstraints":[{"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","maxSkew":2},{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","maxSkew":3}]}}"#,
      #"{"spec":{"topologySpreadConstraints":[{"maxSkew":2,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"},{"maxSkew":3,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"}]}}"#
    ),
    Case(
      "ownerReferences by uid", "v1 Pod", #"{"metadata":{"ownerReferences":[]}}"#,
      #"{"metadata":{"labels":{"a":"b"}}}"#, #"{"metadata":{"labels":{"a":"b"},"ownerReferences":[]}}"#),
    Case(
      "conditions by type", "apps/v1 Deployment",
      #"{"status":{"conditions":[{"type":"Available","status":"True"},{"type":"Progressing","status":"True"}]}}"#,
      #"{"status":{"conditions":[{"type":"Progressing","status":"False"}]}}"#,
      #"{"status":{"conditions":[{"status":"True","type":"Available"},{"status":"False","type":"Progressing"}]}}"#),
    Case(
      "webhooks of a configuration by name", "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
      #"{"webhooks":[{"name":"a.example.com","timeoutSeconds":10}]}"#,
      #"{"webhooks":[{"name":"a.example.com","failurePolicy":"Ignore"}]}"#,
      #"{"webhooks":[{"failurePolicy":"Ignore","name":"a.example.com","timeoutSeconds":10}]}"#),
    Case(
      "volumes of a StatefulSet's template", "apps/v1 StatefulSet",
      #"{"spec":{"template":{"spec":{"volumes":[{"name":"a"}]}}}}"#,
      #"{"spec":{"template":{"spec":{"volumes":[{"name":"a","emptyDir":{}}]}}}}"#,
      #"{"spec":{"template":{"spec":{"volumes":[{"emptyDir":{},"name":"a"}]}}}}"#),
    Case(
      "the pod of a CronJob's job", "batch/v1 CronJob",
      #"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}}}}"#,
      #"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a","tty":true}]}}}}}}"#,
      #"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a","tty":true}]}}}}}}"#),
  ]

  static let orders = [
    // Of what both have, the order is the configuration's; what only the object has stays before what it stood before.
    Case(
      "both in another order", "v1 Pod", #"{"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}}"#,
      #"{"spec":{"containers":[{"name":"c"},{"name":"a"}]}}"#,
      #"{"spec":{"containers":[{"name":"b"},{"name":"c"},{"name":"a"}]}}"#),
    Case(
      "new ones among shared ones", "v1 Pod", #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
      #"{"spec":{"containers":[{"name":"a"},{"name":"n"},{"name":"b"},{"name":"o"}]}}"#,
      #"{"spec":{"containers":[{"name":"a"},{"name":"n"},{"name":"b"},{"name":"o"}]}}"#),
    Case(
      "new ones before shared ones", "v1 Pod", #"{"spec":{"containers":[{"name":"x"},{"name":"a"},{"name":"y"}]}}"#,
      #"{"spec":{"containers":[{"name":"n"},{"name":"a"}]}}"#,
      #"{"spec":{"containers":[{"name":"x"},{"name":"n"},{"name":"a"},{"name":"y"}]}}"#),
    Case(
      "repeated ones become one", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","image":"1"},{"name":"a","image":"2"},{"name":"b"}]}}"#,
      #"{"spec":{"containers":[{"name":"a","tty":true}]}}"#,
      #"{"spec":{"containers":[{"name":"a","tty":true},{"name":"b"}]}}"#),
    Case(
      "repeated ones that are not touched stay", "v1 Pod",
      #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"X","value":"2"}]}]}}"#,
      #"{"spec":{"containers":[{"name":"a","env":[{"name":"Y"}]}]}}"#,
      #"{"spec":{"containers":[{"env":[{"name":"X","value":"1"},{"name":"X","value":"2"},{"name":"Y"}],"name":"a"}]}}"#),
    Case(
      "finalizers are a set", "v1 Pod", #"{"metadata":{"finalizers":["a/b","c/d"]}}"#,
      #"{"metadata":{"finalizers":["c/d","e/f"]}}"#, #"{"metadata":{"finalizers":["a/b","c/d","e/f"]}}"#),
    Case(
      "finalizers in another order", "v1 Pod", #"{"metadata":{"finalizers":["a","b"]}}"#,
      #"{"metadata":{"finalizers":["b","a"]}}"#, #"{"metadata":{"finalizers":["b","a"]}}"#),
    Case(
      "an empty list removes nothing", "v1 Pod", #"{"metadata":{"finalizers":["a"]}}"#,
      #"{"metadata":{"finalizers":[]}}"#, #"{"metadata":{"finalizers":["a"]}}"#),
  ]

  @Test("gives what an API server gives", arguments: [maps, keyedLists, orders].flatMap { $0 })
  func cases(_ example: Case) throws {
    #expect(try merged(example.configuration, into: example.object, as: example.kind) == .object(example.result))
  }

  @Test("treats a custom resource's maps as maps and its lists as atomic")
  func customResources() throws {
    let kind = "example.com/v1 Widget"
    #expect(schemaType(kind) == nil)
    #expect(
      try merged(
        #"{"metadata":{"finalizers":["b"]},"spec":{"size":{"b":2},"color":"red"}}"#,
        into: #"{"metadata":{"finalizers":["a"]},"spec":{"size":{"a":1},"list":[1]}}"#, as: kind)
        == .object(
          #"{"metadata":{"finalizers":["a","b"]},"spec":{"color":"red","list":[1],"size":{"a":1,"b":2}}}"#))
    #expect(
      try merged(#"{"spec":{"size":{"list":[1]}}}"#, into: "{}", as: kind)
        == .error(
          "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.size.list"
        ))
    #expect(
      try merged(#"{"metadata":{"label":{}}}"#, into: "{}", as: kind)
        == .error(
          "error applying patch: failed to convert patch object to typed object: .metadata.label: field not declared in schema"
        ))
  }
}
