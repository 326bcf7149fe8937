"""Runs the cases against `webhook serve`, says which failed, and how many there were in each section."""
import concurrent.futures
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../benchmarks/Load"))

import h2.config
import h2.connection
import h2.events

import http1_cases
import http2_cases
import slow_cases
import tls_cases
from client import Client, connect
from common import Answers, REVIEW, Server, request

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def prepare(client):
    """Waits until the server's settings hold: what they forbid is wrong from then on."""
    client.send(b"")
    client.is_alive()
    return []


def http2(server):
    for section, sentence, function, settings, preface in http2_cases.CASES:
        def run(function=function, settings=settings, preface=preface):
            client = Client(server, preface, settings)
            try:
                return function(client)
            finally:
                client.close()
        yield f"RFC 9113 {section}" if section[0].isdigit() else f"RFC 7541 {section.split()[1]}", sentence, run
    yield "RFC 9113 h2", "the library h2, which checks what it is sent, sees no fault in thirty answers", lambda: library(server)


def library(server):
    connection = connect(server)
    session = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    session.initiate_connection()
    for number in range(30):
        stream = session.get_next_available_stream_id()
        session.send_headers(stream, [(":method", "POST"), (":scheme", "https"), (":authority", "localhost"),
                                      (":path", "/validate"), ("content-type", "application/json")])
        session.send_data(stream, server.review, end_stream=True)
    connection.sendall(session.data_to_send())
    ended, statuses = 0, []
    while ended < 30:
        part = connection.recv(65536)
        if not part:
            return False
        for event in session.receive_data(part):
            if isinstance(event, h2.events.ResponseReceived):
                statuses.append(dict(event.headers)[b":status"])
            elif isinstance(event, h2.events.DataReceived):
                session.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                ended += 1
        connection.sendall(session.data_to_send())
    connection.close()
    return statuses == [b"200"] * 30


def http1(server):
    for name, sent, status in http1_cases.CASES:
        def run(sent=sent, status=status):
            connection = connect(server, "http/1.1")
            answers = Answers(connection)
            connection.sendall(sent + SMUGGLED)
            first = answers.next()
            # The first answer is the last one.
            return first is not None and first[0] == status and answers.next() is None
        yield "RFC 9112", name, run


def slow(review, words, failed, counts):
    """The cases of slow peers, side by side, because all of them wait."""
    with slow_cases.server(review) as server:
        chosen = [(sentence, run) for sentence, run in slow_cases.cases(server)
                  if not words or any(word in sentence or word in "slow" for word in words)]
        counts.update({"slow peers": len(chosen)} if chosen else {})

        def attempt(case):
            try:
                return case[1]()
            except (OSError, ssl.SSLError, AttributeError) as error:
                return f"{type(error).__name__}: {error}"

        with concurrent.futures.ThreadPoolExecutor(max(1, len(chosen))) as pool:
            for (sentence, _), outcome in zip(chosen, pool.map(attempt, chosen)):
                if outcome is not True:
                    failed.append(f"slow peers: {sentence} ({outcome})")
        if server.is_running and server.metrics()["webhook_connections_open"] > len(chosen):
            failed.append("slow peers: connections are left")
    if server.status != 0:
        failed.append(f"the server for slow peers ended with {server.status}")


def main():
    words = sys.argv[1:]
    begin = time.monotonic()
    failed, counts = [], {}
    # Cases that stall for as long as the client's patience are not what the budget is for.
    with Server(["--latency-budget", "20s", "--workers", "1"]) as server:
        with open(REVIEW, "rb") as file:
            server.review = file.read()
        server.prepare = prepare
        for section, sentence, run in [*http2(server), *http1(server), *tls_cases.cases(server)]:
            if words and not any(word in section or word in sentence for word in words):
                continue
            counts[section] = counts.get(section, 0) + 1
            try:
                fine = run()
            except (OSError, ssl.SSLError, socket.timeout, KeyError, AttributeError) as error:
                fine, sentence = False, f"{sentence} ({type(error).__name__}: {error})"
            if not fine:
                failed.append(f"{section}: {sentence}")
            if not server.is_running:
                failed.append(f"the server ended at {section}: {sentence}")
                break
        alive = connect(server, "http/1.1") if server.is_running else None
        if alive is not None:
            alive.sendall(request(server.review))
            if Answers(alive).next()[0] != 200:
                failed.append("a proper request at the end was not answered")
    if server.status != 0:
        failed.append(f"the server ended with {server.status}")
    slow(server.review, words, failed, counts)
    total = sum(counts.values())
    print(f"{total} cases in {time.monotonic() - begin:.0f} s: " + ", ".join(
        f"{section} {count}" for section, count in sorted(counts.items())))
    for line in failed:
        print("failed: " + line)
    sys.exit(1 if failed else 0)


main()
