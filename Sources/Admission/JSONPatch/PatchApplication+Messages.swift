internal import Memory

extension PatchApplication {
  func message(_ text: StaticString) -> ByteSlice { ByteSlice(text) }

  func message(_ start: StaticString, _ end: ByteSlice) -> ByteSlice {
    message(start, end, "")
  }

  func message(_ start: StaticString, _ name: ByteSlice, _ end: StaticString) -> ByteSlice {
    message(start, name, end, .empty)
  }

  func message(_ start: StaticString, _ name: ByteSlice, _ middle: StaticString, _ end: ByteSlice) -> ByteSlice {
    var text = ArenaMessage(start, in: tree.arena)
    text.append(name)
    text.append(middle)
    text.append(end)
    return text.bytes
  }

  /// A problem with an index, in the library's words. What is no number at all is quoted.
  func text(_ problem: ArrayIndex.Problem, _ token: ByteSlice) -> ByteSlice {
    var text = ArenaMessage(in: tree.arena)
    switch problem {
    case .invalid(let index):
      text.append("Unable to access invalid index: ")
      text.append(decimal: index)
      text.append(": invalid index referenced")
    case .notANumber, .outOfRange:
      text.append("strconv.Atoi: parsing ")
      text.append(quoted: token)
      text.append(problem.isSyntax ? ": invalid syntax" : ": value out of range")
    }
    return text.bytes
  }
}

extension ArrayIndex.Problem {
  fileprivate var isSyntax: Bool {
    if case .notANumber = self { return true }
    return false
  }
}
