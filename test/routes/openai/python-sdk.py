"""OpenAI's own SDK for Python, unchanged but for `base_url`: python-sdk.test.ts gives the address of a server."""

import base64
import io
import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="any key will do", max_retries=0)

painted = client.images.generate(model="gpt-image-1", prompt="a red car", n=2, size="256x256")
pictures = [base64.b64decode(one.b64_json) for one in painted.data]
assert len(pictures) == 2 and pictures[0].startswith(b"\x89PNG"), painted
image = "data:image/png;base64," + base64.b64encode(pictures[0]).decode()

partial = []
for event in client.images.generate(prompt="a red car", stream=True, partial_images=2):
    partial.append(event.type)
assert partial == ["image_generation.partial_image"] * 2 + ["image_generation.completed"], partial

edited = client.images.edit(image=("shown.png", pictures[0]), mask=("mask.png", pictures[1]), prompt="a dog", n=2)
assert len(edited.data) == 2 and edited.data[0].b64_json, edited
events = client.images.edit(image=[("shown.png", pictures[0])], prompt="a dog", stream=True, partial_images=1)
assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]


def ask(text, *pictures, **more):
    content = [{"type": "text", "text": text}] if text else []
    content += [{"type": "image_url", "image_url": {"url": url}} for url in pictures]
    return client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": content}], **more
    )


answer = ask("what colour is it?", image).choices[0].message.content
assert answer, "no answer"
streamed = "".join(c.choices[0].delta.content or "" for c in ask("what colour is it?", image, stream=True))
assert streamed == answer, (streamed, answer)
assert ask("both are red", image, image).choices[0].message.content in ("true", "false")
assert ask("", image).choices[0].message.content

response = client.responses.create(
    model="gpt-4.1",
    input=[
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "what colour is it?"},
                {"type": "input_image", "image_url": image, "detail": "auto"},
            ],
        }
    ],
)
assert response.output_text == answer, response

try:
    ask("hello")
    raise AssertionError("a text without an image was answered")
except openai.UnprocessableEntityError as error:
    assert error.code == "impossible_request", error


def line(i):
    # Bytes behind the end of a PNG are nobody's: pictures that differ.
    url = "data:image/png;base64," + base64.b64encode(pictures[0] + bytes([i])).decode()
    content = [{"type": "text", "text": "is it red?"}, {"type": "image_url", "image_url": {"url": url}}]
    said = {"role": "assistant", "content": "yes" if i % 2 else "no"}
    return json.dumps({"messages": [{"role": "user", "content": content}, said]})


data = io.BytesIO("\n".join(line(i) for i in range(12)).encode())
data.name = "red.jsonl"
sent = client.files.create(file=data, purpose="fine-tune")
job = client.fine_tuning.jobs.create(model="x-lxmert-scenes", training_file=sent.id, suffix="red")
assert job.status == "queued" and job.training_file == sent.id, job
assert client.fine_tuning.jobs.pause(job.id).status == "paused"
assert client.fine_tuning.jobs.resume(job.id).status == "queued"
assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
messages = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=2)]
assert messages[-1] == "Cancelled.", messages
assert [one.id for one in client.fine_tuning.jobs.list()] == [job.id]
assert client.files.delete(sent.id).deleted
assert "x-lxmert-scenes" in [model.id for model in client.models.list()]
print("openai", openai.__version__)
