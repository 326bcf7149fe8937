import Foundation
import TestSupport
import Testing
import Transport
import Yams

@Suite(
  "The kustomize base",
  .enabled(if: Tool.find("kubectl") != nil, "kubectl is not installed: nothing renders deploy/base"))
struct DeployTests {
  private let objects: [[String: Any]]

  init() throws {
    let kubectl = try #require(Tool.find("kubectl"))
    let rendered = try Tool.run(kubectl, ["kustomize", "deploy/base"], in: SharedData.checkout)
    try #require(rendered.status == 0, "\(rendered.errors)")
    objects = try Yams.load_all(yaml: rendered.output).compactMap { $0 as? [String: Any] }
  }

  @Test("renders the objects of the guide, all of them in one namespace")
  func kinds() throws {
    let kinds = objects.compactMap { $0["kind"] as? String }.sorted()
    #expect(
      kinds == [
        "ConfigMap", "Deployment", "Namespace", "PodDisruptionBudget", "Service", "Service", "ServiceAccount",
      ])
    for object in objects where object["kind"] as? String != "Namespace" {
      #expect(object.at("metadata", "namespace") as? String == "webhook", "\(object["kind"] ?? "")")
    }
    let namespace = try only("Namespace")
    #expect(namespace.at("metadata", "labels", "pod-security.kubernetes.io/enforce") as? String == "restricted")
  }

  @Test("mounts a ConfigMap with every policy of the checkout, unchanged")
  func policies() throws {
    let map = try only("ConfigMap")
    let data = try #require(map["data"] as? [String: String])
    let folder = SharedData.checkout.appending(path: "policies")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { FileManager.default.fileExists(atPath: folder.appending(path: "\($0)/policy.yaml").path) }
    #expect(data.keys.sorted() == (names.map { "\($0).yaml" } + ["image-digests.yaml"]).sorted())
    for name in names {
      let file = folder.appending(path: "\(name)/policy.yaml")
      #expect(data["\(name).yaml"] == (try String(contentsOf: file, encoding: .utf8)))
    }
    let volumes = try #require(podSpec()["volumes"] as? [[String: Any]])
    #expect(volumes.contains { $0.at("configMap", "name") as? String == map.at("metadata", "name") as? String })
  }

  @Test("runs replicas without rights, on a read-only file system, under the restricted standard")
  func securityContext() throws {
    let spec = try podSpec()
    #expect(spec["automountServiceAccountToken"] as? Bool == false)
    #expect(spec["priorityClassName"] as? String == "system-cluster-critical")
    #expect(spec.at("securityContext", "runAsNonRoot") as? Bool == true)
    #expect(spec.at("securityContext", "seccompProfile", "type") as? String == "RuntimeDefault")
    let container = try container()
    #expect(container.at("securityContext", "allowPrivilegeEscalation") as? Bool == false)
    #expect(container.at("securityContext", "readOnlyRootFilesystem") as? Bool == true)
    #expect(container.at("securityContext", "capabilities", "drop") as? [String] == ["ALL"])
    let deployment = try only("Deployment")
    #expect(deployment.at("spec", "replicas") as? Int == 2)
    #expect(deployment.at("spec", "strategy", "rollingUpdate", "maxUnavailable") as? Int == 0)
  }

  @Test("gives the workers as much memory as peers can make them hold")
  func memory() throws {
    let container = try container()
    let arguments = try #require(container["args"] as? [String])
    let prefix = "--workers="
    let workers = try #require(arguments.first { $0.hasPrefix(prefix) }.flatMap { Int($0.dropFirst(prefix.count)) })
    let memory = try #require(container.at("resources", "limits", "memory") as? String)
    let gibibytes = try #require(memory.hasSuffix("Gi") ? Int(memory.dropLast(2)) : nil)
    let limits = Limits()
    // Measured: what a connection holds at most beside a body, and a worker for the largest body that it reads.
    let (connection, reading) = (50 << 10, 100 << 20)
    let held = workers * (limits.connectionsPerWorker * connection + limits.bufferedBodyBytes + reading)
    #expect(held <= gibibytes << 30)
  }

  @Test("leaves a replica the time that it takes to end, and needs no hook for it")
  func shutdown() throws {
    let container = try container()
    let arguments = try #require(container["args"] as? [String])
    func seconds(_ prefix: String) -> Int? {
      arguments.first { $0.hasPrefix(prefix) }.flatMap { Int($0.dropFirst(prefix.count).dropLast()) }
    }
    let delay = try #require(seconds("--shutdown-delay="))
    let timeout = try #require(seconds("--shutdown-timeout="))
    let grace = try #require(podSpec()["terminationGracePeriodSeconds"] as? Int)
    #expect(delay + timeout < grace)
    // A replica that ends has been seen not to be ready before it stops accepting.
    let period = try #require(container.at("readinessProbe", "periodSeconds") as? Int)
    let failures = try #require(container.at("readinessProbe", "failureThreshold") as? Int)
    #expect(period * failures < delay)
    #expect(container["lifecycle"] == nil)
  }

  @Test(
    "probes the admin port",
    arguments: [("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")])
  func probes(_ name: String, _ path: String) throws {
    let container = try container()
    #expect(container.at(name, "httpGet", "path") as? String == path)
    #expect(container.at(name, "httpGet", "port") as? String == "admin")
    let ports = try #require(container["ports"] as? [[String: Any]])
    #expect(ports.contains { $0["name"] as? String == "admin" && $0["containerPort"] as? Int == 8080 })
  }

  @Test("selects its own pods in Services and disruption budget, by ports that they have")
  func selectors() throws {
    let labels = try #require(
      only("Deployment").at("spec", "template", "metadata", "labels") as? [String: String])
    let ports = try #require(container()["ports"] as? [[String: Any]]).compactMap { $0["name"] as? String }
    for service in objects where service["kind"] as? String == "Service" {
      let selector = try #require(service.at("spec", "selector") as? [String: String])
      #expect(selector.allSatisfy { labels[$0.key] == $0.value })
      let targets = try #require(service.at("spec", "ports") as? [[String: Any]]).map { $0["targetPort"] as? String }
      #expect(targets.allSatisfy { $0.map(ports.contains) ?? false })
    }
    let budget = try #require(
      only("PodDisruptionBudget").at("spec", "selector", "matchLabels") as? [String: String])
    #expect(budget.allSatisfy { labels[$0.key] == $0.value })
  }

  @Test("is fenced by the NetworkPolicy of the guide: in its namespace, around its pods, for its ports")
  func networkPolicy() throws {
    let guide = try String(contentsOf: SharedData.checkout.appending(path: "deploy/README.md"), encoding: .utf8)
    let manifests = guide.matches(of: #/(?s)```yaml\n(.*?)```/#).map { String($0.output.1) }
    let text = try #require(manifests.first { $0.contains("kind: NetworkPolicy") })
    let policy = try #require(try Yams.load(yaml: text) as? [String: Any])
    #expect(policy.at("metadata", "namespace") as? String == "webhook")
    let labels = try #require(
      only("Deployment").at("spec", "template", "metadata", "labels") as? [String: String])
    let selector = try #require(policy.at("spec", "podSelector", "matchLabels") as? [String: String])
    #expect(selector.allSatisfy { labels[$0.key] == $0.value })
    let ports = try #require(container()["ports"] as? [[String: Any]]).compactMap { $0["containerPort"] as? Int }
    let admitted = try #require(policy.at("spec", "ingress") as? [[String: Any]])
      .flatMap { $0["ports"] as? [[String: Any]] ?? [] }.compactMap { $0["port"] as? Int }
    #expect(admitted.sorted() == ports.sorted())
  }

  // MARK: The objects

  private func only(_ kind: String) throws -> [String: Any] {
    try #require(objects.first { $0["kind"] as? String == kind })
  }

  private func podSpec() throws -> [String: Any] {
    try #require(only("Deployment").at("spec", "template", "spec") as? [String: Any])
  }

  private func container() throws -> [String: Any] {
    try #require((podSpec()["containers"] as? [[String: Any]])?.first)
  }
}

extension [String: Any] {
  /// The value at a path of keys.
  fileprivate func at(_ path: String...) -> Any? {
    path.reduce(self as Any?) { ($0 as? [String: Any])?[$1] }
  }
}
