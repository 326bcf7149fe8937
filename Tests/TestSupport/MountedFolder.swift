public import Foundation

/// A folder as kubelet mounts a ConfigMap or a Secret: each file a link into `..data`, which is a link to the folder of the present
/// version and is swapped as a whole.
public final class MountedFolder: Sendable {
  public let url: URL

  public init(_ url: URL) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  public var path: String { url.path }

  /// Puts a version in the place of the present one.
  public func put(_ files: [String: Data]) throws {
    let manager = FileManager.default
    let name = "..version-\(UUID().uuidString)"
    try manager.createDirectory(at: url.appending(path: name), withIntermediateDirectories: true)
    for (file, data) in files { try data.write(to: url.appending(path: name).appending(path: file)) }
    let data = url.appending(path: "..data").path
    let previous = try? manager.destinationOfSymbolicLink(atPath: data)
    let pending = url.appending(path: "..data_tmp").path
    try manager.createSymbolicLink(atPath: pending, withDestinationPath: name)
    guard rename(pending, data) == 0 else { throw POSIXError(.EIO) }
    for file in files.keys where (try? manager.destinationOfSymbolicLink(atPath: url.appending(path: file).path)) == nil
    {
      try manager.createSymbolicLink(atPath: url.appending(path: file).path, withDestinationPath: "..data/\(file)")
    }
    if let previous { try manager.removeItem(at: url.appending(path: previous)) }
  }

  public func put(_ files: [String: String]) throws { try put(files.mapValues { Data($0.utf8) }) }
}
