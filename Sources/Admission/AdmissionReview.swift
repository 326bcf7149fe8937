public import JSON
public import Memory

/// The version of the AdmissionReview that was asked, and in which the answer goes out.
@frozen
public enum AdmissionReviewVersion: UInt8, Sendable, BitwiseCopyable {
  case v1, v1beta1

  public var apiVersion: StaticString {
    switch self {
    case .v1: "admission.k8s.io/v1"
    case .v1beta1: "admission.k8s.io/v1beta1"
    }
  }
}

/// A question of the API server: views into the parsed body, without copies.
///
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
public struct AdmissionReview: BitwiseCopyable, Sendable {
  public let version: AdmissionReviewVersion
  public let request: AdmissionRequest

  /// The longest `uid`; the API server sends 36 characters.
  public static let maximumUIDLength = 253

  /// Reads the root of a parsed body. Strings with escapes are decoded into `arena`.
  /// - Throws: which field is missing or of a wrong type.
  public init(_ root: Cursor, arena: Arena.Handle) throws(AdmissionReviewError) {
    guard root.isObject else { throw AdmissionReviewError(.notAnObject, field: "") }
    guard let kind = root.member("kind"), kind.isString("AdmissionReview") else {
      throw AdmissionReviewError(.notAnAdmissionReview, field: "kind")
    }
    guard let apiVersion = root.member("apiVersion") else {
      throw AdmissionReviewError(.unsupportedVersion, field: "apiVersion")
    }
    if apiVersion.isString("admission.k8s.io/v1") {
      version = .v1
    } else if apiVersion.isString("admission.k8s.io/v1beta1") {
      version = .v1beta1
    } else {
      throw AdmissionReviewError(.unsupportedVersion, field: "apiVersion")
    }
    guard let request = root.member("request"), request.isObject else {
      throw AdmissionReviewError(.missing, field: "request")
    }
    self.request = try AdmissionRequest(request, arena: arena)
  }
}

/// Why a JSON text is no AdmissionReview that can be answered.
public struct AdmissionReviewError: Error, Equatable, Sendable {
  public enum Reason: Sendable {
    case notAnObject, notAnAdmissionReview, unsupportedVersion, missing, notAString, notAnObjectField, notABool,
      unknownOperation, tooLong
  }

  public let reason: Reason
  /// The field in question, as a path from the root: `request.uid`.
  public let field: String

  init(_ reason: Reason, field: String) {
    self.reason = reason
    self.field = field
  }

  public var message: String {
    switch reason {
    case .notAnObject: "the body is not a JSON object; send an AdmissionReview"
    case .notAnAdmissionReview: "`kind` is not `AdmissionReview`"
    case .unsupportedVersion: "`apiVersion` is not one of `admission.k8s.io/v1`, `admission.k8s.io/v1beta1`"
    case .missing: "`\(field)` is missing or empty"
    case .notAString: "`\(field)` is not a string"
    case .notAnObjectField: "`\(field)` is not an object"
    case .notABool: "`\(field)` is not a boolean"
    case .unknownOperation: "`\(field)` is not one of `CREATE`, `UPDATE`, `DELETE`, `CONNECT`"
    case .tooLong: "`\(field)` is longer than \(AdmissionReview.maximumUIDLength) bytes"
    }
  }
}
