/// The signatures of the encoders extension, by the ids of its definition.
///
/// https://pkg.go.dev/github.com/google/cel-go/ext#Encoders
package enum EncoderDeclarations {
  package static let functions = [
    FunctionDeclaration("base64.decode", [.init("base64_decode_string", [.string], .bytes)]),
    FunctionDeclaration("base64.encode", [.init("base64_encode_bytes", [.bytes], .string)]),
  ]
}
