#!/usr/bin/env python3
"""large.py [MEGABYTES [ROUNDS]]: changes of large objects, each answered within its time.

Sends objects of 3 MB of several shapes to /mutate under a policy that patches, one that merges and one that removes, one after the
other. Each answer has to be there within the budget of 100 ms and 5 ms, from the first byte sent to the last one received: with a
patch, or decided by the failure policy, which here ignores. Says how long the slowest took; fails where one took longer. Other work
on the machine is measured with it."""
import json
import os
import sys
import tempfile
import time

from common import Answers, Server, request

BUDGET = 0.1
POLICY = """
apiVersion: policy.example.com/v1
kind: Policy
metadata: {name: changes}
spec:
  failurePolicy: Ignore
  podTemplates: Ignore
  matchConstraints:
    resourceRules:
      - {apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}
  mutations:
    - patchType: %s
      %s:
        expression: >-
          %s
"""
MUTATIONS = {
    "patch": ("JSONPatch", "jsonPatch", '[JSONPatch{op: "add", path: "/metadata/annotations", value: {"a": "b"}}]'),
    "merge": ("ApplyConfiguration", "applyConfiguration", 'Object{metadata: Object.metadata{annotations: {"a": "b"}}}'),
    "remove": ("JSONPatch", "jsonPatch", '[JSONPatch{op: "remove", path: "/metadata/name"}]'),
}


def shapes(size):
    """Objects by what most of them is."""
    def config_map(data, labels=None):
        return {"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "a", "namespace": "default", "labels": labels or {}}, "data": data}

    def pod(containers):
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "default"},
                "spec": {"containers": containers}}

    def custom(spec):
        return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": "default"},
                "spec": spec}

    variables = [{"name": f"n{number}", "value": "v"} for number in range(size // 28)]
    return {
        "long texts": config_map({f"k{number}": "x" * 100_000 for number in range(size // 100_000)}),
        "texts": config_map({f"key-{number}": "abcdefgh " * 11 for number in range(size // 115)}),
        "labels": config_map({}, {f"k{number}": "" for number in range(size // 12)}),
        "variables": pod([{"name": "c", "image": "x", "env": variables}]),
        "containers": pod([{"name": f"c{number}", "image": "x"} for number in range(size // 30)]),
        "digits": custom({"a": [1] * (size // 2)}),
        "lists": custom({"a": [[[[[[]]]]]] * (size // 13)}),
    }


def review(object_):
    group, _, version = object_["apiVersion"].rpartition("/")
    kind = object_["kind"]
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "large", "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": kind.lower() + "s"}, "name": "a",
        "namespace": "default", "operation": "CREATE", "userInfo": {"username": "a"}, "object": object_}},
        separators=(",", ":")).encode()


def main():
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    late = 0
    for mutation, filled in MUTATIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "policy.yaml"), "w") as file:
                file.write(POLICY % filled)
            with Server(["--latency-budget", f"{int(BUDGET * 1000)}ms", "--workers", "1"], folder) as server:
                for shape, object_ in shapes(int(megabytes * 1e6)).items():
                    bytes_ = request(review(object_), "/mutate")
                    slowest, changed = 0, 0
                    for _ in range(rounds):
                        connection = server.connect()
                        begin = time.perf_counter()
                        connection.sendall(bytes_)
                        answer = Answers(connection).next()
                        slowest = max(slowest, time.perf_counter() - begin)
                        connection.close()
                        if answer is None or answer[0] != 200:
                            sys.exit(f"{mutation} of {shape} was answered with {answer}")
                        changed += b'"patch"' in answer[2]
                    late += slowest > BUDGET + 0.005
                    print(f"{mutation:7} {shape:11} {changed} of {rounds} changed, {slowest * 1000:4.0f} ms at most")
    sys.exit(1 if late else 0)


main()
