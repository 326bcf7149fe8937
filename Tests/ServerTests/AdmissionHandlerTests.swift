import Memory
import Server
import Testing
import Transport

@Suite("The admission handler")
struct AdmissionHandlerTests {
  @Test("allows what no policy denies, in the version that was asked", arguments: ["v1", "v1beta1"])
  func allowed(_ version: String) throws {
    let answer = try HandlerFixture().ask(HandlerFixture.review(version: version))
    #expect(answer.status == 200)
    #expect(answer.contentType == "application/json")
    #expect(
      answer.body == """
        {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/\(version)","response":{"uid":"u1","allowed":true}}
        """)
  }

  @Test("denies with HTTP 200, and with the code, reason and message in the response")
  func denied() throws {
    let answer = try HandlerFixture().ask(HandlerFixture.review(name: "forbidden"))
    #expect(answer.status == 200)
    #expect(
      answer.body == """
        {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":false,\
        "status":{"status":"Failure","message":"no-forbidden: choose another name","reason":"Forbidden","code":403}}}
        """)
  }

  @Test("changes nothing on /mutate, and checks the review all the same")
  func mutate() throws {
    let fixture = try HandlerFixture()
    let answer = fixture.ask(HandlerFixture.review(name: "forbidden"), path: "/mutate")
    #expect(answer.status == 200)
    #expect(answer.body.contains(#""response":{"uid":"u1","allowed":true}"#))
    #expect(fixture.ask("{}", path: "/mutate").status == 400)
  }

  @Test("takes application/json in any case and with parameters")
  func contentTypes() throws {
    let fixture = try HandlerFixture()
    for type in ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y", "application/json "] {
      #expect(fixture.ask(HandlerFixture.review(), contentType: type).status == 200, "\(type)")
    }
  }

  struct Wrong: CustomTestStringConvertible {
    let name: String
    var body = HandlerFixture.review()
    var path = "/validate"
    var method = HTTPMethod.post
    var contentType = "application/json"
    let status: Int
    let reason: String
    let message: String

    var testDescription: String { name }
  }

  @Test(
    "answers what is no question with a Status that says what is wrong",
    arguments: [
      Wrong(
        name: "a GET", method: .get, status: 405, reason: "MethodNotAllowed", message: "`/validate` answers POST only"),
      Wrong(
        name: "an unknown path", path: "/validate/", status: 404, reason: "NotFound",
        message: "no such path `/validate/`; there are `/validate` and `/mutate`"),
      Wrong(
        name: "a path that is text of an attacker", path: "/\"\\\u{7}", status: 404, reason: "NotFound",
        message: #"no such path `/\"\\\u0007`; there are `/validate` and `/mutate`"#),
      Wrong(
        name: "another content type", contentType: "text/plain", status: 415, reason: "UnsupportedMediaType",
        message: "the `Content-Type` is `text/plain`; send `application/json`"),
      Wrong(
        name: "a content type that starts alike", contentType: "application/jsonp", status: 415,
        reason: "UnsupportedMediaType", message: "the `Content-Type` is `application/jsonp`; send `application/json`"),
      Wrong(
        name: "no content type", contentType: "", status: 415, reason: "UnsupportedMediaType",
        message: "the `Content-Type` is missing; send `application/json`"),
      Wrong(
        name: "an empty body", body: "", status: 400, reason: "BadRequest",
        message: "the body is empty; send an AdmissionReview"),
      Wrong(
        name: "malformed JSON", body: "{\n  \"kind\": x}", status: 400, reason: "BadRequest",
        message: "the body is not JSON: unexpected character `x` at line 2, column 11"),
      Wrong(
        name: "JSON cut short", body: "{\"kind\":", status: 400, reason: "BadRequest",
        message: "the body is not JSON: unexpected end of the text at line 1, column 9"),
      Wrong(
        name: "JSON nested too deep", body: String(repeating: "[", count: 600), status: 400, reason: "BadRequest",
        message: "the body is not JSON: nested more than 512 deep at line 1, column 513"),
      Wrong(
        name: "a JSON array", body: "[]", status: 400, reason: "BadRequest",
        message: "the body is not a JSON object; send an AdmissionReview"),
      Wrong(
        name: "another kind", body: #"{"kind":"Pod","apiVersion":"v1"}"#, status: 400, reason: "BadRequest",
        message: "`kind` is not `AdmissionReview`"),
      Wrong(
        name: "another version", body: HandlerFixture.review(version: "v2"), status: 400, reason: "BadRequest",
        message: "`apiVersion` is not one of `admission.k8s.io/v1`, `admission.k8s.io/v1beta1`"),
      Wrong(
        name: "no uid", body: HandlerFixture.review(uid: ""), status: 400, reason: "BadRequest",
        message: "`request.uid` is missing or empty"),
      Wrong(
        name: "a uid that is too long", body: HandlerFixture.review(uid: String(repeating: "u", count: 254)),
        status: 400,
        reason: "BadRequest", message: "`request.uid` is longer than 253 bytes"),
      Wrong(
        name: "an unknown operation", body: HandlerFixture.review(operation: "PATCH"), status: 400,
        reason: "BadRequest",
        message: "`request.operation` is not one of `CREATE`, `UPDATE`, `DELETE`, `CONNECT`"),
      Wrong(
        name: "no request", body: #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#, status: 400,
        reason: "BadRequest", message: "`request` is missing or empty"),
    ])
  func wrong(_ wrong: Wrong) throws {
    let answer = try HandlerFixture().ask(
      wrong.body, path: wrong.path, method: wrong.method, contentType: wrong.contentType)
    #expect(answer.status == wrong.status)
    #expect(answer.contentType == "application/json")
    #expect(answer.allow == (wrong.status == 405 ? "POST" : nil))
    let start = #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":""#
    #expect(answer.body == #"\#(start)\#(wrong.message)","reason":"\#(wrong.reason)","code":\#(wrong.status)}"#)
  }

  @Test("repeats no more than the start of a long path")
  func longPath() throws {
    let answer = try HandlerFixture().ask("", path: "/" + String(repeating: "é", count: 4000))
    #expect(answer.status == 404)
    #expect(answer.body.utf8.count < 500)
  }

  @Test("says what the transport refused, with the limit")
  func refusal() throws {
    let fixture = try HandlerFixture()
    var response = Response()
    response.status = 413
    fixture.handler.refuse(RequestRefusal(status: 413, reason: "the body is too large", limit: 1024), &response)
    #expect(response.status == 413)
    #expect(
      response.body.bytes.string == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",\
        "message":"the body is too large (limit 1024)","reason":"RequestEntityTooLarge","code":413}
        """)
  }

  @Test("judges by the new policies from the next request on when they are replaced")
  func replacement() throws {
    let fixture = try HandlerFixture()
    let review = HandlerFixture.review(name: "forbidden")
    #expect(fixture.ask(review).body.contains(#""allowed":false"#))
    fixture.holder.replace(
      with: try HandlerFixture.load(
        HandlerFixture.policies.replacing("!= 'forbidden'", with: "!= 'other'")))
    #expect(fixture.ask(review).body.contains(#""allowed":true"#))
    #expect(fixture.holder.snapshot.generation == 2)
  }

  @Test("answers with the smallest and the largest uid that it takes", arguments: [1, 253])
  func uidLength(_ length: Int) throws {
    let uid = String(repeating: "u", count: length)
    #expect(try HandlerFixture().ask(HandlerFixture.review(uid: uid)).body.contains(uid))
  }
}
