/// What a Kubernetes 1.36 API server's environment has besides the standard functions, macros and operators.
///
/// | library | version | since | where |
/// |---|---|---|---|
/// | standard functions and macros | cel-go 0.26 | 1.23 | ``StandardDeclarations`` |
/// | homogeneous list and map literals | | 1.23 | ``Checker`` |
/// | UTC where a timestamp has no zone | | 1.23 | `Timestamps.swift` |
/// | `kubernetes.urls` | 1 | 1.23 | ``KubernetesLibraries/urls`` |
/// | `kubernetes.regex` | 1 | 1.23 | ``KubernetesLibraries/regex`` |
/// | `kubernetes.lists` | 0, without `includes` | 1.23 | ``ListDeclarations`` |
/// | `kubernetes.authz` | 1 | 1.27 | ``AuthorizerLibrary`` |
/// | comparison across numeric types, optional types | | 1.28 | ``StandardDeclarations``, ``OptionalDeclarations`` |
/// | `kubernetes.quantity` | 1 | 1.28 | ``KubernetesLibraries/quantities`` |
/// | validation of literal durations, timestamps and patterns | | 1.29 | ``LiteralValidation`` |
/// | `cel.lib.ext.strings` | 2, with `format` and `strings.quote` | 1.29 | ``StringDeclarations`` |
/// | `cel.lib.ext.sets` | 1 | 1.29 | ``KubernetesLibraries/sets`` |
/// | `kubernetes.net.ip`, `kubernetes.net.cidr` | 1 | 1.30 | ``KubernetesLibraries/networks`` |
/// | `kubernetes.format` | 1 | 1.31 | ``KubernetesLibraries/formats`` |
/// | `kubernetes.authzSelectors` | 1 | 1.31 | ``AuthorizerLibrary`` |
/// | comprehensions with two variables | 1 | 1.32 | `Macros.swift` |
/// | `kubernetes.Semver` | 1, with normalization | 1.33 | ``KubernetesLibraries/versions`` |
/// | `cel.lib.ext.lists` | 3 | 1.34 | `ListExtensionDeclarations` |
/// | `kubernetes.jsonpatch`, types `Object` and `JSONPatch` | 1 | 1.32, mutations | ``Environment/declarePatchTypes()`` |
///
/// It has nothing of math, encoders, bindings, protos, regex extraction and network beyond these.
///
/// Source: `pkg/cel/environment/base.go` and `pkg/cel/library` of kubernetes/apiserver, branch release-1.36.
enum KubernetesLibraries {
  static let functions =
    urls + regex + AuthorizerLibrary.functions + AuthorizerLibrary.selectors + quantities + sets + networks + formats
    + versions

  /// Those that the environment of the conformance tests has too: sets and cel-go's network extension, which has one
  /// function more.
  static let shared = sets + networks + [member("isMask", "cidr_is_mask", [.network], .bool)]

  static let urls = [
    function("url", "string_to_url", [.string], .url),
    function("isURL", "is_url_string", [.string], .bool),
    member("getScheme", "url_get_scheme", [.url], .string),
    member("getHost", "url_get_host", [.url], .string),
    member("getHostname", "url_get_hostname", [.url], .string),
    member("getPort", "url_get_port", [.url], .string),
    member("getEscapedPath", "url_get_escaped_path", [.url], .string),
    member("getQuery", "url_get_query", [.url], .map(.string, .list(.string))),
  ]

  static let regex = [
    member("find", "string_find_string", [.string, .string], .string),
    FunctionDeclaration(
      "findAll",
      [
        .init("string_find_all_string", isMember: true, [.string, .string], .list(.string)),
        .init("string_find_all_string_int", isMember: true, [.string, .string, .int], .list(.string)),
      ]),
  ]

  static let quantities = [
    function("quantity", "string_to_quantity", [.string], .quantity),
    function("isQuantity", "is_quantity_string", [.string], .bool),
    // A function, not a member: so it is declared there.
    function("sign", "quantity_sign", [.quantity], .int),
    member("isGreaterThan", "quantity_is_greater_than", [.quantity, .quantity], .bool),
    member("isLessThan", "quantity_is_less_than", [.quantity, .quantity], .bool),
    member("compareTo", "quantity_compare_to", [.quantity, .quantity], .int),
    member("asApproximateFloat", "quantity_get_float", [.quantity], .double),
    member("asInteger", "quantity_get_int", [.quantity], .int),
    member("isInteger", "quantity_is_integer", [.quantity], .bool),
    FunctionDeclaration(
      "add",
      [
        .init("quantity_add", isMember: true, [.quantity, .quantity], .quantity),
        .init("quantity_add_int", isMember: true, [.quantity, .int], .quantity),
      ]),
    FunctionDeclaration(
      "sub",
      [
        .init("quantity_sub", isMember: true, [.quantity, .quantity], .quantity),
        .init("quantity_sub_int", isMember: true, [.quantity, .int], .quantity),
      ]),
  ]

  static let sets = [
    function("sets.contains", "list_sets_contains_list", [listOfT, listOfT], .bool),
    function("sets.equivalent", "list_sets_equivalent_list", [listOfT, listOfT], .bool),
    function("sets.intersects", "list_sets_intersects_list", [listOfT, listOfT], .bool),
  ]

  static let networks = [
    function("ip", "string_to_ip", [.string], .address),
    member("ip", "cidr_ip", [.network], .address),
    function("isIP", "is_ip", [.string], .bool),
    function("ip.isCanonical", "ip_is_canonical", [.string], .bool),
    member("family", "ip_family", [.address], .int),
    member("isUnspecified", "ip_is_unspecified", [.address], .bool),
    member("isLoopback", "ip_is_loopback", [.address], .bool),
    member("isLinkLocalMulticast", "ip_is_link_local_multicast", [.address], .bool),
    member("isLinkLocalUnicast", "ip_is_link_local_unicast", [.address], .bool),
    member("isGlobalUnicast", "ip_is_global_unicast", [.address], .bool),
    function("string", "ip_to_string", [.address], .string),
    function("cidr", "string_to_cidr", [.string], .network),
    function("isCIDR", "is_cidr", [.string], .bool),
    FunctionDeclaration(
      "containsIP",
      [
        .init("cidr_contains_ip_string", isMember: true, [.network, .string], .bool),
        .init("cidr_contains_ip_ip", isMember: true, [.network, .address], .bool),
      ]),
    FunctionDeclaration(
      "containsCIDR",
      [
        .init("cidr_contains_cidr_string", isMember: true, [.network, .string], .bool),
        .init("cidr_contains_cidr", isMember: true, [.network, .network], .bool),
      ]),
    member("masked", "cidr_masked", [.network], .network),
    member("prefixLength", "cidr_prefix_length", [.network], .int),
    function("string", "cidr_to_string", [.network], .string),
  ]

  static let formats =
    [
      member("validate", "format-validate", [.namedFormat, .string], .optional(.list(.string))),
      function("format.named", "format-named", [.string], .optional(.namedFormat)),
    ] + NamedFormat.allCases.map { function("format.\($0.name)", "format.\($0.name)", [], .namedFormat) }

  static let versions = [
    FunctionDeclaration(
      "semver",
      [
        .init("string_to_semver", [.string], .semanticVersion),
        .init("string_bool_to_semver", [.string, .bool], .semanticVersion),
      ]),
    FunctionDeclaration(
      "isSemver",
      [.init("is_semver_string", [.string], .bool), .init("is_semver_string_bool", [.string, .bool], .bool)]),
    member("isGreaterThan", "semver_is_greater_than", [.semanticVersion, .semanticVersion], .bool),
    member("isLessThan", "semver_is_less_than", [.semanticVersion, .semanticVersion], .bool),
    member("compareTo", "semver_compare_to", [.semanticVersion, .semanticVersion], .int),
    member("major", "semver_major", [.semanticVersion], .int),
    member("minor", "semver_minor", [.semanticVersion], .int),
    member("patch", "semver_patch", [.semanticVersion], .int),
  ]

  private static let listOfT = CELType.list(.parameter("T"))

  private static func function(
    _ name: String, _ id: String, _ parameters: [CELType], _ result: CELType
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, [.init(id, parameters, result)])
  }

  private static func member(
    _ name: String, _ id: String, _ parameters: [CELType], _ result: CELType
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, [.init(id, isMember: true, parameters, result)])
  }
}
