import Policy
import Testing

@Suite("Authorization checks in policies")
struct AuthorizerTests {
  @Test("are accepted where an API server accepts them")
  func accepted() {
    let check = "authorizer.group('').resource('pods').check('get').allowed()"
    #expect(problems(podPolicy("validations: [{expression: \"\(check)\"}]")).isEmpty)
    #expect(
      problems(podPolicy("validations: [{expression: \"authorizer.requestResource.check('get').errored()\"}]")).isEmpty)
  }

  @Test("are unknown to messages")
  func messages() {
    let message = "authorizer.path('/').check('get').reason()"
    #expect(
      problems(podPolicy("validations: [{expression: 'true', messageExpression: \"\(message)\"}]")).first?.contains(
        "undeclared reference to 'authorizer'") == true)
  }
}
