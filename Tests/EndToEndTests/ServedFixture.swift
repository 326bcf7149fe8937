import Foundation
import TestSupport

/// A policy that denies every Pod, and reviews that it denies.
enum ServedFixture {
  static func policy(_ message: String) -> String {
    """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: nobody}
    spec:
      matchConstraints:
        resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
      validations:
      - expression: "false"
        message: \(message)
    """
  }

  static let review = Data(
    #"""
    {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",
    "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
    "name":"a","namespace":"default","operation":"CREATE","userInfo":{"username":"alice"},
    "object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"default"}}}}
    """#.utf8)

  /// What `/metrics` calls the decisions of ``review``.
  static let decisions = #"webhook_admission_requests_total{path="/validate",operation="CREATE",decision="denied"}"#
}

/// Connections of TCP on which nothing is said.
final class SilentCrowd {
  private var descriptors: [Int32] = []

  /// - Returns: how many connections there were to be had.
  @discardableResult
  func join(port: String, count: Int) -> Int {
    for _ in 0..<count {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = (UInt16(port) ?? 0).bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if result == 0 { descriptors.append(descriptor) } else { close(descriptor) }
    }
    return descriptors.count
  }

  func leave() {
    for descriptor in descriptors { close(descriptor) }
    descriptors = []
  }

  deinit { leave() }
}
