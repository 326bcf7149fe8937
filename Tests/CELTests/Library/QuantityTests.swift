import Testing

@Suite("Quantities")
struct QuantityTests {
  @Test("are read as Kubernetes reads them and written in their canonical form")
  func canonical() {
    Expectations.check([
      "quantity('0')": #"quantity("0")"#, "quantity('0Gi')": #"quantity("0")"#, "quantity('.')": #"quantity("0")"#,
      "quantity('-')": #"quantity("0")"#, "quantity('Mi')": #"quantity("0")"#, "quantity('000')": #"quantity("0")"#,
      "quantity('1.5')": #"quantity("1500m")"#, "quantity('1.5Gi')": #"quantity("1536Mi")"#,
      "quantity('+5')": #"quantity("5")"#, "quantity('-5')": #"quantity("-5")"#, "quantity('1.')": #"quantity("1")"#,
      "quantity('.5')": #"quantity("500m")"#, "quantity('1000')": #"quantity("1k")"#,
      "quantity('1024')": #"quantity("1024")"#, "quantity('1024Ki')": #"quantity("1Mi")"#,
      "quantity('1000Ki')": #"quantity("1000Ki")"#, "quantity('0.5Ki')": #"quantity("512")"#,
      "quantity('0.1Mi')": #"quantity("104857600m")"#, "quantity('-1.5Gi')": #"quantity("-1536Mi")"#,
      "quantity('0.1n')": #"quantity("1n")"#, "quantity('-0.1n')": #"quantity("-1n")"#,
      "quantity('1.0000000001')": #"quantity("1000000001n")"#, "quantity('1e3')": #"quantity("1e3")"#,
      "quantity('12e6')": #"quantity("12e6")"#, "quantity('1E+3')": #"quantity("1e3")"#,
      "quantity('1e-3')": #"quantity("1e-3")"#, "quantity('1E')": #"quantity("1E")"#,
      "quantity('10e1')": #"quantity("100")"#, "quantity('8Ei')": #"quantity("9223372036854775807")"#,
      "quantity('100Ei')": #"quantity("9223372036854775807")"#, "quantity('7Ei')": #"quantity("7Ei")"#,
      "quantity('12345678901234567890')": #"quantity("12345678901234567890")"#,
      "quantity('9999999999999999999999999999999999999G')": #"quantity("9999999999999999999999999999999999999G")"#,
      "quantity('0.0001Mi')": #"quantity("104857600u")"#,
    ])
  }

  @Test(
    "that are none are refused in Kubernetes' words",
    arguments: [
      "10Mo", "1,3G", "1.1.M", "1+1.0M", "0.1mi ", "aoeu", " 1", "1 ", "-3.01e-x", "1Gi5x", "１", "", "1e1e1",
    ])
  func malformed(text: String) {
    #expect(
      Expectations.result("quantity('\(text)')")
        == "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    #expect(Expectations.result("isQuantity('\(text)')") == "false")
  }

  @Test(
    "with a suffix that is none are refused",
    arguments: [
      "10Mm", "0.1mi", ".5i", "1i", "-3.01i", "-3.01e-", "1e", "1ee3", "200K", "1e99999999999999999999", "1Gi5",
    ])
  func suffix(text: String) {
    #expect(Expectations.result("quantity('\(text)')") == "error: unable to parse quantity's suffix")
    #expect(Expectations.result("isQuantity('\(text)')") == "false")
  }

  @Test("without digits are nothing, or refused where only digits would do")
  func digitless() {
    Expectations.check([
      "quantity('Ei')": "error: unable to parse numeric part of quantity",
      "quantity('.Pi')": "error: unable to parse numeric part of quantity", "quantity('Ti').asInteger()": "0",
    ])
  }

  @Test("are equal and in order by their amounts")
  func comparisons() {
    Expectations.check([
      "quantity('200M') == quantity('0.2G')": "true", "quantity('2000k') == quantity('2M')": "true",
      "quantity('200M') == quantity('0.3G')": "false", "quantity('200M') != quantity('0.3G')": "true",
      "quantity('1') == quantity('1000m')": "true", "quantity('1Ei') == quantity('1024Pi')": "true",
      "quantity('50M').isLessThan(quantity('50Mi'))": "true", "quantity('50M').isLessThan(quantity('50M'))": "false",
      "quantity('150Mi').isGreaterThan(quantity('100Mi'))": "true",
      "quantity('200M').compareTo(quantity('0.2G'))": "0", "quantity('50M').compareTo(quantity('50Mi'))": "-1",
      "quantity('50Mi').compareTo(quantity('50M'))": "1", "quantity('-1').compareTo(quantity('-1.5'))": "1",
      "quantity('0').compareTo(quantity('-1n'))": "1", "quantity('1e100').compareTo(quantity('1e99'))": "1",
      "quantity('1e2147483647').compareTo(quantity('1'))": "1",
      "quantity('-1e2147483647').compareTo(quantity('-1e2147483646'))": "-1",
      "quantity('0e2147483647') == quantity('0')": "true",
      "[quantity('1')].indexOf(quantity('1000m'))": "0", "quantity('1Gi') in [quantity('1024Mi')]": "true",
      "dyn(quantity('1')) == dyn(1)": "error: no such overload", "dyn(1) == dyn(quantity('1'))": "false",
      "dyn(quantity('1')) == null": "false",
      "quantity('1') < quantity('2')":
        "rejected: found no matching overload for '_<_' applied to '(kubernetes.Quantity, kubernetes.Quantity)'",
    ])
  }

  @Test("add and subtract exactly")
  func arithmetic() {
    Expectations.check([
      "quantity('50k').add(quantity('20')) == quantity('50.02k')": "true",
      "quantity('50k').add(20).asInteger()": "50020",
      "quantity('50k').sub(quantity('20')) == quantity('49.98k')": "true",
      "quantity('50k').sub(20).asInteger()": "49980",
      "quantity('50k').add(20).sub(quantity('100k')).sub(-50000).asInteger()": "20",
      "quantity('1Gi').add(quantity('1.5Gi'))": #"quantity("2560Mi")"#,
      "quantity('0').add(quantity('1Gi'))": #"quantity("1Gi")"#,
      "quantity('1.5Gi').sub(quantity('1.5Gi'))": #"quantity("0")"#,
      "quantity('9223372036854775807').add(1)": #"quantity("9223372036854775808")"#,
      "quantity('-9223372036854775808').sub(1)": #"quantity("-9223372036854775809")"#,
      "quantity('1e18').add(quantity('1n'))": #"quantity("1000000000000000000000000001e-9")"#,
      "quantity('1').sub(quantity('1.5Gi'))": #"quantity("-1610612735")"#,
      "quantity('1e1000000000').add(quantity('1'))": "error: operation cancelled: value too large",
      "sign(quantity('-1'))": "-1", "sign(quantity('0'))": "0", "sign(quantity('1n'))": "1",
    ])
  }

  /// What an API server says too: the sum is another Go type than the one that its left side compares with.
  @Test("that were computed are not known on the right of an equality")
  func computed() {
    Expectations.check([
      "quantity('70k') == quantity('50k').add(quantity('20k'))": "error: no such overload",
      "quantity('50k').add(quantity('20k')) == quantity('70k')": "true",
    ])
  }

  @Test("become numbers where that is possible")
  func numbers() {
    Expectations.check([
      "quantity('50k').asInteger()": "50000", "quantity('1Ki').asInteger()": "1024", "quantity('-3').asInteger()": "-3",
      "quantity('50').isInteger()": "true", "quantity('1.5').isInteger()": "false",
      "quantity('1000m').isInteger()": "false", "quantity('1.5Gi').isInteger()": "false",
      "quantity('1Ei').isInteger()": "false", "quantity('9E').asInteger()": "9000000000000000000",
      "quantity('10E').isInteger()": "false",
      "quantity('9999999999999999999999999999999999999G').asInteger()": "error: cannot convert value to integer",
      "quantity('50.703k').asApproximateFloat()": "50703.0", "quantity('1500m').asApproximateFloat()": "1.5",
      "quantity('-0.1').asApproximateFloat()": "-0.1", "quantity('1e400').asApproximateFloat()": "+Inf",
      "quantity('1e-9').asApproximateFloat()": "1e-09", "quantity('1.5Gi').asApproximateFloat()": "1.610612736e+09",
    ])
  }

  @Test("have a type without a name for expressions")
  func types() {
    Expectations.check([
      "string(type(quantity('1')))":
        "rejected: found no matching overload for 'string' applied to '(type(kubernetes.Quantity))'",
      "quantity(1)": "rejected: found no matching overload for 'quantity' applied to '(int)'",
      "quantity(dyn(1))": "error: no such overload: quantity(int)",
      "quantity('1').sign()": "rejected: found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'",
      "isQuantity([1, 2, 3])": "rejected: found no matching overload for 'isQuantity' applied to '(list(int))'",
      "string(quantity('1'))": "rejected: found no matching overload for 'string' applied to '(kubernetes.Quantity)'",
    ])
  }
}
