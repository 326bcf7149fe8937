public import Foundation

/// The recorded reviews and verdicts that lie beside a checkout in `../shared/data`. A user's checkout has none: tests that
/// need them are skipped there, saying so: `@Test(.enabled(if: SharedData.isPresent, "needs the recorded reviews"))`.
public enum SharedData {
  /// The root of the checkout.
  public static let checkout = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  public static let folder = checkout.deletingLastPathComponent().appending(path: "shared/data")

  public static let isPresent = FileManager.default.fileExists(atPath: folder.appending(path: "reviews.jsonl").path)

  /// The lines of a JSON lines file, without the empty last one.
  public static func lines(_ name: String) throws -> [Data] {
    try Data(contentsOf: folder.appending(path: name)).split(separator: UInt8(ascii: "\n")).map { Data($0) }
  }
}
