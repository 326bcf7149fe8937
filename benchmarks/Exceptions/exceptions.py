#!/usr/bin/env python3
"""Writes exceptions for `benchmarks/Exceptions/run`, all from `disallow-host-network` and for a month from now.

    exceptions.py SHAPE COUNT > exceptions.json

The first applies to the review beside them (`review.jsonl`), unless SHAPE is `none`; COUNT further ones do not, since they are
for `namespaces` of their own, or for other `labels` in the same namespace.
"""
import datetime
import json
import sys

END = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)).strftime("%Y-%m-%dT00:00:00Z")


def exception(name, namespace, app):
    return {
        "apiVersion": "policy.example.com/v1", "kind": "PolicyException", "metadata": {"name": name},
        "spec": {
            "policy": "disallow-host-network", "namespace": namespace,
            "resourceSelector": {"matchLabels": {"app.kubernetes.io/name": app}},
            "reason": "the metrics of a node are in its own network", "approvedBy": "platform-security",
            "expiresAt": END,
        },
    }


def manifests(shape, count):
    items = [] if shape == "none" else [exception("node-exporter", "monitoring", "node-exporter")]
    for number in range(count):
        items.append(exception(f"other-{number}", "monitoring" if shape == "labels" else f"team-{number}",
                               f"app-{number}" if shape == "labels" else "node-exporter"))
    return {"apiVersion": "v1", "kind": "List", "items": items}


if __name__ == "__main__":
    json.dump(manifests(sys.argv[1], int(sys.argv[2])), sys.stdout)
