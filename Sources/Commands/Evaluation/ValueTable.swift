package import JSON
package import Memory

/// A value for people: a list of objects as a table of their members, an object as two columns, other lists an element a line.
package enum ValueTable {
  package static func write(_ value: Cursor, to buffer: inout ByteBuffer) {
    if value.isArray {
      let elements = Array(value.elements)
      guard !elements.isEmpty, elements.allSatisfy(\.isObject) else {
        for element in elements { append([cell(element)], [0], to: &buffer) }
        return
      }
      writeObjects(elements, to: &buffer)
    } else if value.isObject {
      write([["KEY", "VALUE"]] + value.members.map { [cell($0), cell($1)] }, to: &buffer)
    } else {
      append([cell(value)], [0], to: &buffer)
    }
  }

  /// A row for each object, a column for each member that any of them has, in the order in which they come.
  private static func writeObjects(_ objects: [Cursor], to buffer: inout ByteBuffer) {
    var columns: [String] = []
    var known: Set<String> = []
    for object in objects {
      for (key, _) in object.members where known.insert(cell(key)).inserted { columns.append(cell(key)) }
    }
    var rows = [columns.map { $0.uppercased() }]
    for object in objects {
      var values: [String: String] = [:]
      for (key, value) in object.members { values[cell(key)] = cell(value) }
      rows.append(columns.map { values[$0] ?? "" })
    }
    write(rows, to: &buffer)
  }

  private static func write(_ rows: [[String]], to buffer: inout ByteBuffer) {
    var widths: [Int] = []
    for row in rows {
      for (index, text) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], text.count)
      }
    }
    for row in rows { append(row, widths, to: &buffer) }
  }

  private static func append(_ row: [String], _ widths: [Int], to buffer: inout ByteBuffer) {
    let last = row.lastIndex { !$0.isEmpty } ?? -1
    for (index, text) in row.prefix(last + 1).enumerated() {
      buffer.append(text)
      if index < last {
        for _ in text.count..<max(widths[index], text.count) + 2 { buffer.append(" ") }
      }
    }
    buffer.append("\n")
  }

  /// A string's text in one line without control characters; of anything else the JSON.
  private static func cell(_ value: Cursor) -> String {
    if let text = value.stringValue {
      return String(
        String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
    var json = ByteBuffer()
    json.writeValue(value)
    return json.bytes.string
  }
}
