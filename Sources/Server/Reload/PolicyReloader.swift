package import Policy
internal import Synchronization
internal import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Takes up policies, and everything else in their folders, when the files change: a new set is compiled beside the one in service and
/// takes its place between two requests. A mistake keeps the one in service.
package final class PolicyReloader: WatchTarget {
  private let paths: [String]
  /// What exceptions may be.
  private let rules: ExceptionRules
  private let holder: PolicyHolder
  private let state: PolicyReloadState
  /// Has every worker let go of the set that it used last.
  private let refreshWorkers: () -> Void
  /// Of the files when they were last read; nil before that.
  private var stamps: [FileStamp]?
  /// Of what was last read, be it in service or not.
  private var digest: String

  /// - Parameter digest: of the files that are in service.
  package init(
    paths: [String], rules: ExceptionRules = ExceptionRules(), digest: String, holder: PolicyHolder,
    state: PolicyReloadState, refreshWorkers: @escaping () -> Void
  ) {
    self.paths = paths
    self.rules = rules
    self.digest = digest
    self.holder = holder
    self.state = state
    self.refreshWorkers = refreshWorkers
  }

  package func places() -> [WatchedPlace] {
    let found = ManifestSources.places(at: paths)
    var places = paths.flatMap(WatchedPlace.deciding)
    places += found.folders.map { WatchedPlace(folder: $0, name: nil) }
    // A link in a folder can lead out of it.
    for path in found.files + found.folders where WatchedPlace.isLink(path) { places += WatchedPlace.deciding(path) }
    return places
  }

  @discardableResult
  package func check(isForced: Bool) -> Bool {
    _ = holder.releaseRetired()
    guard let (sources, stamps) = read(isForced: isForced) else { return true }
    // What could not be read, for want of descriptors perhaps, can be another time without having changed.
    let isRead = !sources.problems.contains { $0.severity == .error }
    self.stamps = isRead ? stamps : nil
    take(sources, isForced: isForced)
    return isRead
  }

  private func take(_ sources: ManifestSources, isForced: Bool) {
    // What compiled policies, now or at the start, is not needed until they change again.
    defer { CodePages.release() }
    let digest = sources.digest
    if !isForced, digest == self.digest { return }
    self.digest = digest
    if !isForced, digest == state.digest {
      // What was wrong was taken back.
      Log.line(
        "policies: the files are again those of generation \(holder.snapshot.generation), which stayed in service")
      return state.status.recover()
    }
    load(sources, digest)
  }

  /// Reads the files until they did not change meanwhile.
  /// - Returns: nil where they are as they were.
  private func read(isForced: Bool) -> (ManifestSources, [FileStamp])? {
    var before = currentStamps()
    if !isForced, before == stamps { return nil }
    for _ in 0..<Self.attempts {
      let sources = ManifestSources(at: paths)
      let after = currentStamps()
      if after == before { return (sources, after) }
      before = after
    }
    // They change all the time: the next change will be told.
    return (ManifestSources(at: paths), before)
  }

  private static let attempts = 5

  private func currentStamps() -> [FileStamp] {
    let found = ManifestSources.places(at: paths)
    return (found.folders + found.files).map(FileStamp.init)
  }

  private func load(_ sources: ManifestSources, _ digest: String) {
    let before = holder.snapshot
    let loaded = LoadedManifests.load(sources, rules: rules)
    let problems = loaded.allProblems
    let errors = problems.filter { $0.severity == .error }
    guard errors.isEmpty, let set = loaded.set else {
      for error in errors { Log.raw(error.rendered + "\n") }
      return fail("\(errors.count) \(errors.count == 1 ? "mistake" : "mistakes")", before)
    }
    // A folder that was emptied, or not mounted, would allow everything. Who wants that ends the server, or its registration.
    guard !set.policies.isEmpty || before.set.policies.isEmpty else {
      return fail("there is no policy any more", before)
    }
    for warning in problems { Log.raw(warning.rendered + "\n") }
    holder.replace(with: set)
    state.succeed(digest: digest)
    Log.line(
      "policies: generation \(before.generation + 1) is in service, \(set.policies.count) "
        + "\(set.policies.count == 1 ? "policy" : "policies"), sha256:\(digest.prefix(12))")
    release()
  }

  private func fail(_ reason: String, _ before: PolicySnapshot) {
    state.status.fail()
    Log.line("policies: not reloaded, \(reason); generation \(before.generation) stays in service")
  }

  /// Frees the set that was replaced, on this thread and as soon as no request uses it.
  private func release() {
    refreshWorkers()
    var pause: UInt32 = 500
    // The rest goes with a later check.
    while holder.releaseRetired() > 0, pause < 100_000 {
      usleep(pause)
      pause *= 2
    }
  }
}

/// What metrics tell of the files of policies.
package final class PolicyReloadState: Sendable {
  package let status = ReloadStatus()
  private let current: Mutex<String>

  package init(digest: String) { current = Mutex(digest) }

  /// Of the files that are in service, SHA-256 in hex digits.
  package var digest: String { current.withLock { $0 } }

  func succeed(digest: String) {
    current.withLock { $0 = digest }
    status.succeed()
  }
}

extension ManifestSources {
  /// Tells these files from any others: SHA-256, in hex digits, of names and texts.
  package var digest: String {
    var digest = SHA256()
    for file in files {
      digest.add(file.name)
      digest.add(file.text)
    }
    for problem in problems { digest.add(problem.rendered) }
    return digest.text()
  }
}
