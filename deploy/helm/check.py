"""Lints the chart, renders it with everything switched on and off, and holds what comes out to Kubernetes' schemas.

    pip install helm-python-sdk kubernetes-validate
    python deploy/helm/check.py [version of Kubernetes]

With a cluster, kubectl's own, which knows the kinds of KEDA and of the Prometheus operator: its API server takes all of
it, strictly and without a warning of the pod security standard "restricted", and its controllers make the pods, in
namespaces that are deleted in the end.

    python deploy/helm/check.py --apply
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import kubernetes_validate
import yaml
from helm_python.chart import Chart, lint

CHART = Path(__file__).parent / "xlxmert-zoo"
# Kinds of operators, whose schemas are not among Kubernetes' own: that they are there at all is checked.
OTHERS = {"keda.sh/v1alpha1", "monitoring.coreos.com/v1"}
STORE = {"store": {"url": "s3://bucket/zoo", "endpoint": "http://store:9000"}}
VALUES = {
    "as it is": {},
    "everything": {
        **STORE,
        "autoscaling": {"enabled": True},
        "serviceMonitor": {"enabled": True},
        "server": {"env": {"KEEP_DAYS": 7}, "nodeSelector": {"gpu": "yes"}, "tolerations": [{"operator": "Exists"}]},
        "inference": {"enabled": True, "env": {"MODELS": "x-lxmert-scenes"}, "resources": {"limits": {"nvidia.com/gpu": 1}}},
        "worker": {"env": {"DEVICE": "cuda"}, "resources": {"limits": {"nvidia.com/gpu": 1}}},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "x"}},
        "networkPolicy": {"ingressFrom": [{"podSelector": {}}], "egress": [{"ports": [{"protocol": "TCP", "port": 443}]}]},
    },
    "keda": {**STORE, "keda": {"enabled": True}},
    "keda and inference": {**STORE, "keda": {"enabled": True}, "inference": {"enabled": True}},
    "little": {"podDisruptionBudget": {"enabled": False}, "networkPolicy": {"enabled": False}},
}


def documents(rendered):
    for text in rendered.values() if isinstance(rendered, dict) else [rendered]:
        yield from (one for one in yaml.safe_load_all(text) if one)


def kubectl(*arguments, given=None):
    return subprocess.run(["kubectl", *arguments], input=given, text=True, capture_output=True)


def apply(name, values) -> str:
    """What the cluster says against it."""
    namespace = f"xlxmert-zoo-check-{name.replace(' ', '-')}"
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("warn", "enforce")}
    kubectl("create", "namespace", namespace)
    kubectl("label", "namespace", namespace, *(f"{key}={value}" for key, value in labels.items()))
    try:
        rendered = list(documents(Chart.load(CHART).render(values, name="zoo", namespace=namespace)))
        # As Helm does: accounts before the pods that are of them.
        rendered.sort(key=lambda one: one["kind"] != "ServiceAccount")
        taken = kubectl(
            *["-n", namespace, "apply", "--server-side", "--validate=strict", "-f", "-"], given=yaml.safe_dump_all(rendered)
        )
        if taken.returncode != 0 or taken.stderr:
            return taken.stderr
        wanted = {one["metadata"]["name"] for one in rendered if one["kind"] == "Deployment"}
        for _ in range(60):
            items = json.loads(kubectl("-n", namespace, "get", "deployments", "-o", "json").stdout)["items"]
            made = {one["metadata"]["name"] for one in items if one["status"].get("updatedReplicas", 0) > 0}
            if made == wanted:
                return ""
            time.sleep(0.5)
        return f"no pods of {', '.join(wanted - made)}"
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


def main() -> int:
    faults = 0
    if "--apply" in sys.argv[1:]:
        for name, values in VALUES.items():
            said = apply(name, values)
            faults += said != ""
            print(f"{name}: {said or 'taken, and its pods are made'}")
        return 1 if faults else 0
    for name, values in VALUES.items():
        kinds = []
        for one in documents(Chart.load(CHART).render(values, name="zoo", namespace="zoo")):
            kinds.append(one["kind"])
            if one["apiVersion"] in OTHERS:
                continue
            try:
                kubernetes_validate.validate(one, sys.argv[1] if len(sys.argv) > 1 else "1.31", strict=True)
            except kubernetes_validate.ValidationError as error:
                faults += 1
                print(f"{name}: {one['kind']} {one['metadata']['name']}: {error.message} at {list(error.path)}")
        print(f"{name}: {', '.join(sorted(kinds))}")
    print(lint(CHART))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
