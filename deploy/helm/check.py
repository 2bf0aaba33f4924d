"""Lints the chart, renders it with everything switched on and off, and holds what comes out to Kubernetes' schemas.

    pip install helm-python-sdk kubernetes-validate
    python deploy/helm/check.py
"""

import sys
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


def main() -> int:
    faults = 0
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
