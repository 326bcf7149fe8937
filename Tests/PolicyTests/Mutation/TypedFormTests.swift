import Policy
import Testing

@Suite("An object in its typed form")
struct TypedFormTests {
  @Test(
    "loses what Go leaves out",
    arguments: [
      ("v1 Pod", #"{"metadata":{"labels":{},"name":"a"}}"#, #"{"metadata":{"name":"a"}}"#),
      ("v1 Pod", #"{"metadata":{"labels":{"a":""}}}"#, #"{"metadata":{"labels":{"a":""}}}"#),
      ("v1 Pod", #"{"metadata":{"labels":{"a":null}}}"#, #"{"metadata":{"labels":{"a":""}}}"#),
      ("v1 Pod", #"{"metadata":{"finalizers":[],"generation":0,"creationTimestamp":null}}"#, #"{"metadata":{}}"#),
      ("v1 Pod", #"{"spec":{"hostNetwork":false,"hostname":"","nodeSelector":{},"tolerations":[]}}"#, #"{"spec":{}}"#),
      // Pointers keep zero and empty values, and lose null.
      (
        "v1 Pod", #"{"spec":{"securityContext":{},"terminationGracePeriodSeconds":0,"hostUsers":false}}"#,
        #"{"spec":{"securityContext":{},"terminationGracePeriodSeconds":0,"hostUsers":false}}"#
      ),
      ("v1 Pod", #"{"spec":{"securityContext":null,"hostUsers":null}}"#, #"{"spec":{}}"#),
      // What has no omitempty stays, null as its zero value.
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":"","image":"","resources":{}}]}}"#,
        #"{"spec":{"containers":[{"name":"","resources":{}}]}}"#
      ),
      ("v1 Pod", #"{"spec":{"containers":[{"name":null}]}}"#, #"{"spec":{"containers":[{"name":""}]}}"#),
      ("v1 Pod", #"{"spec":{"containers":[]}}"#, #"{"spec":{"containers":[]}}"#),
      ("v1 Pod", #"{"spec":null,"status":{}}"#, #"{"spec":{},"status":{}}"#),
      (
        "v1 Pod", #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":""}],"args":[]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","env":[{"name":"X"}]}]}}"#
      ),
      ("apps/v1 Deployment", #"{"spec":{"replicas":0,"paused":false}}"#, #"{"spec":{"replicas":0}}"#),
      (
        "apps/v1 Deployment", #"{"spec":{"replicas":2.0,"minReadySeconds":1e1}}"#,
        #"{"spec":{"replicas":2,"minReadySeconds":10}}"#
      ),
      ("v1 ConfigMap", #"{"data":{},"binaryData":{"a":""}}"#, #"{"binaryData":{"a":""}}"#),
      (
        "v1 Service", #"{"spec":{"ports":[{"port":80,"targetPort":0}]}}"#,
        #"{"spec":{"ports":[{"port":80,"targetPort":0}]}}"#
      ),
      ("example.com/v1 Widget", #"{"metadata":{"labels":{}},"x":[null]}"#, #"{"metadata":{"labels":{}},"x":[null]}"#),
    ])
  func omissions(kind: String, object: String, result: String) throws {
    #expect(try typedForm(object, as: kind) == .object(result))
  }

  @Test(
    "has quantities in their canonical form",
    arguments: [
      (#""0.5""#, "500m"), (#""1024Mi""#, "1Gi"), (#""1000m""#, "1"), (#""100m""#, "100m"), (#""128Mi""#, "128Mi"),
      (#""1.5Gi""#, "1536Mi"), ("2", "2"), ("0.25", "250m"), (#""1e3""#, "1e3"), (#""1000""#, "1k"),
      (#""1500""#, "1500"),
      (#""0""#, "0"), (#""0.0""#, "0"), (#"" 7 ""#, "7"), (#""+5""#, "+5"), (#""1.500""#, "1.500"), (#""010""#, "010"),
      (#""1025Ki""#, "1025Ki"), (#""8Ki""#, "8Ki"), (#""1E""#, "1E"), (#""0.1n""#, "1n"), ("null", "0"),
    ])
  func quantities(written: String, form: String) throws {
    #expect(
      try typedForm(#"{"spec":{"hard":{"cpu":\#(written)}}}"#, as: "v1 ResourceQuota")
        == .object(#"{"spec":{"hard":{"cpu":"\#(form)"}}}"#))
  }

  @Test("has no other quantities")
  func wrongQuantities() throws {
    #expect(
      try typedForm(#"{"spec":{"hard":{"cpu":"much"}}}"#, as: "v1 ResourceQuota")
        == .error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"))
    #expect(
      try typedForm(#"{"spec":{"hard":{"cpu":"1X"}}}"#, as: "v1 ResourceQuota")
        == .error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"))
    #expect(
      try typedForm(#"{"spec":{"hard":{"cpu":"1mm"}}}"#, as: "v1 ResourceQuota")
        == .error("unable to parse quantity's suffix"))
  }

  @Test("can have the structs that Go always writes")
  func structs() throws {
    #expect(
      try typedForm(#"{"spec":{"containers":[{"name":"a"}]}}"#, as: "v1 Pod", addingStructs: true)
        == .object(#"{"spec":{"containers":[{"name":"a","resources":{}}]},"metadata":{},"status":{}}"#))
    #expect(
      try typedForm(#"{"metadata":{},"spec":{}}"#, as: "v1 Service", addingStructs: true)
        == .object(#"{"metadata":{},"spec":{},"status":{"loadBalancer":{}}}"#))
  }

  @Test(
    "has no unknown fields",
    arguments: [
      ("v1 Pod", #"{"spec":{"hostNetwrok":true}}"#, #"strict decoding error: unknown field "spec.hostNetwrok""#),
      (
        "v1 Pod", #"{"x":1,"spec":{"containers":[{"name":"a"},{"name":"b","y":2}]}}"#,
        #"strict decoding error: unknown field "x", unknown field "spec.containers[1].y""#
      ),
    ])
  func unknownFields(kind: String, object: String, message: String) throws {
    #expect(try typedForm(object, as: kind) == .error(message))
    #expect(try typedForm(object, as: kind, earlier: #"{"spec":{}}"#) == .error(message))
    // An API server that is newer than the table.
    #expect(try typedForm(object, as: kind, earlier: #"{"spec":{"fromTheFuture":1}}"#) == .object(object))
  }

  @Test(
    "has values of the right kind",
    arguments: [
      (
        "v1 Pod", #"{"spec":{"hostNetwork":"yes"}}"#,
        "json: cannot unmarshal string into Go struct field spec.hostNetwork"
      ),
      (
        "v1 Pod", #"{"metadata":{"labels":{"a":1}}}"#,
        "json: cannot unmarshal number into Go struct field metadata.labels.a"
      ),
      ("v1 Pod", #"{"spec":{"containers":{}}}"#, "json: cannot unmarshal object into Go struct field spec.containers"),
      ("v1 Pod", #"{"spec":[]}"#, "json: cannot unmarshal array into Go struct field spec"),
      ("v1 Pod", #"{"spec":true}"#, "json: cannot unmarshal bool into Go struct field spec"),
    ])
  func mismatches(kind: String, object: String, message: String) throws {
    #expect(try typedForm(object, as: kind) == .error(message))
  }
}
