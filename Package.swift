// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of the package is compiled with. Warnings are errors in CI only, so that a newer compiler's
/// warning never stops a user's build.
let settings: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let package = Package(
  name: "webhook",
  products: [
    .executable(name: "webhook", targets: ["webhook"]),
    .library(name: "CEL", targets: ["CEL"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
  ],
  targets: [
    // C libraries, each visible to the one module that wraps it.
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
    .target(name: "CLinux"),
    .target(name: "CDecimal"),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

    // The house, from the ground up. Imports go downwards only.
    .target(name: "Memory", dependencies: ["CLinux"], swiftSettings: settings),
    .target(name: "JSON", dependencies: ["Memory"], exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "CEL", dependencies: ["JSON", "Memory", "CRE2", "CDecimal"], exclude: ["README.md"], swiftSettings: settings
    ),
    .target(name: "Admission", dependencies: ["JSON", "Memory"], swiftSettings: settings),
    .target(
      name: "Policy",
      dependencies: ["CEL", "Admission", "JSON", "Memory", .product(name: "Yams", package: "Yams")],
      exclude: ["Mutation/README.md"],
      swiftSettings: settings),
    .target(
      name: "Transport", dependencies: ["Memory", "COpenSSL", "CNghttp2", "CLinux"], swiftSettings: settings),
    .target(
      name: "Server", dependencies: ["Policy", "Transport", "Admission", "JSON", "Memory"], swiftSettings: settings),
    .target(
      name: "Replay",
      dependencies: [
        "Policy", "CEL", "Admission", "JSON", "Memory", .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: settings),
    .target(
      name: "Commands",
      dependencies: [
        "Server", "Replay", "Policy", "CEL", "Admission", "JSON", "Memory",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(name: "webhook", dependencies: ["Commands"], swiftSettings: settings),

    // What is measured, each program on its own.
    .executableTarget(
      name: "JudgingBenchmark", dependencies: ["Policy", "Admission", "JSON", "Memory"], path: "benchmarks/Judging",
      swiftSettings: settings),
    .executableTarget(
      name: "PatchingBenchmark", dependencies: ["Policy", "Admission", "JSON", "Memory"], path: "benchmarks/Patching",
      swiftSettings: settings),
    .executableTarget(
      name: "EvaluationBenchmark", dependencies: ["CEL", "JSON", "Memory"], path: "benchmarks/Evaluation",
      swiftSettings: settings),
    .executableTarget(
      name: "DeadlineBenchmark", dependencies: ["CEL", "JSON", "Memory"], path: "benchmarks/Deadline",
      swiftSettings: settings),

    // Tests: a folder for each module, and the running program in EndToEndTests.
    .target(name: "TestSupport", dependencies: ["Memory", "JSON"], path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "CELFuzz", dependencies: ["CEL", "JSON", "Memory", "TestSupport"], path: "Tests/Fuzz/CELFuzz",
      swiftSettings: settings),
    .executableTarget(
      name: "cel-fuzz",
      dependencies: ["CELFuzz", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/Fuzz/cel-fuzz", swiftSettings: settings),
    .testTarget(name: "MemoryTests", dependencies: ["Memory", "TestSupport"], swiftSettings: settings),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "Memory", "TestSupport"], swiftSettings: settings),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .testTarget(
      name: "CELTests",
      dependencies: [
        "CEL", "CELFuzz", "JSON", "Memory", "TestSupport", "AllocationCounter",
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "AdmissionTests", dependencies: ["Admission", "JSON", "Memory", "TestSupport", "AllocationCounter"],
      swiftSettings: settings),
    .testTarget(
      name: "PolicyTests",
      dependencies: ["Policy", "Admission", "JSON", "Memory", "TestSupport", "AllocationCounter"],
      swiftSettings: settings),
    .testTarget(
      name: "TransportTests", dependencies: ["Transport", "Memory", "TestSupport", "COpenSSL"], swiftSettings: settings),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Server", "Policy", "Transport", "Admission", "JSON", "Memory", "TestSupport", "AllocationCounter",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ReplayTests",
      dependencies: [
        "Replay", "Policy", "Admission", "JSON", "Memory", "TestSupport", .product(name: "Yams", package: "Yams"),
      ],
      exclude: ["Golden"], swiftSettings: settings),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "Commands", "Replay", "Policy", "CEL", "Admission", "JSON", "Memory", "TestSupport",
        .product(name: "Yams", package: "Yams"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Golden"], swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["TestSupport", "JSON", "Transport", .product(name: "Yams", package: "Yams")],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
