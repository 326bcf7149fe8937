/// What the program calls itself: in `--version`, in its log, in metrics.
public enum Product {
  public static let name = "webhook"

  /// The version of this release (semantic versioning).
  public static let version = "0.1.0"
}
