#!/usr/bin/env python3
"""Writes policy sets that differ in the policies that do not match, for `benchmarks/Matching/run`.

    policies.py SHAPE COUNT > policies.json

Four policies match the review beside them (`review.jsonl`); COUNT further ones do not, each in the way that SHAPE says.
"""
import json
import sys


def rule(groups, versions, resources, operations=("CREATE", "UPDATE"), **more):
    return {"apiGroups": list(groups), "apiVersions": list(versions), "resources": list(resources),
            "operations": list(operations), **more}


PODS = rule([""], ["v1"], ["pods"])


def policy(name, number, constraints):
    """A policy with variables, a condition and two validations, none of whose expressions another policy shares."""
    return {
        "apiVersion": "policy.example.com/v1", "kind": "Policy", "metadata": {"name": name},
        "spec": {
            "podTemplates": "Ignore",
            "matchConstraints": constraints,
            "matchConditions": [{"name": "c", "expression": f"request.userInfo.username != 'system:{number}'"}],
            "variables": [{"name": "images", "expression":
                           f"object.spec.containers.map(c, c.image).filter(i, i != '{number}')"}],
            "validations": [
                {"expression": f"variables.images.all(i, !i.startsWith('forbidden-{number}.example.com/'))"},
                {"expression": f"!has(object.metadata.annotations) || !('a{number}' in object.metadata.annotations)"},
            ],
        },
    }


def namespaces(comparison, *names):
    return {"matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": comparison, "values": list(names)}]}


def labels(**values):
    return {"matchLabels": values}


def requires(*requirements):
    """A selector of requirements, each a key, an operator and values."""
    return {"matchExpressions": [
        {"key": key, "operator": comparison, **({"values": list(values)} if values else {})}
        for key, comparison, *values in requirements]}


SYSTEM = ("kubernetes.io/metadata.name", "NotIn", "kube-system", "kube-node-lease", "kube-public")


SHAPES = {
    "none": None,
    "other resources": lambda n: {"resourceRules": [rule([""], ["v1"], [f"things{n}"])]},
    "other groups": lambda n: {"resourceRules": [rule([f"g{n}.example.com"], ["*"], ["*"])]},
    "other versions": lambda n: {"resourceRules": [rule([""], [f"v{n + 2}"], ["pods"])]},
    "subresources": lambda n: {"resourceRules": [rule(["*"], ["*"], ["pods/status", f"pods/s{n}"], ["*"])]},
    "other operations": lambda n: {"resourceRules": [rule([""], ["v1"], ["pods"], ["DELETE"])]},
    "cluster scope": lambda n: {"resourceRules": [rule(["*"], ["*"], ["*"], scope="Cluster")]},
    "other names": lambda n: {"resourceRules": [rule([""], ["v1"], ["pods"], resourceNames=[f"n{n}", f"m{n}"])]},
    "exclusion": lambda n: {"resourceRules": [rule(["*"], ["*"], ["*"])],
                            "excludeResourceRules": [rule([""], ["*"], ["pods", f"p{n}"], ["*"])]},
    "other namespaces": lambda n: {"resourceRules": [PODS], "namespaceSelector": namespaces("In", f"team-{n}")},
    "other labels": lambda n: {"resourceRules": [PODS], "objectSelector": labels(app=f"app-{n}")},
    "label absent": lambda n: {"resourceRules": [PODS], "objectSelector": {
        "matchExpressions": [{"key": f"example.com/l{n}", "operator": "Exists"}]}},
    "namespace labels": lambda n: {"resourceRules": [PODS], "namespaceSelector": labels(tier=f"t{n}")},
    "namespaces left out": lambda n: {"resourceRules": [PODS],
                                      "namespaceSelector": namespaces("NotIn", "payments", f"team-{n}")},
    "many namespaces": lambda n: {"resourceRules": [PODS],
                                  "namespaceSelector": namespaces("In", *(f"team-{n}-{m}" for m in range(50)))},
    "many namespaces left out": lambda n: {
        "resourceRules": [PODS],
        "namespaceSelector": namespaces("NotIn", *(f"team-{n}-{m}" for m in range(50)), "payments")},
    "namespace labels left out": lambda n: {"resourceRules": [PODS],
                                            "namespaceSelector": requires(("tier", "NotIn", "gold", f"t{n}"))},
    "namespace label present": lambda n: {"resourceRules": [PODS],
                                          "namespaceSelector": requires(("tier", "DoesNotExist"))},
    "many labels": lambda n: {"resourceRules": [PODS],
                              "objectSelector": requires(("app", "In", *(f"app-{n}-{m}" for m in range(50))))},
    "labels left out": lambda n: {"resourceRules": [PODS],
                                  "objectSelector": requires(("app", "NotIn", "checkout", f"app-{n}"))},
    "label present": lambda n: {"resourceRules": [PODS], "objectSelector": requires(("owner", "DoesNotExist"))},
    "mixed, left out": lambda n: {"resourceRules": [PODS],
                                  "namespaceSelector": requires(SYSTEM, ("tier", "In", "gold", f"t{n}")),
                                  "objectSelector": requires(("owner", "Exists"), ("app", "NotIn", "checkout"))},
    "mixed, not demanded": lambda n: {"resourceRules": [PODS],
                                      "namespaceSelector": requires(SYSTEM, ("tier", "Exists")),
                                      "objectSelector": requires(("owner", "Exists"), ("app", "In", f"app-{n}"))},
    "binding: namespaces left out": lambda n: ({"resourceRules": [PODS]}, {
        "namespaceSelector": namespaces("NotIn", "payments", f"team-{n}")}),
    "binding: other names": lambda n: ({"resourceRules": [PODS]}, {
        "resourceRules": [rule([""], ["v1"], ["pods"], resourceNames=[f"n{n}"])]}),
    "binding: other resources": lambda n: ({"resourceRules": [rule(["*"], ["*"], ["*"])]}, {
        "resourceRules": [rule([""], ["v1"], [f"things{n}"])]}),
    "binding: other namespaces": lambda n: ({"resourceRules": [PODS]}, {
        "namespaceSelector": namespaces("In", f"team-{n}")}),
}


def bound(number, constraints, narrowed):
    """A ValidatingAdmissionPolicy, which its binding keeps from the review."""
    result = policy(f"v{number}", number, constraints)
    result.update(apiVersion="admissionregistration.k8s.io/v1", kind="ValidatingAdmissionPolicy")
    del result["spec"]["podTemplates"]
    binding = {
        "apiVersion": result["apiVersion"], "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": f"b{number}"},
        "spec": {"policyName": f"v{number}", "validationActions": ["Deny"], "matchResources": narrowed},
    }
    return [result, binding]


def manifests(shape, count):
    items = [policy(f"match-{n}", -1 - n, {"resourceRules": [PODS]}) for n in range(4)]
    for number in range(count if SHAPES[shape] else 0):
        constraints = SHAPES[shape](number)
        items += (bound(number, *constraints) if isinstance(constraints, tuple)
                  else [policy(f"other-{number}", number, constraints)])
    return {"apiVersion": "v1", "kind": "List", "items": items}


if __name__ == "__main__":
    if sys.argv[1:] == ["--shapes"]:
        print("\n".join(SHAPES))
    else:
        json.dump(manifests(sys.argv[1], int(sys.argv[2])), sys.stdout)
