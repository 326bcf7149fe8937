internal import Admission
internal import Memory

enum Base64Text {
  static func encode(_ bytes: [UInt8]) -> String {
    var buffer = ByteBuffer()
    bytes.withUnsafeBufferPointer { buffer.append(base64: ByteSlice($0)) }
    return buffer.bytes.string
  }
}
