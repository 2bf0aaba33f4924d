"""What openapi-python-client makes of the contract: python.test.ts gives the folder with it, and a server's address."""

import io
import sys

sys.path.insert(0, sys.argv[1])
from client_of_zoo import Client
from client_of_zoo.api.models import list_models
from client_of_zoo.api.openai import edit_image
from client_of_zoo.api.records import get_run, list_runs
from client_of_zoo.api.studies import create_study, get_study
from client_of_zoo.api.tasks import (
    answer_question_on_upload,
    caption_upload,
    judge_statement_on_uploads,
    paint_image,
    paint_image_file,
)
from client_of_zoo.api.training import create_train_job, get_train_job
from client_of_zoo.models import (
    CaptionUpload,
    Error,
    ImageEditUpload,
    Nlvr2Upload,
    PaintRequest,
    Sampler,
    StudyRequest,
    StudySource,
    VqaHyperparameters,
    VqaTrainJobRequest,
    VqaUpload,
)
from client_of_zoo.types import File

zoo = Client(base_url=sys.argv[2], raise_on_unexpected_status=True, timeout=60)

painted = paint_image.sync(client=zoo, body=PaintRequest(prompt="a red car", seed=7))
assert painted.images[0].seed == 7 and len(painted.images[0].codes) == 64, painted
run = get_run.sync(painted.id, client=zoo)
assert (run.id, run.task, run.status) == (painted.id, "generate-image", "succeeded"), run
sampler = Sampler(strategy="random", steps=8)
file = paint_image_file.sync_detailed(
    client=zoo, body=PaintRequest(prompt="a red car", seed=7, sampler=sampler, format_="webp")
)
assert file.headers["content-type"] == "image/webp" and file.parsed.payload.read() == file.content, file


def picture():
    return File(payload=open(sys.argv[3], "rb"), file_name="picture.png", mime_type="image/png")


asked = answer_question_on_upload.sync(
    client=zoo, body=VqaUpload(image=picture(), question="what is it?", top_k=2, occlusion=2)
)
assert len(asked.answers) == 2 and len(asked.occlusion.blocks) == 4, asked
captioned = caption_upload.sync(client=zoo, body=CaptionUpload(image=picture(), n=2, seed=1))
assert len(captioned.captions) == 2, captioned
judged = judge_statement_on_uploads.sync(
    client=zoo, body=Nlvr2Upload(images=[picture(), picture()], statement="two dogs")
)
assert judged.label is True, judged
edited = edit_image.sync(client=zoo, body=ImageEditUpload(image=picture(), prompt="a dog", n=2))
assert len(edited.data) == 2, edited

runs = list_runs.sync(client=zoo, limit=1)
assert runs.has_more and runs.first_id == runs.last_id == runs.data[0].id, runs
assert any("paint" in model.tasks for model in list_models.sync(client=zoo).data)

job = create_train_job.sync(
    client=zoo, body=VqaTrainJobRequest(kind="vqa", dataset="scenes", hyperparameters=VqaHyperparameters(steps=3))
)
assert get_train_job.sync(job.id, client=zoo).steps == 3, job
made = create_study.sync(
    client=zoo,
    body=StudyRequest(
        kind="fidelity",
        captions=["a red car"],
        sources=[StudySource(model=painted.model), StudySource(model=painted.model, sampler=sampler)],
    ),
)
assert get_study.sync(made.study.id, client=zoo).items == 1, made

refused = get_run.sync("run_none", client=zoo)
assert isinstance(refused, Error) and refused.error.code == "run_not_found", refused
print("generated client works")
