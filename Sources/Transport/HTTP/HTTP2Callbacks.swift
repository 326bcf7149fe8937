internal import CNghttp2
internal import Memory

/// The C side of `HTTP2Session`: what nghttp2 calls, and what is handed to it in its own types.
enum HTTP2Callbacks {
  /// Made once, read by every session.
  nonisolated(unsafe) static let table: OpaquePointer? = makeTable()
  nonisolated(unsafe) static let options: OpaquePointer? = makeOptions()

  private static func makeOptions() -> OpaquePointer? {
    var options: OpaquePointer?
    guard nghttp2_option_new(&options) == 0 else { return nil }
    // Closed streams are of use for priorities only, which are not spoken.
    nghttp2_option_set_no_closed_streams(options, 1)
    return options
  }

  private static func makeTable() -> OpaquePointer? {
    var table: OpaquePointer?
    guard nghttp2_session_callbacks_new(&table) == 0 else { return nil }
    nghttp2_session_callbacks_set_on_begin_frame_callback(table) { _, header, context in
      guard let header, let context else { return failure }
      return HTTP2Callbacks.begins(header.pointee, session(context)) ? 0 : failure
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(table) { _, frame, context in
      guard let frame, let context else { return failure }
      let isRequest = frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
      session(context).beginHeaders(frame.pointee.hd.stream_id, isRequest: isRequest)
      return 0
    }
    nghttp2_session_callbacks_set_on_header_callback(table) { _, _, name, nameCount, value, valueCount, _, context in
      guard let name, let value, let context else { return failure }
      session(context).addHeader(
        name: ByteSlice(start: name, count: nameCount), value: ByteSlice(start: value, count: valueCount))
      return 0
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table) { _, _, id, bytes, count, context in
      guard let bytes, let context else { return failure }
      session(context).addBody(id, ByteSlice(start: bytes, count: count))
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(table) { _, frame, context in
      guard let frame, let context else { return failure }
      return HTTP2Callbacks.received(frame, session(context)) ? 0 : failure
    }
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(table) { _, _, _, context in
      guard let context else { return failure }
      // Each makes us reset a stream: a peer that provokes resets is a peer that resets.
      return session(context).allows(.streamReset) ? 0 : failure
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(table) { _, frame, context in
      guard let frame, let context else { return failure }
      let header = frame.pointee.hd
      let ends = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
      if isType(header.type, NGHTTP2_RST_STREAM) { session(context).didReset(header.stream_id) }
      if ends, isType(header.type, NGHTTP2_HEADERS) || isType(header.type, NGHTTP2_DATA) {
        session(context).didEnd(header.stream_id)
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(table) { _, id, _, context in
      guard let context else { return failure }
      session(context).didClose(id)
      return 0
    }
    return table
  }

  /// Counts what neither asks for anything nor is counted below. Unknown frames are skipped by nghttp2 and do not show up; what one
  /// connection sends of them takes no more than its turns.
  private static func begins(_ header: nghttp2_frame_hd, _ session: HTTP2Session) -> Bool {
    switch nghttp2_frame_type(rawValue: UInt32(header.type)) {
    case NGHTTP2_DATA, NGHTTP2_RST_STREAM: true
    case NGHTTP2_HEADERS: session.mayOpen(header.stream_id)
    case NGHTTP2_PRIORITY where header.stream_id == 0: session.end(NGHTTP2_PROTOCOL_ERROR)
    case NGHTTP2_PING, NGHTTP2_SETTINGS:
      header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 || session.allows(.other)
    default: session.allows(.other)
    }
  }

  private static func received(_ frame: UnsafePointer<nghttp2_frame>, _ session: HTTP2Session) -> Bool {
    let header = frame.pointee.hd
    let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
    let isAcknowledgement = header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
    switch nghttp2_frame_type(rawValue: UInt32(header.type)) {
    case NGHTTP2_HEADERS:
      session.endHeaders(header.stream_id, endsStream: endsStream)
    case NGHTTP2_DATA:
      if endsStream {
        session.endBody(header.stream_id)
      } else if header.length <= frame.pointee.data.padlen {
        return session.allows(.empty)
      }
    case NGHTTP2_RST_STREAM: return session.allows(.streamReset)
    case NGHTTP2_PING: return isAcknowledgement || session.allows(.ping)
    case NGHTTP2_SETTINGS: return isAcknowledgement || session.allows(.settings)
    default: break
    }
    return true
  }

  // MARK: Answers

  static func submitContinue(_ native: OpaquePointer?, _ id: Int32) {
    var field = makeField(":status", ByteSlice("100"))
    nghttp2_submit_headers(native, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, nil, &field, 1, nil)
  }

  /// Hands nghttp2 the header section of `exchange.response`, and the stream as the source of the body.
  static func submitResponse(_ native: OpaquePointer?, _ stream: HTTP2Stream, _ exchange: Exchange) -> Bool {
    let status = exchange.response.status
    let hasContent = status != 204 && status != 304
    stream.digits.append(decimal: UInt64(max(200, min(599, status))))
    let statusEnd = stream.digits.count
    stream.digits.append(decimal: UInt64(stream.response.count))
    let lengthEnd = stream.digits.count
    stream.digits.append(decimal: UInt64(max(0, exchange.response.retryAfter ?? 0)))
    let digits = stream.digits.bytes

    return withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: 6) { fields in
      var count = 0
      func add(_ name: StaticString, _ value: ByteSlice) {
        fields[count] = makeField(name, value)
        count += 1
      }
      add(":status", digits[0..<statusEnd])
      if hasContent {
        let type = exchange.response.contentType
        if type.utf8CodeUnitCount > 0, !stream.response.isEmpty { add("content-type", ByteSlice(type)) }
        add("content-length", digits[statusEnd..<lengthEnd])
      }
      add("date", exchange.date.value())
      if let allow = exchange.response.allow { add("allow", ByteSlice(allow)) }
      if exchange.response.retryAfter != nil { add("retry-after", digits.dropFirst(lengthEnd)) }

      if !hasContent || stream.method == .head || stream.response.isEmpty {
        return nghttp2_submit_response(native, stream.id, fields.baseAddress, count, nil) == 0
      }
      var provider = nghttp2_data_provider()
      provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
      provider.read_callback = { _, _, target, room, flags, source, _ in
        guard let target, let flags, let pointer = source?.pointee.ptr else { return Int(failure) }
        let stream = Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
        let part = stream.response.bytes.dropFirst(stream.responseOffset).prefix(room)
        target.update(from: part.start, count: part.count)
        stream.responseOffset += part.count
        if stream.responseOffset == stream.response.count { flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        return part.count
      }
      return nghttp2_submit_response(native, stream.id, fields.baseAddress, count, &provider) == 0
    }
  }

  /// A field whose bytes nghttp2 does not copy: they are literals, or live as long as the stream.
  private static func makeField(_ name: StaticString, _ value: ByteSlice) -> nghttp2_nv {
    nghttp2_nv(
      name: UnsafeMutablePointer(mutating: name.utf8Start), value: UnsafeMutablePointer(mutating: value.start),
      namelen: name.utf8CodeUnitCount, valuelen: value.count,
      flags: UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue))
  }
}

// Outside of the enum, because a function that C calls captures nothing.

private let failure = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

@inline(__always)
private func session(_ context: UnsafeMutableRawPointer) -> HTTP2Session {
  Unmanaged<HTTP2Session>.fromOpaque(context).takeUnretainedValue()
}

@inline(__always)
private func isType(_ type: UInt8, _ expected: nghttp2_frame_type) -> Bool {
  UInt32(type) == expected.rawValue
}
