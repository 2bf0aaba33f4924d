"""Paints a picture, asks about it, and reads the record: python3 examples/client.py [address of the server]"""

import base64
import json
import os
import sys
import uuid
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SERVER = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000"
# Only where the server wants one: npm run keys -- create --scope infer
KEY = os.environ.get("API_KEY")


def call(path, body=None, **headers):
    """Opens the answer; an error becomes an exception that says its code and what to do."""
    if KEY:
        headers["authorization"] = f"Bearer {KEY}"
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["content-type"] = "application/json"
    try:
        return urlopen(Request(SERVER + path, data, {name.replace("_", "-"): value for name, value in headers.items()}))
    except HTTPError as answer:
        error = json.load(answer)["error"]
        raise RuntimeError(f"{error['code']}: {error['message']} ({error['param'] or error['request_id']})") from answer


# Sent again with the same key, the same request gives the same answer and is not painted again.
painted = json.load(
    call(
        "/v1/generate-image",
        {"prompt": "a giraffe standing on grass next to a red car", "n": 2, "seed": 1},
        idempotency_key=str(uuid.uuid4()),
    )
)
for i, image in enumerate(painted["images"]):
    with open(f"giraffe-{i}.png", "wb") as file:
        file.write(base64.b64decode(image["b64_json"]))
    print(f"giraffe-{i}.png: seed {image['seed']}, {painted['model']}, revision {painted['revision'][:12]}")

# In JSON a picture is base64.
picture = painted["images"][0]["b64_json"]
asked = json.load(call("/v1/vqa", {"image": picture, "question": "what colour is the car?"}))
for answer in asked["answers"]:
    print(f"{answer['answer']}: {answer['score']:.1%}")

# Events, one after the other, as they come.
with call("/v1/generate-image", {"prompt": "two dogs in the snow"}, accept="text/event-stream") as events:
    name = None
    for line in events:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data" and name == "step":
            print(f"step {json.loads(value)['step']} of {json.loads(value)['steps']}")
        elif field == "data" and name == "completed":
            print(f"painted in {json.loads(value)['timing']['compute_ms']} ms")
        elif field == "data" and name == "error":
            raise RuntimeError(json.loads(value)["error"]["message"])

run = json.load(call(f"/v1/runs/{asked['id']}"))
print(f"{run['id']}: {run['task']}, {run['status']}")

try:
    call("/v1/generate-image", {"prompt": ""})
except RuntimeError as error:
    print(f"as it should be: {error}")
