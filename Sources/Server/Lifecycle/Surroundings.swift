#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a process was given although it needs none of it: each is something that whoever takes it over would have, too.
package enum Surroundings {
  /// In words, in the order of their weight.
  package static func needless(policies: [String], key: String) -> [String] {
    var found: [String] = []
    if geteuid() == 0 { found.append("it runs as root (any other user will do)") }
    let capabilities = capabilities(inStatus: text(of: "/proc/self/status"))
    if !capabilities.isEmpty { found.append("capabilities (\(list(capabilities)))") }
    if isReadableByAll(key) { found.append("a key that every user can read (`\(key)`)") }
    let writable = policies.filter { faccessat(AT_FDCWD, $0, W_OK, AT_EACCESS) == 0 }
    if !writable.isEmpty { found.append("write access to \(writable.map { "`\($0)`" }.joined(separator: ", "))") }
    if access(token, F_OK) == 0 { found.append("a token for the cluster's API (\(token))") }
    // Only where it is a container's own: a machine's is always writable.
    var root = statvfs()
    if getpid() == 1, statvfs("/", &root) == 0, root.f_flag & UInt(ST_RDONLY) == 0 {
      found.append("a root file system that can be written")
    }
    return found
  }

  private static let token = "/var/run/secrets/kubernetes.io/serviceaccount/token"

  private static func isReadableByAll(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
  }

  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  }

  /// Those that are in effect, from the text of `/proc/self/status`.
  package static func capabilities(inStatus text: String) -> [String] {
    let prefix = "CapEff:"
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }),
      let bits = UInt64(line.dropFirst(prefix.count).drop { $0 == "\t" || $0 == " " }, radix: 16)
    else { return [] }
    return (0..<64).filter { bits >> UInt64($0) & 1 == 1 }.map {
      $0 < names.count ? "cap_\(names[$0])" : "number \($0)"
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }

  /// By number, as capabilities(7) has them.
  private static let names = [
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
    "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
  ]
}
